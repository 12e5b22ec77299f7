/*
 * The type bitmaps of NSEC and NSEC3 records (RFC 4034 §4.1.2).
 *
 *      if (dnssec_bitmap_valid(bitmap, length) && dnssec_bitmap_has(bitmap, length, DNS_TYPE_CNAME)) ...
 */
#ifndef DNSSEC_BITMAP_H
#define DNSSEC_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Windows in rising order, each of 1 to 32 octets, nothing behind. No windows at all are valid (ENT in
   NSEC3). */
bool dnssec_bitmap_valid(const uint8_t *bitmap, size_t length);

/* The type's bit is set. For valid bitmaps. */
bool dnssec_bitmap_has(const uint8_t *bitmap, size_t length, uint16_t type);

#endif
