/* Canonical form, and RRsets gathered from messages. */
#include "support.h"

#include "dns/builder.h"
#include "dnssec/canonical.h"

static struct dnssec_canonical canonical;
static struct dns_text_record record;

/* Which types have their names lowered, and which not: RFC 4034 §6.2 without NSEC, RFC 6840 §5.1. */
static void names_are_lowered_where_the_rfcs_say(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lowered; /* NULL: stays as it is */
    } cases[] = {
        {"x. NS A.B.", "x. NS a.b."},
        {"x. CNAME A.B.", "x. CNAME a.b."},
        {"x. PTR A.B.", "x. PTR a.b."},
        {"x. DNAME A.B.", "x. DNAME a.b."},
        {"x. SOA A.B. C.D. 1 2 3 4 5", "x. SOA a.b. c.d. 1 2 3 4 5"},
        {"x. MX 65 A.B.", "x. MX 65 a.b."},
        {"x. MINFO A.B. C.D.", "x. MINFO a.b. c.d."},
        {"x. RP A.B. C.D.", "x. RP a.b. c.d."},
        {"x. AFSDB 16705 A.B.", "x. AFSDB 16705 a.b."},
        {"x. RT 16705 A.B.", "x. RT 16705 a.b."},
        {"x. PX 16705 A.B. C.D.", "x. PX 16705 a.b. c.d."},
        {"x. KX 16705 A.B.", "x. KX 16705 a.b."},
        {"x. SRV 16705 16705 16705 A.B.", "x. SRV 16705 16705 16705 a.b."},
        {"x. NAPTR 1 2 \"U\" \"SIP\" \"!A!B!\" A.B.", "x. NAPTR 1 2 \"U\" \"SIP\" \"!A!B!\" a.b."},
        {"x. RRSIG A 8 1 1 20370101000000 20260101000000 65 EXAMPLE. QUJD",
         "x. RRSIG A 8 1 1 20370101000000 20260101000000 65 example. QUJD"},
        {"x. NSEC A.B. A NS", NULL},
        {"x. TXT \"ABC\"", NULL},
        {"x. HINFO \"ABC\" \"DEF\"", NULL},
        {"x. TYPE65400 \\# 4 41424344", NULL},
        {"x. LP 10 A.B.", NULL},
        {"x. HTTPS 1 A.B. alpn=h2", NULL},
        {"x. DS 65 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D", NULL},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static uint8_t expected[65535], got[65535];
        assert_int_equal(dns_record_from_text(cases[i].lowered != NULL ? cases[i].lowered : cases[i].text,
                                              dns_name_root(), 60, &record),
                         DNS_OK);
        uint16_t length = record.rdata_length;
        memcpy(expected, record.rdata, length);
        assert_int_equal(dns_record_from_text(cases[i].text, dns_name_root(), 60, &record), DNS_OK);
        assert_int_equal(record.rdata_length, length);
        assert_true(dnssec_canonical_rdata(record.type, record.rdata, length, got));
        if (memcmp(got, expected, length) != 0)
            fail_msg("%s", cases[i].text);
    }
}

static void a6_has_a_name_behind_its_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *rdata;
        unsigned length;
        bool valid;
        unsigned lowered;
    } cases[] = {
        {"\0AAAAAAAAAAAAAAAA", 17, true, 0},
        {"\0AAAAAAAAAAAAAAA", 16, false, 0},
        {"\200\1A", 4, true, 2},
        {"\100AAAAAAAA\1A", 12, true, 10},
        {"\201\1A", 4, false, 0},
        {"\200\1A\0", 5, false, 0},
        {"\200", 1, false, 0},
        {"", 0, false, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t got[32];
        bool valid = dnssec_canonical_rdata(38, (const uint8_t *)cases[i].rdata, cases[i].length, got);
        assert_int_equal(valid, cases[i].valid);
        if (valid && cases[i].lowered > 0)
            assert_int_equal(got[cases[i].lowered], 'a');
        else if (valid)
            assert_memory_equal(got, cases[i].rdata, cases[i].length);
    }
}

static void rdata_of_another_form_has_no_canonical_one(void **state)
{
    (void)state;
    uint8_t got[32];
    assert_false(dnssec_canonical_rdata(DNS_TYPE_NS, (const uint8_t *)"\1a\0x", 4, got));
    assert_false(dnssec_canonical_rdata(DNS_TYPE_NS, (const uint8_t *)"\1a", 2, got));
    assert_false(dnssec_canonical_rdata(DNS_TYPE_NS, (const uint8_t *)"\300\14", 2, got));
    assert_false(dnssec_canonical_rdata(DNS_TYPE_MX, (const uint8_t *)"\1", 1, got));
    assert_false(dnssec_canonical_rdata(DNS_TYPE_MX, NULL, 0, got));
    assert_false(dnssec_canonical_rdata(35, (const uint8_t *)"\0\0\0\0\377a", 6, got));
}

static void records_are_sorted_and_each_is_there_once(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (unsigned round = 0; round < 200; round++) {
        static uint8_t octets[DNSSEC_RECORDS_MAX][4];
        static struct dnssec_rdata rdata[DNSSEC_RECORDS_MAX];
        struct dns_name_buffer owner = name_of("EXAMPLE.");
        unsigned count = random_next(&seed) % (DNSSEC_RECORDS_MAX + 1);
        for (unsigned i = 0; i < count; i++) {
            for (unsigned j = 0; j < 4; j++)
                octets[i][j] = random_next(&seed) % 4;
            rdata[i] = (struct dnssec_rdata){octets[i], (uint16_t)(random_next(&seed) % 5)};
        }
        struct dnssec_rrset rrset = {dns_name_view(&owner), 65400, 1, 60, rdata, count, NULL, 0};
        assert_int_equal(dnssec_canonical_rrset(&rrset, &canonical), DNSSEC_REASON_NONE);
        assert_int_equal(canonical.owner.wire[1], 'e');
        for (unsigned i = 1; i < canonical.count; i++) {
            const struct dnssec_rdata *a = &canonical.rdata[i - 1], *b = &canonical.rdata[i];
            int order = memcmp(a->octets, b->octets, a->length < b->length ? a->length : b->length);
            assert_true(order < 0 || (order == 0 && a->length < b->length));
        }
        for (unsigned i = 0; i < count; i++) {
            unsigned found = 0;
            for (unsigned j = 0; j < canonical.count; j++)
                found += canonical.rdata[j].length == rdata[i].length &&
                         memcmp(canonical.rdata[j].octets, rdata[i].octets, rdata[i].length) == 0;
            assert_int_equal(found, 1);
        }
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    static uint8_t octets[40000];
    static struct dnssec_rdata rdata[DNSSEC_RECORDS_MAX + 1];
    struct dns_name_buffer owner = name_of("example.");
    for (unsigned i = 0; i <= DNSSEC_RECORDS_MAX; i++)
        rdata[i] = (struct dnssec_rdata){octets, 1};
    struct dnssec_rrset rrset = {dns_name_view(&owner), 65400, 1, 60, rdata, DNSSEC_RECORDS_MAX + 1, NULL, 0};
    assert_int_equal(dnssec_canonical_rrset(&rrset, &canonical), DNSSEC_RRSET_TOO_LARGE);
    rrset.count = DNSSEC_RECORDS_MAX;
    assert_int_equal(dnssec_canonical_rrset(&rrset, &canonical), DNSSEC_REASON_NONE);
    assert_int_equal(canonical.count, 1);
    rdata[0].length = rdata[1].length = 40000;
    assert_int_equal(dnssec_canonical_rrset(&rrset, &canonical), DNSSEC_RRSET_TOO_LARGE);
}

/* --- gathering --- */

static struct {
    uint8_t wire[4096], octets[8192];
    struct dns_record records[64];
    struct dns_message message;
    struct dnssec_rdata rdata[64];
    struct dnssec_rrset rrsets[16];
} from;

static void add(struct dns_builder *builder, enum dns_section section, const char *text)
{
    assert_int_equal(dns_record_from_text(text, dns_name_root(), 60, &record), DNS_OK);
    assert_true(dns_builder_record(builder, section, dns_name_view(&record.owner), record.type, record.class,
                                   record.ttl, record.rdata, record.rdata_length));
}

static void make_message(void)
{
    struct dns_builder builder;
    struct dns_name_buffer qname = name_of("example.");
    dns_builder_start(&builder, from.wire, sizeof from.wire, 1, DNS_FLAG_QR);
    dns_builder_question(&builder, dns_name_view(&qname), DNS_TYPE_NS, DNS_CLASS_IN);
    add(&builder, DNS_ANSWER, "example. 300 NS a.example.");
    add(&builder, DNS_ANSWER, "example. 200 RRSIG NS 8 1 300 20370101000000 20260101000000 1 example. QUJD");
    add(&builder, DNS_ANSWER, "a.example. 300 A 192.0.2.1");
    add(&builder, DNS_ANSWER, "EXAMPLE. 250 NS b.example.");
    add(&builder, DNS_ANSWER, "example. 300 RRSIG NS 13 1 300 20370101000000 20260101000000 2 example. QUJD");
    add(&builder, DNS_ANSWER,
        "b.example. 300 RRSIG A 13 1 300 20370101000000 20260101000000 2 example. QUJD");
    size_t length = dns_builder_finish(&builder);
    assert_int_equal(dns_message_parse(&from.message, from.wire, length, from.records, 64), DNS_OK);
}

static struct dnssec_gather gather_into(size_t octets, unsigned rdata)
{
    return (struct dnssec_gather){
        .rdata = from.rdata, .rdata_capacity = rdata, .octets = from.octets, .capacity = octets};
}

static void a_section_becomes_rrsets_with_their_signatures(void **state)
{
    (void)state;
    unsigned count = 16;
    struct dnssec_gather gather = gather_into(sizeof from.octets, 64);
    make_message();
    assert_int_equal(dnssec_gather_section(&gather, &from.message, DNS_ANSWER, from.rrsets, &count), DNS_OK);
    assert_int_equal(count, 3);
    struct dns_name_buffer name = name_of("Example.");
    const struct dnssec_rrset *ns =
        dnssec_rrset_find(from.rrsets, count, dns_name_view(&name), DNS_TYPE_NS, DNS_CLASS_IN);
    assert_non_null(ns);
    assert_int_equal(ns->count, 2);
    assert_int_equal(ns->rrsig_count, 2);
    assert_int_equal(ns->ttl, 200);
    assert_memory_equal(ns->rdata[1].octets, "\1b\7example", 11);
    assert_int_equal(ns->rrsig[1].octets[2], 13);
    name = name_of("b.example.");
    const struct dnssec_rrset *lonely =
        dnssec_rrset_find(from.rrsets, count, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN);
    assert_non_null(lonely);
    assert_int_equal(lonely->count, 0);
    assert_int_equal(lonely->rrsig_count, 1);
}

static void uncompressed_records_become_rrsets_in_place(void **state)
{
    (void)state;
    struct dns_name_buffer a = name_of("a.example."), again = name_of("A.EXAMPLE.");
    static const uint8_t rrsig[] = {0, 1, 8};
    struct dnssec_record records[] = {
        {dns_name_view(&a), DNS_TYPE_A, 1, 300, {(const uint8_t *)"\1\2\3\4", 4}},
        {dns_name_view(&again), DNS_TYPE_RRSIG, 1, 100, {rrsig, 3}},
        {dns_name_view(&a), DNS_TYPE_A, 3, 300, {(const uint8_t *)"\1\2\3\4", 4}},
        {dns_name_view(&again), DNS_TYPE_A, 1, 200, {(const uint8_t *)"\1\2\3\5", 4}},
    };
    unsigned count = 16;
    struct dnssec_gather gather = gather_into(0, 64);
    assert_int_equal(dnssec_gather_records(&gather, records, 4, from.rrsets, &count), DNS_OK);
    assert_int_equal(count, 2);
    assert_int_equal(from.rrsets[0].count, 2);
    assert_int_equal(from.rrsets[0].rrsig_count, 1);
    assert_int_equal(from.rrsets[0].ttl, 100);
    assert_ptr_equal(from.rrsets[0].rdata[1].octets, records[3].rdata.octets);
    assert_ptr_equal(from.rrsets[0].owner.wire, a.wire);
    assert_int_equal(from.rrsets[1].class, 3);
    records[1].rdata.length = 1;
    count = 16;
    assert_int_equal(dnssec_gather_records(&gather, records, 4, from.rrsets, &count), DNS_ERROR_RDATA);
    count = 1;
    records[1].rdata.length = 2;
    assert_int_equal(dnssec_gather_records(&gather, records, 4, from.rrsets, &count), DNS_ERROR_TOO_MANY);
}

static void what_does_not_fit_is_an_error(void **state)
{
    (void)state;
    make_message();
    bool fitted = false;
    for (size_t octets = 0; octets < 400; octets++) {
        unsigned count = 16;
        struct dnssec_gather gather = gather_into(octets, 64);
        enum dns_error error = dnssec_gather_section(&gather, &from.message, DNS_ANSWER, from.rrsets, &count);
        assert_true(error == DNS_OK || (error == DNS_ERROR_SPACE && !fitted));
        fitted = error == DNS_OK;
        make_message(); /* names have been followed: the budget of pointers is the message's */
    }
    assert_true(fitted);
    for (unsigned rdata = 0; rdata < 6; rdata++) {
        unsigned count = 16;
        struct dnssec_gather gather = gather_into(sizeof from.octets, rdata);
        assert_int_equal(dnssec_gather_section(&gather, &from.message, DNS_ANSWER, from.rrsets, &count),
                         DNS_ERROR_TOO_MANY);
    }
    unsigned count = 2;
    struct dnssec_gather gather = gather_into(sizeof from.octets, 64);
    assert_int_equal(dnssec_gather_section(&gather, &from.message, DNS_ANSWER, from.rrsets, &count),
                     DNS_ERROR_TOO_MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_lowered_where_the_rfcs_say),
        cmocka_unit_test(a6_has_a_name_behind_its_prefix),
        cmocka_unit_test(rdata_of_another_form_has_no_canonical_one),
        cmocka_unit_test(records_are_sorted_and_each_is_there_once),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(a_section_becomes_rrsets_with_their_signatures),
        cmocka_unit_test(uncompressed_records_become_rrsets_in_place),
        cmocka_unit_test(what_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
