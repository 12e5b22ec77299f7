/* Whether a response's data are signed by the keys at hand, and whether it proves what it denies. */
#include "resolver/judge_parts.h"

struct dnssec_context judge_context(const struct judge *judge, struct dns_name zone)
{
    struct engine *engine = judge->walk->engine;
    const struct dnssec_policy *policy = validation_policy(engine->options.validation, zone);
    return (struct dnssec_context){
        .workspace = judge->validator->workspace,
        .policy = policy != NULL ? policy : &engine->policy,
        .budget = &judge->walk->budget->dnssec,
        .now = engine_wall(engine),
    };
}

static void lower_ttl(struct judge *judge, uint32_t ttl)
{
    if (ttl < judge->judgement->ttl)
        judge->judgement->ttl = ttl;
}

/* Of the RRset by the zone's key. */
static void report_signature(const struct judge *judge, enum event_kind kind, struct dns_name name,
                             uint16_t type, struct dns_name zone, const struct dnssec_signature *signature)
{
    char why[DNSSEC_FAULT_TEXT_MAX];
    const struct dnssec_fault *fault = &signature->fault;
    bool good = signature->status == DNSSEC_SECURE, named = !good && fault->has_key;
    REPORT(judge->walk, .kind = kind, .name = name, .type = type, .zone = zone,
           .key_tag = named ? fault->key_tag : signature->key_tag,
           .algorithm = named ? fault->algorithm : signature->algorithm, .flags = good ? EVENT_GOOD : 0,
           .text = good ? NULL : dnssec_fault_to_text(fault, why));
}

enum judge_result judge_key_signature(struct judge *judge, struct dns_name zone,
                                      const struct dnssec_signature *signature)
{
    report_signature(judge, EVENT_KEYS, zone, DNS_TYPE_DNSKEY, zone, signature);
    return judge_signature(judge, signature);
}

enum judge_result judge_signature(struct judge *judge, const struct dnssec_signature *signature)
{
    judge->judgement->wrong += signature->wrong;
    switch (signature->status) {
    case DNSSEC_SECURE:
        lower_ttl(judge, signature->ttl);
        return JUDGE_DONE;
    case DNSSEC_INSECURE:
        *judge->fault = signature->fault;
        judge->judgement->trust = TRUST_INSECURE;
        judge->judgement->ede = dnssec_reason_ede(signature->fault.reason);
        return JUDGE_DONE;
    default:
        *judge->fault = signature->fault;
        return signature->status == DNSSEC_BOGUS ? JUDGE_BOGUS : JUDGE_SPENT;
    }
}

static enum judge_result verify(struct judge *judge, const struct dnssec_rrset *rrset,
                                struct dnssec_signature *signature)
{
    struct validator *validator = judge->validator;
    struct dnssec_context context = judge_context(judge, validator->keys.zone);
    dnssec_verify(&context, rrset, &validator->keys, signature);
    report_signature(judge, EVENT_SIGNATURE, rrset->owner, rrset->type, validator->keys.zone, signature);
    bool authority = rrset >= validator->authority && rrset < validator->authority + VALIDATOR_RRSETS;
    if (authority && signature->status == DNSSEC_SECURE && !signature->wildcard)
        validator->proven[rrset - validator->authority] = (struct proven){true, signature->ttl};
    return judge_signature(judge, signature);
}

/* -- proofs of absence ----------------------------------------------------------------------------- */

/* Proofs take at most four records, RFC 5155 §7.2; a packet may bring those of some aliases before. */
enum { PROOFS_CHECKED = 8, PROOFS_WRONG = 2 };

/* Gathers the first NSEC and NSEC3 records that the zone has signed. Others are passed over: whether the rest is
   enough will be seen. Two of them with wrong signatures are as many as are looked at. */
static enum judge_result read_denial(struct judge *judge)
{
    struct validator *validator = judge->validator;
    struct dns_name zone = validator->keys.zone;
    dnssec_denial_start(&validator->denial, zone);
    judge->fault->reason = DNSSEC_REASON_NONE;
    unsigned checked = 0, wrong = 0;
    for (unsigned i = 0; i < validator->authority_count && checked < PROOFS_CHECKED && wrong < PROOFS_WRONG;
         i++) {
        const struct dnssec_rrset *rrset = &validator->authority[i];
        struct dnssec_signature signature;
        if ((rrset->type != DNS_TYPE_NSEC && rrset->type != DNS_TYPE_NSEC3) || rrset->count == 0 ||
            rrset->class != DNS_CLASS_IN || !dns_name_within(rrset->owner, zone))
            continue;
        checked++;
        enum judge_result result = verify(judge, rrset, &signature);
        if (result == JUDGE_SPENT)
            return result;
        if (result == JUDGE_DONE && !dnssec_denial_add_rrset(&validator->denial, rrset, &signature))
            validator->proven[i].is = false;
        wrong += result == JUDGE_BOGUS && signature.wrong > 0;
    }
    return JUDGE_DONE;
}

/* What the NSEC or NSEC3 records prove, or why they do not. */
static void report_proof(const struct judge *judge, const struct dnssec_proof *proof)
{
    char why[DNSSEC_FAULT_TEXT_MAX];
    bool good = proof->status == DNSSEC_SECURE;
    const char *with = judge->validator->denial.nsec_count > 0 ? "NSEC" : "NSEC3";
    REPORT(judge->walk, .kind = EVENT_PROOF, .name = judge->subject, .type = judge->type,
           .zone = judge->validator->keys.zone, .flags = good ? EVENT_GOOD : 0,
           .text = good ? with : dnssec_fault_to_text(&proof->fault, why));
}

static enum judge_result take_proof(struct judge *judge, const struct dnssec_proof *proof)
{
    report_proof(judge, proof);
    const struct dnssec_denial *denial = &judge->validator->denial;
    switch (proof->status) {
    case DNSSEC_SECURE:
        return JUDGE_DONE;
    case DNSSEC_INSECURE:
        *judge->fault = proof->fault;
        judge->judgement->trust = TRUST_INSECURE;
        judge->judgement->ede = dnssec_reason_ede(proof->fault.reason);
        return JUDGE_DONE;
    case DNSSEC_EXHAUSTED:
        *judge->fault = proof->fault;
        return JUDGE_SPENT;
    default:
        /* A record that is there but wrongly signed is the reason, not that it is missing. */
        if (judge->fault->reason == DNSSEC_REASON_NONE || denial->nsec_count + denial->nsec3_count > 0)
            *judge->fault = proof->fault;
        return JUDGE_BOGUS;
    }
}

/* -- each kind of response ------------------------------------------------------------------------- */

static bool is_cut(const struct dnssec_proof *proof)
{
    return proof->kind == DNSSEC_PROVES_INSECURE_DELEGATION || proof->kind == DNSSEC_PROVES_OPT_OUT;
}

static enum judge_result judge_ds_records(struct judge *judge, const struct dnssec_rrset *rrset)
{
    struct dnssec_signature signature;
    enum judge_result result = verify(judge, rrset, &signature);
    if (result != JUDGE_DONE)
        return result;
    judge->judgement->trust = judge_ds(judge, judge->subject, rrset->rdata, rrset->count);
    return JUDGE_DONE;
}

static enum judge_result judge_referral_data(struct judge *judge)
{
    const struct validator *validator = judge->validator;
    const struct dnssec_rrset *rrset =
        validator_find(validator->authority, validator->authority_count, judge->subject, DNS_TYPE_DS);
    struct dnssec_context context = judge_context(judge, validator->keys.zone);
    struct dnssec_proof proof;
    if (rrset != NULL)
        return judge_ds_records(judge, rrset);
    enum judge_result result = read_denial(judge);
    if (result != JUDGE_DONE)
        return result;
    dnssec_prove_no_ds(&context, &validator->denial, judge->subject, &proof);
    if (proof.status == DNSSEC_SECURE && !is_cut(&proof))
        return judge_bogus(judge, DNSSEC_PROOF_WRONG_SIDE, DNS_TYPE_DS);
    judge->judgement->trust = TRUST_INSECURE;
    return take_proof(judge, &proof);
}

static enum judge_result judge_wildcard(struct judge *judge, const struct dnssec_signature *signature)
{
    const struct validator *validator = judge->validator;
    struct dnssec_context context = judge_context(judge, validator->keys.zone);
    struct dnssec_proof proof;
    judge->judgement->wildcard = true;
    enum judge_result result = read_denial(judge);
    if (result != JUDGE_DONE)
        return result;
    dnssec_prove_wildcard(&context, &validator->denial, judge->subject, signature->next_closer, &proof);
    return take_proof(judge, &proof);
}

static bool is_asked_for(const struct judge *judge, const struct dnssec_rrset *rrset)
{
    return (judge->type == DNS_TYPE_ANY || rrset->type == judge->type) && rrset->class == DNS_CLASS_IN &&
           rrset->count > 0 && dns_name_equal(rrset->owner, judge->subject);
}

const struct dnssec_rrset *judge_answer_rrset(const struct judge *judge)
{
    const struct validator *validator = judge->validator;
    for (unsigned i = 0; i < validator->answer_count; i++)
        if (is_asked_for(judge, &validator->answer[i]))
            return &validator->answer[i];
    return validator_find(validator->answer, validator->answer_count, judge->subject, DNS_TYPE_CNAME);
}

static enum judge_result judge_rrset(struct judge *judge, const struct dnssec_rrset *rrset)
{
    struct dnssec_signature signature;
    enum judge_result result = verify(judge, rrset, &signature);
    return result == JUDGE_DONE && signature.wildcard ? judge_wildcard(judge, &signature) : result;
}

/* All records of a name: each RRset has to be signed. */
static enum judge_result judge_any(struct judge *judge)
{
    enum judge_result result = JUDGE_DONE;
    for (unsigned i = 0; i < judge->validator->answer_count && result == JUDGE_DONE; i++)
        if (is_asked_for(judge, &judge->validator->answer[i]))
            result = judge_rrset(judge, &judge->validator->answer[i]);
    return result;
}

static enum judge_result judge_answer(struct judge *judge)
{
    const struct dnssec_rrset *rrset = judge_answer_rrset(judge);
    if (rrset == NULL)
        return judge_bogus(judge, DNSSEC_RRSIG_MISSING, judge->type);
    return judge->type == DNS_TYPE_ANY ? judge_any(judge) : judge_rrset(judge, rrset);
}

static enum judge_result judge_soa(struct judge *judge)
{
    const struct validator *validator = judge->validator;
    struct dnssec_signature signature;
    const struct dnssec_rrset *soa =
        judge->response->soa == NULL
            ? NULL
            : validator_find(validator->authority, validator->authority_count,
                             dns_name_view(&judge->response->soa_owner), DNS_TYPE_SOA);
    return soa == NULL ? JUDGE_DONE : verify(judge, soa, &signature);
}

static enum judge_result judge_denial(struct judge *judge)
{
    const struct validator *validator = judge->validator;
    struct dnssec_context context = judge_context(judge, validator->keys.zone);
    struct dnssec_proof proof;
    enum judge_result result = judge_soa(judge);
    if (result == JUDGE_DONE)
        result = read_denial(judge);
    if (result != JUDGE_DONE)
        return result;
    if (judge->response->kind == RESPONSE_NXDOMAIN)
        dnssec_prove_nxdomain(&context, &validator->denial, judge->subject, &proof);
    else if (judge->type == DNS_TYPE_DS)
        dnssec_prove_no_ds(&context, &validator->denial, judge->subject, &proof);
    else
        dnssec_prove_nodata(&context, &validator->denial, judge->subject, judge->type, &proof);
    judge->judgement->unsigned_cut = judge->type == DNS_TYPE_DS && is_cut(&proof);
    return take_proof(judge, &proof);
}

enum judge_result judge_data(struct judge *judge)
{
    switch (judge->response->kind) {
    case RESPONSE_REFERRAL:
        return judge_referral_data(judge);
    case RESPONSE_ANSWER:
    case RESPONSE_ALIAS:
        return judge_answer(judge);
    default:
        return judge_denial(judge);
    }
}
