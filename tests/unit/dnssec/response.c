#include "response.h"

/* --- what the walk does with a response --- */

static enum dnssec_status judge_denial(struct bench *bench, struct response *response,
                                       const struct dnssec_denial *denial,
                                       const struct dnssec_signature *signature)
{
    struct dnssec_proof proof;
    struct dns_name_buffer buffer = name_of(response->qname);
    struct dns_name qname = dns_name_view(&buffer);
    switch (response->claim) {
    case POSITIVE:
        return dnssec_prove_wildcard(&bench->context, denial, dns_name_view(&response->answer.owner),
                                     signature->next_closer, &proof);
    case NXDOMAIN:
        return dnssec_prove_nxdomain(&bench->context, denial, qname, &proof);
    case NODATA:
        return dnssec_prove_nodata(&bench->context, denial, qname, response->qtype, &proof);
    default:
        dnssec_prove_no_ds(&bench->context, denial, qname, &proof);
        return proof.kind == DNSSEC_PROVES_INSECURE_DELEGATION ? proof.status : DNSSEC_BOGUS;
    }
}

enum dnssec_status response_judge(struct bench *bench, struct response *response)
{
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    struct dnssec_denial denial;
    struct dns_name zone = dns_name_view(&response->apex);
    struct dnssec_rrset ds = set_view(&response->ds), dnskey = set_view(&response->dnskey);
    bench_refill(bench);
    bench->budget.failures = 100;
    bench->context.now = response->now;
    enum dnssec_status status =
        dnssec_keys_by_ds(&bench->context, zone, ds.rdata, ds.count, &dnskey, &keys, &signature);
    if (status != DNSSEC_SECURE || response->qtype == DNS_TYPE_DNSKEY)
        return status;
    if (response->claim == POSITIVE) {
        struct dns_name_buffer qname = name_of(response->qname);
        struct dnssec_rrset answer = set_view(&response->answer);
        status = dnssec_verify(&bench->context, &answer, &keys, &signature);
        if (status != DNSSEC_SECURE)
            return status;
        /* What does not answer the question is dropped before it comes here. */
        if (!dns_name_equal(answer.owner, dns_name_view(&qname)) || answer.type != response->qtype)
            return DNSSEC_BOGUS;
        if (!signature.wildcard)
            return status;
    }
    dnssec_denial_start(&denial, zone);
    for (unsigned i = 0; i < response->proofs; i++) {
        struct dnssec_rrset rrset = set_view(&response->proof[i]);
        struct dnssec_signature proof_signature;
        if (dnssec_verify(&bench->context, &rrset, &keys, &proof_signature) == DNSSEC_SECURE)
            dnssec_denial_add_rrset(&denial, &rrset, &proof_signature);
    }
    return judge_denial(bench, response, &denial, &signature);
}

/* --- honest responses --- */

const struct honest honest[HONEST] = {
    {"address", "xx.example.", "xx.example.", POSITIVE, DNS_TYPE_A},
    {"alias", "alias.example.", "alias.example.", POSITIVE, DNS_TYPE_CNAME},
    {"several", "example.", "example.", POSITIVE, DNS_TYPE_NS},
    {"soa", "example.", "example.", POSITIVE, DNS_TYPE_SOA},
    {"ds", "a.example.", "a.example.", POSITIVE, DNS_TYPE_DS},
    {"dnskey", "example.", "example.", POSITIVE, DNS_TYPE_DNSKEY},
    {"wildcard", "foo.w.example.", "*.w.example.", POSITIVE, DNS_TYPE_MX},
    {"nxdomain", "nope.example.", NULL, NXDOMAIN, DNS_TYPE_A},
    {"nodata", "ns1.example.", NULL, NODATA, DNS_TYPE_MX},
    {"ent", "y.w.example.", NULL, NODATA, DNS_TYPE_A},
    {"wildcard nodata", "foo.w.example.", NULL, NODATA, DNS_TYPE_A},
    {"no ds", "b.example.", NULL, NO_DS, DNS_TYPE_DS},
};

void response_make(const struct zone *zone, unsigned which, struct response *response)
{
    struct set *proof[4];
    memset(response, 0, sizeof *response);
    response->qname = honest[which].qname;
    response->claim = honest[which].claim;
    response->qtype = honest[which].qtype;
    response->apex = zone->apex;
    response->ds = zone->ds;
    response->dnskey = *zone_get(zone, "example.", DNS_TYPE_DNSKEY);
    response->now = NOW_2027;
    struct dns_name_buffer qname = name_of(response->qname);
    if (honest[which].from != NULL) {
        response->answer = *zone_get(zone, honest[which].from, response->qtype);
        response->answer.owner = qname;
    }
    if (honest[which].from != NULL && strcmp(honest[which].from, response->qname) == 0)
        return;
    if (response->claim == POSITIVE) {
        struct set *cover = zone_cover(zone, dns_name_view(&qname));
        response->proof[response->proofs++] = *cover;
        return;
    }
    response->proofs = zone_proof(zone, dns_name_view(&qname), proof);
    for (unsigned i = 0; i < response->proofs; i++)
        response->proof[i] = *proof[i];
}

/* --- damage --- */

const char *const swept[SWEPT] = {"knot-15-nsec", "ldns-15-nsec3", "bind-8-nsec", "knot-13-nsec3",
                                  "bind-16-nsec3"};

/* Kinds seen: one name for each damage and sort of RRset. */
enum { KINDS_MAX = 2048 };
static char seen[KINDS_MAX][64];
static unsigned kinds;

void count_kind(const char *sort, const char *damage)
{
    char name[64];
    snprintf(name, sizeof name, "%s: %s", sort, damage);
    for (unsigned i = 0; i < kinds; i++)
        if (strcmp(seen[i], name) == 0)
            return;
    assert_true(kinds < KINDS_MAX);
    strcpy(seen[kinds++], name);
}

void must_be_bogus(struct bench *bench, struct response *response, const char *zone, const char *sort,
                   const char *damage)
{
    enum dnssec_status status = response_judge(bench, response);
    if (status != DNSSEC_BOGUS)
        fail_msg("%s, %s, %s: %s", zone, sort, damage, dnssec_status_to_text(status));
    count_kind(sort, damage);
}

unsigned kinds_counted(void)
{
    return kinds;
}
