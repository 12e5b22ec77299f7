/* Signatures and proofs: who gets them, and in which section (RFC 4035 §3.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/text.h"
#include "resolver/image.h"
#include "resolver/reply.h"

enum { CAPACITY = 4096 };

struct record {
    enum image_part part;
    const char *owner;
    uint16_t type;
    uint8_t rdata[64];
    size_t length;
};

static struct dns_name_buffer named(const char *text)
{
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text(text, &name), DNS_OK);
    return name;
}

static struct cache_hit add(struct answer *answer, const char *of, uint16_t type, enum cache_kind kind,
                            enum trust trust, const struct record *records, unsigned count)
{
    struct image_writer writer;
    struct dns_name_buffer name = named(of);
    image_start(&writer, dns_name_view(&name), answer->wire + answer->length,
                answer->capacity - answer->length);
    for (unsigned i = 0; i < count; i++) {
        struct dns_name_buffer owner = named(records[i].owner);
        image_add(&writer, records[i].part, dns_name_view(&owner), records[i].type, DNS_CLASS_IN, 300,
                  records[i].rdata, records[i].length);
    }
    return (struct cache_hit){
        .kind = kind, .type = type, .mark = (uint8_t)trust, .length = (uint32_t)image_finish(&writer)};
}

/* The reply's sections as "A RRSIG | NSEC | ", with AD in front where it is set. */
static const char *reply_types(struct answer *answer, bool dnssec_ok, bool ad)
{
    static char text[256];
    static struct dns_record records[64];
    struct dns_message message;
    struct query query = {.qtype = DNS_TYPE_A,
                          .qclass = 1,
                          .question = true,
                          .dnssec_ok = dnssec_ok,
                          .edns = true,
                          .authentic_data = ad};
    struct dns_name qname;
    assert_int_equal(dns_name_from_wire(answer->wire + 12, 255, &qname), DNS_OK);
    dns_name_copy(&query.qname, qname);
    size_t length = reply_finish(answer, &query, &(struct reply_options){.limit = CAPACITY});
    assert_int_equal(dns_message_parse(&message, answer->wire, length, records, 64), DNS_OK);
    text[0] = '\0';
    if (message.authentic_data)
        strcat(text, "AD ");
    for (unsigned section = 0; section < DNS_SECTIONS; section++) {
        for (unsigned i = 0; i < message.count[section]; i++) {
            char type[DNS_TYPE_TEXT_MAX];
            struct dns_name_buffer owner;
            assert_int_equal(dns_message_name(&message, message.section[section][i].owner, &owner), DNS_OK);
            strcat(strcat(text, dns_type_to_text(message.section[section][i].type, type)), " ");
        }
        strcat(text, "| ");
    }
    return text;
}

static const struct record address = {IMAGE_ANSWER, "w.example.", DNS_TYPE_A, {192, 0, 2, 1}, 4};
static const struct record nameserver = {IMAGE_AUTHORITY, "example.", DNS_TYPE_NS, {0}, 1};
static const struct record glue = {IMAGE_ADDITIONAL, "ns.example.", DNS_TYPE_A, {192, 0, 2, 2}, 4};
static const struct record signature = {IMAGE_SIGNATURES, "w.example.", DNS_TYPE_RRSIG, {0, 1, 5}, 30};
static const struct record proof = {IMAGE_PROOFS, "v.example.", DNS_TYPE_NSEC, {1, 'x', 0}, 12};
static const struct record proof_signature = {IMAGE_PROOFS, "v.example.", DNS_TYPE_RRSIG, {0, 47, 5}, 30};
static const struct record soa = {IMAGE_AUTHORITY, "example.", DNS_TYPE_SOA, {0}, 22};

static struct answer begin(uint8_t *wire, const char *name, bool dnssec)
{
    struct answer answer;
    struct dns_name_buffer qname = named(name);
    answer_start(&answer, wire, CAPACITY, dns_name_view(&qname), DNS_TYPE_A, dnssec);
    return answer;
}

static void only_who_asks_for_them_gets_signatures(void **state)
{
    static const struct {
        bool made_for_do, asked_with_do;
        const char *types;
    } cases[] = {
        {false, false, "A | NS | A | "},
        {true, true, "AD A RRSIG | NSEC RRSIG | | "},
        {true, false, "A | | | "}, /* a walk's answer, for a client without DO */
    };
    const struct record records[] = {address, nameserver, glue, signature, proof, proof_signature};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t wire[CAPACITY];
        struct answer answer = begin(wire, "w.example.", cases[i].made_for_do);
        struct cache_hit hit = add(&answer, "w.example.", DNS_TYPE_A, CACHE_RRSET, TRUST_SECURE, records, 6);
        assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_ENDS);
        assert_string_equal(reply_types(&answer, cases[i].asked_with_do, false), cases[i].types);
    }
}

static void an_unsigned_answer_keeps_its_further_records(void **state)
{
    const struct record records[] = {address, nameserver, glue};
    uint8_t wire[CAPACITY];
    struct answer answer = begin(wire, "w.example.", true);
    struct cache_hit hit = add(&answer, "w.example.", DNS_TYPE_A, CACHE_RRSET, TRUST_INSECURE, records, 3);
    (void)state;
    assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_ENDS);
    assert_string_equal(reply_types(&answer, true, true), "A | NS | A | ");
}

static void a_denial_has_its_proof_behind_the_soa_record(void **state)
{
    const struct record records[] = {soa, proof, proof_signature};
    (void)state;
    for (int with = 0; with < 2; with++) {
        uint8_t wire[CAPACITY];
        struct answer answer = begin(wire, "w.example.", true);
        struct cache_hit hit = add(&answer, "w.example.", 0, CACHE_NXDOMAIN, TRUST_SECURE, records, 3);
        assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_ENDS);
        assert_int_equal(answer.rcode, DNS_RCODE_NXDOMAIN);
        assert_string_equal(reply_types(&answer, with, true),
                            with ? "AD | SOA NSEC RRSIG | | " : "AD | SOA | | ");
    }
}

/* w.example. CNAME t.example. by a wildcard, then t.example. A. */
static struct answer chain(uint8_t *wire, bool dnssec, enum trust last)
{
    const struct record alias[] = {
        {IMAGE_ANSWER, "w.example.", DNS_TYPE_CNAME, {1, 't', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0}, 11},
        signature,
        proof,
        proof_signature,
    };
    const struct record target[] = {
        {IMAGE_ANSWER, "t.example.", DNS_TYPE_A, {192, 0, 2, 3}, 4},
        {IMAGE_SIGNATURES, "t.example.", DNS_TYPE_RRSIG, {0, 1, 5}, 30},
    };
    struct answer answer = begin(wire, "w.example.", dnssec);
    struct cache_hit hit = add(&answer, "w.example.", DNS_TYPE_CNAME, CACHE_RRSET, TRUST_SECURE, alias, 4);
    assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_GOES_ON);
    hit = add(&answer, "t.example.", DNS_TYPE_A, CACHE_RRSET, last, target, 2);
    assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_ENDS);
    return answer;
}

static void the_proof_of_an_aliass_wildcard_goes_into_the_authority_section(void **state)
{
    uint8_t wire[CAPACITY];
    (void)state;
    struct answer answer = chain(wire, true, TRUST_SECURE);
    assert_string_equal(reply_types(&answer, true, false), "AD CNAME RRSIG A RRSIG | NSEC RRSIG | | ");
    answer = chain(wire, true, TRUST_SECURE);
    assert_string_equal(reply_types(&answer, false, true), "AD CNAME A | | | ");
    answer = chain(wire, false, TRUST_SECURE);
    assert_string_equal(reply_types(&answer, false, false), "CNAME A | | | ");
}

static void owners_still_fit_when_signatures_were_taken_out(void **state)
{
    uint8_t wire[CAPACITY];
    static struct dns_record records[8];
    struct dns_message message;
    struct dns_name_buffer target = named("t.example.");
    struct query query = {.qname = named("w.example."), .qtype = DNS_TYPE_A, .qclass = 1, .question = true};
    (void)state;
    struct answer answer = chain(wire, true, TRUST_SECURE);
    size_t length = reply_finish(&answer, &query, &(struct reply_options){.limit = CAPACITY});
    assert_int_equal(dns_message_parse(&message, wire, length, records, 8), DNS_OK);
    assert_int_equal(message.count[DNS_ANSWER], 2);
    assert_true(dns_message_owner_is(&message, &records[0], dns_name_view(&query.qname)));
    assert_true(dns_message_owner_is(&message, &records[1], dns_name_view(&target)));
}

static void a_chain_is_worth_what_its_weakest_link_is(void **state)
{
    uint8_t wire[CAPACITY];
    (void)state;
    struct answer answer = chain(wire, true, TRUST_INSECURE);
    assert_int_equal(answer.trust, TRUST_INSECURE);
    assert_string_equal(reply_types(&answer, true, true), "CNAME RRSIG A RRSIG | NSEC RRSIG | | ");
}

static void nothing_is_lost_when_an_answer_moves_to_a_larger_buffer(void **state)
{
    const struct record alias[] = {
        {IMAGE_ANSWER, "w.example.", DNS_TYPE_CNAME, {1, 't', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0}, 11},
        signature,
        proof,
        proof_signature,
    };
    uint8_t wire[CAPACITY], large[CAPACITY];
    (void)state;
    struct answer answer = begin(wire, "w.example.", true);
    answer.capacity = 300;
    struct cache_hit hit = add(&answer, "w.example.", DNS_TYPE_CNAME, CACHE_RRSET, TRUST_SECURE, alias, 4);
    assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_GOES_ON);
    answer_move(&answer, large, sizeof large);
    memset(wire, 0xee, sizeof wire);
    struct record target = {IMAGE_ANSWER, "t.example.", DNS_TYPE_A, {192, 0, 2, 3}, 4};
    hit = add(&answer, "t.example.", DNS_TYPE_A, CACHE_RRSET, TRUST_SECURE, &target, 1);
    assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_ENDS);
    assert_int_equal(answer.capacity, sizeof large);
    assert_string_equal(reply_types(&answer, true, false), "AD CNAME RRSIG A | NSEC RRSIG | | ");
}

static void signatures_between_all_records_are_too_many_to_take_out(void **state)
{
    enum { RUNS_MAX = 64 };
    static struct record records[2 * (RUNS_MAX + 1)];
    (void)state;
    for (unsigned runs = RUNS_MAX; runs <= RUNS_MAX + 1; runs++) {
        uint8_t wire[CAPACITY];
        for (unsigned i = 0; i < 2 * runs; i += 2) {
            records[i] = (struct record){IMAGE_ANSWER, "w.example.", DNS_TYPE_RRSIG, {0, 1, (uint8_t)i}, 4};
            records[i + 1] =
                (struct record){IMAGE_ANSWER, "w.example.", DNS_TYPE_A, {192, 0, 2, (uint8_t)i}, 4};
        }
        struct answer answer = begin(wire, "w.example.", true);
        struct cache_hit hit =
            add(&answer, "w.example.", DNS_TYPE_A, CACHE_RRSET, TRUST_INSECURE, records, 2 * runs);
        assert_int_equal(answer_add_image(&answer, &hit, DNS_TYPE_A), ANSWER_ENDS);
        const char *types = reply_types(&answer, false, false);
        assert_int_equal(answer.rcode, runs == RUNS_MAX ? DNS_RCODE_NOERROR : DNS_RCODE_SERVFAIL);
        assert_int_equal(strlen(types), runs == RUNS_MAX ? 2 * RUNS_MAX + 6 : 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_asks_for_them_gets_signatures),
        cmocka_unit_test(an_unsigned_answer_keeps_its_further_records),
        cmocka_unit_test(a_denial_has_its_proof_behind_the_soa_record),
        cmocka_unit_test(the_proof_of_an_aliass_wildcard_goes_into_the_authority_section),
        cmocka_unit_test(owners_still_fit_when_signatures_were_taken_out),
        cmocka_unit_test(a_chain_is_worth_what_its_weakest_link_is),
        cmocka_unit_test(signatures_between_all_records_are_too_many_to_take_out),
        cmocka_unit_test(nothing_is_lost_when_an_answer_moves_to_a_larger_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
