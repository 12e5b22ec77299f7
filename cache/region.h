/*
 * The cache as cache.c, walk.c and verify.c see it: the region, and beside it what must not be in a
 * file: locks, the hash's key, addresses.
 *
 *      mapping                                               mapping + mapped
 *      | no access | region: size octets ... | rest of page | no access |
 *
 *      stride is an odd multiple of 64;  shards is a power of two, at most CACHE_SHARDS_MAX
 *      shards * stride <= size
 *      a name's shard is the highest bits of its hash, its index chain the lower half
 */
#ifndef CACHE_REGION_H
#define CACHE_REGION_H

#include <pthread.h>

#include "cache/cache.h"
#include "cache/shard.h"
#include "cache/siphash.h"

enum {
    CACHE_SHARDS_MAX = 64,
    CACHE_OCTETS_PER_SHARD = 4 << 20,
    CACHE_LINE = 64,
    CACHE_SOURCES_MAX = 16384,      /* IPv6 addresses of servers that are told apart */
    CACHE_OCTETS_PER_SOURCE = 1024, /* of the region */
};

struct cache_lock {
    _Alignas(CACHE_LINE) pthread_mutex_t mutex;
};

struct cache_source;

struct cache {
    uint8_t *mapping, *region;
    size_t mapped, size, stride;
    unsigned shards, shard_bits;
    struct siphash_key key;
    struct cache *below; /* overlay.c; NULL: none */
    cache_visit *copied;
    void *copied_context;
    struct cache_source *sources; /* source.c */
    uint32_t source_mask;
    _Atomic uint64_t flushes; /* goes up before a flush locks any shard, and is read under a shard's lock */
    struct cache_lock locks[CACHE_SHARDS_MAX];
};

static inline struct shard *cache_shard(struct cache *cache, unsigned number)
{
    return (struct shard *)(void *)(cache->region + number * cache->stride);
}

static inline unsigned cache_shard_number(const struct cache *cache, uint64_t hash)
{
    return (unsigned)(hash >> 32 >> (32 - cache->shard_bits));
}

static inline struct shard *cache_lock_shard(struct cache *cache, unsigned number)
{
    pthread_mutex_lock(&cache->locks[number].mutex);
    return cache_shard(cache, number);
}

static inline void cache_unlock_shard(struct cache *cache, unsigned number)
{
    pthread_mutex_unlock(&cache->locks[number].mutex);
}

/* overlay.c: before a look at a name, or a change of it, where there is a cache below. */
void cache_bring_in(struct cache *cache, struct dns_name name, uint64_t hash, uint32_t now);

static inline void cache_prepare(struct cache *cache, struct dns_name name, uint64_t hash, uint32_t now)
{
    if (__builtin_expect(cache->below != NULL, 0))
        cache_bring_in(cache, name, hash, now);
}

/* What is told of an entry, at a time at which it is alive. */
void cache_describe(const struct entry *entry, uint32_t now, struct cache_hit *hit);

/* source.c */
bool cache_sources_start(struct cache *cache); /* false: out of memory */

#endif
