/* Every kind of mistake, with the place and the words it is reported with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

struct bad_input {
    const char *text, *expected;
};

#define BAD(text, expected) {text, expected},
static const struct bad_input bad_inputs[] = {
#include "bad_inputs.def"
};

static void join(const struct config_errors *errors, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < errors->count && i < CONFIG_ERRORS_MAX; i++) {
        const struct config_error *error = &errors->error[i];
        assert_string_equal(error->file, "t");
        used += (size_t)snprintf(text + used, size - used, "%u:%u: %s\n", error->line, error->column,
                                 error->text);
        assert_true(used < size);
    }
}

static void bad_input_is_refused_with_its_place_and_reason(void **state)
{
    (void)state;
    size_t count = sizeof bad_inputs / sizeof bad_inputs[0];
    assert_true(count >= 120);
    for (size_t i = 0; i < count; i++) {
        struct config_errors errors;
        char text[8192];
        assert_null(config_read_text(bad_inputs[i].text, "t", &errors));
        join(&errors, text, sizeof text);
        if (strcmp(text, bad_inputs[i].expected) != 0)
            print_error("for %s\n", bad_inputs[i].text);
        assert_string_equal(text, bad_inputs[i].expected);
    }
}

static void suggestions_are_near_or_not_made(void **state)
{
    (void)state;
    static const struct {
        const char *written, *meant;
    } words[] = {
        {"max-cache-siz", "'max-cache-size'"},
        {"allow-recurson", "'allow-recursion'"},
        {"query-sourc", "'query-source'"},
        {"pidfile", "'pid-file'"},
        {"tcp-client", "'tcp-clients'"},
        {"xyzzy", NULL},
        {"no", NULL},
        {"a-very-long-word-that-is-nothing-at-all-in-any-table", NULL},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct config_errors errors;
        char text[128];
        snprintf(text, sizeof text, "options { %s 1; };", words[i].written);
        assert_null(config_read_text(text, "t", &errors));
        const char *found = strstr(errors.error[0].text, "did you mean ");
        assert_int_equal(found != NULL, words[i].meant != NULL);
        if (found != NULL)
            assert_ptr_equal(strstr(found, words[i].meant), found + strlen("did you mean "));
    }
}

static void all_errors_are_counted_and_the_first_twenty_kept(void **state)
{
    (void)state;
    char text[4096] = "";
    for (int i = 0; i < 50; i++)
        strcat(text, "wrong;\n");
    struct config_errors errors;
    assert_null(config_read_text(text, "t", &errors));
    assert_int_equal(errors.count, 50);
    for (unsigned i = 0; i < CONFIG_ERRORS_MAX; i++)
        assert_int_equal(errors.error[i].line, i + 1);

    char *printed = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&printed, &size);
    config_errors_print(&errors, to);
    fclose(to);
    assert_non_null(strstr(printed, "t:1:1: unknown statement 'wrong'\n"));
    assert_non_null(strstr(printed, "\n30 more errors are not shown\n"));
    free(printed);
}

static void a_broken_file_does_not_hide_later_errors(void **state)
{
    (void)state;
    struct config_errors errors;
    const char *text = "options {\n"
                       "    allow-query { 10.0.0.1 { 10.0.0.2; }; };\n"
                       "    recursion maybe;\n"
                       "};\n"
                       "server 10.0.0.1 bogus yes;\n"
                       "wrong;\n";
    assert_null(config_read_text(text, "t", &errors));
    assert_int_equal(errors.count, 4);
    assert_int_equal(errors.error[0].line, 2);
    assert_int_equal(errors.error[1].line, 3);
    assert_int_equal(errors.error[2].line, 5);
    assert_int_equal(errors.error[3].line, 6);
}

static void error_texts_cannot_disturb_a_terminal(void **state)
{
    (void)state;
    struct config_errors errors;
    assert_null(config_read_text("options { allow-query { \"\x1b[2J\"; }; };",
                                 "a\x1b"
                                 "b",
                                 &errors));
    for (size_t i = 0; i < errors.count; i++) {
        assert_null(strchr(errors.error[i].text, 0x1b));
        assert_string_equal(errors.error[i].file, "a?b");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_input_is_refused_with_its_place_and_reason),
        cmocka_unit_test(suggestions_are_near_or_not_made),
        cmocka_unit_test(all_errors_are_counted_and_the_first_twenty_kept),
        cmocka_unit_test(a_broken_file_does_not_hide_later_errors),
        cmocka_unit_test(error_texts_cannot_disturb_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
