/*
 * The resolver: events in, effects out. It owns no socket, reads no clock and draws no random number
 * by itself.
 *
 *      in    a question from a client    a packet from a server    it failed    the time went on
 *      out   send this packet to that server    that exchange is over    answer that client
 *
 * After each event the caller takes all effects and then asks when to wake the engine:
 *
 *      engine_ask(engine, now, &question);
 *      struct effect effect;
 *      while (engine_next(engine, &effect)) carry it out
 *      set a timer to engine_deadline(engine)
 *
 * Times are microseconds of one monotonic clock; the cache sees its seconds. An engine belongs to one
 * thread; the cache may be shared between engines. Walks are bounded in number, memory and work
 * (struct engine_limits); nothing but walks allocates, and walks are recycled.
 */
#ifndef RESOLVER_ENGINE_H
#define RESOLVER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"
#include "dns/address.h"
#include "resolver/answer.h"
#include "resolver/event.h"
#include "resolver/hints.h"
#include "resolver/histogram.h"
#include "resolver/route.h"
#include "resolver/tape.h"
#include "resolver/validation.h"

struct engine;
struct journal;

/* Bounds on the work for one client's question, shared by all walks it causes. Every field is a budget
   that only goes down. Defaults: engine_limits_default(). */
struct engine_limits {
    unsigned packets;          /* 100: sent for one question */
    unsigned packets_per_name; /* 50: sent for one name of it */
    unsigned names;            /* 11: aliases followed */
    unsigned depth;            /* 6: walks for name servers of name servers */
    unsigned lookups;          /* 10: name servers' names looked up */
    uint64_t time;             /* 7 s, in µs */
    unsigned walks;            /* 4096: in flight in this engine; not per question */
    unsigned waiters;          /* 100: clients that may wait for one walk */
};
struct engine_limits engine_limits_default(void);

enum engine_qmin { ENGINE_QMIN_OFF, ENGINE_QMIN_RELAXED, ENGINE_QMIN_STRICT };

/* What may be done with a server address (named.conf's `server` statements). */
struct engine_server_rule {
    struct dns_prefix prefix;
    bool bogus_given, bogus;
    bool edns_given, edns;
};

/* Zones that are not walked to, as they are the caller's own; any thread may ask. is_ours NULL: there are none. */
struct engine_local {
    /* Does the name belong to one? *apex: its name. */
    bool (*is_ours)(const void *context, struct dns_name name, uint16_t type, struct dns_name_buffer *apex);
    /* What its authoritative server says: a whole message. 0: the zone cannot be served now. */
    size_t (*answer)(const void *context, struct dns_name name, uint16_t type, uint8_t *to, size_t capacity);
    const void *context;
};

struct engine_options {
    struct cache *cache;
    const struct hints *hints;                                 /* root servers to begin with; copied */
    void (*random)(void *context, uint8_t *to, size_t length); /* cryptographically secure */
    void *random_context;
    struct event_sink events; /* report NULL: nobody listens */
    struct engine_tape tape;
    bool journal; /* each question keeps a record of what happens to it: EFFECT_ANSWER has it */
    struct engine_limits limits;
    enum engine_qmin qmin;
    bool ipv4, ipv6; /* families that may be used to ask servers */
    bool minimal_responses;
    bool synthesise; /* answers out of validated NSEC records, RFC 8198 */
    uint16_t edns_udp_size;
    uint32_t max_cache_ttl, min_cache_ttl, max_ncache_ttl, min_ncache_ttl; /* seconds */
    const struct validation *validation; /* the caller's, for as long as it is configured; NULL: not at all */
    struct engine_local local;           /* the caller's, for as long as it is configured */
    const struct route *routes;          /* the caller's, for as long as it is configured */
    size_t route_count;
    const struct engine_server_rule *rules; /* copied; the most specific prefix decides */
    size_t rule_count;
};

/* NULL when memory runs out. */
struct engine *engine_create(const struct engine_options *options);
void engine_destroy(struct engine *engine); /* clients that wait get no answer */

/* Takes new options over; walks in flight go on. The cache must be the same. False: out of memory. */
bool engine_configure(struct engine *engine, const struct engine_options *options);
void engine_listen(struct engine *engine, struct event_sink events);

/* Signatures have a time by the calendar: at `now` it was `wall` seconds since 1970. To be told at the start, and
   again at times, as a wall clock may jump. */
void engine_set_clock(struct engine *engine, uint64_t now, uint64_t wall);

/* -- events in --------------------------------------------------------------------------------- */

struct question {
    struct dns_name name;
    uint16_t type;             /* class IN */
    void *client;              /* returned with the answer */
    bool checking_disabled;    /* CD, RFC 4035 §3.2.2: what is bogus is answered all the same */
    const struct event *notes; /* what the caller has to say of it, first in its journal: kind and fields */
    unsigned note_count;
};

enum engine_taken {
    ENGINE_TAKEN,   /* exactly one EFFECT_ANSWER will follow */
    ENGINE_CROWDED, /* too many clients wait for this answer already; no effect will follow */
    ENGINE_BUSY,    /* too many walks, or no memory; no effect will follow */
};
enum engine_taken engine_ask(struct engine *engine, uint64_t now, const struct question *question);

/* Asks for the root's name servers ahead of the first question (RFC 9609). */
void engine_prime(struct engine *engine, uint64_t now);

enum transport { TRANSPORT_UDP, TRANSPORT_TCP };

struct packet {
    uint64_t exchange; /* of the EFFECT_SEND whose socket it came in on */
    struct dns_address from;
    enum transport transport;
    uint8_t *wire; /* the case of letters in its question may be changed */
    size_t length;
};
void engine_receive(struct engine *engine, uint64_t now, const struct packet *packet);

/* The exchange cannot be carried out: no route, refused, connection closed before the answer. */
enum failure {
    FAILURE_NO_ROUTE,    /* this host has no way there: known before anything was sent */
    FAILURE_UNREACHABLE, /* the network says so */
    FAILURE_REFUSED,     /* its port is closed */
    FAILURE_CLOSED,      /* it closed the connection before the answer */
    FAILURE_RESOURCES,   /* no socket to ask with */
};
void engine_failed(struct engine *engine, uint64_t now, uint64_t exchange, enum failure failure);

/* The time went on to `now`. */
void engine_wake(struct engine *engine, uint64_t now);

/* -- effects out ------------------------------------------------------------------------------- */

enum effect_kind {
    EFFECT_SEND,   /* send `wire` to `server`; from a port nobody can guess */
    EFFECT_OVER,   /* the exchange is over: what still comes for it is of no interest */
    EFFECT_ANSWER, /* here is the answer for `client` */
};

struct effect {
    enum effect_kind kind;
    uint64_t exchange;         /* EFFECT_SEND, EFFECT_OVER; never 0, never used twice */
    struct dns_address server; /* EFFECT_SEND */
    struct dns_name zone;      /* whose server that is */
    enum transport transport;
    const uint8_t *wire;
    size_t length;
    void *client; /* EFFECT_ANSWER */
    const struct answer *answer;
    const struct culprit *culprit; /* of an answer with an id */
    const struct journal *journal; /* what happened to the question; NULL: none is kept */
    uint64_t took;                 /* µs */
};

/* The next effect; false when there is none. What it points to is valid until the next call into the
   engine. */
bool engine_next(struct engine *engine, struct effect *effect);

/* When engine_wake() is due; UINT64_MAX: not at all. */
uint64_t engine_deadline(const struct engine *engine);

struct engine_statistics {
    uint64_t questions, joined, answered, failed;
    uint64_t walks, walks_now, exchanges_now;
    uint64_t sent_udp, sent_tcp, received, silent, unreachable;
    uint64_t dropped_unmatched, dropped_malformed, mismatched_ids, mismatched_questions;
    uint64_t records_dropped, budgets_spent;
    uint64_t judged_secure, judged_insecure, judged_bogus;   /* responses in signed zones */
    uint64_t signature_checks, signature_cost, nsec3_blocks; /* as budgets count them, dnssec/policy.h */
    struct histogram rtt;                                    /* of answers that were taken */
};
void engine_get_statistics(const struct engine *engine, struct engine_statistics *statistics);

/* A walk under way. */
struct engine_walk {
    uint32_t number, parent; /* of the walk that it was begun for; 0: a client */
    struct dns_name_buffer name;
    uint16_t type;
    struct dns_name_buffer zone; /* whose servers are asked; length 0: none yet */
    const char *state;           /* in words */
    struct dns_address server;   /* that an answer is waited for from; family 0: none */
    uint32_t clients, packets_left;
    uint64_t time; /* µs since its start */
};
/* Returns how many there are, of at most `capacity`. */
size_t engine_walks(const struct engine *engine, uint64_t now, struct engine_walk *to, size_t capacity);

#endif
