/*
 * The zone library as a program: answer NAME FILE [NAME FILE ...] loads zones, then reads queries from standard
 * input and writes answers to standard output, both as messages with their length before them in two octets, as
 * over TCP. A query for a name in none of the zones gets REFUSED. With -m, minimal responses. What is answered to
 * queries with DO must prove what it says (prove.h); status 1 where it does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/builder.h"
#include "dns/message.h"
#include "dns/octets.h"
#include "prove.h"
#include "zones/answer.h"
#include "zones/file.h"

enum { EDNS_SIZE = 1232, ZONES_MAX = 64 };

struct zones {
    struct zone *zone[ZONES_MAX];
    size_t count;
};

static void load(struct zones *zones, const char *name, const char *path)
{
    static struct zone_problems problems;
    struct dns_name_buffer apex;
    struct zone *zone = NULL;
    memset(&problems, 0, sizeof problems);
    if (zones->count < ZONES_MAX && dns_name_from_text(name, &apex) == DNS_OK)
        zone = zone_file_read(path, dns_name_view(&apex), &problems);
    zone_problems_print(&problems, stderr);
    if (zone == NULL)
        exit(EXIT_FAILURE);
    zones->zone[zones->count++] = zone;
}

/* The deepest one; for DS at its own name the one above (RFC 4035 section 3.1.4.1), where there is one. */
static struct zone *find(const struct zones *zones, struct dns_name name, uint16_t type)
{
    struct zone *found = NULL, *own = NULL;
    for (size_t i = 0; i < zones->count; i++) {
        struct dns_name apex = zone_apex(zones->zone[i]);
        if (type == DNS_TYPE_DS && dns_name_equal(apex, name))
            own = zones->zone[i];
        else if (dns_name_within(name, apex) && (found == NULL || apex.length > zone_apex(found).length))
            found = zones->zone[i];
    }
    return found != NULL ? found : own;
}

static size_t answer(const struct zones *zones, const struct dns_message *query, bool minimal,
                     struct dnssec_workspace *workspace, uint8_t *wire, bool *proven)
{
    struct zone_question question = {dns_name_view(&query->qname), query->qtype, query->edns.dnssec_ok,
                                     minimal, workspace};
    struct zone_answer result;
    struct dns_builder builder;
    struct dns_name qname = dns_name_view(&query->qname);
    struct dns_edns_reply edns = {
        .udp_size = EDNS_SIZE, .dnssec_ok = query->edns.dnssec_ok, .ede = DNS_EDE_NONE};
    struct zone *zone = find(zones, qname, query->qtype);
    dns_builder_start(&builder, wire, DNS_MESSAGE_MAX - dns_edns_size(&edns), query->id, DNS_FLAG_QR);
    dns_builder_question(&builder, qname, query->qtype, DNS_CLASS_IN);
    if (zone != NULL) {
        zone_answer(zone, &question, &builder, &result);
    } else {
        wire[3] |= DNS_RCODE_REFUSED;
    }
    builder.capacity = DNS_MESSAGE_MAX;
    if (query->edns.present)
        dns_builder_edns(&builder, &edns);
    size_t length = dns_builder_finish(&builder);
    if (zone != NULL && query->edns.dnssec_ok && !prove_answer(zone, &question, &result, wire, length))
        *proven = false;
    return length;
}

int main(int argc, char **argv)
{
    static uint8_t wire[2 + DNS_MESSAGE_MAX], packet[DNS_MESSAGE_MAX];
    struct zones zones = {.count = 0};
    bool minimal = argc > 1 && strcmp(argv[1], "-m") == 0;
    struct dnssec_workspace *workspace = dnssec_workspace_new();
    bool proven = true;
    for (int i = 1 + minimal; i + 1 < argc; i += 2)
        load(&zones, argv[i], argv[i + 1]);
    if (zones.count == 0 || workspace == NULL)
        return EXIT_FAILURE;
    while (fread(wire, 1, 2, stdin) == 2) {
        struct dns_record records[4];
        struct dns_message query;
        size_t length = get16(wire);
        if (fread(packet, 1, length, stdin) != length ||
            dns_message_parse(&query, packet, length, records, 4) != DNS_OK || query.questions != 1)
            return EXIT_FAILURE;
        length = answer(&zones, &query, minimal, workspace, wire + 2, &proven);
        put16(wire, (unsigned)length);
        fwrite(wire, 1, length + 2, stdout);
        fflush(stdout); /* somebody waits for it */
    }
    while (zones.count > 0)
        zone_release(zones.zone[--zones.count]);
    dnssec_workspace_free(workspace);
    return fflush(stdout) == 0 && proven ? EXIT_SUCCESS : EXIT_FAILURE;
}
