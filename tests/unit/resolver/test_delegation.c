/* Delegations: how long they live, who may prolong them, and questions that belong to the parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"
#include "resolver/delegation.h"

#define COM_HEAD "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
#define COM      COM_HEAD "ghost.com. 600 NS ns.ghost.com.\nns.ghost.com. 600 A 192.0.2.66\n"

static int set_up(void **state)
{
    struct net *net = net_create();
    net_zone(net, ".", "198.41.0.4",
             ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
             "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n");
    net_zone(net, "com.", "192.0.2.1", COM);
    net_zone(net, "ghost.com.", "192.0.2.66",
             "ghost.com. 86400 NS ns.ghost.com.\nns.ghost.com. 86400 A 192.0.2.66\nwww.ghost.com. 30 A "
             "203.0.113.66\n"
             "sub.ghost.com. 86400 NS ns.sub.ghost.com.\nns.sub.ghost.com. 86400 A 192.0.2.66\n");
    net_zone(net, "sub.ghost.com.", "192.0.2.66",
             "www.sub.ghost.com. 30 A 203.0.113.67\ndeep.sub.ghost.com. 86400 NS ns.deep.sub.ghost.com.\n"
             "ns.deep.sub.ghost.com. 86400 A 192.0.2.66\n");
    net_zone(net, "deep.sub.ghost.com.", "192.0.2.66", "www.deep.sub.ghost.com. 30 A 203.0.113.68\n");
    *state = net;
    return 0;
}

/* Asks all ways of prolonging: the child's NS, its addresses, deeper zones. */
static unsigned ask_ghost(struct net *net, bool deeper)
{
    unsigned alive = 0;
    net_ask(net, "ghost.com", "NS");
    net_ask(net, "ns.ghost.com", "A");
    net_ask(net, "sub.ghost.com", "NS");
    net_ask(net, "nope.ghost.com", "A");
    alive += net_ask(net, "www.ghost.com", "A")->count[0];
    if (deeper) {
        alive += net_ask(net, "www.sub.ghost.com", "A")->count[0];
        alive += net_ask(net, "www.deep.sub.ghost.com", "A")->count[0];
    }
    return alive;
}

static void ghost(struct net *net, bool deeper_late, bool full)
{
    net_options(net)->minimal_responses = !full;
    net_reconfigure(net);
    assert_int_equal(ask_ghost(net, !deeper_late), deeper_late ? 1 : 3);
    net_zone_replace(net, "com.", COM_HEAD);
    unsigned seconds = 0;
    while (seconds < 590) {
        net_pass(net, 10);
        seconds += 10;
        ask_ghost(net, !deeper_late || seconds > 560);
    }
    net_pass(net, 10 + 30); /* the answers of the last moment live for 30 s */
    assert_int_equal(ask_ghost(net, true), 0);
    for (unsigned i = 0; i < 50; i++) {
        net_pass(net, 100);
        assert_int_equal(ask_ghost(net, true), 0);
    }
}

static void revoked_delegation_ends_with_its_parents_ttl(void **state)
{
    ghost(*state, false, false);
}
static void revoked_delegation_ends_with_full_responses_too(void **state)
{
    ghost(*state, false, true);
}
static void delegations_below_planted_late_end_with_it(void **state)
{
    ghost(*state, true, false);
}

static void child_ns_does_not_replace_the_parents(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, "ghost.com.",
                     "ghost.com. 86400 NS ns.other.com.\nwww.ghost.com. 30 A 203.0.113.66\n");
    net_ask(net, "www.ghost.com", "A");
    net_ask(net, "ghost.com", "NS");
    assert_non_null(
        strstr(net_cache_text(net, false), "DELEGATION ghost.com.: ns.ghost.com. 192.0.2.66#53; \n"));
}

static void delegation_has_the_parents_ttl_within_the_bounds(void **state)
{
    struct net *net = *state;
    net_ask(net, "www.ghost.com", "A");
    assert_non_null(
        strstr(net_cache_text(net, true), "DELEGATION ghost.com.: ns.ghost.com. 192.0.2.66#53; 600\n"));
    cache_flush(net_cache(net));
    net_options(net)->max_cache_ttl = 60;
    net_reconfigure(net);
    net_ask(net, "www.ghost.com", "A");
    assert_non_null(
        strstr(net_cache_text(net, true), "DELEGATION ghost.com.: ns.ghost.com. 192.0.2.66#53; 60\n"));
}

static void ds_is_asked_of_the_parent(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, "com.",
                     COM "ghost.com. 3600 DS 1 8 2 "
                         "e2d3c916f6deeac73294e8268fb5885044a833fc5459588f4a9184cfc41a5766\n");
    assert_int_equal(net_ask(net, "www.ghost.com", "A")->count[0], 1);
    unsigned child = net_packets_to(net, "192.0.2.66");
    const struct net_reply *reply = net_ask(net, "ghost.com", "DS");
    assert_int_equal(reply->count[0], 1);
    assert_int_equal(net_packets_to(net, "192.0.2.66"), child);
    reply = net_ask(net, "sub.ghost.com", "DS");
    assert_int_equal(reply->count[0], 0);
    assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
    assert_int_equal(net_ask(net, ".", "DS")->rcode, DNS_RCODE_NOERROR);
    assert_int_equal(net_ask(net, "com", "DS")->rcode, DNS_RCODE_NOERROR);
}

static void any_and_unknown_types_work(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, "ghost.com.",
                     "www.ghost.com. 30 A 203.0.113.66\nwww.ghost.com. 30 TXT \"x\"\n"
                     "www.ghost.com. 30 TYPE65400 \\# 3 010203\n"
                     "www.ghost.com. 30 TYPE65401 \\# 0\n");
    assert_string_equal(net_ask(net, "www.ghost.com", "TYPE65400")->text,
                        "NOERROR\nwww.ghost.com. 30 IN TYPE65400 \\# 3 010203\n");
    assert_int_equal(net_ask(net, "www.ghost.com", "TYPE65401")->count[0], 1);
    assert_int_equal(net_ask(net, "www.ghost.com", "RRSIG")->rcode, DNS_RCODE_NOERROR);
}

/* Whatever ANY yields, it must not harm the zone. */
static size_t say_any(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    (void)context, (void)net, (void)udp;
    if (query->qtype != DNS_TYPE_ANY)
        return 0;
    return net_write(query, DNS_FLAG_AA,
                     "www.ghost.com. 30 IN A 203.0.113.66\nwww.ghost.com. 60 IN TXT \"x\"\n"
                     "other.ghost.com. 60 IN A 203.0.113.99",
                     NULL, NULL, to);
}

static void any_gets_what_the_server_says_of_the_name(void **state)
{
    struct net *net = *state;
    net_script(net, "192.0.2.66", say_any, NULL);
    const struct net_reply *reply = net_ask(net, "www.ghost.com", "ANY");
    assert_string_equal(reply->text,
                        "NOERROR\nwww.ghost.com. 30 IN A 203.0.113.66\nwww.ghost.com. 30 IN TXT \"x\"\n");
    assert_int_equal(net_ask(net, "www.ghost.com", "ANY")->packets, 0);
    assert_int_equal(net_ask(net, "www.ghost.com", "A")->rcode, DNS_RCODE_NOERROR);
    assert_null(strstr(net_cache_text(net, false), "other"));
}

static void longest_names_work(void **state)
{
    struct net *net = *state;
    char name[600] = "", text[1400];
    for (unsigned i = 0; i < 122; i++)
        strcat(name, "a.");
    strcat(name, "ghost.com");
    snprintf(text, sizeof text, "%s. A 203.0.113.1\n", name);
    net_zone_replace(net, "ghost.com.", text);
    const struct net_reply *reply = net_ask(net, name, "A");
    assert_int_equal(reply->count[0], 1);
    assert_true(reply->packets <= 16);
}

static void names_of_127_labels_work(void **state)
{
    struct net *net = *state;
    char name[600] = "";
    for (unsigned i = 0; i < 127; i++)
        strcat(name, "a.");
    const struct net_reply *reply = net_ask(net, name, "A");
    assert_int_equal(reply->rcode, DNS_RCODE_NXDOMAIN);
    assert_true(reply->packets <= 5);
}

/* -- the struct ---------------------------------------------------------------------------------- */

static void bounds_of_a_delegation_hold(void **state)
{
    static struct delegation delegation, again;
    struct dns_name_buffer name;
    char text[300];
    struct net *net = *state;
    dns_name_from_text("example", &name);
    delegation_start(&delegation, dns_name_view(&name), 5000);
    for (unsigned i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "n%u.%0*d.%0*d.%0*d.example", i, 60, 1, 60, 2, 60, 3);
        dns_name_from_text(text, &name);
        int server = delegation_add_server(&delegation, dns_name_view(&name));
        assert_true(server < DELEGATION_SERVERS);
        for (unsigned j = 0; server >= 0 && j < 10; j++) {
            struct dns_address address;
            snprintf(text, sizeof text, j % 2 ? "2001:db8::%u:%u" : "10.0.%u.%u", i, j);
            dns_address_from_text(text, 53, &address);
            delegation_add_address(&delegation, (unsigned)server, &address);
        }
    }
    assert_true(delegation.names_length <= DELEGATION_DATA);
    assert_int_equal(delegation.address_count, DELEGATION_ADDRESSES);
    delegation_keep(&delegation, net_cache(net), 0, 1000);
    dns_name_from_text("example", &name);
    assert_true(delegation_load(&again, net_cache(net), dns_name_view(&name), 1000));
    assert_int_equal(again.server_count, delegation.server_count);
    assert_int_equal(again.address_count, delegation.address_count);
    assert_int_equal(again.expires, 5000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, net_down)
    const struct CMUnitTest tests[] = {
        TEST(revoked_delegation_ends_with_its_parents_ttl),
        TEST(revoked_delegation_ends_with_full_responses_too),
        TEST(delegations_below_planted_late_end_with_it),
        TEST(child_ns_does_not_replace_the_parents),
        TEST(delegation_has_the_parents_ttl_within_the_bounds),
        TEST(ds_is_asked_of_the_parent),
        TEST(any_and_unknown_types_work),
        TEST(any_gets_what_the_server_says_of_the_name),
        TEST(longest_names_work),
        TEST(names_of_127_labels_work),
        TEST(bounds_of_a_delegation_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
