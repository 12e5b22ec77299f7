/* Any text is read or refused with a reason; a zone that comes out answers questions for its names and some beside
   them with messages that parse, and its dump reads back to the same zone. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns/text.h"
#include "dns/types.h"
#include "zones/answer.h"
#include "zones/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORDS_MAX = 2000, LINE = 300 * 1024 };

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void ask(const struct zone *zone, struct dns_name name, uint16_t type, bool dnssec,
                struct dnssec_workspace *workspace)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    static struct dns_record records[DNS_RECORDS_MAX];
    struct dns_builder builder;
    struct dns_message message;
    struct zone_answer answer;
    struct zone_question question = {name, type, dnssec, !dnssec, workspace};
    dns_builder_start(&builder, wire, dnssec ? 1232 : sizeof wire, 1, DNS_FLAG_QR);
    require(dns_builder_question(&builder, name, type, DNS_CLASS_IN));
    zone_answer(zone, &question, &builder, &answer);
    size_t length = dns_builder_finish(&builder);
    require(dns_message_parse(&message, wire, length, records, DNS_RECORDS_MAX) == DNS_OK);
    require(message.rcode == answer.rcode && message.truncated == (answer.kind == ZONE_TRUNCATED));
}

static void ask_around(const struct zone *zone, struct dns_name name, uint16_t type,
                       struct dnssec_workspace *workspace)
{
    struct dns_name_buffer below;
    ask(zone, name, type, false, workspace);
    ask(zone, name, DNS_TYPE_ANY, true, workspace);
    if (name.length + 2 > DNS_NAME_MAX)
        return;
    below.length = (uint8_t)(name.length + 2);
    memcpy(below.wire, "\1z", 2);
    memcpy(below.wire + 2, name.wire, name.length);
    ask(zone, dns_name_view(&below), type, true, workspace);
}

static struct zone *read_text(const char *text, size_t size, struct zone_problems *problems)
{
    struct dns_name_buffer apex;
    require(dns_name_from_text("example.org", &apex) == DNS_OK);
    memset(problems, 0, sizeof *problems);
    return zone_text_read(text, size, "fuzz", dns_name_view(&apex), RECORDS_MAX, problems);
}

/* The zone as text; false where the text does not say all (names that ldns writes and does not read). */
static void dump(const struct zone *zone, FILE *to, char *line)
{
    struct zone_cursor cursor = {0};
    struct zone_record record;
    while (zone_next(zone, &cursor, &record))
        if (dns_record_to_text(record.owner, record.type, DNS_CLASS_IN, record.ttl, record.rdata,
                               record.rdata_length, line, LINE) == DNS_OK)
            fprintf(to, "%s\n", line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zone_problems problems;
    static struct dnssec_workspace *workspace;
    static char *line;
    if (workspace == NULL) {
        workspace = dnssec_workspace_new();
        line = malloc(LINE);
    }
    struct zone *zone = read_text((const char *)data, size, &problems);
    require((zone == NULL) == (problems.count[ZONE_ERROR] > 0));
    if (zone == NULL)
        return 0;
    struct zone_cursor cursor = {0};
    struct zone_record record;
    size_t records = 0;
    for (; zone_next(zone, &cursor, &record); records++)
        if (records < 200)
            ask_around(zone, record.owner, record.type, workspace);
    require(records == zone_records(zone));
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    dump(zone, to, line);
    fclose(to);
    struct zone *again = read_text(text, length, &problems);
    if (again != NULL)
        require(zone_records(again) == records && zone_serial(again) == zone_serial(zone));
    zone_release(again);
    free(text);
    zone_release(zone);
    return 0;
}
