/* What is being walked, as rootwalkctl inflight shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

enum { WALKS = 4 };
#define COM "192.0.2.1"

struct seen {
    struct engine_walk walk[WALKS];
    size_t count, none, one;
};

/* What is being walked while a server has the question. */
static size_t look(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    struct seen *seen = context;
    struct engine_walk walk;
    (void)query, (void)udp, (void)to;
    seen->count = engine_walks(net_engine(net), net_now(net), seen->walk, WALKS);
    seen->none = engine_walks(net_engine(net), net_now(net), &walk, 0);
    seen->one = engine_walks(net_engine(net), net_now(net), &walk, 1);
    return 0;
}

static void a_walk_is_shown_with_the_server_it_waits_for(void **state)
{
    struct net *net = *state;
    struct seen seen = {0};
    struct engine_walk walk;
    char text[DNS_NAME_TEXT_MAX];
    size_t at = 0;
    assert_int_equal(engine_walks(net_engine(net), net_now(net), &walk, 1), 0);
    net_script(net, COM, look, &seen);
    net_ask(net, "www.example.com", "A");
    while (at < seen.count &&
           strcmp(dns_name_to_text(dns_name_view(&seen.walk[at].name), text), "www.example.com.") != 0)
        at++;
    assert_true(at < seen.count);
    assert_int_equal(seen.walk[at].type, DNS_TYPE_A);
    assert_int_equal(seen.walk[at].clients, 1);
    assert_int_equal(seen.walk[at].parent, 0);
    assert_string_equal(seen.walk[at].state, "waits for a server");
    assert_string_equal(dns_name_to_text(dns_name_view(&seen.walk[at].zone), text), "com.");
    assert_string_equal(dns_address_to_text(&seen.walk[at].server, text), COM "#53");
    assert_in_range(seen.walk[at].packets_left, 90, 99);
    assert_int_equal(seen.none, 0);
    assert_int_equal(seen.one, 1);
    assert_int_equal(engine_walks(net_engine(net), net_now(net), &walk, 1), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, net_small_up, net_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_walk_is_shown_with_the_server_it_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
