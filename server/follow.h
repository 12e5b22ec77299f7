/*
 * Trust anchors that follow their zones' keys (RFC 5011), for the daemon: which zones, their state files, when
 * to ask. It belongs to the main thread and sends nothing: it says when a DNSKEY RRset should be asked for, and is
 * given the answer. dnssec/roll.h is what decides.
 *
 *      follow_configure(follow, &settings->validation, directory, now);        at the start, after a reload
 *      while (follow_ask(follow, now, &zone)) have its DNSKEY RRset asked for
 *      if (follow_take(follow, zone, wire, length, now))
 *          anchors = follow_anchors(follow, &settings->validation, &count);    for settings_with_trust()
 *      come back at follow_due(follow)
 *
 * Times are wall seconds.
 */
#ifndef SERVER_FOLLOW_H
#define SERVER_FOLLOW_H

#include "config/config.h"
#include "resolver/validation.h"

struct follow;

/* One line for the log. */
typedef void follow_say(void *context, enum config_severity severity, const char *line);

/* NULL: out of memory. */
struct follow *follow_create(follow_say *say, void *context);
void follow_destroy(struct follow *follow);

/* Follows the zones that have initial anchors among `configured`: those followed already go on, others begin
   with what their file in `directory` says. A file that cannot be used is said so in one line, and the configured
   anchors hold. False: out of memory, and nothing has changed. */
bool follow_configure(struct follow *follow, const struct validation *configured, const char *directory,
                      uint64_t now);

/* The anchors that hold: the static ones among `configured`, and what the others have become. To be freed by the
   caller; NULL: out of memory. */
struct dnssec_anchor *follow_anchors(const struct follow *follow, const struct validation *configured,
                                     size_t *count);

/* When a zone is to be asked for next; UINT64_MAX: never. One that is being asked for does not count. */
uint64_t follow_due(const struct follow *follow);

/* A zone whose DNSKEY RRset should be asked for by `now`; from then on it is being asked for. False: none. */
bool follow_ask(struct follow *follow, uint64_t now, struct dns_name_buffer *zone);

/* The answer: a message of any octets, its records those of the answer, signatures included; or NULL where there
   was none. It is verified here. True when other keys are trusted than before. */
bool follow_take(struct follow *follow, struct dns_name zone, const uint8_t *wire, size_t length,
                 uint64_t now);

/* A key of a zone, for who lists them. */
struct follow_key {
    struct dns_name zone;
    uint16_t key_tag;
    uint8_t algorithm;
    const char *state; /* dnssec_roll_state_text() */
    bool stored;       /* in the state file */
};
void follow_describe(const struct follow *follow, void (*tell)(void *context, const struct follow_key *key),
                     void *context);

#endif
