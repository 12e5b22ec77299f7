#include "generate.h"

#include <stdio.h>
#include <string.h>

enum { HOSTS_PER_ZONE = 4, HOSTS_WIDE = 12 };

/* -- small choices ----------------------------------------------------------------------------- */

uint32_t generate_ttl(struct generator *generator, int of)
{
    static const uint32_t data[] = {0, 1, 5, 30, 60, 60, 300, 300, 900, 3600, 86400, 200000};
    static const uint32_t servers[] = {5, 30, 60, 120, 300, 300, 600, 1800, 3600, 86400};
    if (of == TTL_SERVERS)
        return servers[dice_below(&generator->dice, sizeof servers / sizeof *servers)];
    return data[dice_below(&generator->dice, sizeof data / sizeof *data)];
}

static void prepend(struct dns_name_buffer *name, const char *label, struct dns_name below)
{
    struct dns_name_buffer made;
    size_t length = strlen(label);
    made.length = (uint8_t)(1 + length + below.length);
    made.wire[0] = (uint8_t)length;
    memcpy(made.wire + 1, label, length);
    memcpy(made.wire + 1 + length, below.wire, below.length);
    *name = made;
}

void generate_label(struct generator *generator, struct dns_name_buffer *name, struct dns_name below)
{
    static const char *const labels[] = {
        "a",    "b",      "c",    "www",      "mail", "x1",    "shop",
        "_tcp", "_dmarc", "deep", "xn--p1ai", "0",    "cdn-7", "long-label-with-many-letters-in-it",
        "n",    "q"};
    prepend(name, labels[dice_below(&generator->dice, sizeof labels / sizeof *labels)], below);
}

uint16_t generate_type(struct generator *generator)
{
    static const uint16_t types[] = {DNS_TYPE_A,   DNS_TYPE_A,   DNS_TYPE_A,   DNS_TYPE_AAAA,  DNS_TYPE_MX,
                                     DNS_TYPE_TXT, DNS_TYPE_SRV, DNS_TYPE_PTR, DNS_TYPE_HINFO, 65400};
    return types[dice_below(&generator->dice, sizeof types / sizeof *types)];
}

struct dns_name generate_known_name(struct generator *generator)
{
    const struct world *world = generator->world;
    if (world->rrset_count == 0)
        return dns_name_root();
    return rrset_owner(&world->rrset[dice_below(&generator->dice, world->rrset_count)]);
}

/* The target of an alias, mail exchanger or the like: mostly a name there is. */
static void choose_target(struct generator *generator, struct dns_name_buffer *target)
{
    dns_name_copy(target, generate_known_name(generator));
    if (dice_chance(&generator->dice, 150) && target->length < 200)
        generate_label(generator, target, dns_name_view(target));
}

/* -- rdata ------------------------------------------------------------------------------------- */

static void add_random(struct generator *generator, size_t length)
{
    uint8_t octets[256];
    for (size_t i = 0; i < length; i++)
        octets[i] = (uint8_t)dice_roll(&generator->dice);
    octets[0] = 203; /* for addresses: documentation, never a forger's 6.6.6.6 */
    world_add_rdata(generator->world, octets, length);
}

static void add_text(struct generator *generator)
{
    uint8_t octets[201];
    unsigned length = dice_between(&generator->dice, 1, 200);
    octets[0] = (uint8_t)length;
    for (unsigned i = 1; i <= length; i++)
        octets[i] = (uint8_t)('a' + dice_below(&generator->dice, 26));
    world_add_rdata(generator->world, octets, length + 1u);
}

static void add_with_target(struct generator *generator, size_t before)
{
    struct dns_name_buffer target;
    uint8_t octets[6 + DNS_NAME_MAX] = {0, 10};
    choose_target(generator, &target);
    octets[1] = (uint8_t)dice_below(&generator->dice, 20);
    memcpy(octets + before, target.wire, target.length);
    world_add_rdata(generator->world, octets, before + target.length);
}

static void add_one(struct generator *generator, uint16_t type)
{
    switch (type) {
    case DNS_TYPE_A:
        add_random(generator, 4);
        return;
    case DNS_TYPE_AAAA:
        add_random(generator, 16);
        return;
    case DNS_TYPE_MX:
        add_with_target(generator, 2);
        return;
    case DNS_TYPE_SRV:
        add_with_target(generator, 6);
        return;
    case DNS_TYPE_PTR:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_DNAME:
        add_with_target(generator, 0);
        return;
    case DNS_TYPE_TXT:
        add_text(generator);
        return;
    case DNS_TYPE_HINFO:
        world_add_rdata(generator->world, "\3PDP\4UNIX", 9);
        return;
    default:
        add_random(generator, dice_between(&generator->dice, 4, 60));
    }
}

void generate_rdata(struct generator *generator, uint16_t type)
{
    unsigned count = 1;
    if (type != DNS_TYPE_CNAME && type != DNS_TYPE_DNAME)
        count = dice_chance(&generator->dice, 50) ? dice_between(&generator->dice, 8, 20)
                                                  : dice_between(&generator->dice, 1, 3);
    while (count-- > 0)
        add_one(generator, type);
}

static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

void generate_soa(struct generator *generator, int zone, uint64_t born)
{
    static const uint32_t minimum[] = {0, 5, 30, 60, 300, 900, 3600};
    struct dns_name origin = zone_origin(&generator->world->zone[zone]);
    struct dns_name_buffer name;
    uint8_t octets[2 * DNS_NAME_MAX + 20];
    size_t length = 0;
    prepend(&name, "ns", origin);
    memcpy(octets, name.wire, name.length);
    length += name.length;
    memcpy(octets + length, origin.wire, origin.length);
    length += origin.length;
    put32(octets + length, ++generator->serial);
    for (unsigned i = 1; i < 4; i++)
        put32(octets + length + 4 * i, 3600 * i);
    put32(octets + length + 16, minimum[dice_below(&generator->dice, sizeof minimum / sizeof *minimum)]);
    world_add_rrset(generator->world, zone, origin, DNS_TYPE_SOA, generate_ttl(generator, TTL_DATA), born);
    world_add_rdata(generator->world, octets, length + 20);
}

/* -- servers and delegations ------------------------------------------------------------------- */

static int new_server(struct generator *generator, uint8_t family)
{
    struct world *world = generator->world;
    uint8_t octets[16] = {0x20, 0x01, 0x0d, 0xb8};
    unsigned n = world->server_count + 1;
    if (family == 4)
        octets[0] = 198, octets[1] = 18, octets[2] = (uint8_t)(n >> 8), octets[3] = (uint8_t)n;
    else
        octets[14] = (uint8_t)(n >> 8), octets[15] = (uint8_t)n;
    struct dns_address address = dns_address_make(family, octets, 53);
    int index = world_add_server(world, &address);
    struct server *server = &world->server[index];
    server->round_trip =
        1000 + dice_below(&generator->dice, dice_chance(&generator->dice, 800) ? 40000 : 250000);
    server->troubled =
        generator->scenario->spread == 0 || dice_chance(&generator->dice, generator->scenario->spread);
    if (dice_chance(&generator->dice, 300))
        server->quirks |= QUIRK_CHATTY;
    if (dice_chance(&generator->dice, 200))
        server->quirks |= QUIRK_NO_COMPRESSION;
    if (!generator->scenario->quirks)
        return index;
    for (unsigned quirk = QUIRK_LOWERCASES; quirk <= QUIRK_LAME_UPWARD; quirk <<= 1)
        if (dice_chance(&generator->dice, 60))
            server->quirks |= quirk;
    if (generator->scenario->no_tcp && dice_chance(&generator->dice, 100))
        server->quirks |= QUIRK_NO_TCP;
    return index;
}

/* A lame server does not serve anything below the zone it is lame for: what it said there would be
   believed, whatever the zones between say. */
static bool may_serve(const struct world *world, int server, int zone)
{
    int lame_for = world->server[server].lame_for;
    return lame_for == NONE ||
           !dns_name_within(zone_origin(&world->zone[zone]), zone_origin(&world->zone[lame_for]));
}

/* A server of the family that some other name server has, or a new one. */
static int choose_server(struct generator *generator, uint8_t family, int zone)
{
    struct world *world = generator->world;
    if (world->zone_count > 1 && dice_chance(&generator->dice, generator->scenario->shared ? 900 : 300)) {
        int index = (int)dice_below(&generator->dice, world->server_count);
        const struct server *server = &world->server[index];
        if (server->address.family == family && server->serving_count > 0 &&
            server->serving[0].zone != ROOT && server->serving[0].from == 0 && may_serve(world, index, zone))
            return index;
    }
    return new_server(generator, family);
}

void generate_address(struct generator *generator, int host, uint8_t family, uint64_t born)
{
    struct world *world = generator->world;
    struct host *at = &world->host[host];
    int server = born == 0 ? choose_server(generator, family, at->zone) : new_server(generator, family);
    world_add_rrset(world, at->zone, dns_name_view(&at->name), family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA,
                    generate_ttl(generator, TTL_SERVERS), born);
    world_add_rdata(world, world->server[server].address.octets,
                    dns_address_size(&world->server[server].address));
    at->server[at->server_count++] = server;
}

int generate_own_host(struct generator *generator, int zone, uint64_t born)
{
    struct world *world = generator->world;
    struct dns_name_buffer name;
    char label[16];
    snprintf(label, sizeof label, "ns%u", world->host_count + 1);
    prepend(&name, label, zone_origin(&world->zone[zone]));
    int host = world_add_host(world, dns_name_view(&name), zone);
    bool ipv6_only = generator->scenario->odd && dice_chance(&generator->dice, 50);
    if (!ipv6_only)
        generate_address(generator, host, 4, born);
    if (ipv6_only || dice_chance(&generator->dice, 300))
        generate_address(generator, host, 6, born);
    return host;
}

void generate_delegation(struct generator *generator, int zone, const int *host, unsigned count,
                         uint64_t born)
{
    struct world *world = generator->world;
    struct dns_name origin = zone_origin(&world->zone[zone]);
    for (int in = zone; in == zone || in == world->zone[zone].parent; in = world->zone[zone].parent) {
        if (in == NONE)
            break;
        world_add_rrset(world, in, origin, DNS_TYPE_NS, generate_ttl(generator, TTL_SERVERS), born);
        for (unsigned i = 0; i < count; i++)
            world_add_target(world, dns_name_view(&world->host[host[i]].name));
        if (generator->renamed.length > 0)
            world_add_target(world, dns_name_view(&generator->renamed));
        if (in != zone)
            break;
    }
}

static bool host_may_serve(const struct world *world, int host, int zone)
{
    for (unsigned i = 0; i < world->host[host].server_count; i++)
        if (!may_serve(world, world->host[host].server[i], zone))
            return false;
    return true;
}

static bool host_serves_below(const struct world *world, int host, int zone)
{
    for (unsigned i = 0; i < world->host[host].server_count; i++) {
        const struct server *server = &world->server[world->host[host].server[i]];
        for (unsigned k = 0; k < server->serving_count; k++)
            if (dns_name_within(zone_origin(&world->zone[server->serving[k].zone]),
                                zone_origin(&world->zone[zone])))
                return true;
    }
    return false;
}

/* A name server that nobody has told that it should serve the zone. */
static unsigned add_lame_host(struct generator *generator, int zone, int *host, unsigned count)
{
    struct world *world = generator->world;
    int lame = (int)dice_below(&generator->dice, world->host_count);
    if (world->host[lame].zone == ROOT || world->host[lame].zone >= zone ||
        host_serves_below(world, lame, zone))
        return count;
    for (unsigned i = 0; i < world->host[lame].server_count; i++)
        world->server[world->host[lame].server[i]].lame_for = zone;
    host[count] = lame;
    return count + 1;
}

/* A host of another zone that came before: no circle can come of it. */
static int strangers_host(struct generator *generator, int zone)
{
    const struct world *world = generator->world;
    for (unsigned tries = 0; tries < 4; tries++) {
        int host = (int)dice_below(&generator->dice, world->host_count);
        if (world->host[host].zone != ROOT && world->host[host].zone < zone &&
            host_may_serve(world, host, zone))
            return host;
    }
    return generate_own_host(generator, zone, 0);
}

static void serve_by(struct generator *generator, int zone, int host)
{
    const struct host *at = &generator->world->host[host];
    for (unsigned i = 0; i < at->server_count; i++)
        world_serve(generator->world, at->server[i], zone, 0, NEVER, NEVER);
}

/* One more name server, whose name in an earlier zone is an alias of a host (RFC 2181 §10.3 forbids that, and
   people do it). A resolver need not follow it, but must not be kept from the others. */
static void rename_host(struct generator *generator, int zone)
{
    struct world *world = generator->world;
    int home = 1 + (int)dice_below(&generator->dice, (unsigned)zone - 1);
    int host = strangers_host(generator, zone);
    char label[16];
    snprintf(label, sizeof label, "alias%d", zone);
    prepend(&generator->renamed, label, zone_origin(&world->zone[home]));
    if (!generate_may_hold(generator, home, dns_name_view(&generator->renamed), DNS_TYPE_CNAME, 0)) {
        generator->renamed.length = 0;
        return;
    }
    world_add_rrset(world, home, dns_name_view(&generator->renamed), DNS_TYPE_CNAME,
                    generate_ttl(generator, TTL_SERVERS), 0);
    world_add_target(world, dns_name_view(&world->host[host].name));
    serve_by(generator, zone, host);
}

static void give_servers(struct generator *generator, int zone)
{
    int host[HOSTS_WIDE + 1];
    unsigned count = dice_between(&generator->dice, 1, HOSTS_PER_ZONE);
    bool provider = zone > 3 && dice_chance(&generator->dice, 350);
    if (generator->scenario->lonely)
        count = 1;
    if (generator->scenario->wide && zone > 3) {
        count = dice_between(&generator->dice, 4, HOSTS_WIDE);
        provider = dice_chance(&generator->dice, 900);
    }
    if (generator->scenario->glueless && zone > 3)
        provider = dice_chance(&generator->dice, 850);
    for (unsigned i = 0; i < count; i++) {
        bool strange = provider || (zone > 3 && dice_chance(&generator->dice, 150));
        host[i] = strange ? strangers_host(generator, zone) : generate_own_host(generator, zone, 0);
        serve_by(generator, zone, host[i]);
    }
    if (generator->scenario->one_good)
        for (unsigned i = 0; i < generator->world->host[host[0]].server_count; i++)
            generator->world->server[generator->world->host[host[0]].server[i]].troubled = false;
    if (generator->scenario->odd && zone != ROOT) {
        if (dice_chance(&generator->dice, 150) && zone > 3)
            count = add_lame_host(generator, zone, host, count);
        generator->world->zone[zone].no_glue = dice_chance(&generator->dice, 60);
    }
    if (generator->scenario->renamed && zone > 3 && dice_chance(&generator->dice, 500))
        rename_host(generator, zone);
    generate_delegation(generator, zone, host, count, 0);
    generator->renamed.length = 0;
}

/* Two zones whose only name servers are in each other. */
static void make_circle(struct generator *generator, int first, int second)
{
    int host[2] = {generate_own_host(generator, first, 0), generate_own_host(generator, second, 0)};
    serve_by(generator, first, host[1]);
    serve_by(generator, second, host[0]);
    generate_delegation(generator, first, &host[1], 1, 0);
    generate_delegation(generator, second, &host[0], 1, 0);
}

/* -- data -------------------------------------------------------------------------------------- */

bool generate_may_hold(const struct generator *generator, int zone, struct dns_name owner, uint16_t type,
                       uint64_t at)
{
    const struct world *world = generator->world;
    bool apex = dns_name_equal(owner, zone_origin(&world->zone[zone]));
    if ((type == DNS_TYPE_CNAME && (apex || world_find_host(world, owner) != NONE)))
        return false;
    for (unsigned i = 0; i < world->rrset_count; i++) {
        const struct rrset *set = &world->rrset[i];
        if (type == DNS_TYPE_DNAME && set->zone == zone && set->owner.length > owner.length &&
            dns_name_within(rrset_owner(set), owner))
            return false; /* it would hide what is below */
        if (!rrset_alive(set, at) || !dns_name_equal(rrset_owner(set), owner))
            continue;
        if (set->type == type || set->type == DNS_TYPE_CNAME || type == DNS_TYPE_CNAME ||
            (set->type == DNS_TYPE_NS && !apex))
            return false;
    }
    return true;
}

static void add_data(struct generator *generator, int zone)
{
    struct world *world = generator->world;
    struct dns_name_buffer owner;
    dns_name_copy(&owner, zone_origin(&world->zone[zone]));
    for (unsigned labels = dice_below(&generator->dice, 4); labels > 0 && owner.length < 180; labels--)
        generate_label(generator, &owner, dns_name_view(&owner));
    if (dice_chance(&generator->dice, generator->scenario->wild ? 350 : 80) && owner.length < 200)
        prepend(&owner, "*", dns_name_view(&owner));
    uint16_t type = generate_type(generator);
    if (dice_chance(&generator->dice, generator->scenario->aliased ? 500 : 180))
        type = DNS_TYPE_CNAME;
    else if (dice_chance(&generator->dice, generator->scenario->aliased ? 150 : 40))
        type = DNS_TYPE_DNAME;
    if (!generate_may_hold(generator, zone, dns_name_view(&owner), type, 0) ||
        (type == DNS_TYPE_DNAME && owner.wire[1] == '*'))
        return;
    world_add_rrset(world, zone, dns_name_view(&owner), type, generate_ttl(generator, TTL_DATA), 0);
    generate_rdata(generator, type);
}

static void add_ds(struct generator *generator, int zone)
{
    struct world *world = generator->world;
    if (generator->scenario->signatures || !dice_chance(&generator->dice, 300))
        return;
    world_add_rrset(world, world->zone[zone].parent, zone_origin(&world->zone[zone]), DNS_TYPE_DS,
                    generate_ttl(generator, TTL_DATA), 0);
    generate_rdata(generator, DNS_TYPE_DS);
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool new_origin(struct generator *generator, int parent, struct dns_name_buffer *origin)
{
    static const char *const top[] = {"com", "org", "net", "de", "arpa"};
    struct world *world = generator->world;
    if (parent == ROOT)
        prepend(origin, top[dice_below(&generator->dice, 5)], dns_name_root());
    else
        generate_label(generator, origin, zone_origin(&world->zone[parent]));
    return world_find_zone(world, dns_name_view(origin)) == NONE;
}

static void make_zones(struct generator *generator)
{
    struct world *world = generator->world;
    unsigned wanted = dice_between(&generator->dice, 4, generator->scenario->zones);
    world_add_zone(world, dns_name_root(), NONE);
    give_servers(generator, ROOT);
    for (unsigned tries = 0; world->zone_count < wanted && tries < 4 * wanted; tries++) {
        int parent = world->zone_count < 3 ? ROOT : (int)dice_below(&generator->dice, world->zone_count);
        if (generator->scenario->deep && world->zone_count > 3 && dice_chance(&generator->dice, 700))
            parent = (int)world->zone_count - 1;
        struct dns_name_buffer origin;
        if (world->zone[parent].depth >= 6 || !new_origin(generator, parent, &origin))
            continue;
        int zone = world_add_zone(world, dns_name_view(&origin), parent);
        if (generator->scenario->odd && world->zone_count < wanted && dice_chance(&generator->dice, 40) &&
            new_origin(generator, parent, &origin)) {
            make_circle(generator, zone, world_add_zone(world, dns_name_view(&origin), parent));
            continue;
        }
        give_servers(generator, zone);
        add_ds(generator, zone);
    }
}

struct world *generate_world(uint64_t seed, const struct scenario *scenario)
{
    static const unsigned horizons[] = {20, 120, 600, 7200, 200000};
    struct generator generator = {
        .world = world_create(), .scenario = scenario, .dice = dice_make(seed, 1), .serial = 1};
    struct world *world = generator.world;
    world->horizon = SECOND * horizons[dice_below(&generator.dice, 5)];
    if (scenario->horizon > 0)
        world->horizon = SECOND * scenario->horizon;
    make_zones(&generator);
    for (unsigned i = 0; i < world->zone_count; i++) {
        generate_soa(&generator, (int)i, 0);
        for (unsigned n = dice_between(&generator.dice, 2, 14); n > 0; n--)
            add_data(&generator, (int)i);
    }
    generator.keys = dice_make(seed, 9);
    generator.more = dice_make(seed, 12);
    if (scenario->signatures) {
        world->signer = signer_create();
        generate_security(&generator);
    }
    evolve(&generator);
    world_finish(world);
    return world;
}
