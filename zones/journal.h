/*
 * What changed from one version of a zone to the next, and the last of these changes, for IXFR (RFC 1995).
 *
 * A change (struct zone_delta) is what IXFR sends of it: the old SOA, the records that go, the new SOA, the records that
 * come. A journal is a row of changes, each from the serial that the one before leads to; the last one leads to the
 * zone that the journal belongs to (zone_journal(), zone.h). Changes and journals never change and are shared by
 * whoever holds them, like zones.
 *
 *      struct zone *next = zone_file_read(...);
 *      zone_follow(next, previous);            its journal: that of `previous`, and what has changed
 *      publish `next`
 */
#ifndef ZONES_JOURNAL_H
#define ZONES_JOURNAL_H

#include "zones/zone.h"

enum {
    ZONE_JOURNAL_DELTAS = 100, /* changes that are kept */
    ZONE_JOURNAL_OCTETS =
        64 * 1024, /* and their octets altogether: these, or those of the zone where that is more */
};

struct zone_delta;
struct zone_journal;

/* -- changes ------------------------------------------------------------------------------------ */

/* NULL: the serial has not gone up (RFC 1982), it would be more than `octets_max` octets, or no memory. TTLs count;
   letter case in owners does not. */
struct zone_delta *zone_delta_between(const struct zone *from, const struct zone *to, size_t octets_max);

/* They have the same serial and the same records, as above. Two that have the same serial only are a mistake of who
   changed the zone: secondaries will not notice. */
bool zone_same(const struct zone *a, const struct zone *b);

struct zone_delta *zone_delta_hold(struct zone_delta *delta);
void zone_delta_release(struct zone_delta *delta); /* NULL is allowed */

uint32_t zone_delta_from(const struct zone_delta *delta);
uint32_t zone_delta_to(const struct zone_delta *delta);
size_t zone_delta_octets(const struct zone_delta *delta);

/* Its records in the order of IXFR. Start with a cursor of zeros; the views are good while the delta is held. */
struct zone_delta_cursor {
    size_t at;
};
bool zone_delta_next(const struct zone_delta *delta, struct zone_delta_cursor *cursor,
                     struct zone_record *record, bool *removed);

/* Writing one, for who receives it. The records come in the order above, each with its apex SOA first; records must
   have been checked to belong into the zone. False without memory or beyond `octets_max`. */
struct zone_delta_builder {
    uint8_t *octets;
    size_t length, capacity, octets_max;
    size_t removed; /* octets of what goes; 0: nothing has come yet */
    uint32_t from, to;
};
bool zone_delta_add(struct zone_delta_builder *builder, const struct zone_record *record);
bool zone_delta_turn(struct zone_delta_builder *builder); /* from now on records come; the new SOA is next */
struct zone_delta *
zone_delta_finish(struct zone_delta_builder *builder); /* NULL: incomplete, no memory; frees */
void zone_delta_drop(struct zone_delta_builder *builder);

/* `zone` with `count` changes applied, each from where the one before leads; a new zone, with a journal that has them.
   NULL: a record is to go that is not there, or the outcome is no zone; `problems` says why. As dear as loading the
   zone. */
struct zone *zone_with_deltas(struct zone *zone, struct zone_delta *const *deltas, size_t count,
                              struct zone_problems *problems);

/* -- journals ----------------------------------------------------------------------------------- */

/* Gives `next`, which nobody else has seen yet, the journal of `previous` and what has changed since then. Without
   memory, or when that is too much, the journal is empty: such zones are sent whole. `previous` may be NULL, and may
   have the same serial: then its journal stays, if the records are the same as well. */
void zone_follow(struct zone *next, const struct zone *previous);

/* The same with known changes, a row of which the last one leads to `next`. */
void zone_follow_deltas(struct zone *next, const struct zone *previous, struct zone_delta *const *deltas,
                        size_t count);

size_t zone_journal_count(const struct zone_journal *journal); /* NULL: 0 */
size_t zone_journal_octets(const struct zone_journal *journal);
struct zone_delta *zone_journal_at(const struct zone_journal *journal, size_t number);

/* The number of the change from that serial, or SIZE_MAX. */
size_t zone_journal_find(const struct zone_journal *journal, uint32_t serial);

/* The zone's journal as octets for a file, to be freed, with a checksum and with what tells the zone from others of its
   serial. NULL: empty, or no memory. */
uint8_t *zone_journal_encode(const struct zone *zone, size_t *length);

enum zone_journal_verdict {
    ZONE_JOURNAL_TAKEN,
    ZONE_JOURNAL_DAMAGED, /* or of another version of this program, or no memory */
    ZONE_JOURNAL_FOREIGN, /* it leads to another version of the zone */
};

/* Gives `zone`, which nobody else has seen yet, the journal from such octets. */
enum zone_journal_verdict zone_journal_decode(struct zone *zone, const uint8_t *octets, size_t length);

void zone_journal_release(struct zone_journal *journal); /* NULL is allowed */

#endif
