/* Zones signed by BIND, ldns and Knot (tests/dnssec/generate): keys by DS, every RRset, every kind of denial.
   */
#include "support.h"

static const char *const zones[] = {
    "bind-5-nsec",    "bind-7-nsec3",  "bind-8-nsec",    "bind-10-nsec3", "bind-13-nsec3", "bind-13-optout",
    "bind-14-nsec",   "bind-15-nsec",  "bind-16-nsec3",  "ldns-8-nsec3",  "ldns-10-nsec",  "ldns-13-nsec",
    "ldns-13-optout", "ldns-14-nsec3", "ldns-15-nsec3",  "ldns-16-nsec",  "knot-8-nsec",   "knot-10-nsec",
    "knot-13-nsec",   "knot-13-nsec3", "knot-14-optout", "knot-15-nsec",  "knot-16-nsec3",
};

enum { ZONES = sizeof zones / sizeof zones[0] };

static struct bench bench;

static int open_bench(void **state)
{
    (void)state;
    bench_open(&bench);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    bench_close(&bench);
    return 0;
}

static void get_keys(struct zone *zone, struct dnssec_keys *keys)
{
    struct dnssec_signature signature;
    struct dnssec_rrset ds = set_view(&zone->ds);
    struct dnssec_rrset dnskey = set_view(zone_get(zone, "example.", DNS_TYPE_DNSKEY));
    bench_refill(&bench);
    if (dnssec_keys_by_ds(&bench.context, dns_name_view(&zone->apex), ds.rdata, ds.count, &dnskey, keys,
                          &signature) != DNSSEC_SECURE) {
        char text[DNSSEC_FAULT_TEXT_MAX];
        fail_msg("%s", dnssec_fault_to_text(&signature.fault, text));
    }
    assert_int_equal(keys->count, dnskey.count);
}

static enum dnssec_status verify(struct set *set, const struct dnssec_keys *keys,
                                 struct dnssec_signature *signature)
{
    struct dnssec_rrset rrset = set_view(set);
    bench_refill(&bench);
    return dnssec_verify(&bench.context, &rrset, keys, signature);
}

static void every_signed_rrset_verifies(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ZONES; i++) {
        struct zone zone;
        struct dnssec_keys keys;
        struct dnssec_signature signature;
        unsigned verified = 0;
        zone_open(&zone, zones[i]);
        get_keys(&zone, &keys);
        for (unsigned j = 0; j < zone.count; j++) {
            if (zone.sets[j].rrsig_count == 0)
                continue;
            if (verify(&zone.sets[j], &keys, &signature) != DNSSEC_SECURE) {
                char text[DNSSEC_FAULT_TEXT_MAX];
                fail_msg("%s: %s", zones[i], dnssec_fault_to_text(&signature.fault, text));
            }
            assert_false(signature.wildcard);
            assert_true(signature.ttl <= 3600);
            verified++;
        }
        assert_true(verified > 30);
        zone_close(&zone);
    }
}

static void each_ds_digest_leads_to_the_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ZONES; i++) {
        struct zone zone;
        struct dnssec_keys keys;
        struct dnssec_signature signature;
        zone_open(&zone, zones[i]);
        struct dnssec_rrset ds = set_view(&zone.ds);
        struct dnssec_rrset dnskey = set_view(zone_get(&zone, "example.", DNS_TYPE_DNSKEY));
        for (unsigned j = 0; j < ds.count; j++) {
            bench_refill(&bench);
            if (dnssec_keys_by_ds(&bench.context, dns_name_view(&zone.apex), &ds.rdata[j], 1, &dnskey, &keys,
                                  &signature) != DNSSEC_SECURE) {
                char text[DNSSEC_FAULT_TEXT_MAX];
                fail_msg("%s: %s", zones[i], dnssec_fault_to_text(&signature.fault, text));
            }
        }
        zone_close(&zone);
    }
}

static void signatures_end_with_2036(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ZONES; i++) {
        struct zone zone;
        struct dnssec_keys keys;
        struct dnssec_signature signature;
        zone_open(&zone, zones[i]);
        get_keys(&zone, &keys);
        struct set *set = zone_get(&zone, "xx.example.", DNS_TYPE_A);
        bench.context.now = LATER_2038;
        assert_int_equal(verify(set, &keys, &signature), DNSSEC_BOGUS);
        assert_int_equal(signature.fault.reason, DNSSEC_EXPIRED);
        assert_int_equal(dnssec_reason_ede(signature.fault.reason), DNS_EDE_SIGNATURE_EXPIRED);
        bench.context.now = 1700000000;
        assert_int_equal(verify(set, &keys, &signature), DNSSEC_BOGUS);
        assert_int_equal(signature.fault.reason, DNSSEC_NOT_YET_VALID);
        bench.context.now = NOW_2027;
        zone_close(&zone);
    }
}

/* What plain.zone says of a question. */
struct expectation {
    const char *qname;
    uint16_t qtype;
    enum dnssec_proof_kind kind;
    enum dnssec_proof_kind by_nsec3; /* where it differs */
};

static const struct expectation denials[] = {
    {"nope.example.", DNS_TYPE_A, DNSSEC_PROVES_NXDOMAIN, 0},
    {"zzz.example.", DNS_TYPE_A, DNSSEC_PROVES_NXDOMAIN, 0},
    {"0.example.", DNS_TYPE_A, DNSSEC_PROVES_NXDOMAIN, 0},
    {"a.b.c.nope.example.", DNS_TYPE_A, DNSSEC_PROVES_NXDOMAIN, 0},
    {"below.xx.example.", DNS_TYPE_A, DNSSEC_PROVES_NXDOMAIN, 0},
    {"a.y.w.example.", DNS_TYPE_MX, DNSSEC_PROVES_NXDOMAIN, 0},
    {"a.deep.example.", DNS_TYPE_A, DNSSEC_PROVES_NXDOMAIN, 0},
    {"nope.example.", DNS_TYPE_DS, DNSSEC_PROVES_NXDOMAIN, 0},
    {"ns1.example.", DNS_TYPE_MX, DNSSEC_PROVES_NODATA, 0},
    {"example.", DNS_TYPE_A, DNSSEC_PROVES_NODATA, 0},
    {"XX.example.", DNS_TYPE_MX, DNSSEC_PROVES_NODATA, 0},
    {"xx.example.", DNS_TYPE_DS, DNSSEC_PROVES_NODATA, 0},
    {"y.w.example.", DNS_TYPE_A, DNSSEC_PROVES_EMPTY_NONTERMINAL, 0},
    {"w.example.", DNS_TYPE_A, DNSSEC_PROVES_EMPTY_NONTERMINAL, 0},
    {"deep.example.", DNS_TYPE_A, DNSSEC_PROVES_EMPTY_NONTERMINAL, 0},
    {"foo.w.example.", DNS_TYPE_A, DNSSEC_PROVES_WILDCARD_NODATA, 0},
    {"a.b.c.w.example.", DNS_TYPE_AAAA, DNSSEC_PROVES_WILDCARD_NODATA, 0},
    {"b.example.", DNS_TYPE_DS, DNSSEC_PROVES_INSECURE_DELEGATION, 0},
};

static void add_proofs(const struct zone *zone, const struct dnssec_keys *keys, struct dns_name qname,
                       struct dnssec_denial *denial)
{
    struct set *proof[4];
    struct dnssec_signature signature;
    unsigned count = zone_proof(zone, qname, proof);
    dnssec_denial_start(denial, dns_name_view(&zone->apex));
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(verify(proof[i], keys, &signature), DNSSEC_SECURE);
        struct dnssec_rrset rrset = set_view(proof[i]);
        assert_true(dnssec_denial_add_rrset(denial, &rrset, &signature));
    }
}

static enum dnssec_status prove(const struct dnssec_denial *denial, struct dns_name qname, uint16_t qtype,
                                bool nxdomain, struct dnssec_proof *proof)
{
    bench_refill(&bench);
    return nxdomain ? dnssec_prove_nxdomain(&bench.context, denial, qname, proof)
                    : dnssec_prove_nodata(&bench.context, denial, qname, qtype, proof);
}

static void check_denial(const struct zone *zone, const struct dnssec_keys *keys,
                         const struct expectation *expected)
{
    struct dnssec_denial denial;
    struct dnssec_proof proof;
    struct dns_name_buffer qname = name_of(expected->qname);
    bool nxdomain = expected->kind == DNSSEC_PROVES_NXDOMAIN;
    bool opt_out = zone->nsec3 && zone_match(zone, dns_name_view(&zone->apex))->rdata[0][1] == 1;
    add_proofs(zone, keys, dns_name_view(&qname), &denial);
    prove(&denial, dns_name_view(&qname), expected->qtype, nxdomain, &proof);
    if (proof.kind != expected->kind && !(opt_out && proof.kind == DNSSEC_PROVES_OPT_OUT)) {
        char text[DNSSEC_FAULT_TEXT_MAX];
        fail_msg("%s: kind %u, %s", expected->qname, proof.kind, dnssec_fault_to_text(&proof.fault, text));
    }
    assert_int_equal(proof.nsec3, zone->nsec3);
    assert_int_equal(proof.status, proof.opt_out ? DNSSEC_INSECURE : DNSSEC_SECURE);
    assert_true(opt_out || !proof.opt_out);
    if (opt_out && (nxdomain || expected->kind == DNSSEC_PROVES_WILDCARD_NODATA))
        assert_true(proof.opt_out);
    /* The other claim is never proven by the same records. */
    if (!opt_out) {
        assert_int_equal(prove(&denial, dns_name_view(&qname), expected->qtype, !nxdomain, &proof),
                         DNSSEC_BOGUS);
        assert_int_equal(proof.kind, DNSSEC_PROVES_NOTHING);
    }
}

static void every_denial_of_a_server_is_proven(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ZONES; i++) {
        struct zone zone;
        struct dnssec_keys keys;
        zone_open(&zone, zones[i]);
        get_keys(&zone, &keys);
        for (unsigned j = 0; j < sizeof denials / sizeof denials[0]; j++)
            check_denial(&zone, &keys, &denials[j]);
        zone_close(&zone);
    }
}

/* RFC 5155 §8.6: a name in an opt-out span may be an unsigned zone, whatever wildcard there is beside. */
static void an_opt_out_span_may_hide_an_unsigned_zone(void **state)
{
    (void)state;
    static const char *const names[] = {"nope.example.", "foo.w.example.", "b.example."};
    for (unsigned i = 0; i < ZONES; i++) {
        struct zone zone;
        struct dnssec_keys keys;
        zone_open(&zone, zones[i]);
        get_keys(&zone, &keys);
        bool opt_out = strstr(zones[i], "optout") != NULL;
        for (unsigned j = 0; j < 3; j++) {
            struct dnssec_denial denial;
            struct dnssec_proof proof;
            struct dns_name_buffer name = name_of(names[j]);
            add_proofs(&zone, &keys, dns_name_view(&name), &denial);
            bench_refill(&bench);
            dnssec_prove_no_ds(&bench.context, &denial, dns_name_view(&name), &proof);
            bool delegation =
                proof.kind == DNSSEC_PROVES_OPT_OUT || proof.kind == DNSSEC_PROVES_INSECURE_DELEGATION;
            assert_int_equal(delegation, opt_out || j == 2);
            assert_int_equal(proof.status, opt_out && proof.opt_out ? DNSSEC_INSECURE
                                           : !opt_out && j == 0     ? DNSSEC_BOGUS
                                                                    : DNSSEC_SECURE);
        }
        zone_close(&zone);
    }
}

static const struct {
    const char *qname, *wildcard;
    uint16_t type;
} expansions[] = {
    {"foo.w.example.", "*.w.example.", DNS_TYPE_MX},
    {"a.b.W.example.", "*.w.example.", DNS_TYPE_TXT},
    {"foo.wild.example.", "*.wild.example.", DNS_TYPE_CNAME},
};

static void a_wildcards_answer_needs_the_proof_of_its_next_closer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ZONES; i++) {
        struct zone zone;
        struct dnssec_keys keys;
        zone_open(&zone, zones[i]);
        get_keys(&zone, &keys);
        for (unsigned j = 0; j < sizeof expansions / sizeof expansions[0]; j++) {
            struct dnssec_denial denial;
            struct dnssec_proof proof;
            struct dnssec_signature signature;
            struct set expanded = *zone_get(&zone, expansions[j].wildcard, expansions[j].type);
            expanded.owner = name_of(expansions[j].qname);
            struct dns_name qname = dns_name_view(&expanded.owner);
            assert_int_equal(verify(&expanded, &keys, &signature), DNSSEC_SECURE);
            assert_true(signature.wildcard);
            assert_int_equal(signature.closest_encloser.length, strlen(expansions[j].wildcard) + 1 - 2);
            add_proofs(&zone, &keys, qname, &denial);
            bench_refill(&bench);
            dnssec_prove_wildcard(&bench.context, &denial, qname, signature.next_closer, &proof);
            assert_int_equal(proof.kind, DNSSEC_PROVES_WILDCARD);
            assert_int_equal(proof.status, proof.opt_out ? DNSSEC_INSECURE : DNSSEC_SECURE);
            /* Nothing of it without the records, and not for a name that exists. */
            dnssec_denial_start(&denial, dns_name_view(&zone.apex));
            assert_int_equal(
                dnssec_prove_wildcard(&bench.context, &denial, qname, signature.next_closer, &proof),
                DNSSEC_BOGUS);
        }
        zone_close(&zone);
    }
}

static void over_50_iterations_are_insecure_with_their_extended_error(void **state)
{
    (void)state;
    struct zone zone;
    struct dnssec_keys keys;
    struct dnssec_denial denial;
    struct dnssec_proof proof;
    struct dns_name_buffer qname = name_of("nope.example.");
    zone_open(&zone, "bind-13-iterations51");
    get_keys(&zone, &keys);
    add_proofs(&zone, &keys, dns_name_view(&qname), &denial);
    assert_int_equal(prove(&denial, dns_name_view(&qname), DNS_TYPE_A, true, &proof), DNSSEC_INSECURE);
    assert_int_equal(proof.fault.reason, DNSSEC_NSEC3_ITERATIONS);
    assert_int_equal(proof.fault.iterations, 51);
    assert_int_equal(dnssec_reason_ede(proof.fault.reason), DNS_EDE_NSEC3_ITERATIONS);
    assert_int_equal(bench.budget.sha1_blocks, 8192);
    bench.policy.nsec3_iterations = 51;
    assert_int_equal(prove(&denial, dns_name_view(&qname), DNS_TYPE_A, true, &proof), DNSSEC_SECURE);
    assert_true(bench.budget.sha1_blocks < 8192);
    bench.policy.nsec3_iterations = 50;
    zone_close(&zone);
}

static void sha1_is_insecure_unless_enabled(void **state)
{
    (void)state;
    struct dnssec_policy all = bench.policy;
    struct zone zone;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    struct dnssec_fault fault;
    zone_open(&zone, "bind-5-nsec");
    bench.policy = dnssec_policy_default();
    struct dnssec_rrset ds = set_view(&zone.ds);
    struct dnssec_rrset dnskey = set_view(zone_get(&zone, "example.", DNS_TYPE_DNSKEY));
    assert_int_equal(dnssec_keys_by_ds(&bench.context, dns_name_view(&zone.apex), ds.rdata, ds.count, &dnskey,
                                       &keys, &signature),
                     DNSSEC_INSECURE);
    assert_int_equal(signature.fault.reason, DNSSEC_ALGORITHM_UNSUPPORTED);
    assert_int_equal(dnssec_reason_ede(signature.fault.reason), DNS_EDE_UNSUPPORTED_ALGORITHM);
    assert_int_equal(keys.count, 0);
    zone_close(&zone);
    zone_open(&zone, "bind-8-nsec");
    ds = set_view(&zone.ds);
    assert_int_equal(dnssec_ds_usable(&bench.policy, dns_name_view(&zone.apex), ds.rdata, 1, &fault),
                     DNSSEC_INSECURE);
    assert_int_equal(dnssec_reason_ede(fault.reason), DNS_EDE_UNSUPPORTED_DIGEST);
    assert_int_equal(dnssec_ds_usable(&bench.policy, dns_name_view(&zone.apex), ds.rdata, 2, &fault),
                     DNSSEC_SECURE);
    zone_close(&zone);
    bench.policy = all;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_signed_rrset_verifies),
        cmocka_unit_test(each_ds_digest_leads_to_the_keys),
        cmocka_unit_test(signatures_end_with_2036),
        cmocka_unit_test(every_denial_of_a_server_is_proven),
        cmocka_unit_test(an_opt_out_span_may_hide_an_unsigned_zone),
        cmocka_unit_test(a_wildcards_answer_needs_the_proof_of_its_next_closer),
        cmocka_unit_test(over_50_iterations_are_insecure_with_their_extended_error),
        cmocka_unit_test(sha1_is_insecure_unless_enabled),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
