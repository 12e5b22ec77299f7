#include "resolver/engine.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/validator.h"
#include "resolver/walk.h"

enum { PRIME_AGAIN = 60 }; /* seconds after a failed priming */

struct engine_limits engine_limits_default(void)
{
    return (struct engine_limits){
        .packets = 100,
        .packets_per_name = 50,
        .names = 11,
        .depth = 6,
        .lookups = 10,
        .time = 7000000,
        .walks = 4096,
        .waiters = 100,
    };
}

/* -- life -------------------------------------------------------------------------------------- */

bool engine_configure(struct engine *engine, const struct engine_options *options)
{
    struct engine_server_rule *rules = NULL;
    if (options->rule_count > 0) {
        rules = malloc(options->rule_count * sizeof *rules);
        if (rules == NULL)
            return false;
        memcpy(rules, options->rules, options->rule_count * sizeof *rules);
    }
    free(engine->rules);
    engine->rules = rules;
    engine->options = *options;
    engine->options.rules = rules;
    if (options->hints != &engine->hints)
        engine->hints = *options->hints;
    engine->options.hints = &engine->hints;
    engine->reporting = options->journal || options->events.report != NULL;
    return true;
}

struct engine *engine_create(const struct engine_options *options)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return NULL;
    engine->walk_pool.size = sizeof(struct walk);
    engine->client_pool.size = sizeof(struct client);
    engine->budget_pool.size = sizeof(struct budget);
    engine->policy = dnssec_policy_default();
    engine->validator = validator_new();
    engine->records = malloc(DNS_RECORDS_MAX * sizeof *engine->records);
    engine->scratch = malloc(SCRATCH_RDATA + SCRATCH_IMAGE);
    if (engine->records == NULL || engine->scratch == NULL || engine->validator == NULL ||
        !engine_configure(engine, options)) {
        engine_destroy(engine);
        return NULL;
    }
    return engine;
}

/* Walks that are done are in no table: those that somebody waits for, who has not looked yet, have only him. */
static void destroy_unseen(struct engine *engine)
{
    for (size_t i = 0; i < WALK_TABLE; i++)
        for (struct walk *walk = engine->table[i]; walk != NULL; walk = walk->bucket_next)
            for (unsigned j = 0; j < WALK_WAITS; j++)
                if (walk->waits[j].purpose != WAIT_NONE && walk->waits[j].child->state == WALK_DONE)
                    wait_end(&walk->waits[j]);
    while (engine->run_first != NULL) {
        struct walk *walk = engine->run_first;
        engine->run_first = walk->run_next;
        walk_destroy(walk);
    }
}

static void destroy_walks(struct engine *engine)
{
    destroy_unseen(engine);
    for (size_t i = 0; i < WALK_TABLE; i++)
        for (struct walk *walk = engine->table[i], *next; walk != NULL; walk = next) {
            next = walk->bucket_next;
            walk_destroy(walk);
        }
    for (struct walk *walk = engine->answers_first, *next; walk != NULL; walk = next) {
        next = walk->run_next;
        if (walk == engine->told)
            engine->told = NULL;
        walk_destroy(walk);
    }
    if (engine->told != NULL)
        walk_destroy(engine->told);
}

void engine_destroy(struct engine *engine)
{
    destroy_walks(engine);
    for (uint32_t i = 0; i < engine->exchange_count; i++)
        free(engine->exchange[i]);
    free(engine->exchange);
    pool_destroy(&engine->walk_pool);
    pool_destroy(&engine->client_pool);
    pool_destroy(&engine->budget_pool);
    free(engine->heap);
    free(engine->records);
    free(engine->scratch);
    free(engine->rules);
    validator_free(engine->validator);
    free(engine);
}

void engine_listen(struct engine *engine, struct event_sink events)
{
    engine->options.events = events;
    engine->reporting = engine->options.journal || events.report != NULL;
}

/* A call is told where somebody records. */
#define TELL(engine, ...)                                                                                    \
    do {                                                                                                     \
        const struct engine_tape *tape = &(engine)->options.tape;                                            \
        if (tape->call != NULL)                                                                              \
            tape->call(tape->context, &(struct engine_call){__VA_ARGS__});                                   \
    } while (0)

void engine_set_clock(struct engine *engine, uint64_t now, uint64_t wall)
{
    TELL(engine, .kind = ENGINE_CALL_CLOCK, .now = now, .wall = wall);
    engine->clock_set_at = now;
    engine->clock = wall;
}

/* -- what the walks need ----------------------------------------------------------------------- */

void engine_random_fill(struct engine *engine, uint8_t *to, size_t length)
{
    while (length > 0) {
        if (engine->random_left == 0) {
            engine->options.random(engine->options.random_context, engine->random, sizeof engine->random);
            engine->random_left = sizeof engine->random;
        }
        size_t n = length < engine->random_left ? length : engine->random_left;
        uint8_t *from = engine->random + sizeof engine->random - engine->random_left;
        memcpy(to, from, n);
        memset(from, 0, n);
        engine->random_left -= n;
        to += n;
        length -= n;
    }
}

uint32_t engine_random(struct engine *engine)
{
    uint32_t value;
    engine_random_fill(engine, (uint8_t *)&value, sizeof value);
    return value;
}

void engine_report(const struct walk *walk, struct event *event)
{
    const struct engine_options *options = &walk->engine->options;
    event->time = walk->engine->now;
    event->walk = walk->number;
    event->parent = walk->parent_number;
    event->depth = walk->level;
    if (options->journal)
        journal_write(&walk->budget->journal, event);
    if (options->events.report != NULL)
        options->events.report(options->events.context, event);
}

/* -- running ----------------------------------------------------------------------------------- */

void engine_queue(struct walk *walk)
{
    struct engine *engine = walk->engine;
    if (walk->queued)
        return;
    walk->queued = true;
    walk->run_next = NULL;
    if (engine->run_last != NULL)
        engine->run_last->run_next = walk;
    else
        engine->run_first = walk;
    engine->run_last = walk;
}

void engine_tell(struct walk *walk)
{
    struct engine *engine = walk->engine;
    walk->run_next = NULL;
    if (engine->answers_last != NULL)
        engine->answers_last->run_next = walk;
    else
        engine->answers_first = walk;
    engine->answers_last = walk;
}

static void run(struct engine *engine)
{
    struct walk *walk;
    while ((walk = engine->run_first) != NULL) {
        engine->run_first = walk->run_next;
        if (engine->run_first == NULL)
            engine->run_last = NULL;
        walk->queued = false;
        walk_run(walk);
    }
}

/* -- events in --------------------------------------------------------------------------------- */

void engine_report_notes(const struct walk *walk)
{
    struct engine *engine = walk->engine;
    const struct question *question = engine->asking;
    engine->asking = NULL;
    if (question == NULL || !engine->reporting)
        return;
    for (unsigned i = 0; i < question->note_count; i++) {
        struct event note = question->notes[i];
        engine_report(walk, &note);
    }
}

enum engine_taken engine_ask(struct engine *engine, uint64_t now, const struct question *question)
{
    TELL(engine, .kind = ENGINE_CALL_ASK, .now = now, .question = question);
    engine->now = now;
    engine->statistics.questions++;
    const struct validation *validation = engine->options.validation;
    bool validating = validation != NULL && validation->enabled;
    enum checking checking = question->checking_disabled && validating ? CHECKING_FIRST : CHECKING;
    engine->asking = question;
    struct walk *walk = walk_get(engine, question->name, question->type, checking, NULL, 0);
    enum engine_taken taken = walk == NULL ? ENGINE_BUSY : walk_add_client(walk, question->client);
    if (taken == ENGINE_TAKEN)
        engine_report_notes(walk); /* it was there already */
    engine->asking = NULL;
    run(engine);
    return taken;
}

void engine_begin_priming(struct engine *engine)
{
    const struct route *root =
        route_find(engine->options.routes, engine->options.route_count, dns_name_root());
    bool routed = root != NULL && root->kind != ROUTE_WALK;
    if (routed || engine->priming || engine_seconds(engine) < engine->prime_again)
        return;
    engine->prime_again = engine_seconds(engine) + PRIME_AGAIN;
    engine->priming = walk_prime(engine) != NULL;
}

void engine_prime(struct engine *engine, uint64_t now)
{
    TELL(engine, .kind = ENGINE_CALL_PRIME, .now = now);
    engine->now = now;
    engine_begin_priming(engine);
    run(engine);
}

void engine_receive(struct engine *engine, uint64_t now, const struct packet *packet)
{
    TELL(engine, .kind = ENGINE_CALL_RECEIVE, .now = now, .packet = packet);
    engine->now = now;
    exchange_receive(engine, packet);
    run(engine);
}

void engine_failed(struct engine *engine, uint64_t now, uint64_t id, enum failure failure)
{
    TELL(engine, .kind = ENGINE_CALL_FAILED, .now = now, .exchange = id, .failure = failure);
    engine->now = now;
    exchange_failed(engine, id, failure);
    run(engine);
}

void engine_wake(struct engine *engine, uint64_t now)
{
    TELL(engine, .kind = ENGINE_CALL_WAKE, .now = now);
    engine->now = now;
    while (engine->heap_count > 0 && engine->heap[0]->wake_at <= now) {
        struct walk *walk = engine->heap[0];
        engine_clear_timer(walk);
        engine_queue(walk);
    }
    later_next(engine);
    run(engine);
}

/* -- effects out ------------------------------------------------------------------------------- */

static bool next_send(struct engine *engine, struct effect *effect)
{
    struct exchange *exchange = engine->send_first;
    if (exchange == NULL)
        return false;
    engine->send_first = exchange->effect_next;
    if (engine->send_first == NULL)
        engine->send_last = NULL;
    exchange->state = EXCHANGE_OPEN;
    *effect = (struct effect){
        .kind = EFFECT_SEND,
        .exchange = exchange->id,
        .server = exchange->server,
        .zone = dns_name_view(&exchange->walk->delegation.zone),
        .transport = exchange->transport,
        .wire = exchange->wire,
        .length = exchange->length,
    };
    return true;
}

static bool next_over(struct engine *engine, struct effect *effect)
{
    struct exchange *exchange = engine->over_first;
    if (exchange == NULL)
        return false;
    engine->over_first = exchange->effect_next;
    if (engine->over_first == NULL)
        engine->over_last = NULL;
    *effect = (struct effect){.kind = EFFECT_OVER, .exchange = exchange->id};
    exchange_free(exchange);
    return true;
}

static bool next_answer(struct engine *engine, struct effect *effect)
{
    struct walk *walk = engine->answers_first;
    if (walk == NULL)
        return false;
    struct client *client = walk->clients;
    *effect = (struct effect){
        .kind = EFFECT_ANSWER,
        .client = client->handle,
        .answer = &walk->answer,
        .journal = engine->options.journal ? &walk->budget->journal : NULL,
        .took = engine->now - walk->started,
        .culprit = &walk->culprit,
    };
    walk->clients = client->next;
    pool_give(&engine->client_pool, client);
    engine->statistics.answered++;
    engine->told = walk;
    if (walk->clients == NULL) {
        engine->answers_first = walk->run_next;
        if (engine->answers_first == NULL)
            engine->answers_last = NULL;
    }
    return true;
}

bool engine_next(struct engine *engine, struct effect *effect)
{
    struct walk *told = engine->told;
    engine->told = NULL;
    if (told != NULL) {
        walk_release_if_unused(told);
        run(engine);
    }
    bool more = next_send(engine, effect) || next_over(engine, effect) || next_answer(engine, effect);
    TELL(engine, .kind = ENGINE_CALL_NEXT, .effect = more ? effect : NULL);
    return more;
}

uint64_t engine_deadline(const struct engine *engine)
{
    uint64_t wake = engine->heap_count == 0 ? UINT64_MAX : engine->heap[0]->wake_at;
    uint64_t soon = engine->now + 1; /* after what has come meanwhile */
    return engine->later_first != NULL && soon < wake ? soon : wake;
}

void engine_get_statistics(const struct engine *engine, struct engine_statistics *statistics)
{
    *statistics = engine->statistics;
    statistics->walks_now = engine->walk_count;
}
