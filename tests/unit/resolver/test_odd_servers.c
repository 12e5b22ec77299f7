/* Odd ways of servers to say no, and hosts that reach nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"
#define WWW    "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n"

/* FORMERR with a header only, as servers from before EDNS say it. */
static size_t formerr_without_question(void *context, struct net *net, const struct dns_message *query,
                                       bool udp, uint8_t *to)
{
    (void)context, (void)net, (void)udp;
    if (!query->edns.present)
        return 0;
    memset(to, 0, 12);
    to[0] = (uint8_t)(query->id >> 8);
    to[1] = (uint8_t)query->id;
    to[2] = 0x80;
    to[3] = DNS_RCODE_FORMERR;
    return 12;
}

static void formerr_without_a_question_is_a_lack_of_edns(void **state)
{
    net_script(*state, FIRST, formerr_without_question, NULL);
    net_script(*state, SECOND, formerr_without_question, NULL);
    const struct net_reply *reply = net_ask(*state, "www.example.com", "A");
    assert_string_equal(reply->text, WWW);
    assert_true(net_events(*state, EVENT_PACKET_DROPPED) == 0);
}

/* Truncates, and over TCP says something else, over and over; before the true answer when it may. */
static size_t strays_over_tcp(void *context, struct net *net, const struct dns_message *query, bool udp,
                              uint8_t *to)
{
    unsigned strays = *(unsigned *)context;
    if (udp)
        return net_write(query, DNS_FLAG_AA | DNS_FLAG_TC, NULL, NULL, NULL, to);
    struct dns_message other = *query;
    other.qtype = DNS_TYPE_MX;
    size_t length = net_write(&other, DNS_FLAG_AA, NULL, NULL, NULL, to);
    for (unsigned i = 0; i < strays; i++)
        net_forge(net, 1000 + i, NULL, TRANSPORT_TCP, to, length);
    return 0;
}

static void a_connection_with_few_messages_beside_the_point_is_listened_to(void **state)
{
    unsigned strays = 2;
    net_script(*state, FIRST, strays_over_tcp, &strays);
    net_script(*state, SECOND, strays_over_tcp, &strays);
    assert_string_equal(net_ask(*state, "www.example.com", "A")->text, WWW);
}

static void a_connection_with_many_is_closed(void **state)
{
    unsigned strays = 3;
    net_script(*state, FIRST, strays_over_tcp, &strays);
    net_script(*state, SECOND, strays_over_tcp, &strays);
    const struct net_reply *reply = net_ask(*state, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_non_null(strstr(reply->ede_text, "2 broken"));
}

static size_t truncates_always(void *context, struct net *net, const struct dns_message *query, bool udp,
                               uint8_t *to)
{
    (void)context, (void)net, (void)udp;
    return net_write(query, DNS_FLAG_AA | DNS_FLAG_TC, "www.example.com. 300 A 198.51.100.1", NULL, NULL, to);
}

static void what_is_truncated_over_tcp_is_no_answer(void **state)
{
    net_script(*state, FIRST, truncates_always, NULL);
    assert_string_equal(net_ask(*state, "www.example.com", "A")->text, WWW); /* the other one's */
    cache_flush(net_cache(*state));
    net_script(*state, SECOND, truncates_always, NULL);
    assert_int_equal(net_ask(*state, "www.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    assert_null(strstr(net_cache_text(*state, false), "198.51.100.1"));
}

static void without_any_way_out_it_is_said_so_and_soon_tried_again(void **state)
{
    net_options(*state)->ipv6 = false;
    net_reconfigure(*state);
    net_behave(*state, "198.41.0.4", NET_NO_ROUTE);
    const struct net_reply *reply = net_ask(*state, "w0.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    unsigned packets = net_packets(*state);
    reply = net_ask(*state, "w1.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(reply->ede, DNS_EDE_NETWORK_ERROR);
    assert_int_equal(net_packets(*state), packets); /* it is known by now */
    net_behave(*state, "198.41.0.4", NET_HONEST);
    net_pass(*state, 2);
    assert_int_equal(net_ask(*state, "w1.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN); /* nor remembered */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(formerr_without_a_question_is_a_lack_of_edns),
        TEST(a_connection_with_few_messages_beside_the_point_is_listened_to),
        TEST(a_connection_with_many_is_closed),
        TEST(what_is_truncated_over_tcp_is_no_answer),
        TEST(without_any_way_out_it_is_said_so_and_soon_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
