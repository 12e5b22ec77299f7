/*
 * DNSKEY records (RFC 4034 §2) and what can be read off them: flags, algorithm, key tag, what a check by one
 * costs. A struct dnssec_keys is a zone's trusted keys, ready to check signatures: views into DNSKEY rdata
 * that somebody else keeps. Only dnssec/chain.h makes trusted ones of what came in a message.
 *
 *      struct dnssec_key key;
 *      if (dnssec_key_read(rdata.octets, rdata.length, &key))
 *          printf("key %u of algorithm %u\n", key.tag, key.algorithm);
 */
#ifndef DNSSEC_KEY_H
#define DNSSEC_KEY_H

#include "dnssec/policy.h"
#include "dnssec/rrset.h"

enum {
    DNSSEC_KEY_ZONE = 0x0100,   /* RFC 4034 §2.1.1 */
    DNSSEC_KEY_REVOKE = 0x0080, /* RFC 5011 §7 */
    DNSSEC_KEY_SEP = 0x0001,    /* RFC 3757; a hint for people and for RFC 5011, nothing else */
    DNSSEC_KEY_PROTOCOL = 3,
    DNSSEC_KEYS_MAX = 64, /* keys of a zone that are looked at, the first ones of the RRset */
};

struct dnssec_key {
    const uint8_t *rdata; /* the whole DNSKEY rdata */
    uint16_t length;
    uint16_t flags, tag;
    uint8_t protocol, algorithm;
};

struct dnssec_keys {
    struct dns_name zone;
    unsigned count;
    struct dnssec_key key[DNSSEC_KEYS_MAX];
};

/* Reads the fields. False when there are fewer than 4 octets and one of key. The key itself is not looked at.
   */
bool dnssec_key_read(const uint8_t *rdata, size_t length, struct dnssec_key *key);

/* RFC 4034 appendix B; algorithm 1, whose tag is another, is not distinguished: it is never used. */
uint16_t dnssec_key_tag(const uint8_t *rdata, size_t length);

/* All keys of an RRset that can be read, up to DNSSEC_KEYS_MAX; whether they are trusted is the caller's
   knowledge (a RRset that dnssec/chain.h has found secure, read again from a cache). */
void dnssec_keys_read(struct dnssec_keys *keys, struct dns_name zone, const struct dnssec_rdata *rdata,
                      unsigned count);

/* May sign its zone's data: the ZONE flag, protocol 3, not revoked. */
bool dnssec_key_signs(const struct dnssec_key *key);

/* Cost units of one check by the key of so many octets of data. Malformed keys cost 1. */
unsigned dnssec_key_cost(const struct dnssec_key *key, size_t octets);

/* The key can be loaded under the policy: known and enabled algorithm, well formed, not too large. Costs
   about what a check does; for anchors and tests, the others find out when they use it. */
bool dnssec_key_usable(const struct dnssec_policy *policy, const struct dnssec_key *key);

#endif
