/* A zone with changes applied. What becomes of each record that the changes name is found first; then the old zone is
   read once. */
#include <stdlib.h>
#include <string.h>

#include "dns/types.h"
#include "zones/delta.h"

/* A record that changes name. */
struct fate {
    struct zone_record record; /* with the TTL that it has in the end */
    bool was_removed_first;    /* so it must be in the old zone */
    bool stays;
    bool met; /* in the old zone */
};

struct apply {
    struct zone_problems *problems;
    struct fate *fates;
    uint32_t *slots; /* number of a fate + 1 */
    size_t count, mask;
};

static size_t hash(const struct zone_record *record)
{
    uint64_t state = name_hash(record->owner) ^ (uint64_t)record->type << 32;
    for (unsigned i = 0; i < record->rdata_length; i++)
        state = (state ^ record->rdata[i]) * UINT64_C(0x100000001b3);
    return (size_t)(state ^ state >> 29);
}

static bool same(const struct zone_record *a, const struct zone_record *b)
{
    return a->type == b->type && a->rdata_length == b->rdata_length &&
           memcmp(a->rdata, b->rdata, a->rdata_length) == 0 && dns_name_equal(a->owner, b->owner);
}

/* Its place in the table: of the record, or an empty one. */
static uint32_t *find(const struct apply *apply, const struct zone_record *record)
{
    size_t slot = hash(record) & apply->mask;
    while (apply->slots[slot] != 0 && !same(&apply->fates[apply->slots[slot] - 1].record, record))
        slot = (slot + 1) & apply->mask;
    return &apply->slots[slot];
}

static void complain(const struct apply *apply, const struct zone_record *record, const char *what)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    zone_report(apply->problems, ZONE_ERROR, (struct zone_place){NULL, 0}, "%s %s %s",
                dns_name_to_text(record->owner, name), dns_type_to_text(record->type, type), what);
}

static bool note(struct apply *apply, const struct zone_record *record, bool removed)
{
    uint32_t *slot = find(apply, record);
    if (*slot == 0) {
        apply->fates[apply->count++] =
            (struct fate){.record = *record, .was_removed_first = removed, .stays = !removed};
        *slot = (uint32_t)apply->count;
        return true;
    }
    struct fate *fate = &apply->fates[*slot - 1];
    if (removed && !fate->stays) {
        complain(apply, record, "is removed twice");
        return false;
    }
    fate->stays = !removed;
    fate->record.ttl = record->ttl;
    return true;
}

static size_t count_records(struct zone_delta *const *deltas, size_t count)
{
    size_t records = 0;
    struct zone_record record;
    bool removed;
    for (size_t i = 0; i < count; i++) {
        struct zone_delta_cursor cursor = {0};
        while (zone_delta_next(deltas[i], &cursor, &record, &removed))
            records++;
    }
    return records;
}

static bool note_all(struct apply *apply, struct zone_delta *const *deltas, size_t count)
{
    size_t records = count_records(deltas, count), slots = 16;
    while (slots < records * 2)
        slots *= 2;
    apply->mask = slots - 1;
    apply->slots = calloc(slots, sizeof *apply->slots);
    apply->fates = calloc(records + 1, sizeof *apply->fates);
    if (apply->slots == NULL || apply->fates == NULL || records > UINT32_MAX / 2) {
        zone_report(apply->problems, ZONE_ERROR, (struct zone_place){NULL, 0}, "out of memory");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct zone_delta_cursor cursor = {0};
        struct zone_record record;
        bool removed;
        while (zone_delta_next(deltas[i], &cursor, &record, &removed))
            if (!note(apply, &record, removed))
                return false;
    }
    return true;
}

static bool add(struct zone_builder *builder, const struct zone_record *record, uint32_t ttl)
{
    return zone_builder_add(builder, record->owner, record->type, DNS_CLASS_IN, ttl, record->rdata,
                            record->rdata_length, (struct zone_place){NULL, 0});
}

static bool add_old(struct apply *apply, struct zone_builder *builder, const struct zone *zone)
{
    struct zone_cursor cursor = {0};
    struct zone_record record;
    while (zone_next(zone, &cursor, &record)) {
        uint32_t number = *find(apply, &record);
        struct fate *fate = number != 0 ? &apply->fates[number - 1] : NULL;
        if (fate != NULL)
            fate->met = true;
        if ((fate == NULL || fate->stays) &&
            !add(builder, &record, fate != NULL ? fate->record.ttl : record.ttl))
            return false;
    }
    return true;
}

static bool add_new(struct apply *apply, struct zone_builder *builder)
{
    for (size_t i = 0; i < apply->count; i++) {
        const struct fate *fate = &apply->fates[i];
        if (fate->met)
            continue;
        if (fate->was_removed_first) {
            complain(apply, &fate->record, "is to be removed and is not there");
            return false;
        }
        if (fate->stays && !add(builder, &fate->record, fate->record.ttl))
            return false;
    }
    return true;
}

static bool is_row(const struct zone *zone, struct zone_delta *const *deltas, size_t count)
{
    uint32_t serial = zone_serial(zone);
    for (size_t i = 0; i < count; serial = deltas[i++]->to)
        if (deltas[i]->from != serial)
            return false;
    return count > 0;
}

struct zone *zone_with_deltas(struct zone *zone, struct zone_delta *const *deltas, size_t count,
                              struct zone_problems *problems)
{
    struct apply apply = {.problems = problems};
    struct zone *next = NULL;
    struct zone_builder *builder = zone_builder_new(zone_apex(zone), problems);
    if (builder == NULL)
        zone_report(problems, ZONE_ERROR, (struct zone_place){NULL, 0}, "out of memory");
    else if (is_row(zone, deltas, count) && note_all(&apply, deltas, count) &&
             add_old(&apply, builder, zone) && add_new(&apply, builder)) {
        next = zone_builder_finish(builder);
        builder = NULL;
    }
    zone_builder_free(builder);
    free(apply.slots);
    free(apply.fates);
    if (next != NULL)
        zone_follow_deltas(next, zone, deltas, count);
    return next;
}
