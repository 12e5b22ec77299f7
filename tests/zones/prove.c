#include "prove.h"

#include <stdio.h>

#include "dns/message.h"
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "dnssec/denial.h"

enum { RECORDS = 512, OCTETS = 65536 };

struct proving {
    struct dns_message message;
    struct dnssec_denial denial;
    struct dnssec_context context;
    struct dnssec_policy policy;
    struct dnssec_budget budget;
    bool soa, ds;
};

static bool is_proven(enum dnssec_status status, const struct dnssec_proof *proof)
{
    return status == DNSSEC_SECURE || (status == DNSSEC_INSECURE && proof->opt_out);
}

/* The authority section's NSEC and NSEC3 records; their owners and rdata go into `octets`. */
static void gather(struct proving *proving, uint8_t *octets)
{
    static struct dns_name_buffer owners[RECORDS];
    for (unsigned i = 0; i < proving->message.count[DNS_AUTHORITY]; i++) {
        const struct dns_record *record = &proving->message.section[DNS_AUTHORITY][i];
        uint16_t length;
        proving->soa = proving->soa || record->type == DNS_TYPE_SOA;
        proving->ds = proving->ds || record->type == DNS_TYPE_DS;
        if ((record->type != DNS_TYPE_NSEC && record->type != DNS_TYPE_NSEC3) ||
            dns_message_name(&proving->message, record->owner, &owners[i]) != DNS_OK ||
            dns_rdata_expand(&proving->message, record, octets, OCTETS, &length) != DNS_OK)
            continue;
        dnssec_denial_add(&proving->denial, dns_name_view(&owners[i]), record->type, octets, length, false);
        octets += length;
    }
}

/* Each record of the answer section that a wildcard made, by what its signature says. */
static bool wildcards_are_proven(struct proving *proving)
{
    bool good = true;
    for (unsigned i = 0; i < proving->message.count[DNS_ANSWER]; i++) {
        const struct dns_record *record = &proving->message.section[DNS_ANSWER][i];
        struct dns_name_buffer owner;
        struct dnssec_proof proof;
        if (record->type != DNS_TYPE_RRSIG ||
            dns_message_name(&proving->message, record->owner, &owner) != DNS_OK)
            continue;
        struct dns_name name = dns_name_view(&owner);
        unsigned labels = proving->message.wire[record->rdata + 3], own = dns_name_labels(name);
        if (own > 0 && name.wire[0] == 1 && name.wire[1] == '*')
            own--;
        if (labels >= own)
            continue;
        enum dnssec_status status = dnssec_prove_wildcard(&proving->context, &proving->denial, name,
                                                          dns_name_suffix(name, labels + 1), &proof);
        good = good && is_proven(status, &proof);
    }
    return good;
}

static bool absence_is_proven(struct proving *proving, const struct zone_question *question,
                              const struct zone_answer *answer)
{
    struct dnssec_proof proof;
    struct dns_name name = dns_name_view(&answer->target);
    if (answer->kind == ZONE_REFERRED)
        return proving->ds ||
               is_proven(dnssec_prove_no_ds(&proving->context, &proving->denial, answer->cut, &proof),
                         &proof);
    if (answer->rcode == DNS_RCODE_NXDOMAIN)
        return is_proven(dnssec_prove_nxdomain(&proving->context, &proving->denial, name, &proof), &proof);
    bool parents = question->qtype == DNS_TYPE_DS && dns_name_equal(name, proving->denial.zone);
    if (!proving->soa || answer->rcode != DNS_RCODE_NOERROR || parents) /* only a parent can prove that */
        return true;
    return is_proven(
        question->qtype == DNS_TYPE_DS
            ? dnssec_prove_no_ds(&proving->context, &proving->denial, name, &proof)
            : dnssec_prove_nodata(&proving->context, &proving->denial, name, question->qtype, &proof),
        &proof);
}

bool prove_answer(const struct zone *zone, const struct zone_question *question,
                  const struct zone_answer *answer, const uint8_t *wire, size_t length)
{
    static struct dns_record records[RECORDS];
    static uint8_t octets[OCTETS];
    static struct proving proving;
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    proving = (struct proving){.policy = dnssec_policy_default(), .budget = dnssec_budget_default()};
    proving.context = (struct dnssec_context){question->workspace, &proving.policy, &proving.budget, 0};
    dnssec_denial_start(&proving.denial, zone_apex(zone));
    bool good = dns_message_parse(&proving.message, wire, length, records, RECORDS) == DNS_OK;
    if (good && zone_is_signed(zone)) {
        gather(&proving, octets);
        good = proving.denial.too_many ||
               (wildcards_are_proven(&proving) && absence_is_proven(&proving, question, answer));
    }
    if (!good)
        fprintf(stderr, "not proven: %s %s\n", dns_name_to_text(question->qname, name),
                dns_type_to_text(question->qtype, type));
    return good;
}
