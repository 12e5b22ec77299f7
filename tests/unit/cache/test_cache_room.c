/* What goes when room is short, and that the region is never exceeded. */
#include <unistd.h>

#include "cache/region.h"
#include "cache_test.h"

enum { MIB = 1 << 20, NOW = 100000 };

static enum cache_put_result put_sized(struct cache *cache, struct dns_name name, uint16_t type, uint32_t ttl,
                                       uint32_t length, uint32_t now)
{
    static const uint8_t zeros[CACHE_DATA_MAX];
    struct cache_key key = {CACHE_RRSET, type, name};
    struct cache_value value = {.ttl = ttl, .rank = CACHE_RANK_ANSWER, .data = zeros, .length = length};
    return cache_put(cache, &key, &value, now);
}

static enum cache_put_result put_number(struct cache *cache, unsigned number, const char *zone, uint32_t ttl,
                                        uint32_t length, uint32_t now)
{
    struct dns_name_buffer buffer;
    return put_sized(cache, numbered_name(number, zone, &buffer), DNS_TYPE_A, ttl, length, now);
}

static bool has_number(struct cache *cache, unsigned number, const char *zone, uint32_t now)
{
    struct dns_name_buffer buffer;
    struct dns_name name = numbered_name(number, zone, &buffer);
    struct cache_hit hit;
    return cache_find_answer(cache, cache_hash(cache, name), name, DNS_TYPE_A, now, &hit, NULL, 0);
}

/* Fills until something has to go; the number of names. */
static unsigned fill(struct cache *cache, const char *zone, uint32_t ttl, uint32_t length, uint32_t now)
{
    unsigned number = 0;
    struct cache_statistics statistics;
    do {
        assert_int_equal(put_number(cache, number++, zone, ttl, length, now), CACHE_STORED);
        statistics = statistics_of(cache);
    } while (!statistics.evictions_lru && !statistics.evictions_expired);
    return number;
}

static uint32_t random_length(struct random *random)
{
    uint32_t kind = random_below(random, 1000);
    if (kind == 0)
        return 60000 + random_below(random, 5000);
    if (kind < 50)
        return 16 + random_below(random, 4096);
    return 16 + random_below(random, 200);
}

static void a_million_inserts_stay_within_the_region(void **state)
{
    (void)state;
    struct cache *cache = new_cache(8 * MIB + 321, 0);
    struct random random = {42};
    for (unsigned i = 0; i < 1000000; i++) {
        uint32_t now = NOW + i / 1000, ttl = 1 + random_below(&random, 2000);
        assert_int_equal(
            put_number(cache, random_below(&random, 400000), "zone", ttl, random_length(&random), now),
            CACHE_STORED);
        if (i % 3 == 0)
            has_number(cache, random_below(&random, 400000), "zone", now);
        if (i % 50000 == 0)
            assert_sound(cache);
    }
    assert_sound(cache);
    struct cache_statistics statistics = statistics_of(cache);
    assert_true(statistics.used + statistics.overhead <= statistics.size);
    assert_true(statistics.used > (statistics.size - statistics.overhead) / 10 * 9);
    assert_true(statistics.evictions_expired > 1000 && statistics.evictions_lru > 1000);
    cache_destroy(cache);
}

static bool can_be_read(const uint8_t *octet)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    bool readable = write(ends[1], octet, 1) == 1; /* otherwise EFAULT */
    close(ends[0]);
    close(ends[1]);
    return readable;
}

static void the_pages_before_and_behind_the_region_cannot_be_touched(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB + 4097, 0);
    assert_true(can_be_read(cache->region));
    assert_true(can_be_read(cache->region + cache->size - 1));
    assert_false(can_be_read(cache->region - 1));
    assert_false(can_be_read(cache->mapping + cache->mapped - 1));
    assert_true(cache->mapping + cache->mapped - (cache->region + cache->size) < 2 * sysconf(_SC_PAGESIZE));
    cache_destroy(cache);
}

static void what_has_expired_goes_first(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    for (unsigned i = 0; i < 1000; i++)
        put_number(cache, i, "dead", 1 + i % 100, 30, NOW);
    unsigned alive = fill(cache, "live", 100000, 30, NOW);
    uint64_t evicted = statistics_of(cache).evictions_lru;
    for (unsigned i = 0; i < 900; i++)
        put_number(cache, i, "more", 100000, 30, NOW + 100);
    assert_int_equal(statistics_of(cache).evictions_lru, evicted);
    assert_int_equal(statistics_of(cache).evictions_expired, 900);
    for (unsigned i = 0; i < alive; i++)
        assert_true(has_number(cache, i, "live", NOW + 100));
    assert_sound(cache);
    cache_destroy(cache);
}

static void expiry_is_known_to_the_second(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    put_number(cache, 0, "dead", 5000, 30, NOW);
    fill(cache, "live", 100000, 30, NOW);
    struct cache_statistics before = statistics_of(cache);
    if (!has_number(cache, 0, "dead", NOW)) /* the fill's own eviction took it */
        put_number(cache, 0, "dead", 5000, 30, NOW), before = statistics_of(cache);
    put_number(cache, 1, "more", 100000, 30, NOW + 4999);
    assert_int_equal(statistics_of(cache).evictions_lru, before.evictions_lru + 1);
    assert_int_equal(statistics_of(cache).evictions_expired, 0);
    assert_true(has_number(cache, 0, "dead", NOW + 4999));
    put_number(cache, 2, "more", 100000, 30, NOW + 5000);
    assert_int_equal(statistics_of(cache).evictions_expired, 1);
    assert_sound(cache);
    cache_destroy(cache);
}

static void a_jump_of_time_costs_no_more_than_the_entries_there_are(void **state)
{
    (void)state;
    const uint32_t jumps[] = {1, 3599, 86400, 30 * 86400, 1 << 30, INT32_MAX - 100000};
    for (unsigned i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        struct cache *cache = new_cache(MIB, 1);
        uint32_t now = UINT32_MAX - 40000; /* the longer ones pass the end of the numbers */
        unsigned filled = fill(cache, "zone", 50, 30, now);
        now += jumps[i];
        for (unsigned n = 0; n < 2 * filled; n++)
            assert_int_equal(put_number(cache, n, "after", 7, 30, now), CACHE_STORED);
        assert_true(has_number(cache, 2 * filled - 1, "after", now));
        assert_sound(cache);
        cache_destroy(cache);
    }
}

static void clocks_that_are_not_quite_the_same_do_no_harm(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    struct random random = {5};
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t now = UINT32_MAX - 50 + i / 1000 - random_below(&random, 3);
        assert_int_equal(put_number(cache, i, "zone", 1 + random_below(&random, 90), 30, now), CACHE_STORED);
        assert_true(has_number(cache, i, "zone", now));
    }
    assert_sound(cache);
    cache_destroy(cache);
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    unsigned count = fill(cache, "zone", 1000, 30, NOW);
    for (unsigned i = 0; i < 50; i++)
        put_number(cache, i, "more", 1000, 30, NOW);
    assert_int_equal(statistics_of(cache).evictions_lru, 51);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(has_number(cache, i, "zone", NOW), i >= 51);
    assert_sound(cache);
    cache_destroy(cache);
}

static void one_hit_lets_an_entry_outlive_its_elders(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    fill(cache, "zone", 1000, 30, NOW);
    assert_true(has_number(cache, 10, "zone", NOW));
    for (unsigned i = 0; i < 50; i++)
        put_number(cache, i, "more", 1000, 30, NOW);
    assert_int_equal(statistics_of(cache).entries_protected, 0);
    assert_true(has_number(cache, 10, "zone", NOW));
    assert_false(has_number(cache, 11, "zone", NOW));
    cache_destroy(cache);
}

/* Names of a zone that are there, without counting hits. */
static unsigned names_there(struct cache *cache, unsigned count, const char *zone)
{
    unsigned there = 0;
    for (unsigned i = 0; i < count; i++) {
        struct dns_name_buffer buffer;
        struct dns_name name = numbered_name(i, zone, &buffer);
        uint64_t hash = cache_hash(cache, name);
        there += cache_kinds(cache, hash, name, NOW) != 0;
    }
    return there;
}

static void put_delegation(struct cache *cache, unsigned number, const char *zone, uint32_t length)
{
    static const uint8_t zeros[CACHE_DATA_MAX];
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_DELEGATION, 0, numbered_name(number, zone, &buffer)};
    struct cache_value value = {.ttl = 86400, .rank = CACHE_RANK_REFERRAL, .data = zeros, .length = length};
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
}

static void promote_delegation(struct cache *cache, unsigned number, const char *zone)
{
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_DELEGATION, 0, numbered_name(number, zone, &buffer)};
    struct cache_hit hit;
    for (unsigned i = 0; i < CACHE_PROMOTING_HITS; i++)
        assert_true(cache_find(cache, &key, NOW, &hit, NULL, 0));
}

static void a_flood_of_names_asked_once_does_not_flush_those_in_use(void **state)
{
    (void)state;
    struct cache *cache = new_cache(2 * MIB, 0);
    for (unsigned i = 0; i < 1000; i++) {
        put_delegation(cache, i, "used", 40);
        promote_delegation(cache, i, "used");
    }
    for (unsigned i = 0; i < 1000000; i++)
        assert_int_equal(put_number(cache, i, "flood", 86400, 16 + i % 90, NOW), CACHE_STORED);
    assert_int_equal(names_there(cache, 1000, "used"), 1000);
    assert_int_equal(statistics_of(cache).entries_protected, 1000);
    assert_sound(cache);
    cache_destroy(cache);
}

static void a_flood_of_large_entries_does_not_flush_those_in_use(void **state)
{
    (void)state;
    struct cache *cache = new_cache(2 * MIB, 1);
    struct random random = {11};
    for (unsigned i = 0; i < 3000; i++) {
        put_delegation(cache, i, "used", 30 + i % 90);
        promote_delegation(cache, i, "used");
        for (unsigned n = 0; n < 4; n++)
            put_number(cache, 4 * i + n, "once", 86400, 20 + random_below(&random, 200), NOW);
    }
    unsigned before = names_there(cache, 3000, "used");
    assert_int_equal(before, 3000);
    for (unsigned i = 0; i < 2000; i++)
        assert_int_equal(put_number(cache, i, "flood", 86400,
                                    i % 7 ? random_length(&random) : 10000 + random_below(&random, 50000),
                                    NOW),
                         CACHE_STORED);
    assert_sound(cache);
    assert_int_equal(names_there(cache, 3000, "used"), 3000);
    cache_destroy(cache);
}

static void probation_is_no_less_than_a_fifth(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    /* All is protected, so newcomers push protected entries out until they have their fifth. */
    for (unsigned i = 0; i < 20000; i++) {
        put_delegation(cache, i, "used", 30);
        promote_delegation(cache, i, "used");
    }
    for (unsigned i = 0; i < 20000; i++)
        put_number(cache, i, "once", 86400, 30, NOW);
    struct cache_statistics statistics = statistics_of(cache);
    uint64_t heap = statistics.size - statistics.overhead;
    uint64_t probation = statistics.used - statistics.bytes_protected;
    assert_in_range(probation, heap * 19 / 100, heap * 21 / 100);
    assert_sound(cache);
    cache_destroy(cache);
}

static void a_new_cache_may_be_filled_by_entries_on_probation(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    fill(cache, "zone", 1000, 30, NOW);
    struct cache_statistics statistics = statistics_of(cache);
    assert_int_equal(statistics.entries_protected, 0);
    assert_true(statistics.used > (statistics.size - statistics.overhead) * 99 / 100);
    cache_destroy(cache);
}

static void a_large_entry_costs_about_its_own_size(void **state)
{
    (void)state;
    struct cache *cache = new_cache(4 * MIB, 1);
    struct random random = {3};
    for (unsigned i = 0; i < 100000; i++)
        put_number(cache, i, "small", 86400, 16 + random_below(&random, 100), NOW);
    for (unsigned i = 0; i < 200; i++) {
        uint64_t before = statistics_of(cache).used;
        assert_int_equal(put_number(cache, i, "large", 86400, CACHE_DATA_MAX, NOW), CACHE_STORED);
        uint64_t gone = before + CACHE_DATA_MAX - statistics_of(cache).used;
        assert_true(gone < 3 * CACHE_DATA_MAX);
    }
    assert_sound(cache);
    cache_destroy(cache);
}

static void a_replacement_keeps_its_place_in_the_order_of_use(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 1);
    unsigned count = fill(cache, "zone", 1000, 30, NOW);
    /* Number 1 is the oldest. It is replaced by something larger, and still goes before number 2 or 3. */
    assert_int_equal(put_number(cache, 5, "zone", 1000, 60, NOW), CACHE_STORED);
    uint64_t evicted = statistics_of(cache).evictions_lru;
    while (statistics_of(cache).evictions_lru < evicted + 12)
        put_number(cache, count++, "zone", 1000, 30, NOW);
    assert_false(has_number(cache, 5, "zone", NOW));
    assert_true(has_number(cache, 40, "zone", NOW));
    assert_sound(cache);
    cache_destroy(cache);
}

static void the_same_operations_have_the_same_result(void **state)
{
    (void)state;
    struct cache *caches[2] = {new_cache(2 * MIB, 2), new_cache(2 * MIB, 2)};
    for (unsigned c = 0; c < 2; c++) {
        struct random random = {99};
        for (unsigned i = 0; i < 100000; i++) {
            uint32_t now = NOW + i / 100;
            put_number(caches[c], random_below(&random, 50000), "zone", 1 + random_below(&random, 500),
                       random_length(&random), now);
            has_number(caches[c], random_below(&random, 50000), "zone", now);
        }
    }
    struct cache_statistics a = statistics_of(caches[0]), b = statistics_of(caches[1]);
    assert_memory_equal(&a, &b, sizeof a);
    for (unsigned i = 0; i < 50000; i++)
        assert_int_equal(has_number(caches[0], i, "zone", NOW + 1000),
                         has_number(caches[1], i, "zone", NOW + 1000));
    cache_destroy(caches[0]);
    cache_destroy(caches[1]);
}

static void a_million_names_spread_over_short_chains(void **state)
{
    (void)state;
    struct cache *cache = new_cache((size_t)256 * MIB, 0);
    /* Names that differ in one bit or two: counters, as an attacker who knows the code would try. */
    for (unsigned i = 0; i < 1000000; i++)
        assert_int_equal(put_number(cache, i, "crafted", 86400, 16, NOW), CACHE_STORED);
    struct cache_statistics statistics = statistics_of(cache);
    assert_int_equal(statistics.entries, 1000000);
    for (unsigned i = 0; i < cache->shards; i++)
        assert_in_range(index_longest_chain(cache_shard(cache, i)), 1, 16);
    assert_sound(cache);
    cache_destroy(cache);
}

static void an_entry_costs_58_octets_more_than_its_name_and_data(void **state)
{
    (void)state;
    enum { ENTRIES = 100000, DATA = 28, NAME = 1 + 8 + 1 + 7 + 1 };
    struct cache *cache = new_cache((size_t)512 * MIB, 0);
    for (unsigned i = 0; i < ENTRIES; i++)
        put_number(cache, i, "example", 86400, DATA, NOW);
    uint64_t touched = 0;
    for (unsigned i = 0; i < cache->shards; i++) {
        const struct shard *shard = cache_shard(cache, i);
        touched += sizeof *shard + sizeof(uint32_t) * shard->buckets;
        touched += (uint64_t)(shard->heap.top - shard->heap.start) * HEAP_GRANULE;
    }
    assert_in_range(touched / ENTRIES, NAME + DATA + 48, NAME + DATA + 58);
    cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_inserts_stay_within_the_region),
        cmocka_unit_test(the_pages_before_and_behind_the_region_cannot_be_touched),
        cmocka_unit_test(what_has_expired_goes_first),
        cmocka_unit_test(expiry_is_known_to_the_second),
        cmocka_unit_test(a_jump_of_time_costs_no_more_than_the_entries_there_are),
        cmocka_unit_test(clocks_that_are_not_quite_the_same_do_no_harm),
        cmocka_unit_test(the_least_recently_used_goes_first),
        cmocka_unit_test(one_hit_lets_an_entry_outlive_its_elders),
        cmocka_unit_test(a_flood_of_names_asked_once_does_not_flush_those_in_use),
        cmocka_unit_test(a_flood_of_large_entries_does_not_flush_those_in_use),
        cmocka_unit_test(probation_is_no_less_than_a_fifth),
        cmocka_unit_test(a_new_cache_may_be_filled_by_entries_on_probation),
        cmocka_unit_test(a_large_entry_costs_about_its_own_size),
        cmocka_unit_test(a_replacement_keeps_its_place_in_the_order_of_use),
        cmocka_unit_test(the_same_operations_have_the_same_result),
        cmocka_unit_test(a_million_names_spread_over_short_chains),
        cmocka_unit_test(an_entry_costs_58_octets_more_than_its_name_and_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
