/*
 * The heap of a shard: blocks of granules (4 octets), addressed by their offset in granules from the
 * shard's beginning. Knows nothing of what is in a block.
 *
 *      start                                     top                       end
 *      | used | used | free | used | free | used | never touched or given back |
 *
 *      used block    word | the owner's octets ...
 *      free block    word | next | previous | ...            | size
 *
 * word = size << 2 | BLOCK_PREVIOUS_FREE | BLOCK_USED. Always:
 *
 *      start <= top <= end
 *      blocks lie end to end from start to top; size >= HEAP_BLOCK_MIN
 *      no two free blocks are neighbours; no free block ends at top
 *      BLOCK_PREVIOUS_FREE is set exactly where the block before is free
 *      a free block is in the list of its size's class, and class_bits has that list's bit set
 *      used + free + (end - top) == end - start
 *
 * Free blocks are taken before top moves, so that memory is touched as late as possible.
 */
#ifndef CACHE_HEAP_H
#define CACHE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HEAP_GRANULE = 4,   /* octets */
    HEAP_BLOCK_MIN = 4, /* granules: what a free block needs for itself */
    HEAP_EXACT = 64,    /* sizes below have a class each, then eight classes for each power of two */
    HEAP_CLASSES = 256,
};

enum { BLOCK_USED = 1, BLOCK_PREVIOUS_FREE = 2, BLOCK_SIZE_SHIFT = 2 };

struct heap {
    uint32_t start, top, end;
    uint32_t used, free; /* granules in blocks */
    uint32_t unused;
    uint64_t class_bits[HEAP_CLASSES / 64];
    uint32_t class_first[HEAP_CLASSES];
};

static inline uint32_t heap_block_size(const uint32_t *memory, uint32_t block)
{
    return memory[block] >> BLOCK_SIZE_SHIFT;
}

/* Granules of the block that heap_allocate() has to be asked for. */
static inline uint32_t heap_granules(size_t octets)
{
    return (uint32_t)((octets + HEAP_GRANULE - 1) / HEAP_GRANULE);
}

/* A block of this size would be given for a request of `size`. */
static inline bool heap_block_suits(const uint32_t *memory, uint32_t block, uint32_t size)
{
    uint32_t has = heap_block_size(memory, block);
    return has >= size && has < size + HEAP_BLOCK_MIN;
}

void heap_start(struct heap *heap, uint32_t start, uint32_t end);

/* A block of at least `size` granules (at least HEAP_BLOCK_MIN), 0 when none is large enough. */
uint32_t heap_allocate(struct heap *heap, uint32_t *memory, uint32_t size);

/* Gives a block back. Returns where the free space begins that it has become a part of. */
uint32_t heap_release(struct heap *heap, uint32_t *memory, uint32_t block);

/* Takes a free block out of what heap_allocate() can give, until heap_release(). */
void heap_hold(struct heap *heap, uint32_t *memory, uint32_t block);

/* Granules of the free space that begins at `at`, as heap_release() returned it. */
uint32_t heap_space(const struct heap *heap, const uint32_t *memory, uint32_t at);

/* NULL, or what is wrong. */
const char *heap_verify(const struct heap *heap, const uint32_t *memory);

#endif
