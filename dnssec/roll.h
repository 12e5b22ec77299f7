/*
 * Trust anchors that follow their zone's keys (RFC 5011), as a function of what was known, the DNSKEY RRset
 * that was seen, and the wall time. A struct dnssec_roll is the state of one zone; it owns all its octets.
 * Reading and writing the state file is the caller's (write a new one, rename it); here is only its text.
 * Nothing here asks for keys: it says when to ask again.
 *
 *      dnssec_roll_start(&roll, zone, anchors, count);             or dnssec_roll_from_text(), then _merge()
 *      changes = dnssec_roll_update(&context, &roll, &dnskey);     each time the DNSKEY RRset was fetched
 *      if (changes != 0) write dnssec_roll_to_text() to disk
 *      count = dnssec_roll_anchors(&roll, anchors, 16);            what dnssec_keys_by_anchors() is to use
 *      ask for the DNSKEY RRset again at roll.next_check
 */
#ifndef DNSSEC_ROLL_H
#define DNSSEC_ROLL_H

#include "dnssec/anchor.h"
#include "dnssec/chain.h"

enum {
    DNSSEC_ROLL_KEYS = 16,
    DNSSEC_ROLL_HOLD_DOWN = 30 * 86400, /* seconds, RFC 5011 §2.4.1 and §2.4.2 */
    DNSSEC_ROLL_TEXT_MAX = 32768,
};

/* RFC 5011 §4.2. A key that is not in the table is in state Start. */
enum dnssec_roll_state {
    DNSSEC_ROLL_PENDING, /* AddPend: seen, and waits for its hold-down time to pass */
    DNSSEC_ROLL_VALID,   /* trusted */
    DNSSEC_ROLL_MISSING, /* trusted, but not in the last RRset */
    DNSSEC_ROLL_REVOKED, /* was trusted, was seen revoked: never trusted again */
    DNSSEC_ROLL_REMOVED, /* revoked, and gone for the hold-down time; kept so that it does not return, until its
                            place is needed */
};

struct dnssec_roll_key {
    enum dnssec_roll_state state;
    uint64_t since;      /* wall time when it entered its state */
    uint64_t hold_until; /* PENDING: not trusted before; REVOKED: not forgotten before */
    struct dnssec_anchor
        anchor; /* the key without its REVOKE flag; or a digest that no key was seen for yet */
};

struct dnssec_roll {
    struct dns_name_buffer zone;
    uint64_t checked;    /* wall time of the last RRset that was verified, 0: never */
    uint64_t next_check; /* wall time when the RRset should be asked for again, RFC 5011 §2.3 */
    unsigned count;
    struct dnssec_roll_key key[DNSSEC_ROLL_KEYS];
};

/* What an update changed: bits. */
enum {
    DNSSEC_ROLL_NEW = 1,         /* a key was seen for the first time */
    DNSSEC_ROLL_TRUSTED = 2,     /* a key became trusted */
    DNSSEC_ROLL_VANISHED = 4,    /* a key is missing, or a pending one was given up */
    DNSSEC_ROLL_RETURNED = 8,    /* a missing one is back */
    DNSSEC_ROLL_REVOCATION = 16, /* a key was revoked */
    DNSSEC_ROLL_REMOVAL = 32,
    DNSSEC_ROLL_CHECKED = 64, /* nothing but the times */
    DNSSEC_ROLL_FULL = 128,   /* nothing, as there is no place for a new key */
};

/* The state before the first look: the anchors of `zone`, trusted. Those beyond DNSSEC_ROLL_KEYS are left
   out. */
void dnssec_roll_start(struct dnssec_roll *roll, struct dns_name zone, const struct dnssec_anchor *anchors,
                       unsigned count);

/* After a state was read: anchors that it does not know are added as trusted (a new release brings new ones);
   those that it knows as revoked, removed, or anything else stay as they are, also when it knows the key and
   the anchor is its digest: `workspace` hashes it (NULL: they are not compared). Returns how many were added. */
unsigned dnssec_roll_merge(struct dnssec_workspace *workspace, struct dnssec_roll *roll,
                           const struct dnssec_anchor *anchors, unsigned count);

/* The trusted keys (VALID and MISSING) as anchors; returns how many, at most `capacity`. 0 when all were
   revoked: nothing below the zone can be secure until an administrator acts. */
unsigned dnssec_roll_anchors(const struct dnssec_roll *roll, struct dnssec_anchor *anchors,
                             unsigned capacity);

/* Takes in a DNSKEY RRset with its signatures. It is verified here, by the trusted keys; a revocation must be
   signed by the revoked key itself (RFC 5011 §2.1). Returns DNSSEC_ROLL_ bits, with _CHECKED when the RRset
   is trusted. When it is not, nothing is learnt from it but a revocation, and when the clock is wrong
   nothing at all; next_check is in an hour then. */
unsigned dnssec_roll_update(struct dnssec_context *context, struct dnssec_roll *roll,
                            const struct dnssec_rrset *dnskey);

/* When to try again after the RRset could not be had: in an hour. */
void dnssec_roll_retry(struct dnssec_roll *roll, uint64_t now);

enum dnssec_roll_error {
    DNSSEC_ROLL_OK = 0,
    DNSSEC_ROLL_GARBAGE, /* a line that is none of ours */
    DNSSEC_ROLL_TORN,    /* the end is missing, or the checksum is another */
    DNSSEC_ROLL_FUTURE,  /* written at a time that is yet to come: the clock or the file is wrong */
    DNSSEC_ROLL_OTHER_ZONE,
};

/* One English clause. */
const char *dnssec_roll_error_text(enum dnssec_roll_error error);

/* Writes the state as lines of text with a checksum at the end; returns its octets without the final zero, 0
   when `capacity` is too small (DNSSEC_ROLL_TEXT_MAX is always enough). */
size_t dnssec_roll_to_text(struct dnssec_workspace *workspace, const struct dnssec_roll *roll, char *text,
                           size_t capacity);

/* Reads such text of `length` octets (any octets). On an error *roll is not meaningful and *line, counted
   from 1, is where: the caller goes on with its configured anchors and says so. `now` may lie a day before
   the state's time. */
enum dnssec_roll_error dnssec_roll_from_text(struct dnssec_workspace *workspace, const char *text,
                                             size_t length, struct dns_name zone, uint64_t now,
                                             struct dnssec_roll *roll, unsigned *line);

/* "pending", "valid", ... */
const char *dnssec_roll_state_text(enum dnssec_roll_state state);

#endif
