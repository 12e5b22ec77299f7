/* Servers that are silent, slow, lame, broken or old. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cache/server.h"
#include "net.h"

#define WWW    "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n"
#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"

/* Both orders of asking, whatever the random numbers say. */
static void with_one_bad(void **state, enum net_behaviour behaviour)
{
    struct net *net = *state;
    const char *bad[] = {FIRST, SECOND};
    for (unsigned i = 0; i < 2; i++) {
        net_behave(net, FIRST, NET_HONEST);
        net_behave(net, SECOND, NET_HONEST);
        net_behave(net, bad[i], behaviour);
        cache_flush(net_cache(net));
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        assert_string_equal(reply->text, WWW);
        assert_true(reply->took < 1500000);
        assert_true(reply->packets <= 8);
    }
}

static void one_silent_server_of_two(void **state)
{
    with_one_bad(state, NET_SILENT);
}
static void one_unreachable_server_of_two(void **state)
{
    with_one_bad(state, NET_UNREACHABLE);
}
static void one_refusing_server_of_two(void **state)
{
    with_one_bad(state, NET_REFUSES);
}
static void one_failing_server_of_two(void **state)
{
    with_one_bad(state, NET_SERVFAILS);
}
static void one_babbling_server_of_two(void **state)
{
    with_one_bad(state, NET_GARBAGE);
}
static void one_server_of_two_without_edns(void **state)
{
    with_one_bad(state, NET_NO_EDNS);
}
static void one_server_of_two_that_closes_tcp(void **state)
{
    with_one_bad(state, NET_CLOSES_TCP);
}

static void with_all_bad(void **state, enum net_behaviour behaviour, unsigned packets, const char *word)
{
    struct net *net = *state;
    net_behave(net, FIRST, behaviour);
    net_behave(net, SECOND, behaviour);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_true(reply->ede == DNS_EDE_NO_REACHABLE_AUTHORITY || reply->ede == DNS_EDE_NETWORK_ERROR);
    assert_non_null(strstr(reply->ede_text, word));
    assert_true(reply->took <= 7000000);
    assert_true(reply->packets <= packets);
    assert_int_equal(net_ask(net, "www.example.com", "A")->packets, 0);
    net_behave(net, FIRST, NET_HONEST);
    net_behave(net, SECOND, NET_HONEST);
    net_pass(net, 5);
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
}

static void all_servers_silent(void **state)
{
    with_all_bad(state, NET_SILENT, 9, "silent");
}
static void all_servers_unreachable(void **state)
{
    with_all_bad(state, NET_UNREACHABLE, 9, "unreachable");
}
static void all_servers_refuse(void **state)
{
    with_all_bad(state, NET_REFUSES, 9, "lame");
}
static void all_servers_fail(void **state)
{
    with_all_bad(state, NET_SERVFAILS, 9, "broken");
}
static void all_servers_babble(void **state)
{
    with_all_bad(state, NET_GARBAGE, 9, "silent");
}
static void all_servers_close_tcp(void **state)
{
    with_all_bad(state, NET_CLOSES_TCP, 12, "unreachable");
}

/* The failure of all servers of one name does not stop other names of the zone after it is over. */
static void servers_that_refused_are_asked_again_when_they_recover(void **state)
{
    struct net *net = *state;
    net_behave(net, FIRST, NET_REFUSES);
    net_behave(net, SECOND, NET_REFUSES);
    assert_int_equal(net_ask(net, "www.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    net_behave(net, FIRST, NET_HONEST);
    net_behave(net, SECOND, NET_HONEST);
    net_pass(net, 1);
    assert_int_equal(net_ask(net, "a.b.c.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

static void lame_server_is_spared_when_there_is_another(void **state)
{
    struct net *net = *state;
    net_behave(net, FIRST, NET_REFUSES);
    for (unsigned i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.example.com", i);
        assert_int_equal(net_ask(net, name, "A")->rcode, DNS_RCODE_NXDOMAIN);
    }
    assert_true(net_packets_to(net, FIRST) <= 2);
}

static void slow_server_is_not_waited_for(void **state)
{
    struct net *net = *state;
    net_delay(net, FIRST, 3000000);
    for (unsigned i = 0; i < 8; i++) {
        cache_flush(net_cache(net));
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        assert_string_equal(reply->text, WWW);
        assert_true(reply->took < 600000);
    }
}

static void late_answer_is_still_taken(void **state)
{
    struct net *net = *state;
    net_delay(net, FIRST, 500000);
    net_behave(net, SECOND, NET_SILENT);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_string_equal(reply->text, WWW);
    assert_true(reply->took < 1000000);
}

/* A late answer to a minimised name says nothing about the name that is asked for by then. */
static size_t slow_at_first(void *context, struct net *net, const struct dns_message *query, bool udp,
                            uint8_t *to)
{
    bool *spoken = context;
    (void)udp;
    if (*spoken || dns_name_labels(dns_name_view(&query->qname)) != 3)
        return 0;
    *spoken = true;
    size_t length =
        net_write(query, DNS_FLAG_AA, NULL, "example.com. 3600 IN SOA ns. host. 1 2 3 4 900", NULL, to);
    net_forge(net, 415000, NULL, TRANSPORT_UDP, to, length);
    return NET_SAYS_NOTHING;
}

static void late_answer_to_a_minimised_name_is_not_one_to_the_whole_name(void **state)
{
    for (unsigned i = 0; i < 4; i++) {
        struct net *net = net_small();
        bool spoken = false;
        for (unsigned skip = 0; skip < i; skip++)
            net_ask(net, "nothing.org", "A");
        net_delay(net, FIRST, 12000);
        net_delay(net, SECOND, 12000);
        net_script(net, FIRST, slow_at_first, &spoken);
        net_script(net, SECOND, slow_at_first, &spoken);
        assert_string_equal(net_ask(net, "a.b.c.example.com", "A")->text,
                            "NOERROR\na.b.c.example.com. 3600 IN A 203.0.113.3\n");
        assert_true(spoken);
        net_end(net);
    }
    (void)state;
}

static void fast_server_is_preferred_once_known(void **state)
{
    struct net *net = *state;
    net_delay(net, FIRST, 200000);
    for (unsigned i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.example.com", i);
        net_ask(net, name, "A");
    }
    assert_true(net_packets_to(net, FIRST) >= 1);
    assert_true(net_packets_to(net, FIRST) <= 15);
    assert_true(net_packets_to(net, SECOND) >= 85);
}

static void dead_server_costs_little_and_is_noticed_within_a_minute_when_it_is_back(void **state)
{
    struct net *net = *state;
    char name[32];
    net_behave(net, FIRST, NET_SILENT);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%u.example.com", i);
        net_ask(net, name, "A");
        net_pass(net, 1);
    }
    unsigned while_dead = net_packets_to(net, FIRST);
    assert_true(while_dead <= 20);
    net_behave(net, FIRST, NET_HONEST);
    net_behave(net, SECOND, NET_SILENT);
    uint64_t from = net_now(net);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_string_equal(reply->text, WWW);
    assert_true(net_now(net) - from < 5000000);
}

/* It is the better one: it must be used again, though the other one works. */
static void dead_server_is_probed_again_within_a_minute(void **state)
{
    struct net *net = *state;
    char name[32];
    unsigned before = 0;
    net_behave(net, FIRST, NET_SILENT);
    net_delay(net, SECOND, 200000);
    for (unsigned i = 0; i < 220; i++) {
        if (i == 100) {
            net_behave(net, FIRST, NET_HONEST);
            before = net_packets_to(net, FIRST);
        }
        snprintf(name, sizeof name, "n%u.example.com", i);
        net_ask(net, name, "A");
        net_pass(net, 1);
    }
    assert_true(net_packets_to(net, FIRST) - before >= 60);
}

static void truncated_answer_is_fetched_over_tcp(void **state)
{
    struct net *net = *state;
    net_behave(net, FIRST, NET_TRUNCATES);
    net_behave(net, SECOND, NET_TRUNCATES);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_string_equal(reply->text, WWW);
    assert_int_equal(reply->packets, 4 + 1); /* root, com, UDP, TCP, and priming */
}

static void connections_for_one_question_are_few(void **state)
{
    struct net *net = *state;
    struct engine_statistics statistics;
    net_behave(net, FIRST, NET_CLOSES_TCP);
    net_behave(net, SECOND, NET_CLOSES_TCP);
    net_ask(net, "www.example.com", "A");
    engine_get_statistics(net_engine(net), &statistics);
    assert_true(statistics.sent_tcp <= 4);
}

static void wrong_id_leads_to_tcp(void **state)
{
    struct net *net = *state;
    struct engine_statistics statistics;
    net_behave(net, FIRST, NET_WRONG_ID_FIRST);
    net_behave(net, SECOND, NET_WRONG_ID_FIRST);
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
    engine_get_statistics(net_engine(net), &statistics);
    assert_int_equal(statistics.sent_tcp, 1);
    assert_int_equal(statistics.mismatched_ids, 1);
}

static void wrong_letter_case_leads_to_tcp(void **state)
{
    struct net *net = *state;
    struct engine_statistics statistics;
    net_behave(net, FIRST, NET_LOWERCASES);
    net_behave(net, SECOND, NET_LOWERCASES);
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
    engine_get_statistics(net_engine(net), &statistics);
    assert_int_equal(statistics.sent_tcp, 1);
}

static void wrong_question_is_ignored(void **state)
{
    struct net *net = *state;
    struct engine_statistics statistics;
    net_behave(net, FIRST, NET_WRONG_QUESTION_FIRST);
    net_behave(net, SECOND, NET_WRONG_QUESTION_FIRST);
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
    engine_get_statistics(net_engine(net), &statistics);
    assert_int_equal(statistics.sent_tcp, 0);
    assert_int_equal(statistics.mismatched_questions, 1);
}

/* A forged packet must not take a server out of use that has no TCP. */
static void server_without_tcp_stays_in_use_after_a_forgery(void **state)
{
    struct net *net = *state;
    struct server facts;
    struct dns_address address;
    net_behave(net, FIRST, NET_NO_TCP);
    net_behave(net, SECOND, NET_NO_TCP);
    dns_address_from_text(FIRST, 53, &address);
    net_ask(net, "nope.example.com", "A");
    net_ask(net, "nope2.example.com", "A");
    net_behave(net, FIRST, NET_WRONG_ID_FIRST);
    net_behave(net, SECOND, NET_WRONG_ID_FIRST);
    net_ask(net, "nope3.example.com", "A");
    server_get(net_cache(net), &address, (uint32_t)(net_now(net) / 1000000), &facts);
    assert_int_equal(facts.timeouts, 0);
}

static size_t forge_wrong_id(void *context, struct net *net, const struct dns_message *query, bool udp,
                             uint8_t *to)
{
    (void)context;
    if (udp) {
        size_t length = net_write(query, DNS_FLAG_AA, NULL, NULL, NULL, to);
        to[0] ^= 0x55;
        net_forge(net, 1000, NULL, TRANSPORT_UDP, to, length);
    }
    return 0;
}

static void closed_tcp_port_after_a_forgery_is_not_held_against_the_server(void **state)
{
    struct net *net = *state;
    struct server facts;
    struct dns_address address;
    const char *servers[] = {FIRST, SECOND};
    for (unsigned i = 0; i < 2; i++) {
        net_behave(net, servers[i], NET_NO_TCP);
        net_script(net, servers[i], forge_wrong_id, NULL);
    }
    net_ask(net, "nope3.example.com", "A");
    for (unsigned i = 0; i < 2; i++) {
        dns_address_from_text(servers[i], 53, &address);
        server_get(net_cache(net), &address, (uint32_t)(net_now(net) / 1000000), &facts);
        assert_int_equal(facts.timeouts, 0);
    }
}

static void lack_of_edns_is_remembered(void **state)
{
    struct net *net = *state;
    net_behave(net, FIRST, NET_NO_EDNS);
    net_behave(net, SECOND, NET_UNREACHABLE);
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
    unsigned before = net_packets_to(net, FIRST);
    net_ask(net, "www.example.com", "TXT");
    assert_int_equal(net_packets_to(net, FIRST) - before, 1);
    net_pass(net, 901);
    cache_flush_name(net_cache(net), (struct dns_name){(const uint8_t *)"\3www\7example\3com", 17});
    before = net_packets_to(net, FIRST);
    net_ask(net, "www.example.com", "TXT");
    assert_int_equal(net_packets_to(net, FIRST) - before, 2);
}

/* Every name server has both kinds of addresses; the host has no way to IPv6. */
static void family_without_a_route_is_left_alone_for_a_minute(void **state)
{
    enum { FAILURES_TO_LEARN = 3 };
    struct net *net = *state;
    char origin[40], address[40], records[400], name[60];
    for (unsigned i = 0; i < 12; i++) {
        snprintf(origin, sizeof origin, "dual%u.com.", i);
        snprintf(address, sizeof address, "192.0.2.%u", 100 + i);
        snprintf(records, sizeof records, "www.%s A 203.0.113.%u\n", origin, i);
        net_zone(net, origin, address, records);
        snprintf(address, sizeof address, "2001:db8::%x", 100 + i);
        net_behave(net, address, NET_NO_ROUTE);
        snprintf(records, sizeof records, "%s NS ns.%s\nns.%s A 192.0.2.%u\nns.%s AAAA 2001:db8::%x\n",
                 origin, origin, origin, 100 + i, origin, 100 + i);
        net_zone_add(net, "com.", records);
    }
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 12; i++) {
            snprintf(name, sizeof name, "%s.dual%u.com", round == 0 ? "www" : "nope", i);
            assert_int_not_equal(net_ask(net, name, "A")->rcode, DNS_RCODE_SERVFAIL);
        }
        assert_true(net_events(net, EVENT_UNREACHABLE) <= FAILURES_TO_LEARN * (round + 1));
        net_pass(net, 61);
    }
    struct dns_address never;
    struct server facts;
    unsigned resting = 0;
    for (unsigned i = 0; i < 12; i++) {
        snprintf(address, sizeof address, "2001:db8::%x", 100 + i);
        dns_address_from_text(address, 53, &never);
        server_get(net_cache(net), &never, (uint32_t)(net_now(net) / 1000000), &facts);
        resting += facts.retry_at != 0;
    }
    assert_int_equal(resting, 0); /* when the line is back, no server is avoided */
}

static void without_sockets_a_question_fails_at_once(void **state)
{
    struct net *net = *state;
    net_ask(net, "nope.example.com", "A");
    net_behave(net, FIRST, NET_NO_SOCKETS);
    net_behave(net, SECOND, NET_NO_SOCKETS);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(reply->packets, 1);
    assert_non_null(strstr(reply->ede_text, "no socket"));
    net_behave(net, FIRST, NET_HONEST);
    net_behave(net, SECOND, NET_HONEST);
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW); /* it was not remembered */
}

static void answers_without_aa_are_accepted(void **state)
{
    struct net *net = *state;
    net_behave(net, FIRST, NET_NO_AA);
    net_behave(net, SECOND, NET_NO_AA);
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
    assert_int_equal(net_ask(net, "nope.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
}

static void empty_nonterminal_that_does_not_exist_is_passed_by(void **state)
{
    struct net *net = *state;
    net_behave(net, FIRST, NET_ENT_NXDOMAIN);
    net_behave(net, SECOND, NET_ENT_NXDOMAIN);
    assert_string_equal(net_ask(net, "a.b.c.example.com", "A")->text,
                        "NOERROR\na.b.c.example.com. 3600 IN A 203.0.113.3\n");
}

static void strict_minimisation_believes_that_it_does_not_exist(void **state)
{
    struct net *net = *state;
    net_options(net)->qmin = ENGINE_QMIN_STRICT;
    net_reconfigure(net);
    net_behave(net, FIRST, NET_ENT_NXDOMAIN);
    net_behave(net, SECOND, NET_ENT_NXDOMAIN);
    assert_int_equal(net_ask(net, "a.b.c.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
}

static void without_minimisation_the_root_sees_the_whole_name(void **state)
{
    struct net *net = *state;
    net_options(net)->qmin = ENGINE_QMIN_OFF;
    net_reconfigure(net);
    net_ask(net, "a.b.c.example.com", "A");
    assert_non_null(strstr(net_seen(net, "198.41.0.4"), "a.b.c.example.com./A"));
    assert_null(strstr(net_seen(net, FIRST), " c.example.com./A"));
}

/* One server of two answers with rdata that cannot be read. */
static size_t bad_rdata(void *context, struct net *net, const struct dns_message *query, bool udp,
                        uint8_t *to)
{
    size_t length = net_write(query, DNS_FLAG_AA, "www.example.com. 300 IN A 203.0.113.80", NULL, NULL, to);
    (void)context, (void)net, (void)udp;
    for (size_t i = 12; i + 16 < length; i++)
        if (memcmp(to + i, "\0\4\313\0\161\120", 6) == 0) {
            to[i + 1] = 3;
            memmove(to + i + 2 + 3, to + i + 2 + 4, length - i - 6);
            return length - 1;
        }
    return length;
}

static void server_with_unreadable_rdata_gives_way_to_the_next(void **state)
{
    struct net *net = *state;
    const char *bad[] = {FIRST, SECOND};
    for (unsigned i = 0; i < 2; i++) {
        net_script(net, FIRST, i == 0 ? bad_rdata : NULL, NULL);
        net_script(net, SECOND, i == 1 ? bad_rdata : NULL, NULL);
        (void)bad;
        cache_flush(net_cache(net));
        assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)
    const struct CMUnitTest tests[] = {
        TEST(one_silent_server_of_two),
        TEST(one_unreachable_server_of_two),
        TEST(one_refusing_server_of_two),
        TEST(one_failing_server_of_two),
        TEST(one_babbling_server_of_two),
        TEST(one_server_of_two_without_edns),
        TEST(one_server_of_two_that_closes_tcp),
        TEST(all_servers_silent),
        TEST(all_servers_unreachable),
        TEST(all_servers_refuse),
        TEST(all_servers_fail),
        TEST(all_servers_babble),
        TEST(all_servers_close_tcp),
        TEST(servers_that_refused_are_asked_again_when_they_recover),
        TEST(lame_server_is_spared_when_there_is_another),
        TEST(slow_server_is_not_waited_for),
        TEST(late_answer_is_still_taken),
        TEST(late_answer_to_a_minimised_name_is_not_one_to_the_whole_name),
        TEST(fast_server_is_preferred_once_known),
        TEST(dead_server_costs_little_and_is_noticed_within_a_minute_when_it_is_back),
        TEST(dead_server_is_probed_again_within_a_minute),
        TEST(truncated_answer_is_fetched_over_tcp),
        TEST(connections_for_one_question_are_few),
        TEST(wrong_id_leads_to_tcp),
        TEST(wrong_letter_case_leads_to_tcp),
        TEST(wrong_question_is_ignored),
        TEST(server_without_tcp_stays_in_use_after_a_forgery),
        TEST(closed_tcp_port_after_a_forgery_is_not_held_against_the_server),
        TEST(lack_of_edns_is_remembered),
        TEST(family_without_a_route_is_left_alone_for_a_minute),
        TEST(without_sockets_a_question_fails_at_once),
        TEST(answers_without_aa_are_accepted),
        TEST(empty_nonterminal_that_does_not_exist_is_passed_by),
        TEST(strict_minimisation_believes_that_it_does_not_exist),
        TEST(without_minimisation_the_root_sees_the_whole_name),
        TEST(server_with_unreadable_rdata_gives_way_to_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
