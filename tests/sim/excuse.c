/* When a resolver may fail: some zone on the way has no name server that is sure to answer. */
#include <string.h>

#include "generate.h"
#include "model.h"
#include "validity.h"

enum {
    MEMORY_SECONDS = 1300, /* failures are remembered up to 300 s, and what they cause */
    LAME_SECONDS = 75,     /* a server that was found lying is left alone, and the question that found it */
    CHAIN_SURE = 9,        /* aliases that a resolver has to follow */
    DEPTH_SURE = 4,        /* name servers of name servers that it has to look for */
};

enum opinion { UNKNOWN, ASKED, GOOD, BAD };

struct search {
    const struct model *model;
    uint64_t at, now; /* the state of the world that is looked at; the present */
    uint8_t zone[WORLD_ZONES];
    unsigned lookups;
};

static bool zone_is_sure(struct search *search, int zone, unsigned depth);

static bool server_is_sure(const struct search *search, int index, int zone)
{
    const struct model *model = search->model;
    const struct server *server = &model->world->server[index];
    if (server->address.family == 4 ? !model->ipv4 : !model->ipv6)
        return false;
    if (server->quirks & QUIRK_NO_EDNS && model->world->signer != NULL) /* it cannot give signatures */
        return false;
    if (server->quirks & QUIRK_NO_TCP) /* a forged packet can bring a resolver to use TCP */
        return false;
    if (model->trouble[index] != 0 && model->trouble[index] + MEMORY_SECONDS * SECOND >= search->now)
        return false;
    if (model->spoilt[index] != 0 && model->spoilt[index] + LAME_SECONDS * SECOND >= search->now)
        return false;
    for (unsigned i = 0; i < server->serving_count; i++)
        if (server->serving[i].zone == zone && server->serving[i].from <= search->at &&
            search->now < server->serving[i].until && server->serving[i].frozen == NEVER)
            return true;
    return false;
}

static bool host_is_sure(struct search *search, int host, int zone, unsigned depth)
{
    const struct world *world = search->model->world;
    const struct host *at = &world->host[host];
    bool any = false;
    for (unsigned i = 0; i < at->server_count; i++)
        any |= server_is_sure(search, at->server[i], zone);
    if (!any)
        return false;
    if (zone == ROOT)
        return true;
    struct dns_name above = zone_origin(&world->zone[world->zone[zone].parent]);
    if (!world->zone[zone].no_glue && dns_name_within(dns_name_view(&at->name), above))
        return true;
    search->lookups++;
    if (validity_of_zone(world, at->zone, search->at) == VALID_BOGUS)
        return false;
    return depth < DEPTH_SURE &&
           !dns_name_within(dns_name_view(&at->name), zone_origin(&world->zone[zone])) &&
           zone_is_sure(search, at->zone, depth + 1) &&
           world_zone_of(world, dns_name_view(&at->name), DNS_TYPE_A, search->at) == at->zone;
}

/* Its servers or its delegation have changed, and a resolver may still go by how they were. */
static bool changed_lately(const struct search *search, int zone)
{
    const struct zone *at = &search->model->world->zone[zone];
    for (unsigned i = 0; i < at->restless_count; i++)
        if (at->restless[i].from <= search->now &&
            at->restless[i].until + MEMORY_SECONDS * SECOND >= search->now)
            return true;
    return false;
}

static bool some_host_is_sure(struct search *search, int zone, unsigned depth)
{
    const struct world *world = search->model->world;
    const struct rrset *servers = zone == ROOT ? world_find(world, ROOT, 0, dns_name_root(), DNS_TYPE_NS)
                                               : world_delegation(world, zone, search->at);
    for (unsigned i = 0; servers != NULL && i < servers->count; i++) {
        int host = world_find_host(world, world_target(world, servers, i));
        if (host != NONE && host_is_sure(search, host, zone, depth))
            return true;
    }
    return false;
}

static bool zone_is_sure(struct search *search, int zone, unsigned depth)
{
    uint8_t *opinion = &search->zone[zone];
    if (*opinion != UNKNOWN)
        return *opinion == GOOD;
    *opinion = ASKED;
    bool sure = !changed_lately(search, zone) &&
                (zone == ROOT || zone_is_sure(search, search->model->world->zone[zone].parent, depth)) &&
                some_host_is_sure(search, zone, depth);
    *opinion = sure ? GOOD : BAD;
    return sure;
}

/* The zones on the way to a name: as they are, and those that were there until lately. */
static bool way_is_sure(struct search *search, struct dns_name name, uint16_t type)
{
    const struct world *world = search->model->world;
    for (unsigned i = 0; i < world->zone_count; i++)
        if (dns_name_within(name, zone_origin(&world->zone[i])) && changed_lately(search, (int)i))
            return false;
    return zone_is_sure(search, world_zone_of(world, name, type, search->at), 0);
}

/* Follows the aliases through one state of the world. */
static const char *excuse_at(const struct model *model, struct dns_name name, uint16_t type, uint64_t at,
                             uint64_t now)
{
    const struct world *world = model->world;
    struct search search = {.model = model, .at = at, .now = now};
    struct search present = {
        .model = model, .at = now, .now = now}; /* an alias of then leads to the zones of now */
    struct dns_name_buffer here, next;
    dns_name_copy(&here, name);
    for (unsigned aliases = 0; aliases <= CHAIN_SURE; aliases++) {
        struct dns_name view = dns_name_view(&here);
        int zone = world_zone_of(world, view, type, at);
        if (!way_is_sure(&search, view, type) || !way_is_sure(&present, view, type))
            return "a zone on the way has no name server that is sure to answer";
        if ((validity_at(world, view, type, at) | validity_at(world, view, type, now)) & VALID_BOGUS)
            return "a zone on the way is bogus";
        if (search.lookups > 4 || present.lookups > 4)
            return "there are many name servers to look up";
        struct finding finding = world_look(world, zone, at, view, type);
        if (finding.found != FOUND_CNAME && finding.found != FOUND_DNAME)
            return NULL;
        struct dns_name target = world_target(world, finding.set, 0);
        if (finding.found == FOUND_CNAME)
            dns_name_copy(&here, target);
        else if (dns_name_replace_suffix(&next, view, finding.at, target) != DNS_OK)
            return NULL;
        else
            here = next;
    }
    return "the aliases are many, or form a circle";
}

const char *model_excuse(const struct model *model, struct dns_name name, uint16_t type, uint64_t now)
{
    const struct world *world = model->world;
    if (model->trouble_everywhere != 0 && model->trouble_everywhere + MEMORY_SECONDS * SECOND >= now)
        return "nobody could be reached lately";
    const char *excuse = excuse_at(model, name, type, now, now);
    for (unsigned i = world->change_count; excuse == NULL && i-- > 0;) {
        if (world->change[i] > now)
            continue;
        excuse = excuse_at(model, name, type, world->change[i] - 1, now);
        if (world->change[i] + (model->max_ttl + MEMORY_SECONDS) * SECOND < now)
            break;
    }
    return excuse;
}
