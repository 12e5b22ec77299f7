/*
 * The form in which the cache keeps a piece of an answer: wire images of its records, ready to be
 * copied into a message behind the question, with very little left to be patched.
 *
 *      records of the answer section        each: owner, type, class, TTL, length, rdata
 *      records of the authority section
 *      records of the additional section
 *      signatures that belong to the answer section
 *      signatures and proofs (NSEC, NSEC3) that belong to the authority section
 *      five octets: how many records there are of each part
 *
 * The last two parts are only for clients that want them (DO, RFC 4035 §3.2.1): for all others the image
 * ends before them.
 *
 * An owner that is the name of the image or one above it is a compression pointer 0xC00C + d, where d
 * is the distance into the name: it is right as it stands when the name is the question's, and is
 * shifted when the name stands elsewhere (the target of a CNAME). Other owners are written out. Rdata
 * holds no pointers. A record's TTL is the one it had when the image was made; a reader subtracts
 * the entry's age.
 *
 * An image of type CNAME may begin with the DNAME that it was synthesised from (RFC 6672 §3.1).
 */
#ifndef RESOLVER_IMAGE_H
#define RESOLVER_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

enum image_part {
    IMAGE_ANSWER,
    IMAGE_AUTHORITY,
    IMAGE_ADDITIONAL,
    IMAGE_SIGNATURES, /* of the answer section */
    IMAGE_PROOFS,     /* of the authority section */
    IMAGE_PARTS
};

enum {
    IMAGE_TRAILER = IMAGE_PARTS,
    IMAGE_RECORDS_MAX = 255, /* of one part */
    IMAGE_NAME_POINTER = 0xC00C,
};

struct image_writer {
    uint8_t *to;
    size_t capacity, length;
    struct dns_name name; /* that the image is of */
    uint8_t count[IMAGE_PARTS];
    bool overflow; /* too many or too large: the image must not be kept */
};

void image_start(struct image_writer *writer, struct dns_name name, uint8_t *to, size_t capacity);

/* Parts in their order. `rdata` is uncompressed. */
void image_add(struct image_writer *writer, enum image_part part, struct dns_name owner, uint16_t type,
               uint16_t class, uint32_t ttl, const uint8_t *rdata, size_t rdata_length);

/* Appends the trailer. 0 when the image overflowed. */
size_t image_finish(struct image_writer *writer);

/* One record of an image or an answer, as a reader steps over it. */
struct image_record {
    uint8_t *owner; /* pointer or labels, where they stand */
    uint16_t type, class;
    uint32_t ttl;
    uint8_t *ttl_at;
    const uint8_t *rdata;
    uint16_t rdata_length;
};

/* Steps over the record at *position; false when it does not lie within `end` octets. */
bool image_next(uint8_t *wire, size_t *position, size_t end, struct image_record *record);

#endif
