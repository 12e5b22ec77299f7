/*
 * Making room: what has expired goes first, then the least recently used. When enough octets are free
 * but not side by side, a run of neighbours is cleared, so that a large entry costs about its own size
 * in others. Of such a run, entries that are protected are moved where there is a hole for them.
 */
#include "cache/shard.h"

enum {
    STEPS = 4096, /* bounds one call's work on what expired, after a jump of time */
    TIDY_STEPS = 8,
    TIDY_DROPS = 2,         /* for one put: more than it adds */
    EXTRA_GRANULES = 256,   /* evicted in the order of use before a run is cleared */
    EXTRA_FOR_HOLES = 1024, /* granules, beside those asked for */
};

uint32_t shard_drop(struct shard *shard, uint32_t offset)
{
    index_remove(shard, offset);
    lru_remove(shard, offset);
    wheel_remove(&shard->wheel, shard_memory(shard), offset);
    return heap_release(&shard->heap, shard_memory(shard), offset);
}

static bool probation_is_over_its_share(const struct shard *shard)
{
    uint64_t heap = shard->heap.end - shard->heap.start;
    return (uint64_t)shard->lists[SHARD_PROBATION].granules * 100 > heap * CACHE_PROBATION_PERCENT;
}

static uint32_t least_recently_used(const struct shard *shard)
{
    const struct shard_list *probation = &shard->lists[SHARD_PROBATION];
    const struct shard_list *protected = &shard->lists[SHARD_PROTECTED];
    if (!protected->oldest || (probation->oldest && probation_is_over_its_share(shard)))
        return probation->oldest;
    return protected->oldest;
}

static bool drop_expired(struct shard *shard, uint32_t now, unsigned *steps)
{
    if (wheel_later(shard->wheel.time, now))
        now = shard->wheel.time;
    uint32_t offset = wheel_expired(&shard->wheel, shard_memory(shard), now, steps);
    if (!offset || !*steps)
        return false;
    --*steps;
    shard_drop(shard, offset);
    shard->counters.evictions_expired++;
    return true;
}

/* Moves the entry behind the free space at `run` to another block, if there is one. */
static bool move_away(struct shard *shard, uint32_t offset, uint32_t run)
{
    uint32_t *memory = shard_memory(shard);
    struct entry *from = entry_at(memory, offset);
    size_t octets = offsetof(struct entry, octets) + from->name_length + from->length;
    heap_hold(&shard->heap, memory, run);
    uint32_t to = heap_allocate(&shard->heap, memory, heap_granules(octets));
    heap_release(&shard->heap, memory, run);
    if (!to)
        return false;
    struct entry *entry = entry_at(memory, to);
    memcpy(&entry->hash, &from->hash, octets - offsetof(struct entry, hash));
    shard->lists[entry->segment].granules += entry_granules(entry) - entry_granules(from);
    index_moved(shard, offset, to);
    lru_moved(shard, offset, to);
    wheel_moved(&shard->wheel, memory, to);
    heap_release(&shard->heap, memory, offset);
    return true;
}

static uint32_t evict(struct shard *shard, uint32_t offset)
{
    shard->counters.evictions_lru++;
    return shard_drop(shard, offset);
}

/* Drops an entry and those behind it until `granules` are free side by side, or the heap ends. While
   entries on probation have more than their share, they make holes for the protected ones in the way;
   about `granules` of them. */
static void clear_run(struct shard *shard, uint32_t offset, uint32_t granules)
{
    uint32_t *memory = shard_memory(shard);
    uint32_t run = evict(shard, offset), spare = granules + EXTRA_FOR_HOLES;
    for (;;) {
        uint32_t space = heap_space(&shard->heap, memory, run);
        uint32_t next = run + space;
        if (space >= granules || next == shard->heap.end)
            return;
        bool keep = entry_at(memory, next)->segment == SHARD_PROTECTED && probation_is_over_its_share(shard);
        if (keep && move_away(shard, next, run))
            continue;
        if (!keep || !spare) {
            evict(shard, next);
            continue;
        }
        uint32_t victim = shard->lists[SHARD_PROBATION].oldest;
        uint32_t size = heap_block_size(memory, victim);
        spare -= size < spare ? size : spare;
        uint32_t hole = evict(shard, victim);
        if (hole + heap_space(&shard->heap, memory, hole) == next)
            run = hole;
    }
}

uint32_t shard_allocate(struct shard *shard, uint32_t granules, uint32_t now)
{
    unsigned steps = STEPS;
    uint32_t evicted = 0, offset;
    if (shard_too_large(shard, granules))
        return 0;
    while (!(offset = heap_allocate(&shard->heap, shard_memory(shard), granules))) {
        if (drop_expired(shard, now, &steps))
            continue;
        uint32_t victim = least_recently_used(shard);
        if (!victim)
            return 0;
        if (evicted < granules + EXTRA_GRANULES) {
            evicted += entry_granules(shard_entry(shard, victim));
            evict(shard, victim);
        } else {
            clear_run(shard, victim, granules);
        }
    }
    return offset;
}

void shard_tidy(struct shard *shard, uint32_t now)
{
    unsigned steps = TIDY_STEPS;
    for (unsigned i = 0; i < TIDY_DROPS; i++) {
        uint32_t *memory = shard_memory(shard);
        uint32_t offset = wheel_expired(&shard->wheel, memory, now - SHARD_KEEP_EXPIRED, &steps);
        if (!offset)
            return;
        shard_drop(shard, offset);
        shard->counters.evictions_expired++;
    }
}
