/* Signatures as dnspython makes them, and messages that somebody has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/builder.h"
#include "dns/octets.h"
#include "tsig_vectors.h"
#include "zones/tsig.h"

enum { NOW = 1700000000, RECORDS = 64 };

struct vector {
    enum tsig_algorithm algorithm;
    struct {
        const uint8_t *wire;
        size_t length;
    } message[5]; /* the request, then the responses */
};

#define MESSAGE(name)                                                                                        \
    {                                                                                                        \
        name, sizeof name                                                                                    \
    }
#define CONVERSATION(name)                                                                                   \
    {                                                                                                        \
        MESSAGE(name##_request), MESSAGE(name##_response_0), MESSAGE(name##_response_1),                     \
            MESSAGE(name##_response_2), MESSAGE(name##_response_3)                                           \
    }

static const struct vector vectors[] = {
    {TSIG_HMAC_SHA256, CONVERSATION(sha256)},
    {TSIG_HMAC_SHA384, CONVERSATION(sha384)},
    {TSIG_HMAC_SHA512, CONVERSATION(sha512)},
};

static struct dns_record records[RECORDS];
static struct dns_message message;

static struct tsig_key key_of(enum tsig_algorithm algorithm, unsigned mac_length)
{
    static const unsigned whole[] = {32, 48, 64};
    struct tsig_key key = {.algorithm = algorithm, .secret_length = 32};
    assert_int_equal(dns_name_from_text("transfer.example", &key.name), DNS_OK);
    key.mac_length = (uint8_t)(mac_length != 0 ? mac_length : whole[algorithm]);
    for (uint8_t i = 0; i < 32; i++)
        key.secret[i] = i;
    return key;
}

static struct dns_message *parse(const uint8_t *wire, size_t length)
{
    assert_int_equal(dns_message_parse(&message, wire, length, records, RECORDS), DNS_OK);
    return &message;
}

static enum tsig_verdict ask(const uint8_t *wire, size_t length, const struct tsig_key *key, uint64_t now,
                             struct tsig_chain *chain, struct tsig_record *record)
{
    const struct tsig_key *keys[] = {key};
    return tsig_verify_request(parse(wire, length), keys, 1, now, chain, record);
}

/* A query of "example.org AXFR", and its length. */
static size_t make_query(uint8_t wire[512])
{
    struct dns_builder builder;
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text("example.org", &name), DNS_OK);
    dns_builder_start(&builder, wire, 512, 0x4711, 0);
    assert_true(dns_builder_question(&builder, dns_name_view(&name), DNS_TYPE_AXFR, DNS_CLASS_IN));
    return dns_builder_finish(&builder);
}

static void conversations_of_dnspython_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *vector = &vectors[i];
        static const enum tsig_verdict expected[] = {TSIG_GOOD, TSIG_UNSIGNED, TSIG_UNSIGNED, TSIG_GOOD};
        struct tsig_key key = key_of(vector->algorithm, 0);
        struct tsig_chain chain;
        struct tsig_record record;
        assert_int_equal(
            ask(vector->message[0].wire, vector->message[0].length, &key, NOW + 300, &chain, &record),
            TSIG_GOOD);
        assert_int_equal(record.time, NOW);
        for (unsigned j = 0; j < 4; j++) {
            struct dns_message *each = parse(vector->message[1 + j].wire, vector->message[1 + j].length);
            assert_int_equal(tsig_verify(&chain, each, NOW, &record), expected[j]);
            assert_int_equal(chain.unsigned_messages, j == 1 || j == 2 ? j : 0);
        }
        tsig_chain_end(&chain);
    }
}

static void requests_are_signed_like_dnspython_signs_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const uint8_t *expected = vectors[i].message[0].wire;
        size_t length = vectors[i].message[0].length;
        struct tsig_key key = key_of(vectors[i].algorithm, 0);
        struct tsig_chain chain;
        struct tsig_record record;
        uint8_t wire[512];
        assert_int_equal(tsig_find(parse(expected, length), &record), TSIG_GOOD);
        memcpy(wire, expected, record.start);
        put16(wire + 10, 0);
        size_t used = record.start;
        key.name = record.key; /* in the same case */
        tsig_chain_start(&chain, &key);
        assert_true(tsig_sign(&chain, wire, &used, sizeof wire, NOW));
        assert_int_equal(used, length);
        assert_memory_equal(wire, expected, length);
        tsig_chain_end(&chain);
    }
}

/* Whatever bit is turned: a well-formed request is not taken for good. The ID and the key's case are not signed. */
static void a_changed_bit_is_noticed(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA256, 0);
    struct tsig_record at;
    assert_int_equal(tsig_find(parse(sha256_request, sizeof sha256_request), &at), TSIG_GOOD);
    size_t owner = at.start, algorithm = owner + at.key.length + 10u;
    unsigned good = 0;
    for (size_t bit = 0; bit < 8 * sizeof sha256_request; bit++) {
        uint8_t wire[sizeof sha256_request];
        struct tsig_chain chain;
        struct tsig_record record;
        const struct tsig_key *keys[] = {&key};
        memcpy(wire, sha256_request, sizeof wire);
        wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (dns_message_parse(&message, wire, sizeof wire, records, RECORDS) != DNS_OK)
            continue;
        enum tsig_verdict verdict = tsig_verify_request(&message, keys, 1, NOW, &chain, &record);
        bool id = bit / 8 < 2, letter = bit % 8 == 5 && bit / 8 > owner && bit / 8 < algorithm + 13;
        if (verdict == TSIG_GOOD)
            assert_true(id || letter);
        good += verdict == TSIG_GOOD;
        tsig_chain_end(&chain);
    }
    assert_in_range(good, 16, 64);
}

static void a_changed_bit_in_a_stream_is_noticed(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA256, 0);
    for (unsigned changed = 0; changed < 4; changed++) {
        const struct vector *vector = &vectors[0];
        for (size_t bit = 16; bit < 8 * vector->message[1 + changed].length; bit += 3) {
            struct tsig_chain chain;
            struct tsig_record record;
            size_t record_at = SIZE_MAX; /* of the changed message */
            bool good = ask(vector->message[0].wire, vector->message[0].length, &key, NOW, &chain, &record) ==
                        TSIG_GOOD;
            for (unsigned j = 0; j < 4 && good; j++) {
                uint8_t wire[512];
                size_t length = vector->message[1 + j].length;
                memcpy(wire, vector->message[1 + j].wire, length);
                if (j == changed)
                    wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
                good = dns_message_parse(&message, wire, length, records, RECORDS) == DNS_OK &&
                       tsig_verify(&chain, &message, NOW, &record) <= TSIG_UNSIGNED;
                if (j == changed && good && chain.unsigned_messages == 0)
                    record_at = record.start;
            }
            bool letter = bit % 8 == 5 && bit / 8 > record_at; /* of the key's or the algorithm's name */
            if (good && chain.unsigned_messages == 0)
                assert_true(letter);
            tsig_chain_end(&chain);
        }
    }
}

static void cut_records_are_malformed(void **state)
{
    (void)state;
    struct tsig_record record;
    assert_int_equal(tsig_find(parse(sha256_request, sizeof sha256_request), &record), TSIG_GOOD);
    size_t start = record.start, length_at = start + record.key.length + 8u;
    for (size_t length = length_at + 2; length < sizeof sha256_request; length++) {
        uint8_t *wire = malloc(length); /* so that a read behind it is seen */
        assert_non_null(wire);
        memcpy(wire, sha256_request, length);
        put16(wire + length_at, (unsigned)(length - length_at - 2));
        assert_int_equal(tsig_find(parse(wire, length), &record), TSIG_MALFORMED);
        free(wire);
    }
}

static void the_record_must_be_the_last_and_the_only_one(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA256, 0);
    struct tsig_chain chain;
    struct tsig_record record;
    uint8_t wire[512];
    size_t length = make_query(wire);
    tsig_chain_start(&chain, &key);
    assert_true(tsig_sign(&chain, wire, &length, sizeof wire, NOW));
    size_t once = length;
    assert_true(tsig_sign(&chain, wire, &length, sizeof wire, NOW));
    assert_int_equal(ask(wire, length, &key, NOW, &chain, &record), TSIG_MALFORMED);
    memcpy(wire + once, "\0\0\1\0\1\0\0\0\0\0\0", 11); /* . 0 IN A, empty */
    assert_int_equal(ask(wire, once + 11, &key, NOW, &chain, &record), TSIG_MALFORMED);
    put16(wire + 10, 0);
    put16(wire + 6, 1);
    assert_int_equal(ask(wire, once, &key, NOW, &chain, &record), TSIG_MALFORMED);
}

/* Verifies the refusal of a request as its sender does. */
static enum tsig_verdict refused(const struct tsig_key *client_key, const struct tsig_key *server_key,
                                 uint64_t client_now, enum tsig_verdict expected, struct tsig_record *reply)
{
    static uint8_t wire[512];
    struct tsig_chain client, server;
    struct tsig_record record;
    size_t length = make_query(wire);
    tsig_chain_start(&client, client_key);
    assert_true(tsig_sign(&client, wire, &length, sizeof wire, client_now));
    assert_int_equal(ask(wire, length, server_key, NOW, &server, &record), expected);
    assert_int_equal(server.key != NULL, expected == TSIG_BADTIME || expected == TSIG_BADTRUNC);
    length = make_query(wire);
    wire[2] |= 0x80;
    assert_true(tsig_refuse(&server, &record, expected, wire, &length, sizeof wire, NOW));
    assert_int_equal(parse(wire, length)->rcode, DNS_RCODE_NOTAUTH);
    enum tsig_verdict verdict = tsig_verify(&client, &message, client_now, reply);
    tsig_chain_end(&client);
    tsig_chain_end(&server);
    return verdict;
}

static void an_unknown_key_is_badkey(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA256, 0), other = key;
    struct tsig_record reply;
    assert_int_equal(dns_name_from_text("other.example", &other.name), DNS_OK);
    assert_int_equal(refused(&key, &other, NOW, TSIG_BADKEY, &reply), TSIG_BADKEY);
    assert_int_equal(reply.mac_length, 0);
    other = key_of(TSIG_HMAC_SHA512, 0);
    assert_int_equal(refused(&key, &other, NOW, TSIG_BADKEY, &reply), TSIG_BADKEY);
}

static void another_secret_is_badsig(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA384, 0), other = key;
    struct tsig_record reply;
    other.secret[31] ^= 1;
    assert_int_equal(refused(&key, &other, NOW, TSIG_BADSIG, &reply), TSIG_BADSIG);
    assert_int_equal(reply.mac_length, 0);
    assert_int_equal(reply.error, TSIG_BADSIG);
}

static void a_clock_that_differs_is_told_the_time(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA256, 0);
    struct tsig_record reply;
    for (int apart = -1; apart <= 1; apart += 2) {
        assert_int_equal(refused(&key, &key, (uint64_t)(NOW + apart * 301), TSIG_BADTIME, &reply),
                         TSIG_PEER_ERROR);
        assert_int_equal(reply.error, TSIG_BADTIME);
        assert_int_equal(reply.other_length, 6);
        assert_int_equal(get32(reply.other + 2), NOW);
    }
}

static void truncated_macs_are_taken_where_they_were_agreed_on(void **state)
{
    (void)state;
    struct tsig_key whole = key_of(TSIG_HMAC_SHA256, 0), half = key_of(TSIG_HMAC_SHA256, 16), least;
    struct tsig_record record;
    assert_int_equal(refused(&half, &whole, NOW, TSIG_BADTRUNC, &record), TSIG_PEER_ERROR);
    assert_int_equal(record.error, TSIG_BADTRUNC);

    uint8_t wire[512];
    struct tsig_chain client, server;
    size_t length = make_query(wire);
    tsig_chain_start(&client, &half);
    assert_true(tsig_sign(&client, wire, &length, sizeof wire, NOW));
    assert_int_equal(ask(wire, length, &half, NOW, &server, &record), TSIG_GOOD);
    assert_int_equal(record.mac_length, 16);
    length = make_query(wire);
    assert_true(tsig_sign(&server, wire, &length, sizeof wire, NOW));
    assert_int_equal(tsig_verify(&client, parse(wire, length), NOW, &record), TSIG_GOOD);

    least = key_of(TSIG_HMAC_SHA256, 15);
    length = make_query(wire);
    tsig_chain_start(&client, &least);
    assert_true(tsig_sign(&client, wire, &length, sizeof wire, NOW));
    assert_int_equal(ask(wire, length, &half, NOW, &server, &record), TSIG_MALFORMED);
}

static void a_long_stream_must_be_signed_now_and_then(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA256, 0);
    uint8_t plain[512], wire[512];
    struct tsig_chain client, server;
    struct tsig_record record;
    size_t plain_length = make_query(plain), length = plain_length;
    memcpy(wire, plain, length);
    tsig_chain_start(&client, &key);
    assert_true(tsig_sign(&client, wire, &length, sizeof wire, NOW));
    assert_int_equal(ask(wire, length, &key, NOW, &server, &record), TSIG_GOOD);
    assert_int_equal(tsig_verify(&client, parse(plain, plain_length), NOW, NULL),
                     TSIG_BADSIG); /* the first */
    memcpy(wire, plain, length = plain_length);
    assert_true(tsig_sign(&server, wire, &length, sizeof wire, NOW));
    assert_int_equal(tsig_verify(&client, parse(wire, length), NOW, NULL), TSIG_GOOD);
    for (unsigned i = 0; i < TSIG_UNSIGNED_MAX; i++)
        assert_int_equal(tsig_verify(&client, parse(plain, plain_length), NOW, NULL), TSIG_UNSIGNED);
    assert_int_equal(tsig_verify(&client, parse(plain, plain_length), NOW, NULL), TSIG_BADSIG);
    tsig_chain_end(&client);
    tsig_chain_end(&server);
}

static void what_does_not_fit_is_left_as_it_was(void **state)
{
    (void)state;
    struct tsig_key key = key_of(TSIG_HMAC_SHA256, 0);
    struct tsig_chain chain;
    uint8_t wire[512], before[512];
    size_t length = make_query(wire), needed;
    memcpy(before, wire, length);
    tsig_chain_start(&chain, &key);
    needed = length + tsig_size(&chain);
    for (size_t capacity = 0; capacity < needed; capacity++) {
        assert_false(tsig_sign(&chain, wire, &length, capacity, NOW));
        assert_memory_equal(wire, before, length);
    }
    assert_true(tsig_sign(&chain, wire, &length, needed, NOW));
    assert_int_equal(length, needed);
    tsig_chain_end(&chain);
}

static void without_a_key_there_are_no_signatures(void **state)
{
    (void)state;
    struct tsig_chain chain;
    tsig_chain_start(&chain, NULL);
    uint8_t wire[512];
    size_t length = make_query(wire), before = length;
    assert_true(tsig_sign(&chain, wire, &length, sizeof wire, NOW));
    assert_int_equal(length, before);
    assert_int_equal(tsig_verify(&chain, parse(wire, length), NOW, NULL), TSIG_UNSIGNED);
    assert_int_equal(tsig_verify(&chain, parse(sha256_response_0, sizeof sha256_response_0), NOW, NULL),
                     TSIG_BADKEY);
}

static void algorithms_are_read_with_their_bits(void **state)
{
    (void)state;
    enum tsig_algorithm algorithm;
    uint8_t length;
    assert_true(tsig_algorithm_from_text("HMAC-SHA384", &algorithm, &length));
    assert_int_equal(algorithm, TSIG_HMAC_SHA384);
    assert_int_equal(length, 48);
    assert_true(tsig_algorithm_from_text("hmac-sha512-256", &algorithm, &length));
    assert_int_equal(length, 32);
    static const char *const wrong[] = {
        "hmac-md5",        "hmac-sha256-",     "hmac-sha256-120", "hmac-sha256-129",
        "hmac-sha256-264", "hmac-sha256-128x", "hmac-sha2560",    ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(tsig_algorithm_from_text(wrong[i], &algorithm, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations_of_dnspython_are_understood),
        cmocka_unit_test(requests_are_signed_like_dnspython_signs_them),
        cmocka_unit_test(a_changed_bit_is_noticed),
        cmocka_unit_test(a_changed_bit_in_a_stream_is_noticed),
        cmocka_unit_test(cut_records_are_malformed),
        cmocka_unit_test(the_record_must_be_the_last_and_the_only_one),
        cmocka_unit_test(an_unknown_key_is_badkey),
        cmocka_unit_test(another_secret_is_badsig),
        cmocka_unit_test(a_clock_that_differs_is_told_the_time),
        cmocka_unit_test(truncated_macs_are_taken_where_they_were_agreed_on),
        cmocka_unit_test(a_long_stream_must_be_signed_now_and_then),
        cmocka_unit_test(what_does_not_fit_is_left_as_it_was),
        cmocka_unit_test(without_a_key_there_are_no_signatures),
        cmocka_unit_test(algorithms_are_read_with_their_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
