/* Validation from the trust anchor down, as clients see it: what is secure, and what may be unsigned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

static void assert_says(const struct net_reply *reply, unsigned rcode, enum trust trust, const char *record)
{
    if (reply->rcode != rcode || reply->trust != trust)
        print_message("%s%s%s: trust %d, %d %s\n", reply->text, "--\n", reply->authority, reply->trust,
                      reply->ede, reply->ede_text);
    assert_int_equal(reply->rcode, rcode);
    assert_int_equal(reply->trust, trust);
    if (record != NULL && strstr(reply->text, record) == NULL)
        fail_msg("%s is not in %s", record, reply->text);
}

static void answers_of_signed_zones_are_secure(void **state)
{
    assert_says(net_ask(*state, "www.example.com", "A"), 0, TRUST_SECURE,
                "www.example.com. 300 IN A 203.0.113.80\n");
    assert_says(net_ask(*state, "www.example.org", "A"), 0, TRUST_SECURE,
                "www.example.org. 3600 IN A 203.0.113.81\n");
    const struct net_reply *again = net_ask(*state, "www.example.com", "A");
    assert_says(again, 0, TRUST_SECURE, "203.0.113.80\n");
    assert_int_equal(again->packets, 0);
}

static void proven_absences_are_secure(void **state)
{
    static const struct {
        const char *name, *type;
        unsigned rcode;
    } cases[] = {
        {"nope.example.com", "A", DNS_RCODE_NXDOMAIN},
        {"zzz.nope.example.com", "A", DNS_RCODE_NXDOMAIN},
        {"www.example.com", "TXT", 0},
        {"example.com", "AAAA", 0},
        {"b.c.example.com", "A", 0}, /* an empty non-terminal: no NSEC record of its own */
        {"nope.example.org", "A", DNS_RCODE_NXDOMAIN},
        {"x.y.nope.example.org", "A", DNS_RCODE_NXDOMAIN},
        {"www.example.org", "TXT", 0},
        {"example.org", "AAAA", 0},
        {"b.example.org", "A", 0}, /* NSEC3 has one */
        {"nope", "A", DNS_RCODE_NXDOMAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct net_reply *reply = net_ask(*state, cases[i].name, cases[i].type);
        assert_says(reply, cases[i].rcode, TRUST_SECURE, NULL);
        assert_int_equal(reply->count[DNS_ANSWER], 0);
        assert_non_null(strstr(reply->authority, " IN SOA "));
        assert_non_null(strstr(reply->authority, " IN NSEC"));
    }
}

static void wildcard_answers_are_secure_with_the_proof_that_nothing_is_closer(void **state)
{
    static const char *const names[] = {"a.wild.example.com", "b.a.wild.example.com", "a.wild.example.org",
                                        "b.a.wild.example.org"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct net_reply *reply = net_ask(*state, names[i], "A");
        assert_says(reply, 0, TRUST_SECURE, "203.0.113.9\n");
        assert_non_null(strstr(reply->authority, " IN NSEC"));
        reply = net_ask(*state, names[i], "A");
        assert_says(reply, 0, TRUST_SECURE, "203.0.113.9\n");
        assert_int_equal(reply->packets, 0);
        assert_non_null(strstr(reply->authority, " IN NSEC"));
    }
}

static void types_that_a_wildcard_does_not_have_are_denied(void **state)
{
    assert_says(net_ask(*state, "a.wild.example.com", "TXT"), 0, TRUST_SECURE, NULL);
    assert_says(net_ask(*state, "a.wild.example.org", "TXT"), 0, TRUST_SECURE, NULL);
}

static void below_a_cut_without_ds_nothing_needs_a_signature(void **state)
{
    assert_says(net_ask(*state, "www.unsigned.com", "A"), 0, TRUST_INSECURE, "203.0.113.90\n"); /* NSEC */
    assert_says(net_ask(*state, "www.unsigned.org", "A"), 0, TRUST_INSECURE, "203.0.113.91\n"); /* opt-out */
    assert_says(net_ask(*state, "nope.unsigned.com", "A"), DNS_RCODE_NXDOMAIN, TRUST_INSECURE, NULL);
}

static void ds_records_and_their_absence_are_the_parents(void **state)
{
    assert_says(net_ask(*state, "example.com", "DS"), 0, TRUST_SECURE, "example.com. 3600 IN DS ");
    assert_says(net_ask(*state, "unsigned.com", "DS"), 0, TRUST_SECURE, NULL);
    const struct net_reply *reply = net_ask(*state, "unsigned.org", "DS");
    assert_says(reply, 0, TRUST_INSECURE, NULL); /* an opt-out span proves nothing */
    assert_int_equal(reply->count[DNS_ANSWER], 0);
    assert_says(net_ask(*state, "www.example.com", "DS"), 0, TRUST_SECURE, NULL);
    assert_says(net_ask(*state, ".", "DS"), 0, TRUST_SECURE, NULL);
}

static void keys_are_secure_by_the_parents_ds(void **state)
{
    assert_says(net_ask(*state, "example.org", "DNSKEY"), 0, TRUST_SECURE,
                "example.org. 3600 IN DNSKEY 257 3 15 ");
    assert_says(net_ask(*state, ".", "DNSKEY"), 0, TRUST_SECURE, ". 3600 IN DNSKEY 257 3 15 ");
    assert_says(net_ask(*state, "www.example.org", "DNSKEY"), 0, TRUST_SECURE, NULL);
}

static void signatures_are_not_signed_themselves(void **state)
{
    net_zone_add(*state, "example.com.",
                 "s.example.com. RRSIG A 15 3 300 20270201000000 20270101000000 1 example.com. AAAA\n");
    assert_says(net_ask(*state, "s.example.com", "RRSIG"), 0, TRUST_INSECURE, " IN RRSIG A 15 3 300 ");
}

static void all_records_of_a_name_are_validated_for_any(void **state)
{
    assert_says(net_ask(*state, "www.example.com", "ANY"), 0, TRUST_SECURE, NULL);
}

static void a_chain_of_aliases_is_as_good_as_its_weakest_link(void **state)
{
    net_zone_add(*state, "example.com.", "weak.example.com. CNAME www.unsigned.com.\n");
    assert_says(net_ask(*state, "abroad.example.com", "A"), 0, TRUST_SECURE,
                "www.example.org. 3600 IN A 203.0.113.81\n");
    assert_says(net_ask(*state, "weak.example.com", "A"), 0, TRUST_INSECURE,
                "www.unsigned.com. 3600 IN A 203.0.113.90\n");
    assert_says(net_ask(*state, "weak.example.com", "A"), 0, TRUST_INSECURE, "203.0.113.90\n");
}

static void a_validated_dname_serves_all_names_below_it(void **state)
{
    assert_says(net_ask(*state, "www.old.example.com", "A"), 0, TRUST_SECURE,
                "www.old.example.com. 3600 IN CNAME www.example.org.\n");
    unsigned packets = net_packets_to(*state, "192.0.2.12");
    const struct net_reply *reply = net_ask(*state, "mail.old.example.com", "A");
    assert_says(reply, 0, TRUST_SECURE, "mail.old.example.com. 3600 IN CNAME mail.example.org.\n");
    assert_non_null(strstr(reply->text, "mail.example.org. 3600 IN A 203.0.113.25\n"));
    assert_non_null(strstr(reply->text, "old.example.com. 3600 IN DNAME example.org.\n"));
    assert_int_equal(reply->packets, 1); /* for the target only */
    assert_int_equal(net_packets_to(*state, "192.0.2.12"), packets);
    reply = net_ask(*state, "other.old.example.com", "CNAME");
    assert_says(reply, 0, TRUST_SECURE, "other.old.example.com. 3600 IN CNAME other.example.org.\n");
    assert_int_equal(reply->packets, 0);
}

#define LABEL "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz."

static void a_validated_dname_that_makes_too_long_a_name_is_yxdomain(void **state)
{
    net_zone_add(*state, "example.com.", "d.example.com. DNAME " LABEL "example.org.\n");
    assert_int_equal(net_ask(*state, "a.d.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
    const struct net_reply *reply = net_ask(*state, LABEL LABEL LABEL "d.example.com", "A");
    assert_says(reply, DNS_RCODE_YXDOMAIN, TRUST_SECURE, "d.example.com. 3600 IN DNAME ");
    assert_int_equal(reply->packets, 0);
}

/* Parent and child on the same servers: there is no referral, and the signer tells where the cut is. */
static void a_cut_that_the_server_leaves_out_is_found_by_the_signer(void **state)
{
    net_zone(*state, "sub.example.com.", "192.0.2.11 192.0.2.12",
             "sub.example.com. NS ns1.example.com.\nwww.sub.example.com. A 203.0.113.5\n");
    net_zone_add(*state, "example.com.", "sub.example.com. NS ns1.example.com.\n");
    net_sign(*state, "sub.example.com.", NET_NSEC);
    net_vouch(*state, "sub.example.com.");
    assert_says(net_ask(*state, "www.sub.example.com", "A"), 0, TRUST_SECURE, "203.0.113.5\n");
    assert_says(net_ask(*state, "nope.sub.example.com", "A"), DNS_RCODE_NXDOMAIN, TRUST_SECURE, NULL);
    assert_true(strstr(net_seen(*state, "192.0.2.11"), "sub.example.com./DS") != NULL ||
                strstr(net_seen(*state, "192.0.2.12"), "sub.example.com./DS") != NULL);
}

static void an_unsigned_cut_that_the_server_leaves_out_is_looked_for(void **state)
{
    net_zone(*state, "sub.example.com.", "192.0.2.11 192.0.2.12",
             "sub.example.com. NS ns1.example.com.\nwww.a.sub.example.com. A 203.0.113.5\n");
    net_zone_add(*state, "example.com.", "sub.example.com. NS ns1.example.com.\n");
    assert_says(net_ask(*state, "www.a.sub.example.com", "A"), 0, TRUST_INSECURE, "203.0.113.5\n");
    assert_says(net_ask(*state, "nope.sub.example.com", "A"), DNS_RCODE_NXDOMAIN, TRUST_INSECURE, NULL);
}

static void an_opt_out_span_may_hide_a_cut_that_the_server_leaves_out(void **state)
{
    net_zone(*state, "hidden.org.", "192.0.2.2", "www.hidden.org. A 203.0.113.7\n");
    net_zone_add(*state, "org.", "hidden.org. NS a.org-servers.org.\n");
    assert_says(net_ask(*state, "www.hidden.org", "A"), 0, TRUST_INSECURE, "203.0.113.7\n");
    assert_non_null(strstr(net_seen(*state, "192.0.2.2"), "hidden.org./DS"));
}

static void signatures_that_the_parent_does_not_vouch_for_are_nothing(void **state)
{
    net_sign(*state, "unsigned.com.", NET_NSEC);
    assert_says(net_ask(*state, "www.unsigned.com", "A"), 0, TRUST_INSECURE, "203.0.113.90\n");
    assert_says(net_ask(*state, "unsigned.com", "DNSKEY"), 0, TRUST_INSECURE, " IN DNSKEY 257 3 15 ");
    net_zone(*state, "sub.example.com.", "192.0.2.11 192.0.2.12", "www.sub.example.com. A 203.0.113.5\n");
    net_zone_add(*state, "example.com.", "sub.example.com. NS ns1.example.com.\n");
    net_sign(*state, "sub.example.com.", NET_NSEC);
    assert_says(net_ask(*state, "sub.example.com", "DNSKEY"), 0, TRUST_INSECURE, " IN DNSKEY 257 3 15 ");
    assert_says(net_ask(*state, "www.sub.example.com", "A"), 0, TRUST_INSECURE, "203.0.113.5\n");
}

static void a_referral_without_a_word_on_ds_has_them_asked_for(void **state)
{
    net_lie(*state, "192.0.2.1", NET_NO_PROOF, DNS_TYPE_DS);
    assert_says(net_ask(*state, "www.example.com", "A"), 0, TRUST_SECURE, "203.0.113.80\n");
    assert_says(net_ask(*state, "www.unsigned.com", "A"), DNS_RCODE_SERVFAIL, TRUST_NONE, NULL);
    assert_non_null(strstr(net_seen(*state, "192.0.2.1"), "example.com./DS"));
}

static void a_referral_with_the_proof_of_something_else_has_ds_asked_for(void **state)
{
    net_lie(*state, "192.0.2.1", NET_OTHER_PROOF, DNS_TYPE_NS);
    assert_says(net_ask(*state, "www.unsigned.com", "A"), 0, TRUST_INSECURE, "203.0.113.90\n");
    assert_non_null(strstr(net_seen(*state, "192.0.2.1"), "unsigned.com./DS"));
}

static void algorithms_and_digests_that_nobody_here_knows_leave_a_zone_insecure(void **state)
{
    struct net *net = *state;
    net_sign(net, "unsigned.com.", NET_NSEC);
    net_vouch_as(net, "unsigned.com.", 200, 2);
    const struct net_reply *reply = net_ask(net, "www.unsigned.com", "A");
    assert_says(reply, 0, TRUST_INSECURE, "203.0.113.90\n");
    net_sign(net, "unsigned.org.", NET_NSEC);
    net_vouch_as(net, "unsigned.org.", 15, 77);
    assert_says(net_ask(net, "www.unsigned.org", "A"), 0, TRUST_INSECURE, "203.0.113.91\n");
}

static void too_many_iterations_leave_an_absence_insecure(void **state)
{
    net_sign_iterations(*state, "example.org.", 51);
    const struct net_reply *reply = net_ask(*state, "nope.example.org", "A");
    assert_says(reply, DNS_RCODE_NXDOMAIN, TRUST_INSECURE, NULL);
    assert_int_equal(reply->ede, DNS_EDE_NSEC3_ITERATIONS);
    net_sign_iterations(*state, "example.org.", 50);
    assert_says(net_ask(*state, "nope2.example.org", "A"), DNS_RCODE_NXDOMAIN, TRUST_SECURE, NULL);
}

static void an_exception_makes_insecure_until_its_time_is_over(void **state)
{
    net_lie(*state, "192.0.2.11", NET_WRONG_SIGNATURE, DNS_TYPE_A);
    net_lie(*state, "192.0.2.12", NET_WRONG_SIGNATURE, DNS_TYPE_A);
    net_except(*state, "example.com.", NET_WALL + 1000);
    const struct net_reply *reply = net_ask(*state, "www.example.com", "A");
    assert_says(reply, 0, TRUST_INSECURE, "203.0.113.80\n");
    assert_int_equal(reply->ede, DNS_EDE_NEGATIVE_TRUST_ANCHOR);
    net_pass(*state, 1000);
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text("example.com", &name), DNS_OK);
    cache_flush_tree(net_cache(*state), dns_name_view(&name)); /* as the daemon does then */
    assert_int_equal(net_ask(*state, "www.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
}

static void an_anchor_below_an_unsigned_zone_begins_a_chain_of_its_own(void **state)
{
    net_sign(*state, "unsigned.com.", NET_NSEC);
    net_anchor(*state, "unsigned.com.");
    assert_says(net_ask(*state, "www.unsigned.com", "A"), 0, TRUST_SECURE, "203.0.113.90\n");
    assert_says(net_ask(*state, "www.unsigned.org", "A"), 0, TRUST_INSECURE, "203.0.113.91\n");
}

static void an_anchor_below_an_unsigned_zone_on_the_same_server_counts_too(void **state)
{
    net_zone(*state, "sub.unsigned.com.", "192.0.2.13", "www.sub.unsigned.com. A 203.0.113.92\n");
    net_zone_add(*state, "unsigned.com.", "sub.unsigned.com. NS ns.unsigned.com.\n");
    net_sign(*state, "sub.unsigned.com.", NET_NSEC3);
    net_anchor(*state, "sub.unsigned.com.");
    assert_says(net_ask(*state, "www.sub.unsigned.com", "A"), 0, TRUST_SECURE, "203.0.113.92\n");
    assert_says(net_ask(*state, "nope.sub.unsigned.com", "A"), DNS_RCODE_NXDOMAIN, TRUST_SECURE, NULL);
    assert_says(net_ask(*state, "www.unsigned.com", "A"), 0, TRUST_INSECURE, "203.0.113.90\n");
    net_lie(*state, "192.0.2.13", NET_WRONG_SIGNATURE, DNS_TYPE_TXT);
    net_zone_add(*state, "sub.unsigned.com.", "www.sub.unsigned.com. TXT \"x\"\n");
    assert_int_equal(net_ask(*state, "www.sub.unsigned.com", "TXT")->rcode, DNS_RCODE_SERVFAIL);
}

static void validation_works_the_same_for_whole_names(void **state)
{
    static const enum engine_qmin modes[] = {ENGINE_QMIN_OFF, ENGINE_QMIN_STRICT};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct net *net = net_small_signed();
        net_options(net)->qmin = modes[i];
        net_reconfigure(net);
        assert_says(net_ask(net, "www.example.org", "A"), 0, TRUST_SECURE, "203.0.113.81\n");
        assert_says(net_ask(net, "a.b.c.nope.example.org", "A"), DNS_RCODE_NXDOMAIN, TRUST_SECURE, NULL);
        assert_says(net_ask(net, "www.unsigned.com", "A"), 0, TRUST_INSECURE, "203.0.113.90\n");
        assert_says(net_ask(net, "a.wild.example.com", "A"), 0, TRUST_SECURE, "203.0.113.9\n");
        net_end(net);
    }
    (void)state;
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, net_small_signed_up, net_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_of_signed_zones_are_secure),
        TEST(proven_absences_are_secure),
        TEST(wildcard_answers_are_secure_with_the_proof_that_nothing_is_closer),
        TEST(types_that_a_wildcard_does_not_have_are_denied),
        TEST(below_a_cut_without_ds_nothing_needs_a_signature),
        TEST(ds_records_and_their_absence_are_the_parents),
        TEST(keys_are_secure_by_the_parents_ds),
        TEST(signatures_are_not_signed_themselves),
        TEST(all_records_of_a_name_are_validated_for_any),
        TEST(a_chain_of_aliases_is_as_good_as_its_weakest_link),
        TEST(a_validated_dname_serves_all_names_below_it),
        TEST(a_validated_dname_that_makes_too_long_a_name_is_yxdomain),
        TEST(a_cut_that_the_server_leaves_out_is_found_by_the_signer),
        TEST(an_unsigned_cut_that_the_server_leaves_out_is_looked_for),
        TEST(an_opt_out_span_may_hide_a_cut_that_the_server_leaves_out),
        TEST(signatures_that_the_parent_does_not_vouch_for_are_nothing),
        TEST(a_referral_without_a_word_on_ds_has_them_asked_for),
        TEST(a_referral_with_the_proof_of_something_else_has_ds_asked_for),
        TEST(algorithms_and_digests_that_nobody_here_knows_leave_a_zone_insecure),
        TEST(too_many_iterations_leave_an_absence_insecure),
        TEST(an_exception_makes_insecure_until_its_time_is_over),
        TEST(an_anchor_below_an_unsigned_zone_begins_a_chain_of_its_own),
        TEST(an_anchor_below_an_unsigned_zone_on_the_same_server_counts_too),
        cmocka_unit_test(validation_works_the_same_for_whole_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
