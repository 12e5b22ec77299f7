#include "capture/stream.h"

#include <openssl/sha.h>
#include <string.h>

#include "dns/octets.h"

void stream_start(struct stream *stream, const uint8_t seed[CAPTURE_SEED])
{
    *stream = (struct stream){0};
    memcpy(stream->seed, seed, CAPTURE_SEED);
}

static void next_block(struct stream *stream)
{
    uint8_t text[CAPTURE_SEED + 8];
    memcpy(text, stream->seed, CAPTURE_SEED);
    put32(text + CAPTURE_SEED, (uint32_t)(stream->counter >> 32));
    put32(text + CAPTURE_SEED + 4, (uint32_t)stream->counter);
    stream->counter++;
    SHA256(text, sizeof text, stream->block);
    stream->left = STREAM_BLOCK;
}

void stream_fill(void *context, uint8_t *to, size_t length)
{
    struct stream *stream = context;
    while (length > 0) {
        if (stream->left == 0)
            next_block(stream);
        size_t part = length < stream->left ? length : stream->left;
        memcpy(to, stream->block + STREAM_BLOCK - stream->left, part);
        stream->left -= part;
        to += part;
        length -= part;
    }
}
