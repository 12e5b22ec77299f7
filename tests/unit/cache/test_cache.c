/* What cache.h promises, sentence by sentence. */
#include <errno.h>

#include "cache_test.h"

enum { MIB = 1 << 20, NOW = 1000 };

static void sizes_and_shards_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const struct cache_options bad[] = {
        {.size = 0, .key = test_key},
        {.size = CACHE_SIZE_MIN - 1, .key = test_key},
        {.size = MIB, .key = NULL},
        {.size = MIB, .key = test_key, .shards = 3},
        {.size = MIB, .key = test_key, .shards = 32},
        {.size = 64 * MIB, .key = test_key, .shards = 128},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        errno = 0;
        assert_null(cache_create(&bad[i]));
        assert_int_equal(errno, EINVAL);
    }
}

static void every_octet_of_the_size_is_accounted_for(void **state)
{
    (void)state;
    const size_t sizes[] = {CACHE_SIZE_MIN, MIB + 1, 3 * MIB + 77, 64 * MIB, 300 * MIB + 5};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct cache *cache = new_cache(sizes[i], 0);
        struct cache_statistics statistics = statistics_of(cache);
        assert_int_equal(statistics.size, sizes[i]);
        assert_int_equal(statistics.used, 0);
        assert_true(statistics.overhead < sizes[i] / 16);
        assert_sound(cache);
        cache_destroy(cache);
    }
}

static void what_was_put_is_found_with_all_that_belongs_to_it(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, name_from("www.example.org", &buffer)};
    struct cache_value value = {.ttl = 300,
                                .rank = CACHE_RANK_AUTHORITATIVE,
                                .mark = 0xa5,
                                .data = (const uint8_t *)"abcdef",
                                .length = 6};
    struct cache_hit hit;
    char data[256];
    assert_false(cache_find(cache, &key, NOW, &hit, NULL, 0));
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
    assert_true(find_text(cache, CACHE_RRSET, DNS_TYPE_A, "WWW.eXample.ORG", NOW + 10, &hit, data));
    assert_string_equal(data, "abcdef");
    assert_int_equal(hit.kind, CACHE_RRSET);
    assert_int_equal(hit.type, DNS_TYPE_A);
    assert_int_equal(hit.rank, CACHE_RANK_AUTHORITATIVE);
    assert_int_equal(hit.mark, 0xa5);
    assert_int_equal(hit.ttl, 290);
    assert_int_equal(hit.age, 10);
    assert_int_equal(hit.hits, 0);
    assert_int_equal(hit.length, 6);
    assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_AAAA, "www.example.org", NOW));
    assert_false(has_text(cache, CACHE_FAILURE, DNS_TYPE_A, "www.example.org", NOW));
    assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "ww.example.org", NOW));
    cache_destroy(cache);
}

static void no_more_than_the_capacity_is_copied(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, name_from("a.test", &buffer)};
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 60, CACHE_RANK_ANSWER, "abcdef", NOW);
    uint8_t octets[6] = "......";
    struct cache_hit hit;
    assert_true(cache_find(cache, &key, NOW, &hit, octets, 4));
    assert_memory_equal(octets, "abcd..", 6);
    assert_int_equal(hit.length, 6);
    assert_true(cache_find(cache, &key, NOW, &hit, NULL, 0));
    assert_int_equal(hit.length, 6);
    cache_destroy(cache);
}

static void hits_are_counted_up_to_255(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 60, CACHE_RANK_ANSWER, "x", NOW);
    struct cache_hit hit;
    char data[256];
    for (unsigned i = 0; i < 300; i++) {
        assert_true(answer_text(cache, "a.test", DNS_TYPE_A, NOW, &hit, data));
        assert_int_equal(hit.hits, i < 255 ? i : 255);
    }
    cache_destroy(cache);
}

static void an_entry_lives_for_its_ttl_and_not_a_second_longer(void **state)
{
    (void)state;
    const uint32_t times[] = {0, NOW, INT32_MAX - 5, UINT32_MAX - 30, UINT32_MAX};
    const uint32_t ttls[] = {1, 2, 63, 64, 65, 4096, 86400, INT32_MAX};
    for (size_t t = 0; t < sizeof times / sizeof times[0]; t++) {
        for (size_t i = 0; i < sizeof ttls / sizeof ttls[0]; i++) {
            struct cache *cache = new_cache(MIB, 0);
            struct cache_hit hit;
            char data[256];
            uint32_t ttl = ttls[i], now = times[t];
            put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", ttl, CACHE_RANK_ANSWER, "x", now);
            assert_true(find_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", now, &hit, data));
            assert_int_equal(hit.ttl, ttl);
            assert_true(find_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", now + ttl - 1, &hit, data));
            assert_int_equal(hit.ttl, 1);
            assert_int_equal(hit.age, ttl - 1);
            assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", now + ttl));
            assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", now + ttl + 1));
            assert_sound(cache);
            cache_destroy(cache);
        }
    }
}

static void a_ttl_of_zero_is_not_kept_and_one_too_large_is_cut(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct cache_hit hit;
    char data[256];
    assert_int_equal(put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 0, CACHE_RANK_ANSWER, "x", NOW),
                     CACHE_NOT_STORED);
    assert_int_equal(statistics_of(cache).entries, 0);
    assert_int_equal(statistics_of(cache).rejected, 1);
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", UINT32_MAX, CACHE_RANK_ANSWER, "x", NOW);
    assert_true(find_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW, &hit, data));
    assert_int_equal(hit.ttl, INT32_MAX);
    cache_destroy(cache);
}

static void a_clock_that_is_a_little_behind_sees_no_negative_age(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct cache_hit hit;
    char data[256];
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 10, CACHE_RANK_ANSWER, "x", 0);
    assert_true(find_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", UINT32_MAX, &hit, data));
    assert_int_equal(hit.age, 0);
    assert_int_equal(hit.ttl, 11);
    cache_destroy(cache);
}

static void data_is_kept_up_to_the_maximum(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    uint8_t *data = malloc(CACHE_DATA_MAX + 1), *copy = malloc(CACHE_DATA_MAX + 1);
    for (size_t i = 0; i <= CACHE_DATA_MAX; i++)
        data[i] = (uint8_t)(i * 31 >> 3);
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_TXT, name_from("large.test", &buffer)};
    struct cache_value value = {.ttl = 60, .rank = CACHE_RANK_ANSWER, .data = data, .length = CACHE_DATA_MAX};
    struct cache_hit hit;
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
    assert_true(cache_find(cache, &key, NOW, &hit, copy, CACHE_DATA_MAX + 1));
    assert_int_equal(hit.length, CACHE_DATA_MAX);
    assert_memory_equal(copy, data, CACHE_DATA_MAX);
    value.length++;
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_NOT_STORED);
    assert_true(cache_find(cache, &key, NOW, &hit, copy, 0));
    value.length = 0;
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
    assert_true(cache_find(cache, &key, NOW, &hit, copy, 10));
    assert_int_equal(hit.length, 0);
    assert_sound(cache);
    free(data);
    free(copy);
    cache_destroy(cache);
}

static void an_eighth_of_a_shard_is_the_most_for_one_entry(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 4);
    uint8_t data[40000] = {0};
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_TXT, name_from("large.test", &buffer)};
    struct cache_value value = {.ttl = 60, .rank = CACHE_RANK_ANSWER, .data = data, .length = 30000};
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_STORED);
    value.length = 40000;
    assert_int_equal(cache_put(cache, &key, &value, NOW), CACHE_NOT_STORED);
    cache_destroy(cache);
}

static void lower_rank_never_replaces_higher_that_is_alive(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    for (int old = CACHE_RANK_ADDITIONAL; old <= CACHE_RANK_SECURE; old++) {
        for (int rank = CACHE_RANK_ADDITIONAL; rank <= CACHE_RANK_SECURE; rank++) {
            for (unsigned dead = 0; dead < 2; dead++) {
                struct cache_hit hit;
                char data[256];
                uint32_t now = NOW + (dead ? 100 : 99);
                cache_flush(cache);
                put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, (enum cache_rank)old, "old", NOW);
                enum cache_put_result expected = rank < old && !dead ? CACHE_KEPT_OLD : CACHE_STORED;
                enum cache_kind kind = rank % 2 ? CACHE_RRSET : CACHE_NODATA;
                assert_int_equal(
                    put_text(cache, kind, DNS_TYPE_A, "A.test", 50, (enum cache_rank)rank, "new", now),
                    expected);
                assert_true(answer_text(cache, "a.test", DNS_TYPE_A, now, &hit, data));
                assert_string_equal(data, expected == CACHE_STORED ? "new" : "old");
                assert_int_equal(statistics_of(cache).entries, 1);
            }
        }
    }
    assert_sound(cache);
    cache_destroy(cache);
}

static void an_rrset_and_a_nodata_take_each_others_place(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ANSWER, "one", NOW);
    put_text(cache, CACHE_NODATA, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ANSWER, "", NOW);
    assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    assert_true(has_text(cache, CACHE_NODATA, DNS_TYPE_A, "a.test", NOW));
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ANSWER, "three and longer", NOW);
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    assert_false(has_text(cache, CACHE_NODATA, DNS_TYPE_A, "a.test", NOW));
    put_text(cache, CACHE_NODATA, DNS_TYPE_AAAA, "a.test", 100, CACHE_RANK_ANSWER, "", NOW);
    assert_int_equal(statistics_of(cache).entries, 2);
    assert_sound(cache);
    cache_destroy(cache);
}

static void an_nxdomain_takes_the_place_of_all_data_of_no_higher_rank(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ANSWER, "a", NOW);
    put_text(cache, CACHE_NODATA, DNS_TYPE_AAAA, "a.test", 100, CACHE_RANK_AUTHORITY, "", NOW);
    put_text(cache, CACHE_RRSET, DNS_TYPE_MX, "a.test", 100, CACHE_RANK_SECURE, "mx", NOW);
    put_text(cache, CACHE_RRSET, DNS_TYPE_TXT, "a.test", 9, CACHE_RANK_SECURE, "dead", NOW - 9);
    put_text(cache, CACHE_FAILURE, DNS_TYPE_SRV, "a.test", 100, CACHE_RANK_ANSWER, "", NOW);
    put_text(cache, CACHE_DELEGATION, 0, "a.test", 100, CACHE_RANK_REFERRAL, "ns", NOW);
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "b.test", 100, CACHE_RANK_ANSWER, "b", NOW);
    assert_int_equal(put_text(cache, CACHE_NXDOMAIN, 0, "A.test", 100, CACHE_RANK_AUTHORITY, "soa", NOW),
                     CACHE_STORED);
    assert_true(has_text(cache, CACHE_NXDOMAIN, 0, "a.test", NOW));
    assert_false(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    assert_false(has_text(cache, CACHE_NODATA, DNS_TYPE_AAAA, "a.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_MX, "a.test", NOW));
    assert_true(has_text(cache, CACHE_FAILURE, DNS_TYPE_SRV, "a.test", NOW));
    assert_true(has_text(cache, CACHE_DELEGATION, 0, "a.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "b.test", NOW));
    assert_int_equal(statistics_of(cache).entries, 5);
    assert_sound(cache);
    cache_destroy(cache);
}

static void data_takes_the_place_of_an_nxdomain_of_no_higher_rank(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    put_text(cache, CACHE_NXDOMAIN, 0, "a.test", 100, CACHE_RANK_AUTHORITY, "soa", NOW);
    assert_int_equal(put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ADDITIONAL, "a", NOW),
                     CACHE_KEPT_OLD);
    assert_true(has_text(cache, CACHE_NXDOMAIN, 0, "a.test", NOW));
    assert_int_equal(put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_AUTHORITY, "a", NOW),
                     CACHE_STORED);
    assert_false(has_text(cache, CACHE_NXDOMAIN, 0, "a.test", NOW));
    assert_int_equal(statistics_of(cache).entries, 1);
    put_text(cache, CACHE_NXDOMAIN, 0, "b.test", 100, CACHE_RANK_SECURE, "soa", NOW);
    assert_int_equal(
        put_text(cache, CACHE_NODATA, DNS_TYPE_A, "b.test", 100, CACHE_RANK_ADDITIONAL, "", NOW + 100),
        CACHE_STORED);
    assert_int_equal(statistics_of(cache).entries, 2);
    assert_sound(cache);
    cache_destroy(cache);
}

static void a_successor_inherits_hits_and_standing(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct cache_hit hit;
    char data[256];
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 10, CACHE_RANK_ANSWER, "a", NOW);
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW));
    const struct {
        enum cache_kind kind;
        uint16_t type;
        const char *data;
    } next[] = {
        {CACHE_RRSET, DNS_TYPE_A, "b"},
        {CACHE_RRSET, DNS_TYPE_A, "much longer data than before, in another block"},
        {CACHE_NXDOMAIN, 0, "soa"},
        {CACHE_NODATA, DNS_TYPE_A, "soa"},
    };
    for (uint32_t i = 0; i < sizeof next / sizeof next[0]; i++) {
        uint32_t now = NOW + 20 * (i + 1); /* each put finds its predecessor expired */
        assert_int_equal(
            put_text(cache, next[i].kind, next[i].type, "a.test", 10, CACHE_RANK_ANSWER, next[i].data, now),
            CACHE_STORED);
        assert_int_equal(statistics_of(cache).entries, 1);
        assert_int_equal(statistics_of(cache).entries_protected, 1);
        assert_true(find_text(cache, next[i].kind, next[i].type, "a.test", now, &hit, data));
        assert_int_equal(hit.hits, 2 + i);
        assert_int_equal(hit.age, 0);
    }
    assert_int_equal(statistics_of(cache).insertions, 1);
    assert_int_equal(statistics_of(cache).replacements, 4);
    assert_sound(cache);
    cache_destroy(cache);
}

static void the_second_hit_promotes_and_not_the_first(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ANSWER, "a", NOW);
    assert_int_equal(statistics_of(cache).entries_protected, 0);
    has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW);
    assert_int_equal(statistics_of(cache).entries_protected, 0);
    has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW);
    assert_int_equal(statistics_of(cache).entries_protected, 1);
    assert_int_equal(statistics_of(cache).bytes_protected, statistics_of(cache).used);
    has_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", NOW);
    assert_int_equal(statistics_of(cache).entries_protected, 1);
    assert_int_equal(statistics_of(cache).hits, 3);
    assert_sound(cache);
    cache_destroy(cache);
}

static void an_answer_is_data_then_failure_then_cname_then_nxdomain(void **state)
{
    (void)state;
    struct cache_hit hit;
    char data[256];
    for (unsigned there = 0; there < 16; there++) {
        struct cache *cache = new_cache(MIB, 0);
        /* The NXDOMAIN has the lowest rank, so that it can be beside the others. */
        if (there & 4)
            put_text(cache, CACHE_NXDOMAIN, 0, "a.test", 100, CACHE_RANK_ANSWER, "nxdomain", NOW);
        unsigned expected = there & 8 ? CACHE_FAILURE : there & 4 ? CACHE_NXDOMAIN : 0;
        put_text(cache, CACHE_RRSET, DNS_TYPE_MX, "a.test", 100, CACHE_RANK_ADDITIONAL, "mx", NOW);
        put_text(cache, CACHE_DELEGATION, 0, "a.test", 100, CACHE_RANK_REFERRAL, "ns", NOW);
        if (there & 8)
            put_text(cache, CACHE_FAILURE, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ANSWER, "failure", NOW);
        if (there & 2 && !(there & 4)) {
            put_text(cache, CACHE_RRSET, DNS_TYPE_CNAME, "a.test", 100, CACHE_RANK_ANSWER, "cname", NOW);
            expected = there & 8 ? CACHE_FAILURE : CACHE_RRSET;
        }
        if (there & 1 && !(there & 4)) {
            put_text(cache, CACHE_NODATA, DNS_TYPE_A, "a.test", 50, CACHE_RANK_ANSWER, "data", NOW);
            expected = CACHE_NODATA;
        }
        assert_int_equal(answer_text(cache, "A.TEST", DNS_TYPE_A, NOW, &hit, data), expected != 0);
        if (expected)
            assert_int_equal(hit.kind, expected);
        /* When the data has expired, it is the next one's turn. */
        if (there == 3) {
            assert_true(answer_text(cache, "a.test", DNS_TYPE_A, NOW + 50, &hit, data));
            assert_string_equal(data, "cname");
        }
        cache_destroy(cache);
    }
}

static void an_nxdomain_beside_data_of_higher_rank_answers_other_types(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct cache_hit hit;
    char data[256];
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_SECURE, "a", NOW);
    put_text(cache, CACHE_NXDOMAIN, 0, "a.test", 100, CACHE_RANK_AUTHORITY, "soa", NOW);
    assert_true(answer_text(cache, "a.test", DNS_TYPE_A, NOW, &hit, data));
    assert_string_equal(data, "a");
    assert_true(answer_text(cache, "a.test", DNS_TYPE_AAAA, NOW, &hit, data));
    assert_string_equal(data, "soa");
    put_text(cache, CACHE_RRSET, DNS_TYPE_CNAME, "a.test", 100, CACHE_RANK_SECURE, "cname", NOW);
    assert_true(answer_text(cache, "a.test", DNS_TYPE_AAAA, NOW, &hit, data));
    assert_string_equal(data, "cname");
    cache_destroy(cache);
}

static void an_alias_is_no_answer_for_types_that_stand_beside_it(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct cache_hit hit;
    char data[256];
    put_text(cache, CACHE_RRSET, DNS_TYPE_CNAME, "a.test", 100, CACHE_RANK_SECURE, "cname", NOW);
    assert_false(answer_text(cache, "a.test", DNS_TYPE_RRSIG, NOW, &hit, data));
    assert_false(answer_text(cache, "a.test", DNS_TYPE_NSEC, NOW, &hit, data));
    assert_true(answer_text(cache, "a.test", DNS_TYPE_DS, NOW, &hit, data));
    put_text(cache, CACHE_RRSET, DNS_TYPE_NSEC, "a.test", 100, CACHE_RANK_SECURE, "nsec", NOW);
    assert_true(answer_text(cache, "a.test", DNS_TYPE_NSEC, NOW, &hit, data));
    assert_string_equal(data, "nsec");
    cache_destroy(cache);
}

static void kinds_tell_of_nxdomain_delegation_and_dname(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    struct dns_name_buffer buffer;
    struct dns_name name = name_from("a.test", &buffer);
    uint64_t hash = cache_hash(cache, name);
    assert_int_equal(cache_kinds(cache, hash, name, NOW), 0);
    put_text(cache, CACHE_RRSET, DNS_TYPE_A, "a.test", 100, CACHE_RANK_ANSWER, "a", NOW);
    put_text(cache, CACHE_NODATA, DNS_TYPE_DNAME, "a.test", 100, CACHE_RANK_ANSWER, "", NOW);
    assert_int_equal(cache_kinds(cache, hash, name, NOW), 0);
    put_text(cache, CACHE_RRSET, DNS_TYPE_DNAME, "a.test", 100, CACHE_RANK_ANSWER, "b", NOW);
    assert_int_equal(cache_kinds(cache, hash, name, NOW), CACHE_HAS_DNAME);
    put_text(cache, CACHE_DELEGATION, 0, "A.test", 50, CACHE_RANK_REFERRAL, "ns", NOW);
    assert_int_equal(cache_kinds(cache, hash, name, NOW), CACHE_HAS_DNAME | 1 << CACHE_DELEGATION);
    put_text(cache, CACHE_NXDOMAIN, 0, "a.test", 100, CACHE_RANK_ANSWER, "soa", NOW);
    assert_int_equal(cache_kinds(cache, hash, name, NOW), 1 << CACHE_NXDOMAIN | 1 << CACHE_DELEGATION);
    assert_int_equal(cache_kinds(cache, hash, name, NOW + 50), 1 << CACHE_NXDOMAIN);
    assert_int_equal(statistics_of(cache).hits + statistics_of(cache).misses, 0);
    cache_destroy(cache);
}

static void server_entries_are_compared_octet_by_octet(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    put_text(cache, CACHE_SERVER, 0, "abcd", 100, CACHE_RANK_ANSWER, "small", NOW);
    put_text(cache, CACHE_SERVER, 0, "ABCD", 100, CACHE_RANK_ANSWER, "large", NOW);
    struct cache_hit hit;
    char data[256];
    assert_true(find_text(cache, CACHE_SERVER, 0, "abcd", NOW, &hit, data));
    assert_string_equal(data, "small");
    assert_true(find_text(cache, CACHE_SERVER, 0, "ABCD", NOW, &hit, data));
    assert_string_equal(data, "large");
    assert_false(has_text(cache, CACHE_SERVER, 0, "AbcD", NOW));
    assert_sound(cache);
    cache_destroy(cache);
}

static void a_name_has_at_most_64_entries_and_the_least_recently_used_goes(void **state)
{
    (void)state;
    struct cache *cache = new_cache(MIB, 0);
    for (uint16_t type = 1000; type < 1000 + CACHE_TYPES_PER_NAME; type++)
        put_text(cache, CACHE_RRSET, type, "a.test", 100, CACHE_RANK_ANSWER, "x", NOW);
    assert_true(has_text(cache, CACHE_RRSET, 1000, "a.test", NOW));
    assert_int_equal(statistics_of(cache).entries, CACHE_TYPES_PER_NAME);
    put_text(cache, CACHE_RRSET, 2000, "A.TEST", 100, CACHE_RANK_ANSWER, "x", NOW);
    assert_int_equal(statistics_of(cache).entries, CACHE_TYPES_PER_NAME);
    assert_sound(cache);
    assert_true(has_text(cache, CACHE_RRSET, 1000, "a.test", NOW));
    assert_false(has_text(cache, CACHE_RRSET, 1001, "a.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, 1002, "a.test", NOW));
    assert_true(has_text(cache, CACHE_RRSET, 2000, "a.test", NOW));
    put_text(cache, CACHE_RRSET, 1002, "a.test", 100, CACHE_RANK_ANSWER, "longer than before", NOW);
    assert_int_equal(statistics_of(cache).entries, CACHE_TYPES_PER_NAME);
    for (unsigned type = 3000; type < 4000; type++)
        put_text(cache, CACHE_RRSET, (uint16_t)type, "a.test", 100, CACHE_RANK_ANSWER, "x", NOW);
    assert_int_equal(statistics_of(cache).entries, CACHE_TYPES_PER_NAME);
    assert_sound(cache);
    cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_shards_that_make_no_sense_are_refused),
        cmocka_unit_test(every_octet_of_the_size_is_accounted_for),
        cmocka_unit_test(what_was_put_is_found_with_all_that_belongs_to_it),
        cmocka_unit_test(no_more_than_the_capacity_is_copied),
        cmocka_unit_test(hits_are_counted_up_to_255),
        cmocka_unit_test(an_entry_lives_for_its_ttl_and_not_a_second_longer),
        cmocka_unit_test(a_ttl_of_zero_is_not_kept_and_one_too_large_is_cut),
        cmocka_unit_test(a_clock_that_is_a_little_behind_sees_no_negative_age),
        cmocka_unit_test(data_is_kept_up_to_the_maximum),
        cmocka_unit_test(an_eighth_of_a_shard_is_the_most_for_one_entry),
        cmocka_unit_test(lower_rank_never_replaces_higher_that_is_alive),
        cmocka_unit_test(an_rrset_and_a_nodata_take_each_others_place),
        cmocka_unit_test(an_nxdomain_takes_the_place_of_all_data_of_no_higher_rank),
        cmocka_unit_test(data_takes_the_place_of_an_nxdomain_of_no_higher_rank),
        cmocka_unit_test(a_successor_inherits_hits_and_standing),
        cmocka_unit_test(the_second_hit_promotes_and_not_the_first),
        cmocka_unit_test(an_answer_is_data_then_failure_then_cname_then_nxdomain),
        cmocka_unit_test(an_nxdomain_beside_data_of_higher_rank_answers_other_types),
        cmocka_unit_test(an_alias_is_no_answer_for_types_that_stand_beside_it),
        cmocka_unit_test(kinds_tell_of_nxdomain_delegation_and_dname),
        cmocka_unit_test(server_entries_are_compared_octet_by_octet),
        cmocka_unit_test(a_name_has_at_most_64_entries_and_the_least_recently_used_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
