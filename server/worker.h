/*
 * A worker: one thread, one loop, one engine, listening sockets of its own. Workers share the cache, the
 * log and the count of TCP clients, and nothing else; the main thread speaks to them by messages
 * (worker_post), which they handle between packets.
 *
 *      clients -> udp.c, tcp.c -> query.c -> cache, or engine -> upstream.c -> servers
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <pthread.h>
#include <uv.h>

#include "resolver/engine.h"
#include "resolver/reply.h"
#include "server/access.h"
#include "server/clock.h"
#include "server/dnstap.h"
#include "server/listen.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/quota.h"
#include "server/random.h"
#include "server/recorder.h"
#include "server/relay.h"
#include "server/waiting.h"
#include "server/watch.h"

struct capture;
struct request;
struct udp;
struct tcp;
struct upstream;
struct tcp_connection;
struct udp_listener;

/* Each worker writes its own; summed where they are shown. */
struct counters {
    uint64_t queries, queries_udp, queries_tcp;
    uint64_t hits, local, referrals, refused, malformed, dropped, blackholed;
    uint64_t replies, replies_unsent;
    uint64_t clients_now, clients_rejected, clients_crowded;
    uint64_t tcp_accepted, tcp_rejected, tcp_timeouts, tcp_overrun, tcp_now;
    uint64_t upstream_errors, ports_open;
    uint64_t dnstap_queued, dnstap_dropped;
};

/* Told at run time, over the control socket. */
enum query_log { QUERY_LOG_AS_CONFIGURED, QUERY_LOG_ON, QUERY_LOG_OFF };

/* What all workers share. */
struct shared {
    struct cache *cache;
    struct log *log;
    struct quota *tcp_quota;
    struct waiting *waiting;
    struct recorder *recorder;
    struct secondaries *secondaries;
    struct transfer_limit *transfers; /* out, at a time */
    struct dnstap *dnstap;            /* that workers begin with */
    struct worker **worker;
    unsigned workers;
    uint64_t seed;           /* of the workers' tables of what is busiest */
    bool trace;              /* every event goes to stderr */
    struct capture *capture; /* of a probe: all that its engine does; NULL: these are the clients' workers */
    atomic_uint query_log;   /* enum query_log: each query is logged */
    uv_async_t *done;        /* the main loop's: a worker has handled something */
};

/* A client that waits for the engine's answer. */
struct client {
    struct client *next;     /* among the free ones, or those passed on */
    struct client *other;    /* among all of its worker's */
    struct worker *home;     /* its worker */
    struct relayed *relayed; /* relay.c: the answer on its way home */
    struct message *asked;   /* it is no client, but a question of our own */
    enum engine_taken taken; /* what engine_ask() said */
    struct query query;
    unsigned access;
    unsigned place;          /* waiting.h */
    unsigned key;            /* number of the key its query is signed with; 0: none */
    struct signing *signing; /* signed.h: of the reply, or NULL */
    uint64_t since;          /* µs: of its question */
    struct dns_address address;
    struct udp_listener *udp; /* one of these two */
    struct tcp_connection *tcp;
    union {
        struct sockaddr generic;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } peer;
};

enum message_kind {
    MESSAGE_SETTINGS,
    MESSAGE_TRUST, /* settings that differ in what is trusted, nothing else */
    MESSAGE_ASK,   /* handled when the answer is there */
    MESSAGE_STATISTICS,
    MESSAGE_WALKS,   /* what is being walked */
    MESSAGE_WATCH,   /* who monitors, and what */
    MESSAGE_NOTHING, /* tells that all before it is handled */
    MESSAGE_STOP
};

/* The sender's, until `handled` is set; then shared->done is signalled. */
struct message {
    enum message_kind kind;
    struct message *next;
    struct settings *settings;   /* MESSAGE_SETTINGS, _TRUST: with a reference for the worker */
    struct dnstap *dnstap;       /* MESSAGE_SETTINGS: from now on; NULL: none */
    struct endpoints *endpoints; /* all there shall be; sockets in it at [worker's number] */
    struct counters counters;    /* MESSAGE_STATISTICS fills these in */
    struct engine_statistics engine;
    struct engine_walk *walks; /* MESSAGE_WALKS: made by the worker, to be freed by the sender */
    size_t walk_count;
    struct watch_ring *ring;             /* MESSAGE_WATCH: from now on; NULL: nobody watches */
    const struct watch_filters *filters; /* the same */
    struct metrics metrics;
    struct top *top;             /* TOPS of them, of the sender's, to be filled in as well; or NULL */
    struct dns_name_buffer name; /* MESSAGE_ASK: a question of our own, with its signatures */
    uint16_t type;
    bool checking_disabled;
    const struct event *notes; /* the sender's: struct question.notes */
    unsigned note_count;
    uint8_t *wire; /* the answer, to be freed by the sender; NULL: there is none */
    size_t length;
    atomic_bool handled;
};

/* The failure that was logged last: the clients that waited for the same question add nothing. */
struct failure_noted {
    struct dns_name_buffer name;
    uint16_t type;
    uint64_t at; /* µs */
};

/* Of the reply that was made last, for who watches. */
struct said {
    uint16_t rcode;
    int16_t ede;
    uint16_t source; /* enum watch_source */
};

enum { WORKER_SCRATCH = 65535, CACHE_LINE = 64 };

struct worker {
    struct shared *shared;
    struct settings *settings;
    struct engine *engine;
    struct udp *udp;
    struct tcp *tcp;
    struct upstream *upstream;
    struct dnstap *dnstap;   /* NULL: nobody wants to see the messages */
    struct watch_ring *ring; /* NULL: nobody wants to see the queries */
    const struct watch_filters *filters;
    bool tapped; /* one of the two is there */
    struct said said;
    uint64_t now;            /* µs, read once for each batch */
    uint64_t wall_clock;     /* seconds since 1970, as the engine was told */
    uint64_t wall_offset;    /* µs since 1970 when `now` was 0 */
    uint64_t wall_clock_due; /* when the engine is told the time of day again */
    struct counters counters;
    struct metrics metrics;
    struct sampler sampler;
    struct access_table access;
    struct random random;
    struct failure_noted failure_noted;
    struct log_limiter refused; /* asked before the log's own, which has a lock */
    struct client *free_clients, *all_clients;
    unsigned number;
    uv_loop_t loop;
    uv_async_t wakeup;
    struct relay relay;
    uv_timer_t timer;
    uint64_t due;         /* that the timer is set to; UINT64_MAX: it is not */
    pthread_mutex_t lock; /* of the inbox */
    struct message *inbox, **inbox_end;
    pthread_t thread;
    bool running;
    bool draining;                      /* worker_drain() is at work */
    bool stopping;                      /* nobody may wait any more */
    struct dnssec_workspace *workspace; /* for the NSEC3 proofs of zones of our own */
    uint8_t scratch[WORKER_SCRATCH];    /* for a reply that is too long where it should go */
} __attribute__((aligned(CACHE_LINE)));

/* Called on the main thread. `settings`: a reference the worker takes over. NULL: out of memory, or of descriptors. */
struct worker *worker_create(unsigned number, struct shared *shared, struct settings *settings,
                             struct endpoints *endpoints);
bool worker_start(struct worker *worker);
void worker_abandon(struct worker *worker); /* one that was never started */
void worker_post(struct worker *worker, struct message *message);
void worker_join(struct worker *worker); /* after MESSAGE_STOP was posted */
void worker_destroy(
    struct worker *worker); /* after relay_destroy() for all: they hold each other's clients */

/* -- within the worker ------------------------------------------------------------------------- */

void worker_read_wall_clock(struct worker *worker);

static inline void worker_read_clock(struct worker *worker)
{
    worker->now = clock_now();
    if (worker->now >= worker->wall_clock_due)
        worker_read_wall_clock(worker);
}

/* Has the client's question walked, by this worker or by the one the name belongs to. `client` comes
   filled in from worker_client(). */
void worker_ask(struct worker *worker, struct client *client);

/* For relay.c: the question is this worker's to walk; an answer for a client of this worker (NULL: there
   is none, client->taken says why). */
void worker_walk(struct worker *worker, struct client *client);
void worker_answer(struct worker *worker, struct client *client, const struct answer *answer);

/* For a question that came from this address. NULL: too many wait already. */
struct client *worker_client(struct worker *worker, const struct dns_address *address, bool tcp);

/* Carries out what the engine wants done; to be called after each event for it. */
void worker_drain(struct worker *worker);

/* At the end of a batch: sends what was gathered and sets the engine's timer. */
void worker_finish(struct worker *worker);

static inline bool worker_logs_queries(const struct worker *worker)
{
    unsigned told = atomic_load_explicit(&worker->shared->query_log, memory_order_relaxed);
    return told == QUERY_LOG_AS_CONFIGURED ? worker->settings->config->query_log : told == QUERY_LOG_ON;
}
/* A packet from a server: to dnstap, then to the engine. */
void worker_receive(struct worker *worker, const struct packet *packet);

/* A client's query, and the reply to it: to dnstap and to who monitors, where worker->tapped says that there is one. */
struct tapped {
    const struct query *query;
    const struct dns_address *client, *server;
    uint64_t since; /* µs: of the question */
    bool tcp;
};
void worker_tap_query(struct worker *worker, const struct request *request, const uint8_t *wire,
                      size_t length);
void worker_tap_response(struct worker *worker, const struct tapped *tapped, const uint8_t *wire,
                         size_t length);

void worker_log_query(struct worker *worker, const struct request *request);

#endif
