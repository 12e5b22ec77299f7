/*
 * What happens to a question, as data. The engine reports every decision as one of these, to the journal of the
 * question (resolver/journal.h) and to whoever listens (explain, traces, tests). The server adds what it decides.
 * Where neither is wanted a report costs one branch.
 *
 * Which fields an event of a kind has is said beside the kind; all others are zero. `time`, `walk`, `parent` and
 * `depth` all have. Pointers and names in an event are valid during the call only.
 */
#ifndef RESOLVER_EVENT_H
#define RESOLVER_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"
#include "resolver/culprit.h"

enum event_kind {
    /* 3: may this client ask? */
    EVENT_ACCESS, /* address: the client's; text = the statement ("allow-recursion"); GOOD: allowed;
                     place = file, count = line of the element that decided, where one did */

    /* 4: is it known already? */
    EVENT_QUESTION, /* a walk begins: name, type */
    EVENT_ADOPTED,  /* a client asks what was a step for `related`: the walk goes on for him, with a budget of
                         its own; name, type */
    EVENT_JOINED,   /* one more client has the same question: name, type, count = who waits now */
    EVENT_CACHE_HIT,  /* name, type; text = what was found; ttl left, age, rank, trust; address of the
                        server that it came from, port 0; STALE; of a failure that
                         is remembered: ede, id */
    EVENT_CACHE_MISS, /* name, type */

    /* 5: is it ours? */
    EVENT_LOCAL, /* name, type; zone: of ours, where there is one; text = what is done by it */

    /* 6: who knows? */
    EVENT_DELEGATION, /* zone: the closest known; text = from where; count = name servers, value = addresses known,
                         trust */

    /* 7: ask them */
    EVENT_SERVER,         /* address picked, server = its name, count = of how many, value = expected µs;
                             number = smoothed round trip in ms (0: not known), silent in a row, packets so far;
                             LAME, BACKOFF, EXPLORING, AGAIN */
    EVENT_SEND,           /* name, type as asked; address; zone; server; TCP, EDNS, CASE, MINIMISED, COOKIE */
    EVENT_RECEIVE,        /* address; rcode; text = what it is ("a referral"); value = µs;
                             number = records of each section, octets; TCP, AA, RA, TC */
    EVENT_SILENT,         /* address did not answer in time: value = µs waited */
    EVENT_UNREACHABLE,    /* address; text = why */
    EVENT_PACKET_DROPPED, /* address; text = why it was no answer */
    EVENT_RECORD_DROPPED, /* name, type; text = why it is not believed */
    EVENT_SERVER_DROPPED, /* address, zone; text = why it is not asked further */
    EVENT_REFERRAL,   /* zone: the child that the walk descends to; count = servers, value = glue, trust */
    EVENT_ALIAS,      /* name -> other; type CNAME or DNAME */
    EVENT_CHILD,      /* another walk is needed, for name, type; text = what for; related = its number,
                             which may have begun before; FOREIGN: for somebody else's question, its steps are there */
    EVENT_CHILD_DONE, /* what came of it: name, type, related, rcode; text, ede, id where it failed; FOREIGN */

    /* 8: is it true? keep it */
    EVENT_KEYS, /* zone: its keys are believed (GOOD) or not; key_tag, algorithm; text = by what, or why not */
    EVENT_SIGNATURE,   /* of name, type, by zone's key_tag, algorithm: GOOD, or text = why not */
    EVENT_PROOF,       /* that name, type does not exist: GOOD, text = of what; zone */
    EVENT_JUDGED,      /* name, type, zone, trust: what a response in a signed zone is worth */
    EVENT_BOGUS,       /* name, type; address; ede; text = why it is not believed */
    EVENT_KEPT,        /* name, type, ttl, rank, trust: put into the cache; text = what it is */
    EVENT_BUDGET,      /* text = what ran out */
    EVENT_BUDGET_LEFT, /* number = packets, aliases, name servers' names, signature checks; value = µs */
    EVENT_ANSWER, /* name, type, rcode, trust, count = records, value = µs since the question; blame and id
                          where it was slow or stale: zone, address */
    EVENT_FAILURE, /* name, type, rcode, ede, value; text = the reason; who is to blame: blame, zone, address, id */
    EVENT_KINDS
};

enum event_flag {
    EVENT_GOOD = 1 << 0,
    EVENT_STALE = 1 << 1,
    EVENT_FOREIGN = 1 << 2,
    EVENT_LAME = 1 << 3,      /* it is known not to serve the zone: the last to be asked */
    EVENT_BACKOFF = 1 << 4,   /* it was silent, and is left alone for a while */
    EVENT_EXPLORING = 1 << 5, /* not the fastest: tried to see whether it has become so */
    EVENT_AGAIN = 1 << 6,     /* asked at once in another way: over TCP, or without EDNS */
    EVENT_TCP = 1 << 7,
    EVENT_EDNS = 1 << 8,
    EVENT_CASE = 1 << 9, /* with letters in random case */
    EVENT_MINIMISED = 1 << 10,
    EVENT_COOKIE = 1 << 11,
    EVENT_AA = 1 << 12,
    EVENT_RA = 1 << 13,
    EVENT_TC = 1 << 14,
    EVENT_HAS_EDE = 1 << 15, /* `ede` is one */
};
enum { EVENT_FLAGS = 16, EVENT_NUMBERS = 4 };

struct event {
    uint64_t time; /* µs, the caller's clock */
    enum event_kind kind;
    uint32_t walk, parent; /* numbers of walks; parent 0: a client's question */
    uint8_t depth;         /* how many walks above it want this one */
    uint8_t rank;          /* enum cache_rank */
    uint8_t trust;         /* enum trust */
    uint8_t algorithm;
    uint8_t blame; /* enum blame */
    uint16_t type, rcode, ede, key_tag, flags;
    uint16_t number[EVENT_NUMBERS];
    uint32_t related, count, ttl, age, id;
    uint64_t value;
    struct dns_name name, other, zone, server; /* wire NULL: none */
    struct dns_address address;                /* family 0: none */
    const char *text, *place;                  /* or NULL */
};

struct event_sink {
    void (*report)(void *context, const struct event *event);
    void *context;
};

/* A word for machines ("cache-hit"), and the step of the walk that docs/architecture.md numbers. */
const char *event_word(enum event_kind kind);
unsigned event_step(enum event_kind kind);
const char *event_flag_word(unsigned bit); /* bit 0 to EVENT_FLAGS - 1: "good" */
const char *event_rank_word(uint8_t rank);
const char *event_trust_word(uint8_t trust);

/* One line without its end: "7 ask  192.5.6.30#53 (a.gtld-servers.net) of com.: example.com. A ...".
   The number is the step. Returns `text`. */
enum { EVENT_TEXT_MAX = 1024 };
const char *event_to_text(const struct event *event, char text[EVENT_TEXT_MAX]);

/* Who is to blame, by an event of kind FAILURE or one of kind ANSWER that has an id:
   "zone example.org., server 192.0.2.1#53: its servers do not answer: no answer from ...; id f3a91c2". */
const char *event_culprit_to_text(const struct event *event, char text[EVENT_TEXT_MAX]);

#endif
