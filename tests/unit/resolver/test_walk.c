/* The walk from the root down, on an internet where everything is as it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

static int set_up(void **state)
{
    struct net *net = net_small();
    net_zone_add(
        net, "example.com.",
        "apex.example.com. CNAME example.com.\nexample.com. A 203.0.113.1\n"
        "loop1.example.com. CNAME loop2.example.com.\nloop2.example.com. CNAME loop1.example.com.\n");
    *state = net;
    return 0;
}

static void walks_from_the_root_to_the_answer(void **state)
{
    const struct net_reply *reply = net_ask(*state, "www.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n");
    assert_string_equal(net_seen(*state, "192.0.2.1"), "example.com./A");
}

static void second_question_comes_from_the_cache_with_its_ttl_counted_down(void **state)
{
    net_ask(*state, "www.example.com", "A");
    net_pass(*state, 100);
    const struct net_reply *reply = net_ask(*state, "WWW.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nWWW.example.com. 200 IN A 203.0.113.80\n");
    assert_int_equal(reply->packets, 0);
}

static void name_server_in_another_zone_is_looked_up(void **state)
{
    const struct net_reply *reply = net_ask(*state, "www.example.org", "A");
    assert_string_equal(reply->text, "NOERROR\nwww.example.org. 3600 IN A 203.0.113.81\n");
}

static void alias_of_the_apex_costs_no_further_packet(void **state)
{
    net_ask(*state, "www.example.com", "AAAA");
    const struct net_reply *reply = net_ask(*state, "apex.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\napex.example.com. 3600 IN CNAME example.com.\n"
                                     "example.com. 3600 IN A 203.0.113.1\n");
    assert_int_equal(reply->packets, 1);
}

static void alias_below_the_apex_is_asked_for_itself(void **state)
{
    net_ask(*state, "www.example.com", "AAAA");
    const struct net_reply *reply = net_ask(*state, "alias.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nalias.example.com. 3600 IN CNAME www.example.com.\n"
                                     "www.example.com. 300 IN A 203.0.113.80\n");
    assert_int_equal(reply->packets, 2);
}

static void cname_across_zones_is_followed_by_a_walk_of_its_own(void **state)
{
    const struct net_reply *reply = net_ask(*state, "abroad.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nabroad.example.com. 60 IN CNAME www.example.org.\n"
                                     "www.example.org. 3600 IN A 203.0.113.81\n");
    reply = net_ask(*state, "abroad.example.com", "A");
    assert_int_equal(reply->packets, 0);
    assert_int_equal(reply->count[0], 2);
}

static void cname_loop_fails(void **state)
{
    for (int warm = 0; warm < 2; warm++) {
        const struct net_reply *reply = net_ask(*state, "loop1.example.com", "A");
        assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
        assert_non_null(strstr(reply->ede_text, "circle"));
    }
}

static void dname_makes_a_cname_kept_for_its_name(void **state)
{
    const char *expected = "NOERROR\nold.example.com. 3600 IN DNAME example.org.\n"
                           "www.old.example.com. 3600 IN CNAME www.example.org.\n"
                           "www.example.org. 3600 IN A 203.0.113.81\n";
    assert_string_equal(net_ask(*state, "www.old.example.com", "A")->text, expected);
    const struct net_reply *reply = net_ask(*state, "www.old.example.com", "A");
    assert_string_equal(reply->text, expected);
    assert_int_equal(reply->packets, 0);
    reply = net_ask(*state, "mail.old.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nold.example.com. 3600 IN DNAME example.org.\n"
                                     "mail.old.example.com. 3600 IN CNAME mail.example.org.\n"
                                     "mail.example.org. 3600 IN A 203.0.113.25\n");
    assert_true(reply->packets > 0); /* an unvalidated DNAME serves the name it was given for only */
}

static void nxdomain_is_kept_and_covers_names_below(void **state)
{
    const struct net_reply *reply = net_ask(*state, "nope.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_NXDOMAIN);
    assert_string_equal(reply->authority,
                        "example.com. 900 IN SOA ns.invalid. host.invalid. 1 7200 3600 604800 900\n");
    reply = net_ask(*state, "nope.example.com", "MX");
    assert_int_equal(reply->packets, 0);
    reply = net_ask(*state, "a.b.nope.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_NXDOMAIN);
    assert_int_equal(reply->packets, 0);
    assert_string_equal(reply->authority,
                        "example.com. 900 IN SOA ns.invalid. host.invalid. 1 7200 3600 604800 900\n");
}

static void nodata_is_kept_for_its_type_only(void **state)
{
    const struct net_reply *reply = net_ask(*state, "www.example.com", "TXT");
    assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
    assert_int_equal(reply->count[0], 0);
    assert_int_equal(reply->count[1], 1);
    assert_int_equal(net_ask(*state, "www.example.com", "TXT")->packets, 0);
    assert_int_equal(net_ask(*state, "www.example.com", "A")->packets, 1);
}

static void deep_name_is_asked_label_by_label(void **state)
{
    const struct net_reply *reply = net_ask(*state, "a.b.c.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\na.b.c.example.com. 3600 IN A 203.0.113.3\n");
    assert_string_equal(net_seen(*state, "198.41.0.4"), "com./A ./NS");
}

static void identical_questions_walk_once(void **state)
{
    const char *names[] = {"www.example.com", "WWW.EXAMPLE.COM", "www.example.com", NULL};
    net_ask_many(*state, names, "A");
    assert_int_equal(net_packets_to(*state, "192.0.2.1"), 1);
    assert_int_equal(net_packets_to(*state, "192.0.2.11") + net_packets_to(*state, "192.0.2.12"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(walks_from_the_root_to_the_answer, set_up, net_down),
        cmocka_unit_test_setup_teardown(second_question_comes_from_the_cache_with_its_ttl_counted_down,
                                        set_up, net_down),
        cmocka_unit_test_setup_teardown(name_server_in_another_zone_is_looked_up, set_up, net_down),
        cmocka_unit_test_setup_teardown(alias_of_the_apex_costs_no_further_packet, set_up, net_down),
        cmocka_unit_test_setup_teardown(alias_below_the_apex_is_asked_for_itself, set_up, net_down),
        cmocka_unit_test_setup_teardown(cname_across_zones_is_followed_by_a_walk_of_its_own, set_up,
                                        net_down),
        cmocka_unit_test_setup_teardown(cname_loop_fails, set_up, net_down),
        cmocka_unit_test_setup_teardown(dname_makes_a_cname_kept_for_its_name, set_up, net_down),
        cmocka_unit_test_setup_teardown(nxdomain_is_kept_and_covers_names_below, set_up, net_down),
        cmocka_unit_test_setup_teardown(nodata_is_kept_for_its_type_only, set_up, net_down),
        cmocka_unit_test_setup_teardown(deep_name_is_asked_label_by_label, set_up, net_down),
        cmocka_unit_test_setup_teardown(identical_questions_walk_once, set_up, net_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
