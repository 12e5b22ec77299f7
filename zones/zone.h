/*
 * A zone as it is served: immutable, found by name in constant time, shared by whoever holds it.
 *
 * A zone is built aside, record by record, then finished: checked as a whole and frozen. From then on nothing
 * in it changes, so any number of threads read it without a lock; it is freed when the last holder lets go.
 * A reload builds the next version beside it and swaps one pointer.
 *
 *      struct zone_builder *builder = zone_builder_new(apex, &problems);
 *      while there are records:
 *          zone_builder_add(builder, owner, type, class, ttl, rdata, length, place);
 *      struct zone *zone = zone_builder_finish(builder);       NULL: problems says why
 *      ...
 *      zone_release(zone);
 *
 * What is in it is asked by zone_answer() (zones/answer.h), or walked through with zone_next().
 */
#ifndef ZONES_ZONE_H
#define ZONES_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"
#include "zones/problems.h"

struct zone;
struct zone_builder;
struct zone_journal;

/* `apex` is copied; `problems` is kept and may be NULL. NULL when there is no memory. */
struct zone_builder *zone_builder_new(struct dns_name apex, struct zone_problems *problems);

/* Adds one record with uncompressed rdata of its type's form. `place.file` must stay where it is until the end;
   where there are many records, few different pointers. False when the record was refused (out of the zone, of
   another class, a second SOA ...), which is reported and lets zone_builder_finish() fail. A record that is
   there already is taken once. */
bool zone_builder_add(struct zone_builder *builder, struct dns_name owner, uint16_t type, uint16_t class,
                      uint32_t ttl, const uint8_t *rdata, size_t rdata_length, struct zone_place place);

/* From now on problems go there; NULL: nowhere. */
void zone_builder_report(struct zone_builder *builder, struct zone_problems *problems);

/* Records added so far. */
size_t zone_builder_records(const struct zone_builder *builder);

/* Checks the whole and makes the zone, held once by the caller; NULL when anything was an error, here or
   before. Frees the builder. */
struct zone *zone_builder_finish(struct zone_builder *builder);

/* Frees a builder without a zone. NULL is allowed. */
void zone_builder_free(struct zone_builder *builder);

/* One more holder; returns `zone`. */
struct zone *zone_hold(struct zone *zone);

/* One holder less; the last one frees it. NULL is allowed. */
void zone_release(struct zone *zone);

struct dns_name zone_apex(const struct zone *zone);
uint32_t zone_serial(const struct zone *zone);
size_t zone_records(const struct zone *zone);
size_t zone_names(const struct zone *zone);   /* with empty non-terminals */
size_t zone_octets(const struct zone *zone);  /* of memory, with its journal */
bool zone_is_signed(const struct zone *zone); /* has NSEC or NSEC3 records that answers can be proven by */

/* The last changes that led to it (zones/journal.h), or NULL. Held by the zone. */
const struct zone_journal *zone_journal(const struct zone *zone);

/* The rdata of its SOA record, for dns_rdata_soa(). */
const uint8_t *zone_soa(const struct zone *zone, uint16_t *length);

/* A walk through all records: names in canonical order, then those that only have NSEC3 records; the types of
   a name in rising order, each followed by its signatures. The views are good while the zone is held. */
struct zone_cursor {
    uint32_t node, set, left;
    const uint8_t *at;
};
struct zone_record {
    struct dns_name owner;
    uint16_t type, rdata_length;
    uint32_t ttl;
    const uint8_t *rdata;
};
/* Start with a cursor of all zeros; false behind the last record. */
bool zone_next(const struct zone *zone, struct zone_cursor *cursor, struct zone_record *record);

#endif
