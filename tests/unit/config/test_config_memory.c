/* Every allocation fails in turn: the configuration is refused, nothing is lost, nothing crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

/* The linker sends the module's allocations here (--wrap); the one that counts down to zero fails. */
static unsigned long until_failure;
static bool failed, and_all_later_ones;

static bool fails(void)
{
    if (failed)
        return and_all_later_ones;
    failed = --until_failure == 0;
    until_failure += failed; /* zero means off */
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
    return until_failure != 0 && fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return until_failure != 0 && fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *piece, size_t size)
{
    return until_failure != 0 && fails() ? NULL : __real_realloc(piece, size);
}

/* Text that needs every kind of memory: many chunks, long lists, many acls, channels, servers. */
static char *make_text(void)
{
    char *text = __real_malloc(256 * 1024), *at = stpcpy(text, "options { allow-query { ");
    for (unsigned i = 0; i < 2000; i++)
        at += sprintf(at, "10.0.%u.%u; ", i >> 8, i & 255);
    at = stpcpy(at, "}; directory \"/x\"; version \"v\"; };\n");
    for (unsigned i = 0; i < 200; i++)
        at += sprintf(at, "acl a%u { 10/8; !{ any; }; };\nserver 10.0.0.%u { bogus yes; };\n", i, i);
    at = stpcpy(
        at,
        "trust-anchors { example static-key 257 3 15 \"l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\"; };\n");
    stpcpy(at, "zone \".\" { type hint; file \"f\"; };\ncontrols { unix \"/c\"; };\n"
               "logging { channel c { file \"f\"; }; category queries { c; }; };\n");
    return text;
}

static void fail_each_allocation(void)
{
    char *text = make_text();
    struct config *config = NULL;
    unsigned long n = 1;
    for (; config == NULL; n++) {
        struct config_errors errors;
        failed = false;
        until_failure = n;
        config = config_read_text(text, "t", &errors);
        until_failure = 0;
        if (config == NULL) {
            bool told = false;
            for (size_t i = 0; i < errors.count && i < CONFIG_ERRORS_MAX; i++)
                told = told || strcmp(errors.error[i].text, "out of memory") == 0;
            assert_true(told);
        }
        assert_true(n < 10000);
    }
    assert_true(n > 20);
    config_free(config);
    free(text);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    and_all_later_ones = false;
    fail_each_allocation();
    and_all_later_ones = true;
    fail_each_allocation();
}

static void the_default_needs_memory_too(void **state)
{
    (void)state;
    failed = false;
    until_failure = 1;
    struct config *config = config_default();
    until_failure = 0;
    assert_null(config);
    config_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(the_default_needs_memory_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
