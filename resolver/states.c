/* The states of a walk, a function for each (walk.h); a transition is a `return`. */
#include <stdio.h>
#include <string.h>

#include "resolver/failure.h"
#include "resolver/walk.h"

enum { PROBE_BUDGET = 25 }; /* packets that must be left for one that only probes */

void walk_resume(struct walk *walk, enum walk_state state)
{
    walk->state = state;
    engine_queue(walk);
}

static enum walk_state state_alias_begin(struct walk *walk);
static bool is_local(const struct walk *walk, struct dns_name name);
static enum walk_state state_checked_begin(struct walk *walk);

static void report_hit(struct walk *walk, struct dns_name name)
{
    const struct answer *answer = &walk->answer;
    if (answer->rcode == DNS_RCODE_SERVFAIL) {
        struct failure_entry failure = {0};
        struct engine *engine = walk->engine;
        failure_find(engine->options.cache, name, walk->qtype, engine_seconds(engine), &failure);
        walk->culprit = failure.culprit;
        walk->culprit.id = answer->id;
        REPORT(walk, .kind = EVENT_CACHE_HIT, .name = name, .type = walk->qtype, .ttl = answer->ttl,
               .age = answer->age, .ede = (uint16_t)answer->ede, .id = answer->id,
               .flags = answer->ede == DNS_EDE_NONE ? 0 : EVENT_HAS_EDE, .text = "a failure, remembered");
        return;
    }
    struct dns_address source = {0};
    cache_answer_source(walk->engine->options.cache, name, walk->qtype, engine_seconds(walk->engine),
                        &source);
    REPORT(walk, .kind = EVENT_CACHE_HIT, .name = name, .type = walk->qtype, .address = source,
           .ttl = answer->ttl, .age = answer->age, .rank = answer->rank, .trust = (uint8_t)answer->trust,
           .text = "the whole answer");
}

static enum walk_state state_cache(struct walk *walk)
{
    struct engine *engine = walk->engine;
    if (walk->prime)
        return WALK_DELEGATION;
    enum answer_found found = answer_from_cache(&walk->answer, engine->options.cache, walk->qtype,
                                                engine_seconds(engine), engine->options.limits.names);
    struct dns_name name = answer_name(&walk->answer);
    if (found == ANSWER_COMPLETE) {
        walk->memory = FORGET;
        report_hit(walk, name);
        return WALK_FINISH;
    }
    if (found == ANSWER_NO_SPACE)
        return walk_make_room(walk)
                   ? WALK_CACHE
                   : walk_fail(walk, BLAME_UNREADABLE, DNS_EDE_OTHER, "the answer is too large");
    if (found == ANSWER_TOO_LONG)
        return walk_fail_aliases(walk);
    if (!is_local(walk, name)) /* else the cache has nothing of it, and is not what was asked first */
        REPORT(walk, .kind = EVENT_CACHE_MISS, .name = name, .type = walk->qtype);
    return walk->checking == CHECKING_FIRST ? state_checked_begin(walk) : WALK_DELEGATION;
}

static enum walk_state state_checked_begin(struct walk *walk)
{
    switch (wait_begin(walk, WAIT_CHECKED, 0, answer_name(&walk->answer), walk->qtype)) {
    case WAIT_BEGUN:
        return WALK_CHECKED;
    case WAIT_CIRCLE:
        return walk_fail(walk, BLAME_CIRCLE, DNS_EDE_OTHER, "the aliases form a circle");
    default:
        return walk_fail(walk, BLAME_RESOURCES, DNS_EDE_OTHER, "too many questions are being walked");
    }
}

/* What the walk that checks has found is the answer; but what it does not believe is asked for once more, for
   the client to judge. */
static enum walk_state state_checked(struct walk *walk)
{
    struct wait *wait = wait_ready(walk, WAIT_CHECKED);
    if (wait == NULL)
        return WALK_CHECKED;
    const struct answer *checked = &wait->child->answer;
    enum walk_state state = WALK_FINISH;
    if (checked->rcode == DNS_RCODE_SERVFAIL && dns_ede_is_of_validation(checked->ede)) {
        walk->checking = CHECKING_NOT;
        state = WALK_DELEGATION;
    } else if (checked->rcode == DNS_RCODE_SERVFAIL) {
        walk->memory = FORGET;
        state = walk_fail_like(walk, wait->child);
    } else if (!answer_append(&walk->answer, checked) &&
               !(walk_make_room(walk) && answer_append(&walk->answer, checked))) {
        state = walk_fail(walk, BLAME_UNREADABLE, DNS_EDE_OTHER, "the answer is too large");
    }
    wait_end(wait);
    return state;
}

/* DS records are the parent's (RFC 4035 §3.1.4.1): they are asked for above the cut. */
static struct dns_name where_to_start(const struct walk *walk, struct dns_name name)
{
    return walk->qtype == DNS_TYPE_DS ? dns_name_parent(name) : name;
}

/* All of them have been silent for a while, and are left alone. */
static bool are_resting(const struct engine *engine, const struct route *route)
{
    struct server facts;
    for (unsigned i = 0; i < route->address_count; i++) {
        server_get(engine->options.cache, &route->addresses[i], engine_seconds(engine), &facts);
        if (facts.retry_at <= engine_seconds(engine))
            return false;
    }
    return true;
}

/* Where the configuration has the name asked for; NULL: it is walked to from the root. */
static const struct route *route_of(const struct walk *walk, struct dns_name name)
{
    const struct engine_options *options = &walk->engine->options;
    const struct route *route = route_find(options->routes, options->route_count, name);
    if (route == NULL || route->kind == ROUTE_WALK || walk->prime || walk->own_way ||
        (route->kind == ROUTE_FORWARD_FIRST && are_resting(walk->engine, route)))
        return NULL;
    return route;
}

/* What the zones above a route, or above a zone of our own, say of what is below it is not meant for us; nor is what
   they say above a trust anchor. `below` octets is the least that a name must have which counts. */
static bool is_beyond(const struct walk *walk, unsigned below, struct dns_name name, struct dns_name above)
{
    const struct engine *engine = walk->engine;
    return above.length < below ||
           validation_begins_below(engine->options.validation, name, above, engine_wall(engine));
}

static void stay_within(const struct walk *walk, unsigned below, struct dns_name name,
                        struct closest *closest)
{
    if (closest->nxdomain.wire != NULL && is_beyond(walk, below, name, closest->nxdomain))
        closest->nxdomain = (struct dns_name){0};
    if (closest->dname.wire != NULL && is_beyond(walk, below, name, closest->dname))
        closest->dname = (struct dns_name){0};
}

/* The configuration says who is asked; a zone that a stub delegates has its own servers, though. */
static bool load_route(struct walk *walk, struct dns_name name, const struct closest *closest)
{
    const struct engine_options *options = &walk->engine->options;
    const struct route *route = route_of(walk, name);
    struct dns_name anchored;
    if (route == NULL || (route->kind == ROUTE_STUB && closest->delegation.length > route->name.length))
        return false;
    delegation_from_route(&walk->delegation, route);
    bool chained = options->validation != NULL && validation_anchored(options->validation, name, &anchored);
    walk->delegation.trust = descend_trust(walk->engine, route->name, chained ? TRUST_NONE : TRUST_INSECURE);
    return true;
}

static void load_delegation(struct walk *walk, struct dns_name name, const struct closest *closest)
{
    struct engine *engine = walk->engine;
    const char *source = "cache";
    if (load_route(walk, name, closest)) {
        source = "configuration";
    } else if (walk->prime || closest->delegation.wire == NULL ||
               !delegation_load(&walk->delegation, engine->options.cache, closest->delegation,
                                engine_seconds(engine))) {
        delegation_from_hints(&walk->delegation, &engine->hints);
        walk->delegation.trust = descend_trust(engine, dns_name_root(), TRUST_INSECURE);
        source = "root hints";
        if (!walk->prime)
            engine_begin_priming(engine);
    }
    REPORT(walk, .kind = EVENT_DELEGATION, .zone = dns_name_view(&walk->delegation.zone), .text = source,
           .count = walk->delegation.server_count, .value = walk->delegation.address_count,
           .trust = (uint8_t)walk->delegation.trust);
}

/* The zone of ours that the name is in; apex->length 0: in none. */
static void find_local(const struct walk *walk, struct dns_name name, struct dns_name_buffer *apex)
{
    const struct engine_local *local = &walk->engine->options.local;
    apex->length = 0;
    if (local->is_ours != NULL && !walk->prime)
        local->is_ours(local->context, name, walk->qtype, apex);
}

/* Is the name below a zone cut of the zone of ours, and the cache knows it? Nobody else delegates what is ours. */
static bool is_delegated_by_us(const struct walk *walk, const struct closest *closest,
                               const struct dns_name_buffer *apex)
{
    const struct dns_name *cut = &closest->delegation;
    bool at_its_name = walk->qtype == DNS_TYPE_DS && cut->length == answer_name(&walk->answer).length;
    return cut->wire != NULL && cut->length > apex->length && !at_its_name;
}

static bool is_local(const struct walk *walk, struct dns_name name)
{
    struct dns_name_buffer apex;
    struct closest closest;
    find_local(walk, name, &apex);
    if (apex.length == 0)
        return false;
    answer_closest(walk->engine->options.cache, name, engine_seconds(walk->engine), &closest);
    return !is_delegated_by_us(walk, &closest, &apex);
}

static enum walk_state state_delegation(struct walk *walk)
{
    struct engine *engine = walk->engine;
    struct closest closest;
    struct dns_name name = answer_name(&walk->answer);
    struct dns_name_buffer apex;

    find_local(walk, name, &apex);
    answer_closest(engine->options.cache, name, engine_seconds(engine), &closest);
    if (apex.length > 0 && !is_delegated_by_us(walk, &closest, &apex))
        return walk->answer.aliases > 0 ? state_alias_begin(walk) : take_local(walk, dns_name_view(&apex));
    const struct route *route = apex.length > 0 ? NULL : route_of(walk, where_to_start(walk, name));
    unsigned below = apex.length > 0 ? apex.length + 1u : route != NULL ? route->name.length : 0;
    stay_within(walk, below, name, &closest);
    if (!walk->prime) {
        switch (answer_from_closest(&walk->answer, engine->options.cache, &closest, engine_seconds(engine))) {
        case ANSWER_ENDS:
            REPORT(walk, .kind = EVENT_CACHE_HIT, .name = name, .type = walk->qtype,
                   .text = "a name above it does not exist");
            return WALK_FINISH;
        case ANSWER_GOES_ON:
            return WALK_CACHE;
        case ANSWER_UNCHANGED:
            break;
        }
        struct dns_name cut = closest.delegation;
        if (engine->options.synthesise && route == NULL && cut.wire != NULL && synthesise_denial(walk, cut)) {
            REPORT(walk, .kind = EVENT_CACHE_HIT, .name = name, .type = walk->qtype,
                   .text = "NSEC records prove that there is none");
            return WALK_FINISH;
        }
        if (walk->answer.aliases > 0)
            return state_alias_begin(walk);
    }
    struct dns_name from = where_to_start(walk, name);
    if (from.length != name.length)
        answer_closest(engine->options.cache, from, engine_seconds(engine), &closest);
    load_delegation(walk, from, &closest);
    select_adopt(walk);
    minimise_start(walk);
    return WALK_ASK;
}

static enum blame blame_of(const struct tally *tally)
{
    if (tally->over_tcp > 0 &&
        tally->over_tcp == tally->silent + tally->unreachable + tally->lame + tally->broken)
        return BLAME_TCP;
    unsigned kinds = (tally->silent > 0) + (tally->unreachable > 0) + (tally->lame > 0) + (tally->broken > 0);
    if (kinds != 1)
        return BLAME_MIXED;
    return tally->silent > 0        ? BLAME_SILENT
           : tally->unreachable > 0 ? BLAME_UNREACHABLE
           : tally->lame > 0        ? BLAME_LAME
                                    : BLAME_BROKEN;
}

static enum walk_state nobody_helped(struct walk *walk, const char *zone)
{
    char address[DNS_ADDRESS_TEXT_MAX], last[ANSWER_EDE_TEXT] = "";
    const struct tally *tally = &walk->tally;
    bool network = tally->silent + tally->lame + tally->broken == 0;
    if (tally->last.family != 0)
        snprintf(last, sizeof last, ", lastly %s%s%s%s%s", dns_address_to_text(&tally->last, address),
                 tally->why == NULL ? "" : ": ", tally->why == NULL ? "" : tally->why,
                 tally->over_udp == NULL ? "" : "; over UDP ",
                 tally->over_udp == NULL ? "" : tally->over_udp);
    return walk_fail(walk, blame_of(tally), network ? DNS_EDE_NETWORK_ERROR : DNS_EDE_NO_REACHABLE_AUTHORITY,
                     "no answer from %u addresses of %.80s: %u silent, %u unreachable, %u lame, %u broken%s",
                     walk->delegation.address_count, zone, tally->silent, tally->unreachable, tally->lame,
                     tally->broken, last);
}

static enum walk_state nobody_left(struct walk *walk)
{
    char zone[DNS_NAME_TEXT_MAX], address[DNS_ADDRESS_TEXT_MAX];
    const struct tally *tally = &walk->tally;
    if (walk->bogus_text[0] != '\0')
        return walk_fail(walk, BLAME_BOGUS, walk->bogus_ede, "%s", walk->bogus_text);
    dns_name_to_text(dns_name_view(&walk->delegation.zone), zone);
    if (walk->delegation.address_count == 0)
        return walk_fail_no_address(walk);
    if (tally->forbidden == walk->delegation.address_count)
        return walk_fail(walk, BLAME_FORBIDDEN, DNS_EDE_NO_REACHABLE_AUTHORITY,
                         "none of the %u addresses of %.100s may be asked: such as %s", tally->forbidden,
                         zone, dns_address_to_text(&walk->delegation.address[0].address, address));
    return nobody_helped(walk, zone);
}

/* Servers that have been silent get a packet now and then beside one that answers. */
static void probe(struct walk *walk)
{
    struct server facts;
    if (walk->budget->packets <= PROBE_BUDGET || walk->packets_left <= PROBE_BUDGET)
        return;
    int target = select_probe(walk, &facts);
    if (target >= 0)
        exchange_begin(walk, (unsigned)target, &facts);
}

static bool was_asked(const struct walk *walk, unsigned target)
{
    return walk->targets[target].udp_sends + walk->targets[target].tcp_sends > 0;
}

static enum walk_state state_ask(struct walk *walk)
{
    struct server facts;
    if (families_are_down(walk->engine)) {
        walk->memory = FORGET;
        return walk_fail(walk, BLAME_NETWORK, DNS_EDE_NETWORK_ERROR, "this host has no way to any server");
    }
    int target = select_target(walk, &facts);
    if (target >= 0) {
        if (walk->budget->packets == 0)
            return walk_fail_at_zone(walk, BLAME_PACKETS, "packets for one question");
        if (walk->packets_left == 0)
            return walk_fail_at_zone(walk, BLAME_PACKETS, "packets for one name");
        if (walk->tally.silent > 0 && was_asked(walk, (unsigned)target))
            lookup_ahead(walk);
        if (!exchange_begin(walk, (unsigned)target, &facts))
            return walk_fail_memory(walk);
        probe(walk);
        wait_keys_ahead(walk);
        return WALK_WAIT;
    }
    enum lookup_result lookup = lookup_next(walk);
    if (lookup == LOOKUP_FOUND)
        return WALK_ASK;
    if (lookup == LOOKUP_BEGUN || wait_count(walk, WAIT_ADDRESS) > 0 || exchange_deadline(walk) != UINT64_MAX)
        return WALK_WAIT;
    if (select_last_resort(walk))
        return WALK_ASK;
    if (walk->delegation.origin == DELEGATION_FORWARDERS_FIRST)
        return nobody_left(walk);
    if (exchange_late_deadline(walk) != UINT64_MAX)
        return WALK_WAIT;
    if (lookup == LOOKUP_SPENT && walk->bogus_text[0] == '\0')
        return walk_fail_at_zone(walk, BLAME_LOOKUPS, "name servers' names looked up");
    return nobody_left(walk);
}

static enum walk_state state_wait(struct walk *walk)
{
    bool ask = exchange_expire(walk);
    if (lookup_deadline(walk) <= walk->engine->now) {
        walk->lookup_patience = UINT64_MAX;
        ask = true;
    }
    for (struct wait *wait; (wait = wait_ready(walk, WAIT_ADDRESS)) != NULL; ask = true)
        lookup_done(walk, wait);
    return ask ? WALK_ASK : WALK_WAIT;
}

static enum walk_state state_prove(struct walk *walk)
{
    struct wait *wait = wait_ready(walk, WAIT_PROOF);
    if (walk->later == LATER_WAITS || (wait == NULL && wait_count(walk, WAIT_PROOF) > 0))
        return WALK_PROVE;
    enum walk_state state = take_proven(walk, wait == NULL ? NULL : wait->child);
    if (wait != NULL && walk->later != LATER_WAITS)
        wait_end(wait);
    return state;
}

/* Asked only whether there is a zone cut at the name: an alias says that there is none. */
static bool is_only_for_a_proof(const struct walk *walk)
{
    bool proof = walk->qtype == DNS_TYPE_DS && walk->clients == NULL && walk->waiters != NULL;
    for (const struct wait *wait = walk->waiters; wait != NULL && proof; wait = wait->next)
        proof = wait->purpose == WAIT_PROOF;
    return proof;
}

/* The answer ends with an alias that the cache does not lead on from. */
static enum walk_state state_alias_begin(struct walk *walk)
{
    struct dns_name target = answer_name(&walk->answer);
    if (is_only_for_a_proof(walk))
        return WALK_FINISH;
    if (walk->answer.aliases > walk->engine->options.limits.names || walk->budget->names == 0)
        return walk_fail_aliases(walk);
    walk->budget->names--;
    switch (wait_begin(walk, WAIT_ALIAS, 0, target, walk->qtype)) {
    case WAIT_BEGUN:
        return WALK_ALIAS;
    case WAIT_CIRCLE:
        return walk_fail(walk, BLAME_CIRCLE, DNS_EDE_OTHER, "the aliases form a circle");
    default:
        return walk_fail(walk, BLAME_RESOURCES, DNS_EDE_OTHER, "too many questions are being walked");
    }
}

static enum walk_state state_alias(struct walk *walk)
{
    struct wait *wait = wait_count(walk, WAIT_ALIAS) == 0 ? NULL : wait_ready(walk, WAIT_ALIAS);
    if (wait_count(walk, WAIT_ALIAS) == 0)
        return state_alias_begin(walk);
    if (wait == NULL)
        return WALK_ALIAS;
    const struct answer *rest = &wait->child->answer;
    enum walk_state state = WALK_FINISH;
    if (rest->rcode == DNS_RCODE_SERVFAIL) {
        walk_inherit_failure(walk, wait->child);
        walk_fail_like(walk, wait->child);
    } else if (walk->answer.aliases + rest->aliases > walk->engine->options.limits.names)
        state = walk_fail_aliases(walk);
    else if (!answer_append(&walk->answer, rest) &&
             !(walk_make_room(walk) && answer_append(&walk->answer, rest)))
        state = walk_fail(walk, BLAME_UNREADABLE, DNS_EDE_OTHER, "the answer is too large");
    else
        walk->answer.aliases = (uint8_t)(walk->answer.aliases + rest->aliases);
    wait_end(wait);
    return state;
}

/* A client that waited for long is told by whose fault, though there is an answer. */
static void find_who_was_slow(struct walk *walk)
{
    enum { SLOW = 2000000 };
    struct culprit *culprit = &walk->culprit;
    if (walk->clients == NULL || walk->engine->now - walk->started < SLOW)
        return;
    struct dns_name zone =
        dns_name_view(walk->delegation.zone.length > 0 ? &walk->delegation.zone : &walk->qname);
    culprit->blame = BLAME_SLOW;
    dns_name_copy(&culprit->zone, zone);
    culprit->server = walk->tally.several ? (struct dns_address){0} : walk->tally.last;
    culprit->id = culprit_id(zone, BLAME_SLOW, DNS_EDE_NONE, &culprit->server);
}

static void report_end(struct walk *walk)
{
    const struct answer *answer = &walk->answer;
    const struct culprit *culprit = &walk->culprit;
    const struct budget *budget = walk->budget;
    uint64_t now = walk->engine->now;
    bool failed = answer->rcode == DNS_RCODE_SERVFAIL;
    bool has_ede = failed && answer->ede != DNS_EDE_NONE;
    if (!failed)
        find_who_was_slow(walk);
    if (walk_owns_budget(walk))
        REPORT(walk, .kind = EVENT_BUDGET_LEFT, .value = budget->deadline > now ? budget->deadline - now : 0,
               .number = {(uint16_t)budget->packets, (uint16_t)budget->names, (uint16_t)budget->lookups,
                          budget->dnssec.checks});
    REPORT(walk, .kind = failed ? EVENT_FAILURE : EVENT_ANSWER, .name = dns_name_view(&walk->qname),
           .type = walk->qtype, .rcode = answer->rcode, .trust = (uint8_t)(failed ? 0 : answer->trust),
           .count = (uint32_t)answer->count[DNS_ANSWER] + answer->count[DNS_AUTHORITY],
           .value = now - walk->started, .text = failed ? answer->ede_text : NULL,
           .ede = (uint16_t)(has_ede ? answer->ede : 0), .flags = has_ede ? EVENT_HAS_EDE : 0,
           .blame = (uint8_t)culprit->blame, .id = culprit->id, .address = culprit->server,
           .zone = culprit->id != 0 && culprit->zone.length > 0 ? dns_name_view(&culprit->zone)
                                                                : (struct dns_name){0});
}

/* To the walk that wanted it. */
static void report_done(const struct walk *walk, const struct walk *parent)
{
    const struct answer *answer = &walk->answer;
    bool failed = answer->rcode == DNS_RCODE_SERVFAIL;
    REPORT(parent, .kind = EVENT_CHILD_DONE, .name = dns_name_view(&walk->qname), .type = walk->qtype,
           .rcode = answer->rcode, .related = walk->number, .id = answer->id,
           .text = failed ? answer->ede_text : NULL,
           .flags = walk->budget != parent->budget ? EVENT_FOREIGN : 0);
}

static enum walk_state state_finish(struct walk *walk)
{
    struct engine *engine = walk->engine;
    exchange_close_all(walk);
    wait_end_all(walk);
    proving_end(walk);
    engine_clear_timer(walk);
    walk_leave_table(walk);
    report_end(walk);
    if (walk->prime) {
        engine->priming = false;
        walk->prime = false;
    } else if (walk->answer.rcode == DNS_RCODE_SERVFAIL) {
        engine->statistics.failed++;
        if (walk->memory == REMEMBER)
            failure_keep(engine->options.cache, dns_name_view(&walk->qname), walk->qtype, &walk->answer,
                         &walk->culprit, engine_seconds(engine));
    }
    for (struct wait *wait = walk->waiters; wait != NULL; wait = wait->next) {
        wait->ready = true;
        report_done(walk, wait->parent);
        engine_queue(wait->parent);
    }
    return WALK_DONE;
}

static bool time_is_over(const struct walk *walk)
{
    return walk->state < WALK_FINISH && walk->engine->now >= walk->budget->deadline;
}

/* Noticed long after the time was over, it says that the machine slept and nothing of the servers. */
static enum walk_state fail_time(struct walk *walk)
{
    enum { OVERSLEPT = 500000 };
    enum walk_state state = walk_fail_at_zone(walk, BLAME_TIME, "time");
    if (walk->engine->now - walk->budget->deadline > OVERSLEPT)
        walk->memory = FORGET;
    return state;
}

static bool blocked(enum walk_state state, enum walk_state before)
{
    return state == before &&
           (state == WALK_CHECKED || state == WALK_WAIT || state == WALK_PROVE || state == WALK_ALIAS);
}

static enum walk_state step(struct walk *walk)
{
    switch (walk->state) {
    case WALK_CACHE:
        return state_cache(walk);
    case WALK_CHECKED:
        return state_checked(walk);
    case WALK_DELEGATION:
        return state_delegation(walk);
    case WALK_ASK:
        return state_ask(walk);
    case WALK_WAIT:
        return state_wait(walk);
    case WALK_PROVE:
        return state_prove(walk);
    case WALK_ALIAS:
        return state_alias(walk);
    case WALK_FINISH:
        return state_finish(walk);
    default:
        return walk->state;
    }
}

static void rest(struct walk *walk)
{
    uint64_t wake = exchange_deadline(walk), late = exchange_late_deadline(walk);
    if (late < wake)
        wake = late;
    if (lookup_deadline(walk) < wake)
        wake = lookup_deadline(walk);
    if (walk->budget->deadline < wake)
        wake = walk->budget->deadline;
    if (!engine_set_timer(walk, wake)) {
        walk->state = walk_fail_memory(walk);
        engine_queue(walk);
    }
}

/* The forwarders have not helped, or what they say cannot be believed: from the root, then. */
static bool may_go_its_own_way(const struct walk *walk)
{
    return walk->state == WALK_FINISH && walk->answer.rcode == DNS_RCODE_SERVFAIL &&
           walk->delegation.origin == DELEGATION_FORWARDERS_FIRST && !walk->own_way &&
           walk->engine->now < walk->budget->deadline;
}

static void go_its_own_way(struct walk *walk)
{
    exchange_close_all(walk);
    wait_end_all(walk);
    proving_end(walk);
    walk->own_way = true;
    walk->culprit = (struct culprit){0};
    walk->bogus_text[0] = '\0';
    walk->memory = REMEMBER;
    answer_start(&walk->answer, walk->answer.wire, walk->answer.capacity + walk->answer.aside,
                 dns_name_view(&walk->qname), walk->qtype, true);
    walk->answer.checking_disabled = walk->checking != CHECKING;
    walk->state = WALK_CACHE;
}

void walk_run(struct walk *walk)
{
    if (time_is_over(walk))
        walk->state = fail_time(walk);
    while (walk->state < WALK_DONE) {
        enum walk_state before = walk->state;
        walk->state = step(walk);
        if (may_go_its_own_way(walk))
            go_its_own_way(walk);
        if (blocked(walk->state, before)) {
            rest(walk);
            return;
        }
    }
    if (walk->state == WALK_DONE && walk->clients != NULL)
        engine_tell(walk);
    else if (walk->clients == NULL && walk->waiters == NULL && walk->engine->told != walk)
        walk_dissolve(walk);
}
