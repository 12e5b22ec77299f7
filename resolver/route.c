#include "resolver/route.h"

const struct route *route_find(const struct route *routes, size_t count, struct dns_name name)
{
    const struct route *deepest = NULL;
    for (size_t i = 0; i < count; i++)
        if ((deepest == NULL || routes[i].name.length > deepest->name.length) &&
            dns_name_within(name, routes[i].name))
            deepest = &routes[i];
    return deepest;
}
