/*
 * A cache in front of another: what is looked for here is first brought in from below, a name at a time, once. From
 * then on the name is this cache's own, so that what is put or dropped here never shows below, and what changes below
 * does not show here.
 *
 *      a name that has been brought in has an entry of kind BROUGHT_IN, even where nothing was below
 *
 * Only the owner's thread uses the cache above, so that its lock may be held while the one below is taken.
 */
#include "cache/region.h"

enum { BROUGHT_IN = 15 /* beside enum cache_kind */ };

static bool is_brought_in(struct shard *shard, struct dns_name name, uint32_t hash)
{
    uint32_t offset = *shard_chain(shard, hash);
    for (; offset; offset = shard_entry(shard, offset)->chain) {
        const struct entry *entry = shard_entry(shard, offset);
        if (entry->kind == BROUGHT_IN && entry->hash == hash && entry_has_name(entry, name))
            return true;
    }
    return false;
}

static void mark(struct shard *shard, struct dns_name name, uint32_t hash, uint32_t now)
{
    struct cache_key key = {(enum cache_kind)BROUGHT_IN, 0, name};
    struct cache_value value = {.ttl = INT32_MAX, .rank = CACHE_RANK_SECURE};
    shard_put(shard, &key, hash, &value, 0, now);
}

/* Nothing below changes by it, not even the order of use. */
static void copy_name(struct cache *cache, struct shard *to, struct dns_name name, uint64_t hash,
                      uint32_t now)
{
    struct cache *below = cache->below;
    unsigned number = cache_shard_number(below, hash);
    struct shard *from = cache_lock_shard(below, number);
    uint32_t offset = *shard_chain(from, (uint32_t)hash);
    for (; offset; offset = shard_entry(from, offset)->chain) {
        struct entry *entry = shard_entry(from, offset);
        if (entry->hash != (uint32_t)hash || !entry_has_name(entry, name) || !entry_alive(entry, now))
            continue;
        struct cache_key key = {entry->kind, entry->type, entry_name(entry)};
        struct dns_address source;
        struct cache_hit hit;
        cache_describe(entry, now, &hit);
        hit.source = cache_source(below, entry->source, &source) ? cache_remember_source(cache, &source) : 0;
        if (shard_restore(to, &key, (uint32_t)hash, &hit, entry_data(entry), now) && cache->copied != NULL)
            cache->copied(cache->copied_context, &key, &hit, entry_data(entry));
    }
    cache_unlock_shard(below, number);
}

void cache_bring_in(struct cache *cache, struct dns_name name, uint64_t hash, uint32_t now)
{
    unsigned number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    if (!is_brought_in(shard, name, (uint32_t)hash)) {
        mark(shard, name, (uint32_t)hash, now);
        copy_name(cache, shard, name, hash, now);
    }
    cache_unlock_shard(cache, number);
}

bool cache_restore(struct cache *cache, const struct cache_key *key, const struct cache_hit *as,
                   const uint8_t *data, uint32_t now)
{
    uint64_t hash = cache_hash(cache, key->name);
    unsigned number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    bool restored = shard_restore(shard, key, (uint32_t)hash, as, data, now);
    cache_unlock_shard(cache, number);
    return restored;
}
