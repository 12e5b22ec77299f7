/* Lines of the control protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/control_line.h"

static bool read_text(const char *text, struct control_line *line, char problem[CONTROL_PROBLEM_MAX])
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    problem[0] = '\0';
    return control_line_read(copy, line, problem);
}

static void verbs_are_read(void **state)
{
    static const struct {
        const char *text;
        enum control_verb verb;
        const char *name;
    } good[] = {
        {"status", CONTROL_STATUS, NULL},
        {"  stats\r", CONTROL_STATISTICS, NULL},
        {"flush", CONTROL_FLUSH, NULL},
        {"flush all", CONTROL_FLUSH, NULL},
        {"flush example.org", CONTROL_FLUSH_NAME, "example.org."},
        {"flush name example.org.", CONTROL_FLUSH_NAME, "example.org."},
        {"flush\ttree  org", CONTROL_FLUSH_TREE, "org."},
        {"flushname a.b", CONTROL_FLUSH_NAME, "a.b."},
        {"flushtree .", CONTROL_FLUSH_TREE, "."},
        {"reload", CONTROL_RELOAD, NULL},
        {"stop", CONTROL_STOP, NULL},
        {"nta add example.org", CONTROL_EXCEPT, "example.org."},
        {"nta add example.org 2h", CONTROL_EXCEPT, "example.org."},
        {"nta example.org", CONTROL_EXCEPT, "example.org."},
        {"nta -f -l 1w example.org", CONTROL_EXCEPT, "example.org."},
        {"nta -lifetime 60 .", CONTROL_EXCEPT, "."},
        {"nta del example.org", CONTROL_UNEXCEPT, "example.org."},
        {"nta -remove example.org", CONTROL_UNEXCEPT, "example.org."},
        {"nta -r example.org", CONTROL_UNEXCEPT, "example.org."},
        {"nta list", CONTROL_EXCEPTIONS, NULL},
        {"nta -dump", CONTROL_EXCEPTIONS, NULL},
        {"anchors", CONTROL_KEYS, NULL},
        {"managed-keys status", CONTROL_KEYS, NULL},
        {"secroots -", CONTROL_KEYS, NULL},
        {"version", CONTROL_VERSION, NULL},
        {"help", CONTROL_HELP, NULL},
        {"failures", CONTROL_FAILURES, NULL},
        {"failures f3a91c2 --json", CONTROL_FAILURES, NULL},
        {"failures --since 2h --client 2001:db8::1", CONTROL_FAILURES, NULL},
        {"failures --name example.org", CONTROL_FAILURES, "example.org."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct control_line line;
        char problem[CONTROL_PROBLEM_MAX], name[DNS_NAME_TEXT_MAX];
        assert_true(read_text(good[i].text, &line, problem));
        assert_int_equal(line.verb, good[i].verb);
        if (good[i].name != NULL)
            assert_string_equal(dns_name_to_text(dns_name_view(&line.name), name), good[i].name);
    }
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"", "no command"},
        {" \t", "no command"},
        {"stats now", "nothing belongs after"},
        {"flush name", "a name is missing"},
        {"flush tree", "a name is missing"},
        {"flush zone example.org", "zone"},
        {"flush tree a..b", "no domain name"},
        {"flushname", "exactly one name"},
        {"a b c d e f g h i j", "too many"},
        {"failures f3a91c", "seven digits"},
        {"failures --since", "a value is missing"},
        {"failures --since soon", "soon"},
        {"failures --client nobody", "nobody"},
        {"failures --name a..b", "no domain name"},
        {"failures --sinse 2h", "--sinse"},
        {"flush name a b", "too many"},
        {"nta", "a name is missing"},
        {"nta add", "a name is missing"},
        {"nta del", "a name is missing"},
        {"nta -r", "a name is missing"},
        {"nta -l", "a lifetime is between"},
        {"nta -l 8d example.org", "8d"},
        {"nta add example.org 0", "a lifetime is between"},
        {"nta add example.org soon", "soon"},
        {"nta add example.org 1h now", "nothing belongs after"},
        {"nta del example.org 1h", "nothing belongs after"},
        {"nta -x example.org", "-x"},
        {"nta add a..b", "no domain name"},
        {"managed-keys destroy", "nothing belongs after"},
        {"flsh", "flsh"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct control_line line;
        char problem[CONTROL_PROBLEM_MAX];
        assert_false(read_text(bad[i].text, &line, problem));
        assert_non_null(strstr(problem, bad[i].part));
    }
}

static void a_problem_holds_nothing_that_could_steer_a_terminal(void **state)
{
    (void)state;
    struct control_line line;
    char problem[CONTROL_PROBLEM_MAX];
    assert_false(read_text("\033[2Jx\300", &line, problem));
    for (const char *each = problem; *each != '\0'; each++)
        assert_true(*each >= ' ' && *each <= '~');
}

static void verbs_that_change_something_are_known(void **state)
{
    (void)state;
    assert_true(control_verb_changes(CONTROL_FLUSH_TREE));
    assert_true(control_verb_changes(CONTROL_STOP));
    assert_true(control_verb_changes(CONTROL_RELOAD));
    assert_true(control_verb_changes(CONTROL_EXCEPT));
    assert_true(control_verb_changes(CONTROL_UNEXCEPT));
    assert_false(control_verb_changes(CONTROL_EXCEPTIONS));
    assert_false(control_verb_changes(CONTROL_KEYS));
    assert_false(control_verb_changes(CONTROL_STATUS));
    assert_false(control_verb_changes(CONTROL_STATISTICS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_are_read),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_problem_holds_nothing_that_could_steer_a_terminal),
        cmocka_unit_test(verbs_that_change_something_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
