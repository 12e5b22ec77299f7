/*
 * Who is to blame for a failure, and for what: a zone, a rule, perhaps one server. Two failures of the same
 * zone for the same reason (and at the same server, where it was one) are the same failure, and have the same id.
 */
#ifndef RESOLVER_CULPRIT_H
#define RESOLVER_CULPRIT_H

#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

/* The numbers are part of the ids: new ones come last. */
enum blame {
    BLAME_NONE,
    BLAME_SILENT,      /* its servers do not answer */
    BLAME_UNREACHABLE, /* they cannot be reached */
    BLAME_LAME,        /* they answer, but do not serve the zone */
    BLAME_BROKEN,      /* they answer with errors, or nonsense */
    BLAME_MIXED,       /* several of these */
    BLAME_NO_ADDRESS,  /* its name servers have no address */
    BLAME_FORBIDDEN,   /* none of its servers may be asked */
    BLAME_BOGUS,       /* its data are not what DNSSEC says they are */
    BLAME_PROOF,       /* whether it is signed cannot be told */
    BLAME_WORK,        /* to validate it costs more than one question may */
    BLAME_CIRCLE,      /* its aliases lead to themselves */
    BLAME_ALIASES,     /* too many of them */
    BLAME_PACKETS,     /* a limit: packets */
    BLAME_LOOKUPS,     /* a limit: names of name servers */
    BLAME_TIME,        /* a limit: the time for one question */
    BLAME_UNREADABLE,  /* its answer cannot be read, or is too large */
    BLAME_NETWORK,     /* not its: this host has no way to any server */
    BLAME_RESOURCES,   /* not its: this resolver lacks memory, sockets or walks */
    BLAME_SLOW,        /* an answer, but it took more than 2 s */
    BLAME_STALE,       /* an answer out of the cache whose time was over */
    BLAME_LOCAL,       /* it is ours, and not loaded */
    BLAME_ACCESS,      /* not a failure: the client may not ask */
    BLAME_TCP,         /* its servers have to be asked over TCP, and do not answer there */
    BLAME_ITSELF,      /* to find its name servers it has to be found first */
    BLAMES
};

/* A word for machines ("no-address"), and a sentence without its subject ("its name servers have no address"). */
const char *blame_word(enum blame blame);
const char *blame_to_text(enum blame blame);

struct culprit {
    enum blame blame;
    uint32_t id;                 /* 28 bits, never 0; 0: nobody is to blame */
    struct dns_address server;   /* family 0: not one server alone */
    struct dns_name_buffer zone; /* length 0: none */
};

/* Of zone, fault, extended error and server; the same in each process, on each machine. */
uint32_t culprit_id(struct dns_name zone, enum blame blame, int ede, const struct dns_address *server);

/* Seven digits: "f3a91c2". */
enum { CULPRIT_ID_TEXT = 8, CULPRIT_ID_MAX = 0xfffffff };
const char *culprit_id_to_text(uint32_t id, char text[CULPRIT_ID_TEXT]);
/* 0: it is none. */
uint32_t culprit_id_from_text(const char *text);

#endif
