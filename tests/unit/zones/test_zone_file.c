/* Reading zone files: what is understood, and what is said of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support.h"

#define HEAD "$TTL 60\n@ SOA ns1 host 7 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n"
#define HEAD_DUMP                                                                                            \
    "example.org. 60 IN NS ns1.example.org.\n"                                                               \
    "example.org. 60 IN SOA ns1.example.org. host.example.org. 7 1 2 3 4\n"
#define NS1_DUMP "ns1.example.org. 60 IN A 192.0.2.1\n"

static void expect_dump(const char *text, const char *expected)
{
    struct zone *zone = zone_from(text);
    assert_string_equal(dump_of(zone), expected);
    zone_release(zone);
}

static void names_ttls_and_classes_are_read_in_any_order(void **state)
{
    (void)state;
    expect_dump(HEAD
                "a 1h30m IN A 192.0.2.2\n  in 1w A 192.0.2.2\nB.example.org. IN 5 TXT x\n\tTXT \"y;(\" z\n",
                HEAD_DUMP "a.example.org. 5400 IN A 192.0.2.2\n"
                          "B.example.org. 5 IN TXT \"x\"\nB.example.org. 5 IN TXT \"y;(\" \"z\"\n" NS1_DUMP);
}

static void parentheses_and_comments_may_stand_anywhere(void **state)
{
    (void)state;
    expect_dump("; first\n$TTL 60 ; one\n@ SOA ( ns1 ; primary\n host\n\n 7 1 2 ) ( 3 4 )\n@ NS ns1;x\nns1 A "
                "(192.0.2.1\n)\r\n",
                HEAD_DUMP NS1_DUMP);
}

static void origins_are_relative_to_the_one_before(void **state)
{
    (void)state;
    expect_dump(HEAD
                "$ORIGIN b\n$ORIGIN a\n@ A 192.0.2.2\nx MX 1 y\n$ORIGIN example.org.\n\\@\\.x A 192.0.2.3\n",
                HEAD_DUMP "\\@\\.x.example.org. 60 IN A 192.0.2.3\na.b.example.org. 60 IN A 192.0.2.2\n"
                          "x.a.b.example.org. 60 IN MX 1 y.a.b.example.org.\n" NS1_DUMP);
}

static void generate_counts_like_bind(void **state)
{
    (void)state;
    expect_dump(HEAD
                "$GENERATE 8-12/2 h$ A 10.0.0.$\n$GENERATE 1-1 ${9,3,d}.${0,3,n} 5 CNAME \"${250,4,X}.$$\"\n",
                HEAD_DUMP
                "010.1.0.example.org. 5 IN CNAME 00FB.\\$.example.org.\nh10.example.org. 60 IN A 10.0.0.10\n"
                "h12.example.org. 60 IN A 10.0.0.12\nh8.example.org. 60 IN A 10.0.0.8\n" NS1_DUMP);
}

static void unknown_types_are_octets(void **state)
{
    (void)state;
    expect_dump(HEAD "u TYPE65400 \\# 3 ab cdef\nu CLASS1 TYPE1 \\# 4 c0000202\n", HEAD_DUMP NS1_DUMP
                "u.example.org. 60 IN A 192.0.2.2\nu.example.org. 60 IN TYPE65400 \\# 3 abcdef\n");
}

static void without_ttl_directive_the_last_ttl_counts_and_first_the_soa_minimum(void **state)
{
    (void)state;
    expect_dump("@ SOA ns1 host 7 1 2 3 4\n@ 60 NS ns1\nns1 A 192.0.2.1\n",
                "example.org. 60 IN NS ns1.example.org.\n"
                "example.org. 4 IN SOA ns1.example.org. host.example.org. 7 1 2 3 4\n" NS1_DUMP);
}

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void each_error_has_its_line_and_all_are_told(void **state)
{
    static const struct {
        const char *text, *said;
    } table[] = {
        {HEAD "a A 300.1.1.1\nb AAAA 1.2.3.4\nc BOGUS x\n",
         "5: a.example.org. A \"300.1.1.1\": not an IPv4 address\n"
         "6: b.example.org. AAAA \"1.2.3.4\": not an IPv6 address\n7: \"BOGUS\" is no record type, class or "
         "TTL\n"},
        {"$TTL 60\n@ NS ns.net.\n", "0: the zone example.org. has no SOA record"},
        {HEAD "@ SOA a b 1 2 3 4 5\n", "5: example.org. has a second SOA record; the first is in line 2\n"},
        {HEAD "a SOA a b 1 2 3 4 5\n", "5: the SOA record is of a.example.org., not of the zone's own name"},
        {"$TTL 60\n@ SOA a b 1 2 3 4 5\n", "2: the zone example.org. has no NS record at its own name"},
        {HEAD "a CNAME b\na A 192.0.2.2\n", "6: a.example.org. has a CNAME and other data, A (line 5)"},
        {HEAD "a CNAME b\na CNAME c\n",
         "6: a.example.org. has a second CNAME record; the first is in line 5\n"},
        {HEAD "d DNAME x\nx.y.d A 192.0.2.2\n",
         "6: x.y.d.example.org. lies below the DNAME of d.example.org. (line 5)"},
        {HEAD "a.example.net. A 192.0.2.2\n", "5: a.example.net. is outside of the zone example.org."},
        {HEAD "a CH TXT x\n", "5: a.example.org. is not of class IN\n"},
        {HEAD "a TXT \"open\nb A 192.0.2.2\n", "5: the line ends within a quoted string"},
        {HEAD "a TXT ( open\n", "5: the file ends within parentheses"},
        {HEAD "a A 192.0.2.2 )\n", "5: a \")\" without a \"(\"\n"},
        {HEAD "$INCLUDE x\n", "5: $INCLUDE is not allowed here\n"},
        {HEAD "$FOO x\n", "5: \"$FOO\" is none of $TTL, $ORIGIN, $INCLUDE, $GENERATE\n"},
        {HEAD "$TTL never\n", "5: $TTL wants a time"},
        {HEAD "$GENERATE 5-1 a A 1.2.3.4\n", "5: $GENERATE: \"5-1\" is no range"},
        {HEAD "$GENERATE 1-5 a${-9} A 1.2.3.4\n", "5: $GENERATE: \"a${-9}\" makes no domain name at 1\n"},
        {HEAD "a..b A 1.2.3.4\n", "5: \"a..b\" is not a domain name"},
        {HEAD "a TYPE65400 \\# 3 ab\n", "5: a.example.org. TYPE65400"},
        {HEAD "a MX mail\n", "5: a.example.org. MX"},
        {HEAD "a SRV 1 65536 2 b\n",
         "5: a.example.org. SRV \"1 65536 2 b\": a number is not within 0 to 65535\n"},
        {HEAD "a CAA 256 issue x\n",
         "5: a.example.org. CAA \"256 issue x\": a number is not within 0 to 255\n"},
        {HEAD "@ DNSKEY 256 3 256 AAAA\n",
         "5: example.org. DNSKEY \"256 3 256 AAAA\": an algorithm's number"},
        {HEAD "a CERT 65536 1 1 AAAA\n", "5: a.example.org. CERT \"65536 1 1 AAAA\": a number is not within"},
        {HEAD "a TLSA 1 1 1 abc\n", "5: a.example.org. TLSA \"1 1 1 abc\": the number of hexadecimal digits"},
        {HEAD "a HTTPS 1 . alpn=h2 port=65536\n",
         "5: a.example.org. HTTPS \"1 . alpn=h2 port=65536\": a port"},
        {HEAD "a TXT \"\\256\"\n", "5: a.example.org. TXT \"\"\\256\"\": wants strings"},
        {"$TTL 1\n@ SOA a b 4294967296 1 1 1 1\n",
         "2: example.org. SOA \"a b 4294967296 1 1 1 1\": a number"},
        {"$TTL 1\n@ SOA a b 1 1 9999w 1 1\n", "2: example.org. SOA \"a b 1 1 9999w 1 1\": a time is neither"},
        {HEAD "a TYPE65400 word\n", "5: a.example.org. TYPE65400 \"word\": of a type without a name"},
        {HEAD "a\n", "5: a record type is missing\n"},
        {"  A 1.2.3.4\n" HEAD, "1: a blank at the start stands for the name before, but there is none\n"},
        {"a A 1.2.3.4\n" HEAD, "1: no TTL: put \"$TTL 1h\" at the top of the file\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *said = problems_of(table[i].text);
        if (strncmp(said, table[i].said, strlen(table[i].said)) != 0)
            fail_msg("expected\n%s\nbut was\n%s", table[i].said, said);
        assert_true(problems.count[ZONE_ERROR] > 0);
    }
}

static void warnings_do_not_refuse_the_zone(void **state)
{
    static const struct {
        const char *text, *said;
    } table[] = {
        {HEAD "a 5 A 192.0.2.2\na 6 A 192.0.2.3\n",
         "6: warning: the TTL of a.example.org. A is 6 here and 5 in line 5"},
        {HEAD "@ NS ns2\n",
         "5: warning: the NS ns2.example.org. has no address in the zone: add an A or AAAA record"},
        {HEAD "sub NS ns.sub\n",
         "5: warning: the NS ns.sub.example.org. has no address in the zone: add an A or AAAA record"},
        {HEAD "_s._tcp SRV 0 0 1 s\n", "5: warning: the SRV s.example.org. has no address in the zone"},
        {HEAD "d DS 1 8 2 " DIGEST "\n",
         "5: warning: DS records without NS records: here is no delegation\n"},
        {HEAD "@ DS 1 8 2 " DIGEST "\n", "5: warning: DS records of the zone's own name belong into"},
        {HEAD "a RRSIG A 8 3 60 20300101000000 20200101000000 1 example.org. AAAA\n",
         "5: warning: the RRSIG signs a.example.org. A, which is not there\n"},
        {HEAD "@ MX 1 m\nm CNAME ns1\n", "5: warning: the MX m.example.org. is an alias"},
        {HEAD "* NS ns1\n", "5: warning: NS records at a wildcard delegate nothing"},
        {HEAD "sub NS ns.other\nother NS ns.net.\n*.w A 192.0.2.3\n@ MX 1 a.w\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *said = problems_of(table[i].text);
        if (strncmp(said, table[i].said, strlen(table[i].said)) != 0 ||
            (table[i].said[0] == '\0' && said[0] != '\0'))
            fail_msg("expected\n%s\nbut was\n%s", table[i].said, said);
        assert_int_equal(problems.count[ZONE_ERROR], 0);
    }
}

static void the_lowest_ttl_of_a_set_wins_and_duplicates_are_once(void **state)
{
    (void)state;
    expect_dump(HEAD "a 9 A 192.0.2.2\na 5 A 192.0.2.3\nA 9 A 192.0.2.2\n",
                HEAD_DUMP "a.example.org. 5 IN A 192.0.2.2\na.example.org. 5 IN A 192.0.2.3\n" NS1_DUMP);
}

static void a_line_of_ten_megabytes_is_an_error_and_the_next_is_read(void **state)
{
    size_t size = 10 << 20;
    char *text = malloc(size + 200);
    (void)state;
    strcpy(text, HEAD "a TXT ");
    size_t at = strlen(text);
    memset(text + at, 'x', size);
    strcpy(text + at + size, "\nb A 1.2.3\n");
    const char *said = problems_of(text);
    assert_string_equal(said, "5: a record of more than 320 KiB; is a \")\" or a line end missing?\n"
                              "6: b.example.org. A \"1.2.3\": not an IPv4 address\n");
    free(text);
}

static void octets_that_are_no_text_are_refused(void **state)
{
    struct dns_name_buffer apex;
    static const char text[] = HEAD "a TXT \0x\nb\x01 A x\n\xff\xfe\x80\n";
    (void)state;
    memset(&problems, 0, sizeof problems);
    dns_name_from_text("example.org", &apex);
    assert_null(zone_text_read(text, sizeof text - 1, "zone", dns_name_view(&apex), 0, &problems));
    assert_int_equal(problems.problem[0].line, 5);
    assert_string_equal(problems.problem[0].text, "an octet 0: this is no text");
    assert_int_equal(problems.problem[1].line, 6);
    for (size_t i = 0; i < problems.kept; i++)
        for (const char *c = problems.problem[i].text; *c != '\0'; c++)
            assert_true(*c >= ' ' && *c < 0x7f);
}

static void many_errors_are_counted_but_not_all_kept(void **state)
{
    static char text[100000];
    (void)state;
    strcpy(text, HEAD);
    for (unsigned i = 0; i < 1000; i++)
        strcat(text, "a A x\n");
    problems_of(text);
    assert_int_equal(problems.count[ZONE_ERROR], 1000);
    assert_int_equal(problems.kept, ZONE_PROBLEMS_MAX);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static struct zone *read_from(const char *folder, const char *text)
{
    char path[512];
    struct dns_name_buffer apex;
    write_file(folder, "main", text);
    snprintf(path, sizeof path, "%s/main", folder);
    memset(&problems, 0, sizeof problems);
    dns_name_from_text("example.org", &apex);
    return zone_file_read(path, dns_name_view(&apex), &problems);
}

static void included_files_have_their_own_origin_and_owner(void **state)
{
    char folder[] = "/tmp/rootwalk-zones-XXXXXX", sub[64], command[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(sub, sizeof sub, "%s/sub", folder);
    mkdir(sub, 0700);
    write_file(sub, "one", "@ A 192.0.2.5\n$INCLUDE two deep\n$ORIGIN elsewhere\n");
    write_file(sub, "two", "x A 192.0.2.6\n");
    struct zone *zone = read_from(folder, HEAD "$INCLUDE \"sub/one\" b\n  TXT t\n");
    assert_non_null(zone);
    assert_string_equal(dump_of(zone), HEAD_DUMP
                        "b.example.org. 60 IN A 192.0.2.5\nx.deep.b.example.org. 60 IN A 192.0.2.6\n" NS1_DUMP
                        "ns1.example.org. 60 IN TXT \"t\"\n");
    zone_release(zone);

    assert_null(read_from(folder, HEAD "$INCLUDE nowhere\n"));
    assert_int_equal(problems.problem[0].line, 5);
    assert_non_null(strstr(problems.problem[0].text, "No such file"));
    assert_null(read_from(folder, HEAD "$INCLUDE main\n"));
    assert_non_null(strstr(problems.problem[0].text, "includes itself"));
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_ttls_and_classes_are_read_in_any_order),
        cmocka_unit_test(parentheses_and_comments_may_stand_anywhere),
        cmocka_unit_test(origins_are_relative_to_the_one_before),
        cmocka_unit_test(generate_counts_like_bind),
        cmocka_unit_test(unknown_types_are_octets),
        cmocka_unit_test(without_ttl_directive_the_last_ttl_counts_and_first_the_soa_minimum),
        cmocka_unit_test(each_error_has_its_line_and_all_are_told),
        cmocka_unit_test(warnings_do_not_refuse_the_zone),
        cmocka_unit_test(the_lowest_ttl_of_a_set_wins_and_duplicates_are_once),
        cmocka_unit_test(a_line_of_ten_megabytes_is_an_error_and_the_next_is_read),
        cmocka_unit_test(octets_that_are_no_text_are_refused),
        cmocka_unit_test(many_errors_are_counted_but_not_all_kept),
        cmocka_unit_test(included_files_have_their_own_origin_and_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
