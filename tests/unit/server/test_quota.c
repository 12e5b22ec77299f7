/* TCP connections, in all and of each client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/quota.h"

enum { MOST = 100 };

static struct dns_address address(const char *text)
{
    struct dns_address made;
    assert_int_equal(dns_address_from_text(text, 1234, &made), DNS_OK);
    return made;
}

static unsigned take_all(struct quota *quota, const char *text)
{
    struct dns_address client = address(text);
    unsigned taken = 0;
    while (taken <= MOST && quota_take(quota, &client))
        taken++;
    return taken;
}

static void one_address_gets_its_share_only(void **state)
{
    struct quota *quota = quota_create(MOST);
    (void)state;
    assert_int_equal(take_all(quota, "192.0.2.1"), QUOTA_PER_ADDRESS);
    assert_int_equal(take_all(quota, "192.0.2.2"), QUOTA_PER_ADDRESS);
    quota_destroy(quota);
}

static void one_network_of_ipv6_is_one_client(void **state)
{
    struct quota *quota = quota_create(MOST);
    (void)state;
    assert_int_equal(take_all(quota, "2001:db8::1"), QUOTA_PER_ADDRESS);
    assert_int_equal(take_all(quota, "2001:db8::2"), 0);
    assert_int_equal(take_all(quota, "2001:db8:0:1::1"), QUOTA_PER_ADDRESS);
    quota_destroy(quota);
}

static void the_host_itself_gets_half(void **state)
{
    struct quota *quota = quota_create(MOST);
    (void)state;
    assert_int_equal(take_all(quota, "127.0.0.1"), MOST / 2);
    assert_int_equal(take_all(quota, "::1"), MOST / 2);
    assert_int_equal(take_all(quota, "192.0.2.1"), 0);
    quota_destroy(quota);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
    struct quota *quota = quota_create(MOST);
    struct dns_address client = address("192.0.2.1");
    (void)state;
    for (int round = 0; round < 1000; round++) {
        assert_true(quota_take(quota, &client));
        assert_true(quota_take(quota, &client));
        quota_give(quota, &client);
        quota_give(quota, &client);
    }
    assert_int_equal(take_all(quota, "192.0.2.1"), QUOTA_PER_ADDRESS);
    quota_destroy(quota);
}

static void a_smaller_quota_ends_no_connection_and_admits_none(void **state)
{
    struct quota *quota = quota_create(MOST);
    struct dns_address client = address("192.0.2.9");
    (void)state;
    assert_int_equal(take_all(quota, "192.0.2.1"), QUOTA_PER_ADDRESS);
    assert_true(quota_resize(quota, 10));
    assert_false(quota_take(quota, &client));
    assert_true(quota_resize(quota, 2 * MOST));
    assert_true(quota_take(quota, &client));
    quota_destroy(quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_gets_its_share_only),
        cmocka_unit_test(one_network_of_ipv6_is_one_client),
        cmocka_unit_test(the_host_itself_gets_half),
        cmocka_unit_test(what_is_given_back_can_be_taken_again),
        cmocka_unit_test(a_smaller_quota_ends_no_connection_and_admits_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
