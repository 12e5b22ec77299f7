/* What is wrongly signed is no answer: not to clients, not in the cache; and it is said what is wrong, where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

static void both_lie(struct net *net, enum net_lie lie, uint16_t type)
{
    net_lie(net, "192.0.2.11", lie, type);
    net_lie(net, "192.0.2.12", lie, type);
}

static void assert_bogus(const struct net_reply *reply, int ede, const char *why)
{
    if (reply->rcode != DNS_RCODE_SERVFAIL || reply->ede != ede || strstr(reply->ede_text, why) == NULL)
        fail_msg("expected %d \"%s\", but it is %d \"%s\" with %s", ede, why, reply->ede, reply->ede_text,
                 reply->text);
    assert_int_equal(reply->count[DNS_ANSWER], 0);
}

static void wrong_signatures_are_servfail_and_the_reason_is_told(void **state)
{
    static const struct {
        enum net_lie lie;
        uint16_t type;
        int ede;
        const char *why;
    } cases[] = {
        {NET_UNSIGNED, DNS_TYPE_A, DNS_EDE_RRSIGS_MISSING, "www.example.com/A"},
        {NET_WRONG_SIGNATURE, DNS_TYPE_A, DNS_EDE_DNSSEC_BOGUS, "www.example.com/A"},
        {NET_EXPIRED, DNS_TYPE_A, DNS_EDE_SIGNATURE_EXPIRED, "www.example.com/A"},
        {NET_NOT_YET_VALID, DNS_TYPE_A, DNS_EDE_SIGNATURE_NOT_YET_VALID, "www.example.com/A"},
        {NET_UNKNOWN_ALGORITHM, DNS_TYPE_A, DNS_EDE_UNSUPPORTED_ALGORITHM, "www.example.com/A"},
        {NET_UNSIGNED, DNS_TYPE_DNSKEY, DNS_EDE_RRSIGS_MISSING, "example.com/DNSKEY"},
        {NET_WRONG_SIGNATURE, DNS_TYPE_DNSKEY, DNS_EDE_DNSSEC_BOGUS, "example.com/DNSKEY"},
        {NET_EXPIRED, DNS_TYPE_DNSKEY, DNS_EDE_SIGNATURE_EXPIRED, "example.com/DNSKEY"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net *net = net_small_signed();
        both_lie(net, cases[i].lie, cases[i].type);
        assert_bogus(net_ask(net, "www.example.com", "A"), cases[i].ede, cases[i].why);
        assert_null(strstr(net_cache_text(net, false), "203.0.113.80"));
        net_end(net);
    }
    (void)state;
}

static void absences_without_a_good_proof_are_servfail(void **state)
{
    static const struct {
        enum net_lie lie;
        const char *name, *type;
        uint16_t about;
        int ede;
    } cases[] = {
        {NET_NO_PROOF, "nope.example.com", "A", DNS_TYPE_A, DNS_EDE_NSEC_MISSING},
        {NET_NO_PROOF, "nope.example.org", "A", DNS_TYPE_A, DNS_EDE_NSEC_MISSING},
        {NET_NO_PROOF, "www.example.com", "TXT", DNS_TYPE_TXT, DNS_EDE_NSEC_MISSING},
        {NET_NO_PROOF, "a.wild.example.com", "A", DNS_TYPE_A, DNS_EDE_NSEC_MISSING},
        {NET_NO_PROOF, "a.wild.example.org", "A", DNS_TYPE_A, DNS_EDE_NSEC_MISSING},
        {NET_WRONG_SIGNATURE, "nope.example.com", "A", DNS_TYPE_NSEC, DNS_EDE_DNSSEC_BOGUS},
        {NET_WRONG_SIGNATURE, "www.example.org", "TXT", DNS_TYPE_NSEC3, DNS_EDE_DNSSEC_BOGUS},
        {NET_WRONG_SIGNATURE, "nope.example.org", "A", DNS_TYPE_NSEC3,
         DNS_EDE_DNSSEC_INDETERMINATE}, /* three */
        {NET_WRONG_SIGNATURE, "nope.example.org", "A", DNS_TYPE_SOA, DNS_EDE_DNSSEC_BOGUS},
        {NET_EXPIRED, "www.example.com", "TXT", DNS_TYPE_NSEC, DNS_EDE_SIGNATURE_EXPIRED},
        {NET_OTHER_PROOF, "nope.example.com", "A", DNS_TYPE_A, DNS_EDE_NSEC_MISSING},
        {NET_OTHER_PROOF, "nope.example.org", "A", DNS_TYPE_A, DNS_EDE_NSEC_MISSING},
        {NET_OTHER_PROOF, "www.example.com", "TXT", DNS_TYPE_TXT, DNS_EDE_NSEC_MISSING},
        {NET_UNSIGNED, "www.example.com", "TXT", 0, DNS_EDE_RRSIGS_MISSING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net *net = net_small_signed();
        net_ask(net, "example.org", "DNSKEY");
        net_ask(net, "example.com", "DNSKEY");
        both_lie(net, cases[i].lie, cases[i].about);
        assert_bogus(net_ask(net, cases[i].name, cases[i].type), cases[i].ede, "");
        assert_null(strstr(net_cache_text(net, false), "NXDOMAIN"));
        net_end(net);
    }
    (void)state;
}

static void another_server_that_is_right_saves_the_answer(void **state)
{
    static const enum net_lie lies[] = {NET_WRONG_SIGNATURE, NET_EXPIRED, NET_UNSIGNED};
    static const uint16_t about[] = {DNS_TYPE_A, DNS_TYPE_DNSKEY, 0};
    for (size_t i = 0, k = 0; i < sizeof lies / sizeof lies[0]; k = (k + 1) % 3, i += k == 0)
        for (int which = 0; which < 2; which++) {
            struct net *net = net_small_signed();
            net_lie(net, which == 0 ? "192.0.2.11" : "192.0.2.12", lies[i], about[k]);
            const struct net_reply *reply = net_ask(net, "www.example.com", "A");
            assert_int_equal(reply->rcode, 0);
            assert_int_equal(reply->trust, TRUST_SECURE);
            net_end(net);
        }
    (void)state;
}

static void a_verdict_is_remembered_and_costs_nothing_again(void **state)
{
    both_lie(*state, NET_WRONG_SIGNATURE, DNS_TYPE_A);
    assert_bogus(net_ask(*state, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "192.0.2.1");
    const struct net_reply *reply = net_ask(*state, "www.example.com", "A");
    assert_bogus(reply, DNS_EDE_DNSSEC_BOGUS, "192.0.2.1");
    assert_int_equal(reply->packets, 0);
}

static void who_checks_by_himself_gets_what_is_bogus(void **state)
{
    both_lie(*state, NET_WRONG_SIGNATURE, DNS_TYPE_A);
    for (int warm = 0; warm < 2; warm++) {
        const struct net_reply *reply = net_ask_unchecked(*state, "www.example.com", "A");
        assert_int_equal(reply->rcode, 0);
        assert_int_equal(reply->trust, TRUST_NONE);
        assert_non_null(strstr(reply->text, "www.example.com. 300 IN A 203.0.113.80\n"));
        assert_non_null(strstr(reply->text, " IN RRSIG A 15 "));
        assert_null(strstr(net_cache_text(*state, false), "203.0.113.80"));
    }
    assert_bogus(net_ask(*state, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "www.example.com/A");
}

static void who_checks_by_himself_shares_what_was_validated(void **state)
{
    const struct net_reply *reply = net_ask_unchecked(*state, "www.example.com", "A");
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_int_equal(net_ask(*state, "www.example.com", "A")->packets, 0);
    reply = net_ask_unchecked(*state, "abroad.example.com", "A");
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_non_null(strstr(reply->text, "203.0.113.81\n"));
}

static void who_checks_by_himself_is_told_when_nobody_answers(void **state)
{
    net_behave(*state, "192.0.2.11", NET_SILENT);
    net_behave(*state, "192.0.2.12", NET_SILENT);
    const struct net_reply *reply = net_ask_unchecked(*state, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(reply->ede, DNS_EDE_NO_REACHABLE_AUTHORITY);
}

static void keys_that_nobody_vouches_for_sign_nothing(void **state)
{
    net_sign_with_another_key(*state, "example.com.");
    const struct net_reply *reply = net_ask(*state, "www.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_non_null(strstr(reply->ede_text, "example.com"));
    assert_true(dns_ede_is_of_validation(reply->ede));
}

static void a_zone_that_should_have_keys_and_has_none_is_bogus(void **state)
{
    net_zone_add(*state, "com.",
                 "unsigned.com. DS 4711 15 2 "
                 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
    assert_bogus(net_ask(*state, "unsigned.com", "DNSKEY"), DNS_EDE_RRSIGS_MISSING, "unsigned.com/DNSKEY");
    assert_bogus(net_ask(*state, "www.unsigned.com", "A"), DNS_EDE_RRSIGS_MISSING, "unsigned.com is signed");
    assert_bogus(net_ask(*state, "nope.unsigned.com", "A"), DNS_EDE_RRSIGS_MISSING, "unsigned.com is signed");
}

static void a_zone_that_proves_that_it_has_no_keys_is_bogus(void **state)
{
    net_sign(*state, "unsigned.com.", NET_NSEC);
    net_vouch(*state, "unsigned.com.");
    net_zone_replace(*state, "unsigned.com.", "www.unsigned.com. A 203.0.113.90\n");
    assert_bogus(net_ask(*state, "www.unsigned.com", "A"), DNS_EDE_DNSKEY_MISSING, "unsigned.com");
    const struct net_reply *reply = net_ask_unchecked(*state, "www.unsigned.com", "A");
    assert_int_equal(reply->rcode, 0); /* the reason is one that who checks by himself need not mind */
    assert_non_null(strstr(reply->text, "203.0.113.90\n"));
}

static void a_root_without_its_anchored_key_takes_everything_down(void **state)
{
    net_sign_with_another_key(*state, ".");
    assert_bogus(net_ask(*state, "www.example.com", "A"), DNS_EDE_DNSKEY_MISSING, "./DNSKEY");
    assert_null(strstr(net_cache_text(*state, false), "203.0.113.80"));
}

static void a_referral_whose_ds_are_wrongly_signed_is_not_followed(void **state)
{
    net_lie(*state, "192.0.2.1", NET_WRONG_SIGNATURE, DNS_TYPE_DS);
    assert_bogus(net_ask(*state, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "example.com/DS");
    assert_int_equal(net_packets_to(*state, "192.0.2.11") + net_packets_to(*state, "192.0.2.12"), 0);
}

static void a_stripped_referral_is_not_taken_for_an_unsigned_one(void **state)
{
    net_lie(*state, "192.0.2.1", NET_UNSIGNED, DNS_TYPE_NSEC);
    assert_int_equal(net_ask(*state, "www.unsigned.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    net_lie(*state, "192.0.2.2", NET_UNSIGNED, DNS_TYPE_NSEC3);
    assert_int_equal(net_ask(*state, "www.unsigned.org", "A")->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(net_packets_to(*state, "192.0.2.13"), 0);
}

static void records_beside_those_signed_make_the_set_bogus(void **state)
{
    net_ask(*state, "example.com", "DNSKEY");
    net_stray(*state, "192.0.2.11", DNS_ANSWER, "www.example.com. 300 A 198.51.100.66\n");
    net_stray(*state, "192.0.2.12", DNS_ANSWER, "www.example.com. 300 A 198.51.100.66\n");
    assert_bogus(net_ask(*state, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "www.example.com/A");
    assert_null(strstr(net_cache_text(*state, false), "198.51.100.66"));
}

static void a_signature_in_the_name_of_a_zone_that_is_none_is_bogus(void **state)
{
    net_zone(*state, "www.example.com.", "192.0.2.11 192.0.2.12", "www.example.com. A 198.51.100.66\n");
    net_sign(*state, "www.example.com.", NET_NSEC);
    assert_bogus(net_ask(*state, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "www.example.com/A");
    assert_null(strstr(net_cache_text(*state, false), "198.51.100.66"));
}

static void a_zone_that_is_none_has_no_keys_either(void **state)
{
    net_zone(*state, "www.example.com.", "192.0.2.11 192.0.2.12", "www.example.com. A 198.51.100.66\n");
    net_sign(*state, "www.example.com.", NET_NSEC);
    assert_bogus(net_ask(*state, "www.example.com", "DNSKEY"), DNS_EDE_DNSSEC_BOGUS,
                 "www.example.com/DNSKEY");
}

/* Refers the address of www.example.com to a server that nobody has signed for. */
static size_t refer_away(void *context, struct net *net, const struct dns_message *query, bool udp,
                         uint8_t *to)
{
    (void)context, (void)net, (void)udp;
    if (query->qname.wire[0] != 3 || query->qtype == DNS_TYPE_DS)
        return 0;
    return net_write(query, 0, NULL, "www.example.com. NS ns.www.example.com.\n",
                     "ns.www.example.com. A 192.0.2.66\n", to);
}

static void a_referral_to_a_zone_that_is_none_is_not_followed(void **state)
{
    net_zone(*state, "www.example.com.", "192.0.2.66", "www.example.com. A 198.51.100.66\n");
    net_script(*state, "192.0.2.11", refer_away, NULL);
    net_script(*state, "192.0.2.12", refer_away, NULL);
    assert_bogus(net_ask(*state, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "www.example.com");
    assert_int_equal(net_packets_to(*state, "192.0.2.66"), 0);
    assert_null(strstr(net_cache_text(*state, false), "192.0.2.66"));
}

/* Wrong signatures are not worth more than two checks for a question, however many servers there are. */
static void failures_of_a_question_are_counted(void **state)
{
    struct engine_statistics before, after;
    net_ask(*state, "example.com", "DNSKEY");
    both_lie(*state, NET_WRONG_SIGNATURE, DNS_TYPE_A);
    engine_get_statistics(net_engine(*state), &before);
    assert_int_equal(net_ask(*state, "www.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    engine_get_statistics(net_engine(*state), &after);
    assert_int_equal(after.signature_checks - before.signature_checks, 2);
    assert_int_equal(after.judged_bogus - before.judged_bogus, 2);
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, net_small_signed_up, net_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_signatures_are_servfail_and_the_reason_is_told),
        cmocka_unit_test(absences_without_a_good_proof_are_servfail),
        cmocka_unit_test(another_server_that_is_right_saves_the_answer),
        TEST(a_verdict_is_remembered_and_costs_nothing_again),
        TEST(who_checks_by_himself_gets_what_is_bogus),
        TEST(who_checks_by_himself_shares_what_was_validated),
        TEST(who_checks_by_himself_is_told_when_nobody_answers),
        TEST(keys_that_nobody_vouches_for_sign_nothing),
        TEST(a_zone_that_should_have_keys_and_has_none_is_bogus),
        TEST(a_zone_that_proves_that_it_has_no_keys_is_bogus),
        TEST(a_root_without_its_anchored_key_takes_everything_down),
        TEST(a_referral_whose_ds_are_wrongly_signed_is_not_followed),
        TEST(a_stripped_referral_is_not_taken_for_an_unsigned_one),
        TEST(records_beside_those_signed_make_the_set_bogus),
        TEST(a_signature_in_the_name_of_a_zone_that_is_none_is_bogus),
        TEST(a_zone_that_is_none_has_no_keys_either),
        TEST(a_referral_to_a_zone_that_is_none_is_not_followed),
        TEST(failures_of_a_question_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
