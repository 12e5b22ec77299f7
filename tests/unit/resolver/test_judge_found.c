/* Mistakes of validation that the simulator (tests/sim, docs/testing.md) and readers have found, each as an exact
   script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dns/octets.h"
#include "net_signed.h"
#include "resolver/route.h"

#define COM    "192.0.2.1"
#define ORG    "192.0.2.2"
#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"

/* Says a prepared answer to one question of one type; 0: of any. */
struct script {
    const char *name;
    uint16_t type, flags;
    const char *answer, *authority, *additional;
};

static size_t play(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    const struct script *script = context;
    struct dns_name_buffer name;
    (void)net, (void)udp;
    dns_name_from_text(script->name, &name);
    if (!dns_name_equal(dns_name_view(&name), dns_name_view(&query->qname)) ||
        (script->type != 0 && script->type != query->qtype))
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

/* -- aliases ----------------------------------------------------------------------------------------- */

/* That the answer for DS leads to an unsigned zone says nothing of the alias' own name. */
static void a_signed_alias_to_an_unsigned_zone_is_no_unsigned_cut(void **state)
{
    static const char *const names[] = {"abroad.example.com.", "x.abroad.example.com.",
                                        "x.y.abroad.example.com."};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        char forged[100];
        struct net *net = signed_small("");
        snprintf(forged, sizeof forged, "%s 300 IN A 192.0.2.66", names[i]);
        struct script script = {names[i], DNS_TYPE_A, DNS_FLAG_AA, forged, NULL, NULL};
        net_script(net, FIRST, play, &script);
        net_script(net, SECOND, play, &script);
        const struct net_reply *reply = net_ask(net, names[i], "A");
        assert_string_equal(reply->text, "SERVFAIL\n");
        assert_int_equal(reply->ede, DNS_EDE_RRSIGS_MISSING);
        assert_null(strstr(net_cache_text(net, false), "192.0.2.66"));
        net_end(net);
    }
}

/* The same, with the DS question answered before. */
static void a_cached_alias_is_no_unsigned_cut(void **state)
{
    (void)state;
    struct net *net = signed_small("");
    struct script script = {"abroad.example.com.",
                            DNS_TYPE_TXT,
                            DNS_FLAG_AA,
                            "abroad.example.com. 300 IN TXT forged",
                            NULL,
                            NULL};
    assert_int_equal(net_ask(net, "abroad.example.com", "DS")->trust, TRUST_INSECURE);
    net_pass(net, 61); /* the alias is forgotten, its target's denial is not */
    net_script(net, FIRST, play, &script);
    net_script(net, SECOND, play, &script);
    assert_string_equal(net_ask(net, "abroad.example.com", "TXT")->text, "SERVFAIL\n");
    net_end(net);
}

/* Where its alias leads to does not matter then, and is not asked: that may be broken. */
static void who_looks_for_a_cut_does_not_follow_an_alias(void **state)
{
    (void)state;
    struct net *net = signed_small("");
    struct script script = {"abroad.example.com.",
                            DNS_TYPE_A,
                            DNS_FLAG_AA,
                            "abroad.example.com. 300 IN A 192.0.2.66",
                            NULL,
                            NULL};
    net_script(net, FIRST, play, &script);
    net_script(net, SECOND, play, &script);
    assert_int_equal(net_ask(net, "abroad.example.com", "A")->ede, DNS_EDE_RRSIGS_MISSING);
    assert_non_null(strstr(net_seen(net, FIRST), "abroad.example.com./DS"));
    assert_int_equal(net_packets_to(net, ORG), 0);
    /* Who asks for DS records himself is led on. */
    assert_non_null(strstr(net_ask(net, "abroad.example.com", "DS")->text, "CNAME www.example.org."));
    assert_true(net_packets_to(net, ORG) > 0);
    net_end(net);
}

/* open.com. is not signed and lies on the servers of com.: what its alias leads to in the packet is of com. */
static void an_unsigned_alias_of_a_signed_apex_brings_no_data_of_the_apex(void **state)
{
    static const struct {
        const char *answer, *authority;
    } forged[] = {
        {"www.open.com. 300 IN CNAME com.\ncom. 300 IN A 192.0.2.66", NULL},
        {"www.open.com. 300 IN CNAME com.\ncom. 300 IN CNAME forged.com.", NULL},
        {"www.open.com. 300 IN CNAME com.", "com. 300 IN SOA forged. h. 1 2 3 4 300"},
    };
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct net *net = net_small();
        net_zone_add(net, "com.", "com. A 203.0.113.5\nopen.com. NS a.gtld.com.\n");
        net_zone(net, "open.com.", COM, "open.com. NS a.gtld.com.\nwww.open.com. CNAME com.\n");
        net_sign(net, ".", (struct net_signing){0});
        net_sign(net, "com.", (struct net_signing){0});
        net_publish(net);
        struct script script = {"www.open.com.",  DNS_TYPE_A,          DNS_FLAG_AA,
                                forged[i].answer, forged[i].authority, NULL};
        net_script(net, COM, play, &script);
        const struct net_reply *reply = net_ask(net, "www.open.com", "A");
        assert_string_equal(reply->text, "NOERROR\nwww.open.com. 300 IN CNAME com.\n"
                                         "com. 3600 IN A 203.0.113.5\n");
        assert_int_equal(reply->trust, TRUST_INSECURE);
        assert_null(strstr(net_cache_text(net, false), "192.0.2.66"));
        assert_null(strstr(net_cache_text(net, false), "forged"));
        reply = net_ask(net, "com", "A");
        assert_string_equal(reply->text, "NOERROR\ncom. 3600 IN A 203.0.113.5\n");
        assert_int_equal(reply->trust, TRUST_SECURE);
        net_end(net);
    }
}

/* com. is not signed, sub.com. below it has an anchor, and both lie on the same server. */
static void a_secure_alias_of_an_unsigned_apex_makes_it_no_more_secure(void **state)
{
    (void)state;
    struct net *net = net_small();
    net_zone_add(net, "com.", "com. A 203.0.113.5\nsub.com. NS a.gtld.com.\n");
    net_zone(net, "sub.com.", COM, "sub.com. NS a.gtld.com.\nwww.sub.com. CNAME com.\n");
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "sub.com.", (struct net_signing){.island = true});
    net_publish(net);
    net_anchor(net, "sub.com.");
    net_reconfigure(net);
    net_stray(net, COM, DNS_ANSWER, "com. 300 IN A 192.0.2.66");
    assert_int_equal(net_ask(net, "www.sub.com", "CNAME")->trust, TRUST_SECURE);
    net_pass(net, 3601);
    assert_int_equal(net_ask(net, "www.sub.com", "A")->trust, TRUST_INSECURE);
    assert_int_equal(net_ask(net, "com", "A")->trust, TRUST_INSECURE);
    net_end(net);
}

/* The CNAME that is made of a DNAME has no signature of its own, whatever was asked for. */
static void any_below_a_dname_is_secure_by_the_dname(void **state)
{
    static const char *const types[] = {"ANY", "CNAME", "A", "TXT"};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct net *net = signed_small("moved.example.com. DNAME c.example.com.\n");
        const struct net_reply *reply = net_ask(net, "a.b.moved.example.com", types[i]);
        assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
        assert_int_equal(reply->trust, TRUST_SECURE);
        assert_non_null(strstr(reply->text, "moved.example.com. 3600 IN DNAME c.example.com."));
        assert_non_null(strstr(reply->text, "a.b.moved.example.com. 3600 IN CNAME a.b.c.example.com."));
        net_end(net);

        net = signed_small("moved.example.com. DNAME c.example.com.\n");
        net_damage(net, "example.com.", "moved.example.com.", "DNAME", NET_CORRUPTED);
        reply = net_ask(net, "a.b.moved.example.com", types[i]);
        assert_string_equal(reply->text, "SERVFAIL\n");
        assert_int_equal(reply->ede, DNS_EDE_DNSSEC_BOGUS);
        net_end(net);
    }
}

/* -- a trust anchor below a zone that is not signed ----------------------------------------------------- */

/* com. is not signed, example.com. has a trust anchor of its own, and one server serves both. */
static struct net *island(void)
{
    struct net *net = net_small();
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){.island = true});
    net_serve(net, COM, "example.com.", true);
    net_publish(net);
    net_anchor(net, "example.com.");
    net_reconfigure(net);
    return net;
}

static const struct script unsigned_data = {
    "www.example.com.", DNS_TYPE_A, DNS_FLAG_AA, "www.example.com. 300 IN A 192.0.2.66", NULL, NULL};

static void what_is_not_checked_below_an_anchor_is_not_kept(void **state)
{
    (void)state;
    struct net *net = island();
    struct script script = unsigned_data;
    net_script(net, COM, play, &script);
    assert_string_equal(net_ask_unchecked(net, "www.example.com", "A")->text,
                        "NOERROR\nwww.example.com. 300 IN A 192.0.2.66\n");
    assert_null(strstr(net_cache_text(net, false), "192.0.2.66"));
    net_pass(net, 6); /* until the failure is forgotten */
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, "SERVFAIL\n");
    net_end(net);
}

static void the_answer_to_a_minimised_name_below_an_anchor_is_not_kept(void **state)
{
    (void)state;
    struct net *net = island();
    struct script script = unsigned_data;
    net_script(net, COM, play, &script);
    net_ask(net, "a.b.www.example.com", "A");
    assert_non_null(strstr(net_seen(net, COM), "www.example.com./A"));
    assert_null(strstr(net_cache_text(net, false), "192.0.2.66"));
    net_end(net);
}

/* An exception has it so that the zone is not validated, anchor or not. */
static void what_is_excepted_below_an_anchor_is_kept(void **state)
{
    (void)state;
    struct net *net = island();
    struct script script = unsigned_data;
    net_except(net, "www.example.com.", 0);
    net_reconfigure(net);
    net_script(net, COM, play, &script);
    net_ask(net, "a.b.www.example.com", "A");
    assert_non_null(strstr(net_cache_text(net, false), "192.0.2.66"));
    net_end(net);
}

/* What the zone above says of its own names is not said of those below the anchor: that a DNAME renames them, or that
   there is nothing. */
static void what_lies_above_an_anchor_does_not_hold_below_it(void **state)
{
    static const struct {
        const char *asked, *name;
        unsigned flags;
        const char *answer, *authority;
    } forged[] = {
        {"www.example.com.", "www.example.com.", 0, "com. 300 IN DNAME forged.org.", NULL},
        {"x.com.", "x.com.", 0, "com. 300 IN DNAME forged.org.", NULL},
        {"com.", "com.", DNS_RCODE_NXDOMAIN, NULL, ". 300 IN SOA a. h. 1 2 3 4 300"},
        {"www.example.com.", "com.", DNS_RCODE_NXDOMAIN, NULL, ". 300 IN SOA a. h. 1 2 3 4 300"},
    };
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct net *net = island();
        net_zone_add(net, "org.", "www.example.forged.org. A 192.0.2.66\nx.forged.org. A 192.0.2.66\n");
        net_validation(net)->anchors++; /* the root's does not hold */
        net_validation(net)->anchor_count--;
        net_options(net)->qmin = ENGINE_QMIN_STRICT;
        net_reconfigure(net);
        struct script script = {forged[i].name,      0,   DNS_FLAG_AA | forged[i].flags, forged[i].answer,
                                forged[i].authority, NULL};
        net_script(net, i < 2 ? COM : "198.41.0.4", play, &script);
        net_ask(net, forged[i].asked, "A");
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        assert_true(reply->rcode == DNS_RCODE_SERVFAIL || reply->trust == TRUST_SECURE);
        net_end(net);
    }
}

/* The only anchor is that of example.com., and a forwarder is asked for everything. */
static void a_forwarders_chain_does_not_lead_below_an_anchor(void **state)
{
    static const struct script chain = {"www.example.org.",
                                        DNS_TYPE_A,
                                        DNS_FLAG_RA,
                                        "www.example.org. 300 IN CNAME www.example.com.\n"
                                        "www.example.com. 300 IN A 192.0.2.66",
                                        NULL,
                                        NULL};
    (void)state;
    struct net *net = net_small();
    struct script script = chain;
    struct dns_address address = dns_address_make(4, (const uint8_t[]){192, 0, 2, 53}, 53);
    struct route route = {
        .name = dns_name_root(), .kind = ROUTE_FORWARD, .addresses = &address, .address_count = 1};
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){.island = true});
    net_publish(net);
    net_anchor(net, "example.com.");
    struct validation *validation = net_validation(net);
    assert_int_equal(validation->anchors[0].zone.length, 1);
    validation->anchors++;
    validation->anchor_count--;
    net_options(net)->routes = &route;
    net_options(net)->route_count = 1;
    net_reconfigure(net);
    net_zone(net, "example.", "192.0.2.53", "");
    net_script(net, "192.0.2.53", play, &script);
    net_ask(net, "www.example.org", "A");
    assert_null(strstr(net_cache_text(net, false), "192.0.2.66"));
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, "SERVFAIL\n");
    net_end(net);
}

/* -- an exception that ends ------------------------------------------------------------------------------- */

/* com. is excepted, the servers of example.com. lie, and a question there has come so far. */
static struct net *excepted_for(unsigned steps, struct script *script)
{
    struct net *net = signed_small("");
    *script = unsigned_data;
    net_except(net, "com.", 0);
    net_reconfigure(net);
    net_script(net, FIRST, play, script);
    net_script(net, SECOND, play, script);
    assert_true(net_begin(net, "www.example.com", "A"));
    while (steps > 0 && net_step(net))
        steps--;
    return net;
}

/* As the server does it: new rules, then a flush. */
static void end_exceptions(struct net *net)
{
    net_validation(net)->except_count = 0;
    net_reconfigure(net);
    cache_flush(net_cache(net));
}

enum { STEPS = 24 }; /* more than the question takes */

static void a_walk_under_way_keeps_nothing_by_an_exception_that_has_ended(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < STEPS; steps++) {
        struct script script;
        struct net *net = excepted_for(steps, &script);
        end_exceptions(net);
        net_run(net);
        assert_null(strstr(net_cache_text(net, false), "192.0.2.66"));
        assert_string_equal(net_ask(net, "www.example.com", "A")->text, "SERVFAIL\n");
        net_end(net);
    }
}

/* Who asks then does not get what an older walk finds. */
static void nobody_joins_a_walk_by_an_exception_that_has_ended(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < STEPS; steps++) {
        struct script script;
        struct net *net = excepted_for(steps, &script);
        end_exceptions(net);
        assert_true(net_begin(net, "www.example.com", "A"));
        net_run(net); /* the older walk is done first, where it is not yet */
        assert_string_equal(net_reply(net)->text, "SERVFAIL\n");
        net_end(net);
    }
}

/* -- which DS records count ------------------------------------------------------------------------------ */

/* example.com. has so many more DS records in front of, and behind, the one that is right. */
static struct net *many_ds_records(unsigned count, uint8_t algorithm, uint8_t digest, unsigned length)
{
    struct net *net = net_small();
    struct dns_name_buffer owner;
    uint8_t rdata[200] = {0};
    dns_name_from_text("example.com.", &owner);
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){0});
    for (unsigned i = 0; i < count; i++) {
        put16(rdata, i % 2 == 0 ? i : UINT16_MAX - i);
        rdata[2] = algorithm;
        rdata[3] = digest;
        net_record(net, "com.", dns_name_view(&owner), DNS_TYPE_DS, rdata, length, false);
    }
    net_publish(net);
    return net;
}

/* However the zone is come by: by a referral, or by its DS records that were asked for. */
static void ds_records_that_nobody_can_use_hide_none_that_counts(void **state)
{
    static const struct {
        uint8_t algorithm, digest;
    } useless[] = {{200, 2}, {15, 200}, {15, 1}};
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned asked_for = 0; asked_for < 2; asked_for++) {
            struct net *net = many_ds_records(40, useless[i].algorithm, useless[i].digest, 36);
            struct script script = unsigned_data;
            net_serve(net, COM, "example.com.", asked_for == 1);
            assert_int_equal(net_ask(net, "mail.example.com", "A")->trust, TRUST_SECURE);
            net_script(net, FIRST, play, &script);
            net_script(net, SECOND, play, &script);
            net_script(net, COM, play, &script);
            assert_string_equal(net_ask(net, "www.example.com", "A")->text, "SERVFAIL\n");
            net_end(net);
        }
}

/* More than are kept: perhaps none that is right, but signed it is. */
static void a_zone_with_many_ds_records_is_never_insecure(void **state)
{
    static const unsigned lengths[] = {36, 37, 200}; /* of which one is right */
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct net *net = many_ds_records(40, 15, 2, lengths[i]);
        struct script script = unsigned_data;
        net_script(net, FIRST, play, &script);
        net_script(net, SECOND, play, &script);
        assert_string_equal(net_ask(net, "www.example.com", "A")->text, "SERVFAIL\n");
        net_end(net);
    }
}

/* -- DS records that were asked for -------------------------------------------------------------------- */

/* com., which has an anchor of its own, and example.com. are delegated for a day; DS records are for an hour, their
   absence for a quarter. */
static struct net *delegated_for_a_day(bool child_is_signed)
{
    struct net *net = net_small();
    net_zone_replace(net, ".",
                     ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
                     "com. 86400 NS a.gtld.com.\na.gtld.com. 86400 A 192.0.2.1\n");
    net_zone_replace(net, "com.",
                     "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
                     "example.com. 86400 NS ns1.example.com.\nns1.example.com. 86400 A 192.0.2.11\n");
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){.island = !child_is_signed});
    net_publish(net);
    net_anchor(net, "com.");
    net_reconfigure(net);
    return net;
}

/* A referral of com. without a word on whether the child is signed. */
static const struct script bare_referral = {"example.com.",
                                            DNS_TYPE_A,
                                            0,
                                            NULL,
                                            "example.com. 86400 IN NS ns1.example.com.",
                                            "ns1.example.com. 86400 IN A 192.0.2.11"};

static void a_delegation_lives_no_longer_than_ds_records_that_were_asked_for(void **state)
{
    (void)state;
    struct net *net = delegated_for_a_day(true);
    struct script script = bare_referral;
    net_script(net, COM, play, &script);
    assert_int_equal(net_ask(net, "www.example.com", "A")->trust, TRUST_SECURE);
    assert_non_null(strstr(net_seen(net, COM), "example.com./DS"));
    net_sign(net, "example.com.", (struct net_signing){.key = 1});
    net_publish(net);
    net_pass(net, 3601);
    const struct net_reply *reply = net_ask(net, "a.b.c.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\na.b.c.example.com. 3600 IN A 203.0.113.3\n");
    assert_int_equal(reply->trust, TRUST_SECURE);
    net_end(net);
}

static void a_delegation_lives_no_longer_than_the_denial_of_its_ds_records(void **state)
{
    (void)state;
    struct net *net = delegated_for_a_day(false);
    struct script script = bare_referral;
    net_script(net, COM, play, &script);
    assert_int_equal(net_ask(net, "www.example.com", "A")->trust, TRUST_INSECURE);
    assert_non_null(strstr(net_seen(net, COM), "example.com./DS"));
    net_sign(net, "example.com.", (struct net_signing){0});
    net_publish(net);
    net_pass(net, 901);
    assert_int_equal(net_ask(net, "a.b.c.example.com", "A")->trust, TRUST_SECURE);
    net_end(net);
}

/* -- wrong signatures and good servers ------------------------------------------------------------------- */

enum { SERVERS = 6 };

/* many.com. has six servers; the first of them misbehave so, the others are slower. */
static struct net *damaged_servers(unsigned damaged, enum net_behaviour behaviour)
{
    struct net *net = net_small();
    char text[600] = "www.many.com. A 203.0.113.1\n", servers[100] = "", line[100];
    for (unsigned i = 0; i < SERVERS; i++) {
        snprintf(line, sizeof line, "many.com. NS ns%u.many.com.\nns%u.many.com. A 192.0.2.%u\n", i, i,
                 30 + i);
        strcat(text, line);
        snprintf(line, sizeof line, "192.0.2.%u ", 30 + i);
        strcat(servers, line);
    }
    net_zone_add(net, "com.", strchr(text, '\n') + 1);
    net_zone(net, "many.com.", servers, text);
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "many.com.", (struct net_signing){.nsec3 = true});
    net_publish(net);
    for (unsigned i = 0; i < SERVERS; i++) {
        snprintf(line, sizeof line, "192.0.2.%u", 30 + i);
        net_behave(net, line, i < damaged ? behaviour : NET_HONEST);
        net_delay(net, line, i < damaged ? 1000 : 300000);
    }
    return net;
}

/* Each server of the zone is known: its round trip was measured. */
static void meet(struct net *net)
{
    char name[40];
    for (unsigned i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "n%u.many.com", i);
        net_ask(net, name, "A");
    }
}

static void behave_all(struct net *net, unsigned damaged, enum net_behaviour behaviour)
{
    char server[20];
    for (unsigned i = 0; i < damaged; i++) {
        snprintf(server, sizeof server, "192.0.2.%u", 30 + i);
        net_behave(net, server, behaviour);
    }
}

/* However many signatures of an answer are wrong, it is one answer: of this one all are, SOA and proofs. */
static void two_damaged_answers_leave_a_third_server_to_be_asked(void **state)
{
    static const char *const names[] = {"www.many.com", "none.many.com"};
    (void)state;
    for (unsigned damaged = 1; damaged <= 2; damaged++)
        for (unsigned i = 0; i < 2; i++) {
            struct net *net = damaged_servers(damaged, NET_HONEST);
            meet(net);
            behave_all(net, damaged, NET_CORRUPTS_SIGNATURES);
            const struct net_reply *reply = net_ask(net, names[i], "TXT");
            assert_int_equal(reply->rcode, i == 0 ? DNS_RCODE_NOERROR : DNS_RCODE_NXDOMAIN);
            assert_int_equal(reply->trust, TRUST_SECURE);
            assert_int_equal(net_events(net, EVENT_BOGUS), damaged);
            net_end(net);
        }
}

static void the_third_damaged_answer_ends_the_question(void **state)
{
    (void)state;
    struct net *net = damaged_servers(5, NET_HONEST);
    meet(net);
    behave_all(net, 5, NET_CORRUPTS_SIGNATURES);
    const struct net_reply *reply = net_ask(net, "www.many.com", "TXT");
    assert_string_equal(reply->text, "SERVFAIL\n");
    assert_int_equal(reply->ede, DNS_EDE_DNSSEC_BOGUS);
    assert_int_equal(net_events(net, EVENT_BOGUS), 3);
    /* The next question has a budget of its own, and knows three servers to keep away from. */
    assert_int_equal(net_ask(net, "www.many.com", "MX")->trust, TRUST_SECURE);
    net_end(net);
}

/* What costs no check in vain is no failure: other servers are asked as if this one were lame. */
static void answers_without_signatures_or_proofs_are_passed_over_however_many(void **state)
{
    static const enum net_behaviour strips[] = {NET_STRIPS_SIGNATURES, NET_STRIPS_PROOFS};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        bool met = i < 2;
        struct net *net = damaged_servers(5, met ? NET_HONEST : strips[i % 2]);
        if (met) {
            meet(net);
            behave_all(net, 5, strips[i % 2]);
        }
        const struct net_reply *reply = net_ask(net, "none.many.com", "A");
        assert_string_equal(reply->text, "NXDOMAIN\n");
        assert_int_equal(reply->trust, TRUST_SECURE);
        if (met)
            assert_int_equal(net_events(net, EVENT_BOGUS), 5);
        net_end(net);
    }
}

/* The first server of many.com. lacks signatures for TXT, and does not know DS; the others lack them when they are asked
   for DS records of a name of so many labels for the first time. */
static size_t forget(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    static const char soa[] = "many.com. 0 IN SOA ns. h. 1 2 3 4 0";
    bool *forgotten = (bool *)context + dns_name_labels(dns_name_view(&query->qname));
    (void)net, (void)udp;
    if (*forgotten || query->qtype != DNS_TYPE_DS)
        return 0;
    *forgotten = true;
    return net_write(query, DNS_FLAG_AA, NULL, soa, NULL, to);
}

static size_t know_no_ds(void *context, struct net *net, const struct dns_message *query, bool udp,
                         uint8_t *to)
{
    (void)context, (void)net, (void)udp;
    if (query->qtype == DNS_TYPE_DS)
        return net_write(query, DNS_RCODE_SERVFAIL, NULL, NULL, NULL, to);
    if (query->qtype == DNS_TYPE_TXT)
        return net_write(query, DNS_FLAG_AA, NULL, "many.com. 0 IN SOA ns. h. 1 2 3 4 0", NULL, to);
    return 0;
}

/* The names on the way are asked for DS records one after the other, and nothing of that can be cached. */
static void what_is_proven_of_the_names_above_is_not_proven_again(void **state)
{
    (void)state;
    bool forgotten[16] = {false};
    char server[20];
    struct net *net = damaged_servers(1, NET_HONEST);
    net_zone_add(net, "many.com.", "a.b.c.d.e.f.g.many.com. A 203.0.113.3\n");
    net_publish(net);
    net_options(net)->max_ncache_ttl = 0;
    net_reconfigure(net);
    meet(net);
    net_script(net, "192.0.2.30", know_no_ds, NULL);
    for (unsigned i = 1; i < SERVERS; i++) {
        snprintf(server, sizeof server, "192.0.2.%u", 30 + i);
        net_delay(net, server, 20000);
        net_script(net, server, forget, forgotten);
    }
    const struct net_reply *reply = net_ask(net, "a.b.c.d.e.f.g.many.com", "TXT");
    assert_string_equal(reply->text, "NOERROR\n");
    assert_int_equal(reply->trust, TRUST_SECURE);
    for (unsigned labels = 3; labels <= 9; labels++)
        assert_true(forgotten[labels]);
    net_end(net);
}

/* What one question has spent on wrong keys is not held against the zone. */
static void a_question_that_has_spent_its_failures_leaves_the_keys_to_others(void **state)
{
    (void)state;
    struct net *net = damaged_servers(0, NET_HONEST);
    net_damage(net, "many.com.", "many.com.", "DNSKEY", NET_CORRUPTED);
    const struct net_reply *reply = net_ask(net, "www.many.com", "A");
    assert_string_equal(reply->text, "SERVFAIL\n");
    assert_int_equal(net_events(net, EVENT_BOGUS), 3); /* and there are three servers more */
    net_publish(net);
    assert_string_equal(net_ask(net, "www.many.com", "A")->text, "SERVFAIL\n");
    assert_int_equal(net_reply(net)->packets, 0);
    /* But whoever asks for something else gets it. */
    reply = net_ask(net, "none.many.com", "A");
    assert_string_equal(reply->text, "NXDOMAIN\n");
    assert_int_equal(reply->trust, TRUST_SECURE);
    net_end(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_alias_to_an_unsigned_zone_is_no_unsigned_cut),
        cmocka_unit_test(a_cached_alias_is_no_unsigned_cut),
        cmocka_unit_test(who_looks_for_a_cut_does_not_follow_an_alias),
        cmocka_unit_test(an_unsigned_alias_of_a_signed_apex_brings_no_data_of_the_apex),
        cmocka_unit_test(a_secure_alias_of_an_unsigned_apex_makes_it_no_more_secure),
        cmocka_unit_test(any_below_a_dname_is_secure_by_the_dname),
        cmocka_unit_test(what_is_not_checked_below_an_anchor_is_not_kept),
        cmocka_unit_test(the_answer_to_a_minimised_name_below_an_anchor_is_not_kept),
        cmocka_unit_test(what_is_excepted_below_an_anchor_is_kept),
        cmocka_unit_test(what_lies_above_an_anchor_does_not_hold_below_it),
        cmocka_unit_test(a_forwarders_chain_does_not_lead_below_an_anchor),
        cmocka_unit_test(a_walk_under_way_keeps_nothing_by_an_exception_that_has_ended),
        cmocka_unit_test(nobody_joins_a_walk_by_an_exception_that_has_ended),
        cmocka_unit_test(ds_records_that_nobody_can_use_hide_none_that_counts),
        cmocka_unit_test(a_zone_with_many_ds_records_is_never_insecure),
        cmocka_unit_test(a_delegation_lives_no_longer_than_ds_records_that_were_asked_for),
        cmocka_unit_test(a_delegation_lives_no_longer_than_the_denial_of_its_ds_records),
        cmocka_unit_test(two_damaged_answers_leave_a_third_server_to_be_asked),
        cmocka_unit_test(the_third_damaged_answer_ends_the_question),
        cmocka_unit_test(answers_without_signatures_or_proofs_are_passed_over_however_many),
        cmocka_unit_test(what_is_proven_of_the_names_above_is_not_proven_again),
        cmocka_unit_test(a_question_that_has_spent_its_failures_leaves_the_keys_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
