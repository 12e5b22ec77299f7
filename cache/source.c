/*
 * Which server an entry came from, in four octets:
 *
 *      0                            nobody's, or not known
 *      up to 0xdfffffff             an IPv4 address (0.0.0.0 and 224.0.0.0 up are no server's)
 *      from 0xe0000000 on           29 bits of an IPv6 address' hash, which also say where in `sources` it is: in one
 *                                   of SLOTS that follow each other
 *
 * Where all of these are taken, the first gets the address that came last, and that of the other is no longer known.
 * Slots are read and written without a lock: what was torn has another hash.
 */
#include "cache/region.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"

#define HASHED UINT32_C(0xe0000000)

enum { SLOTS = 8 };

struct cache_source {
    _Atomic uint64_t half[2];
};

bool cache_sources_start(struct cache *cache)
{
    size_t slots = 64; /* and a power of two */
    while (slots < CACHE_SOURCES_MAX && slots * CACHE_OCTETS_PER_SOURCE < cache->size)
        slots *= 2;
    cache->sources = calloc(slots, sizeof *cache->sources);
    cache->source_mask = (uint32_t)slots - 1;
    return cache->sources != NULL;
}

static uint32_t hash_of(const struct cache *cache, const uint64_t half[2])
{
    uint8_t octets[16];
    memcpy(octets, half, sizeof octets);
    return (uint32_t)siphash(&cache->key, octets, sizeof octets) | HASHED;
}

static void load(const struct cache *cache, uint32_t source, unsigned number, uint64_t half[2])
{
    const struct cache_source *slot = &cache->sources[(source + number) & cache->source_mask];
    for (int i = 0; i < 2; i++)
        half[i] = atomic_load_explicit(&slot->half[i], memory_order_relaxed);
}

uint32_t cache_remember_source(struct cache *cache, const struct dns_address *address)
{
    uint64_t half[2];
    if (address == NULL || address->family == 0)
        return 0;
    if (address->family == 4) {
        uint32_t source = get32(address->octets);
        return source < HASHED ? source : 0;
    }
    memcpy(half, address->octets, sizeof half);
    uint32_t source = hash_of(cache, half);
    unsigned number = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        uint64_t there[2];
        load(cache, source, i, there);
        if (memcmp(there, half, sizeof there) == 0)
            return source;
        if ((there[0] | there[1]) == 0) {
            number = i;
            break;
        }
    }
    struct cache_source *slot = &cache->sources[(source + number) & cache->source_mask];
    for (int i = 0; i < 2; i++)
        atomic_store_explicit(&slot->half[i], half[i], memory_order_relaxed);
    return source;
}

bool cache_source(const struct cache *cache, uint32_t source, struct dns_address *address)
{
    uint8_t octets[16];
    uint64_t half[2];
    if (source == 0)
        return false;
    if (source < HASHED) {
        put32(octets, source);
        *address = dns_address_make(4, octets, 0);
        return true;
    }
    unsigned number = 0;
    do {
        if (number == SLOTS)
            return false;
        load(cache, source, number++, half);
    } while (hash_of(cache, half) != source);
    memcpy(octets, half, sizeof octets);
    *address = dns_address_make(6, octets, 0);
    return true;
}
