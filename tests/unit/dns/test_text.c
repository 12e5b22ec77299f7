/* Records as text, both ways, and zone files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dns/text.h"
#include "dns/types.h"

enum { TEXT_MAX = 4096 };

static struct dns_text_record record;

static enum dns_error read_text(const char *text, const char *origin, uint32_t default_ttl)
{
    struct dns_name_buffer buffer;
    assert_int_equal(dns_name_from_text(origin, &buffer), DNS_OK);
    return dns_record_from_text(text, dns_name_view(&buffer), default_ttl, &record);
}

static enum dns_error write_text(char *text, size_t capacity)
{
    return dns_record_to_text(dns_name_view(&record.owner), record.type, record.class, record.ttl,
                              record.rdata, record.rdata_length, text, capacity);
}

static void records_are_read_and_written(void **state)
{
    static const struct {
        const char *in, *out;
    } table[] = {
        {"www 300 IN A 192.0.2.1", "www.example.org. 300 IN A 192.0.2.1"},
        {"@ IN NS ns", "example.org. 60 IN NS ns.example.org."},
        {"x.net. 1 IN CNAME .", "x.net. 1 IN CNAME ."},
        {"a AAAA 2001:DB8::1", "a.example.org. 60 IN AAAA 2001:db8::1"},
        {"@ MX 10 mail.example.net.", "example.org. 60 IN MX 10 mail.example.net."},
        {"@ TXT \"two words\" second", "example.org. 60 IN TXT \"two words\" \"second\""},
        {"@ TXT \"\"", "example.org. 60 IN TXT \"\""},
        {"v CH TXT x", "v.example.org. 60 CH TXT \"x\""},
        {"@ SOA ns h 1 2 3 4 5", "example.org. 60 IN SOA ns.example.org. h.example.org. 1 2 3 4 5"},
        {"_s._tcp SRV 1 2 3 h", "_s._tcp.example.org. 60 IN SRV 1 2 3 h.example.org."},
        {"a\\.b A 1.2.3.4", "a\\.b.example.org. 60 IN A 1.2.3.4"},
        {"x TYPE65400 \\# 3 abcdef", "x.example.org. 60 IN TYPE65400 \\# 3 abcdef"},
        {"x TYPE65400 \\# 0", "x.example.org. 60 IN TYPE65400 \\# 0"},
        {"x 1d A 1.2.3.4", "x.example.org. 86400 IN A 1.2.3.4"},
        {"@ CAA 0 issue \"ca.example\"", "example.org. 60 IN CAA 0 issue \"ca.example\""},
    };
    char text[TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (read_text(table[i].in, "example.org", 60) != DNS_OK)
            fail_msg("%s was not read", table[i].in);
        assert_int_equal(write_text(text, sizeof text), DNS_OK);
        assert_string_equal(text, table[i].out);
        assert_int_equal(read_text(text, ".", 60), DNS_OK);
        char again[TEXT_MAX];
        assert_int_equal(write_text(again, sizeof again), DNS_OK);
        assert_string_equal(again, text);
    }
}

static void text_that_is_no_record_is_refused(void **state)
{
    static const char *const table[] = {
        "",
        "x",
        "x A",
        "x A 1.2.3",
        "x A 1.2.3.4.5",
        "x AAAA 1.2.3.4",
        "x NOTATYPE y",
        "x MX mail",
        "x TYPE65400 \\# 3 abcd",
        "a..b A 1.2.3.4",
        "x NS a..b",
        "x TYPE1 \\# 3 010203",
        "x TYPE2 \\# 2 c00c",
        "x NS aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (read_text(table[i], "example.org", 60) != DNS_ERROR_TEXT)
            fail_msg("%s was accepted", table[i]);
}

static void a_default_ttl_of_zero_is_zero(void **state)
{
    (void)state;
    assert_int_equal(read_text("x A 1.2.3.4", ".", 0), DNS_OK);
    assert_int_equal(record.ttl, 0);
    assert_int_equal(read_text("x 5 A 1.2.3.4", ".", 0), DNS_OK);
    assert_int_equal(record.ttl, 5);
}

static void rdata_not_of_its_form_is_written_as_unknown(void **state)
{
    char text[TEXT_MAX];
    (void)state;
    assert_int_equal(dns_record_to_text(dns_name_root(), DNS_TYPE_A, DNS_CLASS_IN, 1,
                                        (const uint8_t *)"\1\2\3", 3, text, sizeof text),
                     DNS_OK);
    assert_string_equal(text, ". 1 IN A \\# 3 010203");
    assert_int_equal(dns_record_to_text(dns_name_root(), DNS_TYPE_A, DNS_CLASS_IN, 1,
                                        (const uint8_t *)"\1\2\3\4\5", 5, text, sizeof text),
                     DNS_OK);
    assert_string_equal(text, ". 1 IN A \\# 5 0102030405");
    assert_int_equal(dns_record_to_text(dns_name_root(), DNS_TYPE_NS, 7, 1, (const uint8_t *)"\300\0", 2,
                                        text, sizeof text),
                     DNS_OK);
    assert_string_equal(text, ". 1 CLASS7 NS \\# 2 c000");
    assert_int_equal(
        dns_record_to_text(dns_name_root(), DNS_TYPE_A, DNS_CLASS_IN, 1, NULL, 0, text, sizeof text), DNS_OK);
    assert_string_equal(text, ". 1 IN A \\# 0");
}

static void text_never_exceeds_its_space(void **state)
{
    char whole[TEXT_MAX], text[TEXT_MAX];
    (void)state;
    assert_int_equal(read_text("www TXT \"some text\" \"and more\"", "example.org", 60), DNS_OK);
    assert_int_equal(write_text(whole, sizeof whole), DNS_OK);
    for (size_t capacity = 0; capacity <= strlen(whole); capacity++) {
        memset(text, 'e', sizeof text);
        assert_int_equal(write_text(text, capacity), DNS_ERROR_SPACE);
        assert_int_equal(text[capacity], 'e');
    }
    assert_int_equal(write_text(text, strlen(whole) + 1), DNS_OK);
    assert_string_equal(text, whole);
}

/* What a zone file's records were, one a line. */
struct listing {
    char text[TEXT_MAX];
    unsigned count, stop_after;
};

static bool list(void *context, const struct dns_text_record *read)
{
    struct listing *listing = context;
    char line[TEXT_MAX];
    assert_int_equal(dns_record_to_text(dns_name_view(&read->owner), read->type, read->class, read->ttl,
                                        read->rdata, read->rdata_length, line, sizeof line),
                     DNS_OK);
    assert_true(strlen(listing->text) + strlen(line) + 2 <= sizeof listing->text);
    strcat(strcat(listing->text, line), "\n");
    return ++listing->count != listing->stop_after;
}

static enum dns_error read_zone(const char *zone, struct listing *listing, struct dns_zonefile_error *error)
{
    char path[] = "/tmp/rootwalk-test-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, zone, strlen(zone)), strlen(zone));
    close(descriptor);
    struct dns_name_buffer origin;
    assert_int_equal(dns_name_from_text("example.org", &origin), DNS_OK);
    enum dns_error result = dns_zonefile_read(path, dns_name_view(&origin), list, listing, error);
    unlink(path);
    return result;
}

static void zone_files_are_read_with_their_directives(void **state)
{
    struct listing listing = {.text = ""};
    struct dns_zonefile_error error;
    (void)state;
    assert_int_equal(read_zone("; a comment\n"
                               "$TTL 60\n"
                               "@ SOA ns h ( 1 ; serial\n"
                               "    2 3 4 5 )\n"
                               "  NS ns\n"
                               "\n"
                               "ns 5 A 192.0.2.1\n"
                               "   AAAA ::1\n"
                               "$ORIGIN sub.example.org.\n"
                               "$TTL 0\n"
                               "www CNAME ns.example.org.\n"
                               "$ORIGIN net.\n"
                               "a A 192.0.2.2",
                               &listing, &error),
                     DNS_OK);
    assert_string_equal(listing.text, "example.org. 60 IN SOA ns.example.org. h.example.org. 1 2 3 4 5\n"
                                      "example.org. 60 IN NS ns.example.org.\n"
                                      "ns.example.org. 5 IN A 192.0.2.1\n"
                                      "ns.example.org. 60 IN AAAA ::1\n"
                                      "www.sub.example.org. 0 IN CNAME ns.example.org.\n"
                                      "a.net. 0 IN A 192.0.2.2\n");
}

static void the_place_of_a_bad_line_is_named(void **state)
{
    static const struct {
        const char *zone;
        unsigned line;
    } table[] = {
        {"a 1 A 192.0.2.1\nb 1 A 192.0.2\nc 1 A 192.0.2.1\n", 2},
        {"\n\n; x\na 1 NOTATYPE x\n", 4},
        {"a 1 A 192.0.2.1\n$INCLUDE other\n", 2},
        {"a 1 A 192.0.2.1\nb 1 TYPE1 \\# 3 010203\n", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct listing listing = {.text = ""};
        struct dns_zonefile_error error;
        assert_int_equal(read_zone(table[i].zone, &listing, &error), DNS_ERROR_TEXT);
        assert_int_equal(error.line, table[i].line);
        assert_true(strlen(error.message) > 0);
    }
}

static void reading_stops_where_the_caller_wants(void **state)
{
    struct listing listing = {.text = "", .stop_after = 2};
    struct dns_zonefile_error error;
    (void)state;
    assert_int_equal(
        read_zone("a 1 A 192.0.2.1\nb 1 A 192.0.2.1\nc 1 A 192.0.2.1\nd 1 A bad\n", &listing, &error),
        DNS_OK);
    assert_int_equal(listing.count, 2);
}

static void files_that_cannot_be_read_are_reported(void **state)
{
    struct listing listing = {.text = ""};
    struct dns_zonefile_error error;
    (void)state;
    assert_int_equal(dns_zonefile_read("/nonexistent/zone", dns_name_root(), list, &listing, &error),
                     DNS_ERROR_TEXT);
    assert_int_equal(error.line, 0);
    assert_string_equal(error.message, "No such file or directory");
    assert_int_equal(dns_zonefile_read("/", dns_name_root(), list, &listing, &error), DNS_ERROR_TEXT);
    assert_true(strlen(error.message) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_and_written),
        cmocka_unit_test(text_that_is_no_record_is_refused),
        cmocka_unit_test(a_default_ttl_of_zero_is_zero),
        cmocka_unit_test(rdata_not_of_its_form_is_written_as_unknown),
        cmocka_unit_test(text_never_exceeds_its_space),
        cmocka_unit_test(zone_files_are_read_with_their_directives),
        cmocka_unit_test(the_place_of_a_bad_line_is_named),
        cmocka_unit_test(reading_stops_where_the_caller_wants),
        cmocka_unit_test(files_that_cannot_be_read_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
