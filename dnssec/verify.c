#include "dnssec/verify.h"

#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"
#include "dnssec/crypto.h"

enum {
    RRSIG_FIXED = 18,
    ACCEPTED_EXPIRED =
        120, /* seconds that a signature out of its time is good for, where the policy allows it */
};

bool dnssec_rrsig_read(const uint8_t *rdata, size_t length, struct dnssec_rrsig *rrsig)
{
    if (length < RRSIG_FIXED ||
        dns_name_from_wire(rdata + RRSIG_FIXED, length - RRSIG_FIXED, &rrsig->signer) != DNS_OK)
        return false;
    size_t at = RRSIG_FIXED + (size_t)rrsig->signer.length;
    rrsig->covered = get16(rdata);
    rrsig->algorithm = rdata[2];
    rrsig->labels = rdata[3];
    rrsig->original_ttl = get32(rdata + 4);
    rrsig->expiration = get32(rdata + 8);
    rrsig->inception = get32(rdata + 12);
    rrsig->key_tag = get16(rdata + 16);
    rrsig->rdata = rdata;
    rrsig->signature = rdata + at;
    rrsig->signature_length = length - at;
    return rrsig->signature_length > 0;
}

/* What is being verified. */
struct work {
    struct dnssec_context *context;
    const struct dnssec_rrset *rrset;
    const struct dnssec_keys *keys;
    struct dnssec_signature *result;
    bool canonical;        /* the workspace holds the RRset's canonical form */
    unsigned owner_labels; /* without a leading "*", as RRSIG counts them (RFC 4034 §3.1.3) */
    bool revocation;       /* a revoked key may speak, about itself */
};

static struct work work_start(struct dnssec_context *context, const struct dnssec_rrset *rrset,
                              const struct dnssec_keys *keys, struct dnssec_signature *result)
{
    struct dns_name owner = rrset->owner;
    bool asterisk = owner.length > 2 && owner.wire[0] == 1 && owner.wire[1] == '*';
    return (struct work){
        .context = context,
        .rrset = rrset,
        .keys = keys,
        .result = result,
        .owner_labels = dns_name_labels(owner) - asterisk,
    };
}

/* Remembers what is wrong unless something that got further is known. */
static void blame(struct work *work, enum dnssec_reason reason, const struct dnssec_rrsig *rrsig)
{
    struct dnssec_fault *fault = &work->result->fault;
    if (fault->reason >= reason)
        return;
    dnssec_fault_set(fault, reason, work->keys->zone, work->rrset->owner, work->rrset->type);
    if (rrsig == NULL)
        return;
    fault->has_key = true;
    fault->key_tag = rrsig->key_tag;
    fault->algorithm = rrsig->algorithm;
    fault->time = reason == DNSSEC_NOT_YET_VALID ? rrsig->inception : rrsig->expiration;
}

/* RFC 4035 §5.3.1: the zone that contains the RRset. A DS record is the parent's, keys and SOA are at the
   apex. */
static bool signer_fits(const struct work *work, const struct dnssec_rrsig *rrsig)
{
    struct dns_name owner = work->rrset->owner, zone = work->keys->zone;
    if (!dns_name_equal(rrsig->signer, zone) || !dns_name_within(owner, zone))
        return false;
    bool apex = owner.length == zone.length;
    switch (work->rrset->type) {
    case DNS_TYPE_DS:
        return !apex;
    case DNS_TYPE_DNSKEY:
    case DNS_TYPE_SOA:
        return apex;
    default:
        return true;
    }
}

/* RRsets that only ever stand at the name they are for. */
static bool expandable(uint16_t type)
{
    return type != DNS_TYPE_DNSKEY && type != DNS_TYPE_SOA && type != DNS_TYPE_DS && type != DNS_TYPE_NSEC3;
}

/* RFC 4035 §5.3.3 with a tenth of the lifetime, but within the policy's bounds, for clocks that differ. */
static enum dnssec_reason time_fault(const struct work *work, const struct dnssec_rrsig *rrsig)
{
    const struct dnssec_policy *policy = work->context->policy;
    uint32_t now = (uint32_t)work->context->now;
    int32_t life = (int32_t)(rrsig->expiration - rrsig->inception);
    if (life < 0)
        return DNSSEC_TIME_REVERSED;
    uint32_t skew = (uint32_t)life / 10;
    skew = skew < policy->skew_min ? policy->skew_min : skew > policy->skew_max ? policy->skew_max : skew;
    enum dnssec_reason reason = DNSSEC_REASON_NONE;
    if ((int32_t)(now - rrsig->expiration) > (int32_t)skew && !policy->accept_expired)
        reason = DNSSEC_EXPIRED;
    if ((int32_t)(rrsig->inception - now) > (int32_t)skew)
        reason = DNSSEC_NOT_YET_VALID;
    if (reason != DNSSEC_REASON_NONE && dnssec_policy_clock_wrong(policy, work->context->now))
        return DNSSEC_CLOCK_WRONG;
    return reason;
}

/* All of RFC 4035 §5.3.1 but the key. */
static enum dnssec_reason rrsig_fault(const struct work *work, const struct dnssec_rrsig *rrsig)
{
    if (rrsig->covered != work->rrset->type)
        return DNSSEC_RRSIG_MALFORMED;
    if (!dnssec_policy_has_algorithm(work->context->policy, rrsig->algorithm))
        return DNSSEC_RRSIG_UNSUPPORTED;
    if (!signer_fits(work, rrsig))
        return DNSSEC_SIGNER_WRONG;
    if (rrsig->labels > work->owner_labels || rrsig->labels < dns_name_labels(rrsig->signer))
        return DNSSEC_LABELS_WRONG;
    if (rrsig->labels < work->owner_labels && !expandable(work->rrset->type))
        return DNSSEC_WILDCARD_WRONG;
    return time_fault(work, rrsig);
}

/* The owner that was signed: a wildcard's where there are fewer labels, RFC 4035 §5.3.2. Returns its octets.
   */
static size_t put_signed_owner(const struct work *work, unsigned labels, uint8_t to[DNS_NAME_MAX + 2])
{
    struct dns_name owner = dns_name_view(&work->context->workspace->canonical.owner);
    size_t star = 0;
    if (labels < work->owner_labels) {
        owner = dns_name_suffix(owner, labels);
        memcpy(to, "\1*", 2);
        star = 2;
    }
    memcpy(to + star, owner.wire, owner.length);
    return star + owner.length;
}

/* RFC 4034 §3.1.8.1. The workspace's buffer holds the largest RRset that has a canonical form. */
static size_t put_signed_data(const struct work *work, const struct dnssec_rrsig *rrsig)
{
    struct dnssec_workspace *workspace = work->context->workspace;
    const struct dnssec_canonical *canonical = &workspace->canonical;
    uint8_t owner[DNS_NAME_MAX + 2], *to = workspace->data;
    struct dns_name_buffer signer;
    size_t owner_length = put_signed_owner(work, rrsig->labels, owner);

    dns_name_copy_lower(&signer, rrsig->signer);
    memcpy(to, rrsig->rdata, RRSIG_FIXED);
    memcpy(to + RRSIG_FIXED, signer.wire, signer.length);
    to += RRSIG_FIXED + (size_t)signer.length;
    for (unsigned i = 0; i < canonical->count; i++) {
        const struct dnssec_rdata *rdata = &canonical->rdata[i];
        memcpy(to, owner, owner_length);
        to += owner_length;
        put16(to, canonical->type);
        put16(to + 2, canonical->class);
        put32(to + 4, rrsig->original_ttl);
        put16(to + 8, rdata->length);
        if (rdata->length > 0)
            memcpy(to + 10, rdata->octets, rdata->length);
        to += 10 + (size_t)rdata->length;
    }
    return (size_t)(to - workspace->data);
}

/* Seconds that the signature is still valid; within the skew after that it is used at once or not at all. */
static uint32_t remaining(const struct work *work, const struct dnssec_rrsig *rrsig)
{
    int32_t left = (int32_t)(rrsig->expiration - (uint32_t)work->context->now);
    if (work->context->policy->accept_expired && left < ACCEPTED_EXPIRED)
        return ACCEPTED_EXPIRED;
    return left > 0 ? (uint32_t)left : 0;
}

static void accept(struct work *work, const struct dnssec_rrsig *rrsig)
{
    struct dnssec_signature *result = work->result;
    uint32_t ttl = work->rrset->ttl < rrsig->original_ttl ? work->rrset->ttl : rrsig->original_ttl;
    uint32_t left = remaining(work, rrsig);
    result->status = DNSSEC_SECURE;
    result->fault.reason = DNSSEC_REASON_NONE;
    result->ttl = ttl < left ? ttl : left;
    result->expiration = rrsig->expiration;
    result->key_tag = rrsig->key_tag;
    result->algorithm = rrsig->algorithm;
    result->wildcard = rrsig->labels < work->owner_labels;
    if (result->wildcard) {
        result->closest_encloser = dns_name_suffix(work->rrset->owner, rrsig->labels);
        result->next_closer = dns_name_suffix(work->rrset->owner, rrsig->labels + 1u);
    }
}

/* What a good signature is remembered by: everything that its check depends on. False when it is not to be. */
static bool digest_of(const struct work *work, const struct dnssec_rrsig *rrsig, const struct dnssec_key *key,
                      size_t length, uint8_t digest[CRYPTO_DIGEST_MAX])
{
    struct dnssec_workspace *workspace = work->context->workspace;
    const struct dnssec_policy *policy = work->context->policy;
    uint8_t sizes[8];
    if (length > RECENT_DATA_OCTETS || rrsig->signature_length > UINT16_MAX)
        return false;
    put16(sizes, policy->rsa_bits_min);
    put16(sizes + 2, policy->rsa_bits_max);
    put16(sizes + 4, key->length);
    put16(sizes + 6, (uint16_t)rrsig->signature_length);
    struct dnssec_rdata pieces[] = {{sizes, sizeof sizes},
                                    {key->rdata, key->length},
                                    {rrsig->signature, (uint16_t)rrsig->signature_length},
                                    {workspace->data, (uint16_t)length}};
    return crypto_digest(workspace, workspace->sha256, pieces, 4, digest) == RECENT_DIGEST;
}

/* The arithmetic, on the data in the workspace. */
static enum dnssec_reason calculate(struct work *work, const struct dnssec_rrsig *rrsig,
                                    const struct dnssec_key *key, size_t length)
{
    struct dnssec_context *context = work->context;
    EVP_PKEY *loaded = recent_key(&context->workspace->recent, context->policy, key);
    if (loaded == NULL)
        return DNSSEC_KEY_MALFORMED;
    bool good = crypto_check(context->workspace, key->algorithm, loaded, rrsig->signature,
                             rrsig->signature_length, context->workspace->data, length);
    EVP_PKEY_free(loaded);
    return good ? DNSSEC_REASON_NONE : DNSSEC_SIGNATURE_WRONG;
}

/* Checks by one key, paid for, also where the result is remembered. DNSSEC_REASON_NONE: it is good. */
static enum dnssec_reason check_by_key(struct work *work, const struct dnssec_rrsig *rrsig,
                                       const struct dnssec_key *key)
{
    struct dnssec_context *context = work->context;
    size_t length = put_signed_data(work, rrsig);
    enum dnssec_reason reason = dnssec_budget_check(context->budget, dnssec_key_cost(key, length));
    if (reason != DNSSEC_REASON_NONE)
        return reason;
    struct recent *recent = &context->workspace->recent;
    uint8_t digest[CRYPTO_DIGEST_MAX];
    bool memorable = digest_of(work, rrsig, key, length, digest);
    if (memorable && recent_is_good(recent, digest))
        return DNSSEC_REASON_NONE;
    reason = calculate(work, rrsig, key, length);
    if (reason != DNSSEC_REASON_NONE)
        work->result->wrong++;
    else if (memorable)
        recent_found_good(recent, digest);
    return reason;
}

static bool is_exhaustion(enum dnssec_reason reason)
{
    return reason >= DNSSEC_BUDGET_CHECKS;
}

static bool may_sign(const struct work *work, const struct dnssec_key *key)
{
    struct dnssec_key unrevoked = *key;
    if (work->revocation)
        unrevoked.flags &= (uint16_t)~DNSSEC_KEY_REVOKE;
    return dnssec_key_signs(&unrevoked);
}

/* Tries the keys of the signature's tag and algorithm. True when there is nothing more to be tried at all. */
static bool try_keys(struct work *work, const struct dnssec_rrsig *rrsig)
{
    enum dnssec_reason reason = DNSSEC_KEY_MISSING;
    for (unsigned i = 0; i < work->keys->count; i++) {
        const struct dnssec_key *key = &work->keys->key[i];
        if (key->tag != rrsig->key_tag || key->algorithm != rrsig->algorithm)
            continue;
        if (!may_sign(work, key)) {
            reason = (key->flags & DNSSEC_KEY_REVOKE) != 0 ? DNSSEC_KEY_REVOKED : DNSSEC_KEY_NOT_ZONE;
            blame(work, reason, rrsig);
            continue;
        }
        reason = check_by_key(work, rrsig, key);
        if (reason == DNSSEC_REASON_NONE) {
            accept(work, rrsig);
            return true;
        }
        if (is_exhaustion(reason))
            work->result->status = DNSSEC_EXHAUSTED;
        blame(work, reason, rrsig);
        if (is_exhaustion(reason) || work->result->wrong == DNSSEC_WRONG_MAX)
            return true;
    }
    blame(work, reason, rrsig);
    return false;
}

/* Nothing more is to be tried: not even the canonical form is made. */
static bool is_spent(struct work *work)
{
    enum dnssec_reason reason = dnssec_budget_spent(work->context->budget);
    if (reason == DNSSEC_REASON_NONE)
        return false;
    work->result->status = DNSSEC_EXHAUSTED;
    blame(work, reason, NULL);
    return true;
}

static bool make_canonical(struct work *work)
{
    if (work->canonical)
        return true;
    enum dnssec_reason reason = dnssec_canonical_rrset(work->rrset, &work->context->workspace->canonical);
    if (reason != DNSSEC_REASON_NONE)
        blame(work, reason, NULL);
    work->canonical = reason == DNSSEC_REASON_NONE;
    return work->canonical;
}

static enum dnssec_status verify(struct work *work)
{
    const struct dnssec_rrset *rrset = work->rrset;
    *work->result = (struct dnssec_signature){.status = DNSSEC_BOGUS};
    blame(work, rrset->count == 0 ? DNSSEC_RDATA_MALFORMED : DNSSEC_RRSIG_MISSING, NULL);
    for (unsigned i = 0; i < rrset->rrsig_count && rrset->count > 0; i++) {
        struct dnssec_rrsig rrsig;
        if (!dnssec_rrsig_read(rrset->rrsig[i].octets, rrset->rrsig[i].length, &rrsig)) {
            blame(work, DNSSEC_RRSIG_MALFORMED, NULL);
            continue;
        }
        enum dnssec_reason reason = rrsig_fault(work, &rrsig);
        if (reason != DNSSEC_REASON_NONE) {
            blame(work, reason, &rrsig);
            continue;
        }
        if (is_spent(work) || !make_canonical(work) || try_keys(work, &rrsig))
            break;
    }
    return work->result->status;
}

enum dnssec_status dnssec_verify(struct dnssec_context *context, const struct dnssec_rrset *rrset,
                                 const struct dnssec_keys *keys, struct dnssec_signature *signature)
{
    struct work work = work_start(context, rrset, keys, signature);
    return verify(&work);
}

enum dnssec_status dnssec_verify_revocation(struct dnssec_context *context, const struct dnssec_rrset *rrset,
                                            const struct dnssec_keys *keys,
                                            struct dnssec_signature *signature)
{
    struct work work = work_start(context, rrset, keys, signature);
    work.revocation = true;
    return verify(&work);
}
