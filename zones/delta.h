/*
 * A change in memory, for the inside of zones/:
 *
 *      octets   the old SOA, records that go, the new SOA, records that come; each an owner, type, TTL, length, rdata
 *
 *      0 < removed < length      octets[removed] is the new SOA
 */
#ifndef ZONES_DELTA_H
#define ZONES_DELTA_H

#include "zones/journal.h"
#include "zones/layout.h"

struct zone_delta {
    atomic_uint holders;
    uint32_t from, to;
    size_t removed, length;
    uint8_t octets[];
};

struct zone_journal {
    atomic_uint holders;
    size_t count;
    struct zone_delta *delta[]; /* each from where the one before leads */
};

struct zone_delta *delta_new(uint32_t from, uint32_t to, size_t removed, const uint8_t *octets,
                             size_t length);

/* Everything that the picture says of octets that come from outside, and the serials. */
bool delta_is_whole(const struct zone_delta *delta, struct dns_name apex);

#endif
