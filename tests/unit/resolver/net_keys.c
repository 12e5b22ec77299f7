/* The keys of the small internet's signed zones, who vouches for them, and what the engine is told to believe. */
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "net_inside.h"

/* RFC 4034 appendix B. */
static uint16_t tag_of(const uint8_t *rdata, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i & 1 ? rdata[i] : (uint32_t)rdata[i] << 8;
    return (uint16_t)(sum + (sum >> 16 & 0xffff));
}

static void take_key(struct zone *zone, unsigned number)
{
    uint8_t seed[32] = {(uint8_t)number, 1, 2, 3};
    size_t length = 32;
    EVP_PKEY_free(zone->key);
    zone->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    assert(zone->key != NULL);
    memcpy(zone->dnskey, (uint8_t[]){1, 1, 3, 15}, 4);
    assert(EVP_PKEY_get_raw_public_key(zone->key, zone->dnskey + 4, &length) == 1 && length == 32);
    zone->key_tag = tag_of(zone->dnskey, sizeof zone->dnskey);
}

static void add_record(struct zone *zone, const struct zone *of, const char *what, const uint8_t *rdata,
                       size_t length)
{
    char origin[DNS_NAME_TEXT_MAX], line[2048];
    int at = snprintf(line, sizeof line, "%s 3600 IN %s \\# %u ",
                      dns_name_to_text(dns_name_view(&of->origin), origin), what, (unsigned)length);
    for (size_t i = 0; i < length; i++)
        at += snprintf(line + at, sizeof line - (size_t)at, "%02x", rdata[i]);
    records_read(&zone->records, line);
}

void net_sign(struct net *net, const char *origin, enum net_denial denial)
{
    struct zone *zone = net_find_zone(net, origin);
    zone->denial = denial;
    take_key(zone, (unsigned)(zone - net->zone));
    add_record(zone, zone, "DNSKEY", zone->dnskey, sizeof zone->dnskey);
}

void net_sign_iterations(struct net *net, const char *origin, uint16_t iterations)
{
    net_find_zone(net, origin)->iterations = iterations;
}

void net_sign_with_another_key(struct net *net, const char *origin)
{
    struct zone *zone = net_find_zone(net, origin);
    take_key(zone, 200);
    add_record(zone, zone, "DNSKEY", zone->dnskey, sizeof zone->dnskey);
}

static void make_digest(const struct zone *zone, uint8_t to[32])
{
    uint8_t data[DNS_NAME_MAX + sizeof zone->dnskey];
    memcpy(data, zone->origin.wire, zone->origin.length);
    memcpy(data + zone->origin.length, zone->dnskey, sizeof zone->dnskey);
    SHA256(data, zone->origin.length + sizeof zone->dnskey, to);
}

void net_vouch_as(struct net *net, const char *origin, uint8_t algorithm, uint8_t digest)
{
    const struct zone *zone = net_find_zone(net, origin);
    struct zone *parent = NULL;
    uint8_t ds[36] = {(uint8_t)(zone->key_tag >> 8), (uint8_t)zone->key_tag, algorithm, digest};
    for (unsigned i = 0; i < net->zone_count; i++)
        if (net->zone[i].origin.length < zone->origin.length &&
            dns_name_within(dns_name_view(&zone->origin), dns_name_view(&net->zone[i].origin)) &&
            (parent == NULL || net->zone[i].origin.length > parent->origin.length))
            parent = &net->zone[i];
    assert(parent != NULL);
    make_digest(zone, ds + 4);
    add_record(parent, zone, "DS", ds, sizeof ds);
}

void net_vouch(struct net *net, const char *origin)
{
    net_vouch_as(net, origin, 15, 2);
}

void net_anchor(struct net *net, const char *origin)
{
    const struct zone *zone = net_find_zone(net, origin);
    assert(net->validation.anchor_count < NET_ANCHORS);
    enum dnssec_anchor_error error =
        dnssec_anchor_from_key(dns_name_view(&zone->origin), zone->dnskey, sizeof zone->dnskey, false,
                               &net->anchors[net->validation.anchor_count++]);
    assert(error == DNSSEC_ANCHOR_OK);
    net->policy = dnssec_policy_default();
    net->policy_name = dns_name_root().wire;
    net->validation.enabled = true;
    net->validation.anchors = net->anchors;
    net->validation.policies = &net->policy;
    net->validation.policy_names = &net->policy_name;
    net->validation.policy_count = 1;
    net->options.validation = &net->validation;
    net_set_wall(net, NET_WALL);
    net_reconfigure(net);
}

void net_except(struct net *net, const char *name, uint64_t until)
{
    assert(dns_name_from_text(name, &net->except.name) == DNS_OK);
    net->except.until = until;
    net->validation.except = &net->except;
    net->validation.except_count = 1;
    net_reconfigure(net);
}

void net_set_wall(struct net *net, uint64_t wall)
{
    net->wall = wall - net->now / 1000000;
    engine_set_clock(net->engine, net->now, wall);
}

void net_lie(struct net *net, const char *server, enum net_lie lie, uint16_t type)
{
    struct server *at = net_find_server(net, server);
    at->lie = lie;
    at->lie_type = type;
}

void net_free_keys(struct net *net)
{
    for (unsigned i = 0; i < net->zone_count; i++)
        EVP_PKEY_free(net->zone[i].key);
}
