/*
 * One client's query, from its octets to a reply or to a walk; the same for UDP and TCP. Nothing here
 * allocates or locks (but the cache for one look), and no clock is read: this is the hit path.
 */
#ifndef SERVER_QUERY_H
#define SERVER_QUERY_H

#include "resolver/reply.h"
#include "server/worker.h"
#include "zones/transfer_out.h"

/* What another server asks for. */
struct request_transfer {
    struct zone *zone;
    struct transfer_request request;
    struct tsig_chain chain; /* with the key that the request was signed with, or none; to be ended */
};

struct request {
    struct query query;
    struct dns_address client;
    const struct dns_address *server; /* the address of ours that was asked */
    unsigned access;                  /* bits of enum access */
    bool tcp;
    unsigned key;                     /* number of the key it is signed with; 0: none */
    struct request_transfer transfer; /* REQUEST_TRANSFER */
    struct signing *signing; /* REQUEST_WALK, signed query: for the reply, the caller's now; or NULL */
};

enum request_outcome {
    REQUEST_DROPPED,  /* says nothing */
    REQUEST_REPLIED,  /* the reply is in place */
    REQUEST_WALK,     /* has to be asked for: engine_ask() */
    REQUEST_TRANSFER, /* over TCP: a zone has to be sent, transfer_stream_start() */
};

/* `request` comes with client, server, access and tcp; `out` has `capacity` octets, at least 1232. The reply's
   length goes to *length. */
enum request_outcome request_serve(struct worker *worker, struct request *request, const uint8_t *packet,
                                   size_t packet_length, uint8_t *out, size_t capacity, size_t *length);

/* The same for a query that has been read; `options` bounds the reply. */
enum request_outcome request_serve_query(struct worker *worker, struct request *request, uint8_t *out,
                                         size_t capacity, struct reply_options *options, size_t *length);
enum request_outcome request_refuse(struct worker *worker, const struct request *request, uint8_t *out,
                                    const struct reply_options *options, int ede, const char *why,
                                    size_t *length);

/* The engine's answer as a reply in `out`; returns its length. */
size_t request_answer(struct worker *worker, const struct client *client, const struct answer *answer,
                      uint8_t *out, size_t capacity);

/* SERVFAIL, with a reason; ends request->signing. */
size_t request_fail(struct worker *worker, struct request *request, uint8_t *out, size_t capacity,
                    const char *why);

/* chaos.c: version.bind and the like (RFC 4892), and ANY (RFC 8482). */
size_t chaos_reply(const struct config *config, const struct query *query, uint8_t *out,
                   const struct reply_options *options);
size_t any_reply(const struct query *query, uint8_t *out, const struct reply_options *options);

#endif
