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
#include "net_signed.h"
#include "resolver/image.h"

enum { NET_ANCHORS = 4, NET_EXCEPTS = 4, NET_BEGINNING = 1000000000 /* µs */ };
enum { NET_ZONES = 64, NET_SERVERS = 64, NET_IN_FLIGHT = 1024, NET_STRAYS = 16, NET_ASKS = 4096 };

struct record {
    struct dns_name_buffer owner;
    uint16_t type, class;
    uint32_t ttl;
    uint16_t length;
    uint8_t *rdata;
    bool made; /* by net_publish() */
};

struct records {
    struct record *record;
    unsigned count, capacity;
};

struct zone {
    struct dns_name_buffer origin;
    struct records records;
    bool is_signed;
    struct net_signing signing;
    struct evp_pkey_st *key; /* NULL: of an algorithm that is not computed */
    uint8_t dnskey[4 + 96];
    uint16_t dnskey_length, tag;
};

struct server {
    struct dns_address address;
    enum net_behaviour behaviour;
    uint64_t delay;
    unsigned zone[NET_ZONES], zone_count;
    unsigned packets;
    char seen[16384];
    struct records stray[DNS_SECTIONS];
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
    uint64_t now, seed, wall; /* wall: seconds since 1970 at NET_BEGINNING */
    uint64_t cpu, cpu_worst;  /* µs in the engine */
    struct zone zone[NET_ZONES];
    unsigned zone_count;
    struct server server[NET_SERVERS];
    unsigned server_count;
    struct flight flight[NET_IN_FLIGHT];
    unsigned flight_count;
    const struct effect *effect; /* being carried out */
    struct server *speaks;       /* whose effect it is */
    unsigned packets, answers;
    bool answered[NET_ASKS]; /* by the order of the questions */
    unsigned asked;
    unsigned events[64];
    struct net_reply reply;
    struct net_watch watch;
    bool trace, unchecked;
    struct validation validation;
    struct dnssec_anchor anchor[NET_ANCHORS];
    struct validation_except except[NET_EXCEPTS];
    struct dnssec_policy policy;
    char *listing;
};

/* net_speak.c */
void records_read(struct records *records, const char *text);
void records_free(struct records *records);
size_t net_honest(struct net *net, struct server *server, const struct dns_message *query, uint8_t *to);
void zone_ensure_soa(struct zone *zone, const char *origin);
size_t net_honest(struct net *net, struct server *server, const struct dns_message *query, uint8_t *to);
void net_speak(struct net *net, struct server *server, const struct effect *effect,
               struct dns_message *query);
struct flight *net_take_off(struct net *net, const struct effect *effect, uint64_t delay, const uint8_t *wire,
                            size_t length);

/* net_signed.c */
void net_hash_owner(const struct zone *zone, struct dns_name name, struct dns_name_buffer *owner);
uint32_t net_wall(const struct net *net);

#endif
