#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_EVERY = 16, MEMORY_EVERY = 128, STEPS_MAX = 2000000 };

const char *const oracle_names[ORACLES] = {
    [ORACLE_NONE] = "none",       [ORACLE_CACHE] = "O-cache",   [ORACLE_ANSWER] = "O-answer",
    [ORACLE_COUNT] = "O-count",   [ORACLE_MEMORY] = "O-memory", [ORACLE_LEASE] = "O-lease",
    [ORACLE_EFFECT] = "O-effect", [ORACLE_SAME] = "O-same",
};

/* -- saying ------------------------------------------------------------------------------------ */

void sim_trace(const struct sim *sim, const char *format, ...)
{
    va_list arguments;
    if (!sim->order->trace)
        return;
    printf("%12.6f ", (double)(sim->now - sim->started_at) / (double)SECOND);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

void sim_fail(struct sim *sim, enum oracle oracle, const char *format, ...)
{
    va_list arguments;
    if (sim->verdict->oracle != ORACLE_NONE)
        return;
    sim->verdict->oracle = oracle;
    sim->verdict->at = sim->now;
    va_start(arguments, format);
    vsnprintf(sim->verdict->text, sizeof sim->verdict->text, format, arguments);
    va_end(arguments);
    sim_trace(sim, "FAILS %s: %s", oracle_names[oracle], sim->verdict->text);
}

void sim_hash(struct sim *sim, const void *octets, size_t length)
{
    const uint8_t *at = octets;
    uint64_t hash = sim->verdict->hash;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    sim->verdict->hash = hash;
}

static void hash_number(struct sim *sim, uint64_t number)
{
    sim->verdict->hash = (sim->verdict->hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);
    sim->verdict->hash ^= sim->verdict->hash >> 29;
}

/* -- what is on its way -------------------------------------------------------------------------- */

static bool earlier(const struct arrival *a, const struct arrival *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void sim_arrive(struct sim *sim, const struct arrival *arrival, uint64_t at)
{
    if (sim->heap_count == sim->heap_capacity) {
        sim->heap_capacity = sim->heap_capacity == 0 ? 256 : 2 * sim->heap_capacity;
        sim->heap = realloc(sim->heap, sim->heap_capacity * sizeof *sim->heap);
        if (sim->heap == NULL)
            abort();
    }
    struct arrival new = *arrival;
    new.at = at;
    new.order = sim->orders++;
    unsigned i = sim->heap_count++;
    for (; i > 0 && earlier(&new, &sim->heap[(i - 1) / 2]); i = (i - 1) / 2)
        sim->heap[i] = sim->heap[(i - 1) / 2];
    sim->heap[i] = new;
}

static struct arrival next_arrival(struct sim *sim)
{
    struct arrival first = sim->heap[0], last = sim->heap[--sim->heap_count];
    unsigned i = 0;
    for (;;) {
        unsigned child = 2 * i + 1;
        if (child + 1 < sim->heap_count && earlier(&sim->heap[child + 1], &sim->heap[child]))
            child++;
        if (child >= sim->heap_count || earlier(&last, &sim->heap[child]))
            break;
        sim->heap[i] = sim->heap[child];
        i = child;
    }
    sim->heap[i] = last;
    return first;
}

/* -- the engine's side ----------------------------------------------------------------------------- */

static void random_octets(void *context, uint8_t *to, size_t length)
{
    struct sim *sim = context;
    for (size_t i = 0; i < length; i++)
        to[i] = (uint8_t)(dice_roll(&sim->random) >> 24);
}

static void hash_name(struct sim *sim, struct dns_name name)
{
    sim_hash(sim, name.wire, name.wire == NULL ? 0 : name.length);
}

static void report(void *context, const struct event *event)
{
    struct seat *seat = context;
    struct sim *sim = seat->sim;
    char text[EVENT_TEXT_MAX];
    hash_number(sim, (uint64_t)seat->number << 56 | (uint64_t)event->kind << 32 | event->walk);
    hash_number(sim,
                event->value ^ (uint64_t)event->count << 48 ^ (uint64_t)event->type << 20 ^ event->rcode);
    hash_name(sim, event->name);
    hash_name(sim, event->zone);
    oracle_event(seat, event);
    if (sim->order->trace)
        sim_trace(sim, "%*s[%c%u] %s", 2 * event->depth, "",
                  seat->number == 0 ? ' ' : 'A' + (int)seat->number, event->walk, event_to_text(event, text));
}

static void take_effect(struct seat *seat, const struct effect *effect)
{
    struct sim *sim = seat->sim;
    hash_number(sim, (uint64_t)effect->kind << 60 ^ effect->exchange);
    switch (effect->kind) {
    case EFFECT_SEND:
        sim_hash(sim, effect->wire, effect->length);
        oracle_sent(seat, effect);
        network_send(sim, seat->number, effect);
        return;
    case EFFECT_OVER:
        oracle_over(seat, effect->exchange);
        return;
    default:
        sim_hash(sim, effect->answer->wire + DNS_HEADER_SIZE, effect->answer->length - DNS_HEADER_SIZE);
        oracle_answer(sim, (unsigned)((uintptr_t)effect->client - 1), effect->answer);
    }
}

static void take_effects(struct sim *sim)
{
    struct effect effect;
    for (unsigned i = 0; i < sim->seat_count; i++)
        while (engine_next(sim->seat[i].engine, &effect))
            take_effect(&sim->seat[i], &effect);
}

/* -- events ------------------------------------------------------------------------------------ */

static void ask(struct sim *sim, unsigned index)
{
    struct ask *asked = &sim->ask[index];
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    struct question question = {.name = dns_name_view(&asked->name),
                                .type = asked->type,
                                .client = (void *)(uintptr_t)(index + 1),
                                .checking_disabled = asked->unchecked};
    sim_trace(sim, "question %u: %s %s", index, dns_name_to_text(question.name, name),
              dns_type_to_text(asked->type, type));
    asked->asked = sim->now;
    asked->faults_before = sim->hard_faults;
    asked->lost_before = sim->connections_lost;
    sim->verdict->questions++;
    sim->waiting++;
    if (sim->scenario->squeezed)
        ballast_throw(sim);
    if (engine_ask(sim->seat[asked->seat % sim->seat_count].engine, sim->now, &question) != ENGINE_TAKEN)
        sim_fail(sim, ORACLE_ANSWER, "%s %s: not taken", name, type);
}

static void receive(struct sim *sim, const struct arrival *arrival)
{
    struct packet packet = {
        .exchange = arrival->exchange,
        .from = arrival->from,
        .transport = arrival->transport,
        .wire = arrival->wire,
        .length = arrival->length,
    };
    engine_receive(sim->seat[arrival->seat].engine, sim->now, &packet);
    free(arrival->wire);
}

static void arrive(struct sim *sim, const struct arrival *arrival)
{
    switch (arrival->kind) {
    case ARRIVE_QUESTION:
        ask(sim, arrival->index);
        return;
    case ARRIVE_PACKET:
        receive(sim, arrival);
        return;
    case ARRIVE_FAILURE:
        engine_failed(sim->seat[arrival->seat].engine, sim->now, arrival->exchange, arrival->failure);
        return;
    case ARRIVE_CLOCK:
        clock_set(sim);
        return;
    default:
        sim_trace(sim, "asleep for %llu s", (unsigned long long)(sim->jump_for[arrival->index] / SECOND));
        sim->now += sim->jump_for[arrival->index];
        sim->jumped_at = sim->now;
    }
}

/* Who wants to be woken first. */
static struct engine *first_to_wake(const struct sim *sim)
{
    struct engine *first = sim->seat[0].engine;
    for (unsigned i = 1; i < sim->seat_count; i++)
        if (engine_deadline(sim->seat[i].engine) < engine_deadline(first))
            first = sim->seat[i].engine;
    return first;
}

/* One event: whatever comes first, the time included. False when nothing will happen any more. */
static bool step(struct sim *sim)
{
    struct engine *first = first_to_wake(sim);
    uint64_t wake = engine_deadline(first);
    if (sim->heap_count == 0 && wake == UINT64_MAX)
        return false;
    if (sim->heap_count > 0 && sim->heap[0].at <= wake) {
        struct arrival arrival = next_arrival(sim);
        if (arrival.at > sim->now)
            sim->now = arrival.at;
        arrive(sim, &arrival);
    } else {
        if (wake > sim->now)
            sim->now = wake;
        engine_wake(first, sim->now);
        if (engine_deadline(first) <= sim->now)
            sim_fail(sim, ORACLE_EFFECT, "it wants to be woken at once, again");
    }
    take_effects(sim);
    return true;
}

static void look(struct sim *sim)
{
    sim->steps++;
    if (sim->order->strict || sim->steps % CACHE_EVERY == 0)
        oracle_cache(sim);
    if (sim->order->strict || sim->steps % MEMORY_EVERY == 0)
        oracle_memory(sim);
    if (sim->steps == STEPS_MAX)
        sim_fail(sim, ORACLE_EFFECT, "it does not come to rest");
}

/* -- setting up -------------------------------------------------------------------------------- */

/* The root's name servers as the world has them at the beginning. */
static void make_hints(struct sim *sim)
{
    const struct world *world = sim->world;
    const struct rrset *servers = world_find(world, ROOT, 0, dns_name_root(), DNS_TYPE_NS);
    for (unsigned i = 0; i < servers->count; i++) {
        struct dns_name name = world_target(world, servers, i);
        const struct host *host = &world->host[world_find_host(world, name)];
        for (unsigned k = 0; k < host->server_count; k++) {
            sim->hints.address[sim->hints.address_count].address = world->server[host->server[k]].address;
            sim->hints.address[sim->hints.address_count++].name = (uint8_t)sim->hints.count;
        }
        dns_name_copy(&sim->hints.name[sim->hints.count++], name);
    }
}

static void choose_options(struct sim *sim, struct dice *dice)
{
    static const uint32_t ttls[] = {86400, 86400, 604800, 300};
    static const uint32_t negative[] = {10800, 10800, 60};
    static const enum engine_qmin qmin[] = {ENGINE_QMIN_RELAXED, ENGINE_QMIN_RELAXED, ENGINE_QMIN_STRICT,
                                            ENGINE_QMIN_OFF};
    sim->options = (struct engine_options){
        .cache = sim->cache,
        .hints = &sim->hints,
        .random = random_octets,
        .random_context = sim,
        .limits = engine_limits_default(),
        .qmin = qmin[dice_below(dice, 4)],
        .ipv4 = true,
        .ipv6 = !dice_chance(dice, 200),
        .minimal_responses = !sim->scenario->extras,
        .edns_udp_size = 1232,
        .max_cache_ttl = ttls[dice_below(dice, 4)],
        .max_ncache_ttl = negative[dice_below(dice, 3)],
    };
    if (sim->scenario->wide && dice_chance(dice, 500)) {
        sim->options.limits.packets = dice_between(dice, 5, 60);
        sim->options.limits.packets_per_name = dice_between(dice, 3, 50);
    }
    sim->model.max_ttl = sim->options.max_cache_ttl;
    sim->model.max_negative_ttl = sim->options.max_ncache_ttl;
    sim->model.ipv4 = sim->options.ipv4;
    sim->model.ipv6 = sim->options.ipv6;
}

static void add_anchors(struct sim *sim, const struct zone *zone)
{
    for (unsigned i = 0; i < zone->security.key_count; i++) {
        const struct zone_key *key = &zone->security.key[i];
        struct dnssec_anchor *anchor = &sim->anchor[sim->validation.anchor_count % ANCHORS_MAX];
        if (key->algorithm == ALGORITHM_UNKNOWN || sim->validation.anchor_count == ANCHORS_MAX)
            continue;
        *anchor = (struct dnssec_anchor){.kind = DNSSEC_ANCHOR_KEY,
                                         .key_tag = key->tag,
                                         .algorithm = key->algorithm,
                                         .length = key->length};
        dns_name_copy(&anchor->zone, zone_origin(zone));
        memcpy(anchor->octets, key->rdata, key->length);
        sim->validation.anchor_count++;
    }
}

/* The root's keys are the trust anchors, and those of some islands. */
static void choose_anchors(struct sim *sim)
{
    sim->validation.anchor_count = 0;
    for (unsigned i = 0; i < sim->world->zone_count; i++)
        if (i == ROOT || sim->world->zone[i].security.anchored)
            add_anchors(sim, &sim->world->zone[i]);
    sim->policy = dnssec_policy_default();
    sim->policy_name = dns_name_root().wire;
    sim->validation = (struct validation){.enabled = true,
                                          .anchors = sim->anchor,
                                          .anchor_count = sim->validation.anchor_count,
                                          .policies = &sim->policy,
                                          .policy_names = &sim->policy_name,
                                          .policy_count = 1};
    sim->options.validation = &sim->validation;
}

static void take_seats(struct sim *sim)
{
    sim->seat_count = sim->scenario->engines > 1 ? sim->scenario->engines : 1;
    for (unsigned i = 0; i < sim->seat_count; i++) {
        struct seat *seat = &sim->seat[i];
        *seat = (struct seat){.sim = sim, .number = i};
        sim->options.events = (struct event_sink){report, seat};
        sim->options.journal = true;
        seat->engine = engine_create(&sim->options);
        if (seat->engine == NULL)
            abort();
        engine_set_clock(seat->engine, sim->now, SIGNED_EPOCH + sim->now / SECOND);
    }
}

static void start(struct sim *sim)
{
    struct dice dice = dice_make(sim->order->seed, 3);
    uint8_t key[16];
    sim->random = dice_make(sim->order->seed, 5);
    sim->faults = dice_make(sim->order->seed, 6);
    sim->ballast = dice_make(sim->order->seed, 7);
    sim->beside = dice_make(sim->order->seed, 10);
    sim->world = generate_world(sim->order->seed, sim->scenario);
    sim->model.world = sim->world;
    sim->model.trouble = calloc(sim->world->server_count, sizeof *sim->model.trouble);
    sim->model.spoilt = calloc(sim->world->server_count, sizeof *sim->model.spoilt);
    random_octets(sim, key, sizeof key);
    sim->cache = cache_create(&(struct cache_options){.size = CACHE_SIZE_MIN, .key = key});
    if (sim->cache == NULL || sim->model.trouble == NULL || sim->model.spoilt == NULL)
        abort();
    make_hints(sim);
    choose_options(sim, &dice);
    if (sim->scenario->signatures)
        choose_anchors(sim);
    clock_plan(sim);
    take_seats(sim);
    clients_plan(sim);
    network_plan(sim);
}

static void stop(struct sim *sim)
{
    while (sim->heap_count > 0)
        free(next_arrival(sim).wire);
    for (unsigned i = 0; i < sim->seat_count; i++) {
        engine_destroy(sim->seat[i].engine);
        free(sim->seat[i].exchange);
        free(sim->seat[i].walk);
    }
    cache_destroy(sim->cache);
    world_destroy(sim->world);
    free(sim->model.trouble);
    free(sim->model.spoilt);
    free(sim->heap);
}

bool sim_run(const struct order *order, struct verdict *verdict)
{
    struct sim *sim = calloc(1, sizeof *sim);
    if (sim == NULL)
        abort();
    *verdict = (struct verdict){.hash = UINT64_C(14695981039346656037)};
    sim->order = order;
    sim->scenario = order->scenario;
    sim->verdict = verdict;
    start(sim);
    while (verdict->oracle == ORACLE_NONE && step(sim))
        look(sim);
    if (verdict->oracle == ORACLE_NONE) {
        oracle_end(sim);
        verdict->at = sim->now;
    }
    stop(sim);
    free(sim);
    return verdict->oracle == ORACLE_NONE;
}
