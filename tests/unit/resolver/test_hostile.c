/* Packets that are none of ours, questions that are the same, and ends in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

#define FIRST  "192.0.2.11"
#define SECOND "192.0.2.12"
#define WWW    "NOERROR\nwww.example.com. 300 IN A 203.0.113.80\n"

/* -- malformed and unmatched --------------------------------------------------------------------- */

enum { KINDS = 40 };
static unsigned kind;

/* Makes an answer one that must be ignored; returns its length. `from`: another sender. */
static size_t malform(uint8_t *to, size_t length, const char **from, enum transport *transport)
{
    size_t question_end = 12;
    while (to[question_end] != 0)
        question_end += to[question_end] + 1u;
    question_end += 5;
    switch (kind) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return 11;
    case 3:
        to[2] &= 0x7f;
        return length; /* QR=0 */
    case 4:
        to[2] |= 0x08;
        return length; /* other opcodes */
    case 5:
        to[2] |= 0x20;
        return length;
    case 6:
        to[2] |= 0x78;
        return length;
    case 7:
        to[5] = 0;
        return length; /* QDCOUNT */
    case 8:
        to[5] = 2;
        return length;
    case 9:
        to[4] = to[5] = 0xff;
        return length;
    case 10:
        to[7]++;
        return length; /* ANCOUNT */
    case 11:
        to[6] = 0xff;
        return length;
    case 12:
        to[9]++;
        return length;
    case 13:
        to[8] = 0xff;
        return length;
    case 14:
        to[11]++;
        return length;
    case 15:
        to[10] = 0xff;
        return length;
    case 16:
        to[7] = 0;
        return length; /* octets behind the last record */
    case 17:
        to[11] = 0;
        return length;
    case 18:
        to[length] = 0;
        return length + 1;
    case 19:
        return question_end; /* cut off, TC not set */
    case 20:
        return question_end - 1;
    case 21:
        return question_end + 1;
    case 22:
        return length - 1;
    case 23:
        return length - 11;
    case 24:
        to[question_end - 3] ^= 1;
        return length; /* another type */
    case 25:
        to[question_end - 1] ^= 2;
        return length; /* another class */
    case 26:
        to[13] = '?';
        return length; /* another name */
    case 27:
        to[12] = 0xc0;
        return length; /* question's name points into the header */
    case 28:
        to[12] = 0x40;
        return length;
    case 29:
        to[12] = 0x80;
        return length;
    case 30:
        to[12] = 63;
        return length;
    case 31:
        to[question_end] = 0xff;
        return length; /* owner points forward */
    case 32:
        to[question_end] = 0xc0;
        to[question_end + 1] = (uint8_t)question_end;
        return length;
    case 33:
        to[question_end + 10] = 0xff;
        return length; /* length of rdata */
    case 34:
        to[question_end + 11] = 0xff;
        return length;
    case 35:
        *from = "198.51.100.1";
        return length; /* somebody else */
    case 36:
        *from = "192.0.2.13";
        return length;
    case 37:
        *transport = TRANSPORT_TCP;
        return length;
    case 38:
        *from = "2001:db8::1";
        return length;
    default:
        memset(to + 4, 0xff, length - 4);
        return length;
    }
}

static unsigned forged;

static size_t speak_malformed(void *context, struct net *net, const struct dns_message *query, bool udp,
                              uint8_t *to)
{
    const char *from = NULL;
    enum transport transport = TRANSPORT_UDP;
    char poison[DNS_NAME_TEXT_MAX + 100], name[DNS_NAME_TEXT_MAX];
    (void)context;
    if (!udp || query->qname.length == 1)
        return 0;
    snprintf(poison, sizeof poison, "%s 9000 IN A 198.51.100.66",
             dns_name_to_text(dns_name_view(&query->qname), name));
    size_t length = net_write(query, DNS_FLAG_AA, poison, NULL, NULL, to);
    length = malform(to, length, &from, &transport);
    net_forge(net, 1000, from, transport, to, length);
    forged++;
    return 0;
}

static const char *const servers[] = {"198.41.0.4", "192.0.2.1", FIRST, SECOND};

/* At each stage of the walk, one packet comes before the true one: nothing but counters may differ. */
static void packets_that_do_not_fit_change_nothing(void **state)
{
    (void)state;
    struct net *net = net_small();
    assert_string_equal(net_ask(net, "www.example.com", "A")->text, WWW);
    char *expected = strdup(net_cache_text(net, true));
    unsigned packets = net_reply(net)->packets;
    uint64_t took = net_reply(net)->took;
    net_end(net);
    for (kind = 0; kind < KINDS; kind++) {
        net = net_small();
        forged = 0;
        for (unsigned i = 0; i < 4; i++)
            net_script(net, servers[i], speak_malformed, NULL);
        const struct net_reply *reply = net_ask(net, "www.example.com", "A");
        if (reply->packets != packets || reply->took != took ||
            strcmp(net_cache_text(net, true), expected) != 0)
            print_error("kind %u: %u packets, %u us\n%s", kind, reply->packets, (unsigned)reply->took,
                        net_cache_text(net, true));
        assert_string_equal(reply->text, WWW);
        assert_int_equal(reply->packets, packets);
        assert_int_equal(reply->took, took);
        assert_string_equal(net_cache_text(net, true), expected);
        assert_true(forged >= 3);
        struct engine_statistics statistics;
        engine_get_statistics(net_engine(net), &statistics);
        assert_int_equal(statistics.dropped_unmatched + statistics.dropped_malformed +
                             statistics.mismatched_questions,
                         forged);
        net_end(net);
    }
    free(expected);
}

static uint64_t random_state;

static unsigned pick(unsigned below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % below;
}

/* The true answer with some octets changed, then the true answer. ID and question stay as they are. */
static size_t speak_mutated(void *context, struct net *net, const struct dns_message *query, bool udp,
                            uint8_t *to)
{
    (void)context, (void)udp;
    static const char *const answers[] = {
        "www.example.com. 300 IN A 203.0.113.80",
        "www.example.com. 300 IN CNAME a.example.org.",
        "example.com. 300 IN DNAME example.org.",
        "www.example.com. 300 IN MX 10 www.example.com.",
        NULL,
    };
    static const char *const authority[] = {
        "example.com. 300 IN NS ns1.example.com.\nexample.com. 300 IN NS ns2.example.org.",
        "example.com. 3600 IN SOA a.example.com. b.example.com. 1 2 3 4 900",
        NULL,
    };
    size_t length = net_write(query, pick(2) ? DNS_FLAG_AA : 0, answers[pick(5)], authority[pick(3)],
                              pick(2) ? "ns1.example.com. 3600 IN A 192.0.2.11" : NULL, to);
    size_t question_end = 12u + query->qname.length + 4;
    for (unsigned i = pick(4); i > 0 && length > question_end; i--)
        to[question_end + pick((unsigned)(length - question_end))] = (uint8_t)pick(256);
    if (pick(4) == 0)
        to[3] = (uint8_t)((to[3] & 0xf0) | pick(16));
    if (pick(8) == 0)
        length = question_end + pick((unsigned)(length - question_end) + 1);
    (void)net;
    return length;
}

static void mutated_answers_do_no_harm(void **state)
{
    static const char *const names[] = {"www.example.com", "example.com", "a.b.c.example.com",
                                        "x.old.example.com", "www.example.org"};
    static const char *const types[] = {"A", "MX", "NS", "CNAME", "DS", "ANY"};
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        struct net *net = net_small();
        random_state = seed;
        net_options(net)->minimal_responses = seed % 2;
        net_options(net)->qmin = seed % 3;
        net_reconfigure(net);
        net_script(net, FIRST, speak_mutated, NULL);
        if (seed % 4)
            net_script(net, SECOND, speak_mutated, NULL);
        if (seed % 8 == 0)
            net_script(net, "192.0.2.1", speak_mutated, NULL);
        for (unsigned i = 0; i < 20; i++) {
            const struct net_reply *reply = net_ask(net, names[pick(5)], types[pick(6)]);
            assert_true(reply->packets <= 100);
            assert_true(reply->took <= 7000000);
            net_pass(net, pick(400));
        }
        net_end(net);
    }
}

/* -- the same questions --------------------------------------------------------------------------- */

static void clients_of_one_question_are_limited(void **state)
{
    struct net *net = *state;
    unsigned taken = 0;
    for (unsigned i = 0; i < 150; i++)
        taken += net_begin(net, "www.example.com", "A");
    assert_int_equal(taken, 100);
    net_run(net);
    struct engine_statistics statistics;
    engine_get_statistics(net_engine(net), &statistics);
    assert_int_equal(statistics.answered, 100);
    assert_int_equal(statistics.joined, 99);
    assert_true(net_begin(net, "www.example.com", "A"));
    net_run(net);
}

static void walks_are_limited(void **state)
{
    struct net *net = *state;
    unsigned taken = 0;
    net_options(net)->limits.walks = 10;
    net_reconfigure(net);
    for (unsigned i = 0; i < 30; i++) {
        char name[40];
        snprintf(name, sizeof name, "n%u.example.com", i);
        taken += net_begin(net, name, "A");
    }
    assert_true(taken >= 9 && taken <= 10);
    net_run(net);
    assert_int_equal(net_ask(net, "www.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

static void questions_that_need_children_when_walks_run_out_end(void **state)
{
    struct net *net = *state;
    net_options(net)->limits.walks = 2;
    net_reconfigure(net);
    assert_true(net_begin(net, "abroad.example.com", "A"));
    net_begin(net, "www.example.org", "A");
    net_run(net);
    net_pass(net, 10);
    assert_int_equal(net_ask(net, "abroad.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

static void aliases_that_wait_for_each_other_end(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, "example.com.",
                     "ns1.example.com. A 192.0.2.11\na.example.com. CNAME b.example.org.\n");
    net_zone_replace(net, "example.org.", "b.example.org. CNAME a.example.com.\n");
    for (unsigned i = 0; i < 3; i++) {
        assert_true(net_begin(net, "a.example.com", "A"));
        assert_true(net_begin(net, "b.example.org", "A"));
        net_run(net);
        assert_int_equal(net_reply(net)->rcode, DNS_RCODE_SERVFAIL);
        net_pass(net, 4000);
    }
}

static void name_servers_that_wait_for_each_other_end(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, "com.", "example.com. NS ns.example.org.\n");
    net_zone_replace(net, "org.", "example.org. NS ns.example.com.\n");
    for (unsigned i = 0; i < 3; i++) {
        assert_true(net_begin(net, "www.example.com", "A"));
        assert_true(net_begin(net, "www.example.org", "A"));
        assert_true(net_begin(net, "ns.example.org", "A"));
        assert_true(net_begin(net, "ns.example.com", "AAAA"));
        net_run(net);
        assert_int_equal(net_reply(net)->rcode, DNS_RCODE_SERVFAIL);
        net_pass(net, 400);
    }
}

static void alias_to_itself_ends(void **state)
{
    struct net *net = *state;
    net_zone_replace(net, "example.com.",
                     "a.example.com. CNAME a.example.com.\nz.example.com. 0 CNAME z.example.com.\n");
    assert_int_equal(net_ask(net, "a.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(net_ask(net, "z.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    assert_true(net_packets(net) < 20);
}

/* Random questions at random times over servers of all kinds: everybody gets one answer. */
static void many_questions_over_bad_servers_all_end(void **state)
{
    static const char *const names[] = {"www.example.com",  "alias.example.com", "abroad.example.com",
                                        "nope.example.com", "x.old.example.com", "a.b.c.example.com",
                                        "www.example.org",  "www.org",           "com"};
    (void)state;
    for (unsigned seed = 0; seed < 60; seed++) {
        struct net *net = net_small();
        random_state = seed + 1000;
        net_options(net)->qmin = seed % 3;
        net_options(net)->limits.walks = seed % 5 ? 4096 : 3;
        net_reconfigure(net);
        for (unsigned i = 0; i < 4; i++) {
            net_behave(net, servers[i], pick(NET_CLOSES_TCP + 1));
            net_delay(net, servers[i], 1000u << pick(12));
        }
        for (unsigned i = 0; i < 60; i++) {
            net_begin(net, names[pick(9)], pick(2) ? "A" : "MX");
            if (pick(5) == 0)
                net_pass(net, pick(3));
            if (pick(9) == 0)
                net_behave(net, servers[pick(4)], pick(NET_CLOSES_TCP + 1));
        }
        net_run(net);
        net_end(net);
    }
}

static void engine_ends_in_the_middle(void **state)
{
    (void)state;
    for (unsigned packets = 0; packets < 12; packets++) {
        struct net *net = net_small();
        if (packets % 2)
            net_behave(net, FIRST, NET_SILENT);
        net_begin(net, "abroad.example.com", "A");
        net_begin(net, "www.example.org", "A");
        net_begin(net, "www.example.com", "TXT");
        for (unsigned i = 0; i < packets; i++)
            net_step(net);
        net_destroy(net);
    }
}

/* With answers that nobody has taken yet, and with one that has just been. */
static void engine_ends_before_its_answers_are_taken(void **state)
{
    (void)state;
    for (unsigned taken = 0; taken < 3; taken++) {
        struct net *net = net_small();
        struct dns_name_buffer name;
        struct effect effect;
        net_ask(net, "www.example.com", "A");
        net_pass(net, 1);
        assert_int_equal(dns_name_from_text("www.example.com", &name), DNS_OK);
        for (unsigned i = 0; i < 2; i++) {
            struct question question = {.name = dns_name_view(&name), .type = DNS_TYPE_A, .client = net};
            assert_int_equal(engine_ask(net_engine(net), net_now(net), &question), ENGINE_TAKEN);
        }
        for (unsigned i = 0; i < taken; i++) {
            assert_true(engine_next(net_engine(net), &effect));
            assert_int_equal(effect.kind, EFFECT_ANSWER);
            assert_int_equal(effect.answer->count[DNS_ANSWER], 1);
        }
        net_destroy(net);
    }
}

int main(void)
{
#define SMALL(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_that_do_not_fit_change_nothing),
        cmocka_unit_test(mutated_answers_do_no_harm),
        SMALL(clients_of_one_question_are_limited),
        SMALL(walks_are_limited),
        SMALL(questions_that_need_children_when_walks_run_out_end),
        SMALL(aliases_that_wait_for_each_other_end),
        SMALL(name_servers_that_wait_for_each_other_end),
        SMALL(alias_to_itself_ends),
        cmocka_unit_test(many_questions_over_bad_servers_all_end),
        cmocka_unit_test(engine_ends_in_the_middle),
        cmocka_unit_test(engine_ends_before_its_answers_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
