/* Answers out of what NSEC records have proven (RFC 8198): names that they deny cost no packet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"
#include "net_signed.h"

static const char zone_records[] =
    "example.com. NS ns1.example.com.\nexample.com. NS ns2.example.com.\n"
    "example.com. SOA ns1.example.com. root.example.com. 1 2 3 4 600\n"
    "ns1.example.com. A 192.0.2.11\nns2.example.com. A 192.0.2.12\n"
    "a.example.com. A 203.0.113.1\n"
    "m.example.com. A 203.0.113.2\nm.example.com. MX 10 m.example.com.\n"
    "deep.under.example.com. A 203.0.113.3\n"
    "*.wild.example.com. A 203.0.113.4\n"
    "old.example.com. DNAME example.org.\n"
    "cut.example.com. NS ns.cut.example.com.\nns.cut.example.com. A 192.0.2.20\n";

static struct net *signed_world(bool nsec3)
{
    struct net *net = net_small();
    net_zone_replace(net, "example.com.", zone_records);
    net_zone(net, "cut.example.com.", "192.0.2.20",
             "cut.example.com. NS ns.cut.example.com.\nwww.cut.example.com. A 203.0.113.9\n");
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){.nsec3 = nsec3});
    net_publish(net);
    net_options(net)->synthesise = true;
    net_reconfigure(net);
    return net;
}

static int up(void **state)
{
    *state = signed_world(false);
    return 0;
}

static void names_in_a_range_that_is_known_cost_no_packet(void **state)
{
    assert_int_equal(net_ask(*state, "b.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
    static const char *const names[] = {"c.example.com", "bb.example.com", "x.y.b.example.com"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct net_reply *reply = net_ask(*state, names[i], "AAAA");
        assert_string_equal(reply->text, "NXDOMAIN\n");
        assert_int_equal(reply->trust, TRUST_SECURE);
        assert_int_equal(reply->packets, 0);
        assert_non_null(strstr(reply->authority, "example.com. 600 IN SOA"));
    }
}

/* The proof needs two ranges where the name and its wildcard do not lie in the same. */
static void a_name_whose_wildcard_is_not_denied_is_asked_for(void **state)
{
    assert_int_equal(net_ask(*state, "zz.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
    assert_int_equal(net_ask(*state, "zzz.example.com", "A")->packets, 0);
    assert_true(net_ask(*state, "mm.example.com", "A")->packets > 0);
}

static void types_that_a_name_does_not_have_cost_no_packet(void **state)
{
    net_ask(*state, "m.example.com", "TXT");
    const struct net_reply *reply = net_ask(*state, "m.example.com", "AAAA");
    assert_string_equal(reply->text, "NOERROR\n");
    assert_int_equal(reply->packets, 0);
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_string_equal(net_ask(*state, "m.example.com", "MX")->text,
                        "NOERROR\nm.example.com. 3600 IN MX 10 m.example.com.\n");
}

static void what_exists_is_never_denied(void **state)
{
    char name[64];
    for (char c = 'b'; c < 'z'; c++) { /* all ranges of the zone become known */
        snprintf(name, sizeof name, "%c%c.example.com", c, c);
        net_ask(*state, name, "A");
        snprintf(name, sizeof name, "%c.under.example.com", c);
        net_ask(*state, name, "A");
    }
    static const char *const there[][2] = {
        {"a.example.com", "203.0.113.1"},          {"m.example.com", "203.0.113.2"},
        {"deep.under.example.com", "203.0.113.3"}, {"any.wild.example.com", "203.0.113.4"},
        {"www.cut.example.com", "203.0.113.9"},    {"www.old.example.com", "203.0.113.81"},
    };
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        const struct net_reply *reply = net_ask(*state, there[i][0], "A");
        if (strstr(reply->text, there[i][1]) == NULL)
            fail_msg("%s: %s", there[i][0], reply->text);
    }
    assert_string_equal(net_ask(*state, "under.example.com", "A")->text,
                        "NOERROR\n"); /* empty non-terminal */
}

static void ranges_end_with_their_ttl(void **state)
{
    net_ask(*state, "b.example.com", "A");
    net_pass(*state, 599);
    const struct net_reply *reply = net_ask(*state, "c.example.com", "A");
    assert_int_equal(reply->packets, 0);
    assert_non_null(strstr(reply->authority, "example.com. 1 IN SOA"));
    net_pass(*state, 2);
    assert_true(net_ask(*state, "d.example.com", "A")->packets > 0);
}

static void what_was_not_validated_denies_nothing(void **state)
{
    struct net *net = net_small();
    (void)state;
    net_options(net)->synthesise = true;
    net_reconfigure(net);
    net_ask(net, "b.example.com", "A");
    assert_true(net_ask(net, "c.example.com", "A")->packets > 0);
    net_end(net);
    net = signed_world(false);
    net_except(net, "example.com.", 0);
    net_ask(net, "b.example.com", "A");
    assert_true(net_ask(net, "c.example.com", "A")->packets > 0);
    net_end(net);
}

static void hashed_ranges_are_not_used(void **state)
{
    struct net *net = signed_world(true);
    (void)state;
    net_ask(net, "b.example.com", "A");
    assert_true(net_ask(net, "c.example.com", "A")->packets > 0);
    net_end(net);
}

static void with_the_option_off_every_name_is_asked_for(void **state)
{
    net_options(*state)->synthesise = false;
    net_reconfigure(*state);
    net_ask(*state, "b.example.com", "A");
    assert_true(net_ask(*state, "c.example.com", "A")->packets > 0);
}

/* DS records are the parent's, whose ranges are others. */
static void ds_records_are_not_denied_by_the_child(void **state)
{
    net_ask(*state, "example.com", "TXT");
    assert_non_null(strstr(net_ask(*state, "example.com", "DS")->text, "IN DS"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_in_a_range_that_is_known_cost_no_packet, up, net_down),
        cmocka_unit_test_setup_teardown(a_name_whose_wildcard_is_not_denied_is_asked_for, up, net_down),
        cmocka_unit_test_setup_teardown(types_that_a_name_does_not_have_cost_no_packet, up, net_down),
        cmocka_unit_test_setup_teardown(what_exists_is_never_denied, up, net_down),
        cmocka_unit_test_setup_teardown(ranges_end_with_their_ttl, up, net_down),
        cmocka_unit_test(what_was_not_validated_denies_nothing),
        cmocka_unit_test(hashed_ranges_are_not_used),
        cmocka_unit_test_setup_teardown(with_the_option_off_every_name_is_asked_for, up, net_down),
        cmocka_unit_test_setup_teardown(ds_records_are_not_denied_by_the_child, up, net_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
