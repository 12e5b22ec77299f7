/* What cache dump has printed, read back: what is believed of it, and what of it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/types.h"
#include "resolver/trust.h"
#include "server/cache_copy.h"
#include "server/cache_load.h"

enum { NOW = 5000, DUMPED = 1795404679 /* 2026-11-23 03:31:19 UTC */ };
#define HEAD "; dumped at 2026-11-23 03:31:19 UTC\n"
#define ENTRY(name, ttl, trust)                                                                              \
    "; " name " records ttl " ttl " age 1 s rank answer " trust " hits 0 octets 84 probation\n"
#define WWW ENTRY("www.test. A", "100 s", "insecure") "www.test. 100 IN A 192.0.2.1\n"

static const uint8_t key[16] = "0123456789abcdef";

struct loaded {
    struct cache *cache;
    struct cache_load_options options;
    struct cache_load_counts counts;
    char wrong[2000]; /* "LINE: WHY" */
};

static void on_wrong(void *context, uint64_t line, const char *why)
{
    struct loaded *loaded = context;
    size_t length = strlen(loaded->wrong);
    snprintf(loaded->wrong + length, sizeof loaded->wrong - length, "%llu: %s\n", (unsigned long long)line,
             why);
}

static bool is_ours(void *context, struct dns_name name, uint16_t type)
{
    struct dns_name_buffer ours;
    (void)context, (void)type;
    assert_int_equal(dns_name_from_text("ours.test", &ours), DNS_OK);
    return dns_name_within(name, dns_name_view(&ours));
}

static void setup(struct loaded *loaded)
{
    *loaded = (struct loaded){0};
    loaded->cache = cache_create(&(struct cache_options){.size = 4 << 20, .key = key});
    assert_non_null(loaded->cache);
    loaded->options = (struct cache_load_options){
        .cache = loaded->cache,
        .validating = true,
        .max_ttl = 86400,
        .max_negative_ttl = 50,
        .wall = DUMPED + 10,
        .left_out = is_ours,
        .wrong = on_wrong,
        .context = loaded,
    };
}

/* In pieces of so many octets. */
static void load(struct loaded *loaded, const char *text, size_t length, size_t piece)
{
    struct cache_load *load = cache_load_begin(&loaded->options);
    assert_non_null(load);
    for (size_t at = 0; at < length; at += piece)
        cache_load_take(load, text + at, length - at < piece ? length - at : piece, NOW);
    loaded->counts = cache_load_finish(load, NOW);
    cache_load_free(load);
}

static void load_text(struct loaded *loaded, const char *text)
{
    load(loaded, text, strlen(text), 100);
}

static bool find(struct loaded *loaded, const char *name, enum cache_kind kind, uint16_t type,
                 struct cache_hit *hit)
{
    struct dns_name_buffer buffer;
    uint8_t data[1000];
    assert_int_equal(dns_name_from_text(name, &buffer), DNS_OK);
    return cache_find(loaded->cache, &(struct cache_key){kind, type, dns_name_view(&buffer)}, NOW, hit, data,
                      sizeof data);
}

static void records_come_back_with_the_time_taken_off_and_the_lowest_rank(void **state)
{
    struct loaded loaded;
    struct cache_hit hit;
    struct cache_copies copies = {0};
    struct cache_copy copy;
    struct report report;
    (void)state;
    for (size_t piece = 1; piece < 300; piece += 37) {
        setup(&loaded);
        load(&loaded, HEAD WWW, strlen(HEAD WWW), piece);
        assert_string_equal(loaded.wrong, "");
        assert_int_equal(loaded.counts.loaded, 1);
        assert_true(find(&loaded, "www.test", CACHE_RRSET, DNS_TYPE_A, &hit));
        assert_int_equal(hit.ttl, 90);
        assert_int_equal(hit.rank, CACHE_RANK_ADDITIONAL);
        assert_int_equal(trust_of_mark(hit.mark), TRUST_INSECURE);
        uint64_t cursor = 0;
        while (cache_copy_some(loaded.cache, &cursor, NOW, &copies))
            ;
        assert_true(cache_copy_next(&copies, &copy));
        report_start(&report, false);
        report_cache_data(&report, &copy, NOW);
        assert_memory_equal(report.text.octets, "www.test. 90 IN A 192.0.2.1\n", report.text.length);
        report_end(&report);
        text_free(&copies.octets);
        copies = (struct cache_copies){0};
        cache_destroy(loaded.cache);
    }
}

static void absence_comes_back_for_as_long_as_is_allowed(void **state)
{
    struct loaded loaded;
    struct cache_hit hit;
    (void)state;
    setup(&loaded);
    load_text(&loaded, HEAD
              "; no.test. nxdomain ttl 1d 00:00:00 age 1 s rank answer insecure hits 0 octets 84 probation\n"
              "test. 900 IN SOA ns.test. root.test. 1 2 3 4 5\n"
              "; www.test. MX nodata ttl 30 s age 1 s rank answer insecure hits 0 octets 84 probation\n"
              "test. 900 IN SOA ns.test. root.test. 1 2 3 4 5\n\nok\n");
    assert_string_equal(loaded.wrong, "");
    assert_int_equal(loaded.counts.loaded, 2);
    assert_true(find(&loaded, "no.test", CACHE_NXDOMAIN, 0, &hit));
    assert_int_equal(hit.ttl, 50);
    assert_true(find(&loaded, "www.test", CACHE_NODATA, DNS_TYPE_MX, &hit));
    assert_int_equal(hit.ttl, 20);
    cache_destroy(loaded.cache);
}

static void what_is_called_secure_is_not_taken_where_it_has_to_be_validated(void **state)
{
    struct loaded loaded;
    struct cache_hit hit;
    (void)state;
    for (int validating = 0; validating < 2; validating++) {
        setup(&loaded);
        loaded.options.validating = validating;
        load_text(&loaded, HEAD ENTRY("www.test. A", "100 s", "secure") "www.test. 100 IN A 192.0.2.1\n");
        assert_int_equal(loaded.counts.left_out, validating);
        assert_int_equal(find(&loaded, "www.test", CACHE_RRSET, DNS_TYPE_A, &hit), !validating);
        if (!validating)
            assert_int_equal(trust_of_mark(hit.mark), TRUST_INSECURE);
        cache_destroy(loaded.cache);
    }
}

static void what_has_passed_is_ours_or_is_known_better_stays_out(void **state)
{
    static const char text[] =
        HEAD WWW ENTRY("old.test. A", "10 s", "insecure") "old.test. 10 IN A 192.0.2.1\n" ENTRY(
            "a.ours.test. A", "100 s", "insecure") "a.ours.test. 100 IN A 192.0.2.1\n"
                                                   "; test. delegation ttl 100 s age 1 s rank referral "
                                                   "insecure hits 0 octets 84 probation\n"
                                                   ";   server ns.test. 192.0.2.1#53\n";
    struct loaded loaded;
    struct cache_hit hit;
    struct dns_name_buffer www;
    struct cache_value value = {.ttl = 7, .rank = CACHE_RANK_ANSWER, .data = key, .length = 4};
    (void)state;
    setup(&loaded);
    assert_int_equal(dns_name_from_text("www.test", &www), DNS_OK);
    cache_put(loaded.cache, &(struct cache_key){CACHE_RRSET, DNS_TYPE_A, dns_name_view(&www)}, &value, NOW);
    load_text(&loaded, text);
    assert_string_equal(loaded.wrong, "");
    assert_int_equal(loaded.counts.loaded, 0);
    assert_int_equal(loaded.counts.known, 1);
    assert_int_equal(loaded.counts.expired, 1);
    assert_int_equal(loaded.counts.left_out, 2);
    assert_true(find(&loaded, "www.test", CACHE_RRSET, DNS_TYPE_A, &hit));
    assert_int_equal(hit.ttl, 7);
    cache_destroy(loaded.cache);
}

static void nothing_is_loaded_after_a_flush(void **state)
{
    struct loaded loaded;
    (void)state;
    setup(&loaded);
    loaded.options.since = cache_flushes(loaded.cache);
    cache_flush(loaded.cache);
    load_text(&loaded, HEAD WWW);
    assert_int_equal(loaded.counts.loaded, 0);
    cache_destroy(loaded.cache);
}

static void wrong_lines_are_named_and_the_rest_is_loaded(void **state)
{
    struct loaded loaded;
    (void)state;
    setup(&loaded);
    load_text(
        &loaded,
        HEAD "stray.test. 1 IN A 192.0.2.1\n" ENTRY(
            "a.test. A", "100 s",
            "insecure") "a.test. 100 IN A 192.0.2.256\n" ENTRY("b.test. A", "soon",
                                                               "insecure") "b.test. 100 IN A "
                                                                           "192.0.2.1\n" ENTRY("c..test. A",
                                                                                               "100 s",
                                                                                               "insecure")
                                                                               ENTRY("d.test. A", "100 s",
                                                                                     "insecure") WWW);
    assert_int_equal(loaded.counts.loaded, 1);
    assert_int_equal(loaded.counts.wrong, 5);
    assert_non_null(strstr(loaded.wrong, "2: this record belongs to no entry"));
    assert_non_null(strstr(loaded.wrong, "\n4: "));
    assert_non_null(strstr(loaded.wrong, "\n5: the name, type or ttl"));
    assert_non_null(strstr(loaded.wrong, "\n7: the name, type or ttl"));
    assert_non_null(strstr(loaded.wrong, "\n9: the entry before this line has none of its records"));
    cache_destroy(loaded.cache);
}

static void without_the_time_of_the_dump_nothing_is_loaded(void **state)
{
    static const char *const texts[] = {WWW, "; dumped at noon\n" WWW,
                                        "; dumped at 2099-01-01 00:00:00 UTC\n" WWW, "", "\xff\xfe\n"};
    struct loaded loaded;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        setup(&loaded);
        load_text(&loaded, texts[i]);
        assert_int_equal(loaded.counts.loaded, 0);
        assert_int_equal(loaded.counts.wrong, 1);
        cache_destroy(loaded.cache);
    }
}

static void lines_without_end_or_with_zeros_are_wrong_and_cost_nothing(void **state)
{
    struct loaded loaded;
    size_t length = 3 * CACHE_LOAD_LINE_MAX;
    char *text = malloc(length + 500);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', length);
    size_t head = (size_t)sprintf(text, HEAD WWW);
    text[head] = 'x';
    size_t end = length + (size_t)sprintf(text + length, "\na%cb\n", '\0');
    end += (size_t)sprintf(text + end, "%s%s", ENTRY("b.test. A", "100 s", "insecure"),
                           "b.test. 100 IN A 192.0.2.1");
    setup(&loaded);
    load(&loaded, text, end, 1000);
    assert_int_equal(loaded.counts.loaded, 1); /* not the one whose records may be in the line */
    assert_string_equal(loaded.wrong, "4: it is too long for a line of a dump\n5: this is no text\n");
    free(text);
    cache_destroy(loaded.cache);
}

/* Any text at all: nothing but the sanitizers' silence is expected of it. */
static void damaged_dumps_do_no_harm(void **state)
{
    static const char whole[] = HEAD WWW ENTRY("c.test. CNAME", "100 s",
                                               "insecure") "c.test. 100 IN CNAME www.test.\n"
                                                           "; no.test. nxdomain ttl 1d 00:00:00 age 1 s rank "
                                                           "answer insecure hits 0 octets 84 probation\n"
                                                           "test. 900 IN SOA ns.test. root.test. 1 2 3 4 5\n";
    char text[sizeof whole];
    (void)state;
    for (size_t at = 0; at < sizeof whole - 1; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct loaded loaded;
            memcpy(text, whole, sizeof whole);
            text[at] = (char)(text[at] ^ 1 << bit);
            setup(&loaded);
            load(&loaded, text, sizeof whole - 1, 64);
            cache_destroy(loaded.cache);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_with_the_time_taken_off_and_the_lowest_rank),
        cmocka_unit_test(absence_comes_back_for_as_long_as_is_allowed),
        cmocka_unit_test(what_is_called_secure_is_not_taken_where_it_has_to_be_validated),
        cmocka_unit_test(what_has_passed_is_ours_or_is_known_better_stays_out),
        cmocka_unit_test(nothing_is_loaded_after_a_flush),
        cmocka_unit_test(wrong_lines_are_named_and_the_rest_is_loaded),
        cmocka_unit_test(without_the_time_of_the_dump_nothing_is_loaded),
        cmocka_unit_test(lines_without_end_or_with_zeros_are_wrong_and_cost_nothing),
        cmocka_unit_test(damaged_dumps_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
