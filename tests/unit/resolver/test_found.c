/* What the simulator found (tests/sim, docs/testing.md), as exact tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

#define FIRST "192.0.2.11"
#define COM   "192.0.2.1"

struct script {
    const char *name;
    uint16_t type;
    unsigned flags;
    const char *answer, *authority;
};

static size_t play(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    const struct script *script = context;
    char name[DNS_NAME_TEXT_MAX];
    struct dns_name_buffer lower;
    (void)net, (void)udp;
    dns_name_copy_lower(&lower, dns_name_view(&query->qname));
    dns_name_to_text(dns_name_view(&lower), name);
    if (strcmp(name, script->name) != 0 || query->qtype != script->type)
        return 0;
    return net_write(query, script->flags, script->answer, script->authority, NULL, to);
}

/* An alias of the apex, and in the same packet the child's word that the apex has no DS records. */
static void ds_of_the_apex_behind_an_alias_is_asked_of_the_parent(void **state)
{
    struct net *net = *state;
    struct script script = {"alias.example.com.", DNS_TYPE_DS, DNS_FLAG_AA,
                            "alias.example.com. 300 IN CNAME example.com.",
                            "example.com. 3600 IN SOA ns. child. 1 2 3 4 900"};
    net_script(net, FIRST, play, &script);
    net_script(net, "192.0.2.12", play, &script);
    const struct net_reply *reply = net_ask(net, "alias.example.com", "DS");
    assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
    assert_null(strstr(reply->authority, "child"));
    assert_null(strstr(net_cache_text(net, false), "child"));
}

/* A name server of the parent's that has the child only. */
static void ds_that_the_child_denies_is_lame(void **state)
{
    struct net *net = *state;
    struct script script = {"example.com.", DNS_TYPE_DS, DNS_FLAG_AA, NULL,
                            "example.com. 3600 IN SOA ns. child. 1 2 3 4 900"};
    net_ask(net, "www.example.com", "A");
    net_script(net, COM, play, &script);
    const struct net_reply *reply = net_ask(net, "example.com", "DS");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_null(strstr(net_cache_text(net, false), "child"));
}

static bool next_send(struct engine *engine, struct effect *send)
{
    struct effect effect;
    bool found = false;
    while (engine_next(engine, &effect))
        if (effect.kind == EFFECT_SEND) {
            *send = effect;
            found = true;
        }
    return found;
}

/* The machine was suspended: the packet is read an hour after it came. */
static void packet_that_slept_past_the_deadline_is_not_believed(void **state)
{
    struct net *net = *state;
    struct engine *engine = net_engine(net);
    struct dns_name_buffer name;
    struct dns_message query;
    struct dns_record records[8];
    struct effect send = {0}, answer = {0};
    uint8_t wire[512];
    uint64_t now = net_now(net);
    net_ask(net, ".", "NS");
    dns_name_from_text("com.", &name);
    assert_int_equal(
        engine_ask(engine, now,
                   &(struct question){.name = dns_name_view(&name), .type = DNS_TYPE_TXT, .client = &name}),
        ENGINE_TAKEN);
    assert_true(next_send(engine, &send));
    assert_int_equal(dns_message_parse(&query, send.wire, send.length, records, 8), DNS_OK);
    size_t length = net_write(&query, DNS_FLAG_AA, "com. 3600 IN TXT old", NULL, NULL, wire);
    struct packet packet = {send.exchange, send.server, send.transport, wire, length};
    now += UINT64_C(3600) * 1000000;
    engine_receive(engine, now, &packet);
    engine_wake(engine, now);
    for (struct effect effect; engine_next(engine, &effect);)
        if (effect.kind == EFFECT_ANSWER)
            answer = effect;
    assert_ptr_equal(answer.client, &name);
    assert_null(strstr(net_cache_text(net, false), "old"));
}

static bool is_told(struct engine *engine, const void *client)
{
    bool told = false;
    for (struct effect effect; engine_next(engine, &effect);)
        told |= effect.kind == EFFECT_ANSWER && effect.client == client;
    return told;
}

/* Whoever asks again after a suspend does not share the end of the question that slept, nor its failure. */
static void question_after_a_suspend_begins_anew(void **state)
{
    struct net *net = *state;
    struct engine *engine = net_engine(net);
    struct dns_name_buffer name;
    int before, after;
    net_ask(net, ".", "NS");
    uint64_t now = net_now(net);
    dns_name_from_text("com.", &name);
    engine_ask(engine, now,
               &(struct question){.name = dns_name_view(&name), .type = DNS_TYPE_TXT, .client = &before});
    assert_false(is_told(engine, &before));
    now += UINT64_C(3600) * 1000000;
    engine_ask(engine, now,
               &(struct question){.name = dns_name_view(&name), .type = DNS_TYPE_TXT, .client = &after});
    assert_false(is_told(engine, &after));
    engine_wake(engine, now);
    assert_true(is_told(engine, &before));
    assert_null(strstr(net_cache_text(net, false), "FAILURE"));
    engine_wake(engine, now + 10 * 1000000);
    assert_true(is_told(engine, &after));
}

/* All of them wait for 50 ms and hear after 120: that is one time-out, not ten in a row, and no reason to leave
   the server alone. */
static void slow_moment_for_many_queries_is_one_silence(void **state)
{
    static const char *const names[] = {"a.example.org", "b.example.org", "c.example.org", "d.example.org",
                                        "e.example.org", "f.example.org", "g.example.org", NULL};
    struct net *net = *state;
    for (int i = 0; i < 4; i++)
        net_ask(net, "www.example.org", i % 2 ? "TXT" : "MX");
    net_delay(net, FIRST, 120000);
    net_ask_many(net, names, "A");
    assert_int_equal(net_events(net, EVENT_FAILURE), 0);
}

/* The walk came by its alias from the cache and never had a delegation: what lay in its memory is no zone. */
static void time_that_runs_out_behind_a_cached_alias_names_no_zone(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, "example.org.",
                     "example.org. NS ns1.example.com.\nwww.example.org. 5 A 203.0.113.81\n");
    net_zone_replace(net, "example.com.",
                     "example.com. NS ns1.example.com.\nns1.example.com. A 192.0.2.11\n"
                     "abroad.example.com. 3600 CNAME www.example.org.\n");
    net_ask(net, "abroad.example.com", "A");
    net_pass(net, 10);
    net_behave(net, FIRST, NET_SILENT);
    net_options(net)->limits.time = 200000;
    net_reconfigure(net);
    const struct net_reply *reply = net_ask(net, "abroad.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_string_equal(reply->ede_text, "limit reached: time");
}

/* Four silent addresses came as glue; the one that works has to be looked up. */
static void name_server_without_glue_is_looked_up_while_others_are_silent(void **state)
{
    struct net *net = *state;
    net_zone(net, "net.", "192.0.2.3",
             "net. NS a.gtld.com.\n"
             "example.net. NS ns1.example.net.\nexample.net. NS ns1.example.com.\n"
             "ns1.example.net. A 192.0.2.51\nns1.example.net. A 192.0.2.52\n"
             "ns1.example.net. A 192.0.2.53\nns1.example.net. A 192.0.2.54\n");
    net_zone_replace(net, ".",
                     ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
                     "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
                     "net. NS a.net-servers.net.\na.net-servers.net. A 192.0.2.3\n");
    net_zone(net, "example.net.", "192.0.2.11", "www.example.net. A 203.0.113.90\n");
    const struct net_reply *reply = net_ask(net, "www.example.net", "A");
    assert_string_equal(reply->text, "NOERROR\nwww.example.net. 3600 IN A 203.0.113.90\n");
    assert_true(reply->took < 3000000);
}

/* ANY matches the alias itself (RFC 1034 §3.6.2), whatever the cache knows of it. */
static void any_does_not_follow_a_cached_alias(void **state)
{
    struct net *net = *state;
    net_zone_add(net, "example.com.", "other.example.com. 300 CNAME www.example.com.\n");
    assert_int_equal(net_ask(net, "other.example.com", "A")->count[0], 2);
    const struct net_reply *reply = net_ask(net, "other.example.com", "ANY");
    assert_string_equal(reply->text, "NOERROR\nother.example.com. 300 IN CNAME www.example.com.\n");
    assert_int_equal(net_ask(net, "other.example.com", "A")->count[0], 2);
}

/* The alias that a DNAME makes is no record of the name: ANY follows it as any other type (RFC 6672 §3.2). */
static void any_follows_the_cached_alias_that_a_dname_makes(void **state)
{
    struct net *net = *state;
    struct script script = {"a.old.example.com.", DNS_TYPE_A, DNS_FLAG_AA,
                            "old.example.com. 300 IN DNAME new.example.com.", NULL};
    net_zone_add(net, "example.com.", "a.new.example.com. 300 A 203.0.113.7\n");
    net_script(net, FIRST, play, &script);
    net_script(net, "192.0.2.12", play, &script);
    assert_int_equal(net_ask(net, "a.old.example.com", "A")->count[0], 3);
    assert_true(net_ask(net, "a.old.example.com", "ANY")->packets > 0);
}

/* An answer outlives what the server said beside it. */
static void further_records_are_left_out_when_their_time_is_over(void **state)
{
    struct net *net = *state;
    struct script script = {"www.example.com.", DNS_TYPE_MX, DNS_FLAG_AA,
                            "www.example.com. 300 IN MX 1 mail.example.com.",
                            "example.com. 60 IN NS ns1.example.com."};
    net_options(net)->minimal_responses = false;
    net_reconfigure(net);
    net_script(net, FIRST, play, &script);
    net_script(net, "192.0.2.12", play, &script);
    assert_string_equal(net_ask(net, "www.example.com", "MX")->authority,
                        "example.com. 60 IN NS ns1.example.com.\n");
    net_pass(net, 59);
    assert_string_equal(net_ask(net, "www.example.com", "MX")->authority,
                        "example.com. 1 IN NS ns1.example.com.\n");
    net_pass(net, 2);
    const struct net_reply *reply = net_ask(net, "www.example.com", "MX");
    assert_string_equal(reply->authority, "");
    assert_string_equal(reply->text, "NOERROR\nwww.example.com. 239 IN MX 1 mail.example.com.\n");
}

/* Three name servers without glue; the walk for the first one's address takes its time. */
static void next_name_server_is_looked_up_when_the_first_takes_long(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, ".",
                     ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
                     "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
                     "dead. NS ns.dead.\nns.dead. A 192.0.2.66\n"
                     "net. NS ns1.dead.\nnet. NS ns1.example.com.\n");
    net_zone(net, "net.", "192.0.2.11", "www.net. A 203.0.113.90\n");
    net_behave(net, "192.0.2.66", NET_SILENT);
    for (unsigned i = 0; i < 20; i++) {
        cache_flush(net_cache(net));
        const struct net_reply *reply = net_ask(net, "www.net", "A");
        assert_string_equal(reply->text, "NOERROR\nwww.net. 3600 IN A 203.0.113.90\n");
        assert_true(reply->took < 1600000);
    }
}

/* Of its name server only the address that was looked up first is slow: each of the minimised names would wait for it. */
static void other_family_of_a_slow_name_server_is_looked_up(void **state)
{
    struct net *net = *state;
    net_zone_add(net, "org.", "slow.org. NS ns.example.org.\n");
    net_zone_add(net, "example.org.", "ns.example.org. A 192.0.2.50\nns.example.org. AAAA 2001:db8::50\n");
    net_zone(net, "slow.org.", "192.0.2.50 2001:db8::50", "a.b.c.d.e.slow.org. A 203.0.113.90\n");
    net_delay(net, "192.0.2.50", 1500000);
    const struct net_reply *reply = net_ask(net, "a.b.c.d.e.slow.org", "A");
    assert_string_equal(reply->text, "NOERROR\na.b.c.d.e.slow.org. 3600 IN A 203.0.113.90\n");
    assert_true(reply->took < 1000000);
    assert_true(net_packets_to(net, "2001:db8::50") > 0);
}

/* Ten minimised names would take nine seconds; half of the question's time is enough for them. */
static void minimisation_leaves_time_for_the_whole_name(void **state)
{
    struct net *net = *state;
    net_zone_add(net, "example.org.", "a.b.c.d.e.f.g.h.i.j.example.org. A 203.0.113.90\n");
    net_delay(net, FIRST, 900000);
    const struct net_reply *reply = net_ask(net, "a.b.c.d.e.f.g.h.i.j.example.org", "A");
    assert_string_equal(reply->text, "NOERROR\na.b.c.d.e.f.g.h.i.j.example.org. 3600 IN A 203.0.113.90\n");
    assert_true(reply->took < 5500000);
    assert_non_null(strstr(net_seen(net, FIRST), " i.j.example.org./A"));
    assert_null(strstr(net_seen(net, FIRST), " b.c.d.e.f.g.h.i.j.example.org./A"));
}

/* The zone's own SOA record says that there is nothing; what else lies in the packet is none of its business. */
static void absence_with_a_stray_ns_record_is_an_absence(void **state)
{
    struct net *net = *state;
    struct script script = {"www.example.com.", DNS_TYPE_MX, DNS_FLAG_AA, NULL,
                            "net. 300 IN NS ns.evil.net.\nexample.com. 300 IN SOA ns. h. 1 2 3 4 300"};
    net_script(net, FIRST, play, &script);
    net_script(net, "192.0.2.12", play, &script);
    const struct net_reply *reply = net_ask(net, "www.example.com", "MX");
    assert_int_equal(reply->rcode, DNS_RCODE_NOERROR);
    assert_non_null(strstr(reply->authority, "example.com. 300 IN SOA"));
    assert_null(strstr(reply->authority, "evil"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(absence_with_a_stray_ns_record_is_an_absence),
        TEST(any_does_not_follow_a_cached_alias),
        TEST(any_follows_the_cached_alias_that_a_dname_makes),
        TEST(ds_of_the_apex_behind_an_alias_is_asked_of_the_parent),
        TEST(ds_that_the_child_denies_is_lame),
        TEST(further_records_are_left_out_when_their_time_is_over),
        TEST(minimisation_leaves_time_for_the_whole_name),
        TEST(name_server_without_glue_is_looked_up_while_others_are_silent),
        TEST(next_name_server_is_looked_up_when_the_first_takes_long),
        TEST(other_family_of_a_slow_name_server_is_looked_up),
        TEST(question_after_a_suspend_begins_anew),
        TEST(slow_moment_for_many_queries_is_one_silence),
        TEST(time_that_runs_out_behind_a_cached_alias_names_no_zone),
        TEST(packet_that_slept_past_the_deadline_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
