/* Going through all entries: showing, flushing, counting. A shard is unlocked again after some chains.
   The index only grows, and moves entries to buckets further on, so that none is passed by. */
#include "cache/region.h"

enum { CHAINS_AT_ONCE = 256 };

/* --- flushing ----------------------------------------------------------------------------------- */

uint64_t cache_flushes(const struct cache *cache)
{
    return cache->flushes;
}

uint64_t cache_flush(struct cache *cache)
{
    uint64_t dropped = 0;
    cache->flushes++;
    for (unsigned i = 0; i < cache->shards; i++) {
        dropped += shard_clear(cache_lock_shard(cache, i));
        cache_unlock_shard(cache, i);
    }
    return dropped;
}

/* Those of a name, but servers; or the one of a key. */
static uint64_t drop_of_name(struct cache *cache, struct dns_name name, const struct cache_key *key)
{
    uint64_t hash = cache_hash(cache, name), dropped = 0;
    unsigned number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    uint32_t offset = *shard_chain(shard, (uint32_t)hash), next;
    for (; offset; offset = next) {
        const struct entry *entry = shard_entry(shard, offset);
        next = entry->chain;
        bool wanted =
            key == NULL ? entry->kind != CACHE_SERVER : entry->kind == key->kind && entry->type == key->type;
        if (entry->hash != (uint32_t)hash || !wanted || !entry_has_name(entry, name))
            continue;
        shard_drop(shard, offset);
        dropped++;
    }
    cache_unlock_shard(cache, number);
    return dropped;
}

uint64_t cache_flush_name(struct cache *cache, struct dns_name name)
{
    return drop_of_name(cache, name, NULL);
}

bool cache_drop(struct cache *cache, const struct cache_key *key)
{
    return drop_of_name(cache, key->name, key) > 0;
}

static uint32_t flush_chain(struct shard *shard, uint32_t bucket, cache_choose *choose, void *context)
{
    uint32_t dropped = 0, next;
    uint32_t offset = shard_memory(shard)[shard->index + bucket];
    for (; offset; offset = next) {
        const struct entry *entry = shard_entry(shard, offset);
        next = entry->chain;
        if (!choose(context, &(struct cache_key){entry->kind, entry->type, entry_name(entry)}))
            continue;
        shard_drop(shard, offset);
        dropped++;
    }
    return dropped;
}

uint64_t cache_flush_if(struct cache *cache, cache_choose *choose, void *context)
{
    uint64_t dropped = 0;
    cache->flushes++;
    for (unsigned i = 0; i < cache->shards; i++) {
        uint32_t bucket = 0, buckets;
        do {
            struct shard *shard = cache_lock_shard(cache, i);
            buckets = shard->buckets;
            for (uint32_t n = 0; n < CHAINS_AT_ONCE && bucket < buckets; n++)
                dropped += flush_chain(shard, bucket++, choose, context);
            cache_unlock_shard(cache, i);
        } while (bucket < buckets);
    }
    return dropped;
}

static bool is_in_tree(void *context, const struct cache_key *key)
{
    const struct dns_name *tree = context;
    return key->kind != CACHE_SERVER && dns_name_within(key->name, *tree);
}

uint64_t cache_flush_tree(struct cache *cache, struct dns_name name)
{
    return cache_flush_if(cache, is_in_tree, &name);
}

/* --- showing ------------------------------------------------------------------------------------ */

struct walk {
    cache_visit *visit;
    void *context;
    uint32_t now;
    uint64_t visited;
};

static void show(struct entry *entry, struct walk *walk)
{
    struct cache_key key = {entry->kind, entry->type, entry_name(entry)};
    struct cache_hit hit;
    if (!entry_alive(entry, walk->now))
        return;
    cache_describe(entry, walk->now, &hit);
    hit.octets = entry_granules(entry) * HEAP_GRANULE;
    hit.source = entry->source;
    hit.protected = entry->segment == SHARD_PROTECTED;
    walk->visit(walk->context, &key, &hit, entry_data(entry));
    walk->visited++;
}

static void walk_chain(struct shard *shard, uint32_t bucket, struct walk *walk)
{
    uint32_t offset = shard_memory(shard)[shard->index + bucket];
    for (; offset; offset = shard_entry(shard, offset)->chain)
        show(shard_entry(shard, offset), walk);
}

void cache_walk_name(struct cache *cache, struct dns_name name, uint32_t now, cache_visit *visit,
                     void *context)
{
    struct walk walk = {visit, context, now, 0};
    uint64_t hash = cache_hash(cache, name);
    unsigned number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    uint32_t offset = *shard_chain(shard, (uint32_t)hash);
    for (; offset; offset = shard_entry(shard, offset)->chain) {
        struct entry *entry = shard_entry(shard, offset);
        if (entry->hash == (uint32_t)hash && entry->kind != CACHE_SERVER && entry_has_name(entry, name))
            show(entry, &walk);
    }
    cache_unlock_shard(cache, number);
}

/* The cursor is the shard's number and the next bucket. */
bool cache_walk(struct cache *cache, uint64_t *cursor, unsigned least, uint32_t now, cache_visit *visit,
                void *context)
{
    struct walk walk = {visit, context, now, 0};
    uint64_t number = *cursor >> 32;
    uint32_t bucket = (uint32_t)*cursor;
    while (number < cache->shards && walk.visited < least) {
        struct shard *shard = cache_lock_shard(cache, (unsigned)number);
        for (uint32_t n = 0; n < CHAINS_AT_ONCE && bucket < shard->buckets && walk.visited < least; n++)
            walk_chain(shard, bucket++, &walk);
        bool at_end = bucket >= shard->buckets;
        cache_unlock_shard(cache, (unsigned)number);
        if (at_end) {
            number++;
            bucket = 0;
        }
    }
    *cursor = number << 32 | bucket;
    return number < cache->shards;
}

/* --- counting ----------------------------------------------------------------------------------- */

void cache_get_statistics(struct cache *cache, struct cache_statistics *statistics)
{
    struct cache_statistics sum = {.size = cache->size};
    uint64_t heaps = 0;
    for (unsigned i = 0; i < cache->shards; i++) {
        const struct shard *shard = cache_lock_shard(cache, i);
        const struct shard_list *protected = &shard->lists[SHARD_PROTECTED];
        const struct shard_counters *counters = &shard->counters;
        heaps += (uint64_t)(shard->heap.end - shard->heap.start) * HEAP_GRANULE;
        sum.used += (uint64_t)shard->heap.used * HEAP_GRANULE;
        sum.entries += shard_entries(shard);
        sum.entries_protected += protected->entries;
        sum.bytes_protected += (uint64_t) protected->granules * HEAP_GRANULE;
        sum.hits += counters->hits;
        sum.misses += counters->misses;
        sum.insertions += counters->insertions;
        sum.replacements += counters->replacements;
        sum.evictions_expired += counters->evictions_expired;
        sum.evictions_lru += counters->evictions_lru;
        sum.rejected += counters->rejected;
        cache_unlock_shard(cache, i);
    }
    sum.overhead = cache->size - heaps;
    *statistics = sum;
}
