/*
 * SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF"), a keyed hash that outsiders
 * cannot aim: names they choose do not fall into one chain.
 */
#ifndef CACHE_SIPHASH_H
#define CACHE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t k0, k1;
};

struct siphash_key siphash_key_load(const uint8_t octets[16]);
uint64_t siphash(const struct siphash_key *key, const uint8_t *octets, size_t length);

/* ASCII capitals count as small letters. */
uint64_t siphash_lower(const struct siphash_key *key, const uint8_t *octets, size_t length);

#endif
