/*
 * Trust anchors: keys that are believed without a parent (RFC 4033 §2, RFC 9718). An anchor owns its octets
 * and may be copied. The root's are compiled in; others come from named.conf's trust-anchors, word by word,
 * and everything that can be wrong with one has an error value, so that the daemon does not start
 * half-trusting.
 *
 *      struct dnssec_anchor anchors[8];
 *      unsigned count = dnssec_root_anchors(anchors);
 *      error = dnssec_anchor_read_key(zone, 257, 3, 8, "AwEAAa...", true, &anchors[count]);
 *      if (error == DNSSEC_ANCHOR_OK) error = dnssec_anchors_check(anchors, count + 1, &first, &second);
 *      if (error != DNSSEC_ANCHOR_OK) puts(dnssec_anchor_error_text(error));
 */
#ifndef DNSSEC_ANCHOR_H
#define DNSSEC_ANCHOR_H

#include "dnssec/policy.h"
#include "dnssec/rrset.h"

enum { DNSSEC_ANCHOR_OCTETS = 1024, DNSSEC_ROOT_ANCHORS = 2 };

enum dnssec_anchor_kind { DNSSEC_ANCHOR_DS, DNSSEC_ANCHOR_KEY };

struct dnssec_anchor {
    struct dns_name_buffer zone;
    enum dnssec_anchor_kind kind;
    bool initial; /* initial-ds, initial-key: where RFC 5011 begins; else static */
    uint16_t key_tag;
    uint8_t algorithm;
    uint8_t digest_type; /* of a DS */
    uint16_t length;
    uint8_t octets[DNSSEC_ANCHOR_OCTETS]; /* digest, or the whole DNSKEY rdata */
};

enum dnssec_anchor_error {
    DNSSEC_ANCHOR_OK = 0,
    DNSSEC_ANCHOR_NUMBER,        /* tag, algorithm, digest type, flags or protocol out of range */
    DNSSEC_ANCHOR_HEX,           /* the digest is no hexadecimal text */
    DNSSEC_ANCHOR_BASE64,        /* the key is no base64 text */
    DNSSEC_ANCHOR_DIGEST_TYPE,   /* not 1, 2 or 4 */
    DNSSEC_ANCHOR_DIGEST_LENGTH, /* not what the digest type has */
    DNSSEC_ANCHOR_ALGORITHM,     /* not one that is computed here */
    DNSSEC_ANCHOR_PROTOCOL,      /* not 3 */
    DNSSEC_ANCHOR_NOT_ZONE,      /* flags without 256 */
    DNSSEC_ANCHOR_REVOKED,       /* flags with 128 */
    DNSSEC_ANCHOR_KEY_MALFORMED, /* not a key of its algorithm, or a too large one */
    DNSSEC_ANCHOR_TOO_LONG,
    DNSSEC_ANCHOR_DISAGREE,  /* two anchors of one zone cannot both be right: same tag, other key or digest */
    DNSSEC_ANCHOR_MIXED,     /* a zone has static and initial anchors */
    DNSSEC_ANCHOR_DUPLICATE, /* the same one twice */
};

/* One English clause, with the remedy where there is one. */
const char *dnssec_anchor_error_text(enum dnssec_anchor_error error);

/* static-ds and initial-ds: four fields as in named.conf, the digest in hexadecimal with blanks allowed.
   Whether the policy uses the algorithm and the digest is looked at when it is used, not here. */
enum dnssec_anchor_error dnssec_anchor_read_ds(struct dns_name zone, uint32_t key_tag, uint32_t algorithm,
                                               uint32_t digest_type, const char *digest, bool initial,
                                               struct dnssec_anchor *anchor);

/* static-key and initial-key: the key in base64 with blanks allowed. */
enum dnssec_anchor_error dnssec_anchor_read_key(struct dns_name zone, uint32_t flags, uint32_t protocol,
                                                uint32_t algorithm, const char *key, bool initial,
                                                struct dnssec_anchor *anchor);

/* The same from DNSKEY rdata. */
enum dnssec_anchor_error dnssec_anchor_from_key(struct dns_name zone, const uint8_t *rdata, size_t length,
                                                bool initial, struct dnssec_anchor *anchor);

/* The policy does the anchor's algorithm and, for a DS, its digest. A zone none of whose anchors is usable is
   insecure for dnssec_keys_by_anchors(): who reads a configuration should refuse that. */
bool dnssec_anchor_usable(const struct dnssec_policy *policy, const struct dnssec_anchor *anchor);

/* Whether anchors fit together. On an error *first and *second are the two that do not. A DS and a key of the
   same tag and algorithm must be of one key: `workspace` hashes it. */
enum dnssec_anchor_error dnssec_anchors_check(struct dnssec_workspace *workspace,
                                              const struct dnssec_anchor *anchors, unsigned count,
                                              unsigned *first, unsigned *second);

/* The root's key signing keys 20326 (of 2017) and 38696 (of 2024), initial. Returns DNSSEC_ROOT_ANCHORS. */
unsigned dnssec_root_anchors(struct dnssec_anchor anchors[DNSSEC_ROOT_ANCHORS]);

#endif
