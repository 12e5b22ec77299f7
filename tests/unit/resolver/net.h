/*
 * A small internet for tests of the engine: zones on servers, a virtual clock, no socket. Servers answer
 * as authoritative servers do, unless they are told to misbehave.
 *
 *      struct net *net = net_create();
 *      net_zone(net, ".", "198.41.0.4", "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n");
 *      net_zone(net, "com.", "192.0.2.1", "www.com. A 192.0.2.80\n");
 *      const struct net_reply *reply = net_ask(net, "www.com", "A");
 *      assert_string_equal(reply->text, "NOERROR\nwww.com. 3600 IN A 192.0.2.80\n");
 */
#ifndef TESTS_NET_H
#define TESTS_NET_H

#include "dns/builder.h"
#include "resolver/engine.h"

struct net;

enum net_behaviour {
    NET_HONEST,
    NET_SILENT,      /* never answers */
    NET_UNREACHABLE, /* its port is closed, and the network says so */
    NET_NO_ROUTE,    /* this host has no way to it */
    NET_NO_SOCKETS,  /* this host has no socket left */
    NET_REFUSES,
    NET_SERVFAILS,
    NET_TRUNCATES,      /* over UDP; answers over TCP */
    NET_NO_EDNS,        /* FORMERR to EDNS */
    NET_LOWERCASES,     /* the question, over UDP */
    NET_WRONG_ID_FIRST, /* a forged answer with a wrong ID comes before the true one, over UDP */
    NET_WRONG_QUESTION_FIRST,
    NET_NO_AA,
    NET_ENT_NXDOMAIN, /* NXDOMAIN for empty non-terminals */
    NET_GARBAGE,      /* the right ID, then noise */
    NET_TTL_ZERO,
    NET_NO_TCP,     /* its TCP port is closed */
    NET_CLOSES_TCP, /* truncates over UDP, closes connections without an answer */
    NET_WRONG_IDS,  /* the same with wrong IDs over UDP */
    NET_STRIPS_SIGNATURES,
    NET_CORRUPTS_SIGNATURES,
    NET_STRIPS_PROOFS, /* NSEC and NSEC3 records */
    NET_STRIPS_DS,
    NET_SAYS_ALL_PROOFS, /* all NSEC or NSEC3 records of its zone where one is due */
};

struct net_reply {
    uint16_t rcode;
    int ede;
    int trust; /* enum trust */
    char ede_text[ANSWER_EDE_TEXT];
    unsigned count[3];
    char text[70000]; /* rcode, then the answer section's records but signatures, a line each, as sent */
    char authority[8192], additional[8192]; /* the same of the other sections, without proofs */
    uint64_t took;                          /* µs */
    unsigned packets;                       /* sent to servers for it */
};

/* A world for tests that need nothing special (net_world.c): root 198.41.0.4, com. 192.0.2.1, org. 192.0.2.2,
   example.com. 192.0.2.11 and .12, example.org. 192.0.2.11. And fixtures for cmocka with it. */
struct net *net_small(void);
int net_small_up(void **state);
int net_down(void **state);

/* Hints: 198.41.0.4 (a.root-servers.net). Defaults as in named.conf. */
struct net *net_create(void);
void net_destroy(struct net *net);
/* Lets ten seconds pass, checks that nothing is left in flight and the cache is sound, and destroys. */
void net_end(struct net *net);
struct engine *net_engine(struct net *net);
/* Another engine takes its place, which is told the time of day; the former one is returned. */
struct engine *net_swap_engine(struct net *net, struct engine *engine);
struct cache *net_cache(struct net *net);
struct engine_options *net_options(struct net *net); /* change, then net_reconfigure() */
void net_reconfigure(struct net *net);

/* Servers (addresses, separated by blanks) serve the zone; records as text with absolute names, a line
   each, TTL 3600 where none is given. A SOA is made when there is none. */
void net_zone(struct net *net, const char *origin, const char *servers, const char *records);
/* Gives a zone new records. */
void net_zone_replace(struct net *net, const char *origin, const char *records);
/* Adds records to a zone. */
void net_zone_add(struct net *net, const char *origin, const char *records);
void net_behave(struct net *net, const char *server, enum net_behaviour behaviour);
void net_delay(struct net *net, const char *server, uint64_t round_trip); /* µs; 10,000 at first */

/* Adds records to a section of everything this server says (none: an empty text). */
void net_stray(struct net *net, const char *server, enum dns_section section, const char *records);

/* Has a function say what this server says: it writes a message and returns its length, 0 for the usual
   answer, NET_SAYS_NOTHING for silence. While it runs, net_forge() lets other packets arrive for the same
   exchange: `delay` µs from now, from the server itself where `from` is NULL. */
typedef size_t net_speaker(void *context, struct net *net, const struct dns_message *query, bool udp,
                           uint8_t *to);
#define NET_SAYS_NOTHING SIZE_MAX
void net_script(struct net *net, const char *server, net_speaker *speaker, void *context);
void net_forge(struct net *net, uint64_t delay, const char *from, enum transport transport,
               const uint8_t *wire, size_t length);

/* What a server says to a query that came on a real socket: its octets, 0: nothing. */
size_t net_answer(struct net *net, const char *address, const uint8_t *query, size_t length, bool udp,
                  uint8_t *to);

/* Writes a message for the query: `flags` beside QR (AA, rcode), records of each section as text, or NULL.
   Returns its length. */
size_t net_write(const struct dns_message *query, unsigned flags, const char *answer, const char *authority,
                 const char *additional, uint8_t *to);

/* Everything in the cache but what is known of servers, failures and ranges, sorted, a line each:
       "RRSET www.com. A: www.com. A 192.0.2.80; "    records with their sections' order kept
       "DELEGATION com.: a.gtld.com. 192.0.2.1; "
   and so on. `ttls`: each line ends with the seconds left. Valid until the next call. */
const char *net_cache_text(struct net *net, bool ttls);

/* Asks, lets time go on until there is an answer, and returns it (valid until the next call). */
const struct net_reply *net_ask(struct net *net, const char *name, const char *type);

/* The same for several questions at once; `names` ends with NULL; all answers are checked to come once. */
void net_ask_many(struct net *net, const char *const *names, const char *type);

/* One question begins; false: not taken. net_run() then waits for the answers of all that have begun, and
   checks that each comes once. */
bool net_begin(struct net *net, const char *name, const char *type);
void net_run(struct net *net);
bool net_step(struct net *net); /* one packet or one awakening; false: nothing is under way */
const struct net_reply *net_reply(const struct net *net); /* the last answer that came */

void net_pass(struct net *net, uint32_t seconds);
uint64_t net_now(const struct net *net);

/* µs of processor time in the engine, since net_create() or net_cpu_reset(): in all, and for its worst event. */
uint64_t net_cpu(const struct net *net);
uint64_t net_cpu_worst(const struct net *net);
void net_cpu_reset(struct net *net);

/* Packets that have been sent to servers so far: all, or those to one address. */
unsigned net_packets(const struct net *net);
unsigned net_packets_to(const struct net *net, const char *server);
/* "name/type" of the questions one server has seen, in lower case, blank-separated. */
const char *net_seen(const struct net *net, const char *server);

/* Tells of each packet that is sent to a server, and of each answer in place of net_reply(): to the question that
   was begun as the nth of those that have not been waited for by net_run(). */
struct net_watch {
    void (*sent)(void *context, const struct effect *effect, const struct dns_message *query);
    void (*answered)(void *context, unsigned question, const struct answer *answer);
    void *context;
    void (*told)(void *context, const struct effect *effect); /* of each answer, whatever `answered` is */
};
void net_set_watch(struct net *net, const struct net_watch *watch);
/* One question begins, whose `client` is not looked at. Its number; -1: not taken. */
int net_begin_question(struct net *net, const struct question *question);
/* While a speaker runs: net_forge() for any address, what the server would say, and that the exchange fails. */
void net_forge_from(struct net *net, uint64_t delay, const struct dns_address *from, enum transport transport,
                    const uint8_t *wire, size_t length);
size_t net_usual(struct net *net, const struct dns_message *query, uint8_t *to);
void net_break_off(struct net *net, uint64_t delay, enum failure failure);
/* Takes records out of a zone: of this type, of all types where it is NULL. False: there are none. */
bool net_zone_remove(struct net *net, const char *origin, const char *owner, const char *type);
/* Whether the server serves the zone from now on. True: it did so before. */
bool net_serve(struct net *net, const char *server, const char *origin, bool serves);
void net_seed(struct net *net, uint64_t seed);
void net_trace(struct net *net, bool trace);
void net_sleep(struct net *net,
               uint64_t duration); /* µs in which nothing happens: the machine is suspended */
/* Lets time go on, µs. */
void net_pass_time(struct net *net, uint64_t duration);
/* What is wrong in the end, when nothing should be under way any more; or NULL. */
const char *net_problem(struct net *net, char text[160]);

/* Events the engine has reported of one kind, since net_create(). */
unsigned net_events(const struct net *net, enum event_kind kind);

#endif
