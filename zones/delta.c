/* Changes between versions of a zone: found, written, read. */
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/delta.h"
#include "zones/serial.h"

enum { DELTA_FIXED = 8 }; /* type, TTL, length of a record behind its owner */

struct zone_delta *zone_delta_hold(struct zone_delta *delta)
{
    atomic_fetch_add_explicit(&delta->holders, 1, memory_order_relaxed);
    return delta;
}

void zone_delta_release(struct zone_delta *delta)
{
    if (delta != NULL && atomic_fetch_sub_explicit(&delta->holders, 1, memory_order_acq_rel) == 1)
        free(delta);
}

uint32_t zone_delta_from(const struct zone_delta *delta)
{
    return delta->from;
}

uint32_t zone_delta_to(const struct zone_delta *delta)
{
    return delta->to;
}

size_t zone_delta_octets(const struct zone_delta *delta)
{
    return delta->length;
}

/* -- reading ------------------------------------------------------------------------------------ */

/* The record at *at, which is moved behind it. False: it is not whole. */
static bool read_record(const uint8_t *octets, size_t length, size_t *at, struct zone_record *record)
{
    if (dns_name_from_wire(octets + *at, length - *at, &record->owner) != DNS_OK ||
        length - *at - record->owner.length < DELTA_FIXED)
        return false;
    const uint8_t *fixed = octets + *at + record->owner.length;
    record->type = get16(fixed);
    record->ttl = get32(fixed + 2);
    record->rdata_length = get16(fixed + 6);
    record->rdata = fixed + DELTA_FIXED;
    *at += record->owner.length + (size_t)DELTA_FIXED;
    if (length - *at < record->rdata_length)
        return false;
    *at += record->rdata_length;
    return true;
}

bool zone_delta_next(const struct zone_delta *delta, struct zone_delta_cursor *cursor,
                     struct zone_record *record, bool *removed)
{
    *removed = cursor->at < delta->removed;
    return cursor->at < delta->length && read_record(delta->octets, delta->length, &cursor->at, record);
}

/* Is this an apex SOA with that serial? */
static bool is_soa(const struct zone_record *record, struct dns_name apex, uint32_t serial)
{
    struct dns_soa soa;
    return record->type == DNS_TYPE_SOA && dns_name_equal(record->owner, apex) &&
           dns_rdata_soa(record->rdata, record->rdata_length, &soa) == DNS_OK && soa.serial == serial;
}

bool delta_is_whole(const struct zone_delta *delta, struct dns_name apex)
{
    struct zone_record record;
    for (size_t at = 0, start = 0; at < delta->length; start = at) {
        if (!read_record(delta->octets, delta->length, &at, &record) || !dns_name_within(record.owner, apex))
            return false;
        bool first = start == 0 || start == delta->removed;
        if (first != (record.type == DNS_TYPE_SOA) ||
            (first && !is_soa(&record, apex, start == 0 ? delta->from : delta->to)) ||
            (start < delta->removed && at > delta->removed))
            return false;
    }
    return delta->removed > 0 && delta->removed < delta->length;
}

/* -- writing ------------------------------------------------------------------------------------ */

static bool make_room(struct zone_delta_builder *builder, size_t more)
{
    size_t needed = builder->length + more;
    if (needed > builder->octets_max)
        return false;
    if (needed <= builder->capacity)
        return true;
    size_t capacity = builder->capacity < 512 ? 1024 : builder->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    uint8_t *larger = realloc(builder->octets, capacity);
    if (larger == NULL)
        return false;
    builder->octets = larger;
    builder->capacity = capacity;
    return true;
}

static bool note_serial(struct zone_delta_builder *builder, const struct zone_record *record)
{
    struct dns_soa soa;
    if (record->type != DNS_TYPE_SOA || dns_rdata_soa(record->rdata, record->rdata_length, &soa) != DNS_OK)
        return false;
    if (builder->removed == 0)
        builder->from = soa.serial;
    else
        builder->to = soa.serial;
    return true;
}

bool zone_delta_add(struct zone_delta_builder *builder, const struct zone_record *record)
{
    bool first = builder->length == builder->removed; /* 0 and 0 at the start */
    if ((first && !note_serial(builder, record)) ||
        !make_room(builder, record->owner.length + (size_t)DELTA_FIXED + record->rdata_length))
        return false;
    uint8_t *to = builder->octets + builder->length;
    memcpy(to, record->owner.wire, record->owner.length);
    to += record->owner.length;
    put16(to, record->type);
    put32(to + 2, record->ttl);
    put16(to + 6, record->rdata_length);
    if (record->rdata_length > 0)
        memcpy(to + DELTA_FIXED, record->rdata, record->rdata_length);
    builder->length += record->owner.length + (size_t)DELTA_FIXED + record->rdata_length;
    return true;
}

bool zone_delta_turn(struct zone_delta_builder *builder)
{
    if (builder->removed > 0 || builder->length == 0)
        return false;
    builder->removed = builder->length;
    return true;
}

struct zone_delta *zone_delta_finish(struct zone_delta_builder *builder)
{
    struct zone_delta *delta = NULL;
    if (builder->removed > 0 && builder->length > builder->removed)
        delta = delta_new(builder->from, builder->to, builder->removed, builder->octets, builder->length);
    zone_delta_drop(builder);
    return delta;
}

void zone_delta_drop(struct zone_delta_builder *builder)
{
    free(builder->octets);
    *builder = (struct zone_delta_builder){.octets_max = builder->octets_max};
}

struct zone_delta *delta_new(uint32_t from, uint32_t to, size_t removed, const uint8_t *octets, size_t length)
{
    struct zone_delta *delta = malloc(sizeof *delta + length);
    if (delta == NULL)
        return NULL;
    atomic_init(&delta->holders, 1);
    delta->from = from;
    delta->to = to;
    delta->removed = removed;
    delta->length = length;
    memcpy(delta->octets, octets, length);
    return delta;
}

/* -- finding ------------------------------------------------------------------------------------ */

/* A walk through a zone without its SOA. */
struct side {
    const struct zone *zone;
    struct zone_cursor cursor;
    struct zone_record record;
    bool nsec3_only; /* a name that is none of the tree */
    bool there;
};

static void step(struct side *side)
{
    do
        side->there = zone_next(side->zone, &side->cursor, &side->record);
    while (side->there && side->record.type == DNS_TYPE_SOA);
    side->nsec3_only = side->cursor.node >= side->zone->node_count;
}

static uint16_t covered(const struct zone_record *record)
{
    return record->type == DNS_TYPE_RRSIG ? get16(record->rdata) : record->type;
}

/* The order in which zone_next() hands out records. */
static int compare(const struct side *a, const struct side *b)
{
    const struct zone_record *x = &a->record, *y = &b->record;
    if (a->there != b->there)
        return a->there ? -1 : 1;
    if (a->nsec3_only != b->nsec3_only)
        return a->nsec3_only ? 1 : -1;
    int order = dns_name_compare(x->owner, y->owner);
    if (order != 0)
        return order;
    if (covered(x) != covered(y))
        return covered(x) < covered(y) ? -1 : 1;
    if (x->type != y->type)
        return x->type == covered(x) ? -1 : 1;
    size_t shorter = x->rdata_length < y->rdata_length ? x->rdata_length : y->rdata_length;
    order = memcmp(x->rdata, y->rdata, shorter);
    return order != 0 ? order : (int)x->rdata_length - (int)y->rdata_length;
}

static bool add_soa(struct zone_delta_builder *builder, const struct zone *zone)
{
    const struct zone_set *set = node_set(zone, 0, DNS_TYPE_SOA);
    const uint8_t *image = zone->octets + set->octets;
    struct zone_record record = {
        .owner = zone_apex(zone),
        .type = DNS_TYPE_SOA,
        .ttl = get32(image + IMAGE_TTL),
        .rdata_length = get16(image + IMAGE_LENGTH),
        .rdata = image + IMAGE_FIXED,
    };
    return zone_delta_add(builder, &record);
}

/* What is in `zone` and not in the other, behind its SOA. */
static bool add_missing(struct zone_delta_builder *builder, const struct zone *zone, const struct zone *other)
{
    struct side mine = {.zone = zone}, theirs = {.zone = other};
    if (!add_soa(builder, zone))
        return false;
    step(&mine);
    step(&theirs);
    while (mine.there) {
        int order = compare(&mine, &theirs);
        if ((order < 0 || (order == 0 && mine.record.ttl != theirs.record.ttl)) &&
            !zone_delta_add(builder, &mine.record))
            return false;
        if (order <= 0)
            step(&mine);
        if (order >= 0)
            step(&theirs);
    }
    return true;
}

struct zone_delta *zone_delta_between(const struct zone *from, const struct zone *to, size_t octets_max)
{
    struct zone_delta_builder builder = {.octets_max = octets_max};
    if (serial_newer(zone_serial(to), zone_serial(from)) && add_missing(&builder, from, to) &&
        zone_delta_turn(&builder) && add_missing(&builder, to, from))
        return zone_delta_finish(&builder);
    zone_delta_drop(&builder);
    return NULL;
}

/* All records of `zone` but its SOA are in the other. */
static bool has_all(const struct zone *zone, const struct zone *other)
{
    struct zone_delta_builder builder = {.octets_max = SIZE_MAX};
    bool all = add_soa(&builder, zone);
    size_t soa = builder.length;
    zone_delta_drop(&builder);
    builder.octets_max = soa; /* nothing more has room */
    all = all && add_missing(&builder, zone, other);
    zone_delta_drop(&builder);
    return all;
}

bool zone_same(const struct zone *a, const struct zone *b)
{
    return zone_serial(a) == zone_serial(b) && has_all(a, b) && has_all(b, a);
}
