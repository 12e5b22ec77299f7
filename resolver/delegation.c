#include "resolver/delegation.h"

#include <string.h>

#include "resolver/route.h"

void delegation_start(struct delegation *delegation, struct dns_name zone, uint32_t expires)
{
    dns_name_copy(&delegation->zone, zone);
    delegation->expires = expires;
    delegation->origin = DELEGATION_OF_PARENT;
    delegation->from = (struct dns_address){0};
    delegation->server_count = delegation->address_count = 0;
    delegation->names_length = 0;
    delegation->trust = TRUST_NONE;
    delegation->ds_count = 0;
}

void delegation_copy(struct delegation *to, const struct delegation *from)
{
    *to = *from;
    for (unsigned i = 0; i < to->server_count; i++)
        to->server[i].wire = to->names + (from->server[i].wire - from->names);
}

int delegation_find_server(const struct delegation *delegation, struct dns_name name)
{
    for (int i = 0; i < delegation->server_count; i++)
        if (dns_name_equal(delegation->server[i], name))
            return i;
    return -1;
}

int delegation_add_server(struct delegation *delegation, struct dns_name name)
{
    int known = delegation_find_server(delegation, name);
    if (known >= 0)
        return known;
    if (delegation->server_count == DELEGATION_SERVERS ||
        delegation->names_length + name.length > DELEGATION_DATA)
        return -1;
    uint8_t *at = delegation->names + delegation->names_length;
    memcpy(at, name.wire, name.length);
    delegation->names_length = (uint16_t)(delegation->names_length + name.length);
    delegation->server[delegation->server_count] = (struct dns_name){at, name.length};
    return delegation->server_count++;
}

static void delegation_place_address(struct delegation *delegation, unsigned server,
                                     const struct dns_address *address)
{
    if (delegation->address_count == DELEGATION_ADDRESSES)
        return;
    delegation->address[delegation->address_count].address = *address;
    delegation->address[delegation->address_count].server = (uint8_t)server;
    delegation->address_count++;
}

bool delegation_add_address(struct delegation *delegation, unsigned server, const struct dns_address *address)
{
    unsigned same_family = 0;
    if (delegation->address_count == DELEGATION_ADDRESSES)
        return false;
    for (unsigned i = 0; i < delegation->address_count; i++) {
        if (dns_address_equal(&delegation->address[i].address, address))
            return false;
        if (delegation->address[i].server == server &&
            delegation->address[i].address.family == address->family)
            same_family++;
    }
    if (same_family == DELEGATION_ADDRESSES_EACH)
        return false;
    delegation_place_address(delegation, server, address);
    return true;
}

void delegation_add_ds(struct delegation *delegation, const struct dnssec_rdata *rdata)
{
    size_t length = rdata->length < DELEGATION_DS_LENGTH ? rdata->length : DELEGATION_DS_LENGTH;
    if (delegation->ds_count == DELEGATION_DS)
        return;
    memcpy(delegation->ds[delegation->ds_count], rdata->octets, length);
    delegation->ds_length[delegation->ds_count++] = (uint8_t)length;
}

unsigned delegation_ds(const struct delegation *delegation, struct dnssec_rdata ds[DELEGATION_DS])
{
    for (unsigned i = 0; i < delegation->ds_count; i++)
        ds[i] = (struct dnssec_rdata){delegation->ds[i], delegation->ds_length[i]};
    return delegation->ds_count;
}

/* -- to and from the cache --------------------------------------------------------------------- */

enum {
    ENTRY_MAX = 1 + DELEGATION_DS * (1 + DELEGATION_DS_LENGTH) + DELEGATION_DATA + DELEGATION_SERVERS +
                DELEGATION_ADDRESSES * 17
};

static size_t write_ds(const struct delegation *delegation, uint8_t *to)
{
    uint8_t *at = to;
    *at++ = delegation->ds_count;
    for (unsigned i = 0; i < delegation->ds_count; i++) {
        *at++ = delegation->ds_length[i];
        memcpy(at, delegation->ds[i], delegation->ds_length[i]);
        at += delegation->ds_length[i];
    }
    return (size_t)(at - to);
}

static size_t write_server(const struct delegation *delegation, unsigned server, uint8_t *to)
{
    struct dns_name name = delegation->server[server];
    uint8_t *at = to;
    memcpy(at, name.wire, name.length);
    at += name.length;
    uint8_t *count = at++;
    *count = 0;
    for (unsigned i = 0; i < delegation->address_count; i++) {
        const struct dns_address *address = &delegation->address[i].address;
        if (delegation->address[i].server != server)
            continue;
        uint8_t size = (uint8_t)dns_address_size(address);
        *at++ = size;
        memcpy(at, address->octets, size);
        at += size;
        ++*count;
    }
    return (size_t)(at - to);
}

void delegation_keep(const struct delegation *delegation, struct cache *cache, uint64_t since, uint32_t now)
{
    uint8_t data[ENTRY_MAX];
    if (delegation->expires <= now)
        return;
    size_t length = write_ds(delegation, data);
    for (unsigned i = 0; i < delegation->server_count; i++)
        length += write_server(delegation, i, data + length);
    struct cache_key key = {CACHE_DELEGATION, 0, dns_name_view(&delegation->zone)};
    struct cache_value value = {
        .ttl = delegation->expires - now,
        .rank = CACHE_RANK_REFERRAL,
        .mark = (uint8_t)delegation->trust,
        .data = data,
        .length = (uint32_t)length,
        .source = &delegation->from,
        .since = since,
    };
    cache_put(cache, &key, &value, now);
}

/* Reads the DS records; returns what is left of the data, NULL when it is malformed. */
static const uint8_t *read_ds(struct delegation *delegation, const uint8_t *at, const uint8_t *end)
{
    if (at == end)
        return NULL;
    for (unsigned count = *at++; count > 0; count--) {
        if (at == end || end - at < 1 + *at)
            return NULL;
        delegation_add_ds(delegation, &(struct dnssec_rdata){at + 1, *at});
        at += 1 + *at;
    }
    return at;
}

/* Reads one name server and its addresses; returns what is left of the data, NULL when it is malformed. */
static const uint8_t *read_server(struct delegation *delegation, const uint8_t *at, const uint8_t *end)
{
    struct dns_name name;
    if (dns_name_from_wire(at, (size_t)(end - at), &name) != DNS_OK || end - at <= name.length)
        return NULL;
    at += name.length;
    int server = delegation_add_server(delegation, name);
    for (unsigned count = *at++; count > 0; count--) {
        if (end - at < 5 || (*at != 4 && *at != 16) || end - at < 1 + *at)
            return NULL;
        struct dns_address address = dns_address_make(*at == 4 ? 4 : 6, at + 1, DELEGATION_PORT);
        if (server >= 0)
            delegation_add_address(delegation, (unsigned)server, &address);
        at += 1 + *at;
    }
    return at;
}

bool delegation_read(struct delegation *delegation, struct dns_name zone, const struct cache_hit *hit,
                     const uint8_t *data, uint32_t now)
{
    delegation_start(delegation, zone, now + hit->ttl);
    delegation->trust = trust_of_mark(hit->mark);
    const uint8_t *end = data + hit->length, *at = read_ds(delegation, data, end);
    while (at != NULL && at < end)
        at = read_server(delegation, at, end);
    return at != NULL && delegation->server_count > 0;
}

bool delegation_load(struct delegation *delegation, struct cache *cache, struct dns_name zone, uint32_t now)
{
    uint8_t data[ENTRY_MAX];
    struct cache_hit hit;
    struct cache_key key = {CACHE_DELEGATION, 0, zone};
    return cache_find(cache, &key, now, &hit, data, sizeof data) && hit.length <= sizeof data &&
           delegation_read(delegation, zone, &hit, data, now);
}

void delegation_from_route(struct delegation *delegation, const struct route *route)
{
    static const enum delegation_origin origins[] = {
        [ROUTE_FORWARD] = DELEGATION_FORWARDERS,
        [ROUTE_FORWARD_FIRST] = DELEGATION_FORWARDERS_FIRST,
        [ROUTE_STUB] = DELEGATION_STUB,
    };
    delegation_start(delegation, route->name, UINT32_MAX);
    delegation->origin = origins[route->kind];
    int server = delegation_add_server(delegation, route->name);
    for (unsigned i = 0; i < route->address_count && server >= 0; i++)
        delegation_place_address(delegation, (unsigned)server, &route->addresses[i]);
}

void delegation_from_hints(struct delegation *delegation, const struct hints *hints)
{
    int index[HINTS_NAMES];
    delegation_start(delegation, dns_name_root(), UINT32_MAX);
    for (size_t i = 0; i < hints->count; i++)
        index[i] = delegation_add_server(delegation, dns_name_view(&hints->name[i]));
    for (size_t i = 0; i < hints->address_count; i++) {
        int server = index[hints->address[i].name];
        if (server >= 0)
            delegation_add_address(delegation, (unsigned)server, &hints->address[i].address);
    }
}
