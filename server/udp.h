/*
 * Clients over UDP. Packets come in batches (recvmmsg), replies are written straight into the buffers
 * they leave from (sendmmsg): two system calls for up to UDP_BATCH hits.
 */
#ifndef SERVER_UDP_H
#define SERVER_UDP_H

#include "server/worker.h"

struct udp *udp_create(void);
void udp_destroy(struct udp *udp);

/* Serves a bound socket from now on; closes it when it is retired. False: out of memory. */
bool udp_listen(struct worker *worker, int fd, const struct dns_address *address);

/* Stops serving those whose address is not among the endpoints; clients that wait still get replies. */
void udp_retire(struct worker *worker, const struct endpoints *keep);

/* Gathers the reply to a client of the engine. */
void udp_answer(struct worker *worker, struct client *client, const struct answer *answer);
void udp_flush(struct worker *worker);
void udp_release(struct udp_listener *listener); /* a client of it waits no longer */

/* Closes all at once, at the end; clients that wait get nothing. */
void udp_close(struct worker *worker);

#endif
