#include "cache/shard.h"

/* Adds one bucket, and divides the chain between it and the one its entries have been in so far. */
static void grow(struct shard *shard)
{
    uint32_t *memory = shard_memory(shard);
    uint32_t low = UINT32_C(1) << (31 - __builtin_clz(shard->buckets));
    uint32_t *old_link = memory + shard->index + shard->buckets - low;
    uint32_t *new_link = memory + shard->index + shard->buckets;
    uint32_t offset = *old_link;
    shard->buckets++;
    while (offset) {
        struct entry *entry = entry_at(memory, offset);
        uint32_t **link = entry->hash & low ? &new_link : &old_link;
        **link = offset;
        *link = &entry->chain;
        offset = entry->chain;
    }
    *old_link = 0;
    *new_link = 0;
}

void index_insert(struct shard *shard, uint32_t offset)
{
    if (shard->buckets < shard_entries(shard) && shard->buckets < shard->buckets_max)
        grow(shard);
    struct entry *entry = shard_entry(shard, offset);
    uint32_t *chain = shard_chain(shard, entry->hash);
    entry->chain = *chain;
    *chain = offset;
}

static uint32_t *link_to(struct shard *shard, uint32_t hash, uint32_t offset)
{
    uint32_t *link = shard_chain(shard, hash);
    while (*link != offset)
        link = &shard_entry(shard, *link)->chain;
    return link;
}

void index_remove(struct shard *shard, uint32_t offset)
{
    struct entry *entry = shard_entry(shard, offset);
    *link_to(shard, entry->hash, offset) = entry->chain;
}

void index_moved(struct shard *shard, uint32_t from, uint32_t to)
{
    *link_to(shard, shard_entry(shard, to)->hash, from) = to;
}

void index_to_front(struct shard *shard, uint32_t *link)
{
    uint32_t offset = *link;
    struct entry *entry = shard_entry(shard, offset);
    uint32_t *chain = shard_chain(shard, entry->hash);
    if (link == chain)
        return;
    *link = entry->chain;
    entry->chain = *chain;
    *chain = offset;
}

uint32_t index_longest_chain(struct shard *shard)
{
    uint32_t longest = 0;
    for (uint32_t bucket = 0; bucket < shard->buckets; bucket++) {
        uint32_t length = 0, offset = shard_memory(shard)[shard->index + bucket];
        for (; offset; offset = shard_entry(shard, offset)->chain)
            length++;
        if (length > longest)
            longest = length;
    }
    return longest;
}
