/* What is wrong with a zone as a whole, though each of its records is right by itself. */
#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/build.h"

enum { TYPE_KEY = 25, NSEC3_ITERATIONS_WARN = 0, NSEC3_ITERATIONS_MAX = 2500 };

/* What may be at a name beside a CNAME: RFC 4034 §2.5, §3, §4; RFC 3007 §1.1. */
static bool may_be_beside_cname(uint16_t covered)
{
    return covered == DNS_TYPE_NSEC || covered == TYPE_KEY || covered == DNS_TYPE_CNAME ||
           covered == DNS_TYPE_RRSIG;
}

static void check_cname(struct zone_builder *builder, struct dns_name name, struct raw_record *const *records,
                        size_t count, const struct raw_record *cname)
{
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct raw_record *record = records[i];
        if (may_be_beside_cname(record->covered) || record->type == DNS_TYPE_RRSIG)
            continue;
        const struct raw_record *later = record->line > cname->line ? record : cname;
        raw_error(builder, raw_place(builder, later),
                  "%s has a CNAME and other data, %s (line %u): an alias has nothing of its own; remove one "
                  "of them",
                  dns_name_to_text(name, text), dns_type_to_text(record->type, type),
                  later == cname ? record->line : cname->line);
        return;
    }
}

/* Types of which a name has one record at most. */
static bool is_single(uint16_t type)
{
    return type == DNS_TYPE_CNAME || type == DNS_TYPE_DNAME || type == DNS_TYPE_SOA;
}

/* Two records of one type, side by side after sorting. */
static void check_pair(struct zone_builder *builder, struct dns_name name, const struct raw_record *first,
                       const struct raw_record *second)
{
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    const struct raw_record *later = first->line > second->line ? first : second;
    const struct raw_record *earlier = later == first ? second : first;
    if (is_single(first->type))
        raw_error(builder, raw_place(builder, later), "%s has a second %s record; the first is in line %u",
                  dns_name_to_text(name, text), dns_type_to_text(first->type, type), earlier->line);
    else if (first->ttl != second->ttl && first->type != DNS_TYPE_RRSIG)
        raw_warning(builder, raw_place(builder, later),
                    "the TTL of %s %s is %u here and %u in line %u: all its records get the lowest (RFC 2181 "
                    "section 5.2)",
                    dns_name_to_text(name, text), dns_type_to_text(first->type, type), (unsigned)later->ttl,
                    (unsigned)earlier->ttl, earlier->line);
}

/* Signatures stand behind what they sign, or behind the types before it. */
static void check_signature(struct zone_builder *builder, struct dns_name name,
                            const struct raw_record *before, const struct raw_record *record)
{
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    if (record->type == DNS_TYPE_RRSIG && (before == NULL || before->covered != record->covered))
        raw_warning(builder, raw_place(builder, record), "the RRSIG signs %s %s, which is not there",
                    dns_name_to_text(name, text), dns_type_to_text(record->covered, type));
}

void check_name(struct zone_builder *builder, const struct raw_owner *owner,
                struct raw_record *const *records, size_t count)
{
    struct dns_name name = raw_name(builder, owner);
    const struct raw_record *cname = NULL, *dname = NULL, *cut = NULL, *ds = NULL;
    for (size_t i = 0; i < count; i++) {
        check_signature(builder, name, i > 0 ? records[i - 1] : NULL, records[i]);
        if (i > 0 && records[i]->type == records[i - 1]->type)
            check_pair(builder, name, records[i - 1], records[i]);
        if (records[i]->type == DNS_TYPE_CNAME)
            cname = records[i];
        if (records[i]->type == DNS_TYPE_DNAME)
            dname = records[i];
        if (records[i]->type == DNS_TYPE_DS)
            ds = records[i];
        if (records[i]->type == DNS_TYPE_NS && name.length != builder->apex.length)
            cut = records[i];
    }
    if (cname != NULL)
        check_cname(builder, name, records, count, cname);
    if (dname != NULL && cut != NULL)
        raw_error(builder, raw_place(builder, dname),
                  "a DNAME and NS records (line %u) at one name below the apex", cut->line);
    if (ds != NULL && cut == NULL)
        raw_warning(builder, raw_place(builder, ds),
                    name.length == builder->apex.length
                        ? "DS records of the zone's own name belong into the zone above"
                        : "DS records without NS records: here is no delegation");
}

static const struct raw_record *first_record(const struct zone_builder *builder,
                                             const struct raw_owner *owner)
{
    return owner->first != 0 ? &builder->records[owner->first - 1] : NULL;
}

static const struct raw_record *record_of_type(const struct zone_builder *builder,
                                               const struct raw_owner *owner, uint16_t type)
{
    for (uint32_t at = owner->first; at != 0; at = builder->records[at - 1].next)
        if (builder->records[at - 1].type == type)
            return &builder->records[at - 1];
    return NULL;
}

/* RFC 6672 §2.4. Deeper names are told by the first one that has records. */
static void check_below_dname(struct zone_builder *builder, const struct zone *zone, uint32_t node,
                              const struct raw_owner *owner, const uint32_t *owners)
{
    char text[DNS_NAME_TEXT_MAX], above[DNS_NAME_TEXT_MAX];
    uint32_t number = zone->nodes[node].above;
    const struct raw_record *record = first_record(builder, owner);
    if (number == 0 || number - 1 == node || !(zone->nodes[number - 1].flags & NODE_DNAME) || record == NULL)
        return;
    const struct raw_record *dname =
        record_of_type(builder, &builder->owners[owners[number - 1]], DNS_TYPE_DNAME);
    raw_error(builder, raw_place(builder, record),
              "%s lies below the DNAME of %s (line %u), where nothing may be (RFC 6672 section 2.4)",
              dns_name_to_text(node_name(zone, node), text),
              dns_name_to_text(node_name(zone, number - 1), above), dname != NULL ? dname->line : 0);
}

/* A name within the zone that a name server, mail exchanger or service has: does it lead to an address? */
static void check_target(struct zone_builder *builder, const struct zone *zone,
                         const struct raw_record *record, struct dns_name target, uint32_t owner)
{
    char text[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    const char *word = dns_type_to_text(record->type, type);
    if (!dns_name_within(target, zone_apex(zone)))
        return;
    int64_t node = zone_find(zone, target, name_hash(&zone->key, target));
    if (node != NO_NODE && zone->nodes[node].flags & NODE_CNAME) {
        raw_warning(builder, raw_place(builder, record),
                    "the %s %s is an alias: put the name it leads to (RFC 2181 section 10.3)", word,
                    dns_name_to_text(target, text));
        return;
    }
    if (node != NO_NODE && (node_set(zone, (uint32_t)node, DNS_TYPE_A) != NULL ||
                            node_set(zone, (uint32_t)node, DNS_TYPE_AAAA) != NULL))
        return;
    for (struct dns_name at = target;
         node == NO_NODE;) { /* what is made by others cannot be seen from here */
        at = dns_name_parent(at);
        int64_t above = zone_find(zone, at, name_hash(&zone->key, at));
        if (above == NO_NODE)
            continue;
        uint32_t cut = zone->nodes[above].above;
        if (zone->nodes[above].flags & NODE_WILDCARD_CHILD || (cut != 0 && cut - 1 != owner))
            return;
        break;
    }
    raw_warning(builder, raw_place(builder, record),
                "the %s %s has no address in the zone: add an A or AAAA record, or is a final dot missing?",
                word, dns_name_to_text(target, text));
}

static void check_targets(struct zone_builder *builder, const struct zone *zone, uint32_t node,
                          const struct raw_owner *owner)
{
    for (uint32_t at = owner->first; at != 0; at = builder->records[at - 1].next) {
        const struct raw_record *record = &builder->records[at - 1];
        struct dns_name target;
        if ((record->type == DNS_TYPE_NS || record->type == DNS_TYPE_MX || record->type == DNS_TYPE_SRV) &&
            dns_rdata_target(record->type, builder->rdata + record->rdata, record->length, &target) == DNS_OK)
            check_target(builder, zone, record, target, node);
    }
}

static void check_wildcard(struct zone_builder *builder, const struct raw_owner *owner)
{
    struct dns_name name = raw_name(builder, owner);
    if (name.wire[0] != 1 || name.wire[1] != '*')
        return;
    const struct raw_record *record = record_of_type(builder, owner, DNS_TYPE_NS);
    if (record == NULL)
        record = record_of_type(builder, owner, DNS_TYPE_DNAME);
    if (record != NULL)
        raw_warning(builder, raw_place(builder, record),
                    "%s records at a wildcard delegate nothing (RFC 4592 section 4.2, RFC 6672 section 3.3)",
                    record->type == DNS_TYPE_NS ? "NS" : "DNAME");
}

static void check_apex(struct zone_builder *builder, struct zone *zone)
{
    const struct raw_owner *apex = &builder->owners[0];
    char text[DNS_NAME_TEXT_MAX];
    struct zone_place file = {builder->file_count > 0 ? builder->files[0] : NULL, 0};
    const struct raw_record *soa = record_of_type(builder, apex, DNS_TYPE_SOA);
    dns_name_to_text(zone_apex(zone), text);
    if (soa == NULL && builder->record_count == 0 && builder->errors > 0)
        return; /* nothing could be read, which has been said */
    if (soa == NULL) {
        raw_error(builder, file,
                  "the zone %s has no SOA record; it begins with one: \"@ SOA ns1 hostmaster 1 3h 1h 1w 1h\"",
                  text);
        return;
    }
    if (record_of_type(builder, apex, DNS_TYPE_NS) == NULL)
        raw_error(builder, raw_place(builder, soa),
                  "the zone %s has no NS record at its own name: add \"@ NS ...\"", text);
    struct dns_soa fields;
    if (dns_rdata_soa(builder->rdata + soa->rdata, soa->length, &fields) != DNS_OK)
        raw_error(builder, raw_place(builder, soa), "the SOA record is malformed");
    else
        zone->negative_ttl = fields.minimum < soa->ttl ? fields.minimum : soa->ttl;
    if (zone->nsec3 && zone->nsec3_iterations > NSEC3_ITERATIONS_MAX)
        raw_error(builder, raw_place(builder, soa),
                  "NSEC3 with %u iterations: at most %u (RFC 5155 section 10.3)", zone->nsec3_iterations,
                  NSEC3_ITERATIONS_MAX);
    else if (zone->nsec3 && zone->nsec3_iterations > NSEC3_ITERATIONS_WARN)
        raw_warning(builder, raw_place(builder, soa),
                    "NSEC3 with %u iterations: resolvers may take the zone for unsigned (RFC 9276 section "
                    "3.1 wants 0)",
                    zone->nsec3_iterations);
}

void check_tree(struct zone_builder *builder, struct zone *zone, const uint32_t *owners)
{
    check_apex(builder, zone);
    for (uint32_t node = 0; node < zone->node_count; node++) {
        const struct raw_owner *owner = &builder->owners[owners[node]];
        check_below_dname(builder, zone, node, owner, owners);
        check_targets(builder, zone, node, owner);
        check_wildcard(builder, owner);
    }
}
