/* What denial.c, nsec.c and nsec3.c share. */
#ifndef DNSSEC_DENIAL_PARTS_H
#define DNSSEC_DENIAL_PARTS_H

#include "dnssec/denial.h"

/* A question to a set. */
struct denial_question {
    struct dnssec_context *context;
    const struct dnssec_denial *denial;
    struct dns_name qname;
    uint16_t qtype;
    struct dnssec_proof *proof;
};

/* Outcomes, all of which return the status. */
enum dnssec_status denial_proven(struct denial_question *question, enum dnssec_proof_kind kind,
                                 struct dns_name closest_encloser);
enum dnssec_status denial_opt_out(struct denial_question *question, enum dnssec_proof_kind kind,
                                  struct dns_name closest_encloser);
enum dnssec_status denial_failed(struct denial_question *question, enum dnssec_reason reason);

/* What a bitmap says of a name where a type is to be denied (RFC 6840 §4.1, §4.3, §4.4). NONE: it is. */
enum dnssec_reason denial_bitmap_fault(const uint8_t *bitmap, size_t length, uint16_t qtype,
                                       bool apex_is_root);

/* A zone cut seen from above: NS without SOA. */
bool denial_is_delegation(const uint8_t *bitmap, size_t length);

/* Names below the owner are not this zone's to deny: a zone cut or a DNAME. */
bool denial_hides_below(const uint8_t *bitmap, size_t length);

bool nsec_read(const struct dnssec_denial *denial, struct dns_name owner, const uint8_t *rdata, size_t length,
               struct dnssec_nsec *nsec, enum dnssec_reason *reason);
enum dnssec_status nsec_prove_nxdomain(struct denial_question *question);
enum dnssec_status nsec_prove_nodata(struct denial_question *question);
enum dnssec_status nsec_prove_wildcard(struct denial_question *question, struct dns_name next_closer);

bool nsec3_read(const struct dnssec_denial *denial, struct dns_name owner, const uint8_t *rdata,
                size_t length, struct dnssec_nsec3 *nsec3, enum dnssec_reason *reason);
enum dnssec_status nsec3_prove_nxdomain(struct denial_question *question);
enum dnssec_status nsec3_prove_nodata(struct denial_question *question);
enum dnssec_status nsec3_prove_wildcard(struct denial_question *question, struct dns_name next_closer);

#endif
