/* What is remembered of keys and signatures: nothing that comes out changes, nor what is charged. */
#include "dnssec/crypto.h"
#include "support.h"

static struct bench bench;
static struct signer signer;
static struct dnssec_keys keys;
static struct set set;

static int open_all(void **state)
{
    (void)state;
    bench_open(&bench);
    signer_open(&signer, "example.", 1, DNSSEC_KEY_ZONE);
    signer_keys(&signer, &keys);
    set_start(&set, "www.example.", DNS_TYPE_A);
    set_add_text(&set, "www.example. 3600 IN A 192.0.2.1");
    struct rrsig_fields fields = fields_of(&set);
    signer_sign(&signer, &set, &fields);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    signer_close(&signer);
    bench_close(&bench);
    return 0;
}

static enum dnssec_reason verify(void)
{
    struct dnssec_signature signature;
    struct dnssec_rrset rrset = set_view(&set);
    bench_refill(&bench);
    dnssec_verify(&bench.context, &rrset, &keys, &signature);
    return signature.fault.reason;
}

static void what_was_good_is_charged_again(void **state)
{
    (void)state;
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
    struct dnssec_budget first = bench.budget;
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
    assert_int_equal(bench.budget.checks, first.checks);
    assert_int_equal(bench.budget.cost, first.cost);
    struct dnssec_budget whole = dnssec_budget_default();
    assert_int_equal(bench.budget.checks, whole.checks - 1);
}

static void a_good_signature_says_nothing_of_other_data(void **state)
{
    (void)state;
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
    for (unsigned i = 0; i < set.length[0]; i++) {
        set.rdata[0][i] ^= 1;
        assert_int_equal(verify(), DNSSEC_SIGNATURE_WRONG);
        set.rdata[0][i] ^= 1;
    }
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
}

static void nor_of_another_signature(void **state)
{
    (void)state;
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
    for (unsigned i = set.rrsig_length[0] - 64u; i < set.rrsig_length[0]; i += 7) {
        set.rrsig[0][i] ^= 1;
        assert_int_equal(verify(), DNSSEC_SIGNATURE_WRONG);
        set.rrsig[0][i] ^= 1;
    }
    set.rrsig_length[0]--;
    assert_int_equal(verify(), DNSSEC_SIGNATURE_WRONG);
    set.rrsig_length[0]++;
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
}

static void nor_of_another_key_of_the_same_tag(void **state)
{
    (void)state;
    uint8_t other[36];
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
    memcpy(other, signer.dnskey, sizeof other);
    other[10] ^= 4; /* what one half of the sum loses the other gains */
    other[12] = (uint8_t)(other[12] + signer.dnskey[10] - other[10]);
    assert_int_equal(dnssec_key_tag(other, sizeof other), signer.tag);
    keys.key[0].rdata = other;
    assert_int_not_equal(verify(), DNSSEC_REASON_NONE);
    signer_keys(&signer, &keys);
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
}

static void time_goes_on_for_what_was_good(void **state)
{
    (void)state;
    uint64_t now = bench.context.now;
    assert_int_equal(verify(), DNSSEC_REASON_NONE);
    bench.context.now = LATER_2038;
    assert_int_equal(verify(), DNSSEC_EXPIRED);
    bench.context.now = now;
}

static void more_keys_than_there_is_room_for_all_work(void **state)
{
    (void)state;
    enum { KEYS = 3 * RECENT_SETS * RECENT_WAYS };
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < KEYS; i++) {
            struct signer own;
            signer_open(&own, "example.", 1000 + i, DNSSEC_KEY_ZONE);
            signer_keys(&own, &keys);
            set_start(&set, "www.example.", DNS_TYPE_A);
            set_add_text(&set, "www.example. 3600 IN A 192.0.2.1");
            struct rrsig_fields fields = fields_of(&set);
            signer_sign(&own, &set, &fields);
            assert_int_equal(verify(), DNSSEC_REASON_NONE);
            set.rdata[0][0] ^= 1;
            assert_int_equal(verify(), DNSSEC_SIGNATURE_WRONG);
            signer_close(&own);
        }
    }
}

/* The smallest modulus that is allowed is another in each policy. */
static void a_key_is_loaded_again_for_another_policy(void **state)
{
    (void)state;
    static struct zone zone;
    struct dnssec_signature signature;
    zone_open(&zone, "bind-8-nsec");
    bench_refill(&bench);
    struct dns_name apex = dns_name_view(&zone.apex);
    struct dnssec_rrset dnskey = set_view(zone_find(&zone, apex, DNS_TYPE_DNSKEY));
    struct dnssec_rrset soa = set_view(zone_find(&zone, apex, DNS_TYPE_SOA));
    dnssec_keys_read(&keys, apex, dnskey.rdata, dnskey.count);
    assert_int_equal(dnssec_verify(&bench.context, &soa, &keys, &signature), DNSSEC_SECURE);
    bench_refill(&bench);
    bench.policy.rsa_bits_min = 4097;
    assert_int_equal(dnssec_verify(&bench.context, &soa, &keys, &signature), DNSSEC_BOGUS);
    assert_int_equal(signature.fault.reason, DNSSEC_KEY_MALFORMED);
    zone_close(&zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_good_is_charged_again, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_good_signature_says_nothing_of_other_data, open_all, close_all),
        cmocka_unit_test_setup_teardown(nor_of_another_signature, open_all, close_all),
        cmocka_unit_test_setup_teardown(nor_of_another_key_of_the_same_tag, open_all, close_all),
        cmocka_unit_test_setup_teardown(time_goes_on_for_what_was_good, open_all, close_all),
        cmocka_unit_test_setup_teardown(more_keys_than_there_is_room_for_all_work, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_key_is_loaded_again_for_another_policy, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
