/*
 * What all workers have counted, summed at one moment: what stats, the metrics and the page show. Workers are asked
 * by a message each, which they handle between packets; no counter of theirs is read from outside.
 *
 *      snapshot_take(daemon, true, show, context);     later, on the main thread: show(context, snapshot)
 */
#ifndef SERVER_SNAPSHOT_H
#define SERVER_SNAPSHOT_H

#include "server/daemon.h"

struct snapshot {
    uint64_t taken;  /* µs, the daemon's clock */
    uint64_t uptime; /* µs */
    unsigned workers, reloads;
    struct counters counters;
    struct engine_statistics engine;
    struct metrics metrics;
    struct cache_statistics cache;
    struct recorder_statistics recorder;
    struct top *top; /* TOPS of them, or NULL */
};

/* Calls `then` with a snapshot that is valid during the call; with what is busiest where `top` is true. False: out of
   memory, or the daemon is stopping; `then` is not called. */
bool snapshot_take(struct daemon *daemon, bool top,
                   void (*then)(void *context, const struct snapshot *snapshot), void *context);

#endif
