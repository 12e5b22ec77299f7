/*
 * What workers show of the queries they answer, to who monitors them: a ring for each worker, written by its thread alone
 * and read by the main thread alone. There is one only while somebody watches; nobody ever waits for it, and what a full
 * one does not take is counted for each watcher that has missed it.
 *
 *      written - read <= WATCH_ENTRIES       entry[read % WATCH_ENTRIES] is the next to be read,
 *                                            entry[written % WATCH_ENTRIES] the next to be written
 */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

enum { WATCHERS = 8, WATCH_ENTRIES = 2048 };

/* Where an answer came from. */
enum watch_source {
    WATCH_ITSELF, /* the daemon: refused, malformed, version.bind, a referral from what it knows */
    WATCH_CACHE,
    WATCH_LOCAL, /* a zone of ours */
    WATCH_WALK,  /* servers were asked, or others waited for the same already */
};

struct watched {
    uint64_t at;   /* µs, the daemon's clock: of the answer */
    uint64_t took; /* µs */
    struct dns_address client;
    struct dns_name_buffer name; /* length 0: the query had no question */
    uint16_t type, rcode, length;
    int16_t ede; /* DNS_EDE_NONE: none */
    uint8_t source;
    bool tcp;
    uint8_t watchers; /* a bit for each that wants it */
};

/* What a watcher wants to see: all that fits. */
struct watch_filter {
    bool used;
    bool failures; /* SERVFAIL only */
    bool by_type;
    uint16_t type;
    struct dns_address client;   /* family 0: any; the port makes no difference */
    struct dns_name_buffer tree; /* length 0: any */
};

/* Of all watchers; workers only read it. */
struct watch_filters {
    struct watch_filter filter[WATCHERS];
};

struct watch_ring {
    _Alignas(64) atomic_uint written;
    atomic_uint missed[WATCHERS];
    _Alignas(64) atomic_uint read;
    struct watched entry[WATCH_ENTRIES];
};

/* A bit for each watcher that wants it. */
unsigned watch_wanted(const struct watch_filters *filters, const struct watched *watched);

/* The worker: `watched` goes into the ring where somebody wants it. */
void watch_write(struct watch_ring *ring, const struct watch_filters *filters, const struct watched *watched);

/* The main thread: the next one, until watch_next(); NULL: there is none. */
const struct watched *watch_peek(struct watch_ring *ring);
void watch_next(struct watch_ring *ring);

/* The main thread: how many this watcher has missed since it was asked last. */
unsigned watch_missed(struct watch_ring *ring, unsigned watcher);

#endif
