#include "cache_test.h"

/* A cache below with some names, and one in front of it. */
struct caches {
    struct cache *below, *above;
    unsigned copied;
    char last[300];
};

static void note_copied(void *context, const struct cache_key *key, const struct cache_hit *hit,
                        const uint8_t *data)
{
    struct caches *caches = context;
    char name[DNS_NAME_TEXT_MAX];
    caches->copied++;
    snprintf(caches->last, sizeof caches->last, "%s %u ttl %u age %u %.*s", dns_name_to_text(key->name, name),
             key->type, hit->ttl, hit->age, (int)hit->length, (const char *)data);
}

static enum cache_put_result put_as(struct cache *cache, enum cache_kind kind, const char *text,
                                    uint16_t type, enum cache_rank rank, const char *data, uint32_t now)
{
    struct dns_name_buffer name;
    struct cache_key key = {kind, type, name_from(text, &name)};
    struct cache_value value = {
        .ttl = 100, .rank = rank, .mark = 5, .data = (const uint8_t *)data, .length = (uint32_t)strlen(data)};
    return cache_put(cache, &key, &value, now);
}

static void put(struct cache *cache, const char *text, const char *data, uint32_t now)
{
    assert_int_equal(put_as(cache, CACHE_RRSET, text, DNS_TYPE_A, CACHE_RANK_AUTHORITATIVE, data, now),
                     CACHE_STORED);
}

/* What is found, as text; "-": nothing. Valid until the next call. */
static const char *find(struct cache *cache, const char *text, uint32_t now)
{
    static char found[200];
    struct dns_name_buffer name;
    struct cache_hit hit;
    uint8_t data[100];
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, name_from(text, &name)};
    if (!cache_find(cache, &key, now, &hit, data, sizeof data))
        return "-";
    snprintf(found, sizeof found, "%.*s ttl %u age %u mark %u", (int)hit.length, (char *)data, hit.ttl,
             hit.age, hit.mark);
    return found;
}

static int set_up(void **state)
{
    struct caches *caches = calloc(1, sizeof *caches);
    caches->below = new_cache(8 << 20, 4);
    caches->above = cache_create(&(struct cache_options){
        .size = 1 << 20, .below = caches->below, .copied = note_copied, .copied_context = caches});
    assert_non_null(caches->above);
    *state = caches;
    return 0;
}

static int tear_down(void **state)
{
    struct caches *caches = *state;
    char problem[128];
    assert_true(cache_verify(caches->below, problem));
    assert_true(cache_verify(caches->above, problem));
    cache_destroy(caches->above);
    cache_destroy(caches->below);
    free(caches);
    return 0;
}

static void what_is_below_is_found_with_its_age_and_time_left(void **state)
{
    struct caches *caches = *state;
    put(caches->below, "www.example.org", "one", 1000);
    assert_string_equal(find(caches->above, "www.example.org", 1040), "one ttl 60 age 40 mark 5");
    assert_int_equal(caches->copied, 1);
    assert_string_equal(caches->last, "www.example.org. 1 ttl 60 age 40 one");
}

static void what_is_put_above_does_not_show_below(void **state)
{
    struct caches *caches = *state;
    put(caches->above, "new.example.org", "new", 1000);
    assert_string_equal(find(caches->above, "new.example.org", 1000), "new ttl 100 age 0 mark 5");
    assert_string_equal(find(caches->below, "new.example.org", 1000), "-");
}

static void what_replaces_above_leaves_the_old_below(void **state)
{
    struct caches *caches = *state;
    put(caches->below, "www.example.org", "old", 1000);
    put(caches->above, "www.example.org", "new", 1010);
    assert_string_equal(find(caches->above, "www.example.org", 1010), "new ttl 100 age 0 mark 5");
    assert_string_equal(find(caches->below, "www.example.org", 1010), "old ttl 90 age 10 mark 5");
}

static void ranks_below_hold_above(void **state)
{
    struct caches *caches = *state;
    assert_int_equal(
        put_as(caches->below, CACHE_RRSET, "www.example.org", DNS_TYPE_A, CACHE_RANK_SECURE, "proven", 1000),
        CACHE_STORED);
    assert_int_equal(
        put_as(caches->above, CACHE_RRSET, "www.example.org", DNS_TYPE_A, CACHE_RANK_ANSWER, "said", 1000),
        CACHE_KEPT_OLD);
}

static void a_name_is_brought_in_once(void **state)
{
    struct caches *caches = *state;
    assert_string_equal(find(caches->above, "www.example.org", 1000), "-");
    put(caches->below, "www.example.org", "late", 1000);
    assert_string_equal(find(caches->above, "www.example.org", 1001), "-");
    put(caches->below, "two.example.org", "old", 1000);
    assert_string_equal(find(caches->above, "two.example.org", 1000), "old ttl 100 age 0 mark 5");
    put(caches->below, "two.example.org", "new", 1010);
    assert_string_equal(find(caches->above, "two.example.org", 1010), "old ttl 90 age 10 mark 5");
    assert_int_equal(caches->copied, 1);
}

static void reading_through_changes_nothing_below(void **state)
{
    struct caches *caches = *state;
    struct cache_statistics before, after;
    put(caches->below, "www.example.org", "one", 1000);
    cache_get_statistics(caches->below, &before);
    find(caches->above, "www.example.org", 1000);
    find(caches->above, "none.example.org", 1000);
    cache_get_statistics(caches->below, &after);
    assert_memory_equal(&before, &after, sizeof before);
}

static void what_has_expired_below_is_not_brought_in(void **state)
{
    struct caches *caches = *state;
    put(caches->below, "www.example.org", "one", 1000);
    assert_string_equal(find(caches->above, "www.example.org", 1100), "-");
    assert_int_equal(caches->copied, 0);
}

static void all_entries_of_a_name_come_with_any_look(void **state)
{
    struct caches *caches = *state;
    struct dns_name_buffer buffer;
    struct cache_hit hit;
    struct dns_name name = name_from("ORG", &buffer);
    put_as(caches->below, CACHE_DELEGATION, "org", 0, CACHE_RANK_REFERRAL, "servers", 1000);
    put_as(caches->below, CACHE_RRSET, "org", DNS_TYPE_NS, CACHE_RANK_ANSWER, "ns", 1000);
    put_as(caches->below, CACHE_RRSET, "org", DNS_TYPE_CNAME, CACHE_RANK_ANSWER, "alias", 1000);
    assert_int_equal(cache_kinds(caches->above, cache_hash(caches->above, name), name, 1000),
                     1 << CACHE_DELEGATION);
    assert_int_equal(caches->copied, 3);
    uint8_t data[10];
    assert_true(cache_find_answer(caches->above, cache_hash(caches->above, name), name, DNS_TYPE_A, 1000,
                                  &hit, data, sizeof data));
    assert_int_equal(hit.type, DNS_TYPE_CNAME);
    assert_int_equal(caches->copied, 3);
}

static void what_contradicts_itself_below_does_so_above(void **state)
{
    struct caches *caches = *state;
    struct dns_name_buffer buffer;
    struct dns_name name = name_from("www.example.org", &buffer);
    put_as(caches->below, CACHE_RRSET, "www.example.org", DNS_TYPE_A, CACHE_RANK_SECURE, "proven", 1000);
    put_as(caches->below, CACHE_NXDOMAIN, "www.example.org", 0, CACHE_RANK_ANSWER, "none", 1000);
    assert_string_equal(find(caches->above, "www.example.org", 1000), "proven ttl 100 age 0 mark 5");
    assert_int_equal(cache_kinds(caches->above, cache_hash(caches->above, name), name, 1000),
                     1 << CACHE_NXDOMAIN);
}

static void a_full_name_below_fits_above(void **state)
{
    struct caches *caches = *state;
    for (uint16_t type = 100; type < 100 + CACHE_TYPES_PER_NAME; type++)
        put_as(caches->below, CACHE_RRSET, "www.example.org", type, CACHE_RANK_ANSWER, "x", 1000);
    find(caches->above, "www.example.org", 1000);
    assert_int_equal(caches->copied,
                     CACHE_TYPES_PER_NAME - 1); /* a place goes to the mark that it is there */
}

static void restoring_keeps_time_age_and_hits(void **state)
{
    struct caches *caches = *state;
    struct dns_name_buffer buffer;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_A, name_from("www.example.org", &buffer)};
    struct cache_hit as =
                         {.ttl = 30, .age = 70, .hits = 9, .rank = CACHE_RANK_ANSWER, .mark = 5, .length = 3},
                     hit;
    uint8_t data[10];
    assert_true(cache_restore(caches->below, &key, &as, (const uint8_t *)"old", 1000));
    assert_false(cache_restore(caches->below, &key, &as, (const uint8_t *)"two", 1000));
    assert_true(cache_find(caches->below, &key, 1010, &hit, data, sizeof data));
    assert_int_equal(hit.ttl, 20);
    assert_int_equal(hit.age, 80);
    assert_int_equal(hit.hits, 9);
    assert_memory_equal(data, "old", 3);
    assert_false(cache_find(caches->below, &key, 1030, &hit, data, sizeof data));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_below_is_found_with_its_age_and_time_left),
        TEST(what_is_put_above_does_not_show_below),
        TEST(what_replaces_above_leaves_the_old_below),
        TEST(ranks_below_hold_above),
        TEST(a_name_is_brought_in_once),
        TEST(reading_through_changes_nothing_below),
        TEST(what_has_expired_below_is_not_brought_in),
        TEST(all_entries_of_a_name_come_with_any_look),
        TEST(what_contradicts_itself_below_does_so_above),
        TEST(a_full_name_below_fits_above),
        TEST(restoring_keeps_time_age_and_hits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
