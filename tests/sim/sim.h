/*
 * One run: a world, an engine with its cache, the network between them, the clients, and the oracles
 * that watch. Deterministic: the same seed and scenario give the same run, event by event.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "authority.h"
#include "beside.h"
#include "generate.h"
#include "model.h"
#include "resolver/engine.h"
#include "scenario.h"

enum {
    QUESTIONS_MAX = 256,
    OUTAGES_MAX = 32,
    JUMPS_MAX = 16,
    SLOW_MAX = 32,
    SEATS_MAX = 4,
    REMEMBERED_MAX = 64,
    ANCHORS_MAX = 16
};

enum oracle {
    ORACLE_NONE,
    ORACLE_CACHE,  /* in the cache is only what somebody believable has published */
    ORACLE_ANSWER, /* one answer, in time, that the model allows */
    ORACLE_COUNT,  /* packets for one question */
    ORACLE_MEMORY, /* the cache is whole, within its size; nothing is left at the end */
    ORACLE_LEASE,  /* no delegation outlives its parent's word */
    ORACLE_EFFECT, /* the engine's side of the contract in engine.h */
    ORACLE_SAME,   /* the same run twice is the same */
    ORACLES,
};
extern const char *const oracle_names[ORACLES];

/* Which part of a run to play. */
struct order {
    uint64_t seed;
    const struct scenario *scenario;
    bool left_out[QUESTIONS_MAX]; /* questions */
    bool fault_off[FAULTS];
    bool trace, strict; /* strict: all oracles after each event */
};

struct verdict {
    enum oracle oracle;
    char text[2048];
    uint64_t at;   /* virtual time of it, or of the end */
    uint64_t hash; /* of all events and effects */
    unsigned questions, packets, failures, excused, checked, events, most_packets;
};

/* Plays it. True: all oracles are content. */
bool sim_run(const struct order *order, struct verdict *verdict);

/* -- inside ------------------------------------------------------------------------------------ */

struct ask {
    uint64_t at; /* planned */
    struct dns_name_buffer name;
    uint16_t type;
    bool unchecked; /* with CD */
    unsigned seat;
    uint64_t asked;         /* when it was; 0: not yet */
    unsigned faults_before; /* that may keep an answer from arriving */
    unsigned lost_before;   /* connections */
    bool answered;
};

/* Something on its way to the engine. */
enum arrival_kind { ARRIVE_QUESTION, ARRIVE_PACKET, ARRIVE_FAILURE, ARRIVE_JUMP, ARRIVE_CLOCK };
struct arrival {
    uint64_t at, order;
    enum arrival_kind kind;
    unsigned index; /* of the question or the jump */
    unsigned seat;  /* whose packet or failure it is */
    uint64_t exchange;
    struct dns_address from;
    enum transport transport;
    enum failure failure;
    uint8_t *wire;
    size_t length;
};

struct open_exchange {
    uint64_t id;
    bool open;
};

struct walk_count {
    uint32_t root;
    unsigned packets, packets_in_all; /* in all: kept at the root */
};

struct outage {
    int server; /* NONE: everything */
    uint64_t from, until;
};

/* When the clock on the wall is wrong. */
enum { CLOCKS_MAX = 8 };
struct clock_error {
    uint64_t from, until;
};

/* So many answers with wrong signatures end a question, whatever other servers there are. */
enum { DAMAGED_MAX = 3 };

/* The words of a failure that spoilt answers have caused: they come again for as long as it is remembered. */
struct remembered {
    uint32_t hash;
    uint64_t at;
};

struct slowness {
    int server;
    uint64_t from, until, by; /* µs longer */
};

/* An engine and what was seen of it. All of them share the cache, as the daemon's workers do. */
struct seat {
    struct sim *sim;
    unsigned number;
    struct engine *engine;
    struct open_exchange *exchange;
    unsigned exchange_count, exchange_capacity;
    struct walk_count *walk;
    unsigned walk_capacity;
};

struct sim {
    const struct order *order;
    const struct scenario *scenario;
    struct verdict *verdict;
    struct world *world;
    struct model model;
    struct cache *cache;
    struct seat seat[SEATS_MAX];
    unsigned seat_count;
    struct engine_options options;
    struct validation validation; /* where zones are signed: by the root's keys */
    struct dnssec_policy policy;
    const uint8_t *policy_name;
    struct dnssec_anchor anchor[ANCHORS_MAX];
    struct hints hints;
    unsigned hard_faults, connections_lost;
    struct clock_error clock_error[CLOCKS_MAX];
    unsigned clock_error_count;
    int64_t clock_off;                /* seconds that it is wrong by then */
    uint64_t damaged_at[DAMAGED_MAX]; /* the last answers whose signatures were wrong */
    unsigned damaged_count;
    struct remembered remembered[REMEMBERED_MAX];
    unsigned remembered_count;
    struct dice random, faults; /* of the engine, of the network */
    struct dice ballast;        /* of what else is in the cache */
    struct dice beside;         /* of what is put beside good records */
    uint64_t now, started_at;
    struct ask ask[QUESTIONS_MAX];
    unsigned ask_count, waiting;
    struct arrival *heap;
    unsigned heap_count, heap_capacity;
    uint64_t orders;
    struct slowness slow[SLOW_MAX];
    unsigned slow_count;
    struct outage outage[OUTAGES_MAX];
    unsigned outage_count;
    uint64_t jump_at[JUMPS_MAX], jump_for[JUMPS_MAX], jumped_at;
    unsigned jump_count;
    uint32_t cache_seen; /* second up to which the cache has been looked at */
    unsigned steps;
    struct reply reply;
    uint8_t scratch[DNS_MESSAGE_MAX];
};

/* The first failure counts. */
void sim_fail(struct sim *sim, enum oracle oracle, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_trace(const struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_arrive(struct sim *sim, const struct arrival *arrival, uint64_t at);
void sim_hash(struct sim *sim, const void *octets, size_t length);

/* clients.c */
void clients_plan(struct sim *sim);

/* ballast.c: what fills the cache beside the run's own entries */
void ballast_throw(struct sim *sim);
bool ballast_is(struct dns_name name);

/* network.c */
void network_plan(struct sim *sim);

/* clock.c: when the clock on the wall is wrong; tells the engines what it says now. */
void clock_plan(struct sim *sim);
void clock_set(struct sim *sim);
/* For two seconds up to then at least. */
bool clock_was_wrong_at(const struct sim *sim, uint64_t at);
/* It is, or was until lately. */
bool clock_excuses(const struct sim *sim);
/* The words of a failure find signatures in the future, though the clock stands before the build of the program. */
bool clock_is_blamed_on_others(const struct sim *sim, const char *words);
void network_send(struct sim *sim, unsigned seat, const struct effect *effect);

/* oracle.c, watch.c */
void oracle_answer(struct sim *sim, unsigned question, const struct answer *answer);
void oracle_cache(struct sim *sim);
void oracle_memory(struct sim *sim);
void oracle_event(struct seat *seat, const struct event *event);
void oracle_sent(struct seat *seat, const struct effect *effect);
void oracle_over(struct seat *seat, uint64_t exchange);
void oracle_end(struct sim *sim);

#endif
