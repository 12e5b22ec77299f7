/*
 * dnstap: the DNS messages of clients and of servers, as they are, in frame streams to a Unix socket or a file. A thread
 * of libfstrm's writes; each worker has a queue of its own to it, and what a full queue does not take is dropped and
 * counted. No worker ever waits for the reader; the end, or a reload that changes dnstap, a few seconds at most (the
 * thread gives a reader up that has not read for DNSTAP_TIME).
 *
 * Who does not use it pays for one branch for each message. Who does pays an allocation for each: frames are freed by the
 * thread that has written them.
 */
#ifndef SERVER_DNSTAP_H
#define SERVER_DNSTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "dns/address.h"
#include "dns/name.h"

enum { DNSTAP_QUEUE = 4096 /* frames of a worker */, DNSTAP_TIME = 1 /* s */, DNSTAP_PROBLEM_MAX = 512 };

struct dnstap;
struct worker;

/* As the configuration says; relative file names stand in `base`. A socket need not be there yet, it is tried again
   and again; a file must be writable, else false with `problem`. *dnstap is NULL where there is none to be. */
bool dnstap_create(struct dnstap **dnstap, const struct config *config, const char *base, unsigned workers,
                   char problem[DNSTAP_PROBLEM_MAX]);
/* When no worker uses it any more. NULL: nothing. */
void dnstap_destroy(struct dnstap *dnstap);

bool dnstap_same(const struct config *a, const struct config *b);

struct dnstap_event {
    enum config_dnstap kind; /* one bit */
    bool tcp;
    const struct dns_address *asker, *answerer; /* NULL: not known */
    const uint8_t *wire;
    size_t length;
    struct dns_name zone;     /* CONFIG_DNSTAP_RESOLVER_QUERY: whose server is asked */
    uint64_t asked, answered; /* µs, the worker's clock; 0: not known */
};

/* For the worker's dnstap, which is not NULL. */
void dnstap_write(struct worker *worker, const struct dnstap_event *event);

#endif
