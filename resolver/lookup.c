/* The addresses of name servers that came without glue. */
#include "resolver/image.h"
#include "resolver/walk.h"

enum { ADDRESS_ENTRY_MAX = 2048 };
enum { LOOKUP_PATIENCE = 1000000 }; /* µs */

static uint8_t bit_of(uint16_t type)
{
    return type == DNS_TYPE_A ? LOOKED_UP_A : LOOKED_UP_AAAA;
}

/* Adds the addresses among `count` records; true when there was a new one that may be asked. */
static bool add_addresses(struct walk *walk, unsigned server, uint8_t *wire, size_t position, size_t end,
                          unsigned count)
{
    struct image_record record;
    bool added = false;
    for (; count > 0 && image_next(wire, &position, end, &record); count--) {
        uint8_t family = record.type == DNS_TYPE_A ? 4 : record.type == DNS_TYPE_AAAA ? 6 : 0;
        if (family == 0 || record.rdata_length != (family == 4 ? 4 : 16))
            continue;
        struct dns_address address = dns_address_make(family, record.rdata, DELEGATION_PORT);
        added |= select_add(walk, server, &address);
    }
    return added;
}

static bool from_cache(struct walk *walk, unsigned server, uint16_t type)
{
    struct engine *engine = walk->engine;
    struct dns_name name = walk->delegation.server[server];
    uint8_t image[ADDRESS_ENTRY_MAX];
    struct cache_hit hit;
    if (!cache_find_answer(engine->options.cache, cache_hash(engine->options.cache, name), name, type,
                           engine_seconds(engine), &hit, image, sizeof image) ||
        (hit.kind == CACHE_RRSET && hit.type == DNS_TYPE_CNAME) || hit.length > sizeof image)
        return false;
    walk->looked_up[server] |= bit_of(type);
    return hit.kind == CACHE_RRSET && hit.length > IMAGE_TRAILER &&
           add_addresses(walk, server, image, 0, hit.length - IMAGE_TRAILER,
                         image[hit.length - IMAGE_TRAILER]);
}

void lookup_from_cache(struct walk *walk, unsigned server)
{
    if (walk->engine->options.ipv4)
        from_cache(walk, server, DNS_TYPE_A);
    if (walk->engine->options.ipv6)
        from_cache(walk, server, DNS_TYPE_AAAA);
}

static enum lookup_result look_up(struct walk *walk, unsigned server, uint16_t type)
{
    struct dns_name name = walk->delegation.server[server];
    struct engine *engine = walk->engine;
    if (from_cache(walk, server, type))
        return LOOKUP_FOUND;
    if (walk->looked_up[server] & bit_of(type))
        return LOOKUP_NONE; /* the cache knows that there is none */
    if (wait_count(walk, WAIT_ADDRESS) >= WALK_LOOKUPS_AT_ONCE)
        return LOOKUP_BEGUN;
    if (walk->budget->lookups == 0 || walk->depth >= engine->options.limits.depth)
        return LOOKUP_SPENT;
    walk->budget->lookups--;
    walk->looked_up[server] |= bit_of(type);
    walk->lookup_patience = engine->now + LOOKUP_PATIENCE;
    enum wait_result wait = wait_begin(walk, WAIT_ADDRESS, (uint8_t)server, name, type);
    if (wait == WAIT_CIRCLE)
        walk->looked_up[server] |= LOOKED_UP_IN_A_CIRCLE;
    return wait == WAIT_BEGUN ? LOOKUP_BEGUN : LOOKUP_NONE;
}

/* A name server inside its own zone can be found by glue only. */
static bool needs_itself(const struct walk *walk, unsigned server)
{
    return dns_name_within(walk->delegation.server[server], dns_name_view(&walk->delegation.zone)) &&
           !dns_name_is_root(dns_name_view(&walk->delegation.zone));
}

bool lookup_is_a_circle(const struct walk *walk, unsigned server)
{
    return needs_itself(walk, server) || (walk->looked_up[server] & LOOKED_UP_IN_A_CIRCLE) != 0;
}

static enum lookup_result look_up_any(struct walk *walk, uint16_t type)
{
    unsigned count = walk->delegation.server_count;
    unsigned first = count == 0 ? 0 : engine_random(walk->engine) % count;
    for (unsigned i = 0; i < count; i++) {
        unsigned server = (first + i) % count;
        if (walk->looked_up[server] & bit_of(type) || needs_itself(walk, server))
            continue;
        enum lookup_result result = look_up(walk, server, type);
        if (result != LOOKUP_NONE)
            return result;
    }
    return LOOKUP_NONE;
}

enum lookup_result lookup_next(struct walk *walk)
{
    const struct engine_options *options = &walk->engine->options;
    enum lookup_result result = options->ipv4 ? look_up_any(walk, DNS_TYPE_A) : LOOKUP_NONE;
    if (result == LOOKUP_NONE && options->ipv6)
        result = look_up_any(walk, DNS_TYPE_AAAA);
    return result;
}

static bool has_address(const struct walk *walk, unsigned server)
{
    for (unsigned i = 0; i < walk->delegation.address_count; i++)
        if (walk->delegation.address[i].server == server)
            return true;
    return false;
}

/* Looks for one name server's addresses of the type, unless it has glue, or has been looked up for that. */
static bool look_ahead(struct walk *walk, uint16_t type)
{
    for (unsigned i = 0; i < walk->delegation.server_count; i++) {
        bool glue = walk->looked_up[i] == 0 && has_address(walk, i);
        if (!glue && !(walk->looked_up[i] & bit_of(type)) && !needs_itself(walk, i) &&
            look_up(walk, i, type) != LOOKUP_NONE)
            return true;
    }
    return false;
}

void lookup_ahead(struct walk *walk)
{
    const struct engine_options *options = &walk->engine->options;
    if (!options->ipv4 || !look_ahead(walk, DNS_TYPE_A))
        (void)(options->ipv6 && look_ahead(walk, DNS_TYPE_AAAA));
}

uint64_t lookup_deadline(const struct walk *walk)
{
    unsigned count = wait_count(walk, WAIT_ADDRESS);
    bool impatient = walk->state == WALK_WAIT && count > 0 && count < WALK_LOOKUPS_AT_ONCE &&
                     exchange_deadline(walk) == UINT64_MAX;
    return impatient ? walk->lookup_patience : UINT64_MAX;
}

/* The glue for a name server in the delegation of the zone it is itself in. */
static bool add_glue_of(struct walk *walk, unsigned server, struct dns_name zone)
{
    struct engine *engine = walk->engine;
    struct delegation own;
    bool added = false;
    if (!delegation_load(&own, engine->options.cache, zone, engine_seconds(engine)))
        return false;
    int index = delegation_find_server(&own, walk->delegation.server[server]);
    for (unsigned i = 0; i < own.address_count; i++)
        if (own.address[i].server == index)
            added |= select_add(walk, server, &own.address[i].address);
    return added;
}

static bool add_parent_glue(struct walk *walk, unsigned server)
{
    bool added = false;
    struct dns_name zone = walk->delegation.server[server];
    for (; !added && !dns_name_is_root(zone); zone = dns_name_parent(zone))
        added = add_glue_of(walk, server, zone);
    return added;
}

bool lookup_parent_glue(struct walk *walk)
{
    bool added = false;
    for (unsigned i = 0; i < walk->delegation.server_count; i++)
        added |= add_parent_glue(walk, i);
    return added;
}

void lookup_done(struct walk *walk, struct wait *wait)
{
    struct answer *answer = &wait->child->answer;
    if (answer->rcode == DNS_RCODE_SERVFAIL)
        walk_inherit_failure(walk, wait->child);
    size_t position = DNS_HEADER_SIZE + wait->child->qname.length + 4u;
    add_addresses(walk, wait->server, answer->wire, position, answer->length, answer->count[DNS_ANSWER]);
    wait_end(wait);
}
