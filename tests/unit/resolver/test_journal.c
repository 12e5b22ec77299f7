/* The journal: what is written is read, whole or not at all, and what is overwritten is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "resolver/journal.h"

static uint64_t dice = 88172645463325252u;

static uint32_t roll(uint32_t below)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)(dice >> 20) % below;
}

static struct dns_name random_name(uint8_t wire[256])
{
    size_t length = 0;
    unsigned labels = roll(5);
    for (unsigned i = 0; i < labels && length < 190; i++) {
        uint8_t label = (uint8_t)(1 + roll(63));
        wire[length++] = label;
        for (unsigned j = 0; j < label; j++)
            wire[length++] = (uint8_t)roll(256);
    }
    wire[length++] = 0;
    return (struct dns_name){wire, (uint8_t)length};
}

static uint64_t number(unsigned bits)
{
    uint64_t value = (uint64_t)roll(UINT32_MAX) << 32 | roll(UINT32_MAX);
    return roll(3) == 0 ? 0 : value >> (64 - bits + roll(bits));
}

struct made {
    struct event event;
    uint8_t wire[4][256];
    char text[EVENT_TEXT_KEPT + 1], place[40];
};

static void make(struct made *made, enum event_kind kind, uint64_t start)
{
    struct event *event = &made->event;
    struct dns_name *const names[] = {&event->name, &event->other, &event->zone, &event->server};
    *event = (struct event){
        .kind = kind,
        .time = start + number(40),
        .walk = (uint32_t)number(32),
        .parent = (uint32_t)number(32),
        .depth = (uint8_t)number(8),
        .rank = (uint8_t)number(8),
        .trust = (uint8_t)number(8),
        .algorithm = (uint8_t)number(8),
        .blame = (uint8_t)number(8),
        .type = (uint16_t)number(16),
        .rcode = (uint16_t)number(16),
        .key_tag = (uint16_t)number(16),
        .flags = (uint16_t)number(16),
        .number = {(uint16_t)number(16), (uint16_t)number(16), (uint16_t)number(16), (uint16_t)number(16)},
        .related = (uint32_t)number(32),
        .count = (uint32_t)number(32),
        .ttl = (uint32_t)number(32),
        .age = (uint32_t)number(32),
        .id = (uint32_t)number(28),
        .value = number(64),
    };
    if (event->flags & EVENT_HAS_EDE)
        event->ede = (uint16_t)number(16);
    for (unsigned i = 0; i < 4; i++)
        if (roll(2) == 0)
            *names[i] = random_name(made->wire[i]);
    if (roll(2) == 0) {
        uint8_t octets[16];
        for (unsigned i = 0; i < 16; i++)
            octets[i] = (uint8_t)roll(256);
        event->address = dns_address_make(roll(2) == 0 ? 4 : 6, octets, (uint16_t)roll(65536));
    }
    if (roll(2) == 0) {
        memset(made->text, 'a' + (int)roll(26), sizeof made->text);
        made->text[roll(sizeof made->text)] = '\0';
        made->text[sizeof made->text - 1] = '\0';
        event->text = made->text;
    }
    if (roll(4) == 0) {
        snprintf(made->place, sizeof made->place, "/etc/%u.conf", roll(1000));
        event->place = made->place;
    }
}

static void assert_same_name(struct dns_name a, struct dns_name b)
{
    assert_true((a.wire == NULL) == (b.wire == NULL));
    assert_int_equal(a.length, b.length);
    if (a.wire != NULL)
        assert_memory_equal(a.wire, b.wire, a.length);
}

static void assert_same_text(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a != NULL)
        assert_string_equal(a, b);
}

static void assert_same(const struct event *a, const struct event *b)
{
    struct event left = *a, right = *b;
    assert_same_name(a->name, b->name);
    assert_same_name(a->other, b->other);
    assert_same_name(a->zone, b->zone);
    assert_same_name(a->server, b->server);
    assert_same_text(a->text, b->text);
    assert_same_text(a->place, b->place);
    left.name = left.other = left.zone = left.server = right.name = right.other = right.zone = right.server =
        (struct dns_name){0};
    left.text = left.place = right.text = right.place = NULL;
    assert_int_equal(left.time, right.time);
    assert_int_equal(left.kind, right.kind);
    assert_int_equal(left.walk, right.walk);
    assert_int_equal(left.parent, right.parent);
    assert_memory_equal(&left.depth, &right.depth,
                        offsetof(struct event, name) - offsetof(struct event, depth));
    assert_true(dns_address_equal(&left.address, &right.address));
    assert_int_equal(left.address.family, right.address.family);
}

static void every_event_is_read_as_it_was_written(void **state)
{
    uint8_t octets[EVENT_PACKED_MAX];
    struct made made;
    struct event read;
    (void)state;
    for (unsigned round = 0; round < 500; round++)
        for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
            make(&made, (enum event_kind)kind, 1000000);
            size_t length = event_pack(&made.event, 1000000, octets);
            assert_true(length <= sizeof octets);
            assert_int_equal(event_unpack(octets, length, 1000000, &read), length);
            assert_same(&made.event, &read);
        }
}

static void a_torn_event_is_none(void **state)
{
    uint8_t octets[EVENT_PACKED_MAX];
    struct made made;
    struct event read;
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        make(&made, (enum event_kind)roll(EVENT_KINDS), 0);
        size_t length = event_pack(&made.event, 0, octets);
        for (size_t cut = 0; cut < length; cut++) {
            uint8_t *part = malloc(cut == 0 ? 1 : cut); /* so that a sanitizer sees a read behind it */
            memcpy(part, octets, cut);
            assert_int_equal(event_unpack(part, cut, 0, &read), 0);
            free(part);
        }
    }
}

static void any_octets_are_read_safely(void **state)
{
    struct event read;
    char text[EVENT_TEXT_MAX];
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        size_t size = 1 + roll(100);
        uint8_t *octets = malloc(size);
        for (size_t i = 0; i < size; i++)
            octets[i] = (uint8_t)(roll(3) == 0 ? roll(256) : roll(4));
        if (event_unpack(octets, size, 0, &read) != 0)
            event_to_text(&read, text);
        free(octets);
    }
}

static void a_text_that_is_too_long_is_cut(void **state)
{
    char text[1000];
    uint8_t octets[EVENT_PACKED_MAX];
    struct event read;
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    size_t length = event_pack(&(struct event){.kind = EVENT_BUDGET, .text = text}, 0, octets);
    assert_int_equal(event_unpack(octets, length, 0, &read), length);
    assert_int_equal(strlen(read.text), EVENT_TEXT_KEPT);
}

/* The last ones are there, in order, whole, and as many as are missing are counted. */
static void the_oldest_are_overwritten_and_counted(void **state)
{
    struct journal *journal = malloc(sizeof *journal);
    uint8_t *flat = malloc(JOURNAL_FLAT_MAX);
    uint32_t *at = malloc(5000 * sizeof *at);
    (void)state;
    journal_start(journal, 77);
    for (uint32_t i = 0; i < 5000; i++) {
        struct made made;
        make(&made, (enum event_kind)roll(EVENT_KINDS), 77);
        made.event.related = i + 1;
        at[i] = made.event.walk;
        journal_write(journal, &made.event);
        assert_int_equal(journal->count + journal->lost, i + 1);
        if (i % 7 != 0)
            continue;
        struct journal_cursor cursor;
        struct event event;
        size_t length = journal_flatten(journal, flat);
        assert_int_equal(length, journal_flat_size(journal));
        assert_true(length <= JOURNAL_FLAT_MAX);
        journal_begin(&cursor, flat, length, journal->start);
        for (uint32_t n = journal->lost; n <= i; n++) {
            assert_true(journal_next(&cursor, &event));
            assert_int_equal(event.related, n + 1);
            assert_int_equal(event.walk, at[n]);
        }
        assert_false(journal_next(&cursor, &event));
    }
    assert_true(journal->lost > 4000);
    assert_true(journal->count > 10);
    free(journal);
    free(flat);
    free(at);
}

static void an_id_is_seven_digits_and_read_again(void **state)
{
    char text[CULPRIT_ID_TEXT];
    (void)state;
    assert_string_equal(culprit_id_to_text(0xf3a91c2, text), "f3a91c2");
    assert_string_equal(culprit_id_to_text(1, text), "0000001");
    assert_int_equal(culprit_id_from_text("f3a91c2"), 0xf3a91c2);
    assert_int_equal(culprit_id_from_text("F3A91C2"), 0xf3a91c2);
    assert_int_equal(culprit_id_from_text("f3a91c"), 0);
    assert_int_equal(culprit_id_from_text("f3a91c2b"), 0);
    assert_int_equal(culprit_id_from_text("f3a91x2"), 0);
    assert_int_equal(culprit_id_from_text(""), 0);
}

/* It is in logs and in tickets: it must not become another one. */
static void the_same_failure_has_the_same_id(void **state)
{
    struct dns_name_buffer lower, upper, other;
    struct dns_address server = dns_address_make(4, (const uint8_t[]){192, 0, 2, 1}, 53), none = {0};
    (void)state;
    dns_name_from_text("example.org.", &lower);
    dns_name_from_text("EXAMPLE.org.", &upper);
    dns_name_from_text("example.net.", &other);
    uint32_t id = culprit_id(dns_name_view(&lower), BLAME_SILENT, 22, &none);
    assert_int_equal(id, culprit_id(dns_name_view(&upper), BLAME_SILENT, 22, &none));
    assert_int_equal(id, 0x07276bd);
    assert_int_not_equal(id, culprit_id(dns_name_view(&other), BLAME_SILENT, 22, &none));
    assert_int_not_equal(id, culprit_id(dns_name_view(&lower), BLAME_LAME, 22, &none));
    assert_int_not_equal(id, culprit_id(dns_name_view(&lower), BLAME_SILENT, 23, &none));
    assert_int_not_equal(id, culprit_id(dns_name_view(&lower), BLAME_SILENT, 22, &server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_read_as_it_was_written),
        cmocka_unit_test(a_torn_event_is_none),
        cmocka_unit_test(any_octets_are_read_safely),
        cmocka_unit_test(a_text_that_is_too_long_is_cut),
        cmocka_unit_test(the_oldest_are_overwritten_and_counted),
        cmocka_unit_test(an_id_is_seven_digits_and_read_again),
        cmocka_unit_test(the_same_failure_has_the_same_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
