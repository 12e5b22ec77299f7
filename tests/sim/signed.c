#include "signed.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"
#include "world.h"

enum { ED25519 = 15, ED448 = 16, SIGNATURES = 4096, SIGNATURE_MAX = 114, SIGNED_DATA_MAX = 1 << 17 };
enum { FLAGS_ZONE_SEP = 257, PROTOCOL = 3, DIGEST_SHA256 = 2 };

struct signature {
    uint64_t hash;
    uint16_t length;
    uint8_t octets[SIGNATURE_MAX];
};

struct signer {
    struct signature signature[SIGNATURES];
    uint8_t data[SIGNED_DATA_MAX];
};

struct signer *signer_create(void)
{
    struct signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL)
        abort();
    return signer;
}

void signer_destroy(struct signer *signer)
{
    free(signer);
}

/* -- keys -------------------------------------------------------------------------------------- */

static EVP_PKEY *load(const struct zone_key *key)
{
    bool small = key->algorithm == ED25519;
    EVP_PKEY *loaded = EVP_PKEY_new_raw_private_key(small ? EVP_PKEY_ED25519 : EVP_PKEY_ED448, NULL,
                                                    key->secret, small ? 32 : 57);
    if (loaded == NULL)
        abort();
    return loaded;
}

/* RFC 4034 appendix B */
static uint16_t tag_of(const uint8_t *rdata, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)rdata[i] << 8 : rdata[i];
    return (uint16_t)(sum + (sum >> 16));
}

void signed_make_key(struct zone_key *key, uint8_t algorithm, struct dice *dice, uint64_t from,
                     uint64_t until)
{
    *key = (struct zone_key){.algorithm = algorithm, .from = from, .until = until};
    size_t size = algorithm == ED448 ? 57 : 32;
    for (unsigned i = 0; i < sizeof key->secret; i++)
        key->secret[i] = (uint8_t)(dice_roll(dice) >> 32);
    put16(key->rdata, FLAGS_ZONE_SEP);
    key->rdata[2] = PROTOCOL;
    key->rdata[3] = algorithm;
    if (algorithm == ALGORITHM_UNKNOWN) {
        memcpy(key->rdata + 4, key->secret, size);
    } else {
        EVP_PKEY *loaded = load(key);
        if (EVP_PKEY_get_raw_public_key(loaded, key->rdata + 4, &size) != 1)
            abort();
        EVP_PKEY_free(loaded);
    }
    key->length = (uint16_t)(4 + size);
    key->tag = tag_of(key->rdata, key->length);
}

size_t signed_make_ds(struct dns_name origin, const struct zone_key *key, uint8_t *to)
{
    uint8_t data[DNS_NAME_MAX + sizeof key->rdata];
    memcpy(data, origin.wire, origin.length);
    memcpy(data + origin.length, key->rdata, key->length);
    put16(to, key->tag);
    to[2] = key->algorithm;
    to[3] = DIGEST_SHA256;
    SHA256(data, (size_t)origin.length + key->length, to + 4);
    return 4 + SHA256_DIGEST_LENGTH;
}

/* -- signatures -------------------------------------------------------------------------------- */

static int compare_records(const void *a, const void *b)
{
    const struct signed_record *left = a, *right = b;
    size_t shorter = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->octets, right->octets, shorter);
    return order != 0 ? order : (int)left->length - (int)right->length;
}

static unsigned label_count(struct dns_name owner)
{
    bool wildcard = owner.wire[0] == 1 && owner.wire[1] == '*';
    return dns_name_labels(owner) - wildcard;
}

/* RFC 4034 §3.1.8.1: the RRSIG rdata without its signature, then the records in canonical form and order. */
static size_t write_data(uint8_t *data, const uint8_t *head, size_t head_length, const struct signed_set *set)
{
    struct signed_record sorted[256];
    size_t length = head_length;
    memcpy(data, head, head_length);
    memcpy(sorted, set->record, set->count * sizeof *sorted);
    qsort(sorted, set->count, sizeof *sorted, compare_records);
    for (unsigned i = 0; i < set->count; i++) {
        memcpy(data + length, set->owner.wire, set->owner.length);
        length += set->owner.length;
        put16(data + length, set->type);
        put16(data + length + 2, DNS_CLASS_IN);
        put32(data + length + 4, set->ttl);
        put16(data + length + 8, sorted[i].length);
        memcpy(data + length + 10, sorted[i].octets, sorted[i].length);
        length += 10u + sorted[i].length;
    }
    return length;
}

static uint64_t hash_of(const struct zone_key *key, const uint8_t *data, size_t length)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < key->length; i++)
        hash = (hash ^ key->rdata[i]) * UINT64_C(1099511628211);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    return hash | 1;
}

static void make_signature(const struct zone_key *key, const uint8_t *data, size_t length,
                           struct signature *signature)
{
    size_t size = sizeof signature->octets;
    EVP_PKEY *loaded = load(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestSignInit(context, NULL, NULL, NULL, loaded) != 1 ||
        EVP_DigestSign(context, signature->octets, &size, data, length) != 1)
        abort();
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(loaded);
    signature->length = (uint16_t)size;
}

static const struct signature *sign(struct signer *signer, const struct zone_key *key, const uint8_t *data,
                                    size_t length)
{
    uint64_t hash = hash_of(key, data, length);
    struct signature *signature = &signer->signature[hash >> 32 & (SIGNATURES - 1)];
    if (signature->hash == hash)
        return signature;
    signature->hash = hash;
    if (key->algorithm == ALGORITHM_UNKNOWN) {
        signature->length = 64;
        for (unsigned i = 0; i < 64; i++)
            signature->octets[i] = (uint8_t)(hash >> i % 8 * 8);
    } else {
        make_signature(key, data, length, signature);
    }
    return signature;
}

size_t signed_rrsig(const struct world *world, int zone, unsigned index, const struct signed_set *set,
                    uint64_t now, unsigned weeks_ago, uint8_t *to)
{
    const struct zone *signing = &world->zone[zone];
    const struct zone_key *key = &signing->security.key[index];
    if (key->from > now || now >= key->until || set->count == 0 || set->count > 256)
        return 0;
    uint32_t wall = (uint32_t)(SIGNED_EPOCH + now / SECOND);
    uint32_t week = wall / SIGNED_WEEK - weeks_ago - (signing->security.fate == FATE_EXPIRED ? 5 : 0);
    put16(to, set->type);
    to[2] = key->algorithm;
    to[3] = (uint8_t)label_count(set->owner);
    put32(to + 4, set->ttl);
    put32(to + 8, (week + 2) * SIGNED_WEEK);
    put32(to + 12, (week - 1) * SIGNED_WEEK);
    put16(to + 16, key->tag);
    memcpy(to + 18, signing->origin.wire, signing->origin.length);
    size_t length = 18u + signing->origin.length;
    size_t data = write_data(world->signer->data, to, length, set);
    const struct signature *signature = sign(world->signer, key, world->signer->data, data);
    memcpy(to + length, signature->octets, signature->length);
    return length + signature->length;
}
