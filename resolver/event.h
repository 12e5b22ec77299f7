/*
 * What happens in a walk, as data. The engine reports every decision as one of these to whoever
 * listens (the daemon's trace, tests, the demo); with nobody listening a report costs one branch.
 *
 * Pointers and names in an event are valid during the call only.
 */
#ifndef RESOLVER_EVENT_H
#define RESOLVER_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

enum event_kind {
    EVENT_QUESTION,       /* a walk begins: name, type; step 4 follows */
    EVENT_JOINED,         /* the same question is being walked already: count = who waits now */
    EVENT_CACHE_HIT,      /* name, type; text = what was found */
    EVENT_CACHE_MISS,     /* name, type */
    EVENT_DELEGATION,     /* zone: the closest known; count = name servers, value = addresses known */
    EVENT_SERVER,         /* address picked, server = its name, count = of how many, value = expected µs */
    EVENT_SEND,           /* name, type as asked; address; zone; text = transport and what is special */
    EVENT_RECEIVE,        /* address; rcode; text = what it is ("referral", "answer"); value = µs */
    EVENT_SILENT,         /* address did not answer in time: value = µs waited */
    EVENT_UNREACHABLE,    /* address: text = why */
    EVENT_PACKET_DROPPED, /* address: text = why it was no answer */
    EVENT_RECORD_DROPPED, /* name, type: text = why it is not believed */
    EVENT_SERVER_DROPPED, /* address, zone: text = why it is not asked further ("lame") */
    EVENT_REFERRAL,       /* zone: the child that the walk descends to; count = servers, value = glue */
    EVENT_ALIAS,          /* name -> other; type CNAME or DNAME */
    EVENT_CHILD,          /* a child walk is needed for name, type: text = why */
    EVENT_JUDGED,         /* name, type, zone: text = what a response in a signed zone is worth */
    EVENT_BOGUS,          /* name, type; address; text = why it is not believed */
    EVENT_KEPT,           /* name, type, value = TTL: put into the cache; text = what it is */
    EVENT_BUDGET,         /* text = what ran out */
    EVENT_ANSWER,         /* name, type, rcode, count = records, value = µs since the question */
    EVENT_FAILURE,        /* name, type, rcode; text = the reason, whose fault */
};

struct event {
    uint64_t time; /* µs, the caller's clock */
    enum event_kind kind;
    uint32_t walk, parent; /* numbers of walks; parent 0: a client's question */
    uint8_t depth;
    struct dns_name name, other, zone, server; /* wire NULL: none */
    uint16_t type;
    uint16_t rcode;
    uint32_t count;
    uint64_t value;
    struct dns_address address; /* family 0: none */
    const char *text;           /* or NULL */
};

struct event_sink {
    void (*report)(void *context, const struct event *event);
    void *context;
};

/* One line without its end: "7 ask  192.5.6.30#53 (a.gtld-servers.net) of com.: example.com. A ...".
   The number is the step of the walk that docs/architecture.md names. Returns `text`. */
enum { EVENT_TEXT_MAX = 1024 };
const char *event_to_text(const struct event *event, char text[EVENT_TEXT_MAX]);

#endif
