/*
 * The arithmetic, for the inside of dnssec/: OpenSSL's EVP behind three functions. Whoever calls them has
 * paid (dnssec/policy.h) and has checked what the octets mean.
 */
#ifndef DNSSEC_CRYPTO_H
#define DNSSEC_CRYPTO_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnssec/canonical.h"
#include "dnssec/policy.h"
#include "dnssec/recent.h"

enum {
    CRYPTO_DIGEST_MAX = 64,
    SHA1_OCTETS = 20,
    /* An RRSIG without its signature, then each record with owner, type, class, TTL and length. */
    CRYPTO_SIGNED_MAX =
        18 + DNS_NAME_MAX + DNSSEC_RECORDS_MAX * (DNS_NAME_MAX + 10) + DNSSEC_CANONICAL_OCTETS,
};

struct dnssec_workspace {
    EVP_MD *sha1, *sha256, *sha384, *sha512; /* sha1 may be NULL */
    EVP_MD_CTX *digest;
    struct recent recent;
    struct dnssec_canonical canonical;
    uint8_t data[CRYPTO_SIGNED_MAX];
};

/* A public key from the octets of a DNSKEY's key field, or NULL when they are none or it is too large. */
EVP_PKEY *crypto_key(const struct dnssec_policy *policy, uint8_t algorithm, const uint8_t *key,
                     size_t length);

/* `signature`, as it stands in an RRSIG, is the key's of `data`. */
bool crypto_check(struct dnssec_workspace *workspace, uint8_t algorithm, EVP_PKEY *key,
                  const uint8_t *signature, size_t signature_length, const uint8_t *data, size_t length);

/* Digest of some pieces; returns its octets, 0 when the digest is not to be had. */
unsigned crypto_digest(struct dnssec_workspace *workspace, const EVP_MD *type,
                       const struct dnssec_rdata pieces[], unsigned count, uint8_t digest[CRYPTO_DIGEST_MAX]);

/* The digest of a DS type, or NULL. */
const EVP_MD *crypto_ds_digest(const struct dnssec_workspace *workspace, uint8_t type);

/* Octets of a DS digest of that type, 0 when unknown. */
unsigned crypto_ds_digest_length(uint8_t type);

/* Modulus and exponent in the key field of an RSA DNSKEY, RFC 3110 §2, leading zeros left out. */
struct crypto_rsa {
    const uint8_t *exponent, *modulus;
    size_t exponent_length, modulus_length;
};
bool crypto_rsa_parts(const uint8_t *key, size_t length, struct crypto_rsa *parts);

/* Bits of a number without leading zero octets. */
unsigned crypto_bits(const uint8_t *number, size_t length);

#endif
