/* What one question, one server or one type costs must not be paid by another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dns/builder.h"
#include "net.h"

#define ATTACK_SERVER "192.0.2.66"
#define VICTIM_SERVER "192.0.2.50"

static struct net *with(const char *attack, const char *victim)
{
    struct net *net = net_create();
    net_zone(net, ".", "198.41.0.4",
             ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
             "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n");
    net_zone(net, "com.", "192.0.2.1",
             "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
             "attack.com. NS ns.attack.com.\nns.attack.com. A 192.0.2.66\n"
             "victim.com. NS ns1.victim.com.\nns1.victim.com. A 192.0.2.50\n");
    net_zone(net, "attack.com.", ATTACK_SERVER, attack);
    net_zone(net, "victim.com.", VICTIM_SERVER, victim);
    return net;
}

static void failure_behind_an_alias_is_remembered(void **state)
{
    (void)state;
    struct net *net = with("a.attack.com. 3600 CNAME www.victim.com.\n", "victim.com. NS ns1.victim.com.\n");
    net_behave(net, VICTIM_SERVER, NET_SILENT);
    assert_int_equal(net_ask(net, "a.attack.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    const struct net_reply *reply = net_ask(net, "a.attack.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(reply->packets, 0);
    net_end(net);
}

/* The client's question spends its budget at the target of its alias. */
static void budget_spent_behind_an_alias_is_remembered(void **state)
{
    (void)state;
    struct net *net = with("a.attack.com. 3600 CNAME www.victim.com.\n", "victim.com. NS ns1.victim.com.\n");
    net_options(net)->limits.packets = 5;
    net_reconfigure(net);
    net_behave(net, VICTIM_SERVER, NET_SILENT);
    assert_int_equal(net_ask(net, "a.attack.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(net_ask(net, "a.attack.com", "A")->packets, 0);
    net_end(net);
}

static void types_of_a_name_back_off_each_for_itself(void **state)
{
    (void)state;
    static const char *types[] = {"A", "AAAA", "MX", "TXT", "SRV", "CAA", "SOA", "NS"};
    struct net *net = with("attack.com. NS ns.attack.com.\n", "victim.com. NS ns1.victim.com.\n");
    net_behave(net, ATTACK_SERVER, NET_SERVFAILS);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(net_ask(net, "www.attack.com", types[i])->rcode, DNS_RCODE_SERVFAIL);
    net_behave(net, ATTACK_SERVER, NET_HONEST);
    net_pass(net, 5);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(net_ask(net, "www.attack.com", types[i])->rcode, DNS_RCODE_NXDOMAIN);
    net_end(net);
}

static void far_server_is_waited_for(void **state)
{
    (void)state;
    for (unsigned ms = 500; ms <= 4000; ms += 500) {
        struct net *net = with("www.attack.com. A 203.0.113.1\n", "victim.com. NS ns1.victim.com.\n");
        net_delay(net, ATTACK_SERVER, ms * UINT64_C(1000));
        const struct net_reply *reply = net_ask(net, "www.attack.com", "A");
        assert_string_equal(reply->text, "NOERROR\nwww.attack.com. 3600 IN A 203.0.113.1\n");
        assert_true(reply->packets <= 6);
        net_end(net);
    }
}

static void silent_server_is_given_up_after_five_seconds(void **state)
{
    (void)state;
    struct net *net = with("attack.com. NS ns.attack.com.\n", "victim.com. NS ns1.victim.com.\n");
    net_behave(net, ATTACK_SERVER, NET_SILENT);
    const struct net_reply *reply = net_ask(net, "www.attack.com", "A");
    assert_int_equal(reply->ede, DNS_EDE_NO_REACHABLE_AUTHORITY);
    assert_true(reply->took <= 5000000);
    reply = net_ask(net, "other.attack.com", "A"); /* now it is known */
    assert_int_equal(reply->ede, DNS_EDE_NO_REACHABLE_AUTHORITY);
    assert_true(reply->took < 5000000);
    net_end(net);
}

static void without_any_way_out_questions_fail_at_once(void **state)
{
    (void)state;
    struct net *net = with("www.attack.com. A 203.0.113.1\n", "www.victim.com. A 203.0.113.2\n");
    static const char *servers[] = {"198.41.0.4", "192.0.2.1", ATTACK_SERVER, VICTIM_SERVER};
    assert_int_equal(net_ask(net, "www.attack.com", "A")->rcode, DNS_RCODE_NOERROR);
    for (unsigned i = 0; i < 4; i++)
        net_behave(net, servers[i], NET_NO_ROUTE);
    net_options(net)->ipv6 = false;
    net_reconfigure(net);
    for (unsigned i = 0; i < 3; i++) {
        const struct net_reply *reply = net_ask(net, i == 0 ? "a.victim.com" : "b.victim.com", "A");
        assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
        assert_true(reply->packets <= 3);
        assert_true(reply->took < 1000000);
        if (i == 2)
            assert_int_equal(reply->ede, DNS_EDE_NETWORK_ERROR);
    }
    for (unsigned i = 0; i < 4; i++)
        net_behave(net, servers[i], NET_HONEST);
    net_pass(net, 5);
    assert_int_equal(net_ask(net, "www.victim.com", "A")->rcode, DNS_RCODE_NOERROR);
    net_end(net);
}

/* x.attack.com leads to www.victim.com with its budget nearly spent when somebody asks for that name. */
static void client_that_joins_does_not_pay_for_the_other_question(void **state)
{
    (void)state;
    struct net *net = with("x.attack.com. CNAME www.victim.com.\n", "www.victim.com. A 203.0.113.9\n");
    net_delay(net, VICTIM_SERVER, 900000);
    net_delay(net, ATTACK_SERVER, 100000);
    net_options(net)->limits.packets = 5;
    net_reconfigure(net);
    net_begin(net, "x.attack.com", "A");
    while (net_packets_to(net, VICTIM_SERVER) == 0)
        assert_true(net_step(net));
    net_begin(net, "www.victim.com", "A");
    net_run(net);
    assert_int_equal(net_reply(net)->rcode, DNS_RCODE_NOERROR);
    assert_string_equal(net_ask(net, "www.victim.com", "A")->text,
                        "NOERROR\nwww.victim.com. 3600 IN A 203.0.113.9\n");
    net_end(net);
}

static size_t truncated(const struct dns_message *query, uint8_t *to)
{
    struct dns_builder builder;
    dns_builder_start(&builder, to, 512, query->id, DNS_FLAG_QR | DNS_FLAG_AA | DNS_FLAG_TC);
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    return dns_builder_finish(&builder);
}

/* Truncates, and over TCP answers with a wrong ID. */
static size_t beside_the_point(void *context, struct net *net, const struct dns_message *query, bool udp,
                               uint8_t *to)
{
    (void)net;
    (void)context;
    size_t length = truncated(query, to);
    if (!udp) {
        to[0] ^= 1;
        to[2] &= (uint8_t)~2;
    }
    return length;
}

static void server_that_babbles_over_tcp_costs_no_more_than_a_few_seconds(void **state)
{
    (void)state;
    struct net *net = with("attack.com. NS ns.attack.com.\n", "victim.com. NS ns1.victim.com.\n");
    net_script(net, ATTACK_SERVER, beside_the_point, NULL);
    const struct net_reply *reply = net_ask(net, "www.attack.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_true(reply->packets <= 8);
    assert_true(reply->took < 7000000);
    net_end(net);
}

static size_t recursor(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    (void)net;
    (void)context;
    (void)udp;
    return net_write(query, DNS_FLAG_RA | DNS_RCODE_NXDOMAIN, NULL,
                     "attack.com. 3600 SOA a. b. 1 2 3 4 3600\n", NULL, to);
}

static void denial_by_a_recursor_is_not_believed_while_a_server_of_the_zone_answers(void **state)
{
    (void)state;
    struct net *net = with("www.attack.com. A 203.0.113.4\n", "victim.com. NS ns1.victim.com.\n");
    net_zone(net, "attack.com.", "192.0.2.67", "www.attack.com. A 203.0.113.4\n");
    net_zone_add(net, "com.", "attack.com. NS ns2.attack.com.\nns2.attack.com. A 192.0.2.67\n");
    net_delay(net, "192.0.2.67", 300000);
    net_script(net, ATTACK_SERVER, recursor, NULL);
    for (unsigned i = 0; i < 8; i++) {
        assert_string_equal(net_ask(net, "www.attack.com", "A")->text,
                            "NOERROR\nwww.attack.com. 3600 IN A 203.0.113.4\n");
        cache_flush(net_cache(net));
    }
    net_end(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure_behind_an_alias_is_remembered),
        cmocka_unit_test(budget_spent_behind_an_alias_is_remembered),
        cmocka_unit_test(types_of_a_name_back_off_each_for_itself),
        cmocka_unit_test(far_server_is_waited_for),
        cmocka_unit_test(silent_server_is_given_up_after_five_seconds),
        cmocka_unit_test(without_any_way_out_questions_fail_at_once),
        cmocka_unit_test(client_that_joins_does_not_pay_for_the_other_question),
        cmocka_unit_test(server_that_babbles_over_tcp_costs_no_more_than_a_few_seconds),
        cmocka_unit_test(denial_by_a_recursor_is_not_believed_while_a_server_of_the_zone_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
