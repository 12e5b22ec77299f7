#include "resolver/validation.h"

#include <stdio.h>
#include <time.h>

const struct dnssec_policy *validation_policy(const struct validation *validation, struct dns_name name)
{
    const struct dnssec_policy *deepest = NULL;
    size_t depth = 0;
    for (size_t i = 0; i < validation->policy_count; i++) {
        struct dns_name at;
        if (dns_name_from_wire(validation->policy_names[i], DNS_NAME_MAX, &at) != DNS_OK ||
            at.length <= depth || !dns_name_within(name, at))
            continue;
        deepest = &validation->policies[i];
        depth = at.length;
    }
    return deepest;
}

bool validation_anchored(const struct validation *validation, struct dns_name name, struct dns_name *zone)
{
    size_t depth = 0;
    for (size_t i = 0; i < validation->anchor_count; i++) {
        struct dns_name at = dns_name_view(&validation->anchors[i].zone);
        if (at.length <= depth || !dns_name_within(name, at))
            continue;
        *zone = at;
        depth = at.length;
    }
    return depth > 0;
}

const struct validation_except *validation_excepted(const struct validation *validation, struct dns_name name,
                                                    uint64_t now)
{
    const struct validation_except *deepest = NULL;
    struct dns_name zone;
    for (size_t i = 0; i < validation->except_count; i++) {
        const struct validation_except *except = &validation->except[i];
        if ((except->until != 0 && now >= except->until) ||
            (deepest != NULL && except->name.length <= deepest->name.length) ||
            !dns_name_within(name, dns_name_view(&except->name)))
            continue;
        deepest = except;
    }
    if (deepest != NULL && validation_anchored(validation, name, &zone) && zone.length > deepest->name.length)
        return NULL;
    return deepest;
}

bool validation_begins_below(const struct validation *validation, struct dns_name name, struct dns_name above,
                             uint64_t now)
{
    struct dns_name zone;
    return validation != NULL && validation->enabled && validation_anchored(validation, name, &zone) &&
           zone.length > above.length && validation_excepted(validation, name, now) == NULL;
}

bool validation_clock_wrong(const struct validation *validation, uint64_t now,
                            char text[VALIDATION_CLOCK_TEXT])
{
    const struct dnssec_policy *policy = validation_policy(validation, dns_name_root());
    if (policy == NULL || !dnssec_policy_clock_wrong(policy, now))
        return false;
    struct tm shown = {0}, built = {0};
    time_t at = (time_t)now, floor = (time_t)policy->clock_floor;
    gmtime_r(&at, &shown);
    gmtime_r(&floor, &built);
    char dates[2][16] = {""};
    strftime(dates[0], sizeof dates[0], "%Y-%m-%d", &shown);
    strftime(dates[1], sizeof dates[1], "%Y-%m-%d", &built);
    snprintf(text, VALIDATION_CLOCK_TEXT,
             "the resolver's clock is wrong: it says %.10s, before this program was built (%.10s)", dates[0],
             dates[1]);
    return true;
}
