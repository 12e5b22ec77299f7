#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/failure.h"
#include "resolver/walk.h"

enum { PROBE_BUDGET = 25 }; /* packets that must be left for one that only probes */

/* -- beginning and end ------------------------------------------------------------------------- */

static uint64_t question_hash(const struct engine *engine, struct dns_name name, uint16_t type)
{
    return cache_hash(engine->options.cache, name) + type * UINT64_C(0x9e3779b97f4a7c15);
}

static struct walk **bucket(struct engine *engine, uint64_t hash)
{
    return &engine->table[hash >> 32 & (WALK_TABLE - 1)];
}

/* A walk whose time was over while the machine slept is no help to anybody, though nobody has told it yet. */
static bool may_be_joined(const struct walk *walk, uint64_t hash, struct dns_name name, uint16_t type)
{
    return walk->hash == hash && walk->qtype == type && !walk->prime &&
           walk->budget->deadline > walk->engine->now && dns_name_equal(dns_name_view(&walk->qname), name);
}

static struct walk *find(struct engine *engine, uint64_t hash, struct dns_name name, uint16_t type)
{
    struct walk *walk = *bucket(engine, hash);
    while (walk != NULL && !may_be_joined(walk, hash, name, type))
        walk = walk->bucket_next;
    return walk;
}

static struct budget *budget_new(struct engine *engine)
{
    const struct engine_limits *limits = &engine->options.limits;
    struct budget *budget = pool_take(&engine->budget_pool);
    if (budget != NULL)
        *budget = (struct budget){
            .packets = limits->packets,
            .names = limits->names,
            .lookups = limits->lookups,
            .connections = WALK_CONNECTIONS,
            .deadline = engine->now + limits->time,
            .references = 0,
        };
    return budget;
}

static void begin(struct walk *walk, struct dns_name name, uint16_t type, uint64_t hash)
{
    struct engine *engine = walk->engine;
    walk->hash = hash;
    walk->qtype = type;
    dns_name_copy(&walk->qname, name);
    walk->number = ++engine->walk_number;
    walk->started = engine->now;
    walk->packets_left = engine->options.limits.packets_per_name;
    walk->heap_index = SIZE_MAX;
    walk->state = WALK_CACHE;
    walk->bucket_next = *bucket(engine, hash);
    *bucket(engine, hash) = walk;
    engine->walk_count++;
    engine->statistics.walks++;
    answer_start(&walk->answer, walk->wire, sizeof walk->wire, name, type);
    REPORT(walk, .kind = EVENT_QUESTION, .name = name, .type = type);
    engine_queue(walk);
}

/* Everything of a walk but its large arrays starts as zero; its delegation is none. */
static struct walk *take(struct engine *engine)
{
    struct walk *walk =
        engine->walk_count < engine->options.limits.walks ? pool_take(&engine->walk_pool) : NULL;
    if (walk == NULL)
        return NULL;
    memset(walk, 0, offsetof(struct walk, delegation));
    memset(&walk->asked, 0, offsetof(struct walk, wire) - offsetof(struct walk, asked));
    walk->delegation.zone.length = 0;
    walk->delegation.server_count = walk->delegation.address_count = 0;
    walk->engine = engine;
    return walk;
}

static struct walk *new_walk(struct engine *engine, struct dns_name name, uint16_t type, struct walk *parent,
                             unsigned deeper)
{
    struct walk *walk = take(engine);
    if (walk == NULL)
        return NULL;
    walk->budget = parent != NULL ? parent->budget : budget_new(engine);
    if (walk->budget == NULL) {
        pool_give(&engine->walk_pool, walk);
        return NULL;
    }
    walk->budget->references++;
    if (parent != NULL) {
        walk->parent_number = parent->number;
        walk->depth = (uint8_t)(parent->depth + deeper);
    }
    begin(walk, name, type, question_hash(engine, name, type));
    return walk;
}

struct walk *walk_get(struct engine *engine, struct dns_name name, uint16_t type, struct walk *parent,
                      unsigned deeper)
{
    struct walk *walk = find(engine, question_hash(engine, name, type), name, type);
    return walk != NULL ? walk : new_walk(engine, name, type, parent, deeper);
}

struct walk *walk_prime(struct engine *engine)
{
    struct walk *walk = new_walk(engine, dns_name_root(), DNS_TYPE_NS, NULL, 0);
    if (walk != NULL)
        walk->prime = true;
    return walk;
}

static void leave_table(struct walk *walk)
{
    struct walk **at = bucket(walk->engine, walk->hash);
    while (*at != NULL && *at != walk)
        at = &(*at)->bucket_next;
    if (*at == walk)
        *at = walk->bucket_next;
}

static void leave_budget(struct walk *walk)
{
    if (--walk->budget->references == 0)
        pool_give(&walk->engine->budget_pool, walk->budget);
}

static void release(struct walk *walk)
{
    struct engine *engine = walk->engine;
    leave_budget(walk);
    free(walk->large);
    engine->walk_count--;
    pool_give(&engine->walk_pool, walk);
}

/* Its budget is its own: it was begun by a client, or a client has joined it. */
static bool owns_budget(const struct walk *walk)
{
    return walk->parent_number == 0;
}

/* A client asks what was so far a step of another question: it gets what a client's question gets, and
   does not suffer from what the other one has spent. */
static void adopt(struct walk *walk)
{
    struct budget *own = budget_new(walk->engine);
    if (own == NULL)
        return;
    leave_budget(walk);
    walk->budget = own;
    own->references = 1;
    walk->parent_number = 0;
    walk->depth = 0;
    walk->packets_left = walk->engine->options.limits.packets_per_name;
    engine_queue(walk);
}

enum engine_taken walk_add_client(struct walk *walk, void *handle)
{
    struct engine *engine = walk->engine;
    bool crowded = walk->client_count >= engine->options.limits.waiters;
    struct client *client = crowded ? NULL : pool_take(&engine->client_pool);
    if (client == NULL) {
        walk_release_if_unused(walk);
        return crowded ? ENGINE_CROWDED : ENGINE_BUSY;
    }
    if (!owns_budget(walk))
        adopt(walk);
    *client = (struct client){walk->clients, handle};
    walk->clients = client;
    if (++walk->client_count > 1) {
        engine->statistics.joined++;
        REPORT(walk, .kind = EVENT_JOINED, .name = dns_name_view(&walk->qname), .type = walk->qtype,
               .count = walk->client_count);
    }
    return ENGINE_TAKEN;
}

void walk_destroy(struct walk *walk)
{
    while (walk->clients != NULL) {
        struct client *client = walk->clients;
        walk->clients = client->next;
        pool_give(&walk->engine->client_pool, client);
    }
    release(walk);
}

/* An unwanted walk is not taken apart here, where its parent runs, but when its own turn comes. */
void walk_release_if_unused(struct walk *walk)
{
    if (walk->clients != NULL || walk->waiters != NULL || walk->prime || walk->engine->told == walk)
        return;
    if (walk->state != WALK_DONE) {
        walk->state = WALK_ABANDONED;
        leave_table(walk);
    }
    engine_queue(walk);
}

enum walk_state walk_fail(struct walk *walk, int ede, const char *format, ...)
{
    char text[ANSWER_EDE_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    answer_fail(&walk->answer, DNS_RCODE_SERVFAIL, ede, text);
    return WALK_FINISH;
}

void walk_inherit_failure(struct walk *walk, const struct walk *child)
{
    bool meant = owns_budget(walk) && child->budget == walk->budget;
    if (child->memory == FORGET || (child->memory == REMEMBER_THE_CLIENTS && !meant))
        walk->memory = child->memory;
}

/* That this host lacks memory for a moment says nothing about the name. */
static enum walk_state fail_memory(struct walk *walk)
{
    walk->memory = FORGET;
    return walk_fail(walk, DNS_EDE_OTHER, "out of memory");
}

/* The budget is spent: that is remembered of the client's question, for which it was meant (RFC 9520), but
   says nothing about the names that were looked up on the way. */
static enum walk_state fail_budget(struct walk *walk, const char *what)
{
    char zone[DNS_NAME_TEXT_MAX];
    walk->engine->statistics.budgets_spent++;
    walk->memory = owns_budget(walk) ? REMEMBER : REMEMBER_THE_CLIENTS;
    REPORT(walk, .kind = EVENT_BUDGET, .text = what);
    if (walk->delegation.zone.length == 0)
        return walk_fail(walk, DNS_EDE_OTHER, "limit reached: %s", what);
    return walk_fail(walk, DNS_EDE_OTHER, "limit reached: %s; at zone %.100s", what,
                     dns_name_to_text(dns_name_view(&walk->delegation.zone), zone));
}

static enum walk_state fail_aliases(struct walk *walk)
{
    char text[DNS_NAME_TEXT_MAX];
    const char *name = dns_name_to_text(answer_name(&walk->answer), text);
    if (answer_goes_in_circles(&walk->answer))
        return walk_fail(walk, DNS_EDE_OTHER, "the aliases form a circle: %.100s leads to itself", name);
    return walk_fail(walk, DNS_EDE_OTHER, "limit reached: %u aliases, the last is for %.100s",
                     walk->engine->options.limits.names, name);
}

/* -- the states -------------------------------------------------------------------------------- */

/* Moves the answer so far into a buffer that holds any answer. */
bool walk_make_room(struct walk *walk)
{
    if (walk->large != NULL)
        return false;
    walk->large = malloc(DNS_MESSAGE_MAX);
    if (walk->large == NULL) {
        walk->memory = FORGET;
        return false;
    }
    memcpy(walk->large, walk->wire, walk->answer.length);
    walk->answer.wire = walk->large;
    walk->answer.capacity = DNS_MESSAGE_MAX;
    return true;
}

static enum walk_state state_alias_begin(struct walk *walk);

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
        REPORT(walk, .kind = EVENT_CACHE_HIT, .name = name, .type = walk->qtype, .text = "the whole answer");
        return WALK_FINISH;
    }
    if (found == ANSWER_NO_SPACE)
        return walk_make_room(walk) ? WALK_CACHE : walk_fail(walk, DNS_EDE_OTHER, "the answer is too large");
    if (found == ANSWER_TOO_LONG)
        return fail_aliases(walk);
    REPORT(walk, .kind = EVENT_CACHE_MISS, .name = name, .type = walk->qtype);
    return WALK_DELEGATION;
}

/* DS records are the parent's (RFC 4035 §3.1.4.1): they are asked for above the cut. */
static struct dns_name where_to_start(const struct walk *walk, struct dns_name name)
{
    return walk->qtype == DNS_TYPE_DS ? dns_name_parent(name) : name;
}

static void load_delegation(struct walk *walk, const struct closest *closest)
{
    struct engine *engine = walk->engine;
    const char *source = "cache";
    if (walk->prime || closest->delegation.wire == NULL ||
        !delegation_load(&walk->delegation, engine->options.cache, closest->delegation,
                         engine_seconds(engine))) {
        delegation_from_hints(&walk->delegation, &engine->hints);
        source = "root hints";
        if (!walk->prime)
            engine_begin_priming(engine);
    }
    REPORT(walk, .kind = EVENT_DELEGATION, .zone = dns_name_view(&walk->delegation.zone), .text = source,
           .count = walk->delegation.server_count, .value = walk->delegation.address_count);
}

static enum walk_state state_delegation(struct walk *walk)
{
    struct engine *engine = walk->engine;
    struct closest closest;
    struct dns_name name = answer_name(&walk->answer);

    answer_closest(engine->options.cache, name, engine_seconds(engine), &closest);
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
        if (walk->answer.aliases > 0)
            return state_alias_begin(walk);
    }
    struct dns_name from = where_to_start(walk, name);
    if (from.length != name.length)
        answer_closest(engine->options.cache, from, engine_seconds(engine), &closest);
    load_delegation(walk, &closest);
    select_adopt(walk);
    minimise_start(walk);
    return WALK_ASK;
}

static enum walk_state nobody_left(struct walk *walk)
{
    char zone[DNS_NAME_TEXT_MAX], address[DNS_ADDRESS_TEXT_MAX], last[DNS_ADDRESS_TEXT_MAX + 16] = "";
    const struct tally *tally = &walk->tally;
    dns_name_to_text(dns_name_view(&walk->delegation.zone), zone);
    if (walk->delegation.address_count == 0)
        return walk_fail(walk, DNS_EDE_NO_REACHABLE_AUTHORITY,
                         "no address for any of %u name servers of %.100s", walk->delegation.server_count,
                         zone);
    if (tally->forbidden == walk->delegation.address_count)
        return walk_fail(walk, DNS_EDE_NO_REACHABLE_AUTHORITY,
                         "none of the %u addresses of %.100s may be asked: such as %s", tally->forbidden,
                         zone, dns_address_to_text(&walk->delegation.address[0].address, address));
    if (tally->last.family != 0)
        snprintf(last, sizeof last, ", lastly %s", dns_address_to_text(&tally->last, address));
    return walk_fail(walk,
                     tally->unreachable > 0 && tally->silent + tally->lame + tally->broken == 0
                         ? DNS_EDE_NETWORK_ERROR
                         : DNS_EDE_NO_REACHABLE_AUTHORITY,
                     "no answer from %u addresses of %.80s: %u silent, %u unreachable, %u lame, %u broken%s",
                     walk->delegation.address_count, zone, tally->silent, tally->unreachable, tally->lame,
                     tally->broken, last);
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
        return walk_fail(walk, DNS_EDE_NETWORK_ERROR, "this host has no way to any server");
    }
    int target = select_target(walk, &facts);
    if (target >= 0) {
        if (walk->budget->packets == 0)
            return fail_budget(walk, "packets for one question");
        if (walk->packets_left == 0)
            return fail_budget(walk, "packets for one name");
        if (walk->tally.silent > 0 && was_asked(walk, (unsigned)target))
            lookup_ahead(walk);
        if (!exchange_begin(walk, (unsigned)target, &facts))
            return fail_memory(walk);
        probe(walk);
        return WALK_WAIT;
    }
    enum lookup_result lookup = lookup_next(walk);
    if (lookup == LOOKUP_FOUND)
        return WALK_ASK;
    if (lookup == LOOKUP_BEGUN || wait_count(walk, WAIT_ADDRESS) > 0 || exchange_deadline(walk) != UINT64_MAX)
        return WALK_WAIT;
    if (select_last_resort(walk))
        return WALK_ASK;
    if (exchange_late_deadline(walk) != UINT64_MAX)
        return WALK_WAIT;
    if (lookup == LOOKUP_SPENT)
        return fail_budget(walk, "name servers' names looked up");
    return nobody_left(walk);
}

static enum walk_state state_wait(struct walk *walk)
{
    bool ask = exchange_expire(walk);
    for (struct wait *wait; (wait = wait_ready(walk, WAIT_ADDRESS)) != NULL; ask = true)
        lookup_done(walk, wait);
    return ask ? WALK_ASK : WALK_WAIT;
}

/* The answer ends with an alias that the cache does not lead on from. */
static enum walk_state state_alias_begin(struct walk *walk)
{
    struct dns_name target = answer_name(&walk->answer);
    if (walk->answer.aliases > walk->engine->options.limits.names || walk->budget->names == 0)
        return fail_budget(walk, "aliases followed");
    walk->budget->names--;
    REPORT(walk, .kind = EVENT_CHILD, .name = target, .type = walk->qtype, .text = "the target of an alias");
    switch (wait_begin(walk, WAIT_ALIAS, 0, target, walk->qtype)) {
    case WAIT_BEGUN:
        return WALK_ALIAS;
    case WAIT_CIRCLE:
        return walk_fail(walk, DNS_EDE_OTHER, "the aliases form a circle");
    default:
        return walk_fail(walk, DNS_EDE_OTHER, "too many questions are being walked");
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
        answer_fail(&walk->answer, rest->rcode, rest->ede, rest->ede_text);
    } else if (walk->answer.aliases + rest->aliases > walk->engine->options.limits.names)
        state = fail_budget(walk, "aliases followed");
    else if (!answer_append(&walk->answer, rest) &&
             !(walk_make_room(walk) && answer_append(&walk->answer, rest)))
        state = walk_fail(walk, DNS_EDE_OTHER, "the answer is too large");
    else
        walk->answer.aliases = (uint8_t)(walk->answer.aliases + rest->aliases);
    wait_end(wait);
    return state;
}

static void report_end(const struct walk *walk)
{
    const struct answer *answer = &walk->answer;
    bool failed = answer->rcode == DNS_RCODE_SERVFAIL;
    REPORT(walk, .kind = failed ? EVENT_FAILURE : EVENT_ANSWER, .name = dns_name_view(&walk->qname),
           .type = walk->qtype, .rcode = answer->rcode,
           .count = (uint32_t)answer->count[DNS_ANSWER] + answer->count[DNS_AUTHORITY],
           .value = walk->engine->now - walk->started, .text = failed ? answer->ede_text : NULL);
}

static enum walk_state state_finish(struct walk *walk)
{
    struct engine *engine = walk->engine;
    exchange_close_all(walk);
    wait_end_all(walk);
    engine_clear_timer(walk);
    leave_table(walk);
    report_end(walk);
    if (walk->prime) {
        engine->priming = false;
        walk->prime = false;
    } else if (walk->answer.rcode == DNS_RCODE_SERVFAIL) {
        engine->statistics.failed++;
        if (walk->memory == REMEMBER)
            failure_keep(engine->options.cache, dns_name_view(&walk->qname), walk->qtype, walk->answer.ede,
                         walk->answer.ede_text, engine_seconds(engine));
    }
    for (struct wait *wait = walk->waiters; wait != NULL; wait = wait->next) {
        wait->ready = true;
        engine_queue(wait->parent);
    }
    return WALK_DONE;
}

/* Nobody waits for this walk any more. */
static void dissolve(struct walk *walk)
{
    if (walk->state == WALK_ABANDONED) {
        exchange_close_all(walk);
        wait_end_all(walk);
        engine_clear_timer(walk);
    }
    release(walk);
}

void walk_resume(struct walk *walk, enum walk_state state)
{
    walk->state = state;
    engine_queue(walk);
}

static bool time_is_over(const struct walk *walk)
{
    return walk->state < WALK_FINISH && walk->engine->now >= walk->budget->deadline;
}

/* Noticed long after the time was over, it says that the machine slept and nothing of the servers. */
static enum walk_state fail_time(struct walk *walk)
{
    enum { OVERSLEPT = 500000 };
    enum walk_state state = fail_budget(walk, "time");
    if (walk->engine->now - walk->budget->deadline > OVERSLEPT)
        walk->memory = FORGET;
    return state;
}

static bool blocked(enum walk_state state, enum walk_state before)
{
    return state == before && (state == WALK_WAIT || state == WALK_ALIAS);
}

static enum walk_state step(struct walk *walk)
{
    switch (walk->state) {
    case WALK_CACHE:
        return state_cache(walk);
    case WALK_DELEGATION:
        return state_delegation(walk);
    case WALK_ASK:
        return state_ask(walk);
    case WALK_WAIT:
        return state_wait(walk);
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
    if (walk->budget->deadline < wake)
        wake = walk->budget->deadline;
    if (!engine_set_timer(walk, wake)) {
        walk->state = fail_memory(walk);
        engine_queue(walk);
    }
}

void walk_run(struct walk *walk)
{
    if (time_is_over(walk))
        walk->state = fail_time(walk);
    while (walk->state < WALK_DONE) {
        enum walk_state before = walk->state;
        walk->state = step(walk);
        if (blocked(walk->state, before)) {
            rest(walk);
            return;
        }
    }
    if (walk->state == WALK_DONE && walk->clients != NULL)
        engine_tell(walk);
    else if (walk->clients == NULL && walk->waiters == NULL && walk->engine->told != walk)
        dissolve(walk);
}
