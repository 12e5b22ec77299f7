/* The same facts as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/report.h"

static void tell(struct report *report)
{
    struct dns_name_buffer name;
    struct dns_address address = dns_address_make(4, (const uint8_t[]){192, 0, 2, 1}, 53);
    dns_name_from_text("a\\\"b.example.", &name);
    report_row(report, "entry");
    report_name(report, "name", "", dns_name_view(&name));
    report_type(report, "type", "", 15);
    report_seconds(report, "ttl", "ttl", 290);
    report_address(report, "server", "from", &address);
    report_count(report, "internal", NULL, 7);
    report_row_end(report);
    report_count(report, "entries", "", 1);
    report_flag(report, "full", "is it full?", false);
    report_percent(report, "rate", "", 0.125);
    report_micros(report, "slowest", "", 12345);
    report_time(report, "since", "", 1795402286);
    report_seconds(report, "uptime", "running for", 90061);
    report_note(report, "that is %s", "all");
}

static void check(struct report *report, const char *text)
{
    assert_false(report->text.failed);
    assert_int_equal(report->text.length, strlen(text));
    assert_memory_equal(report->text.octets, text, strlen(text));
    report_end(report);
}

static void facts_are_lines(void **state)
{
    struct report report;
    (void)state;
    report_start(&report, false);
    tell(&report);
    report_ok(&report);
    check(&report, "a\\\"b.example. MX ttl 290 s from 192.0.2.1#53\n"
                   "entries                      1\n"
                   "is it full?                  no\n"
                   "rate                         12.5%\n"
                   "slowest                      12.3 ms\n"
                   "since                        2026-11-23 02:51:26 UTC\n"
                   "running for                  1d 01:01:01\n"
                   "that is all\n"
                   "ok\n");
}

static void facts_are_members(void **state)
{
    struct report report;
    (void)state;
    report_start(&report, true);
    tell(&report);
    report_ok(&report);
    check(&report, "{\"row\":\"entry\",\"name\":\"a\\\\\\\"b.example.\",\"type\":\"MX\",\"ttl\":290,"
                   "\"server\":\"192.0.2.1#53\",\"internal\":7}\n"
                   "{\"status\":\"ok\",\"entries\":1,\"full\":false,\"rate\":0.125,\"slowest\":12345,"
                   "\"since\":1795402286,\"uptime\":90061,\"notes\":[\"that is all\"]}\n");
}

static void errors_end_it(void **state)
{
    struct report report;
    (void)state;
    report_start(&report, false);
    report_error(&report, "failed", "%s is wrong", "x");
    check(&report, "error: x is wrong\n");
    report_start(&report, false);
    report_error(&report, "usage", "%s is wrong", "x");
    check(&report, "usage: x is wrong\n");
    report_start(&report, true);
    report_error(&report, "usage", "%s is wrong", "x");
    check(&report, "{\"status\":\"error\",\"code\":\"usage\",\"error\":\"x is wrong\"}\n");
}

/* Text that is no UTF-8 must not lose the answer. */
static void any_octet_can_be_told(void **state)
{
    struct report report;
    (void)state;
    report_start(&report, true);
    report_string(&report, "text", "", "caf\xe9");
    report_note(&report, "%s", "\xff");
    report_ok(&report);
    check(&report, "{\"status\":\"ok\",\"text\":\"caf?\",\"notes\":[\"?\"]}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_lines),
        cmocka_unit_test(facts_are_members),
        cmocka_unit_test(errors_end_it),
        cmocka_unit_test(any_octet_can_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
