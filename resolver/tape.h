/*
 * Every call into an engine, as it is made: for whoever records them, so that the same calls can be made again
 * (capture/). Together with the options, what the cache held, and the random octets, they decide all that the engine
 * does.
 */
#ifndef RESOLVER_TAPE_H
#define RESOLVER_TAPE_H

#include <stdint.h>

enum engine_call_kind {
    ENGINE_CALL_CLOCK,   /* now, wall */
    ENGINE_CALL_ASK,     /* now, question */
    ENGINE_CALL_PRIME,   /* now */
    ENGINE_CALL_RECEIVE, /* now, packet */
    ENGINE_CALL_FAILED,  /* now, exchange, failure (enum failure) */
    ENGINE_CALL_WAKE,    /* now */
    ENGINE_CALL_NEXT,    /* effect; NULL: there was none */
    ENGINE_CALL_KINDS
};

struct question;
struct packet;
struct effect;

struct engine_call {
    enum engine_call_kind kind;
    uint64_t now; /* µs */
    uint64_t wall;
    const struct question *question;
    const struct packet *packet;
    uint64_t exchange;
    unsigned failure;
    const struct effect *effect;
};

/* Told before the engine acts, but of ENGINE_CALL_NEXT afterwards. Pointers are valid during the call only. */
struct engine_tape {
    void (*call)(void *context, const struct engine_call *call); /* NULL: nobody records */
    void *context;
};

#endif
