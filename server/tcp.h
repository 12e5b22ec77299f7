/*
 * Clients over TCP (RFC 7766): several queries at a time on a connection, answered in the order in which
 * the answers are found. A connection that is slow, silent or greedy costs itself only.
 */
#ifndef SERVER_TCP_H
#define SERVER_TCP_H

#include "server/worker.h"

enum {
    TCP_FIRST_QUERY = 3000,           /* ms until the first query has come in */
    TCP_IDLE = 10000,                 /* ms without a query, or with a reply nobody takes */
    TCP_OUTSTANDING = 64,             /* queries of a connection that wait for the engine */
    TCP_QUEUED = 65536,               /* octets of replies that wait for the client; then we stop reading */
    TCP_QUEUED_MOST = 4 * TCP_QUEUED, /* answers still come then; the connection ends with this many */
    TCP_UNACKNOWLEDGED = 5000,        /* ms, TCP_USER_TIMEOUT */
    TCP_QUERY_MAX = 4096,             /* octets of a query that are looked at; longer ones are malformed */
};

struct tcp *tcp_create(struct worker *worker); /* NULL: out of memory */
void tcp_destroy(struct tcp *tcp);

/* Accepts on a bound, listening socket, which it owns from now on. */
bool tcp_listen(struct worker *worker, int fd, const struct dns_address *address);
void tcp_retire(struct worker *worker, const struct endpoints *keep); /* connections stay */
void tcp_close(struct worker *worker);                                /* everything, at the end */

void tcp_answer(struct worker *worker, struct client *client, const struct answer *answer);
void tcp_flush(struct worker *worker);

/* Ends the connection that has been idle longest, to have its descriptor. False: there is none. */
bool tcp_shed(struct worker *worker);

#endif
