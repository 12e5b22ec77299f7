/*
 * Address match lists with BIND's meaning: elements are tried in order, the first that matches
 * decides; `!` before it means no; nothing matching means no. An element is an address, a prefix, a
 * named acl, a nested list, one of any, none, localhost, localnets, or a key that the client has signed with. A nested list that says no
 * (its own `!` matched) decides nothing outside: trying goes on behind it, as in named.
 *
 * An acl is immutable once built, flattened into one array, and matching never allocates or recurses.
 */
#ifndef CONFIG_ACL_H
#define CONFIG_ACL_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/address.h"

struct acl;

/* This host's addresses and the networks they are in, for localhost and localnets. */
struct acl_interfaces {
    const struct dns_prefix *addresses; /* bits: those of the network */
    size_t count;
};

struct acl_verdict {
    bool allowed;
    const char *file; /* where the element that decided stands ("default": a default's);
                                               NULL: none matched. Lives as long as the acl's config. */
    unsigned line;
};

/* The port of `client` plays no part. Without interfaces (NULL), localhost and localnets match nothing. */
struct acl_verdict acl_match(const struct acl *acl, const struct dns_address *client,
                             const struct acl_interfaces *interfaces);

/* The same for a message that was signed (TSIG): by the key of that number, config.keys[key - 1]; 0: by none. */
struct acl_verdict acl_match_signed(const struct acl *acl, const struct dns_address *client,
                                    const struct acl_interfaces *interfaces, unsigned key);

/* The host addresses that are named in it, one by one (192.0.2.1, not 192.0.2.0/24), whether or not the
   list allows them. At most `capacity`; returns how many. */
size_t acl_hosts(const struct acl *acl, struct dns_address *to, size_t capacity);

#endif
