/* Histograms, samples, Prometheus' format, and by which names a browser may call us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/exposition.h"
#include "server/http.h"
#include "server/page.h"

static void a_bucket_takes_what_is_at_most_its_bound(void **state)
{
    (void)state;
    assert_int_equal(histogram_bucket(0), 0);
    assert_int_equal(histogram_bucket(1), 0);
    assert_int_equal(histogram_bucket(2), 1);
    assert_int_equal(histogram_bucket(3), 2);
    assert_int_equal(histogram_bucket(1024), 10);
    assert_int_equal(histogram_bucket(1025), 11);
    assert_int_equal(histogram_bucket(UINT64_C(1) << 24), 24);
    assert_int_equal(histogram_bucket((UINT64_C(1) << 24) + 1), HISTOGRAM_BOUNDS);
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BOUNDS);
}

/* Samples, in one second of `rate` questions each. */
static unsigned samples_in(struct sampler *sampler, unsigned rate, uint64_t second)
{
    unsigned samples = 0;
    for (unsigned i = 0; i < rate; i++)
        if (--sampler->due == 0) {
            samples++;
            sampler_draw(sampler, second * 1000000 + i * 1000000 / rate);
        }
    return samples;
}

static void few_questions_are_all_sampled_and_many_are_not(void **state)
{
    struct sampler sampler = {.every = 1, .state = 1};
    uint64_t second = 1, sampled = 0;
    (void)state;
    sampler_draw(&sampler, 1000000);
    for (; second < 20; second++)
        assert_int_equal(samples_in(&sampler, 5, second), 5);
    for (; second < 30; second++)
        samples_in(&sampler, 200000, second);
    for (; second < 40; second++)
        sampled += samples_in(&sampler, 200000, second);
    assert_in_range(sampled, 2000000 / SAMPLER_MOST * 9 / 10, 2000000 / SAMPLER_MOST * 11 / 10);
    for (; second < 400; second++)
        samples_in(&sampler, 5, second);
    assert_int_equal(samples_in(&sampler, 5, second), 5);
}

static char *expose(const struct snapshot *snapshot)
{
    struct text text = {0};
    exposition_write(&text, snapshot);
    assert_false(text.failed);
    text_add_octets(&text, "", 1);
    return text.octets;
}

static void assert_has(const char *text, const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("not there: %s", line);
}

static void counters_come_with_their_labels_and_help(void **state)
{
    struct snapshot snapshot = {.workers = 2, .counters = {.queries_udp = 7, .hits = 5}};
    (void)state;
    snapshot.metrics.type[DNS_TYPE_AAAA] = 3;
    snapshot.metrics.type[METRICS_TYPES - 1] = 1;
    snapshot.metrics.rcode[DNS_RCODE_NXDOMAIN] = 2;
    snapshot.metrics.rcode[DNS_RCODE_BADVERS] = 4;
    snapshot.metrics.rcode[12] = 6;
    metrics_count_reply(&snapshot.metrics, DNS_RCODE_SERVFAIL, DNS_EDE_DNSSEC_BOGUS);
    metrics_count_reply(&snapshot.metrics, DNS_RCODE_SERVFAIL, 49152);
    metrics_count_reply(&snapshot.metrics, DNS_RCODE_SERVFAIL, DNS_EDE_NONE);
    char *text = expose(&snapshot);
    assert_has(text, "# TYPE rootwalk_queries_total counter\nrootwalk_queries_total{transport=\"udp\"} 7\n"
                     "rootwalk_queries_total{transport=\"tcp\"} 0\n");
    assert_has(text, "\nrootwalk_cache_hits_total 5\n");
    assert_has(text, "\nrootwalk_workers 2\n");
    assert_has(text, "\nrootwalk_questions_total{type=\"AAAA\"} 3\n");
    assert_has(text, "\nrootwalk_questions_total{type=\"other\"} 1\n");
    assert_has(text, "\nrootwalk_responses_total{rcode=\"NXDOMAIN\"} 2\n");
    assert_has(text, "\nrootwalk_responses_total{rcode=\"BADVERS\"} 4\n");
    assert_has(text, "\nrootwalk_responses_total{rcode=\"RCODE12\"} 6\n");
    assert_has(text, "\nrootwalk_responses_total{rcode=\"SERVFAIL\"} 3\n");
    assert_has(text, "\nrootwalk_extended_errors_total{code=\"6\"} 1\n");
    assert_has(text, "\nrootwalk_extended_errors_total{code=\"63\"} 1\n");
    free(text);
}

static void a_histogram_is_cumulative_and_in_seconds(void **state)
{
    struct snapshot snapshot = {0};
    (void)state;
    histogram_add(&snapshot.metrics.walk, 1000, 2);
    histogram_add(&snapshot.metrics.walk, 1, 1);
    histogram_add(&snapshot.metrics.walk, 60000000, 1);
    char *text = expose(&snapshot);
    assert_has(text, "\nrootwalk_walk_duration_seconds_bucket{le=\"1e-06\"} 1\n");
    assert_has(text, "\nrootwalk_walk_duration_seconds_bucket{le=\"0.000512\"} 1\n");
    assert_has(text, "\nrootwalk_walk_duration_seconds_bucket{le=\"0.001024\"} 3\n");
    assert_has(text, "\nrootwalk_walk_duration_seconds_bucket{le=\"16.777216\"} 3\n");
    assert_has(text, "\nrootwalk_walk_duration_seconds_bucket{le=\"+Inf\"} 4\n");
    assert_has(text, "\nrootwalk_walk_duration_seconds_sum 60.002001\n");
    assert_has(text, "\nrootwalk_walk_duration_seconds_count 4\n");
    free(text);
}

static void addresses_localhost_and_this_host_are_ours(void **state)
{
    static const char *const ours[] = {"127.0.0.1", "127.0.0.1:8053", "[::1]",         "[2001:db8::1]:8053",
                                       "localhost", "LOCALHOST:1",    "localhost.:80", "ns1",
                                       "ns1:8053"};
    static const char *const others[] = {"",
                                         "evil.example",
                                         "evil.example:8053",
                                         "localhost.evil.example",
                                         "ns1.evil",
                                         "127.0.0.1.evil.example",
                                         "[::1",
                                         "[::1]x",
                                         ":8053",
                                         ".",
                                         "127.0.0.1:80@evil.example",
                                         "localhost:8o",
                                         "[evil.example]"};
    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (!http_host_is_ours(ours[i], "ns1"))
            fail_msg("%s is not ours", ours[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (http_host_is_ours(others[i], "ns1"))
            fail_msg("%s is ours", others[i]);
    assert_false(http_host_is_ours(NULL, "ns1"));
    assert_false(http_host_is_ours("", ""));
}

static void the_page_needs_nothing_from_outside(void **state)
{
    char policy[PAGE_POLICY_MAX];
    (void)state;
    page_policy(policy);
    assert_has(policy, "default-src 'none'; script-src 'sha256-");
    assert_null(strstr(policy, "unsafe"));
    assert_null(strstr(policy, "''"));
    assert_int_equal(strlen(page_html), page_html_length);
    for (const char *at = page_html; (at = strstr(at, "http")) != NULL; at += 4)
        assert_memory_equal(at, "http://www.w3.org/2000/svg", 26);
    assert_null(strstr(page_html, "src="));
    assert_null(strstr(page_html, "<link"));
    assert_null(strstr(page_html, "innerHTML"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_takes_what_is_at_most_its_bound),
        cmocka_unit_test(few_questions_are_all_sampled_and_many_are_not),
        cmocka_unit_test(counters_come_with_their_labels_and_help),
        cmocka_unit_test(a_histogram_is_cumulative_and_in_seconds),
        cmocka_unit_test(addresses_localhost_and_this_host_are_ours),
        cmocka_unit_test(the_page_needs_nothing_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
