/*
 * What the engine has to know to validate: trust anchors, policies by name, and names that are excepted. It is
 * a view of what somebody else keeps and never changes while the engine has it; new anchors or exceptions come
 * as a new one, by engine_configure().
 *
 *      const struct validation_except *except = validation_excepted(validation, name, wall);
 *      if (except != NULL)                                 treat as insecure, DNS_EDE_NEGATIVE_TRUST_ANCHOR
 *      else if (!validation_anchored(validation, name, &zone))      insecure: nobody vouches for anything above
 *      else                                                the chain begins with the anchors of `zone`
 *      context.policy = validation_policy(validation, zone_of_the_keys);
 */
#ifndef RESOLVER_VALIDATION_H
#define RESOLVER_VALIDATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnssec/anchor.h"
#include "dnssec/policy.h"

/* A name at and below which nothing is validated (RFC 7646). */
struct validation_except {
    struct dns_name_buffer name;
    uint64_t until; /* wall seconds when it ends; 0: never (validate-except) */
};

struct validation {
    bool enabled;
    const struct dnssec_anchor *anchors; /* of all zones; those of one need not be adjacent */
    size_t anchor_count;
    const struct dnssec_policy *policies;
    const uint8_t *const
        *policy_names;   /* of each policy, in wire form and lower case; the first is the root */
    size_t policy_count; /* 0 only where `enabled` is false */
    const struct validation_except *except;
    size_t except_count;
};

/* The policy of the deepest name at or above `name`; NULL where there are none. */
const struct dnssec_policy *validation_policy(const struct validation *validation, struct dns_name name);

/* The deepest zone at or above `name` that has trust anchors. False: none has. *zone is a view into them. */
bool validation_anchored(const struct validation *validation, struct dns_name name, struct dns_name *zone);

/* The deepest exception at or above `name` that has not ended by `now` (wall seconds), or NULL. An exception
   above a trust anchor does not reach what is below that anchor (RFC 7646 §2). */
const struct validation_except *validation_excepted(const struct validation *validation, struct dns_name name,
                                                    uint64_t now);

/* Does the chain of trust for `name` begin with an anchor strictly below `above`, and is the name not excepted? Then
   what the zone of `above` says is not said of the name. `validation` may be NULL. */
bool validation_begins_below(const struct validation *validation, struct dns_name name, struct dns_name above,
                             uint64_t now);

enum { VALIDATION_CLOCK_TEXT = 128 };

/* The clock stands before this program was built: whatever signatures say of time is our fault, not theirs.
   True then, and `text` says it for the log. (What fails for that is DNSSEC_CLOCK_WRONG to its clients,
   dnssec/reason.h.) */
bool validation_clock_wrong(const struct validation *validation, uint64_t now,
                            char text[VALIDATION_CLOCK_TEXT]);

#endif
