/* Questions that wait, in all and of each client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/waiting.h"

enum { MOST = 4096 };
static const uint8_t key[16] = "a key for tests";

static struct dns_address address(const char *text)
{
    struct dns_address made;
    assert_int_equal(dns_address_from_text(text, 1234, &made), DNS_OK);
    return made;
}

/* How many are taken until one is not, for that reason. */
static unsigned take_all(struct waiting *waiting, const char *text, bool tcp, enum waiting_verdict reason)
{
    struct dns_address client = address(text);
    unsigned taken = 0, place;
    enum waiting_verdict verdict;
    while ((verdict = waiting_take(waiting, &client, tcp, &place)) == WAITING_TAKEN)
        taken++;
    assert_int_equal(verdict, reason);
    return taken;
}

static void one_client_gets_its_share_only(void **state)
{
    struct waiting *waiting = waiting_create(MOST, key);
    (void)state;
    assert_int_equal(take_all(waiting, "192.0.2.1", false, WAITING_CLIENT_FULL), WAITING_PER_CLIENT_UDP);
    assert_int_equal(take_all(waiting, "192.0.2.2", false, WAITING_CLIENT_FULL), WAITING_PER_CLIENT_UDP);
    assert_int_equal(waiting_now(waiting), 2 * WAITING_PER_CLIENT_UDP);
    waiting_destroy(waiting);
}

static void questions_in_a_clients_name_leave_its_tcp_alone(void **state)
{
    struct waiting *waiting = waiting_create(MOST, key);
    (void)state;
    assert_int_equal(take_all(waiting, "192.0.2.1", false, WAITING_CLIENT_FULL), WAITING_PER_CLIENT_UDP);
    assert_int_equal(take_all(waiting, "192.0.2.1", true, WAITING_CLIENT_FULL),
                     WAITING_PER_CLIENT - WAITING_PER_CLIENT_UDP);
    waiting_destroy(waiting);
}

static void one_network_of_ipv6_is_one_client(void **state)
{
    struct waiting *waiting = waiting_create(MOST, key);
    (void)state;
    assert_int_equal(take_all(waiting, "2001:db8::1", false, WAITING_CLIENT_FULL), WAITING_PER_CLIENT_UDP);
    assert_int_equal(take_all(waiting, "2001:db8::2", false, WAITING_CLIENT_FULL), 0);
    assert_int_equal(take_all(waiting, "2001:db8:0:1::1", false, WAITING_CLIENT_FULL),
                     WAITING_PER_CLIENT_UDP);
    waiting_destroy(waiting);
}

static void the_host_itself_gets_half(void **state)
{
    struct waiting *waiting = waiting_create(MOST, key);
    (void)state;
    assert_int_equal(take_all(waiting, "127.0.0.1", false, WAITING_CLIENT_FULL), MOST / 2);
    assert_int_equal(take_all(waiting, "::1", true, WAITING_CLIENT_FULL), 0);
    assert_int_equal(take_all(waiting, "192.0.2.1", false, WAITING_CLIENT_FULL), WAITING_PER_CLIENT_UDP);
    waiting_destroy(waiting);
}

static void all_together_get_no_more_than_there_are(void **state)
{
    struct waiting *waiting = waiting_create(300, key);
    (void)state;
    assert_int_equal(take_all(waiting, "192.0.2.1", false, WAITING_CLIENT_FULL), WAITING_PER_CLIENT_UDP);
    assert_int_equal(take_all(waiting, "192.0.2.2", false, WAITING_FULL), 300 - WAITING_PER_CLIENT_UDP);
    waiting_destroy(waiting);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
    struct waiting *waiting = waiting_create(1, key);
    struct dns_address client = address("192.0.2.1");
    unsigned place;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(waiting_take(waiting, &client, false, &place), WAITING_TAKEN);
        waiting_give(waiting, place);
    }
    assert_int_equal(waiting_now(waiting), 0);
    waiting_destroy(waiting);
}

static void a_smaller_number_holds_at_once(void **state)
{
    struct waiting *waiting = waiting_create(100, key);
    struct dns_address client = address("192.0.2.1");
    unsigned place;
    (void)state;
    assert_int_equal(take_all(waiting, "192.0.2.1", false, WAITING_FULL), 100);
    waiting_resize(waiting, 50);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(waiting_take(waiting, &client, false, &place), WAITING_FULL);
        waiting_give(waiting, place);
    }
    assert_int_equal(take_all(waiting, "192.0.2.1", false, WAITING_FULL), 0);
    waiting_destroy(waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_client_gets_its_share_only),
        cmocka_unit_test(questions_in_a_clients_name_leave_its_tcp_alone),
        cmocka_unit_test(one_network_of_ipv6_is_one_client),
        cmocka_unit_test(the_host_itself_gets_half),
        cmocka_unit_test(all_together_get_no_more_than_there_are),
        cmocka_unit_test(what_is_given_back_can_be_taken_again),
        cmocka_unit_test(a_smaller_number_holds_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
