/* What a forger puts beside records that are good, or in their place, in internets that are signed. */
#ifndef SIM_BESIDE_H
#define SIM_BESIDE_H

#include "authority.h"

/* The name that all he says leads to. */
extern const uint8_t beside_name[];
enum { BESIDE_NAME = 24 }; /* octets */

/* Is it in there? */
bool beside_is_in(const uint8_t *octets, size_t length);

enum beside {
    BESIDE_NOTHING, /* there is nothing to say */
    BESIDE_MORE,    /* what a resolver has to ignore */
    BESIDE_WRONG,   /* what spoils the answer */
};

/* Changes the reply. All that he says is of zones that are surely secure, and not signed. */
enum beside beside_put(const struct world *world, const struct dns_message *query, uint64_t now,
                       struct dice *dice, struct reply *reply);

#endif
