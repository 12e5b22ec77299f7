/* A walk's life: how it begins, who joins it, how it ends. What it does is in states.c. */
#include <stdlib.h>
#include <string.h>

#include "resolver/walk.h"

static uint64_t question_hash(const struct engine *engine, struct dns_name name, uint16_t type)
{
    return cache_hash(engine->options.cache, name) + type * UINT64_C(0x9e3779b97f4a7c15);
}

static struct walk **bucket(struct engine *engine, uint64_t hash)
{
    return &engine->table[hash >> 32 & (WALK_TABLE - 1)];
}

/* A walk whose time was over while the machine slept is no help to anybody, though nobody has told it yet; and who
   asks after a flush does not want what was found before. */
static bool may_be_joined(const struct walk *walk, uint64_t hash, struct dns_name name, uint16_t type,
                          enum checking checking)
{
    return walk->hash == hash && walk->qtype == type && !walk->prime &&
           (walk->checking == CHECKING) == (checking == CHECKING) &&
           walk->budget->deadline > walk->engine->now &&
           walk->since == cache_flushes(walk->engine->options.cache) &&
           dns_name_equal(dns_name_view(&walk->qname), name);
}

static struct walk *find(struct engine *engine, uint64_t hash, struct dns_name name, uint16_t type,
                         enum checking checking)
{
    struct walk *walk = *bucket(engine, hash);
    while (walk != NULL && !may_be_joined(walk, hash, name, type, checking))
        walk = walk->bucket_next;
    return walk;
}

static struct budget *budget_new(struct engine *engine)
{
    const struct engine_limits *limits = &engine->options.limits;
    struct budget *budget = pool_take(&engine->budget_pool);
    if (budget == NULL)
        return NULL;
    budget->packets = limits->packets;
    budget->names = limits->names;
    budget->lookups = limits->lookups;
    budget->connections = WALK_CONNECTIONS;
    budget->dnssec = dnssec_budget_default();
    budget->deadline = engine->now + limits->time;
    budget->references = 0;
    journal_start(&budget->journal, engine->now);
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
    walk->since = cache_flushes(engine->options.cache);
    walk->packets_left = engine->options.limits.packets_per_name;
    walk->heap_index = SIZE_MAX;
    walk->state = WALK_CACHE;
    walk->bucket_next = *bucket(engine, hash);
    *bucket(engine, hash) = walk;
    engine->walk_count++;
    engine->statistics.walks++;
    answer_start(&walk->answer, walk->wire, sizeof walk->wire, name, type, true);
    engine_report_notes(walk);
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
    walk->delegation.origin = DELEGATION_OF_PARENT;
    walk->delegation.server_count = walk->delegation.address_count = walk->delegation.ds_count = 0;
    walk->delegation.trust = TRUST_NONE;
    walk->engine = engine;
    return walk;
}

static struct walk *new_walk(struct engine *engine, struct dns_name name, uint16_t type,
                             enum checking checking, struct walk *parent, unsigned deeper)
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
        walk->level = (uint8_t)(parent->level < UINT8_MAX ? parent->level + 1 : UINT8_MAX);
    }
    walk->checking = checking;
    begin(walk, name, type, question_hash(engine, name, type));
    walk->answer.checking_disabled = checking != CHECKING;
    return walk;
}

struct walk *walk_get(struct engine *engine, struct dns_name name, uint16_t type, enum checking checking,
                      struct walk *parent, unsigned deeper)
{
    struct walk *walk = find(engine, question_hash(engine, name, type), name, type, checking);
    return walk != NULL ? walk : new_walk(engine, name, type, checking, parent, deeper);
}

struct walk *walk_prime(struct engine *engine)
{
    struct walk *walk = new_walk(engine, dns_name_root(), DNS_TYPE_NS, CHECKING, NULL, 0);
    if (walk != NULL)
        walk->prime = true;
    return walk;
}

void walk_leave_table(struct walk *walk)
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
    free(walk->proving.wire);
    later_end(walk);
    engine->walk_count--;
    pool_give(&engine->walk_pool, walk);
}

/* A client asks what was so far a step of another question: it gets what a client's question gets, and
   does not suffer from what the other one has spent. */
static void adopt(struct walk *walk)
{
    struct budget *own = budget_new(walk->engine);
    if (own == NULL)
        return;
    uint32_t parent = walk->parent_number;
    leave_budget(walk);
    walk->budget = own;
    own->references = 1;
    walk->parent_number = 0;
    walk->depth = walk->level = 0;
    REPORT(walk, .kind = EVENT_ADOPTED, .name = dns_name_view(&walk->qname), .type = walk->qtype,
           .related = parent);
    walk->packets_left = walk->engine->options.limits.packets_per_name;
    later_end(walk);
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
    if (!walk_owns_budget(walk))
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
        walk_leave_table(walk);
    }
    engine_queue(walk);
}

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
    answer_move(&walk->answer, walk->large, DNS_MESSAGE_MAX);
    return true;
}

void walk_stop_asking(struct walk *walk)
{
    exchange_close_all(walk);
    wait_end_lookups(walk);
    wait_end_keys(walk);
}

/* Nobody waits for this walk any more. */
void walk_dissolve(struct walk *walk)
{
    if (walk->state == WALK_ABANDONED) {
        exchange_close_all(walk);
        wait_end_all(walk);
        engine_clear_timer(walk);
    }
    release(walk);
}
