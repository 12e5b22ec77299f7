/* Which zone a response's data belong to, and where the keys of that zone are. */
#include "resolver/judge.h"

#include "resolver/image.h"
#include "resolver/judge_parts.h"

struct judgement judgement_without(enum trust trust)
{
    return (struct judgement){.trust = trust, .ttl = UINT32_MAX, .ede = DNS_EDE_NONE};
}

/* What the response is about, name and type: a DNAME above the name asked for is the answer, and below its owner there
   is no zone cut. */
static struct dns_name subject_of(const struct walk *walk, const struct response *response)
{
    if (response->kind == RESPONSE_REFERRAL)
        return dns_name_view(&response->cut);
    return response->dname != NULL ? dns_name_view(&response->dname_owner) : walk->asked;
}

static uint16_t type_of(const struct walk *walk, const struct response *response)
{
    if (response->kind == RESPONSE_REFERRAL)
        return DNS_TYPE_DS;
    return response->dname != NULL ? DNS_TYPE_DNAME : walk->asked_type;
}

static bool is_taken_for_its_data(const struct walk *walk, const struct response *response)
{
    bool whole = walk->asked.length == walk->qname.length;
    bool strict = walk->engine->options.qmin == ENGINE_QMIN_STRICT;
    switch (response->kind) {
    case RESPONSE_REFERRAL:
        return true;
    case RESPONSE_NXDOMAIN:
        return whole || strict;
    case RESPONSE_ANSWER:
    case RESPONSE_ALIAS:
    case RESPONSE_NODATA:
        return whole;
    default:
        return false;
    }
}

/* A zone's DS records, and their absence, are its parent's data (RFC 4035 §3.1.4.1). */
static struct dns_name name_in_zone(const struct walk *walk, const struct response *response)
{
    struct dns_name subject = subject_of(walk, response);
    return type_of(walk, response) == DNS_TYPE_DS ? dns_name_parent(subject) : subject;
}

/* The deepest zone at or above the name, not above the delegation's, that is known to be signed. False: there is
   none. An anchor below the delegation's zone counts though everything above it is insecure. */
static bool zone_to_start_from(const struct walk *walk, struct dns_name name, struct dns_name *zone)
{
    const struct validation *validation = walk->engine->options.validation;
    struct dns_name anchored = {0}, above = dns_name_view(&walk->delegation.zone);
    if (validation_anchored(validation, name, &anchored) && anchored.length > above.length) {
        *zone = anchored;
        return true;
    }
    *zone = above;
    if (walk->delegation.origin == DELEGATION_OF_PARENT)
        return walk->delegation.trust == TRUST_SECURE;
    /* Nobody has said whether the zone is signed, or which zones a resolver speaks for. */
    *zone = anchored;
    return walk->delegation.trust != TRUST_INSECURE;
}

bool judge_is_needed(const struct walk *walk, const struct response *response)
{
    const struct validation *validation = walk->engine->options.validation;
    struct dns_name subject = subject_of(walk, response), zone;
    if (walk->checking == CHECKING_NOT || validation == NULL || !validation->enabled ||
        !is_taken_for_its_data(walk, response))
        return false;
    /* A zone with an anchor of its own needs nobody's word, and takes nobody's. */
    if (response->kind == RESPONSE_REFERRAL && validation_anchored(validation, subject, &zone) &&
        zone.length == subject.length)
        return false;
    return zone_to_start_from(walk, name_in_zone(walk, response), &zone);
}

enum trust judge_unjudged(const struct walk *walk, struct dns_name name)
{
    const struct engine *engine = walk->engine;
    bool insecure = walk->delegation.trust == TRUST_INSECURE &&
                    !validation_begins_below(engine->options.validation, name,
                                             dns_name_view(&walk->delegation.zone), engine_wall(engine));
    return insecure ? TRUST_INSECURE : TRUST_NONE;
}

struct judgement judge_not(const struct walk *walk, const struct response *response)
{
    return judgement_without(judge_unjudged(walk, name_in_zone(walk, response)));
}

/* -- who signs ----------------------------------------------------------------------------------- */

static const struct dnssec_rrset *first_proof(const struct validator *validator)
{
    for (unsigned i = 0; i < validator->authority_count; i++) {
        const struct dnssec_rrset *rrset = &validator->authority[i];
        if ((rrset->type == DNS_TYPE_NSEC || rrset->type == DNS_TYPE_NSEC3) && rrset->count > 0 &&
            rrset->rrsig_count > 0)
            return rrset;
    }
    return NULL;
}

/* The RRset whose signature tells which zone the response is of. */
static const struct dnssec_rrset *principal(const struct judge *judge)
{
    const struct validator *validator = judge->validator;
    const struct dnssec_rrset *found = NULL;
    switch (judge->response->kind) {
    case RESPONSE_REFERRAL:
        found = validator_find(validator->authority, validator->authority_count, judge->subject, DNS_TYPE_DS);
        break;
    case RESPONSE_ANSWER:
    case RESPONSE_ALIAS:
        return judge_answer_rrset(judge);
    default:
        if (judge->response->soa != NULL)
            found = validator_find(validator->authority, validator->authority_count,
                                   dns_name_view(&judge->response->soa_owner), DNS_TYPE_SOA);
    }
    return found != NULL && found->rrsig_count > 0 ? found : first_proof(validator);
}

/* Could a zone of that name have signed it? A zone's DS records are not its own. */
static bool may_sign(const struct judge *judge, const struct dnssec_rrset *rrset, struct dns_name signer)
{
    if (!dns_name_within(signer, dns_name_view(&judge->proving->zone)) ||
        !dns_name_within(rrset->owner, signer) || !dns_name_within(judge->subject, signer))
        return false;
    bool about_ds = rrset->type == DNS_TYPE_DS || judge->type == DNS_TYPE_DS;
    return !about_ds || signer.length < judge->subject.length || dns_name_is_root(judge->subject);
}

/* Length 0: nobody. */
static struct dns_name signer_of(const struct judge *judge)
{
    const struct dnssec_rrset *rrset = principal(judge);
    struct dnssec_rrsig rrsig;
    for (unsigned i = 0; rrset != NULL && i < rrset->rrsig_count; i++)
        if (dnssec_rrsig_read(rrset->rrsig[i].octets, rrset->rrsig[i].length, &rrsig) &&
            may_sign(judge, rrset, rrsig.signer))
            return rrsig.signer;
    return (struct dns_name){NULL, 0};
}

/* -- zone cuts that the server has left out ------------------------------------------------------- */

enum cut { CUT_SIGNED, CUT_UNSIGNED, CUT_NONE, CUT_NO_NAME, CUT_NOT_KNOWN, CUT_LOOKUP_FAILED };

static void need(struct judge *judge, struct dns_name name, uint16_t type)
{
    dns_name_copy(&judge->need->name, name);
    judge->need->type = type;
}

/* The walk that was needed last, when it is this one. */
static const struct answer *needed(const struct judge *judge, struct dns_name name, uint16_t type)
{
    const struct walk *child = judge->child;
    bool is = child != NULL && child->qtype == type && dns_name_equal(dns_name_view(&child->qname), name);
    return is ? &child->answer : NULL;
}

/* The rdata of the answer's records of the type, up to `capacity`. */
static unsigned read_records(const struct answer *answer, uint16_t type, struct dnssec_rdata *rdata,
                             unsigned capacity)
{
    struct dns_name qname;
    struct image_record record;
    unsigned count = 0;
    if (dns_name_from_wire(answer->wire + DNS_HEADER_SIZE, answer->length - DNS_HEADER_SIZE, &qname) !=
        DNS_OK)
        return 0;
    for (size_t position = DNS_HEADER_SIZE + qname.length + 4u;
         count < capacity && image_next(answer->wire, &position, answer->authority, &record);)
        if (record.type == type)
            rdata[count++] = (struct dnssec_rdata){record.rdata, record.rdata_length};
    return count;
}

enum trust judge_ds(struct judge *judge, struct dns_name zone, const struct dnssec_rdata *ds, unsigned count)
{
    struct dnssec_context context = judge_context(judge, zone);
    struct judgement *judgement = judge->judgement;
    judgement->ds_count = dnssec_ds_choose(context.policy, ds, count, judgement->ds);
    if (judgement->ds_count > 0)
        return TRUST_SECURE;
    dnssec_ds_usable(context.policy, zone, ds, count, judge->fault);
    judgement->ede = dnssec_reason_ede(judge->fault->reason);
    return TRUST_INSECURE;
}

static enum cut look_at_cut(struct judge *judge, struct dns_name name)
{
    enum { DS_RECORDS = 255 }; /* as many as an image holds */
    struct dnssec_rdata ds[DS_RECORDS];
    const struct answer *answer = needed(judge, name, DNS_TYPE_DS);
    if (answer == NULL) {
        need(judge, name, DNS_TYPE_DS);
        return CUT_NOT_KNOWN;
    }
    if (answer->rcode == DNS_RCODE_SERVFAIL)
        return CUT_LOOKUP_FAILED;
    if (answer->aliases > 0)
        return CUT_NONE; /* whatever is said of where the alias leads to */
    if (answer->trust != TRUST_SECURE)
        return CUT_UNSIGNED; /* there is one above it, or an opt-out span */
    if (answer->rcode != DNS_RCODE_NOERROR)
        return CUT_NO_NAME; /* and so there is nothing below it (RFC 8020) */
    unsigned count = read_records(answer, DNS_TYPE_DS, ds, DS_RECORDS);
    if (count == 0)
        return answer->unsigned_cut ? CUT_UNSIGNED : CUT_NONE;
    return judge_ds(judge, name, ds, count) == TRUST_SECURE ? CUT_SIGNED : CUT_UNSIGNED;
}

/* The next name on the way from the zone to the data where there may be a cut; length 0: none is left. */
static struct dns_name next_down(const struct judge *judge)
{
    struct dns_name end = judge->type == DNS_TYPE_DS ? dns_name_parent(judge->subject) : judge->subject;
    unsigned known = dns_name_labels(dns_name_view(&judge->proving->below));
    if (dns_name_labels(end) <= known)
        return (struct dns_name){NULL, 0};
    return dns_name_suffix(end, known + 1);
}

/* -- keys ---------------------------------------------------------------------------------------- */

static enum judge_result insecure(struct judge *judge)
{
    judge->judgement->trust = TRUST_INSECURE;
    return JUDGE_DONE;
}

enum judge_result judge_bogus(struct judge *judge, enum dnssec_reason reason, uint16_t type)
{
    dnssec_fault_set(judge->fault, reason, dns_name_view(&judge->proving->zone), judge->subject, type);
    return JUDGE_BOGUS;
}

/* The zone itself says that it has no keys. */
static enum judge_result without_keys(struct judge *judge)
{
    struct dnssec_ds ds;
    const struct delegation *delegation = &judge->walk->delegation;
    if (delegation->ds_count == 0 || !dnssec_ds_read(delegation->ds[0], delegation->ds_length[0], &ds))
        return judge_bogus(judge, DNSSEC_ANCHOR_WITHOUT_KEY, DNS_TYPE_DNSKEY);
    judge_bogus(judge, DNSSEC_DS_WITHOUT_KEY, DNS_TYPE_DNSKEY);
    judge->fault->has_key = true;
    judge->fault->key_tag = ds.key_tag;
    judge->fault->algorithm = ds.algorithm;
    return JUDGE_BOGUS;
}

static bool cached_keys(struct judge *judge, struct dns_name zone)
{
    struct validator *validator = judge->validator;
    struct engine *engine = judge->walk->engine;
    struct dnssec_rdata rdata[DNSSEC_KEYS_MAX];
    struct image_record record;
    struct cache_hit hit;
    unsigned count = 0;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_DNSKEY, zone};
    if (!cache_find(engine->options.cache, &key, engine_seconds(engine), &hit, validator->key_octets,
                    sizeof validator->key_octets) ||
        hit.kind != CACHE_RRSET || trust_of_mark(hit.mark) != TRUST_SECURE ||
        hit.length > sizeof validator->key_octets || hit.length < IMAGE_TRAILER)
        return false;
    for (size_t position = 0; count < DNSSEC_KEYS_MAX && image_next(validator->key_octets, &position,
                                                                    hit.length - IMAGE_TRAILER, &record);)
        if (record.type == DNS_TYPE_DNSKEY)
            rdata[count++] = (struct dnssec_rdata){record.rdata, record.rdata_length};
    dnssec_keys_read(&validator->keys, zone, rdata, count);
    return count > 0;
}

/* Reads the zone's keys into the validator, or asks for them. JUDGE_DONE with *judgement insecure: it needs none
   after all. */
static enum judge_result load_keys(struct judge *judge, struct dns_name zone)
{
    struct dnssec_rdata rdata[DNSSEC_KEYS_MAX];
    const struct answer *answer = needed(judge, zone, DNS_TYPE_DNSKEY);
    if (judge->type == DNS_TYPE_DNSKEY && dns_name_equal(judge->subject, zone))
        return without_keys(judge);
    if (answer == NULL && cached_keys(judge, zone))
        return JUDGE_DONE;
    if (answer == NULL) {
        need(judge, zone, DNS_TYPE_DNSKEY);
        return JUDGE_NEEDS;
    }
    if (answer->rcode == DNS_RCODE_SERVFAIL)
        return JUDGE_FAILED;
    if (answer->trust != TRUST_SECURE)
        return insecure(judge);
    unsigned count = read_records(answer, DNS_TYPE_DNSKEY, rdata, DNSSEC_KEYS_MAX);
    dnssec_keys_read(&judge->validator->keys, zone, rdata, count);
    return JUDGE_DONE;
}

/* The keys of the zone that all signs point to, then what is signed with them. */
static enum judge_result judge_in_zone(struct judge *judge, struct dns_name zone)
{
    enum judge_result result = load_keys(judge, zone);
    bool secure = result == JUDGE_DONE && judge->judgement->trust == TRUST_SECURE;
    return secure ? judge_data(judge) : result;
}

/* DNSKEY records prove themselves, by what the parent or the administrator says of the zone. */
static enum judge_result judge_keys(struct judge *judge, const struct dnssec_rrset *rrset)
{
    const struct validation *validation = judge->walk->engine->options.validation;
    const struct delegation *delegation = &judge->walk->delegation;
    struct judgement *judgement = judge->judgement;
    struct dnssec_context context = judge_context(judge, judge->subject);
    struct dnssec_signature signature;
    struct dns_name anchored;
    if (validation_anchored(validation, judge->subject, &anchored) &&
        anchored.length == judge->subject.length) {
        dnssec_keys_by_anchors(&context, judge->subject, validation->anchors,
                               (unsigned)validation->anchor_count, rrset, &judge->validator->keys,
                               &signature);
        return judge_key_signature(judge, judge->subject, &signature);
    }
    if (delegation->trust == TRUST_SECURE &&
        dns_name_equal(judge->subject, dns_name_view(&delegation->zone))) {
        judgement->ds_count = delegation_ds(delegation, judgement->ds);
    } else {
        switch (look_at_cut(judge, judge->subject)) {
        case CUT_SIGNED:
            break;
        case CUT_UNSIGNED:
            return insecure(judge);
        case CUT_NONE:
        case CUT_NO_NAME:
            return judge_bogus(judge, DNSSEC_SIGNER_WRONG, DNS_TYPE_DNSKEY);
        case CUT_NOT_KNOWN:
            return JUDGE_NEEDS;
        default:
            return JUDGE_FAILED;
        }
    }
    dnssec_keys_by_ds(&context, judge->subject, judgement->ds, judgement->ds_count, rrset,
                      &judge->validator->keys, &signature);
    return judge_key_signature(judge, judge->subject, &signature);
}

/* -- the way down --------------------------------------------------------------------------------- */

/* What the DS answer says of the cut is good for no longer than its records. */
static void limit_by_ds(struct judge *judge)
{
    const struct answer *answer = needed(judge, judge->subject, DNS_TYPE_DS);
    struct dns_name qname;
    struct image_record record;
    if (answer == NULL || dns_name_from_wire(answer->wire + DNS_HEADER_SIZE, answer->length - DNS_HEADER_SIZE,
                                             &qname) != DNS_OK)
        return;
    for (size_t position = DNS_HEADER_SIZE + qname.length + 4u;
         image_next(answer->wire, &position, answer->length, &record);)
        if (record.ttl < judge->judgement->ttl)
            judge->judgement->ttl = record.ttl;
}

/* A referral without a usable word on how its zone is signed: its DS records were asked for. */
static enum judge_result judge_by_cut(struct judge *judge)
{
    switch (look_at_cut(judge, judge->subject)) {
    case CUT_SIGNED:
        limit_by_ds(judge);
        judge->judgement->trust = TRUST_SECURE;
        return JUDGE_DONE;
    case CUT_UNSIGNED:
        limit_by_ds(judge);
        return insecure(judge);
    case CUT_NONE:
    case CUT_NO_NAME:
        return judge_bogus(judge, DNSSEC_PROOF_WRONG_SIDE, DNS_TYPE_DS);
    case CUT_NOT_KNOWN:
        return JUDGE_NEEDS;
    default:
        return JUDGE_FAILED;
    }
}

static enum judge_result judge_referral(struct judge *judge, struct dns_name zone)
{
    enum judge_result result = judge_in_zone(judge, zone);
    bool unproven = result == JUDGE_BOGUS && judge->fault->reason >= DNSSEC_PROOF_MISSING &&
                    judge->fault->reason < DNSSEC_BUDGET_CHECKS;
    return unproven ? judge_by_cut(judge) : result;
}

/* Nothing is signed in a zone that has to be: perhaps it has no keys, and that is what to say then. The same keys
   are needed for the proof that there is a zone cut; they are looked for before all others, and only once. */
static enum judge_result look_for_keys(struct judge *judge)
{
    struct dns_name zone = dns_name_view(&judge->proving->zone);
    bool first = judge->child == NULL || needed(judge, zone, DNS_TYPE_DNSKEY) != NULL;
    return first ? load_keys(judge, zone) : JUDGE_DONE;
}

/* One step from the zone towards the data. JUDGE_DONE with *arrived false: go on. */
static enum judge_result descend(struct judge *judge, struct dns_name signer, bool *arrived)
{
    struct dns_name name = signer.length > 0 ? signer : next_down(judge);
    enum judge_result keys = signer.length > 0 ? JUDGE_DONE : look_for_keys(judge);
    *arrived = true;
    if (keys != JUDGE_DONE || judge->judgement->trust != TRUST_SECURE)
        return keys;
    if (name.length == 0)
        return judge_bogus(judge, DNSSEC_RRSIG_MISSING, judge->type);
    switch (look_at_cut(judge, name)) {
    case CUT_SIGNED:
        dns_name_copy(&judge->proving->zone, name);
        break;
    case CUT_UNSIGNED:
        return insecure(judge);
    case CUT_NO_NAME:
        return judge_bogus(judge, signer.length > 0 ? DNSSEC_SIGNER_WRONG : DNSSEC_RRSIG_MISSING,
                           judge->type);
    case CUT_NONE:
        if (signer.length > 0)
            return judge_bogus(judge, DNSSEC_SIGNER_WRONG, judge->type);
        break;
    case CUT_NOT_KNOWN:
        return JUDGE_NEEDS;
    default:
        /* A denial without signatures is no better than what it was to explain. */
        return judge->child->answer.ede == DNS_EDE_RRSIGS_MISSING
                   ? judge_bogus(judge, DNSSEC_RRSIG_MISSING, judge->type)
                   : JUDGE_FAILED;
    }
    dns_name_copy(&judge->proving->below, name);
    *arrived = false;
    return JUDGE_DONE;
}

static enum judge_result judge_response(struct judge *judge)
{
    const struct dnssec_rrset *keys = NULL;
    bool answer = judge->response->kind == RESPONSE_ANSWER;
    if (answer && judge->type == DNS_TYPE_RRSIG)
        return insecure(judge); /* signatures are not signed */
    if (answer && judge->type == DNS_TYPE_DNSKEY)
        keys = judge_answer_rrset(judge);
    if (keys != NULL && keys->type == DNS_TYPE_DNSKEY)
        return judge_keys(judge, keys);
    for (;;) {
        struct dns_name zone = dns_name_view(&judge->proving->zone), signer = signer_of(judge);
        bool arrived;
        if (signer.length == 0 && judge->response->kind == RESPONSE_REFERRAL)
            return judge_by_cut(judge);
        if (signer.length == zone.length)
            return judge->response->kind == RESPONSE_REFERRAL ? judge_referral(judge, zone)
                                                              : judge_in_zone(judge, zone);
        enum judge_result result = descend(judge, signer, &arrived);
        if (arrived)
            return result;
        judge->judgement->ds_count = 0;
    }
}

/* Whoever waits for these DS records has come down to here already: that holds for them as well. */
static void go_on_from_waiters(const struct walk *walk, struct dns_name name, struct proving *proving)
{
    for (const struct wait *wait = walk->waiters; wait != NULL; wait = wait->next) {
        const struct proving *theirs = &wait->parent->proving;
        if (wait->purpose != WAIT_PROOF || theirs->zone.length < proving->zone.length ||
            theirs->below.length <= proving->below.length ||
            !dns_name_within(name, dns_name_view(&theirs->below)))
            continue;
        proving->zone = theirs->zone;
        proving->below = theirs->below;
    }
}

static void start(const struct walk *walk, const struct response *response, struct proving *proving)
{
    struct dns_name zone, name = name_in_zone(walk, response);
    if (proving->zone.length > 0 || !zone_to_start_from(walk, name, &zone))
        return;
    dns_name_copy(&proving->zone, zone);
    dns_name_copy(&proving->below, zone);
    if (walk->asked_type == DNS_TYPE_DS)
        go_on_from_waiters(walk, name, proving);
}

/* A response is read again after each walk that it needed, and one far below the last zone cut needs many: that
   is paid for as well, though for what servers say in earnest it is nothing. */
static bool pay_for_reading(struct judge *judge)
{
    if (dnssec_budget_cost(&judge->walk->budget->dnssec, judge->validator->gather.work / VALIDATOR_WORK))
        return true;
    judge_bogus(judge, DNSSEC_BUDGET_COST, judge->type);
    return false;
}

enum judge_result judge(struct walk *walk, struct dns_message *message, const struct response *response,
                        struct proving *proving, const struct walk *child, struct judgement *judgement,
                        struct judge_need *need, struct dnssec_fault *fault)
{
    struct engine *engine = walk->engine;
    struct judge judge = {
        .walk = walk,
        .validator = engine->validator,
        .response = response,
        .proving = proving,
        .child = child,
        .judgement = judgement,
        .need = need,
        .fault = fault,
        .subject = subject_of(walk, response),
        .type = type_of(walk, response),
    };
    *judgement = judgement_without(TRUST_SECURE);
    start(walk, response, proving);
    if (validation_excepted(engine->options.validation, judge.subject, engine_wall(engine)) != NULL) {
        judgement->ede = DNS_EDE_NEGATIVE_TRUST_ANCHOR;
        return insecure(&judge);
    }
    if (!validator_read(judge.validator, message))
        return judge_bogus(&judge, DNSSEC_RDATA_MALFORMED, judge.type);
    return pay_for_reading(&judge) ? judge_response(&judge) : JUDGE_SPENT;
}
