#include "dnssec/chain.h"

#include <openssl/crypto.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"
#include "dnssec/crypto.h"

bool dnssec_ds_read(const uint8_t *rdata, size_t length, struct dnssec_ds *ds)
{
    if (length <= 4)
        return false;
    *ds = (struct dnssec_ds){
        .key_tag = get16(rdata),
        .algorithm = rdata[2],
        .digest_type = rdata[3],
        .digest = rdata + 4,
        .digest_length = length - 4,
    };
    return true;
}

bool dnssec_ds_matches(struct dnssec_workspace *workspace, struct dns_name zone, const struct dnssec_ds *ds,
                       const struct dnssec_key *key)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    struct dns_name_buffer owner;
    const EVP_MD *type = crypto_ds_digest(workspace, ds->digest_type);
    if (type == NULL || ds->digest_length != crypto_ds_digest_length(ds->digest_type))
        return false;
    dns_name_copy_lower(&owner, zone);
    struct dnssec_rdata pieces[] = {{owner.wire, owner.length}, {key->rdata, key->length}};
    return crypto_digest(workspace, type, pieces, 2, digest) == ds->digest_length &&
           memcmp(digest, ds->digest, ds->digest_length) == 0;
}

/* A digest of the wrong length is one that matches nothing, not one that nobody knows. */
static bool usable(const struct dnssec_policy *policy, const struct dnssec_ds *ds)
{
    return dnssec_policy_has_algorithm(policy, ds->algorithm) &&
           dnssec_policy_has_digest(policy, ds->digest_type);
}

/* Why DS records cannot be used: the digest, where any is of an algorithm that we do. */
static void blame_unusable(const struct dnssec_policy *policy, struct dns_name zone,
                           const struct dnssec_ds *ds, struct dnssec_fault *fault)
{
    bool known = dnssec_policy_has_algorithm(policy, ds->algorithm);
    if (fault->reason == DNSSEC_DIGEST_UNSUPPORTED)
        return;
    dnssec_fault_set(fault, known ? DNSSEC_DIGEST_UNSUPPORTED : DNSSEC_ALGORITHM_UNSUPPORTED, zone, zone,
                     DNS_TYPE_DS);
    fault->has_key = true;
    fault->key_tag = ds->key_tag;
    fault->algorithm = ds->algorithm;
    fault->digest = ds->digest_type;
}

enum dnssec_status dnssec_ds_usable(const struct dnssec_policy *policy, struct dns_name zone,
                                    const struct dnssec_rdata *ds, unsigned count, struct dnssec_fault *fault)
{
    struct dnssec_ds read;
    dnssec_fault_set(fault, DNSSEC_REASON_NONE, zone, zone, DNS_TYPE_DS);
    for (unsigned i = 0; i < count; i++) {
        if (!dnssec_ds_read(ds[i].octets, ds[i].length, &read))
            continue;
        if (usable(policy, &read)) {
            fault->reason = DNSSEC_REASON_NONE;
            return DNSSEC_SECURE;
        }
        blame_unusable(policy, zone, &read, fault);
    }
    if (fault->reason == DNSSEC_REASON_NONE)
        fault->reason = DNSSEC_DIGEST_UNSUPPORTED;
    return DNSSEC_INSECURE;
}

/* Which keys of a DNSKEY RRset are vouched for, on the way from DS records or anchors. */
struct match {
    struct dnssec_context *context;
    struct dns_name zone;
    const struct dnssec_keys *all;
    struct dnssec_keys trusted;
    unsigned mismatches_left;
    bool exhausted;
    struct dnssec_fault fault;
};

static void match_blame(struct match *match, enum dnssec_reason reason, const struct dnssec_ds *ds)
{
    if (match->fault.reason >= reason)
        return;
    dnssec_fault_set(&match->fault, reason, match->zone, match->zone, DNS_TYPE_DNSKEY);
    match->fault.has_key = true;
    match->fault.key_tag = ds->key_tag;
    match->fault.algorithm = ds->algorithm;
    match->fault.digest = ds->digest_type;
}

static void trust(struct match *match, const struct dnssec_key *key)
{
    struct dnssec_keys *trusted = &match->trusted;
    for (unsigned i = 0; i < trusted->count; i++)
        if (trusted->key[i].rdata == key->rdata)
            return;
    trusted->key[trusted->count++] = *key;
}

/* RFC 4035 §5.2: tag, algorithm and digest, and a zone key. Digests are paid for, wrong ones are few. */
static void match_ds(struct match *match, const struct dnssec_ds *ds)
{
    match_blame(match, DNSSEC_DS_WITHOUT_KEY, ds);
    for (unsigned i = 0; i < match->all->count && match->mismatches_left > 0; i++) {
        const struct dnssec_key *key = &match->all->key[i];
        if (key->tag != ds->key_tag || key->algorithm != ds->algorithm || !dnssec_key_signs(key))
            continue;
        if (!dnssec_budget_cost(match->context->budget, 1u + key->length / DNSSEC_COST_OCTETS)) {
            match->exhausted = true;
            match_blame(match, DNSSEC_BUDGET_COST, ds);
            return;
        }
        if (dnssec_ds_matches(match->context->workspace, match->zone, ds, key)) {
            trust(match, key);
            return;
        }
        match->mismatches_left--;
        match_blame(match, DNSSEC_DS_MISMATCH, ds);
    }
}

/* The keys that were vouched for must have signed the RRset; then all of it is trusted. */
static enum dnssec_status finish(struct match *match, const struct dnssec_rrset *dnskey,
                                 struct dnssec_keys *keys, struct dnssec_signature *signature)
{
    enum dnssec_status status = match->exhausted ? DNSSEC_EXHAUSTED : DNSSEC_BOGUS;
    *signature = (struct dnssec_signature){.status = status};
    if (match->trusted.count == 0) {
        signature->fault = match->fault;
        keys->count = 0;
        return status;
    }
    match->trusted.zone = match->zone;
    status = dnssec_verify(match->context, dnskey, &match->trusted, signature);
    if (status != DNSSEC_SECURE)
        keys->count = 0;
    return status;
}

/* An RRset that is not the zone's DNSKEY RRset has no keys in it. */
static void match_start(struct match *match, struct dnssec_context *context, struct dns_name zone,
                        const struct dnssec_rrset *dnskey, struct dnssec_keys *keys)
{
    bool fits = dnskey->type == DNS_TYPE_DNSKEY && dns_name_equal(dnskey->owner, zone);
    dnssec_keys_read(keys, zone, dnskey->rdata, fits ? dnskey->count : 0);
    match->context = context;
    match->zone = zone;
    match->all = keys;
    match->trusted.count = 0;
    match->mismatches_left = DNSSEC_DS_MISMATCHES;
    match->exhausted = false;
    match->fault.reason = DNSSEC_REASON_NONE;
}

/* RFC 4509 §3: does any count but those with SHA-1, which do not count then? */
static bool has_better_than_sha1(const struct dnssec_policy *policy, const struct dnssec_rdata *ds,
                                 unsigned count)
{
    struct dnssec_ds read;
    for (unsigned i = 0; i < count; i++)
        if (dnssec_ds_read(ds[i].octets, ds[i].length, &read) && usable(policy, &read) &&
            read.digest_type != DNSSEC_DIGEST_SHA1)
            return true;
    return false;
}

unsigned dnssec_ds_choose(const struct dnssec_policy *policy, const struct dnssec_rdata *ds, unsigned count,
                          struct dnssec_rdata chosen[DNSSEC_DS_MAX])
{
    struct dnssec_ds read;
    unsigned kept = 0;
    bool better = has_better_than_sha1(policy, ds, count);
    for (unsigned i = 0; i < count && kept < DNSSEC_DS_MAX; i++)
        if (dnssec_ds_read(ds[i].octets, ds[i].length, &read) && usable(policy, &read) &&
            !(better && read.digest_type == DNSSEC_DIGEST_SHA1))
            chosen[kept++] = ds[i];
    return kept;
}

enum dnssec_status dnssec_keys_by_ds(struct dnssec_context *context, struct dns_name zone,
                                     const struct dnssec_rdata *ds, unsigned ds_count,
                                     const struct dnssec_rrset *dnskey, struct dnssec_keys *keys,
                                     struct dnssec_signature *signature)
{
    struct dnssec_rdata chosen[DNSSEC_DS_MAX];
    struct dnssec_ds read;
    struct match match;
    unsigned count = dnssec_ds_choose(context->policy, ds, ds_count, chosen);
    match_start(&match, context, zone, dnskey, keys);
    if (count == 0) {
        *signature = (struct dnssec_signature){.status = DNSSEC_INSECURE};
        keys->count = 0;
        return dnssec_ds_usable(context->policy, zone, ds, ds_count, &signature->fault);
    }
    for (unsigned i = 0; i < count; i++)
        if (dnssec_ds_read(chosen[i].octets, chosen[i].length, &read))
            match_ds(&match, &read);
    return finish(&match, dnskey, keys, signature);
}

/* A trust anchor's key in the RRset, octet for octet: not when it is revoked, its flags are others then. */
static void match_anchor_key(struct match *match, const struct dnssec_anchor *anchor)
{
    for (unsigned i = 0; i < match->all->count; i++) {
        const struct dnssec_key *key = &match->all->key[i];
        if (key->length == anchor->length && memcmp(key->rdata, anchor->octets, key->length) == 0 &&
            dnssec_key_signs(key))
            trust(match, key);
    }
}

static struct dnssec_ds anchor_ds(const struct dnssec_anchor *anchor)
{
    return (struct dnssec_ds){anchor->key_tag, anchor->algorithm, anchor->digest_type, anchor->octets,
                              anchor->length};
}

enum dnssec_status dnssec_keys_by_anchors(struct dnssec_context *context, struct dns_name zone,
                                          const struct dnssec_anchor *anchors, unsigned count,
                                          const struct dnssec_rrset *dnskey, struct dnssec_keys *keys,
                                          struct dnssec_signature *signature)
{
    struct match match;
    bool any = false;
    match_start(&match, context, zone, dnskey, keys);
    for (unsigned i = 0; i < count; i++) {
        const struct dnssec_anchor *anchor = &anchors[i];
        struct dnssec_ds ds = anchor_ds(anchor);
        if (!dns_name_equal(dns_name_view(&anchor->zone), zone))
            continue;
        bool is_key = anchor->kind == DNSSEC_ANCHOR_KEY;
        if (is_key ? !dnssec_policy_has_algorithm(context->policy, ds.algorithm)
                   : !usable(context->policy, &ds)) {
            if (!any)
                blame_unusable(context->policy, zone, &ds, &match.fault);
            continue;
        }
        any = true;
        if (anchor->kind == DNSSEC_ANCHOR_KEY)
            match_anchor_key(&match, anchor);
        else
            match_ds(&match, &ds);
    }
    if (!any) {
        *signature = (struct dnssec_signature){.status = DNSSEC_INSECURE, .fault = match.fault};
        keys->count = 0;
        return DNSSEC_INSECURE;
    }
    if (match.trusted.count == 0 && !match.exhausted)
        dnssec_fault_set(&match.fault, DNSSEC_ANCHOR_WITHOUT_KEY, zone, zone, DNS_TYPE_DNSKEY);
    return finish(&match, dnskey, keys, signature);
}
