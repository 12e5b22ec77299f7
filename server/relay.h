/*
 * Questions that one worker passes on to another, so that a name is walked in one place: each name
 * belongs to one worker, by its hash, and identical questions meet there whichever worker their clients
 * came to. Hits never come here: they are answered where they arrive.
 *
 *      home (client, sockets)  --question-->  owner of the name (engine)
 *                              <--answer----  a copy, freed by home
 *
 * The client object stays its home's; while it is passed on nobody else touches it.
 */
#ifndef SERVER_RELAY_H
#define SERVER_RELAY_H

#include <pthread.h>
#include <stdbool.h>
#include <uv.h>

#include "resolver/answer.h"

struct client;
struct worker;

struct relay {
    pthread_mutex_t lock;         /* of all below */
    struct client *first, **last; /* what has come in, linked by `next` */
    bool closed;
    uv_async_t arrived;
};

bool relay_open(struct worker *worker);
void relay_close(struct worker *worker);   /* from now on the others keep their questions */
void relay_destroy(struct worker *worker); /* when no worker runs any more, and before any is destroyed */

/* Passes a client's question on. False: it is this worker's own to answer. */
bool relay_ask(struct worker *worker, struct client *client);

/* Passes an answer back to the client's home; NULL: client->taken says why. */
void relay_answer(struct client *client, const struct answer *answer);

#endif
