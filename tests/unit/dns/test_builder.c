/* Writing messages: what is written can be read again, and nothing is written beyond the bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/builder.h"

static struct dns_name_buffer text_name(const char *text)
{
    struct dns_name_buffer buffer;
    if (dns_name_from_text(text, &buffer) != DNS_OK)
        fail_msg("%s is not a name", text);
    return buffer;
}

static bool add_address(struct dns_builder *builder, enum dns_section section, const char *owner)
{
    struct dns_name_buffer name = text_name(owner);
    return dns_builder_record(builder, section, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN, 300,
                              (const uint8_t *)"\300\0\2\1", 4);
}

static bool ask(struct dns_builder *builder, const char *qname)
{
    struct dns_name_buffer name = text_name(qname);
    return dns_builder_question(builder, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN);
}

static const struct dns_edns_reply plain_edns = {.udp_size = 1232, .ede = DNS_EDE_NONE};

static void ready_records_are_copied_whole_or_not_at_all(void **state)
{
    static const uint8_t records[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1};
    uint8_t wire[512];
    struct dns_builder builder;
    struct dns_message message;
    struct dns_record parsed[4];
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR);
    assert_true(ask(&builder, "example.org"));
    assert_true(dns_builder_copy(&builder, DNS_ANSWER, records, sizeof records, 1));
    builder.capacity = builder.length + sizeof records - 1;
    assert_false(dns_builder_copy(&builder, DNS_ANSWER, records, sizeof records, 1));
    assert_true(builder.full);
    size_t length = dns_builder_finish(&builder);
    assert_int_equal(dns_message_parse(&message, wire, length, parsed, 4), DNS_OK);
    assert_int_equal(message.count[DNS_ANSWER], 1);
    assert_int_equal(parsed[0].ttl, 9);

    dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR);
    assert_false(
        dns_builder_copy(&builder, DNS_ANSWER, records, sizeof records, 1)); /* no question to point to */
}

static void written_messages_are_read_back(void **state)
{
    uint8_t wire[512];
    struct dns_builder builder;
    struct dns_message message;
    struct dns_record records[8];
    static const char *const owners[] = {"www.example.org",    "ns.EXAMPLE.org", "org", ".",
                                         "x.y.ns.example.org", "other.net"};
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 0xbeef, DNS_FLAG_QR | DNS_FLAG_RA | DNS_RCODE_NXDOMAIN);
    assert_true(ask(&builder, "www.Example.org"));
    for (unsigned i = 0; i < 6; i++)
        assert_true(add_address(&builder,
                                i < 2   ? DNS_ANSWER
                                : i < 4 ? DNS_AUTHORITY
                                        : DNS_ADDITIONAL,
                                owners[i]));
    assert_true(dns_builder_edns(&builder, &plain_edns));
    size_t length = dns_builder_finish(&builder);

    assert_int_equal(dns_message_parse(&message, wire, length, records, 8), DNS_OK);
    assert_int_equal(message.id, 0xbeef);
    assert_true(message.response && message.recursion_available && !message.truncated);
    assert_int_equal(message.rcode, DNS_RCODE_NXDOMAIN);
    assert_true(message.edns.present);
    for (unsigned i = 0; i < 6; i++) {
        struct dns_name_buffer name = text_name(owners[i]);
        assert_int_equal(message.count[i / 2], 2);
        assert_true(dns_message_owner_is(&message, &records[i], dns_name_view(&name)));
        assert_int_equal(records[i].ttl, 300);
        assert_memory_equal(wire + records[i].rdata, "\300\0\2\1", 4);
    }
}

static void owners_are_compressed_as_far_as_can_be(void **state)
{
    static const struct {
        const char *owner;
        unsigned size;
    } table[] = {
        {"www.example.org", 2}, /* the question */
        {"example.org", 2},     /* its tail */
        {"ORG", 2},
        {".", 1},
        {"ns1.example.org", 6},
        {"ns1.example.org", 2}, /* the record before */
        {"a.ns1.example.org", 4},
        {"a.ns1.example.org", 2},
        {"xample.org", 9}, /* no label boundary there */
        {"net", 5},
        {"b.net", 4},
    };
    uint8_t wire[1024];
    struct dns_builder builder;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_true(ask(&builder, "www.example.org"));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t before = builder.length;
        assert_true(add_address(&builder, DNS_ANSWER, table[i].owner));
        assert_int_equal(builder.length - before, table[i].size + 10 + 4);
    }
}

static void nothing_points_beyond_14_bits(void **state)
{
    static uint8_t wire[DNS_MESSAGE_MAX], filler[16000];
    static struct dns_record records[16];
    struct dns_builder builder;
    struct dns_message message;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_true(
        dns_builder_record(&builder, DNS_ANSWER, dns_name_root(), 65280, DNS_CLASS_IN, 1, filler, 16000));
    assert_true(
        dns_builder_record(&builder, DNS_ANSWER, dns_name_root(), 65280, DNS_CLASS_IN, 1, filler, 348));
    assert_int_equal(builder.length, 0x4000 - 2);
    assert_true(
        add_address(&builder, DNS_ANSWER, "a.example")); /* "a.example" at 0x3ffe, "example" at 0x4000 */
    size_t before = builder.length;
    assert_true(add_address(&builder, DNS_ANSWER, "a.example"));
    assert_int_equal(builder.length - before, 2 + 14);
    before = builder.length;
    assert_true(add_address(&builder, DNS_ANSWER, "example"));
    assert_int_equal(builder.length - before, 9 + 14);
    assert_int_equal(dns_message_parse(&message, wire, dns_builder_finish(&builder), records, 16), DNS_OK);
}

static void at_every_capacity_the_message_stays_within_and_whole(void **state)
{
    const struct dns_edns_reply edns = {.udp_size = 1232, .ede = DNS_EDE_NETWORK_ERROR, .ede_text = "text"};
    struct dns_record records[8];
    (void)state;
    for (size_t capacity = DNS_HEADER_SIZE; capacity <= 160; capacity++) {
        uint8_t *wire = malloc(capacity);
        struct dns_builder builder;
        struct dns_message message;
        assert_non_null(wire);
        dns_builder_start(&builder, wire, capacity, 1, DNS_FLAG_QR);
        bool asked = ask(&builder, "www.example.org");
        unsigned added = 0;
        added += add_address(&builder, DNS_ANSWER, "www.example.org");
        added += add_address(&builder, DNS_AUTHORITY, "ns.example.org");
        added += add_address(&builder, DNS_ADDITIONAL, "other.net");
        assert_int_equal(builder.full, added < 3);
        bool opt = dns_builder_edns(&builder, &edns);
        size_t length = dns_builder_finish(&builder);
        assert_true(length <= capacity);
        assert_int_equal(dns_message_parse(&message, wire, length, records, 8), DNS_OK);
        assert_int_equal(message.questions, asked);
        assert_int_equal(message.count[0] + message.count[1] + message.count[2], added);
        assert_int_equal(message.edns.present, opt);
        free(wire);
    }
}

static void after_the_first_thing_too_large_the_rest_is_refused(void **state)
{
    uint8_t wire[64], large[64] = {0};
    struct dns_builder builder;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_true(ask(&builder, "a"));
    assert_false(dns_builder_record(&builder, DNS_ANSWER, dns_name_root(), 16, DNS_CLASS_IN, 1, large, 64));
    assert_true(builder.full);
    assert_false(add_address(&builder, DNS_ANSWER, "a"));
    assert_false(ask(&builder, "a"));
    assert_int_equal(dns_builder_finish(&builder), 12 + 7);
}

static void dropped_records_leave_a_truncated_message(void **state)
{
    uint8_t wire[128];
    struct dns_builder builder;
    struct dns_message message;
    struct dns_record records[4];
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR);
    assert_true(ask(&builder, "a.example"));
    while (add_address(&builder, DNS_ANSWER, "b.example"))
        continue;
    dns_builder_drop_records(&builder);
    assert_false(builder.full);
    assert_true(dns_builder_edns(&builder, &plain_edns));
    assert_int_equal(dns_message_parse(&message, wire, dns_builder_finish(&builder), records, 4), DNS_OK);
    assert_true(message.truncated && message.edns.present);
    assert_int_equal(message.count[DNS_ANSWER], 0);
    assert_int_equal(message.questions, 1);
}

static void names_of_dropped_records_are_not_pointed_to(void **state)
{
    uint8_t wire[128];
    struct dns_builder builder;
    struct dns_message message;
    struct dns_record records[4];
    struct dns_name_buffer owner = text_name("b.net");
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_true(ask(&builder, "a.example"));
    assert_true(add_address(&builder, DNS_ANSWER, "b.net"));
    dns_builder_drop_records(&builder);
    assert_true(add_address(&builder, DNS_ANSWER, "c.example"));
    assert_true(add_address(&builder, DNS_ANSWER, "b.net"));
    assert_int_equal(dns_message_parse(&message, wire, dns_builder_finish(&builder), records, 4), DNS_OK);
    assert_true(dns_message_owner_is(&message, &records[1], dns_name_view(&owner)));
}

static void sections_out_of_order_are_refused(void **state)
{
    uint8_t wire[256];
    struct dns_builder builder;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_true(add_address(&builder, DNS_AUTHORITY, "a"));
    assert_false(add_address(&builder, DNS_ANSWER, "a"));
    assert_true(builder.full);
}

static void lowered_capacity_keeps_room_for_edns(void **state)
{
    uint8_t wire[100];
    struct dns_builder builder;
    size_t reserved = dns_edns_size(&plain_edns);
    (void)state;
    assert_int_equal(reserved, 11);
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    builder.capacity -= reserved;
    while (add_address(&builder, DNS_ANSWER, "."))
        continue;
    assert_true(builder.length <= sizeof wire - reserved);
    builder.capacity += reserved;
    assert_true(dns_builder_edns(&builder, &plain_edns));
}

static void edns_leaves_out_text_then_code_then_options(void **state)
{
    static const uint8_t options[] = "\0\12\0\10cookieee";
    const struct dns_edns_reply edns = {
        .udp_size = 1232,
        .ede = DNS_EDE_BLOCKED,
        .ede_text = "why",
        .options = options,
        .options_length = 12,
    };
    static const struct {
        size_t room, used;
        bool added;
    } table[] = {
        {32, 32, true}, {31, 29, true}, {29, 29, true}, {28, 23, true},
        {23, 23, true}, {22, 11, true}, {11, 11, true}, {10, 0, false},
    };
    (void)state;
    assert_int_equal(dns_edns_size(&edns), 32);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t wire[64];
        struct dns_builder builder;
        struct dns_message message;
        dns_builder_start(&builder, wire, DNS_HEADER_SIZE + table[i].room, 1, 0);
        assert_int_equal(dns_builder_edns(&builder, &edns), table[i].added);
        size_t length = dns_builder_finish(&builder);
        assert_int_equal(length, DNS_HEADER_SIZE + table[i].used);
        assert_int_equal(dns_message_parse(&message, wire, length, NULL, 0), DNS_OK);
    }
}

static void extended_error_is_written_as_rfc_8914_has_it(void **state)
{
    const struct dns_edns_reply edns = {.udp_size = 4096, .dnssec_ok = true, .ede = 22, .ede_text = "no"};
    uint8_t wire[64];
    struct dns_builder builder;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_true(dns_builder_edns(&builder, &edns));
    assert_memory_equal(wire + 12, "\0\0\51\20\0\0\0\200\0\0\10\0\17\0\4\0\26no", 19);
}

static void extended_rcode_is_split(void **state)
{
    struct dns_edns_reply edns = {.udp_size = 1232, .ede = DNS_EDE_NONE, .rcode = DNS_RCODE_BADVERS};
    uint8_t wire[64];
    struct dns_builder builder;
    struct dns_message message;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR | DNS_RCODE_SERVFAIL);
    assert_true(dns_builder_edns(&builder, &edns));
    assert_int_equal(dns_message_parse(&message, wire, dns_builder_finish(&builder), NULL, 0), DNS_OK);
    assert_int_equal(message.rcode, DNS_RCODE_BADVERS);

    edns.rcode = 0;
    dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR | DNS_FLAG_CD | DNS_RCODE_NXDOMAIN);
    assert_true(dns_builder_edns(&builder, &edns));
    assert_int_equal(dns_message_parse(&message, wire, dns_builder_finish(&builder), NULL, 0), DNS_OK);
    assert_int_equal(message.rcode, DNS_RCODE_NXDOMAIN);
    assert_true(message.checking_disabled);
}

static void comparisons_in_vain_are_bounded(void **state)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    static struct dns_record records[2000];
    struct dns_builder builder;
    struct dns_message message;
    struct dns_name_buffer last = text_name("n1999.zone");
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    for (unsigned i = 1000; i < 2000; i++) {
        char owner[32];
        snprintf(owner, sizeof owner, "n%u.zone", i);
        assert_true(add_address(&builder, DNS_ANSWER, owner));
    }
    assert_int_equal(builder.comparisons_left, 0);
    assert_true(builder.target_count <= DNS_BUILDER_TARGETS);
    assert_int_equal(dns_message_parse(&message, wire, dns_builder_finish(&builder), records, 2000), DNS_OK);
    assert_true(dns_message_owner_is(&message, &records[999], dns_name_view(&last)));
}

static void the_last_owner_and_the_question_are_always_compressed(void **state)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    struct dns_builder builder;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_true(ask(&builder, "q.example"));
    builder.comparisons_left = 0;
    for (unsigned i = 0; i < 500; i++) {
        size_t before = builder.length;
        assert_true(add_address(&builder, DNS_ANSWER, "owner.example"));
        assert_int_equal(builder.length - before, 14 + (i == 0 ? 15 : 2));
    }
    size_t before = builder.length;
    assert_true(add_address(&builder, DNS_ANSWER, "Q.example"));
    assert_int_equal(builder.length - before, 14 + 2);
}

static void rdata_beyond_a_message_is_refused(void **state)
{
    uint8_t wire[64];
    struct dns_builder builder;
    (void)state;
    dns_builder_start(&builder, wire, sizeof wire, 1, 0);
    assert_false(dns_builder_record(&builder, DNS_ANSWER, dns_name_root(), 1, 1, 1, wire, SIZE_MAX - 4));
    assert_int_equal(builder.length, DNS_HEADER_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_records_are_copied_whole_or_not_at_all),
        cmocka_unit_test(written_messages_are_read_back),
        cmocka_unit_test(owners_are_compressed_as_far_as_can_be),
        cmocka_unit_test(nothing_points_beyond_14_bits),
        cmocka_unit_test(at_every_capacity_the_message_stays_within_and_whole),
        cmocka_unit_test(after_the_first_thing_too_large_the_rest_is_refused),
        cmocka_unit_test(dropped_records_leave_a_truncated_message),
        cmocka_unit_test(names_of_dropped_records_are_not_pointed_to),
        cmocka_unit_test(sections_out_of_order_are_refused),
        cmocka_unit_test(lowered_capacity_keeps_room_for_edns),
        cmocka_unit_test(edns_leaves_out_text_then_code_then_options),
        cmocka_unit_test(extended_error_is_written_as_rfc_8914_has_it),
        cmocka_unit_test(extended_rcode_is_split),
        cmocka_unit_test(comparisons_in_vain_are_bounded),
        cmocka_unit_test(the_last_owner_and_the_question_are_always_compressed),
        cmocka_unit_test(rdata_beyond_a_message_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
