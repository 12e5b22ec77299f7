/* The command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/options.h"

enum { ARGUMENTS = 16 };

static enum options_verdict read_line(const char *text, struct options *options, char *problem)
{
    char *copy = strdup(text), *argument[ARGUMENTS] = {(char *)(uintptr_t) "rootwalk"}, *rest;
    int count = 1;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argument[count++] = word;
    enum options_verdict verdict = options_read(count, argument, options, problem);
    options->config_given = options->config_given && strcmp(options->config, "x.conf") == 0;
    options->user = options->chroot = options->config = NULL;
    free(copy);
    return verdict;
}

static void nothing_gives_the_defaults(void **state)
{
    (void)state;
    struct options options;
    char problem[OPTIONS_PROBLEM_MAX], *argument[] = {(char *)(uintptr_t) "rootwalk", NULL};
    assert_int_equal(options_read(1, argument, &options, problem), OPTIONS_RUN);
    assert_string_equal(options.config, ROOTWALK_CONFIG_PATH);
    assert_false(options.config_given || options.foreground || options.to_stderr || options.port_given);
    assert_int_equal(options.port, 53);
    assert_int_equal(options.workers, 0);
}

static void every_flag_of_named_is_understood(void **state)
{
    (void)state;
    struct options options;
    char problem[OPTIONS_PROBLEM_MAX];
    assert_int_equal(read_line("-4 -c x.conf -d 3 -f -n 8 -p 5300 -t /srv -u nobody", &options, problem),
                     OPTIONS_RUN);
    assert_true(options.ipv4_only && options.config_given && options.foreground && options.port_given);
    assert_false(options.to_stderr);
    assert_int_equal(options.debug, 3);
    assert_int_equal(options.workers, 8);
    assert_int_equal(options.port, 5300);
    assert_int_equal(read_line("-6 -g", &options, problem), OPTIONS_RUN);
    assert_true(options.ipv6_only && options.foreground && options.to_stderr);
    assert_int_equal(read_line("-v", &options, problem), OPTIONS_VERSION);
    assert_int_equal(read_line("-V", &options, problem), OPTIONS_BUILD);
    assert_int_equal(read_line("--help", &options, problem), OPTIONS_HELP);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *line, *part;
    } bad[] = {
        {"-p 0", "0"},
        {"-p 65536", "65536"},
        {"-p 53x", "53x"},
        {"-p", "-p"},
        {"-n 0", "workers"},
        {"-n -1", "-1"},
        {"-n 65", "65"},
        {"-d high", "high"},
        {"-Z", "-Z"},
        {"-4 -6", "exclude"},
        {"named.conf", "named.conf"},
        {"--hlp", "--hlp"},
        {"-g --nonsense", "--nonsense"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct options options;
        char problem[OPTIONS_PROBLEM_MAX];
        assert_int_equal(read_line(bad[i].line, &options, problem), OPTIONS_WRONG);
        assert_non_null(strstr(problem, bad[i].part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gives_the_defaults),
        cmocka_unit_test(every_flag_of_named_is_understood),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
