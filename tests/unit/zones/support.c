#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/text.h"
#include "dns/types.h"

struct zone_problems problems;
struct zone_answer last_answer;
static char output[1 << 16];

static struct zone *read_text(const char *text)
{
    struct dns_name_buffer apex;
    memset(&problems, 0, sizeof problems);
    dns_name_from_text("example.org", &apex);
    return zone_text_read(text, strlen(text), "zone", dns_name_view(&apex), 100000, &problems);
}

struct zone *zone_from(const char *text)
{
    struct zone *zone = read_text(text);
    if (zone == NULL)
        fail_msg("line %u: %s", problems.problem[0].line, problems.problem[0].text);
    return zone;
}

const char *problems_of(const char *text)
{
    struct zone *zone = read_text(text);
    char *to = output;
    *to = '\0';
    assert_true((zone == NULL) == (problems.count[ZONE_ERROR] > 0));
    for (size_t i = 0; i < problems.kept; i++)
        to += sprintf(to, "%u: %s%s\n", problems.problem[i].line,
                      problems.problem[i].severity == ZONE_WARNING ? "warning: " : "",
                      problems.problem[i].text);
    zone_release(zone);
    return output;
}

static char *put_record(char *to, struct dns_name owner, uint16_t type, uint32_t ttl, const uint8_t *rdata,
                        size_t length)
{
    assert_int_equal(dns_record_to_text(owner, type, DNS_CLASS_IN, ttl, rdata, length, to, 4096), DNS_OK);
    to += strlen(to);
    *to++ = '\n';
    *to = '\0';
    return to;
}

const char *dump_of(const struct zone *zone)
{
    struct zone_cursor cursor = {0};
    struct zone_record record;
    char *to = output;
    *to = '\0';
    while (zone_next(zone, &cursor, &record))
        to = put_record(to, record.owner, record.type, record.ttl, record.rdata, record.rdata_length);
    return output;
}

static void print_answer(const uint8_t *wire, size_t length)
{
    static const char *const sections[] = {"answer", "authority", "additional"};
    static struct dns_record records[256];
    static uint8_t rdata[DNS_RDATA_MAX];
    struct dns_message message;
    char rcode[DNS_TYPE_TEXT_MAX], *to = output;
    assert_int_equal(dns_message_parse(&message, wire, length, records, 256), DNS_OK);
    to += sprintf(to, "%s%s%s\n", dns_rcode_to_text(message.rcode, rcode), message.authoritative ? " AA" : "",
                  message.truncated ? " TC" : "");
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        for (unsigned i = 0; i < message.count[section]; i++) {
            const struct dns_record *record = &message.section[section][i];
            struct dns_name_buffer owner;
            uint16_t size;
            assert_int_equal(dns_message_name(&message, record->owner, &owner), DNS_OK);
            assert_int_equal(dns_rdata_expand(&message, record, rdata, sizeof rdata, &size), DNS_OK);
            to += sprintf(to, "%s ", sections[section]);
            to = put_record(to, dns_name_view(&owner), record->type, record->ttl, rdata, size);
        }
}

const char *ask_within(const struct zone *zone, const char *name, uint16_t type, const char *options,
                       size_t capacity)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    struct dns_builder builder;
    struct dns_name_buffer qname;
    struct dnssec_workspace *workspace = dnssec_workspace_new();
    assert_int_equal(dns_name_from_text(name, &qname), DNS_OK);
    struct zone_question question = {.qname = dns_name_view(&qname),
                                     .qtype = type,
                                     .dnssec = strchr(options, 'd') != NULL,
                                     .minimal = strchr(options, 'm') != NULL,
                                     .workspace = workspace};
    dns_builder_start(&builder, wire, capacity, 1, DNS_FLAG_QR);
    assert_true(dns_builder_question(&builder, question.qname, type, DNS_CLASS_IN));
    zone_answer(zone, &question, &builder, &last_answer);
    print_answer(wire, dns_builder_finish(&builder));
    dnssec_workspace_free(workspace);
    return output;
}

const char *ask(const struct zone *zone, const char *name, uint16_t type, const char *options)
{
    return ask_within(zone, name, type, options, DNS_MESSAGE_MAX);
}
