/* What changes in a world while time goes on. Changes are made in the order of their times. */
#include <stdlib.h>

#include "generate.h"

/* Seconds for which the address of a name server whose name is an alias may be remembered, at most. */
enum { TRIES = 20, ALIAS_MEMORY = 3 * 86400 };

/* Seconds for which it may be remembered that something does not exist: the highest minimum of a SOA. */
enum { ABSENCE_MEMORY = 3600 };

/* -- records ----------------------------------------------------------------------------------- */

static void end_rrset(struct world *world, const struct rrset *set, uint64_t at)
{
    world->rrset[set - world->rrset].died = at;
}

/* Each change of a zone has a new SOA record, so that the SOA of a negative answer tells its time. */
static void touch(struct generator *generator, int zone, uint64_t at)
{
    struct world *world = generator->world;
    const struct rrset *soa = world_find(world, zone, at, zone_origin(&world->zone[zone]), DNS_TYPE_SOA);
    if (soa != NULL && soa->born < at) {
        end_rrset(world, soa, at);
        generate_soa(generator, zone, at);
    }
    world_note_change(world, at);
}

static bool is_infrastructure(const struct world *world, const struct rrset *set)
{
    return set->type == DNS_TYPE_NS || set->type == DNS_TYPE_SOA || set->type == DNS_TYPE_DS ||
           set->type == DNS_TYPE_DNSKEY || world_find_host(world, rrset_owner(set)) != NONE;
}

/* Some RRset of the time that is no part of how zones are found. */
static struct rrset *some_data(struct generator *generator, uint64_t at)
{
    struct world *world = generator->world;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        struct rrset *set = &world->rrset[dice_below(&generator->dice, world->rrset_count)];
        if (rrset_alive(set, at) && set->born < at && !is_infrastructure(world, set))
            return set;
    }
    return NULL;
}

static void edit(struct generator *generator, uint64_t at)
{
    struct rrset *set = some_data(generator, at);
    if (set == NULL)
        return;
    struct rrset old = *set;
    set->died = at;
    world_add_rrset(generator->world, old.zone, rrset_owner(&old), old.type,
                    dice_chance(&generator->dice, 300) ? generate_ttl(generator, TTL_DATA) : old.ttl, at);
    generate_rdata(generator, old.type);
    touch(generator, old.zone, at);
}

static void remove_rrset(struct generator *generator, uint64_t at)
{
    struct rrset *set = some_data(generator, at);
    if (set == NULL)
        return;
    set->died = at;
    touch(generator, set->zone, at);
}

/* Another type at a name there is, or a name below it. */
static void add_rrset(struct generator *generator, uint64_t at)
{
    struct rrset *set = some_data(generator, at);
    struct dns_name_buffer owner;
    uint16_t type = dice_chance(&generator->dice, 150) ? DNS_TYPE_CNAME : generate_type(generator);
    if (set == NULL || set->type == DNS_TYPE_DNAME)
        return;
    int zone = set->zone;
    owner = set->owner;
    if (dice_chance(&generator->dice, 500) && owner.length < 200)
        generate_label(generator, &owner, dns_name_view(&owner));
    if (!generate_may_hold(generator, zone, dns_name_view(&owner), type, at))
        return;
    world_add_rrset(generator->world, zone, dns_name_view(&owner), type, generate_ttl(generator, TTL_DATA),
                    at);
    generate_rdata(generator, type);
    touch(generator, zone, at);
}

/* All records of a name give way to an alias. */
static void make_alias(struct generator *generator, uint64_t at)
{
    struct world *world = generator->world;
    struct rrset *set = some_data(generator, at);
    if (set == NULL || dns_name_equal(rrset_owner(set), zone_origin(&world->zone[set->zone])))
        return;
    struct rrset old = *set;
    for (unsigned i = 0; i < world->rrset_count; i++)
        if (world->rrset[i].zone == old.zone && rrset_alive(&world->rrset[i], at) &&
            dns_name_equal(rrset_owner(&world->rrset[i]), rrset_owner(&old)))
            world->rrset[i].died = at;
    world_add_rrset(world, old.zone, rrset_owner(&old), DNS_TYPE_CNAME, generate_ttl(generator, TTL_DATA),
                    at);
    generate_rdata(generator, DNS_TYPE_CNAME);
    /* Where a name server's name would lead to another's there is nothing instead: that one would be taken for a server
       of the zone, and may serve one below it that has been revoked (world.c, still_delegated()). */
    struct rrset *alias = &world->rrset[world->rrset_count - 1];
    if (world_find_host(world, rrset_owner(&old)) != NONE &&
        world_find_host(world, world_target(world, alias, 0)) != NONE)
        alias->died = at;
    touch(generator, old.zone, at);
}

/* -- delegations ------------------------------------------------------------------------------- */

static bool may_still_change(const struct world *world, int zone)
{
    return zone != ROOT && !world->zone[zone].rolls && world->zone[zone].restless_count < 6 &&
           world->ghost_count < WORLD_GHOSTS - 8;
}

static int some_zone(struct generator *generator)
{
    int zone = (int)dice_below(&generator->dice, generator->world->zone_count);
    return may_still_change(generator->world, zone) ? zone : NONE;
}

static void end_type(struct world *world, int zone, struct dns_name owner, uint16_t type, uint64_t at)
{
    const struct rrset *set = world_find(world, zone, at, owner, type);
    if (set != NULL)
        end_rrset(world, set, at);
}

static bool serves_above(const struct world *world, const struct server *server, int zone)
{
    for (unsigned i = 0; i < server->serving_count; i++)
        if (server->serving[i].zone != zone &&
            dns_name_within(zone_origin(&world->zone[zone]),
                            zone_origin(&world->zone[server->serving[i].zone])))
            return true;
    return false;
}

/* The server ends to serve the zone; maybe it does not know that, and becomes a ghost. */
static void leave(struct generator *generator, int server, int zone, uint64_t at, bool ghost, uint64_t until)
{
    struct world *world = generator->world;
    struct server *old = &world->server[server];
    bool served = false;
    for (unsigned i = 0; i < old->serving_count; i++)
        if (old->serving[i].zone == zone && old->serving[i].until > at && old->serving[i].frozen == NEVER) {
            old->serving[i].until = at;
            served = true;
        }
    if (!served || !ghost || serves_above(world, old, zone) || world->ghost_count == WORLD_GHOSTS)
        return;
    world_serve(world, server, zone, at, NEVER, at - 1);
    world->ghost[world->ghost_count++] = (struct ghost){zone, at - 1, until};
}

/* The highest TTL that records of the owner had up to now. */
static uint32_t highest_ttl(const struct world *world, int zone, struct dns_name owner, uint16_t type)
{
    uint32_t ttl = 0;
    for (unsigned i = 0; zone != NONE && i < world->zone[zone].rrset_count; i++) {
        const struct rrset *set = &world->rrset[world->zone[zone].rrset[i]];
        if (set->type == type && set->ttl > ttl && dns_name_equal(rrset_owner(set), owner))
            ttl = set->ttl;
    }
    return ttl;
}

static uint32_t host_memory(const struct world *world, const struct host *host)
{
    struct dns_name name = dns_name_view(&host->name);
    const struct zone *home = &world->zone[host->zone];
    uint32_t ipv4 = highest_ttl(world, host->zone, name, DNS_TYPE_A);
    uint32_t ipv6 = highest_ttl(world, host->zone, name, DNS_TYPE_AAAA);
    return (ipv4 > ipv6 ? ipv4 : ipv6) + highest_ttl(world, home->parent, zone_origin(home), DNS_TYPE_NS);
}

/* Until when some ghost of a zone above this one, older than `at`, may still refer to what is changed now. */
static uint64_t haunted_until(const struct world *world, int zone, uint64_t at)
{
    uint64_t until = at;
    for (unsigned i = 0; i < world->ghost_count; i++) {
        const struct ghost *ghost = &world->ghost[i];
        if (ghost->zone != zone && ghost->until > until &&
            dns_name_within(zone_origin(&world->zone[zone]), zone_origin(&world->zone[ghost->zone])))
            until = ghost->until;
    }
    return until;
}

/* Until when a resolver may go on asking the old servers of a zone whose servers change now. */
static uint64_t believed_until(const struct world *world, int zone, uint64_t at)
{
    const struct zone *moved = &world->zone[zone];
    uint32_t longest = 0;
    for (unsigned i = 0; moved->parent != NONE && i < world->zone[moved->parent].rrset_count; i++) {
        const struct rrset *set = &world->rrset[world->zone[moved->parent].rrset[i]];
        if (set->type != DNS_TYPE_NS || !dns_name_equal(rrset_owner(set), zone_origin(moved)))
            continue;
        for (unsigned k = 0; k < set->count; k++) {
            int host = world_find_host(world, world_target(world, set, k));
            uint32_t seconds = host == NONE ? ALIAS_MEMORY : host_memory(world, &world->host[host]);
            longest = seconds > longest ? seconds : longest;
        }
    }
    uint32_t lease =
        moved->parent == NONE ? 0 : highest_ttl(world, moved->parent, zone_origin(moved), DNS_TYPE_NS);
    return haunted_until(world, zone, at) + (BELIEF_SLACK + lease + longest) * SECOND;
}

/* The zone changes: what it was may be remembered for some time. */
static void restless(struct world *world, int zone, uint64_t at)
{
    struct zone *changed = &world->zone[zone];
    uint64_t until = believed_until(world, zone, at) + ABSENCE_MEMORY * SECOND;
    if (changed->restless_count == sizeof changed->restless / sizeof *changed->restless)
        return;
    changed->restless[changed->restless_count].from = at;
    changed->restless[changed->restless_count++].until = until;
}

/* Takes the delegation away, or gives it back as it was. */
static void revoke_or_restore(struct generator *generator, uint64_t at)
{
    struct world *world = generator->world;
    int zone = some_zone(generator);
    if (zone == NONE)
        return;
    int parent = world->zone[zone].parent;
    struct dns_name origin = zone_origin(&world->zone[zone]);
    if (world_delegation(world, zone, at) != NULL) {
        end_type(world, parent, origin, DNS_TYPE_NS, at);
        end_type(world, parent, origin, DNS_TYPE_DS, at);
    } else {
        const struct rrset *own = world_find(world, zone, at, origin, DNS_TYPE_NS);
        if (own == NULL || !generate_may_hold(generator, parent, origin, DNS_TYPE_NS, at))
            return;
        unsigned from = (unsigned)(own - world->rrset);
        world_add_rrset(world, parent, origin, DNS_TYPE_NS, generate_ttl(generator, TTL_SERVERS), at);
        for (unsigned i = 0; i < world->rrset[from].count; i++)
            world_add_target(world, world_target(world, &world->rrset[from], i));
    }
    restless(world, zone, at);
    touch(generator, parent, at);
}

static bool hosts_others(const struct world *world, int zone)
{
    for (unsigned i = 0; i < world->rrset_count; i++) {
        const struct rrset *set = &world->rrset[i];
        if (set->type != DNS_TYPE_NS || set->zone == zone ||
            dns_name_equal(rrset_owner(set), zone_origin(&world->zone[zone])))
            continue;
        for (unsigned k = 0; k < set->count; k++) {
            int host = world_find_host(world, world_target(world, set, k));
            if (host != NONE && world->host[host].zone == zone)
                return true;
        }
    }
    return false;
}

/* The zone gets new name servers with new names. */
static void move_zone(struct generator *generator, uint64_t at)
{
    struct world *world = generator->world;
    int zone = some_zone(generator), host[2];
    if (zone == NONE || world_delegation(world, zone, at) == NULL)
        return;
    bool ghost = dice_chance(&generator->dice, 600) && !hosts_others(world, zone);
    uint64_t until = believed_until(world, zone, at);
    for (unsigned i = 0; i < world->server_count; i++)
        leave(generator, (int)i, zone, at, ghost, until);
    struct dns_name origin = zone_origin(&world->zone[zone]);
    end_type(world, zone, origin, DNS_TYPE_NS, at);
    end_type(world, world->zone[zone].parent, origin, DNS_TYPE_NS, at);
    unsigned count = dice_between(&generator->dice, 1, 2);
    for (unsigned i = 0; i < count; i++) {
        host[i] = generate_own_host(generator, zone, at);
        for (unsigned k = 0; k < world->host[host[i]].server_count; k++)
            world_serve(world, world->host[host[i]].server[k], zone, at, NEVER, NEVER);
    }
    generate_delegation(generator, zone, host, count, at);
    restless(world, zone, at);
    touch(generator, zone, at);
    touch(generator, world->zone[zone].parent, at);
}

static bool is_shared(const struct world *world, int server, int host)
{
    for (unsigned i = 0; i < world->host_count; i++)
        for (unsigned k = 0; k < world->host[i].server_count && (int)i != host; k++)
            if (world->host[i].server[k] == server)
                return true;
    return false;
}

/* Everything one server serves moves to a new one. */
static void move_server(struct generator *generator, int from, int to, uint64_t at, bool ghost)
{
    struct world *world = generator->world;
    unsigned count = world->server[from].serving_count;
    for (unsigned i = 0; i < count; i++) {
        struct serving serving = world->server[from].serving[i];
        if (serving.frozen == NEVER && serving.until <= at) /* whose server it was is known of its name */
            world_serve(world, to, serving.zone, at, at, NEVER);
        if (serving.until <= at || serving.frozen != NEVER)
            continue;
        world_serve(world, to, serving.zone, at, NEVER, NEVER);
        leave(generator, from, serving.zone, at, ghost, believed_until(world, serving.zone, at));
        restless(world, serving.zone, at);
    }
}

static bool may_move(const struct world *world, int host)
{
    const struct host *moved = &world->host[host];
    if (moved->zone == ROOT)
        return false;
    for (unsigned i = 0; i < moved->server_count; i++) {
        const struct server *server = &world->server[moved->server[i]];
        if (is_shared(world, moved->server[i], host))
            return false;
        for (unsigned k = 0; k < server->serving_count; k++)
            if (!may_still_change(world, server->serving[k].zone))
                return false;
    }
    return true;
}

/* A name server gets new addresses. */
static void move_host(struct generator *generator, uint64_t at)
{
    struct world *world = generator->world;
    int host = (int)dice_below(&generator->dice, world->host_count);
    if (!may_move(world, host))
        return;
    struct host old = world->host[host];
    struct dns_name name = dns_name_view(&old.name);
    int home = old.zone;
    bool ghost = dice_chance(&generator->dice, 600) && !hosts_others(world, home);
    world->host[host].server_count = 0;
    for (unsigned i = 0; i < old.server_count; i++) {
        uint8_t family = world->server[old.server[i]].address.family;
        uint16_t type = family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
        const struct rrset *set = world_find(world, home, at - 1, name, type);
        if (set == NULL)
            continue;
        generate_address(generator, host, family, at);
        move_server(generator, old.server[i], world->host[host].server[world->host[host].server_count - 1],
                    at, ghost);
        end_rrset(world, world_find(world, home, at - 1, name, type), at);
    }
    touch(generator, home, at);
}

/* -- all of it --------------------------------------------------------------------------------- */

static void change(struct generator *generator, uint64_t at)
{
    if (generator->scenario->moves && dice_chance(&generator->dice, 500)) {
        static void (*const ways[])(struct generator *, uint64_t) = {revoke_or_restore, revoke_or_restore,
                                                                     move_zone, move_host};
        ways[dice_below(&generator->dice, 4)](generator, at);
        return;
    }
    static void (*const ways[])(struct generator *, uint64_t) = {
        edit, edit, edit, remove_rrset, add_rrset, add_rrset, make_alias};
    ways[dice_below(&generator->dice, 7)](generator, at);
}

void evolve(struct generator *generator)
{
    unsigned count = dice_below(&generator->dice, generator->scenario->changes + 1);
    uint64_t step = generator->world->horizon / (count + 1);
    for (unsigned i = 1; i <= count; i++)
        change(generator,
               step * i + dice_below(&generator->dice, (unsigned)(step < SECOND ? step : SECOND) / 2));
}
