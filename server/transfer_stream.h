/*
 * A zone that goes out over a connection, a piece at a time: no more than TRANSFER_TURN octets and one message are made
 * before the loop turns, and none while the client has not taken those before. So a transfer, however large, delays
 * nobody, and a client that reads slowly costs one piece of memory.
 *
 *      if (!transfer_limit_take(&limit)) say that there are too many
 *      stream = transfer_stream_start(&handle, zone, &request, &chain, &limit, on_turn, connection);
 *      ... on_turn(connection, TRANSFER_GOES_ON) after each piece: the client is alive
 *      ... on_turn(connection, TRANSFER_SENT) or TRANSFER_BROKEN: the stream is gone
 *
 * It belongs to the thread of the handle's loop.
 */
#ifndef SERVER_TRANSFER_STREAM_H
#define SERVER_TRANSFER_STREAM_H

#include <stdatomic.h>
#include <uv.h>

#include "zones/transfer_out.h"

enum {
    TRANSFER_TURN = 64 * 1024, /* octets */
    TRANSFERS_OUT = 10,        /* at a time, as in BIND (transfers-out) */
};

/* Shared by all workers. */
struct transfer_limit {
    atomic_uint running;
    unsigned most;
};

/* One more, which the stream gives back when it ends. False: there are as many as may be. */
bool transfer_limit_take(struct transfer_limit *limit);
void transfer_limit_give(struct transfer_limit *limit);

enum transfer_turn {
    TRANSFER_GOES_ON,
    TRANSFER_SENT,   /* all of it was handed to the kernel */
    TRANSFER_BROKEN, /* the client is gone, or a record fits into no message: close the connection */
};

struct transfer_stream;
typedef void transfer_on_turn(void *context, enum transfer_turn turn, const struct transfer_out *transfer);

/* Takes over `chain` and the place in `limit`; holds `zone`. Nothing else may be written to `handle` until it is over.
   NULL: no memory; the place is given back, and the chain ended. */
struct transfer_stream *transfer_stream_start(uv_stream_t *handle, struct zone *zone,
                                              const struct transfer_request *request,
                                              struct tsig_chain *chain, struct transfer_limit *limit,
                                              transfer_on_turn *on_turn, void *context);

/* The handle is about to be closed: on_turn is not called any more. */
void transfer_stream_stop(struct transfer_stream *stream);

#endif
