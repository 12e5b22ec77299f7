/*
 * A whole message: its sections are gathered, its DNSKEY RRset is judged by its DS RRset, and by itself (as
 * if it were trusted) it judges all the rest. Nothing may cost more than one question's budget.
 */
#include <stdint.h>
#include <stdlib.h>

#include "dns/types.h"
#include "dnssec/chain.h"
#include "dnssec/workspace.h"

enum { RECORDS = 128, RRSETS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Sections one after the other into one array; returns how many RRsets there are. */
static unsigned gather_all(struct dns_message *message, struct dnssec_rrset rrsets[RRSETS])
{
    static struct dnssec_rdata rdata[RECORDS];
    static uint8_t octets[65536];
    struct dnssec_gather gather = {
        .rdata = rdata, .rdata_capacity = RECORDS, .octets = octets, .capacity = sizeof octets};
    unsigned total = 0;
    for (unsigned i = 0; i < DNS_SECTIONS; i++) {
        unsigned count = RRSETS - total;
        if (dnssec_gather_section(&gather, message, (enum dns_section)i, rrsets + total, &count) != DNS_OK)
            return total;
        total += count;
    }
    return total;
}

static void judge(struct dnssec_context *context, const struct dnssec_rrset *rrsets, unsigned count)
{
    static struct dnssec_keys trusted, keys;
    struct dnssec_signature signature;
    char text[DNSSEC_FAULT_TEXT_MAX];
    keys.count = 0;
    for (unsigned i = 0; i < count; i++) {
        if (rrsets[i].type != DNS_TYPE_DNSKEY)
            continue;
        dnssec_keys_read(&keys, rrsets[i].owner, rrsets[i].rdata, rrsets[i].count);
        const struct dnssec_rrset *ds =
            dnssec_rrset_find(rrsets, count, rrsets[i].owner, DNS_TYPE_DS, rrsets[i].class);
        if (ds != NULL)
            dnssec_keys_by_ds(context, rrsets[i].owner, ds->rdata, ds->count, &rrsets[i], &trusted,
                              &signature);
    }
    for (unsigned i = 0; i < count && keys.count > 0; i++) {
        enum dnssec_status status = dnssec_verify(context, &rrsets[i], &keys, &signature);
        require(status == signature.status && status != DNSSEC_INSECURE);
        require((status == DNSSEC_SECURE) == (signature.fault.reason == DNSSEC_REASON_NONE));
        dnssec_fault_to_text(&signature.fault, text);
        if (status == DNSSEC_SECURE && signature.wildcard)
            require(dns_name_within(signature.closest_encloser, keys.zone) &&
                    dns_name_within(rrsets[i].owner, signature.next_closer));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dnssec_workspace *workspace;
    static struct dns_record records[RECORDS];
    static struct dnssec_rrset rrsets[RRSETS];
    struct dns_message message;
    struct dnssec_policy policy = dnssec_policy_default();
    struct dnssec_budget budget = dnssec_budget_default(), whole = budget;
    if (workspace == NULL)
        workspace = dnssec_workspace_new();
    dnssec_policy_enable_algorithm(&policy, DNSSEC_RSASHA1, true);
    dnssec_policy_enable_digest(&policy, DNSSEC_DIGEST_SHA1, true);
    struct dnssec_context context = {workspace, &policy, &budget, 1800000000};
    if (dns_message_parse(&message, data, size, records, RECORDS) != DNS_OK)
        return 0;
    judge(&context, rrsets, gather_all(&message, rrsets));
    require(budget.checks <= whole.checks && budget.cost <= whole.cost && budget.failures <= whole.failures);
    return 0;
}
