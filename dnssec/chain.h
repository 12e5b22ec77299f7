/*
 * From a zone's DS records, or from trust anchors, to its keys (RFC 4035 §5.2): which of the DNSKEY records
 * the parent vouches for, and that one of them has signed the whole RRset. The result is the struct
 * dnssec_keys that dnssec_verify() works with.
 *
 *      switch (dnssec_keys_by_ds(&context, zone, ds, ds_count, &dnskey, &keys, &signature)) {
 *      case DNSSEC_SECURE:    the zone's data is to be verified by `keys`
 *      case DNSSEC_INSECURE:  unknown algorithms or digests: the zone is as if unsigned, say signature.fault
 *      case DNSSEC_BOGUS:     ...
 *      }
 */
#ifndef DNSSEC_CHAIN_H
#define DNSSEC_CHAIN_H

#include "dnssec/anchor.h"
#include "dnssec/key.h"
#include "dnssec/verify.h"

enum {
    DNSSEC_DS_MAX = 8, /* DS records of a zone that keys are looked for by, of those that can be used */
    DNSSEC_DS_MISMATCHES = 4, /* digests of keys with the right tag that may be wrong */
};

/* The fields of a DS record, RFC 4034 §5.1: a view into its rdata. */
struct dnssec_ds {
    uint16_t key_tag;
    uint8_t algorithm, digest_type;
    const uint8_t *digest;
    size_t digest_length;
};

/* False when there are fewer than 4 octets and one of digest. */
bool dnssec_ds_read(const uint8_t *rdata, size_t length, struct dnssec_ds *ds);

/* `key` of `zone` has that digest, RFC 4034 §5.1.4. False as well for unknown types and wrong lengths. Costs
   a hash; takes nothing from the budget. */
bool dnssec_ds_matches(struct dnssec_workspace *workspace, struct dns_name zone, const struct dnssec_ds *ds,
                       const struct dnssec_key *key);

/* What the (verified) DS records say of the zone before any key was asked for: DNSSEC_SECURE when one of them
   can be used, else DNSSEC_INSECURE with the reason in *fault (RFC 4035 §5.2, RFC 6840 §5.2): then nobody
   need ask for DNSKEY records. DS records that cannot be read count as not usable; one with a digest of the
   wrong length is usable and matches nothing. `count` 0 is a caller's mistake and INSECURE. */
enum dnssec_status dnssec_ds_usable(const struct dnssec_policy *policy, struct dns_name zone,
                                    const struct dnssec_rdata *ds, unsigned count,
                                    struct dnssec_fault *fault);

/* The DS records by which the zone's keys are looked for, out of `count` verified ones: the first that can be used,
   without SHA-1 where any other digest can (RFC 4509 §3). Returns how many; 0: none can be used, and
   dnssec_ds_usable() says why. */
unsigned dnssec_ds_choose(const struct dnssec_policy *policy, const struct dnssec_rdata *ds, unsigned count,
                          struct dnssec_rdata chosen[DNSSEC_DS_MAX]);

/* Authenticates the DNSKEY RRset of `zone` by those of its verified DS records. On DNSSEC_SECURE
   `keys` has all keys of the RRset (RFC 4035 §5.3.1), pointing into dnskey's rdata and to `zone`; on anything
   else none. signature->status and the returned one are the same. */
enum dnssec_status dnssec_keys_by_ds(struct dnssec_context *context, struct dns_name zone,
                                     const struct dnssec_rdata *ds, unsigned ds_count,
                                     const struct dnssec_rrset *dnskey, struct dnssec_keys *keys,
                                     struct dnssec_signature *signature);

/* The same by trust anchors: those of `count` that are for `zone` are used, keys and digests alike. INSECURE
   where all of them are of algorithms or digests that the policy does not do. An anchor that is revoked in
   the RRset (RFC 5011 §2.1) does not vouch for it. */
enum dnssec_status dnssec_keys_by_anchors(struct dnssec_context *context, struct dns_name zone,
                                          const struct dnssec_anchor *anchors, unsigned count,
                                          const struct dnssec_rrset *dnskey, struct dnssec_keys *keys,
                                          struct dnssec_signature *signature);

#endif
