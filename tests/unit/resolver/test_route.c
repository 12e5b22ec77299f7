/* Names that other resolvers are asked for, or servers that nobody delegates to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "net.h"

enum { ROUTES = 3 };

struct world {
    struct net *net;
    struct dns_name_buffer name[ROUTES];
    struct dns_address address[ROUTES];
    struct route route[ROUTES];
    size_t count;
};

static struct world world;

static void route(const char *name, enum route_kind kind, const char *address)
{
    size_t i = world.count++;
    assert_true(i < ROUTES);
    assert_int_equal(dns_name_from_text(name, &world.name[i]), DNS_OK);
    world.route[i] = (struct route){.name = dns_name_view(&world.name[i]), .kind = kind};
    if (address != NULL) {
        assert_int_equal(dns_address_from_text(address, 53, &world.address[i]), DNS_OK);
        world.route[i].addresses = &world.address[i];
        world.route[i].address_count = 1;
    }
    net_options(world.net)->routes = world.route;
    net_options(world.net)->route_count = world.count;
    net_reconfigure(world.net);
}

static int up(void **state)
{
    memset(&world, 0, sizeof world);
    world.net = *state = net_small();
    return 0;
}

static int down(void **state)
{
    net_end(*state);
    return 0;
}

/* Another resolver: it has no authority, and answers for names of all zones. */
static size_t resolver(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    char name[DNS_NAME_TEXT_MAX];
    (void)net;
    (void)udp;
    *(bool *)context = query->recursion_desired;
    dns_name_to_text(dns_name_view(&query->qname), name);
    if (strcasecmp(name, "www.example.com.") == 0)
        return net_write(query, DNS_FLAG_RA, "www.example.com. A 203.0.113.1\n", NULL, NULL, to);
    if (strcasecmp(name, "alias.example.com.") == 0)
        return net_write(query, DNS_FLAG_RA,
                         "alias.example.com. CNAME far.example.net.\nfar.example.net. A 203.0.113.2\n", NULL,
                         NULL, to);
    if (strcasecmp(name, "empty.example.com.") == 0)
        return net_write(query, DNS_FLAG_RA, NULL, NULL, NULL, to);
    if (strcasecmp(name, "refer.example.com.") == 0)
        return net_write(query, 0, NULL, "refer.example.com. NS ns.refer.example.com.\n", NULL, to);
    return net_write(query, DNS_FLAG_RA | DNS_RCODE_NXDOMAIN, NULL, NULL, NULL, to);
}

static void forwarders_are_asked_to_recurse_and_nobody_else_is_asked(void **state)
{
    bool recursion = false;
    net_script(*state, "192.0.2.53", resolver, &recursion);
    route(".", ROUTE_FORWARD, "192.0.2.53");
    assert_string_equal(net_ask(*state, "www.example.com", "A")->text,
                        "NOERROR\nwww.example.com. 3600 IN A 203.0.113.1\n");
    assert_true(recursion);
    assert_int_equal(net_packets(*state), 1);
    assert_string_equal(net_seen(*state, "192.0.2.53"), "www.example.com./A");
    assert_int_equal(net_ask(*state, "www.example.com", "A")->packets, 0);
}

static void what_a_forwarder_says_needs_no_authority(void **state)
{
    bool recursion;
    net_script(*state, "192.0.2.53", resolver, &recursion);
    route(".", ROUTE_FORWARD, "192.0.2.53");
    assert_string_equal(net_ask(*state, "empty.example.com", "A")->text, "NOERROR\n");
    assert_string_equal(net_ask(*state, "nope.example.com", "A")->text, "NXDOMAIN\n");
    assert_string_equal(net_ask(*state, "alias.example.com", "A")->text,
                        "NOERROR\nalias.example.com. 3600 IN CNAME far.example.net.\n"
                        "far.example.net. 3600 IN A 203.0.113.2\n");
    assert_int_equal(net_packets_to(*state, "192.0.2.53"), 3);
}

static void a_forwarder_that_refers_elsewhere_is_no_help(void **state)
{
    bool recursion;
    net_script(*state, "192.0.2.53", resolver, &recursion);
    route(".", ROUTE_FORWARD, "192.0.2.53");
    const struct net_reply *reply = net_ask(*state, "refer.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_non_null(strstr(reply->ede_text, "1 lame"));
}

static void with_forward_first_the_walk_helps_when_the_forwarders_do_not(void **state)
{
    net_behave(*state, "192.0.2.53", NET_SILENT);
    route(".", ROUTE_FORWARD_FIRST, "192.0.2.53");
    assert_string_equal(net_ask(*state, "www.example.com", "A")->text,
                        "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n");
    assert_true(net_packets_to(*state, "192.0.2.53") > 0);
}

static void with_forward_only_it_does_not(void **state)
{
    net_behave(*state, "192.0.2.53", NET_SILENT);
    route(".", ROUTE_FORWARD, "192.0.2.53");
    assert_int_equal(net_ask(*state, "www.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(net_packets_to(*state, "198.41.0.4"), 0);
}

static void the_deepest_route_decides(void **state)
{
    bool recursion;
    net_script(*state, "192.0.2.53", resolver, &recursion);
    route(".", ROUTE_FORWARD, "192.0.2.53");
    route("example.com", ROUTE_WALK, NULL);
    assert_string_equal(net_ask(*state, "www.example.com", "A")->text,
                        "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n");
    assert_int_equal(net_packets_to(*state, "192.0.2.53"), 0);
    assert_string_equal(net_ask(*state, "www.example.org", "A")->text, "NXDOMAIN\n");
    assert_string_equal(net_seen(*state, "192.0.2.53"), "www.example.org./A");
}

static void a_stub_is_asked_though_nobody_delegates_to_it(void **state)
{
    net_zone(*state, "inner.", "192.0.2.60",
             "inner. NS ns.inner.\nns.inner. A 192.0.2.60\nwww.inner. A 10.0.0.1\n"
             "sub.inner. NS ns.sub.inner.\nns.sub.inner. A 192.0.2.61\n");
    net_zone(*state, "sub.inner.", "192.0.2.61", "sub.inner. NS ns.sub.inner.\nwww.sub.inner. A 10.0.0.2\n");
    route("inner", ROUTE_STUB, "192.0.2.60");
    assert_string_equal(net_ask(*state, "www.inner", "A")->text, "NOERROR\nwww.inner. 3600 IN A 10.0.0.1\n");
    assert_string_equal(net_ask(*state, "www.sub.inner", "A")->text,
                        "NOERROR\nwww.sub.inner. 3600 IN A 10.0.0.2\n");
    unsigned before = net_packets_to(*state, "192.0.2.60");
    assert_string_equal(net_ask(*state, "nope.sub.inner", "A")->text, "NXDOMAIN\n");
    assert_int_equal(net_packets_to(*state, "192.0.2.60"), before);
    assert_int_equal(net_packets_to(*state, "198.41.0.4"), 0);
}

/* "inner." does not exist for the root; the configuration knows better. */
static void what_the_public_tree_denies_does_not_reach_into_a_route(void **state)
{
    net_zone(*state, "sub.inner.", "192.0.2.60", "sub.inner. NS ns.sub.inner.\nwww.sub.inner. A 10.0.0.1\n");
    route("sub.inner", ROUTE_STUB, "192.0.2.60");
    assert_int_equal(net_ask(*state, "inner", "A")->rcode, DNS_RCODE_NXDOMAIN);
    assert_int_equal(net_ask(*state, "sub.inner", "DS")->rcode, DNS_RCODE_NXDOMAIN);
    assert_string_equal(net_ask(*state, "www.sub.inner", "A")->text,
                        "NOERROR\nwww.sub.inner. 3600 IN A 10.0.0.1\n");
    assert_string_equal(net_ask(*state, "sub.inner", "A")->text, "NOERROR\n");
    assert_int_equal(net_ask(*state, "other.inner", "A")->rcode, DNS_RCODE_NXDOMAIN);
}

static void forwarders_that_stay_silent_are_left_alone(void **state)
{
    net_behave(*state, "192.0.2.53", NET_SILENT);
    route(".", ROUTE_FORWARD_FIRST, "192.0.2.53");
    const struct net_reply *reply = net_ask(*state, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
    assert_true(reply->took < 2000000);
    net_ask(*state, "www.example.org", "A");
    unsigned before = net_packets_to(*state, "192.0.2.53");
    reply = net_ask(*state, "mail.example.org", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
    assert_true(reply->took < 100000);
    assert_int_equal(net_packets_to(*state, "192.0.2.53"), before);
}

/* Configured by hand, an address of this host is meant. */
static void servers_of_ones_own_may_be_on_this_host(void **state)
{
    bool recursion;
    net_script(*state, "127.0.0.1", resolver, &recursion);
    route(".", ROUTE_FORWARD, "127.0.0.1");
    assert_int_equal(net_ask(*state, "www.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forwarders_are_asked_to_recurse_and_nobody_else_is_asked, up, down),
        cmocka_unit_test_setup_teardown(what_a_forwarder_says_needs_no_authority, up, down),
        cmocka_unit_test_setup_teardown(a_forwarder_that_refers_elsewhere_is_no_help, up, down),
        cmocka_unit_test_setup_teardown(with_forward_first_the_walk_helps_when_the_forwarders_do_not, up,
                                        down),
        cmocka_unit_test_setup_teardown(with_forward_only_it_does_not, up, down),
        cmocka_unit_test_setup_teardown(the_deepest_route_decides, up, down),
        cmocka_unit_test_setup_teardown(a_stub_is_asked_though_nobody_delegates_to_it, up, down),
        cmocka_unit_test_setup_teardown(what_the_public_tree_denies_does_not_reach_into_a_route, up, down),
        cmocka_unit_test_setup_teardown(forwarders_that_stay_silent_are_left_alone, up, down),
        cmocka_unit_test_setup_teardown(servers_of_ones_own_may_be_on_this_host, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
