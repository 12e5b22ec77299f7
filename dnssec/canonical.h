/*
 * The canonical form of RRsets (RFC 4034 §6, RFC 6840 §5.1), which signatures are made over: names in lower
 * case, records sorted by their rdata, each once. It is made once for an RRset, into a bounded buffer, and
 * holds no pointer into a message. Types that nobody knows are octets (RFC 3597 §7).
 *
 *      struct dnssec_canonical *canonical = ...;       about 68 KiB, a workspace has one
 *      if (dnssec_canonical_rrset(&rrset, canonical) == DNSSEC_REASON_NONE)
 *          for (unsigned i = 0; i < canonical->count; i++)
 *              canonical->rdata[i].octets ...
 */
#ifndef DNSSEC_CANONICAL_H
#define DNSSEC_CANONICAL_H

#include "dnssec/reason.h"
#include "dnssec/rrset.h"

enum { DNSSEC_CANONICAL_OCTETS = 65536 }; /* rdata of one RRset altogether */

struct dnssec_canonical {
    struct dns_name_buffer owner; /* in lower case */
    uint16_t type, class;
    unsigned count; /* records, after those that were there twice are dropped */
    size_t used;
    struct dnssec_rdata rdata[DNSSEC_RECORDS_MAX]; /* sorted, in `octets` */
    uint8_t octets[DNSSEC_CANONICAL_OCTETS];
};

/* Copies rdata with the names in it in lower case where its type is of RFC 4034 §6.2's list without NSEC, RFC
   6840 §5.1; the length stays as it is. `to` has room for `length` octets and may be `rdata`. False when the
   rdata is not of its type's form; `to` holds nothing then. */
bool dnssec_canonical_rdata(uint16_t type, const uint8_t *rdata, size_t length, uint8_t *to);

/* DNSSEC_REASON_NONE, DNSSEC_RDATA_MALFORMED, DNSSEC_RRSET_TOO_LARGE. */
enum dnssec_reason dnssec_canonical_rrset(const struct dnssec_rrset *rrset,
                                          struct dnssec_canonical *canonical);

#endif
