/* A cache that is too small: other things are put into it all the time, so that whatever is not used gives way. */
#include <string.h>

#include "sim.h"

enum { BALLAST_OCTETS = 7500, BALLAST_AT_ONCE = 40, BALLAST_TYPE = 65399, LABEL = 16 };

static const uint8_t tail[] = "\7ballast";

bool ballast_is(struct dns_name name)
{
    return name.length == 1 + LABEL + sizeof tail && memcmp(name.wire + 1 + LABEL, tail, sizeof tail) == 0;
}

/* From nothing to about a quarter of the cache. */
void ballast_throw(struct sim *sim)
{
    static const uint8_t octets[BALLAST_OCTETS];
    for (unsigned count = dice_below(&sim->ballast, BALLAST_AT_ONCE); count > 0; count--) {
        struct dns_name_buffer name = {.length = 1 + LABEL + sizeof tail, .wire = {LABEL}};
        for (unsigned i = 1; i <= LABEL; i++)
            name.wire[i] = (uint8_t)('a' + dice_below(&sim->ballast, 26));
        memcpy(name.wire + 1 + LABEL, tail, sizeof tail);
        struct cache_key key = {CACHE_RRSET, BALLAST_TYPE, dns_name_view(&name)};
        struct cache_value value = {.ttl = dice_between(&sim->ballast, 1, 86400),
                                    .rank = CACHE_RANK_AUTHORITATIVE,
                                    .data = octets,
                                    .length = dice_between(&sim->ballast, 100, sizeof octets)};
        cache_put(sim->cache, &key, &value, (uint32_t)(sim->now / SECOND));
        for (unsigned used = dice_below(&sim->ballast, 4); used > 0; used--) {
            struct cache_hit hit;
            cache_find(sim->cache, &key, (uint32_t)(sim->now / SECOND), &hit, NULL, 0);
        }
    }
}
