/* The names of a zone that have NSEC records in the cache, in canonical order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "resolver/ranges.h"

enum { NOW = 1000 };

static uint8_t scratch[2 * RANGES_OCTETS];

static struct dns_name_buffer named(const char *text)
{
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text(text, &name), DNS_OK);
    return name;
}

static int up(void **state)
{
    static const uint8_t key[16];
    *state = cache_create(&(struct cache_options){.size = 4 << 20, .key = key});
    return *state == NULL;
}

static int down(void **state)
{
    cache_destroy(*state);
    return 0;
}

static void add(struct cache *cache, const char *zone, const char *owner, uint32_t ttl, uint32_t now)
{
    struct dns_name_buffer at = named(zone), name = named(owner);
    ranges_add(cache, dns_name_view(&at), dns_name_view(&name), ttl, now, scratch);
}

/* The owner found for the name, or "" */
static const char *find(struct cache *cache, const char *zone, const char *text, uint32_t now)
{
    static char found[DNS_NAME_TEXT_MAX];
    struct dns_name_buffer at = named(zone), name = named(text), owner;
    if (!ranges_find(cache, dns_name_view(&at), dns_name_view(&name), now, &owner, scratch))
        return "";
    return dns_name_to_text(dns_name_view(&owner), found);
}

/* RFC 4034 §6.1's own example. */
static void the_range_that_a_name_is_in_begins_at_the_last_name_before_it(void **state)
{
    static const char *const owners[] = {
        "z.example.",          "example.",        "a.example.",   "*.z.example.",
        "yljkjljk.a.example.", "zABC.a.EXAMPLE.", "Z.a.example.", "\\200.z.example."};
    static const char *const cases[][2] = {
        {"example.", "example."},
        {"0.example.", "example."},
        {"a.example.", "a.example."},
        {"b.a.example.", "a.example."},
        {"yz.a.example.", "yljkjljk.a.example."},
        {"zb.a.example.", "zABC.a.example."},
        {"b.example.", "zABC.a.example."},
        {"!.z.example.", "z.example."},
        {"a.z.example.", "*.z.example."},
        {"\\201.z.example.", "\\200.z.example."},
    };
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
        add(*state, "example.", owners[i], 300, NOW);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(find(*state, "example.", cases[i][0], NOW), cases[i][1]);
    assert_string_equal(find(*state, "other.", "a.other.", NOW), "");
}

static void the_root_has_ranges_like_any_zone(void **state)
{
    add(*state, ".", "com.", 300, NOW);
    add(*state, ".", ".", 300, NOW);
    assert_string_equal(find(*state, ".", "comb.", NOW), "com.");
    assert_string_equal(find(*state, ".", "www.com.", NOW), "com.");
    assert_string_equal(find(*state, ".", "abc.", NOW), ".");
}

static void a_name_that_is_added_again_stands_there_once(void **state)
{
    for (unsigned i = 0; i < 20000; i++)
        add(*state, "example.", "a.example.", 300 + i, NOW);
    add(*state, "example.", "b.example.", 10, NOW);
    assert_string_equal(find(*state, "example.", "a.example.", NOW), "a.example.");
    assert_string_equal(find(*state, "example.", "c.example.", NOW + 20000), "b.example.");
}

static void the_ranges_end_with_the_last_of_their_records(void **state)
{
    add(*state, "example.", "a.example.", 100, NOW);
    add(*state, "example.", "b.example.", 50, NOW);
    assert_string_equal(find(*state, "example.", "c.example.", NOW + 99), "b.example.");
    assert_string_equal(find(*state, "example.", "c.example.", NOW + 100), "");
}

/* More than an entry holds: the order stays, and what was added last is there. */
static void a_zone_with_too_many_names_keeps_some_of_them(void **state)
{
    char name[64];
    for (unsigned i = 0; i < 6000; i++) {
        unsigned number = i * 2654435761u % 1000000;
        snprintf(name, sizeof name, "name%06u.example.", number);
        add(*state, "example.", name, 300, NOW);
        assert_string_equal(find(*state, "example.", name, NOW), name);
    }
    for (unsigned number = 0; number < 1000000; number += 997) {
        snprintf(name, sizeof name, "name%06u.example.", number);
        const char *found = find(*state, "example.", name, NOW);
        assert_true(strcmp(found, name) <= 0);
    }
}

/* What lies in the cache is ours; should it be damaged, nothing outside is read. */
static void damaged_ranges_do_no_harm(void **state)
{
    uint8_t data[64];
    struct dns_name_buffer zone = named("example.");
    uint32_t seed = 1;
    for (unsigned i = 0; i < 20000; i++) {
        size_t length = i % sizeof data + 1;
        for (size_t j = 0; j < length; j++)
            data[j] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        data[0] = 0;
        struct cache_value value = {
            .ttl = 10, .rank = CACHE_RANK_SECURE, .data = data, .length = (uint32_t)length};
        cache_put(*state, &(struct cache_key){CACHE_RANGES, 0, dns_name_view(&zone)}, &value, NOW);
        find(*state, "example.", "a.example.", NOW);
        add(*state, "example.", "m.example.", 20, NOW);
    }
    add(*state, "example.", "m.example.", 20, NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_range_that_a_name_is_in_begins_at_the_last_name_before_it, up,
                                        down),
        cmocka_unit_test_setup_teardown(the_root_has_ranges_like_any_zone, up, down),
        cmocka_unit_test_setup_teardown(a_name_that_is_added_again_stands_there_once, up, down),
        cmocka_unit_test_setup_teardown(the_ranges_end_with_the_last_of_their_records, up, down),
        cmocka_unit_test_setup_teardown(a_zone_with_too_many_names_keeps_some_of_them, up, down),
        cmocka_unit_test_setup_teardown(damaged_ranges_do_no_harm, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
