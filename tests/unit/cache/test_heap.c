#include "cache/heap.h"
#include "cache_test.h"

enum { START = 10, END = 100000, BLOCKS = 500 };

static uint32_t memory[END + 1];

static void assert_whole(const struct heap *heap)
{
    const char *problem = heap_verify(heap, memory);
    if (problem)
        fail_msg("%s", problem);
    assert_int_equal(memory[END], 0xdeadbeef);
    assert_int_equal(memory[START - 1], 0xdeadbeef);
}

static void begin(struct heap *heap)
{
    memory[END] = memory[START - 1] = 0xdeadbeef;
    heap_start(heap, START, END);
}

static void fresh_memory_is_touched_only_when_no_free_block_fits(void **state)
{
    (void)state;
    struct heap heap;
    begin(&heap);
    uint32_t a = heap_allocate(&heap, memory, 20), b = heap_allocate(&heap, memory, 20);
    assert_int_equal(a, START);
    assert_int_equal(b, START + 20);
    heap_release(&heap, memory, a);
    assert_int_equal(heap_allocate(&heap, memory, 21), START + 40);
    assert_int_equal(heap_allocate(&heap, memory, 8), a);
    assert_int_equal(heap_allocate(&heap, memory, 12), a + 8);
    assert_whole(&heap);
}

static void neighbours_that_are_free_become_one(void **state)
{
    (void)state;
    struct heap heap;
    for (unsigned order = 0; order < 6; order++) {
        static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                             {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        begin(&heap);
        uint32_t blocks[3], last;
        for (unsigned i = 0; i < 3; i++)
            blocks[i] = heap_allocate(&heap, memory, 10);
        last = heap_allocate(&heap, memory, 10);
        for (unsigned i = 0; i < 3; i++) {
            heap_release(&heap, memory, blocks[orders[order][i]]);
            assert_whole(&heap);
        }
        assert_int_equal(heap_allocate(&heap, memory, 30), START);
        assert_int_equal(heap_release(&heap, memory, last), START + 30);
        assert_int_equal(heap.top, START + 30);
        assert_whole(&heap);
    }
}

static void all_of_the_heap_can_be_one_block(void **state)
{
    (void)state;
    struct heap heap;
    begin(&heap);
    assert_int_equal(heap_allocate(&heap, memory, END - START + 1), 0);
    assert_int_equal(heap_allocate(&heap, memory, END - START), START);
    assert_int_equal(heap_allocate(&heap, memory, HEAP_BLOCK_MIN), 0);
    assert_int_equal(heap_release(&heap, memory, START), START);
    assert_int_equal(heap_space(&heap, memory, START), END - START);
    assert_whole(&heap);
}

static void a_block_held_is_not_given_out(void **state)
{
    (void)state;
    struct heap heap;
    begin(&heap);
    uint32_t a = heap_allocate(&heap, memory, 30);
    heap_allocate(&heap, memory, 10);
    heap_release(&heap, memory, a);
    heap_hold(&heap, memory, a);
    assert_int_equal(heap_allocate(&heap, memory, 30), START + 40);
    assert_int_equal(heap_release(&heap, memory, a), a);
    assert_int_equal(heap_allocate(&heap, memory, 30), a);
    assert_whole(&heap);
}

static void blocks_never_overlap(void **state)
{
    (void)state;
    struct heap heap;
    begin(&heap);
    struct random random = {123};
    uint32_t block[BLOCKS] = {0}, asked[BLOCKS];
    for (unsigned step = 0; step < 300000; step++) {
        unsigned i = random_below(&random, BLOCKS);
        if (block[i]) {
            for (uint32_t g = 1; g < asked[i]; g++)
                assert_int_equal(memory[block[i] + g], block[i] * 31 + g);
            heap_release(&heap, memory, block[i]);
            block[i] = 0;
        } else {
            asked[i] = HEAP_BLOCK_MIN + random_below(&random, 1u << random_below(&random, 11));
            block[i] = heap_allocate(&heap, memory, asked[i]);
            if (!block[i])
                continue;
            assert_true(heap_block_suits(memory, block[i], asked[i]));
            for (uint32_t g = 1; g < asked[i]; g++)
                memory[block[i] + g] = block[i] * 31 + g;
        }
        if (step % 1000 == 0)
            assert_whole(&heap);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        if (block[i])
            heap_release(&heap, memory, block[i]);
    assert_whole(&heap);
    assert_int_equal(heap.top, START);
    assert_int_equal(heap.used + heap.free, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_memory_is_touched_only_when_no_free_block_fits),
        cmocka_unit_test(neighbours_that_are_free_become_one),
        cmocka_unit_test(all_of_the_heap_can_be_one_block),
        cmocka_unit_test(a_block_held_is_not_given_out),
        cmocka_unit_test(blocks_never_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
