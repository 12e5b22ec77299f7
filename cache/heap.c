#include "cache/heap.h"

#include <string.h>

enum { FREE_NEXT = 1, FREE_PREVIOUS = 2 }; /* granules from a free block's beginning */
enum { CLASS_TRIES = 8 };                  /* blocks of a class of several sizes that are looked at */

static unsigned class_of(uint32_t size)
{
    if (size < HEAP_EXACT)
        return size;
    unsigned log = 31 - (unsigned)__builtin_clz(size);
    return HEAP_EXACT + (log - 6) * 8 + (size >> (log - 3) & 7);
}

static void set_word(uint32_t *memory, uint32_t block, uint32_t size, uint32_t flags)
{
    memory[block] = size << BLOCK_SIZE_SHIFT | flags;
}

static void list_add(struct heap *heap, uint32_t *memory, uint32_t block, uint32_t size)
{
    unsigned class = class_of(size);
    uint32_t first = heap->class_first[class];
    set_word(memory, block, size, 0);
    memory[block + FREE_NEXT] = first;
    memory[block + FREE_PREVIOUS] = 0;
    memory[block + size - 1] = size;
    if (first)
        memory[first + FREE_PREVIOUS] = block;
    heap->class_first[class] = block;
    heap->class_bits[class / 64] |= UINT64_C(1) << class % 64;
    heap->free += size;
}

static void list_remove(struct heap *heap, uint32_t *memory, uint32_t block)
{
    uint32_t size = heap_block_size(memory, block);
    unsigned class = class_of(size);
    uint32_t next = memory[block + FREE_NEXT], previous = memory[block + FREE_PREVIOUS];
    if (next)
        memory[next + FREE_PREVIOUS] = previous;
    if (previous)
        memory[previous + FREE_NEXT] = next;
    else
        heap->class_first[class] = next;
    if (!heap->class_first[class])
        heap->class_bits[class / 64] &= ~(UINT64_C(1) << class % 64);
    heap->free -= size;
}

static uint32_t first_of_class_from(const struct heap *heap, unsigned class)
{
    if (class >= HEAP_CLASSES)
        return 0;
    unsigned word = class / 64;
    uint64_t bits = heap->class_bits[word] & ~UINT64_C(0) << class % 64;
    while (!bits) {
        if (++word == HEAP_CLASSES / 64)
            return 0;
        bits = heap->class_bits[word];
    }
    return heap->class_first[word * 64 + (unsigned)__builtin_ctzll(bits)];
}

/* A good fit: of the request's own class a block that happens to be large enough, else of the next
   class there is, where all are. */
static uint32_t find_free(const struct heap *heap, const uint32_t *memory, uint32_t size)
{
    unsigned class = class_of(size);
    if (size < HEAP_EXACT)
        return first_of_class_from(heap, class);
    uint32_t block = heap->class_first[class];
    for (unsigned i = 0; block && i < CLASS_TRIES; i++, block = memory[block + FREE_NEXT])
        if (heap_block_size(memory, block) >= size)
            return block;
    return first_of_class_from(heap, class + 1);
}

void heap_start(struct heap *heap, uint32_t start, uint32_t end)
{
    memset(heap, 0, sizeof *heap);
    heap->start = heap->top = start;
    heap->end = end;
}

void heap_hold(struct heap *heap, uint32_t *memory, uint32_t block)
{
    uint32_t size = heap_block_size(memory, block);
    list_remove(heap, memory, block);
    memory[block + size] &= ~(uint32_t)BLOCK_PREVIOUS_FREE;
    heap->used += size;
    set_word(memory, block, size, BLOCK_USED);
}

uint32_t heap_release(struct heap *heap, uint32_t *memory, uint32_t block)
{
    uint32_t size = heap_block_size(memory, block);
    heap->used -= size;
    if (memory[block] & BLOCK_PREVIOUS_FREE) {
        uint32_t before = memory[block - 1];
        block -= before;
        size += before;
        list_remove(heap, memory, block);
    }
    uint32_t next = block + size;
    if (next == heap->top) {
        heap->top = block;
        return block;
    }
    if (!(memory[next] & BLOCK_USED)) {
        size += heap_block_size(memory, next);
        list_remove(heap, memory, next);
    }
    list_add(heap, memory, block, size);
    memory[block + size] |= BLOCK_PREVIOUS_FREE;
    return block;
}

uint32_t heap_allocate(struct heap *heap, uint32_t *memory, uint32_t size)
{
    uint32_t block = find_free(heap, memory, size);
    if (!block) {
        if (heap->end - heap->top < size)
            return 0;
        block = heap->top;
        heap->top += size;
        heap->used += size;
        set_word(memory, block, size, BLOCK_USED);
        return block;
    }
    uint32_t rest = heap_block_size(memory, block) - size;
    heap_hold(heap, memory, block);
    if (rest >= HEAP_BLOCK_MIN) {
        set_word(memory, block, size, BLOCK_USED);
        set_word(memory, block + size, rest, BLOCK_USED);
        heap_release(heap, memory, block + size);
    }
    return block;
}

uint32_t heap_space(const struct heap *heap, const uint32_t *memory, uint32_t at)
{
    return at == heap->top ? heap->end - heap->top : heap_block_size(memory, at);
}

/* --- checks ------------------------------------------------------------------------------------- */

struct heap_sums {
    uint32_t used, free, free_blocks;
};

static const char *verify_blocks(const struct heap *heap, const uint32_t *memory, struct heap_sums *sums)
{
    bool previous_free = false;
    uint32_t block = heap->start;
    while (block < heap->top) {
        uint32_t word = memory[block], size = word >> BLOCK_SIZE_SHIFT;
        if (size < HEAP_BLOCK_MIN || size > heap->top - block)
            return "a block is too small or reaches beyond the top";
        if (!(word & BLOCK_PREVIOUS_FREE) != !previous_free)
            return "a block does not know what is before it";
        if (word & BLOCK_USED) {
            sums->used += size;
        } else {
            if (previous_free)
                return "two free blocks are neighbours";
            if (memory[block + size - 1] != size)
                return "a free block's end does not know its size";
            sums->free += size;
            sums->free_blocks++;
        }
        previous_free = !(word & BLOCK_USED);
        block += size;
    }
    return previous_free ? "a free block ends at the top" : NULL;
}

static const char *verify_lists(const struct heap *heap, const uint32_t *memory, uint32_t free_blocks)
{
    uint32_t listed = 0;
    for (unsigned class = 0; class < HEAP_CLASSES; class ++) {
        uint32_t previous = 0, block = heap->class_first[class];
        if (!block != !(heap->class_bits[class / 64] >> class % 64 & 1))
            return "a class' bit does not tell whether it has blocks";
        for (; block; previous = block, block = memory[block + FREE_NEXT]) {
            if (++listed > free_blocks || block < heap->start || block >= heap->top)
                return "a free list leads astray";
            if (memory[block] & BLOCK_USED || memory[block + FREE_PREVIOUS] != previous ||
                class_of(heap_block_size(memory, block)) != class)
                return "a block is in the wrong free list";
        }
    }
    return listed == free_blocks ? NULL : "a free block is in no list";
}

const char *heap_verify(const struct heap *heap, const uint32_t *memory)
{
    if (heap->start > heap->top || heap->top > heap->end)
        return "the heap's top is outside of it";
    struct heap_sums sums = {0};
    const char *problem = verify_blocks(heap, memory, &sums);
    if (problem)
        return problem;
    if (sums.used != heap->used || sums.free != heap->free)
        return "the heap's sums are wrong";
    return verify_lists(heap, memory, sums.free_blocks);
}
