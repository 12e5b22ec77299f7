/*
 * What we know of a name server's address: how long it takes, what it cannot do. Kept in the cache
 * like everything else (and so within its size), under the address as a name.
 */
#ifndef CACHE_SERVER_H
#define CACHE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/cache.h"
#include "dns/address.h"

enum {
    SERVER_TTL = 900,      /* seconds after which it is forgotten */
    SERVER_LAME_ZONES = 4, /* zones it was found lame for, the latest */
};

enum server_edns {
    SERVER_EDNS_UNKNOWN,
    SERVER_EDNS_OK,
    SERVER_EDNS_NONE, /* answered FORMERR or NOTIMP to EDNS */
};

struct server {
    uint32_t srtt;     /* smoothed round trip, microseconds; 0: never measured */
    uint32_t rttvar;   /* RFC 6298 §2, microseconds */
    uint32_t retry_at; /* second before which it is left alone; 0: it is fine */
    uint8_t timeouts;  /* in a row */
    uint8_t edns;      /* enum server_edns */
    uint16_t unused;
    uint32_t edns_until; /* second at which SERVER_EDNS_NONE is forgotten */
    struct {
        uint32_t zone;
        uint32_t until;
    } lame[SERVER_LAME_ZONES]; /* hash of the zone's name; second */
};

/* Fills `server` with what is known, zeros where nothing is. */
void server_get(struct cache *cache, const struct dns_address *address, uint32_t now, struct server *server);
void server_put(struct cache *cache, const struct dns_address *address, uint32_t now,
                const struct server *server);

/* Forgets it. False: nothing was known. */
bool server_drop(struct cache *cache, const struct dns_address *address);

/* A round trip was measured, in microseconds: it is alive. RFC 6298 §2. */
void server_heard(struct server *server, uint32_t rtt);

/* It did not answer in time: doubles its time-out's backing off, 1 s to 30 s after the third in a row. */
void server_silent(struct server *server, uint32_t now);

/* How long to wait for it before somebody else is asked, in microseconds: RFC 6298's RTO between
   SERVER_WAIT_MIN and SERVER_WAIT_MAX, SERVER_WAIT_UNKNOWN where it was never measured; doubled with
   each time-out in a row. */
enum { SERVER_WAIT_MIN = 50000, SERVER_WAIT_UNKNOWN = 400000, SERVER_WAIT_MAX = 1600000 };
uint32_t server_wait(const struct server *server);

bool server_is_lame(const struct server *server, uint32_t zone_hash, uint32_t now);
void server_set_lame(struct server *server, uint32_t zone_hash, uint32_t until);

/* The address out of a CACHE_SERVER entry's name, for lists of servers. False when it is none. */
bool server_address(struct dns_name name, struct dns_address *address);

#endif
