/*
 * The zones that a server has: an immutable table, shared like a zone. A reload makes the next table, with one zone
 * more, less or in a newer version, and swaps one pointer; whoever still answers from the old one holds it.
 *
 *      struct zone_table *next = zone_table_with(table, zone);
 *      publish `next`, then zone_table_release(table);
 *
 *      struct zone *zone = zone_table_find(table, qname, qtype);
 *      if (zone != NULL) zone_answer(zone, ...);
 */
#ifndef ZONES_TABLE_H
#define ZONES_TABLE_H

#include "zones/zone.h"

struct zone_table;

/* The zones of `table` (NULL: none), with `zone` in place of one of the same name, or besides. Holds each of them;
   the caller keeps what he holds. NULL without memory. */
struct zone_table *zone_table_with(const struct zone_table *table, struct zone *zone);

/* The zones of `table` but the one of that name. */
struct zone_table *zone_table_without(const struct zone_table *table, struct dns_name apex);

struct zone_table *zone_table_hold(struct zone_table *table);

/* The last one lets go of the zones. NULL is allowed. */
void zone_table_release(struct zone_table *table);

/* The zone with the longest name that `qname` lies in; for DS at a zone's own name, which the parent has (RFC 4035
   §3.1.4.1), the one above where that is here. NULL: the name is in none. Not held; good while the table is. */
struct zone *zone_table_find(const struct zone_table *table, struct dns_name qname, uint16_t qtype);

size_t zone_table_count(const struct zone_table *table);
struct zone *zone_table_at(const struct zone_table *table, size_t number);

#endif
