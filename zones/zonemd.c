#include "zones/zonemd.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"
#include "dnssec/canonical.h"
#include "zones/layout.h"

enum {
    TYPE_ZONEMD = 63,
    SCHEME_SIMPLE = 1,
    HASH_SHA384 = 1,
    HASH_SHA512 = 2,
    RDATA_FIXED = 6, /* serial, scheme, hash */
    RECORD_FIXED = 10,
};

/* The records of one name, brought into canonical form. */
struct entry {
    uint16_t type, length;
    size_t rdata; /* offset */
    uint32_t ttl;
};

struct digesting {
    const struct zone *zone;
    EVP_MD_CTX *digest;
    struct entry *entries;
    uint8_t *rdata;
    size_t entry_capacity, rdata_capacity;
};

static bool grow(void **array, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return true;
    size_t wanted = needed + needed / 2 + 64;
    void *larger = realloc(*array, wanted * size);
    if (larger == NULL)
        return false;
    *array = larger;
    *capacity = wanted;
    return true;
}

static int compare(const void *first, const void *second, void *context)
{
    const struct entry *a = first, *b = second;
    const uint8_t *rdata = context;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(rdata + a->rdata, rdata + b->rdata, shorter);
    return order != 0 ? order : (int)a->length - (int)b->length;
}

/* RFC 8976 §3.3.1: the digest itself and its signatures are left out. */
static bool is_left_out(uint32_t node, const struct zone_set *set)
{
    return node == 0 && set->type == TYPE_ZONEMD;
}

/* The records of a name, sorted by type and rdata; *count of them. */
static bool collect(struct digesting *digesting, uint32_t node, size_t *count)
{
    const struct zone *zone = digesting->zone;
    size_t used = 0;
    *count = 0;
    for (unsigned i = 0; i < zone->nodes[node].set_count; i++) {
        const struct zone_set *set = &zone->sets[zone->nodes[node].sets + i];
        size_t records = (size_t)set->count + set->signature_count,
               octets = set->length + set->signatures_length;
        const uint8_t *at = zone->octets + set->octets;
        if (is_left_out(node, set))
            continue;
        if (!grow((void **)&digesting->entries, &digesting->entry_capacity, *count + records,
                  sizeof *digesting->entries) ||
            !grow((void **)&digesting->rdata, &digesting->rdata_capacity, used + octets, 1))
            return false;
        for (; records > 0; records--) {
            struct entry *entry = &digesting->entries[(*count)++];
            *entry =
                (struct entry){get16(at + IMAGE_TYPE), get16(at + IMAGE_LENGTH), used, get32(at + IMAGE_TTL)};
            at += IMAGE_FIXED;
            if (!dnssec_canonical_rdata(entry->type, at, entry->length, digesting->rdata + used) &&
                entry->length > 0)
                memcpy(digesting->rdata + used, at, entry->length);
            at += entry->length;
            used += entry->length;
        }
    }
    qsort_r(digesting->entries, *count, sizeof *digesting->entries, compare, digesting->rdata);
    return true;
}

static bool add_node(struct digesting *digesting, uint32_t node)
{
    struct dns_name_buffer owner;
    size_t count;
    if (digesting->zone->nodes[node].set_count == 0)
        return true;
    if (!collect(digesting, node, &count))
        return false;
    dns_name_copy_lower(&owner, node_name(digesting->zone, node));
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &digesting->entries[i];
        uint8_t fixed[RECORD_FIXED];
        if (i > 0 && compare(entry - 1, entry, digesting->rdata) == 0)
            continue;
        put16(fixed, entry->type);
        put16(fixed + 2, DNS_CLASS_IN);
        put32(fixed + 4, entry->ttl);
        put16(fixed + 8, entry->length);
        if (EVP_DigestUpdate(digesting->digest, owner.wire, owner.length) != 1 ||
            EVP_DigestUpdate(digesting->digest, fixed, sizeof fixed) != 1 ||
            EVP_DigestUpdate(digesting->digest, digesting->rdata + entry->rdata, entry->length) != 1)
            return false;
    }
    return true;
}

/* All names in canonical order: those of the tree, and the hashes of NSEC3 between them. */
static bool add_nodes(struct digesting *digesting)
{
    const struct zone *zone = digesting->zone;
    uint32_t name = 0, hashed = zone->node_count;
    while (name < zone->node_count || hashed < zone->all_nodes) {
        bool tree =
            hashed == zone->all_nodes ||
            (name < zone->node_count && dns_name_compare(node_name(zone, name), node_name(zone, hashed)) < 0);
        if (!add_node(digesting, tree ? name++ : hashed++))
            return false;
    }
    return true;
}

unsigned zonemd_digest(const struct zone *zone, uint8_t hash, uint8_t digest[ZONEMD_DIGEST_MAX])
{
    const EVP_MD *algorithm = hash == HASH_SHA384 ? EVP_sha384() : hash == HASH_SHA512 ? EVP_sha512() : NULL;
    struct digesting digesting = {.zone = zone, .digest = EVP_MD_CTX_new()};
    unsigned length = 0;
    if (algorithm == NULL || digesting.digest == NULL ||
        EVP_DigestInit_ex(digesting.digest, algorithm, NULL) != 1 || !add_nodes(&digesting) ||
        EVP_DigestFinal_ex(digesting.digest, digest, &length) != 1)
        length = 0;
    EVP_MD_CTX_free(digesting.digest);
    free(digesting.entries);
    free(digesting.rdata);
    return length;
}

static const uint8_t *rdata_at(const struct zone *zone, const struct zone_set *set, unsigned number,
                               uint16_t *length)
{
    const uint8_t *at = zone->octets + set->octets;
    for (; number > 0; number--)
        at += IMAGE_FIXED + get16(at + IMAGE_LENGTH);
    *length = get16(at + IMAGE_LENGTH);
    return at + IMAGE_FIXED;
}

/* RFC 8976 §4: one scheme and hash may be there once. */
static bool is_alone(const struct zone *zone, const struct zone_set *set, uint8_t hash)
{
    unsigned found = 0;
    for (unsigned i = 0; i < set->count; i++) {
        uint16_t length;
        const uint8_t *rdata = rdata_at(zone, set, i, &length);
        found += length >= RDATA_FIXED && rdata[4] == SCHEME_SIMPLE && rdata[5] == hash;
    }
    return found == 1;
}

static enum zonemd_verdict verify_one(const struct zone *zone, const struct zone_set *set, unsigned number)
{
    uint16_t length;
    uint8_t digest[ZONEMD_DIGEST_MAX];
    const uint8_t *rdata = rdata_at(zone, set, number, &length);
    if (length < RDATA_FIXED || rdata[4] != SCHEME_SIMPLE ||
        (rdata[5] != HASH_SHA384 && rdata[5] != HASH_SHA512) || !is_alone(zone, set, rdata[5]))
        return ZONEMD_UNUSABLE;
    if (get32(rdata) != zone_serial(zone))
        return ZONEMD_SERIAL;
    unsigned octets = zonemd_digest(zone, rdata[5], digest);
    if (octets == 0)
        return ZONEMD_NO_MEMORY;
    return length == RDATA_FIXED + octets && memcmp(rdata + RDATA_FIXED, digest, octets) == 0 ? ZONEMD_GOOD
                                                                                              : ZONEMD_WRONG;
}

enum zonemd_verdict zonemd_verify(const struct zone *zone)
{
    const struct zone_set *set = node_set(zone, 0, TYPE_ZONEMD);
    enum zonemd_verdict worst = set != NULL ? ZONEMD_UNUSABLE : ZONEMD_NONE;
    unsigned tries = set == NULL ? 0 : set->count < 16 ? set->count : 16;
    for (unsigned i = 0; i < tries; i++) {
        enum zonemd_verdict verdict = verify_one(zone, set, i);
        if (verdict == ZONEMD_GOOD)
            return verdict;
        if (verdict > worst)
            worst = verdict;
    }
    return worst;
}

const char *zonemd_text(enum zonemd_verdict verdict)
{
    switch (verdict) {
    case ZONEMD_GOOD:
        return "its ZONEMD digest matches";
    case ZONEMD_NONE:
        return "it has no ZONEMD record";
    case ZONEMD_UNUSABLE:
        return "its ZONEMD records are of no known kind";
    case ZONEMD_SERIAL:
        return "its ZONEMD record belongs to another serial";
    case ZONEMD_WRONG:
        return "its ZONEMD digest does not match its records";
    case ZONEMD_NO_MEMORY:
        return "there is no memory to check its ZONEMD digest";
    }
    return "";
}
