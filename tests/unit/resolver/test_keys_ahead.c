/* A signed zone's keys are asked for together with the first question to it: sooner, and not more often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net_signed.h"

enum { ROUND_TRIP = 10000 };

static struct net *signed_small(void)
{
    struct net *net = net_small();
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){0});
    net_publish(net);
    return net;
}

static unsigned times(const char *seen, const char *question)
{
    unsigned found = 0;
    for (const char *at = seen; (at = strstr(at, question)) != NULL; at++)
        found++;
    return found;
}

static void a_chain_of_three_zones_takes_three_round_trips(void **state)
{
    (void)state;
    struct net *net = signed_small();
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_true(reply->took >= 3 * ROUND_TRIP);
    assert_true(reply->took < 4 * ROUND_TRIP);
    assert_int_equal(times(net_seen(net, "198.41.0.4"), "./DNSKEY"), 1);
    assert_int_equal(times(net_seen(net, "192.0.2.1"), "com./DNSKEY"), 1);
    assert_int_equal(times(net_seen(net, "192.0.2.11"), "example.com./DNSKEY") +
                         times(net_seen(net, "192.0.2.12"), "example.com./DNSKEY"),
                     1);
    net_end(net);
}

static void keys_that_are_known_are_not_asked_for(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_ask(net, "www.example.com", "A");
    const struct net_reply *reply = net_ask(net, "mail.example.com", "A");
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_int_equal(reply->packets, 1);
    assert_int_equal(net_ask(net, "example.com", "DNSKEY")->packets, 0);
    net_end(net);
}

static void nor_are_those_of_unsigned_zones(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_int_equal(net_ask(net, "www.example.org", "A")->trust, TRUST_INSECURE);
    assert_null(strstr(net_seen(net, "192.0.2.2"), "DNSKEY"));
    assert_null(strstr(net_seen(net, "192.0.2.11"), "DNSKEY"));
    net_end(net);
}

static void a_question_for_the_keys_asks_for_them_once(void **state)
{
    (void)state;
    struct net *net = signed_small();
    const struct net_reply *reply = net_ask(net, "example.com", "DNSKEY");
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_int_equal(
        times(net_seen(net, "192.0.2.11"), "/DNSKEY") + times(net_seen(net, "192.0.2.12"), "/DNSKEY"), 1);
    net_end(net);
}

/* The zone's servers are dead: the question ends, and what it has begun ahead with it. */
static void what_was_asked_ahead_ends_with_its_question(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_behave(net, "192.0.2.11", NET_SILENT);
    net_behave(net, "192.0.2.12", NET_SILENT);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_string_equal(reply->text, "SERVFAIL\n");
    assert_true(reply->packets <= 50);
    unsigned packets = net_packets(net);
    net_pass(net, 20);
    assert_int_equal(net_packets(net), packets);
    net_end(net);
}

/* Keys that have come before the response that needs them belong to nobody but the walk that waits for it. What is
   left is the sanitizer's to tell. */
static void an_engine_that_ends_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    unsigned steps = 0;
    for (bool more = true; more; steps++) {
        struct net *net = signed_small();
        net_delay(net, "192.0.2.11", 30000);
        assert_true(net_begin(net, "www.example.com", "A"));
        for (unsigned i = 0; i < steps && more; i++)
            more = net_step(net);
        net_destroy(net);
    }
    assert_true(steps > 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_of_three_zones_takes_three_round_trips),
        cmocka_unit_test(keys_that_are_known_are_not_asked_for),
        cmocka_unit_test(nor_are_those_of_unsigned_zones),
        cmocka_unit_test(a_question_for_the_keys_asks_for_them_once),
        cmocka_unit_test(what_was_asked_ahead_ends_with_its_question),
        cmocka_unit_test(an_engine_that_ends_in_the_middle_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
