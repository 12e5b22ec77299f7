/*
 * Inside the engine: walks, what they wait for, and the exchanges they have with servers. Only the
 * engine's own files include this.
 *
 * One walk answers one question (name, type). It needs others for its servers' addresses and for the
 * targets of aliases; those are walks like any other, and whoever has the same question joins them:
 *
 *      client ──> walk www.example.org A ──alias──> walk www.example.net A <── client
 *                      └──address──> walk ns.example.com A
 *
 * A walk waits for another through a struct wait, which lies in the waiting walk and is linked into a
 * list of the other. A wait that would close a circle is refused. Each walk that a client's question
 * causes draws on that question's budget.
 *
 * A packet, a finished walk or the time makes a walk runnable; engine_run() then calls its state's
 * function until it has to wait. No function of a walk calls into another walk.
 */
#ifndef RESOLVER_WALK_H
#define RESOLVER_WALK_H

#include "cache/server.h"
#include "dnssec/policy.h"
#include "resolver/delegation.h"
#include "resolver/engine.h"
#include "resolver/journal.h"
#include "resolver/pool.h"

enum {
    WALK_WAITS = 4, /* one alias or proof, two addresses at a time, the keys of a zone */
    WALK_LOOKUPS_AT_ONCE = 2,
    WALK_EXCHANGES = 3,   /* open at a time */
    WALK_WIRE = 1536,     /* octets of an answer before a larger buffer is taken */
    WALK_CONNECTIONS = 4, /* over TCP that may fail, for one client's question */
    TARGET_SENDS = 3,     /* packets to one address for one name, over each transport */
    FORWARDER_SENDS = 2,  /* the same, where the walk can do without it */
    QUERY_MAX = 12 + 255 + 4 + 11,
};

enum walk_state {
    WALK_CACHE,      /* 4: entered at the start, and with each alias found in the cache */
    WALK_CHECKED,    /* for a client that checks by himself: wait for the walk that checks */
    WALK_DELEGATION, /* 6: nothing more in the cache: find the closest zone cut */
    WALK_ASK,        /* 7: choose a server of the delegation and send; or look one up */
    WALK_WAIT,       /* 7: for a server, for a lookup, or for the time */
    WALK_PROVE,      /* 8: a response waits for keys, or for the proof that there are none */
    WALK_ALIAS,      /* the answer so far ends with an alias: wait for the walk of its target */
    WALK_FINISH,     /* 8: the answer stands: tell everybody who waits */
    WALK_DONE,       /* waits until everybody has taken the answer */
    WALK_ABANDONED,  /* nobody wants the answer any more */
};

/* For one client's question, shared by all walks it causes; only ever goes down. */
struct budget {
    unsigned packets, names, lookups;
    unsigned connections; /* that may fail */
    struct dnssec_budget dnssec;
    uint64_t deadline;
    unsigned references;
    struct journal journal; /* what happened to the question; behind everything that is set anew */
};

struct client {
    struct client *next;
    void *handle;
};

/* What is done about DNSSEC. */
enum checking {
    CHECKING,
    CHECKING_FIRST, /* the client has set CD: what the walk that checks finds is good for him as well */
    CHECKING_NOT,   /* and when that is bogus he gets it as it is; nothing of it is kept */
};

enum wait_purpose { WAIT_NONE, WAIT_ALIAS, WAIT_ADDRESS, WAIT_KEYS, WAIT_PROOF, WAIT_CHECKED };

/* Who is to remember (RFC 9520) that a walk failed. */
enum failure_memory {
    REMEMBER,             /* the question itself cannot be answered */
    REMEMBER_THE_CLIENTS, /* a budget was spent: only the question that it was meant for is to blame */
    FORGET,               /* nothing to do with the question, or remembered already */
};

struct wait {
    enum wait_purpose purpose;
    bool ready;     /* the child is done */
    uint8_t server; /* WAIT_ADDRESS: whose address, index into the delegation */
    struct walk *parent, *child;
    struct wait *next; /* others that wait for the same child */
};

/* How an address of the delegation has fared in this walk. */
struct target {
    uint8_t udp_sends, tcp_sends;
    bool dropped;           /* lame, broken, forbidden */
    bool tcp;               /* truncated, or spoofed: go on over TCP */
    bool plain;             /* without EDNS */
    bool recursive;         /* answered with RA and without AA: from somebody else's cache */
    bool again;             /* at once, in the other way that the two above say */
    const char *suspicious; /* what its packets over UDP had that led to TCP, or NULL */
};

enum { LOOKED_UP_A = 1, LOOKED_UP_AAAA = 2, LOOKED_UP_IN_A_CIRCLE = 4 };

enum exchange_state {
    EXCHANGE_QUEUED,  /* engine_next() will hand it out */
    EXCHANGE_OPEN,    /* sent */
    EXCHANGE_LATE,    /* its time is over, but an answer is still welcome */
    EXCHANGE_CLOSING, /* engine_next() will say that it is over */
};

struct exchange {
    uint64_t id;
    enum exchange_state state;
    struct engine *engine;
    struct walk *walk;            /* NULL once closing */
    struct exchange *next;        /* of the same walk */
    struct exchange *effect_next; /* of the queue that engine_next() empties */
    struct dns_address server;
    uint8_t target; /* index of its address in the delegation */
    enum transport transport;
    bool edns;
    uint8_t timeouts; /* of the server in a row, when it was sent */
    bool hopeless;    /* once late, it is not waited for */
    uint8_t strays;   /* messages of the connection that were beside the point */
    const char *said; /* what came instead of an answer, or NULL */
    uint64_t sent_at, wait_until;
    uint16_t qid, qtype;
    struct dns_name_buffer qname; /* in the spelling that was sent */
    uint16_t length;
    uint8_t wire[QUERY_MAX];
};

/* Who gave a response. */
struct source {
    struct dns_address server;
    uint8_t target; /* index of its address in the delegation */
    bool edns;      /* it was asked with EDNS */
};

/* A response that is to be believed only once it is proven. */
struct proving {
    uint8_t *wire; /* a copy of it while the proof waits for another walk; or NULL */
    size_t length;
    struct source source;
    bool lame; /* the server was so before */
    struct dns_name_buffer
        zone; /* signed: the deepest one that is known on the way to the data; length 0: not
                                     looked for yet */
    struct dns_name_buffer below; /* there is no zone cut from there down to here */
};

/* Whether a response that costs much to judge has to wait for its turn (later.c). */
enum later { LATER_NOT, LATER_WAITS, LATER_TURN };

/* Why servers did not help, for the words of a failure. */
struct tally {
    unsigned silent, unreachable, lame, broken, forbidden;
    unsigned over_tcp; /* of the silent and unreachable */
    struct dns_address last;
    bool several;         /* others than the last one did not help either */
    const char *why;      /* what the last one did, or NULL: it was silent */
    const char *over_udp; /* why it had to be asked over TCP, where that is suspicious; or NULL */
};

struct walk {
    struct engine *engine;
    uint32_t number, parent_number;
    uint8_t depth; /* of walks for name servers */
    uint8_t level; /* of walks that want it */
    enum walk_state state;
    bool queued;
    bool prime; /* asks for the root's name servers; the cache is not consulted */
    enum failure_memory memory;
    enum checking checking;
    struct dns_name_buffer qname;
    uint16_t qtype;
    uint64_t hash;
    struct walk *bucket_next, *run_next;
    struct budget *budget;
    unsigned packets_left;
    uint64_t started, wake_at;
    uint64_t
        since; /* cache_flushes() at its start: what it has found by then is kept no more after a flush */
    size_t heap_index;
    struct client *clients;
    unsigned client_count;
    struct wait *waiters;
    struct wait waits[WALK_WAITS];
    uint32_t visited; /* mark of the last search for circles, wait.c */
    struct walk *visit_next;

    /* asking */
    struct dns_address from; /* who gave the response that is looked at; family 0: nobody, a zone of ours */
    struct delegation delegation;
    struct target targets[DELEGATION_ADDRESSES];
    uint8_t looked_up[DELEGATION_SERVERS];
    uint64_t lookup_patience; /* until when a lookup under way is waited for before another begins */
    struct dns_name asked;    /* qname, or a minimised suffix of it */
    uint16_t asked_type;
    bool full_name;    /* minimisation is over for this walk */
    bool own_way;      /* the forwarders have not helped: from the root, then */
    bool last_resort;  /* all proper ways have failed: see select_last_resort() */
    uint8_t minimised; /* minimised names so far */
    struct exchange *exchanges;
    struct tally tally;
    int bogus_ede;                    /* why a response was bogus; the first one's reason is told */
    char bogus_text[ANSWER_EDE_TEXT]; /* "": none was */
    struct proving proving;
    enum later later;
    struct walk *later_next;

    struct culprit culprit; /* of a failure */
    struct answer answer;
    uint8_t *large; /* NULL, or the answer's buffer in place of `wire` */
    uint8_t wire[WALK_WIRE];
};

/* Whether an address family leads anywhere. A host without IPv6, or one that has lost its line, must not
   pay for that with every server. */
struct family {
    unsigned failures; /* to send at all, since something was last heard */
    uint32_t down_until;
};

enum { WALK_TABLE = 8192 }; /* buckets, a power of two */

struct engine {
    struct engine_options options;
    bool reporting; /* somebody listens, or journals are kept */
    struct engine_server_rule *rules;
    struct hints hints;
    uint64_t now;                  /* of the event at hand */
    const struct question *asking; /* by engine_ask(), while its notes have not been reported */
    struct pool walk_pool, client_pool, budget_pool;
    struct walk *table[WALK_TABLE];
    unsigned walk_count;
    uint32_t walk_number;
    uint32_t visit_mark;
    struct walk *run_first, *run_last;
    struct walk **heap; /* by wake_at */
    size_t heap_count, heap_capacity;
    struct exchange **exchange; /* by the lower half of their ids; recycled, never moved */
    uint32_t exchange_count, exchange_capacity;
    struct exchange *exchange_free;
    struct exchange *send_first, *send_last, *over_first, *over_last;
    struct walk *answers_first, *answers_last; /* done, with clients that have not been told; run_next */
    struct walk *later_first, *later_last;     /* walks whose responses cost much */
    struct walk *told;                         /* whose answer the last engine_next() handed out */
    struct family families[2];                 /* IPv4, IPv6 */
    bool priming;
    uint32_t prime_again; /* second before which priming is not tried again */
    struct engine_statistics statistics;
    uint8_t random[256];
    size_t random_left;
    uint64_t clock_set_at, clock; /* µs of ours; seconds since 1970 then */
    struct dnssec_policy policy;  /* where the validation has none */
    struct validator *validator;
    struct dns_record *records; /* scratch of DNS_RECORDS_MAX */
    uint8_t *scratch;           /* images and rdata under construction */
};

enum { SCRATCH_RDATA = 65536, SCRATCH_IMAGE = 3 * 65536 };

static inline uint32_t engine_seconds(const struct engine *engine)
{
    return (uint32_t)(engine->now / 1000000);
}

/* Seconds since 1970. */
static inline uint64_t engine_wall(const struct engine *engine)
{
    return engine->clock + (engine->now - engine->clock_set_at) / 1000000;
}

/* -- engine.c ---------------------------------------------------------------------------------- */

uint32_t engine_random(struct engine *engine);
void engine_random_fill(struct engine *engine, uint8_t *to, size_t length);
void engine_report(const struct walk *walk, struct event *event);
void engine_report_notes(const struct walk *walk); /* what the asker has to say, before the walk itself */

/* Reports an event with the fields given; free when nobody listens and no journal is kept. */
#define REPORT(walk, ...)                                                                                    \
    do {                                                                                                     \
        if ((walk)->engine->reporting)                                                                       \
            engine_report((walk), &(struct event){__VA_ARGS__});                                             \
    } while (0)

/* Makes a walk run again before the current event is over. */
void engine_queue(struct walk *walk);

/* The walk is done and has clients: engine_next() will tell them. */
void engine_tell(struct walk *walk);

void engine_begin_priming(struct engine *engine);

/* Sets when the walk is to be woken; UINT64_MAX: never. heap.c */
bool engine_set_timer(struct walk *walk, uint64_t at);
void engine_clear_timer(struct walk *walk);

/* -- walk.c ------------------------------------------------------------------------------------ */

/* Finds or begins the walk of a question on behalf of `parent` (NULL: a client; then `budget` is new).
   NULL when there are too many walks or no memory. */
struct walk *walk_get(struct engine *engine, struct dns_name name, uint16_t type, enum checking checking,
                      struct walk *parent, unsigned deeper);
struct walk *walk_prime(struct engine *engine);
enum engine_taken walk_add_client(struct walk *walk, void *handle);
void walk_destroy(struct walk *walk);   /* with the engine */
bool walk_make_room(struct walk *walk); /* for the answer; false when it has all the room there is */
void walk_release_if_unused(struct walk *walk);
void walk_stop_asking(struct walk *walk); /* the delegation at hand has answered */
void walk_dissolve(struct walk *walk);    /* nobody waits for it any more */
void walk_leave_table(struct walk *walk); /* nobody can join it from now on */

/* Its budget is its own: it was begun by a client, or a client has joined it. */
static inline bool walk_owns_budget(const struct walk *walk)
{
    return walk->parent_number == 0;
}

/* -- states.c ---------------------------------------------------------------------------------- */

void walk_run(struct walk *walk);
void walk_resume(struct walk *walk, enum walk_state state); /* something came for a walk that waited */

/* -- fail.c ------------------------------------------------------------------------------------ */

/* Ends the walk with SERVFAIL; returns WALK_FINISH. The zone at hand is to blame. `format` as for printf. */
enum walk_state walk_fail(struct walk *walk, enum blame blame, int ede, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same as its child has failed, by the same fault. */
enum walk_state walk_fail_like(struct walk *walk, const struct walk *child);

/* The address has not helped. */
void walk_blame(struct walk *walk, const struct dns_address *server, const char *why);

/* The same when this host lacks memory for a moment, which says nothing about the name. */
enum walk_state walk_fail_memory(struct walk *walk);

/* The same when a limit is reached: `what` is the text behind that. It is remembered of the client's question,
   for which the budget was meant (RFC 9520), and says nothing about the names that were looked up on the way. */
enum walk_state walk_fail_budget(struct walk *walk, enum blame blame, int ede, const char *what);
enum walk_state walk_fail_at_zone(struct walk *walk, enum blame blame, const char *what); /* says at which */
enum walk_state walk_fail_aliases(struct walk *walk); /* too many, or in a circle */
/* No name server of the delegation has an address. Where they lie in zones that fail, it is that fault. */
enum walk_state walk_fail_no_address(struct walk *walk);

/* A child's failure is not worth remembering: then neither is one of the walk that comes of it. */
void walk_inherit_failure(struct walk *walk, const struct walk *child);

/* -- wait.c ------------------------------------------------------------------------------------ */

enum wait_result { WAIT_BEGUN, WAIT_CIRCLE, WAIT_REFUSED };
enum wait_result wait_begin(struct walk *parent, enum wait_purpose purpose, uint8_t server,
                            struct dns_name name, uint16_t type);
void wait_end(struct wait *wait); /* releases the child, or abandons it */
void wait_end_all(struct walk *walk);
void wait_end_lookups(struct walk *walk); /* of addresses */
/* Begins to ask for the keys of the delegation's zone, where what the zone says will have to be judged by them, they
   are not known and not yet asked for. Nothing waits for them before wait_for_keys(). */
void wait_keys_ahead(struct walk *walk);
void wait_end_keys(struct walk *walk);
/* Now it does: the walk that was begun ahead becomes a WAIT_PROOF. False when there is none for this question. */
bool wait_for_keys(struct walk *walk, struct dns_name name, uint16_t type);
struct wait *wait_ready(struct walk *walk, enum wait_purpose purpose);
unsigned wait_count(const struct walk *walk, enum wait_purpose purpose);

/* -- select.c ---------------------------------------------------------------------------------- */

/* Takes over walk->delegation as new: nobody asked yet; addresses that must not be asked are dropped;
   addresses in the cache are added for name servers without glue. */
void select_adopt(struct walk *walk);

/* Adds an address that was looked up. False when it is known, forbidden, or there is no room. */
bool select_add(struct walk *walk, unsigned server, const struct dns_address *address);

/* When nobody is left to ask: addresses that were passed over so far may be asked after all, and name
   servers whose own zone does not tell a working address are tried at the address that their parent
   gave as glue for that zone. False when that leads to nothing new, or has been done. */
bool select_last_resort(struct walk *walk);

/* Another name is asked of the same delegation: every address has its attempts back, and what is still
   under way for the name before is over, as a late answer to it would say nothing about this one. */
void select_renew(struct walk *walk);

/* The address to ask next, an index into the delegation, and what is known of it; -1 when there is
   none. */
int select_target(struct walk *walk, struct server *facts);

/* Another address to send a packet to at the same time, that has been silent; -1 when there is none. */
int select_probe(struct walk *walk, struct server *facts);

/* An address that will not be asked again in this walk. */
void select_drop(struct walk *walk, unsigned target, const char *why);

/* -- lookup.c ---------------------------------------------------------------------------------- */

enum lookup_result {
    LOOKUP_FOUND, /* an address was in the cache: it has been added */
    LOOKUP_BEGUN, /* a child walk looks for it */
    LOOKUP_NONE,  /* there is no further name server to look up */
    LOOKUP_SPENT, /* there is, but the budget does not allow it */
};
enum lookup_result lookup_next(struct walk *walk);
/* Looks for a name server that has no address yet, or for one's address of the other family, while others are asked
   again. */
void lookup_ahead(struct walk *walk);
/* When one lookup has lasted for so long that another name server should be looked up beside it. */
/* To find the name server its own zone has to be found first. */
bool lookup_is_a_circle(const struct walk *walk, unsigned server);
uint64_t lookup_deadline(const struct walk *walk);
void lookup_from_cache(struct walk *walk, unsigned server);
bool lookup_parent_glue(struct walk *walk); /* true when an address was added */
void lookup_done(struct walk *walk, struct wait *wait);

/* -- synthesise.c ------------------------------------------------------------------------------ */

/* Answers with what validated NSEC records in the cache prove (RFC 8198); `zone` is the deepest zone cut known.
   False when they prove nothing. */
bool synthesise_denial(struct walk *walk, struct dns_name zone);

/* -- exchange.c -------------------------------------------------------------------------------- */

bool exchange_begin(struct walk *walk, unsigned target, const struct server *facts);
void exchange_close(struct exchange *exchange);
void exchange_close_all(struct walk *walk);
void exchange_receive(struct engine *engine, const struct packet *packet);
void exchange_failed(struct engine *engine, uint64_t id, enum failure failure);
void exchange_free(struct exchange *exchange);
/* When the first of the walk's exchanges that are not late yet becomes so. */
uint64_t exchange_deadline(const struct walk *walk);
/* When the first of those that are late need not be waited for any longer. */
uint64_t exchange_late_deadline(const struct walk *walk);
bool exchange_expire(struct walk *walk); /* true when one became late */

bool family_is_down(const struct engine *engine, const struct dns_address *address);
bool families_are_down(const struct engine *engine); /* all that may be used */

/* -- minimise.c -------------------------------------------------------------------------------- */

void minimise_start(struct walk *walk); /* below the delegation's zone */
void minimise_next(struct walk *walk);  /* the name asked for is no zone cut */
void minimise_stop(struct walk *walk);  /* from now on the whole name */

/* -- take.c -------------------------------------------------------------------------------------- */

enum walk_state take_response(struct walk *walk, struct exchange *exchange, struct dns_message *message);
/* The walk that a proof needed is done: what the response that waited for it becomes. */
enum walk_state take_proven(struct walk *walk, const struct walk *child);
void proving_end(struct walk *walk);
/* What a zone of our own says of the name takes the place of a server's response. */
enum walk_state take_local(struct walk *walk, struct dns_name apex);

/* -- later.c ------------------------------------------------------------------------------------- */

/* The question's signatures have cost much, or the message's will, and its turn has not come. */
bool later_is_due(const struct walk *walk, const struct dns_message *message);
void later_begin(struct walk *walk);
void later_end(struct walk *walk);
void later_next(struct engine *engine); /* the next one's turn has come */

/* -- keep.c ------------------------------------------------------------------------------------ */

struct response;
struct judgement;
/* What an answer's records become: pieces of the walk's answer and entries of the cache. WALK_ASK when they
   cannot be read, and nothing was taken. */
enum walk_state keep_answer(struct walk *walk, struct dns_message *message,
                            const struct judgement *judgement);
enum walk_state keep_negative(struct walk *walk, struct dns_message *message, const struct response *response,
                              const struct judgement *judgement);
/* RRsets of a validated denial that later questions can be answered with. */
void keep_proofs(struct walk *walk, uint32_t ttl);
void keep_intermediate(struct walk *walk, struct dns_message *message, const struct response *response);

/* The TTL within min-cache-ttl and max-cache-ttl. */
uint32_t keep_ttl(const struct walk *walk, uint32_t ttl);

/* -- descend.c --------------------------------------------------------------------------------- */

/* The trust of a zone, given what its parent's word is worth: anchors and exceptions come before that. */
enum trust descend_trust(const struct engine *engine, struct dns_name zone, enum trust parents_word);
/* False when no name server can be read. */
bool descend_referral(struct walk *walk, struct dns_message *message, const struct response *response,
                      const struct judgement *judgement);
/* The root's name servers in their own words (RFC 9609) take the place of the hints. */
void descend_root(struct walk *walk, struct dns_message *message);

#endif
