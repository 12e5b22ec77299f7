/* The oracles that count: O-count, O-memory, O-effect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* -- packets for one question ------------------------------------------------------------------ */

static struct walk_count *count_of(struct seat *seat, uint32_t walk)
{
    if (walk >= seat->walk_capacity) {
        unsigned capacity = 2 * (walk + 64);
        seat->walk = realloc(seat->walk, capacity * sizeof *seat->walk);
        if (seat->walk == NULL)
            abort();
        memset(seat->walk + seat->walk_capacity, 0, (capacity - seat->walk_capacity) * sizeof *seat->walk);
        seat->walk_capacity = capacity;
    }
    return &seat->walk[walk];
}

void oracle_event(struct seat *seat, const struct event *event)
{
    struct sim *sim = seat->sim;
    sim->verdict->events++;
    if (event->kind == EVENT_QUESTION) {
        uint32_t root = event->parent == 0 ? event->walk : count_of(seat, event->parent)->root;
        *count_of(seat, event->walk) = (struct walk_count){.root = root};
    }
    /* A client has asked for what was a step of another question: from now on it has a budget of its own. */
    if (event->kind != EVENT_QUESTION && event->parent == 0 &&
        count_of(seat, event->walk)->root != event->walk)
        *count_of(seat, event->walk) = (struct walk_count){.root = event->walk};
    if (event->kind != EVENT_SEND)
        return;
    struct walk_count *walk = count_of(seat, event->walk), *root = count_of(seat, walk->root);
    if (++walk->packets > sim->options.limits.packets_per_name)
        sim_fail(sim, ORACLE_COUNT, "more than %u packets for one name",
                 sim->options.limits.packets_per_name);
    if (++root->packets_in_all > sim->verdict->most_packets)
        sim->verdict->most_packets = root->packets_in_all;
    if (root->packets_in_all > sim->options.limits.packets)
        sim_fail(sim, ORACLE_COUNT, "more than %u packets for one question", sim->options.limits.packets);
}

/* -- exchanges --------------------------------------------------------------------------------- */

static struct open_exchange *find_exchange(struct seat *seat, uint64_t id)
{
    for (unsigned i = seat->exchange_count; i-- > 0;)
        if (seat->exchange[i].id == id)
            return &seat->exchange[i];
    return NULL;
}

void oracle_sent(struct seat *seat, const struct effect *effect)
{
    struct sim *sim = seat->sim;
    sim->verdict->packets++;
    if (effect->exchange == 0 || find_exchange(seat, effect->exchange) != NULL)
        sim_fail(sim, ORACLE_EFFECT, "the exchange %llu was used before",
                 (unsigned long long)effect->exchange);
    if (seat->exchange_count == seat->exchange_capacity) {
        seat->exchange_capacity = seat->exchange_capacity == 0 ? 256 : 2 * seat->exchange_capacity;
        seat->exchange = realloc(seat->exchange, seat->exchange_capacity * sizeof *seat->exchange);
        if (seat->exchange == NULL)
            abort();
    }
    seat->exchange[seat->exchange_count++] = (struct open_exchange){effect->exchange, true};
}

void oracle_over(struct seat *seat, uint64_t id)
{
    struct sim *sim = seat->sim;
    struct open_exchange *exchange = find_exchange(seat, id);
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

static void end_of(struct seat *seat)
{
    struct sim *sim = seat->sim;
    struct engine_statistics statistics;
    engine_get_statistics(seat->engine, &statistics);
    if (statistics.walks_now > 0 || statistics.exchanges_now > 0)
        sim_fail(sim, ORACLE_MEMORY, "%llu walks and %llu exchanges are left",
                 (unsigned long long)statistics.walks_now, (unsigned long long)statistics.exchanges_now);
    for (unsigned i = 0; i < seat->exchange_count; i++)
        if (seat->exchange[i].open)
            sim_fail(sim, ORACLE_EFFECT, "exchange %llu was never closed",
                     (unsigned long long)seat->exchange[i].id);
}

void oracle_end(struct sim *sim)
{
    if (sim->waiting > 0)
        sim_fail(sim, ORACLE_ANSWER, "%u questions have no answer", sim->waiting);
    for (unsigned i = 0; i < sim->seat_count; i++)
        end_of(&sim->seat[i]);
    oracle_cache(sim);
    oracle_memory(sim);
}
