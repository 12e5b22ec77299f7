/* The ring that workers show answers through, and the filters of who watches. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dns/types.h"
#include "server/watch.h"

static struct watched answer(const char *name, uint16_t type, uint16_t rcode, const char *client)
{
    struct watched watched = {.type = type, .rcode = rcode, .ede = DNS_EDE_NONE};
    assert_int_equal(dns_address_from_text(client, 0, &watched.client), DNS_OK);
    watched.client.port = 4242;
    if (name != NULL)
        assert_int_equal(dns_name_from_text(name, &watched.name), DNS_OK);
    return watched;
}

static struct watch_ring *make_ring(void)
{
    struct watch_ring *ring = aligned_alloc(64, sizeof *ring);
    assert_non_null(ring);
    *ring = (struct watch_ring){0};
    return ring;
}

static void each_watcher_wants_what_fits_all_of_its_filter(void **state)
{
    (void)state;
    struct watch_filters filters = {0};
    filters.filter[1] = (struct watch_filter){.used = true};
    filters.filter[2] = (struct watch_filter){.used = true, .failures = true};
    filters.filter[3] = (struct watch_filter){.used = true, .by_type = true, .type = DNS_TYPE_MX};
    filters.filter[4].used = filters.filter[5].used = true;
    assert_int_equal(dns_name_from_text("Example.ORG", &filters.filter[4].tree), DNS_OK);
    assert_int_equal(dns_address_from_text("192.0.2.7", 0, &filters.filter[5].client), DNS_OK);
    filters.filter[6] = filters.filter[4];
    filters.filter[6].failures = true;
    static const struct {
        const char *name;
        uint16_t type, rcode;
        const char *client;
        unsigned wanted;
    } cases[] = {
        {"www.example.net.", DNS_TYPE_A, DNS_RCODE_NOERROR, "192.0.2.8", 1 << 1},
        {"www.example.net.", DNS_TYPE_A, DNS_RCODE_SERVFAIL, "192.0.2.8", 1 << 1 | 1 << 2},
        {"www.example.net.", DNS_TYPE_A, DNS_RCODE_NXDOMAIN, "192.0.2.8", 1 << 1},
        {"www.example.net.", DNS_TYPE_MX, DNS_RCODE_NOERROR, "192.0.2.8", 1 << 1 | 1 << 3},
        {"WWW.example.org.", DNS_TYPE_A, DNS_RCODE_NOERROR, "192.0.2.8", 1 << 1 | 1 << 4},
        {"example.org.", DNS_TYPE_A, DNS_RCODE_NOERROR, "192.0.2.8", 1 << 1 | 1 << 4},
        {"xexample.org.", DNS_TYPE_A, DNS_RCODE_NOERROR, "192.0.2.8", 1 << 1},
        {"org.", DNS_TYPE_A, DNS_RCODE_NOERROR, "192.0.2.7", 1 << 1 | 1 << 5},
        {"example.org.", DNS_TYPE_MX, DNS_RCODE_SERVFAIL, "192.0.2.7",
         1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6},
        {NULL, 0, DNS_RCODE_FORMERR, "192.0.2.8", 1 << 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct watched watched = answer(cases[i].name, cases[i].type, cases[i].rcode, cases[i].client);
        assert_int_equal(watch_wanted(&filters, &watched), cases[i].wanted);
    }
}

static void what_nobody_wants_is_not_written(void **state)
{
    (void)state;
    struct watch_ring *ring = make_ring();
    struct watch_filters filters = {0};
    struct watched watched = answer("a.test", DNS_TYPE_A, 0, "192.0.2.1");
    watch_write(ring, &filters, &watched);
    assert_null(watch_peek(ring));
    free(ring);
}

static void a_full_ring_counts_what_each_watcher_misses(void **state)
{
    (void)state;
    struct watch_ring *ring = make_ring();
    struct watch_filters filters = {0};
    filters.filter[0].used = filters.filter[7].used = true;
    filters.filter[7].failures = true;
    struct watched good = answer("a.test", DNS_TYPE_A, DNS_RCODE_NOERROR, "192.0.2.1");
    struct watched bad = answer("a.test", DNS_TYPE_A, DNS_RCODE_SERVFAIL, "192.0.2.1");
    for (unsigned i = 0; i < WATCH_ENTRIES; i++)
        watch_write(ring, &filters, &good);
    assert_int_equal(watch_missed(ring, 0), 0);
    for (unsigned i = 0; i < 3; i++)
        watch_write(ring, &filters, &good);
    watch_write(ring, &filters, &bad);
    assert_int_equal(watch_missed(ring, 0), 4);
    assert_int_equal(watch_missed(ring, 7), 1);
    assert_int_equal(watch_missed(ring, 0), 0);
    watch_next(ring);
    watch_write(ring, &filters, &bad);
    assert_int_equal(watch_missed(ring, 0), 0);
    unsigned count = 0, last = 0;
    for (const struct watched *next; (next = watch_peek(ring)) != NULL; watch_next(ring), count++)
        last = next->watchers;
    assert_int_equal(count, WATCH_ENTRIES);
    assert_int_equal(last, 1 | 1 << 7);
    free(ring);
}

enum { WRITTEN = 200000 };

static void *write_many(void *context)
{
    struct watch_filters filters = {0};
    struct watched watched = answer("a.test", DNS_TYPE_A, 0, "192.0.2.1");
    filters.filter[3].used = true;
    for (unsigned i = 1; i <= WRITTEN; i++) {
        watched.at = i;
        watched.took = 3 * (uint64_t)i;
        watch_write(context, &filters, &watched);
    }
    return NULL;
}

static void two_threads_lose_nothing_that_is_not_counted(void **state)
{
    (void)state;
    struct watch_ring *ring = make_ring();
    pthread_t thread;
    uint64_t before = 0, seen = 0, missed = 0;
    assert_int_equal(pthread_create(&thread, NULL, write_many, ring), 0);
    while (seen + missed < WRITTEN) {
        const struct watched *watched = watch_peek(ring);
        missed += watch_missed(ring, 3);
        if (watched == NULL)
            continue;
        assert_true(watched->at > before);
        assert_int_equal(watched->took, 3 * watched->at);
        before = watched->at;
        seen++;
        watch_next(ring);
    }
    pthread_join(thread, NULL);
    assert_int_equal(seen + missed, WRITTEN);
    assert_null(watch_peek(ring));
    free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_watcher_wants_what_fits_all_of_its_filter),
        cmocka_unit_test(what_nobody_wants_is_not_written),
        cmocka_unit_test(a_full_ring_counts_what_each_watcher_misses),
        cmocka_unit_test(two_threads_lose_nothing_that_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
