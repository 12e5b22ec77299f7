/* What lies beside what is signed: forged or foreign records in a response whose other records are good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_signed.h"

#define COM    "192.0.2.1"
#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"

struct script {
    const char *name;
    uint16_t type, flags;
    const char *answer, *authority, *additional;
};

static bool is_for(const struct dns_message *query, const char *text, uint16_t type)
{
    struct dns_name_buffer name;
    dns_name_from_text(text, &name);
    return dns_name_equal(dns_name_view(&name), dns_name_view(&query->qname)) &&
           (type == 0 || type == query->qtype);
}

static size_t play(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    const struct script *script = context;
    (void)net, (void)udp;
    if (!is_for(query, script->name, script->type))
        return 0;
    return net_write(query, script->flags, script->answer, script->authority, script->additional, to);
}

static struct net *signed_small(const char *more)
{
    struct net *net = net_small();
    net_zone_add(net, "example.com.", more);
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){0});
    net_publish(net);
    return net;
}

static void copy(struct dns_builder *builder, struct dns_message *message, bool signatures)
{
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++) {
        struct dns_record *record = &message->section[DNS_ANSWER][i];
        struct dns_name_buffer owner;
        if ((record->type == DNS_TYPE_RRSIG) != signatures)
            continue;
        assert_int_equal(dns_message_name(message, record->owner, &owner), DNS_OK);
        dns_builder_record(builder, DNS_ANSWER, dns_name_view(&owner), record->type, DNS_CLASS_IN,
                           record->ttl, message->wire + record->rdata, record->rdata_length);
    }
}

/* What the server says of x.old.example.com, signatures in front, then a DNAME of the apex, then the rest. */
static size_t apex_dname_behind_signature(void *context, struct net *net, const struct dns_message *query,
                                          bool udp, uint8_t *to)
{
    static uint8_t usual[65535], octets[65535];
    struct dns_record records[64];
    struct dns_message message;
    struct dns_builder builder;
    struct dns_name_buffer apex, target;
    (void)context, (void)udp;
    if (!is_for(query, "x.old.example.com.", DNS_TYPE_A))
        return 0;
    size_t length = net_usual(net, query, usual);
    memcpy(octets, usual, length);
    assert_int_equal(dns_message_parse(&message, octets, length, records, 64), DNS_OK);
    dns_name_from_text("example.com.", &apex);
    dns_name_from_text("forged.org.", &target);
    dns_builder_start(&builder, to, 65535, query->id, DNS_FLAG_QR | DNS_FLAG_AA);
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    copy(&builder, &message, true);
    dns_builder_record(&builder, DNS_ANSWER, dns_name_view(&apex), DNS_TYPE_DNAME, DNS_CLASS_IN, 3600,
                       target.wire, target.length);
    copy(&builder, &message, false);
    return dns_builder_finish(&builder);
}

/* Each server of example.com. says so. */
static void script_both(struct net *net, net_speaker *speaker, void *context)
{
    net_script(net, FIRST, speaker, context);
    net_script(net, SECOND, speaker, context);
}

static void check_reply(const struct net_reply *reply, const char *text, enum trust trust)
{
    assert_string_equal(reply->text, text);
    assert_int_equal(reply->trust, trust);
}

/* -- DNAME ----------------------------------------------------------------------------------------------- */

/* The true one has a signature, which is what came first: it is verified, and it is kept. The forged one would take the
   whole zone along. */
static void a_forged_dname_beside_a_signed_one_is_not_kept(void **state)
{
    (void)state;
    struct net *net = signed_small("y.example.com. A 203.0.113.7\n");
    net_sign(net, "org.", (struct net_signing){0});
    net_zone_add(net, "org.", "y.forged.org. A 192.0.2.66\n");
    net_publish(net);
    script_both(net, apex_dname_behind_signature, NULL);
    net_ask(net, "x.old.example.com", "A");
    assert_null(strstr(net_cache_text(net, false), "forged.org"));
    check_reply(net_ask(net, "y.example.com", "A"), "NOERROR\ny.example.com. 3600 IN A 203.0.113.7\n",
                TRUST_SECURE);
    net_end(net);
}

/* Signatures are not signed: but a DNAME above them is, whatever was asked for. */
static void a_question_for_signatures_brings_no_alias(void **state)
{
    (void)state;
    struct net *net = signed_small("");
    net_zone_add(net, "org.", "www.forged.org. A 192.0.2.66\n");
    struct script script = {.name = "www.example.com.",
                            .type = DNS_TYPE_RRSIG,
                            .flags = DNS_FLAG_AA,
                            .answer =
                                "example.com. 3600 IN DNAME forged.org.\n"
                                "www.example.com. 300 IN RRSIG A 15 3 300 20270201000000 20270101000000 1 "
                                "example.com. AAAA"};
    script_both(net, play, &script);
    assert_string_equal(net_ask(net, "www.example.com", "RRSIG")->text, "SERVFAIL\n");
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_int_equal(reply->trust, TRUST_SECURE);
    assert_null(strstr(reply->text, "192.0.2.66"));
    net_end(net);
}

/* The zone below the cut is unsigned, but the DNAME would be the signed zone's. */
static void a_dname_above_an_unsigned_cut_has_to_be_signed(void **state)
{
    (void)state;
    struct net *net = net_small();
    net_zone_add(net, "example.com.", "sub.example.com. NS ns1.example.com.\n");
    net_zone(net, "sub.example.com.", FIRST " " SECOND,
             "sub.example.com. NS ns1.example.com.\nx.new.sub.example.com. A 192.0.2.3\n"
             "old.sub.example.com. DNAME new.sub.example.com.\n");
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){0});
    net_publish(net);
    struct script script = {.name = "x.sub.example.com.",
                            .flags = DNS_FLAG_AA,
                            .answer = "example.com. 3600 IN DNAME forged.org."};
    script_both(net, play, &script);
    const struct net_reply *reply = net_ask(net, "x.sub.example.com", "A");
    assert_string_equal(reply->text, "SERVFAIL\n");
    assert_non_null(
        strstr(reply->ede_text, "no signature of example.com/DNAME, though example.com is signed"));
    assert_string_equal(net_ask(net, "example.com", "DNAME")->text, "NOERROR\n");
    assert_int_equal(net_reply(net)->trust, TRUST_SECURE);
    /* One of the unsigned zone itself is as good as its other data. */
    check_reply(net_ask(net, "x.old.sub.example.com", "MX"),
                "NOERROR\nold.sub.example.com. 3600 IN DNAME new.sub.example.com.\n"
                "x.old.sub.example.com. 3600 IN CNAME x.new.sub.example.com.\n",
                TRUST_INSECURE);
    net_end(net);
}

/* -- proofs ---------------------------------------------------------------------------------------------- */

/* A zone signs an NSEC record of its apex that reaches beyond it, and a range of its parent begins there, too. */
static void a_zone_denies_nothing_beside_itself(void **state)
{
    (void)state;
    struct net *net = net_small();
    net_zone_add(net, "com.", "victim.com. NS ns1.example.com.\n");
    net_zone(net, "victim.com.", FIRST, "victim.com. NS ns1.example.com.\nvictim.com. A 203.0.113.9\n");
    net_zone_add(net, "example.com.",
                 "example.com. 900 NSEC zzz.com. NS SOA\n"
                 "!a.example.com. A 192.0.2.5\n"); /* in front of any "*" */
    net_behave(net, FIRST, NET_SAYS_ALL_PROOFS);
    net_behave(net, SECOND, NET_SAYS_ALL_PROOFS);
    net_options(net)->synthesise = true;
    net_reconfigure(net);
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){0});
    net_publish(net);
    net_ask(net, "examplea.com", "A");
    net_ask(net, "nx.example.com", "A");
    assert_string_equal(net_ask(net, "victim.com", "A")->text,
                        "NOERROR\nvictim.com. 3600 IN A 203.0.113.9\n");
    net_end(net);
}

static void a_proof_that_was_not_checked_is_not_handed_on(void **state)
{
    (void)state;
    struct net *net = signed_small("");
    static const char *const nsec = "zzz.example.com. 3600 IN NSEC zzzz.example.com. TXT\n";
    net_stray(net, FIRST, DNS_AUTHORITY, nsec);
    net_stray(net, SECOND, DNS_AUTHORITY, nsec);
    check_reply(net_ask(net, "none.example.com", "A"), "NXDOMAIN\n", TRUST_SECURE);
    assert_null(strstr(net_cache_text(net, false), "zzzz"));
    net_end(net);
}

/* -- name servers ---------------------------------------------------------------------------------------- */

/* AD speaks of the authority section as well (RFC 4035 §3.2.3). */
static void name_servers_beside_a_secure_answer_are_left_out(void **state)
{
    (void)state;
    struct net *net = signed_small("");
    net_options(net)->minimal_responses = false;
    net_reconfigure(net);
    net_stray(net, FIRST, DNS_AUTHORITY, "example.com. 3600 IN NS ns.forged.org.\n");
    net_stray(net, SECOND, DNS_AUTHORITY, "example.com. 3600 IN NS ns.forged.org.\n");
    for (unsigned i = 0; i < 2; i++) { /* asked for, and out of the cache */
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        assert_int_equal(reply->trust, TRUST_SECURE);
        assert_string_equal(reply->authority, "");
        assert_null(strstr(net_cache_text(net, false), "forged"));
    }
    net_end(net);
}

/* Nothing is kept of what is fetched for a client that checks by itself. */
static void root_servers_that_were_not_checked_are_not_kept(void **state)
{
    (void)state;
    struct net *net = signed_small("");
    net_ask(net, "www.example.com", "A");
    struct script script = {.name = ".",
                            .type = DNS_TYPE_NS,
                            .flags = DNS_FLAG_AA,
                            .answer = ". 3600 IN NS ns.forged.org.",
                            .additional = "ns.forged.org. 3600 IN A 192.0.2.66"};
    net_pass(net, 4000);
    net_script(net, "198.41.0.4", play, &script);
    assert_string_equal(net_ask_unchecked(net, ".", "NS")->text, "NOERROR\n. 3600 IN NS ns.forged.org.\n");
    assert_null(strstr(net_cache_text(net, false), "forged"));
    net_end(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forged_dname_beside_a_signed_one_is_not_kept),
        cmocka_unit_test(a_question_for_signatures_brings_no_alias),
        cmocka_unit_test(a_dname_above_an_unsigned_cut_has_to_be_signed),
        cmocka_unit_test(a_zone_denies_nothing_beside_itself),
        cmocka_unit_test(a_proof_that_was_not_checked_is_not_handed_on),
        cmocka_unit_test(name_servers_beside_a_secure_answer_are_left_out),
        cmocka_unit_test(root_servers_that_were_not_checked_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
