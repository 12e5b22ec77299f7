#include "support.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

void set_start(struct set *set, const char *owner, uint16_t type)
{
    memset(set, 0, sizeof *set);
    assert(dns_name_from_text(owner, &set->owner) == DNS_OK);
    set->type = type;
    set->class = DNS_CLASS_IN;
    set->ttl = 3600;
}

void set_add(struct set *set, const uint8_t *rdata, size_t length)
{
    assert(set->count < SET_RECORDS && length <= RDATA_MAX);
    memcpy(set->rdata[set->count], rdata, length);
    set->length[set->count++] = (uint16_t)length;
}

void set_add_rrsig(struct set *set, const uint8_t *rdata, size_t length)
{
    assert(set->rrsig_count < SET_RRSIGS && length <= RDATA_MAX);
    memcpy(set->rrsig[set->rrsig_count], rdata, length);
    set->rrsig_length[set->rrsig_count++] = (uint16_t)length;
}

void set_add_text(struct set *set, const char *text)
{
    static struct dns_text_record record;
    assert(dns_record_from_text(text, dns_name_root(), 3600, &record) == DNS_OK);
    if (record.type == DNS_TYPE_RRSIG)
        set_add_rrsig(set, record.rdata, record.rdata_length);
    else
        set_add(set, record.rdata, record.rdata_length);
}

struct dnssec_rrset set_view(struct set *set)
{
    for (unsigned i = 0; i < set->count; i++)
        set->view[i] = (struct dnssec_rdata){set->rdata[i], set->length[i]};
    for (unsigned i = 0; i < set->rrsig_count; i++)
        set->rrsig_view[i] = (struct dnssec_rdata){set->rrsig[i], set->rrsig_length[i]};
    return (struct dnssec_rrset){
        .owner = dns_name_view(&set->owner),
        .type = set->type,
        .class = set->class,
        .ttl = set->ttl,
        .rdata = set->view,
        .count = set->count,
        .rrsig = set->rrsig_view,
        .rrsig_count = set->rrsig_count,
    };
}

struct dns_name_buffer name_of(const char *text)
{
    struct dns_name_buffer name;
    assert(dns_name_from_text(text, &name) == DNS_OK);
    return name;
}

void bench_open(struct bench *bench)
{
    bench->policy = dnssec_policy_default();
    dnssec_policy_enable_algorithm(&bench->policy, DNSSEC_RSASHA1, true);
    dnssec_policy_enable_algorithm(&bench->policy, DNSSEC_RSASHA1_NSEC3, true);
    dnssec_policy_enable_digest(&bench->policy, DNSSEC_DIGEST_SHA1, true);
    bench->context = (struct dnssec_context){
        .workspace = dnssec_workspace_new(),
        .policy = &bench->policy,
        .budget = &bench->budget,
        .now = NOW_2027,
    };
    assert(bench->context.workspace != NULL);
    bench_refill(bench);
}

void bench_close(struct bench *bench)
{
    dnssec_workspace_free(bench->context.workspace);
}

void bench_refill(struct bench *bench)
{
    bench->budget = dnssec_budget_default();
}

/* --- zones --- */

enum { ZONE_SETS = 128 };

static bool take_record(void *context, const struct dns_text_record *record)
{
    struct zone *zone = context;
    struct dns_name owner = dns_name_view(&record->owner);
    bool rrsig = record->type == DNS_TYPE_RRSIG;
    uint16_t type = rrsig ? (uint16_t)(record->rdata[0] << 8 | record->rdata[1]) : record->type;
    struct set *set = zone_find(zone, owner, type);
    if (set == NULL) {
        assert(zone->count < ZONE_SETS);
        set = &zone->sets[zone->count++];
        memset(set, 0, sizeof *set);
        dns_name_copy(&set->owner, owner);
        set->type = type;
        set->class = record->class;
        set->ttl = record->ttl;
    }
    if (rrsig)
        set_add_rrsig(set, record->rdata, record->rdata_length);
    else
        set_add(set, record->rdata, record->rdata_length);
    if (type == DNS_TYPE_NSEC3)
        zone->nsec3 = true;
    return true;
}

static bool take_ds(void *context, const struct dns_text_record *record)
{
    set_add(context, record->rdata, record->rdata_length);
    return true;
}

void zone_open(struct zone *zone, const char *name)
{
    char path[512];
    struct dns_zonefile_error error;
    memset(zone, 0, sizeof *zone);
    zone->apex = name_of("example.");
    zone->sets = calloc(ZONE_SETS, sizeof *zone->sets);
    assert(zone->sets != NULL);
    snprintf(path, sizeof path, "%s/tests/dnssec/signed/%s.zone", SOURCE_DIR, name);
    assert(dns_zonefile_read(path, dns_name_view(&zone->apex), take_record, zone, &error) == DNS_OK);
    set_start(&zone->ds, "example.", DNS_TYPE_DS);
    snprintf(path, sizeof path, "%s/tests/dnssec/signed/%s.ds", SOURCE_DIR, name);
    assert(dns_zonefile_read(path, dns_name_root(), take_ds, &zone->ds, &error) == DNS_OK);
    assert(zone->ds.count > 0);
}

void zone_close(struct zone *zone)
{
    free(zone->sets);
}

struct set *zone_find(const struct zone *zone, struct dns_name owner, uint16_t type)
{
    for (unsigned i = 0; i < zone->count; i++)
        if (zone->sets[i].type == type && dns_name_equal(dns_name_view(&zone->sets[i].owner), owner))
            return &zone->sets[i];
    return NULL;
}

struct set *zone_get(const struct zone *zone, const char *owner, uint16_t type)
{
    struct dns_name_buffer name = name_of(owner);
    struct set *set = zone_find(zone, dns_name_view(&name), type);
    assert(set != NULL);
    return set;
}

static bool is_nsec(const struct set *set)
{
    return set->type == DNS_TYPE_NSEC || set->type == DNS_TYPE_NSEC3;
}

bool zone_exists(const struct zone *zone, struct dns_name name)
{
    for (unsigned i = 0; i < zone->count; i++)
        if (!is_nsec(&zone->sets[i]) && dns_name_within(dns_name_view(&zone->sets[i].owner), name))
            return true;
    return false;
}

/* The hash as the text of an owner's first label; computed here, by OpenSSL's SHA1() alone. */
static void hash_text(const struct zone *zone, struct dns_name name, char text[33])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    const struct set *chain = NULL;
    uint8_t octets[DNS_NAME_MAX + 255], hash[20];
    struct dns_name_buffer lowered;
    for (unsigned i = 0; i < zone->count && chain == NULL; i++)
        if (zone->sets[i].type == DNS_TYPE_NSEC3)
            chain = &zone->sets[i];
    assert(chain != NULL);
    const uint8_t *rdata = chain->rdata[0];
    unsigned iterations = (unsigned)rdata[2] << 8 | rdata[3], salt = rdata[4];
    dns_name_copy_lower(&lowered, name);
    memcpy(octets, lowered.wire, lowered.length);
    memcpy(octets + lowered.length, rdata + 5, salt);
    SHA1(octets, lowered.length + salt, hash);
    while (iterations-- > 0) {
        memcpy(octets, hash, 20);
        memcpy(octets + 20, rdata + 5, salt);
        SHA1(octets, 20 + salt, hash);
    }
    for (unsigned i = 0; i < 32; i++) {
        unsigned value = 0;
        for (unsigned bit = i * 5; bit < i * 5 + 5; bit++)
            value = value << 1 | (hash[bit / 8] >> (7 - bit % 8) & 1);
        text[i] = digits[value];
    }
    text[32] = '\0';
}

static int compare_hash(const struct set *set, const char *text)
{
    for (unsigned i = 0; i < 32; i++) {
        int difference = (set->owner.wire[1 + i] | 0x20) - (text[i] | 0x20);
        if (difference != 0)
            return difference;
    }
    return 0;
}

static int compare_owner(const struct zone *zone, const struct set *set, struct dns_name name,
                         const char *hash)
{
    return zone->nsec3 ? compare_hash(set, hash) : dns_name_compare(dns_name_view(&set->owner), name);
}

/* The last owner not behind the name; around the circle, the last of all. */
static struct set *floor_of(const struct zone *zone, struct dns_name name, bool *exact)
{
    struct set *best = NULL, *last = NULL;
    char hash[33] = "", other[33];
    if (zone->nsec3)
        hash_text(zone, name, hash);
    for (unsigned i = 0; i < zone->count; i++) {
        struct set *set = &zone->sets[i];
        if (!is_nsec(set))
            continue;
        int order = compare_owner(zone, set, name, hash);
        for (struct set **of = order <= 0 ? &best : &last;; of = &last) {
            memcpy(other, *of != NULL ? (*of)->owner.wire + 1 : (const uint8_t *)hash, 32);
            if (*of == NULL || compare_owner(zone, set, dns_name_view(&(*of)->owner), other) > 0)
                *of = set;
            if (of == &last)
                break;
        }
    }
    *exact = best != NULL && compare_owner(zone, best, name, hash) == 0;
    return best != NULL ? best : last;
}

struct set *zone_match(const struct zone *zone, struct dns_name name)
{
    bool exact;
    struct set *set = floor_of(zone, name, &exact);
    return exact ? set : NULL;
}

struct set *zone_cover(const struct zone *zone, struct dns_name name)
{
    bool exact;
    struct set *set = floor_of(zone, name, &exact);
    return exact ? NULL : set;
}

struct dns_name zone_encloser(const struct zone *zone, struct dns_name qname)
{
    while (!zone_exists(zone, qname))
        qname = dns_name_parent(qname);
    return qname;
}

static void add_proof(struct set *set, struct set *proof[4], unsigned *count)
{
    for (unsigned i = 0; i < *count; i++)
        if (proof[i] == set)
            return;
    if (set != NULL) {
        assert(*count < 4);
        proof[(*count)++] = set;
    }
}

unsigned zone_proof(const struct zone *zone, struct dns_name qname, struct set *proof[4])
{
    unsigned count = 0;
    bool exact;
    struct dns_name_buffer star = {.length = 2, .wire = {1, '*'}};
    struct dns_name encloser = zone_encloser(zone, qname);
    if (encloser.length == qname.length && (!zone->nsec3 || zone_match(zone, qname) != NULL)) {
        add_proof(floor_of(zone, qname, &exact), proof, &count);
        return count;
    }
    /* Under opt-out a name may exist and have no NSEC3 record. */
    while (zone->nsec3 && zone_match(zone, encloser) == NULL)
        encloser = dns_name_parent(encloser);
    struct dns_name next_closer = dns_name_suffix(qname, dns_name_labels(encloser) + 1);
    memcpy(star.wire + 2, encloser.wire, encloser.length);
    star.length = (uint8_t)(encloser.length + 2);
    if (zone->nsec3)
        add_proof(zone_match(zone, encloser), proof, &count);
    add_proof(floor_of(zone, zone->nsec3 ? next_closer : qname, &exact), proof, &count);
    add_proof(floor_of(zone, dns_name_view(&star), &exact), proof, &count);
    return count;
}

/* --- the signer --- */

void signer_open(struct signer *signer, const char *zone, unsigned number, uint16_t flags)
{
    uint8_t seed[32] = {0};
    size_t length = 32;
    memcpy(seed, &number, sizeof number);
    signer->zone = name_of(zone);
    signer->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    assert(signer->key != NULL);
    signer->dnskey[0] = (uint8_t)(flags >> 8);
    signer->dnskey[1] = (uint8_t)flags;
    signer->dnskey[2] = 3;
    signer->dnskey[3] = DNSSEC_ED25519;
    assert(EVP_PKEY_get_raw_public_key(signer->key, signer->dnskey + 4, &length) == 1 && length == 32);
    signer->tag = dnssec_key_tag(signer->dnskey, sizeof signer->dnskey);
}

void signer_close(struct signer *signer)
{
    EVP_PKEY_free(signer->key);
}

static uint8_t *put(uint8_t *to, const void *from, size_t length)
{
    memcpy(to, from, length);
    return to + length;
}

static uint8_t *put_number(uint8_t *to, uint32_t value, unsigned octets)
{
    while (octets-- > 0)
        *to++ = (uint8_t)(value >> 8 * octets);
    return to;
}

struct rrsig_fields fields_of(const struct set *set)
{
    struct dns_name owner = dns_name_view(&set->owner);
    return (struct rrsig_fields){
        .labels = dns_name_labels(owner) - (owner.length > 2 && owner.wire[0] == 1 && owner.wire[1] == '*'),
        .original_ttl = set->ttl,
        .inception = NOW_2027 - 86400,
        .expiration = NOW_2027 + 86400,
        .tag = -1,
    };
}

static void signed_owner(const struct set *set, const struct rrsig_fields *fields,
                         struct dns_name_buffer *owner)
{
    struct dns_name name = dns_name_view(&set->owner);
    struct rrsig_fields honest = fields_of(set);
    if (fields->signed_owner != NULL) {
        *owner = name_of(fields->signed_owner);
        return;
    }
    dns_name_copy_lower(owner, name);
    if (fields->labels >= honest.labels)
        return;
    struct dns_name suffix = dns_name_suffix(name, fields->labels);
    owner->length = (uint8_t)(2 + suffix.length);
    memcpy(owner->wire, "\1*", 2);
    memcpy(owner->wire + 2, suffix.wire, suffix.length);
}

void signer_sign(const struct signer *signer, struct set *set, const struct rrsig_fields *fields)
{
    static uint8_t data[65536];
    uint8_t rdata[RDATA_MAX], *to = rdata;
    struct dns_name_buffer owner, name = fields->signer != NULL ? name_of(fields->signer) : signer->zone;
    size_t signature = 64;
    to = put_number(to, set->type, 2);
    *to++ = DNSSEC_ED25519;
    *to++ = (uint8_t)fields->labels;
    to = put_number(to, fields->original_ttl, 4);
    to = put_number(to, fields->expiration, 4);
    to = put_number(to, fields->inception, 4);
    to = put_number(to, fields->tag >= 0 ? (uint32_t)fields->tag : signer->tag, 2);
    to = put(to, name.wire, name.length);
    size_t head = (size_t)(to - rdata);
    signed_owner(set, fields, &owner);
    uint8_t *at = put(data, rdata, head);
    for (unsigned i = 0; i < set->count; i++) {
        at = put(at, owner.wire, owner.length);
        at = put_number(at, set->type, 2);
        at = put_number(at, set->class, 2);
        at = put_number(at, fields->original_ttl, 4);
        at = put_number(at, set->length[i], 2);
        at = put(at, set->rdata[i], set->length[i]);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) == 1);
    assert(EVP_DigestSign(context, rdata + head, &signature, data, (size_t)(at - data)) == 1);
    EVP_MD_CTX_free(context);
    set_add_rrsig(set, rdata, head + signature);
}

void signer_keys(const struct signer *signer, struct dnssec_keys *keys)
{
    struct dnssec_rdata rdata = {signer->dnskey, sizeof signer->dnskey};
    dnssec_keys_read(keys, dns_name_view(&signer->zone), &rdata, 1);
}

uint32_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}
