/* What goes into the message, and in which section. */
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/answering.h"

/* `length` octets of an image's records, with another owner than the question's name, and with no higher TTL
   than `ttl`. */
static void add_records(struct answering *answering, enum dns_section section, const uint8_t *image,
                        uint32_t length, struct dns_name owner, uint32_t ttl)
{
    const uint8_t *end = image + length;
    while (image < end) {
        uint16_t rdata_length = get16(image + IMAGE_LENGTH);
        uint32_t own = get32(image + IMAGE_TTL);
        dns_builder_record(answering->builder, section, owner, get16(image + IMAGE_TYPE), DNS_CLASS_IN,
                           own < ttl ? own : ttl, image + IMAGE_FIXED, rdata_length);
        image += IMAGE_FIXED + rdata_length;
    }
}

void add_set(struct answering *answering, enum dns_section section, const struct zone_set *set,
             struct dns_name owner)
{
    const uint8_t *image = answering->zone->octets + set->octets;
    bool dnssec = answering->question->dnssec;
    uint32_t length = set->length + (dnssec ? set->signatures_length : 0);
    unsigned count = (unsigned)set->count + (dnssec ? set->signature_count : 0);
    if (answering->answer->aliases == 0 && owner.wire == answering->place.name.wire)
        dns_builder_copy(answering->builder, section, image, length, count);
    else
        add_records(answering, section, image, length, owner, UINT32_MAX);
}

bool add_once(struct answering *answering, const struct zone_set *set)
{
    uint32_t number = (uint32_t)(set - answering->zone->sets);
    for (unsigned i = 0; i < answering->added_count; i++)
        if (answering->added[i] == number)
            return false;
    if (answering->added_count == ADDED_MAX)
        return false;
    answering->added[answering->added_count++] = number;
    return true;
}

/* Adds what need not be there: all of it, or none where it does not fit. */
static void add_if_it_fits(struct answering *answering, enum dns_section section, const struct zone_set *set,
                           struct dns_name owner)
{
    if (answering->builder->full)
        return;
    struct dns_builder before = *answering->builder;
    add_set(answering, section, set, owner);
    if (answering->builder->full)
        *answering->builder = before;
}

static void begin_authority(struct answering *answering)
{
    if (answering->answer->authority == 0)
        answering->answer->authority = answering->builder->length;
}

static void begin_additional(struct answering *answering)
{
    if (answering->answer->additional == 0)
        answering->answer->additional = answering->builder->length;
}

void add_proofs(struct answering *answering)
{
    const struct zone *zone = answering->zone;
    uint16_t type = zone->nsec3 ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC;
    begin_authority(answering);
    for (unsigned i = 0; i < answering->proof_count; i++) {
        const struct zone_set *set = node_set(zone, answering->proofs[i], type);
        if (set != NULL)
            add_set(answering, DNS_AUTHORITY, set, node_name(zone, answering->proofs[i]));
    }
}

void add_negative(struct answering *answering)
{
    const struct zone *zone = answering->zone;
    const struct zone_set *soa = node_set(zone, 0, DNS_TYPE_SOA);
    uint32_t signatures = answering->question->dnssec ? soa->signatures_length : 0;
    begin_authority(answering);
    add_records(answering, DNS_AUTHORITY, zone->octets + soa->octets, soa->length + signatures,
                zone_apex(zone), zone->negative_ttl);
    add_proofs(answering);
}

/* The proof of a wildcard, and the zone's own name servers, unless they were the answer. Who asks for keys follows a
   chain of trust: he knows them, and the answer is long as it is. */
void add_positive(struct answering *answering)
{
    const struct zone *zone = answering->zone;
    const struct zone_set *servers = node_set(zone, 0, DNS_TYPE_NS);
    add_proofs(answering);
    uint16_t qtype = answering->question->qtype;
    if (answering->question->minimal || qtype == DNS_TYPE_DNSKEY || qtype == DNS_TYPE_DS ||
        !add_once(answering, servers))
        return;
    add_if_it_fits(answering, DNS_AUTHORITY, servers, zone_apex(zone));
    add_addresses(answering, servers);
}

/* The addresses at a node. Those at and below a cut are not the zone's: no signatures, and only for the servers
   of that cut. */
static void add_addresses_of(struct answering *answering, uint32_t node, bool needed)
{
    static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
    begin_additional(answering);
    for (unsigned i = 0; i < 2; i++) {
        const struct zone_set *set = node_set(answering->zone, node, types[i]);
        if (set == NULL || !add_once(answering, set))
            continue;
        if (needed)
            add_set(answering, DNS_ADDITIONAL, set, node_name(answering->zone, node));
        else
            add_if_it_fits(answering, DNS_ADDITIONAL, set, node_name(answering->zone, node));
    }
}

/* Calls for each name that the set's records end with and that is a node of the zone. */
static void each_target(struct answering *answering, const struct zone_set *set,
                        void (*each)(struct answering *answering, uint32_t node))
{
    const struct zone *zone = answering->zone;
    const uint8_t *image = zone->octets + set->octets, *end = image + set->length;
    struct dns_name target;
    for (; image < end; image += IMAGE_FIXED + get16(image + IMAGE_LENGTH)) {
        if (dns_rdata_target(set->type, image + IMAGE_FIXED, get16(image + IMAGE_LENGTH), &target) !=
                DNS_OK ||
            !dns_name_within(target, zone_apex(zone)))
            continue;
        int64_t node = zone_find(zone, target, name_hash(&zone->key, target));
        if (node != NO_NODE)
            each(answering, (uint32_t)node);
    }
}

static void add_address(struct answering *answering, uint32_t node)
{
    add_addresses_of(answering, node, false);
}

/* Glue is for finding name servers only. */
static void add_own_address(struct answering *answering, uint32_t node)
{
    if (answering->zone->nodes[node].above == 0)
        add_addresses_of(answering, node, false);
}

void add_addresses(struct answering *answering, const struct zone_set *set)
{
    if (set->type == DNS_TYPE_NS)
        each_target(answering, set, add_address);
    else if (set->type == DNS_TYPE_MX || set->type == DNS_TYPE_SRV)
        each_target(answering, set, add_own_address);
}

/* RFC 9471 §3.1: addresses below the cut must come along, or TC; others when they fit. */
static void add_needed_glue(struct answering *answering, uint32_t node)
{
    uint32_t above = answering->zone->nodes[node].above;
    if (above != 0 && node_name(answering->zone, above - 1).wire == answering->answer->cut.wire)
        add_addresses_of(answering, node, true);
}

void add_referral(struct answering *answering, uint32_t cut)
{
    const struct zone *zone = answering->zone;
    const struct zone_set *servers = node_set(zone, cut, DNS_TYPE_NS), *ds = node_set(zone, cut, DNS_TYPE_DS);
    struct dns_name name = node_name(zone, cut);
    answering->answer->kind = ZONE_REFERRED;
    answering->answer->cut = name;
    begin_authority(answering);
    add_set(answering, DNS_AUTHORITY, servers, name);
    if (ds != NULL && answering->question->dnssec && ds->signature_count > 0)
        add_set(answering, DNS_AUTHORITY, ds, name);
    else if (ds == NULL)
        prove_no_ds(answering, cut);
    add_proofs(answering);
    each_target(answering, servers, add_needed_glue);
    each_target(answering, servers, add_address);
}
