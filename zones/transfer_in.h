/*
 * Zones that other servers send: AXFR (RFC 5936) and IXFR (RFC 1995), also answered in AXFR's form. Messages go in, a
 * finished zone comes out, or nothing: what is half there can be seen by nobody. No socket, no clock.
 *
 *      struct transfer_in *transfer = transfer_in_new(&options);
 *      length = transfer_in_query(transfer, wire, sizeof wire, now);                send it
 *      while ((state = transfer_in_message(transfer, wire, length, now)) == TRANSFER_IN_MORE) read on
 *      if (state == TRANSFER_IN_COMPLETE)
 *          zone = transfer_in_finish(transfer, problems);                           NULL: problems says why
 *      transfer_in_free(transfer);
 *
 * Taking a message costs what reading it costs; finishing costs as much as loading the zone and belongs onto a thread
 * of its own, where nobody waits for it. It touches nothing but the transfer and the old zone.
 */
#ifndef ZONES_TRANSFER_IN_H
#define ZONES_TRANSFER_IN_H

#include "zones/journal.h"
#include "zones/tsig.h"

struct transfer_in_options {
    struct dns_name apex; /* copied */
    struct zone *old;     /* the version there is; only a newer one is taken. NULL: none, or any is. Held */
    bool whole;           /* AXFR is asked for though there is an old version, not IXFR */
    const struct tsig_key *key; /* or NULL; must stay */
    uint16_t id;                /* at random */
    size_t records_max;         /* 0: any number */
    uint64_t octets_max;        /* of messages; 0: any number */
};

enum transfer_in_state {
    TRANSFER_IN_MORE,
    TRANSFER_IN_COMPLETE,    /* to be finished */
    TRANSFER_IN_UP_TO_DATE,  /* the primary has our version, or an older one: transfer_in_serial() */
    TRANSFER_IN_UNSUPPORTED, /* the primary does not speak IXFR: AXFR should be asked for */
    TRANSFER_IN_FAILED,      /* transfer_in_reason() says why; the rest of the stream is of no use */
};

struct transfer_in;

/* NULL: no memory. */
struct transfer_in *transfer_in_new(const struct transfer_in_options *options);
void transfer_in_free(struct transfer_in *transfer); /* NULL is allowed */

/* Writes the request, signed where there is a key. 0: it does not fit into `capacity` (1,300 octets are enough). */
size_t transfer_in_query(struct transfer_in *transfer, uint8_t *wire, size_t capacity, uint64_t now);

/* Takes the next message of the stream. After another state than TRANSFER_IN_MORE nothing more is taken. */
enum transfer_in_state transfer_in_message(struct transfer_in *transfer, const uint8_t *wire, size_t length,
                                           uint64_t now);

/* A clause such as "the primary says REFUSED"; "" where nothing is wrong. Good while the transfer is. */
const char *transfer_in_reason(const struct transfer_in *transfer);

bool transfer_in_incremental(const struct transfer_in *transfer); /* the changes came, not the whole */
uint32_t transfer_in_serial(const struct transfer_in *transfer); /* the primary's; once a message was taken */
size_t transfer_in_records(const struct transfer_in *transfer);
uint64_t transfer_in_octets(const struct transfer_in *transfer);

/* The zone, once it is complete, held by the caller; its journal continues that of the old one. NULL where it is no good
   zone or, with the changes only, does not fit the old one: then AXFR should be asked for. `problems` may be NULL. */
struct zone *transfer_in_finish(struct transfer_in *transfer, struct zone_problems *problems);

#endif
