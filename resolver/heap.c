/* The walks that wait for a time, in a binary heap with the earliest on top. */
#include <stdlib.h>

#include "resolver/walk.h"

enum { HEAP_FIRST = 64 };
#define HEAP_NONE SIZE_MAX

static void place(struct engine *engine, struct walk *walk, size_t index)
{
    engine->heap[index] = walk;
    walk->heap_index = index;
}

static void sift_up(struct engine *engine, size_t index)
{
    struct walk *walk = engine->heap[index];
    while (index > 0 && engine->heap[(index - 1) / 2]->wake_at > walk->wake_at) {
        place(engine, engine->heap[(index - 1) / 2], index);
        index = (index - 1) / 2;
    }
    place(engine, walk, index);
}

static void sift_down(struct engine *engine, size_t index)
{
    struct walk *walk = engine->heap[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= engine->heap_count)
            break;
        if (child + 1 < engine->heap_count && engine->heap[child + 1]->wake_at < engine->heap[child]->wake_at)
            child++;
        if (engine->heap[child]->wake_at >= walk->wake_at)
            break;
        place(engine, engine->heap[child], index);
        index = child;
    }
    place(engine, walk, index);
}

static bool grow(struct engine *engine)
{
    if (engine->heap_count < engine->heap_capacity)
        return true;
    size_t capacity = engine->heap_capacity == 0 ? HEAP_FIRST : 2 * engine->heap_capacity;
    struct walk **heap = realloc(engine->heap, capacity * sizeof *heap);
    if (heap == NULL)
        return false;
    engine->heap = heap;
    engine->heap_capacity = capacity;
    return true;
}

void engine_clear_timer(struct walk *walk)
{
    struct engine *engine = walk->engine;
    size_t index = walk->heap_index;
    if (index == HEAP_NONE)
        return;
    walk->heap_index = HEAP_NONE;
    struct walk *last = engine->heap[--engine->heap_count];
    if (last == walk)
        return;
    place(engine, last, index);
    sift_up(engine, index);
    sift_down(engine, last->heap_index);
}

bool engine_set_timer(struct walk *walk, uint64_t at)
{
    struct engine *engine = walk->engine;
    if (walk->heap_index == HEAP_NONE) {
        if (!grow(engine))
            return false;
        place(engine, walk, engine->heap_count++);
    }
    walk->wake_at = at;
    sift_up(engine, walk->heap_index);
    sift_down(engine, walk->heap_index);
    return true;
}
