/* What a signed zone's server adds for those who ask with DO: signatures, proofs of absence; and how that is spoilt. */
#ifndef SIM_PROOF_H
#define SIM_PROOF_H

#include "dns/builder.h"
#include "signed.h"
#include "world.h"

/* What may be wrong with the signatures and proofs of one answer. */
enum spoilt {
    SPOILT_NOT,
    SPOILT_STRIPPED, /* no RRSIG records */
    SPOILT_DAMAGED,  /* one bit of each signature is another */
    SPOILT_OLD,      /* signatures of some weeks ago, which were good then */
    SPOILT_DENIAL,   /* no NSEC or NSEC3 records */
    SPOILT_FOREIGN,  /* an NSEC or NSEC3 record of the zone that has nothing to do with the question */
    SPOILT_FORGED, /* other data, with the signatures of the true ones or none; where the zone is surely secure */
    SPOILT_ABSENCE, /* there are none, as a foreign proof says; in such a zone too */
};

struct proof {
    const struct world *world;
    int zone;
    uint64_t at; /* of the zone's data */
    struct dns_builder *builder;
    enum spoilt spoilt;
};

/* The signatures of an RRset that was said with that owner. */
void proof_sign(const struct proof *proof, enum dns_section section, struct dns_name owner,
                const struct rrset *set);

/* The name has no such type, or does not exist. `finding` is the zone's. */
void proof_absence(const struct proof *proof, struct dns_name name, const struct finding *finding);

/* An answer was made from a wildcard: there is no closer name. */
void proof_wildcard(const struct proof *proof, struct dns_name name);

/* The DS records of a zone cut, or that it has none. */
void proof_delegation(const struct proof *proof, struct dns_name cut);

#endif
