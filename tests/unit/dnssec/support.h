/*
 * What the tests of dnssec/ share: RRsets that may be changed, zones read from files with the proofs that a
 * server would send, and a signer of its own (Ed25519) for what no honest signer makes.
 */
#ifndef TESTS_DNSSEC_SUPPORT_H
#define TESTS_DNSSEC_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/text.h"
#include "dns/types.h"
#include "dnssec/anchor.h"
#include "dnssec/chain.h"
#include "dnssec/denial.h"
#include "dnssec/roll.h"
#include "dnssec/verify.h"
#include "dnssec/workspace.h"

enum { SET_RECORDS = 12, SET_RRSIGS = 4, RDATA_MAX = 700, NOW_2027 = 1800000000, LATER_2038 = 2146000000 };

/* An RRset that owns its octets. */
struct set {
    struct dns_name_buffer owner;
    uint16_t type, class;
    uint32_t ttl;
    unsigned count, rrsig_count;
    uint16_t length[SET_RECORDS], rrsig_length[SET_RRSIGS];
    uint8_t rdata[SET_RECORDS][RDATA_MAX], rrsig[SET_RRSIGS][RDATA_MAX];
    struct dnssec_rdata view[SET_RECORDS], rrsig_view[SET_RRSIGS];
};

void set_start(struct set *set, const char *owner, uint16_t type);
void set_add(struct set *set, const uint8_t *rdata, size_t length);
void set_add_rrsig(struct set *set, const uint8_t *rdata, size_t length);
/* A record in presentation form, "www.example. 3600 IN A 192.0.2.1"; RRSIGs go to the signatures. */
void set_add_text(struct set *set, const char *text);
struct dnssec_rrset set_view(struct set *set);

struct dns_name_buffer name_of(const char *text);

/* A context with everything enabled. */
struct bench {
    struct dnssec_policy policy;
    struct dnssec_budget budget;
    struct dnssec_context context;
};
void bench_open(struct bench *bench);
void bench_close(struct bench *bench);
void bench_refill(struct bench *bench);

/* A signed zone read from tests/dnssec/signed. */
struct zone {
    struct dns_name_buffer apex;
    struct set *sets;
    unsigned count;
    struct set ds;
    bool nsec3;
};
void zone_open(struct zone *zone, const char *name);
void zone_close(struct zone *zone);
struct set *zone_find(const struct zone *zone, struct dns_name owner, uint16_t type);
struct set *zone_get(const struct zone *zone, const char *owner, uint16_t type); /* must be there */
bool zone_exists(const struct zone *zone, struct dns_name name);                 /* or something below it */
/* The NSEC or NSEC3 RRset that matches the name, or the one that covers it. */
struct set *zone_match(const struct zone *zone, struct dns_name name);
struct set *zone_cover(const struct zone *zone, struct dns_name name);

/* Everything an honest server would put into the authority section to deny `qname`: at most 4 RRsets. */
unsigned zone_proof(const struct zone *zone, struct dns_name qname, struct set *proof[4]);
struct dns_name zone_encloser(const struct zone *zone, struct dns_name qname);

/* A key of our own, made from a number. */
struct signer {
    void *key;
    struct dns_name_buffer zone;
    uint8_t dnskey[36];
    uint16_t tag;
};
void signer_open(struct signer *signer, const char *zone, unsigned number, uint16_t flags);
void signer_close(struct signer *signer);

struct rrsig_fields {
    unsigned labels;
    uint32_t original_ttl, inception, expiration;
    const char *signer;       /* NULL: the signer's zone */
    const char *signed_owner; /* NULL: by `labels` from the set's owner */
    int tag;                  /* -1: the signer's */
};
/* Adds a signature by the signer with these fields, also impossible ones. The data is put together here, not
   by dnssec/: rdata must be canonical and sorted already. */
void signer_sign(const struct signer *signer, struct set *set, const struct rrsig_fields *fields);
/* The honest fields. */
struct rrsig_fields fields_of(const struct set *set);
void signer_keys(const struct signer *signer, struct dnssec_keys *keys);

uint32_t random_next(uint64_t *state);

#endif
