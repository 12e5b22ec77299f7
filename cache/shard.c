#include "cache/shard.h"

enum { BUCKETS_AT_FIRST = 64 };

static void start(struct shard *shard, uint32_t index, uint32_t buckets_max, uint32_t end)
{
    memset(shard, 0, sizeof *shard);
    shard->index = index;
    shard->buckets_max = buckets_max;
    shard->buckets = buckets_max < BUCKETS_AT_FIRST ? buckets_max : BUCKETS_AT_FIRST;
    memset(shard_memory(shard) + index, 0, shard->buckets * sizeof(uint32_t));
    heap_start(&shard->heap, index + buckets_max, end);
}

void shard_start(struct shard *shard, size_t octets)
{
    size_t for_entries = octets - sizeof *shard;
    size_t buckets_max = for_entries / (SHARD_OCTETS_PER_BUCKET + sizeof(uint32_t));
    start(shard, sizeof *shard / HEAP_GRANULE, (uint32_t)buckets_max, (uint32_t)(octets / HEAP_GRANULE));
}

uint32_t shard_clear(struct shard *shard)
{
    uint32_t entries = shard_entries(shard);
    struct shard_counters counters = shard->counters;
    start(shard, shard->index, shard->buckets_max, shard->heap.end);
    shard->counters = counters;
    return entries;
}
