/*
 * How long things took: counts in buckets of doubled width, from 1 µs to 16.8 s and above. Nothing but 64-bit
 * counters, so that histograms of several threads are summed like any other counters.
 */
#ifndef RESOLVER_HISTOGRAM_H
#define RESOLVER_HISTOGRAM_H

#include <stdint.h>

/* Bucket i counts what took at most 2^i µs and more than the one before; the last one all the rest. */
enum { HISTOGRAM_BOUNDS = 25, HISTOGRAM_BUCKETS = HISTOGRAM_BOUNDS + 1 };

struct histogram {
    uint64_t count[HISTOGRAM_BUCKETS];
    uint64_t sum; /* µs */
};

static inline unsigned histogram_bucket(uint64_t micros)
{
    unsigned bucket = micros <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(micros - 1);
    return bucket < HISTOGRAM_BOUNDS ? bucket : HISTOGRAM_BOUNDS;
}

static inline void histogram_add(struct histogram *histogram, uint64_t micros, uint64_t times)
{
    histogram->count[histogram_bucket(micros)] += times;
    histogram->sum += micros * times;
}

#endif
