#include "resolver/hints.h"

#include <stdio.h>
#include <string.h>

#include "dns/text.h"
#include "dns/types.h"
#include "root-hints/compiled.h"

struct reader {
    struct hints *hints;
    bool names; /* the first pass takes NS records, the second addresses */
    const char *problem;
};

const struct hints *hints_default(void)
{
    return &hints_compiled;
}

static size_t index_of(const struct hints *hints, struct dns_name name)
{
    size_t index = 0;
    while (index < hints->count && !dns_name_equal(dns_name_view(&hints->name[index]), name))
        index++;
    return index;
}

static void take_server(struct reader *reader, const struct dns_text_record *record)
{
    struct hints *hints = reader->hints;
    struct dns_name target;
    if (record->type != DNS_TYPE_NS || !dns_name_is_root(dns_name_view(&record->owner)) ||
        dns_name_from_wire(record->rdata, record->rdata_length, &target) != DNS_OK ||
        index_of(hints, target) < hints->count)
        return;
    if (hints->count == HINTS_NAMES)
        reader->problem = "more than 26 root servers";
    else
        dns_name_copy(&hints->name[hints->count++], target);
}

static void take_address(struct reader *reader, const struct dns_text_record *record)
{
    struct hints *hints = reader->hints;
    bool ipv4 = record->type == DNS_TYPE_A && record->rdata_length == 4;
    bool ipv6 = record->type == DNS_TYPE_AAAA && record->rdata_length == 16;
    size_t name = index_of(hints, dns_name_view(&record->owner));
    if ((!ipv4 && !ipv6) || name == hints->count)
        return;
    if (hints->address_count == HINTS_ADDRESSES) {
        reader->problem = "more than 52 addresses of root servers";
        return;
    }
    hints->address[hints->address_count].address = dns_address_make(ipv4 ? 4 : 6, record->rdata, 53);
    hints->address[hints->address_count++].name = (uint8_t)name;
}

static bool take_record(void *context, const struct dns_text_record *record)
{
    struct reader *reader = context;
    if (reader->names)
        take_server(reader, record);
    else
        take_address(reader, record);
    return reader->problem == NULL;
}

static bool refuse(struct hints_error *error, unsigned line, const char *text)
{
    error->line = line;
    snprintf(error->text, sizeof error->text, "%s", text);
    return false;
}

bool hints_read(const char *path, struct hints *hints, struct hints_error *error)
{
    struct reader reader = {.hints = hints};
    memset(hints, 0, sizeof *hints);
    /* Twice, since an address may stand before the NS record that makes it a root server's. */
    for (int pass = 0; pass < 2; pass++) {
        struct dns_zonefile_error where = {0};
        reader.names = pass == 0;
        if (dns_zonefile_read(path, dns_name_root(), take_record, &reader, &where) != DNS_OK)
            return refuse(error, where.line, where.message[0] != '\0' ? where.message : "cannot be read");
        if (reader.problem != NULL)
            return refuse(error, 0, reader.problem);
    }
    if (hints->count == 0)
        return refuse(error, 0, "no NS record of the root zone \".\" in it");
    if (hints->address_count == 0)
        return refuse(error, 0, "no A or AAAA record of a root server in it");
    return true;
}
