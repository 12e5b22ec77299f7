/*
 * Queries that are signed (TSIG, RFC 8945), and those for whole zones (AXFR, IXFR): what other servers send us. Off the
 * hit path: query.c comes here only for those.
 */
#ifndef SERVER_SIGNED_H
#define SERVER_SIGNED_H

#include "server/query.h"

/* How a reply is signed that comes later, after a walk: the key, which a reload may have taken from the settings by then,
   and the request's signature. NULL: it is not signed, which all of these know. */
struct signing;
size_t signing_size(const struct signing *signing); /* octets that a signature takes */
size_t signing_sign(struct signing *signing, uint8_t *out, size_t length,
                    size_t capacity); /* the new length */
void signing_free(struct signing *signing);

/* Checks the signature, answers, and signs the reply. REQUEST_WALK: `request->signing` is for the reply.
   REQUEST_TRANSFER: `request->transfer` is what the connection has to send. */
enum request_outcome signed_serve(struct worker *worker, struct request *request, const uint8_t *packet,
                                  size_t packet_length, uint8_t *out, size_t capacity,
                                  struct reply_options *options, size_t *length);

/* NOTIFY (RFC 1996): who may say so is heard, and the main thread told. */
enum request_outcome notify_serve(struct worker *worker, struct request *request, const uint8_t *packet,
                                  size_t packet_length, uint8_t *out, struct reply_options *options,
                                  size_t *length);

#endif
