/* Inside the small internet (net.h): only its own files include this. */
#ifndef TESTS_NET_INSIDE_H
#define TESTS_NET_INSIDE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/builder.h"
#include "dns/rdata.h"
#include "dns/text.h"
#include "net.h"
#include "resolver/image.h"

enum {
    NET_ZONES = 64,
    NET_SERVERS = 64,
    NET_IN_FLIGHT = 1024,
    NET_STRAYS = 16,
    NET_ASKS = 4096,
    NET_ANCHORS = 4
};

struct record {
    struct dns_name_buffer owner;
    uint16_t type, class;
    uint32_t ttl;
    uint16_t length;
    uint8_t *rdata;
};

struct records {
    struct record *record;
    unsigned count, capacity;
};

struct zone {
    struct dns_name_buffer origin;
    struct records records;
    void *key; /* NULL: the zone is not signed */
    uint8_t dnskey[36];
    uint16_t key_tag, iterations;
    enum net_denial denial;
};

struct server {
    struct dns_address address;
    enum net_behaviour behaviour;
    uint64_t delay;
    unsigned zone[NET_ZONES], zone_count;
    unsigned packets;
    char seen[16384];
    struct records stray[DNS_SECTIONS];
    enum net_lie lie;
    uint16_t lie_type; /* 0: about all */
    net_speaker *speaker;
    void *speaker_context;
};

struct flight {
    uint64_t at;
    uint64_t exchange;
    struct dns_address from;
    enum transport transport;
    bool fails;
    enum failure failure;
    size_t length;
    uint8_t *wire;
};

struct net {
    struct cache *cache;
    struct engine *engine;
    struct engine_options options;
    struct hints hints;
    uint64_t now, seed;
    struct zone zone[NET_ZONES];
    unsigned zone_count;
    struct server server[NET_SERVERS];
    unsigned server_count;
    struct flight flight[NET_IN_FLIGHT];
    unsigned flight_count;
    const struct effect *effect; /* being carried out */
    unsigned packets, answers;
    bool answered[NET_ASKS]; /* by the order of the questions */
    unsigned asked;
    unsigned events[64];
    struct net_reply reply;
    bool trace, checking_disabled;
    char *listing;
    struct validation validation;
    struct validation_except except;
    struct dnssec_anchor anchors[NET_ANCHORS];
    struct dnssec_policy policy;
    const uint8_t *policy_name;
    uint64_t wall; /* seconds by the calendar when net->now was 0 */
};

/* net.c */
struct zone *net_find_zone(struct net *net, const char *origin);
struct server *net_find_server(struct net *net, const char *address); /* made where there is none */

/* net_sign.c */
size_t net_add_signatures(struct net *net, struct server *server, struct zone *zone,
                          const struct dns_message *query, uint8_t *wire, size_t length);

/* net_keys.c */
void net_free_keys(struct net *net);

/* net_speak.c */
void records_read(struct records *records, const char *text);
void records_free(struct records *records);
void zone_ensure_soa(struct zone *zone, const char *origin);
void net_speak(struct net *net, struct server *server, const struct effect *effect,
               struct dns_message *query);
struct flight *net_take_off(struct net *net, const struct effect *effect, uint64_t delay, const uint8_t *wire,
                            size_t length);

#endif
