/*
 * NOTIFY (RFC 1996): telling the secondaries that a zone has a new serial, and being told. No socket, no clock.
 *
 * A round is what one new version causes: a message to each target, again after 2, 4, 8, 16 and 32 seconds where nobody
 * answers. A version that comes meanwhile begins the round anew.
 *
 *      struct notify_round round = {0};
 *      notify_begin(&round, zone, false, key, now);                   the zone's own addresses
 *      for each of also-notify, and each that was found for a name out of notify_names():
 *          notify_add(&round, &address, key, now)
 *      while ((target = notify_next(&round, now, NULL)) != NULL) send it notify_write(...)
 *      on a reply: notify_answered(&round, from, wire, length, now, &rcode)
 *      set a timer to notify_due(&round)
 */
#ifndef ZONES_NOTIFY_H
#define ZONES_NOTIFY_H

#include "dns/address.h"
#include "zones/tsig.h"
#include "zones/zone.h"

enum {
    NOTIFY_TARGETS = 64,
    NOTIFY_NAMES = 32,
    NOTIFY_TRIES = 6,
    NOTIFY_FIRST_WAIT = 2, /* s; doubled for each try */
    NOTIFY_SIZE = 2048,    /* octets that a message may need */
};

struct notify_target {
    struct dns_address address;
    const struct tsig_key *key; /* or NULL; the caller's */
    unsigned tries;
    bool done;
    uint16_t id;
    struct tsig_chain chain; /* of the last message */
    uint64_t due;            /* s */
};

/* All zero: nothing to do. */
struct notify_round {
    struct zone *zone; /* held, or NULL */
    unsigned count;
    struct notify_target target[NOTIFY_TARGETS];
};

/* What was under way for an older version is given up. The addresses within the zone of its name servers are added, but
   not of the one that the SOA names (RFC 1996 §3.3: it is where the zone comes from), unless `primary_too`. `key`: theirs, or NULL. */
void notify_begin(struct notify_round *round, struct zone *zone, bool primary_too, const struct tsig_key *key,
                  uint64_t now);

/* One more, once; false when there are NOTIFY_TARGETS. */
bool notify_add(struct notify_round *round, const struct dns_address *address, const struct tsig_key *key,
                uint64_t now);

/* The name servers that were not found in the zone, to be looked up; views into the zone. Returns how many. */
unsigned notify_names(const struct zone *zone, bool primary_too, struct dns_name names[NOTIFY_NAMES]);

void notify_end(struct notify_round *round);

/* The next target whose time has come, with that counted as a try; NULL: none now. One that has been tried
   NOTIFY_TRIES times and still is silent comes out of `given_up` instead, once; `given_up` may be NULL. */
struct notify_target *notify_next(struct notify_round *round, uint64_t now, struct notify_target **given_up);

/* When the next one is due; UINT64_MAX: never. */
uint64_t notify_due(const struct notify_round *round);

/* Writes its message: the new SOA in the answer section, signed where the target has a key. 0: no room. */
size_t notify_write(const struct notify_round *round, struct notify_target *target, uint16_t id,
                    uint8_t *wire, size_t capacity, uint64_t now);

enum notify_answer {
    NOTIFY_IGNORED, /* it answers nothing that was asked, or its signature is wrong */
    NOTIFY_TAKEN,   /* the secondary knows now */
    NOTIFY_REFUSED, /* it says no: *rcode. Not tried again. */
};

/* A datagram that came from `from`. */
enum notify_answer notify_answered(struct notify_round *round, const struct dns_address *from,
                                   const uint8_t *wire, size_t length, uint64_t now, uint16_t *rcode);

/* -- being told --------------------------------------------------------------------------------- */

/* A request of opcode NOTIFY: the zone is message->qname; *has_serial and *serial what it says of it. False: it is not
   of NOTIFY's form (FORMERR). */
bool notify_read(struct dns_message *message, bool *has_serial, uint32_t *serial);

#endif
