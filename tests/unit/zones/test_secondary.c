/* A secondary zone's life, told as tables of events on a clock of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zones/secondary.h"

/* refresh 100, retry 10, expire 1000 */
#define TIMES(number)                                                                                        \
    {                                                                                                        \
        number, 100, 10, 1000                                                                                \
    }
#define SERIAL(number) .serial = number, .has_serial = true

struct line {
    uint64_t now;
    struct secondary_event event;
    const char *expected; /* effects, then when the next is due */
};

static const char *describe(const struct secondary_effects *effects, uint64_t due)
{
    static const char *const acts[] = {"", "ask", "ixfr", "axfr"};
    static char text[200];
    char *to = text;
    *to = '\0';
    if (effects->act != SECONDARY_ACT_NONE)
        to += sprintf(to, "%s%u ", acts[effects->act], effects->primary);
    to += sprintf(to, "%s%s%s%s%s%s", effects->any ? "any " : "", effects->publish ? "publish " : "",
                  effects->confirmed ? "confirmed " : "", effects->revive ? "revive " : "",
                  effects->expire ? "expire " : "", effects->behind ? "behind " : "");
    if (due == UINT64_MAX)
        strcpy(to, "-");
    else
        sprintf(to, "%llu", (unsigned long long)due);
    return text;
}

static void play(unsigned primaries, const struct line *lines, size_t count)
{
    struct secondary secondary;
    secondary_init(&secondary, primaries);
    for (size_t i = 0; i < count; i++) {
        struct secondary_effects effects;
        secondary_step(&secondary, &lines[i].event, lines[i].now, 0, &effects);
        const char *text = describe(&effects, secondary_due(&secondary));
        if (strcmp(text, lines[i].expected) != 0)
            fail_msg("line %zu: \"%s\" instead of \"%s\"", i + 1, text, lines[i].expected);
    }
}

#define PLAY(primaries, ...)                                                                                 \
    do {                                                                                                     \
        static const struct line lines[] = {__VA_ARGS__};                                                    \
        play(primaries, lines, sizeof lines / sizeof lines[0]);                                              \
    } while (0)

static void a_zone_is_fetched_and_refreshed(void **state)
{
    (void)state;
    PLAY(1, {0, {.kind = SECONDARY_STARTED}, "axfr0 any -"},
         {1, {.kind = SECONDARY_FETCHED, .times = TIMES(7)}, "publish 101"},
         {101, {.kind = SECONDARY_TIME}, "ask0 1001"},
         {101, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 201"},
         {201, {.kind = SECONDARY_TIME}, "ask0 1101"},
         {202, {.kind = SECONDARY_SERIAL, SERIAL(8)}, "ixfr0 1101"},
         {205, {.kind = SECONDARY_FETCHED, .times = TIMES(8)}, "publish 305"});
}

static void a_zone_on_disk_is_as_old_as_it_is(void **state)
{
    (void)state;
    PLAY(1, {50, {.kind = SECONDARY_LOADED, .times = TIMES(7), .age = 900}, "0"},
         {50, {.kind = SECONDARY_STARTED}, "ask0 150"}, {51, {.kind = SECONDARY_SILENT}, "61"},
         {61, {.kind = SECONDARY_TIME}, "ask0 150"}, {140, {.kind = SECONDARY_SILENT}, "150"},
         {150, {.kind = SECONDARY_TIME}, "ask0 expire -"});
    PLAY(1, {50, {.kind = SECONDARY_LOADED, .times = TIMES(7), .age = 1000}, "0"},
         {50, {.kind = SECONDARY_STARTED}, "ask0 expire -"},
         {51, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed revive 151"});
}

static void primaries_are_asked_in_turn(void **state)
{
    (void)state;
    PLAY(3, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7)}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 1000"}, {1, {.kind = SECONDARY_SILENT}, "ask1 1000"},
         {2, {.kind = SECONDARY_SERIAL, SERIAL(9)}, "ixfr1 1000"},
         {3, {.kind = SECONDARY_FAILED}, "ask2 1000"},
         {4, {.kind = SECONDARY_SERIAL, SERIAL(8)}, "ixfr2 1000"},
         {5, {.kind = SECONDARY_FETCHED, .times = TIMES(8)}, "publish 105"},
         {105, {.kind = SECONDARY_TIME}, "ask0 1005"}, {106, {.kind = SECONDARY_SILENT}, "ask1 1005"},
         {107, {.kind = SECONDARY_SILENT}, "ask2 1005"}, {108, {.kind = SECONDARY_SILENT}, "118"});
}

static void without_a_zone_the_retries_grow_rarer(void **state)
{
    (void)state;
    PLAY(1, {0, {.kind = SECONDARY_STARTED}, "axfr0 any -"}, {0, {.kind = SECONDARY_FAILED}, "5"},
         {5, {.kind = SECONDARY_TIME}, "axfr0 any -"}, {5, {.kind = SECONDARY_FAILED}, "15"},
         {15, {.kind = SECONDARY_TIME}, "axfr0 any -"}, {15, {.kind = SECONDARY_FAILED}, "35"},
         {35, {.kind = SECONDARY_TIME}, "axfr0 any -"}, {35, {.kind = SECONDARY_FAILED}, "75"},
         {75, {.kind = SECONDARY_TIME}, "axfr0 any -"}, {75, {.kind = SECONDARY_FAILED}, "155"},
         {155, {.kind = SECONDARY_TIME}, "axfr0 any -"}, {155, {.kind = SECONDARY_FAILED}, "315"},
         {315, {.kind = SECONDARY_TIME}, "axfr0 any -"}, {315, {.kind = SECONDARY_FAILED}, "615"},
         {615, {.kind = SECONDARY_TIME}, "axfr0 any -"}, {615, {.kind = SECONDARY_FAILED}, "915"},
         {915, {.kind = SECONDARY_TIME}, "axfr0 any -"},
         {916, {.kind = SECONDARY_FETCHED, .times = TIMES(1)}, "publish 1016"});
}

static void a_notify_begins_with_who_sent_it(void **state)
{
    (void)state;
    PLAY(2, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7)}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 1000"},
         {0, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 100"},
         {5, {.kind = SECONDARY_NOTIFIED, .primary = 1, SERIAL(7)}, "100"}, /* known */
         {5, {.kind = SECONDARY_NOTIFIED, .primary = 2, SERIAL(8)}, "100"}, /* no primary */
         {6, {.kind = SECONDARY_NOTIFIED, .primary = 1, SERIAL(8)}, "ask1 1000"},
         {6, {.kind = SECONDARY_SERIAL, SERIAL(8)}, "ixfr1 1000"},
         {7, {.kind = SECONDARY_NOTIFIED, .primary = 1, SERIAL(9)}, "1000"}, /* while that goes on */
         {8, {.kind = SECONDARY_FETCHED, .times = TIMES(8)}, "ask1 publish 1008"},
         {8, {.kind = SECONDARY_SERIAL, SERIAL(9)}, "ixfr1 1008"},
         {9, {.kind = SECONDARY_FETCHED, .times = TIMES(9)}, "publish 109"},
         {10, {.kind = SECONDARY_NOTIFIED, .primary = 0}, "ask0 1009"}, /* without a serial */
         {10, {.kind = SECONDARY_SILENT}, "ask1 1009"}, {10, {.kind = SECONDARY_SILENT}, "20"});
}

static void notifies_in_any_number_are_one_round_a_second(void **state)
{
    (void)state;
    PLAY(
        2, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7)}, "0"},
        {0, {.kind = SECONDARY_STARTED}, "ask0 1000"},
        {0, {.kind = SECONDARY_NOTIFIED, .primary = 1}, "1000"},
        {0, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 1"}, {1, {.kind = SECONDARY_TIME}, "ask0 1000"},
        {1, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 101"},
        {1, {.kind = SECONDARY_NOTIFIED, .primary = 1}, "2"},
        {1, {.kind = SECONDARY_NOTIFIED, .primary = 1}, "2"}, {2, {.kind = SECONDARY_TIME}, "ask1 1001"},
        {2, {.kind = SECONDARY_SILENT}, "ask0 1001"}, {2, {.kind = SECONDARY_NOTIFIED, .primary = 1}, "1001"},
        {2, {.kind = SECONDARY_SILENT}, "3"}, {3, {.kind = SECONDARY_TIME}, "ask0 1001"});
}

static void an_older_serial_is_refused_and_told_once(void **state)
{
    (void)state;
    PLAY(1, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7)}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 1000"},
         {0, {.kind = SECONDARY_SERIAL, SERIAL(6)}, "behind 10"}, {10, {.kind = SECONDARY_TIME}, "ask0 1000"},
         {10, {.kind = SECONDARY_SERIAL, SERIAL(6)}, "20"}, {20, {.kind = SECONDARY_TIME}, "ask0 1000"},
         {20, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 120"},
         {120, {.kind = SECONDARY_TIME}, "ask0 1020"},
         {120, {.kind = SECONDARY_SERIAL, SERIAL(0x80000007)}, "behind 130"}); /* neither newer nor older */
}

static void serials_go_round(void **state)
{
    (void)state;
    PLAY(1, {0, {.kind = SECONDARY_LOADED, .times = TIMES(0xfffffff0)}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 1000"},
         {0, {.kind = SECONDARY_SERIAL, SERIAL(5)}, "ixfr0 1000"});
}

static void axfr_follows_where_ixfr_fails(void **state)
{
    (void)state;
    PLAY(2, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7)}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 1000"},
         {0, {.kind = SECONDARY_SERIAL, SERIAL(8)}, "ixfr0 1000"},
         {1, {.kind = SECONDARY_NO_IXFR}, "axfr0 1000"}, {2, {.kind = SECONDARY_NO_IXFR}, "ask1 1000"},
         {3, {.kind = SECONDARY_SERIAL, SERIAL(8)}, "ixfr1 1000"},
         {4, {.kind = SECONDARY_NO_IXFR}, "axfr1 1000"},
         {5, {.kind = SECONDARY_FETCHED, .times = TIMES(8)}, "publish 105"});
}

static void a_zone_expires_also_while_it_is_fetched(void **state)
{
    (void)state;
    PLAY(1, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7), .age = 990}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 10"}, {1, {.kind = SECONDARY_SERIAL, SERIAL(8)}, "ixfr0 10"},
         {10, {.kind = SECONDARY_TIME}, "expire -"}, {11, {.kind = SECONDARY_TIME}, "-"},
         {12, {.kind = SECONDARY_FETCHED, .times = TIMES(8)}, "publish 112"});
    PLAY(1, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7), .age = 990}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 10"}, {1, {.kind = SECONDARY_SERIAL, SERIAL(8)}, "ixfr0 10"},
         {10, {.kind = SECONDARY_TIME}, "expire -"}, {12, {.kind = SECONDARY_FAILED}, "22"},
         {22, {.kind = SECONDARY_TIME}, "ask0 -"}, {23, {.kind = SECONDARY_NOTIFIED, SERIAL(7)}, "-"},
         {24, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "ask0 confirmed revive 1024"},
         {25, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 125"});
}

static void the_operator_may_have_it_now(void **state)
{
    (void)state;
    PLAY(1, {0, {.kind = SECONDARY_LOADED, .times = TIMES(7)}, "0"},
         {0, {.kind = SECONDARY_STARTED}, "ask0 1000"},
         {0, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 100"},
         {3, {.kind = SECONDARY_REFRESH}, "ask0 1000"},
         {3, {.kind = SECONDARY_SERIAL, SERIAL(7)}, "confirmed 103"},
         {4, {.kind = SECONDARY_RETRANSFER}, "axfr0 any 1003"},
         {4, {.kind = SECONDARY_RETRANSFER}, "1003"}, /* once more behind that one */
         {5, {.kind = SECONDARY_FETCHED, .times = TIMES(3)}, "ask0 publish 1005"},
         {5, {.kind = SECONDARY_SERIAL, SERIAL(3)}, "confirmed 105"},
         {6, {.kind = SECONDARY_RETRANSFER}, "axfr0 any 1005"}, {7, {.kind = SECONDARY_FAILED}, "17"},
         {17, {.kind = SECONDARY_TIME}, "ask0 1005"});
}

static void late_answers_have_no_effect(void **state)
{
    (void)state;
    PLAY(1, {0, {.kind = SECONDARY_STARTED}, "axfr0 any -"}, {0, {.kind = SECONDARY_SERIAL, SERIAL(9)}, "-"},
         {0, {.kind = SECONDARY_SILENT}, "-"}, {0, {.kind = SECONDARY_CURRENT}, "-"},
         {1, {.kind = SECONDARY_FETCHED, .times = TIMES(7)}, "publish 101"},
         {2, {.kind = SECONDARY_FETCHED, .times = TIMES(8)}, "101"}, {2, {.kind = SECONDARY_FAILED}, "101"},
         {2, {.kind = SECONDARY_NO_IXFR}, "101"}, {2, {.kind = SECONDARY_SERIAL, SERIAL(9)}, "101"});
}

static void times_are_bounded_and_spread(void **state)
{
    (void)state;
    struct secondary secondary;
    struct secondary_effects effects;
    struct secondary_event fetched = {.kind = SECONDARY_FETCHED, .times = {1, 0, 0, UINT32_MAX}};
    secondary_init(&secondary, 1);
    secondary_step(&secondary, &(struct secondary_event){.kind = SECONDARY_STARTED}, 0, 0, &effects);
    secondary_step(&secondary, &fetched, 0, UINT32_MAX, &effects);
    assert_int_equal(secondary_due(&secondary), SECONDARY_TIME_MIN);
    assert_int_equal(secondary.expires, SECONDARY_TIME_MAX);
    fetched.times = (struct secondary_times){2, 1000, 10, 5000};
    for (unsigned i = 0; i < 2; i++) {
        secondary_step(&secondary, &(struct secondary_event){.kind = SECONDARY_RETRANSFER}, 0, 0, &effects);
        secondary_step(&secondary, &fetched, 0, i == 0 ? 0 : UINT32_MAX, &effects);
        assert_int_equal(secondary_due(&secondary), i == 0 ? 1000 : 901);
    }
}

/* Whatever comes in whatever order: a zone past its time is not served, and a primary's number is one. */
static void any_order_of_events_keeps_its_promises(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < 200; round++) {
        struct secondary secondary;
        uint64_t now = 0;
        secondary_init(&secondary, 1 + round % 4);
        for (unsigned i = 0; i < 500; i++) {
            struct secondary_effects effects;
            seed = seed * 1103515245 + 12345;
            unsigned pick = seed >> 16;
            struct secondary_event event = {.kind = (enum secondary_event_kind)(1 + pick % 11),
                                            .primary = pick / 12 % 5,
                                            .has_serial = pick % 7 > 2,
                                            .serial = pick / 60 % 5,
                                            .times = TIMES(pick / 60 % 5)};
            now += pick % 17;
            if (secondary_due(&secondary) <= now)
                event.kind = SECONDARY_TIME;
            secondary_step(&secondary, &event, now, seed, &effects);
            assert_true(effects.primary < secondary.primaries && secondary.tried <= secondary.primaries);
            assert_true(!secondary.has_zone || secondary.expired || secondary.expires > now);
            assert_true(secondary.state != SECONDARY_IDLE || i == 0 || secondary_due(&secondary) > now);
            assert_true((effects.act != SECONDARY_ACT_NONE) <= (secondary.state != SECONDARY_IDLE));
            assert_false(effects.publish && (effects.revive || effects.expire));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_fetched_and_refreshed),
        cmocka_unit_test(a_zone_on_disk_is_as_old_as_it_is),
        cmocka_unit_test(primaries_are_asked_in_turn),
        cmocka_unit_test(without_a_zone_the_retries_grow_rarer),
        cmocka_unit_test(a_notify_begins_with_who_sent_it),
        cmocka_unit_test(notifies_in_any_number_are_one_round_a_second),
        cmocka_unit_test(an_older_serial_is_refused_and_told_once),
        cmocka_unit_test(serials_go_round),
        cmocka_unit_test(axfr_follows_where_ixfr_fails),
        cmocka_unit_test(a_zone_expires_also_while_it_is_fetched),
        cmocka_unit_test(the_operator_may_have_it_now),
        cmocka_unit_test(late_answers_have_no_effect),
        cmocka_unit_test(times_are_bounded_and_spread),
        cmocka_unit_test(any_order_of_events_keeps_its_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
