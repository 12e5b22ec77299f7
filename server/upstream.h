/*
 * The engine's packets to servers and back: EFFECT_SEND opens an exchange, EFFECT_OVER ends it.
 *
 * Over UDP each exchange has a socket of its own out of the pool (server/ports.h). All of them are in one
 * epoll instance, which the loop watches as one descriptor: libuv never sees them. Over TCP each
 * exchange has a connection of its own (server/upstream_tcp.c).
 */
#ifndef SERVER_UPSTREAM_H
#define SERVER_UPSTREAM_H

#include "server/ports.h"
#include "server/worker.h"

enum { UPSTREAM_TCP_MOST = 256 }; /* connections to servers at a time, a worker */

struct upstream *upstream_create(struct worker *worker); /* NULL: out of memory or descriptors */
void upstream_close(struct upstream *upstream);          /* closes all; its handles end with the loop */
void upstream_destroy(struct upstream *upstream);        /* after the loop has ended */

/* Other settings hold from now on. */
void upstream_configure(struct upstream *upstream);

/* Carries the effect out. False: it failed, as *failure says, and the engine has to be told. */
bool upstream_send(struct upstream *upstream, const struct effect *effect, enum failure *failure);
void upstream_over(struct upstream *upstream, uint64_t exchange);

/* -- between upstream.c and upstream_tcp.c ------------------------------------------------------ */

struct upstream_tcp;
struct upstream_tcp *upstream_tcp_create(struct worker *worker);
void upstream_tcp_close(struct upstream_tcp *tcp);
void upstream_tcp_destroy(struct upstream_tcp *tcp);
bool upstream_tcp_send(struct upstream_tcp *tcp, const struct effect *effect, enum failure *failure);
bool upstream_tcp_over(struct upstream_tcp *tcp, uint64_t exchange); /* false: not one of its own */

#endif
