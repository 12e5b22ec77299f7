/* What a walk makes of a server's response (response.h): another server, the next name, or what keep.c
   keeps of it. */
#include "resolver/response.h"
#include "resolver/walk.h"

static bool is_whole(const struct walk *walk)
{
    return walk->asked.length == walk->qname.length;
}

/* The server is not asked again in this walk; for a lame one the cache remembers the zone. */
static enum walk_state give_up(struct walk *walk, const struct exchange *exchange,
                               const struct response *response, const struct dns_message *message)
{
    enum { LAME_SECONDS = 300 };
    struct engine *engine = walk->engine;
    uint32_t now = engine_seconds(engine);
    unsigned target = exchange->target;
    walk->tally.last = exchange->server;
    if (response->kind == RESPONSE_LAME)
        walk->tally.lame++;
    else
        walk->tally.broken++;
    /* With AA it claims to know the zone; some do so and fail for one type only. */
    if (response->kind == RESPONSE_LAME && !message->authoritative) {
        struct server facts;
        server_get(engine->options.cache, &exchange->server, now, &facts);
        server_set_lame(&facts,
                        (uint32_t)cache_hash(engine->options.cache, dns_name_view(&walk->delegation.zone)),
                        now + LAME_SECONDS);
        server_put(engine->options.cache, &exchange->server, now, &facts);
    }
    select_drop(walk, target, response->text);
    return WALK_ASK;
}

static const struct response unreadable = {.kind = RESPONSE_FAILED, .text = "its records cannot be read"};

static enum walk_state take_referral(struct walk *walk, const struct exchange *exchange,
                                     struct dns_message *message, const struct response *response)
{
    return keep_referral(walk, message, response) ? WALK_ASK : give_up(walk, exchange, &unreadable, message);
}

static enum walk_state without_edns(struct walk *walk, struct exchange *exchange,
                                    const struct response *response, const struct dns_message *message)
{
    enum { NO_EDNS_SECONDS = 900 };
    struct target *target = &walk->targets[exchange->target];
    struct engine *engine = walk->engine;
    uint32_t now = engine_seconds(engine);
    if (!exchange->edns)
        return give_up(walk, exchange, response, message);
    target->plain = target->again = true;
    if (message->questions == 1) {
        struct server facts;
        server_get(engine->options.cache, &exchange->server, now, &facts);
        facts.edns = SERVER_EDNS_NONE;
        facts.edns_until = now + NO_EDNS_SECONDS;
        server_put(engine->options.cache, &exchange->server, now, &facts);
    }
    return WALK_ASK;
}

/* The answer to a minimised name: only a referral leads on; anything else means going on here. Servers
   that cannot cope with such questions are asked the whole name (RFC 9156 §2.3, relaxed). */
static enum walk_state take_minimised(struct walk *walk, const struct exchange *exchange,
                                      struct dns_message *message, const struct response *response)
{
    switch (response->kind) {
    case RESPONSE_REFERRAL:
        return take_referral(walk, exchange, message, response);
    case RESPONSE_ANSWER:
    case RESPONSE_ALIAS:
    case RESPONSE_NODATA:
        keep_intermediate(walk, message, response);
        minimise_next(walk);
        return WALK_ASK;
    case RESPONSE_NXDOMAIN:
        if (walk->engine->options.qmin == ENGINE_QMIN_STRICT)
            return keep_negative(walk, message, response);
        minimise_stop(walk);
        return WALK_ASK;
    default:
        if (walk->engine->options.qmin == ENGINE_QMIN_STRICT)
            return give_up(walk, exchange, response, message);
        minimise_stop(walk);
        return WALK_ASK;
    }
}

static enum walk_state take_whole(struct walk *walk, const struct exchange *exchange,
                                  struct dns_message *message, const struct response *response)
{
    enum walk_state state;
    switch (response->kind) {
    case RESPONSE_REFERRAL:
        return take_referral(walk, exchange, message, response);
    case RESPONSE_ANSWER:
    case RESPONSE_ALIAS:
        state = keep_answer(walk, message);
        return state == WALK_ASK ? give_up(walk, exchange, &unreadable, message) : state;
    case RESPONSE_NXDOMAIN:
    case RESPONSE_NODATA:
        return keep_negative(walk, message, response);
    default:
        return give_up(walk, exchange, response, message);
    }
}

/* A server that recurses for us does not serve the zone: what it says is taken only when nobody else
   says anything. */
static bool pass_over(struct walk *walk, const struct exchange *exchange, const struct dns_message *message)
{
    struct target *target = &walk->targets[exchange->target];
    if (message->authoritative || !message->recursion_available || walk->last_resort)
        return false;
    target->recursive = true;
    REPORT(walk, .kind = EVENT_SERVER_DROPPED, .address = exchange->server,
           .zone = dns_name_view(&walk->delegation.zone), .text = "it recurses and has no authority");
    return true;
}

enum walk_state take_response(struct walk *walk, struct exchange *exchange, struct dns_message *message)
{
    struct response response;
    struct exchange done = *exchange;
    struct target *target = &walk->targets[exchange->target];

    response_read(&response, message, dns_name_view(&walk->delegation.zone), walk->asked, walk->asked_type);
    const char *text = message->truncated ? "a truncated answer" : response.text;
    REPORT(walk, .kind = EVENT_RECEIVE, .address = exchange->server, .rcode = message->rcode, .text = text,
           .value = walk->engine->now - exchange->sent_at);
    exchange_close(exchange);
    if (message->truncated && done.transport == TRANSPORT_UDP) {
        target->tcp = target->again = true;
        return WALK_ASK;
    }
    if (message->truncated) {
        response.kind = RESPONSE_FAILED;
        response.text = "it truncates over TCP";
    }
    if (response.kind <= RESPONSE_NODATA && pass_over(walk, &done, message))
        return WALK_ASK;
    if (response.kind == RESPONSE_NO_EDNS)
        return without_edns(walk, &done, &response, message);
    return is_whole(walk) ? take_whole(walk, &done, message, &response)
                          : take_minimised(walk, &done, message, &response);
}
