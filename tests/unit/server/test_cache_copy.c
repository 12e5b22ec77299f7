/* Entries copied out of the cache, as the control socket shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cache/server.h"
#include "dns/types.h"
#include "server/cache_copy.h"

enum { COUNT = 3000, NOW = 1000, AT_ONCE = 128 };

static const uint8_t key[16] = "0123456789abcdef";

static struct dns_name named(const char *text, struct dns_name_buffer *buffer)
{
    assert_int_equal(dns_name_from_text(text, buffer), DNS_OK);
    return dns_name_view(buffer);
}

/* Half of COUNT names in one tree and half in another, and as many servers. */
static struct cache *filled(void)
{
    struct cache *cache = cache_create(&(struct cache_options){.size = 16 << 20, .key = key, .shards = 2});
    struct dns_name_buffer buffer;
    char text[64];
    assert_non_null(cache);
    for (unsigned i = 0; i < COUNT; i++) {
        struct dns_address address =
            dns_address_make(4, (const uint8_t[]){10, 0, (uint8_t)(i >> 8), (uint8_t)i}, 53);
        struct cache_value value = {.ttl = 100, .rank = CACHE_RANK_ANSWER, .data = (const uint8_t *)&i};
        value.length = sizeof i;
        snprintf(text, sizeof text, "n%u.%s.test", i, i % 2 ? "odd" : "even");
        struct cache_key at = {CACHE_RRSET, DNS_TYPE_A, named(text, &buffer)};
        assert_int_equal(cache_put(cache, &at, &value, NOW), CACHE_STORED);
        server_put(cache, &address, NOW, &(struct server){.srtt = 1000});
    }
    return cache;
}

struct tally {
    uint8_t times[COUNT];
    unsigned copies, most;
};

static void copy_all(struct cache *cache, struct cache_copies *copies, struct tally *tally)
{
    struct cache_copy copy;
    uint64_t cursor = 0;
    bool more;
    do {
        unsigned number, before = tally->copies;
        more = cache_copy_some(cache, &cursor, NOW + 7, copies);
        while (cache_copy_next(copies, &copy)) {
            tally->copies++;
            if (copies->servers)
                continue;
            assert_int_equal(copy.hit.age, 7);
            assert_int_equal(copy.hit.length, copies->without_data ? 0 : sizeof number);
            if (copies->without_data)
                continue;
            memcpy(&number, copy.data, sizeof number);
            assert_true(number < COUNT);
            tally->times[number]++;
        }
        if (tally->copies - before > tally->most)
            tally->most = tally->copies - before;
    } while (more);
}

static void a_lock_is_held_for_some_entries_only_and_each_is_copied_once(void **state)
{
    (void)state;
    struct cache *cache = filled();
    struct cache_copies copies = {0};
    struct tally tally = {0};
    copy_all(cache, &copies, &tally);
    assert_int_equal(tally.copies, COUNT);
    assert_in_range(tally.most, 1, AT_ONCE);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(tally.times[i], 1);
    text_free(&copies.octets);
    cache_destroy(cache);
}

static void nothing_is_allocated_while_small_entries_are_copied(void **state)
{
    (void)state;
    struct cache *cache = filled();
    struct cache_copies copies = {0};
    struct tally tally = {0};
    uint64_t cursor = 0;
    cache_copy_name(cache, dns_name_root(), NOW, &copies); /* copies nothing */
    const char *there = copies.octets.octets;
    assert_non_null(there);
    cache_copy_some(cache, &cursor, NOW, &copies);
    copy_all(cache, &copies, &tally);
    assert_ptr_equal(copies.octets.octets, there);
    text_free(&copies.octets);
    cache_destroy(cache);
}

static void a_tree_is_copied_alone(void **state)
{
    (void)state;
    struct cache *cache = filled();
    struct dns_name_buffer buffer;
    struct cache_copies copies = {.tree = named("ODD.test", &buffer)};
    struct tally tally = {0};
    copy_all(cache, &copies, &tally);
    assert_int_equal(tally.copies, COUNT / 2);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(tally.times[i], i % 2);
    text_free(&copies.octets);
    cache_destroy(cache);
}

static void servers_are_copied_alone_and_data_is_left_out_on_demand(void **state)
{
    (void)state;
    struct cache *cache = filled();
    struct cache_copies servers = {.servers = true}, bare = {.without_data = true};
    struct tally tally = {0}, of_bare = {0};
    copy_all(cache, &servers, &tally);
    copy_all(cache, &bare, &of_bare);
    assert_int_equal(tally.copies, COUNT);
    assert_int_equal(of_bare.copies, COUNT);
    text_free(&servers.octets);
    text_free(&bare.octets);
    cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_is_held_for_some_entries_only_and_each_is_copied_once),
        cmocka_unit_test(nothing_is_allocated_while_small_entries_are_copied),
        cmocka_unit_test(a_tree_is_copied_alone),
        cmocka_unit_test(servers_are_copied_alone_and_data_is_left_out_on_demand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
