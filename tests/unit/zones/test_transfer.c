/* Zones that are sent and received again, changes between them, and streams that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/octets.h"
#include "dns/text.h"
#include "support.h"
#include "zones/journal.h"
#include "zones/transfer_in.h"
#include "zones/transfer_out.h"

enum { NOW = 1700000000, MESSAGES = 4096, QUERY = 2000 };

#define HEAD(serial) "$TTL 60\n@ SOA ns1 host " #serial " 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n"

struct stream {
    size_t count;
    struct {
        uint8_t *wire;
        size_t length;
    } message[MESSAGES];
    enum transfer_out_kind kind;
};

static struct tsig_key key(void)
{
    struct tsig_key made = {
        .algorithm = TSIG_HMAC_SHA256, .mac_length = 32, .secret_length = 4, .secret = "\1\2\3\4"};
    assert_int_equal(dns_name_from_text("k.example", &made.name), DNS_OK);
    return made;
}

static struct transfer_in *begin(struct zone *old, bool whole, const struct tsig_key *with)
{
    static struct dns_name_buffer apex;
    assert_int_equal(dns_name_from_text("example.org", &apex), DNS_OK);
    struct transfer_in_options options = {.apex = dns_name_view(&apex),
                                          .old = old,
                                          .whole = whole,
                                          .key = with,
                                          .id = 77,
                                          .records_max = 200000};
    struct transfer_in *transfer = transfer_in_new(&options);
    assert_non_null(transfer);
    return transfer;
}

/* What `zone` answers to the request of `transfer`. */
static void serve(struct transfer_in *transfer, struct zone *zone, const struct tsig_key *with,
                  size_t capacity, struct stream *stream)
{
    static struct dns_record records[8];
    static uint8_t wire[DNS_MESSAGE_MAX];
    const struct tsig_key *keys[] = {with};
    struct dns_message message;
    struct tsig_chain chain;
    struct tsig_record record;
    struct transfer_request request;
    struct transfer_out out;
    size_t length = transfer_in_query(transfer, wire, QUERY, NOW);
    assert_int_equal(dns_message_parse(&message, wire, length, records, 8), DNS_OK);
    assert_int_equal(tsig_verify_request(&message, keys, with != NULL, NOW, &chain, &record),
                     with != NULL ? TSIG_GOOD : TSIG_UNSIGNED);
    assert_true(transfer_request_read(&message, &request));
    request.edns = true;
    transfer_out_start(&out, zone, &request, &chain);
    stream->kind = out.kind;
    stream->count = 0;
    enum transfer_out_result result;
    while ((result = transfer_out_next(&out, wire, capacity, NOW, &length)) == TRANSFER_OUT_MESSAGE) {
        assert_true(length <= capacity && stream->count < MESSAGES);
        uint8_t *copy = malloc(length); /* so that a read behind it is seen */
        assert_non_null(copy);
        memcpy(copy, wire, length);
        stream->message[stream->count].wire = copy;
        stream->message[stream->count++].length = length;
    }
    assert_int_equal(result, TRANSFER_OUT_END);
    transfer_out_end(&out);
}

static void drop(struct stream *stream)
{
    for (size_t i = 0; i < stream->count; i++)
        free(stream->message[i].wire);
    stream->count = 0;
}

static enum transfer_in_state feed(struct transfer_in *transfer, const struct stream *stream)
{
    enum transfer_in_state state = TRANSFER_IN_MORE;
    for (size_t i = 0; i < stream->count && state == TRANSFER_IN_MORE; i++)
        state = transfer_in_message(transfer, stream->message[i].wire, stream->message[i].length, NOW);
    return state;
}

/* Transfers `zone` to who has `old`; what arrives. */
static struct zone *transferred(struct zone *zone, struct zone *old, const struct tsig_key *with,
                                size_t capacity, enum transfer_out_kind expected)
{
    static struct stream stream;
    struct transfer_in *transfer = begin(old, false, with);
    serve(transfer, zone, with, capacity, &stream);
    assert_int_equal(stream.kind, expected);
    if (feed(transfer, &stream) != TRANSFER_IN_COMPLETE)
        fail_msg("%s", transfer_in_reason(transfer));
    assert_int_equal(transfer_in_incremental(transfer), expected == TRANSFER_OUT_DIFFERENCES);
    struct zone *arrived = transfer_in_finish(transfer, &problems);
    assert_non_null(arrived);
    transfer_in_free(transfer);
    drop(&stream);
    return arrived;
}

static void assert_same(const struct zone *a, const struct zone *b)
{
    char *first = strdup(dump_of(a));
    assert_string_equal(first, dump_of(b));
    assert_true(zone_same(a, b));
    free(first);
}

static const char VARIED[] = HEAD(7) "NS1 AAAA 2001:db8::1\n*.w MX 10 a.b.c\na.b.c A 192.0.2.2\nA.b.c TXT "
                                     "\"x\"\nd DNAME e.example.net.\nx CNAME a.b.c\n"
                                     "sub NS ns.sub\nns.sub A 192.0.2.3\nsrv SRV 1 2 3 a.b.c\n\\000.z A "
                                     "192.0.2.4\n0 TYPE65400 \\# 3 010203\n";

static void a_zone_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct tsig_key with = key();
    struct zone *zone = zone_from(VARIED);
    static const size_t capacities[] = {DNS_MESSAGE_MAX, 512, 300};
    for (unsigned i = 0; i < 6; i++) {
        struct zone *arrived =
            transferred(zone, NULL, i < 3 ? NULL : &with, capacities[i % 3], TRANSFER_OUT_WHOLE);
        assert_same(zone, arrived);
        zone_release(arrived);
    }
    zone_release(zone);
}

/* A zone with `count` names. */
static struct zone *large_zone(unsigned serial, unsigned count)
{
    char *text = NULL;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    fprintf(to, "$TTL 60\n@ SOA ns1 host %u 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n", serial);
    for (unsigned i = 0; i < count; i++)
        fprintf(to, "host-%u.rack%u A 10.%u.%u.%u\n", i, i % 100, i >> 16 & 255, i >> 8 & 255, i & 255);
    fclose(to);
    struct zone *zone = zone_from(text);
    free(text);
    return zone;
}

static void messages_are_full_and_compressed(void **state)
{
    (void)state;
    static struct stream stream;
    struct zone *zone = large_zone(1, 20000);
    struct transfer_in *transfer = begin(NULL, false, NULL);
    serve(transfer, zone, NULL, DNS_MESSAGE_MAX, &stream);
    size_t octets = 0;
    for (size_t i = 0; i < stream.count; i++)
        octets += stream.message[i].length;
    assert_in_range(octets / 20000, 20, 30); /* 11 of a label, a pointer, 14 of the rest */
    assert_in_range(stream.count, octets / (16 * 1024), octets / (16 * 1024) + 1);
    assert_int_equal(feed(transfer, &stream), TRANSFER_IN_COMPLETE);
    struct zone *arrived = transfer_in_finish(transfer, NULL);
    assert_true(zone_same(zone, arrived));
    zone_release(arrived);
    zone_release(zone);
    transfer_in_free(transfer);
    drop(&stream);
}

static void changes_lead_from_one_version_to_the_next(void **state)
{
    (void)state;
    static const char *const versions[] = {
        HEAD(1) "a A 192.0.2.2\nb TXT x\n",
        HEAD(2) "a A 192.0.2.3\nb 120 TXT x\nc.d A 192.0.2.4\n",
        HEAD(5) "a A 192.0.2.2\nA AAAA 2001:db8::1\n",
        HEAD(6) "a A 192.0.2.2\nb TXT x\nb TXT y\n* MX 1 a\n",
    };
    enum { VERSIONS = 4 };
    struct zone *zone[VERSIONS];
    for (unsigned i = 0; i < VERSIONS; i++) {
        zone[i] = zone_from(versions[i]);
        zone_follow(zone[i], i > 0 ? zone[i - 1] : NULL);
        assert_int_equal(zone_journal_count(zone_journal(zone[i])), i);
    }
    for (unsigned from = 0; from < VERSIONS; from++)
        for (unsigned to = from + 1; to < VERSIONS; to++)
            for (size_t capacity = 250; capacity <= DNS_MESSAGE_MAX; capacity += 60000) {
                struct zone *old = zone_from(versions[from]);
                struct zone *arrived = transferred(zone[to], old, NULL, capacity, TRANSFER_OUT_DIFFERENCES);
                assert_same(zone[to], arrived);
                assert_int_equal(zone_journal_count(zone_journal(arrived)), to - from); /* for who asks us */
                zone_release(arrived);
                zone_release(old);
            }
    for (unsigned i = 0; i < VERSIONS; i++)
        zone_release(zone[i]);
}

/* tests/unit/zones/zonemd/NAME.zone with another serial. */
static struct zone *signed_zone(const char *name, char serial)
{
    char path[500], *text = calloc(1, 1 << 16);
    snprintf(path, sizeof path, SOURCE_DIR "/tests/unit/zones/zonemd/%s.zone", name);
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    assert_in_range(fread(text, 1, (1 << 16) - 1, from), 100, 1 << 15);
    fclose(from);
    char *at = strstr(text, " 7 1800 ");
    assert_non_null(at);
    at[1] = serial;
    struct zone *zone = zone_from(text);
    free(text);
    return zone;
}

/* Signatures, NSEC and NSEC3 come, go and are exchanged for each other. */
static void signed_zones_follow_each_other(void **state)
{
    (void)state;
    static const char *const names[] = {"plain", "nsec", "nsec3", "nsec", "plain"};
    struct zone *previous = NULL;
    for (unsigned i = 0; i < 5; i++) {
        struct zone *zone = signed_zone(names[i], (char)('1' + i));
        struct zone *arrived = transferred(zone, NULL, NULL, 1500, TRANSFER_OUT_WHOLE);
        assert_same(zone, arrived);
        zone_release(arrived);
        if (previous != NULL) {
            zone_follow(zone, previous);
            arrived = transferred(zone, previous, NULL, 1500, TRANSFER_OUT_DIFFERENCES);
            assert_same(zone, arrived);
            zone_release(arrived);
        }
        zone_release(previous);
        previous = zone;
    }
    zone_release(previous);
}

static void random_changes_are_found_and_applied(void **state)
{
    (void)state;
    uint32_t seed = 1;
    struct zone *previous = NULL, *follower = NULL;
    for (unsigned serial = 1; serial <= 60; serial++) {
        char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);
        fprintf(to, "$TTL 60\n@ SOA ns1 host %u 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n", serial);
        for (unsigned i = 0; i < 40; i++) {
            seed = seed * 1103515245 + 12345;
            unsigned pick = seed >> 16;
            fprintf(to, "n%u.m%u %u TXT t%u\n", pick % 5, pick / 5 % 3, 60 + pick / 15 % 2, pick / 30 % 4);
        }
        fclose(to);
        struct zone *zone = zone_from(text), *next;
        free(text);
        zone_follow(zone, previous);
        if (follower == NULL)
            next = zone_hold(zone);
        else
            next = transferred(zone, follower, NULL, 400, TRANSFER_OUT_DIFFERENCES);
        assert_true(zone_same(zone, next));
        zone_release(previous);
        zone_release(follower);
        previous = zone;
        follower = next;
    }
    zone_release(previous);
    zone_release(follower);
}

static void a_version_that_is_forgotten_gets_the_whole(void **state)
{
    (void)state;
    struct zone *old = zone_from(HEAD(1) "a A 192.0.2.2\n"), *zone = zone_from(HEAD(3) "b A 192.0.2.2\n");
    struct zone *arrived = transferred(zone, old, NULL, DNS_MESSAGE_MAX, TRANSFER_OUT_WHOLE);
    assert_same(zone, arrived);
    assert_int_equal(zone_journal_count(zone_journal(arrived)), 1);
    zone_release(arrived);
    zone_release(old);
    zone_release(zone);
}

static void who_is_up_to_date_gets_the_soa_alone(void **state)
{
    (void)state;
    static struct stream stream;
    struct zone *zone = zone_from(HEAD(3)), *newer = zone_from(HEAD(4));
    struct zone *const olds[] = {zone, newer};
    for (unsigned i = 0; i < 2; i++) {
        struct transfer_in *transfer = begin(olds[i], false, NULL);
        serve(transfer, zone, NULL, DNS_MESSAGE_MAX, &stream);
        assert_int_equal(stream.kind, TRANSFER_OUT_SOA);
        assert_int_equal(stream.count, 1);
        assert_int_equal(feed(transfer, &stream), TRANSFER_IN_UP_TO_DATE);
        assert_int_equal(transfer_in_serial(transfer), 3);
        assert_null(transfer_in_finish(transfer, NULL));
        transfer_in_free(transfer);
        drop(&stream);
    }
    zone_release(zone);
    zone_release(newer);
}

static void an_older_zone_is_not_taken_unless_wanted(void **state)
{
    (void)state;
    static struct stream stream;
    struct zone *zone = zone_from(HEAD(3)), *newer = zone_from(HEAD(4));
    struct transfer_in *transfer = begin(newer, true, NULL);
    serve(transfer, zone, NULL, DNS_MESSAGE_MAX, &stream);
    assert_int_equal(stream.kind, TRANSFER_OUT_WHOLE);
    assert_int_equal(feed(transfer, &stream), TRANSFER_IN_FAILED);
    assert_string_equal(transfer_in_reason(transfer), "serial 3 is not newer than ours, 4");
    transfer_in_free(transfer);
    drop(&stream);
    struct zone *arrived = transferred(zone, NULL, NULL, DNS_MESSAGE_MAX, TRANSFER_OUT_WHOLE);
    assert_same(zone, arrived);
    zone_release(arrived);
    zone_release(zone);
    zone_release(newer);
}

static void a_stream_that_ends_early_is_nothing(void **state)
{
    (void)state;
    static struct stream stream;
    struct tsig_key with = key();
    struct zone *zone = zone_from(VARIED);
    struct transfer_in *transfer = begin(NULL, false, &with);
    serve(transfer, zone, &with, 250, &stream);
    assert_in_range(stream.count, 3, 20);
    for (size_t i = 0; i + 1 < stream.count; i++) {
        assert_int_equal(transfer_in_message(transfer, stream.message[i].wire, stream.message[i].length, NOW),
                         TRANSFER_IN_MORE);
        assert_null(transfer_in_finish(transfer, NULL));
    }
    transfer_in_free(transfer);
    drop(&stream);
    zone_release(zone);
}

/* Every bit, and every length of every message: no zone but the very one comes out. */
static void a_damaged_stream_is_noticed_by_its_signatures(void **state)
{
    (void)state;
    static struct stream stream;
    struct tsig_key with = key();
    struct zone *zone = zone_from(HEAD(7) "a A 192.0.2.2\nb.c MX 1 a\n");
    for (size_t damage = 0;; damage++) {
        struct transfer_in *transfer = begin(NULL, false, &with);
        serve(transfer, zone, &with, 300, &stream);
        size_t bits = 0, at = damage;
        for (size_t i = 0; i < stream.count; i++)
            bits += 8 * stream.message[i].length;
        for (size_t i = 0; i < stream.count && damage < bits; at -= 8 * stream.message[i++].length)
            if (at < 8 * stream.message[i].length) {
                stream.message[i].wire[at / 8] ^= (uint8_t)(1 << at % 8);
                break;
            }
        if (feed(transfer, &stream) == TRANSFER_IN_COMPLETE) {
            struct zone *arrived = transfer_in_finish(transfer, NULL);
            assert_same(zone, arrived);
            zone_release(arrived);
        } else {
            assert_true(damage < bits);
        }
        transfer_in_free(transfer);
        drop(&stream);
        if (damage == bits)
            break;
    }
    zone_release(zone);
}

static void cut_messages_are_noticed(void **state)
{
    (void)state;
    static struct stream stream;
    struct zone *zone = zone_from(VARIED);
    struct transfer_in *transfer = begin(NULL, false, NULL);
    serve(transfer, zone, NULL, DNS_MESSAGE_MAX, &stream);
    transfer_in_free(transfer);
    for (size_t length = 0; length < stream.message[0].length; length++) {
        uint8_t *cut = malloc(length);
        memcpy(cut, stream.message[0].wire, length);
        transfer = begin(NULL, false, NULL);
        assert_int_equal(transfer_in_message(transfer, cut, length, NOW), TRANSFER_IN_FAILED);
        transfer_in_free(transfer);
        free(cut);
    }
    drop(&stream);
    zone_release(zone);
}

/* -- streams by hand ---------------------------------------------------------------------------- */

/* A message with these records, "owner type rdata" as in a zone file, of which several may be SOA records. */
static size_t message_of(uint8_t *wire, uint16_t type, const char *const *lines)
{
    static struct dns_text_record record;
    struct dns_builder builder;
    struct dns_name_buffer apex;
    assert_int_equal(dns_name_from_text("example.org", &apex), DNS_OK);
    dns_builder_start(&builder, wire, 4096, 77, DNS_FLAG_QR);
    assert_true(dns_builder_question(&builder, dns_name_view(&apex), type, DNS_CLASS_IN));
    for (; *lines != NULL; lines++) {
        assert_int_equal(dns_record_from_text(*lines, dns_name_view(&apex), 60, &record), DNS_OK);
        assert_true(dns_builder_record(&builder, DNS_ANSWER, dns_name_view(&record.owner), record.type,
                                       DNS_CLASS_IN, record.ttl, record.rdata, record.rdata_length));
    }
    return dns_builder_finish(&builder);
}

#define SOA(serial) "example.org. SOA ns1 host " #serial " 1 2 3 4"

static void expect_reason(struct zone *old, const char *expected, const char *const *lines)
{
    uint8_t wire[4096];
    struct transfer_in *transfer = begin(old, false, NULL);
    size_t length = message_of(wire, old != NULL ? DNS_TYPE_IXFR : DNS_TYPE_AXFR, lines);
    enum transfer_in_state state = transfer_in_message(transfer, wire, length, NOW);
    if (*expected != '\0')
        assert_int_equal(state, TRANSFER_IN_FAILED);
    assert_string_equal(transfer_in_reason(transfer), expected);
    if (*expected == '\0') {
        memset(&problems, 0, sizeof problems);
        assert_int_equal(state, TRANSFER_IN_COMPLETE);
        assert_null(transfer_in_finish(transfer, &problems));
        assert_true(problems.count[ZONE_ERROR] > 0);
    }
    transfer_in_free(transfer);
}

#define LINES(...)                                                                                           \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

static void wrong_streams_are_told_apart(void **state)
{
    (void)state;
    struct zone *old = zone_from(HEAD(3) "a A 192.0.2.2\n");
    expect_reason(NULL, "it does not begin with a SOA record", LINES("example.org. NS ns1", SOA(1)));
    expect_reason(NULL, "a SOA record is malformed or not of the zone's own name",
                  LINES("a SOA ns1 host 1 1 2 3 4"));
    expect_reason(NULL, "there is nothing between its SOA records", LINES(SOA(1), SOA(1)));
    expect_reason(NULL, "www.example.com. is outside of the zone",
                  LINES(SOA(1), "www.example.com. A 192.0.2.1"));
    expect_reason(NULL, "it ends with another SOA record than it began with",
                  LINES(SOA(1), "example.org. NS ns1", SOA(2)));
    expect_reason(NULL, "there are records behind the last SOA record",
                  LINES(SOA(1), "example.org. NS ns1", SOA(1), "example.org. NS ns1"));
    expect_reason(old, "serial 2 is not newer than ours, 3", LINES(SOA(2), "example.org. NS ns1", SOA(2)));
    expect_reason(old, "the changes begin at serial 4, and ours is 3", LINES(SOA(5), SOA(4), SOA(5), SOA(5)));
    expect_reason(old, "the serial 6 is not between 3 and 5", LINES(SOA(5), SOA(3), SOA(6), SOA(5)));
    expect_reason(old, "the serial 3 is not between 3 and 5", LINES(SOA(5), SOA(3), SOA(3), SOA(5)));
    expect_reason(old, "a change from serial 5 follows one that leads to 4",
                  LINES(SOA(5), SOA(3), SOA(4), SOA(5), SOA(5)));
    /* Well formed, but no zone: no NS; a record that is not there; one twice. */
    expect_reason(NULL, "", LINES(SOA(1), "a A 192.0.2.1", SOA(1)));
    expect_reason(old, "", LINES(SOA(5), SOA(3), "b A 192.0.2.2", SOA(5), SOA(5)));
    expect_reason(old, "", LINES(SOA(5), SOA(3), "a A 192.0.2.2", "a A 192.0.2.2", SOA(5), SOA(5)));
    zone_release(old);
}

static void messages_that_answer_something_else_are_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned at;
        uint8_t value;
        const char *reason;
        enum transfer_in_state state;
    } changes[] = {
        {1, 78, "a message is no answer to what was asked", TRANSFER_IN_FAILED},
        {2, 0x00, "a message is no answer to what was asked", TRANSFER_IN_FAILED},
        {2, 0xa0, "a message is no answer to what was asked", TRANSFER_IN_FAILED},
        {2, 0x82, "a message is truncated", TRANSFER_IN_FAILED},
        {3, 5, "the primary says REFUSED", TRANSFER_IN_FAILED},
        {3, 4, "the primary says NOTIMP", TRANSFER_IN_UNSUPPORTED},
        {3, 1, "the primary says FORMERR", TRANSFER_IN_UNSUPPORTED},
        {13, 'f', "a message is for another question", TRANSFER_IN_FAILED},
        {26, 252, "a message is for another question", TRANSFER_IN_FAILED},
        {28, 3, "a message is for another question", TRANSFER_IN_FAILED},
    };
    struct zone *old = zone_from(HEAD(3));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t wire[4096];
        struct transfer_in *transfer = begin(old, false, NULL);
        size_t length = message_of(wire, DNS_TYPE_IXFR, LINES(SOA(3)));
        wire[changes[i].at] = changes[i].value;
        assert_int_equal(transfer_in_message(transfer, wire, length, NOW), changes[i].state);
        assert_string_equal(transfer_in_reason(transfer), changes[i].reason);
        transfer_in_free(transfer);
    }
    zone_release(old);
}

static void limits_end_a_transfer(void **state)
{
    (void)state;
    static struct stream stream;
    struct dns_name_buffer apex;
    struct zone *zone = large_zone(1, 1000);
    assert_int_equal(dns_name_from_text("example.org", &apex), DNS_OK);
    for (unsigned i = 0; i < 2; i++) {
        struct transfer_in_options options = {.apex = dns_name_view(&apex), .id = 77};
        if (i == 0)
            options.records_max = 1000;
        else
            options.octets_max = 20000;
        struct transfer_in *transfer = transfer_in_new(&options);
        serve(transfer, zone, NULL, DNS_MESSAGE_MAX, &stream);
        assert_int_equal(feed(transfer, &stream), TRANSFER_IN_FAILED);
        assert_string_equal(transfer_in_reason(transfer),
                            i == 0 ? "more than 1000 records" : "more than 20000 octets");
        transfer_in_free(transfer);
        drop(&stream);
    }
    zone_release(zone);
}

/* -- datagrams and files ------------------------------------------------------------------------ */

static unsigned datagram_records(struct zone *zone, uint32_t serial, size_t capacity)
{
    static struct dns_record records[256];
    static uint8_t wire[DNS_MESSAGE_MAX];
    struct tsig_key with = key();
    struct tsig_chain chain;
    struct transfer_request request = {.type = DNS_TYPE_IXFR, .id = 77, .serial = serial};
    struct dns_message message;
    assert_int_equal(dns_name_from_text("example.org", &request.qname), DNS_OK);
    tsig_chain_start(&chain, &with);
    size_t length = transfer_out_datagram(zone, &request, &chain, wire, capacity, NOW);
    assert_int_equal(dns_message_parse(&message, wire, length, records, 256), DNS_OK);
    assert_int_equal(message.section[DNS_ADDITIONAL][0].type, DNS_TYPE_TSIG);
    tsig_chain_end(&chain);
    return message.count[DNS_ANSWER];
}

static void changes_go_into_a_datagram_where_they_fit(void **state)
{
    (void)state;
    struct zone *old = large_zone(1, 10), *zone = large_zone(2, 20);
    zone_follow(zone, old);
    assert_int_equal(datagram_records(zone, 1, 1232), 14);
    assert_int_equal(datagram_records(zone, 1, 400), 1);
    assert_int_equal(datagram_records(zone, 2, 1232), 1);
    assert_int_equal(datagram_records(zone, 0, 1232), 1); /* a version nobody knows */
    zone_release(old);
    zone_release(zone);
}

static void a_journal_outlives_a_restart(void **state)
{
    (void)state;
    struct zone *first = zone_from(HEAD(1) "a A 192.0.2.2\n"), *second = zone_from(HEAD(2) "b A 192.0.2.2\n");
    struct zone *third = zone_from(HEAD(3) "c A 192.0.2.2\n"), *again = zone_from(HEAD(3) "c A 192.0.2.2\n");
    size_t length;
    zone_follow(second, first);
    zone_follow(third, second);
    uint8_t *octets = zone_journal_encode(third, &length);
    assert_int_equal(zone_journal_decode(again, octets, length), ZONE_JOURNAL_TAKEN);
    assert_int_equal(zone_journal_count(zone_journal(again)), 2);
    struct zone *arrived = transferred(again, first, NULL, DNS_MESSAGE_MAX, TRANSFER_OUT_DIFFERENCES);
    assert_same(third, arrived);
    zone_release(arrived);

    struct zone *other = zone_from(HEAD(3) "c A 192.0.2.2\n");
    for (size_t bit = 0; bit < 8 * length; bit += 5) {
        octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(zone_journal_decode(other, octets, length), ZONE_JOURNAL_DAMAGED);
        octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < length; cut++) {
        uint8_t *part = malloc(cut);
        memcpy(part, octets, cut);
        assert_int_equal(zone_journal_decode(other, part, cut), ZONE_JOURNAL_DAMAGED);
        free(part);
    }
    assert_null(zone_journal(other));
    struct zone *touched = zone_from(HEAD(3) "c A 192.0.2.3\n"); /* somebody has changed it, not the serial */
    assert_int_equal(zone_journal_decode(touched, octets, length), ZONE_JOURNAL_FOREIGN);
    assert_int_equal(zone_journal_decode(first, octets, length), ZONE_JOURNAL_FOREIGN);
    zone_release(touched);
    zone_release(other);
    free(octets);
    zone_release(first);
    zone_release(second);
    zone_release(third);
    zone_release(again);
}

static void a_journal_is_bounded(void **state)
{
    (void)state;
    struct zone *previous = NULL;
    for (unsigned serial = 1; serial < 140; serial++) {
        char text[200];
        snprintf(text, sizeof text, "$TTL 60\n@ SOA ns1 host %u 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.%u\n",
                 serial, serial);
        struct zone *zone = zone_from(text);
        zone_follow(zone, previous);
        zone_release(previous);
        previous = zone;
    }
    assert_int_equal(zone_journal_count(zone_journal(previous)), ZONE_JOURNAL_DELTAS);
    assert_int_equal(zone_journal_find(zone_journal(previous), 39), 0);
    assert_int_equal(zone_journal_find(zone_journal(previous), 38), SIZE_MAX);
    struct zone *other = large_zone(200, 5000); /* the change would be larger than the zone */
    zone_follow(other, previous);
    assert_int_equal(zone_journal_count(zone_journal(other)), 0);
    zone_release(previous);
    zone_release(other);
}

static void a_change_without_a_new_serial_is_seen(void **state)
{
    (void)state;
    struct zone *zone = zone_from(HEAD(1) "a A 192.0.2.2\n"), *other = zone_from(HEAD(1) "a A 192.0.2.3\n");
    struct zone *same = zone_from(HEAD(1) "A A 192.0.2.2\n");
    assert_false(zone_same(zone, other));
    assert_true(zone_same(zone, same));
    zone_release(zone);
    zone_release(other);
    zone_release(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_arrives_as_it_was_sent),
        cmocka_unit_test(messages_are_full_and_compressed),
        cmocka_unit_test(changes_lead_from_one_version_to_the_next),
        cmocka_unit_test(signed_zones_follow_each_other),
        cmocka_unit_test(random_changes_are_found_and_applied),
        cmocka_unit_test(a_version_that_is_forgotten_gets_the_whole),
        cmocka_unit_test(who_is_up_to_date_gets_the_soa_alone),
        cmocka_unit_test(an_older_zone_is_not_taken_unless_wanted),
        cmocka_unit_test(a_stream_that_ends_early_is_nothing),
        cmocka_unit_test(a_damaged_stream_is_noticed_by_its_signatures),
        cmocka_unit_test(cut_messages_are_noticed),
        cmocka_unit_test(wrong_streams_are_told_apart),
        cmocka_unit_test(messages_that_answer_something_else_are_refused),
        cmocka_unit_test(limits_end_a_transfer),
        cmocka_unit_test(changes_go_into_a_datagram_where_they_fit),
        cmocka_unit_test(a_journal_outlives_a_restart),
        cmocka_unit_test(a_journal_is_bounded),
        cmocka_unit_test(a_change_without_a_new_serial_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
