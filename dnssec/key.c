#include "dnssec/key.h"

#include "dns/octets.h"
#include "dnssec/crypto.h"

enum { KEY_FIELD = 4 }; /* where the key begins in the rdata */

bool dnssec_key_read(const uint8_t *rdata, size_t length, struct dnssec_key *key)
{
    if (length <= KEY_FIELD || length > UINT16_MAX)
        return false;
    *key = (struct dnssec_key){
        .rdata = rdata,
        .length = (uint16_t)length,
        .flags = get16(rdata),
        .protocol = rdata[2],
        .algorithm = rdata[3],
        .tag = dnssec_key_tag(rdata, length),
    };
    return true;
}

uint16_t dnssec_key_tag(const uint8_t *rdata, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += (i & 1) != 0 ? rdata[i] : (uint32_t)rdata[i] << 8;
    return (uint16_t)(sum + (sum >> 16));
}

void dnssec_keys_read(struct dnssec_keys *keys, struct dns_name zone, const struct dnssec_rdata *rdata,
                      unsigned count)
{
    keys->zone = zone;
    keys->count = 0;
    for (unsigned i = 0; i < count && keys->count < DNSSEC_KEYS_MAX; i++)
        if (dnssec_key_read(rdata[i].octets, rdata[i].length, &keys->key[keys->count]))
            keys->count++;
}

bool dnssec_key_signs(const struct dnssec_key *key)
{
    return (key->flags & DNSSEC_KEY_ZONE) != 0 && (key->flags & DNSSEC_KEY_REVOKE) == 0 &&
           key->protocol == DNSSEC_KEY_PROTOCOL;
}

/* Quadratic in the modulus; an exponent longer than 65537's costs up to three times as many multiplications.
   */
static unsigned rsa_cost(const struct dnssec_key *key)
{
    struct crypto_rsa parts;
    if (!crypto_rsa_parts(key->rdata + KEY_FIELD, key->length - KEY_FIELD, &parts))
        return 1;
    unsigned bits = crypto_bits(parts.modulus, parts.modulus_length);
    unsigned units = (bits + 2047) / 2048;
    return units * units * (crypto_bits(parts.exponent, parts.exponent_length) > 17 ? 3 : 1);
}

unsigned dnssec_key_cost(const struct dnssec_key *key, size_t octets)
{
    unsigned hashing = (unsigned)(octets / DNSSEC_COST_OCTETS);
    switch (key->algorithm) {
    case DNSSEC_RSASHA1:
    case DNSSEC_RSASHA1_NSEC3:
    case DNSSEC_RSASHA256:
    case DNSSEC_RSASHA512:
        return hashing + rsa_cost(key);
    default:
        return hashing + dnssec_algorithm_cost(key->algorithm);
    }
}

bool dnssec_key_usable(const struct dnssec_policy *policy, const struct dnssec_key *key)
{
    if (!dnssec_policy_has_algorithm(policy, key->algorithm))
        return false;
    EVP_PKEY *loaded = crypto_key(policy, key->algorithm, key->rdata + KEY_FIELD, key->length - KEY_FIELD);
    EVP_PKEY_free(loaded);
    return loaded != NULL;
}
