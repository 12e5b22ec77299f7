/*
 * What a response is worth (RFC 4035 §5): whether its data are signed by the zone they are in, whether the
 * zone's keys are vouched for, whether what it denies is proven to be absent. For responses in zones that are
 * signed; in all others nothing of this is called.
 *
 * What has to be known for that and is not in the response is asked for by walks like any other, of types
 * DNSKEY and DS: judge() then says which, and is called again for the same response when that walk is done.
 */
#ifndef RESOLVER_JUDGE_H
#define RESOLVER_JUDGE_H

#include "dnssec/verify.h"
#include "resolver/delegation.h"
#include "resolver/response.h"
#include "resolver/walk.h"

/* What is believed of a response. */
struct judgement {
    enum trust trust;  /* of the data; of a referral: of the zone it leads to */
    uint32_t ttl;      /* seconds that it may be kept at most */
    bool wildcard;     /* the records are made from one: their proof belongs to them */
    bool unsigned_cut; /* of a denied DS: at a zone cut */
    unsigned wrong;    /* signatures that were checked in vain, also of what is bogus */
    int ede;           /* why it is insecure, where that is worth telling; or DNS_EDE_NONE */
    struct dnssec_rdata ds[DELEGATION_DS]; /* of a referral to a signed zone; views */
    unsigned ds_count;
};

/* Without any validation: everything as good as unsigned, or not looked at. */
struct judgement judgement_without(enum trust trust);

enum judge_result {
    JUDGE_DONE,   /* *judgement holds; *fault has the words for its extended error */
    JUDGE_BOGUS,  /* *fault says why */
    JUDGE_SPENT,  /* the budget is: *fault says which */
    JUDGE_NEEDS,  /* the walk of *need has to be done first */
    JUDGE_FAILED, /* the walk that was needed has failed */
};

struct judge_need {
    struct dns_name_buffer name;
    uint16_t type;
};

/* Must the response be judged before it is taken? */
bool judge_is_needed(const struct walk *walk, const struct response *response);

/* What data of that name, as servers of the walk's delegation give them, are worth where nobody judges them:
   TRUST_INSECURE, or TRUST_NONE where they would have to be judged, be it only for an anchor below the zone. */
enum trust judge_unjudged(const struct walk *walk, struct dns_name name);

/* The same of a response: it is taken as it is. */
struct judgement judge_not(const struct walk *walk, const struct response *response);

/* `proving` holds what earlier calls for the same response have found. `child`: the walk that was needed, done;
   or NULL. Views in *judgement point into the engine's validator or into `child`. */
enum judge_result judge(struct walk *walk, struct dns_message *message, const struct response *response,
                        struct proving *proving, const struct walk *child, struct judgement *judgement,
                        struct judge_need *need, struct dnssec_fault *fault);

#endif
