#include "zones/table.h"

#include <stdlib.h>

#include "dns/types.h"
#include "zones/layout.h"

struct zone_table {
    atomic_uint holders;
    size_t count;
    uint32_t slot_mask;
    uint32_t *slots; /* number + 1, by the hash of the zone's name */
    struct zone *zones[];
};

static struct zone_table *new_table(size_t capacity)
{
    size_t slots = 4;
    while (slots < capacity * 2)
        slots *= 2;
    struct zone_table *table = calloc(1, sizeof *table + capacity * sizeof(struct zone *));
    if (table == NULL)
        return NULL;
    table->slots = calloc(slots, sizeof *table->slots);
    if (table->slots == NULL) {
        free(table);
        return NULL;
    }
    atomic_init(&table->holders, 1);
    table->slot_mask = (uint32_t)slots - 1;
    return table;
}

static void add(struct zone_table *table, struct zone *zone)
{
    uint32_t slot = name_hash(zone_apex(zone)) & table->slot_mask;
    while (table->slots[slot] != 0)
        slot = (slot + 1) & table->slot_mask;
    table->zones[table->count++] = zone_hold(zone);
    table->slots[slot] = (uint32_t)table->count;
}

static struct zone_table *copy_without(const struct zone_table *table, struct dns_name apex, size_t more)
{
    size_t count = table != NULL ? table->count : 0;
    struct zone_table *copy = new_table(count + more);
    for (size_t i = 0; copy != NULL && i < count; i++)
        if (!dns_name_equal(zone_apex(table->zones[i]), apex))
            add(copy, table->zones[i]);
    return copy;
}

struct zone_table *zone_table_without(const struct zone_table *table, struct dns_name apex)
{
    return copy_without(table, apex, 0);
}

struct zone_table *zone_table_with(const struct zone_table *table, struct zone *zone)
{
    struct zone_table *copy = copy_without(table, zone_apex(zone), 1);
    if (copy != NULL)
        add(copy, zone);
    return copy;
}

struct zone_table *zone_table_hold(struct zone_table *table)
{
    atomic_fetch_add_explicit(&table->holders, 1, memory_order_relaxed);
    return table;
}

void zone_table_release(struct zone_table *table)
{
    if (table == NULL || atomic_fetch_sub_explicit(&table->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < table->count; i++)
        zone_release(table->zones[i]);
    free(table->slots);
    free(table);
}

static struct zone *find(const struct zone_table *table, struct dns_name apex, uint32_t hash)
{
    for (uint32_t slot = hash & table->slot_mask; table->slots[slot] != 0;
         slot = (slot + 1) & table->slot_mask) {
        struct zone *zone = table->zones[table->slots[slot] - 1];
        if (dns_name_equal(zone_apex(zone), apex))
            return zone;
    }
    return NULL;
}

struct zone *zone_table_find(const struct zone_table *table, struct dns_name qname, uint16_t qtype)
{
    struct name_hashes hashes;
    struct zone *own = NULL;
    name_hash_all(qname, &hashes);
    for (unsigned labels = hashes.labels + 1; labels-- > 0;) {
        unsigned start = hashes.start[labels];
        struct dns_name apex = {qname.wire + start, (uint8_t)(qname.length - start)};
        struct zone *zone = find(table, apex, hashes.hash[labels]);
        if (zone == NULL)
            continue;
        if (qtype != DNS_TYPE_DS || labels < hashes.labels)
            return zone;
        own = zone;
    }
    return own;
}

size_t zone_table_count(const struct zone_table *table)
{
    return table->count;
}

struct zone *zone_table_at(const struct zone_table *table, size_t number)
{
    return table->zones[number];
}
