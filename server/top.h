/*
 * Heavy hitters in bounded memory: the keys that come most often, with about how often, by the space-saving
 * algorithm (Metwally et al. 2005) within small sets, as in a processor's cache:
 *
 *      entry[set of the key's hash][TOP_WAYS]       a key that is there is counted;
 *                                                   else it takes the place of the least in its set, and its count,
 *                                                   which is then by how much it may be too high (`error`)
 *
 * A key that makes up more than 1/TOP_WAYS of what falls into its set is in the table. Every TOP_HALF_LIFE all counts
 * are halved, so that the table is about lately. A table belongs to one thread; copies of several are merged.
 */
#ifndef SERVER_TOP_H
#define SERVER_TOP_H

#include <stddef.h>
#include <stdint.h>

enum { TOP_SETS = 16, TOP_WAYS = 8, TOP_ENTRIES = TOP_SETS * TOP_WAYS, TOP_KEY = 255 };
enum { TOP_HALF_LIFE = 60000000 }; /* µs */

struct top_entry {
    uint32_t hash;
    uint32_t count; /* 0: the place is free */
    uint32_t error;
    uint8_t length;
    uint8_t key[TOP_KEY];
};

struct top {
    uint64_t seed;    /* from the caller: nobody outside shall know which keys share a set */
    uint64_t total;   /* of all counts, those of keys that are not in the table included; halved with them */
    uint64_t halving; /* µs: when it is due; 0: nothing came yet */
    struct top_entry entry[TOP_SETS][TOP_WAYS];
};

/* A key of at most TOP_KEY octets came `times` times; `now` in µs. */
void top_note(struct top *top, const uint8_t *key, size_t length, uint32_t times, uint64_t now);

/* Adds what another thread's table has. */
void top_merge(struct top *top, const struct top *other);

/* The busiest ones, most first; returns how many. */
size_t top_list(const struct top *top, const struct top_entry **list, size_t capacity);

#endif
