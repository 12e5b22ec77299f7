/*
 * A delegation: who serves a zone, and by which keys it is signed, in the parent's words. Glue lives in here
 * and nowhere else, so that it can never be taken for an answer, nor used for another zone. The same holds for
 * DS records: they have been validated before a delegation has them.
 *
 * In the cache it is one CACHE_DELEGATION entry, with the zone's trust as its mark:
 *
 *      octet: number of DS records    for each    octet: length, so many octets of rdata
 *      for each name server           name (wire), octet: number of addresses,
 *                                     for each address    octet: 4 or 16, so many octets
 */
#ifndef RESOLVER_DELEGATION_H
#define RESOLVER_DELEGATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"
#include "dns/address.h"
#include "dns/name.h"
#include "dnssec/chain.h"
#include "resolver/hints.h"
#include "resolver/trust.h"

enum {
    DELEGATION_SERVERS = 13,       /* name servers that are kept */
    DELEGATION_ADDRESSES = 20,     /* addresses in all that are kept */
    DELEGATION_ADDRESSES_EACH = 4, /* of one name server, from lookups or glue, in each family */
    DELEGATION_DATA = 2048,        /* octets; name servers that do not fit are left out */
    DELEGATION_DS = DNSSEC_DS_MAX, /* DS records that are kept */
    DELEGATION_DS_LENGTH = 100,    /* octets of one; longer ones have a digest that matches nothing */
    DELEGATION_PORT = 53,
};

/* Whose word a delegation is. */
enum delegation_origin {
    DELEGATION_OF_PARENT,        /* the zone's parent's; of the root: the hints' */
    DELEGATION_LOCAL,            /* nobody's: the zone is our own */
    DELEGATION_STUB,             /* the configuration's */
    DELEGATION_FORWARDERS,       /* the configuration's, and they are no servers of the zone but resolvers */
    DELEGATION_FORWARDERS_FIRST, /* the same; where they do not help, the walk goes on from the root */
};

struct delegation {
    struct dns_name_buffer zone;
    enum delegation_origin origin;
    struct dns_address from; /* whose words they were; not read back from the cache */
    uint32_t expires;        /* second at which the parent's word is no longer good */
    uint8_t server_count, address_count;
    struct dns_name server[DELEGATION_SERVERS]; /* views into names */
    struct {
        struct dns_address address;
        uint8_t server; /* whose it is */
    } address[DELEGATION_ADDRESSES];
    uint16_t names_length;
    uint8_t names[DELEGATION_DATA];
    enum trust trust; /* of the zone */
    uint8_t ds_count; /* where it is TRUST_SECURE; none: the zone has a trust anchor */
    uint8_t ds_length[DELEGATION_DS];
    uint8_t ds[DELEGATION_DS][DELEGATION_DS_LENGTH];
};

void delegation_start(struct delegation *delegation, struct dns_name zone, uint32_t expires);

static inline bool delegation_forwards(const struct delegation *delegation)
{
    return delegation->origin == DELEGATION_FORWARDERS || delegation->origin == DELEGATION_FORWARDERS_FIRST;
}

/* The configuration's, without any trust. It never expires. */
struct route;
void delegation_from_route(struct delegation *delegation, const struct route *route);

/* The views inside have to move along with the names. */
void delegation_copy(struct delegation *to, const struct delegation *from);

/* Adds a name server; one that is there already is not added again. -1 when there is no room, else its
   index. */
int delegation_add_server(struct delegation *delegation, struct dns_name name);

/* Adds an address of name server `server`. False when it is there already, or there is no room. */
bool delegation_add_address(struct delegation *delegation, unsigned server,
                            const struct dns_address *address);

/* Adds the rdata of a DS record, cut to DELEGATION_DS_LENGTH: it still matches nothing then, and still says that the
   zone is signed. One that there is no room for is left out. */
void delegation_add_ds(struct delegation *delegation, const struct dnssec_rdata *rdata);

/* Views of the DS records; returns how many there are. */
unsigned delegation_ds(const struct delegation *delegation, struct dnssec_rdata ds[DELEGATION_DS]);

/* The index of a name server, or -1. */
int delegation_find_server(const struct delegation *delegation, struct dns_name name);

/* To and from the cache. Keeping: for expires - now seconds, unless there was a flush (`since`: cache.h). */
void delegation_keep(const struct delegation *delegation, struct cache *cache, uint64_t since, uint32_t now);
bool delegation_load(struct delegation *delegation, struct cache *cache, struct dns_name zone, uint32_t now);
/* What an entry holds that has been looked up. False: it is malformed. */
bool delegation_read(struct delegation *delegation, struct dns_name zone, const struct cache_hit *hit,
                     const uint8_t *data, uint32_t now);

/* The root's, from hints, without any trust. It never expires. */
void delegation_from_hints(struct delegation *delegation, const struct hints *hints);

#endif
