/* Honest pieces, put together wrongly: records of another time, another name, another zone. */
#include "response.h"

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

static void replayed_and_moved_records_are_bogus(void **state)
{
    (void)state;
    static struct response response, other;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < HONEST; j++) {
            response_make(&zone, j, &response);
            response.now = LATER_2038;
            must_be_bogus(&bench, &response, swept[i], honest[j].name, "replayed after its time");
            response.now = 1600000000;
            must_be_bogus(&bench, &response, swept[i], honest[j].name, "before its time");
            for (unsigned k = 0; k < HONEST; k++) {
                response_make(&zone, j, &response);
                response_make(&zone, k, &other);
                if (honest[j].claim == POSITIVE || honest[k].claim == POSITIVE ||
                    strcmp(honest[j].qname, honest[k].qname) == 0)
                    continue;
                memcpy(response.proof, other.proof, sizeof response.proof);
                response.proofs = other.proofs;
                char name[48];
                snprintf(name, sizeof name, "the proof of %s", honest[k].name);
                /* The proof of one name may be that of another: the NODATA of an existing name is not. */
                must_be_bogus(&bench, &response, swept[i], honest[j].name, name);
            }
        }
        zone_close(&zone);
    }
}

static void answers_of_another_zone_are_bogus(void **state)
{
    (void)state;
    static struct response response, other;
    struct zone zone, strange;
    zone_open(&zone, "knot-15-nsec");
    zone_open(&strange, "bind-15-nsec");
    for (unsigned j = 0; j < HONEST; j++) {
        response_make(&zone, j, &response);
        response_make(&strange, j, &other);
        response.answer = other.answer;
        memcpy(response.proof, other.proof, sizeof response.proof);
        if (response.qtype == DNS_TYPE_DNSKEY)
            response.dnskey = other.dnskey;
        must_be_bogus(&bench, &response, "knot-15-nsec", honest[j].name, "of another zone");
        response_make(&zone, j, &response);
        response.apex = name_of("xx.example.");
        must_be_bogus(&bench, &response, "knot-15-nsec", honest[j].name, "in a zone that is not its own");
    }
    zone_close(&zone);
    zone_close(&strange);
}

static void a_wildcard_is_bogus_where_it_does_not_reach(void **state)
{
    (void)state;
    static const char *const names[] = {"x.w.example.",     "x.y.w.example.",   "a.y.w.example.",
                                        "foo.x.w.example.", "ns1.example.",     "foo.example.",
                                        "w.example.",       "foo.wild.example."};
    static struct response response;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < sizeof names / sizeof names[0]; j++) {
            struct set *proof[4];
            response_make(&zone, HONEST_WILDCARD, &response);
            response.qname = names[j];
            response.answer.owner = name_of(names[j]);
            response.proofs = zone_proof(&zone, dns_name_view(&response.answer.owner), proof);
            for (unsigned k = 0; k < response.proofs; k++)
                response.proof[k] = *proof[k];
            must_be_bogus(&bench, &response, swept[i], "wildcard", names[j]);
        }
        response_make(&zone, HONEST_WILDCARD, &response);
        response.proofs = 0;
        must_be_bogus(&bench, &response, swept[i], "wildcard", "without its proof");
        zone_close(&zone);
    }
}

/* Every name that exists, claimed not to, by every pair of the zone's own records. */
static void no_pair_of_records_denies_what_exists(void **state)
{
    (void)state;
    struct zone zone;
    struct dnssec_denial denial;
    struct dnssec_proof proof;
    for (unsigned z = 0; z < 2; z++) {
        zone_open(&zone, z == 0 ? "knot-15-nsec" : "ldns-15-nsec3");
        uint16_t chain = z == 0 ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3;
        for (unsigned i = 0; i < zone.count; i++) {
            for (unsigned j = 0; j < zone.count; j++) {
                if (zone.sets[i].type != chain || zone.sets[j].type != chain)
                    continue;
                dnssec_denial_start(&denial, dns_name_view(&zone.apex));
                for (unsigned k = 0; k < 2; k++) {
                    const struct set *set = &zone.sets[k == 0 ? i : j];
                    assert_true(dnssec_denial_add(&denial, dns_name_view(&set->owner), chain, set->rdata[0],
                                                  set->length[0], false));
                }
                for (unsigned k = 0; k < zone.count; k++) {
                    const struct set *set = &zone.sets[k];
                    struct dns_name owner = dns_name_view(&set->owner);
                    if (set->type == DNS_TYPE_NSEC || set->type == DNS_TYPE_NSEC3 || set->rrsig_count == 0)
                        continue;
                    bench_refill(&bench);
                    assert_int_not_equal(dnssec_prove_nxdomain(&bench.context, &denial, owner, &proof),
                                         DNSSEC_SECURE);
                    assert_int_not_equal(
                        dnssec_prove_nodata(&bench.context, &denial, owner, set->type, &proof),
                        DNSSEC_SECURE);
                }
            }
        }
        zone_close(&zone);
    }
    count_kind("existing", "denied");
}

static void more_than_70_kinds_were_tried(void **state)
{
    (void)state;
    print_message("%u kinds of misplacement\n", kinds_counted());
    assert_true(kinds_counted() > 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replayed_and_moved_records_are_bogus),
        cmocka_unit_test(answers_of_another_zone_are_bogus),
        cmocka_unit_test(a_wildcard_is_bogus_where_it_does_not_reach),
        cmocka_unit_test(no_pair_of_records_denies_what_exists),
        cmocka_unit_test(more_than_70_kinds_were_tried),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
