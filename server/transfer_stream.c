#include "server/transfer_stream.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <time.h>

#include "dns/octets.h"

enum { LENGTH = 2, PIECE = TRANSFER_TURN + LENGTH + DNS_MESSAGE_MAX };

struct transfer_stream {
    uv_write_t write;
    uv_stream_t *handle;
    struct transfer_out transfer;
    struct tsig_key key; /* of its chain, copied: the configuration may change meanwhile */
    struct transfer_limit *limit;
    transfer_on_turn *on_turn; /* NULL: stopped */
    void *context;
    uint8_t octets[PIECE];
};

bool transfer_limit_take(struct transfer_limit *limit)
{
    if (atomic_fetch_add(&limit->running, 1) < limit->most)
        return true;
    atomic_fetch_sub(&limit->running, 1);
    return false;
}

void transfer_limit_give(struct transfer_limit *limit)
{
    atomic_fetch_sub(&limit->running, 1);
}

static void end(struct transfer_stream *stream, enum transfer_turn turn)
{
    transfer_limit_give(stream->limit);
    if (stream->on_turn != NULL)
        stream->on_turn(stream->context, turn, &stream->transfer);
    transfer_out_end(&stream->transfer);
    OPENSSL_cleanse(&stream->key, sizeof stream->key);
    free(stream);
}

/* Messages with their lengths before them, as many as a piece has room for. */
static enum transfer_out_result fill(struct transfer_stream *stream, size_t *used)
{
    enum transfer_out_result result = TRANSFER_OUT_MESSAGE;
    uint64_t now = (uint64_t)time(NULL);
    *used = 0;
    while (result == TRANSFER_OUT_MESSAGE && *used < TRANSFER_TURN) {
        size_t length;
        uint8_t *to = stream->octets + *used;
        result = transfer_out_next(&stream->transfer, to + LENGTH, DNS_MESSAGE_MAX, now, &length);
        if (result == TRANSFER_OUT_MESSAGE) {
            put16(to, (unsigned)length);
            *used += LENGTH + length;
        }
    }
    return result;
}

static void turn(struct transfer_stream *stream);

static void on_written(uv_write_t *request, int status)
{
    struct transfer_stream *stream = request->data;
    if (status != 0 || stream->on_turn == NULL) {
        end(stream, TRANSFER_BROKEN);
        return;
    }
    stream->on_turn(stream->context, TRANSFER_GOES_ON, &stream->transfer);
    if (stream->on_turn == NULL) /* stopped just now; nothing is being written */
        end(stream, TRANSFER_BROKEN);
    else
        turn(stream);
}

/* libuv calls on_written() in a later turn of the loop, also when the kernel has taken all at once. */
static void turn(struct transfer_stream *stream)
{
    size_t length;
    enum transfer_out_result result = fill(stream, &length);
    if (result == TRANSFER_OUT_FAILED || length == 0) {
        end(stream, result == TRANSFER_OUT_END ? TRANSFER_SENT : TRANSFER_BROKEN);
        return;
    }
    uv_buf_t buffer = uv_buf_init((char *)stream->octets, (unsigned)length);
    if (uv_write(&stream->write, stream->handle, &buffer, 1, on_written) != 0)
        end(stream, TRANSFER_BROKEN);
}

struct transfer_stream *transfer_stream_start(uv_stream_t *handle, struct zone *zone,
                                              const struct transfer_request *request,
                                              struct tsig_chain *chain, struct transfer_limit *limit,
                                              transfer_on_turn *on_turn, void *context)
{
    struct transfer_stream *stream = malloc(sizeof *stream);
    if (stream == NULL) {
        tsig_chain_end(chain);
        transfer_limit_give(limit);
        return NULL;
    }
    stream->write.data = stream;
    stream->handle = handle;
    stream->limit = limit;
    stream->on_turn = on_turn;
    stream->context = context;
    if (chain->key != NULL) {
        stream->key = *chain->key;
        chain->key = &stream->key;
    }
    transfer_out_start(&stream->transfer, zone, request, chain);
    /* An empty write, so that the first turn is a later one as well, and nothing ends before this returns. */
    uv_buf_t nothing = uv_buf_init((char *)stream->octets, 0);
    if (uv_write(&stream->write, handle, &nothing, 1, on_written) == 0)
        return stream;
    stream->on_turn = NULL;
    end(stream, TRANSFER_BROKEN);
    return NULL;
}

void transfer_stream_stop(struct transfer_stream *stream)
{
    stream->on_turn = NULL;
}
