/* What comes most often, in a small table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/top.h"

enum { SEED = 0x5eed, NOW = 1000000 };

static struct top table(void)
{
    return (struct top){.seed = SEED};
}

static void note(struct top *top, const char *key, uint32_t times, uint64_t now)
{
    top_note(top, (const uint8_t *)key, strlen(key), times, now);
}

static uint32_t count_of(const struct top *top, const char *key)
{
    const struct top_entry *list[TOP_ENTRIES];
    size_t count = top_list(top, list, TOP_ENTRIES);
    for (size_t i = 0; i < count; i++)
        if (list[i]->length == strlen(key) && memcmp(list[i]->key, key, list[i]->length) == 0)
            return list[i]->count;
    return 0;
}

static void few_keys_are_counted_exactly_and_listed_most_first(void **state)
{
    struct top top = table();
    const struct top_entry *list[2];
    (void)state;
    note(&top, "b", 1, NOW);
    for (int i = 0; i < 5; i++)
        note(&top, "a", 1, NOW);
    note(&top, "c", 3, NOW);
    assert_int_equal(count_of(&top, "a"), 5);
    assert_int_equal(count_of(&top, "c"), 3);
    assert_int_equal(top.total, 9);
    assert_int_equal(top_list(&top, list, 2), 2);
    assert_int_equal(list[0]->key[0], 'a');
    assert_int_equal(list[1]->key[0], 'c');
}

/* A fifth of all questions is for one name; the others come once each, many more than there is room for. */
static void a_heavy_key_survives_a_flood_of_others(void **state)
{
    struct top top = table();
    const struct top_entry *first;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char key[32];
        snprintf(key, sizeof key, i % 5 == 0 ? "heavy" : "other-%d", i);
        note(&top, key, 1, NOW);
    }
    assert_int_equal(top_list(&top, &first, 1), 1);
    assert_memory_equal(first->key, "heavy", 5);
    /* Never too low, and too high by the error at most. */
    assert_true(first->count >= 4000);
    assert_true(first->count - first->error <= 4000);
}

static void counts_are_halved_as_time_goes_by(void **state)
{
    struct top top = table();
    (void)state;
    note(&top, "a", 64, NOW);
    note(&top, "b", 1, NOW + TOP_HALF_LIFE);
    assert_int_equal(count_of(&top, "a"), 32);
    note(&top, "b", 1, NOW + 3 * (uint64_t)TOP_HALF_LIFE);
    assert_int_equal(count_of(&top, "a"), 8);
    note(&top, "b", 1, NOW + 100000 * (uint64_t)TOP_HALF_LIFE);
    assert_int_equal(count_of(&top, "a"), 0);
    assert_int_equal(count_of(&top, "b"), 1);
}

static void tables_of_two_threads_add_up(void **state)
{
    struct top one = table(), other = table(), sum = table();
    (void)state;
    note(&one, "a", 3, NOW);
    note(&one, "b", 1, NOW);
    note(&other, "a", 4, NOW);
    note(&other, "c", 9, NOW);
    top_merge(&sum, &one);
    top_merge(&sum, &other);
    assert_int_equal(count_of(&sum, "a"), 7);
    assert_int_equal(count_of(&sum, "c"), 9);
    assert_int_equal(sum.total, 17);
}

static void keys_of_all_lengths_are_told_apart(void **state)
{
    struct top top = table();
    uint8_t key[TOP_KEY + 1] = {0};
    (void)state;
    top_note(&top, key, 0, 1, NOW);
    top_note(&top, key, 7, 2, NOW);
    top_note(&top, key, 8, 3, NOW);
    top_note(&top, key, TOP_KEY, 4, NOW);
    top_note(&top, key, TOP_KEY + 1, 5, NOW); /* has no room */
    assert_int_equal(top.total, 10);
    const struct top_entry *list[TOP_ENTRIES];
    assert_int_equal(top_list(&top, list, TOP_ENTRIES), 4);
    assert_int_equal(list[0]->length, TOP_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_keys_are_counted_exactly_and_listed_most_first),
        cmocka_unit_test(a_heavy_key_survives_a_flood_of_others),
        cmocka_unit_test(counts_are_halved_as_time_goes_by),
        cmocka_unit_test(tables_of_two_threads_add_up),
        cmocka_unit_test(keys_of_all_lengths_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
