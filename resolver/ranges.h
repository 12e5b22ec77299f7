/*
 * Which names of a signed zone have an NSEC record in the cache, in canonical order, so that the one that
 * covers a name can be found without knowing where it begins (RFC 8198). One CACHE_RANGES entry for a zone:
 *
 *      two octets: how many names there are
 *      for each, in canonical order (RFC 4034 §6.1): two octets, where it stands behind this table
 *      the names, in wire form, each as it is below the zone, so that the zone's own is the root
 *
 * A name that is there promises nothing: its record may have left the cache.
 */
#ifndef RESOLVER_RANGES_H
#define RESOLVER_RANGES_H

#include "cache/cache.h"

enum { RANGES_OCTETS = 32768 }; /* of an entry; the callers' scratch memory is twice that */

/* Adds the owner of an NSEC record of the zone that is kept for `ttl` seconds. When there is no room, another
   one near it goes. */
void ranges_add(struct cache *cache, struct dns_name zone, struct dns_name owner, uint32_t ttl, uint32_t now,
                uint8_t scratch[2 * RANGES_OCTETS]);

/* The last owner that is not behind `name`: what it covers may include the name. False: there is none. */
bool ranges_find(struct cache *cache, struct dns_name zone, struct dns_name name, uint32_t now,
                 struct dns_name_buffer *owner, uint8_t scratch[2 * RANGES_OCTETS]);

#endif
