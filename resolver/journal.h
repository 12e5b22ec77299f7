/*
 * The journal of a client's question: its events, packed, as many of the last as there is room for. It lives with
 * the question's budget, which all walks share that the question causes; writing allocates nothing.
 *
 * A record is its length in two octets and the event: kind, which fields there are, and these, numbers as
 * varints, names and texts with their length. Records lie behind each other, none is torn at the end:
 *
 *      octets   [ newest ... | next .. gap .. | oldest ... | end .. slack ]
 */
#ifndef RESOLVER_JOURNAL_H
#define RESOLVER_JOURNAL_H

#include "resolver/event.h"

enum {
    EVENT_TEXT_KEPT = 191, /* characters of a text that are kept */
    EVENT_PACKED_MAX = 1600,
    JOURNAL_OCTETS = 8192,
    JOURNAL_FLAT_MAX = JOURNAL_OCTETS + EVENT_PACKED_MAX,
};

struct journal {
    uint64_t start;  /* µs: times count from here */
    uint32_t oldest; /* offset of the oldest record */
    uint32_t next;   /* where the next will be */
    uint32_t end;    /* of the records behind `oldest`, where the newest have begun again at 0; else 0 */
    uint32_t count;  /* records that are there */
    uint32_t lost;   /* earlier ones, overwritten */
    uint8_t octets[JOURNAL_OCTETS + EVENT_PACKED_MAX];
};

/* Empties it. Its octets may be anything. */
void journal_start(struct journal *journal, uint64_t now);
void journal_write(struct journal *journal, const struct event *event);

/* A copy in one piece, oldest first, for journal_begin(); returns its octets, at most JOURNAL_FLAT_MAX. */
size_t journal_flatten(const struct journal *journal, uint8_t *to);
size_t journal_flat_size(const struct journal *journal);

/* Reads such a copy. Names and texts of an event are views into it. Octets that are no journal end it early. */
struct journal_cursor {
    const uint8_t *at, *end;
    uint64_t start;
};
void journal_begin(struct journal_cursor *cursor, const uint8_t *flat, size_t length, uint64_t start);
bool journal_next(struct journal_cursor *cursor, struct event *event);

/* One event, without the length before it. Packing cuts texts; `to` has EVENT_PACKED_MAX octets. Reading
   returns 0 where it is none. */
size_t event_pack(const struct event *event, uint64_t start, uint8_t *to);
size_t event_unpack(const uint8_t *from, size_t length, uint64_t start, struct event *event);

#endif
