/* What is believed of answers of signed zones, and what is said when they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_signed.h"

static struct net *signed_by(struct net_signing how)
{
    struct net *net = net_small();
    net_sign(net, ".", how);
    net_sign(net, "com.", how);
    net_sign(net, "example.com.", how);
    net_zone_add(net, "example.com.",
                 "*.wild.example.com. A 203.0.113.99\nsub.wild.example.com. A 203.0.113.98\n");
    net_publish(net);
    return net;
}

static struct net *signed_small(void)
{
    return signed_by((struct net_signing){0});
}

static void assert_secure(const struct net_reply *reply, const char *text)
{
    assert_string_equal(reply->text, text);
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_int_equal(reply->ede, DNS_EDE_NONE);
}

static void assert_insecure(const struct net_reply *reply, const char *text)
{
    assert_string_equal(reply->text, text);
    assert_int_equal(reply->trust, TRUST_INSECURE);
}

static void assert_bogus(const struct net_reply *reply, int ede, const char *words)
{
    assert_string_equal(reply->text, "SERVFAIL\n");
    if (strstr(reply->ede_text, words) == NULL)
        assert_string_equal(reply->ede_text, words);
    assert_int_equal(reply->ede, ede);
    assert_non_null(strstr(reply->ede_text, ", at "));
}

#define WWW "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n"

static uint64_t checks(struct net *net)
{
    struct engine_statistics statistics;
    engine_get_statistics(net_engine(net), &statistics);
    return statistics.signature_checks;
}

static void answers_of_signed_zones_are_secure_by_each_algorithm(void **state)
{
    static const uint8_t algorithms[] = {DNSSEC_ED25519, DNSSEC_ED448, DNSSEC_ECDSA_P256, DNSSEC_ECDSA_P384};
    (void)state;
    for (unsigned i = 0; i < sizeof algorithms; i++) {
        struct net *net = signed_by((struct net_signing){.algorithm = algorithms[i]});
        assert_secure(net_ask(net, "www.example.com", "A"), WWW);
        assert_secure(net_ask(net, "www.example.com", "A"), WWW); /* out of the cache */
        net_end(net);
    }
}

static void a_chain_costs_two_checks_for_each_zone_and_one_for_the_data(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_ask(net, "www.example.com", "A");
    assert_int_equal(checks(net),
                     3 + 2 + 1 + 1); /* DNSKEY each, DS below the root, A; priming: the root's NS */
    net_ask(net, "a.b.c.example.com", "A");
    assert_int_equal(checks(net), 3 + 2 + 1 + 2);
    net_ask(net, "a.b.c.example.com", "A");
    assert_int_equal(checks(net), 3 + 2 + 1 + 2);
    net_end(net);
}

static void below_an_unsigned_cut_nothing_is_checked(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_insecure(net_ask(net, "www.example.org", "A"),
                    "NOERROR\nwww.example.org. 3600 IN A 203.0.113.81\n");
    uint64_t before = checks(net);
    assert_insecure(net_ask(net, "mail.example.org", "A"),
                    "NOERROR\nmail.example.org. 3600 IN A 203.0.113.25\n");
    assert_int_equal(checks(net), before);
    assert_null(strstr(net_seen(net, "192.0.2.2"), "DNSKEY"));
    net_end(net);
}

/* -- wrong for good ------------------------------------------------------------------------------- */

static const struct {
    enum net_damage damage;
    const char *zone, *owner, *type;
    int ede;
    const char *words; /* %u: the tag of the zone's key */
} damages[] = {
    {NET_CORRUPTED, "example.com.", "www.example.com.", "A", DNS_EDE_DNSSEC_BOGUS,
     "signature of www.example.com/A by key %u does not fit the data, at 192.0.2.1"},
    {NET_STRIPPED, "example.com.", "www.example.com.", "A", DNS_EDE_RRSIGS_MISSING,
     "no signature of www.example.com/A, though example.com is signed, at 192.0.2.1"},
    {NET_EXPIRED, "example.com.", "www.example.com.", "A", DNS_EDE_SIGNATURE_EXPIRED,
     "signature of www.example.com/A by key %u expired 2027-01-05 08:00 UTC, at 192.0.2.1"},
    {NET_FUTURE, "example.com.", "www.example.com.", "A", DNS_EDE_SIGNATURE_NOT_YET_VALID,
     "signature of www.example.com/A by key %u is not valid before 2027-01-25 08:00 UTC, at 192.0.2.1"},
    {NET_CORRUPTED, "example.com.", "example.com.", "DNSKEY", DNS_EDE_DNSSEC_BOGUS,
     "signature of example.com/DNSKEY by key %u does not fit the data, at 192.0.2.1"},
    {NET_REMOVED, "example.com.", "example.com.", "DNSKEY", DNS_EDE_DNSKEY_MISSING,
     "example.com has no key %u, which its DS record promises, at 192.0.2.1"},
    {NET_EXPIRED, "example.com.", "example.com.", "DNSKEY", DNS_EDE_SIGNATURE_EXPIRED,
     "signature of example.com/DNSKEY by key %u expired 2027-01-05 08:00 UTC, at 192.0.2.1"},
    {NET_CORRUPTED, "com.", "example.com.", "DS", DNS_EDE_DNSSEC_BOGUS,
     "signature of example.com/DS by key %u does not fit the data, at 192.0.2.1"},
    {NET_EXPIRED, "com.", "example.com.", "DS", DNS_EDE_SIGNATURE_EXPIRED,
     "signature of example.com/DS by key %u expired 2027-01-05 08:00 UTC, at 192.0.2.1"},
    {NET_REMOVED, ".", ".", "DNSKEY", DNS_EDE_DNSKEY_MISSING,
     "none of the trust anchors of . is among its keys, at 198.41.0.4"},
};

static void what_is_wrong_for_good_fails_and_says_what(void **state)
{
    char words[256];
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct net *net = signed_small();
        net_damage(net, damages[i].zone, damages[i].owner, damages[i].type, damages[i].damage);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(words, sizeof words, damages[i].words, net_key_tag(net, damages[i].zone));
#pragma GCC diagnostic pop
        assert_bogus(net_ask(net, "www.example.com", "A"), damages[i].ede, words);
        assert_null(strstr(net_cache_text(net, false), "203.0.113.80"));
        net_end(net);
    }
}

static void a_ds_record_of_no_key_there_is_fails(void **state)
{
    (void)state;
    struct net *net = signed_small();
    uint8_t wrong[36] = {0, 0, DNSSEC_ED25519, 2};
    struct dns_name_buffer owner;
    dns_name_from_text("example.com.", &owner);
    net_publish(net);
    wrong[0] = (uint8_t)(net_key_tag(net, "example.com.") >> 8);
    wrong[1] = (uint8_t)net_key_tag(net, "example.com.");
    net_sign(net, "example.com.", (struct net_signing){.island = true});
    net_record(net, "com.", dns_name_view(&owner), DNS_TYPE_DS, wrong, sizeof wrong, false);
    net_publish(net);
    assert_bogus(net_ask(net, "www.example.com", "A"), DNS_EDE_DNSKEY_MISSING,
                 "is not the one that its DS record promises, at 192.0.2.1");
    net_end(net);
}

/* Also where its DS records are forgotten: what the zone lacks is its keys, and not one signature. */
static void forged_unsigned_data_is_not_believed(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_zone_replace(net, "example.com.", "www.example.com. 300 A 192.0.2.66\n");
    assert_bogus(net_ask(net, "www.example.com", "A"), DNS_EDE_DNSKEY_MISSING, "example.com has no key ");
    assert_null(strstr(net_cache_text(net, false), "192.0.2.66"));
    net_end(net);
}

static void failures_are_remembered(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_damage(net, "example.com.", "www.example.com.", "A", NET_CORRUPTED);
    net_ask(net, "www.example.com", "A");
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_int_equal(reply->packets, 0);
    assert_bogus(reply, DNS_EDE_DNSSEC_BOGUS, "does not fit the data");
    net_end(net);
}

static void a_mended_zone_is_believed_again(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_damage(net, "example.com.", "example.com.", "DNSKEY", NET_CORRUPTED);
    net_ask(net, "www.example.com", "A");
    net_publish(net);
    net_pass(net, 70);
    assert_secure(net_ask(net, "www.example.com", "A"), WWW);
    net_end(net);
}

/* -- wrong at one server --------------------------------------------------------------------------- */

static void another_server_is_asked_when_one_lies(void **state)
{
    static const enum net_behaviour lies[] = {NET_STRIPS_SIGNATURES, NET_CORRUPTS_SIGNATURES};
    (void)state;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned liar = 0; liar < 2; liar++) {
            struct net *net = signed_small();
            net_behave(net, liar ? "192.0.2.11" : "192.0.2.12", lies[i]);
            assert_secure(net_ask(net, "www.example.com", "A"), WWW);
            assert_secure(net_ask(net, "a.b.c.example.com", "A"),
                          "NOERROR\na.b.c.example.com. 3600 IN A 203.0.113.3\n");
            net_end(net);
        }
}

static void a_server_without_proofs_is_passed_over(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_behave(net, "192.0.2.11", NET_STRIPS_PROOFS);
    for (unsigned i = 0; i < 8; i++) {
        char name[32];
        snprintf(name, sizeof name, "no%u.example.com", i);
        assert_secure(net_ask(net, name, "A"), "NXDOMAIN\n");
    }
    net_end(net);
}

/* -- what the parent says --------------------------------------------------------------------------- */

static void stripped_ds_records_are_asked_for(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_behave(net, "192.0.2.1", NET_STRIPS_DS);
    assert_secure(net_ask(net, "www.example.com", "A"), WWW);
    assert_non_null(strstr(net_seen(net, "192.0.2.1"), "example.com./DS"));
    net_end(net);
}

static void stripped_ds_records_that_are_denied_without_proof_fail(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_damage(net, "com.", "example.com.", "DS", NET_REMOVED);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_string_equal(reply->text, "SERVFAIL\n");
    assert_int_equal(reply->ede, DNS_EDE_DNSSEC_BOGUS); /* the proof says that they exist */
    net_end(net);
}

static void unknown_algorithms_and_digests_are_insecure_and_said(void **state)
{
    (void)state;
    struct net *net = net_small();
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){.algorithm = 200});
    net_publish(net);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_insecure(reply, WWW);
    assert_int_equal(reply->ede, DNS_EDE_UNSUPPORTED_ALGORITHM);
    net_end(net);

    net = net_small();
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){.digest = 99});
    net_publish(net);
    reply = net_ask(net, "www.example.com", "A");
    assert_insecure(reply, WWW);
    assert_int_equal(reply->ede, DNS_EDE_UNSUPPORTED_DIGEST);
    net_end(net);
}

static void an_island_is_insecure_until_it_has_an_anchor(void **state)
{
    (void)state;
    for (unsigned anchored = 0; anchored < 2; anchored++) {
        struct net *net = net_small();
        net_sign(net, ".", (struct net_signing){0});
        net_sign(net, "example.com.", (struct net_signing){.island = true}); /* com. is not signed */
        net_publish(net);
        if (anchored) {
            net_anchor(net, "example.com.");
            net_reconfigure(net);
        }
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        assert_string_equal(reply->text, WWW);
        assert_int_equal(reply->trust, anchored ? TRUST_SECURE : TRUST_INSECURE);
        net_end(net);
    }
}

static void a_child_on_its_parents_server_needs_no_referral(void **state)
{
    static const char *const names[] = {"www.sub.example.com", "x.deep.sub.example.com"};
    (void)state;
    for (unsigned signed_ = 0; signed_ < 2; signed_++)
        for (unsigned i = 0; i < 2; i++) {
            struct net *net = net_small();
            net_zone_add(net, "example.com.", "sub.example.com. NS ns1.example.com.\n");
            net_zone(net, "sub.example.com.", "192.0.2.11 192.0.2.12",
                     "sub.example.com. NS ns1.example.com.\nwww.sub.example.com. A 192.0.2.7\n"
                     "x.deep.sub.example.com. A 192.0.2.7\n");
            net_sign(net, ".", (struct net_signing){0});
            net_sign(net, "com.", (struct net_signing){0});
            net_sign(net, "example.com.", (struct net_signing){0});
            if (signed_)
                net_sign(net, "sub.example.com.", (struct net_signing){0});
            net_publish(net);
            const struct net_reply *reply = net_ask(net, names[i], "A");
            assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
            assert_int_equal(reply->trust, signed_ ? TRUST_SECURE : TRUST_INSECURE);
            assert_int_equal(net_ask(net, "none.sub.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
            assert_int_equal(net_reply(net)->trust, signed_ ? TRUST_SECURE : TRUST_INSECURE);
            net_end(net);
        }
}

/* -- aliases and wildcards --------------------------------------------------------------------------- */

static void an_alias_is_worth_what_its_least_link_is(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_secure(net_ask(net, "alias.example.com", "A"),
                  "NOERROR\nalias.example.com. 3600 IN CNAME www.example.com.\n"
                  "www.example.com. 300 IN A 203.0.113.80\n");
    assert_insecure(net_ask(net, "abroad.example.com", "A"),
                    "NOERROR\nabroad.example.com. 60 IN CNAME www.example.org.\n"
                    "www.example.org. 3600 IN A 203.0.113.81\n");
    net_end(net);
}

static void a_dname_vouches_for_the_alias_it_makes(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_zone_add(net, "example.com.", "moved.example.com. DNAME c.example.com.\n");
    net_publish(net);
    assert_secure(net_ask(net, "a.b.moved.example.com", "A"),
                  "NOERROR\nmoved.example.com. 3600 IN DNAME c.example.com.\n"
                  "a.b.moved.example.com. 3600 IN CNAME a.b.c.example.com.\n"
                  "a.b.c.example.com. 3600 IN A 203.0.113.3\n");
    assert_int_equal(net_ask(net, "www.old.example.com", "A")->trust, TRUST_INSECURE);
    net_end(net);
}

static void a_bogus_target_spoils_the_answer(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_damage(net, "example.com.", "www.example.com.", "A", NET_CORRUPTED);
    assert_bogus(net_ask(net, "alias.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "www.example.com/A");
    net_end(net);
}

static void a_wildcards_answer_needs_its_proof(void **state)
{
    (void)state;
    for (unsigned nsec3 = 0; nsec3 < 2; nsec3++) {
        struct net *net = signed_by((struct net_signing){.nsec3 = nsec3, .iterations = 3, .salt_length = 4});
        assert_secure(net_ask(net, "x.y.wild.example.com", "A"),
                      "NOERROR\nx.y.wild.example.com. 900 IN A 203.0.113.99\n" /* the TTL of the proof */);
        assert_secure(net_ask(net, "z.wild.example.com", "TXT"), "NOERROR\n");
        net_behave(net, "192.0.2.11", NET_STRIPS_PROOFS);
        net_behave(net, "192.0.2.12", NET_STRIPS_PROOFS);
        assert_bogus(net_ask(net, "w.wild.example.com", "A"), DNS_EDE_NSEC_MISSING,
                     "no proof from example.com");
        net_end(net);
    }
}

static void names_beside_a_wildcard_are_their_own(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_secure(net_ask(net, "sub.wild.example.com", "A"),
                  "NOERROR\nsub.wild.example.com. 3600 IN A 203.0.113.98\n");
    assert_secure(net_ask(net, "x.sub.wild.example.com", "A"), "NXDOMAIN\n");
    net_end(net);
}

/* -- CD ----------------------------------------------------------------------------------------------- */

static void who_checks_himself_gets_what_is_bogus_and_nothing_of_it_stays(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_damage(net, "example.com.", "www.example.com.", "A", NET_CORRUPTED);
    const struct net_reply *reply = net_ask_unchecked(net, "www.example.com", "A");
    assert_string_equal(reply->text, WWW);
    assert_int_equal(reply->trust, TRUST_NONE);
    assert_null(strstr(net_cache_text(net, false), "203.0.113.80"));
    assert_bogus(net_ask(net, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "does not fit");
    assert_string_equal(net_ask_unchecked(net, "www.example.com", "A")->text, WWW);
    assert_bogus(net_ask(net, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "does not fit");
    net_end(net);
}

static void who_checks_himself_gets_secure_data_from_the_cache(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_string_equal(net_ask_unchecked(net, "www.example.com", "A")->text, WWW);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_secure(reply, WWW);
    assert_int_equal(reply->packets, 0);
    net_end(net);
}

/* -- exceptions ----------------------------------------------------------------------------------------- */

static void below_an_exception_what_is_bogus_is_insecure_and_that_is_said(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_damage(net, "example.com.", "www.example.com.", "A", NET_CORRUPTED);
    net_except(net, "example.com.", NET_WALL + 1000);
    net_reconfigure(net);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_insecure(reply, WWW);
    net_end(net);
}

static void an_exception_ends(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_damage(net, "example.com.", "www.example.com.", "A", NET_CORRUPTED);
    net_except(net, "www.example.com.", NET_WALL + 1000);
    net_reconfigure(net);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_insecure(reply, WWW);
    assert_int_equal(reply->ede, DNS_EDE_NEGATIVE_TRUST_ANCHOR);
    net_pass(net, 1001);
    assert_bogus(net_ask(net, "www.example.com", "A"), DNS_EDE_DNSSEC_BOGUS, "does not fit");
    net_end(net);
}

/* -- time ------------------------------------------------------------------------------------------------ */

static void a_clock_before_the_build_is_said_so(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_policy(net)->clock_floor = NET_WALL - 86400;
    net_reconfigure(net);
    engine_set_clock(net_engine(net), net_now(net), 86400);
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_string_equal(reply->text, "SERVFAIL\n");
    assert_int_equal(reply->ede, DNS_EDE_DNSSEC_INDETERMINATE);
    assert_non_null(strstr(reply->ede_text, "the clock of this resolver is wrong"));
    net_end(net);
}

static void nothing_is_kept_beyond_its_signature(void **state)
{
    (void)state;
    struct net *net = signed_small();
    net_zone_add(net, "example.com.", "long.example.com. 86400 A 203.0.113.4\n");
    net_publish(net);
    net_pass(net, 14 * NET_DAY - 100);
    const struct net_reply *reply = net_ask(net, "long.example.com", "A");
    assert_secure(reply, "NOERROR\nlong.example.com. 100 IN A 203.0.113.4\n");
    net_end(net);
}

/* Keys live no longer than the word of the parent that vouches for them. */
static void a_withdrawn_ds_record_ends_the_trust_in_keys(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_secure(net_ask(net, "www.example.com", "A"), WWW);
    net_sign(net, "example.com.", (struct net_signing){.island = true});
    net_publish(net);
    net_pass(net, 3601);
    assert_insecure(net_ask(net, "www.example.com", "A"), WWW);
    net_end(net);
}

/* -- keys that are rolled ------------------------------------------------------------------------------------ */

/* RFC 6781 §4.1.1.1: the new key is published for the TTL of the old RRset before it signs. */
static void a_key_published_ahead_may_sign_when_the_old_rrset_has_expired(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_secure(net_ask(net, "www.example.com", "A"), WWW);
    net_sign(net, "example.com.", (struct net_signing){.key = 1});
    net_publish(net);
    net_pass(net, 3601);
    assert_secure(net_ask(net, "www.example.com", "A"), WWW);
    net_end(net);
}

/* A zone that changes its keys at once is bogus until the old ones have expired, as for other resolvers. */
static void a_zone_with_new_keys_at_once_recovers_when_the_old_ones_have_expired(void **state)
{
    (void)state;
    struct net *net = signed_small();
    assert_secure(net_ask(net, "www.example.com", "A"), WWW);
    net_sign(net, "example.com.", (struct net_signing){.key = 1});
    net_publish(net);
    assert_bogus(net_ask(net, "a.b.c.example.com", "A"), DNS_EDE_DNSKEY_MISSING,
                 "a.b.c.example.com/A is signed by key");
    net_pass(net, 3601);
    assert_secure(net_ask(net, "a.b.c.example.com", "A"),
                  "NOERROR\na.b.c.example.com. 3600 IN A 203.0.113.3\n");
    net_end(net);
}

/* -- several at once ------------------------------------------------------------------------------------------ */

static void questions_that_need_the_same_keys_fetch_them_once(void **state)
{
    static const char *const names[] = {"www.example.com", "alias.example.com", "a.b.c.example.com",
                                        "ns1.example.com", "none.example.com",  NULL};
    (void)state;
    struct net *net = signed_small();
    net_ask_many(net, names, "A");
    const char *seen = net_seen(net, "198.41.0.4");
    const char *first = strstr(seen, "./DNSKEY");
    assert_non_null(first);
    assert_null(strstr(first + 1, "./DNSKEY"));
    for (unsigned i = 0; names[i] != NULL; i++) {
        const struct net_reply *reply = net_ask(net, names[i], "A");
        assert_int_equal(reply->trust, TRUST_SECURE);
        assert_int_equal(reply->packets, 0);
    }
    net_end(net);
}

/* The name servers of each zone are in the other one: no walk waits for itself. */
static void zones_that_need_each_other_end(void **state)
{
    (void)state;
    struct net *net = net_small();
    net_zone_add(net, "com.", "one.com. NS ns.two.com.\ntwo.com. NS ns.one.com.\n");
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_publish(net);
    assert_string_equal(net_ask(net, "www.one.com", "A")->text, "SERVFAIL\n");
    net_end(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_signed_zones_are_secure_by_each_algorithm),
        cmocka_unit_test(a_chain_costs_two_checks_for_each_zone_and_one_for_the_data),
        cmocka_unit_test(below_an_unsigned_cut_nothing_is_checked),
        cmocka_unit_test(what_is_wrong_for_good_fails_and_says_what),
        cmocka_unit_test(a_ds_record_of_no_key_there_is_fails),
        cmocka_unit_test(forged_unsigned_data_is_not_believed),
        cmocka_unit_test(failures_are_remembered),
        cmocka_unit_test(a_mended_zone_is_believed_again),
        cmocka_unit_test(another_server_is_asked_when_one_lies),
        cmocka_unit_test(a_server_without_proofs_is_passed_over),
        cmocka_unit_test(stripped_ds_records_are_asked_for),
        cmocka_unit_test(stripped_ds_records_that_are_denied_without_proof_fail),
        cmocka_unit_test(unknown_algorithms_and_digests_are_insecure_and_said),
        cmocka_unit_test(an_island_is_insecure_until_it_has_an_anchor),
        cmocka_unit_test(a_child_on_its_parents_server_needs_no_referral),
        cmocka_unit_test(an_alias_is_worth_what_its_least_link_is),
        cmocka_unit_test(a_dname_vouches_for_the_alias_it_makes),
        cmocka_unit_test(a_bogus_target_spoils_the_answer),
        cmocka_unit_test(a_wildcards_answer_needs_its_proof),
        cmocka_unit_test(names_beside_a_wildcard_are_their_own),
        cmocka_unit_test(who_checks_himself_gets_what_is_bogus_and_nothing_of_it_stays),
        cmocka_unit_test(who_checks_himself_gets_secure_data_from_the_cache),
        cmocka_unit_test(below_an_exception_what_is_bogus_is_insecure_and_that_is_said),
        cmocka_unit_test(an_exception_ends),
        cmocka_unit_test(a_clock_before_the_build_is_said_so),
        cmocka_unit_test(nothing_is_kept_beyond_its_signature),
        cmocka_unit_test(a_withdrawn_ds_record_ends_the_trust_in_keys),
        cmocka_unit_test(a_key_published_ahead_may_sign_when_the_old_rrset_has_expired),
        cmocka_unit_test(a_zone_with_new_keys_at_once_recovers_when_the_old_ones_have_expired),
        cmocka_unit_test(questions_that_need_the_same_keys_fetch_them_once),
        cmocka_unit_test(zones_that_need_each_other_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
