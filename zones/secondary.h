/*
 * A secondary zone's life (RFC 1034 §4.3.5, RFC 1996): when to ask a primary for its serial, when to fetch the zone and
 * from whom, and when what is there is too old to be served. A state machine: events go in, effects come out. It has no
 * socket, no clock and no zone; of the zone it knows the serial and the times of the SOA.
 *
 *                     timer, NOTIFY, refresh                newer serial
 *      IDLE ─────────────────────────────────────> ASKING ──────────────> FETCHING
 *       │  └──────────────── there is no zone, retransfer ─────────────────> │ │
 *       │ <─────────────────── the same serial ────── │                      │ │
 *       │ <─────────────────── the zone, or nobody has an answer ────────────┘ └ AXFR after a bad IXFR;
 *                                                                                the next primary
 *
 *      struct secondary_event event = {.kind = SECONDARY_STARTED};
 *      secondary_step(&secondary, &event, now, random, &effects);
 *      carry out the effects; set a timer to secondary_due(&secondary)
 *
 * Time is in seconds of a clock that only goes forward. A primary is meant by its number, from 0. What runs when another
 * `act` comes is to be given up: there is one thing under way at a time.
 */
#ifndef ZONES_SECONDARY_H
#define ZONES_SECONDARY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SECONDARY_TIME_MIN = 1,          /* s: no SOA makes us ask more often */
    SECONDARY_TIME_MAX = 28 * 86400, /* ... or wait longer */
    SECONDARY_FIRST_RETRY = 5,       /* s, without a zone; doubled each time */
    SECONDARY_FIRST_RETRY_MAX = 300,
    SECONDARY_TOLD_EVERY =
        1, /* s: NOTIFY in any number, or with a forged sender, makes us ask no more often */
};

enum secondary_state {
    SECONDARY_IDLE,     /* waits for the time, or a NOTIFY */
    SECONDARY_ASKING,   /* for the SOA record of a primary */
    SECONDARY_FETCHING, /* the zone from a primary */
};

/* Of a zone's SOA record. */
struct secondary_times {
    uint32_t serial, refresh, retry, expire;
};

struct secondary {
    enum secondary_state state;
    unsigned primaries;
    unsigned primary; /* that is asked, or was last */
    unsigned first;   /* that the next round by itself begins with */
    unsigned tried;   /* primaries in this round, this one included */
    bool has_zone;
    bool expired;      /* it is there, and not served */
    bool again;        /* a NOTIFY came meanwhile: another round follows */
    bool any;          /* retransfer: whatever the primary has is taken */
    bool whole;        /* AXFR, since IXFR came to nothing */
    bool behind;       /* a primary with an older serial has been reported */
    unsigned failures; /* rounds in vain, in a row */
    struct secondary_times times;
    uint64_t next;    /* when a round begins by itself */
    uint64_t told;    /* no round that a NOTIFY wants begins before this */
    uint64_t expires; /* where there is a zone */
};

enum secondary_event_kind {
    SECONDARY_LOADED, /* `times` of a zone that was on disk, `age`; before STARTED */
    SECONDARY_STARTED,
    SECONDARY_TIME,       /* secondary_due() has come */
    SECONDARY_NOTIFIED,   /* by `primary`, with `serial` where `has_serial`. That it is one was checked. */
    SECONDARY_SERIAL,     /* the primary that is asked has `serial` */
    SECONDARY_SILENT,     /* it has not answered, or not with a SOA record */
    SECONDARY_FETCHED,    /* a zone with `times` */
    SECONDARY_CURRENT,    /* the primary had nothing new when the transfer began */
    SECONDARY_NO_IXFR,    /* it does not speak IXFR, or what came does not fit our zone */
    SECONDARY_FAILED,     /* the transfer has failed, or the zone is no good */
    SECONDARY_REFRESH,    /* the operator's: ask now */
    SECONDARY_RETRANSFER, /* the operator's: fetch it now, whatever its serial */
};

struct secondary_event {
    enum secondary_event_kind kind;
    unsigned primary;
    bool has_serial;
    uint32_t serial;
    struct secondary_times times;
    uint64_t age; /* s since a primary last confirmed it, by the clock of the day */
};

enum secondary_act {
    SECONDARY_ACT_NONE,
    SECONDARY_ACT_ASK,  /* `primary` for its SOA record */
    SECONDARY_ACT_IXFR, /* from `primary` */
    SECONDARY_ACT_AXFR,
};

struct secondary_effects {
    enum secondary_act act;
    unsigned primary;
    bool any;       /* of a transfer: an older serial is taken, too */
    bool publish;   /* the zone that was fetched: serve and store it */
    bool confirmed; /* the primary has the same: note the time on disk, for `age` */
    bool revive;    /* what had expired is served again */
    bool expire;    /* it is served no longer: say so, once */
    bool behind;    /* the primary's serial is older than ours: say so, once */
};

/* `primaries` is at least 1. */
void secondary_init(struct secondary *secondary, unsigned primaries);

/* One event. `random` spreads the next time, so that zones do not ask all at once. Events that nothing waits for
   (an answer that came too late) have no effect. */
void secondary_step(struct secondary *secondary, const struct secondary_event *event, uint64_t now,
                    uint32_t random, struct secondary_effects *effects);

/* When SECONDARY_TIME is due: the next round while idle, or the zone's end; UINT64_MAX: not by itself. */
uint64_t secondary_due(const struct secondary *secondary);

#endif
