/* What judge.c (which zone, which keys) and proof.c (is it signed, is it proven) share. */
#ifndef RESOLVER_JUDGE_PARTS_H
#define RESOLVER_JUDGE_PARTS_H

#include "dnssec/chain.h"
#include "resolver/judge.h"
#include "resolver/validator.h"

struct judge {
    struct walk *walk;
    struct validator *validator; /* holds the message's RRsets, then the zone's keys */
    const struct response *response;
    struct proving *proving;
    const struct walk *child;
    struct judgement *judgement;
    struct judge_need *need;
    struct dnssec_fault *fault;
    struct dns_name
        subject;   /* the name the response is about: the one asked for, the zone cut, a DNAME's owner */
    uint16_t type; /* that was asked for; of a referral DS, of a DNAME above the name DNAME */
};

struct dnssec_context judge_context(const struct judge *judge, struct dns_name zone);

/* JUDGE_BOGUS, about the subject's records of that type. */
enum judge_result judge_bogus(struct judge *judge, enum dnssec_reason reason, uint16_t type);

/* What the chain's first step takes from the answer section: records of the subject, or its CNAME. NULL: nothing. */
const struct dnssec_rrset *judge_answer_rrset(const struct judge *judge);

/* Takes the result of a check over: trust, TTL, fault. */
enum judge_result judge_signature(struct judge *judge, const struct dnssec_signature *signature);
/* The same for a DNSKEY RRset, by DS records or trust anchors. */
enum judge_result judge_key_signature(struct judge *judge, struct dns_name zone,
                                      const struct dnssec_signature *signature);

/* Is the new zone that has these verified DS records signed in a way that we understand? Those that count go into the
   judgement. */
enum trust judge_ds(struct judge *judge, struct dns_name zone, const struct dnssec_rdata *ds, unsigned count);

/* The whole response by the keys in the validator. */
enum judge_result judge_data(struct judge *judge);

#endif
