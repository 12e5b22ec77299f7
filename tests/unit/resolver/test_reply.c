/* Clients' queries, images, answers put together from them, and replies of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/builder.h"
#include "resolver/image.h"
#include "resolver/reply.h"

static struct dns_name_buffer name_buffer(const char *text)
{
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text(text, &name), DNS_OK);
    return name;
}

/* -- queries -------------------------------------------------------------------------------------- */

static size_t write_query(uint8_t *to, unsigned flags, bool edns, unsigned udp_size)
{
    struct dns_builder builder;
    struct dns_name_buffer name = name_buffer("WWW.example.com");
    dns_builder_start(&builder, to, 512, 0x1234, (uint16_t)flags);
    dns_builder_question(&builder, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN);
    if (edns)
        dns_builder_edns(&builder,
                         &(struct dns_edns_reply){.udp_size = (uint16_t)udp_size, .ede = DNS_EDE_NONE});
    return dns_builder_finish(&builder);
}

static void queries_get_the_verdict_they_deserve(void **state)
{
    struct query query;
    uint8_t wire[600];
    uint16_t rcode;
    (void)state;
    size_t length = write_query(wire, DNS_FLAG_RD, true, 1400);
    assert_int_equal(query_parse(&query, wire, length, &rcode), QUERY_OK);
    assert_int_equal(query.id, 0x1234);
    assert_true(query.recursion_desired && query.edns && query.question);
    assert_int_equal(query.udp_size, 1400);
    length = write_query(wire, DNS_FLAG_RD, true, 100);
    assert_int_equal(query_parse(&query, wire, length, &rcode), QUERY_OK);
    assert_int_equal(query.udp_size, 512);
    length = write_query(wire, 0, false, 0);
    assert_int_equal(query_parse(&query, wire, length, &rcode), QUERY_OK);
    assert_int_equal(query.udp_size, 512);
    for (size_t cut = 0; cut < 12; cut++)
        assert_int_equal(query_parse(&query, wire, cut, &rcode), QUERY_DROP);
    for (size_t cut = 12; cut < length; cut++) {
        assert_int_equal(query_parse(&query, wire, cut, &rcode), QUERY_REPLY);
        assert_int_equal(rcode, DNS_RCODE_FORMERR);
    }
    wire[length] = 0;
    assert_int_equal(query_parse(&query, wire, length + 1, &rcode), QUERY_REPLY);
    wire[2] |= 0x80;
    assert_int_equal(query_parse(&query, wire, length, &rcode), QUERY_DROP);
    for (unsigned opcode = 1; opcode < 16; opcode++) {
        length = write_query(wire, opcode << DNS_OPCODE_SHIFT, true, 1232);
        assert_int_equal(query_parse(&query, wire, length, &rcode), QUERY_REPLY);
        assert_int_equal(rcode, DNS_RCODE_NOTIMP);
    }
    length = write_query(wire, DNS_FLAG_RD, true, 1232);
    wire[length - 5] = 1; /* version of EDNS */
    assert_int_equal(query_parse(&query, wire, length, &rcode), QUERY_REPLY);
    assert_int_equal(rcode, DNS_RCODE_BADVERS);
    assert_true(query.edns && query.question);
    for (unsigned questions = 0; questions < 300; questions++) {
        length = write_query(wire, DNS_FLAG_RD, false, 0);
        wire[4] = (uint8_t)(questions >> 8), wire[5] = (uint8_t)questions;
        if (questions != 1)
            assert_int_equal(query_parse(&query, wire, length, &rcode), QUERY_REPLY);
    }
}

static void errors_are_whole_messages(void **state)
{
    static const uint16_t rcodes[] = {DNS_RCODE_FORMERR, DNS_RCODE_NOTIMP, DNS_RCODE_REFUSED,
                                      DNS_RCODE_BADVERS, DNS_RCODE_SERVFAIL};
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        for (unsigned how = 0; how < 4; how++) {
            uint8_t wire[600], out[512];
            struct query query;
            uint16_t rcode;
            struct dns_message message;
            struct dns_record records[4];
            size_t length = write_query(wire, DNS_FLAG_RD, how & 1, 1232);
            query_parse(&query, wire, length, &rcode);
            query.question = how & 2;
            struct reply_options options = {.limit = 512, .udp_size = 1232, .recursion_available = true};
            length = reply_error(out, &query, rcodes[i], DNS_EDE_OTHER, "why", &options);
            assert_int_equal(dns_message_parse(&message, out, length, records, 4), DNS_OK);
            assert_int_equal(message.rcode, how & 1 ? rcodes[i] : rcodes[i] & 15);
            assert_int_equal(message.questions, how & 2 ? 1 : 0);
            assert_int_equal(message.edns.present, how & 1);
            assert_int_equal(message.id, 0x1234);
            assert_true(message.response && message.recursion_desired && message.recursion_available);
        }
}

static void mutated_queries_do_no_harm(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t wire[600], out[512];
        size_t length = write_query(wire, DNS_FLAG_RD, i & 1, 1232);
        for (unsigned j = 0; j < 1 + i % 4; j++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            wire[(seed >> 33) % length] = (uint8_t)(seed >> 56);
        }
        uint8_t *packet = malloc(length); /* so that reading beyond its end is seen */
        struct query query;
        uint16_t rcode;
        memcpy(packet, wire, length);
        enum query_verdict verdict = query_parse(&query, packet, length, &rcode);
        free(packet);
        if (verdict == QUERY_DROP)
            continue;
        struct reply_options options = {.limit = 512, .udp_size = 1232};
        struct dns_message message;
        struct dns_record records[4];
        length = reply_error(out, &query, verdict == QUERY_OK ? DNS_RCODE_REFUSED : rcode, DNS_EDE_OTHER, "x",
                             &options);
        assert_int_equal(dns_message_parse(&message, out, length, records, 4), DNS_OK);
    }
}

/* -- answers -------------------------------------------------------------------------------------- */

/* An answer with `answers` records, an SOA and an address beside. */
static void make_answer(struct answer *answer, uint8_t *wire, size_t capacity, const char *qname,
                        unsigned answers)
{
    struct dns_name_buffer name = name_buffer(qname), above = name_buffer("example.com"),
                           other = name_buffer("ns.net");
    struct image_writer writer;
    answer_start(answer, wire, capacity, dns_name_view(&name), DNS_TYPE_A, false);
    image_start(&writer, dns_name_view(&name), wire + answer->length, capacity - answer->length);
    for (unsigned i = 0; i < answers; i++)
        image_add(&writer, IMAGE_ANSWER, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN, 300,
                  (const uint8_t[]){10, 0, 0, (uint8_t)i}, 4);
    image_add(&writer, IMAGE_AUTHORITY, dns_name_view(&above), DNS_TYPE_NS, DNS_CLASS_IN, 300, other.wire,
              other.length);
    image_add(&writer, IMAGE_ADDITIONAL, dns_name_view(&other), DNS_TYPE_A, DNS_CLASS_IN, 300,
              (const uint8_t[]){10, 1, 1, 1}, 4);
    struct cache_hit hit = {
        .kind = CACHE_RRSET, .type = DNS_TYPE_A, .length = (uint32_t)image_finish(&writer)};
    assert_int_equal(answer_add_image(answer, &hit, DNS_TYPE_A), ANSWER_ENDS);
}

static void replies_of_every_size_are_whole_messages(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++)
        for (size_t limit = 512; limit < 1100; limit++) {
            uint8_t query_wire[600];
            struct query query;
            uint16_t rcode;
            size_t length = write_query(query_wire, DNS_FLAG_RD, how & 1, 1232);
            query_parse(&query, query_wire, length, &rcode);
            enum { CAPACITY = 2000 };
            uint8_t *wire = malloc(CAPACITY);
            struct answer answer;
            make_answer(&answer, wire, CAPACITY, "www.example.com", 50);
            if (how & 2) {
                answer.ede = DNS_EDE_OTHER;
                memset(answer.ede_text, 'x', sizeof answer.ede_text - 1);
                answer.ede_text[sizeof answer.ede_text - 1] = '\0';
            }
            size_t whole = answer.length;
            struct reply_options options = {.limit = limit, .udp_size = 1232, .recursion_available = true};
            length = reply_finish(&answer, &query, &options);
            struct dns_message message;
            struct dns_record records[64];
            assert_true(length <= limit);
            assert_int_equal(dns_message_parse(&message, wire, length, records, 64), DNS_OK);
            assert_int_equal(message.edns.present, how & 1);
            assert_memory_equal(wire + 12, query.qname.wire, query.qname.length);
            assert_int_equal(message.count[DNS_ANSWER], message.truncated ? 0 : 50);
            assert_int_equal(message.truncated, whole - 22 + (how & 1 ? 11 : 0) > limit);
            assert_int_equal(message.count[DNS_ADDITIONAL], whole + (how & 1 ? 11 : 0) <= limit ? 1 : 0);
            free(wire);
        }
}

static void images_hold_no_more_than_they_can_count(void **state)
{
    static uint8_t to[70000];
    struct dns_name_buffer name = name_buffer("example");
    struct image_writer writer;
    (void)state;
    for (unsigned records = 0; records < 300; records++) {
        image_start(&writer, dns_name_view(&name), to, sizeof to);
        for (unsigned i = 0; i < records; i++)
            image_add(&writer, IMAGE_ANSWER, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN, 1, to, 4);
        assert_int_equal(image_finish(&writer),
                         records <= IMAGE_RECORDS_MAX ? records * 16 + IMAGE_TRAILER : 0);
    }
    for (size_t capacity = 0; capacity < 100; capacity++) {
        uint8_t *exact = malloc(capacity + 1);
        image_start(&writer, dns_name_view(&name), exact, capacity);
        for (unsigned i = 0; i < 5; i++)
            image_add(&writer, IMAGE_ANSWER, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN, 1, to, 4);
        size_t whole = 5 * 16 + IMAGE_TRAILER;
        assert_int_equal(image_finish(&writer), capacity >= whole ? whole : 0);
        free(exact);
    }
}

/* Appending chain after chain: all owners stay what they were. */
static void owners_follow_when_answers_are_joined(void **state)
{
    enum { LINKS = 40, CAPACITY = 65535 };
    uint8_t *wire = malloc(CAPACITY), *rest_wire = malloc(CAPACITY);
    struct answer answer, rest;
    struct dns_name_buffer name = name_buffer("l0.example.com"), target;
    (void)state;
    answer_start(&answer, wire, CAPACITY, dns_name_view(&name), DNS_TYPE_A, false);
    for (unsigned i = 0; i < LINKS; i++) {
        char text[64];
        struct image_writer writer;
        snprintf(text, sizeof text, "l%u.%s", i, i % 2 ? "other.net" : "example.com");
        name = name_buffer(text);
        snprintf(text, sizeof text, "l%u.%s", i + 1, (i + 1) % 2 ? "other.net" : "example.com");
        target = name_buffer(text);
        answer_start(&rest, rest_wire, CAPACITY, dns_name_view(&name), DNS_TYPE_A, false);
        image_start(&writer, dns_name_view(&name), rest_wire + rest.length, CAPACITY - rest.length);
        image_add(&writer, IMAGE_ANSWER, dns_name_view(&name), DNS_TYPE_CNAME, DNS_CLASS_IN, i, target.wire,
                  target.length);
        struct cache_hit hit = {
            .kind = CACHE_RRSET, .type = DNS_TYPE_CNAME, .length = (uint32_t)image_finish(&writer)};
        assert_int_equal(answer_add_image(&rest, &hit, DNS_TYPE_A), ANSWER_GOES_ON);
        size_t before = answer.length;
        uint16_t shift = (uint16_t)(answer.length - (12u + name.length + 4u));
        assert_true(dns_name_equal(answer_name(&answer), dns_name_view(&name)));
        assert_true(answer_append(&answer, &rest));
        assert_true(answer.length > before);
        answer.name_at = (uint16_t)(rest.name_at + shift);
    }
    struct query query = {
        .qname = name_buffer("L0.example.com"), .qtype = DNS_TYPE_A, .qclass = 1, .question = true};
    struct reply_options options = {.limit = CAPACITY};
    size_t length = reply_finish(&answer, &query, &options);
    struct dns_message message;
    static struct dns_record records[64];
    assert_int_equal(dns_message_parse(&message, wire, length, records, 64), DNS_OK);
    assert_int_equal(message.count[DNS_ANSWER], LINKS);
    for (unsigned i = 0; i < LINKS; i++) {
        char text[64];
        snprintf(text, sizeof text, "l%u.%s", i, i % 2 ? "other.net" : "example.com");
        name = name_buffer(text);
        assert_true(dns_message_owner_is(&message, &records[i], dns_name_view(&name)));
        assert_int_equal(records[i].ttl, i);
    }
    free(wire);
    free(rest_wire);
}

/* What lies in the cache is ours; but should it be damaged, nothing is read or written outside. */
static void damaged_images_do_no_harm(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        enum { CAPACITY = 400 };
        uint8_t *wire = malloc(CAPACITY);
        struct answer answer, before;
        struct dns_name_buffer name = name_buffer("www.example.com");
        answer_start(&answer, wire, CAPACITY, dns_name_view(&name), DNS_TYPE_A, i % 4 >= 2);
        before = answer;
        make_answer(&answer, wire, CAPACITY, "www.example.com", 3);
        size_t length = answer.length - before.length + IMAGE_TRAILER;
        for (unsigned j = 0; j < 1 + i % 3; j++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            wire[before.length + (seed >> 33) % length] = (uint8_t)(seed >> 56);
        }
        struct cache_hit hit = {
            .kind = CACHE_RRSET, .type = i % 2 ? DNS_TYPE_A : DNS_TYPE_CNAME, .length = (uint32_t)length};
        answer = before;
        answer_add_image(&answer, &hit, DNS_TYPE_A);
        assert_true(answer.length <= CAPACITY);
        free(wire);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_get_the_verdict_they_deserve),
        cmocka_unit_test(errors_are_whole_messages),
        cmocka_unit_test(mutated_queries_do_no_harm),
        cmocka_unit_test(replies_of_every_size_are_whole_messages),
        cmocka_unit_test(images_hold_no_more_than_they_can_count),
        cmocka_unit_test(owners_follow_when_answers_are_joined),
        cmocka_unit_test(damaged_images_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
