#include "dnssec/anchor.h"

#include <string.h>

#include "dns/octets.h"
#include "dnssec/base.h"
#include "dnssec/chain.h"
#include "dnssec/crypto.h"

enum { KEY_FIELD = 4 };

const char *dnssec_anchor_error_text(enum dnssec_anchor_error error)
{
    switch (error) {
    case DNSSEC_ANCHOR_OK:
        return "nothing is wrong";
    case DNSSEC_ANCHOR_NUMBER:
        return "a number of the trust anchor is out of range";
    case DNSSEC_ANCHOR_HEX:
        return "the digest is not hexadecimal; copy it again from the zone's DS record";
    case DNSSEC_ANCHOR_BASE64:
        return "the key is not base64; copy it again from the zone's DNSKEY record";
    case DNSSEC_ANCHOR_DIGEST_TYPE:
        return "the digest type is unknown; use 2 (SHA-256) or 4 (SHA-384)";
    case DNSSEC_ANCHOR_DIGEST_LENGTH:
        return "the digest has not the length of its type: 64 hexadecimal digits for type 2, 96 for 4, 40 "
               "for 1";
    case DNSSEC_ANCHOR_ALGORITHM:
        return "the algorithm is unknown; 8, 10, 13, 14, 15 and 16 are supported, 5 and 7 where enabled";
    case DNSSEC_ANCHOR_PROTOCOL:
        return "the protocol of a DNSKEY record is always 3";
    case DNSSEC_ANCHOR_NOT_ZONE:
        return "the flags say that this is no zone key; they should be 257";
    case DNSSEC_ANCHOR_REVOKED:
        return "the flags say that the key is revoked; take the key that follows it";
    case DNSSEC_ANCHOR_KEY_MALFORMED:
        return "this is not a key of its algorithm; copy it again from the zone's DNSKEY record";
    case DNSSEC_ANCHOR_TOO_LONG:
        return "the key is too long";
    case DNSSEC_ANCHOR_DISAGREE:
        return "two trust anchors of one key tag differ: one of them is wrong; remove it";
    case DNSSEC_ANCHOR_MIXED:
        return "a zone has static and initial trust anchors; make all of them static or all initial";
    case DNSSEC_ANCHOR_DUPLICATE:
        return "the trust anchor is there twice; remove one";
    }
    return "unknown error";
}

static bool algorithm_known(uint32_t algorithm)
{
    struct dnssec_policy policy = dnssec_policy_default();
    return algorithm < 256 && dnssec_policy_enable_algorithm(&policy, (uint8_t)algorithm, true);
}

enum dnssec_anchor_error dnssec_anchor_read_ds(struct dns_name zone, uint32_t key_tag, uint32_t algorithm,
                                               uint32_t digest_type, const char *digest, bool initial,
                                               struct dnssec_anchor *anchor)
{
    size_t length;
    if (key_tag > UINT16_MAX || algorithm > UINT8_MAX || digest_type > UINT8_MAX)
        return DNSSEC_ANCHOR_NUMBER;
    if (!algorithm_known(algorithm))
        return DNSSEC_ANCHOR_ALGORITHM;
    if (crypto_ds_digest_length((uint8_t)digest_type) == 0)
        return DNSSEC_ANCHOR_DIGEST_TYPE;
    if (strlen(digest) > DNSSEC_ANCHOR_OCTETS)
        return DNSSEC_ANCHOR_TOO_LONG;
    if (!base16_decode(digest, anchor->octets, DNSSEC_ANCHOR_OCTETS, &length))
        return DNSSEC_ANCHOR_HEX;
    if (length != crypto_ds_digest_length((uint8_t)digest_type))
        return DNSSEC_ANCHOR_DIGEST_LENGTH;
    dns_name_copy_lower(&anchor->zone, zone);
    anchor->kind = DNSSEC_ANCHOR_DS;
    anchor->initial = initial;
    anchor->key_tag = (uint16_t)key_tag;
    anchor->algorithm = (uint8_t)algorithm;
    anchor->digest_type = (uint8_t)digest_type;
    anchor->length = (uint16_t)length;
    return DNSSEC_ANCHOR_OK;
}

/* What is wrong with the DNSKEY rdata in an anchor. */
static enum dnssec_anchor_error check_key(const struct dnssec_key *key)
{
    struct dnssec_policy policy = dnssec_policy_default();
    if (key->protocol != DNSSEC_KEY_PROTOCOL)
        return DNSSEC_ANCHOR_PROTOCOL;
    if ((key->flags & DNSSEC_KEY_ZONE) == 0)
        return DNSSEC_ANCHOR_NOT_ZONE;
    if ((key->flags & DNSSEC_KEY_REVOKE) != 0)
        return DNSSEC_ANCHOR_REVOKED;
    if (!dnssec_policy_enable_algorithm(&policy, key->algorithm, true))
        return DNSSEC_ANCHOR_ALGORITHM;
    return dnssec_key_usable(&policy, key) ? DNSSEC_ANCHOR_OK : DNSSEC_ANCHOR_KEY_MALFORMED;
}

/* The rdata is in anchor->octets already. */
static enum dnssec_anchor_error finish_key(struct dns_name zone, size_t length, bool initial,
                                           struct dnssec_anchor *anchor)
{
    struct dnssec_key key;
    if (!dnssec_key_read(anchor->octets, length, &key))
        return DNSSEC_ANCHOR_KEY_MALFORMED;
    enum dnssec_anchor_error error = check_key(&key);
    if (error != DNSSEC_ANCHOR_OK)
        return error;
    dns_name_copy_lower(&anchor->zone, zone);
    anchor->kind = DNSSEC_ANCHOR_KEY;
    anchor->initial = initial;
    anchor->key_tag = key.tag;
    anchor->algorithm = key.algorithm;
    anchor->digest_type = 0;
    anchor->length = (uint16_t)length;
    return DNSSEC_ANCHOR_OK;
}

enum dnssec_anchor_error dnssec_anchor_read_key(struct dns_name zone, uint32_t flags, uint32_t protocol,
                                                uint32_t algorithm, const char *key, bool initial,
                                                struct dnssec_anchor *anchor)
{
    size_t length;
    if (flags > UINT16_MAX || protocol > UINT8_MAX || algorithm > UINT8_MAX)
        return DNSSEC_ANCHOR_NUMBER;
    if (strlen(key) > 2 * DNSSEC_ANCHOR_OCTETS)
        return DNSSEC_ANCHOR_TOO_LONG;
    if (!base64_decode(key, anchor->octets + KEY_FIELD, DNSSEC_ANCHOR_OCTETS - KEY_FIELD, &length))
        return DNSSEC_ANCHOR_BASE64;
    put16(anchor->octets, flags);
    anchor->octets[2] = (uint8_t)protocol;
    anchor->octets[3] = (uint8_t)algorithm;
    return finish_key(zone, KEY_FIELD + length, initial, anchor);
}

enum dnssec_anchor_error dnssec_anchor_from_key(struct dns_name zone, const uint8_t *rdata, size_t length,
                                                bool initial, struct dnssec_anchor *anchor)
{
    if (length > DNSSEC_ANCHOR_OCTETS)
        return DNSSEC_ANCHOR_TOO_LONG;
    if (length > 0)
        memcpy(anchor->octets, rdata, length);
    return finish_key(zone, length, initial, anchor);
}

bool dnssec_anchor_usable(const struct dnssec_policy *policy, const struct dnssec_anchor *anchor)
{
    return dnssec_policy_has_algorithm(policy, anchor->algorithm) &&
           (anchor->kind == DNSSEC_ANCHOR_KEY || dnssec_policy_has_digest(policy, anchor->digest_type));
}

static bool ds_is_of_key(struct dnssec_workspace *workspace, const struct dnssec_anchor *ds,
                         const struct dnssec_anchor *key)
{
    struct dnssec_key read;
    struct dnssec_ds fields = {ds->key_tag, ds->algorithm, ds->digest_type, ds->octets, ds->length};
    return dnssec_key_read(key->octets, key->length, &read) &&
           dnssec_ds_matches(workspace, dns_name_view(&ds->zone), &fields, &read);
}

static enum dnssec_anchor_error compare(struct dnssec_workspace *workspace, const struct dnssec_anchor *a,
                                        const struct dnssec_anchor *b)
{
    if (!dns_name_equal(dns_name_view(&a->zone), dns_name_view(&b->zone)))
        return DNSSEC_ANCHOR_OK;
    if (a->initial != b->initial)
        return DNSSEC_ANCHOR_MIXED;
    if (a->key_tag != b->key_tag || a->algorithm != b->algorithm)
        return DNSSEC_ANCHOR_OK;
    if (a->kind != b->kind) {
        bool a_is_ds = a->kind == DNSSEC_ANCHOR_DS;
        return ds_is_of_key(workspace, a_is_ds ? a : b, a_is_ds ? b : a) ? DNSSEC_ANCHOR_OK
                                                                         : DNSSEC_ANCHOR_DISAGREE;
    }
    if (a->digest_type != b->digest_type)
        return DNSSEC_ANCHOR_OK;
    bool same = a->length == b->length && memcmp(a->octets, b->octets, a->length) == 0;
    return same ? DNSSEC_ANCHOR_DUPLICATE : DNSSEC_ANCHOR_DISAGREE;
}

enum dnssec_anchor_error dnssec_anchors_check(struct dnssec_workspace *workspace,
                                              const struct dnssec_anchor *anchors, unsigned count,
                                              unsigned *first, unsigned *second)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = i + 1; j < count; j++) {
            enum dnssec_anchor_error error = compare(workspace, &anchors[i], &anchors[j]);
            if (error != DNSSEC_ANCHOR_OK) {
                *first = i;
                *second = j;
                return error;
            }
        }
    }
    return DNSSEC_ANCHOR_OK;
}
