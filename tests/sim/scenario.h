/*
 * What kind of internet a run plays in, what goes wrong in it, how time passes, and who asks. Together with a
 * seed a scenario is a whole run.
 *
 * Most scenarios are composed of four ideas, one of each kind, and named after them:
 *
 *      deep/storm/suspends/crowd    kind of internet / what goes wrong / how time passes / who asks
 *
 * Any such name is a scenario; those with a number are the ones that are played by default.
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
    FAULT_LAME,                    /* an upward referral */
    FAULT_EMPTY,                   /* neither records nor authority */
    FAULT_SLOW,                    /* a server takes its time for a while */
    FAULT_OUTAGE,                  /* a server is silent for a while */
    FAULT_OUTAGE_ALL,              /* nobody answers for a while */
    FAULT_JUMP,                    /* the machine sleeps for a while */
    FAULT_CLOCK,                   /* the clock on the wall is wrong for a while */
    FAULT_DNSSEC,                  /* from here on only where the query has DO: hard */
    FAULT_STRIP_DO = FAULT_DNSSEC, /* it arrives without */
    FAULT_STRIP_RRSIG,
    FAULT_DAMAGE_RRSIG,
    FAULT_OLD_RRSIG, /* replayed: good some weeks ago */
    FAULT_STRIP_DENIAL,
    FAULT_FOREIGN_DENIAL, /* an NSEC or NSEC3 record that has nothing to do with the question */
    FAULT_FORGE_SIGNED,   /* forged data in a zone that is secure, without signatures or with others' */
    FAULT_FALSE_ABSENCE,  /* what exists in such a zone is denied, with its own SOA and another proof */
    FAULT_BESIDE, /* forged records beside those of such a zone, and beside their signatures; with dice of its own */
    FAULTS,
};

enum { SCENARIO_NAME = 64, SCENARIO_TEXT = 256 };

struct scenario {
    char name[SCENARIO_NAME], text[SCENARIO_TEXT];
    /* the internet */
    unsigned zones;  /* at most */
    bool deep;       /* each zone is mostly below the one made before */
    bool odd;        /* zones that are lame, cyclic, without needed glue */
    bool lonely;     /* one name server for each zone */
    bool wide;       /* many name servers, most of them without glue */
    bool glueless;   /* most name servers are in strangers' zones */
    bool shared;     /* a few servers have almost everything */
    bool quirks;     /* servers with habits */
    bool no_tcp;     /* servers that refuse connections */
    bool aliased;    /* many aliases */
    bool wild;       /* many wildcards and empty non-terminals */
    bool signatures; /* signed zones: what is added for those who ask with DO */
    bool renamed;    /* name servers whose name is an alias */
    bool one_good;   /* each zone has a name server that no fault touches */
    bool marked;     /* what a server says out of place tells by its TTL that it does */
    unsigned spread; /* in how many of 1000 servers faults happen; 0: all */
    /* time */
    unsigned horizon; /* seconds; 0: any */
    unsigned changes; /* at most */
    bool moves;       /* changes concern delegations and servers as well */
    /* clients */
    unsigned questions;     /* at most */
    unsigned together;      /* how many of 1000 come right behind the one before; 0: some */
    unsigned strangers;     /* how many of 1000 are for names that nobody has heard of */
    unsigned any;           /* how many of 1000 are for ANY */
    bool extras;            /* minimal-responses no */
    bool squeezed;          /* the cache is full of other things */
    unsigned engines;       /* on one cache; 0: one */
    unsigned fault[FAULTS]; /* per 1000 queries; slow, outages, jumps, clock: how many in a run, at most */
};

/* How many there are with a number. */
unsigned scenario_count(void);
void scenario_get(unsigned number, struct scenario *scenario);

/* By name. False where there is no such. */
bool scenario_find(const char *name, struct scenario *scenario);

extern const char *const fault_names[FAULTS];

#endif
