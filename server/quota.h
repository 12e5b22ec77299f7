/*
 * How many TCP connections there are, in all and from each address (IPv6: each /64); for all workers.
 * From the loopback addresses come all programs of this host together: half of all for them.
 */
#ifndef SERVER_QUOTA_H
#define SERVER_QUOTA_H

#include <stdbool.h>

#include "dns/address.h"

enum { QUOTA_PER_ADDRESS = 32 };

struct quota;
struct quota *quota_create(unsigned most); /* NULL: out of memory */
void quota_destroy(struct quota *quota);

/* False: no more for this one, or at all. */
bool quota_take(struct quota *quota, const struct dns_address *client);
void quota_give(struct quota *quota, const struct dns_address *client);
bool quota_resize(struct quota *quota, unsigned most);

#endif
