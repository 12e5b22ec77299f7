/*
 * What the administrator decides about validation, and what one client's question may cost. A policy is a
 * value that does not change while it is used; disable-algorithms and disable-ds-digests, which named.conf
 * gives per domain, are policies of their own for those zones. A budget belongs to a client's question, is
 * handed by pointer to all work done for it, and only ever goes down.
 *
 *      struct dnssec_policy policy = dnssec_policy_default();
 *      dnssec_policy_enable_algorithm(&policy, DNSSEC_RSASHA1, true);
 *      struct dnssec_budget budget = dnssec_budget_default();
 *      struct dnssec_context context = {workspace, &policy, &budget, wall_seconds};
 */
#ifndef DNSSEC_POLICY_H
#define DNSSEC_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnssec/reason.h"

/* Registry "DNS Security Algorithm Numbers", as far as we compute them. */
enum dnssec_algorithm {
    DNSSEC_RSASHA1 = 5,       /* off by default, RFC 9905 */
    DNSSEC_RSASHA1_NSEC3 = 7, /* off by default */
    DNSSEC_RSASHA256 = 8,     /* RFC 5702 */
    DNSSEC_RSASHA512 = 10,
    DNSSEC_ECDSA_P256 = 13, /* RFC 6605 */
    DNSSEC_ECDSA_P384 = 14,
    DNSSEC_ED25519 = 15, /* RFC 8080 */
    DNSSEC_ED448 = 16,
};

/* Registry "DS RR Type Digest Algorithms". */
enum dnssec_digest {
    DNSSEC_DIGEST_SHA1 = 1,   /* off by default, RFC 9905 */
    DNSSEC_DIGEST_SHA256 = 2, /* RFC 4509 */
    DNSSEC_DIGEST_SHA384 = 4, /* RFC 6605 */
};

struct dnssec_policy {
    uint32_t algorithms;                 /* bit i: algorithm i is validated */
    uint32_t digests;                    /* bit i: DS digest type i is used */
    uint16_t rsa_bits_min, rsa_bits_max; /* of an RSA modulus */
    uint16_t nsec3_iterations;           /* more are insecure, RFC 9276 §3.2 */
    uint32_t skew_min, skew_max; /* seconds: a clock may differ by a tenth of a signature's lifetime, but
                                    by no less and no more than these */
    bool accept_expired;  /* signatures are good beyond their time: only for tests and for emergencies */
    uint64_t clock_floor; /* seconds since 1970, such as the build's date: a clock before it is
                                    wrong; 0: not looked at */
};

/* Algorithms 8, 10, 13-16; digests 2 and 4; RSA keys of 512 to 4096 bits; 50 iterations; 300 to 3600 s. */
struct dnssec_policy dnssec_policy_default(void);

/* Turns one on or off. False when it is not computed here at all (and stays off). */
bool dnssec_policy_enable_algorithm(struct dnssec_policy *policy, uint8_t algorithm, bool enable);
bool dnssec_policy_enable_digest(struct dnssec_policy *policy, uint8_t digest, bool enable);

static inline bool dnssec_policy_has_algorithm(const struct dnssec_policy *policy, uint8_t algorithm)
{
    return algorithm < 32 && (policy->algorithms >> algorithm & 1) != 0;
}

static inline bool dnssec_policy_has_digest(const struct dnssec_policy *policy, uint8_t digest)
{
    return digest < 32 && (policy->digests >> digest & 1) != 0;
}

/* The clock stands before the policy's floor. Time tells nothing then: not about one name, but about us. */
static inline bool dnssec_policy_clock_wrong(const struct dnssec_policy *policy, uint64_t now)
{
    return now < policy->clock_floor;
}

/* Cost units: 1 is the check of a signature by an RSA key of 2048 bits, 23 us where it was measured. */
enum {
    DNSSEC_COST_P256 = 4,
    DNSSEC_COST_P384 = 50,
    DNSSEC_COST_ED25519 = 6,
    DNSSEC_COST_ED448 = 16,
    DNSSEC_COST_OCTETS = 16384, /* one unit more for so many octets to be hashed */
};

/* Of one check of a signature by a key of usual size: an RSA key of 2048 bits. */
unsigned dnssec_algorithm_cost(uint8_t algorithm);

/*
 * A failure is a response that is not believed because signatures in it are wrong, however many there are: one damaged
 * packet of a zone with two algorithms, or with three proofs, has several. The first two failures of a question may be
 * made good by other servers; each one after that ends the work it came to. What they cost is bounded apart from that:
 * an RRset is given up at its second wrong signature (verify.h), a response at its second wrong RRset, and whatever is
 * checked in vain comes off the same checks and units as everything else.
 */
struct dnssec_budget {
    uint16_t checks;      /* signatures to be checked; a malformed key counts as one */
    uint16_t failures;    /* responses with wrong signatures after which other servers may be asked */
    uint16_t cost;        /* units, see above */
    uint16_t sha1_blocks; /* blocks of 64 octets hashed for NSEC3 */
};

/* 32 checks, 2 failures, 600 units, 8192 blocks. */
struct dnssec_budget dnssec_budget_default(void);

/* Takes one check and its cost. DNSSEC_REASON_NONE, or what there is not enough of; nothing is taken then. */
enum dnssec_reason dnssec_budget_check(struct dnssec_budget *budget, unsigned cost);

/* No signature can be checked any more, whatever it costs: DNSSEC_BUDGET_CHECKS, else _NONE. */
enum dnssec_reason dnssec_budget_spent(const struct dnssec_budget *budget);

/* Takes cost alone (a DS digest). False when there is not enough. */
bool dnssec_budget_cost(struct dnssec_budget *budget, unsigned cost);

/* Takes one failure. False when there was none left: nobody else is to be asked. */
bool dnssec_budget_failure(struct dnssec_budget *budget);

/* Takes blocks of SHA-1. False when there are not enough: all are taken then, so that the end is the end. */
bool dnssec_budget_hash(struct dnssec_budget *budget, unsigned blocks);

struct dnssec_workspace;

/* What every piece of work needs. Passed by pointer, never kept. */
struct dnssec_context {
    struct dnssec_workspace *workspace; /* the thread's own, dnssec/workspace.h */
    const struct dnssec_policy *policy;
    struct dnssec_budget *budget;
    uint64_t now; /* wall time, seconds since 1970 UTC */
};

#endif
