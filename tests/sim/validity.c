#include "validity.h"

#include "dns/types.h"
#include "model.h"

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

/* Where the chain of trust to the zone begins; the zones below that, the deepest first, go to the path. */
static enum validity begin(const struct world *world, int zone, int path[WORLD_ZONES], unsigned *count)
{
    for (*count = 0; zone != ROOT && !world->zone[zone].security.anchored; zone = world->zone[zone].parent)
        path[(*count)++] = zone;
    return zone != ROOT || world->zone[ROOT].security.fate == FATE_SECURE ? VALID_SECURE : VALID_INSECURE;
}

enum validity validity_of_zone(const struct world *world, int zone, uint64_t at)
{
    int path[WORLD_ZONES];
    unsigned count;
    enum validity validity = begin(world, zone, path, &count);
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

/* What may be said of the name by the zone's data of that time, where the zone is one of `validities`. */
static unsigned said_by(const struct world *world, int zone, unsigned validities, struct dns_name name,
                        uint16_t type, uint64_t at)
{
    struct finding finding = world_look(world, zone, at, name, type);
    bool rests_on_absence =
        finding.found == FOUND_NXDOMAIN || finding.found == FOUND_NODATA || finding.wildcard;
    bool opt_out = world->zone[zone].security.denial == DENIAL_OPT_OUT;
    if (finding.found == FOUND_CUT)
        return 0;
    return validities & VALID_SECURE && rests_on_absence && opt_out ? validities | VALID_INSECURE
                                                                    : validities;
}

unsigned validity_at(const struct world *world, struct dns_name name, uint16_t type, uint64_t at)
{
    int zone = world_zone_of(world, name, type, at);
    return said_by(world, zone, validity_of_zone(world, zone, at), name, type, at);
}

/* -- with a memory --------------------------------------------------------------------------------- */

struct span {
    const struct world *world;
    uint64_t from, until;
};

/* The moments of the span after which something is different: 0 is its begin. False: there are no more. */
static bool next_moment(const struct span *span, unsigned *index, uint64_t *at)
{
    const struct world *world = span->world;
    if ((*index)++ == 0) {
        *at = span->from;
        return true;
    }
    for (; *index - 2 < world->change_count; ++*index) {
        *at = world->change[*index - 2];
        if (*at > span->from && *at <= span->until)
            return true;
    }
    return false;
}

/* All that the zone was in that span, where its parent was secure. */
static unsigned steps(const struct span *span, int zone)
{
    unsigned validities = 0;
    uint64_t at;
    for (unsigned i = 0; next_moment(span, &i, &at);)
        if (world_delegation(span->world, zone, at) != NULL)
            validities |= step(span->world, zone, at);
    return validities;
}

/* What a resolver may hold the zone for: each step may be of another time. */
static unsigned validities_of_zone(const struct span *span, int zone)
{
    const struct world *world = span->world;
    int path[WORLD_ZONES];
    unsigned count;
    unsigned validities = begin(world, zone, path, &count);
    while (count > 0) {
        int child = path[--count];
        bool secure = (validities & VALID_SECURE) != 0;
        validities = (validities & ~(unsigned)VALID_SECURE) | (secure ? steps(span, child) : 0);
    }
    return validities;
}

/* Old servers of the zone say what they knew before the span, to those who still ask them. */
static unsigned said_by_ghosts(const struct span *span, int zone, unsigned validities, struct dns_name name,
                               uint16_t type)
{
    unsigned said = 0;
    for (unsigned i = 0; i < span->world->ghost_count; i++) {
        const struct ghost *ghost = &span->world->ghost[i];
        if (ghost->zone == zone && ghost->frozen < span->from && ghost->until >= span->from)
            said |= said_by(span->world, zone, validities, name, type, ghost->frozen);
    }
    return said;
}

static unsigned said_by_zone(const struct span *span, int zone, struct dns_name name, uint16_t type)
{
    unsigned validities = validities_of_zone(span, zone);
    unsigned said = said_by_ghosts(span, zone, validities, name, type);
    uint64_t at;
    for (unsigned i = 0; next_moment(span, &i, &at);) {
        unsigned more = said_by(span->world, zone, validities, name, type, at);
        if ((more & ~said) != 0 && model_believes(span->world, zone, at))
            said |= more;
    }
    return said;
}

unsigned validity_between(const struct world *world, struct dns_name name, uint16_t type, uint64_t from,
                          uint64_t until)
{
    struct span span = {world, from, until};
    unsigned said = 0;
    for (unsigned i = 0; i < world->zone_count; i++) {
        struct dns_name origin = zone_origin(&world->zone[i]);
        bool above = type == DNS_TYPE_DS && i != ROOT && dns_name_equal(name, origin); /* DS: the parent's */
        if (dns_name_within(name, origin) && !above)
            said |= said_by_zone(&span, (int)i, name, type);
    }
    return said;
}
