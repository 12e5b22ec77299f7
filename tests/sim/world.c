#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"

/* -- memory ------------------------------------------------------------------------------------ */

static void *more(void *items, unsigned count, unsigned *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : 2 * *capacity;
    items = realloc(items, *capacity * size);
    if (items == NULL)
        abort();
    return items;
}

struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof *world);
    if (world == NULL)
        abort();
    world->signer = NULL;
    return world;
}

void world_destroy(struct world *world)
{
    for (unsigned i = 0; i < world->zone_count; i++)
        free(world->zone[i].rrset);
    for (unsigned i = 0; i < world->server_count; i++)
        free(world->server[i].serving);
    signer_destroy(world->signer);
    free(world->rrset);
    free(world->rdata);
    free(world->arena);
    free(world->host);
    free(world->server);
    free(world);
}

/* -- building ---------------------------------------------------------------------------------- */

int world_add_zone(struct world *world, struct dns_name origin, int parent)
{
    struct zone *zone = &world->zone[world->zone_count];
    dns_name_copy_lower(&zone->origin, origin);
    zone->parent = parent;
    zone->depth = parent == NONE ? 0 : world->zone[parent].depth + 1;
    return (int)world->zone_count++;
}

uint32_t world_hash(struct dns_name name)
{
    uint32_t hash = 2166136261u;
    for (unsigned i = 0; i < name.length; i++) {
        uint8_t octet = name.wire[i];
        hash = (hash ^ (octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet)) * 16777619u;
    }
    return hash;
}

struct rrset *world_add_rrset(struct world *world, int zone, struct dns_name owner, uint16_t type,
                              uint32_t ttl, uint64_t born)
{
    struct zone *in = &world->zone[zone];
    world->rrset = more(world->rrset, world->rrset_count, &world->rrset_capacity, sizeof *world->rrset);
    in->rrset = more(in->rrset, in->rrset_count, &in->rrset_capacity, sizeof *in->rrset);
    struct rrset *set = &world->rrset[world->rrset_count];
    *set = (struct rrset){.zone = (uint16_t)zone,
                          .type = type,
                          .ttl = ttl,
                          .first = world->rdata_count,
                          .born = born,
                          .died = NEVER};
    dns_name_copy_lower(&set->owner, owner);
    set->hash = world_hash(owner);
    in->rrset[in->rrset_count++] = world->rrset_count++;
    return set;
}

void world_add_rdata(struct world *world, const void *octets, size_t length)
{
    struct rrset *set = &world->rrset[world->rrset_count - 1];
    for (unsigned i = 0; i < set->count; i++) {
        uint16_t other;
        const uint8_t *same = world_rdata(world, set, i, &other);
        if (other == length && memcmp(same, octets, length) == 0)
            return;
    }
    if (world->arena_length + length > world->arena_capacity) {
        world->arena_capacity = 2 * (world->arena_capacity + length);
        world->arena = realloc(world->arena, world->arena_capacity);
        if (world->arena == NULL)
            abort();
    }
    world->rdata = more(world->rdata, world->rdata_count, &world->rdata_capacity, sizeof *world->rdata);
    memcpy(world->arena + world->arena_length, octets, length);
    world->rdata[world->rdata_count++] = (struct rdata){(uint32_t)world->arena_length, (uint16_t)length};
    world->arena_length += length;
    set->count++;
}

void world_add_target(struct world *world, struct dns_name target)
{
    struct dns_name_buffer lower;
    dns_name_copy_lower(&lower, target);
    world_add_rdata(world, lower.wire, lower.length);
}

int world_add_server(struct world *world, const struct dns_address *address)
{
    world->server = more(world->server, world->server_count, &world->server_capacity, sizeof *world->server);
    world->server[world->server_count] = (struct server){.address = *address, .lame_for = NONE};
    return (int)world->server_count++;
}

int world_add_host(struct world *world, struct dns_name name, int zone)
{
    world->host = more(world->host, world->host_count, &world->host_capacity, sizeof *world->host);
    struct host *host = &world->host[world->host_count];
    *host = (struct host){.zone = zone};
    dns_name_copy_lower(&host->name, name);
    return (int)world->host_count++;
}

void world_serve(struct world *world, int server, int zone, uint64_t from, uint64_t until, uint64_t frozen)
{
    struct server *at = &world->server[server];
    for (unsigned i = 0; i < at->serving_count; i++)
        if (at->serving[i].zone == zone && at->serving[i].from <= from && from < at->serving[i].until &&
            frozen == NEVER)
            return;
    at->serving = realloc(at->serving, (at->serving_count + 1) * sizeof *at->serving);
    if (at->serving == NULL)
        abort();
    at->serving[at->serving_count++] = (struct serving){zone, from, until, frozen};
}

void world_note_change(struct world *world, uint64_t at)
{
    unsigned i = world->change_count;
    if (i == WORLD_CHANGES)
        abort();
    for (; i > 0 && world->change[i - 1] >= at; i--)
        if (world->change[i - 1] == at)
            return;
    memmove(world->change + i + 1, world->change + i, (world->change_count - i) * sizeof *world->change);
    world->change[i] = at;
    world->change_count++;
}

/* -- looking ----------------------------------------------------------------------------------- */

const uint8_t *world_rdata(const struct world *world, const struct rrset *set, unsigned index,
                           uint16_t *length)
{
    const struct rdata *rdata = &world->rdata[set->first + index];
    *length = rdata->length;
    return world->arena + rdata->at;
}

struct dns_name world_target(const struct world *world, const struct rrset *set, unsigned index)
{
    uint16_t length;
    const uint8_t *octets = world_rdata(world, set, index, &length);
    struct dns_name target = dns_name_root();
    if (dns_rdata_target(set->type, octets, length, &target) != DNS_OK)
        abort();
    return target;
}

const struct rrset *world_find(const struct world *world, int zone, uint64_t at, struct dns_name owner,
                               uint16_t type)
{
    const struct zone *in = &world->zone[zone];
    uint32_t hash = world_hash(owner);
    for (unsigned i = 0; i < in->rrset_count; i++) {
        const struct rrset *set = &world->rrset[in->rrset[i]];
        if (set->hash == hash && set->type == type && rrset_alive(set, at) &&
            dns_name_equal(rrset_owner(set), owner))
            return set;
    }
    return NULL;
}

const struct rrset *world_next_at(const struct world *world, int zone, uint64_t at, struct dns_name owner,
                                  const struct rrset *before)
{
    const struct zone *in = &world->zone[zone];
    uint32_t hash = world_hash(owner);
    for (unsigned i = 0; i < in->rrset_count; i++) {
        const struct rrset *set = &world->rrset[in->rrset[i]];
        if (set->hash == hash && (before == NULL || set > before) && rrset_alive(set, at) &&
            dns_name_equal(rrset_owner(set), owner))
            return set;
    }
    return NULL;
}

static bool has_name(const struct world *world, int zone, uint64_t at, struct dns_name name)
{
    const struct zone *in = &world->zone[zone];
    uint32_t hash = world_hash(name);
    for (unsigned i = 0; i < in->rrset_count; i++) {
        const struct rrset *set = &world->rrset[in->rrset[i]];
        if (set->hash == hash && rrset_alive(set, at) && dns_name_equal(rrset_owner(set), name))
            return true;
    }
    return false;
}

static bool has_below(const struct world *world, int zone, uint64_t at, struct dns_name name)
{
    const struct zone *in = &world->zone[zone];
    for (unsigned i = 0; i < in->rrset_count; i++) {
        const struct rrset *set = &world->rrset[in->rrset[i]];
        if (set->owner.length > name.length && rrset_alive(set, at) &&
            dns_name_within(rrset_owner(set), name))
            return true;
    }
    return false;
}

static bool exists(const struct world *world, int zone, uint64_t at, struct dns_name name)
{
    return dns_name_equal(name, zone_origin(&world->zone[zone])) || has_name(world, zone, at, name) ||
           has_below(world, zone, at, name);
}

/* From the apex down: the first cut, or DNAME, that is met on the way to the name. */
static bool look_above(const struct world *world, int zone, uint64_t at, struct dns_name name, uint16_t type,
                       struct finding *finding)
{
    unsigned apex = dns_name_labels(zone_origin(&world->zone[zone])), all = dns_name_labels(name);
    for (unsigned labels = apex; labels <= all; labels++) {
        struct dns_name here = dns_name_suffix(name, labels);
        if (labels > apex && !(type == DNS_TYPE_DS && labels == all) &&
            (finding->set = world_find(world, zone, at, here, DNS_TYPE_NS)) != NULL)
            finding->found = FOUND_CUT;
        else if (labels < all && (finding->set = world_find(world, zone, at, here, DNS_TYPE_DNAME)) != NULL)
            finding->found = FOUND_DNAME;
        else
            continue;
        finding->at = here;
        return true;
    }
    return false;
}

/* What an existing owner (the name itself, or the wildcard that stands for it) has of the type. */
static void look_at(const struct world *world, int zone, uint64_t at, struct dns_name owner, uint16_t type,
                    struct finding *finding)
{
    finding->found = FOUND_RECORDS;
    finding->set = type == DNS_TYPE_ANY ? world_next_at(world, zone, at, owner, NULL)
                                        : world_find(world, zone, at, owner, type);
    if (finding->set != NULL)
        return;
    finding->set = world_find(world, zone, at, owner, DNS_TYPE_CNAME);
    finding->found = finding->set != NULL ? FOUND_CNAME : FOUND_NODATA;
}

struct finding world_look(const struct world *world, int zone, uint64_t at, struct dns_name name,
                          uint16_t type)
{
    struct finding finding = {.found = FOUND_NXDOMAIN};
    if (look_above(world, zone, at, name, type, &finding))
        return finding;
    if (exists(world, zone, at, name)) {
        look_at(world, zone, at, name, type, &finding);
        return finding;
    }
    struct dns_name encloser = dns_name_parent(name);
    while (!exists(world, zone, at, encloser))
        encloser = dns_name_parent(encloser);
    struct dns_name_buffer wildcard = {.wire = {1, '*'}};
    memcpy(wildcard.wire + 2, encloser.wire, encloser.length);
    wildcard.length = (uint8_t)(encloser.length + 2);
    if (encloser.length + 2 <= DNS_NAME_MAX && exists(world, zone, at, dns_name_view(&wildcard))) {
        look_at(world, zone, at, dns_name_view(&wildcard), type, &finding);
        finding.wildcard = true;
        return finding;
    }
    finding.found = FOUND_NXDOMAIN;
    finding.set = NULL;
    return finding;
}

const struct rrset *world_delegation(const struct world *world, int zone, uint64_t at)
{
    const struct zone *child = &world->zone[zone];
    return world_find(world, child->parent, at, zone_origin(child), DNS_TYPE_NS);
}

int world_zone_of(const struct world *world, struct dns_name name, uint16_t type, uint64_t at)
{
    int zone = ROOT;
    for (;;) {
        struct finding finding = world_look(world, zone, at, name, type);
        if (finding.found != FOUND_CUT)
            return zone;
        int child = world_find_zone(world, finding.at);
        if (child == NONE)
            return zone;
        zone = child;
    }
}

int world_find_zone(const struct world *world, struct dns_name origin)
{
    for (unsigned i = 0; i < world->zone_count; i++)
        if (dns_name_equal(zone_origin(&world->zone[i]), origin))
            return (int)i;
    return NONE;
}

int world_find_host(const struct world *world, struct dns_name name)
{
    for (unsigned i = 0; i < world->host_count; i++)
        if (dns_name_equal(dns_name_view(&world->host[i].name), name))
            return (int)i;
    return NONE;
}

bool world_is_name_server(const struct world *world, struct dns_name name)
{
    for (unsigned i = 0; i < world->rrset_count; i++)
        for (unsigned k = 0; world->rrset[i].type == DNS_TYPE_NS && k < world->rrset[i].count; k++)
            if (dns_name_equal(world_target(world, &world->rrset[i], k), name))
                return true;
    return false;
}

struct server *world_find_server(const struct world *world, const struct dns_address *address)
{
    for (unsigned i = 0; i < world->server_count; i++)
        if (dns_address_equal(&world->server[i].address, address))
            return &world->server[i];
    return NULL;
}

static bool serves(const struct server *server, int zone, uint64_t now, uint64_t *data_time)
{
    for (unsigned i = 0; i < server->serving_count; i++) {
        const struct serving *serving = &server->serving[i];
        if (serving->zone != zone || now < serving->from || now >= serving->until)
            continue;
        *data_time = serving->frozen == NEVER ? now : serving->frozen;
        return true;
    }
    return false;
}

static bool serves_above(const struct world *world, const struct server *server, int zone, uint64_t now)
{
    uint64_t time;
    while (zone != ROOT)
        if (serves(server, zone = world->zone[zone].parent, now, &time))
            return true;
    return false;
}

static bool ever_served(const struct server *server, int zone, uint64_t now)
{
    for (unsigned i = 0; i < server->serving_count; i++)
        if (server->serving[i].zone == zone && server->serving[i].from <= now)
            return true;
    return false;
}

/* One operator would not serve below a zone what he has revoked in it: where an ancestor is served here as
   well, or was, the zone counts only while it is delegated all the way down from there. Otherwise those who
   still take him for the ancestor's server would believe it, and nobody could tell. */
static bool still_delegated(const struct world *world, const struct server *server, int zone, uint64_t now)
{
    bool delegated = true;
    for (int at = zone; at != ROOT; at = world->zone[at].parent) {
        uint64_t above = now;
        serves(server, world->zone[at].parent, now, &above);
        delegated = delegated && world_delegation(world, at, above) != NULL;
        if (!delegated && ever_served(server, world->zone[at].parent, now))
            return false;
    }
    return true;
}

int world_serving(const struct world *world, const struct server *server, struct dns_name name, uint16_t type,
                  uint64_t now, uint64_t *data_time)
{
    int best = NONE;
    for (unsigned i = 0; i < server->serving_count; i++) {
        int zone = server->serving[i].zone;
        struct dns_name origin = zone_origin(&world->zone[zone]);
        uint64_t time;
        if (!dns_name_within(name, origin) || !serves(server, zone, now, &time) ||
            (best != NONE && world->zone[best].origin.length >= origin.length) ||
            !still_delegated(world, server, zone, now))
            continue;
        if (type == DNS_TYPE_DS && dns_name_equal(name, origin) && zone != ROOT &&
            serves_above(world, server, zone, now))
            continue;
        best = zone;
        *data_time = time;
    }
    return best;
}

/* Some server has a zone above this one, and this one or one below it: it leads past the delegation, and
   what it says is not bound to that one's TTL. */
static bool passes_by(const struct world *world, const struct server *server, struct dns_name origin)
{
    bool below = false, above = false;
    for (unsigned i = 0; i < server->serving_count; i++) {
        struct dns_name served = zone_origin(&world->zone[server->serving[i].zone]);
        if (dns_name_within(served, origin))
            below = true;
        else
            above |= dns_name_within(origin, served);
    }
    return below && above;
}

/* Belief ends some time after what it was about: these are moments to look at as well. */
static void note_ends(struct world *world)
{
    for (unsigned i = 0; i < world->ghost_count; i++)
        world_note_change(world, world->ghost[i].until + 1);
    for (unsigned i = 0; i < world->rrset_count; i++)
        if (world->rrset[i].type == DNS_TYPE_NS && world->rrset[i].died != NEVER)
            world_note_change(world,
                              world->rrset[i].died + (world->rrset[i].ttl + BELIEF_SLACK) * SECOND + 1);
}

void world_finish(struct world *world)
{
    note_ends(world);
    for (unsigned i = 0; i < world->zone_count; i++)
        for (unsigned k = 0; k < world->server_count; k++)
            world->zone[i].passed_by |= passes_by(world, &world->server[k], zone_origin(&world->zone[i]));
}
