/* NSEC (RFC 4034 §4) and NSEC3 (RFC 5155) records of a zone's data. */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"
#include "signed.h"
#include "world.h"

static const struct zone *zone_of(const struct chain *chain)
{
    return &chain->world->zone[chain->zone];
}

/* -- which names ------------------------------------------------------------------------------- */

static bool has_type(const struct chain *chain, struct dns_name name, uint16_t type)
{
    return world_find(chain->world, chain->zone, chain->at, name, type) != NULL;
}

static bool is_cut(const struct chain *chain, struct dns_name name)
{
    return !dns_name_equal(name, zone_origin(zone_of(chain))) && has_type(chain, name, DNS_TYPE_NS);
}

/* Below a cut or a DNAME: such names are not there. */
static bool is_hidden(const struct chain *chain, struct dns_name name)
{
    struct dns_name origin = zone_origin(zone_of(chain));
    while (name.length > origin.length) {
        name = dns_name_parent(name);
        if (is_cut(chain, name) || has_type(chain, name, DNS_TYPE_DNAME))
            return true;
    }
    return false;
}

static struct link *find_link(struct chain *chain, struct dns_name owner)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (dns_name_equal(dns_name_view(&chain->link[i].owner), owner))
            return &chain->link[i];
    if (chain->count == CHAIN_MAX)
        abort();
    struct link *link = &chain->link[chain->count++];
    *link = (struct link){.types = 0};
    dns_name_copy_lower(&link->owner, owner);
    return link;
}

static void add_type(struct link *link, uint16_t type)
{
    unsigned at = 0;
    while (at < link->types && link->type[at] < type)
        at++;
    if (at < link->types && link->type[at] == type)
        return;
    if (link->types == sizeof link->type / sizeof *link->type)
        abort();
    memmove(link->type + at + 1, link->type + at, (link->types - at) * sizeof *link->type);
    link->type[at] = type;
    link->types++;
}

static void add_set(struct chain *chain, const struct rrset *set)
{
    struct dns_name owner = rrset_owner(set), origin = zone_origin(zone_of(chain));
    bool cut = is_cut(chain, owner), secure = has_type(chain, owner, DNS_TYPE_DS);
    if (is_hidden(chain, owner) || (cut && set->type != DNS_TYPE_NS && set->type != DNS_TYPE_DS) ||
        (cut && !secure && zone_of(chain)->security.denial == DENIAL_OPT_OUT))
        return;
    struct link *link = find_link(chain, owner);
    add_type(link, set->type);
    if (!cut || secure || !chain->nsec3)
        add_type(link, DNS_TYPE_RRSIG);
    if (!chain->nsec3)
        add_type(link, DNS_TYPE_NSEC);
    else
        for (struct dns_name above = owner; above.length > origin.length; above = dns_name_parent(above))
            find_link(chain, above);
}

/* -- order ------------------------------------------------------------------------------------- */

static void hash_name(const struct chain *chain, struct dns_name name, uint8_t hash[20])
{
    const struct security *security = &zone_of(chain)->security;
    uint8_t data[DNS_NAME_MAX + sizeof security->salt];
    struct dns_name_buffer lower;
    dns_name_copy_lower(&lower, name);
    memcpy(data, lower.wire, lower.length);
    memcpy(data + lower.length, security->salt, security->salt_length);
    SHA1(data, (size_t)lower.length + security->salt_length, hash);
    for (unsigned i = 0; i < security->iterations; i++) {
        memcpy(data, hash, 20);
        memcpy(data + 20, security->salt, security->salt_length);
        SHA1(data, 20u + security->salt_length, hash);
    }
}

static int compare_owners(const void *a, const void *b)
{
    const struct link *left = a, *right = b;
    return dns_name_compare(dns_name_view(&left->owner), dns_name_view(&right->owner));
}

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(((const struct link *)a)->hash, ((const struct link *)b)->hash, 20);
}

void chain_make(struct chain *chain, const struct world *world, int zone, uint64_t at)
{
    const struct zone *in = &world->zone[zone];
    chain->world = world;
    chain->zone = zone;
    chain->at = at;
    chain->nsec3 = in->security.denial != DENIAL_NSEC;
    chain->count = 0;
    for (unsigned i = 0; i < in->rrset_count; i++)
        if (rrset_alive(&world->rrset[in->rrset[i]], at))
            add_set(chain, &world->rrset[in->rrset[i]]);
    for (unsigned i = 0; i < chain->count && chain->nsec3; i++)
        hash_name(chain, dns_name_view(&chain->link[i].owner), chain->link[i].hash);
    qsort(chain->link, chain->count, sizeof *chain->link, chain->nsec3 ? compare_hashes : compare_owners);
}

/* -- questions --------------------------------------------------------------------------------- */

static int order(const struct chain *chain, const struct link *link, struct dns_name name,
                 const uint8_t hash[20])
{
    return chain->nsec3 ? memcmp(link->hash, hash, 20) : dns_name_compare(dns_name_view(&link->owner), name);
}

int chain_match(const struct chain *chain, struct dns_name name)
{
    uint8_t hash[20] = {0};
    if (chain->nsec3)
        hash_name(chain, name, hash);
    for (unsigned i = 0; i < chain->count; i++)
        if (order(chain, &chain->link[i], name, hash) == 0)
            return (int)i;
    return -1;
}

/* The last one before the name; before the first one there is the last of all. */
int chain_cover(const struct chain *chain, struct dns_name name)
{
    uint8_t hash[20] = {0};
    int before = (int)chain->count - 1;
    if (chain->nsec3)
        hash_name(chain, name, hash);
    for (unsigned i = 0; i < chain->count; i++) {
        int compared = order(chain, &chain->link[i], name, hash);
        if (compared == 0)
            return -1;
        if (compared < 0)
            before = (int)i;
        else
            break;
    }
    return before;
}

/* -- records ----------------------------------------------------------------------------------- */

static size_t write_bitmap(const struct link *link, uint8_t *to)
{
    size_t length = 0;
    for (unsigned i = 0; i < link->types;) {
        uint8_t *window = to + length;
        unsigned number = link->type[i] >> 8;
        memset(window, 0, 34);
        window[0] = (uint8_t)number;
        for (; i < link->types && link->type[i] >> 8 == (int)number; i++) {
            unsigned low = link->type[i] & 255;
            window[2 + low / 8] |= (uint8_t)(0x80 >> low % 8);
            window[1] = (uint8_t)(low / 8 + 1);
        }
        length += 2u + window[1];
    }
    return length;
}

/* RFC 4648 §7, in lower case */
static void hash_label(const uint8_t hash[20], uint8_t to[32])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    for (unsigned i = 0; i < 32; i++) {
        unsigned bit = 5 * i, pair = (unsigned)hash[bit / 8] << 8 | (bit / 8 < 19 ? hash[bit / 8 + 1] : 0);
        to[i] = (uint8_t)digits[pair >> (11 - bit % 8) & 31];
    }
}

size_t chain_write(const struct chain *chain, int index, struct dns_name_buffer *owner, uint8_t *rdata)
{
    const struct link *link = &chain->link[index], *next = &chain->link[(unsigned)(index + 1) % chain->count];
    const struct security *security = &zone_of(chain)->security;
    struct dns_name origin = zone_origin(zone_of(chain));
    if (!chain->nsec3) {
        *owner = link->owner;
        memcpy(rdata, next->owner.wire, next->owner.length);
        return next->owner.length + write_bitmap(link, rdata + next->owner.length);
    }
    owner->wire[0] = 32;
    hash_label(link->hash, owner->wire + 1);
    memcpy(owner->wire + 33, origin.wire, origin.length);
    owner->length = (uint8_t)(33 + origin.length);
    size_t length = 5u + security->salt_length;
    rdata[0] = 1;
    rdata[1] = security->denial == DENIAL_OPT_OUT;
    put16(rdata + 2, security->iterations);
    rdata[4] = security->salt_length;
    memcpy(rdata + 5, security->salt, security->salt_length);
    rdata[length++] = 20;
    memcpy(rdata + length, next->hash, 20);
    length += 20;
    return length + write_bitmap(link, rdata + length);
}
