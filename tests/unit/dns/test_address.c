/* Addresses and prefixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/address.h"

static struct dns_address address_of(const char *text)
{
    struct dns_address address;
    if (dns_address_from_text(text, 0, &address) != DNS_OK)
        fail_msg("%s is not an address", text);
    return address;
}

static void text_becomes_address_and_back(void **state)
{
    static const struct {
        const char *text, *back;
        uint16_t port;
        uint8_t family;
    } table[] = {
        {"192.0.2.1", "192.0.2.1#53", 53, 4},
        {"0.0.0.0", "0.0.0.0", 0, 4},
        {"255.255.255.255", "255.255.255.255#65535", 65535, 4},
        {"2001:db8::1", "2001:db8::1#53", 53, 6},
        {"2001:0DB8:0:0::1", "2001:db8::1", 0, 6},
        {"::", "::#1", 1, 6},
        {"::ffff:192.0.2.1", "192.0.2.1#53", 53, 4},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff#65535",
         65535, 6},
    };
    char text[DNS_ADDRESS_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct dns_address address;
        assert_int_equal(dns_address_from_text(table[i].text, table[i].port, &address), DNS_OK);
        assert_int_equal(address.family, table[i].family);
        assert_string_equal(dns_address_to_text(&address, text), table[i].back);
    }
}

static void text_that_is_no_address_is_refused(void **state)
{
    static const char *const table[] = {
        "",    "1.2.3",   "1.2.3.4.5", "256.0.0.1", "1.2.3.4 ",  " 1.2.3.4", "1.2.3.4#53",
        ":::", "1::2::3", "g::",       "::1%lo",    "localhost", "10",
    };
    struct dns_address address;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(dns_address_from_text(table[i], 53, &address), DNS_ERROR_TEXT);
}

static void equality_includes_family_and_port(void **state)
{
    struct dns_address a = address_of("192.0.2.1"), b = a, c = address_of("c000:201::");
    (void)state;
    assert_true(dns_address_equal(&a, &b));
    b.port = 1;
    assert_false(dns_address_equal(&a, &b));
    assert_memory_equal(a.octets, c.octets, 4);
    assert_false(dns_address_equal(&a, &c));
}

static void sockaddr_goes_both_ways(void **state)
{
    static const char *const table[] = {"192.0.2.1", "2001:db8::1"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dns_address address, again;
        struct sockaddr_storage storage;
        assert_int_equal(dns_address_from_text(table[i], 5353, &address), DNS_OK);
        assert_int_equal(dns_address_to_sockaddr(&address, &storage),
                         i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        assert_true(dns_address_from_sockaddr((struct sockaddr *)&storage, &again));
        assert_true(dns_address_equal(&address, &again));
    }
}

static void mapped_sockaddr_becomes_ipv4(void **state)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    struct dns_address address, expected;
    (void)state;
    memcpy(in6.sin6_addr.s6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
    assert_int_equal(dns_address_from_text("192.0.2.1", 53, &expected), DNS_OK);
    assert_true(dns_address_from_sockaddr((struct sockaddr *)&in6, &address));
    assert_true(dns_address_equal(&address, &expected));
}

static void loopback_is_127_and_one_address_of_ipv6(void **state)
{
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"127.0.0.1", true},
                 {"127.255.255.255", true},
                 {"126.255.255.255", false},
                 {"128.0.0.1", false},
                 {"::1", true},
                 {"::2", false},
                 {"::", false},
                 {"fe80::1", false},
                 {"::ffff:127.0.0.1", true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dns_address address;
        assert_int_equal(dns_address_from_text(cases[i].text, 53, &address), DNS_OK);
        assert_int_equal(dns_address_is_loopback(&address), cases[i].loopback);
    }
}

static void other_families_are_no_address(void **state)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNIX};
    struct dns_address address = {.family = 0};
    char text[DNS_ADDRESS_TEXT_MAX];
    (void)state;
    assert_false(dns_address_from_sockaddr((struct sockaddr *)&storage, &address));
    assert_int_equal(dns_address_to_sockaddr(&address, &storage), 0);
    assert_string_equal(dns_address_to_text(&address, text), "none");
}

static void prefix_text_is_read(void **state)
{
    static const struct {
        const char *text, *address;
        uint8_t bits;
    } table[] = {
        {"10/8", "10.0.0.0", 8},
        {"172.16/12", "172.16.0.0", 12},
        {"192.0.2/24", "192.0.2.0", 24},
        {"192.0.2.0/24", "192.0.2.0", 24},
        {"192.0.2.1", "192.0.2.1", 32},
        {"192.0.2.1/32", "192.0.2.1", 32},
        {"0/0", "0.0.0.0", 0},
        {"0.0.0.0/0", "0.0.0.0", 0},
        {"2001:db8::/32", "2001:db8::", 32},
        {"2001:db8::/127", "2001:db8::", 127},
        {"::1", "::1", 128},
        {"::/0", "::", 0},
        {"fe80::/10", "fe80::", 10},
        {"::ffff:10.0.0.0/104", "10.0.0.0", 8},
        {"::ffff:0:0/96", "0.0.0.0", 0},
        {"::ffff:192.0.2.1", "192.0.2.1", 32},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct dns_prefix prefix;
        struct dns_address address = address_of(table[i].address);
        assert_int_equal(dns_prefix_from_text(table[i].text, &prefix), DNS_OK);
        assert_true(dns_address_equal(&prefix.address, &address));
        assert_int_equal(prefix.bits, table[i].bits);
    }
}

static void prefix_text_that_is_none_is_refused(void **state)
{
    static const char *const table[] = {
        "",
        "/",
        "/8",
        "10",
        "10.",
        "10./8",
        "10/",
        "10/33",
        "10/-1",
        "10/+8",
        "10/8x",
        "10/ 8",
        "10/0008",
        "10.1/8",
        "192.0.2.1/24",
        "192.0.2.0.0/24",
        "256/8",
        "2001:db8::/129",
        "2001:db8::1/32",
        "::1/127",
        "::ffff:10.0.0.0/90",
        "10/8/8",
        "any",
        "1000/8",
        "2001:db8/32",
        "0000000000000000000000000000000000000000000000000000000000000000000000000000/8",
    };
    struct dns_prefix prefix;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (dns_prefix_from_text(table[i], &prefix) != DNS_ERROR_TEXT)
            fail_msg("%s was accepted", table[i]);
}

static void prefixes_contain_what_begins_with_them(void **state)
{
    static const struct {
        const char *prefix, *address;
        bool contained;
    } table[] = {
        {"10/8", "10.255.255.255", true},
        {"10/8", "11.0.0.0", false},
        {"172.16/12", "172.31.1.1", true},
        {"172.16/12", "172.32.0.0", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.0/31", "192.0.2.1", true},
        {"192.0.2.0/31", "192.0.2.2", false},
        {"0/0", "203.0.113.7", true},
        {"0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "10.0.0.1", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::1", "::1", true},
        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct dns_prefix prefix;
        struct dns_address address = address_of(table[i].address);
        address.port = 4711;
        assert_int_equal(dns_prefix_from_text(table[i].prefix, &prefix), DNS_OK);
        assert_int_equal(dns_prefix_contains(&prefix, &address), table[i].contained);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_address_and_back),
        cmocka_unit_test(text_that_is_no_address_is_refused),
        cmocka_unit_test(equality_includes_family_and_port),
        cmocka_unit_test(sockaddr_goes_both_ways),
        cmocka_unit_test(mapped_sockaddr_becomes_ipv4),
        cmocka_unit_test(loopback_is_127_and_one_address_of_ipv6),
        cmocka_unit_test(other_families_are_no_address),
        cmocka_unit_test(prefix_text_is_read),
        cmocka_unit_test(prefix_text_that_is_none_is_refused),
        cmocka_unit_test(prefixes_contain_what_begins_with_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
