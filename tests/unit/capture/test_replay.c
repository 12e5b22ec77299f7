#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/replay.h"
#include "capture_test.h"
#include "net_signed.h"

static const struct replay_watcher nobody;

static void assert_replays(const struct taken *taken)
{
    struct replay_result result;
    enum replay_error error = replay_run(taken->octets, taken->length, &nobody, &result);
    assert_int_equal(error, REPLAY_OK);
    if (result.different)
        print_error("captured: %s\n     now: %s\n", result.captured, result.now);
    assert_false(result.different);
    assert_int_equal(result.events, taken->totals.events);
    assert_int_equal(result.packets, taken->totals.packets);
    assert_true(result.events > 0);
}

static void assert_capture_replays(struct net *net, const char *name, const char *type, bool cold)
{
    struct taken taken = capture_take(net, name, type, cold, 1);
    assert_replays(&taken);
    assert_replays(&taken);
    free(taken.octets);
}

static void a_question_replays_cold_and_warm(void **state)
{
    struct net *net = *state;
    assert_capture_replays(net, "www.example.com", "A", true);
    assert_capture_replays(net, "www.example.com", "A", false);
    net_ask(net, "mail.example.org", "A");
    assert_capture_replays(net, "www.example.com", "A", false);
    net_ask(net, "www.example.com", "A");
    assert_capture_replays(net, "www.example.com", "A", false);
    assert_capture_replays(net, "none.example.com", "A", false);
    assert_capture_replays(net, "abroad.example.com", "A", false);
    assert_capture_replays(net, "x.old.example.com", "A", true);
}

static void every_misbehaviour_replays(void **state)
{
    (void)state;
    for (int behaviour = NET_HONEST; behaviour <= NET_SAYS_ALL_PROOFS; behaviour++) {
        struct net *net = net_small();
        net_ask(net, "mail.example.org", "A");
        net_behave(net, "192.0.2.11", (enum net_behaviour)behaviour);
        assert_capture_replays(net, "www.example.com", "A", true);
        assert_capture_replays(net, "www.example.com", "A", false);
        net_behave(net, "192.0.2.12", (enum net_behaviour)behaviour);
        assert_capture_replays(net, "www.example.com", "A", true);
        assert_capture_replays(net, "www.example.com", "A", false);
        net_ask(net, "www.example.com", "A"); /* what that leaves in the cache */
        assert_capture_replays(net, "www.example.com", "A", false);
        assert_capture_replays(net, "more.example.com", "MX", false);
        net_behave(net, "192.0.2.11", NET_HONEST);
        net_behave(net, "192.0.2.12", NET_HONEST);
        net_pass(net, 7);
        assert_capture_replays(net, "www.example.com", "A", false);
        net_end(net);
    }
}

static struct net *signed_world(bool nsec3)
{
    struct net *net = net_small();
    struct net_signing how = {.nsec3 = nsec3};
    net_sign(net, ".", how);
    net_sign(net, "com.", how);
    net_sign(net, "example.com.", how);
    net_publish(net);
    return net;
}

static void signed_and_bogus_zones_replay(void **state)
{
    (void)state;
    static const enum net_behaviour behaviours[] = {
        NET_HONEST, NET_STRIPS_SIGNATURES, NET_CORRUPTS_SIGNATURES, NET_STRIPS_PROOFS, NET_STRIPS_DS};
    for (size_t i = 0; i < sizeof behaviours / sizeof behaviours[0]; i++) {
        struct net *net = signed_world(i % 2 != 0);
        net_behave(net, "192.0.2.11", behaviours[i]);
        assert_capture_replays(net, "www.example.com", "A", true);
        net_ask(net, "www.example.com", "A");
        assert_capture_replays(net, "none.example.com", "A", false);
        net_ask(net, "none.example.com", "A");
        assert_capture_replays(net, "nona.example.com", "A", false);
        net_end(net);
    }
}

static void a_lame_server_is_lame_in_the_replay(void **state)
{
    struct net *net = *state;
    net_behave(net, "192.0.2.11", NET_REFUSES);
    for (unsigned i = 0; i < 8; i++) {
        char name[40];
        snprintf(name, sizeof name, "a%u.example.com", i);
        net_ask(net, name, "A");
    }
    assert_capture_replays(net, "www.example.com", "A", false);
}

/* Plays it with each bit of each `every`th octet turned over, and the checksum made right: somebody's evil choice. It
   may come to anything but a crash. */
static void play_hostile(struct taken *taken, unsigned every)
{
    unsigned came_to[REPLAY_MEMORY + 1] = {0};
    for (size_t bit = 0; bit < 8 * (taken->length - CAPTURE_HEAD); bit += bit % 8 == 7 ? 8 * every - 7 : 1) {
        struct replay_result result;
        taken->octets[CAPTURE_HEAD + bit / 8] ^= (uint8_t)(1u << bit % 8);
        capture_reseal(taken);
        came_to[replay_run(taken->octets, taken->length, &nobody, &result)]++;
        taken->octets[CAPTURE_HEAD + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(came_to[REPLAY_OK] > 0 && came_to[REPLAY_MALFORMED] > 0);
    assert_int_equal(came_to[REPLAY_DAMAGED] + came_to[REPLAY_TORN] + came_to[REPLAY_FOREIGN], 0);
    capture_reseal(taken);
    assert_replays(taken);
    free(taken->octets);
}

static bool ours(const void *context, struct dns_name name, uint16_t type, struct dns_name_buffer *apex)
{
    (void)type;
    dns_name_from_text("own.example.com", apex);
    return context != NULL && dns_name_within(name, dns_name_view(apex));
}

/* One address, whatever is asked. */
static size_t own_answer(const void *context, struct dns_name name, uint16_t type, uint8_t *to,
                         size_t capacity)
{
    static const uint8_t address[4] = {10, 0, 0, 1};
    struct dns_builder builder;
    (void)context;
    dns_builder_start(&builder, to, capacity, 0, DNS_FLAG_QR | DNS_FLAG_AA);
    dns_builder_question(&builder, name, type, DNS_CLASS_IN);
    dns_builder_record(&builder, DNS_ANSWER, name, DNS_TYPE_A, DNS_CLASS_IN, 60, address, sizeof address);
    return dns_builder_finish(&builder);
}

static void what_our_own_zones_say_is_in_the_capture(void **state)
{
    struct net *net = *state;
    net_options(net)->local = (struct engine_local){ours, own_answer, net};
    struct taken taken = capture_take(net, "www.own.example.com", "A", true, 1);
    assert_int_equal(taken.totals.packets, 0);
    assert_replays(&taken);
    play_hostile(&taken, 1);
}

static void another_seed_makes_another_capture(void **state)
{
    struct net *net = *state;
    struct taken one = capture_take(net, "www.example.com", "A", true, 1);
    struct taken two = capture_take(net, "www.example.com", "A", true, 2);
    assert_replays(&one);
    assert_replays(&two);
    assert_true(one.length != two.length || memcmp(one.octets, two.octets, one.length) != 0);
    free(one.octets);
    free(two.octets);
}

/* A name in a packet that was received. */
static void a_changed_packet_is_told_by_the_first_event_that_differs(void **state)
{
    struct net *net = *state;
    static const uint8_t address[4] = {203, 0, 113, 80};
    struct taken taken = capture_take(net, "www.example.com", "A", true, 1);
    uint8_t *at = memmem(taken.octets, taken.length, address, sizeof address);
    assert_non_null(at);
    at[3] = 81;
    struct replay_result result;
    assert_int_equal(replay_run(taken.octets, taken.length, &nobody, &result), REPLAY_DAMAGED);
    capture_reseal(&taken);
    assert_int_equal(replay_run(taken.octets, taken.length, &nobody, &result), REPLAY_OK);
    assert_true(result.different);
    assert_string_equal(result.captured, "an answer");
    assert_string_equal(result.now, "an answer, but with other octets");
    free(taken.octets);
}

static void torn_files_are_refused_wherever_they_end(void **state)
{
    struct net *net = *state;
    struct replay_result result;
    struct taken taken = capture_take(net, "www.example.com", "A", true, 1);
    for (size_t length = 0; length < taken.length; length++) {
        uint8_t *torn = malloc(length + 1); /* so that reading behind it is seen */
        memcpy(torn, taken.octets, length);
        enum replay_error error = replay_run(torn, length, &nobody, &result);
        assert_int_equal(error, length == 0 ? REPLAY_FOREIGN : REPLAY_TORN);
        free(torn);
    }
    free(taken.octets);
}

static void a_flipped_bit_is_noticed_wherever_it_is(void **state)
{
    struct net *net = *state;
    struct replay_result result;
    struct taken taken = capture_take(net, "www.example.com", "A", true, 1);
    for (size_t at = 0; at < taken.length; at++) {
        taken.octets[at] ^= (uint8_t)(1u << at % 8);
        assert_int_not_equal(replay_run(taken.octets, taken.length, &nobody, &result), REPLAY_OK);
        taken.octets[at] ^= (uint8_t)(1u << at % 8);
    }
    assert_replays(&taken);
    free(taken.octets);
}

static void a_hostile_file_is_a_capture_or_an_error(void **state)
{
    struct net *net = *state;
    net_behave(net, "192.0.2.11", NET_REFUSES);
    net_ask(net, "a.example.com", "A");
    net_ask(net, "b.example.com", "A");
    struct taken taken = capture_take(net, "www.example.com", "A", false, 1);
    play_hostile(&taken, 1);
}

static void a_hostile_file_of_a_signed_zone_is_a_capture_or_an_error(void **state)
{
    (void)state;
    struct net *net = signed_world(false);
    net_options(net)->synthesise = true;
    net_ask(net, "none.example.com", "A");
    struct taken warm = capture_take(net, "nonf.example.com", "A", false, 1);
    play_hostile(&warm, 5);
    struct taken cold = capture_take(net, "none.example.com", "A", true, 1);
    play_hostile(&cold, 31);
    net_end(net);
}

static void another_version_is_said_to_be_one(void **state)
{
    struct net *net = *state;
    char text[REPLAY_TEXT];
    struct replay_result result;
    struct taken taken = capture_take(net, "www.example.com", "A", true, 1);
    taken.octets[CAPTURE_VERSION_AT + 1] = CAPTURE_VERSION + 1;
    enum replay_error error = replay_run(taken.octets, taken.length, &nobody, &result);
    assert_int_equal(error, REPLAY_VERSION);
    assert_string_equal(replay_error_text(error, text),
                        "it is of another version of the format than 2, which this rootwalk reads");
    free(taken.octets);
}

static void count(void *context, const struct event *event)
{
    (void)event;
    ++*(unsigned *)context;
}

static void events_can_be_read_while_they_come(void **state)
{
    (void)state;
    static const uint8_t seed[CAPTURE_SEED];
    struct engine_options options = {.hints = hints_default()};
    struct capture *capture = capture_create(seed, "test", NULL, NULL);
    size_t position = 0;
    unsigned counted = 0;
    capture_attach(capture, &options);
    for (unsigned i = 1; i <= 10; i++) {
        options.events.report(options.events.context, &(struct event){.kind = EVENT_BUDGET, .text = "x"});
        if (i % 3 == 0)
            capture_events(capture, &position, 2, count, &counted);
    }
    assert_int_equal(counted, 6);
    capture_events(capture, &position, 100, count, &counted);
    assert_int_equal(counted, 10);
    capture_destroy(capture);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)
    const struct CMUnitTest tests[] = {
        TEST(a_question_replays_cold_and_warm),
        cmocka_unit_test(every_misbehaviour_replays),
        cmocka_unit_test(signed_and_bogus_zones_replay),
        TEST(a_lame_server_is_lame_in_the_replay),
        TEST(another_seed_makes_another_capture),
        TEST(what_our_own_zones_say_is_in_the_capture),
        TEST(a_changed_packet_is_told_by_the_first_event_that_differs),
        TEST(torn_files_are_refused_wherever_they_end),
        TEST(a_flipped_bit_is_noticed_wherever_it_is),
        TEST(a_hostile_file_is_a_capture_or_an_error),
        cmocka_unit_test(a_hostile_file_of_a_signed_zone_is_a_capture_or_an_error),
        TEST(another_version_is_said_to_be_one),
        cmocka_unit_test(events_can_be_read_while_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
