/* The flight recorder: what has failed is shown whole, long after, by the id in its extended error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"
#include "resolver/reply.h"
#include "server/event_json.h"
#include "server/event_tree.h"
#include "server/recorder.h"

static const uint64_t midnight = 1800000000;

struct desk {
    struct net *net;
    struct recorder *recorder;
    struct dns_name_buffer asked;
    char reason[ANSWER_EDE_TEXT];
};

static void write_down(void *context, const struct effect *effect)
{
    struct desk *desk = context;
    struct dns_address client = dns_address_make(4, (const uint8_t[]){192, 0, 2, 200}, 4711);
    answer_reason(effect->answer, sizeof desk->reason - 1, desk->reason);
    recorder_write(desk->recorder, &(struct recorder_note){.at = midnight + net_now(desk->net) / 1000000,
                                                           .client = &client,
                                                           .name = dns_name_view(&desk->asked),
                                                           .type = DNS_TYPE_A,
                                                           .effect = effect});
}

static void ask(struct desk *desk, const char *name)
{
    dns_name_from_text(name, &desk->asked);
    net_ask(desk->net, name, "A");
}

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    desk->net = net_small();
    desk->recorder = recorder_create();
    net_set_watch(desk->net, &(struct net_watch){.told = write_down, .context = desk});
    net_behave(desk->net, "192.0.2.11", NET_SILENT);
    net_behave(desk->net, "192.0.2.12", NET_REFUSES);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    net_destroy(desk->net);
    recorder_destroy(desk->recorder);
    free(desk);
    return 0;
}

/* The tree as text, in memory of the caller's. */
static char *draw(const struct recorded *recorded)
{
    char *text = calloc(1, 200000), line[EVENT_TREE_LINE];
    struct event_tree tree;
    struct journal_cursor cursor;
    struct event event;
    event_tree_start(&tree);
    journal_begin(&cursor, recorded->events, recorded->length, recorded->start);
    while (journal_next(&cursor, &event))
        strcat(text, event_tree_line(&tree, &event, line));
    strcat(text, event_tree_end(&tree, line));
    return text;
}

static void a_failure_is_shown_whole_an_hour_later_by_its_id(void **state)
{
    struct desk *desk = *state;
    struct recorded *recorded = malloc(sizeof *recorded);
    ask(desk, "www.example.com");
    char *id = strstr(desk->reason, "; id ");
    assert_non_null(id);
    net_pass(desk->net, 3600);
    assert_true(recorder_get(desk->recorder, culprit_id_from_text(id + 5), recorded));
    assert_int_equal(recorded->count, 1);
    assert_int_equal(recorded->first, recorded->last);
    assert_int_equal(recorded->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(recorded->lost, 0);
    char *text = draw(recorded);
    assert_non_null(strstr(text, "     0.0 ms  4 question www.example.com. A\n"));
    assert_non_null(strstr(text, "7 silent   192.0.2.11#53 has not answered within "));
    assert_non_null(strstr(text, "7 give up  192.0.2.12#53 for zone example.com.: it refuses"));
    assert_non_null(strstr(text,
                           "\nwww.example.com. A: SERVFAIL; culprit: zone example.com.: none of its servers "
                           "gives an answer: "));
    assert_true(strlen(strstr(text, "; culprit: ")) > 60);
    assert_memory_equal(text + strlen(text) - strlen(id) - 1, id, strlen(id)); /* the last thing said */
    free(text);
    free(recorded);
}

static void a_failure_is_kept_once_and_counted(void **state)
{
    struct desk *desk = *state;
    struct recorded *recorded = malloc(sizeof *recorded);
    struct recorder_cursor cursor = {0};
    struct recorder_filter filter = {0};
    static const char *const names[] = {"a.example.com", "b.example.com", "c.example.com", "d.example.com"};
    for (size_t i = 0; i < 8; i++) {
        ask(desk, names[i % 4]);
        net_pass(desk->net, 10);
    }
    assert_true(recorder_next(desk->recorder, &cursor, &filter, recorded));
    assert_int_equal(recorded->count, 8);
    assert_true(recorded->last > recorded->first + 60);
    assert_int_equal(recorded->name_count, RECORDER_NAMES);
    char text[DNS_NAME_TEXT_MAX];
    assert_string_equal(dns_name_to_text(dns_name_view(&recorded->name[0]), text), "d.example.com.");
    assert_string_equal(dns_name_to_text(dns_name_view(&recorded->name[2]), text), "b.example.com.");
    assert_false(recorder_next(desk->recorder, &cursor, &filter, recorded));
    free(recorded);
}

static unsigned count(struct recorder *recorder, const struct recorder_filter *filter)
{
    struct recorded *recorded = malloc(sizeof *recorded);
    struct recorder_cursor cursor = {0};
    unsigned found = 0;
    uint64_t last = UINT64_MAX;
    while (recorder_next(recorder, &cursor, filter, recorded)) {
        assert_true(recorded->last <= last);
        last = recorded->last;
        found++;
    }
    free(recorded);
    return found;
}

/* A failure that no engine has had. */
static void make(struct recorder *recorder, uint32_t id, uint64_t at, const char *zone, uint8_t host,
                 const struct journal *journal)
{
    struct culprit culprit = {.blame = BLAME_SILENT, .id = id};
    struct answer answer = {.rcode = DNS_RCODE_SERVFAIL, .ede = 22, .ede_text = "made up", .id = id};
    struct dns_address client = dns_address_make(4, (const uint8_t[]){192, 0, 2, host}, 53);
    struct effect effect = {
        .kind = EFFECT_ANSWER, .answer = &answer, .culprit = &culprit, .journal = journal};
    struct dns_name_buffer name;
    dns_name_from_text(zone, &culprit.zone);
    dns_name_from_text(zone, &name);
    recorder_write(recorder, &(struct recorder_note){.at = at,
                                                     .client = &client,
                                                     .name = dns_name_view(&name),
                                                     .type = DNS_TYPE_A,
                                                     .effect = &effect});
}

static void they_are_found_by_time_name_and_client(void **state)
{
    struct recorder *recorder = ((struct desk *)*state)->recorder;
    struct dns_name_buffer name;
    make(recorder, 1, 1000, "example.org.", 1, NULL);
    make(recorder, 2, 2000, "sub.example.org.", 2, NULL);
    make(recorder, 3, 3000, "example.net.", 1, NULL);
    make(recorder, 1, 4000, "example.org.", 3, NULL);
    assert_int_equal(count(recorder, &(struct recorder_filter){0}), 3);
    assert_int_equal(count(recorder, &(struct recorder_filter){.since = 3000}), 2);
    assert_int_equal(count(recorder, &(struct recorder_filter){.since = 5000}), 0);
    dns_name_from_text("example.org.", &name);
    assert_int_equal(count(recorder, &(struct recorder_filter){.name = dns_name_view(&name)}), 2);
    dns_name_from_text("sub.example.org.", &name);
    assert_int_equal(count(recorder, &(struct recorder_filter){.name = dns_name_view(&name)}), 1);
    struct dns_address client = dns_address_make(4, (const uint8_t[]){192, 0, 2, 1}, 0);
    assert_int_equal(count(recorder, &(struct recorder_filter){.client = client}), 1);
}

/* However many there are, the memory is the same, the last are there, the oldest are gone, nothing is mixed up. */
static void the_oldest_make_room(void **state)
{
    struct recorder *recorder = ((struct desk *)*state)->recorder;
    struct journal *journal = malloc(sizeof *journal);
    struct recorded *recorded = malloc(sizeof *recorded);
    struct recorder_statistics statistics;
    for (uint32_t i = 1; i <= 4000; i++) {
        char zone[64];
        snprintf(zone, sizeof zone, "z%u.example.", (unsigned)i);
        journal_start(journal, i);
        for (uint32_t n = 0; n < i * 7919 % 300; n++)
            journal_write(journal,
                          &(struct event){.kind = EVENT_BUDGET, .time = i, .count = i, .text = zone});
        make(recorder, i, i, zone, 1, journal);
        recorder_get_statistics(recorder, &statistics);
        assert_int_equal(statistics.failures + statistics.dropped, i);
        assert_true(statistics.octets < 1 << 20);
        assert_true(recorder_get(recorder, i, recorded));
        assert_int_equal(recorded->length, journal_flat_size(journal));
    }
    assert_true(statistics.failures > 80);
    assert_int_equal(count(recorder, &(struct recorder_filter){0}), statistics.failures);
    assert_false(recorder_get(recorder, 1, recorded));
    for (uint32_t i = 4001 - (uint32_t)statistics.failures; i <= 4000; i++) {
        struct journal_cursor cursor;
        struct event event;
        assert_true(recorder_get(recorder, i, recorded));
        journal_begin(&cursor, recorded->events, recorded->length, recorded->start);
        while (journal_next(&cursor, &event))
            assert_int_equal(event.count, i);
        assert_ptr_equal(cursor.at, cursor.end);
    }
    free(recorded);
    free(journal);
}

static void what_is_fine_is_not_recorded(void **state)
{
    struct desk *desk = *state;
    ask(desk, "www.example.net");
    net_behave(desk->net, "192.0.2.11", NET_HONEST);
    net_behave(desk->net, "192.0.2.12", NET_HONEST);
    struct recorder_statistics before, after;
    recorder_get_statistics(desk->recorder, &before);
    ask(desk, "www.example.com");
    assert_int_equal(net_reply(desk->net)->rcode, DNS_RCODE_NOERROR);
    recorder_get_statistics(desk->recorder, &after);
    assert_int_equal(before.written, after.written);
}

/* The same events as JSON: each with what all have, the last with the culprit. */
static void events_are_json_too(void **state)
{
    struct desk *desk = *state;
    struct recorded *recorded = malloc(sizeof *recorded);
    struct recorder_cursor place = {0};
    struct journal_cursor cursor;
    struct event event;
    json_t *json = NULL;
    ask(desk, "www.example.com");
    assert_true(recorder_next(desk->recorder, &place, &(struct recorder_filter){0}, recorded));
    journal_begin(&cursor, recorded->events, recorded->length, recorded->start);
    while (journal_next(&cursor, &event)) {
        json_decref(json);
        json = event_to_json(&event, recorded->start);
        assert_true(json_is_integer(json_object_get(json, "time_us")));
        assert_true(json_is_integer(json_object_get(json, "step")));
        assert_true(json_is_integer(json_object_get(json, "walk")));
        assert_true(json_is_string(json_object_get(json, "event")));
    }
    json_t *culprit = json_object_get(json, "culprit");
    assert_string_equal(json_string_value(json_object_get(json, "event")), "failure");
    assert_string_equal(json_string_value(json_object_get(culprit, "zone")), "example.com.");
    assert_string_equal(json_string_value(json_object_get(culprit, "blame")), "no-server-helps");
    assert_int_equal(culprit_id_from_text(json_string_value(json_object_get(culprit, "id"))), recorded->id);
    json_decref(json);
    free(recorded);
}

/* In the packet that goes to the client, however little room there is. */
static void the_id_outlives_the_text(void **state)
{
    struct answer answer = {.id = 0xf3a91c2};
    char text[ANSWER_EDE_TEXT];
    (void)state;
    memset(answer.ede_text, 'x', sizeof answer.ede_text - 1);
    assert_int_equal(strlen(answer_reason(&answer, 1000, text)), ANSWER_EDE_TEXT - 1);
    assert_string_equal(text + ANSWER_EDE_TEXT - 1 - strlen("x; id f3a91c2"), "x; id f3a91c2");
    assert_string_equal(answer_reason(&answer, 15, text), "xxx; id f3a91c2");
    assert_string_equal(answer_reason(&answer, 12, text), "id f3a91c2");
    assert_string_equal(answer_reason(&answer, 10, text), "id f3a91c2");
    assert_string_equal(answer_reason(&answer, 9, text), "");
    strcpy(answer.ede_text, "short");
    assert_string_equal(answer_reason(&answer, 100, text), "short; id f3a91c2");
    answer.id = 0;
    assert_string_equal(answer_reason(&answer, 100, text), "short");
    assert_string_equal(answer_reason(&answer, 3, text), "sho");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_failure_is_shown_whole_an_hour_later_by_its_id, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(a_failure_is_kept_once_and_counted, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(they_are_found_by_time_name_and_client, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(what_is_fine_is_not_recorded, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(events_are_json_too, open_desk, close_desk),
        cmocka_unit_test(the_id_outlives_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
