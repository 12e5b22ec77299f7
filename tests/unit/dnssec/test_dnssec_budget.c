/* KeyTrap, its relatives, and NSEC3 hashing: whatever is sent, a question's budget bounds the work. */
#include "support.h"

enum { MANY = 600, KEY_OCTETS = 4 + 1 + 3 + 512 };

static struct bench bench;
static uint8_t keys[MANY][KEY_OCTETS], signatures[MANY][800];
static struct dnssec_rdata key_views[MANY], signature_views[MANY];

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

static const struct {
    uint8_t algorithm;
    unsigned key, signature, cost;
} algorithms[] = {
    {DNSSEC_RSASHA1, 260, 256, 1},   {DNSSEC_RSASHA256, 260, 256, 1}, {DNSSEC_RSASHA512, 516, 512, 4},
    {DNSSEC_ECDSA_P256, 64, 64, 4},  {DNSSEC_ECDSA_P384, 96, 96, 50}, {DNSSEC_ED25519, 32, 64, 6},
    {DNSSEC_ED448, 57, 114, 16},     {DNSSEC_RSASHA256, 3, 256, 1},   {DNSSEC_ED25519, 31, 64, 6},
    {DNSSEC_ECDSA_P384, 64, 96, 50},
};

enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

/* Keys of one tag: the same octets in another order keep the sum. */
static void make_keys(unsigned which, unsigned count)
{
    uint64_t seed = which;
    unsigned length = 4 + algorithms[which].key;
    for (unsigned i = 0; i < length; i++)
        keys[0][i] = (uint8_t)random_next(&seed);
    memcpy(keys[0], "\1\1\3", 3);
    keys[0][3] = algorithms[which].algorithm;
    if (algorithms[which].key > 64 && algorithms[which].algorithm <= 10) {
        memcpy(keys[0] + 4, "\3\1\0\1", 4);
        keys[0][8] |= 0x80;
        keys[0][length - 1] |= 1;
    }
    for (unsigned i = 1; i < count; i++) {
        memcpy(keys[i], keys[i - 1], length);
        for (unsigned from = 10; from + 4 <= length; from += 2) {
            uint8_t swap = keys[i][from];
            unsigned to = 10 + 2 * (random_next(&seed) % ((length - 10) / 2));
            keys[i][from] = keys[i][to];
            keys[i][to] = swap;
        }
    }
    for (unsigned i = 0; i < count; i++)
        key_views[i] = (struct dnssec_rdata){keys[i], (uint16_t)length};
}

static void make_signatures(unsigned which, unsigned count, uint16_t covered, uint16_t tag)
{
    uint64_t seed = which + 100;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *to = signatures[i];
        for (unsigned j = 0; j < sizeof signatures[0]; j++)
            to[j] = (uint8_t)random_next(&seed);
        memcpy(to,
               (uint8_t[]){(uint8_t)(covered >> 8), (uint8_t)covered, algorithms[which].algorithm, 1, 0, 0,
                           14, 16},
               8);
        for (unsigned j = 0; j < 4; j++) {
            to[8 + j] = (uint8_t)((NOW_2027 + 86400u) >> (24 - 8 * j));
            to[12 + j] = (uint8_t)((NOW_2027 - 86400u) >> (24 - 8 * j));
        }
        to[16] = (uint8_t)(tag >> 8);
        to[17] = (uint8_t)tag;
        memcpy(to + 18, "\7example", 9);
        signature_views[i] = (struct dnssec_rdata){to, (uint16_t)(27 + algorithms[which].signature)};
    }
}

static struct dnssec_rrset victim(struct dns_name owner, unsigned count)
{
    static const struct dnssec_rdata rdata = {(const uint8_t *)"\1\2\3\4", 4};
    return (struct dnssec_rrset){owner, DNS_TYPE_A, DNS_CLASS_IN, 3600, &rdata, 1, signature_views, count};
}

static void check_spent(const struct dnssec_budget *before)
{
    assert_true(bench.budget.checks <= before->checks && before->checks - bench.budget.checks <= 32);
    assert_true(bench.budget.cost <= before->cost && before->cost - bench.budget.cost <= 600);
    assert_true(bench.budget.failures <= before->failures);
    assert_true(bench.budget.sha1_blocks <= before->sha1_blocks);
}

static void an_rrset_is_given_up_at_its_second_wrong_signature(void **state)
{
    (void)state;
    struct dns_name_buffer zone = name_of("example.");
    for (unsigned which = 0; which < ALGORITHMS; which++) {
        struct dnssec_keys set;
        struct dnssec_signature signature;
        make_keys(which, DNSSEC_KEYS_MAX);
        dnssec_keys_read(&set, dns_name_view(&zone), key_views, DNSSEC_KEYS_MAX);
        assert_int_equal(set.key[0].tag, set.key[63].tag);
        make_signatures(which, MANY, DNS_TYPE_A, set.key[0].tag);
        struct dnssec_rrset rrset = victim(dns_name_view(&zone), MANY);
        bench_refill(&bench);
        assert_int_equal(dnssec_verify(&bench.context, &rrset, &set, &signature), DNSSEC_BOGUS);
        assert_true(signature.fault.reason == DNSSEC_SIGNATURE_WRONG ||
                    signature.fault.reason == DNSSEC_KEY_MALFORMED);
        assert_int_equal(signature.wrong, 2);
        assert_int_equal(bench.budget.checks, 30);
        assert_int_equal(bench.budget.cost, 600 - 2 * algorithms[which].cost);
        assert_int_equal(bench.budget.failures, 2); /* whoever asked for the response counts it */
    }
}

static void wrong_rrsets_without_end_are_bounded_by_checks_and_cost(void **state)
{
    (void)state;
    struct dns_name_buffer zone = name_of("example.");
    for (unsigned which = 0; which < ALGORITHMS; which++) {
        struct dnssec_keys set;
        struct dnssec_signature signature;
        enum dnssec_status status = DNSSEC_BOGUS;
        make_keys(which, DNSSEC_KEYS_MAX);
        dnssec_keys_read(&set, dns_name_view(&zone), key_views, DNSSEC_KEYS_MAX);
        make_signatures(which, MANY, DNS_TYPE_A, set.key[0].tag);
        struct dnssec_rrset rrset = victim(dns_name_view(&zone), MANY);
        bench_refill(&bench);
        struct dnssec_budget before = bench.budget;
        for (unsigned i = 0; i < MANY && status == DNSSEC_BOGUS; i++)
            status = dnssec_verify(&bench.context, &rrset, &set, &signature);
        assert_int_equal(status, DNSSEC_EXHAUSTED);
        unsigned checks = 600 / algorithms[which].cost < 32 ? 600 / algorithms[which].cost : 32;
        assert_int_equal(before.checks - bench.budget.checks, checks);
        assert_int_equal(signature.fault.reason, checks < 32 ? DNSSEC_BUDGET_COST : DNSSEC_BUDGET_CHECKS);
        check_spent(&before);
        /* It stays exhausted. */
        assert_int_equal(dnssec_verify(&bench.context, &rrset, &set, &signature), DNSSEC_EXHAUSTED);
        assert_int_equal(before.checks - bench.budget.checks, checks);
    }
}

static void the_third_failure_is_one_too_many(void **state)
{
    (void)state;
    bench_refill(&bench);
    assert_true(dnssec_budget_failure(&bench.budget));
    assert_true(dnssec_budget_failure(&bench.budget));
    assert_false(dnssec_budget_failure(&bench.budget));
    assert_false(dnssec_budget_failure(&bench.budget));
    assert_int_equal(bench.budget.failures, 0);
}

static void a_dnskey_rrset_of_600_keys_costs_nothing(void **state)
{
    (void)state;
    struct dns_name_buffer zone = name_of("example.");
    static struct dnssec_keys trusted;
    struct dnssec_signature signature;
    uint8_t ds[4 + 32] = {0, 0, DNSSEC_ED25519, DNSSEC_DIGEST_SHA256};
    struct dnssec_rdata ds_view[20];
    for (unsigned count = 2; count <= MANY; count += 149) {
        make_keys(5, count);
        uint16_t tag = dnssec_key_tag(keys[0], key_views[0].length);
        ds[0] = (uint8_t)(tag >> 8);
        ds[1] = (uint8_t)tag;
        for (unsigned i = 0; i < 20; i++)
            ds_view[i] = (struct dnssec_rdata){ds, sizeof ds};
        make_signatures(5, MANY, DNS_TYPE_DNSKEY, tag);
        struct dnssec_rrset rrset = {dns_name_view(&zone),
                                     DNS_TYPE_DNSKEY,
                                     DNS_CLASS_IN,
                                     3600,
                                     key_views,
                                     count,
                                     signature_views,
                                     MANY};
        bench_refill(&bench);
        struct dnssec_budget before = bench.budget;
        assert_int_equal(
            dnssec_keys_by_ds(&bench.context, rrset.owner, ds_view, 20, &rrset, &trusted, &signature),
            DNSSEC_BOGUS);
        assert_int_equal(signature.fault.reason, DNSSEC_DS_MISMATCH);
        assert_true(before.cost - bench.budget.cost <= DNSSEC_DS_MISMATCHES);
        assert_int_equal(bench.budget.checks, 32);
        check_spent(&before);
    }
}

/* Its digest is made of all its octets. */
static void a_ds_record_costs_more_for_a_large_key(void **state)
{
    (void)state;
    static uint8_t key[60000] = {1, 1, DNSSEC_KEY_PROTOCOL, DNSSEC_RSASHA256};
    static struct dnssec_keys trusted;
    struct dns_name_buffer zone = name_of("example.");
    struct dnssec_signature signature;
    uint8_t ds[4 + 32] = {0, 0, DNSSEC_RSASHA256, DNSSEC_DIGEST_SHA256};
    uint16_t tag = dnssec_key_tag(key, sizeof key);
    struct dnssec_rdata key_view = {key, sizeof key}, ds_view = {ds, sizeof ds};
    ds[0] = (uint8_t)(tag >> 8);
    ds[1] = (uint8_t)tag;
    struct dnssec_rrset rrset = {
        dns_name_view(&zone), DNS_TYPE_DNSKEY, DNS_CLASS_IN, 3600, &key_view, 1, NULL, 0};
    bench_refill(&bench);
    struct dnssec_budget before = bench.budget;
    dnssec_keys_by_ds(&bench.context, rrset.owner, &ds_view, 1, &rrset, &trusted, &signature);
    assert_int_equal(before.cost - bench.budget.cost, 1 + sizeof key / DNSSEC_COST_OCTETS);
}

static void what_a_key_costs_grows_with_its_size(void **state)
{
    (void)state;
    static const struct {
        unsigned octets, exponent, cost;
    } cases[] = {{64, 3, 1}, {256, 3, 1}, {257, 3, 4}, {512, 3, 4}, {256, 5, 3}, {512, 5, 12}};
    static uint8_t rdata[4 + 1 + 5 + 512];
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnssec_key key;
        memset(rdata, 0xff, sizeof rdata);
        memcpy(rdata, "\1\0\3\10", 4);
        rdata[4] = (uint8_t)cases[i].exponent;
        memcpy(rdata + 5, cases[i].exponent == 3 ? "\1\0\1" : "\1\0\0\0\1", cases[i].exponent);
        assert_true(dnssec_key_read(rdata, 5 + cases[i].exponent + cases[i].octets, &key));
        assert_int_equal(dnssec_key_cost(&key, 0), cases[i].cost);
        assert_int_equal(dnssec_key_cost(&key, 40000), cases[i].cost + 2);
    }
}

static void keys_larger_than_allowed_are_malformed(void **state)
{
    (void)state;
    static const struct {
        unsigned modulus;
        const char *exponent;
        unsigned exponent_length;
        bool usable;
    } cases[] = {
        {64, "\1\0\1", 3, true},
        {63, "\1\0\1", 3, false},
        {512, "\1\0\1", 3, true},
        {513, "\1\0\1", 3, false},
        {256, "\1\0\0\0\1", 5, true},
        {256, "\1\0\0\0\3", 5, false},
        {256, "\377\377\377\377", 4, true},
        {256, "\2\0\0\0\1", 5, false},
        {256, "\1", 1, false},
        {256, "\2", 1, false},
        {256, "\3", 1, true},
        {256, "\0\0\1\0\1", 5, true},
    };
    static uint8_t rdata[4 + 1 + 5 + 513];
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnssec_key key;
        memset(rdata, 0xff, sizeof rdata);
        memcpy(rdata, "\1\0\3\10", 4);
        rdata[4] = (uint8_t)cases[i].exponent_length;
        memcpy(rdata + 5, cases[i].exponent, cases[i].exponent_length);
        assert_true(dnssec_key_read(rdata, 5 + cases[i].exponent_length + cases[i].modulus, &key));
        if (dnssec_key_usable(&bench.policy, &key) != cases[i].usable)
            fail_msg("case %u", i);
    }
}

/* A zone that never runs out of NSEC3 records: one that matches the apex, one that covers nothing asked for.
   */
static void nsec3_hashing_is_bounded_for_all_parameters(void **state)
{
    (void)state;
    static const unsigned iterations[] = {0, 1, 10, 49, 50, 51, 150, 2500, 65535};
    static const unsigned salts[] = {0, 1, 8, 35, 36, 64, 128, 255};
    struct dns_name_buffer owner = name_of("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.e."), zone = name_of("e.");
    for (unsigned labels = 1; labels <= 126; labels += 5) {
        struct dns_name_buffer qname = {.length = (uint8_t)(labels * 2 + 1)};
        for (unsigned i = 0; i < labels; i++)
            memcpy(qname.wire + 2 * i, i + 1 == labels ? "\1e" : "\1x", 2);
        for (unsigned i = 0; i < sizeof iterations / sizeof iterations[0]; i++) {
            for (unsigned j = 0; j < sizeof salts / sizeof salts[0]; j++) {
                uint8_t rdata[5 + 255 + 21] = {1, 0, (uint8_t)(iterations[i] >> 8), (uint8_t)iterations[i],
                                               (uint8_t)salts[j]};
                struct dnssec_denial denial;
                struct dnssec_proof proof;
                rdata[5 + salts[j]] = 20;
                dnssec_denial_start(&denial, dns_name_view(&zone));
                assert_true(dnssec_denial_add(&denial, dns_name_view(&owner), DNS_TYPE_NSEC3, rdata,
                                              26 + salts[j], false));
                bench_refill(&bench);
                struct dnssec_budget before = bench.budget;
                for (unsigned path = 0; path < 4 * 6; path++) {
                    struct dns_name name = dns_name_view(&qname);
                    enum dnssec_status status =
                        path % 4 == 0 ? dnssec_prove_nxdomain(&bench.context, &denial, name, &proof)
                        : path % 4 == 1
                            ? dnssec_prove_nodata(&bench.context, &denial, name, DNS_TYPE_A, &proof)
                        : path % 4 == 2 ? dnssec_prove_no_ds(&bench.context, &denial, name, &proof)
                                        : dnssec_prove_wildcard(&bench.context, &denial, name, name, &proof);
                    if (iterations[i] > 50 && labels > 1)
                        assert_int_equal(status, DNSSEC_INSECURE);
                    else if (labels > 1 && path % 4 != 3)
                        assert_true(status == DNSSEC_BOGUS || status == DNSSEC_EXHAUSTED);
                }
                check_spent(&before);
                if (iterations[i] == 50 && labels > 30)
                    assert_int_equal(bench.budget.sha1_blocks, 0);
                if (iterations[i] > 50)
                    assert_int_equal(bench.budget.sha1_blocks, 8192);
            }
        }
    }
}

static void blocks_are_counted_as_sha1_does(void **state)
{
    (void)state;
    assert_int_equal(dnssec_nsec3_blocks(1, 0, 0), 1);
    assert_int_equal(dnssec_nsec3_blocks(55, 0, 0), 1);
    assert_int_equal(dnssec_nsec3_blocks(56, 0, 0), 2);
    assert_int_equal(dnssec_nsec3_blocks(20, 35, 10), 11);
    assert_int_equal(dnssec_nsec3_blocks(20, 36, 10), 22);
    assert_int_equal(dnssec_nsec3_blocks(255, 255, 50), 9 + 50 * 5);
    bench_refill(&bench);
    assert_true(dnssec_budget_hash(&bench.budget, 8192));
    assert_false(dnssec_budget_hash(&bench.budget, 1));
    bench_refill(&bench);
    assert_false(dnssec_budget_hash(&bench.budget, 8193));
    assert_int_equal(bench.budget.sha1_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_rrset_is_given_up_at_its_second_wrong_signature),
        cmocka_unit_test(wrong_rrsets_without_end_are_bounded_by_checks_and_cost),
        cmocka_unit_test(the_third_failure_is_one_too_many),
        cmocka_unit_test(a_dnskey_rrset_of_600_keys_costs_nothing),
        cmocka_unit_test(what_a_key_costs_grows_with_its_size),
        cmocka_unit_test(keys_larger_than_allowed_are_malformed),
        cmocka_unit_test(a_ds_record_costs_more_for_a_large_key),
        cmocka_unit_test(nsec3_hashing_is_bounded_for_all_parameters),
        cmocka_unit_test(blocks_are_counted_as_sha1_does),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
