/*
 * What the chain of trust says of a zone or of data (RFC 4033 §5), and how it is written down in the cache:
 * in cache_value.mark.
 */
#ifndef RESOLVER_TRUST_H
#define RESOLVER_TRUST_H

#include <stdint.h>

/* In rising order: what is made of several pieces is worth what the least of them is. */
enum trust {
    TRUST_NONE,     /* not looked at, for a client that said it checks by itself; never kept */
    TRUST_INSECURE, /* unsigned, and may be so: below a zone cut that is proven to have no DS records */
    TRUST_SECURE,   /* validated; of a zone: its data have to be */
};

enum {
    MARK_TRUST = 0x03,        /* enum trust */
    MARK_UNSIGNED_CUT = 0x04, /* there are no DS records, at what is (or may be) a zone cut */
    MARK_RANGE = 0x08, /* of an NSEC record: a zone has proven an absence with it, and its owner is below that
                                 zone's apex. At a cut parent and child each have one */
    MARK_RANGE_FROM_APEX = 0x10, /* the same, and its owner is the zone's apex */
};

static inline enum trust trust_of_mark(uint8_t mark)
{
    return (enum trust)(mark & MARK_TRUST);
}

static inline enum trust trust_least(enum trust one, enum trust other)
{
    return one < other ? one : other;
}

#endif
