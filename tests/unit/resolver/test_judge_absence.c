/* What is believed of absence: names, types, DS records, spans without signatures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_signed.h"

static const struct net_signing kinds[] = {
    {.nsec3 = false},
    {.nsec3 = true},
    {.nsec3 = true, .iterations = 50, .salt_length = 255},
    {.nsec3 = true, .opt_out = true, .salt_length = 8},
};

enum { KINDS = sizeof kinds / sizeof kinds[0], OPT_OUT = 3 };

/* com. and its children are signed in one of the ways; open.com. is not signed. */
static struct net *world(unsigned kind)
{
    struct net *net = net_small();
    net_zone_add(net, "com.", "open.com. NS ns1.example.com.\nbelow.ent.com. NS ns1.example.com.\n");
    net_zone_add(net, "example.com.", "*.wild.example.com. A 203.0.113.99\n");
    net_zone(net, "open.com.", "192.0.2.11 192.0.2.12",
             "open.com. NS ns1.example.com.\nwww.open.com. A 203.0.113.7\n");
    net_zone(net, "below.ent.com.", "192.0.2.11 192.0.2.12",
             "below.ent.com. NS ns1.example.com.\nwww.below.ent.com. A 203.0.113.8\n");
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", kinds[kind]);
    net_sign(net, "example.com.", kinds[kind]);
    net_publish(net);
    return net;
}

static void assert_reply(const struct net_reply *reply, const char *text, enum trust trust)
{
    assert_string_equal(reply->text, text);
    assert_int_equal(reply->trust, trust);
}

static void names_types_and_empty_nonterminals_are_denied_securely(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct net *net = world(kind);
        enum trust trust = kind == OPT_OUT ? TRUST_INSECURE : TRUST_SECURE;
        assert_reply(net_ask(net, "none.example.com", "A"), "NXDOMAIN\n", trust);
        assert_reply(net_ask(net, "deep.under.none.example.com", "A"), "NXDOMAIN\n", trust);
        assert_reply(net_ask(net, "www.example.com", "TXT"), "NOERROR\n", TRUST_SECURE);
        assert_reply(net_ask(net, "b.c.example.com", "A"), "NOERROR\n", TRUST_SECURE);
        assert_reply(net_ask(net, "x.wild.example.com", "A"),
                     "NOERROR\nx.wild.example.com. 900 IN A 203.0.113.99\n", trust);
        assert_reply(net_ask(net, "x.wild.example.com", "MX"), "NOERROR\n", trust);
        net_end(net);
    }
}

static void unsigned_children_are_insecure(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct net *net = world(kind);
        assert_reply(net_ask(net, "www.open.com", "A"), "NOERROR\nwww.open.com. 3600 IN A 203.0.113.7\n",
                     TRUST_INSECURE);
        assert_reply(net_ask(net, "www.below.ent.com", "A"),
                     "NOERROR\nwww.below.ent.com. 3600 IN A 203.0.113.8\n", TRUST_INSECURE);
        net_end(net);
    }
}

static void ds_questions_are_answered_at_cuts_and_elsewhere(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct net *net = world(kind);
        enum trust span = kind == OPT_OUT ? TRUST_INSECURE : TRUST_SECURE;
        const struct net_reply *reply = net_ask(net, "example.com", "DS");
        assert_int_equal(reply->trust, TRUST_SECURE);
        assert_non_null(strstr(reply->text, " IN DS "));
        assert_reply(net_ask(net, "open.com", "DS"), "NOERROR\n", span);
        assert_reply(net_ask(net, "ent.com", "DS"), "NOERROR\n", span);
        assert_reply(net_ask(net, "www.example.com", "DS"), "NOERROR\n", TRUST_SECURE);
        assert_reply(net_ask(net, "none.com", "DS"), "NXDOMAIN\n", span);
        assert_reply(net_ask(net, ".", "DS"), "NOERROR\n", TRUST_SECURE);
        net_end(net);
    }
}

static void absence_without_proof_is_bogus(void **state)
{
    static const char *const types[] = {"A", "TXT", "MX"};
    static const char *const names[] = {"none.example.com", "www.example.com", "c.example.com"};
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned i = 0; i < 3; i++) {
            struct net *net = world(kind);
            net_behave(net, "192.0.2.11", NET_STRIPS_PROOFS);
            net_behave(net, "192.0.2.12", NET_STRIPS_PROOFS);
            const struct net_reply *reply = net_ask(net, names[i], types[i]);
            assert_string_equal(reply->text, "SERVFAIL\n");
            assert_int_equal(reply->ede, DNS_EDE_NSEC_MISSING);
            assert_non_null(strstr(reply->ede_text, "no proof from example.com that "));
            assert_non_null(strstr(reply->ede_text, names[i]));
            net_end(net);
        }
}

static void an_absent_name_that_exists_is_bogus(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct net *net = world(kind);
        net_damage(net, "example.com.", "www.example.com.", "A", NET_REMOVED);
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        assert_string_equal(reply->text, "SERVFAIL\n");
        net_end(net);
    }
}

static void iterations_beyond_fifty_are_insecure_and_said(void **state)
{
    static const uint16_t iterations[] = {51, 150, 2500, 65535};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct net *net = net_small();
        struct engine_statistics before, after;
        net_sign(net, ".", (struct net_signing){0});
        net_sign(net, "com.", (struct net_signing){0});
        net_sign(net, "example.com.", (struct net_signing){.nsec3 = true});
        net_publish(net);
        net_ask(net, "www.example.com", "A");
        net_sign(net, "example.com.", (struct net_signing){.nsec3 = true, .iterations = iterations[i]});
        net_publish(net);
        engine_get_statistics(net_engine(net), &before);
        const struct net_reply *reply = net_ask(net, "none.example.com", "A");
        engine_get_statistics(net_engine(net), &after);
        assert_reply(reply, "NXDOMAIN\n", TRUST_INSECURE);
        assert_int_equal(reply->ede, DNS_EDE_NSEC3_ITERATIONS);
        assert_int_equal(after.nsec3_blocks - before.nsec3_blocks, 0);
        assert_int_equal(net_ask(net, "a.b.c.example.com", "A")->trust, TRUST_SECURE);
        net_end(net);
    }
}

/* The chain of a parent with so many iterations denies nothing: what is below is insecure (RFC 9276 §3.2). */
static void below_a_parent_of_many_iterations_all_is_insecure(void **state)
{
    (void)state;
    struct net *net = net_small();
    net_zone_add(net, "com.", "open.com. NS ns1.example.com.\n");
    net_zone(net, "open.com.", "192.0.2.11 192.0.2.12",
             "open.com. NS ns1.example.com.\nwww.open.com. A 203.0.113.7\n");
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){.nsec3 = true, .iterations = 65535});
    net_sign(net, "example.com.", (struct net_signing){0});
    net_publish(net);
    assert_reply(net_ask(net, "www.open.com", "A"), "NOERROR\nwww.open.com. 3600 IN A 203.0.113.7\n",
                 TRUST_INSECURE);
    assert_int_equal(net_ask(net, "www.example.com", "A")->trust, TRUST_SECURE);
    net_end(net);
}

/* RFC 9077: not longer than the SOA's and the NSEC's TTL, whichever is less. */
static void absence_is_kept_as_long_as_its_proof(void **state)
{
    (void)state;
    struct net *net = world(0);
    net_zone_add(net, "example.com.", "x.example.com. A 203.0.113.1\n");
    net_publish(net);
    net_ask(net, "none.example.com", "A");
    assert_non_null(strstr(net_cache_text(net, true), "NXDOMAIN none.example.com."));
    net_pass(net, 901);
    assert_true(net_ask(net, "none.example.com", "A")->packets > 0);
    net_end(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_types_and_empty_nonterminals_are_denied_securely),
        cmocka_unit_test(unsigned_children_are_insecure),
        cmocka_unit_test(ds_questions_are_answered_at_cuts_and_elsewhere),
        cmocka_unit_test(absence_without_proof_is_bogus),
        cmocka_unit_test(an_absent_name_that_exists_is_bogus),
        cmocka_unit_test(iterations_beyond_fifty_are_insecure_and_said),
        cmocka_unit_test(below_a_parent_of_many_iterations_all_is_insecure),
        cmocka_unit_test(absence_is_kept_as_long_as_its_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
