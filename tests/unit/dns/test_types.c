/* Numbers and their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dns/types.h"

static void known_types_have_names(void **state)
{
    static const struct {
        uint16_t type;
        const char *text;
    } table[] = {
        {1, "A"},      {28, "AAAA"}, {2, "NS"},     {5, "CNAME"},  {6, "SOA"},           {12, "PTR"},
        {13, "HINFO"}, {15, "MX"},   {16, "TXT"},   {33, "SRV"},   {35, "NAPTR"},        {39, "DNAME"},
        {41, "OPT"},   {43, "DS"},   {46, "RRSIG"}, {47, "NSEC"},  {48, "DNSKEY"},       {50, "NSEC3"},
        {52, "TLSA"},  {64, "SVCB"}, {65, "HTTPS"}, {249, "TKEY"}, {250, "TSIG"},        {251, "IXFR"},
        {252, "AXFR"}, {255, "ANY"}, {257, "CAA"},  {0, "TYPE0"},  {65280, "TYPE65280"}, {65535, "TYPE65535"},
    };
    char text[DNS_TYPE_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_string_equal(dns_type_to_text(table[i].type, text), table[i].text);
}

static void every_type_comes_back_from_its_text(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        char text[DNS_TYPE_TEXT_MAX];
        uint16_t back = (uint16_t)~type;
        if (dns_type_from_text(dns_type_to_text((uint16_t)type, text), &back) != DNS_OK || back != type)
            fail_msg("type %u became %s became %u", type, text, back);
    }
}

static void type_text_is_read_in_any_case(void **state)
{
    uint16_t type;
    (void)state;
    assert_int_equal(dns_type_from_text("aaaa", &type), DNS_OK);
    assert_int_equal(type, 28);
    assert_int_equal(dns_type_from_text("Tlsa", &type), DNS_OK);
    assert_int_equal(type, 52);
    assert_int_equal(dns_type_from_text("type1", &type), DNS_OK);
    assert_int_equal(type, 1);
    assert_int_equal(dns_type_from_text("TYPE00028", &type), DNS_OK);
    assert_int_equal(type, 28);
}

static void text_that_is_no_type_is_refused(void **state)
{
    static const char *const table[] = {
        "",
        "B",
        "AA",
        "TYPE",
        "TYPE65536",
        "TYPE-1",
        "TYPE1x",
        "TYPE 1",
        "TYPE000001",
        "1",
        "A ",
        " A",
        "THISISMUCHTOOLONGFORATYPEANDTHENSOME",
    };
    uint16_t type;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (dns_type_from_text(table[i], &type) != DNS_ERROR_TEXT)
            fail_msg("%s was accepted", table[i]);
}

static void rcodes_have_names(void **state)
{
    char text[DNS_TYPE_TEXT_MAX];
    (void)state;
    assert_string_equal(dns_rcode_to_text(0, text), "NOERROR");
    assert_string_equal(dns_rcode_to_text(3, text), "NXDOMAIN");
    assert_string_equal(dns_rcode_to_text(16, text), "BADVERS");
    assert_string_equal(dns_rcode_to_text(23, text), "BADCOOKIE");
    assert_string_equal(dns_rcode_to_text(12, text), "RCODE12");
    assert_string_equal(dns_rcode_to_text(UINT32_MAX, text), "RCODE4294967295");
}

static void extended_errors_have_the_registrys_purposes(void **state)
{
    (void)state;
    assert_string_equal(dns_ede_to_text(DNS_EDE_OTHER), "Other Error");
    assert_string_equal(dns_ede_to_text(DNS_EDE_STALE_ANSWER), "Stale Answer");
    assert_string_equal(dns_ede_to_text(DNS_EDE_FORGED_ANSWER), "Forged Answer");
    assert_string_equal(dns_ede_to_text(DNS_EDE_CACHED_ERROR), "Cached Error");
    assert_string_equal(dns_ede_to_text(DNS_EDE_NOT_READY), "Not Ready");
    assert_string_equal(dns_ede_to_text(DNS_EDE_BLOCKED), "Blocked");
    assert_string_equal(dns_ede_to_text(DNS_EDE_PROHIBITED), "Prohibited");
    assert_string_equal(dns_ede_to_text(DNS_EDE_NOT_AUTHORITATIVE), "Not Authoritative");
    assert_string_equal(dns_ede_to_text(DNS_EDE_NOT_SUPPORTED), "Not Supported");
    assert_string_equal(dns_ede_to_text(DNS_EDE_NO_REACHABLE_AUTHORITY), "No Reachable Authority");
    assert_string_equal(dns_ede_to_text(DNS_EDE_NETWORK_ERROR), "Network Error");
    assert_string_equal(dns_ede_to_text(DNS_EDE_INVALID_DATA), "Invalid Data");
    assert_string_equal(dns_ede_to_text(DNS_EDE_NONE), "Unassigned");
    assert_string_equal(dns_ede_to_text(49152), "Unassigned");
}

static void every_error_has_its_own_text(void **state)
{
    (void)state;
    for (int a = DNS_OK; a <= DNS_ERROR_TEXT; a++)
        for (int b = DNS_OK; b < a; b++)
            assert_string_not_equal(dns_error_text((enum dns_error)a), dns_error_text((enum dns_error)b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_types_have_names),
        cmocka_unit_test(every_type_comes_back_from_its_text),
        cmocka_unit_test(type_text_is_read_in_any_case),
        cmocka_unit_test(text_that_is_no_type_is_refused),
        cmocka_unit_test(rcodes_have_names),
        cmocka_unit_test(extended_errors_have_the_registrys_purposes),
        cmocka_unit_test(every_error_has_its_own_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
