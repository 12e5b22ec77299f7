/* Negative trust anchors: names with a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/nta.h"

static struct nta_list list;

static int clear(void **state)
{
    (void)state;
    memset(&list, 0, sizeof list);
    return 0;
}

static struct dns_name_buffer named(const char *text)
{
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text(text, &name), DNS_OK);
    return name;
}

static enum nta_added add(const char *text, uint64_t until)
{
    struct dns_name_buffer name = named(text);
    return nta_add(&list, dns_name_view(&name), until);
}

static bool remove_named(const char *text)
{
    struct dns_name_buffer name = named(text);
    return nta_remove(&list, dns_name_view(&name));
}

static void must_be(size_t at, const char *text, uint64_t until)
{
    char shown[DNS_NAME_TEXT_MAX];
    assert_true(at < list.count);
    assert_string_equal(dns_name_to_text(dns_name_view(&list.except[at].name), shown), text);
    assert_int_equal(list.except[at].until, until);
}

static void names_are_kept_in_order_and_once(void **state)
{
    (void)state;
    assert_int_equal(add("b.example", 30), NTA_ADDED);
    assert_int_equal(add("Example", 10), NTA_ADDED);
    assert_int_equal(add("a.example", 20), NTA_ADDED);
    assert_int_equal(add("B.EXAMPLE", 40), NTA_CHANGED);
    assert_int_equal(list.count, 3);
    must_be(0, "example.", 10);
    must_be(1, "a.example.", 20);
    must_be(2, "b.example.", 40);
    assert_int_equal(nta_due(&list), 10);
}

static void only_the_very_name_is_removed(void **state)
{
    (void)state;
    add("example", 10);
    add("a.example", 20);
    assert_false(remove_named("b.example"));
    assert_false(remove_named("."));
    assert_true(remove_named("EXAMPLE"));
    assert_false(remove_named("example"));
    must_be(0, "a.example.", 20);
    assert_true(remove_named("a.example"));
    assert_int_equal(list.count, 0);
    assert_int_equal(nta_due(&list), UINT64_MAX);
}

static void each_ends_in_its_time(void **state)
{
    (void)state;
    struct dns_name_buffer name;
    char shown[DNS_NAME_TEXT_MAX];
    add("c", 100);
    add("a", 200);
    add("b", 100);
    assert_false(nta_expire(&list, 99, &name));
    assert_true(nta_expire(&list, 100, &name));
    assert_string_equal(dns_name_to_text(dns_name_view(&name), shown), "b.");
    assert_true(nta_expire(&list, 100, &name));
    assert_string_equal(dns_name_to_text(dns_name_view(&name), shown), "c.");
    assert_false(nta_expire(&list, 199, &name));
    assert_int_equal(nta_due(&list), 200);
}

static void the_list_is_bounded(void **state)
{
    (void)state;
    char text[32];
    for (unsigned i = 0; i < NTA_MAX; i++) {
        snprintf(text, sizeof text, "n%u.example", i * 7919 % 1000);
        assert_int_equal(add(text, 5), NTA_ADDED);
    }
    assert_int_equal(add("one-more", 5), NTA_FULL);
    assert_int_equal(add("n0.example", 6), NTA_CHANGED);
    for (size_t i = 1; i < list.count; i++)
        assert_true(dns_name_compare(dns_name_view(&list.except[i - 1].name),
                                     dns_name_view(&list.except[i].name)) < 0);
    assert_true(remove_named("n0.example"));
    assert_int_equal(add("one-more", 5), NTA_ADDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_are_kept_in_order_and_once, clear),
        cmocka_unit_test_setup(only_the_very_name_is_removed, clear),
        cmocka_unit_test_setup(each_ends_in_its_time, clear),
        cmocka_unit_test_setup(the_list_is_bounded, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
