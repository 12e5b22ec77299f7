#include "dnssec/crypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

enum { RSA_EXPONENT_BITS_MAX = 33, COORDINATE_MAX = 48 };

unsigned crypto_bits(const uint8_t *number, size_t length)
{
    if (length == 0)
        return 0;
    unsigned top = 8;
    while (top > 0 && (number[0] >> (top - 1) & 1) == 0)
        top--;
    return (unsigned)(length - 1) * 8 + top;
}

static void skip_zeros(const uint8_t **octets, size_t *length)
{
    while (*length > 0 && **octets == 0) {
        ++*octets;
        --*length;
    }
}

bool crypto_rsa_parts(const uint8_t *key, size_t length, struct crypto_rsa *parts)
{
    size_t at = 1;
    if (length < 3)
        return false;
    parts->exponent_length = key[0];
    if (key[0] == 0) {
        parts->exponent_length = (size_t)key[1] << 8 | key[2];
        at = 3;
    }
    if (parts->exponent_length == 0 || length - at <= parts->exponent_length)
        return false;
    parts->exponent = key + at;
    parts->modulus = parts->exponent + parts->exponent_length;
    parts->modulus_length = length - at - parts->exponent_length;
    skip_zeros(&parts->exponent, &parts->exponent_length);
    skip_zeros(&parts->modulus, &parts->modulus_length);
    return parts->exponent_length > 0 && parts->modulus_length > 0;
}

/* Large keys and exponents cost more than they protect: at most 2^32 + 1, and odd as every RSA exponent. */
static bool rsa_allowed(const struct dnssec_policy *policy, const struct crypto_rsa *parts)
{
    unsigned bits = crypto_bits(parts->modulus, parts->modulus_length);
    unsigned exponent_bits = crypto_bits(parts->exponent, parts->exponent_length);
    const uint8_t *exponent = parts->exponent;
    if (bits < policy->rsa_bits_min || bits > policy->rsa_bits_max || exponent_bits > RSA_EXPONENT_BITS_MAX)
        return false;
    if ((exponent[parts->exponent_length - 1] & 1) == 0 || (parts->exponent_length == 1 && exponent[0] < 3))
        return false;
    static const uint8_t largest[] = {1, 0, 0, 0, 1};
    return exponent_bits < RSA_EXPONENT_BITS_MAX || memcmp(exponent, largest, sizeof largest) == 0;
}

static EVP_PKEY *key_from_params(const char *type, OSSL_PARAM params[])
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (context == NULL || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *rsa_key(const struct dnssec_policy *policy, const uint8_t *octets, size_t length)
{
    struct crypto_rsa parts;
    if (!crypto_rsa_parts(octets, length, &parts) || !rsa_allowed(policy, &parts))
        return NULL;
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(parts.modulus, (int)parts.modulus_length, NULL);
    BIGNUM *e = BN_bin2bn(parts.exponent, (int)parts.exponent_length, NULL);
    if (builder != NULL && n != NULL && e != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
        params = OSSL_PARAM_BLD_to_param(builder);
    if (params != NULL)
        key = key_from_params("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return key;
}

/* RFC 6605 §4: the two coordinates, without the octet that says they are not compressed. */
static EVP_PKEY *ec_key(const char *group, size_t coordinate, const uint8_t *octets, size_t length)
{
    uint8_t point[1 + 2 * COORDINATE_MAX] = {4};
    char name[16];
    if (length != 2 * coordinate)
        return NULL;
    memcpy(point + 1, octets, length);
    strcpy(name, group);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + length),
        OSSL_PARAM_construct_end(),
    };
    return key_from_params("EC", params);
}

EVP_PKEY *crypto_key(const struct dnssec_policy *policy, uint8_t algorithm, const uint8_t *key, size_t length)
{
    EVP_PKEY *made = NULL;
    switch (algorithm) {
    case DNSSEC_RSASHA1:
    case DNSSEC_RSASHA1_NSEC3:
    case DNSSEC_RSASHA256:
    case DNSSEC_RSASHA512:
        made = rsa_key(policy, key, length);
        break;
    case DNSSEC_ECDSA_P256:
        made = ec_key("P-256", 32, key, length);
        break;
    case DNSSEC_ECDSA_P384:
        made = ec_key("P-384", 48, key, length);
        break;
    case DNSSEC_ED25519:
        made = length == 32 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, length) : NULL;
        break;
    case DNSSEC_ED448:
        made = length == 57 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED448, NULL, key, length) : NULL;
        break;
    default:
        break;
    }
    ERR_clear_error();
    return made;
}

/* The digest that an algorithm signs; NULL with *none where it signs the data itself, as EdDSA does. */
static const EVP_MD *signed_digest(const struct dnssec_workspace *workspace, uint8_t algorithm, bool *none)
{
    *none = algorithm == DNSSEC_ED25519 || algorithm == DNSSEC_ED448;
    switch (algorithm) {
    case DNSSEC_RSASHA1:
    case DNSSEC_RSASHA1_NSEC3:
        return workspace->sha1;
    case DNSSEC_RSASHA256:
    case DNSSEC_ECDSA_P256:
        return workspace->sha256;
    case DNSSEC_ECDSA_P384:
        return workspace->sha384;
    case DNSSEC_RSASHA512:
        return workspace->sha512;
    default:
        return NULL;
    }
}

/* One positive INTEGER of DER; returns its octets. */
static size_t der_integer(const uint8_t *number, size_t length, uint8_t *to)
{
    skip_zeros(&number, &length);
    size_t pad = length == 0 || number[0] >= 0x80;
    to[0] = 2;
    to[1] = (uint8_t)(length + pad);
    to[2] = 0;
    memcpy(to + 2 + pad, number, length);
    return 2 + pad + length;
}

enum { DER_MAX = 3 + 2 * (3 + COORDINATE_MAX) };

/* RFC 6605 §4 has r and s side by side; OpenSSL wants them in DER. At most 104 octets: one of length. */
static size_t der_signature(const uint8_t *signature, size_t length, uint8_t der[DER_MAX])
{
    size_t half = length / 2;
    size_t body = der_integer(signature, half, der + 2);
    body += der_integer(signature + half, half, der + 2 + body);
    der[0] = 0x30;
    der[1] = (uint8_t)body;
    return 2 + body;
}

bool crypto_check(struct dnssec_workspace *workspace, uint8_t algorithm, EVP_PKEY *key,
                  const uint8_t *signature, size_t signature_length, const uint8_t *data, size_t length)
{
    uint8_t der[DER_MAX];
    bool none;
    const EVP_MD *digest = signed_digest(workspace, algorithm, &none);
    if (digest == NULL && !none)
        return false;
    if (algorithm == DNSSEC_ECDSA_P256 || algorithm == DNSSEC_ECDSA_P384) {
        if (signature_length != (algorithm == DNSSEC_ECDSA_P256 ? 64u : 96u))
            return false;
        signature_length = der_signature(signature, signature_length, der);
        signature = der;
    }
    bool good = EVP_DigestVerifyInit(workspace->digest, NULL, digest, NULL, key) == 1 &&
                EVP_DigestVerify(workspace->digest, signature, signature_length, data, length) == 1;
    EVP_MD_CTX_reset(workspace->digest);
    ERR_clear_error();
    return good;
}

unsigned crypto_digest(struct dnssec_workspace *workspace, const EVP_MD *type,
                       const struct dnssec_rdata pieces[], unsigned count, uint8_t digest[CRYPTO_DIGEST_MAX])
{
    unsigned length = 0;
    if (type == NULL || EVP_DigestInit_ex2(workspace->digest, type, NULL) != 1)
        return 0;
    bool good = true;
    for (unsigned i = 0; i < count && good; i++)
        good = EVP_DigestUpdate(workspace->digest, pieces[i].octets, pieces[i].length) == 1;
    if (!good || EVP_DigestFinal_ex(workspace->digest, digest, &length) != 1)
        length = 0;
    return length;
}

const EVP_MD *crypto_ds_digest(const struct dnssec_workspace *workspace, uint8_t type)
{
    switch (type) {
    case DNSSEC_DIGEST_SHA1:
        return workspace->sha1;
    case DNSSEC_DIGEST_SHA256:
        return workspace->sha256;
    case DNSSEC_DIGEST_SHA384:
        return workspace->sha384;
    default:
        return NULL;
    }
}

unsigned crypto_ds_digest_length(uint8_t type)
{
    switch (type) {
    case DNSSEC_DIGEST_SHA1:
        return 20;
    case DNSSEC_DIGEST_SHA256:
        return 32;
    case DNSSEC_DIGEST_SHA384:
        return 48;
    default:
        return 0;
    }
}
