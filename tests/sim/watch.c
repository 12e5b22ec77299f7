/* The oracles that count: O-count, O-memory, O-effect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* -- packets for one question ------------------------------------------------------------------ */

static struct walk_count *count_of(struct sim *sim, uint32_t walk)
{
    if (walk >= sim->walk_capacity) {
        unsigned capacity = 2 * (walk + 64);
        sim->walk = realloc(sim->walk, capacity * sizeof *sim->walk);
        if (sim->walk == NULL)
            abort();
        memset(sim->walk + sim->walk_capacity, 0, (capacity - sim->walk_capacity) * sizeof *sim->walk);
        sim->walk_capacity = capacity;
    }
    return &sim->walk[walk];
}

void oracle_event(struct sim *sim, const struct event *event)
{
    sim->verdict->events++;
    sim->begun |= event->kind == EVENT_JOINED || (event->kind == EVENT_QUESTION && event->parent == 0);
    if (event->kind == EVENT_QUESTION) {
        uint32_t root = event->parent == 0 ? event->walk : count_of(sim, event->parent)->root;
        *count_of(sim, event->walk) = (struct walk_count){.root = root};
    }
    /* Whoever joins brings a budget of his own. */
    if (event->kind == EVENT_JOINED)
        count_of(sim, count_of(sim, event->walk)->root)->joined++;
    if (event->kind != EVENT_SEND)
        return;
    struct walk_count *walk = count_of(sim, event->walk), *root = count_of(sim, walk->root);
    if (++walk->packets > sim->options.limits.packets_per_name)
        sim_fail(sim, ORACLE_COUNT, "more than %u packets for one name",
                 sim->options.limits.packets_per_name);
    unsigned each = ++root->packets_in_all / (1 + root->joined + sim->joins);
    if (each > sim->verdict->most_packets)
        sim->verdict->most_packets = each;
    if (root->packets_in_all > sim->options.limits.packets * (1 + root->joined + sim->joins))
        sim_fail(sim, ORACLE_COUNT, "more than %u packets for one question", sim->options.limits.packets);
}

/* -- exchanges --------------------------------------------------------------------------------- */

static struct open_exchange *find_exchange(struct sim *sim, uint64_t id)
{
    for (unsigned i = sim->exchange_count; i-- > 0;)
        if (sim->exchange[i].id == id)
            return &sim->exchange[i];
    return NULL;
}

void oracle_sent(struct sim *sim, const struct effect *effect)
{
    sim->verdict->packets++;
    if (effect->exchange == 0 || find_exchange(sim, effect->exchange) != NULL)
        sim_fail(sim, ORACLE_EFFECT, "the exchange %llu was used before",
                 (unsigned long long)effect->exchange);
    if (sim->exchange_count == sim->exchange_capacity) {
        sim->exchange_capacity = sim->exchange_capacity == 0 ? 256 : 2 * sim->exchange_capacity;
        sim->exchange = realloc(sim->exchange, sim->exchange_capacity * sizeof *sim->exchange);
        if (sim->exchange == NULL)
            abort();
    }
    sim->exchange[sim->exchange_count++] = (struct open_exchange){effect->exchange, true};
}

void oracle_over(struct sim *sim, uint64_t id)
{
    struct open_exchange *exchange = find_exchange(sim, id);
    if (exchange == NULL || !exchange->open)
        sim_fail(sim, ORACLE_EFFECT, "the end of exchange %llu, which is not open", (unsigned long long)id);
    else
        exchange->open = false;
}

/* -- memory ------------------------------------------------------------------------------------ */

void oracle_memory(struct sim *sim)
{
    char problem[128];
    struct cache_statistics statistics;
    if (!cache_verify(sim->cache, problem))
        sim_fail(sim, ORACLE_MEMORY, "the cache: %s", problem);
    cache_get_statistics(sim->cache, &statistics);
    if (statistics.used + statistics.overhead > statistics.size)
        sim_fail(sim, ORACLE_MEMORY, "the cache holds more than its size");
}

void oracle_end(struct sim *sim)
{
    struct engine_statistics statistics;
    engine_get_statistics(sim->engine, &statistics);
    if (sim->waiting > 0)
        sim_fail(sim, ORACLE_ANSWER, "%u questions have no answer", sim->waiting);
    if (statistics.walks_now > 0 || statistics.exchanges_now > 0)
        sim_fail(sim, ORACLE_MEMORY, "%llu walks and %llu exchanges are left",
                 (unsigned long long)statistics.walks_now, (unsigned long long)statistics.exchanges_now);
    for (unsigned i = 0; i < sim->exchange_count; i++)
        if (sim->exchange[i].open)
            sim_fail(sim, ORACLE_EFFECT, "exchange %llu was never closed",
                     (unsigned long long)sim->exchange[i].id);
    oracle_cache(sim);
    oracle_memory(sim);
}
