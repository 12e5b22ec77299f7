/* This host's addresses: what localhost, localnets and listen-on's match lists are matched with. */
#ifndef SERVER_INTERFACES_H
#define SERVER_INTERFACES_H

#include <stdbool.h>

#include "config/acl.h"

struct interfaces {
    struct dns_prefix *prefixes; /* the host's address, with the network's bits */
    struct acl_interfaces acl;   /* a view of them */
};

/* Reads them from the kernel, IPv6 link-local ones left out (they mean nothing without an interface).
   False: out of memory, or the kernel refuses. */
bool interfaces_read(struct interfaces *interfaces);
void interfaces_free(struct interfaces *interfaces);

#endif
