#include "validity.h"

#include "dns/types.h"

/* The DS records of the zone have an algorithm that a validator knows. */
static bool is_known(const struct world *world, const struct rrset *ds)
{
    for (unsigned i = 0; i < ds->count; i++) {
        uint16_t length;
        if (world_rdata(world, ds, i, &length)[2] != ALGORITHM_UNKNOWN)
            return true;
    }
    return false;
}

/* Below a zone that is secure. */
static enum validity step(const struct world *world, int zone, uint64_t at)
{
    const struct zone *child = &world->zone[zone];
    const struct rrset *ds = world_find(world, child->parent, at, zone_origin(child), DNS_TYPE_DS);
    if (ds == NULL || !is_known(world, ds))
        return VALID_INSECURE;
    bool broken = child->security.fate == FATE_WRONG_DS || child->security.fate == FATE_EXPIRED;
    return broken ? VALID_BOGUS : VALID_SECURE;
}

enum validity validity_of_zone(const struct world *world, int zone, uint64_t at)
{
    int path[WORLD_ZONES];
    unsigned count = 0;
    enum validity validity = world->zone[ROOT].security.fate == FATE_SECURE ? VALID_SECURE : VALID_INSECURE;
    for (; zone != ROOT; zone = world->zone[zone].parent)
        path[count++] = zone;
    while (count > 0 && validity == VALID_SECURE)
        validity = step(world, path[--count], at);
    return validity;
}

bool validity_is_sure(const struct world *world, int zone, uint64_t until)
{
    bool sure = validity_of_zone(world, zone, 0) == VALID_SECURE;
    for (unsigned i = 0; i < world->change_count && world->change[i] <= until && sure; i++)
        sure = validity_of_zone(world, zone, world->change[i]) == VALID_SECURE;
    return sure;
}

unsigned validity_at(const struct world *world, struct dns_name name, uint16_t type, uint64_t at)
{
    int zone = world_zone_of(world, name, type, at);
    enum validity validity = validity_of_zone(world, zone, at);
    struct finding finding = world_look(world, zone, at, name, type);
    bool rests_on_absence =
        finding.found == FOUND_NXDOMAIN || finding.found == FOUND_NODATA || finding.wildcard;
    bool opt_out = world->zone[zone].security.denial == DENIAL_OPT_OUT;
    return validity == VALID_SECURE && rests_on_absence && opt_out ? VALID_SECURE | VALID_INSECURE : validity;
}

unsigned validity_between(const struct world *world, struct dns_name name, uint16_t type, uint64_t from,
                          uint64_t until)
{
    unsigned validity = validity_at(world, name, type, from) | validity_at(world, name, type, until);
    for (unsigned i = 0; i < world->change_count; i++)
        if (world->change[i] > from && world->change[i] <= until)
            validity |= validity_at(world, name, type, world->change[i]);
    return validity;
}
