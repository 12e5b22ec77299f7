/* cache_verify() is what other tests rely on: it notices every kind of damage that the pictures in heap.h, wheel.h
   and shard.h rule out, and says which. */
#include "cache/region.h"
#include "cache_test.h"

enum { NOW = 1000, ENTRIES = 300 };

struct bench {
    struct cache *cache;
    struct shard *shard;
    uint32_t *memory;
    uint32_t bucket, offset; /* of an entry with another one behind it in its chain */
    struct entry *entry;
    uint32_t hole, last; /* a free block, the last block */
    unsigned hole_class;
};

static void find_entry(struct bench *bench)
{
    for (bench->bucket = 0; bench->bucket < bench->shard->buckets; bench->bucket++) {
        bench->offset = bench->memory[bench->shard->index + bench->bucket];
        bench->entry = shard_entry(bench->shard, bench->offset);
        if (bench->offset && bench->entry->chain && bench->entry->wheel_next)
            return;
    }
    fail_msg("no chain of two entries");
}

static void find_blocks(struct bench *bench)
{
    const struct heap *heap = &bench->shard->heap;
    for (uint32_t at = heap->start; at < heap->top; at += heap_block_size(bench->memory, at))
        bench->last = at;
    for (bench->hole_class = 0; !heap->class_first[bench->hole_class]; bench->hole_class++)
        assert_true(bench->hole_class + 1 < HEAP_CLASSES);
    bench->hole = heap->class_first[bench->hole_class];
}

static int set_up(void **state)
{
    static struct bench bench;
    struct dns_name_buffer name;
    bench.cache = new_cache(CACHE_SIZE_MIN, 1);
    for (unsigned i = 0; i < ENTRIES; i++) {
        struct dns_name owner = numbered_name(i, "example", &name);
        for (uint16_t type = 1; type <= 2; type++)
            assert_int_equal(put_ranked(bench.cache, CACHE_RRSET, type, owner, 5 + i * i, CACHE_RANK_ANSWER,
                                        "some data", NOW),
                             CACHE_STORED);
    }
    for (unsigned i = 1; i < ENTRIES / 2; i += 3)
        assert_int_equal(cache_flush_name(bench.cache, numbered_name(i, "example", &name)), 2);
    bench.shard = cache_lock_shard(bench.cache, 0);
    cache_unlock_shard(bench.cache, 0);
    bench.memory = shard_memory(bench.shard);
    find_entry(&bench);
    find_blocks(&bench);
    assert_sound(bench.cache);
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    assert_sound(((struct bench *)*state)->cache); /* all has been undone */
    cache_destroy(((struct bench *)*state)->cache);
    return 0;
}

/* The damage was done: it is noticed, and called that. */
static void noticed(struct bench *bench, const char *what)
{
    char problem[128] = "nothing", expected[128];
    bool sound = cache_verify(bench->cache, problem);
    snprintf(expected, sizeof expected, "shard 0: %s", what);
    assert_string_equal(problem, expected);
    assert_false(sound);
}

/* Does it, has it noticed, and undoes it. */
#define DAMAGE(place, value, what)                                                                           \
    do {                                                                                                     \
        __typeof__(place) before = (place);                                                                  \
        (place) = (value);                                                                                   \
        noticed(bench, what);                                                                                \
        (place) = before;                                                                                    \
    } while (0)

static void a_shard_whose_parts_are_elsewhere_is_noticed(void **state)
{
    struct bench *bench = *state;
    struct shard *shard = bench->shard;
    DAMAGE(shard->index, shard->index + 1, "the shard's parts are not where they belong");
    DAMAGE(shard->heap.start, shard->heap.start + 1, "the shard's parts are not where they belong");
    DAMAGE(shard->buckets, 0, "more buckets than there is room for");
    DAMAGE(shard->buckets, shard->buckets_max + 1, "more buckets than there is room for");
    DAMAGE(shard->place, bench->offset, "a place is left over from a put");
    DAMAGE(shard->heap.end, shard->heap.end - 1, "the heap does not end where the shard does");
    DAMAGE(shard->heap.end, shard->heap.top - 1, "the heap's top is outside of it");
    DAMAGE(shard->heap.top, shard->heap.start - 1, "the heap's top is outside of it");
}

static void shards_that_are_larger_than_the_region_are_noticed(void **state)
{
    struct bench *bench = *state;
    char problem[128] = "";
    size_t size = bench->cache->size;
    bench->cache->size = bench->cache->stride - 1;
    assert_false(cache_verify(bench->cache, problem));
    assert_string_equal(problem, "the shards are larger than the region");
    bench->cache->size = size;
}

static void damaged_blocks_are_noticed(void **state)
{
    struct bench *bench = *state;
    uint32_t *memory = bench->memory, first = bench->shard->heap.start;
    uint32_t size = heap_block_size(memory, bench->hole), behind = bench->hole + size;
    DAMAGE(memory[first], (HEAP_BLOCK_MIN - 1) << BLOCK_SIZE_SHIFT | BLOCK_USED,
           "a block is too small or reaches beyond the top");
    DAMAGE(memory[first], UINT32_MAX & ~(uint32_t)BLOCK_PREVIOUS_FREE,
           "a block is too small or reaches beyond the top");
    DAMAGE(memory[first], memory[first] | BLOCK_PREVIOUS_FREE, "a block does not know what is before it");
    DAMAGE(memory[behind], memory[behind] & ~(uint32_t)BLOCK_PREVIOUS_FREE,
           "a block does not know what is before it");
    DAMAGE(memory[behind], memory[behind] & ~(uint32_t)BLOCK_USED, "two free blocks are neighbours");
    DAMAGE(memory[behind - 1], size + 1, "a free block's end does not know its size");
    uint32_t top = bench->shard->heap.top, end = memory[top - 1];
    memory[top - 1] = heap_block_size(memory, bench->last);
    DAMAGE(memory[bench->last], memory[bench->last] & ~(uint32_t)BLOCK_USED, "a free block ends at the top");
    memory[top - 1] = end;
}

static void damaged_sums_are_noticed(void **state)
{
    struct bench *bench = *state;
    struct shard *shard = bench->shard;
    DAMAGE(shard->heap.used, shard->heap.used + 1, "the heap's sums are wrong");
    DAMAGE(shard->heap.free, shard->heap.free - 1, "the heap's sums are wrong");
    DAMAGE(shard->lists[SHARD_PROBATION].granules, 0, "a list's sums are wrong");
    DAMAGE(shard->lists[SHARD_PROBATION].oldest, bench->offset, "a list's sums are wrong");
    DAMAGE(shard->lists[SHARD_PROTECTED].granules, 1, "a list's sums are wrong");
    DAMAGE(shard->wheel.entries, shard->wheel.entries + 1, "the wheel's count is wrong");
}

static void damaged_free_lists_are_noticed(void **state)
{
    struct bench *bench = *state;
    struct heap *heap = &bench->shard->heap;
    uint32_t *memory = bench->memory, *first = &heap->class_first[bench->hole_class];
    uint64_t *bits = &heap->class_bits[bench->hole_class / 64];
    enum { NEXT = 1, PREVIOUS = 2 }; /* as heap.h draws it */
    DAMAGE(*bits, *bits & ~(UINT64_C(1) << bench->hole_class % 64),
           "a class' bit does not tell whether it has blocks");
    DAMAGE(*first, heap->top, "a free list leads astray");
    DAMAGE(*first, heap->start - 1, "a free list leads astray");
    DAMAGE(memory[bench->hole + NEXT], bench->hole, "a block is in the wrong free list");
    DAMAGE(memory[bench->hole + PREVIOUS], 1, "a block is in the wrong free list");
    DAMAGE(*first, bench->offset, "a block is in the wrong free list");
    uint32_t kept = *first;
    *first = 0;
    DAMAGE(*bits, *bits & ~(UINT64_C(1) << bench->hole_class % 64), "a free block is in no list");
    *first = kept;
}

static void damaged_chains_are_noticed(void **state)
{
    struct bench *bench = *state;
    struct shard *shard = bench->shard;
    uint32_t *chain = &bench->memory[shard->index + bench->bucket];
    struct entry *other = shard_entry(shard, bench->entry->chain);
    DAMAGE(*chain, shard->heap.top, "a chain leads astray");
    DAMAGE(*chain, shard->heap.start - 1, "a chain leads astray");
    DAMAGE(other->chain, bench->offset, "a chain leads astray"); /* in a circle */
    DAMAGE(*chain, bench->hole, "a chain leads to a free block");
    DAMAGE(*chain, bench->entry->chain, "an entry is in no chain");
    DAMAGE(bench->entry->hash, bench->entry->hash ^ 1, "an entry is in the wrong chain");
    DAMAGE(other->type, bench->entry->type, "two entries have the same key");
}

static void damaged_entries_are_noticed(void **state)
{
    struct bench *bench = *state;
    struct entry *entry = bench->entry;
    DAMAGE(entry->length, (uint16_t)(entry->length + 64), "an entry does not fit its block");
    DAMAGE(entry->octets[0], 64, "an entry's name is none");
    DAMAGE(entry->octets[0], 0, "an entry's name is none");
    uint8_t kind = entry->kind, rank = entry->rank;
    entry->kind = 0;
    noticed(bench, "an entry's kind or rank is none");
    entry->kind = kind & 7;
    entry->rank = 0;
    noticed(bench, "an entry's kind or rank is none");
    entry->rank = rank & 7;
    assert_sound(bench->cache);
}

static void a_damaged_order_of_use_is_noticed(void **state)
{
    struct bench *bench = *state;
    struct shard_list *list = &bench->shard->lists[SHARD_PROBATION];
    struct entry *newest = shard_entry(bench->shard, list->newest);
    DAMAGE(newest->newer, bench->offset, "a list in the order of use is broken");
    DAMAGE(newest->older, list->newest, "a list in the order of use is broken"); /* in a circle */
    DAMAGE(list->entries, list->entries - 1, "a chain leads astray");
    newest->segment = SHARD_PROTECTED;
    noticed(bench, "a list in the order of use is broken");
    newest->segment = SHARD_PROBATION;
}

static void a_damaged_order_of_expiry_is_noticed(void **state)
{
    struct bench *bench = *state;
    struct wheel *wheel = &bench->shard->wheel;
    struct entry *entry = bench->entry;
    unsigned slot = 0;
    while (!wheel->slot[slot])
        slot++;
    DAMAGE(wheel->occupied[slot / 64], 0, "a slot's bit does not tell whether it has entries");
    DAMAGE(entry->wheel_previous, entry->wheel_previous ^ 1, "a slot's list is broken");
    DAMAGE(entry->wheel_next, bench->offset, "a slot's list is broken"); /* in a circle */
    DAMAGE(entry->expires, entry->expires ^ 0x40000000, "an entry is in the wrong slot");
    DAMAGE(wheel->time, wheel->time + 7, "an entry's slot lies in the past");
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_shard_whose_parts_are_elsewhere_is_noticed),
        TEST(shards_that_are_larger_than_the_region_are_noticed),
        TEST(damaged_blocks_are_noticed),
        TEST(damaged_sums_are_noticed),
        TEST(damaged_free_lists_are_noticed),
        TEST(damaged_chains_are_noticed),
        TEST(damaged_entries_are_noticed),
        TEST(a_damaged_order_of_use_is_noticed),
        TEST(a_damaged_order_of_expiry_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
