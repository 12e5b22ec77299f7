/*
 * What a correct validator may say of a name, by the world alone: which of secure, insecure and bogus. The trust
 * anchor is the root's key.
 */
#ifndef SIM_VALIDITY_H
#define SIM_VALIDITY_H

#include "world.h"

enum validity { VALID_SECURE = 1, VALID_INSECURE = 2, VALID_BOGUS = 4 };

/* Of the zone: by its DS records, and those of all zones above it, at that time. */
enum validity validity_of_zone(const struct world *world, int zone, uint64_t at);

/* The zone was secure all the time: whoever lies there will not be believed. */
bool validity_is_sure(const struct world *world, int zone, uint64_t until);

/* Of the answer (or its first link) that the name has at that time; more than one where RFC 5155 §9.2 leaves it
   open: an absence in an opt-out span. */
unsigned validity_at(const struct world *world, struct dns_name name, uint16_t type, uint64_t at);

/* All that may be said between the two times, by a validator whose caches hold no more than that: also of zones that
   are no longer delegated, but still believed, and by a chain whose links were true at different times. */
unsigned validity_between(const struct world *world, struct dns_name name, uint16_t type, uint64_t from,
                          uint64_t until);

#endif
