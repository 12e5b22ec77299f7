/*
 * One RRset and its signatures (RFC 4035 §5.3): is one of them by a trusted key of the zone, in its time, and
 * of these octets? Knows nothing of chains or proofs: the keys it is given are believed. Whether a wildcard
 * may have made the RRset is for a proof to say (dnssec_prove_wildcard() in dnssec/denial.h).
 *
 *      struct dnssec_signature signature;
 *      switch (dnssec_verify(&context, &rrset, &keys, &signature)) {
 *      case DNSSEC_SECURE:  keep it for signature.ttl; where .wildcard, ask for the proof of next_closer
 *      case DNSSEC_BOGUS:   say signature.fault, try another server
 *      default:             the budget is used up: SERVFAIL
 *      }
 */
#ifndef DNSSEC_VERIFY_H
#define DNSSEC_VERIFY_H

#include "dnssec/key.h"
#include "dnssec/policy.h"
#include "dnssec/rrset.h"

/* The fields of an RRSIG record, RFC 4034 §3.1: views into its rdata. */
struct dnssec_rrsig {
    uint16_t covered, key_tag;
    uint8_t algorithm, labels;
    uint32_t original_ttl, expiration, inception;
    struct dns_name signer;
    const uint8_t *rdata;
    const uint8_t *signature;
    size_t signature_length;
};

/* False when it is no RRSIG rdata: too short, no name, or no signature behind it. */
bool dnssec_rrsig_read(const uint8_t *rdata, size_t length, struct dnssec_rrsig *rrsig);

/* So many wrong signatures (or malformed keys) are borne with for one RRset: keys of the same tag are rare, and a zone
   that has three of them has an attack in mind (CVE-2023-50387). */
enum { DNSSEC_WRONG_MAX = 2 };

/* What a verified RRset owes to its signature. */
struct dnssec_signature {
    enum dnssec_status status; /* SECURE, BOGUS or EXHAUSTED */
    struct dnssec_fault fault; /* why, where it is not secure */
    uint32_t ttl;              /* seconds: RFC 4035 §5.3.3, the least of the RRset's, the original TTL and
                                  what is left of the signature's life */
    uint32_t expiration;       /* of the signature, serial */
    uint16_t key_tag;
    uint8_t algorithm;
    uint8_t wrong;                    /* checks that were in vain, secure or not; see DNSSEC_WRONG_MAX */
    bool wildcard;                    /* made from "*." + closest_encloser */
    struct dns_name closest_encloser; /* these two are views into the RRset's owner, where wildcard */
    struct dns_name next_closer;      /* one label longer; must be proven not to exist */
};

/* Verifies `rrset` by `keys` of the zone that it must be in: the signer must be keys->zone, and the owner at
   or below it, below for DS, at it for DNSKEY and SOA. Takes from context->budget for every key that is
   tried, malformed ones too; at the second in vain it is given up. One good signature is enough (RFC 6840 §5.11). Returns signature->status;
   unsupported algorithms are BOGUS here: that a zone has only such is known from its DS records. Keys that do
   not sign (dnssec_key_signs()) are passed over. */
enum dnssec_status dnssec_verify(struct dnssec_context *context, const struct dnssec_rrset *rrset,
                                 const struct dnssec_keys *keys, struct dnssec_signature *signature);

/* The same for a DNSKEY RRset whose key has revoked itself (RFC 5011 §2.1): `keys` has one key, with the
   REVOKE flag, and nothing but the revocation follows from SECURE. */
enum dnssec_status dnssec_verify_revocation(struct dnssec_context *context, const struct dnssec_rrset *rrset,
                                            const struct dnssec_keys *keys,
                                            struct dnssec_signature *signature);

#endif
