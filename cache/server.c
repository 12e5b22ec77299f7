#include "cache/server.h"

#include <string.h>

enum {
    PORT_USUAL = 53,
    NAME_OCTETS_MAX = 1 + 2 * (16 + 2) + 1, /* one label of two letters for each octet, the root */
    TIMEOUTS_FOR_REST = 3,                  /* in a row, before it is left alone */
    REST_MAX = 30,                          /* seconds */
};

/* --- an address as a name ----------------------------------------------------------------------- */

static uint8_t *write_octet(uint8_t *to, uint8_t octet)
{
    *to++ = (uint8_t)('a' + (octet >> 4));
    *to++ = (uint8_t)('a' + (octet & 15));
    return to;
}

static struct dns_name name_of(const struct dns_address *address, uint8_t wire[NAME_OCTETS_MAX])
{
    uint8_t *end = wire + 1;
    for (unsigned i = 0; i < dns_address_size(address); i++)
        end = write_octet(end, address->octets[i]);
    if (address->port != PORT_USUAL) {
        end = write_octet(end, (uint8_t)(address->port >> 8));
        end = write_octet(end, (uint8_t)address->port);
    }
    wire[0] = (uint8_t)(end - wire - 1);
    *end++ = 0;
    return (struct dns_name){wire, (uint8_t)(end - wire)};
}

static bool read_octet(const uint8_t *from, uint8_t *octet)
{
    unsigned high = from[0] - 'a', low = from[1] - 'a';
    *octet = (uint8_t)(high << 4 | (low & 15));
    return high < 16 && low < 16;
}

bool server_address(struct dns_name name, struct dns_address *address)
{
    unsigned octets = name.wire[0] / 2;
    if (name.wire[0] % 2 || name.length != name.wire[0] + 2 || name.wire[name.length - 1] != 0)
        return false;
    if (octets != 4 && octets != 4 + 2 && octets != 16 && octets != 16 + 2)
        return false;
    uint8_t read[18];
    for (unsigned i = 0; i < octets; i++)
        if (!read_octet(name.wire + 1 + 2 * i, &read[i]))
            return false;
    unsigned size = octets < 16 ? 4 : 16;
    *address = (struct dns_address){.family = size == 4 ? 4 : 6, .port = PORT_USUAL};
    memcpy(address->octets, read, size);
    if (octets > size) {
        address->port = (uint16_t)(read[size] << 8 | read[size + 1]);
        return address->port != PORT_USUAL;
    }
    return true;
}

void server_get(struct cache *cache, const struct dns_address *address, uint32_t now, struct server *server)
{
    uint8_t wire[NAME_OCTETS_MAX];
    struct cache_key key = {CACHE_SERVER, 0, name_of(address, wire)};
    struct cache_hit hit;
    if (!cache_find(cache, &key, now, &hit, (uint8_t *)server, sizeof *server) ||
        hit.length != sizeof *server)
        memset(server, 0, sizeof *server);
}

void server_put(struct cache *cache, const struct dns_address *address, uint32_t now,
                const struct server *server)
{
    uint8_t wire[NAME_OCTETS_MAX];
    struct cache_key key = {CACHE_SERVER, 0, name_of(address, wire)};
    struct cache_value value = {
        .ttl = SERVER_TTL,
        .rank = CACHE_RANK_ANSWER,
        .data = (const uint8_t *)server,
        .length = sizeof *server,
    };
    cache_put(cache, &key, &value, now);
}

bool server_drop(struct cache *cache, const struct dns_address *address)
{
    uint8_t wire[NAME_OCTETS_MAX];
    return cache_drop(cache, &(struct cache_key){CACHE_SERVER, 0, name_of(address, wire)});
}

/* --- its time ----------------------------------------------------------------------------------- */

static bool later(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

void server_heard(struct server *server, uint32_t rtt)
{
    if (!server->srtt) {
        server->srtt = rtt;
        server->rttvar = rtt / 2;
    } else {
        uint64_t off = rtt > server->srtt ? rtt - server->srtt : server->srtt - rtt;
        server->rttvar = (uint32_t)((3 * (uint64_t)server->rttvar + off) / 4);
        server->srtt = (uint32_t)((7 * (uint64_t)server->srtt + rtt) / 8);
    }
    if (!server->srtt)
        server->srtt = 1;
    server->timeouts = 0;
    server->retry_at = 0;
}

void server_silent(struct server *server, uint32_t now)
{
    if (server->timeouts < UINT8_MAX)
        server->timeouts++;
    if (server->timeouts < TIMEOUTS_FOR_REST)
        return;
    unsigned doublings = server->timeouts - TIMEOUTS_FOR_REST;
    uint32_t rest = doublings < 5 ? 1u << doublings : REST_MAX;
    server->retry_at = now + rest ? now + rest : 1;
}

uint32_t server_wait(const struct server *server)
{
    uint64_t wait = SERVER_WAIT_UNKNOWN;
    if (server->srtt)
        wait = server->srtt + 4 * (uint64_t)server->rttvar;
    if (wait < SERVER_WAIT_MIN)
        wait = SERVER_WAIT_MIN;
    for (unsigned i = 0; i < server->timeouts && wait < SERVER_WAIT_MAX; i++)
        wait *= 2;
    return wait < SERVER_WAIT_MAX ? (uint32_t)wait : SERVER_WAIT_MAX;
}

/* --- what it is lame for ------------------------------------------------------------------------ */

bool server_is_lame(const struct server *server, uint32_t zone_hash, uint32_t now)
{
    for (unsigned i = 0; i < SERVER_LAME_ZONES; i++)
        if (server->lame[i].zone == zone_hash && server->lame[i].until && later(server->lame[i].until, now))
            return true;
    return false;
}

void server_set_lame(struct server *server, uint32_t zone_hash, uint32_t until)
{
    unsigned chosen = 0;
    for (unsigned i = 0; i < SERVER_LAME_ZONES; i++) {
        if (server->lame[i].zone == zone_hash && server->lame[i].until) {
            chosen = i;
            break;
        }
        if (server->lame[chosen].until &&
            (!server->lame[i].until || later(server->lame[chosen].until, server->lame[i].until)))
            chosen = i;
    }
    server->lame[chosen].zone = zone_hash;
    server->lame[chosen].until = until;
}
