/*
 * Proofs that something does not exist: NSEC (RFC 4035 §5.4, RFC 6840 §4), NSEC3 (RFC 5155 §8), compact
 * denial (RFC 9824). A struct dnssec_denial is a set of NSEC and NSEC3 records of one zone that are already
 * verified; questions are put to it. It holds views: owners and rdata stay with the caller. It never verifies
 * a signature and never believes a record beyond its zone: owner, next name and question must all lie within
 * (C5, C6).
 *
 *      struct dnssec_denial denial;
 *      dnssec_denial_start(&denial, zone);
 *      for each NSEC or NSEC3 RRset of the authority section:
 *          if (dnssec_verify(&context, &rrset, &keys, &signature) == DNSSEC_SECURE)
 *              dnssec_denial_add_rrset(&denial, &rrset, &signature);
 *      status = dnssec_prove_nxdomain(&context, &denial, qname, &proof);      proof.opt_out, proof.fault ...
 */
#ifndef DNSSEC_DENIAL_H
#define DNSSEC_DENIAL_H

#include "dnssec/policy.h"
#include "dnssec/rrset.h"
#include "dnssec/verify.h"

enum {
    DNSSEC_DENIAL_RECORDS = 16, /* NSEC and NSEC3 records of a set */
    DNSSEC_DENIAL_NSEC3 = 8,    /* NSEC3 records among them */
    DNSSEC_NSEC3_HASH = 20,     /* octets of SHA-1 */
    DNSSEC_NSEC3_OPT_OUT_FLAG = 0x01,
};

/* An NSEC record, RFC 4034 §4.1: views. */
struct dnssec_nsec {
    struct dns_name owner, next;
    const uint8_t *bitmap;
    uint16_t bitmap_length;
};

/* An NSEC3 record, RFC 5155 §3.2; the owner's first label and the next hashed owner decoded. */
struct dnssec_nsec3 {
    uint8_t owner_hash[DNSSEC_NSEC3_HASH], next_hash[DNSSEC_NSEC3_HASH];
    uint8_t flags, salt_length;
    uint16_t iterations, bitmap_length;
    const uint8_t *salt, *bitmap;
};

struct dnssec_denial {
    struct dns_name zone;
    unsigned nsec_count, nsec3_count;
    bool too_many;             /* records were left out */
    struct dnssec_fault fault; /* of the last record that was refused */
    struct dnssec_nsec nsec[DNSSEC_DENIAL_RECORDS];
    struct dnssec_nsec3 nsec3[DNSSEC_DENIAL_NSEC3];
};

/* What was proven. */
enum dnssec_proof_kind {
    DNSSEC_PROVES_NOTHING,
    DNSSEC_PROVES_NXDOMAIN, /* the name does not exist, nor a wildcard for it */
    DNSSEC_PROVES_NXNAME,   /* the same in RFC 9824's form: NOERROR, or NXDOMAIN, with the NXNAME bit */
    DNSSEC_PROVES_NODATA,   /* the name exists, the type does not */
    DNSSEC_PROVES_EMPTY_NONTERMINAL,   /* nothing is at the name, but something below it */
    DNSSEC_PROVES_WILDCARD_NODATA,     /* a wildcard makes the name, but not the type */
    DNSSEC_PROVES_WILDCARD,            /* no closer match than the wildcard: the expanded answer stands */
    DNSSEC_PROVES_INSECURE_DELEGATION, /* a zone cut without DS records */
    DNSSEC_PROVES_OPT_OUT,             /* there may be an unsigned zone cut: an opt-out span, RFC 5155 §6 */
};

struct dnssec_proof {
    enum dnssec_status status;
    enum dnssec_proof_kind kind; /* NOTHING where BOGUS, EXHAUSTED, or INSECURE by iterations */
    bool opt_out;                /* rests on an opt-out span: INSECURE, no AD (RFC 5155 §9.2) */
    bool nsec3;                  /* by NSEC3 records */
    struct dns_name
        closest_encloser; /* a view into the question's name; length 0 where there is none to tell */
    struct dnssec_fault fault;
};

/* `zone` is the one whose keys have signed the records; the view is kept. */
void dnssec_denial_start(struct dnssec_denial *denial, struct dns_name zone);

/* Adds one verified record. `expanded`: its RRSIG says that a wildcard made it (then it proves nothing and is
   refused). Refused as well are malformed records, other hashes than SHA-1 and unknown flags (RFC 5155 §8.1,
   §8.2), and those that leave the zone. False when refused, with denial->fault; the set stays usable. */
bool dnssec_denial_add(struct dnssec_denial *denial, struct dns_name owner, uint16_t type,
                       const uint8_t *rdata, size_t length, bool expanded);

/* Adds the records of an RRset that dnssec_verify() has found secure with keys of denial->zone. An RRset of
   another type is refused. True when all were added. */
bool dnssec_denial_add_rrset(struct dnssec_denial *denial, const struct dnssec_rrset *rrset,
                             const struct dnssec_signature *signature);

/* The four questions. Each returns proof->status:
       SECURE     proven, `kind` says how;
       INSECURE   proven with `opt_out`, or too many NSEC3 iterations (RFC 9276, EDE 27): kind NOTHING then,
                  the answer is to be treated as unsigned;
       BOGUS      not proven; proof->fault says what is missing;
       EXHAUSTED  context->budget has no SHA-1 blocks left.
   `qname` must lie within the zone of the proof, for DS below it. Of the context, policy, workspace and
   budget are used, the time is not. */

/* An NXDOMAIN response for qname: kind NXDOMAIN or NXNAME. */
enum dnssec_status dnssec_prove_nxdomain(struct dnssec_context *context, const struct dnssec_denial *denial,
                                         struct dns_name qname, struct dnssec_proof *proof);

/* A NOERROR response without the type: kind NODATA, EMPTY_NONTERMINAL, WILDCARD_NODATA, NXNAME, or OPT_OUT
   (an empty non-terminal above unsigned zones). For DS see dnssec_prove_no_ds(). */
enum dnssec_status dnssec_prove_nodata(struct dnssec_context *context, const struct dnssec_denial *denial,
                                       struct dns_name qname, uint16_t qtype, struct dnssec_proof *proof);

/* A positive answer whose RRSIG tells of a wildcard: no name closer than signature->closest_encloser exists
   (RFC 4035 §5.3.4, RFC 5155 §8.8). `next_closer` is signature->next_closer. Kind WILDCARD. */
enum dnssec_status dnssec_prove_wildcard(struct dnssec_context *context, const struct dnssec_denial *denial,
                                         struct dns_name qname, struct dns_name next_closer,
                                         struct dnssec_proof *proof);

/* No DS records at `name`, in a referral or a NOERROR response for DS (RFC 4035 §5.2, RFC 5155 §8.6, §8.9).
   Kind INSECURE_DELEGATION or OPT_OUT: `name` is, or may be, an unsigned zone: everything below is insecure.
   Any other kind of dnssec_prove_nodata(): `name` is no zone cut: go on in this zone; a *referral* with such
   a proof is BOGUS. For an NXDOMAIN response for DS, ask dnssec_prove_nxdomain(). */
enum dnssec_status dnssec_prove_no_ds(struct dnssec_context *context, const struct dnssec_denial *denial,
                                      struct dns_name name, struct dnssec_proof *proof);

/* The hash of a name, RFC 5155 §5, paid for by the budget. False when it has not enough, or no SHA-1. */
bool dnssec_nsec3_hash(struct dnssec_context *context, struct dns_name name, const uint8_t *salt,
                       unsigned salt_length, unsigned iterations, uint8_t hash[DNSSEC_NSEC3_HASH]);

/* Blocks of SHA-1 that one hash takes. */
unsigned dnssec_nsec3_blocks(unsigned name_length, unsigned salt_length, unsigned iterations);

#endif
