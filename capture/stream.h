/* Random octets that follow from a seed: SHA-256 of the seed and a counter, block by block. Who does not know the seed
   can foretell none of them; who does, all. */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "capture/format.h"

enum { STREAM_BLOCK = 32 };

struct stream {
    uint8_t seed[CAPTURE_SEED];
    uint64_t counter;
    size_t left; /* octets at the end of the block that are unused */
    uint8_t block[STREAM_BLOCK];
};

void stream_start(struct stream *stream, const uint8_t seed[CAPTURE_SEED]);

/* struct engine_options.random; `context` is a struct stream. */
void stream_fill(void *context, uint8_t *to, size_t length);

#endif
