/* Telling secondaries of a new version: whom, how often, and what their answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/octets.h"
#include "support.h"
#include "zones/notify.h"

static const char ZONE[] =
    "$TTL 60\n@ SOA ns1 host 7 1 2 3 4\n@ NS ns1\n@ NS ns2\n@ NS ns3\n@ NS ns.example.net.\n"
    "ns1 A 192.0.2.1\nns2 A 192.0.2.2\nns2 AAAA 2001:db8::2\n";

static const char *targets(const struct notify_round *round)
{
    static char text[500];
    *text = '\0';
    for (unsigned i = 0; i < round->count; i++) {
        char address[DNS_ADDRESS_TEXT_MAX];
        strcat(strcat(text, dns_address_to_text(&round->target[i].address, address)), " ");
    }
    return text;
}

static void name_servers_but_the_first_are_told(void **state)
{
    (void)state;
    struct zone *zone = zone_from(ZONE);
    struct notify_round round = {0};
    struct dns_name names[NOTIFY_NAMES];
    struct dns_address address;
    char text[DNS_NAME_TEXT_MAX];
    notify_begin(&round, zone, false, NULL, 0);
    assert_string_equal(targets(&round), "192.0.2.2#53 2001:db8::2#53 ");
    assert_int_equal(dns_address_from_text("192.0.2.2", 53, &address), DNS_OK);
    assert_true(notify_add(&round, &address, NULL, 0)); /* also-notify: once */
    assert_int_equal(round.count, 2);
    assert_int_equal(notify_names(zone, false, names), 2);
    assert_string_equal(dns_name_to_text(names[0], text), "ns.example.net.");
    assert_string_equal(dns_name_to_text(names[1], text), "ns3.example.org.");
    notify_begin(&round, zone, true, NULL, 0);
    assert_string_equal(targets(&round), "192.0.2.1#53 192.0.2.2#53 2001:db8::2#53 ");
    notify_end(&round);
    zone_release(zone);
}

/* A round with one target. */
static void begin(struct notify_round *round, struct zone *zone, const struct tsig_key *key)
{
    struct dns_address address;
    *round = (struct notify_round){.zone = zone_hold(zone)};
    assert_int_equal(dns_address_from_text("192.0.2.9", 5353, &address), DNS_OK);
    assert_true(notify_add(round, &address, key, 100));
}

static void who_is_silent_is_told_again_and_given_up(void **state)
{
    (void)state;
    static const uint64_t times[] = {100, 102, 106, 114, 130, 162, 226};
    struct zone *zone = zone_from(ZONE);
    struct notify_round round;
    struct notify_target *given_up;
    begin(&round, zone, NULL);
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(notify_due(&round), times[i]);
        assert_null(notify_next(&round, times[i] - 1, &given_up));
        assert_null(given_up);
        assert_ptr_equal(notify_next(&round, times[i], &given_up), i < 6 ? &round.target[0] : NULL);
        assert_ptr_equal(given_up, i < 6 ? NULL : &round.target[0]);
    }
    assert_int_equal(notify_due(&round), UINT64_MAX);
    notify_end(&round);
    zone_release(zone);
}

/* What is said of an answer to the first message: `id` and rcode, from `port`. */
static enum notify_answer answered(struct notify_round *round, uint16_t id, unsigned rcode, uint16_t port,
                                   const struct tsig_key *server)
{
    static struct dns_record records[16];
    uint8_t wire[NOTIFY_SIZE];
    struct dns_message message;
    struct tsig_chain chain;
    struct tsig_record record;
    uint32_t serial;
    bool has_serial;
    uint16_t found;
    const struct tsig_key *keys[] = {server};
    struct notify_target *target = notify_next(round, round->target[0].due, NULL);
    assert_non_null(target);
    size_t length = notify_write(round, target, 0x4711, wire, sizeof wire, 1000);
    assert_int_equal(dns_message_parse(&message, wire, length, records, 16), DNS_OK);
    assert_true(message.authoritative && notify_read(&message, &has_serial, &serial));
    assert_true(has_serial && serial == 7);
    enum tsig_verdict verdict = tsig_verify_request(&message, keys, server != NULL, 1000, &chain, &record);
    length = target->key != NULL ? record.start : length;
    put16(wire + 10, 0);
    put16(wire, id);
    wire[2] |= 0x80;
    wire[3] = (uint8_t)rcode;
    if (verdict == TSIG_GOOD)
        assert_true(tsig_sign(&chain, wire, &length, sizeof wire, 1000));
    struct dns_address from = target->address;
    from.port = port;
    enum notify_answer answer = notify_answered(round, &from, wire, length, 1000, &found);
    tsig_chain_end(&chain);
    return answer;
}

static void an_answer_must_be_one(void **state)
{
    (void)state;
    struct zone *zone = zone_from(ZONE);
    struct notify_round round;
    begin(&round, zone, NULL);
    assert_int_equal(answered(&round, 0x4712, 0, 5353, NULL), NOTIFY_IGNORED);
    assert_int_equal(answered(&round, 0x4711, 0, 53, NULL), NOTIFY_IGNORED);
    assert_int_equal(answered(&round, 0x4711, 0, 5353, NULL), NOTIFY_TAKEN);
    assert_int_equal(notify_due(&round), UINT64_MAX);
    notify_end(&round);
    begin(&round, zone, NULL);
    assert_int_equal(answered(&round, 0x4711, 9, 5353, NULL), NOTIFY_REFUSED);
    assert_int_equal(notify_due(&round), UINT64_MAX);
    notify_end(&round);
    zone_release(zone);
}

static void who_has_a_key_must_sign(void **state)
{
    (void)state;
    struct zone *zone = zone_from(ZONE);
    struct notify_round round;
    struct tsig_key key = {
        .algorithm = TSIG_HMAC_SHA512, .mac_length = 64, .secret_length = 3, .secret = "abc"};
    assert_int_equal(dns_name_from_text("k", &key.name), DNS_OK);
    begin(&round, zone, &key);
    assert_int_equal(answered(&round, 0x4711, 0, 5353, NULL), NOTIFY_IGNORED);
    assert_int_equal(answered(&round, 0x4711, 5, 5353, NULL), NOTIFY_REFUSED); /* perhaps: tried again */
    assert_int_equal(answered(&round, 0x4711, 0, 5353, &key), NOTIFY_TAKEN);
    assert_int_equal(notify_due(&round), UINT64_MAX);
    notify_end(&round);
    zone_release(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_servers_but_the_first_are_told),
        cmocka_unit_test(who_is_silent_is_told_again_and_given_up),
        cmocka_unit_test(an_answer_must_be_one),
        cmocka_unit_test(who_has_a_key_must_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
