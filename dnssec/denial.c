#include "dnssec/denial.h"

#include <string.h>

#include "dns/types.h"
#include "dnssec/bitmap.h"
#include "dnssec/denial_parts.h"

static const struct dns_name no_name;

void dnssec_denial_start(struct dnssec_denial *denial, struct dns_name zone)
{
    denial->zone = zone;
    denial->nsec_count = denial->nsec3_count = 0;
    denial->too_many = false;
    denial->fault.reason = DNSSEC_REASON_NONE;
}

static bool refuse(struct dnssec_denial *denial, enum dnssec_reason reason, struct dns_name owner,
                   uint16_t type)
{
    dnssec_fault_set(&denial->fault, reason, denial->zone, owner, type);
    if (reason == DNSSEC_PROOF_TOO_MANY)
        denial->too_many = true;
    return false;
}

bool dnssec_denial_add(struct dnssec_denial *denial, struct dns_name owner, uint16_t type,
                       const uint8_t *rdata, size_t length, bool expanded)
{
    enum dnssec_reason reason = DNSSEC_PROOF_MALFORMED;
    if (type != DNS_TYPE_NSEC && type != DNS_TYPE_NSEC3)
        return refuse(denial, reason, owner, type);
    if (expanded)
        return refuse(denial, DNSSEC_PROOF_EXPANDED, owner, type);
    if (!dns_name_within(owner, denial->zone))
        return refuse(denial, DNSSEC_PROOF_OUTSIDE_ZONE, owner, type);
    if (denial->nsec_count + denial->nsec3_count == DNSSEC_DENIAL_RECORDS ||
        (type == DNS_TYPE_NSEC3 && denial->nsec3_count == DNSSEC_DENIAL_NSEC3))
        return refuse(denial, DNSSEC_PROOF_TOO_MANY, owner, type);
    if (type == DNS_TYPE_NSEC) {
        if (!nsec_read(denial, owner, rdata, length, &denial->nsec[denial->nsec_count], &reason))
            return refuse(denial, reason, owner, type);
        denial->nsec_count++;
        return true;
    }
    if (!nsec3_read(denial, owner, rdata, length, &denial->nsec3[denial->nsec3_count], &reason))
        return refuse(denial, reason, owner, type);
    denial->nsec3_count++;
    return true;
}

bool dnssec_denial_add_rrset(struct dnssec_denial *denial, const struct dnssec_rrset *rrset,
                             const struct dnssec_signature *signature)
{
    bool all = rrset->count > 0;
    if (signature->status != DNSSEC_SECURE)
        return refuse(denial, DNSSEC_SIGNATURE_WRONG, rrset->owner, rrset->type);
    for (unsigned i = 0; i < rrset->count; i++)
        if (!dnssec_denial_add(denial, rrset->owner, rrset->type, rrset->rdata[i].octets,
                               rrset->rdata[i].length, signature->wildcard))
            all = false;
    return all;
}

enum dnssec_status denial_proven(struct denial_question *question, enum dnssec_proof_kind kind,
                                 struct dns_name closest_encloser)
{
    struct dnssec_proof *proof = question->proof;
    proof->status = DNSSEC_SECURE;
    proof->kind = kind;
    proof->opt_out = false;
    proof->closest_encloser = closest_encloser;
    proof->fault.reason = DNSSEC_REASON_NONE;
    return proof->status;
}

enum dnssec_status denial_opt_out(struct denial_question *question, enum dnssec_proof_kind kind,
                                  struct dns_name closest_encloser)
{
    struct dnssec_proof *proof = question->proof;
    denial_proven(question, kind, closest_encloser);
    proof->status = DNSSEC_INSECURE;
    proof->opt_out = true;
    dnssec_fault_set(&proof->fault, DNSSEC_NSEC3_OPT_OUT, question->denial->zone, question->qname,
                     question->qtype);
    return proof->status;
}

enum dnssec_status denial_failed(struct denial_question *question, enum dnssec_reason reason)
{
    struct dnssec_proof *proof = question->proof;
    proof->status = reason == DNSSEC_BUDGET_HASHES      ? DNSSEC_EXHAUSTED
                    : reason == DNSSEC_NSEC3_ITERATIONS ? DNSSEC_INSECURE
                                                        : DNSSEC_BOGUS;
    proof->kind = DNSSEC_PROVES_NOTHING;
    proof->opt_out = false;
    proof->closest_encloser = no_name;
    dnssec_fault_set(&proof->fault, reason, question->denial->zone, question->qname, question->qtype);
    return proof->status;
}

bool denial_is_delegation(const uint8_t *bitmap, size_t length)
{
    return dnssec_bitmap_has(bitmap, length, DNS_TYPE_NS) && !dnssec_bitmap_has(bitmap, length, DNS_TYPE_SOA);
}

bool denial_hides_below(const uint8_t *bitmap, size_t length)
{
    return denial_is_delegation(bitmap, length) || dnssec_bitmap_has(bitmap, length, DNS_TYPE_DNAME);
}

enum dnssec_reason denial_bitmap_fault(const uint8_t *bitmap, size_t length, uint16_t qtype,
                                       bool apex_is_root)
{
    if (qtype == DNS_TYPE_DS) {
        if (dnssec_bitmap_has(bitmap, length, DNS_TYPE_SOA) && !apex_is_root)
            return DNSSEC_PROOF_WRONG_SIDE;
    } else if (denial_is_delegation(bitmap, length)) {
        return DNSSEC_PROOF_WRONG_SIDE;
    }
    if (qtype == DNS_TYPE_ANY && length > 0)
        return DNSSEC_PROOF_EXISTS;
    if (dnssec_bitmap_has(bitmap, length, qtype) || dnssec_bitmap_has(bitmap, length, DNS_TYPE_CNAME))
        return DNSSEC_PROOF_EXISTS;
    return DNSSEC_REASON_NONE;
}

/* The question lies where the zone can answer it: a DS record is never at the apex of its zone. */
static bool in_zone(const struct denial_question *question)
{
    struct dns_name zone = question->denial->zone;
    if (!dns_name_within(question->qname, zone))
        return false;
    return question->qtype != DNS_TYPE_DS || question->qname.length > zone.length || dns_name_is_root(zone);
}

/* NSEC first, then NSEC3: a set may have both while a zone changes over. */
static enum dnssec_status ask(struct denial_question *question,
                              enum dnssec_status (*nsec)(struct denial_question *),
                              enum dnssec_status (*nsec3)(struct denial_question *))
{
    const struct dnssec_denial *denial = question->denial;
    question->proof->nsec3 = false;
    enum dnssec_status status =
        denial_failed(question, in_zone(question) ? DNSSEC_PROOF_MISSING : DNSSEC_PROOF_OUTSIDE_ZONE);
    if (!in_zone(question))
        return status;
    if (denial->nsec_count > 0)
        status = nsec(question);
    if (status == DNSSEC_BOGUS && denial->nsec3_count > 0) {
        question->proof->nsec3 = true;
        status = nsec3(question);
    }
    if (status == DNSSEC_BOGUS && denial->nsec_count + denial->nsec3_count == 0 &&
        denial->fault.reason != DNSSEC_REASON_NONE)
        question->proof->fault = denial->fault;
    return status;
}

enum dnssec_status dnssec_prove_nxdomain(struct dnssec_context *context, const struct dnssec_denial *denial,
                                         struct dns_name qname, struct dnssec_proof *proof)
{
    struct denial_question question = {context, denial, qname, 0, proof};
    return ask(&question, nsec_prove_nxdomain, nsec3_prove_nxdomain);
}

enum dnssec_status dnssec_prove_nodata(struct dnssec_context *context, const struct dnssec_denial *denial,
                                       struct dns_name qname, uint16_t qtype, struct dnssec_proof *proof)
{
    struct denial_question question = {context, denial, qname, qtype, proof};
    return ask(&question, nsec_prove_nodata, nsec3_prove_nodata);
}

enum dnssec_status dnssec_prove_no_ds(struct dnssec_context *context, const struct dnssec_denial *denial,
                                      struct dns_name name, struct dnssec_proof *proof)
{
    return dnssec_prove_nodata(context, denial, name, DNS_TYPE_DS, proof);
}

enum dnssec_status dnssec_prove_wildcard(struct dnssec_context *context, const struct dnssec_denial *denial,
                                         struct dns_name qname, struct dns_name next_closer,
                                         struct dnssec_proof *proof)
{
    struct denial_question question = {context, denial, qname, 0, proof};
    bool within = dns_name_within(qname, next_closer) && next_closer.length > denial->zone.length &&
                  dns_name_within(next_closer, denial->zone);
    proof->nsec3 = false;
    enum dnssec_status status =
        denial_failed(&question, within ? DNSSEC_PROOF_MISSING : DNSSEC_PROOF_OUTSIDE_ZONE);
    if (within && denial->nsec_count > 0)
        status = nsec_prove_wildcard(&question, next_closer);
    if (within && status == DNSSEC_BOGUS && denial->nsec3_count > 0) {
        proof->nsec3 = true;
        status = nsec3_prove_wildcard(&question, next_closer);
    }
    return status;
}
