/*
 * Signed zones of the model internet: keys, DS and DNSKEY records over time, signatures, and proofs of absence.
 *
 * DNSKEY, DS and NSEC3PARAM records are ordinary RRsets of the world. RRSIG, NSEC and NSEC3 records are made when
 * somebody asks: they follow from the zone's data of a time. Keys follow from the seed, and so do all signatures
 * (Ed25519 and Ed448 are deterministic), so that the same run has the same octets everywhere.
 */
#ifndef SIM_SIGNED_H
#define SIM_SIGNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dice.h"
#include "dns/name.h"

struct world;
struct rrset;

/* What the clock on the wall says at virtual time 0, seconds since 1970; signatures live for two weeks. */
enum { SIGNED_EPOCH = 1767225600, SIGNED_WEEK = 604800 };
enum {
    SIGNED_KEYS = 4,
    SIGNED_KEY_SIZE = 57,
    SIGNED_RRSIG_MAX = 18 + 255 + 114,
    ALGORITHM_UNKNOWN = 200,
    SIGNED_USELESS_DS = 12
};

enum denial_kind { DENIAL_NSEC, DENIAL_NSEC3, DENIAL_OPT_OUT };

/* Whether the zone is signed, and what is to become of it. */
enum fate {
    FATE_UNSIGNED,
    FATE_SECURE,
    FATE_ISLAND,   /* signed, and the parent has no DS records */
    FATE_UNKNOWN,  /* only by algorithms that nobody knows */
    FATE_WRONG_DS, /* the parent's DS records are of no key there is */
    FATE_EXPIRED,  /* its signatures were good some time ago */
};

struct zone_key {
    uint8_t algorithm;
    uint8_t secret[SIGNED_KEY_SIZE];
    uint8_t rdata[4 + SIGNED_KEY_SIZE]; /* of the DNSKEY record */
    uint16_t length, tag;
    uint64_t from, until; /* published, and signing all of the zone */
};

struct security {
    enum fate fate;
    enum denial_kind denial;
    uint8_t salt[4], salt_length;
    uint16_t iterations;
    struct zone_key key[SIGNED_KEYS];
    unsigned key_count;
    unsigned useless_ds; /* DS records in front of the others, of an algorithm that nobody knows */
    bool anchored;       /* its keys are trust anchors as well */
};

/* Signatures that were made already. */
struct signer;
struct signer *signer_create(void);
void signer_destroy(struct signer *signer);

/* -- building ---------------------------------------------------------------------------------- */

/* A key of the algorithm, from the dice. */
void signed_make_key(struct zone_key *key, uint8_t algorithm, struct dice *dice, uint64_t from,
                     uint64_t until);
/* DS rdata of the key, with SHA-256; returns its length. */
size_t signed_make_ds(struct dns_name origin, const struct zone_key *key, uint8_t *to);

/* -- saying ------------------------------------------------------------------------------------ */

struct signed_record {
    const uint8_t *octets;
    uint16_t length;
};

/* An RRset as it is signed: owner in lower case (of a wildcard: with "*"), rdata in canonical form. */
struct signed_set {
    struct dns_name owner;
    uint16_t type;
    uint32_t ttl;
    const struct signed_record *record;
    unsigned count;
};

/* RRSIG rdata over the set by one of the zone's keys, as of virtual time `now`, made `weeks_ago` weeks before that.
   0 when that key does not sign then. */
size_t signed_rrsig(const struct world *world, int zone, unsigned key, const struct signed_set *set,
                    uint64_t now, unsigned weeks_ago, uint8_t *to);

/* -- proofs of absence, denial.c ----------------------------------------------------------------- */

enum { CHAIN_MAX = 160, BITMAP_MAX = 512, DENIAL_RDATA_MAX = 255 + BITMAP_MAX + 64 };

struct link {
    struct dns_name_buffer owner; /* NSEC */
    uint8_t hash[20];             /* NSEC3 */
    uint16_t type[24];
    unsigned types;
};

/* All NSEC or NSEC3 records of a zone's data of a time, in their order. */
struct chain {
    const struct world *world;
    int zone;
    uint64_t at;
    bool nsec3;
    unsigned count;
    struct link link[CHAIN_MAX];
};
void chain_make(struct chain *chain, const struct world *world, int zone, uint64_t at);

/* The record that matches the name, or that covers it; -1: there is none. */
int chain_match(const struct chain *chain, struct dns_name name);
int chain_cover(const struct chain *chain, struct dns_name name);

/* Owner and rdata of a record; returns the rdata's length. */
size_t chain_write(const struct chain *chain, int index, struct dns_name_buffer *owner, uint8_t *rdata);

#endif
