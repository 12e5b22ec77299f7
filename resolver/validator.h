/*
 * The engine's room for validation: OpenSSL's handles, the RRsets of the message at hand, the keys of the zone
 * at hand. Nothing in it outlives the event that is being handled.
 */
#ifndef RESOLVER_VALIDATOR_H
#define RESOLVER_VALIDATOR_H

#include "dnssec/denial.h"
#include "dnssec/key.h"
#include "dnssec/rrset.h"
#include "dnssec/workspace.h"

enum {
    VALIDATOR_RRSETS = 64,    /* of one section that are looked at */
    VALIDATOR_RDATA = 1024,   /* of the message */
    VALIDATOR_OCTETS = 98304, /* owners and rdata, uncompressed, of the message */
    VALIDATOR_KEYS = 65535,   /* octets of a cached DNSKEY RRset */
    VALIDATOR_WORK = 1024,    /* one cost unit for so many comparisons of names */
};

/* Is an RRset validated, and of use for what it is there for; how long may it be kept? */
struct proven {
    bool is;
    uint32_t ttl; /* seconds */
};

struct validator {
    struct dnssec_workspace *workspace;
    /* the message */
    struct dnssec_gather gather;
    struct dnssec_rrset answer[VALIDATOR_RRSETS], authority[VALIDATOR_RRSETS];
    unsigned answer_count, authority_count;
    struct proven proven[VALIDATOR_RRSETS]; /* of the authority section, by the same index */
    struct dnssec_rdata rdata[VALIDATOR_RDATA];
    uint8_t octets[VALIDATOR_OCTETS];
    /* the zone */
    struct dnssec_keys keys;
    uint8_t key_octets[VALIDATOR_KEYS];
    struct dnssec_denial denial;
};

/* NULL when there is no memory. */
struct validator *validator_new(void);
void validator_free(struct validator *validator);

/* Sorts the answer and authority sections into RRsets. False when that is too much, or malformed. */
bool validator_read(struct validator *validator, struct dns_message *message);

const struct dnssec_rrset *validator_find(const struct dnssec_rrset *rrsets, unsigned count,
                                          struct dns_name owner, uint16_t type);

#endif
