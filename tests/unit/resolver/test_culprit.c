/* Who is to blame when a name cannot be resolved: the last line of what happened, for each kind of brokenness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_signed.h"
#include "resolver/journal.h"

/* The culprit by the journal that comes with the answer. */
struct told {
    char culprit[EVENT_TEXT_MAX];
    uint32_t id, in_answer;
    bool foreign;
    unsigned events;
};

static void read_journal(void *context, const struct effect *effect)
{
    struct told *told = context;
    static uint8_t flat[JOURNAL_FLAT_MAX];
    struct journal_cursor cursor;
    struct event event;
    *told = (struct told){.in_answer = effect->answer->id, .foreign = told->foreign};
    journal_begin(&cursor, flat, journal_flatten(effect->journal, flat), effect->journal->start);
    while (journal_next(&cursor, &event)) {
        told->events++;
        told->foreign |= (event.flags & EVENT_FOREIGN) != 0;
        if ((event.kind != EVENT_FAILURE && event.kind != EVENT_ANSWER) || event.parent != 0)
            continue;
        event_culprit_to_text(&event, told->culprit);
        told->id = event.id;
    }
    assert_ptr_equal(cursor.at, cursor.end);
    assert_int_equal(told->events, effect->journal->count);
}

static void ask(struct net *net, struct told *told, const char *name, const char *type)
{
    net_set_watch(net, &(struct net_watch){.told = read_journal, .context = told});
    net_ask(net, name, type);
}

static void both(struct net *net, enum net_behaviour behaviour)
{
    net_behave(net, "192.0.2.11", behaviour);
    net_behave(net, "192.0.2.12", behaviour);
}

static void silent(struct net *net)
{
    both(net, NET_SILENT);
}

static void closed(struct net *net)
{
    both(net, NET_UNREACHABLE);
}

static void refusing(struct net *net)
{
    both(net, NET_REFUSES);
}

static void failing(struct net *net)
{
    both(net, NET_SERVFAILS);
}

static void noisy(struct net *net)
{
    both(net, NET_GARBAGE);
}

static void without_tcp(struct net *net)
{
    both(net, NET_CLOSES_TCP);
}

static void one_each(struct net *net)
{
    net_behave(net, "192.0.2.11", NET_SILENT);
    net_behave(net, "192.0.2.12", NET_REFUSES);
}

static void no_way(struct net *net)
{
    both(net, NET_NO_ROUTE);
    net_behave(net, "198.41.0.4", NET_NO_ROUTE);
    net_behave(net, "192.0.2.1", NET_NO_ROUTE);
}

static void no_sockets(struct net *net)
{
    net_behave(net, "198.41.0.4", NET_NO_SOCKETS);
}

static void one_server(struct net *net, enum net_behaviour behaviour)
{
    net_zone_add(net, "com.", "one.com. NS ns.one.com.\nns.one.com. A 192.0.2.30\n");
    net_zone(net, "one.com.", "192.0.2.30", "www.one.com. A 192.0.2.80\n");
    net_behave(net, "192.0.2.30", behaviour);
}

static void one_forges_ids(struct net *net)
{
    one_server(net, NET_WRONG_IDS);
}

static void one_refuses(struct net *net)
{
    one_server(net, NET_REFUSES);
}

static void one_fails(struct net *net)
{
    one_server(net, NET_SERVFAILS);
}

static void one_is_noisy(struct net *net)
{
    one_server(net, NET_GARBAGE);
}

static void one_is_without_tcp(struct net *net)
{
    one_server(net, NET_CLOSES_TCP);
}

static void lame(struct net *net)
{
    net_zone_add(net, "com.", "lame.com. NS ns.lame.com.\nns.lame.com. A 192.0.2.1\n");
}

static void no_address(struct net *net)
{
    net_zone_add(net, "com.", "lost.com. NS ns.nowhere.com.\n");
}

static void without_address(struct net *net)
{
    net_zone_add(net, "com.", "bald.com. NS ns.example.com.\n");
    net_zone_add(net, "example.com.", "ns.example.com. TXT \"nothing\"\n");
}

static void at_a_dead_firm(struct net *net)
{
    net_zone_add(net, "com.",
                 "dead.com. NS ns.dead.com.\nns.dead.com. A 192.0.2.40\nguest.com. NS www.dead.com.\n");
    net_zone(net, "dead.com.", "192.0.2.40", "www.dead.com. A 192.0.2.80\n");
    net_behave(net, "192.0.2.40", NET_SILENT);
}

static void no_glue(struct net *net)
{
    net_zone_add(net, "com.", "bare.com. NS ns.bare.com.\n");
}

static void needs_each_other(struct net *net)
{
    net_zone_add(net, "com.", "loop.com. NS ns.loop.org.\n");
    net_zone_add(net, "org.", "loop.org. NS ns.loop.com.\n");
}

static void forbidden(struct net *net)
{
    net_zone_add(net, "com.", "home.com. NS ns.home.com.\nns.home.com. A 127.0.0.1\n");
}

static void circle(struct net *net)
{
    net_zone_add(net, "example.com.",
                 "a.example.com. CNAME b.example.com.\nb.example.com. CNAME a.example.com.\n");
}

static void circle_of_zones(struct net *net)
{
    net_zone_add(net, "example.com.", "a.example.com. CNAME a.example.org.\n");
    net_zone_add(net, "example.org.", "a.example.org. CNAME a.example.com.\n");
}

static void long_chain(struct net *net)
{
    char text[64];
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof text, "c%d.example.com. CNAME c%d.example.com.\n", i, i + 1);
        net_zone_add(net, "example.com.", text);
    }
}

static void alias_to_the_dead(struct net *net)
{
    net_zone_add(net, "com.", "dead.com. NS ns.dead.com.\nns.dead.com. A 192.0.2.40\n");
    net_zone(net, "dead.com.", "192.0.2.40", "www.dead.com. A 192.0.2.80\n");
    net_behave(net, "192.0.2.40", NET_SILENT);
    net_zone_add(net, "org.", "alias.org. CNAME www.dead.com.\n");
}

static void sign_all(struct net *net)
{
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){0});
    net_publish(net);
}

static void endless_dname(struct net *net)
{
    net_zone_add(net, "example.com.", "d.example.com. DNAME x.d.example.com.\n");
    sign_all(net);
}

static void bogus(struct net *net)
{
    sign_all(net);
    net_damage(net, "example.com.", "www.example.com.", "A", NET_CORRUPTED);
}

static void expired(struct net *net)
{
    sign_all(net);
    net_damage(net, "example.com.", "www.example.com.", "A", NET_EXPIRED);
}

static void not_yet(struct net *net)
{
    sign_all(net);
    net_damage(net, "example.com.", "www.example.com.", "A", NET_FUTURE);
}

static void stripped(struct net *net)
{
    sign_all(net);
    both(net, NET_STRIPS_SIGNATURES);
}

static void unproven(struct net *net)
{
    sign_all(net);
    both(net, NET_STRIPS_PROOFS);
}

static void keyless(struct net *net)
{
    sign_all(net);
    net_damage(net, "example.com.", "example.com.", "DNSKEY", NET_REMOVED);
}

/* A zone and the one above it on the same servers: there is no referral between them. */
static void keyless_below(struct net *net)
{
    net_zone_add(net, "example.com.",
                 "sub.example.com. NS ns1.example.com.\nsub.example.com. NS ns2.example.com.\n");
    net_zone(net, "sub.example.com.", "192.0.2.11 192.0.2.12", "www.sub.example.com. A 192.0.2.80\n");
    net_sign(net, "sub.example.com.", (struct net_signing){0});
    sign_all(net);
    net_damage(net, "sub.example.com.", "sub.example.com.", "DNSKEY", NET_REMOVED);
}

/* The zone has rolled to a key that its parent has no DS of. */
static void other_key(struct net *net)
{
    sign_all(net);
    net_damage(net, "example.com.", "example.com.", "DNSKEY", NET_CORRUPTED);
}

static const struct brokenness {
    void (*make)(struct net *net);
    const char *name, *type, *culprit;
} table[] = {
    {silent, "www.example.com", "A",
     "zone example.com.: its servers do not answer: no answer from 2 addresses of example.com.: 6 silent, 0 "
     "unreachable, 0 lame, 0 broken"},
    {closed, "www.example.com", "A",
     "zone example.com.: its servers cannot be reached: no answer from 2 addresses of example.com.: 0 "
     "silent, 2 unreachable, 0 lame, 0 broken"},
    {refusing, "www.example.com", "A",
     "zone example.com.: its servers do not serve it: no answer from 2 addresses of example.com.: 0 silent, "
     "0 unreachable, 2 lame, 0 broken"},
    {failing, "www.example.com", "A",
     "zone example.com.: its servers answer with errors: no answer from 2 addresses of example.com.: 0 "
     "silent, 0 unreachable, 0 lame, 2 broken"},
    {noisy, "www.example.com", "A",
     "zone example.com.: its servers do not answer: no answer from 2 addresses of example.com.: 6 silent, 0 "
     "unreachable, 0 lame, 0 broken"},
    {without_tcp, "www.example.com", "A",
     "zone example.com.: its servers do not answer over TCP: no answer from 2 addresses of example.com.: 0 "
     "silent, 4 unreachable, 0 lame, 0 broken"},
    {one_each, "www.example.com", "A",
     "zone example.com.: none of its servers gives an answer: no answer from 2 addresses of example.com.: 3 "
     "silent, 0 unreachable, 1 lame, 0 broken"},
    {no_way, "www.example.com", "A",
     "zone ., server 198.41.0.4#53: its servers cannot be reached: no answer from 1 addresses of .: 0 "
     "silent, 1 unreachable, 0 lame, 0 broken, lastly 198.41.0.4#53: this host has no way to it"},
    {no_sockets, "www.example.com", "A",
     "this resolver: it lacks memory, sockets or walks: this resolver has no socket left to ask with"},
    {one_refuses, "www.one.com", "A",
     "zone one.com., server 192.0.2.30#53: its servers do not serve it: no answer from 1 addresses of "
     "one.com.: 0 silent, 0 unreachable, 1 lame, 0 broken, lastly 192.0.2.30#53: it refuses to answer for "
     "this zone"},
    {one_fails, "www.one.com", "A",
     "zone one.com., server 192.0.2.30#53: its servers answer with errors: no answer from 1 addresses of "
     "one.com.: 0 silent, 0 unreachable, 0 lame, 1 broken, lastly 192.0.2.30#53: it answers SERVFAIL"},
    {one_is_noisy, "www.one.com", "A",
     "zone one.com., server 192.0.2.30#53: its servers do not answer: no answer from 1 addresses of "
     "one.com.: 3 silent, 0 unreachable, 0 lame, 0 broken, lastly 192.0.2.30#53: what it sends is no answer"},
    {one_is_without_tcp, "www.one.com", "A",
     "zone one.com., server 192.0.2.30#53: its servers do not answer over TCP: no answer from 1 addresses of "
     "one.com.: 0 silent, 3 unreachable, 0 lame, 0 broken, lastly 192.0.2.30#53: it closed the connection "
     "over TCP"},
    {one_forges_ids, "www.one.com", "A",
     "zone one.com., server 192.0.2.30#53: its servers do not answer over TCP: no answer from 1 addresses of "
     "one.com.: 0 silent, 3 unreachable, 0 lame, 0 broken, lastly 192.0.2.30#53: it closed the connection "
     "over TCP; over UDP its ID is wrong"},
    {lame, "www.lame.com", "A",
     "zone lame.com., server 192.0.2.1#53: its servers do not serve it: no answer from 1 addresses of "
     "lame.com.: 0 silent, 0 unreachable, 1 lame, 0 broken, lastly 192.0.2.1#53: it refers upward or to "
     "itself"},
    {no_address, "www.lost.com", "A",
     "zone lost.com.: its name servers have no address: no address for any of 1 name servers of lost.com., "
     "such as ns.nowhere.com.: there is no such name"},
    {without_address, "www.bald.com", "A",
     "zone bald.com.: its name servers have no address: no address for any of 1 name servers of bald.com., "
     "such as ns.example.com.: it has none"},
    {at_a_dead_firm, "www.guest.com", "A",
     "zone dead.com., server 192.0.2.40#53: its servers do not answer: no answer from 1 addresses of "
     "dead.com.: 3 silent, 0 unreachable, 0 lame, 0 broken, lastly 192.0.2.40#53"},
    {no_glue, "www.bare.com", "A",
     "zone bare.com.: its name servers can be found only through itself: no address for any of 1 name "
     "servers of bare.com., such as ns.bare.com.: this zone is needed to find it"},
    {needs_each_other, "www.loop.com", "A",
     "zone loop.com.: its name servers can be found only through itself: no address for any of 1 name "
     "servers of loop.com., such as ns.loop.org.: this zone is needed to find it"},
    {forbidden, "www.home.com", "A",
     "zone home.com.: none of its servers may be asked: none of the 1 addresses of home.com. may be asked: "
     "such as 127.0.0.1#53"},
    {circle, "a.example.com", "A",
     "zone example.com.: its aliases form a circle: the aliases form a circle: b.example.com. leads to "
     "itself"},
    {circle_of_zones, "a.example.com", "A",
     "zone example.org.: its aliases form a circle: the aliases form a circle: a.example.org. leads to "
     "itself"},
    {long_chain, "c0.example.com", "A",
     "zone example.com.: too many aliases follow each other: limit reached: 11 aliases, the last is for "
     "c12.example.com."},
    {endless_dname, "www.d.example.com", "A",
     "zone example.com.: too many aliases follow each other: limit reached: 11 aliases, the last is for "
     "www.x.x.x.x.x.x.x.x.x.x.x.x.d.example.com."},
    {alias_to_the_dead, "alias.org", "A",
     "zone dead.com., server 192.0.2.40#53: its servers do not answer: no answer from 1 addresses of "
     "dead.com.: 3 silent, 0 unreachable, 0 lame, 0 broken, lastly 192.0.2.40#53"},
    {bogus, "www.example.com", "A",
     "zone example.com.: its data fail validation: signature of www.example.com/A by key 62741 does not fit "
     "the data"},
    {expired, "www.example.com", "A",
     "zone example.com.: its data fail validation: signature of www.example.com/A by key 62741 expired "
     "2027-01-05 08:00 UTC"},
    {not_yet, "www.example.com", "A",
     "zone example.com.: its data fail validation: signature of www.example.com/A by key 62741 is not valid "
     "before 2027-01-25 08:00 UTC"},
    {stripped, "www.example.com", "A",
     "zone example.com.: its data fail validation: no signature of example.com/DNSKEY, though example.com is "
     "signed"},
    {unproven, "nothing.example.com", "A",
     "zone example.com.: its data fail validation: no proof from example.com that nothing.example.com does "
     "not exist"},
    {keyless, "www.example.com", "A",
     "zone example.com.: its data fail validation: example.com has no key 62741, which its DS record "
     "promises"},
    {keyless_below, "www.sub.example.com", "A",
     "zone sub.example.com.: its data fail validation: sub.example.com has no key 62741, which its DS record "
     "promises"},
    {other_key, "www.example.com", "A",
     "zone example.com.: its data fail validation: signature of example.com/DNSKEY by key 62741 does not fit "
     "the data"},
};

static void the_last_line_names_the_culprit(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct told told = {0}, again = {0};
        struct net *net = net_small();
        table[i].make(net);
        ask(net, &told, table[i].name, table[i].type);
        const char *id = strstr(told.culprit, "; id ");
        size_t length = strlen(table[i].culprit); /* which of the servers was the last may follow */
        bool same = strncmp(told.culprit, table[i].culprit, length) == 0 &&
                    (told.culprit + length == id || strncmp(told.culprit + length, ", ", 2) == 0);
        assert_non_null(id);
        if (!same)
            print_error("%zu: is \"%s\", expected \"%s\"\n", i, told.culprit, table[i].culprit);
        wrong += !same;
        assert_int_equal(told.id, culprit_id_from_text(id + 5));
        assert_int_equal(told.in_answer, told.id);
        assert_int_equal(net_reply(net)->rcode, DNS_RCODE_SERVFAIL);
        ask(net, &again, table[i].name, table[i].type); /* out of the cache, or once more: the same failure */
        assert_int_equal(again.in_answer, told.id);
        net_set_watch(net, &(struct net_watch){0});
        net_end(net);
    }
    assert_int_equal(wrong, 0);
}

static void the_same_id(void (*make)(struct net *net), const char *name)
{
    uint32_t id = 0;
    for (unsigned seed = 1; seed < 20; seed++) {
        struct told told = {0};
        struct net *net = net_small();
        net_seed(net, seed);
        make(net);
        net_pass(net, seed * 191);
        ask(net, &told, name, "A");
        assert_true(id == 0 || id == told.id);
        id = told.id;
        net_set_watch(net, &(struct net_watch){0});
        net_end(net);
    }
}

/* An hour later it is another failure in time, and the same one in name. */
static void the_id_does_not_depend_on_time_or_chance(void **state)
{
    (void)state;
    the_same_id(silent, "www.example.com");
}

static void circle_and_one_is_silent(struct net *net)
{
    circle(net);
    net_behave(net, "192.0.2.11", NET_SILENT);
}

/* That a server was silent on the way is not why the aliases form a circle. */
static void a_server_is_named_only_for_what_servers_do(void **state)
{
    (void)state;
    the_same_id(circle_and_one_is_silent, "a.example.com");
}

/* Two names of one broken zone fail by the same fault. */
static void names_of_one_zone_share_their_failure(void **state)
{
    struct told one = {0}, other = {0};
    struct net *net = *state;
    refusing(net);
    ask(net, &one, "www.example.com", "A");
    ask(net, &other, "mail.example.com", "MX");
    assert_int_equal(one.id, other.id);
    net_set_watch(net, &(struct net_watch){0});
}

/* What waits for a walk of somebody else's question says so, and what that came to. */
static void a_walk_of_another_question_is_told(void **state)
{
    struct told told = {.foreign = false};
    struct net *net = *state;
    net_set_watch(net, &(struct net_watch){.told = read_journal, .context = &told});
    net_zone_add(net, "org.", "alias.org. CNAME www.example.com.\n");
    net_delay(net, "192.0.2.11", 500000);
    net_delay(net, "192.0.2.12", 500000);
    assert_true(net_begin(net, "www.example.com", "A"));
    for (int i = 0; i < 3; i++)
        net_step(net);
    assert_true(net_begin(net, "alias.org", "A"));
    net_run(net);
    assert_true(told.foreign);
    net_set_watch(net, &(struct net_watch){0});
}

/* It had an answer, but the client has waited for more than 2 s. */
static void a_slow_answer_has_a_culprit(void **state)
{
    struct told told = {0};
    struct net *net = *state;
    const char *const servers[] = {"198.41.0.4", "192.0.2.1", "192.0.2.11", "192.0.2.12"};
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++)
        net_delay(net, servers[i], 750000);
    ask(net, &told, "www.example.com", "A");
    assert_int_equal(net_reply(net)->rcode, DNS_RCODE_NOERROR);
    assert_non_null(strstr(told.culprit, "zone example.com."));
    assert_non_null(strstr(told.culprit, ": its answer took more than 2 s; id "));
    net_set_watch(net, &(struct net_watch){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_line_names_the_culprit),
        cmocka_unit_test(the_id_does_not_depend_on_time_or_chance),
        cmocka_unit_test(a_server_is_named_only_for_what_servers_do),
        cmocka_unit_test_setup_teardown(names_of_one_zone_share_their_failure, net_small_up, net_down),
        cmocka_unit_test_setup_teardown(a_walk_of_another_question_is_told, net_small_up, net_down),
        cmocka_unit_test_setup_teardown(a_slow_answer_has_a_culprit, net_small_up, net_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
