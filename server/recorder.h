/*
 * The flight recorder: what happened to the questions that failed, were answered late, or with old data. One for
 * the process, always on, in exactly 1 MiB; the oldest make room. The same failure (resolver/culprit.h) is kept
 * once, with the events of its first time, and counted.
 *
 * Workers write, the main thread reads; the lock is taken for a question that has failed, never for a hit.
 */
#ifndef SERVER_RECORDER_H
#define SERVER_RECORDER_H

#include "resolver/engine.h"
#include "resolver/journal.h"

struct recorder;

/* NULL: out of memory. */
struct recorder *recorder_create(void);
void recorder_destroy(struct recorder *recorder);

/* A question that is worth it: its answer has an id, or was late. */
struct recorder_note {
    uint64_t at;                      /* seconds since 1970 */
    const struct dns_address *client; /* NULL: a question of our own */
    struct dns_name name;
    uint16_t type;
    const struct effect *effect; /* EFFECT_ANSWER */
};
void recorder_write(struct recorder *recorder, const struct recorder_note *note);

enum { RECORDER_NAMES = 3 };

/* A failure, and what happened the first time. Large: one at a time. */
struct recorded {
    uint32_t id;
    uint64_t first, last, count; /* seconds since 1970; how often */
    uint64_t took;               /* µs, the first time */
    uint64_t sequence;
    enum blame blame;
    uint16_t rcode;
    int ede;
    struct dns_address server, client; /* client: the last one; family 0: none */
    struct dns_name_buffer zone;       /* length 0: none */
    unsigned name_count;
    struct dns_name_buffer name[RECORDER_NAMES]; /* that were asked for, the last one first */
    uint16_t type[RECORDER_NAMES];
    char text[ANSWER_EDE_TEXT];
    uint64_t start; /* for journal_begin() */
    uint32_t lost;  /* earlier events that had no room */
    size_t length;
    uint8_t events[JOURNAL_FLAT_MAX];
};

/* False: it is not known (any more). */
bool recorder_get(struct recorder *recorder, uint32_t id, struct recorded *to);

struct recorder_filter {
    uint64_t since;            /* seconds since 1970: happened at that time or later; 0: any */
    struct dns_name name;      /* the zone or a name asked for is there or below; wire NULL: any */
    struct dns_address client; /* the last one; family 0: any */
};

/* Those that have happened, the last one first; one in each call. Begin with {0}. False: there are no more. */
struct recorder_cursor {
    uint64_t last, sequence;
    bool begun;
};
bool recorder_next(struct recorder *recorder, struct recorder_cursor *cursor,
                   const struct recorder_filter *filter, struct recorded *to);

struct recorder_statistics {
    uint64_t failures; /* that are there */
    uint64_t written;  /* questions, since the start */
    uint64_t dropped;  /* failures that made room */
    uint64_t octets;
};
void recorder_get_statistics(struct recorder *recorder, struct recorder_statistics *statistics);

#endif
