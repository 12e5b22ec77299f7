/*
 * Messages of a transfer, for the inside of zones/: only an answer section, filled with records in a zone's order. Names
 * are compressed against the owner before, which in that order shares most labels with the next; letter case is kept
 * (RFC 5936 §3.5). Pointers reach 16 KiB far, so that a message is not much larger than that unless it has to be.
 *
 *      struct packer packer;
 *      packer_start(&packer, wire, capacity, id, flags);
 *      packer_question(&packer, qname, DNS_TYPE_AXFR);         in the first message
 *      while (packer_add(&packer, &record)) next record
 *      length = packer_finish(&packer);
 */
#ifndef ZONES_PACKER_H
#define ZONES_PACKER_H

#include "dns/message.h"
#include "zones/zone.h"

enum { PACKER_FULL = 16 * 1024 }; /* octets after which no record is begun */

struct packer {
    uint8_t *wire;
    size_t capacity, length, limit;
    uint16_t questions, records;
    struct dns_name_buffer owner;        /* the last one */
    unsigned labels;                     /* of it */
    uint16_t offset[DNS_LABELS_MAX + 1]; /* of its last i labels; 0: out of reach */
};

void packer_start(struct packer *packer, uint8_t *wire, size_t capacity, uint16_t id, uint16_t flags);
bool packer_question(struct packer *packer, struct dns_name qname, uint16_t qtype);

/* False: it does not fit, and the message is as it was. A first record may go beyond PACKER_FULL. */
bool packer_add(struct packer *packer, const struct zone_record *record);

size_t packer_finish(struct packer *packer);

#endif
