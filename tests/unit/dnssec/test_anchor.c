/* Trust anchors: the compiled-in ones, what can be wrong with configured ones, and keys found by them. */
#include "support.h"

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

static const char digest_20326[] = "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
static const char digest_38696[] = "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16";

static void both_root_keys_have_the_published_digests(void **state)
{
    (void)state;
    static const struct {
        uint16_t tag;
        const char *digest;
    } published[] = {{20326, digest_20326}, {38696, digest_38696}};
    struct dnssec_anchor anchors[3];
    unsigned first, second;
    assert_int_equal(dnssec_root_anchors(anchors), 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(anchors[i].key_tag, published[i].tag);
        assert_int_equal(anchors[i].algorithm, DNSSEC_RSASHA256);
        assert_true(anchors[i].initial && dns_name_is_root(dns_name_view(&anchors[i].zone)));
        assert_int_equal(dnssec_anchor_read_ds(dns_name_root(), published[i].tag, 8, 2, published[i].digest,
                                               true, &anchors[2]),
                         DNSSEC_ANCHOR_OK);
        assert_int_equal(dnssec_anchors_check(bench.context.workspace, anchors, 3, &first, &second),
                         DNSSEC_ANCHOR_OK);
        anchors[2].octets[31] ^= 1;
        assert_int_equal(dnssec_anchors_check(bench.context.workspace, anchors, 3, &first, &second),
                         DNSSEC_ANCHOR_DISAGREE);
        assert_int_equal(first, i);
        assert_int_equal(second, 2);
    }
}

static void what_is_wrong_with_a_digest_is_said(void **state)
{
    (void)state;
    static const struct {
        uint32_t tag, algorithm, type;
        const char *digest;
        enum dnssec_anchor_error error;
    } cases[] = {
        {20326, 8, 2, digest_20326, DNSSEC_ANCHOR_OK},
        {20326, 8, 2, "E06D44B80B8F1D39A95C0B0D7C65D084 58E880409BBC683457104237C7F8EC8D", DNSSEC_ANCHOR_OK},
        {65536, 8, 2, digest_20326, DNSSEC_ANCHOR_NUMBER},
        {20326, 256, 2, digest_20326, DNSSEC_ANCHOR_NUMBER},
        {20326, 8, 300, digest_20326, DNSSEC_ANCHOR_NUMBER},
        {20326, 3, 2, digest_20326, DNSSEC_ANCHOR_ALGORITHM},
        {20326, 17, 2, digest_20326, DNSSEC_ANCHOR_ALGORITHM},
        {20326, 253, 2, digest_20326, DNSSEC_ANCHOR_ALGORITHM},
        {20326, 8, 0, digest_20326, DNSSEC_ANCHOR_DIGEST_TYPE},
        {20326, 8, 3, digest_20326, DNSSEC_ANCHOR_DIGEST_TYPE},
        {20326, 8, 1, digest_20326, DNSSEC_ANCHOR_DIGEST_LENGTH},
        {20326, 8, 4, digest_20326, DNSSEC_ANCHOR_DIGEST_LENGTH},
        {20326, 8, 2, "E06D", DNSSEC_ANCHOR_DIGEST_LENGTH},
        {20326, 8, 2, "", DNSSEC_ANCHOR_DIGEST_LENGTH},
        {20326, 8, 2, "E06", DNSSEC_ANCHOR_HEX},
        {20326, 8, 2, "E06X", DNSSEC_ANCHOR_HEX},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnssec_anchor anchor;
        enum dnssec_anchor_error error =
            dnssec_anchor_read_ds(dns_name_root(), cases[i].tag, cases[i].algorithm, cases[i].type,
                                  cases[i].digest, false, &anchor);
        if (error != cases[i].error)
            fail_msg("case %u: %s", i, dnssec_anchor_error_text(error));
    }
}

static void what_is_wrong_with_a_key_is_said(void **state)
{
    (void)state;
    static const char ed25519[] = "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
    static const struct {
        uint32_t flags, protocol, algorithm;
        const char *key;
        enum dnssec_anchor_error error;
    } cases[] = {
        {257, 3, 15, ed25519, DNSSEC_ANCHOR_OK},
        {256, 3, 15, ed25519, DNSSEC_ANCHOR_OK},
        {65537, 3, 15, ed25519, DNSSEC_ANCHOR_NUMBER},
        {257, 256, 15, ed25519, DNSSEC_ANCHOR_NUMBER},
        {257, 2, 15, ed25519, DNSSEC_ANCHOR_PROTOCOL},
        {1, 3, 15, ed25519, DNSSEC_ANCHOR_NOT_ZONE},
        {385, 3, 15, ed25519, DNSSEC_ANCHOR_REVOKED},
        {257, 3, 12, ed25519, DNSSEC_ANCHOR_ALGORITHM},
        {257, 3, 8, ed25519, DNSSEC_ANCHOR_KEY_MALFORMED},
        {257, 3, 13, ed25519, DNSSEC_ANCHOR_KEY_MALFORMED},
        {257, 3, 15, "l02W", DNSSEC_ANCHOR_KEY_MALFORMED},
        {257, 3, 15, "", DNSSEC_ANCHOR_KEY_MALFORMED},
        {257, 3, 15, "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4", DNSSEC_ANCHOR_BASE64},
        {257, 3, 15, "l02Woi0i!!!", DNSSEC_ANCHOR_BASE64},
        {257, 3, 15, "l0=2", DNSSEC_ANCHOR_BASE64},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnssec_anchor anchor;
        enum dnssec_anchor_error error =
            dnssec_anchor_read_key(dns_name_root(), cases[i].flags, cases[i].protocol, cases[i].algorithm,
                                   cases[i].key, false, &anchor);
        if (error != cases[i].error)
            fail_msg("case %u: %s", i, dnssec_anchor_error_text(error));
    }
    for (unsigned i = 0; i <= DNSSEC_ANCHOR_DUPLICATE; i++)
        assert_true(strlen(dnssec_anchor_error_text((enum dnssec_anchor_error)i)) > 10);
}

static void anchors_that_do_not_fit_together_are_found(void **state)
{
    (void)state;
    struct dnssec_anchor anchors[4];
    unsigned first = 9, second = 9, count = dnssec_root_anchors(anchors);
    struct dnssec_workspace *workspace = bench.context.workspace;
    anchors[2] = anchors[0];
    assert_int_equal(dnssec_anchors_check(workspace, anchors, count + 1, &first, &second),
                     DNSSEC_ANCHOR_DUPLICATE);
    assert_true(first == 0 && second == 2);
    anchors[2].initial = false;
    assert_int_equal(dnssec_anchors_check(workspace, anchors, count + 1, &first, &second),
                     DNSSEC_ANCHOR_MIXED);
    anchors[2].zone = name_of("org.");
    assert_int_equal(dnssec_anchors_check(workspace, anchors, count + 1, &first, &second), DNSSEC_ANCHOR_OK);
    anchors[2] = anchors[1];
    anchors[2].octets[100] ^= 4;
    assert_int_equal(dnssec_anchors_check(workspace, anchors, count + 1, &first, &second),
                     DNSSEC_ANCHOR_DISAGREE);
    assert_true(first == 1 && second == 2);
}

static void keys_are_authenticated_by_anchors(void **state)
{
    (void)state;
    static struct set set;
    struct signer signer, stranger;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    struct dnssec_anchor anchors[2];
    struct dns_name_buffer zone = name_of("example.");
    signer_open(&signer, "example.", 1, 257);
    signer_open(&stranger, "example.", 2, 257);
    set_start(&set, "example.", DNS_TYPE_DNSKEY);
    set_add(&set, signer.dnskey, sizeof signer.dnskey);
    struct rrsig_fields fields = fields_of(&set);
    signer_sign(&signer, &set, &fields);
    struct dnssec_rrset dnskey = set_view(&set);
    struct dns_name name = dns_name_view(&zone);
    assert_int_equal(dnssec_anchor_from_key(name, stranger.dnskey, 36, false, &anchors[0]), DNSSEC_ANCHOR_OK);
    assert_int_equal(dnssec_anchor_from_key(name, signer.dnskey, 36, false, &anchors[1]), DNSSEC_ANCHOR_OK);
    assert_int_equal(dnssec_keys_by_anchors(&bench.context, name, anchors, 2, &dnskey, &keys, &signature),
                     DNSSEC_SECURE);
    assert_int_equal(keys.count, 1);
    assert_int_equal(dnssec_keys_by_anchors(&bench.context, name, anchors, 1, &dnskey, &keys, &signature),
                     DNSSEC_BOGUS);
    assert_int_equal(signature.fault.reason, DNSSEC_ANCHOR_WITHOUT_KEY);
    assert_int_equal(keys.count, 0);
    assert_true(dnssec_anchor_usable(&bench.policy, &anchors[0]));
    dnssec_policy_enable_algorithm(&bench.policy, DNSSEC_ED25519, false);
    assert_false(dnssec_anchor_usable(&bench.policy, &anchors[0]));
    assert_int_equal(dnssec_keys_by_anchors(&bench.context, name, anchors, 2, &dnskey, &keys, &signature),
                     DNSSEC_INSECURE);
    dnssec_policy_enable_algorithm(&bench.policy, DNSSEC_ED25519, true);
    signer_close(&signer);
    signer_close(&stranger);
}

/* RFC 4509 §3 and RFC 6840 §5.2: which DS counts. */
static void sha1_does_not_help_where_another_digest_is(void **state)
{
    (void)state;
    struct zone zone;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    zone_open(&zone, "bind-13-nsec3");
    struct dns_name name = dns_name_view(&zone.apex);
    struct dnssec_rrset dnskey = set_view(zone_get(&zone, "example.", DNS_TYPE_DNSKEY));
    static const struct {
        unsigned damaged; /* bits: which of SHA-1, SHA-256, SHA-384 */
        enum dnssec_status status;
    } cases[] = {{0, DNSSEC_SECURE}, {1, DNSSEC_SECURE}, {2, DNSSEC_SECURE}, {3, DNSSEC_SECURE},
                 {4, DNSSEC_SECURE}, {5, DNSSEC_SECURE}, {6, DNSSEC_BOGUS}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct set ds = zone.ds;
        for (unsigned j = 0; j < 3; j++)
            if ((cases[i].damaged >> j & 1) != 0)
                ds.rdata[j][4] ^= 1;
        struct dnssec_rrset view = set_view(&ds);
        bench_refill(&bench);
        assert_int_equal(
            dnssec_keys_by_ds(&bench.context, name, view.rdata, view.count, &dnskey, &keys, &signature),
            cases[i].status);
    }
    struct set ds = zone.ds; /* an unknown digest and an unknown algorithm beside a good one do no harm */
    ds.rdata[0][3] = 77;
    ds.rdata[2][2] = 77;
    struct dnssec_rrset view = set_view(&ds);
    bench_refill(&bench);
    assert_int_equal(dnssec_keys_by_ds(&bench.context, name, view.rdata, 3, &dnskey, &keys, &signature),
                     DNSSEC_SECURE);
    ds.rdata[1][3] = 77;
    assert_int_equal(dnssec_keys_by_ds(&bench.context, name, view.rdata, 3, &dnskey, &keys, &signature),
                     DNSSEC_INSECURE);
    assert_int_equal(signature.fault.reason, DNSSEC_DIGEST_UNSUPPORTED);
    zone_close(&zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_root_keys_have_the_published_digests),
        cmocka_unit_test(what_is_wrong_with_a_digest_is_said),
        cmocka_unit_test(what_is_wrong_with_a_key_is_said),
        cmocka_unit_test(anchors_that_do_not_fit_together_are_found),
        cmocka_unit_test(keys_are_authenticated_by_anchors),
        cmocka_unit_test(sha1_does_not_help_where_another_digest_is),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
