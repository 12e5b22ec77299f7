/* Which addresses are asked, and how: addresses that cannot be a name server's, and `server` statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

/* com. has one name server, at that address. */
static struct net *com_at(const char *address)
{
    struct net *net = net_create();
    char root[256];
    snprintf(root, sizeof root, "com. NS a.gtld.com.\na.gtld.com. %s %s\n",
             strchr(address, ':') ? "AAAA" : "A", address);
    net_zone(net, ".", "198.41.0.4", root);
    net_zone(net, "com.", address, "www.com. A 192.0.2.80\n");
    return net;
}

static unsigned asked(const char *address, const struct engine_server_rule *rules, size_t count)
{
    struct net *net = com_at(address);
    net_options(net)->rules = rules;
    net_options(net)->rule_count = count;
    net_reconfigure(net);
    unsigned rcode = net_ask(net, "www.com", "A")->rcode;
    unsigned packets = net_packets_to(net, address);
    assert_int_equal(rcode, packets > 0 ? DNS_RCODE_NOERROR : DNS_RCODE_SERVFAIL);
    net_end(net);
    return packets;
}

static void addresses_that_are_no_hosts_on_the_internet_are_not_asked(void **state)
{
    static const char *const special[] = {
        "0.0.0.0",        "0.1.2.3",   "127.0.0.1",       "127.255.0.53", "169.254.1.1", "224.0.0.1",
        "239.1.1.1",      "240.0.0.1", "255.255.255.255", "::",           "::1",         "::ffff:127.0.0.1",
        "::ffff:0.1.1.1", "fe80::1",   "febf::1",         "ff02::1",      "ff0e::53"};
    static const char *const others[] = {"1.0.0.1",          "126.0.0.1",        "128.0.0.1",   "169.253.1.1",
                                         "169.255.1.1",      "223.1.1.1",        "10.1.1.1",    "::2",
                                         "::ffff:192.0.2.1", "::fffe:192.0.2.1", "2001:db8::1", "fe00::1",
                                         "fec0::1",          "fd00::1",          "1::1"};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        if (asked(special[i], NULL, 0) != 0)
            fail_msg("%s was asked", special[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (asked(others[i], NULL, 0) == 0)
            fail_msg("%s was not asked", others[i]);
    (void)state;
}

static struct engine_server_rule rule(const char *prefix, bool bogus)
{
    struct engine_server_rule rule = {.bogus_given = true, .bogus = bogus};
    assert_int_equal(dns_prefix_from_text(prefix, &rule.prefix), DNS_OK);
    return rule;
}

static void bogus_servers_are_not_asked(void **state)
{
    struct engine_server_rule rules[] = {rule("192.0.2.0/24", true), rule("2001:db8::/32", true)};
    assert_int_equal(asked("192.0.2.1", rules, 2), 0);
    assert_int_equal(asked("2001:db8::53", rules, 2), 0);
    assert_true(asked("192.0.3.1", rules, 2) > 0);
    assert_true(asked("2001:db9::53", rules, 2) > 0);
    (void)state;
}

static void the_longest_prefix_decides_wherever_it_stands(void **state)
{
    struct engine_server_rule rules[] = {rule("192.0.2.0/24", true), rule("192.0.2.7", false),
                                         rule("192/8", true)};
    assert_true(asked("192.0.2.7", rules, 3) > 0);
    assert_int_equal(asked("192.0.2.8", rules, 3), 0);
    assert_int_equal(asked("192.1.1.1", rules, 3), 0);
    (void)state;
}

static void bogus_no_allows_addresses_that_are_not_asked_by_default(void **state)
{
    struct engine_server_rule rules[] = {rule("127.0.0.0/8", false)};
    assert_true(asked("127.0.0.1", rules, 1) > 0);
    assert_int_equal(asked("169.254.1.1", rules, 1), 0);
    (void)state;
}

static size_t notice_edns(void *context, struct net *net, const struct dns_message *query, bool udp,
                          uint8_t *to)
{
    bool *edns = context;
    *edns = query->edns.present;
    (void)net, (void)udp, (void)to;
    return 0;
}

static void servers_that_must_not_see_edns_do_not(void **state)
{
    struct engine_server_rule edns_no = {.edns_given = true, .edns = false}, other = rule("192.0.2.1", false);
    assert_int_equal(dns_prefix_from_text("192.0.2.0/24", &edns_no.prefix), DNS_OK);
    struct engine_server_rule rules[] = {other, edns_no}; /* the longer prefix says nothing of EDNS */
    for (size_t count = 1; count <= 2; count++) {
        struct net *net = com_at("192.0.2.1");
        bool edns = count == 2;
        net_script(net, "192.0.2.1", notice_edns, &edns);
        net_options(net)->rules = rules;
        net_options(net)->rule_count = count;
        net_reconfigure(net);
        assert_int_equal(net_ask(net, "www.com", "A")->rcode, 0);
        assert_int_equal(edns, count == 1);
        net_end(net);
    }
    (void)state;
}

static void a_family_that_may_not_be_used_is_not_asked(void **state)
{
    for (int family = 4; family <= 6; family += 2) {
        struct net *net = com_at(family == 4 ? "192.0.2.1" : "2001:db8::1");
        *(family == 4 ? &net_options(net)->ipv6 : &net_options(net)->ipv4) = false;
        net_reconfigure(net);
        unsigned rcode = net_ask(net, "www.com", "A")->rcode;
        assert_int_equal(rcode,
                         family == 4 ? DNS_RCODE_NOERROR : DNS_RCODE_SERVFAIL); /* the root has IPv4 only */
        assert_int_equal(net_packets_to(net, "198.41.0.4") > 0, family == 4);
        net_end(net);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_are_no_hosts_on_the_internet_are_not_asked),
        cmocka_unit_test(bogus_servers_are_not_asked),
        cmocka_unit_test(the_longest_prefix_decides_wherever_it_stands),
        cmocka_unit_test(bogus_no_allows_addresses_that_are_not_asked_by_default),
        cmocka_unit_test(servers_that_must_not_see_edns_do_not),
        cmocka_unit_test(a_family_that_may_not_be_used_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
