/* What is being walked at the moment, for people. */
#include "resolver/walk.h"

static const char *state_word(const struct walk *walk)
{
    switch (walk->state) {
    case WALK_CACHE:
    case WALK_DELEGATION:
    case WALK_ASK:
        return "about to ask";
    case WALK_WAIT:
        return walk->exchanges != NULL ? "waits for a server" : "looks up a name server";
    case WALK_CHECKED:
        return "waits for the walk that checks";
    case WALK_PROVE:
        return "waits for keys or a proof";
    case WALK_ALIAS:
        return "waits for the target of an alias";
    default:
        return "done";
    }
}

static void describe(const struct walk *walk, uint64_t now, struct engine_walk *to)
{
    *to = (struct engine_walk){
        .number = walk->number,
        .parent = walk->parent_number,
        .name = walk->qname,
        .type = walk->qtype,
        .zone = walk->delegation.zone,
        .state = state_word(walk),
        .clients = walk->client_count,
        .packets_left = walk->budget->packets,
        .time = now > walk->started ? now - walk->started : 0,
    };
    for (const struct exchange *exchange = walk->exchanges; exchange != NULL; exchange = exchange->next)
        if (exchange->state == EXCHANGE_OPEN || exchange->state == EXCHANGE_LATE) {
            to->server = exchange->server;
            break;
        }
}

size_t engine_walks(const struct engine *engine, uint64_t now, struct engine_walk *to, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < WALK_TABLE; i++)
        for (const struct walk *walk = engine->table[i]; walk != NULL && count < capacity;
             walk = walk->bucket_next)
            describe(walk, now, &to[count++]);
    return count;
}
