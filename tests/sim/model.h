/*
 * What a correct resolver may believe. The model knows the world and its history and nothing of the
 * engine: it says whether something could have been learnt, in a certain span of time, from a server
 * that was believable then.
 *
 * A zone is believable through a delegation from when the parent has it until its TTL after the parent
 * drops it, and never longer than the parent itself; a ghost (old servers that go on with old data) for
 * as long as old addresses may be remembered.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "dns/message.h"
#include "world.h"

enum claim_kind { CLAIM_RRSET, CLAIM_ALIAS, CLAIM_NODATA, CLAIM_NXDOMAIN, CLAIM_YXDOMAIN };
enum { CLAIM_RECORDS = 256 };

struct claim_record {
    const uint8_t *rdata;  /* uncompressed */
    uint16_t length, type; /* the type counts for ANY only */
};

/* "At some time between from and until, this was so; and it is good for `ttl` more seconds." */
struct claim {
    enum claim_kind kind;
    struct dns_name name;                      /* that was asked for */
    uint16_t type;                             /* that was asked for */
    const struct dns_name *dname;              /* CLAIM_ALIAS: owner of the DNAME it was made from; or NULL */
    struct claim_record record[CLAIM_RECORDS]; /* of an alias: its target */
    unsigned count;
    bool part; /* of a set, without what did not fit */
    bool soa;  /* negative: there is one ... */
    struct dns_name soa_owner;
    struct claim_record soa_record;
    uint64_t told; /* now */
    uint32_t ttl;  /* left now, in seconds */
    bool whole;    /* ttl is the one of the beginning, put at `told` */
};

struct model {
    const struct world *world;
    uint32_t max_ttl, max_negative_ttl;
    bool ipv4, ipv6;
    uint64_t *trouble;           /* of each server: when last something happened to it; 0: never */
    uint64_t *spoilt;            /* the same of its signatures and proofs */
    uint64_t trouble_everywhere; /* as long ago at least did no packet get through at all */
};

/* A resolver may take the zone's servers for it then, though it be no longer delegated. */
bool model_believes(const struct world *world, int zone, uint64_t at);

/* NULL: the claim holds. Otherwise why not. */
const char *model_refutes(const struct model *model, const struct claim *claim);

/* The delegation of a zone: its name servers, taken over between from and until, to end at `expires`.
   NULL when it may be held. */
const char *model_refutes_delegation(const struct model *model, int zone, const struct dns_name *server,
                                     unsigned count, uint64_t told, uint64_t expires, uint32_t ttl);

/* Whether `address` was one of the name server's shortly before `told`. */
bool model_knows_address(const struct model *model, struct dns_name server, const struct dns_address *address,
                         uint64_t told);

/* Whether it was, no longer ago than its TTL: so long may it be handed on. */
bool model_knew_address(const struct model *model, struct dns_name server, const struct dns_address *address,
                        uint64_t now);

/* NULL: a resolver can find the answer, whatever happened lately. Otherwise what may keep it from that. */
const char *model_excuse(const struct model *model, struct dns_name name, uint16_t type, uint64_t now);

#endif
