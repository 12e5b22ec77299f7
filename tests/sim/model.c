#include "model.h"

#include <string.h>

#include "dns/rdata.h"
#include "generate.h"

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > NEVER - b ? NEVER : a + b;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t before(uint64_t at, uint64_t span)
{
    return at > span ? at - span : 0;
}

/* -- who is believable ------------------------------------------------------------------------- */

/* The parent's copy of the NS records, also as a ghost of the parent has it; and for `longer` µs where the
   lease is not the resolver's to know. */
static bool leased(const struct world *world, int zone, const struct rrset *servers, uint64_t at,
                   uint64_t longer)
{
    uint64_t lease = servers->ttl * SECOND + SLACK + longer;
    if (servers->born <= at && at <= sum(servers->died, lease))
        return true;
    for (unsigned i = 0; i < world->ghost_count; i++) {
        const struct ghost *ghost = &world->ghost[i];
        if (ghost->zone == world->zone[zone].parent && rrset_alive(servers, ghost->frozen) &&
            ghost->frozen <= at && at <= sum(ghost->until, lease))
            return true;
    }
    return false;
}

static bool is_delegation_of(const struct world *world, const struct rrset *set, int zone)
{
    return set->type == DNS_TYPE_NS && dns_name_equal(rrset_owner(set), zone_origin(&world->zone[zone]));
}

bool model_believes(const struct world *world, int zone, uint64_t at)
{
    uint64_t longer = 0;
    for (; zone != ROOT; zone = world->zone[zone].parent) {
        const struct zone *parent = &world->zone[world->zone[zone].parent];
        uint64_t longest = longer;
        bool any = false;
        for (unsigned i = 0; i < parent->rrset_count; i++) {
            const struct rrset *set = &world->rrset[parent->rrset[i]];
            if (!is_delegation_of(world, set, zone))
                continue;
            any = any || leased(world, zone, set, at, longer);
            longest = later(longest, set->ttl * SECOND);
        }
        if (!any)
            return false;
        longer =
            world->zone[zone].parent != ROOT && world->zone[world->zone[zone].parent].passed_by ? longest : 0;
    }
    return true;
}

/* -- claims ------------------------------------------------------------------------------------ */

/* The claim's records are all of that set. */
static bool part_of_records(const struct world *world, const struct rrset *set, const struct claim *claim)
{
    for (unsigned k = 0; k < claim->count; k++) {
        uint16_t length;
        bool found = false;
        for (unsigned i = 0; i < set->count && !found; i++) {
            const uint8_t *rdata = world_rdata(world, set, i, &length);
            found = claim->record[k].length == length && memcmp(claim->record[k].rdata, rdata, length) == 0;
        }
        if (!found)
            return false;
    }
    return true;
}

static bool has_record(const struct claim *claim, uint16_t type, const uint8_t *rdata, uint16_t length)
{
    for (unsigned i = 0; i < claim->count; i++)
        if (claim->record[i].type == type && claim->record[i].length == length &&
            memcmp(claim->record[i].rdata, rdata, length) == 0)
            return true;
    return false;
}

/* ANY: all sets of the name, and nothing else; *ttl becomes their lowest. */
static bool same_sets(const struct model *model, const struct claim *claim, const struct finding *finding,
                      int zone, uint64_t data_time, uint32_t *ttl)
{
    const struct world *world = model->world;
    unsigned count = 0;
    for (const struct rrset *set = finding->set; set != NULL;
         set = world_next_at(world, zone, data_time, rrset_owner(finding->set), set)) {
        for (unsigned i = 0; i < set->count; i++) {
            uint16_t length;
            const uint8_t *rdata = world_rdata(world, set, i, &length);
            if (!has_record(claim, set->type, rdata, length))
                return false;
        }
        count += set->count;
        *ttl = set->ttl < *ttl ? set->ttl : *ttl;
    }
    return count == claim->count;
}

static bool same_records(const struct world *world, const struct rrset *set, const struct claim *claim)
{
    if (claim->part)
        return part_of_records(world, set, claim);
    if (set->count != claim->count)
        return false;
    for (unsigned i = 0; i < set->count; i++) {
        uint16_t length;
        const uint8_t *rdata = world_rdata(world, set, i, &length);
        bool found = false;
        for (unsigned k = 0; k < claim->count && !found; k++)
            found = claim->record[k].length == length && memcmp(claim->record[k].rdata, rdata, length) == 0;
        if (!found)
            return false;
    }
    return true;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Data of time `at` with this TTL fit what is left of it. */
static bool ttl_fits(const struct claim *claim, uint32_t ttl, uint64_t at)
{
    if (claim->ttl > ttl)
        return false;
    uint64_t age = claim->whole ? 0 : (ttl - claim->ttl) * SECOND;
    return sum(sum(at, age), SLACK) >= claim->told;
}

static const char *judge_alias(const struct model *model, const struct claim *claim,
                               const struct finding *finding, uint64_t at)
{
    const struct world *world = model->world;
    struct dns_name_buffer made;
    if (finding->found != FOUND_CNAME && finding->found != FOUND_DNAME)
        return "there is no alias";
    struct dns_name target = world_target(world, finding->set, 0);
    if (finding->found == FOUND_DNAME) {
        bool too_long = dns_name_replace_suffix(&made, claim->name, finding->at, target) != DNS_OK;
        if (too_long != (claim->kind == CLAIM_YXDOMAIN))
            return "the DNAME does not make so long a name";
        if (too_long)
            return NULL;
        if (claim->dname == NULL || !dns_name_equal(*claim->dname, finding->at))
            return "it comes from another DNAME";
        target = dns_name_view(&made);
    } else if (claim->dname != NULL || claim->kind == CLAIM_YXDOMAIN) {
        return "there is no DNAME";
    }
    /* What is made from a DNAME has the spelling of whoever asked first. */
    struct dns_name claimed = {claim->record[0].rdata, (uint8_t)claim->record[0].length};
    bool exact = finding->found == FOUND_CNAME;
    if (!dns_name_equal(claimed, target) || (exact && memcmp(claimed.wire, target.wire, target.length) != 0))
        return "the alias has another target";
    return ttl_fits(claim, least(finding->set->ttl, model->max_ttl), at) ? NULL : "the alias is too old";
}

static const char *judge_absence(const struct model *model, const struct claim *claim, int zone, uint64_t at,
                                 uint64_t data_time)
{
    const struct world *world = model->world;
    struct dns_name origin = zone_origin(&world->zone[zone]);
    const struct rrset *soa = world_find(world, zone, data_time, origin, DNS_TYPE_SOA);
    struct dns_soa fields;
    uint16_t length;
    if (!claim->soa)
        return sum(at, SLACK) >= claim->told ? NULL : "absence without a SOA record is too old";
    const uint8_t *rdata = world_rdata(world, soa, 0, &length);
    if (!dns_name_equal(claim->soa_owner, origin) || claim->soa_record.length != length ||
        memcmp(claim->soa_record.rdata, rdata, length) != 0 ||
        dns_rdata_soa(rdata, length, &fields) != DNS_OK)
        return "the SOA record is another one";
    uint32_t ttl = least(least(soa->ttl, fields.minimum), model->max_negative_ttl);
    return ttl_fits(claim, ttl, at) ? NULL : "the absence is too old, or its TTL too high";
}

/* One zone's data of one time. */
static const char *judge_by(const struct model *model, const struct claim *claim, int zone, uint64_t at,
                            uint64_t data_time)
{
    struct finding finding = world_look(model->world, zone, data_time, claim->name, claim->type);
    uint32_t ttl;
    switch (claim->kind) {
    case CLAIM_RRSET:
        if (finding.found != FOUND_RECORDS)
            return "there are no such records";
        ttl = finding.set->ttl;
        if (claim->type == DNS_TYPE_ANY ? !same_sets(model, claim, &finding, zone, data_time, &ttl)
                                        : !same_records(model->world, finding.set, claim))
            return "the records are others";
        return ttl_fits(claim, least(ttl, model->max_ttl), at)
                   ? NULL
                   : "the records are too old, or their TTL too high";
    case CLAIM_ALIAS:
    case CLAIM_YXDOMAIN:
        return judge_alias(model, claim, &finding, at);
    case CLAIM_NODATA:
        return finding.found == FOUND_NODATA ? judge_absence(model, claim, zone, at, data_time)
                                             : "the data, or the alias, exist, or the name does not";
    default:
        return finding.found == FOUND_NXDOMAIN ? judge_absence(model, claim, zone, at, data_time)
                                               : "the name exists";
    }
}

/* -- who is asked by mistake -------------------------------------------------------------------- */

static bool has_address(const struct world *world, const struct rrset *set, const struct server *server)
{
    for (unsigned i = 0; i < set->count; i++) {
        uint16_t length;
        const uint8_t *octets = world_rdata(world, set, i, &length);
        if (length == dns_address_size(&server->address) &&
            memcmp(octets, server->address.octets, length) == 0)
            return true;
    }
    return false;
}

/* By one alias or more, the name leads to the server's address at that time. */
static bool leads_to(const struct world *world, struct dns_name name, const struct server *server,
                     uint64_t at)
{
    enum { LINKS = 12 };
    uint16_t type = server->address.family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
    struct dns_name_buffer here, next;
    dns_name_copy(&here, name);
    for (unsigned links = 0; links < LINKS; links++) {
        struct dns_name view = dns_name_view(&here);
        struct finding found = world_look(world, world_zone_of(world, view, type, at), at, view, type);
        if (found.found == FOUND_RECORDS)
            return links > 0 && has_address(world, found.set, server);
        if (found.found != FOUND_CNAME && found.found != FOUND_DNAME)
            return false;
        struct dns_name target = world_target(world, found.set, 0);
        if (found.found == FOUND_CNAME)
            dns_name_copy(&here, target);
        else if (dns_name_replace_suffix(&next, view, found.at, target) != DNS_OK)
            return false;
        else
            here = next;
    }
    return false;
}

/* The zone has named a name server whose name has been an alias that leads to this one. */
static bool is_named_by_alias(const struct world *world, int zone, const struct server *server, uint64_t at)
{
    for (unsigned i = 0; i < world->rrset_count; i++) {
        const struct rrset *set = &world->rrset[i];
        if (!is_delegation_of(world, set, zone) || set->born > at)
            continue;
        for (unsigned k = 0; k < set->count; k++)
            for (unsigned c = 0; c <= world->change_count; c++) {
                uint64_t then = c == 0 ? 0 : world->change[c - 1];
                if (then <= at && leads_to(world, world_target(world, set, k), server, then))
                    return true;
            }
    }
    return false;
}

/* A server that is asked for a zone that it does not serve, since the alias of a name server has led to it, is
   believed about all below that zone, whatever its delegations say: it is the zone's own word that it may speak. */
static bool judge_misled(const struct model *model, const struct claim *claim, int zone, uint64_t at)
{
    const struct world *world = model->world;
    for (unsigned i = 0; i < world->server_count; i++) {
        const struct server *server = &world->server[i];
        for (unsigned k = 0; k < server->serving_count; k++) {
            const struct serving *serving = &server->serving[k];
            if (serving->zone != zone || serving->from > at || at >= serving->until ||
                judge_by(model, claim, zone, at, serving->frozen == NEVER ? at : serving->frozen) != NULL)
                continue;
            for (int above = world->zone[zone].parent; above != NONE; above = world->zone[above].parent)
                if (is_named_by_alias(world, above, server, at))
                    return true;
        }
    }
    return false;
}

/* All that was believable at one time. */
static const char *judge_at(const struct model *model, const struct claim *claim, uint64_t at,
                            const char *why)
{
    const struct world *world = model->world;
    for (unsigned i = 0; i < world->zone_count; i++) {
        struct dns_name origin = zone_origin(&world->zone[i]);
        const char *problem;
        if (!dns_name_within(claim->name, origin) ||
            (claim->type == DNS_TYPE_DS && i != ROOT && dns_name_equal(claim->name, origin)) ||
            !model_believes(world, (int)i, at))
            continue;
        if ((problem = judge_by(model, claim, (int)i, at, at)) == NULL)
            return NULL;
        if (world_zone_of(world, claim->name, claim->type, at) == (int)i)
            why = problem;
        for (unsigned k = 0; k < world->ghost_count; k++) {
            const struct ghost *ghost = &world->ghost[k];
            if (ghost->zone == (int)i && ghost->frozen <= at && at <= ghost->until &&
                judge_by(model, claim, (int)i, at, ghost->frozen) == NULL)
                return NULL;
        }
    }
    return why;
}

static bool judge_misled_since(const struct model *model, const struct claim *claim, int zone, uint64_t from)
{
    const struct world *world = model->world;
    bool fits = judge_misled(model, claim, zone, claim->told);
    for (unsigned i = 0; i < world->change_count && !fits; i++)
        if (world->change[i] >= from && world->change[i] <= claim->told)
            fits = judge_misled(model, claim, zone, world->change[i]) ||
                   judge_misled(model, claim, zone, before(world->change[i], 1));
    return fits;
}

/* The longest that anything may have been kept. */
static uint64_t horizon_of(const struct model *model, const struct claim *claim)
{
    uint64_t longest = model->max_ttl > model->max_negative_ttl ? model->max_ttl : model->max_negative_ttl;
    return (claim->whole ? 0 : longest * SECOND) + SLACK;
}

const char *model_refutes(const struct model *model, const struct claim *claim)
{
    const struct world *world = model->world;
    uint64_t from = before(claim->told, horizon_of(model, claim));
    const char *why = judge_at(model, claim, claim->told, "no zone is responsible");
    if (why == NULL)
        return NULL;
    for (unsigned i = world->change_count; i-- > 0;) {
        uint64_t change = world->change[i];
        if (change > claim->told)
            continue;
        if (change < from)
            break;
        /* The last moment before the change, and the first after it: belief and data end there. */
        if (judge_at(model, claim, change, why) == NULL ||
            judge_at(model, claim, before(change, 1), why) == NULL)
            return NULL;
    }
    why = judge_at(model, claim, from, why);
    for (unsigned i = 0; i < world->zone_count && why != NULL; i++)
        if (dns_name_within(claim->name, zone_origin(&world->zone[i])) &&
            judge_misled_since(model, claim, (int)i, from))
            why = NULL;
    return why;
}

/* -- delegations ------------------------------------------------------------------------------- */

static bool same_servers(const struct world *world, const struct rrset *set, const struct dns_name *server,
                         unsigned count)
{
    if (set->count != count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        bool found = false;
        for (unsigned k = 0; k < set->count && !found; k++)
            found = dns_name_equal(world_target(world, set, k), server[i]);
        if (!found)
            return false;
    }
    return true;
}

const char *model_refutes_delegation(const struct model *model, int zone, const struct dns_name *server,
                                     unsigned count, uint64_t told, uint64_t expires, uint32_t ttl)
{
    const struct world *world = model->world;
    const struct zone *parent = &world->zone[zone == ROOT ? ROOT : world->zone[zone].parent];
    const char *why = "the parent never named these servers";
    for (unsigned i = 0; i < parent->rrset_count; i++) {
        const struct rrset *set = &world->rrset[parent->rrset[i]];
        if (!is_delegation_of(world, set, zone) || !same_servers(world, set, server, count))
            continue;
        if (ttl > set->ttl)
            why = "its TTL is higher than the parent's";
        else if (zone != ROOT &&
                 (told < set->born || !leased(world, zone, set, later(told, before(expires, SLACK)), 0)))
            why = "the parent's word ends earlier";
        else if (!model_believes(world, zone, later(told, before(expires, SLACK))))
            why = "a zone above it ends earlier";
        else
            return NULL;
    }
    return why;
}

/* The address was one of the name server's at `told`, or not longer before than its TTL. */
static bool has_told_address(const struct model *model, struct dns_name server,
                             const struct dns_address *address, uint64_t told, bool within_ttl)
{
    const struct world *world = model->world;
    int host = world_find_host(world, server);
    if (host == NONE)
        return false;
    const struct zone *home = &world->zone[world->host[host].zone];
    for (unsigned i = 0; i < home->rrset_count; i++) {
        const struct rrset *set = &world->rrset[home->rrset[i]];
        if (set->type != (address->family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA) ||
            !dns_name_equal(rrset_owner(set), server) || told < set->born)
            continue;
        uint64_t longer = SLACK + (within_ttl ? set->ttl * SECOND : 0);
        for (unsigned k = 0; k < set->count; k++) {
            uint16_t length;
            if (memcmp(world_rdata(world, set, k, &length), address->octets, dns_address_size(address)) != 0)
                continue;
            if (told <= sum(set->died, longer))
                return true;
            for (unsigned g = 0; g < world->ghost_count; g++)
                if (rrset_alive(set, world->ghost[g].frozen) && told <= sum(world->ghost[g].until, longer))
                    return true;
        }
    }
    return false;
}

bool model_knows_address(const struct model *model, struct dns_name server, const struct dns_address *address,
                         uint64_t told)
{
    return has_told_address(model, server, address, told, false);
}

bool model_knew_address(const struct model *model, struct dns_name server, const struct dns_address *address,
                        uint64_t now)
{
    return has_told_address(model, server, address, now, true);
}
