/*
 * Why something is not secure, in a form that reaches the user: a reason, the extended error that goes with
 * it (RFC 8914), and what it is about: zone, record, key, time. A struct dnssec_fault owns everything in it
 * and may be kept; nothing here judges anything.
 *
 *      struct dnssec_signature signature;
 *      if (dnssec_verify(&context, &rrset, &keys, &signature) != DNSSEC_SECURE) {
 *          char text[DNSSEC_FAULT_TEXT_MAX];
 *          dnssec_fault_to_text(&signature.fault, text);
 *              "signature of example.org/A by key 4711 expired 2026-11-01"
 *          edns.ede = dnssec_reason_ede(signature.fault.reason);
 *      }
 */
#ifndef DNSSEC_REASON_H
#define DNSSEC_REASON_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/name.h"

/* What validation says of data, RFC 4035 §4.3. */
enum dnssec_status {
    DNSSEC_SECURE,    /* the chain of signatures or proofs is whole */
    DNSSEC_INSECURE,  /* proven not to be signed, or signed in a way that we need not understand */
    DNSSEC_BOGUS,     /* should be secure and is not: never an answer */
    DNSSEC_EXHAUSTED, /* the budget was used up before it was known: SERVFAIL, not retried */
};

/* Of several things wrong with the signatures of one RRset the one that got furthest is reported, and that is
   the order of the first group. */
enum dnssec_reason {
    DNSSEC_REASON_NONE = 0,

    /* One RRset and its signatures. */
    DNSSEC_RRSIG_MISSING,     /* there is none */
    DNSSEC_RRSIG_MALFORMED,   /* rdata that is no RRSIG, or covers another type */
    DNSSEC_RRSIG_UNSUPPORTED, /* only of algorithms that we do not do */
    DNSSEC_SIGNER_WRONG,      /* signed in the name of another zone, or owner outside of the zone */
    DNSSEC_LABELS_WRONG,      /* more labels than the owner, or fewer than the zone */
    DNSSEC_WILDCARD_WRONG,    /* a type that no wildcard makes was made by one */
    DNSSEC_TIME_REVERSED,     /* expires before it begins */
    DNSSEC_NOT_YET_VALID,
    DNSSEC_EXPIRED,
    DNSSEC_CLOCK_WRONG,  /* out of its time, but our clock stands before the build of this program */
    DNSSEC_KEY_MISSING,  /* no key of the zone has the tag and algorithm */
    DNSSEC_KEY_NOT_ZONE, /* the key lacks the ZONE flag */
    DNSSEC_KEY_REVOKED,
    DNSSEC_KEY_MALFORMED,   /* or larger than allowed */
    DNSSEC_SIGNATURE_WRONG, /* the arithmetic says no */
    DNSSEC_RDATA_MALFORMED, /* no canonical form */
    DNSSEC_RRSET_TOO_LARGE, /* more records or octets than are looked at */

    /* A zone's keys by its DS records or trust anchors. */
    DNSSEC_ALGORITHM_UNSUPPORTED, /* insecure: no DS is of an algorithm that we do */
    DNSSEC_DIGEST_UNSUPPORTED,    /* insecure: no DS has a digest that we do */
    DNSSEC_DS_WITHOUT_KEY,        /* no DNSKEY has the tag and algorithm of a DS */
    DNSSEC_DS_MISMATCH,           /* there is one, but its digest is another */
    DNSSEC_ANCHOR_WITHOUT_KEY,    /* none of the trust anchors is in the DNSKEY RRset */

    /* Proofs that something does not exist. */
    DNSSEC_PROOF_MISSING,          /* no NSEC or NSEC3 record says so */
    DNSSEC_PROOF_WILDCARD_MISSING, /* the name is denied, the wildcard that could have made it is not */
    DNSSEC_PROOF_EXISTS,           /* the record says that the name or the type does exist */
    DNSSEC_PROOF_WRONG_SIDE,       /* a record of the parent's side of a zone cut, or of the child's */
    DNSSEC_PROOF_OUTSIDE_ZONE,     /* owner, next or question outside of the zone */
    DNSSEC_PROOF_MALFORMED,
    DNSSEC_PROOF_EXPANDED,   /* an NSEC or NSEC3 record made from a wildcard */
    DNSSEC_PROOF_TOO_MANY,   /* more records than are looked at */
    DNSSEC_NSEC3_ITERATIONS, /* insecure: more than the policy has, RFC 9276 §3.2 */
    DNSSEC_NSEC3_OPT_OUT,    /* insecure: the proof rests on an opt-out span, RFC 5155 §9.2 */

    /* What the client's budget ran out of. */
    DNSSEC_BUDGET_CHECKS,
    DNSSEC_BUDGET_COST,
    DNSSEC_BUDGET_HASHES,

    DNSSEC_REASONS
};

struct dnssec_fault {
    enum dnssec_reason reason;
    struct dns_name_buffer zone;  /* whose keys or proofs were used; length 0: unknown */
    struct dns_name_buffer owner; /* of the record, or the name to be denied; length 0: none */
    uint16_t type;                /* of the record, 0: none */
    uint16_t key_tag;
    bool has_key; /* key_tag and algorithm mean something */
    uint8_t algorithm;
    uint8_t digest;      /* type of a DS digest, 0: none */
    uint16_t iterations; /* of NSEC3 */
    uint32_t time;       /* expiration or inception as in the RRSIG; seconds, serial arithmetic */
};

enum { DNSSEC_FAULT_TEXT_MAX = 2 * DNS_NAME_TEXT_MAX + 256 };

/* enum dns_ede of a reason; DNS_EDE_NONE where there is nothing to tell a client (none, opt-out). */
int dnssec_reason_ede(enum dnssec_reason reason);

/* One English clause that names the things; without a final dot, so that "at SERVER" can follow. Returns
   `text`. */
const char *dnssec_fault_to_text(const struct dnssec_fault *fault, char text[DNSSEC_FAULT_TEXT_MAX]);

/* "secure", "insecure", "bogus", "exhausted". */
const char *dnssec_status_to_text(enum dnssec_status status);

/* A fault about a record; `zone` and `owner` may have length 0. */
void dnssec_fault_set(struct dnssec_fault *fault, enum dnssec_reason reason, struct dns_name zone,
                      struct dns_name owner, uint16_t type);

#endif
