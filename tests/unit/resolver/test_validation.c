/* What holds for a name: anchors, policies, exceptions, and what the clock is worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "resolver/validation.h"

static struct dns_name_buffer named(const char *text)
{
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text(text, &name), DNS_OK);
    return name;
}

static const struct validation_except *excepted(const struct validation *validation, const char *name,
                                                uint64_t now)
{
    struct dns_name_buffer buffer = named(name);
    return validation_excepted(validation, dns_name_view(&buffer), now);
}

static void the_deepest_policy_holds(void **state)
{
    (void)state;
    struct dns_name_buffer names[] = {named("."), named("example.org."), named("a.example.org."),
                                      named("org.")};
    const uint8_t *wires[] = {names[0].wire, names[1].wire, names[2].wire, names[3].wire};
    struct dnssec_policy policies[4] = {{0}};
    struct validation validation = {.policies = policies, .policy_names = wires, .policy_count = 4};
    static const struct {
        const char *name;
        unsigned policy;
    } cases[] = {{".", 0},
                 {"com.", 0},
                 {"org.", 3},
                 {"xorg.", 0},
                 {"EXAMPLE.org.", 1},
                 {"b.example.org.", 1},
                 {"x.A.example.org.", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dns_name_buffer name = named(cases[i].name);
        assert_ptr_equal(validation_policy(&validation, dns_name_view(&name)), &policies[cases[i].policy]);
    }
    validation.policy_count = 0;
    assert_null(validation_policy(&validation, dns_name_root()));
}

static void the_deepest_anchor_is_where_the_chain_begins(void **state)
{
    (void)state;
    static struct dnssec_anchor anchors[3];
    struct dns_name_buffer below = named("www.example.org."), beside = named("example.com.");
    struct dns_name zone;
    anchors[0].zone = named("org.");
    anchors[1].zone = named("example.org.");
    anchors[2].zone = named("org.");
    struct validation validation = {.anchors = anchors, .anchor_count = 3};
    assert_true(validation_anchored(&validation, dns_name_view(&below), &zone));
    assert_true(dns_name_equal(zone, dns_name_view(&anchors[1].zone)));
    assert_true(
        validation_anchored(&validation, dns_name_parent(dns_name_parent(dns_name_view(&below))), &zone));
    assert_true(dns_name_equal(zone, dns_name_view(&anchors[0].zone)));
    assert_false(validation_anchored(&validation, dns_name_view(&beside), &zone));
    assert_false(validation_anchored(&validation, dns_name_root(), &zone));
}

static void exceptions_end_when_their_time_is_over(void **state)
{
    (void)state;
    struct validation_except except[] = {{named("example.org."), 1000}, {named("sub.example.org."), 0}};
    struct validation validation = {.except = except, .except_count = 2};
    assert_ptr_equal(excepted(&validation, "www.Example.ORG.", 999), &except[0]);
    assert_null(excepted(&validation, "www.example.org.", 1000));
    assert_null(excepted(&validation, "org.", 0));
    assert_ptr_equal(excepted(&validation, "sub.example.org.", 999), &except[1]);
    assert_ptr_equal(excepted(&validation, "x.sub.example.org.", UINT64_MAX), &except[1]);
}

static void an_anchor_below_an_exception_is_used(void **state)
{
    (void)state;
    static struct dnssec_anchor anchors[2];
    struct validation_except except[] = {{named("example.org."), 0}};
    struct validation validation = {
        .anchors = anchors, .anchor_count = 2, .except = except, .except_count = 1};
    anchors[0].zone = named(".");
    anchors[1].zone = named("signed.example.org.");
    assert_non_null(excepted(&validation, "www.example.org.", 5));
    assert_null(excepted(&validation, "www.signed.example.org.", 5));
    anchors[1].zone = named("example.org.");
    assert_non_null(excepted(&validation, "www.example.org.", 5));
}

static void a_clock_before_the_build_is_told(void **state)
{
    (void)state;
    struct dnssec_policy policy = dnssec_policy_default();
    struct dns_name root = dns_name_root();
    const uint8_t *name = root.wire;
    struct validation validation = {.policies = &policy, .policy_names = &name, .policy_count = 1};
    char text[VALIDATION_CLOCK_TEXT];
    assert_false(validation_clock_wrong(&validation, 0, text));
    policy.clock_floor = 1790000000;
    assert_false(validation_clock_wrong(&validation, 1790000000, text));
    assert_true(validation_clock_wrong(&validation, 86400, text));
    assert_string_equal(
        text,
        "the resolver's clock is wrong: it says 1970-01-02, before this program was built (2026-09-21)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deepest_policy_holds),
        cmocka_unit_test(the_deepest_anchor_is_where_the_chain_begins),
        cmocka_unit_test(exceptions_end_when_their_time_is_over),
        cmocka_unit_test(an_anchor_below_an_exception_is_used),
        cmocka_unit_test(a_clock_before_the_build_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
