#include "cache/siphash.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define EACH_OCTET(value) (UINT64_C(0x0101010101010101) * (value))

static uint64_t load(const uint8_t *octets)
{
    uint64_t word;
    memcpy(&word, octets, sizeof word);
    return le64toh(word);
}

/* Eight octets at once: sets bit 5 of those between 'A' and 'Z'. */
static uint64_t lower(uint64_t word)
{
    uint64_t low = word & EACH_OCTET(0x7f);
    uint64_t from_a = low + EACH_OCTET(0x80 - 'A');
    uint64_t above_z = low + EACH_OCTET(0x7f - 'Z');
    uint64_t capital = (from_a ^ above_z) & ~word & EACH_OCTET(0x80);
    return word | capital >> 2;
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    v[0] ^= word;
}

struct siphash_key siphash_key_load(const uint8_t octets[16])
{
    return (struct siphash_key){load(octets), load(octets + 8)};
}

/* `fold`: known where it is used, so that the other way costs nothing. */
static inline uint64_t hash(const struct siphash_key *key, const uint8_t *octets, size_t length, bool fold)
{
    uint64_t v[4] = {
        key->k0 ^ UINT64_C(0x736f6d6570736575),
        key->k1 ^ UINT64_C(0x646f72616e646f6d),
        key->k0 ^ UINT64_C(0x6c7967656e657261),
        key->k1 ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = length & ~(size_t)7;
    for (size_t i = 0; i < whole; i += 8)
        absorb(v, fold ? lower(load(octets + i)) : load(octets + i));
    uint64_t last = 0;
    for (size_t i = whole; i < length; i++)
        last |= (uint64_t)octets[i] << 8 * (i - whole);
    absorb(v, (fold ? lower(last) : last) | (uint64_t)length << 56);
    v[2] ^= 0xff;
    mix(v);
    mix(v);
    mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t siphash(const struct siphash_key *key, const uint8_t *octets, size_t length)
{
    return hash(key, octets, length, false);
}

uint64_t siphash_lower(const struct siphash_key *key, const uint8_t *octets, size_t length)
{
    return hash(key, octets, length, true);
}
