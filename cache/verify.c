/* Whether all that heap.h, wheel.h, shard.h and region.h draw is so. */
#include <stdio.h>

#include "cache/region.h"

static const char *verify_layout(const struct shard *shard)
{
    if (shard->index != sizeof *shard / HEAP_GRANULE ||
        shard->heap.start != shard->index + shard->buckets_max)
        return "the shard's parts are not where they belong";
    if (shard->buckets < 1 || shard->buckets > shard->buckets_max)
        return "more buckets than there is room for";
    return shard->place ? "a place is left over from a put" : NULL;
}

static const char *verify_entry(struct shard *shard, uint32_t offset)
{
    const struct entry *entry = shard_entry(shard, offset);
    if (!(entry->block & BLOCK_USED))
        return "a chain leads to a free block";
    size_t octets = offsetof(struct entry, octets) + entry->name_length + entry->length;
    if (!heap_block_suits(shard_memory(shard), offset, heap_granules(octets)))
        return "an entry does not fit its block";
    struct dns_name name;
    if (dns_name_from_wire(entry->octets, entry->name_length, &name) != DNS_OK ||
        name.length != entry->name_length)
        return "an entry's name is none";
    if (!entry->kind || !entry->rank)
        return "an entry's kind or rank is none";
    return NULL;
}

static bool share_a_place(const struct entry *a, const struct entry *b)
{
    bool data = (a->kind == CACHE_RRSET || a->kind == CACHE_NODATA) &&
                (b->kind == CACHE_RRSET || b->kind == CACHE_NODATA);
    return a->type == b->type && (a->kind == b->kind || data) && entry_has_name(a, entry_name(b));
}

/* How the entries behind this one in the chain go with it. */
static const char *verify_name(struct shard *shard, const struct entry *entry)
{
    unsigned of_name = 1;
    uint32_t offset = entry->chain;
    for (; offset; offset = shard_entry(shard, offset)->chain) {
        const struct entry *other = shard_entry(shard, offset);
        if (share_a_place(entry, other))
            return "two entries have the same key";
        of_name += dns_name_equal(entry_name(other), entry_name(entry));
    }
    return of_name > CACHE_TYPES_PER_NAME ? "a name has too many entries" : NULL;
}

static const char *verify_index(struct shard *shard)
{
    uint32_t entries = 0;
    for (uint32_t bucket = 0; bucket < shard->buckets; bucket++) {
        uint32_t offset = shard_memory(shard)[shard->index + bucket];
        for (; offset; offset = shard_entry(shard, offset)->chain) {
            if (offset < shard->heap.start || offset >= shard->heap.top || ++entries > shard_entries(shard))
                return "a chain leads astray";
            const char *problem = verify_entry(shard, offset);
            if (problem)
                return problem;
            if (shard_bucket(shard, shard_entry(shard, offset)->hash) != bucket)
                return "an entry is in the wrong chain";
        }
        for (offset = shard_memory(shard)[shard->index + bucket]; offset;) {
            const struct entry *entry = shard_entry(shard, offset);
            const char *problem = verify_name(shard, entry);
            if (problem)
                return problem;
            offset = entry->chain;
        }
    }
    return entries == shard_entries(shard) ? NULL : "an entry is in no chain";
}

static const char *verify_list(struct shard *shard, unsigned segment)
{
    const struct shard_list *list = &shard->lists[segment];
    uint32_t entries = 0, newer = 0, offset = list->newest;
    uint64_t granules = 0;
    while (offset) {
        const struct entry *entry = shard_entry(shard, offset);
        if (++entries > list->entries || entry->newer != newer || entry->segment != segment)
            return "a list in the order of use is broken";
        granules += entry_granules(entry);
        newer = offset;
        offset = entry->older;
    }
    if (list->oldest != newer || list->entries != entries || list->granules != granules)
        return "a list's sums are wrong";
    return NULL;
}

/* As many entries as used blocks; with the sums being right, they are the same. */
static const char *verify_sums(struct shard *shard)
{
    uint32_t blocks = 0, block = shard->heap.start;
    for (; block < shard->heap.top; block += heap_block_size(shard_memory(shard), block))
        blocks += shard_memory(shard)[block] & BLOCK_USED;
    if (blocks != shard_entries(shard))
        return "a used block is no entry";
    if (shard->wheel.entries != shard_entries(shard))
        return "the wheel has not as many entries as the lists";
    if (shard->lists[0].granules + shard->lists[1].granules != shard->heap.used)
        return "the lists' sums are not the heap's";
    return NULL;
}

const char *shard_verify(struct shard *shard)
{
    const char *problem = verify_layout(shard);
    if (!problem)
        problem = heap_verify(&shard->heap, shard_memory(shard));
    if (!problem)
        problem = verify_index(shard);
    for (unsigned segment = 0; !problem && segment < SHARD_SEGMENTS; segment++)
        problem = verify_list(shard, segment);
    if (!problem)
        problem = wheel_verify(&shard->wheel, shard_memory(shard));
    return problem ? problem : verify_sums(shard);
}

bool cache_verify(struct cache *cache, char problem[128])
{
    if (cache->shards * cache->stride > cache->size) {
        snprintf(problem, 128, "the shards are larger than the region");
        return false;
    }
    for (unsigned i = 0; i < cache->shards; i++) {
        struct shard *shard = cache_lock_shard(cache, i);
        const char *wrong = shard_verify(shard);
        if (!wrong && (size_t)shard->heap.end * HEAP_GRANULE != cache->stride)
            wrong = "the heap does not end where the shard does";
        cache_unlock_shard(cache, i);
        if (wrong) {
            snprintf(problem, 128, "shard %u: %s", i, wrong);
            return false;
        }
    }
    return true;
}
