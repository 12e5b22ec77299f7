/*
 * A whole message: its NSEC and NSEC3 records are believed as they are (which an attacker with a zone of his
 * own can bring about), and every question is put to them for the message's name.
 */
#include <stdint.h>
#include <stdlib.h>

#include "dns/rdata.h"
#include "dns/types.h"
#include "dnssec/denial.h"
#include "dnssec/workspace.h"

enum { RECORDS = 64, OCTETS = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* The zone is the qname's parent of as many labels as the message's ID says. */
static void fill(struct dnssec_denial *denial, struct dns_message *message)
{
    static struct dns_name_buffer owners[RECORDS];
    static uint8_t octets[OCTETS];
    size_t used = 0;
    struct dns_name qname = dns_name_view(&message->qname);
    dnssec_denial_start(denial, dns_name_suffix(qname, message->id % 4));
    for (unsigned i = 0; i < message->count[DNS_AUTHORITY]; i++) {
        const struct dns_record *record = &message->section[DNS_AUTHORITY][i];
        uint16_t length;
        if (dns_message_name(message, record->owner, &owners[i]) != DNS_OK ||
            dns_rdata_expand(message, record, octets + used, OCTETS - used, &length) != DNS_OK)
            continue;
        dnssec_denial_add(denial, dns_name_view(&owners[i]), record->type, octets + used, length, false);
        used += length;
    }
}

static void check(enum dnssec_status status, const struct dnssec_proof *proof)
{
    char text[DNSSEC_FAULT_TEXT_MAX];
    require(status == proof->status);
    require((status == DNSSEC_SECURE) == (proof->fault.reason == DNSSEC_REASON_NONE));
    require(status != DNSSEC_BOGUS || proof->kind == DNSSEC_PROVES_NOTHING);
    require(!proof->opt_out || (status == DNSSEC_INSECURE && proof->nsec3));
    dnssec_fault_to_text(&proof->fault, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dnssec_workspace *workspace;
    static struct dns_record records[RECORDS];
    static struct dnssec_denial denial;
    struct dns_message message;
    struct dnssec_proof proof;
    struct dnssec_policy policy = dnssec_policy_default();
    struct dnssec_budget budget = dnssec_budget_default();
    if (workspace == NULL)
        workspace = dnssec_workspace_new();
    struct dnssec_context context = {workspace, &policy, &budget, 1800000000};
    if (dns_message_parse(&message, data, size, records, RECORDS) != DNS_OK || message.questions == 0)
        return 0;
    fill(&denial, &message);
    struct dns_name qname = dns_name_view(&message.qname);
    check(dnssec_prove_nxdomain(&context, &denial, qname, &proof), &proof);
    check(dnssec_prove_nodata(&context, &denial, qname, message.qtype, &proof), &proof);
    check(dnssec_prove_no_ds(&context, &denial, qname, &proof), &proof);
    for (; !dns_name_is_root(qname); qname = dns_name_parent(qname))
        check(dnssec_prove_wildcard(&context, &denial, dns_name_view(&message.qname), qname, &proof), &proof);
    require(budget.checks == 32 && budget.sha1_blocks <= 8192);
    return 0;
}
