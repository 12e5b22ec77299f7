/* How the zones of the small internet are signed. */
#include "net_signed.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "dns/octets.h"
#include "dnssec/key.h"
#include "net_inside.h"

enum { ED25519 = 15, ED448 = 16, P256 = 13, P384 = 14, TEN_DAYS = 10 * NET_DAY };
enum { DATA_MAX = 1 << 18, SET_MAX = 2048 };

static struct zone *zone_of(struct net *net, const char *origin)
{
    struct dns_name_buffer name;
    assert(dns_name_from_text(origin, &name) == DNS_OK);
    for (unsigned i = 0; i < net->zone_count; i++)
        if (dns_name_equal(dns_name_view(&net->zone[i].origin), dns_name_view(&name)))
            return &net->zone[i];
    assert(!"there is such a zone");
    return NULL;
}

uint32_t net_wall(const struct net *net)
{
    return (uint32_t)(net->wall + (net->now - NET_BEGINNING) / 1000000);
}

void net_set_wall(struct net *net, uint64_t wall)
{
    net->wall = wall - (net->now - NET_BEGINNING) / 1000000;
}

/* -- keys -------------------------------------------------------------------------------------- */

static EVP_PKEY *edwards_key(struct dns_name origin, uint8_t algorithm, unsigned number)
{
    uint8_t seed[SHA512_DIGEST_LENGTH], from[DNS_NAME_MAX + 5];
    memcpy(from, origin.wire, origin.length);
    from[origin.length] = algorithm;
    put32(from + origin.length + 1, number);
    SHA512(from, origin.length + 5u, seed);
    bool small = algorithm == ED25519;
    return EVP_PKEY_new_raw_private_key(small ? EVP_PKEY_ED25519 : EVP_PKEY_ED448, NULL, seed,
                                        small ? 32 : 57);
}

static EVP_PKEY *new_key(const struct zone *zone)
{
    switch (zone->signing.algorithm) {
    case ED25519:
    case ED448:
        return edwards_key(dns_name_view(&zone->origin), zone->signing.algorithm, zone->signing.key);
    case P256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    case P384:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    default:
        return NULL;
    }
}

/* DNSKEY rdata of the zone's key; one of an algorithm that is not computed is noise. */
static void write_dnskey(struct zone *zone)
{
    uint8_t *to = zone->dnskey, point[1 + 96];
    size_t length = 96;
    put16(to, DNSSEC_KEY_ZONE | DNSSEC_KEY_SEP);
    to[2] = DNSSEC_KEY_PROTOCOL;
    to[3] = zone->signing.algorithm;
    if (zone->key == NULL) {
        memset(to + 4, (int)(0x55 + zone->signing.key), length);
    } else if (zone->signing.algorithm >= ED25519) {
        assert(EVP_PKEY_get_raw_public_key(zone->key, to + 4, &length) == 1);
    } else {
        assert(EVP_PKEY_get_octet_string_param(zone->key, "pub", point, sizeof point, &length) == 1);
        memcpy(to + 4, point + 1, --length);
    }
    zone->dnskey_length = (uint16_t)(4 + length);
    zone->tag = dnssec_key_tag(to, zone->dnskey_length);
}

void net_sign(struct net *net, const char *origin, struct net_signing how)
{
    struct zone *zone = zone_of(net, origin);
    if (how.algorithm == 0)
        how.algorithm = ED25519;
    EVP_PKEY_free(zone->key);
    zone->signing = how;
    zone->is_signed = true;
    zone->key = new_key(zone);
    write_dnskey(zone);
}

void net_unsign(struct net *net, const char *origin)
{
    zone_of(net, origin)->is_signed = false;
}

void net_key_text(struct net *net, const char *origin, char text[300])
{
    const struct zone *zone = zone_of(net, origin);
    int at = snprintf(text, 300, "%u %u %u ", get16(zone->dnskey), zone->dnskey[2], zone->dnskey[3]);
    EVP_EncodeBlock((uint8_t *)text + at, zone->dnskey + 4, zone->dnskey_length - 4);
}

uint16_t net_key_tag(struct net *net, const char *origin)
{
    return zone_of(net, origin)->tag;
}

void net_set_tag(uint8_t *rdata, size_t length, uint16_t tag)
{
    uint8_t *at = rdata + (length / 2 - 1) * 2;
    for (unsigned value = 0; value <= UINT16_MAX; value++) {
        put16(at, (uint16_t)value);
        if (dnssec_key_tag(rdata, length) == tag)
            return;
    }
    assert(!"some value makes this tag");
}

/* -- records ----------------------------------------------------------------------------------- */

static struct record *append(struct zone *zone, struct dns_name owner, uint16_t type, uint32_t ttl,
                             const uint8_t *rdata, size_t length)
{
    struct records *records = &zone->records;
    if (records->count == records->capacity) {
        records->capacity = 2 * records->capacity + 16;
        records->record = realloc(records->record, records->capacity * sizeof *records->record);
    }
    struct record *record = &records->record[records->count++];
    *record = (struct record){.type = type, .class = DNS_CLASS_IN, .ttl = ttl, .made = true};
    dns_name_copy(&record->owner, owner);
    record->length = (uint16_t)length;
    record->rdata = malloc(length + 1);
    memcpy(record->rdata, rdata, length);
    return record;
}

void net_record(struct net *net, const char *origin, struct dns_name owner, uint16_t type,
                const uint8_t *rdata, size_t length, bool made)
{
    append(zone_of(net, origin), owner, type, 3600, rdata, length)->made = made;
}

static void drop(struct zone *zone, bool (*is_dropped)(const struct record *record, const void *context),
                 const void *context)
{
    struct records *records = &zone->records;
    unsigned kept = 0;
    for (unsigned i = 0; i < records->count; i++) {
        if (is_dropped(&records->record[i], context))
            free(records->record[i].rdata);
        else
            records->record[kept++] = records->record[i];
    }
    records->count = kept;
}

static bool is_made(const struct record *record, const void *context)
{
    (void)context;
    return record->made;
}

static struct dns_name owner_of(const struct record *record)
{
    return dns_name_view(&record->owner);
}

/* -- signatures -------------------------------------------------------------------------------- */

static int compare_rdata(const void *a, const void *b)
{
    const struct record *left = *(struct record *const *)a, *right = *(struct record *const *)b;
    unsigned shorter = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->rdata, right->rdata, shorter);
    return order != 0 ? order : (int)left->length - (int)right->length;
}

/* RFC 4034 §3.1.8.1; all names are in lower case here. */
static size_t signed_data(const uint8_t *head, size_t head_length, struct record *const *set, unsigned count,
                          uint8_t *data)
{
    uint8_t *to = data + head_length;
    memcpy(data, head, head_length);
    for (unsigned i = 0; i < count; i++) {
        assert(to + set[i]->length + 300 < data + DATA_MAX);
        memcpy(to, set[i]->owner.wire, set[i]->owner.length);
        to += set[i]->owner.length;
        put16(to, set[i]->type);
        put16(to + 2, DNS_CLASS_IN);
        put32(to + 4, set[i]->ttl);
        put16(to + 8, set[i]->length);
        memcpy(to + 10, set[i]->rdata, set[i]->length);
        to += 10 + set[i]->length;
    }
    return (size_t)(to - data);
}

/* r and s side by side (RFC 6605 §4) from DER. */
static size_t flatten(const uint8_t *der, size_t half, uint8_t *to)
{
    const uint8_t *at = der + (der[1] & 0x80 ? 3 : 2);
    memset(to, 0, 2 * half);
    for (unsigned i = 0; i < 2; i++) {
        size_t length = at[1];
        const uint8_t *number = at + 2;
        for (; length > half; length--)
            number++;
        memcpy(to + (i + 1) * half - length, number, length);
        at = number + length;
    }
    return 2 * half;
}

static size_t sign(const struct zone *zone, const uint8_t *data, size_t length, uint8_t *to)
{
    uint8_t made[160];
    size_t size = sizeof made;
    bool edwards = zone->signing.algorithm >= ED25519;
    const EVP_MD *digest = edwards ? NULL : zone->signing.algorithm == P384 ? EVP_sha384() : EVP_sha256();
    if (zone->key == NULL) {
        memset(to, 0x77, 96);
        return 96;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(EVP_DigestSignInit(context, NULL, digest, NULL, zone->key) == 1);
    assert(EVP_DigestSign(context, made, &size, data, length) == 1);
    EVP_MD_CTX_free(context);
    if (!edwards)
        return flatten(made, zone->signing.algorithm == P384 ? 48 : 32, to);
    memcpy(to, made, size);
    return size;
}

static unsigned rrsig_labels(struct dns_name owner)
{
    return dns_name_labels(owner) - (owner.length > 2 && owner.wire[0] == 1 && owner.wire[1] == '*');
}

static void sign_set(struct zone *zone, struct record **set, unsigned count, uint32_t from, uint32_t until)
{
    static uint8_t data[DATA_MAX];
    uint8_t rdata[18 + DNS_NAME_MAX + 160];
    qsort(set, count, sizeof *set, compare_rdata);
    struct record *first = set[0];
    struct dns_name_buffer owner = first->owner;
    put16(rdata, first->type);
    rdata[2] = zone->signing.algorithm;
    rdata[3] = (uint8_t)rrsig_labels(owner_of(first));
    put32(rdata + 4, first->ttl);
    put32(rdata + 8, until);
    put32(rdata + 12, from);
    put16(rdata + 16, zone->tag);
    memcpy(rdata + 18, zone->origin.wire, zone->origin.length);
    size_t head = 18u + zone->origin.length;
    size_t length = signed_data(rdata, head, set, count, data);
    length = head + sign(zone, data, length, rdata + head);
    append(zone, dns_name_view(&owner), DNS_TYPE_RRSIG, first->ttl, rdata, length);
}

/* The RRset; an array of pointers into the zone's records, which move when one is added. */
static unsigned find_set(const struct zone *zone, struct dns_name owner, uint16_t type,
                         struct record *set[SET_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < zone->records.count; i++) {
        struct record *record = &zone->records.record[i];
        if (record->type == type && dns_name_equal(owner_of(record), owner)) {
            assert(count < SET_MAX);
            set[count++] = record;
        }
    }
    return count;
}

static struct dns_name cut_above(const struct zone *zone, struct dns_name name)
{
    struct record *set[SET_MAX];
    for (; name.length > zone->origin.length; name = dns_name_parent(name))
        if (find_set(zone, name, DNS_TYPE_NS, set) > 0)
            return name;
    return (struct dns_name){NULL, 0};
}

static bool is_authoritative(const struct zone *zone, struct dns_name owner, uint16_t type)
{
    struct dns_name cut = cut_above(zone, owner);
    if (cut.length == 0)
        return true;
    return cut.length == owner.length &&
           (type == DNS_TYPE_DS || type == DNS_TYPE_NSEC || type == DNS_TYPE_NSEC3);
}

static bool is_first_of_its_set(const struct zone *zone, unsigned index)
{
    const struct record *record = &zone->records.record[index];
    for (unsigned i = 0; i < index; i++)
        if (zone->records.record[i].type == record->type &&
            dns_name_equal(owner_of(&zone->records.record[i]), owner_of(record)))
            return false;
    return true;
}

static void sign_all(struct zone *zone, uint32_t wall)
{
    static struct record *set[SET_MAX];
    unsigned records = zone->records.count;
    for (unsigned i = 0; i < records; i++) {
        struct record *record = &zone->records.record[i];
        if (record->type == DNS_TYPE_RRSIG || !is_first_of_its_set(zone, i) ||
            !is_authoritative(zone, owner_of(record), record->type))
            continue;
        unsigned count = find_set(zone, owner_of(record), record->type, set);
        sign_set(zone, set, count, wall - NET_DAY, wall + 14 * NET_DAY);
    }
}

/* -- chains ------------------------------------------------------------------------------------ */

struct link {
    struct dns_name_buffer name;
    uint8_t hash[20];
};

static bool has_ds(const struct zone *zone, struct dns_name name)
{
    struct record *set[SET_MAX];
    return find_set(zone, name, DNS_TYPE_DS, set) > 0;
}

static void hash_name(const struct zone *zone, struct dns_name name, uint8_t hash[20])
{
    uint8_t data[DNS_NAME_MAX + 255];
    struct dns_name_buffer lower;
    unsigned salt = zone->signing.salt_length;
    dns_name_copy_lower(&lower, name);
    memcpy(data, lower.wire, lower.length);
    memset(data + lower.length, 0xab, salt);
    SHA1(data, lower.length + salt, hash);
    for (unsigned i = 0; i < zone->signing.iterations; i++) {
        memcpy(data, hash, 20);
        memset(data + 20, 0xab, salt);
        SHA1(data, 20 + salt, hash);
    }
}

static void add_link(const struct zone *zone, struct link *links, unsigned *count, struct dns_name name)
{
    for (unsigned i = 0; i < *count; i++)
        if (dns_name_equal(dns_name_view(&links[i].name), name))
            return;
    struct link *link = &links[(*count)++];
    dns_name_copy_lower(&link->name, name);
    if (zone->signing.nsec3)
        hash_name(zone, name, link->hash);
}

static int compare_names(const void *a, const void *b)
{
    const struct link *left = a, *right = b;
    return dns_name_compare(dns_name_view(&left->name), dns_name_view(&right->name));
}

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(((const struct link *)a)->hash, ((const struct link *)b)->hash, 20);
}

/* With NSEC3 empty non-terminals have records too. */
static unsigned collect(const struct zone *zone, struct link *links)
{
    unsigned count = 0;
    for (unsigned i = 0; i < zone->records.count; i++) {
        struct dns_name name = owner_of(&zone->records.record[i]), cut = cut_above(zone, name);
        bool hidden = cut.length > 0 && cut.length < name.length;
        bool left_out = zone->signing.opt_out && cut.length > 0 && !has_ds(zone, cut);
        if (hidden || left_out)
            continue;
        add_link(zone, links, &count, name);
        for (; zone->signing.nsec3 && name.length > zone->origin.length; name = dns_name_parent(name))
            add_link(zone, links, &count, name);
    }
    qsort(links, count, sizeof *links, zone->signing.nsec3 ? compare_hashes : compare_names);
    return count;
}

static size_t write_bitmap(const struct zone *zone, struct dns_name name, uint8_t *to)
{
    uint8_t bits[2][32] = {{0}};
    bool any = false;
    for (unsigned i = 0; i < zone->records.count; i++) {
        const struct record *record = &zone->records.record[i];
        if (record->type >= 512 || !dns_name_equal(owner_of(record), name))
            continue;
        bool shown = record->type == DNS_TYPE_NS || is_authoritative(zone, name, record->type);
        if (shown)
            bits[record->type / 256][record->type % 256 / 8] |= (uint8_t)(0x80 >> record->type % 8);
        any |= record->type != DNS_TYPE_NS || is_authoritative(zone, name, record->type);
    }
    if (any || !zone->signing.nsec3)
        bits[0][DNS_TYPE_RRSIG / 8] |= 0x80 >> DNS_TYPE_RRSIG % 8;
    if (!zone->signing.nsec3)
        bits[0][DNS_TYPE_NSEC / 8] |= 0x80 >> DNS_TYPE_NSEC % 8;
    uint8_t *at = to;
    for (unsigned window = 0; window < 2; window++) {
        unsigned length = 32;
        while (length > 0 && bits[window][length - 1] == 0)
            length--;
        if (length == 0)
            continue;
        *at++ = (uint8_t)window;
        *at++ = (uint8_t)length;
        memcpy(at, bits[window], length);
        at += length;
    }
    return (size_t)(at - to);
}

static void hashed_owner(const struct zone *zone, const uint8_t hash[20], struct dns_name_buffer *owner)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    owner->wire[0] = 32;
    for (unsigned i = 0; i < 32; i++) {
        unsigned value = 0;
        for (unsigned bit = i * 5; bit < i * 5 + 5; bit++)
            value = value << 1 | (hash[bit / 8] >> (7 - bit % 8) & 1);
        owner->wire[1 + i] = (uint8_t)digits[value];
    }
    memcpy(owner->wire + 33, zone->origin.wire, zone->origin.length);
    owner->length = (uint8_t)(33 + zone->origin.length);
}

void net_hash_owner(const struct zone *zone, struct dns_name name, struct dns_name_buffer *owner)
{
    uint8_t hash[20];
    hash_name(zone, name, hash);
    hashed_owner(zone, hash, owner);
}

static void add_nsec(struct zone *zone, const struct link *link, const struct link *next)
{
    uint8_t rdata[DNS_NAME_MAX + 80];
    memcpy(rdata, next->name.wire, next->name.length);
    size_t length = next->name.length;
    length += write_bitmap(zone, dns_name_view(&link->name), rdata + length);
    append(zone, dns_name_view(&link->name), DNS_TYPE_NSEC, 900, rdata, length);
}

static void add_nsec3(struct zone *zone, const struct link *link, const struct link *next)
{
    struct dns_name_buffer owner;
    uint8_t rdata[600] = {1, zone->signing.opt_out};
    unsigned salt = zone->signing.salt_length;
    put16(rdata + 2, zone->signing.iterations);
    rdata[4] = (uint8_t)salt;
    memset(rdata + 5, 0xab, salt);
    rdata[5 + salt] = 20;
    memcpy(rdata + 6 + salt, next->hash, 20);
    size_t length = 26 + salt;
    length += write_bitmap(zone, dns_name_view(&link->name), rdata + length);
    hashed_owner(zone, link->hash, &owner);
    append(zone, dns_name_view(&owner), DNS_TYPE_NSEC3, 900, rdata, length);
}

static void make_chain(struct zone *zone)
{
    struct link *links = calloc(zone->records.count * 130u, sizeof *links);
    unsigned count = collect(zone, links);
    for (unsigned i = 0; i < count; i++) {
        const struct link *next = &links[(i + 1) % count];
        if (zone->signing.nsec3)
            add_nsec3(zone, &links[i], next);
        else
            add_nsec(zone, &links[i], next);
    }
    free(links);
}

/* -- the whole --------------------------------------------------------------------------------- */

static struct zone *parent_of(struct net *net, const struct zone *child)
{
    struct zone *parent = NULL;
    for (unsigned i = 0; i < net->zone_count; i++) {
        struct zone *zone = &net->zone[i];
        if (zone != child && dns_name_within(dns_name_view(&child->origin), dns_name_view(&zone->origin)) &&
            (parent == NULL || zone->origin.length > parent->origin.length))
            parent = zone;
    }
    return parent;
}

static void add_ds(struct net *net, const struct zone *child)
{
    uint8_t data[DNS_NAME_MAX + sizeof child->dnskey], rdata[4 + 48] = {0};
    struct zone *parent = parent_of(net, child);
    uint8_t digest = child->signing.digest == 0 ? 2 : child->signing.digest;
    if (child->signing.island || parent == NULL || !parent->is_signed)
        return;
    memcpy(data, child->origin.wire, child->origin.length);
    memcpy(data + child->origin.length, child->dnskey, child->dnskey_length);
    put16(rdata, child->tag);
    rdata[2] = child->signing.algorithm;
    rdata[3] = digest;
    if (digest == 4)
        SHA384(data, (size_t)child->origin.length + child->dnskey_length, rdata + 4);
    else
        SHA256(data, (size_t)child->origin.length + child->dnskey_length, rdata + 4);
    append(parent, dns_name_view(&child->origin), DNS_TYPE_DS, 3600, rdata, digest == 4 ? 52 : 36);
}

void net_anchor(struct net *net, const char *origin)
{
    const struct zone *zone = zone_of(net, origin);
    assert(net->validation.anchor_count < NET_ANCHORS);
    assert(dnssec_anchor_from_key(dns_name_view(&zone->origin), zone->dnskey, zone->dnskey_length, false,
                                  &net->anchor[net->validation.anchor_count++]) == DNSSEC_ANCHOR_OK);
}

void net_except(struct net *net, const char *name, uint64_t until)
{
    assert(net->validation.except_count < NET_EXCEPTS);
    struct validation_except *except = &net->except[net->validation.except_count++];
    assert(dns_name_from_text(name, &except->name) == DNS_OK);
    except->until = until;
}

static void configure(struct net *net)
{
    static const uint8_t root[] = {0};
    static const uint8_t *const names[] = {root};
    if (net->options.validation == NULL) {
        net->policy = dnssec_policy_default();
        net->validation = (struct validation){.enabled = true,
                                              .anchors = net->anchor,
                                              .policies = &net->policy,
                                              .policy_names = names,
                                              .policy_count = 1,
                                              .except = net->except};
        net->options.validation = &net->validation;
        if (net->zone[0].is_signed)
            net_anchor(net, ".");
    }
    net_reconfigure(net);
    engine_set_clock(net->engine, net->now, net_wall(net));
}

static int deeper(const void *a, const void *b)
{
    const struct zone *left = *(struct zone *const *)a, *right = *(struct zone *const *)b;
    return (int)dns_name_labels(dns_name_view(&right->origin)) -
           (int)dns_name_labels(dns_name_view(&left->origin));
}

void net_publish(struct net *net)
{
    struct zone *zones[NET_ZONES];
    for (unsigned i = 0; i < net->zone_count; i++) {
        zones[i] = &net->zone[i];
        drop(zones[i], is_made, NULL);
    }
    qsort(zones, net->zone_count, sizeof *zones, deeper);
    for (unsigned i = 0; i < net->zone_count; i++) {
        struct zone *zone = zones[i];
        if (!zone->is_signed)
            continue;
        add_ds(net, zone);
        append(zone, dns_name_view(&zone->origin), DNS_TYPE_DNSKEY, 3600, zone->dnskey, zone->dnskey_length);
        make_chain(zone);
        sign_all(zone, net_wall(net));
    }
    configure(net);
}

struct validation *net_validation(struct net *net)
{
    return &net->validation;
}

struct dnssec_policy *net_policy(struct net *net)
{
    return &net->policy;
}

/* -- damage ------------------------------------------------------------------------------------ */

struct target {
    struct dns_name_buffer owner;
    uint16_t type;
};

static bool is_signature_of(const struct record *record, const void *context)
{
    const struct target *target = context;
    return record->type == DNS_TYPE_RRSIG && get16(record->rdata) == target->type &&
           dns_name_equal(owner_of(record), dns_name_view(&target->owner));
}

static bool is_of(const struct record *record, const void *context)
{
    const struct target *target = context;
    return is_signature_of(record, context) ||
           (record->type == target->type && dns_name_equal(owner_of(record), dns_name_view(&target->owner)));
}

static struct target target_of(const char *owner, const char *type)
{
    struct target target;
    assert(dns_name_from_text(owner, &target.owner) == DNS_OK &&
           dns_type_from_text(type, &target.type) == DNS_OK);
    return target;
}

static void sign_again(struct zone *zone, const struct target *target, uint32_t from, uint32_t until)
{
    static struct record *set[SET_MAX];
    drop(zone, is_signature_of, target);
    unsigned count = find_set(zone, dns_name_view(&target->owner), target->type, set);
    assert(count > 0);
    sign_set(zone, set, count, from, until);
}

void net_damage(struct net *net, const char *origin, const char *owner, const char *type,
                enum net_damage damage)
{
    struct zone *zone = zone_of(net, origin);
    struct target target = target_of(owner, type);
    uint32_t wall = net_wall(net);
    switch (damage) {
    case NET_CORRUPTED:
        for (unsigned i = 0; i < zone->records.count; i++)
            if (is_signature_of(&zone->records.record[i], &target))
                zone->records.record[i].rdata[zone->records.record[i].length - 1] ^= 1;
        return;
    case NET_STRIPPED:
        drop(zone, is_signature_of, &target);
        return;
    case NET_EXPIRED:
        sign_again(zone, &target, wall - 2 * TEN_DAYS, wall - TEN_DAYS);
        return;
    case NET_FUTURE:
        sign_again(zone, &target, wall + TEN_DAYS, wall + 2 * TEN_DAYS);
        return;
    case NET_REMOVED:
        drop(zone, is_of, &target);
    }
}

void net_false_signatures(struct net *net, const char *origin, const char *owner, const char *type,
                          unsigned count)
{
    struct zone *zone = zone_of(net, origin);
    struct target target = target_of(owner, type);
    struct record good = {0};
    for (unsigned i = 0; i < zone->records.count; i++)
        if (is_signature_of(&zone->records.record[i], &target))
            good = zone->records.record[i];
    assert(good.rdata != NULL);
    uint8_t rdata[700];
    memcpy(rdata, good.rdata, good.length);
    drop(zone, is_signature_of, &(struct target){.type = 0});
    unsigned old = zone->records.count;
    for (unsigned i = 0; i < count; i++) {
        put32(rdata + good.length - 4, i);
        append(zone, dns_name_view(&target.owner), DNS_TYPE_RRSIG, good.ttl, rdata, good.length);
    }
    /* To the front: the good ones come last. */
    struct record *all = calloc(zone->records.count, sizeof *all);
    memcpy(all, zone->records.record + old, count * sizeof *all);
    memcpy(all + count, zone->records.record, old * sizeof *all);
    memcpy(zone->records.record, all, zone->records.count * sizeof *all);
    free(all);
}
