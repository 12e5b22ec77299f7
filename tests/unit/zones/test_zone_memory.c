/* Every allocation fails in turn: the zone is refused with a reason, nothing is lost, nothing crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zones/file.h"

/* The linker sends the module's allocations here (--wrap); the one that counts down to zero fails. */
static unsigned long until_failure;
static bool failed;

static bool fails(void)
{
    if (until_failure == 0 || failed)
        return false;
    failed = --until_failure == 0;
    return failed;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *piece, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *piece, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *piece, size_t size)
{
    return fails() ? NULL : __real_realloc(piece, size);
}

static const char text[] =
    "$TTL 60\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n"
    "$GENERATE 1-3000 h$.e$ A 192.0.2.1\n$GENERATE 1-200 @ A 10.0.0.$\nx TXT a b\nu TYPE65400 \\# 1 00\n";

static struct zone *read_text(struct zone_problems *problems)
{
    struct dns_name_buffer apex;
    memset(problems, 0, sizeof *problems);
    dns_name_from_text("example.org", &apex);
    return zone_text_read(text, sizeof text - 1, "zone", dns_name_view(&apex), 0, problems);
}

static void a_failed_allocation_refuses_the_zone(void **state)
{
    static struct zone_problems problems;
    unsigned refused = 0, survived = 0;
    (void)state;
    for (unsigned long i = 1;; i++) {
        until_failure = i;
        failed = false;
        struct zone *zone = read_text(&problems);
        until_failure = 0;
        assert_true((zone == NULL) == (problems.count[ZONE_ERROR] > 0));
        survived += failed && zone != NULL; /* one that only gives memory back may fail */
        refused += zone == NULL;
        if (zone != NULL)
            assert_int_equal(zone_records(zone), 3 + 3000 + 200 + 2);
        zone_release(zone);
        if (!failed)
            break;
    }
    assert_true(refused > 20);
    assert_true(survived <= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_refuses_the_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
