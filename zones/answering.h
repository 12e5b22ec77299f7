/* An answer being written, for the inside of zones/. */
#ifndef ZONES_ANSWERING_H
#define ZONES_ANSWERING_H

#include "zones/answer.h"
#include "zones/layout.h"

enum { PROOFS_MAX = 4 * (ZONE_ALIASES_MAX + 1), ADDED_MAX = 64 };

/* Where a name leads to in the tree. */
struct place {
    struct dns_name name;
    int64_t node;      /* or NO_NODE */
    uint32_t encloser; /* the node, or the closest encloser (RFC 4592 §3.3.1) */
    unsigned labels;   /* of the encloser */
    struct name_hashes hashes;
};

struct answering {
    const struct zone *zone;
    const struct zone_question *question;
    struct dns_builder *builder;
    struct zone_answer *answer;
    struct place place;          /* of answer->target */
    uint32_t proofs[PROOFS_MAX]; /* nodes whose NSEC or NSEC3 goes into the authority section */
    unsigned proof_count;
    uint64_t visited[ZONE_ALIASES_MAX]; /* aliases that are in the answer: node and hash of the name */
    unsigned visited_count;
    uint32_t
        added[ADDED_MAX]; /* sets that are in the message with their own owner, so that none comes twice */
    unsigned added_count;
};

void place_find(const struct zone *zone, struct dns_name name, struct place *place);

/* The node "*." + encloser, or NO_NODE. */
int64_t place_wildcard(const struct zone *zone, const struct place *place);

/* Is DO set, and can absence be proven? */
static inline bool wants_proof(const struct answering *answering)
{
    return answering->question->dnssec && (answering->zone->nsec3 || answering->zone->nsec_count > 0);
}

/* Adds an RRset with that owner, and its signatures where they are wanted. */
void add_set(struct answering *answering, enum dns_section section, const struct zone_set *set,
             struct dns_name owner);

/* The authority and additional sections. */
void add_negative(struct answering *answering);
void add_proofs(struct answering *answering);
void add_positive(struct answering *answering);
void add_referral(struct answering *answering, uint32_t cut);

/* Notes that the set is in the message; false when it was already, or too many are. */
bool add_once(struct answering *answering, const struct zone_set *set);

/* Addresses of the names that NS, MX and SRV records of an answer end with. */
void add_addresses(struct answering *answering, const struct zone_set *set);

/* Each notes the records that prove it, once. */
void prove_nxdomain(struct answering *answering);                           /* at answering->place */
void prove_nodata(struct answering *answering);                             /* the place's node exists */
void prove_wildcard(struct answering *answering);                           /* an expanded answer */
void prove_wildcard_nodata(struct answering *answering, uint32_t wildcard); /* that node has not the type */
void prove_no_ds(struct answering *answering, uint32_t cut);

#endif
