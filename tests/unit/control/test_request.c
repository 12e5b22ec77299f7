/* Lines of the control protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/request.h"

static char line[CONTROL_LINE_MAX + 1];

static bool read_text(const char *text, struct control_request *request, char problem[CONTROL_PROBLEM_MAX])
{
    char *word[CONTROL_WORDS_MAX];
    size_t count;
    snprintf(line, sizeof line, "%s", text);
    problem[0] = '\0';
    return control_split(line, word, &count, problem) && control_request_read(word, count, request, problem);
}

static void verbs_are_read(void **state)
{
    static const struct {
        const char *text;
        enum control_verb_id verb;
        const char *name;
    } good[] = {
        {"status", CONTROL_STATUS, NULL},
        {"  stats\r", CONTROL_STATISTICS, NULL},
        {"flush", CONTROL_FLUSH_ALL, NULL},
        {"flush all", CONTROL_FLUSH_ALL, NULL},
        {"flush example.org", CONTROL_FLUSH_ALL, "example.org."},
        {"flush name example.org.", CONTROL_FLUSH_NAME, "example.org."},
        {"flush\ttree  org", CONTROL_FLUSH_TREE, "org."},
        {"flush tree \"org\"", CONTROL_FLUSH_TREE, "org."},
        {"flushname a.b", CONTROL_FLUSH_NAME, "a.b."},
        {"flushtree .", CONTROL_FLUSH_TREE, "."},
        {"reload", CONTROL_RELOAD, NULL},
        {"reconfig", CONTROL_RELOAD, NULL},
        {"stop", CONTROL_STOP, NULL},
        {"nta add example.org", CONTROL_NTA_ADD, "example.org."},
        {"nta add example.org 2h", CONTROL_NTA_ADD, "example.org."},
        {"nta del example.org", CONTROL_NTA_DELETE, "example.org."},
        {"nta list", CONTROL_NTA_LIST, NULL},
        {"nta example.org", CONTROL_NTA, "example.org."},
        {"nta -f -l 1w example.org", CONTROL_NTA, "example.org."},
        {"nta -lifetime 60 .", CONTROL_NTA, "."},
        {"nta -remove example.org", CONTROL_NTA, "example.org."},
        {"nta -r example.org", CONTROL_NTA, "example.org."},
        {"nta -dump", CONTROL_NTA, NULL},
        {"anchors", CONTROL_ANCHORS, NULL},
        {"managed-keys status", CONTROL_ANCHORS, NULL},
        {"secroots -", CONTROL_ANCHORS, NULL},
        {"version", CONTROL_VERSION, NULL},
        {"dumpdb -all", CONTROL_CACHE_DUMP, NULL},
        {"recursing", CONTROL_INFLIGHT, NULL},
        {"validation status", CONTROL_VALIDATION, NULL},
        {"showconf -user", CONTROL_SHOWCONF, NULL},
        {"trace", CONTROL_TRACE, NULL},
        {"notrace", CONTROL_NOTRACE, NULL},
        {"flush", CONTROL_FLUSH_ALL, NULL},
        {"flush all", CONTROL_FLUSH_ALL, NULL},
        {"flush negative", CONTROL_FLUSH_NEGATIVE, NULL},
        {"flush bogus example.org", CONTROL_FLUSH_BOGUS, "example.org."},
        {"flush type example.org mx", CONTROL_FLUSH_TYPE, "example.org."},
        {"cache get \"example.org\" AAAA", CONTROL_CACHE_GET, "example.org."},
        {"cache list --by ttl", CONTROL_CACHE_LIST, NULL},
        {"--json help", CONTROL_HELP, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct control_request request;
        char problem[CONTROL_PROBLEM_MAX], name[DNS_NAME_TEXT_MAX];
        assert_true(read_text(good[i].text, &request, problem));
        assert_int_equal(request.verb, good[i].verb);
        const struct control_value *value = control_value(&request, "NAME");
        assert_int_equal(value != NULL, good[i].name != NULL);
        if (value != NULL)
            assert_string_equal(dns_name_to_text(dns_name_view(&value->name), name), good[i].name);
    }
}

static void options_have_values(void **state)
{
    struct control_request request;
    char problem[CONTROL_PROBLEM_MAX];
    (void)state;
    assert_true(read_text("nta -l 2h example.org --json", &request, problem));
    assert_true(request.json);
    assert_int_equal(control_value(&request, "--lifetime")->number, 7200);
    assert_null(control_value(&request, "--remove"));
    assert_true(read_text("nta --remove example.org", &request, problem));
    assert_non_null(control_value(&request, "--remove"));
    assert_false(request.json);
    assert_true(read_text("nta add example.org 90", &request, problem));
    assert_int_equal(control_value(&request, "TIME")->number, 90);
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *text, *problem;
    } bad[] = {
        {"", "there is no command; help shows those there are"},
        {" \t ", "there is no command; help shows those there are"},
        {"--json", "there is no command; help shows those there are"},
        {"statsu", "unknown command statsu (did you mean 'status'?)"},
        {"flsuhtree x", "unknown command flsuhtree; help shows those there are"},
        {"nta lsit", NULL}, /* a name */
        {"halt", "unknown command halt (did you mean 'stop'?)"},
        {"status now", "status takes nothing more: \"now\""},
        {"flush tree", "flush tree needs NAME: this name and those below"},
        {"flush tree a..b", "\"a..b\" is no domain name"},
        {"nta add x 2y", "\"2y\" is no time, such as 3600, 2h or 1w"},
        {"nta -l", "a value is missing behind -l: TIME"},
        {"nta --lifetme 2h x", "nta has no option --lifetme (did you mean '--lifetime'?)"},
        {"cache lst", "unknown command cache (did you mean 'cache list'?)"},
        {"cache list --by name", "\"name\" is none of ttl|size|hits|age"},
        {"cache list --limit -1", "\"-1\" is no count"},
        {"cache get a. NOTYPE", "\"NOTYPE\" is no type of record, such as A, MX or TYPE65"},
        {"servers get example.org", "\"example.org\" is no address, such as 192.0.2.1 or 2001:db8::1"},
        {"log level loud", "\"loud\" is none of configured|error|warning|notice|info|debug"},
        {"flush tree \"x", "a quote is not closed: \"x"},
        {"stat\033[2Js", "unknown command stat?[2Js; help shows those there are"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct control_request request;
        char problem[CONTROL_PROBLEM_MAX];
        assert_int_equal(read_text(bad[i].text, &request, problem), bad[i].problem == NULL);
        if (bad[i].problem != NULL)
            assert_string_equal(problem, bad[i].problem);
    }
}

static void words_are_bounded(void **state)
{
    struct control_request request;
    char problem[CONTROL_PROBLEM_MAX], text[CONTROL_LINE_MAX + 1] = "";
    (void)state;
    for (unsigned i = 0; i <= CONTROL_WORDS_MAX; i++)
        strcat(text, "x ");
    assert_false(read_text(text, &request, problem));
    assert_string_equal(problem, "there are too many words");
}

/* Whatever bytes come, and at whatever length they end. */
static void garbage_is_refused(void **state)
{
    struct control_request request;
    char problem[CONTROL_PROBLEM_MAX], text[200];
    uint32_t seed = 1;
    (void)state;
    for (unsigned run = 0; run < 20000; run++) {
        size_t length = (seed = seed * 1664525 + 1013904223) >> 25;
        for (size_t i = 0; i < length; i++)
            text[i] = "nta -lr\"flush tree .\\\x80\x01x"[(seed = seed * 1664525 + 1013904223) >> 8 & 15];
        text[length] = '\0';
        if (!read_text(text, &request, problem))
            assert_true(problem[0] != '\0');
    }
}

/* Each verb that is shown can be found by its own name, and says how it is used. */
static void the_table_is_whole(void **state)
{
    (void)state;
    for (unsigned id = 0; id < CONTROL_VERBS; id++) {
        const struct control_verb *verb = control_verb((enum control_verb_id)id);
        char usage[CONTROL_USAGE_MAX], copy[64], problem[CONTROL_PROBLEM_MAX], *word[CONTROL_WORDS_MAX];
        size_t count, used;
        assert_non_null(verb->name);
        assert_non_null(verb->help);
        snprintf(copy, sizeof copy, "%s", verb->name);
        assert_true(control_split(copy, word, &count, problem));
        assert_int_equal(control_verb_find(word, count, &used), id);
        assert_int_equal(used, count);
        control_verb_usage(verb, usage);
        assert_int_equal(strncmp(usage, verb->name, strlen(verb->name)), 0);
        for (unsigned i = 0; i < CONTROL_PARAMETERS && verb->parameter[i].word != NULL; i++)
            assert_non_null(strstr(usage, verb->parameter[i].word[0] == '-' ||
                                                  verb->parameter[i].kind != CONTROL_KIND_CHOICE
                                              ? verb->parameter[i].word
                                              : verb->parameter[i].value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_are_read),     cmocka_unit_test(options_have_values),
        cmocka_unit_test(mistakes_are_named), cmocka_unit_test(words_are_bounded),
        cmocka_unit_test(garbage_is_refused), cmocka_unit_test(the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
