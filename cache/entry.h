/* An entry as it lies in a block of the heap: this head, then the name, then the data. All links are
   offsets in granules from the shard's beginning; 0 is none. */
#ifndef CACHE_ENTRY_H
#define CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/heap.h"

struct entry {
    uint32_t block;                      /* the heap's word */
    uint32_t hash;                       /* lower half of the name's */
    uint32_t chain;                      /* next entry of the index chain */
    uint32_t newer, older;               /* neighbours in the order of use */
    uint32_t wheel_next, wheel_previous; /* neighbours in the order of expiry */
    uint32_t stored, expires;            /* seconds; expires is the first at which it is dead */
    uint32_t source;                     /* source.c */
    uint16_t type;
    uint16_t length; /* of the data */
    uint8_t name_length;
    uint8_t mark;
    uint8_t hits;
    uint8_t kind : 4;    /* enum cache_kind */
    uint8_t rank : 3;    /* enum cache_rank */
    uint8_t segment : 1; /* enum shard_segment */
    uint8_t octets[];
};

_Static_assert(offsetof(struct entry, octets) == 48, "an entry's head is twelve granules");

static inline struct entry *entry_at(uint32_t *memory, uint32_t offset)
{
    return (struct entry *)(memory + offset);
}

static inline uint32_t entry_granules(const struct entry *entry)
{
    return entry->block >> BLOCK_SIZE_SHIFT;
}

static inline struct dns_name entry_name(const struct entry *entry)
{
    return (struct dns_name){entry->octets, entry->name_length};
}

static inline uint8_t *entry_data(struct entry *entry)
{
    return entry->octets + entry->name_length;
}

static inline bool entry_alive(const struct entry *entry, uint32_t now)
{
    return (int32_t)(entry->expires - now) > 0;
}

/* Addresses of servers are compared octet by octet, names without their case. */
static inline bool entry_has_name(const struct entry *entry, struct dns_name name)
{
    if (entry->name_length != name.length)
        return false;
    if (!memcmp(entry->octets, name.wire, name.length))
        return true;
    return entry->kind != CACHE_SERVER && dns_name_equal(entry_name(entry), name);
}

#endif
