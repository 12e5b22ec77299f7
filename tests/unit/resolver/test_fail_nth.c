/* Every allocation of the engine fails in turn while it answers 200 questions: SERVFAIL or the right answer, and
   nothing of it is left when memory is back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/text.h"
#include "net.h"

/* The linker sends the engine's allocations here (--wrap), and what the tests themselves allocate past it
   (tests/CMakeLists.txt). Off while `until_failure` is 0. */
static unsigned long until_failure, failures_left;

static bool fails(void)
{
    if (until_failure == 0 || (until_failure > 1 && until_failure--))
        return false;
    if (--failures_left == 0)
        until_failure = 0;
    return true;
}

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *piece, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count, size);
}

void *__wrap_realloc(void *piece, size_t size)
{
    return fails() ? NULL : realloc(piece, size);
}

/* Only the small internet puts records into words, to compare them. */
enum dns_error __real_dns_record_to_text(struct dns_name owner, uint16_t type, uint16_t class, uint32_t ttl,
                                         const uint8_t *rdata, size_t rdata_length, char *text,
                                         size_t capacity);
enum dns_error __wrap_dns_record_to_text(struct dns_name owner, uint16_t type, uint16_t class, uint32_t ttl,
                                         const uint8_t *rdata, size_t rdata_length, char *text,
                                         size_t capacity);

enum dns_error __wrap_dns_record_to_text(struct dns_name owner, uint16_t type, uint16_t class, uint32_t ttl,
                                         const uint8_t *rdata, size_t rdata_length, char *text,
                                         size_t capacity)
{
    unsigned long suspended = until_failure;
    until_failure = 0;
    enum dns_error error =
        __real_dns_record_to_text(owner, type, class, ttl, rdata, rdata_length, text, capacity);
    until_failure = suspended;
    return error;
}

static void arm(unsigned long nth, unsigned long failures)
{
    until_failure = nth;
    failures_left = failures;
}

/* -- the script -------------------------------------------------------------------------------- */

enum { ALONE = 70, AT_ONCE = 120, AGAIN = 10, QUESTIONS = ALONE + AT_ONCE + AGAIN };

struct script {
    char name[QUESTIONS][64];
    const char *type[QUESTIONS];
    char *right[QUESTIONS];
};

static const char *const kinds[][2] = {
    {"www.example.com", "A"},        {"alias.example.com", "A"}, {"abroad.example.com", "A"},
    {"big.example.com", "TXT"},      {"www.example.org", "A"},   {"x.www.old.example.com", "A"},
    {"example.com", "MX"},           {"no.example.com", "A"},    {"www.example.com", "AAAA"},
    {"c1.example.com", "A"},         {"www.glueless.org", "A"},  {"large.example.com", "TXT"},
    {"loop.example.com", "A"},       {"www.example.com", "DS"},  {"example.org", "DS"},
    {"bigalias.example.org", "TXT"},
};

/* First all kinds, cold, in two rounds; then very many at once, all of other names; then some again. */
static void write_script(struct script *script)
{
    const unsigned count = sizeof kinds / sizeof kinds[0];
    for (unsigned i = 0; i < QUESTIONS; i++) {
        const char *const *kind = kinds[i % count];
        script->type[i] = i >= ALONE && i < ALONE + AT_ONCE ? "A" : kind[1];
        if (i < ALONE && i >= 2 * count)
            snprintf(script->name[i], sizeof script->name[i], "n%u.wild.example.com", i);
        else if (i >= ALONE && i < ALONE + AT_ONCE)
            snprintf(script->name[i], sizeof script->name[i], "m%u.%s", i,
                     i % 2 ? "wild.example.com" : "wild.glueless.org");
        else
            snprintf(script->name[i], sizeof script->name[i], "%s", kind[0]);
    }
}

static void add_text(char *records, const char *owner, unsigned count)
{
    char *at = records;
    for (unsigned i = 0; i < count; i++)
        at += sprintf(at, "%s TXT \"%03u %0190d\"\n", owner, i, 0);
}

static struct net *make_world(void)
{
    static const char *const wild[][2] = {{"wild.example.com", "example.com."},
                                          {"wild.glueless.org", "glueless.org."}};
    static char records[64 * 256];
    struct net *net = net_small();
    net_zone_add(net, "org.", "glueless.org. NS ns.far.org.\nfar.org. NS ns1.example.com.\n");
    net_zone(net, "far.org.", "192.0.2.11", "far.org. NS ns1.example.com.\nns.far.org. A 192.0.2.12\n");
    net_zone(net, "glueless.org.", "192.0.2.12",
             "glueless.org. NS ns.far.org.\nwww.glueless.org. A 203.0.113.9\n");
    net_zone_add(net, "example.com.",
                 "c1.example.com. CNAME c2.example.com.\nc2.example.com. CNAME c3.example.org.\n"
                 "loop.example.com. CNAME pool.example.com.\npool.example.com. CNAME loop.example.com.\n");
    net_zone_add(net, "example.org.",
                 "c3.example.org. CNAME www.glueless.org.\nbigalias.example.org. CNAME large.example.com.\n");
    for (unsigned i = 0; i < ALONE + AT_ONCE; i++) {
        const char *const *at = wild[i < ALONE || i % 2 ? 0 : 1];
        snprintf(records, sizeof records, "%c%u.%s. A 203.0.113.%u\n", i < ALONE ? 'n' : 'm', i, at[0], i);
        net_zone_add(net, at[1], records);
    }
    add_text(records, "big.example.com.", 8);
    net_zone_add(net, "example.com.", records);
    add_text(records, "large.example.com.", 60);
    net_zone_add(net, "example.com.", records);
    net_behave(net, "192.0.2.12", NET_HONEST);
    return net;
}

/* "NOERROR\nwww.com. 3600 IN A 192.0.2.80\n" without its TTLs, lines in order of their text. */
static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *without_ttls(const char *text)
{
    static char copy[70000], sorted[70000];
    char *line[512], *at = sorted;
    unsigned count = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *each = strtok(copy, "\n"); each != NULL; each = strtok(NULL, "\n")) {
        char *ttl = strchr(each, ' '), *class = ttl != NULL ? strchr(ttl + 1, ' ') : NULL;
        if (class != NULL)
            memmove(ttl, class, strlen(class) + 1);
        line[count++] = each;
    }
    qsort(line, count, sizeof line[0], compare_lines);
    *at = '\0';
    for (unsigned i = 0; i < count; i++)
        at += sprintf(at, "%s\n", line[i]);
    return sorted;
}

/* -- the runs ---------------------------------------------------------------------------------- */

struct tally {
    unsigned right, failed, dropped;
};

static void ask_one(struct net *net, const struct script *script, unsigned i, struct tally *tally)
{
    if (!net_begin(net, script->name[i], script->type[i])) {
        tally->dropped++;
        return;
    }
    net_run(net);
    const struct net_reply *reply = net_reply(net);
    if (strcmp(without_ttls(reply->text), script->right[i]) == 0) {
        tally->right++;
        return;
    }
    if (reply->rcode != DNS_RCODE_SERVFAIL)
        print_error("%s %s: %s\n", script->name[i], script->type[i], reply->text);
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    tally->failed++;
}

static void play(struct net *net, const struct script *script, struct tally *tally)
{
    for (unsigned i = 0; i < ALONE; i++)
        ask_one(net, script, i, tally);
    for (unsigned i = ALONE; i < ALONE + AT_ONCE; i++)
        tally->dropped += !net_begin(net, script->name[i], script->type[i]);
    net_run(net);
    for (unsigned i = ALONE; i < QUESTIONS; i++)
        ask_one(net, script, i, tally);
}

static void learn(struct script *script)
{
    struct net *net = make_world();
    for (unsigned i = 0; i < QUESTIONS; i++) {
        const struct net_reply *reply = net_ask(net, script->name[i], script->type[i]);
        script->right[i] = strdup(without_ttls(reply->text));
        bool good = reply->rcode != DNS_RCODE_SERVFAIL || strncmp(script->name[i], "loop", 4) == 0;
        assert_true(good);
    }
    net_end(net);
}

/* With the memory back, everything is answered, at once: that there was none says nothing about a name. */
static void all_is_well(struct net *net, const struct script *script)
{
    struct tally after = {0};
    for (unsigned i = 0; i < QUESTIONS; i++)
        ask_one(net, script, i, &after);
    assert_int_equal(after.dropped, 0);
    for (unsigned i = 0; i < QUESTIONS && after.failed > 0; i++) {
        struct tally one = {0};
        ask_one(net, script, i, &one);
        if (one.failed > 0)
            print_error("still failed: %s %s: %s\n", script->name[i], script->type[i],
                        net_reply(net)->ede_text);
    }
    assert_int_equal(after.failed, 0);
}

static void fail_each_in_turn(unsigned long failures)
{
    struct script script;
    struct tally tally = {0};
    unsigned long nth = 1;
    write_script(&script);
    learn(&script);
    for (;; nth += failures) {
        struct net *net = make_world();
        arm(nth, failures);
        play(net, &script, &tally);
        bool all_done = until_failure > 0 && failures_left == failures;
        arm(0, 0);
        all_is_well(net, &script);
        net_end(net);
        if (all_done)
            break;
    }
    print_message("%lu allocations failed, %lu at a time: %u right, %u SERVFAIL, %u not taken\n",
                  nth - failures, failures, tally.right, tally.failed, tally.dropped);
    assert_true(nth > 400 && tally.failed + tally.dropped > 0);
    for (unsigned i = 0; i < QUESTIONS; i++)
        free(script.right[i]);
}

static void any_allocation_of_a_walk_may_fail(void **state)
{
    (void)state;
    fail_each_in_turn(1);
}

static void several_in_a_row_may_fail(void **state)
{
    (void)state;
    fail_each_in_turn(5);
}

static void an_engine_needs_all_its_memory_to_begin(void **state)
{
    struct net *net = *state;
    struct engine *engine = NULL;
    struct engine_server_rule rule = {0};
    struct engine_options options = *net_options(net);
    options.rules = &rule;
    options.rule_count = 1;
    unsigned long nth = 1;
    for (; nth < 100 && engine == NULL; nth++) {
        arm(nth, 1);
        engine = engine_create(&options);
        assert_true((engine == NULL) == (until_failure == 0));
    }
    arm(0, 0);
    assert_non_null(engine);
    assert_true(nth - 1 >= 5); /* so many were refused, each without harm */
    engine_destroy(engine);
}

static void configuration_that_memory_lacks_for_leaves_the_old_one(void **state)
{
    struct net *net = *state;
    struct engine_server_rule rule = {0};
    struct engine_options options = *net_options(net);
    options.rules = &rule;
    options.rule_count = 1;
    options.ipv4 = false;
    arm(1, 1);
    assert_false(engine_configure(net_engine(net), &options));
    arm(0, 0);
    assert_int_equal(net_ask(net, "www.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_of_a_walk_may_fail),
        cmocka_unit_test(several_in_a_row_may_fail),
        cmocka_unit_test_setup_teardown(an_engine_needs_all_its_memory_to_begin, net_small_up, net_down),
        cmocka_unit_test_setup_teardown(configuration_that_memory_lacks_for_leaves_the_old_one, net_small_up,
                                        net_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
