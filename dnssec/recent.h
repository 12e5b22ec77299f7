/*
 * What checking signatures has cost a short while ago and need not cost again, for the inside of dnssec/: public
 * keys that are loaded (making one of octets costs half a check), and signatures that were found good (a zone's
 * NSEC3 record at its apex is in all of its referrals). Of fixed size, part of the workspace; it never changes
 * what comes out, nor what a budget is charged: only how long it takes.
 *
 *      keys    32 sets of 4     the octets of a key, and OpenSSL's form of it; the one used longest ago goes
 *      good    4096             SHA-256 of key, signature and signed data; the next one for its place replaces it
 *
 * Times are not in it: whether a signature is in its time is asked before, and each time.
 */
#ifndef DNSSEC_RECENT_H
#define DNSSEC_RECENT_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "dnssec/key.h"
#include "dnssec/policy.h"

enum {
    RECENT_SETS = 32,
    RECENT_WAYS = 4,
    RECENT_KEY_OCTETS = 524, /* rdata: RSA of 4096 bits; longer ones are not kept */
    RECENT_GOOD = 4096,      /* a power of two */
    RECENT_DIGEST = 32,
    RECENT_DATA_OCTETS = 4096, /* of signed data; longer ones are not kept */
};

struct recent_key {
    EVP_PKEY *loaded; /* NULL: free */
    uint32_t used;    /* recent.clock at that time */
    uint16_t length;
    uint16_t bits_min, bits_max; /* of RSA keys, as the policy was */
    uint8_t rdata[RECENT_KEY_OCTETS];
};

struct recent {
    uint32_t clock; /* counts uses */
    struct recent_key keys[RECENT_SETS][RECENT_WAYS];
    uint8_t good[RECENT_GOOD][RECENT_DIGEST];
};

/* The key, loaded: now, or before. To be freed by EVP_PKEY_free(). NULL when it is none, or too large. */
EVP_PKEY *recent_key(struct recent *recent, const struct dnssec_policy *policy, const struct dnssec_key *key);

bool recent_is_good(const struct recent *recent, const uint8_t digest[RECENT_DIGEST]);
void recent_found_good(struct recent *recent, const uint8_t digest[RECENT_DIGEST]);

void recent_free(struct recent *recent);

#endif
