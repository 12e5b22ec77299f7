/*
 * RRsets as validation sees them: an owner, a type, uncompressed rdata, and the RRSIG records that cover
 * them. They are views; the octets belong to whoever gathered them (the records of an image, or the arrays
 * lent to a struct dnssec_gather). Nothing here validates.
 *
 *      static struct dnssec_rdata rdata[512];  static uint8_t octets[65536];
 *      struct dnssec_rrset rrsets[64];  unsigned count = 64;
 *      struct dnssec_gather gather = {.rdata = rdata, .rdata_capacity = 512,
 *                                     .octets = octets, .capacity = 65536};
 *      dnssec_gather_section(&gather, &message, DNS_ANSWER, rrsets, &count);
 *      for (unsigned i = 0; i < count; i++) dnssec_verify(&context, &rrsets[i], &keys, &signature);
 */
#ifndef DNSSEC_RRSET_H
#define DNSSEC_RRSET_H

#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

enum { DNSSEC_RECORDS_MAX = 256 }; /* records of an RRset; larger ones are not validated */

struct dnssec_rdata {
    const uint8_t *octets; /* uncompressed */
    uint16_t length;
};

struct dnssec_rrset {
    struct dns_name owner;
    uint16_t type, class;
    uint32_t ttl; /* the smallest of its records and RRSIGs, seconds */
    const struct dnssec_rdata *rdata;
    unsigned count;
    const struct dnssec_rdata *rrsig; /* rdata of the RRSIG records that cover `type` */
    unsigned rrsig_count;
};

/* Where rdata and owners are put while a message's sections are gathered; lent by the caller. */
struct dnssec_gather {
    struct dnssec_rdata *rdata;
    unsigned rdata_capacity, rdata_used;
    uint8_t *octets;
    size_t capacity, used;
    unsigned work; /* out: comparisons of names; a record's own name counts as DNSSEC_GATHER_NAME of them */
};

enum {
    DNSSEC_GATHER_RECORDS = 512, /* records of one section that are gathered */
    DNSSEC_GATHER_NAME = 8,
};

/* Sorts one section's records into RRsets by owner, type and class, each with the RRSIGs of its owner that
   cover it, in the order in which they first appear; RRSIGs whose RRset is not there make an RRset with
   `count` 0. The names in rdata are uncompressed on the way. *count: in, how many RRsets fit; out, how many
   there are. The RRsets point into what `gather` was lent, which may be used on for the next section;
   resetting both `used` to 0 frees it. DNS_ERROR_SPACE or _TOO_MANY when something does not fit, else what is
   wrong with a name or rdata: the section must not be used then. */
enum dns_error dnssec_gather_section(struct dnssec_gather *gather, struct dns_message *message,
                                     enum dns_section section, struct dnssec_rrset *rrsets, unsigned *count);

/* One record with uncompressed rdata, as a cache's image has them: a view. */
struct dnssec_record {
    struct dns_name owner;
    uint16_t type, class;
    uint32_t ttl; /* seconds */
    struct dnssec_rdata rdata;
};

/* The same for `total` records that are uncompressed already: nothing is copied, the RRsets point to the
   records' octets, and of `gather` only the array of rdata is used. DNS_ERROR_TOO_MANY, DNS_ERROR_RDATA for
   an RRSIG of less than two octets. */
enum dns_error dnssec_gather_records(struct dnssec_gather *gather, const struct dnssec_record *records,
                                     unsigned total, struct dnssec_rrset *rrsets, unsigned *count);

/* The RRset of that owner, type and class among `count`, or NULL. */
const struct dnssec_rrset *dnssec_rrset_find(const struct dnssec_rrset *rrsets, unsigned count,
                                             struct dns_name owner, uint16_t type, uint16_t class);

#endif
