/*
 * Which address of a delegation to ask: the one that is expected to answer first, by its smoothed round
 * trip (RFC 6298) and how it has fared in this walk. Addresses never measured are tried early, and now
 * and then any address is, so that a better one is noticed.
 */
#include <string.h>

#include "resolver/walk.h"

enum {
    UNKNOWN_SPREAD = 100000,    /* µs; an unmeasured address counts as somewhere below this */
    SEND_PENALTY = 400000,      /* µs for each time it was asked in this walk already */
    RESTING_PENALTY = 10000000, /* µs for an address that was silent lately */
    LAME_PENALTY = 60000000,    /* µs for one that was lame for the zone lately: the last resort */
    EXPLORE_ONE_IN = 32,
};

/* -- who may be asked -------------------------------------------------------------------------- */

/* Nothing is sent to addresses that cannot be a name server's on the Internet: to this host, to no
   host, to a link's or many hosts; unless the administrator said `server PREFIX { bogus no; };`. */
static bool is_special(const struct dns_address *address)
{
    static const uint8_t zeros[15];
    const uint8_t *a = address->octets;
    if (address->family == 4)
        return a[0] == 0 || a[0] == 127 || (a[0] == 169 && a[1] == 254) || a[0] >= 224;
    if (memcmp(a, zeros, 15) == 0 && a[15] <= 1)
        return true; /* :: and ::1 */
    /* ::ffff:0:0/96 is IPv4 by now (dns_address_make()) */
    return a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

static const struct engine_server_rule *closest_rule(const struct engine *engine,
                                                     const struct dns_address *address, bool for_bogus)
{
    const struct engine_server_rule *best = NULL;
    for (size_t i = 0; i < engine->options.rule_count; i++) {
        const struct engine_server_rule *rule = &engine->rules[i];
        bool given = for_bogus ? rule->bogus_given : rule->edns_given;
        if (given && dns_prefix_contains(&rule->prefix, address) &&
            (best == NULL || rule->prefix.bits > best->prefix.bits))
            best = rule;
    }
    return best;
}

static bool may_ask(const struct engine *engine, const struct dns_address *address, bool configured)
{
    if (address->family == 4 ? !engine->options.ipv4 : !engine->options.ipv6)
        return false;
    const struct engine_server_rule *rule = closest_rule(engine, address, true);
    return rule != NULL ? !rule->bogus : configured || !is_special(address);
}

static bool without_edns(const struct engine *engine, const struct dns_address *address)
{
    const struct engine_server_rule *rule = closest_rule(engine, address, false);
    return rule != NULL && !rule->edns;
}

/* -- a new delegation -------------------------------------------------------------------------- */

static void examine(struct walk *walk, unsigned index)
{
    const struct dns_address *address = &walk->delegation.address[index].address;
    walk->targets[index] = (struct target){.plain = without_edns(walk->engine, address)};
    if (may_ask(walk->engine, address, walk->delegation.origin != DELEGATION_OF_PARENT))
        return;
    walk->tally.forbidden++;
    select_drop(walk, index, "addresses of this kind are not asked");
}

static bool has_address(const struct walk *walk, unsigned server)
{
    for (unsigned i = 0; i < walk->delegation.address_count; i++)
        if (walk->delegation.address[i].server == server)
            return true;
    return false;
}

void select_adopt(struct walk *walk)
{
    memset(walk->looked_up, 0, sizeof walk->looked_up);
    walk->tally = (struct tally){0};
    walk->last_resort = false;
    for (unsigned i = 0; i < walk->delegation.address_count; i++)
        examine(walk, i);
    if (walk->delegation.origin != DELEGATION_OF_PARENT)
        memset(walk->looked_up, LOOKED_UP_A | LOOKED_UP_AAAA, sizeof walk->looked_up);
    for (unsigned i = 0; i < walk->delegation.server_count; i++)
        if (!has_address(walk, i))
            lookup_from_cache(walk, i);
}

bool select_add(struct walk *walk, unsigned server, const struct dns_address *address)
{
    if (!delegation_add_address(&walk->delegation, server, address))
        return false;
    examine(walk, walk->delegation.address_count - 1u);
    return !walk->targets[walk->delegation.address_count - 1].dropped;
}

void select_renew(struct walk *walk)
{
    exchange_close_all(walk);
    for (unsigned i = 0; i < walk->delegation.address_count; i++)
        walk->targets[i].udp_sends = walk->targets[i].tcp_sends = 0;
}

void select_drop(struct walk *walk, unsigned target, const char *why)
{
    walk->targets[target].dropped = true;
    REPORT(walk, .kind = EVENT_SERVER_DROPPED, .address = walk->delegation.address[target].address,
           .zone = dns_name_view(&walk->delegation.zone), .text = why);
}

bool select_last_resort(struct walk *walk)
{
    if (walk->last_resort)
        return false;
    walk->last_resort = true;
    bool found = walk->delegation.origin == DELEGATION_OF_PARENT && lookup_parent_glue(walk);
    for (unsigned i = 0; i < walk->delegation.address_count; i++)
        found |= !walk->targets[i].dropped;
    return found;
}

/* -- the choice -------------------------------------------------------------------------------- */

static uint32_t zone_hash(const struct walk *walk)
{
    return (uint32_t)cache_hash(walk->engine->options.cache, dns_name_view(&walk->delegation.zone));
}

static bool is_being_asked(const struct walk *walk, unsigned target)
{
    for (const struct exchange *at = walk->exchanges; at != NULL; at = at->next)
        if (at->target == target && at->state != EXCHANGE_LATE)
            return true;
    return false;
}

/* An address that was silent lately gets one packet, to see whether it is back. */
static bool has_attempts(const struct walk *walk, const struct target *target, const struct server *facts)
{
    uint32_t now = engine_seconds(walk->engine);
    if (target->tcp && walk->budget->connections == 0)
        return false;
    unsigned sends = target->tcp ? target->tcp_sends : target->udp_sends;
    unsigned most = walk->delegation.origin == DELEGATION_FORWARDERS_FIRST ? FORWARDER_SENDS : TARGET_SENDS;
    return sends < (facts->retry_at > now ? 1u : most);
}

static uint64_t expectation(struct walk *walk, const struct target *target, const struct server *facts)
{
    uint64_t wait = facts->srtt == 0 ? engine_random(walk->engine) % UNKNOWN_SPREAD : facts->srtt;
    if (facts->timeouts > 0)
        wait += server_wait(facts);
    if (facts->retry_at > engine_seconds(walk->engine))
        wait += RESTING_PENALTY;
    if (server_is_lame(facts, zone_hash(walk), engine_seconds(walk->engine)))
        wait += LAME_PENALTY;
    return wait + (uint64_t)SEND_PENALTY * (target->udp_sends + target->tcp_sends);
}

static bool candidate(struct walk *walk, unsigned index, struct server *facts)
{
    struct engine *engine = walk->engine;
    const struct target *target = &walk->targets[index];
    const struct dns_address *address = &walk->delegation.address[index].address;
    bool passed_over = target->recursive || family_is_down(engine, address);
    if (target->dropped || (passed_over && !walk->last_resort) || is_being_asked(walk, index))
        return false;
    server_get(engine->options.cache, address, engine_seconds(engine), facts);
    return has_attempts(walk, target, facts);
}

/* Who was chosen, of how many, and why. */
struct choice {
    int chosen; /* -1: nobody */
    unsigned of;
    uint64_t expected;
    unsigned flags; /* EVENT_EXPLORING, EVENT_AGAIN */
};

static void report_choice(const struct walk *walk, const struct choice *choice, const struct server *facts)
{
    const struct delegation *delegation = &walk->delegation;
    const struct target *target = &walk->targets[choice->chosen];
    uint32_t now = engine_seconds(walk->engine);
    unsigned flags = choice->flags | (server_is_lame(facts, zone_hash(walk), now) ? EVENT_LAME : 0u) |
                     (facts->retry_at > now ? EVENT_BACKOFF : 0u);
    REPORT(walk, .kind = EVENT_SERVER, .address = delegation->address[choice->chosen].address,
           .server = delegation->server[delegation->address[choice->chosen].server], .count = choice->of,
           .value = choice->expected, .flags = (uint16_t)flags,
           .number = {(uint16_t)(facts->srtt / 1000), facts->timeouts,
                      (uint16_t)(target->udp_sends + target->tcp_sends)});
}

/* An address that is to be asked again in another way, before all others. */
static int asked_again(struct walk *walk, struct server *facts)
{
    struct engine *engine = walk->engine;
    for (int i = 0; i < walk->delegation.address_count; i++) {
        struct target *target = &walk->targets[i];
        if (!target->again)
            continue;
        target->again = false;
        server_get(engine->options.cache, &walk->delegation.address[i].address, engine_seconds(engine),
                   facts);
        struct server awake = *facts; /* it has just said something: it is no longer left alone */
        awake.retry_at = 0;
        if (!target->dropped && has_attempts(walk, target, &awake))
            return i;
    }
    return -1;
}

/* An address that was silent, and need not rest any more: worth a packet beside the one to a better server, so that its return is
   noticed and nobody has to wait for it. Counted as silent beforehand, lest others do the same meanwhile. */
int select_probe(struct walk *walk, struct server *facts)
{
    struct engine *engine = walk->engine;
    uint32_t now = engine_seconds(engine);
    for (unsigned i = 0; i < walk->delegation.address_count; i++) {
        const struct target *target = &walk->targets[i];
        if (target->udp_sends + target->tcp_sends > 0 || !candidate(walk, i, facts) || facts->timeouts == 0 ||
            facts->retry_at > now)
            continue;
        struct server later = *facts;
        server_silent(&later, now);
        server_put(engine->options.cache, &walk->delegation.address[i].address, now, &later);
        return (int)i;
    }
    return -1;
}

int select_target(struct walk *walk, struct server *facts)
{
    struct server at;
    struct choice choice = {.chosen = asked_again(walk, facts), .of = 1, .flags = EVENT_AGAIN};
    if (choice.chosen >= 0) {
        report_choice(walk, &choice, facts);
        return choice.chosen;
    }
    choice = (struct choice){.chosen = -1, .expected = UINT64_MAX};
    bool explore = engine_random(walk->engine) % EXPLORE_ONE_IN == 0;
    for (unsigned i = 0; i < walk->delegation.address_count; i++) {
        if (!candidate(walk, i, &at))
            continue;
        choice.of++;
        uint64_t expected = expectation(walk, &walk->targets[i], &at);
        bool exploring =
            explore && at.timeouts == 0 && walk->targets[i].udp_sends == 0 && expected < LAME_PENALTY;
        if (exploring)
            expected = engine_random(walk->engine) % UNKNOWN_SPREAD;
        if (expected < choice.expected) {
            choice.expected = expected;
            choice.chosen = (int)i;
            choice.flags = exploring ? EVENT_EXPLORING : 0;
            *facts = at;
        }
    }
    if (choice.chosen < 0)
        return -1;
    /* Without EDNS there are no signatures: where they are needed it is tried each time. */
    if (walk->delegation.trust != TRUST_SECURE && facts->edns == SERVER_EDNS_NONE &&
        facts->edns_until > engine_seconds(walk->engine))
        walk->targets[choice.chosen].plain = true;
    report_choice(walk, &choice, facts);
    return choice.chosen;
}
