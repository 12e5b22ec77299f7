/* Answers from the cache: how long, in what form, and for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"

static void records(struct net *net, const char *text)
{
    static char all[50000];
    snprintf(all, sizeof all, "%sns1.example.com. A 192.0.2.11\nns2.example.com. A 192.0.2.12\n", text);
    net_zone_replace(net, "example.com.", all);
}

static void ttl_zero_serves_all_who_wait_and_is_not_kept(void **state)
{
    struct net *net = *state;
    records(net, "zero.example.com. 0 A 203.0.113.1\n");
    for (unsigned i = 0; i < 5; i++)
        assert_true(net_begin(net, "zero.example.com", "A"));
    net_run(net);
    assert_string_equal(net_reply(net)->text, "NOERROR\nzero.example.com. 0 IN A 203.0.113.1\n");
    assert_null(strstr(net_cache_text(net, false), "RRSET zero"));
    assert_int_equal(net_ask(net, "zero.example.com", "A")->packets, 1);
}

static void ttl_zero_alias_is_followed(void **state)
{
    struct net *net = *state;
    records(net, "zero.example.com. 0 CNAME www.example.org.\nzero2.example.com. 0 CNAME zero3.example.com.\n"
                 "zero3.example.com. 0 A 203.0.113.1\n");
    assert_int_equal(net_ask(net, "zero.example.com", "A")->count[0], 2);
    assert_int_equal(net_ask(net, "zero2.example.com", "A")->count[0], 2);
    assert_null(strstr(net_cache_text(net, false), "RRSET zero"));
}

static void ttl_of(struct net *net, const char *ttl, const char *shown)
{
    char text[200], expected[200];
    snprintf(text, sizeof text, "x.example.com. %s A 203.0.113.1\n", ttl);
    snprintf(expected, sizeof expected, "NOERROR\nx.example.com. %s IN A 203.0.113.1\n", shown);
    records(net, text);
    cache_flush(net_cache(net));
    assert_string_equal(net_ask(net, "x.example.com", "A")->text, expected);
}

static void ttls_are_bounded(void **state)
{
    struct net *net = *state;
    ttl_of(net, "1", "1");
    ttl_of(net, "86400", "86400");
    ttl_of(net, "86401", "86400");
    ttl_of(net, "2147483647", "86400");
    net_options(net)->max_cache_ttl = 100;
    net_options(net)->min_cache_ttl = 50;
    net_reconfigure(net);
    ttl_of(net, "0", "50");
    ttl_of(net, "49", "50");
    ttl_of(net, "99", "99");
    ttl_of(net, "101", "100");
}

static uint32_t raw_ttl;

static size_t say_raw_ttl(void *context, struct net *net, const struct dns_message *query, bool udp,
                          uint8_t *to)
{
    (void)context, (void)net, (void)udp;
    size_t length = net_write(query, DNS_FLAG_AA, "x.example.com. 1193046 IN A 203.0.113.1", NULL, NULL, to);
    for (size_t i = 12; i + 4 < length; i++)
        if (memcmp(to + i, "\0\x12\x34\x56", 4) == 0) {
            to[i] = (uint8_t)(raw_ttl >> 24), to[i + 1] = (uint8_t)(raw_ttl >> 16);
            to[i + 2] = (uint8_t)(raw_ttl >> 8), to[i + 3] = (uint8_t)raw_ttl;
        }
    return length;
}

static void ttl_with_its_highest_bit_is_zero(void **state)
{
    static const uint32_t ttls[] = {UINT32_C(0x80000000), UINT32_C(0x80000001), UINT32_MAX};
    struct net *net = *state;
    net_script(net, FIRST, say_raw_ttl, NULL);
    net_script(net, SECOND, say_raw_ttl, NULL);
    for (unsigned i = 0; i < 3; i++) {
        raw_ttl = ttls[i];
        assert_string_equal(net_ask(net, "x.example.com", "A")->text,
                            "NOERROR\nx.example.com. 0 IN A 203.0.113.1\n");
        assert_null(strstr(net_cache_text(net, false), "RRSET x."));
    }
}

#define SIGNED(labels) " RRSIG A 8 " labels " 1800 20380101000000 20260101000000 1 example.com. AAAA"

/* x is made from a wildcard, y is not; the packet for an alias has the proof of another link. */
static size_t say_signed(void *context, struct net *net, const struct dns_message *query, bool udp,
                         uint8_t *to)
{
    static const char x[] = "x.example.com. 1800 A 203.0.113.1\nx.example.com. 1800" SIGNED("2");
    static const char y[] = "y.example.com. 1800 A 203.0.113.1\ny.example.com. 1800" SIGNED("3");
    (void)context, (void)net, (void)udp;
    return net_write(query, DNS_FLAG_AA, query->qname.wire[1] == 'x' ? x : y,
                     "*.example.com. 900 NSEC www.example.com. A RRSIG NSEC", NULL, to);
}

static void an_answer_is_not_kept_beyond_its_own_proof(void **state)
{
    struct net *net = *state;
    net_script(net, FIRST, say_signed, NULL);
    net_script(net, SECOND, say_signed, NULL);
    assert_non_null(
        strstr(net_ask(net, "x.example.com", "A")->text, "x.example.com. 1800 IN A 203.0.113.1\n"));
    assert_non_null(
        strstr(net_ask(net, "y.example.com", "A")->text, "y.example.com. 1800 IN A 203.0.113.1\n"));
    assert_int_equal(net_ask(net, "x.example.com", "A")->packets, 0);
    net_pass(net, 900);
    assert_int_not_equal(net_ask(net, "x.example.com", "A")->packets, 0);
    assert_int_equal(net_ask(net, "y.example.com", "A")->packets, 0);
}

static void negative_ttl_is_the_least_of_soa_and_bounds(void **state)
{
    struct net *net = *state;
    records(net, "example.com. 700 SOA a. b. 1 2 3 4 900\n");
    net_ask(net, "nope.example.com", "A");
    assert_non_null(strstr(net_cache_text(net, true), "SOA a. b. 1 2 3 4 900; 700\n"));
    cache_flush(net_cache(net));
    records(net, "example.com. 86400 SOA a. b. 1 2 3 4 86400\n");
    net_ask(net, "nope.example.com", "A");
    assert_non_null(strstr(net_cache_text(net, true), "SOA a. b. 1 2 3 4 86400; 3600\n"));
    cache_flush(net_cache(net));
    records(net, "example.com. 86400 SOA a. b. 1 2 3 4 0\n");
    const struct net_reply *reply = net_ask(net, "nope.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_NXDOMAIN);
    assert_null(strstr(net_cache_text(net, true), "NXDOMAIN"));
    assert_int_equal(net_ask(net, "nope.example.com", "A")->packets, 1);
}

static void negative_answer_counts_down(void **state)
{
    struct net *net = *state;
    net_ask(net, "nope.example.com", "A");
    net_pass(net, 100);
    assert_string_equal(net_ask(net, "nope.example.com", "A")->authority,
                        "example.com. 800 IN SOA ns.invalid. host.invalid. 1 7200 3600 604800 900\n");
    net_pass(net, 801);
    assert_true(net_ask(net, "nope.example.com", "A")->packets > 0);
}

static void answer_expires(void **state)
{
    struct net *net = *state;
    net_ask(net, "www.example.com", "A");
    net_pass(net, 299);
    assert_int_equal(net_ask(net, "www.example.com", "A")->packets, 0);
    net_pass(net, 1);
    assert_int_equal(net_ask(net, "www.example.com", "A")->packets, 1);
}

static void records_of_a_set_get_the_lowest_ttl_and_come_once(void **state)
{
    struct net *net = *state;
    records(net, "m.example.com. 300 A 203.0.113.1\nm.example.com. 200 A 203.0.113.2\nm.example.com. 300 A "
                 "203.0.113.1\n");
    assert_string_equal(net_ask(net, "m.example.com", "A")->text,
                        "NOERROR\nm.example.com. 200 IN A 203.0.113.1\n"
                        "m.example.com. 200 IN A 203.0.113.2\n");
}

static void nxdomain_at_the_end_of_aliases(void **state)
{
    struct net *net = *state;
    records(net, "a.example.com. CNAME nope.example.com.\nb.example.com. CNAME nope.example.org.\n"
                 "c.example.com. CNAME www.example.org.\n");
    for (unsigned i = 0; i < 2; i++) {
        const struct net_reply *reply = net_ask(net, "a.example.com", "A");
        assert_int_equal(reply->rcode, DNS_RCODE_NXDOMAIN);
        assert_int_equal(reply->count[0], 1);
        assert_int_equal(reply->count[1], 1);
        reply = net_ask(net, "b.example.com", "A");
        assert_int_equal(reply->rcode, DNS_RCODE_NXDOMAIN);
        assert_int_equal(reply->count[0], 1);
        assert_int_equal(reply->count[1], 1);
        reply = net_ask(net, "c.example.com", "AAAA");
        assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
        assert_int_equal(reply->count[0], 1);
        assert_int_equal(reply->count[1], 1);
    }
    assert_int_equal(net_ask(net, "b.example.com", "CNAME")->rcode, DNS_RCODE_NOERROR);
    assert_int_equal(net_ask(net, "b.example.com", "CNAME")->packets, 0);
}

static void dname_answers_a_question_for_cname_with_one_link(void **state)
{
    struct net *net = *state;
    const char *expected = "NOERROR\nold.example.com. 3600 IN DNAME example.org.\n"
                           "%s.old.example.com. 3600 IN CNAME %s.example.org.\n";
    static const char *const names[] = {"www", "www", "mail"};
    for (unsigned i = 0; i < 3; i++) {
        char name[40], text[200];
        snprintf(name, sizeof name, "%s.old.example.com", names[i]);
        snprintf(text, sizeof text, expected, names[i], names[i]);
        assert_string_equal(net_ask(net, name, "CNAME")->text, text);
        assert_true(i != 1 || net_reply(net)->packets == 0);
        assert_int_equal(net_reply(net)->count[1], 0);
    }
}

static void dname_that_makes_a_name_too_long_is_yxdomain(void **state)
{
    struct net *net = *state;
    char text[600], name[300] = "";
    snprintf(text, sizeof text, "o.example.com. DNAME %0*d.%0*d.example.com.\n", 60, 1, 60, 2);
    records(net, text);
    for (unsigned i = 0; i < 3; i++)
        snprintf(name + strlen(name), sizeof name - strlen(name), "%0*d.", 50, 3);
    strcat(name, "o.example.com");
    for (unsigned i = 0; i < 2; i++) {
        const struct net_reply *reply = net_ask(net, name, "A");
        assert_int_equal(reply->rcode, DNS_RCODE_YXDOMAIN);
        assert_int_equal(reply->count[0], 1);
    }
}

static void spelling_of_the_question_is_kept_and_no_other(void **state)
{
    struct net *net = *state;
    assert_string_equal(net_ask(net, "WwW.eXample.cOm", "A")->text,
                        "NOERROR\nWwW.eXample.cOm. 300 IN A 203.0.113.80\n");
    assert_string_equal(net_ask(net, "www.example.com", "A")->text,
                        "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n");
    records(net, "example.com. MX 10 mail.example.com.\n");
    assert_string_equal(net_ask(net, "example.com", "MX")->text,
                        "NOERROR\nexample.com. 3600 IN MX 10 mail.example.com.\n");
}

static void large_answers_are_whole(void **state)
{
    struct net *net = *state;
    static char text[40000];
    text[0] = '\0';
    net_behave(net, FIRST, NET_TRUNCATES);
    net_behave(net, SECOND, NET_TRUNCATES);
    for (unsigned i = 0; i < 100; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "l.example.com. TXT \"%0*u\"\n", 250, i);
    records(net, text);
    assert_int_equal(net_ask(net, "l.example.com", "TXT")->count[0], 100);
    assert_int_equal(net_ask(net, "l.example.com", "TXT")->packets, 0);
    assert_int_equal(net_reply(net)->count[0], 100);
}

static void priming_replaces_the_hints(void **state)
{
    struct net *net = *state;
    engine_prime(net_engine(net), net_now(net));
    net_pass(net, 1);
    assert_non_null(
        strstr(net_cache_text(net, false), "DELEGATION .: a.root-servers.net. 198.41.0.4#53; \n"));
    net_ask(net, "www.example.com", "A");
    assert_string_equal(net_seen(net, "198.41.0.4"), "./NS com./A");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)
    const struct CMUnitTest tests[] = {
        TEST(ttl_zero_serves_all_who_wait_and_is_not_kept),
        TEST(ttl_zero_alias_is_followed),
        TEST(ttls_are_bounded),
        TEST(ttl_with_its_highest_bit_is_zero),
        TEST(an_answer_is_not_kept_beyond_its_own_proof),
        TEST(negative_ttl_is_the_least_of_soa_and_bounds),
        TEST(negative_answer_counts_down),
        TEST(answer_expires),
        TEST(records_of_a_set_get_the_lowest_ttl_and_come_once),
        TEST(nxdomain_at_the_end_of_aliases),
        TEST(dname_answers_a_question_for_cname_with_one_link),
        TEST(dname_that_makes_a_name_too_long_is_yxdomain),
        TEST(spelling_of_the_question_is_kept_and_no_other),
        TEST(large_answers_are_whole),
        TEST(priming_replaces_the_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
