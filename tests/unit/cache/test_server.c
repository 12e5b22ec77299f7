#include "cache/server.h"
#include "cache_test.h"

enum { NOW = 1000 };

static struct dns_address address_of(const char *text, uint16_t port)
{
    struct dns_address address;
    assert_int_equal(dns_address_from_text(text, port, &address), DNS_OK);
    return address;
}

static void nothing_is_known_of_a_new_server(void **state)
{
    (void)state;
    struct cache *cache = new_cache(1 << 20, 0);
    struct dns_address address = address_of("192.0.2.1", 53);
    struct server server, zeros;
    memset(&server, 0xff, sizeof server);
    memset(&zeros, 0, sizeof zeros);
    server_get(cache, &address, NOW, &server);
    assert_memory_equal(&server, &zeros, sizeof server);
    cache_destroy(cache);
}

static void each_address_and_port_is_a_server_of_its_own(void **state)
{
    (void)state;
    struct cache *cache = new_cache(1 << 20, 0);
    const struct dns_address addresses[] = {
        address_of("192.0.2.1", 53),   address_of("192.0.2.2", 53),    address_of("192.0.2.1", 5353),
        address_of("2001:db8::1", 53), address_of("2001:db8::1", 853), address_of("::", 53),
        address_of("0.0.0.0", 53),     address_of("65.97.1.2", 53),    address_of("97.65.1.2", 53),
    };
    enum { COUNT = sizeof addresses / sizeof addresses[0] };
    for (uint32_t i = 0; i < COUNT; i++)
        server_put(cache, &addresses[i], NOW, &(struct server){.srtt = i + 1});
    assert_int_equal(statistics_of(cache).entries, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        struct server server;
        server_get(cache, &addresses[i], NOW + SERVER_TTL - 1, &server);
        assert_int_equal(server.srtt, i + 1);
        server_get(cache, &addresses[i], NOW + SERVER_TTL, &server);
        assert_int_equal(server.srtt, 0);
    }
    assert_sound(cache);
    cache_destroy(cache);
}

static void collect(void *context, const struct cache_key *key, const struct cache_hit *hit,
                    const uint8_t *data)
{
    (void)data;
    assert_int_equal(hit->length, sizeof(struct server));
    assert_int_equal(key->kind, CACHE_SERVER);
    assert_true(server_address(key->name, context));
}

static void the_address_can_be_read_from_the_entrys_name(void **state)
{
    (void)state;
    const struct dns_address addresses[] = {address_of("192.0.2.1", 53), address_of("255.0.255.16", 0),
                                            address_of("2001:db8::ff", 53),
                                            address_of("2001:db8::ff", 65535)};
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct cache *cache = new_cache(1 << 20, 0);
        struct dns_address found = {.family = 0};
        uint64_t cursor = 0;
        server_put(cache, &addresses[i], NOW, &(struct server){.srtt = 1});
        while (cache_walk(cache, &cursor, 1, NOW, collect, &found))
            ;
        assert_true(dns_address_equal(&found, &addresses[i]));
        cache_destroy(cache);
    }
}

static void names_that_are_no_address_are_refused(void **state)
{
    (void)state;
    const char *texts[] = {".",         "abcdabc", "abcdabcq",    "ABCDABCD",     "abcdabcd.a", "abcdabcdab",
                           "abcdabcd.", "a.b",     "abcdabcdadf", "abcdabcdaadf", "`bcdabcd"};
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct dns_name_buffer buffer;
        struct dns_address address;
        bool good = !strcmp(texts[i], "abcdabcd.");
        assert_int_equal(server_address(name_from(texts[i], &buffer), &address), good);
    }
}

static void round_trips_are_smoothed_as_in_rfc_6298(void **state)
{
    (void)state;
    struct server server = {.timeouts = 5, .retry_at = 77};
    server_heard(&server, 80000);
    assert_int_equal(server.srtt, 80000);
    assert_int_equal(server.rttvar, 40000);
    assert_int_equal(server.timeouts, 0);
    assert_int_equal(server.retry_at, 0);
    server_heard(&server, 160000);
    assert_int_equal(server.rttvar, (3 * 40000 + 80000) / 4);
    assert_int_equal(server.srtt, (7 * 80000 + 160000) / 8);
    server_heard(&server, 10000);
    assert_int_equal(server.rttvar, (3 * 50000 + 80000) / 4);
    assert_int_equal(server.srtt, (7 * 90000 + 10000) / 8);
}

static void extreme_round_trips_neither_overflow_nor_look_unmeasured(void **state)
{
    (void)state;
    struct server server = {0};
    server_heard(&server, 0);
    assert_int_equal(server.srtt, 1);
    for (unsigned i = 0; i < 100; i++)
        server_heard(&server, UINT32_MAX);
    assert_true(server.srtt > UINT32_MAX - 10000);
    assert_int_equal(server_wait(&server), SERVER_WAIT_MAX);
    for (unsigned i = 0; i < 1000; i++)
        server_heard(&server, 0);
    assert_true(server.srtt >= 1);
    assert_int_equal(server_wait(&server), SERVER_WAIT_MIN);
}

static void the_wait_is_the_rto_within_limits_doubled_by_each_silence(void **state)
{
    (void)state;
    struct server server = {0};
    assert_int_equal(server_wait(&server), SERVER_WAIT_UNKNOWN);
    server_silent(&server, NOW);
    assert_int_equal(server_wait(&server), 2 * SERVER_WAIT_UNKNOWN);
    server = (struct server){.srtt = 60000, .rttvar = 10000};
    const uint32_t waits[] = {100000, 200000, 400000, 800000, SERVER_WAIT_MAX, SERVER_WAIT_MAX};
    for (unsigned i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_int_equal(server_wait(&server), waits[i]);
        server_silent(&server, NOW);
    }
    server = (struct server){.srtt = 500, .rttvar = 100};
    assert_int_equal(server_wait(&server), SERVER_WAIT_MIN);
    server = (struct server){.srtt = 500, .rttvar = 100, .timeouts = 255};
    assert_int_equal(server_wait(&server), SERVER_WAIT_MAX);
}

static void after_three_silences_it_is_left_alone_ever_longer(void **state)
{
    (void)state;
    struct server server = {0};
    const uint32_t rests[] = {0, 0, 1, 2, 4, 8, 16, 30, 30, 30};
    for (unsigned i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        server_silent(&server, NOW);
        assert_int_equal(server.retry_at, rests[i] ? NOW + rests[i] : 0);
    }
    for (unsigned i = 0; i < 300; i++)
        server_silent(&server, UINT32_MAX - 29);
    assert_int_equal(server.timeouts, 255);
    assert_int_equal(server.retry_at, 1); /* 0 would be "it is fine" */
    server_heard(&server, 1000);
    assert_int_equal(server.retry_at, 0);
}

static void lame_zones_are_kept_until_their_time_the_latest_four(void **state)
{
    (void)state;
    struct server server = {0};
    assert_false(server_is_lame(&server, 0, NOW));
    for (uint32_t zone = 1; zone <= SERVER_LAME_ZONES; zone++)
        server_set_lame(&server, zone, NOW + 10 * zone);
    assert_true(server_is_lame(&server, 1, NOW + 9));
    assert_false(server_is_lame(&server, 1, NOW + 10));
    server_set_lame(&server, 1, NOW + 100);
    for (uint32_t zone = 2; zone <= SERVER_LAME_ZONES; zone++)
        assert_true(server_is_lame(&server, zone, NOW));
    server_set_lame(&server, 9, NOW + 50);
    assert_true(server_is_lame(&server, 9, NOW));
    assert_true(server_is_lame(&server, 1, NOW));
    assert_false(server_is_lame(&server, 2, NOW));
    assert_true(server_is_lame(&server, 3, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_of_a_new_server),
        cmocka_unit_test(each_address_and_port_is_a_server_of_its_own),
        cmocka_unit_test(the_address_can_be_read_from_the_entrys_name),
        cmocka_unit_test(names_that_are_no_address_are_refused),
        cmocka_unit_test(round_trips_are_smoothed_as_in_rfc_6298),
        cmocka_unit_test(extreme_round_trips_neither_overflow_nor_look_unmeasured),
        cmocka_unit_test(the_wait_is_the_rto_within_limits_doubled_by_each_silence),
        cmocka_unit_test(after_three_silences_it_is_left_alone_ever_longer),
        cmocka_unit_test(lame_zones_are_kept_until_their_time_the_latest_four),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
