/*
 * An acl's one array. Nested lists and named acls are flattened into it: each step carries the place to
 * go on at when it matches, a verdict or a later step; when it does not match, the next step is tried.
 *
 *      { !10.1/16; !{ 10/8; !192.0.2/24; }; any; }
 *
 *      0   10.1/16         -> refused
 *      1   10/8            -> refused          the nested list says yes, its '!' makes it no
 *      2   192.0.2/24      -> 3                the nested list says no: decides nothing
 *      3   any             -> allowed
 *
 * Targets only point forward, so matching ends; index `count` is the end: nothing matched.
 */
#ifndef CONFIG_ACL_STEPS_H
#define CONFIG_ACL_STEPS_H

#include <stdint.h>

#include "config/acl.h"

enum acl_kind {
    ACL_ANY,
    ACL_LOCALHOST,
    ACL_LOCALNETS,
    ACL_KEY /* its number is `low` */,
    ACL_IPV4 = 4,
    ACL_IPV6 = 6
};

#define ACL_ALLOWED UINT32_MAX
#define ACL_REFUSED (UINT32_MAX - 1)

struct acl_step {
    uint64_t high, low; /* the prefix as loaded from memory, masked */
    uint64_t mask_high, mask_low;
    uint32_t target;
    enum acl_kind kind;
};

struct acl_place {
    const char *file;
    unsigned line;
};

struct acl {
    uint32_t count;
    const struct acl_place *places; /* one a step */
    const char *text;               /* as it is printed */
    struct acl_step steps[];
};

/* The octets of a prefix as a step compares them. */
struct acl_step acl_step_prefix(const struct dns_prefix *prefix);

#endif
