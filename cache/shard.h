/*
 * One shard of the cache's region. The caller holds its lock.
 *
 *      the region        | shard 0 | shard 1 | ... | shard n-1 | rest |
 *
 *      a shard           | struct shard | index: bucket 0 .. buckets-1 .. | heap: entries, free space |
 *      granules from     0              ^ index                           ^ heap.start                ^ heap.end
 *      its beginning
 *
 * An offset is a number of granules (4 octets) from the shard's beginning; 0, where struct shard lies,
 * means none. Shards are an odd number of 64-octet lines apart, so that their heads do not compete for
 * the same lines of the processor's cache.
 *
 *      index == granules of struct shard;  heap.start == index + buckets_max
 *      1 <= buckets <= buckets_max
 *      the index is a linear hash table (Litwin, 1980): with L the greatest power of two <= buckets,
 *        an entry is in the chain of bucket b = hash mod 2L, or of b - L where b >= buckets
 *      each used block of the heap is one entry; each entry is in exactly one chain, one list, the wheel
 *      all entries of a name are in one chain, the lately used first; at most CACHE_TYPES_PER_NAME
 *      no two entries of a chain have the same name and the same place (see shard_put)
 *      lists[s] has the entries of segment s by use; lists[s].granules is the sum of their blocks
 *      lists[0].entries + lists[1].entries == wheel.entries
 *      lists[0].granules + lists[1].granules == heap.used
 *      place == 0 but within shard_put
 *
 * What is behind the last bucket in use and above heap.top has never been touched, or not since the
 * shard was larger.
 */
#ifndef CACHE_SHARD_H
#define CACHE_SHARD_H

#include "cache/entry.h"
#include "cache/wheel.h"

enum shard_segment { SHARD_PROBATION, SHARD_PROTECTED, SHARD_SEGMENTS };

enum {
    SHARD_OCTETS_MIN = 1 << 16,
    SHARD_OCTETS_PER_BUCKET = 112, /* of the heap */
    SHARD_ENTRY_PART = 8,          /* one entry may take this part of the heap, not more */
    SHARD_KEEP_EXPIRED = 3600,     /* seconds for which what expired may return to its standing */
};

struct shard_list {
    uint32_t newest, oldest;
    uint32_t entries;
    uint32_t granules;
};

struct shard_counters {
    uint64_t hits, misses, insertions, replacements, evictions_expired, evictions_lru, rejected;
};

struct shard {
    uint32_t index;
    uint32_t buckets, buckets_max;
    uint32_t place; /* the entry next older than one that is being replaced */
    struct shard_list lists[SHARD_SEGMENTS];
    struct shard_counters counters;
    struct heap heap;
    struct wheel wheel;
};

static inline uint32_t *shard_memory(struct shard *shard)
{
    return (uint32_t *)shard;
}

static inline struct entry *shard_entry(struct shard *shard, uint32_t offset)
{
    return entry_at(shard_memory(shard), offset);
}

static inline uint32_t shard_entries(const struct shard *shard)
{
    return shard->lists[SHARD_PROBATION].entries + shard->lists[SHARD_PROTECTED].entries;
}

/* Makes an empty shard of `octets`, a multiple of 64, below 4 GiB. */
void shard_start(struct shard *shard, size_t octets);

/* Drops everything. Returns how many entries that were. */
uint32_t shard_clear(struct shard *shard);

/* --- index.c: the hash table -------------------------------------------------------------------- */

static inline uint32_t shard_bucket(const struct shard *shard, uint32_t hash)
{
    uint32_t low = UINT32_C(1) << (31 - __builtin_clz(shard->buckets));
    uint32_t bucket = hash & (2 * low - 1);
    return bucket < shard->buckets ? bucket : bucket - low;
}

/* The head of the chain that a hash's entries are in. */
static inline uint32_t *shard_chain(struct shard *shard, uint32_t hash)
{
    return shard_memory(shard) + shard->index + shard_bucket(shard, hash);
}

void index_insert(struct shard *shard, uint32_t offset);
void index_remove(struct shard *shard, uint32_t offset);
void index_moved(struct shard *shard, uint32_t from, uint32_t to);

/* `link` is what leads to an entry of a chain: makes that entry the chain's first. */
void index_to_front(struct shard *shard, uint32_t *link);

uint32_t index_longest_chain(struct shard *shard);

/* --- lru.c: the order of use -------------------------------------------------------------------- */

void lru_insert(struct shard *shard, uint32_t offset); /* the newest of its entry's segment */
void lru_remove(struct shard *shard, uint32_t offset);
void lru_insert_at_place(struct shard *shard, uint32_t offset); /* the next newer than shard->place */
void lru_moved(struct shard *shard, uint32_t from, uint32_t to);
void lru_hit(struct shard *shard, uint32_t offset); /* counts a hit, promotes */

/* --- room.c: making room ------------------------------------------------------------------------ */

/* Takes an entry out of everything and gives its block back; heap_release()'s result. */
uint32_t shard_drop(struct shard *shard, uint32_t offset);

/* A block for an entry, whatever has to go for it. 0 when it is too large. */
uint32_t shard_allocate(struct shard *shard, uint32_t granules, uint32_t now);

/* Drops a few of those that expired more than SHARD_KEEP_EXPIRED ago. */
void shard_tidy(struct shard *shard, uint32_t now);

static inline bool shard_too_large(const struct shard *shard, uint32_t granules)
{
    return granules > (shard->heap.end - shard->heap.start) / SHARD_ENTRY_PART;
}

/* --- put.c -------------------------------------------------------------------------------------- */

enum cache_put_result shard_put(struct shard *shard, const struct cache_key *key, uint32_t hash,
                                const struct cache_value *value, uint32_t source, uint32_t now);

/* An entry as it was elsewhere. False: its place is taken, or there is no room. */
bool shard_restore(struct shard *shard, const struct cache_key *key, uint32_t hash,
                   const struct cache_hit *as, const uint8_t *data, uint32_t now);

/* --- verify.c ----------------------------------------------------------------------------------- */

/* NULL, or what is wrong. */
const char *shard_verify(struct shard *shard);

#endif
