#include "cache/entry.h"
#include "cache/wheel.h"
#include "cache_test.h"

enum { GRANULES = sizeof(struct entry) / 4, ENTRIES = 2000 };

struct clockwork {
    struct wheel wheel;
    uint32_t memory[GRANULES * (ENTRIES + 1)];
    bool linked[ENTRIES + 1];
};

static struct clockwork *new_clockwork(void)
{
    struct clockwork *clockwork = calloc(1, sizeof *clockwork);
    assert_non_null(clockwork);
    return clockwork;
}

static void insert(struct clockwork *clockwork, unsigned number, uint32_t expires, uint32_t now)
{
    entry_at(clockwork->memory, number * GRANULES)->expires = expires;
    wheel_insert(&clockwork->wheel, clockwork->memory, number * GRANULES, now);
    clockwork->linked[number] = true;
}

static void remove_entry(struct clockwork *clockwork, unsigned number)
{
    wheel_remove(&clockwork->wheel, clockwork->memory, number * GRANULES);
    clockwork->linked[number] = false;
}

static unsigned take_expired(struct clockwork *clockwork, uint32_t now)
{
    unsigned budget = 1000000;
    uint32_t offset = wheel_expired(&clockwork->wheel, clockwork->memory, now, &budget);
    assert_true(budget > 0);
    if (offset)
        remove_entry(clockwork, offset / GRANULES);
    return offset / GRANULES;
}

static void assert_turns(const struct clockwork *clockwork)
{
    const char *problem = wheel_verify(&clockwork->wheel, clockwork->memory);
    if (problem)
        fail_msg("%s", problem);
}

static void each_entry_comes_out_in_its_second(void **state)
{
    (void)state;
    const uint32_t starts[] = {0, 63, 4095, 1u << 24, INT32_MAX - 10, UINT32_MAX - 10, UINT32_MAX - 100000};
    const uint32_t ttls[] = {1,
                             2,
                             62,
                             63,
                             64,
                             65,
                             127,
                             128,
                             4095,
                             4096,
                             4097,
                             86400,
                             262143,
                             262144,
                             1u << 24,
                             (1u << 24) + 1,
                             1 << 30,
                             (1u << 30) + 1,
                             INT32_MAX - 1,
                             INT32_MAX};
    for (unsigned s = 0; s < sizeof starts / sizeof starts[0]; s++) {
        struct clockwork *clockwork = new_clockwork();
        enum { COUNT = sizeof ttls / sizeof ttls[0] };
        for (unsigned i = 0; i < COUNT; i++)
            insert(clockwork, i + 1, starts[s] + ttls[i], starts[s]);
        for (unsigned i = 0; i < COUNT; i++) {
            assert_int_equal(take_expired(clockwork, starts[s] + ttls[i] - 1), 0);
            assert_turns(clockwork);
            assert_int_equal(take_expired(clockwork, starts[s] + ttls[i]), i + 1);
            assert_turns(clockwork);
        }
        free(clockwork);
    }
}

/* Against the plain way: look at all of them. */
static void it_agrees_with_looking_at_all(void **state)
{
    (void)state;
    struct random random = {77};
    for (unsigned round = 0; round < 20; round++) {
        struct clockwork *clockwork = new_clockwork();
        uint32_t now = UINT32_MAX - next_random(&random) % 100000;
        for (unsigned step = 0; step < 5000; step++) {
            unsigned number = 1 + random_below(&random, ENTRIES);
            if (clockwork->linked[number])
                remove_entry(clockwork, number);
            else
                insert(clockwork, number, now + 1 + random_below(&random, 1u << random_below(&random, 31)),
                       now);
            if (step % 10 == 0) {
                now += random_below(&random, 1u << random_below(&random, 1 + round));
                while (take_expired(clockwork, now))
                    ;
                for (unsigned i = 1; i <= ENTRIES; i++)
                    if (clockwork->linked[i])
                        assert_true(entry_alive(entry_at(clockwork->memory, i * GRANULES), now));
            }
        }
        assert_turns(clockwork);
        free(clockwork);
    }
}

static void what_comes_out_has_expired(void **state)
{
    (void)state;
    struct clockwork *clockwork = new_clockwork();
    struct random random = {3};
    for (unsigned i = 1; i <= ENTRIES; i++)
        insert(clockwork, i, 1000 + random_below(&random, 100000), 999);
    unsigned taken = 0, number;
    for (uint32_t now = 1000; now < 101000; now += 17) {
        while ((number = take_expired(clockwork, now))) {
            assert_false(entry_alive(entry_at(clockwork->memory, number * GRANULES), now));
            taken++;
        }
    }
    assert_int_equal(taken, ENTRIES);
    free(clockwork);
}

/* Time passes without anybody asking what has expired, then an hour late. */
static void a_wheel_that_lags_behind_loses_nothing(void **state)
{
    (void)state;
    for (unsigned quarter = 0; quarter < 4; quarter++) {
        uint32_t start = 0x3ffff000u + (quarter << 30);
        struct clockwork *clockwork = new_clockwork();
        for (unsigned i = 1; i <= ENTRIES; i++)
            insert(clockwork, i, start + 4 * i + (i % 7 ? 10 : INT32_MAX), start + 4 * i);
        assert_turns(clockwork);
        unsigned taken = 0, number;
        for (unsigned late = 0; late < 4000; late += 100) {
            uint32_t now = start + 4 * ENTRIES + late;
            while ((number = take_expired(clockwork, now - 3600))) {
                assert_int_not_equal(number % 7, 0);
                taken++;
            }
            assert_turns(clockwork);
        }
        assert_int_equal(taken, ENTRIES - ENTRIES / 7);
        assert_int_equal(take_expired(clockwork, start + 4 * 7 + INT32_MAX - 1), 0);
        assert_int_equal(take_expired(clockwork, start + 4 * 7 + INT32_MAX), 7);
        free(clockwork);
    }
}

static void one_call_moves_no_more_than_its_budget(void **state)
{
    (void)state;
    struct clockwork *clockwork = new_clockwork();
    for (unsigned i = 1; i <= ENTRIES; i++)
        insert(clockwork, i, 4096 + 60 * 64, 0);
    unsigned calls = 0, budget;
    do {
        budget = 100;
        assert_int_equal(wheel_expired(&clockwork->wheel, clockwork->memory, 4096 + 60 * 64 - 1, &budget), 0);
        assert_turns(clockwork);
        calls++;
    } while (!budget);
    assert_in_range(calls, ENTRIES / 100, ENTRIES / 100 * 5);
    assert_int_not_equal(take_expired(clockwork, 4096 + 60 * 64), 0);
    free(clockwork);
}

static void an_entry_that_moves_in_memory_stays_linked(void **state)
{
    (void)state;
    struct clockwork *clockwork = new_clockwork();
    for (unsigned i = 1; i <= 3; i++)
        insert(clockwork, i, 100, 0);
    for (unsigned i = 1; i <= 3; i++) {
        memcpy(entry_at(clockwork->memory, (i + 3) * GRANULES), entry_at(clockwork->memory, i * GRANULES),
               sizeof(struct entry));
        memset(entry_at(clockwork->memory, i * GRANULES), 0xff, sizeof(struct entry));
        wheel_moved(&clockwork->wheel, clockwork->memory, (i + 3) * GRANULES);
        assert_turns(clockwork);
    }
    unsigned sum = 0, number;
    while ((number = take_expired(clockwork, 100)))
        sum += number;
    assert_int_equal(sum, 4 + 5 + 6);
    free(clockwork);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_entry_comes_out_in_its_second),
        cmocka_unit_test(it_agrees_with_looking_at_all),
        cmocka_unit_test(what_comes_out_has_expired),
        cmocka_unit_test(a_wheel_that_lags_behind_loses_nothing),
        cmocka_unit_test(one_call_moves_no_more_than_its_budget),
        cmocka_unit_test(an_entry_that_moves_in_memory_stays_linked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
