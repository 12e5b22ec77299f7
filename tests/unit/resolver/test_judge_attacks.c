/*
 * Zones whose owner wants a resolver to work: whatever they say, one client's question costs no more than its
 * budget (CVE-2023-50387, CVE-2023-50868 and their relatives).
 *
 * With ATTACK_TIMES in the environment each question's processor time is printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/octets.h"
#include "dnssec/key.h"
#include "net_signed.h"

enum { MANY = 600, CHECKS = 32, UNITS = 600, BLOCKS = 8192 };

static struct engine_statistics work(struct net *net)
{
    struct engine_statistics statistics;
    engine_get_statistics(net_engine(net), &statistics);
    return statistics;
}

static void report(struct net *net, const char *what, const struct engine_statistics *before)
{
    struct engine_statistics after = work(net);
    if (getenv("ATTACK_TIMES") != NULL)
        printf(
            "%-44s %4u checks %4u units %5u blocks %3u packets %6u us, worst event %6u us  %.20s %d %.90s\n",
            what, (unsigned)(after.signature_checks - before->signature_checks),
            (unsigned)(after.signature_cost - before->signature_cost),
            (unsigned)(after.nsec3_blocks - before->nsec3_blocks), net_reply(net)->packets,
            (unsigned)net_cpu(net), (unsigned)net_cpu_worst(net), strtok(strdup(net_reply(net)->text), "\n"),
            net_reply(net)->ede, net_reply(net)->ede_text);
}

/* One question within its budget; what it is worth is for the caller to say. */
static const struct net_reply *ask(struct net *net, const char *what, const char *name, const char *type)
{
    net_ask(net, ".", "NS"); /* priming has a budget of its own */
    net_pass(net, 1);        /* and its last packet may still be on its way */
    struct engine_statistics before = work(net);
    net_cpu_reset(net);
    const struct net_reply *reply = net_ask(net, name, type);
    struct engine_statistics after = work(net);
    report(net, what, &before);
    assert_true(after.signature_checks - before.signature_checks <= CHECKS);
    assert_true(after.signature_cost - before.signature_cost <= UNITS);
    assert_true(after.nsec3_blocks - before.nsec3_blocks <= BLOCKS);
    assert_true(reply->packets <= 100);
    return reply;
}

static const uint8_t algorithms[] = {DNSSEC_ED25519, DNSSEC_ED448, DNSSEC_ECDSA_P256, DNSSEC_ECDSA_P384};
enum { ALGORITHMS = sizeof algorithms };

static struct net *attacker(struct net_signing how)
{
    struct net *net = net_small();
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", how);
    return net;
}

/* Keys of the tag of the zone's key, in front of it in the sorted RRset or behind. */
static void add_colliding_keys(struct net *net, unsigned count, uint8_t algorithm)
{
    static const unsigned sizes[] = {[13] = 64, [14] = 96, [15] = 32, [16] = 57};
    struct dns_name_buffer owner;
    uint8_t rdata[4 + 96];
    uint16_t tag = net_key_tag(net, "example.com.");
    dns_name_from_text("example.com.", &owner);
    for (unsigned i = 0; i < count; i++) {
        memset(rdata, 0, sizeof rdata);
        put16(rdata, DNSSEC_KEY_ZONE);
        rdata[2] = DNSSEC_KEY_PROTOCOL;
        rdata[3] = algorithm;
        put32(rdata + 8, i);
        net_set_tag(rdata, 4 + sizes[algorithm], tag);
        net_record(net, "example.com.", dns_name_view(&owner), DNS_TYPE_DNSKEY, rdata, 4 + sizes[algorithm],
                   false);
    }
}

static void keys_of_one_tag_and_false_signatures(void **state)
{
    static const unsigned keys[] = {0, 1, 60, MANY}, signatures[] = {0, 2, MANY};
    char what[64];
    (void)state;
    for (unsigned a = 0; a < ALGORITHMS; a++)
        for (unsigned k = 0; k < 4; k++)
            for (unsigned s = 0; s < 3; s++) {
                struct net *net = attacker((struct net_signing){.algorithm = algorithms[a]});
                add_colliding_keys(net, keys[k], algorithms[a]);
                net_publish(net);
                net_false_signatures(net, "example.com.", "www.example.com.", "A", signatures[s]);
                snprintf(what, sizeof what, "positive, algorithm %u, %u keys x %u", algorithms[a], keys[k],
                         signatures[s]);
                const struct net_reply *reply = ask(net, what, "www.example.com", "A");
                if (signatures[s] > 2 || keys[k] > 60)
                    assert_string_equal(reply->text, "SERVFAIL\n");
                net_end(net);
            }
}

/* An accident that happens: two keys of a zone have one tag, and the wrong one is tried first. */
static void two_keys_of_one_tag_are_no_attack(void **state)
{
    (void)state;
    for (unsigned a = 0; a < ALGORITHMS; a++)
        for (unsigned nsec3 = 0; nsec3 < 2; nsec3++) {
            struct net *net = attacker((struct net_signing){.algorithm = algorithms[a], .nsec3 = nsec3});
            add_colliding_keys(net, 1, algorithms[a]);
            net_publish(net);
            assert_int_equal(ask(net, "two keys of one tag", "alias.example.com", "A")->trust, TRUST_SECURE);
            assert_int_equal(ask(net, "two keys of one tag", "none.example.com", "A")->trust, TRUST_SECURE);
            net_end(net);
        }
}

static void false_signatures_everywhere(void **state)
{
    static const struct {
        const char *what, *zone, *owner, *type, *qname, *qtype;
    } cases[] = {
        {"DNSKEY", "example.com.", "example.com.", "DNSKEY", "www.example.com", "A"},
        {"referral with DS", "com.", "example.com.", "DS", "www.example.com", "A"},
        {"referral without DS", "com.", "open.com.", "NSEC", "www.open.com", "A"},
        {"SOA of a negative answer", "example.com.", "example.com.", "SOA", "none.example.com", "A"},
        {"NSEC of a negative answer", "example.com.", "example.com.", "NSEC", "none.example.com", "A"},
        {"CNAME", "example.com.", "alias.example.com.", "CNAME", "alias.example.com", "A"},
        {"DNAME", "example.com.", "old.example.com.", "DNAME", "www.old.example.com", "A"},
        {"wildcard", "example.com.", "*.wild.example.com.", "A", "x.wild.example.com", "A"},
        {"any", "example.com.", "www.example.com.", "A", "www.example.com", "ANY"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net *net = attacker((struct net_signing){0});
        net_zone_add(net, "com.", "open.com. NS ns1.example.com.\n");
        net_zone_add(net, "example.com.", "*.wild.example.com. A 203.0.113.9\n");
        add_colliding_keys(net, 50, DNSSEC_ED25519);
        net_publish(net);
        net_false_signatures(net, cases[i].zone, cases[i].owner, cases[i].type, 400);
        assert_string_equal(ask(net, cases[i].what, cases[i].qname, cases[i].qtype)->text, "SERVFAIL\n");
        net_end(net);
    }
}

/* HashTrap: DS records and keys of one tag. */
static void many_ds_records_of_one_tag(void **state)
{
    (void)state;
    struct net *net = attacker((struct net_signing){.island = true});
    struct dns_name_buffer owner;
    uint8_t rdata[36] = {0};
    dns_name_from_text("example.com.", &owner);
    add_colliding_keys(net, 300, DNSSEC_ED25519);
    put16(rdata, net_key_tag(net, "example.com."));
    rdata[2] = DNSSEC_ED25519;
    rdata[3] = 2;
    for (unsigned i = 0; i < 250; i++) {
        put32(rdata + 4, i);
        net_record(net, "com.", dns_name_view(&owner), DNS_TYPE_DS, rdata, sizeof rdata, false);
    }
    net_publish(net);
    assert_string_equal(ask(net, "250 DS x 300 keys", "www.example.com", "A")->text, "SERVFAIL\n");
    net_end(net);
}

/* -- all signatures are good ------------------------------------------------------------------------ */

static void proofs_without_end(void **state)
{
    static const unsigned names[] = {5, 30, 60, 200};
    char text[64], what[64];
    (void)state;
    for (unsigned a = 0; a < ALGORITHMS; a++)
        for (unsigned n = 0; n < 4; n++)
            for (unsigned nsec3 = 0; nsec3 < 2; nsec3++) {
                struct net *net = attacker((struct net_signing){.algorithm = algorithms[a], .nsec3 = nsec3});
                for (unsigned i = 0; i < names[n]; i++) {
                    snprintf(text, sizeof text, "n%u.example.com. A 203.0.113.9\n", i);
                    net_zone_add(net, "example.com.", text);
                }
                net_publish(net);
                net_behave(net, "192.0.2.11", NET_SAYS_ALL_PROOFS);
                net_behave(net, "192.0.2.12", NET_SAYS_ALL_PROOFS);
                snprintf(what, sizeof what, "negative, algorithm %u, %u good %s", algorithms[a], names[n],
                         nsec3 ? "NSEC3" : "NSEC");
                ask(net, what, "zzz.example.com", "A");
                struct engine_statistics before = work(net);
                ask(net, what, "zzzz.example.com", "A");
                assert_true(work(net).signature_checks - before.signature_checks <= 2 * (1 + 8));
                net_end(net);
            }
}

/* What costs much is judged when the engine is woken for it, and not when it comes: what comes meanwhile goes first. */
static void costly_responses_wait_for_their_turn(void **state)
{
    struct engine_statistics before;
    (void)state;
    struct net *net = attacker((struct net_signing){.algorithm = DNSSEC_ECDSA_P384});
    net_publish(net);
    net_behave(net, "192.0.2.11", NET_SAYS_ALL_PROOFS);
    net_behave(net, "192.0.2.12", NET_SAYS_ALL_PROOFS);
    net_ask(net, "www.example.com", "A");
    net_begin(net, "none.example.com", "A");
    net_begin(net, "com", "TXT");
    bool costly = false, answered = false;
    do {
        before = work(net);
        if (!net_step(net))
            break;
        unsigned units = (unsigned)(work(net).signature_cost - before.signature_cost);
        costly |= units > 100;
        answered |= !costly && work(net).answered > before.answered;
        assert_true(units <= 100 || net_now(net) % 10000 != 0); /* packets come at full 10 ms */
    } while (work(net).answered < 3);
    assert_true(costly);
    assert_true(answered); /* the other question, before */
    net_run(net);
    net_end(net);
}

static void who_joins_a_costly_step_does_not_wait_for_its_turn(void **state)
{
    (void)state;
    struct net *net = attacker((struct net_signing){.algorithm = DNSSEC_ECDSA_P384});
    net_publish(net);
    net_ask(net, "com", "NS");
    net_begin(net, "alias.example.com", "A");
    net_begin(net, "www.example.com", "A");
    net_run(net);
    assert_int_equal(net_reply(net)->trust, TRUST_SECURE);
    net_end(net);
}

static void records_of_sixty_kilobytes(void **state)
{
    static char text[300];
    char what[64], octets[221];
    (void)state;
    memset(octets, 'x', 220);
    octets[220] = '\0';
    for (unsigned a = 0; a < ALGORITHMS; a++)
        for (unsigned wild = 0; wild < 2; wild++) {
            struct net *net = attacker((struct net_signing){.algorithm = algorithms[a]});
            for (unsigned i = 0; i < 250; i++) {
                snprintf(text, sizeof text, "%s.example.com. TXT %s%03u\n", wild ? "*.big" : "big", octets,
                         i);
                net_zone_add(net, "example.com.", text);
            }
            net_publish(net);
            snprintf(what, sizeof what, "60 KB, algorithm %u%s", algorithms[a], wild ? ", wildcard" : "");
            assert_string_not_equal(
                ask(net, what, wild ? "a.big.example.com" : "big.example.com", "TXT")->text, "SERVFAIL\n");
            net_end(net);
        }
}

/* A chain of zones, each signed at the highest cost, with an answer below the last. */
static void a_chain_of_costly_zones(void **state)
{
    enum { DEEP = 14 };
    (void)state;
    for (unsigned a = 0; a < ALGORITHMS; a++) {
        char zone[128] = "example.com.", above[128], text[700], server[32], what[64];
        struct net *net = attacker((struct net_signing){.algorithm = algorithms[a]});
        for (unsigned i = 1; i < DEEP; i++) {
            memcpy(above, zone, sizeof zone);
            snprintf(zone, sizeof zone, "z%u.%.110s", i, above);
            snprintf(server, sizeof server, "192.0.2.%u", 100 + i);
            snprintf(text, sizeof text, "%s NS ns.%s\nns.%s A %s\n", zone, zone, zone, server);
            net_zone_add(net, above, text);
            snprintf(text, sizeof text, "%s NS ns.%s\nns.%s A %s\nwww.%s A 203.0.113.1\n", zone, zone, zone,
                     server, zone);
            net_zone(net, zone, server, text);
            net_sign(net, zone, (struct net_signing){.algorithm = algorithms[a]});
        }
        net_publish(net);
        snprintf(text, sizeof text, "www.%s", zone);
        snprintf(what, sizeof what, "a chain of %u zones, algorithm %u", DEEP, algorithms[a]);
        ask(net, what, text, "A");
        ask(net, what, text, "AAAA");
        net_end(net);
    }
}

/* Each alias leads into a zone whose keys have to be fetched. */
static void aliases_through_costly_zones(void **state)
{
    enum { LINKS = 10 };
    (void)state;
    for (unsigned a = 0; a < ALGORITHMS; a++) {
        char text[512], zone[32], server[32], what[64];
        struct net *net = attacker((struct net_signing){.algorithm = algorithms[a]});
        for (unsigned i = 0; i < LINKS; i++) {
            snprintf(zone, sizeof zone, "l%u.com.", i);
            snprintf(server, sizeof server, "192.0.2.%u", 100 + i);
            snprintf(text, sizeof text, "%s NS ns.%s\nns.%s A %s\n", zone, zone, zone, server);
            net_zone_add(net, "com.", text);
            snprintf(text, sizeof text, "%s NS ns.%s\nns.%s A %s\n*.%s CNAME x.l%u.com.\n", zone, zone, zone,
                     server, zone, i + 1);
            net_zone(net, zone, server, text);
            net_sign(net, zone, (struct net_signing){.algorithm = algorithms[a]});
        }
        net_publish(net);
        snprintf(what, sizeof what, "%u aliases, algorithm %u", LINKS, algorithms[a]);
        ask(net, what, "a.l0.com", "A");
        ask(net, what, "b.l0.com", "A");
        net_end(net);
    }
}

/* -- responses that have to be looked at again and again ------------------------------------------------ */

/* An answer without signatures, and as much beside it as is looked at. */
static size_t say_much(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    enum { OWNERS = 63, RECORDS = 500 };
    struct dns_builder builder;
    struct dns_name_buffer owner;
    char text[300];
    static const uint8_t address[4] = {203, 0, 113, 66};
    (void)net;
    (void)udp;
    if (query->qtype != DNS_TYPE_A || query->qname.length < *(const unsigned *)context)
        return 0;
    dns_builder_start(&builder, to, DNS_MESSAGE_MAX, query->id, DNS_FLAG_QR | DNS_FLAG_AA);
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    dns_builder_record(&builder, DNS_ANSWER, dns_name_view(&query->qname), DNS_TYPE_A, DNS_CLASS_IN, 60,
                       address, 4);
    for (unsigned section = DNS_ANSWER; section <= DNS_AUTHORITY; section++)
        for (unsigned i = 0; i < RECORDS; i++) {
            unsigned number = i < OWNERS ? i : OWNERS - 1;
            snprintf(text, sizeof text, "%050d.%060d.%060d.%050d%02u.example.com", 0, 0, 0, 0, number);
            dns_name_from_text(text, &owner);
            dns_builder_record(&builder, section, dns_name_view(&owner), DNS_TYPE_A, DNS_CLASS_IN, 60,
                               address, 4);
        }
    return dns_builder_finish(&builder);
}

static void deep(char *text, unsigned labels)
{
    text[0] = '\0';
    for (unsigned i = 0; i < labels; i++)
        strcat(text, "a.");
    strcat(text, "example.com");
}

/* That there is no zone cut at each of the names above is known already: nothing has to be asked for. */
static void a_large_answer_far_below_the_last_cut(void **state)
{
    enum { LABELS = 110 };
    unsigned least = 200;
    char name[300], text[400];
    (void)state;
    struct net *net = attacker((struct net_signing){0});
    deep(name, LABELS);
    snprintf(text, sizeof text, "%s. A 203.0.113.4\n", name);
    net_zone_add(net, "example.com.", text);
    net_publish(net);
    net_script(net, "192.0.2.11", say_much, &least);
    net_script(net, "192.0.2.12", say_much, &least);
    for (unsigned labels = 1; labels <= LABELS; labels++) {
        deep(name, labels);
        net_ask(net, name, "DS");
    }
    assert_string_equal(ask(net, "a large answer, 110 labels", name, "A")->text, "SERVFAIL\n");
    net_end(net);
}

/* -- NSEC3 -------------------------------------------------------------------------------------------- */

static void closest_enclosers_of_long_names(void **state)
{
    static const uint16_t iterations[] = {0, 1, 10, 50, 51, 1000, 65535};
    static const unsigned labels[] = {1, 10, 60, 121};
    static const uint8_t salts[] = {0, 8, 255};
    char name[300], what[80];
    (void)state;
    for (unsigned i = 0; i < 7; i++)
        for (unsigned l = 0; l < 4; l++)
            for (unsigned s = 0; s < 3; s++) {
                if (iterations[i] >= 1000 && (s > 0 || l > 1))
                    continue; /* this test's own signer would take its time */
                struct net *net = attacker((struct net_signing){
                    .nsec3 = true, .iterations = iterations[i], .salt_length = salts[s]});
                net_publish(net);
                net_ask(net, "www.example.com", "A");
                deep(name, labels[l]);
                snprintf(what, sizeof what, "NSEC3, %u iterations, %u labels, salt %u", iterations[i],
                         labels[l], salts[s]);
                const struct net_reply *reply = ask(net, what, name, "A");
                if (iterations[i] > 50)
                    assert_int_equal(reply->trust, TRUST_INSECURE);
                net_end(net);
            }
}

/* -- many questions ------------------------------------------------------------------------------------- */

/* Walks of one question are joined by others, and children are taken over by clients: that never makes more work
   than each question's own budget. */
static void joined_and_adopted_walks_cost_no_more_than_their_questions(void **state)
{
    enum { QUESTIONS = 24 };
    char name[64];
    (void)state;
    for (unsigned a = 0; a < ALGORITHMS; a++) {
        struct net *net = attacker((struct net_signing){.algorithm = algorithms[a]});
        net_publish(net);
        net_behave(net, "192.0.2.11", NET_SAYS_ALL_PROOFS);
        net_behave(net, "192.0.2.12", NET_SAYS_ALL_PROOFS);
        net_ask(net, ".", "NS");
        struct engine_statistics before = work(net);
        for (unsigned i = 0; i < QUESTIONS; i++) {
            snprintf(name, sizeof name, "none%u.example.com", i / 3);
            net_begin(net, i % 3 == 2 ? "example.com" : name, i % 3 == 2 ? "DNSKEY" : "A");
            net_step(net);
        }
        net_run(net);
        struct engine_statistics after = work(net);
        assert_true(after.signature_checks - before.signature_checks <= QUESTIONS * CHECKS);
        assert_true(after.signature_cost - before.signature_cost <= QUESTIONS * UNITS);
        net_end(net);
    }
}

/* Who checks himself gets the data after the walk that checks has spent its budget: not a second one. */
static void a_client_that_checks_himself_has_one_budget(void **state)
{
    (void)state;
    struct net *net = attacker((struct net_signing){.algorithm = DNSSEC_ED448});
    net_publish(net);
    net_behave(net, "192.0.2.11", NET_SAYS_ALL_PROOFS);
    net_behave(net, "192.0.2.12", NET_SAYS_ALL_PROOFS);
    net_ask(net, ".", "NS");
    struct engine_statistics before = work(net);
    net_ask_unchecked(net, "none.example.com", "A");
    assert_true(work(net).signature_checks - before.signature_checks <= CHECKS);
    assert_true(work(net).signature_cost - before.signature_cost <= UNITS);
    net_end(net);
}

static void a_question_that_spent_its_budget_is_not_tried_again_at_once(void **state)
{
    (void)state;
    char text[64];
    struct net *net = attacker((struct net_signing){.algorithm = DNSSEC_ECDSA_P384});
    for (unsigned i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "m%u.example.com. A 203.0.113.9\n", i);
        net_zone_add(net, "example.com.", text);
    }
    net_publish(net);
    net_behave(net, "192.0.2.11", NET_SAYS_ALL_PROOFS);
    net_behave(net, "192.0.2.12", NET_SAYS_ALL_PROOFS);
    assert_string_equal(net_ask(net, "zzz.example.com", "A")->text, "SERVFAIL\n");
    assert_int_equal(net_ask(net, "zzz.example.com", "A")->packets, 0);
    net_end(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_one_tag_and_false_signatures),
        cmocka_unit_test(two_keys_of_one_tag_are_no_attack),
        cmocka_unit_test(false_signatures_everywhere),
        cmocka_unit_test(many_ds_records_of_one_tag),
        cmocka_unit_test(proofs_without_end),
        cmocka_unit_test(costly_responses_wait_for_their_turn),
        cmocka_unit_test(who_joins_a_costly_step_does_not_wait_for_its_turn),
        cmocka_unit_test(records_of_sixty_kilobytes),
        cmocka_unit_test(a_chain_of_costly_zones),
        cmocka_unit_test(aliases_through_costly_zones),
        cmocka_unit_test(a_large_answer_far_below_the_last_cut),
        cmocka_unit_test(joined_and_adopted_walks_cost_no_more_than_their_questions),
        cmocka_unit_test(a_client_that_checks_himself_has_one_budget),
        cmocka_unit_test(a_question_that_spent_its_budget_is_not_tried_again_at_once),
        cmocka_unit_test(closest_enclosers_of_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
