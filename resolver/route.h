/*
 * Where names are asked for that the administrator does not leave to the walk from the root: other resolvers
 * (zone types forward), or servers of a zone whatever its parent says (static-stub).
 */
#ifndef RESOLVER_ROUTE_H
#define RESOLVER_ROUTE_H

#include <stddef.h>

#include "dns/address.h"
#include "dns/name.h"

enum route_kind {
    ROUTE_WALK,          /* from the root as ever: ends a route of a name above */
    ROUTE_FORWARD,       /* to resolvers, which are asked to recurse and to nobody else */
    ROUTE_FORWARD_FIRST, /* to resolvers; where they do not help, the walk */
    ROUTE_STUB,          /* the servers of the zone; what they delegate is walked to */
};

/* The octets belong to whoever made it. */
struct route {
    struct dns_name name; /* and everything below, unless there is a deeper one */
    enum route_kind kind;
    const struct dns_address *addresses;
    unsigned address_count;
};

/* The deepest route at or above `name`, or NULL. */
const struct route *route_find(const struct route *routes, size_t count, struct dns_name name);

#endif
