#include "server/snapshot.h"

#include <stdlib.h>

struct taking {
    void (*then)(void *context, const struct snapshot *snapshot);
    void *context;
    struct top *top; /* TOPS for the sum, then TOPS for each worker; or NULL */
};

/* All of these are nothing but 64-bit counters. */
static void sum(void *to, const void *from, size_t octets)
{
    uint64_t *total = to;
    const uint64_t *one = from;
    for (size_t i = 0; i < octets / sizeof *total; i++)
        total[i] += one[i];
}

static void add_worker(struct snapshot *snapshot, const struct message *message)
{
    sum(&snapshot->counters, &message->counters, sizeof snapshot->counters);
    sum(&snapshot->engine, &message->engine, sizeof snapshot->engine);
    sum(&snapshot->metrics, &message->metrics, sizeof snapshot->metrics);
    for (unsigned i = 0; snapshot->top != NULL && i < TOPS; i++)
        top_merge(&snapshot->top[i], &message->top[i]);
}

static void on_counted(struct round *round)
{
    struct taking *taking = round->context;
    struct daemon *daemon = round->daemon;
    uint64_t now = clock_now();
    struct snapshot snapshot = {
        .taken = now,
        .uptime = now - daemon->started,
        .workers = daemon->worker_count,
        .reloads = daemon->reloads,
        .top = taking->top,
    };
    for (unsigned i = 0; snapshot.top != NULL && i < TOPS; i++)
        snapshot.top[i].seed = daemon->shared.seed;
    for (unsigned i = 0; i < round->count; i++)
        add_worker(&snapshot, &round->message[i]);
    cache_get_statistics(daemon->shared.cache, &snapshot.cache);
    recorder_get_statistics(daemon->shared.recorder, &snapshot.recorder);
    taking->then(taking->context, &snapshot);
    free(taking->top);
    free(taking);
}

bool snapshot_take(struct daemon *daemon, bool top,
                   void (*then)(void *context, const struct snapshot *snapshot), void *context)
{
    struct taking *taking = calloc(1, sizeof *taking);
    struct round *round = daemon_round(daemon, on_counted, taking);
    if (taking != NULL && round != NULL && top)
        taking->top = calloc(TOPS * (1 + (size_t)round->count), sizeof *taking->top);
    if (taking == NULL || round == NULL || (top && taking->top == NULL)) {
        free(taking);
        free(round);
        return false;
    }
    taking->then = then;
    taking->context = context;
    for (unsigned i = 0; top && i < round->count; i++)
        round->message[i].top = taking->top + TOPS * (1 + (size_t)i);
    daemon_post(round, MESSAGE_STATISTICS);
    return true;
}
