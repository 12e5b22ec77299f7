/* What gets into the cache, and what does not: the records of a zone's own servers in the places where
   they belong, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

#define COM    "192.0.2.1"
#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"
#define EVIL   "198.51.100.66"

/* Every record of the attacker's has this in it; nothing honest has. */
static void assert_clean(struct net *net)
{
    const char *text = net_cache_text(net, false);
    if (strstr(text, EVIL) != NULL || strstr(text, "evil") != NULL)
        print_error("%s", text);
    assert_null(strstr(text, EVIL));
    assert_null(strstr(text, "evil"));
}

static void ask_everything(struct net *net)
{
    static const char *const names[] = {"www.example.com",   "example.com",        "nope.example.com",
                                        "alias.example.com", "abroad.example.com", "x.old.example.com",
                                        "a.b.c.example.com", "www.example.org"};
    static const char *const types[] = {"A", "MX", "NS", "DS", "TXT", "SOA", "CNAME", "TYPE65400"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        for (unsigned j = 0; j < sizeof types / sizeof *types; j++) {
            const struct net_reply *reply = net_ask(net, names[i], types[j]);
            assert_null(strstr(reply->text, EVIL));
            assert_null(strstr(reply->authority, "evil"));
            assert_null(strstr(reply->additional, EVIL));
        }
}

/* Strays of all kinds, in one section of everything that all servers say. */
static const char strays[] = "www.example.com. 9000 IN A " EVIL "\n"
                             "www.victim.net. 9000 IN A " EVIL "\n"
                             "ns1.example.com. 9000 IN A " EVIL "\n"
                             "a.gtld.com. 9000 IN A " EVIL "\n"
                             "a.root-servers.net. 9000 IN A " EVIL "\n"
                             "unasked.example.com. 9000 IN A " EVIL "\n"
                             "example.com. 9000 IN NS ns.evil.net.\n"
                             "com. 9000 IN NS ns.evil.net.\n"
                             ". 9000 IN NS ns.evil.net.\n"
                             "net. 9000 IN NS ns.evil.net.\n"
                             "ns.evil.net. 9000 IN A " EVIL "\n"
                             "org. 9000 IN DNAME evil.net.\n"
                             "unasked2.example.com. 9000 IN CNAME www.evil.net.\n";

static const char harmless[] = "www.victim.net. 9000 IN A " EVIL "\n"
                               "unasked.example.com. 9000 IN A " EVIL "\n"
                               "ns.evil.net. 9000 IN A " EVIL "\n"
                               "net. 9000 IN NS ns.evil.net.\n"
                               "org. 9000 IN DNAME evil.net.\n"
                               "unasked2.example.com. 9000 IN CNAME www.evil.net.\n";

static void strays_in(struct net *net, enum dns_section section, const char *records)
{
    static const char *const servers[] = {FIRST, SECOND};
    for (unsigned i = 0; i < 2; i++)
        net_stray(net, servers[i], section, records);
}

static void stray_additional_records_of_a_leaf_zone_are_dropped(void **state)
{
    strays_in(*state, DNS_ADDITIONAL, strays);
    ask_everything(*state);
    assert_clean(*state);
}

static void stray_authority_records_of_a_leaf_zone_are_dropped(void **state)
{
    strays_in(*state, DNS_AUTHORITY, harmless);
    ask_everything(*state);
    assert_clean(*state);
    strays_in(*state, DNS_AUTHORITY, strays);
    cache_flush(net_cache(*state));
    ask_everything(*state);
    assert_clean(*state);
}

static void stray_answer_records_of_a_leaf_zone_are_dropped(void **state)
{
    strays_in(*state, DNS_ANSWER, harmless);
    ask_everything(*state);
    assert_clean(*state);
}

static void strays_of_a_leaf_zone_are_dropped_with_full_responses_too(void **state)
{
    net_options(*state)->minimal_responses = false;
    net_reconfigure(*state);
    strays_in(*state, DNS_ADDITIONAL, harmless);
    strays_in(*state, DNS_AUTHORITY, harmless);
    ask_everything(*state);
    assert_clean(*state);
}

/* -- single packets ----------------------------------------------------------------------------- */

struct script {
    const char *name; /* whose question, in the letters of a test; any type */
    unsigned flags;
    const char *answer, *authority, *additional;
};

static size_t say_script(void *context, struct net *net, const struct dns_message *query, bool udp,
                         uint8_t *to)
{
    const struct script *script = context;
    struct dns_name_buffer name;
    (void)net, (void)udp;
    dns_name_from_text(script->name, &name);
    if (!dns_name_equal(dns_name_view(&name), dns_name_view(&query->qname)))
        return 0;
    return net_write(query, script->flags, script->answer, script->authority, script->additional, to);
}

static const struct net_reply *ask_with(struct net *net, const struct script *script, const char *name)
{
    net_script(net, FIRST, say_script, (void *)(uintptr_t)script);
    net_script(net, SECOND, say_script, (void *)(uintptr_t)script);
    return net_ask(net, name, "A");
}

static void referral_for_another_name_is_lame(void **state)
{
    struct script script = {"www.example.com", 0, NULL, "other.example.com. 3600 IN NS ns.evil.net.", NULL};
    const struct net_reply *reply = ask_with(*state, &script, "www.example.com");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_clean(*state);
}

static void referral_upward_is_lame(void **state)
{
    static const char *const up[] = {". 3600 IN NS ns.evil.net.", "com. 3600 IN NS ns.evil.net.",
                                     "net. 3600 IN NS ns.evil.net."};
    for (unsigned i = 0; i < 3; i++) {
        struct script script = {"www.example.com", 0, NULL, up[i], "ns.evil.net. 3600 IN A " EVIL};
        cache_flush(net_cache(*state));
        assert_int_equal(ask_with(*state, &script, "www.example.com")->rcode, DNS_RCODE_SERVFAIL);
        assert_clean(*state);
    }
}

static void referral_to_the_zone_itself_is_lame(void **state)
{
    struct script script = {"www.example.com", 0, NULL, "example.com. 3600 IN NS ns.evil.net.",
                            "ns.evil.net. 3600 IN A " EVIL};
    assert_int_equal(ask_with(*state, &script, "www.example.com")->rcode, DNS_RCODE_SERVFAIL);
    assert_clean(*state);
}

static void glue_outside_the_bailiwick_is_dropped(void **state)
{
    struct net *net = *state;
    struct script script = {"www.example.com", 0, NULL, "www.example.com. 3600 IN NS www.example.org.",
                            "www.example.org. 3600 IN A " EVIL};
    ask_with(net, &script, "www.example.com");
    assert_null(strstr(net_cache_text(net, false), EVIL));
    assert_int_equal(net_packets_to(net, EVIL), 0);
}

static void glue_is_never_an_answer(void **state)
{
    struct net *net = *state;
    struct script script = {"sub.example.com", 0, NULL, "sub.example.com. 3600 IN NS www.example.com.",
                            "www.example.com. 3600 IN A 192.0.2.77"};
    ask_with(net, &script, "sub.example.com");
    assert_non_null(strstr(net_ask(net, "www.example.com", "A")->text, "IN A 203.0.113.80\n"));
}

static void glue_serves_its_own_delegation_only(void **state)
{
    struct net *net = *state;
    struct script script = {"one.example.com", 0, NULL, "one.example.com. 3600 IN NS ns.one.example.com.",
                            "ns.one.example.com. 3600 IN A 192.0.2.77"};
    net_behave(net, "192.0.2.77", NET_SILENT);
    ask_with(net, &script, "one.example.com");
    unsigned before = net_packets_to(net, "192.0.2.77");
    assert_true(before > 0);
    struct script other = {"two.example.com", 0, NULL, "two.example.com. 3600 IN NS ns.one.example.com.",
                           NULL};
    ask_with(net, &other, "two.example.com");
    assert_null(
        strstr(net_cache_text(net, false), "DELEGATION two.example.com.: ns.one.example.com. 192.0.2.77"));
}

static void glue_for_a_sibling_name_server_is_used(void **state)
{
    struct net *net = *state;
    net_zone(net, "kid.example.com.", "192.0.2.77", "kid.example.com. A 203.0.113.9\n");
    struct script script = {"kid.example.com", 0, NULL, "kid.example.com. 3600 IN NS ns.sibling.example.com.",
                            "ns.sibling.example.com. 3600 IN A 192.0.2.77"};
    assert_string_equal(ask_with(net, &script, "kid.example.com")->text,
                        "NOERROR\nkid.example.com. 3600 IN A 203.0.113.9\n");
}

static void chain_out_of_the_zone_is_asked_for_where_it_belongs(void **state)
{
    struct script script = {
        "www.example.com", DNS_FLAG_AA,
        "www.example.com. 300 IN CNAME www.example.org.\nwww.example.org. 9000 IN A " EVIL, NULL, NULL};
    assert_string_equal(ask_with(*state, &script, "www.example.com")->text,
                        "NOERROR\nwww.example.com. 300 IN CNAME www.example.org.\n"
                        "www.example.org. 3600 IN A 203.0.113.81\n");
    assert_clean(*state);
}

static void chain_through_another_zone_and_back_is_not_believed(void **state)
{
    struct script script = {"www.example.com", DNS_FLAG_AA,
                            "www.example.com. 300 IN CNAME abroad.example.org.\n"
                            "abroad.example.org. 300 IN CNAME unasked.example.com.\n"
                            "unasked.example.com. 9000 IN A " EVIL,
                            NULL, NULL};
    const struct net_reply *reply = ask_with(*state, &script, "www.example.com");
    assert_int_equal(reply->rcode, DNS_RCODE_NXDOMAIN);
    assert_clean(*state);
}

static void nxdomain_for_a_target_in_another_zone_is_not_believed(void **state)
{
    struct script script = {"www.example.com", DNS_FLAG_AA | DNS_RCODE_NXDOMAIN,
                            "www.example.com. 300 IN CNAME www.example.org.",
                            "example.org. 3600 IN SOA ns. evil. 1 2 3 4 900", NULL};
    assert_string_equal(ask_with(*state, &script, "www.example.com")->text,
                        "NOERROR\nwww.example.com. 300 IN CNAME www.example.org.\n"
                        "www.example.org. 3600 IN A 203.0.113.81\n");
    assert_clean(*state);
}

static void dname_above_the_zone_is_not_believed(void **state)
{
    struct script script = {
        "www.example.com", DNS_FLAG_AA,
        "com. 9000 IN DNAME evil.net.\nwww.example.com. 9000 IN CNAME www.example.evil.net.", NULL, NULL};
    net_options(*state)->qmin = ENGINE_QMIN_OFF;
    net_reconfigure(*state);
    ask_with(*state, &script, "www.example.com");
    assert_null(strstr(net_cache_text(*state, false), "DNAME"));
    assert_null(strstr(net_cache_text(*state, false), "RRSET com."));
}

static void dname_beside_the_name_is_not_kept(void **state)
{
    struct script script = {
        "www.example.com", DNS_FLAG_AA,
        "other.example.com. 9000 IN DNAME evil.net.\nwww.example.com. 300 IN A 203.0.113.80", NULL, NULL};
    assert_string_equal(ask_with(*state, &script, "www.example.com")->text,
                        "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n");
    assert_clean(*state);
}

static void soa_of_another_zone_does_not_make_an_nxdomain_last(void **state)
{
    struct script script = {"nope.example.com", DNS_FLAG_AA | DNS_RCODE_NXDOMAIN, NULL,
                            "com. 9000 IN SOA ns. evil. 1 2 3 4 9000", NULL};
    assert_int_equal(ask_with(*state, &script, "nope.example.com")->rcode, DNS_RCODE_NXDOMAIN);
    assert_clean(*state);
    assert_null(strstr(net_cache_text(*state, false), "NXDOMAIN"));
}

static void yxdomain_without_a_dname_is_no_answer(void **state)
{
    struct script script = {
        "www.example.com", DNS_FLAG_AA | DNS_RCODE_YXDOMAIN, NULL,
        "example.com. 9000 IN SOA ns. evil. 1 2 3 4 9000\nexample.com. 9000 IN NS ns.evil.net.",
        "ns.evil.net. 9000 IN A " EVIL};
    assert_int_equal(ask_with(*state, &script, "www.example.com")->rcode, DNS_RCODE_SERVFAIL);
    assert_clean(*state);
}

static void name_servers_beside_an_answer_replace_nothing(void **state)
{
    static const unsigned rcodes[] = {0, DNS_RCODE_NXDOMAIN};
    for (unsigned i = 0; i < 2; i++) {
        struct script script = {
            "www.example.com", DNS_FLAG_AA | rcodes[i], NULL,
            "example.com. 3600 IN SOA ns. host. 1 2 3 4 900\nexample.com. 9000 IN NS ns.evil.net.\n"
            "www.example.com. 9000 IN NS ns.evil.net.\ncom. 9000 IN NS ns.evil.net.",
            "ns.evil.net. 9000 IN A " EVIL};
        cache_flush(net_cache(*state));
        ask_with(*state, &script, "www.example.com");
        assert_clean(*state);
    }
}

static void records_of_another_class_are_dropped(void **state)
{
    struct net *net = *state;
    struct script script = {"www.example.com", DNS_FLAG_AA,
                            "www.example.com. 300 IN A 203.0.113.80\nwww.example.com. 300 CH A " EVIL,
                            "example.com. 300 CH NS ns.evil.net.", NULL};
    net_options(net)->minimal_responses = false;
    net_reconfigure(net);
    ask_with(net, &script, "www.example.com");
    assert_clean(net);
}

static void special_addresses_are_not_asked(void **state)
{
    static const char *const special[] = {"0.0.0.0",     "0.1.2.3",   "127.0.0.1", "127.255.255.255",
                                          "169.254.1.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"};
    static const char *const special6[] = {
        "::", "::1", "fe80::1", "febf::1", "ff02::1", "::ffff:1.2.3.4", "::ffff:127.0.0.1"};
    struct net *net = *state;
    char text[2000] = "", ns[2000] = "", line[100];
    for (unsigned i = 0; i < 15; i++) {
        bool four = i < 8;
        snprintf(line, sizeof line, "n%u.example.com. 3600 IN %s %s\n", i, four ? "A" : "AAAA",
                 four ? special[i] : special6[i - 8]);
        strcat(text, line);
        snprintf(line, sizeof line, "kid.example.com. 3600 IN NS n%u.example.com.\n", i);
        strcat(ns, line);
    }
    struct script script = {"kid.example.com", 0, NULL, ns, text};
    assert_int_equal(ask_with(net, &script, "kid.example.com")->rcode, DNS_RCODE_SERVFAIL);
    for (unsigned i = 0; i < 15; i++)
        assert_int_equal(net_packets_to(net, i < 8 ? special[i] : special6[i - 8]), 0);
}

static void delegation_to_this_host_is_told_as_such(void **state)
{
    struct script script = {"kid.example.com", 0, NULL, "kid.example.com. 3600 IN NS ns.kid.example.com.",
                            "ns.kid.example.com. 3600 IN A 127.0.0.1\nns.kid.example.com. 3600 IN AAAA ::1"};
    const struct net_reply *reply = ask_with(*state, &script, "kid.example.com");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_string_equal(reply->ede_text,
                        "none of the 2 addresses of kid.example.com. may be asked: such as 127.0.0.1#53");
}

static void full_responses_add_what_is_in_bailiwick(void **state)
{
    struct net *net = *state;
    struct script script = {"www.example.com", DNS_FLAG_AA, "www.example.com. 300 IN A 203.0.113.80",
                            "example.com. 3600 IN NS ns1.example.com.\nnet. 3600 IN NS ns.evil.net.",
                            "ns1.example.com. 3600 IN A 192.0.2.11\nns.evil.net. 3600 IN A " EVIL};
    net_options(net)->minimal_responses = false;
    net_reconfigure(net);
    const struct net_reply *reply = ask_with(net, &script, "www.example.com");
    assert_string_equal(reply->authority, "example.com. 3600 IN NS ns1.example.com.\n");
    assert_string_equal(reply->additional, "ns1.example.com. 3600 IN A 192.0.2.11\n");
    assert_clean(net);
}

static void the_parent_does_not_set_records_of_the_child_by_glue(void **state)
{
    struct net *net = *state;
    net_stray(net, COM, DNS_ADDITIONAL, "www.example.com. 9000 IN A " EVIL "\n");
    assert_string_equal(net_ask(net, "www.example.com", "A")->text,
                        "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n");
    assert_clean(net);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)
    const struct CMUnitTest tests[] = {
        TEST(stray_additional_records_of_a_leaf_zone_are_dropped),
        TEST(stray_authority_records_of_a_leaf_zone_are_dropped),
        TEST(stray_answer_records_of_a_leaf_zone_are_dropped),
        TEST(strays_of_a_leaf_zone_are_dropped_with_full_responses_too),
        TEST(referral_for_another_name_is_lame),
        TEST(referral_upward_is_lame),
        TEST(referral_to_the_zone_itself_is_lame),
        TEST(glue_outside_the_bailiwick_is_dropped),
        TEST(glue_is_never_an_answer),
        TEST(glue_serves_its_own_delegation_only),
        TEST(glue_for_a_sibling_name_server_is_used),
        TEST(chain_out_of_the_zone_is_asked_for_where_it_belongs),
        TEST(chain_through_another_zone_and_back_is_not_believed),
        TEST(nxdomain_for_a_target_in_another_zone_is_not_believed),
        TEST(dname_above_the_zone_is_not_believed),
        TEST(dname_beside_the_name_is_not_kept),
        TEST(soa_of_another_zone_does_not_make_an_nxdomain_last),
        TEST(yxdomain_without_a_dname_is_no_answer),
        TEST(name_servers_beside_an_answer_replace_nothing),
        TEST(records_of_another_class_are_dropped),
        TEST(special_addresses_are_not_asked),
        TEST(delegation_to_this_host_is_told_as_such),
        TEST(full_responses_add_what_is_in_bailiwick),
        TEST(the_parent_does_not_set_records_of_the_child_by_glue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
