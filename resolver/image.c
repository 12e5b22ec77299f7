#include "resolver/image.h"

#include <string.h>

#include "dns/octets.h"

enum { RECORD_FIXED = 10 }; /* type, class, TTL, length of rdata */

void image_start(struct image_writer *writer, struct dns_name name, uint8_t *to, size_t capacity)
{
    *writer = (struct image_writer){.to = to, .capacity = capacity, .name = name};
}

void image_add(struct image_writer *writer, enum image_part part, struct dns_name owner, uint16_t type,
               uint16_t class, uint32_t ttl, const uint8_t *rdata, size_t rdata_length)
{
    bool above = dns_name_within(writer->name, owner);
    size_t owner_length = above ? 2 : owner.length;
    size_t size = owner_length + RECORD_FIXED + rdata_length;

    if (writer->count[part] == IMAGE_RECORDS_MAX || rdata_length > UINT16_MAX ||
        writer->length + size + IMAGE_TRAILER > writer->capacity)
        writer->overflow = true;
    if (writer->overflow)
        return;
    uint8_t *at = writer->to + writer->length;
    if (above)
        put16(at, IMAGE_NAME_POINTER + writer->name.length - owner.length);
    else
        memcpy(at, owner.wire, owner.length);
    at += owner_length;
    put16(at, type);
    put16(at + 2, class);
    put32(at + 4, ttl);
    put16(at + 8, (unsigned)rdata_length);
    memcpy(at + RECORD_FIXED, rdata, rdata_length);
    writer->length += size;
    writer->count[part]++;
}

size_t image_finish(struct image_writer *writer)
{
    if (writer->overflow)
        return 0;
    memcpy(writer->to + writer->length, writer->count, IMAGE_TRAILER);
    return writer->length + IMAGE_TRAILER;
}

/* Octets of the owner at `at`, a pointer or labels; 0 when it does not lie within `left` octets. */
static size_t owner_length(const uint8_t *at, size_t left)
{
    if (left >= 2 && (at[0] & 0xc0) == 0xc0)
        return 2;
    struct dns_name name;
    return dns_name_from_wire(at, left, &name) == DNS_OK ? name.length : 0;
}

bool image_next(uint8_t *wire, size_t *position, size_t end, struct image_record *record)
{
    if (*position >= end)
        return false;
    uint8_t *at = wire + *position;
    size_t left = end - *position;
    size_t owner = owner_length(at, left);
    if (owner == 0 || left < owner + RECORD_FIXED)
        return false;
    uint8_t *fixed = at + owner;
    size_t rdata_length = get16(fixed + 8);
    if (left < owner + RECORD_FIXED + rdata_length)
        return false;
    *record = (struct image_record){
        .owner = at,
        .type = (uint16_t)get16(fixed),
        .class = (uint16_t)get16(fixed + 2),
        .ttl = (uint32_t)get16(fixed + 4) << 16 | get16(fixed + 6),
        .ttl_at = fixed + 4,
        .rdata = fixed + RECORD_FIXED,
        .rdata_length = (uint16_t)rdata_length,
    };
    *position += owner + RECORD_FIXED + rdata_length;
    return true;
}
