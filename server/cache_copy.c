#include "server/cache_copy.h"

#include <string.h>

#include "dns/octets.h"
#include "dns/text.h"
#include "dns/types.h"
#include "resolver/delegation.h"
#include "resolver/event.h"
#include "resolver/failure.h"
#include "resolver/image.h"

enum {
    ENTRIES = 64 /* copied at least, unless the cache ends */,
    USUAL = 65536 /* octets of them */,
    RECORD_TEXT = 4096
};

/* -- copying ------------------------------------------------------------------------------------ */

/* What precedes the name and the data of each. */
struct head {
    struct cache_hit hit;
    uint8_t name_length;
};

static void copy_entry(void *context, const struct cache_key *key, const struct cache_hit *hit,
                       const uint8_t *data)
{
    struct cache_copies *copies = context;
    struct head head = {.hit = *hit, .name_length = key->name.length};
    if ((key->kind == CACHE_SERVER) != copies->servers ||
        (copies->tree.length > 0 && !dns_name_within(key->name, copies->tree)))
        return;
    if (copies->without_data)
        head.hit.length = 0;
    text_add_octets(&copies->octets, (const char *)&head, sizeof head);
    text_add_octets(&copies->octets, (const char *)key->name.wire, key->name.length);
    text_add_octets(&copies->octets, (const char *)data, head.hit.length);
}

static void start(struct cache_copies *copies)
{
    copies->octets.length = copies->at = 0;
    text_reserve(&copies->octets, USUAL); /* now, and not under the lock */
}

bool cache_copy_some(struct cache *cache, uint64_t *cursor, uint32_t now, struct cache_copies *copies)
{
    start(copies);
    return cache_walk(cache, cursor, ENTRIES, now, copy_entry, copies);
}

void cache_copy_name(struct cache *cache, struct dns_name name, uint32_t now, struct cache_copies *copies)
{
    start(copies);
    cache_walk_name(cache, name, now, copy_entry, copies);
}

bool cache_copy_next(struct cache_copies *copies, struct cache_copy *copy)
{
    struct head head;
    uint8_t *at = (uint8_t *)copies->octets.octets + copies->at;
    if (copies->octets.failed || copies->at >= copies->octets.length)
        return false;
    memcpy(&head, at, sizeof head);
    copy->hit = head.hit;
    copy->name = (struct dns_name){at + sizeof head, head.name_length};
    copy->data = at + sizeof head + head.name_length;
    copies->at += sizeof head + head.name_length + head.hit.length;
    return true;
}

/* -- the entry itself --------------------------------------------------------------------------- */

static const char *word_of(enum cache_kind kind)
{
    static const char *const words[] = {
        [CACHE_RRSET] = "records",      [CACHE_NODATA] = "nodata",         [CACHE_NXDOMAIN] = "nxdomain",
        [CACHE_FAILURE] = "failure",    [CACHE_DELEGATION] = "delegation", [CACHE_FAILED] = "failed-before",
        [CACHE_SERVER] = "name-server", [CACHE_RANGES] = "nsec-ranges",
    };
    return words[kind];
}

bool cache_kind_has_type(enum cache_kind kind)
{
    return kind == CACHE_RRSET || kind == CACHE_NODATA || kind == CACHE_FAILURE || kind == CACHE_FAILED;
}

static bool has_trust(enum cache_kind kind)
{
    return kind == CACHE_RRSET || kind == CACHE_NODATA || kind == CACHE_NXDOMAIN || kind == CACHE_DELEGATION;
}

void report_cache_entry(struct report *report, const struct cache *cache, const struct cache_hit *hit,
                        struct dns_name name, const char *label)
{
    struct dns_address source;
    report_row(report, "entry");
    report_name(report, "name", label, name);
    if (cache_kind_has_type(hit->kind))
        report_type(report, "type", "", hit->type);
    report_string(report, "kind", "", word_of(hit->kind));
    report_seconds(report, "ttl", "ttl", hit->ttl);
    report_seconds(report, "age", "age", hit->age);
    report_string(report, "rank", "rank", event_rank_word((uint8_t)hit->rank));
    if (has_trust(hit->kind))
        report_string(report, "trust", "", event_trust_word((uint8_t)trust_of_mark(hit->mark)));
    if (cache_source(cache, hit->source, &source))
        report_address(report, "source", "from", &source);
    report_count(report, "hits", "hits", hit->hits);
    report_count(report, "octets", "octets", hit->octets);
    report_string(report, "lru", "", hit->protected ? "protected" : "probation");
    report_row_end(report);
}

/* -- what it holds ------------------------------------------------------------------------------ */

static void report_record(struct report *report, const char *section, struct dns_name owner, uint16_t type,
                          uint32_t ttl, const uint8_t *rdata, size_t length)
{
    char text[RECORD_TEXT];
    if (dns_record_to_text(owner, type, DNS_CLASS_IN, ttl, rdata, length, text, sizeof text) != DNS_OK)
        snprintf(text, sizeof text, "; a record that is too long to be shown");
    report_row(report, "record");
    report_string(report, "record", "", text);
    report_string(report, "section", NULL, section);
    report_row_end(report);
}

/* A pointer into the image's own name, or labels as they stand. */
static bool owner_of(const struct image_record *record, const struct cache_copy *copy, const uint8_t *end,
                     struct dns_name *owner)
{
    unsigned pointer = (unsigned)get16(record->owner);
    if (pointer < IMAGE_NAME_POINTER)
        return dns_name_from_wire(record->owner, (size_t)(end - record->owner), owner) == DNS_OK;
    unsigned distance = pointer - IMAGE_NAME_POINTER;
    *owner = (struct dns_name){copy->name.wire + distance, (uint8_t)(copy->name.length - distance)};
    return distance < copy->name.length;
}

static void report_image(struct report *report, const struct cache_copy *copy)
{
    static const char *const sections[IMAGE_PARTS] = {"answer", "authority", "additional", "signatures",
                                                      "proofs"};
    struct image_record record;
    struct dns_name owner;
    size_t at = 0;
    if (copy->hit.length < IMAGE_TRAILER)
        return;
    size_t end = copy->hit.length - IMAGE_TRAILER;
    for (int part = 0; part < IMAGE_PARTS; part++)
        for (unsigned count = copy->data[end + (size_t)part]; count > 0; count--) {
            if (!image_next(copy->data, &at, end, &record) ||
                !owner_of(&record, copy, copy->data + end, &owner))
                return;
            uint32_t left = record.ttl > copy->hit.age ? record.ttl - copy->hit.age : 0;
            report_record(report, sections[part], owner, record.type, left, record.rdata,
                          record.rdata_length);
        }
}

static void report_server(struct report *report, struct dns_name name, const struct dns_address *address)
{
    report_row(report, "server");
    report_name(report, "name", ";   server", name);
    if (address != NULL)
        report_address(report, "address", "", address);
    report_row_end(report);
}

static void report_delegation(struct report *report, const struct cache_copy *copy, uint32_t now)
{
    struct delegation delegation;
    struct dnssec_rdata ds[DELEGATION_DS];
    if (!delegation_read(&delegation, copy->name, &copy->hit, copy->data, now))
        return;
    for (unsigned i = 0; i < delegation.server_count; i++) {
        bool any = false;
        for (unsigned k = 0; k < delegation.address_count; k++)
            if (delegation.address[k].server == i) {
                report_server(report, delegation.server[i], &delegation.address[k].address);
                any = true;
            }
        if (!any)
            report_server(report, delegation.server[i], NULL);
    }
    unsigned count = delegation_ds(&delegation, ds);
    for (unsigned i = 0; i < count; i++)
        report_record(report, "delegation", copy->name, DNS_TYPE_DS, copy->hit.ttl, ds[i].octets,
                      ds[i].length);
}

static void report_failure(struct report *report, const struct cache_copy *copy)
{
    struct failure_entry failure;
    char id[CULPRIT_ID_TEXT];
    failure_read(copy->data, copy->hit.length, &failure);
    report_row(report, "remembered-failure");
    report_string(report, "reason", ";   failed:", failure.text);
    if (failure.ede != DNS_EDE_NONE)
        report_count(report, "ede", "extended error", (uint64_t)failure.ede);
    if (failure.culprit.id != 0)
        report_string(report, "id", "id", culprit_id_to_text(failure.culprit.id, id));
    report_row_end(report);
}

void report_cache_data(struct report *report, const struct cache_copy *copy, uint32_t now)
{
    switch (copy->hit.kind) {
    case CACHE_RRSET:
    case CACHE_NODATA:
    case CACHE_NXDOMAIN:
        report_image(report, copy);
        break;
    case CACHE_DELEGATION:
        report_delegation(report, copy, now);
        break;
    case CACHE_FAILURE:
        report_failure(report, copy);
        break;
    default:
        break;
    }
}
