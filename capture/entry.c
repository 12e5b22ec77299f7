#include "capture/entry.h"

#include <string.h>

static bool is_server(const struct cache_key *key, const struct cache_hit *hit)
{
    return key->kind == CACHE_SERVER && hit->length == sizeof(struct server);
}

static void write_server(struct fields *to, const uint8_t *data)
{
    struct server server;
    memcpy(&server, data, sizeof server);
    add_number(to, server.srtt);
    add_number(to, server.rttvar);
    add_number(to, server.retry_at);
    add_number(to, server.timeouts);
    add_number(to, server.edns);
    add_number(to, server.edns_until);
    for (unsigned i = 0; i < SERVER_LAME_ZONES; i++) {
        add_number(to, server.lame[i].zone);
        add_number(to, server.lame[i].until);
    }
}

void entry_write(struct fields *to, uint32_t now, const struct cache_key *key, const struct cache_hit *hit,
                 const struct dns_address *source, const uint8_t *data)
{
    add_number(to, now);
    add_number(to, key->kind);
    add_number(to, key->type);
    add_name(to, key->name);
    add_number(to, hit->rank);
    add_number(to, hit->mark);
    add_number(to, hit->ttl);
    add_number(to, hit->age);
    add_number(to, hit->hits);
    add_address(to, source);
    if (is_server(key, hit))
        write_server(to, data);
    else
        add_octets(to, data, hit->length);
}

static void read_server(struct reading *from, struct server *server)
{
    *server = (struct server){0};
    server->srtt = (uint32_t)take_number(from, UINT32_MAX);
    server->rttvar = (uint32_t)take_number(from, UINT32_MAX);
    server->retry_at = (uint32_t)take_number(from, UINT32_MAX);
    server->timeouts = (uint8_t)take_number(from, UINT8_MAX);
    server->edns = (uint8_t)take_number(from, SERVER_EDNS_NONE);
    server->edns_until = (uint32_t)take_number(from, UINT32_MAX);
    for (unsigned i = 0; i < SERVER_LAME_ZONES; i++) {
        server->lame[i].zone = (uint32_t)take_number(from, UINT32_MAX);
        server->lame[i].until = (uint32_t)take_number(from, UINT32_MAX);
    }
}

bool entry_read(struct reading *from, struct entry_read *entry)
{
    size_t length;
    *entry = (struct entry_read){.now = (uint32_t)take_number(from, UINT32_MAX)};
    entry->key.kind = (enum cache_kind)take_number(from, CACHE_RANGES);
    entry->key.type = (uint16_t)take_number(from, UINT16_MAX);
    entry->key.name = take_name(from);
    entry->hit.rank = (enum cache_rank)take_number(from, CACHE_RANK_SECURE);
    entry->hit.mark = (uint8_t)take_number(from, UINT8_MAX);
    entry->hit.ttl = (uint32_t)take_number(from, INT32_MAX);
    entry->hit.age = (uint32_t)take_number(from, INT32_MAX);
    entry->hit.hits = (uint32_t)take_number(from, UINT8_MAX);
    entry->source = take_address(from);
    if (entry->key.kind == CACHE_SERVER) {
        read_server(from, &entry->server);
        entry->data = (const uint8_t *)&entry->server;
        entry->hit.length = sizeof entry->server;
    } else {
        entry->data = take_octets(from, CACHE_DATA_MAX, &length);
        entry->hit.length = (uint32_t)length;
    }
    return !from->failed && entry->key.kind != 0 && entry->hit.rank != 0 && entry->hit.ttl != 0;
}
