/* Showing and flushing. */
#include "cache_test.h"

enum { MIB = 1 << 20, NOW = 1000, COUNT = 20000 };

struct seen {
    uint8_t times[COUNT];
    unsigned visited;
};

static void see(void *context, const struct cache_key *key, const struct cache_hit *hit, const uint8_t *data)
{
    struct seen *seen = context;
    unsigned number;
    assert_int_equal(hit->length, sizeof number);
    memcpy(&number, data, sizeof number);
    struct dns_name_buffer buffer;
    assert_true(dns_name_equal(key->name, numbered_name(number, "zone", &buffer)));
    assert_int_equal(key->type, DNS_TYPE_A);
    assert_true(hit->ttl >= 1);
    seen->times[number]++;
    seen->visited++;
}

static void put(struct cache *cache, unsigned number, uint32_t ttl)
{
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, numbered_name(number, "zone", &buffer)};
    struct cache_value value = {
        .ttl = ttl, .rank = CACHE_RANK_ANSWER, .data = (const uint8_t *)&number, .length = sizeof number};
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
}

static void a_walk_shows_each_living_entry_once(void **state)
{
    (void)state;
    struct cache *cache = new_cache(16 * MIB, 4);
    struct seen *seen = calloc(1, sizeof *seen);
    for (unsigned i = 0; i < COUNT; i++)
        put(cache, i, i % 10 ? 100 : 5);
    uint64_t cursor = 0;
    unsigned before = 0, calls = 0;
    bool more;
    do {
        more = cache_walk(cache, &cursor, 100, NOW + 5, see, seen);
        assert_true(!more || seen->visited >= before + 100);
        assert_true(seen->visited < before + 200);
        before = seen->visited;
        calls++;
    } while (more);
    assert_true(calls > 100);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(seen->times[i], i % 10 != 0);
    free(seen);
    cache_destroy(cache);
}

static void a_walk_misses_none_while_the_index_grows(void **state)
{
    (void)state;
    struct cache *cache = new_cache(16 * MIB, 1);
    struct seen *seen = calloc(1, sizeof *seen);
    unsigned there = 0;
    for (; there < 1000; there++)
        put(cache, there, 100);
    uint64_t cursor = 0;
    while (cache_walk(cache, &cursor, 10, NOW, see, seen))
        for (unsigned i = 0; i < 37 && there < COUNT; i++)
            put(cache, there++, 100);
    assert_true(there > 3000);
    for (unsigned i = 0; i < 1000; i++)
        assert_true(seen->times[i] >= 1);
    free(seen);
    cache_destroy(cache);
}

static void an_empty_cache_is_walked_in_one_call(void **state)
{
    (void)state;
    struct cache *cache = new_cache(64 * MIB, 0);
    uint64_t cursor = 0;
    assert_false(cache_walk(cache, &cursor, 1, NOW, see, NULL));
    assert_false(cache_walk(cache, &cursor, 1, NOW, see, NULL));
    cache_destroy(cache);
}

static void a_walk_counts_no_hits(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct seen *seen = calloc(1, sizeof *seen);
    put(cache, 1, 100);
    for (unsigned i = 0; i < 5; i++) {
        uint64_t cursor = 0;
        cache_walk(cache, &cursor, 10, NOW, see, seen);
    }
    assert_int_equal(statistics_of(cache).hits, 0);
    assert_int_equal(statistics_of(cache).entries_protected, 0);
    free(seen);
    cache_destroy(cache);
}

static void put_names(struct cache *cache)
{
    const char *names[] = {".",       "test",           "a.test",        "b.a.test",  "c.b.a.test",
                           "xa.test", "a.test.example", "other.example", "A.B.A.TEST"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        put_text(cache, CACHE_RRSET, DNS_TYPE_A, names[i], 100, CACHE_RANK_ANSWER, "x", NOW);
        put_text(cache, CACHE_DELEGATION, 0, names[i], 100, CACHE_RANK_REFERRAL, "x", NOW);
    }
    put_text(cache, CACHE_SERVER, 0, "abcdabcd", 100, CACHE_RANK_ANSWER, "x", NOW);
}

static void flushing_a_name_takes_all_its_entries_and_no_others(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct dns_name_buffer buffer;
    put_names(cache);
    assert_int_equal(cache_flush_name(cache, name_from("A.TEST", &buffer)), 2);
    assert_int_equal(cache_flush_name(cache, name_from("A.TEST", &buffer)), 0);
    assert_int_equal(cache_flush_name(cache, name_from("abcdabcd", &buffer)), 0);
    assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "b.a.test", NOW));
    assert_int_equal(statistics_of(cache).entries, 17);
    assert_sound(cache);
    cache_destroy(cache);
}

static void dropping_an_entry_leaves_the_others_of_its_name(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct dns_name_buffer buffer;
    put_names(cache);
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, name_from("A.Test", &buffer)};
    assert_true(cache_drop(cache, &key));
    assert_false(cache_drop(cache, &key));
    assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    assert_true(has_text(cache, CACHE_DELEGATION, 0, "a.test", NOW));
    key.type = DNS_TYPE_AAAA;
    assert_false(cache_drop(cache, &key));
    assert_sound(cache);
    cache_destroy(cache);
}

static void flushing_a_tree_takes_the_name_and_all_below(void **state)
{
    (void)state;
    struct cache *cache = new_cache(8 * MIB, 0);
    struct dns_name_buffer buffer;
    put_names(cache);
    assert_int_equal(cache_flush_tree(cache, name_from("a.Test", &buffer)), 8);
    assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "c.b.a.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "xa.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test.example", NOW));
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "test", NOW));
    assert_sound(cache);
    assert_int_equal(cache_flush_tree(cache, dns_name_root()), 10);
    assert_true(has_text(cache, CACHE_SERVER, 0, "abcdabcd", NOW));
    assert_int_equal(cache_flush(cache), 1);
    assert_int_equal(statistics_of(cache).used, 0);
    assert_sound(cache);
    cache_destroy(cache);
}

static bool is_nodata(void *context, const struct cache_key *key)
{
    unsigned *asked = context;
    ++*asked;
    return key->kind == CACHE_NODATA;
}

static void flushing_what_is_chosen_leaves_the_rest(void **state)
{
    (void)state;
    struct cache *cache = new_cache(8 * MIB, 2);
    struct dns_name_buffer buffer;
    struct cache_value value = {
        .ttl = 100, .rank = CACHE_RANK_ANSWER, .data = (const uint8_t *)"a", .length = 1};
    unsigned asked = 0;
    for (unsigned i = 0; i < 100; i++) {
        struct cache_key key = {i % 4 == 0 ? CACHE_NODATA : CACHE_RRSET, DNS_TYPE_A,
                                numbered_name(i, "zone", &buffer)};
        assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
    }
    uint64_t flushes = cache_flushes(cache);
    assert_int_equal(cache_flush_if(cache, is_nodata, &asked), 25);
    assert_int_equal(asked, 100);
    assert_int_equal(statistics_of(cache).entries, 75);
    assert_int_equal(cache_flushes(cache), flushes + 1);
    assert_sound(cache);
    cache_destroy(cache);
}

struct standing {
    unsigned seen;
    uint64_t octets;
    bool protected;
};

static void see_standing(void *context, const struct cache_key *key, const struct cache_hit *hit,
                         const uint8_t *data)
{
    struct standing *standing = context;
    (void)key, (void)data;
    standing->seen++;
    standing->octets += hit->octets;
    standing->protected |= hit->protected;
}

static void a_name_is_shown_alone_with_its_octets_and_standing(void **state)
{
    (void)state;
    struct cache *cache = new_cache(8 * MIB, 2);
    struct standing of_name = {0}, of_all = {0};
    struct dns_name_buffer buffer;
    uint64_t cursor = 0;
    put_names(cache);
    cache_walk_name(cache, name_from("A.test", &buffer), NOW, see_standing, &of_name);
    assert_int_equal(of_name.seen, 2);
    assert_false(of_name.protected);
    cache_walk(cache, &cursor, COUNT, NOW, see_standing, &of_all);
    assert_int_equal(of_all.octets, statistics_of(cache).used);
    for (int i = 0; i < CACHE_PROMOTING_HITS; i++)
        assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    cache_walk_name(cache, name_from("a.test", &buffer), NOW, see_standing, &of_name);
    assert_true(of_name.protected);
    of_name.seen = 0;
    cache_walk_name(cache, name_from("abcdabcd", &buffer), NOW, see_standing, &of_name);
    cache_walk_name(cache, name_from("none.test", &buffer), NOW, see_standing, &of_name);
    assert_int_equal(of_name.seen, 0); /* a server's address is no name */
    cache_destroy(cache);
}

static void what_is_older_than_a_flush_is_not_kept(void **state)
{
    (void)state;
    struct cache *cache = new_cache(4 * MIB, 2);
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, name_from("a.test", &buffer)};
    struct cache_value value = {
        .ttl = 100, .rank = CACHE_RANK_ANSWER, .data = (const uint8_t *)"a.test", .length = 6};
    for (unsigned tree = 0; tree < 2; tree++) {
        value.since = cache_flushes(cache);
        assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
        tree ? cache_flush_tree(cache, dns_name_root()) : cache_flush(cache);
        assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_NOT_STORED);
        value.since = 0;
        assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
    }
    cache_flush_name(cache, key.name);
    value.since = cache_flushes(cache);
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
    cache_destroy(cache);
}

static void a_flushed_cache_is_as_good_as_new(void **state)
{
    (void)state;
    struct cache *cache = new_cache(4 * MIB, 2);
    struct seen *seen = calloc(1, sizeof *seen);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < COUNT; i++)
            put(cache, i, 100);
        assert_int_equal(cache_flush(cache), COUNT);
        assert_sound(cache);
    }
    put(cache, 7, 100);
    uint64_t cursor = 0;
    cache_walk(cache, &cursor, COUNT, NOW, see, seen);
    assert_int_equal(seen->visited, 1);
    assert_int_equal(statistics_of(cache).insertions, 3 * COUNT + 1);
    free(seen);
    cache_destroy(cache);
}

struct sources {
    struct cache *cache;
    unsigned shown, wrong;
};

/* The data of each is its server's address. */
static void check_source(void *context, const struct cache_key *key, const struct cache_hit *hit,
                         const uint8_t *data)
{
    struct sources *sources = context;
    struct dns_address from;
    sources->shown++;
    if (!cache_source(sources->cache, hit->source, &from) || from.port != 0 ||
        memcmp(from.octets, data, dns_address_size(&from)) != 0)
        sources->wrong++;
    (void)key;
}

static void each_entry_knows_the_server_it_came_from(void **state)
{
    struct cache *cache =
        cache_create(&(struct cache_options){.size = 16 << 20, .key = test_key, .shards = 4});
    struct sources sources = {.cache = cache};
    struct dns_name_buffer buffer;
    struct dns_address from;
    char text[64];
    uint64_t cursor = 0;
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t octets[16] = {192, (uint8_t)(i >> 8), (uint8_t)i, 1};
        from = dns_address_make(i % 2 ? 6 : 4, octets, 53);
        struct cache_value value = {
            .ttl = 60, .rank = CACHE_RANK_ANSWER, .data = from.octets, .length = 16, .source = &from};
        snprintf(text, sizeof text, "n%u.test", i);
        assert_int_equal(dns_name_from_text(text, &buffer), DNS_OK);
        struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, dns_name_view(&buffer)};
        assert_int_equal(cache_put(cache, &key, &value, 100), CACHE_STORED);
        struct dns_address found;
        assert_true(cache_answer_source(cache, key.name, DNS_TYPE_A, 100, &found));
        assert_memory_equal(found.octets, octets, 16);
    }
    while (cache_walk(cache, &cursor, 64, 100, check_source, &sources))
        ;
    assert_int_equal(sources.shown, 1000);
    assert_int_equal(sources.wrong, 0);
    assert_false(cache_source(cache, 0, &from));
    assert_false(cache_source(cache, 0xe1234567, &from));
    cache_destroy(cache);
}

static void a_server_that_was_driven_out_is_unknown_and_never_another(void **state)
{
    struct cache *cache = cache_create(&(struct cache_options){.size = CACHE_SIZE_MIN, .key = test_key});
    enum { MANY = 20000 };
    uint32_t *number = calloc(MANY, sizeof *number);
    unsigned known = 0;
    struct dns_address from;
    (void)state;
    assert_non_null(number);
    for (unsigned i = 0; i < MANY; i++) {
        uint8_t octets[16] = {0x20,
                              1, [13] = (uint8_t)(i >> 16), [14] = (uint8_t)(i >> 8), [15] = (uint8_t)i};
        from = dns_address_make(6, octets, 53);
        number[i] = cache_remember_source(cache, &from);
    }
    for (unsigned i = 0; i < MANY; i++)
        if (cache_source(cache, number[i], &from)) {
            known++;
            assert_int_equal(from.octets[14] << 8 | from.octets[15], i & 0xffff);
        }
    assert_in_range(known, 500, 1024); /* as many as there are slots */
    free(number);
    cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_entry_knows_the_server_it_came_from),
        cmocka_unit_test(a_server_that_was_driven_out_is_unknown_and_never_another),
        cmocka_unit_test(a_walk_shows_each_living_entry_once),
        cmocka_unit_test(a_walk_misses_none_while_the_index_grows),
        cmocka_unit_test(an_empty_cache_is_walked_in_one_call),
        cmocka_unit_test(a_walk_counts_no_hits),
        cmocka_unit_test(flushing_a_name_takes_all_its_entries_and_no_others),
        cmocka_unit_test(dropping_an_entry_leaves_the_others_of_its_name),
        cmocka_unit_test(flushing_a_tree_takes_the_name_and_all_below),
        cmocka_unit_test(flushing_what_is_chosen_leaves_the_rest),
        cmocka_unit_test(a_name_is_shown_alone_with_its_octets_and_standing),
        cmocka_unit_test(what_is_older_than_a_flush_is_not_kept),
        cmocka_unit_test(a_flushed_cache_is_as_good_as_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
