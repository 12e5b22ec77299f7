/*
 * What a worker counts of the questions it serves, beside struct counters: by type, rcode and extended error, how
 * long answers took, and, of a sample, who asks and for what. Each worker writes its own; nothing is shared, locked
 * or allocated. The hit path adds to three counters, and counts down to the next sample.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "dns/types.h"
#include "resolver/histogram.h"
#include "server/top.h"

enum {
    METRICS_TYPES = 257, /* the last one: all types above 255 */
    METRICS_RCODES = 32,
    METRICS_EDES = 64,    /* the last one: all codes above */
    METRICS_BATCHES = 64, /* one in so many batches of UDP packets is timed: the one clock read more */
};

/* Nothing but 64-bit counters. */
struct metrics {
    uint64_t type[METRICS_TYPES];
    uint64_t rcode[METRICS_RCODES];
    uint64_t ede[METRICS_EDES];
    uint64_t asked; /* questions that had to be walked, or waited for */
    struct histogram
        hit; /* from reading a batch to its replies on their way; of some batches, for each hit */
    struct histogram walk; /* from the question to the answer, where the cache had none */
};

/* What is busiest, by a sample; halved every TOP_HALF_LIFE. */
enum top_kind {
    TOP_NAMES,   /* asked for: wire form, lower case */
    TOP_CLIENTS, /* 4 or 16 octets */
    TOP_ZONES,   /* whose servers are asked, all packets: wire form, lower case */
    TOP_SERVERS, /* that are asked, all packets: 4 or 16 octets, then 2 of the port */
    TOPS
};

/* With little to do every question is looked at, at most one in SAMPLER_MOST on average: what there is to see comes soon,
   and costs nothing where there is much. */
enum { SAMPLER_MOST = 256, SAMPLER_FEW = 4, SAMPLER_MANY = 16 /* samples in a second */ };

struct sampler {
    uint32_t due;   /* questions until the next sample */
    uint32_t every; /* how many questions, on average, a sample stands for: 1, 2, 4, ... */
    uint64_t second;
    uint32_t samples; /* in that second */
    uint64_t state;
    struct top top[TOPS];
};

static inline void metrics_count_type(struct metrics *metrics, uint16_t type)
{
    metrics->type[type < METRICS_TYPES ? type : METRICS_TYPES - 1]++;
}

static inline void metrics_count_reply(struct metrics *metrics, uint16_t rcode, int ede)
{
    metrics->rcode[rcode % METRICS_RCODES]++;
    if (__builtin_expect(ede != DNS_EDE_NONE, 0))
        metrics->ede[ede < METRICS_EDES ? ede : METRICS_EDES - 1]++;
}

/* At a sample, and at the start: goes by how many there were, and draws when the next one is due. Not regularly, as
   clients' questions may be. */
static inline void sampler_draw(struct sampler *sampler, uint64_t now)
{
    uint64_t second = now / 1000000;
    if (sampler->second != second) {
        if (sampler->samples < SAMPLER_FEW && sampler->every > 1)
            sampler->every /= 2;
        sampler->second = second;
        sampler->samples = 0;
    }
    if (++sampler->samples > SAMPLER_MANY && sampler->every < SAMPLER_MOST) {
        sampler->every *= 2;
        sampler->samples = 0;
    }
    sampler->state = sampler->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    sampler->due = 1 + (uint32_t)((sampler->state >> 32) * (2 * sampler->every - 1) >> 32);
}

#endif
