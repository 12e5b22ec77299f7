#include "config/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum { CHUNK_SIZE = 16 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char octets[];
};

struct config_memory {
    struct chunk *chunks; /* the first is the one that has room */
};

struct config_memory *config_memory_create(void)
{
    return calloc(1, sizeof(struct config_memory));
}

static struct chunk *add_chunk(struct config_memory *memory, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    struct chunk *chunk = calloc(1, sizeof *chunk + room);
    if (chunk == NULL)
        return NULL;
    chunk->size = room;
    chunk->next = memory->chunks;
    memory->chunks = chunk;
    return chunk;
}

void *config_memory_take(struct config_memory *memory, size_t size)
{
    size_t align = alignof(max_align_t);
    struct chunk *chunk = memory->chunks;
    size_t at = chunk == NULL ? 0 : (chunk->used + align - 1) / align * align;
    if (chunk == NULL || at > chunk->size || size > chunk->size - at) {
        chunk = add_chunk(memory, size);
        at = 0;
    }
    if (chunk == NULL)
        return NULL;
    chunk->used = at + size;
    return chunk->octets + at;
}

void config_memory_free(struct config_memory *memory)
{
    if (memory == NULL)
        return;
    while (memory->chunks != NULL) {
        struct chunk *next = memory->chunks->next;
        free(memory->chunks);
        memory->chunks = next;
    }
    free(memory);
}
