#include "zones/zone.h"

#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/journal.h"
#include "zones/layout.h"

struct zone *zone_hold(struct zone *zone)
{
    atomic_fetch_add_explicit(&zone->holders, 1, memory_order_relaxed);
    return zone;
}

void zone_release(struct zone *zone)
{
    if (zone == NULL || atomic_fetch_sub_explicit(&zone->holders, 1, memory_order_acq_rel) != 1)
        return;
    free(zone->nodes);
    free(zone->sets);
    free(zone->tags);
    free(zone->slots);
    free(zone->nsec);
    free(zone->names);
    free(zone->octets);
    zone_journal_release(zone->journal);
    free(zone);
}

struct dns_name zone_apex(const struct zone *zone)
{
    return node_name(zone, 0);
}

const uint8_t *zone_soa(const struct zone *zone, uint16_t *length)
{
    const uint8_t *image = zone->octets + node_set(zone, 0, DNS_TYPE_SOA)->octets;
    *length = get16(image + IMAGE_LENGTH);
    return image + IMAGE_FIXED;
}

uint32_t zone_serial(const struct zone *zone)
{
    struct dns_soa soa;
    uint16_t length;
    const uint8_t *rdata = zone_soa(zone, &length);
    return dns_rdata_soa(rdata, length, &soa) == DNS_OK ? soa.serial : 0;
}

size_t zone_records(const struct zone *zone)
{
    return zone->records;
}

size_t zone_names(const struct zone *zone)
{
    return zone->node_count;
}

bool zone_has_cuts(const struct zone *zone)
{
    return zone->cuts;
}

bool zone_is_signed(const struct zone *zone)
{
    return zone->nsec3 || zone->nsec_count > 0;
}

size_t zone_octets(const struct zone *zone)
{
    return sizeof *zone + zone->all_nodes * sizeof *zone->nodes + zone->set_count * sizeof *zone->sets +
           ((size_t)zone->slot_mask + 1) * (sizeof *zone->slots + sizeof *zone->tags) +
           zone->nsec_count * sizeof *zone->nsec + zone->names_length + zone->octets_length +
           zone_journal_octets(zone->journal);
}

const struct zone_set *node_set(const struct zone *zone, uint32_t node, uint16_t type)
{
    const struct zone_set *sets = zone->sets + zone->nodes[node].sets;
    unsigned low = 0, high = zone->nodes[node].set_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (sets[middle].type < type)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < zone->nodes[node].set_count && sets[low].type == type && sets[low].count > 0;
    return found ? &sets[low] : NULL;
}

uint32_t name_hash_label(const struct siphash_key *key, uint32_t hash, const uint8_t *label)
{
    const struct siphash_key below = {key->k0 ^ hash, key->k1};
    return (uint32_t)siphash_lower(&below, label, label[0] + (size_t)1);
}

void name_hash_all(const struct siphash_key *key, struct dns_name name, struct name_hashes *hashes)
{
    uint8_t starts[DNS_LABELS_MAX + 1];
    unsigned labels = 0;
    for (unsigned at = 0; name.wire[at] != 0; at += 1u + name.wire[at])
        starts[labels++] = (uint8_t)at;
    hashes->labels = labels;
    hashes->start[0] = (uint8_t)(name.length - 1);
    hashes->hash[0] = 0;
    for (unsigned i = 1; i <= labels; i++) {
        hashes->start[i] = starts[labels - i];
        hashes->hash[i] = name_hash_label(key, hashes->hash[i - 1], name.wire + hashes->start[i]);
    }
}

uint32_t name_hash(const struct siphash_key *key, struct dns_name name)
{
    struct name_hashes hashes;
    name_hash_all(key, name, &hashes);
    return hashes.hash[hashes.labels];
}

int64_t zone_find(const struct zone *zone, struct dns_name name, uint32_t hash)
{
    uint8_t tag = name_tag(hash);
    for (uint32_t slot = hash & zone->slot_mask; zone->tags[slot] != 0; slot = (slot + 1) & zone->slot_mask) {
        if (zone->tags[slot] != tag)
            continue;
        uint32_t node = zone->slots[slot];
        const struct zone_node *at = &zone->nodes[node];
        __builtin_prefetch(&zone->sets[at->sets]); /* wanted next; it comes along with the name */
        if (at->name_length == name.length && dns_name_equal(node_name(zone, node), name))
            return node;
    }
    return NO_NODE;
}

/* The next set that has records or signatures; false behind the last one. */
static bool next_set(const struct zone *zone, struct zone_cursor *cursor)
{
    while (cursor->node < zone->all_nodes) {
        if (cursor->set < zone->nodes[cursor->node].set_count) {
            const struct zone_set *set = &zone->sets[zone->nodes[cursor->node].sets + cursor->set];
            cursor->at = zone->octets + set->octets;
            cursor->left = (uint32_t)set->count + set->signature_count;
            return true;
        }
        cursor->set = 0;
        cursor->node++;
    }
    return false;
}

bool zone_next(const struct zone *zone, struct zone_cursor *cursor, struct zone_record *record)
{
    if (cursor->left == 0 && !next_set(zone, cursor))
        return false;
    const uint8_t *at = cursor->at;
    *record = (struct zone_record){
        .owner = node_name(zone, cursor->node),
        .type = get16(at + IMAGE_TYPE),
        .ttl = get32(at + IMAGE_TTL),
        .rdata_length = get16(at + IMAGE_LENGTH),
        .rdata = at + IMAGE_FIXED,
    };
    cursor->at += IMAGE_FIXED + record->rdata_length;
    if (--cursor->left == 0)
        cursor->set++;
    return true;
}
