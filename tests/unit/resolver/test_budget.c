/* How much work one question may cause, and what is remembered of failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"
#define VICTIM "192.0.2.50"

static void add(char *text, size_t capacity, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(char *text, size_t capacity, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text + used, capacity - used, format, arguments);
    va_end(arguments);
    assert_true(n >= 0 && (size_t)n < capacity - used);
}

/* com. delegates attack.com. and victim.com.; both have an address of their own. */
static struct net *with_victim(const char *attack, const char *victim)
{
    struct net *net = net_create();
    net_zone(net, ".", "198.41.0.4",
             ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
             "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n");
    net_zone(net, "com.", "192.0.2.1",
             "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
             "attack.com. NS ns.attack.com.\nns.attack.com. A 192.0.2.66\n"
             "victim.com. NS ns1.victim.com.\nns1.victim.com. A " VICTIM "\n");
    net_zone(net, "attack.com.", "192.0.2.66", attack);
    net_zone(net, "victim.com.", VICTIM, victim);
    return net;
}

static void nxns(unsigned count, enum net_behaviour behaviour)
{
    size_t capacity = 200000;
    char *text = calloc(1, capacity);
    add(text, capacity, "attack.com. NS ns.attack.com.\n");
    for (unsigned i = 0; i < count; i++)
        add(text, capacity, "sub.attack.com. NS n%u.victim.com.\n", i);
    struct net *net = with_victim(text, "victim.com. NS ns1.victim.com.\n");
    net_behave(net, VICTIM, behaviour);
    const struct net_reply *reply = net_ask(net, "x.sub.attack.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_true(reply->packets <= 100);
    if (net_packets_to(net, VICTIM) > 20)
        print_error("%u name servers, behaviour %d: %u packets to the victim\n", count, behaviour,
                    net_packets_to(net, VICTIM));
    assert_true(net_packets_to(net, VICTIM) <= 20);
    assert_true(reply->ede_text[0] != '\0');
    assert_int_equal(net_ask(net, "x.sub.attack.com", "A")->packets, 0);
    net_end(net);
    free(text);
}

static void many_name_servers_without_glue_cost_their_victim_little(void **state)
{
    static const unsigned counts[] = {1, 2, 5, 10, 13, 50, 1500};
    (void)state;
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
        nxns(counts[i], NET_HONEST);
}

static void not_even_when_the_victim_is_silent(void **state)
{
    (void)state;
    nxns(13, NET_SILENT);
    nxns(1500, NET_SILENT);
}

static void nor_when_it_refuses(void **state)
{
    (void)state;
    nxns(13, NET_REFUSES);
    nxns(13, NET_SERVFAILS);
}

/* zone i's only name server is in zone i + 1, the last one's in the first. */
static void name_servers_in_a_circle_end(void **state)
{
    (void)state;
    for (unsigned length = 2; length <= 10; length++) {
        struct net *net = net_create();
        char com[4000] = "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n";
        net_zone(net, ".", "198.41.0.4",
                 ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
                 "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n");
        for (unsigned i = 0; i < length; i++)
            add(com, sizeof com, "z%u.com. NS ns.z%u.com.\n", i, (i + 1) % length);
        net_zone(net, "com.", "192.0.2.1", com);
        const struct net_reply *reply = net_ask(net, "www.z0.com", "A");
        assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
        assert_true(reply->packets <= 25);
        assert_true(reply->ede_text[0] != '\0');
        unsigned before = net_packets(net);
        for (unsigned i = 0; i < 600; i++) {
            net_ask(net, "www.z0.com", "A");
            net_pass(net, 1);
        }
        assert_true(net_packets(net) - before <= 300); /* half a packet a second */
        net_end(net);
    }
}

static void chain_of_aliases(unsigned links, bool across, bool cold)
{
    char attack[8000] = "attack.com. NS ns.attack.com.\n", victim[8000] = "victim.com. NS ns1.victim.com.\n";
    for (unsigned i = 0; i < links; i++)
        add(across && i % 2 ? victim : attack, sizeof attack, "c%u.%s.com. CNAME c%u.%s.com.\n", i,
            across && i % 2 ? "victim" : "attack", i + 1, across && (i + 1) % 2 ? "victim" : "attack");
    add(across && links % 2 ? victim : attack, sizeof attack, "c%u.%s.com. A 203.0.113.1\n", links,
        across && links % 2 ? "victim" : "attack");
    struct net *net = with_victim(attack, victim);
    if (!cold)
        for (unsigned i = links + 1; i-- > 0;) {
            char name[40];
            snprintf(name, sizeof name, "c%u.%s.com", i, across && i % 2 ? "victim" : "attack");
            net_ask(net, name, "A");
        }
    net_pass(net, 1);
    const struct net_reply *reply = net_ask(net, "c0.attack.com", "A");
    if (reply->rcode != (links <= 11 ? DNS_RCODE_NOERROR : DNS_RCODE_SERVFAIL))
        print_error("%u links, across %d, cold %d: %s %s\n", links, across, cold, reply->text,
                    reply->ede_text);
    assert_int_equal(reply->rcode, links <= 11 ? DNS_RCODE_NOERROR : DNS_RCODE_SERVFAIL);
    if (links <= 11)
        assert_int_equal(reply->count[0], links + 1);
    else
        assert_non_null(strstr(reply->ede_text, "aliases"));
    assert_true(reply->packets <= 60);
    net_end(net);
}

static void eleven_aliases_are_followed_and_no_more(void **state)
{
    (void)state;
    for (unsigned links = 1; links <= 30; links++)
        for (unsigned how = 0; how < 4; how++)
            chain_of_aliases(links, how & 1, how & 2);
}

/* The name servers of zone i are in zone i + 1, up to one that has glue. */
static void deep_name_servers_of_name_servers_end(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= 12; depth++) {
        struct net *net = net_create();
        char com[4000] = "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n";
        net_zone(net, ".", "198.41.0.4",
                 ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
                 "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n");
        for (unsigned i = 0; i < depth; i++)
            add(com, sizeof com, "z%u.com. NS ns.z%u.com.\n", i, i + 1);
        add(com, sizeof com, "z%u.com. NS ns.z%u.com.\nns.z%u.com. A 192.0.2.100\n", depth, depth, depth);
        net_zone(net, "com.", "192.0.2.1", com);
        for (unsigned i = 0; i <= depth; i++) {
            char zone[20], text[100];
            snprintf(zone, sizeof zone, "z%u.com.", i);
            snprintf(text, sizeof text, "ns.z%u.com. A 192.0.2.100\nwww.z%u.com. A 203.0.113.1\n", i, i);
            net_zone(net, zone, "192.0.2.100", text);
        }
        const struct net_reply *reply = net_ask(net, "www.z0.com", "A");
        assert_true(reply->packets <= 100);
        if (depth <= 6)
            assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
        if (depth >= 8) {
            assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
            assert_true(reply->ede_text[0] != '\0');
            /* What was too deep from there is not too deep from here. */
            char name[30];
            snprintf(name, sizeof name, "www.z%u.com", depth - 2);
            assert_int_equal(net_ask(net, name, "A")->rcode, DNS_RCODE_NOERROR);
        }
        net_end(net);
    }
}

static void chain_of_referrals_ends(void **state)
{
    struct net *net = net_create();
    char name[700] = "";
    (void)state;
    net_zone(net, ".", "198.41.0.4",
             ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
             "a. NS ns.a.\nns.a. A 192.0.2.1\n");
    for (unsigned i = 0; i < 60; i++) {
        char zone[200] = "", text[900];
        for (unsigned j = 0; j <= i; j++)
            strcat(zone, "a.");
        snprintf(text, sizeof text, "a.%s NS ns.a.%s\nns.a.%s A 192.0.2.1\n", zone, zone, zone);
        net_zone(net, zone, "192.0.2.1", text);
    }
    for (unsigned i = 0; i < 100; i++)
        strcat(name, "a.");
    net_options(net)->qmin = ENGINE_QMIN_OFF;
    net_reconfigure(net);
    const struct net_reply *reply = net_ask(net, name, "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_true(reply->packets <= 100);
    net_end(net);
}

static void all_silent(void **state)
{
    struct net *net = *state;
    net_behave(net, "198.41.0.4", NET_SILENT);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_true(reply->took <= 7000000);
    assert_true(reply->packets <= 10);
    net_behave(net, "198.41.0.4", NET_HONEST);
    net_pass(net, 5);
    assert_int_equal(net_ask(net, "www.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

/* Twenty silent addresses: the time is over before they are. */
static void time_is_limited_and_the_failure_is_remembered(void **state)
{
    struct net *net = *state;
    char text[4000] = "kid.example.com. NS ns.kid.example.com.\n", line[80];
    for (unsigned i = 0; i < 13; i++) {
        snprintf(line, sizeof line,
                 "kid.example.com. NS n%u.kid.example.com.\nn%u.kid.example.com. A 192.0.2.%u\n", i, i,
                 100 + i);
        strcat(text, line);
    }
    net_zone_replace(net, "example.com.", text);
    for (unsigned i = 0; i < 13; i++) {
        snprintf(line, sizeof line, "192.0.2.%u", 100 + i);
        net_behave(net, line, NET_SILENT);
    }
    const struct net_reply *reply = net_ask(net, "www.kid.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_true(reply->took <= 7000000 && reply->took >= 6000000);
    assert_true(reply->packets <= 60);
    assert_non_null(strstr(reply->ede_text, "time"));
    reply = net_ask(net, "www.kid.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(reply->packets, 0);
}

/* RFC 9520: 5 s, then twice as long each time, up to 300 s; forgotten with the first success. */
static void failures_are_remembered_for_longer_each_time(void **state)
{
    struct net *net = *state;
    unsigned expected = 5;
    net_behave(net, FIRST, NET_SERVFAILS);
    net_behave(net, SECOND, NET_SERVFAILS);
    for (unsigned i = 0; i < 9; i++) {
        assert_true(net_ask(net, "www.example.com", "A")->packets > 0);
        net_pass(net, expected - 1);
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        assert_int_equal(reply->packets, 0);
        assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
        assert_true(reply->ede_text[0] != '\0');
        net_pass(net, 1);
        expected = 2 * expected > 300 ? 300 : 2 * expected;
    }
    net_behave(net, FIRST, NET_HONEST);
    net_behave(net, SECOND, NET_HONEST);
    net_pass(net, 300);
    assert_int_equal(net_ask(net, "www.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

static void failure_of_one_type_does_not_hide_another(void **state)
{
    struct net *net = *state;
    net_ask(net, "www.example.com", "A");
    net_behave(net, FIRST, NET_SERVFAILS);
    net_behave(net, SECOND, NET_SERVFAILS);
    net_ask(net, "www.example.com", "TXT");
    assert_int_equal(net_ask(net, "www.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

/* The budget of an attacker's question is spent while it looks up the victim's name servers: that must
   not be remembered as the victim's failure. */
static void spent_budget_is_no_failure_of_other_names(void **state)
{
    char attack[4000] = "attack.com. NS ns.attack.com.\n";
    (void)state;
    for (unsigned i = 0; i < 13; i++)
        add(attack, sizeof attack,
            "sub.attack.com. NS n%u.sub%u.attack.com.\nsub%u.attack.com. NS m%u.victim.com.\n", i, i, i, i);
    char victim[4000] = "victim.com. NS ns1.victim.com.\n";
    for (unsigned i = 0; i < 13; i++)
        add(victim, sizeof victim, "m%u.victim.com. A 192.0.2.66\n", i);
    struct net *net = with_victim(attack, victim);
    net_options(net)->limits.packets = 14;
    net_reconfigure(net);
    assert_int_equal(net_ask(net, "x.sub.attack.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    const char *text = net_cache_text(net, false);
    assert_null(strstr(text, "FAILURE m"));
    for (unsigned i = 0; i < 13; i++) {
        char name[40];
        snprintf(name, sizeof name, "m%u.victim.com", i);
        assert_int_equal(net_ask(net, name, "A")->rcode, DNS_RCODE_NOERROR);
    }
    net_end(net);
}

/* Every address of every name server is unreachable over IPv6: that alone must not spend the budget. */
static void missing_ipv6_route_leaves_enough_for_the_answer(void **state)
{
    struct net *net = net_create();
    char root[6000] = "", com[6000] = "", line[400];
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        snprintf(line, sizeof line, "com. NS n%u.com.\nn%u.com. A 192.0.2.1\nn%u.com. AAAA 2001:db8::%u\n", i,
                 i, i, i + 1);
        strcat(root, line);
        snprintf(line, sizeof line,
                 "example.com. NS n%u.example.com.\nn%u.example.com. A 192.0.2.11\nn%u.example.com. AAAA "
                 "2001:db8:1::%u\n",
                 i, i, i, i + 1);
        strcat(com, line);
        snprintf(line, sizeof line, "2001:db8::%u", i + 1);
        net_behave(net, line, NET_UNREACHABLE);
        snprintf(line, sizeof line, "2001:db8:1::%u", i + 1);
        net_behave(net, line, NET_UNREACHABLE);
    }
    net_zone(net, ".", "198.41.0.4", root);
    net_zone(net, "com.", "192.0.2.1", com);
    net_zone(net, "example.com.", "192.0.2.11", "www.example.com. A 203.0.113.80\n");
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
    assert_true(reply->packets <= 25);
    net_end(net);
}

int main(void)
{
#define TEST(name)  cmocka_unit_test(name)
#define SMALL(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)
    const struct CMUnitTest tests[] = {
        TEST(many_name_servers_without_glue_cost_their_victim_little),
        TEST(not_even_when_the_victim_is_silent),
        TEST(nor_when_it_refuses),
        TEST(name_servers_in_a_circle_end),
        TEST(eleven_aliases_are_followed_and_no_more),
        TEST(deep_name_servers_of_name_servers_end),
        TEST(chain_of_referrals_ends),
        SMALL(all_silent),
        SMALL(time_is_limited_and_the_failure_is_remembered),
        SMALL(failures_are_remembered_for_longer_each_time),
        SMALL(failure_of_one_type_does_not_hide_another),
        TEST(spent_budget_is_no_failure_of_other_names),
        TEST(missing_ipv6_route_leaves_enough_for_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
