/* Base64, hexadecimal and base32hex (RFC 4648 §4, §7, §8), for the inside of dnssec/. */
#ifndef DNSSEC_BASE_H
#define DNSSEC_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode text in which blanks may stand anywhere. False when it is ill formed or does not fit. */
bool base64_decode(const char *text, uint8_t *to, size_t capacity, size_t *length);
bool base16_decode(const char *text, uint8_t *to, size_t capacity, size_t *length);

/* Writes base64 with a final zero: 4 characters for 3 octets begun. False when it does not fit. */
bool base64_encode(const uint8_t *from, size_t length, char *text, size_t capacity);

/* The 32 characters of an NSEC3 owner's first label as 20 octets; either case. */
bool base32hex_decode_sha1(const uint8_t text[32], uint8_t to[20]);

#endif
