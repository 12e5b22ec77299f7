/* The steps of a walk, told: in the words of docs/architecture.md, or to nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_signed.h"

static char heard[32768];

static void hear(void *context, const struct event *event)
{
    char text[EVENT_TEXT_MAX];
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof heard - used, "%s\n", event_to_text(event, text));
    (void)context;
}

static void a_walk_is_told_step_by_step(void **state)
{
    static const char *const lines[] = {
        "4 question www.example.com. A\n",
        "4 cache    miss: www.example.com. A\n",
        "6 from     . is the closest zone known (root hints): 1 name servers, 1 addresses; insecure\n",
        "7 pick     198.41.0.4#53 (a.root-servers.net.), the best of 1, expected within ",
        "7 ask      198.41.0.4#53 for zone .: ",
        "7 answer   a referral, NOERROR, from 198.41.0.4#53 in 10.0 ms; 0+1+1 records, ",
        "7 down     to com.: 1 name servers, 1 addresses as glue; insecure\n",
        "7 down     to example.com.: 2 name servers, 2 addresses as glue; insecure\n",
        "8 keep     www.example.com. A for 300 s (authoritative answer), answer, insecure\n",
        "8 done     www.example.com. A: NOERROR, 1 records, 30.0 ms, insecure\n",
    };
    heard[0] = '\0';
    net_options(*state)->events = (struct event_sink){hear, NULL};
    net_reconfigure(*state);
    net_ask(*state, "www.example.com", "A");
    const char *at = heard;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *found = strstr(at, lines[i]);
        if (found == NULL)
            fail_msg("\"%s\" is not in, or not behind the line before:\n%s", lines[i], heard);
        at = found + 1;
    }
}

static void trouble_is_told_with_its_place(void **state)
{
    heard[0] = '\0';
    net_options(*state)->events = (struct event_sink){hear, NULL};
    net_reconfigure(*state);
    net_behave(*state, "192.0.2.11", NET_SILENT);
    net_behave(*state, "192.0.2.12", NET_UNREACHABLE);
    net_ask(*state, "www.example.com", "A");
    assert_non_null(strstr(heard, "7 silent   192.0.2.11#53 has not answered within "));
    assert_non_null(strstr(heard, "7 unreachable 192.0.2.12#53: "));
    assert_non_null(strstr(heard, "8 fail     www.example.com. A: SERVFAIL, no answer from 2 addresses of "));
}

static void every_kind_of_event_has_words(void **state)
{
    char text[EVENT_TEXT_MAX];
    (void)state;
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        struct event event = {.kind = (enum event_kind)kind};
        event_to_text(&event, text);
        assert_true(text[0] >= '3' && text[0] <= '8' && text[1] == ' ');
        assert_null(strchr(text, '%')); /* and those that are missing are left out */
        assert_true(strlen(text) > 11);
    }
}

/* The longest names there are, in their longest form, and a long reason. */
static void a_line_that_is_too_long_is_cut(void **state)
{
    struct dns_name_buffer name = {.length = 255};
    char text[EVENT_TEXT_MAX + 8], reason[2 * EVENT_TEXT_MAX];
    for (unsigned at = 0; at < 252; at += 63) {
        name.wire[at] = at == 189 ? 64 : 62;
        memset(name.wire + at + 1, 1, name.wire[at]);
    }
    name.wire[189] = 64 - 1;
    name.wire[253] = 0;
    name.length = 254;
    memset(reason, 'x', sizeof reason);
    reason[sizeof reason - 1] = '\0';
    memset(text, 'T', sizeof text);
    struct event event = {
        .kind = EVENT_FAILURE, .name = dns_name_view(&name), .type = 65535, .rcode = 4095, .text = reason};
    event_to_text(&event, text);
    assert_int_equal(strlen(text), EVENT_TEXT_MAX - 1);
    assert_int_equal(text[EVENT_TEXT_MAX], 'T');
    event.kind = EVENT_ALIAS;
    event.other = event.name;
    event_to_text(&event, text);
    assert_int_equal(strlen(text), EVENT_TEXT_MAX - 1);
    (void)state;
}

/* All that happens, and what it costs, is the same when nobody listens. */
static void nobody_need_listen(void **state)
{
    static const char *const names[] = {"www.example.com", "abroad.example.com", "x.old.example.com",
                                        "nope.example.org", "www.example.org"};
    char told[4096] = "";
    for (int listening = 1; listening >= 0; listening--) {
        struct net *net = net_small();
        net_sign(net, ".", (struct net_signing){0});
        net_sign(net, "com.", (struct net_signing){0});
        net_sign(net, "org.", (struct net_signing){.nsec3 = true});
        net_sign(net, "example.com.", (struct net_signing){0});
        net_publish(net);
        net_damage(net, "example.com.", "old.example.com.", "DNAME", NET_CORRUPTED);
        size_t used = 0;
        if (!listening)
            engine_listen(net_engine(net), (struct event_sink){NULL, NULL});
        net_behave(net, "192.0.2.12", NET_SILENT);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            char line[512];
            const struct net_reply *reply = net_ask(net, names[i], "A");
            snprintf(line, sizeof line, "%d %u %u %u %.200s\n", reply->rcode, reply->trust, reply->packets,
                     (unsigned)reply->took, reply->text);
            assert_true(used + strlen(line) < sizeof told);
            if (listening)
                strcpy(told + used, line);
            else
                assert_memory_equal(told + used, line, strlen(line));
            used += strlen(line);
        }
        net_end(net);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_walk_is_told_step_by_step, net_small_up, net_down),
        cmocka_unit_test_setup_teardown(trouble_is_told_with_its_place, net_small_up, net_down),
        cmocka_unit_test(every_kind_of_event_has_words),
        cmocka_unit_test(a_line_that_is_too_long_is_cut),
        cmocka_unit_test(nobody_need_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
