/*
 * Responses as signed zones really give them, with all that is needed to judge them, and what the walk makes of
 * them: for tests that change one thing and want to see it noticed. A kind of damage is one change to one sort of
 * RRset; how many there were is counted.
 */
#ifndef TESTS_DNSSEC_RESPONSE_H
#define TESTS_DNSSEC_RESPONSE_H

#include "support.h"

enum claim { POSITIVE, NXDOMAIN, NODATA, NO_DS };

struct response {
    const char *qname;
    enum claim claim;
    uint16_t qtype;
    struct dns_name_buffer apex;
    struct set ds, dnskey, answer;
    struct set proof[4];
    unsigned proofs;
    uint64_t now;
};

/* The honest ones, of any of the zones. */
enum { HONEST = 12, HONEST_WILDCARD = 6 };
struct honest {
    const char *name, *qname, *from;
    enum claim claim;
    uint16_t qtype;
};
extern const struct honest honest[HONEST];
void response_make(const struct zone *zone, unsigned which, struct response *response);

/* The zones that are gone through. */
enum { SWEPT = 5 };
extern const char *const swept[SWEPT];

enum dnssec_status response_judge(struct bench *bench, struct response *response);

/* Fails when it is not, and counts the kind of damage. */
void must_be_bogus(struct bench *bench, struct response *response, const char *zone, const char *sort,
                   const char *damage);
void count_kind(const char *sort, const char *damage);
unsigned kinds_counted(void);

#endif
