/*
 * What kind of internet a run plays in, and what goes wrong in it. Together with a seed a scenario is a
 * whole run.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>

/* What can happen to one query and the answer to it. Those from FAULT_HARD on may keep an answer from
   arriving; a resolver has to cope with all others. */
enum fault {
    FAULT_DUPLICATE,       /* the answer comes twice */
    FAULT_REORDER,         /* it comes somewhat later */
    FAULT_TRUNCATE,        /* TC and no records, over UDP */
    FAULT_CUT,             /* TC and cut off somewhere, over UDP */
    FAULT_STRIP_EDNS,      /* an answer without OPT */
    FAULT_NO_EDNS,         /* FORMERR to EDNS */
    FAULT_STRAY,           /* forged records of other names in every section */
    FAULT_WRONG_CASE,      /* the question in lower case, over UDP */
    FAULT_SPOOF_ID,        /* a forged answer with a wrong ID before the true one, over UDP */
    FAULT_SPOOF_SOURCE,    /* one from a wrong address */
    FAULT_SPOOF_CASE,      /* one with the right ID and a wrong spelling */
    FAULT_SPOOF_QUESTION,  /* one with the right ID that answers another question */
    FAULT_SPOOF_TRANSPORT, /* one over UDP for a question over TCP, and the reverse */
    FAULT_SPOOF_LATE,      /* one when the exchange is over */
    FAULT_HARD,
    FAULT_LOSS = FAULT_HARD,
    FAULT_DELAY, /* seconds */
    FAULT_UNREACHABLE,
    FAULT_RESET, /* closed port, or the connection ends without an answer */
    FAULT_MALFORMED,
    FAULT_SERVFAIL,
    FAULT_REFUSED,
    FAULT_LAME,       /* an upward referral */
    FAULT_EMPTY,      /* neither records nor authority */
    FAULT_OUTAGE,     /* a server is silent for a while */
    FAULT_OUTAGE_ALL, /* nobody answers for a while */
    FAULT_JUMP,       /* the machine sleeps for a while */
    FAULTS,
};

struct scenario {
    const char *name, *text;
    unsigned zones, questions, changes; /* at most */
    bool odd;                           /* zones that are lame, cyclic, without needed glue */
    bool lonely;                        /* one name server for each zone */
    bool wide;                          /* many name servers, most of them without glue */
    bool quirks;                        /* servers with habits */
    bool moves;                         /* changes concern delegations and servers as well */
    bool one_good;                      /* each zone has a name server that no fault touches */
    unsigned spread;                    /* in how many of 1000 servers faults happen; 0: all */
    unsigned fault[FAULTS];             /* per 1000 queries; outages and jumps: how many in a run, at most */
};

extern const struct scenario scenarios[];
extern const unsigned scenario_count;
extern const char *const fault_names[FAULTS];

#endif
