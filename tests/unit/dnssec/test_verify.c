/* One RRset and its signatures: the RFCs' examples, label counts, times, TTLs, canonical equality, what is
   blamed. */
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

static enum dnssec_status verify(struct set *set, const struct dnssec_keys *keys,
                                 struct dnssec_signature *signature)
{
    struct dnssec_rrset rrset = set_view(set);
    bench_refill(&bench);
    return dnssec_verify(&bench.context, &rrset, keys, signature);
}

/* RFC 8080 §6.1, RFC 6605 §6.1 and §6.2, RFC 5702 §6.1: key, DS, RRset, signature, a time within. */
static const struct {
    const char *zone, *owner, *dnskey, *ds, *record, *rrsig;
    uint16_t type;
    uint64_t now;
} examples[] = {
    {"example.com.", "example.com.",
     "example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
     "example.com. 3600 IN DS 3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
     "example.com. 3600 IN MX 10 mail.example.com.",
     "example.com. 3600 IN RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. "
     "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
     DNS_TYPE_MX, 1439000000},
    {"example.net.", "www.example.net.",
     "example.net. 3600 IN DNSKEY 257 3 13 "
     "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
     "example.net. 3600 IN DS 55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
     "www.example.net. 3600 IN A 192.0.2.1",
     "www.example.net. 3600 IN RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. "
     "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
     DNS_TYPE_A, 1282000000},
    {"example.net.", "www.example.net.",
     "example.net. 3600 IN DNSKEY 257 3 14 "
     "xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8"
     "/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
     "example.net. 3600 IN DS 10771 14 4 "
     "72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6",
     "www.example.net. 3600 IN A 192.0.2.1",
     "www.example.net. 3600 IN RRSIG A 14 3 3600 20100909102025 20100812102025 10771 example.net. "
     "/L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuz"
     "WTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm",
     DNS_TYPE_A, 1282000000},
};

static void the_examples_of_the_rfcs_verify(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        static struct set key, ds, set;
        struct dnssec_keys keys;
        struct dnssec_ds read;
        struct dnssec_signature signature;
        struct dns_name_buffer zone = name_of(examples[i].zone);
        set_start(&key, examples[i].zone, DNS_TYPE_DNSKEY);
        set_add_text(&key, examples[i].dnskey);
        set_start(&ds, examples[i].zone, DNS_TYPE_DS);
        set_add_text(&ds, examples[i].ds);
        set_start(&set, examples[i].owner, examples[i].type);
        set_add_text(&set, examples[i].record);
        set_add_text(&set, examples[i].rrsig);
        struct dnssec_rrset view = set_view(&key);
        dnssec_keys_read(&keys, dns_name_view(&zone), view.rdata, view.count);
        assert_int_equal(keys.count, 1);
        assert_true(dnssec_ds_read(ds.rdata[0], ds.length[0], &read));
        assert_int_equal(read.key_tag, keys.key[0].tag);
        assert_true(dnssec_ds_matches(bench.context.workspace, dns_name_view(&zone), &read, &keys.key[0]));
        bench.context.now = examples[i].now;
        assert_int_equal(verify(&set, &keys, &signature), DNSSEC_SECURE);
        bench.context.now = NOW_2027;
        assert_int_equal(verify(&set, &keys, &signature), DNSSEC_BOGUS);
        assert_int_equal(signature.fault.reason, DNSSEC_EXPIRED);
    }
}

/* RFC 4034 §5.4 and RFC 4509 §2.3. */
static void the_ds_examples_match(void **state)
{
    (void)state;
    static struct set key, ds;
    struct dnssec_key read;
    struct dnssec_ds fields;
    struct dns_name_buffer zone = name_of("dskey.EXAMPLE.com.");
    set_start(&key, "dskey.example.com.", DNS_TYPE_DNSKEY);
    set_add_text(&key,
                 "dskey.example.com. 86400 IN DNSKEY 256 3 5 "
                 "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMm"
                 "mAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==");
    set_start(&ds, "dskey.example.com.", DNS_TYPE_DS);
    set_add_text(&ds, "dskey.example.com. 86400 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118");
    set_add_text(&ds, "dskey.example.com. 86400 IN DS 60485 5 2 "
                      "D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A");
    assert_true(dnssec_key_read(key.rdata[0], key.length[0], &read));
    assert_int_equal(read.tag, 60485);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(dnssec_ds_read(ds.rdata[i], ds.length[i], &fields));
        assert_true(dnssec_ds_matches(bench.context.workspace, dns_name_view(&zone), &fields, &read));
        ds.rdata[i][10] ^= 1;
        assert_false(dnssec_ds_matches(bench.context.workspace, dns_name_view(&zone), &fields, &read));
    }
}

/* The last `labels` labels of a deep name; "." for none. */
static const char *deep_name(unsigned labels)
{
    static const char *const all = "l.k.j.i.h.g.f.e.d.c.b.a.";
    return labels == 0 ? "." : all + strlen(all) - 2 * (size_t)labels;
}

static void label_counts_lie_between_signer_and_owner(void **state)
{
    (void)state;
    unsigned triples = 0;
    for (unsigned owner = 0; owner <= 10; owner++) {
        for (unsigned signer_labels = 0; signer_labels <= owner; signer_labels++) {
            struct signer signer;
            struct dnssec_keys keys;
            signer_open(&signer, deep_name(signer_labels), 7, 257);
            signer_keys(&signer, &keys);
            for (unsigned labels = 0; labels <= owner + 3; labels++, triples++) {
                static struct set set;
                struct dnssec_signature signature;
                set_start(&set, deep_name(owner), DNS_TYPE_A);
                set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
                struct rrsig_fields fields = fields_of(&set);
                fields.labels = labels;
                signer_sign(&signer, &set, &fields);
                bool possible = signer_labels <= labels && labels <= owner;
                if (verify(&set, &keys, &signature) != (possible ? DNSSEC_SECURE : DNSSEC_BOGUS))
                    fail_msg("owner %u, signer %u, labels %u", owner, signer_labels, labels);
                if (!possible) {
                    assert_int_equal(signature.fault.reason, DNSSEC_LABELS_WRONG);
                    assert_int_equal(bench.budget.checks, 32);
                    continue;
                }
                assert_int_equal(signature.wildcard, labels < owner);
                if (signature.wildcard) {
                    assert_int_equal(dns_name_labels(signature.closest_encloser), labels);
                    assert_int_equal(dns_name_labels(signature.next_closer), labels + 1);
                    assert_true(dns_name_within(signature.next_closer, signature.closest_encloser));
                }
            }
            signer_close(&signer);
        }
    }
    assert_true(triples >= 500);
}

static void an_asterisk_in_front_is_not_counted(void **state)
{
    (void)state;
    static struct set set;
    struct signer signer;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    set_start(&set, "*.w.example.", DNS_TYPE_A);
    set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
    struct rrsig_fields fields = fields_of(&set);
    assert_int_equal(fields.labels, 2);
    signer_sign(&signer, &set, &fields);
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_SECURE);
    assert_false(signature.wildcard);
    set.rrsig_count = 0;
    fields.labels = 3;
    signer_sign(&signer, &set, &fields);
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_BOGUS);
    signer_close(&signer);
}

static void types_that_no_wildcard_makes_are_refused(void **state)
{
    (void)state;
    static const uint16_t types[] = {DNS_TYPE_NSEC3, DNS_TYPE_DS};
    struct signer signer;
    struct dnssec_keys keys;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    for (unsigned i = 0; i < 2; i++) {
        static struct set set;
        struct dnssec_signature signature;
        set_start(&set, "foo.example.", types[i]);
        set_add(&set, (const uint8_t *)"\1\2\3\4\5\6", 6);
        struct rrsig_fields fields = fields_of(&set);
        fields.labels = 1;
        signer_sign(&signer, &set, &fields);
        assert_int_equal(verify(&set, &keys, &signature), DNSSEC_BOGUS);
        assert_int_equal(signature.fault.reason, DNSSEC_WILDCARD_WRONG);
    }
    signer_close(&signer);
}

static void the_signer_is_the_zone_and_nobody_else(void **state)
{
    (void)state;
    static const struct {
        const char *owner, *signer;
        uint16_t type;
        enum dnssec_reason reason;
    } cases[] = {
        {"www.example.", NULL, DNS_TYPE_A, DNSSEC_REASON_NONE},
        {"www.example.", "EXAMPLE.", DNS_TYPE_A, DNSSEC_REASON_NONE},
        {"www.example.", ".", DNS_TYPE_A, DNSSEC_SIGNER_WRONG},
        {"www.example.", "www.example.", DNS_TYPE_A, DNSSEC_SIGNER_WRONG},
        {"www.example.", "other.", DNS_TYPE_A, DNSSEC_SIGNER_WRONG},
        {"www.other.", NULL, DNS_TYPE_A, DNSSEC_SIGNER_WRONG},
        {"wwwexample.", NULL, DNS_TYPE_A, DNSSEC_SIGNER_WRONG},
        {".", NULL, DNS_TYPE_A, DNSSEC_SIGNER_WRONG},
        {"sub.example.", NULL, DNS_TYPE_DS, DNSSEC_REASON_NONE},
        {"example.", NULL, DNS_TYPE_DS, DNSSEC_SIGNER_WRONG},
        {"example.", NULL, DNS_TYPE_DNSKEY, DNSSEC_REASON_NONE},
        {"sub.example.", NULL, DNS_TYPE_DNSKEY, DNSSEC_SIGNER_WRONG},
        {"example.", NULL, DNS_TYPE_SOA, DNSSEC_REASON_NONE},
    };
    struct signer signer;
    struct dnssec_keys keys;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct set set;
        struct dnssec_signature signature;
        set_start(&set, cases[i].owner, cases[i].type);
        if (cases[i].type == DNS_TYPE_SOA)
            set_add_text(&set, "example. 3600 IN SOA a. b. 1 2 3 4 5");
        else
            set_add(&set, (const uint8_t *)"\1\2\3\4\5\6", 6);
        struct rrsig_fields fields = fields_of(&set);
        fields.signer = cases[i].signer;
        if (cases[i].reason == DNSSEC_REASON_NONE)
            fields.signer = NULL;
        signer_sign(&signer, &set, &fields);
        if (cases[i].signer != NULL && cases[i].reason == DNSSEC_REASON_NONE)
            memcpy(set.rrsig[0] + 19, "EXAMPLE", 7); /* signatures are over the name in lower case */
        verify(&set, &keys, &signature);
        if (signature.fault.reason != cases[i].reason)
            fail_msg("case %u: reason %u", i, signature.fault.reason);
    }
    signer_close(&signer);
}

/* Seconds from now to inception and expiration; the life decides the skew: a tenth, 300 to 3600. */
static void times_have_a_bounded_skew(void **state)
{
    (void)state;
    static const struct {
        int64_t inception, expiration;
        enum dnssec_reason reason;
    } cases[] = {
        {-100, 100, DNSSEC_REASON_NONE},
        {-1000, 0, DNSSEC_REASON_NONE},
        {-1000, -1, DNSSEC_REASON_NONE},
        {-1000, -300, DNSSEC_REASON_NONE},
        {-1000, -301, DNSSEC_EXPIRED},
        {300, 1000, DNSSEC_REASON_NONE},
        {301, 1000, DNSSEC_NOT_YET_VALID},
        {-10300, -1000, DNSSEC_EXPIRED},
        {-11000, -1000, DNSSEC_REASON_NONE},
        {-11000, -1001, DNSSEC_EXPIRED},
        {-864000, -3600, DNSSEC_REASON_NONE},
        {-864000, -3601, DNSSEC_EXPIRED},
        {3600, 864000, DNSSEC_REASON_NONE},
        {3601, 864000, DNSSEC_NOT_YET_VALID},
        {100, -100, DNSSEC_TIME_REVERSED},
        {-1000000000, 1000000000, DNSSEC_REASON_NONE},
        {-2000000000, 2000000000, DNSSEC_TIME_REVERSED},
        {0, 0, DNSSEC_REASON_NONE},
    };
    static const uint64_t clocks[] = {NOW_2027, 0xffffff00, 0x100000000 - 50, 0x100000000 + 7,
                                      1,        0x7fffffff, 5000000000};
    struct signer signer;
    struct dnssec_keys keys;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    for (unsigned c = 0; c < sizeof clocks / sizeof clocks[0]; c++) {
        for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            static struct set set;
            struct dnssec_signature signature;
            set_start(&set, "example.", DNS_TYPE_A);
            set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
            struct rrsig_fields fields = fields_of(&set);
            fields.inception = (uint32_t)((int64_t)clocks[c] + cases[i].inception);
            fields.expiration = (uint32_t)((int64_t)clocks[c] + cases[i].expiration);
            signer_sign(&signer, &set, &fields);
            bench.context.now = clocks[c];
            verify(&set, &keys, &signature);
            if (signature.fault.reason != cases[i].reason)
                fail_msg("clock %u, case %u: reason %u", c, i, signature.fault.reason);
        }
    }
    bench.context.now = NOW_2027;
    signer_close(&signer);
}

static void expired_signatures_are_accepted_for_two_minutes_where_the_policy_says_so(void **state)
{
    (void)state;
    static struct set set;
    struct signer signer;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    set_start(&set, "example.", DNS_TYPE_A);
    set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
    struct rrsig_fields fields = fields_of(&set);
    fields.inception = NOW_2027 - 900000;
    fields.expiration = NOW_2027 - 400000;
    signer_sign(&signer, &set, &fields);
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_BOGUS);
    bench.policy.accept_expired = true;
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_SECURE);
    assert_int_equal(signature.ttl, 120);
    bench.context.now = NOW_2027 - 2000000;
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_BOGUS);
    assert_int_equal(signature.fault.reason, DNSSEC_NOT_YET_VALID);
    bench.context.now = NOW_2027;
    bench.policy.accept_expired = false;
    signer_close(&signer);
}

static void a_wrong_clock_is_blamed_and_not_the_zone(void **state)
{
    (void)state;
    static struct set set;
    struct signer signer;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    char text[DNSSEC_FAULT_TEXT_MAX];
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    set_start(&set, "example.", DNS_TYPE_A);
    set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
    struct rrsig_fields fields = fields_of(&set);
    signer_sign(&signer, &set, &fields);
    bench.policy.clock_floor = NOW_2027 - 86400;
    bench.context.now = 86400;
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_BOGUS);
    assert_int_equal(signature.fault.reason, DNSSEC_CLOCK_WRONG);
    assert_non_null(strstr(dnssec_fault_to_text(&signature.fault, text), "clock"));
    bench.context.now = NOW_2027;
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_SECURE);
    bench.policy.clock_floor = 0;
    signer_close(&signer);
}

static void the_ttl_is_the_least_of_all(void **state)
{
    (void)state;
    static const struct {
        uint32_t ttl, original, left, result;
    } cases[] = {{300, 3600, 9999, 300}, {7200, 3600, 9999, 3600}, {7200, 3600, 60, 60}, {0, 3600, 60, 0}};
    struct signer signer;
    struct dnssec_keys keys;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    for (unsigned i = 0; i < 4; i++) {
        static struct set set;
        struct dnssec_signature signature;
        set_start(&set, "example.", DNS_TYPE_A);
        set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
        set.ttl = cases[i].ttl;
        struct rrsig_fields fields = fields_of(&set);
        fields.original_ttl = cases[i].original;
        fields.expiration = NOW_2027 + cases[i].left;
        signer_sign(&signer, &set, &fields);
        assert_int_equal(verify(&set, &keys, &signature), DNSSEC_SECURE);
        assert_int_equal(signature.ttl, cases[i].result);
    }
    signer_close(&signer);
}

static void order_case_and_duplicates_do_not_matter(void **state)
{
    (void)state;
    static struct set set;
    struct signer signer;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    set_start(&set, "example.", DNS_TYPE_NS);
    set_add_text(&set, "example. 3600 IN NS a.example.");
    set_add_text(&set, "example. 3600 IN NS b.example.");
    struct rrsig_fields fields = fields_of(&set);
    signer_sign(&signer, &set, &fields);
    set.count = 0;
    set_add_text(&set, "example. 3600 IN NS B.eXample.");
    set_add_text(&set, "example. 3600 IN NS A.Example.");
    set_add_text(&set, "example. 3600 IN NS b.EXAMPLE.");
    set.owner = name_of("ExAmPlE.");
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_SECURE);
    signer_close(&signer);
}

static void what_got_furthest_is_blamed_in_words(void **state)
{
    (void)state;
    static struct set set;
    struct signer signer;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    char text[DNSSEC_FAULT_TEXT_MAX], expected[128];
    signer_open(&signer, "example.org.", 1, 257);
    signer_keys(&signer, &keys);
    set_start(&set, "example.org.", DNS_TYPE_A);
    set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
    verify(&set, &keys, &signature);
    assert_string_equal(dnssec_fault_to_text(&signature.fault, text),
                        "no signature of example.org/A, though example.org is signed");
    assert_int_equal(dnssec_reason_ede(signature.fault.reason), DNS_EDE_RRSIGS_MISSING);
    struct rrsig_fields fields = fields_of(&set);
    fields.signer = "org.";
    signer_sign(&signer, &set, &fields);
    fields.signer = NULL;
    fields.inception = 1790000000;
    fields.expiration = 1793491200;
    signer_sign(&signer, &set, &fields);
    verify(&set, &keys, &signature);
    snprintf(expected, sizeof expected, "signature of example.org/A by key %u expired 2026-11-01 00:00 UTC",
             signer.tag);
    assert_string_equal(dnssec_fault_to_text(&signature.fault, text), expected);
    fields = fields_of(&set);
    fields.tag = 4711;
    signer_sign(&signer, &set, &fields);
    verify(&set, &keys, &signature);
    assert_string_equal(dnssec_fault_to_text(&signature.fault, text),
                        "example.org/A is signed by key 4711, which example.org does not have");
    for (unsigned i = 0; i < DNSSEC_REASONS; i++) {
        signature.fault.reason = (enum dnssec_reason)i;
        assert_true(strlen(dnssec_fault_to_text(&signature.fault, text)) > 10);
        assert_null(strchr(text, '%'));
    }
    signer_close(&signer);
}

static void keys_that_may_not_sign_are_named(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags;
        enum dnssec_reason reason;
        int ede;
    } cases[] = {{256, DNSSEC_REASON_NONE, DNS_EDE_NONE},
                 {257, DNSSEC_REASON_NONE, DNS_EDE_NONE},
                 {1, DNSSEC_KEY_NOT_ZONE, DNS_EDE_NO_ZONE_KEY_BIT},
                 {0, DNSSEC_KEY_NOT_ZONE, DNS_EDE_NO_ZONE_KEY_BIT},
                 {257 | DNSSEC_KEY_REVOKE, DNSSEC_KEY_REVOKED, DNS_EDE_DNSKEY_MISSING}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct set set;
        struct signer signer;
        struct dnssec_keys keys;
        struct dnssec_signature signature;
        signer_open(&signer, "example.", 1, cases[i].flags);
        signer_keys(&signer, &keys);
        set_start(&set, "example.", DNS_TYPE_A);
        set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
        struct rrsig_fields fields = fields_of(&set);
        signer_sign(&signer, &set, &fields);
        verify(&set, &keys, &signature);
        assert_int_equal(signature.fault.reason, cases[i].reason);
        assert_int_equal(dnssec_reason_ede(signature.fault.reason), cases[i].ede);
        signer_close(&signer);
    }
}

/* A key of the same tag that is not the signer's: one check in vain, and then the right one. */
static void one_wrong_key_of_the_tag_does_no_harm(void **state)
{
    (void)state;
    static struct set set;
    struct signer signer;
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    uint8_t twin[36];
    signer_open(&signer, "example.", 1, 257);
    memcpy(twin, signer.dnskey, sizeof twin);
    twin[10] = signer.dnskey[12];
    twin[12] = signer.dnskey[10];
    struct dnssec_rdata rdata[] = {{twin, 36}, {signer.dnskey, 36}};
    dnssec_keys_read(&keys, dns_name_view(&signer.zone), rdata, 2);
    assert_int_equal(keys.key[0].tag, keys.key[1].tag);
    set_start(&set, "example.", DNS_TYPE_A);
    set_add(&set, (const uint8_t *)"\1\2\3\4", 4);
    struct rrsig_fields fields = fields_of(&set);
    signer_sign(&signer, &set, &fields);
    assert_int_equal(verify(&set, &keys, &signature), DNSSEC_SECURE);
    assert_int_equal(signature.wrong, 1);
    assert_int_equal(bench.budget.failures, 2);
    assert_int_equal(bench.budget.checks, 30);
    assert_int_equal(bench.budget.cost, 600 - 12);
    signer_close(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfcs_verify),
        cmocka_unit_test(the_ds_examples_match),
        cmocka_unit_test(label_counts_lie_between_signer_and_owner),
        cmocka_unit_test(an_asterisk_in_front_is_not_counted),
        cmocka_unit_test(types_that_no_wildcard_makes_are_refused),
        cmocka_unit_test(the_signer_is_the_zone_and_nobody_else),
        cmocka_unit_test(times_have_a_bounded_skew),
        cmocka_unit_test(expired_signatures_are_accepted_for_two_minutes_where_the_policy_says_so),
        cmocka_unit_test(a_wrong_clock_is_blamed_and_not_the_zone),
        cmocka_unit_test(the_ttl_is_the_least_of_all),
        cmocka_unit_test(order_case_and_duplicates_do_not_matter),
        cmocka_unit_test(what_got_furthest_is_blamed_in_words),
        cmocka_unit_test(keys_that_may_not_sign_are_named),
        cmocka_unit_test(one_wrong_key_of_the_tag_does_no_harm),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
