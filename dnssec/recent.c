#include "dnssec/recent.h"

#include <string.h>

#include "dnssec/crypto.h"

enum { KEY_FIELD = 4 };

static bool is_it(const struct recent_key *slot, const struct dnssec_policy *policy,
                  const struct dnssec_key *key)
{
    return slot->loaded != NULL && slot->length == key->length && slot->bits_min == policy->rsa_bits_min &&
           slot->bits_max == policy->rsa_bits_max && memcmp(slot->rdata, key->rdata, key->length) == 0;
}

/* The free one, or that which was used longest ago. */
static struct recent_key *slot_for(struct recent *recent, struct recent_key set[RECENT_WAYS])
{
    struct recent_key *oldest = &set[0];
    for (unsigned i = 0; i < RECENT_WAYS && oldest->loaded != NULL; i++)
        if (set[i].loaded == NULL || recent->clock - set[i].used > recent->clock - oldest->used)
            oldest = &set[i];
    return oldest;
}

static void keep(struct recent *recent, struct recent_key *slot, const struct dnssec_policy *policy,
                 const struct dnssec_key *key, EVP_PKEY *loaded)
{
    EVP_PKEY_free(slot->loaded);
    EVP_PKEY_up_ref(loaded);
    slot->loaded = loaded;
    slot->used = recent->clock;
    slot->length = key->length;
    slot->bits_min = policy->rsa_bits_min;
    slot->bits_max = policy->rsa_bits_max;
    memcpy(slot->rdata, key->rdata, key->length);
}

EVP_PKEY *recent_key(struct recent *recent, const struct dnssec_policy *policy, const struct dnssec_key *key)
{
    struct recent_key *set = recent->keys[(key->tag ^ key->tag >> 8) % RECENT_SETS];
    recent->clock++;
    for (unsigned i = 0; i < RECENT_WAYS; i++) {
        if (!is_it(&set[i], policy, key))
            continue;
        set[i].used = recent->clock;
        EVP_PKEY_up_ref(set[i].loaded);
        return set[i].loaded;
    }
    EVP_PKEY *loaded = crypto_key(policy, key->algorithm, key->rdata + KEY_FIELD, key->length - KEY_FIELD);
    if (loaded != NULL && key->length <= RECENT_KEY_OCTETS)
        keep(recent, slot_for(recent, set), policy, key, loaded);
    return loaded;
}

static unsigned place(const uint8_t digest[RECENT_DIGEST])
{
    return (digest[0] | (unsigned)digest[1] << 8) % RECENT_GOOD;
}

bool recent_is_good(const struct recent *recent, const uint8_t digest[RECENT_DIGEST])
{
    return memcmp(recent->good[place(digest)], digest, RECENT_DIGEST) == 0;
}

void recent_found_good(struct recent *recent, const uint8_t digest[RECENT_DIGEST])
{
    memcpy(recent->good[place(digest)], digest, RECENT_DIGEST);
}

void recent_free(struct recent *recent)
{
    for (unsigned i = 0; i < RECENT_SETS; i++)
        for (unsigned j = 0; j < RECENT_WAYS; j++)
            EVP_PKEY_free(recent->keys[i][j].loaded);
}
