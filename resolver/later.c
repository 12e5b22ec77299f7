/*
 * Costly questions come last. A question whose signatures have cost much, or are about to, has its next response
 * judged when the engine is woken for it: one such response each time, after everybody's packets that have come
 * meanwhile. So whoever makes a resolver work does not make others wait. Its budget is what it was, and so is its
 * time: it may be over before its turn has come.
 */
#include "dnssec/verify.h"
#include "resolver/walk.h"

enum { PROMPT_UNITS = 100 }; /* for one question: many times what a long chain of ordinary zones costs */

static unsigned signature_cost(const struct dns_message *message, const struct dns_record *record)
{
    if (record->type != DNS_TYPE_RRSIG || record->rdata_length < 3)
        return 0;
    return dnssec_algorithm_cost(message->wire[record->rdata + 2]);
}

/* At most: not all signatures have to be checked. */
static unsigned message_cost(const struct dns_message *message)
{
    unsigned cost = 0;
    for (unsigned section = DNS_ANSWER; section <= DNS_AUTHORITY; section++)
        for (unsigned i = 0; i < message->count[section]; i++)
            cost += signature_cost(message, &message->section[section][i]);
    return cost;
}

bool later_is_due(const struct walk *walk, const struct dns_message *message)
{
    unsigned spent = (unsigned)(dnssec_budget_default().cost - walk->budget->dnssec.cost);
    return walk->later == LATER_NOT && spent + message_cost(message) > PROMPT_UNITS;
}

void later_begin(struct walk *walk)
{
    struct engine *engine = walk->engine;
    walk->later = LATER_WAITS;
    walk->later_next = NULL;
    if (engine->later_first == NULL)
        engine->later_first = walk;
    else
        engine->later_last->later_next = walk;
    engine->later_last = walk;
}

void later_end(struct walk *walk)
{
    struct engine *engine = walk->engine;
    struct walk *before = NULL;
    if (walk->later == LATER_WAITS) {
        for (struct walk *at = engine->later_first; at != walk; at = at->later_next)
            before = at;
        *(before == NULL ? &engine->later_first : &before->later_next) = walk->later_next;
        if (engine->later_last == walk)
            engine->later_last = before;
    }
    walk->later = LATER_NOT;
}

void later_next(struct engine *engine)
{
    struct walk *walk = engine->later_first;
    if (walk == NULL)
        return;
    later_end(walk);
    walk->later = LATER_TURN;
    engine_queue(walk);
}
