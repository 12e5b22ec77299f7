#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "server/kin.h"

static bool has(struct kin *kin, uint32_t walk, uint32_t parent)
{
    return kin_has(kin, &(struct event){.kind = EVENT_QUESTION, .walk = walk, .parent = parent});
}

static void the_first_walk_and_all_that_are_there_for_it_are_kin(void **state)
{
    (void)state;
    struct kin kin = {0};
    assert_true(has(&kin, 1, 0));
    assert_true(has(&kin, 3, 1));
    assert_true(has(&kin, 4, 3));
    assert_true(has(&kin, 1, 0));
}

static void what_the_engine_does_by_itself_is_not(void **state)
{
    (void)state;
    struct kin kin = {0};
    assert_true(has(&kin, 1, 0));
    assert_false(has(&kin, 2, 0));
    assert_false(has(&kin, 5, 2));
    assert_true(has(&kin, 6, 1));
}

/* A walk that was begun for priming, and that the question has come to need. */
static void a_walk_becomes_kin_by_whoever_wants_it(void **state)
{
    (void)state;
    struct kin kin = {0};
    assert_true(has(&kin, 1, 0));
    assert_false(has(&kin, 5, 2));
    assert_true(has(&kin, 5, 1));
    assert_true(has(&kin, 5, 2));
}

static void numbers_without_room_are_taken_for_kin(void **state)
{
    (void)state;
    struct kin kin = {0};
    assert_true(has(&kin, 1, 0));
    assert_true(has(&kin, KIN_WALKS, 0));
    assert_true(has(&kin, UINT32_MAX, 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_walk_and_all_that_are_there_for_it_are_kin),
        cmocka_unit_test(what_the_engine_does_by_itself_is_not),
        cmocka_unit_test(a_walk_becomes_kin_by_whoever_wants_it),
        cmocka_unit_test(numbers_without_room_are_taken_for_kin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
