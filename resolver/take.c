/* What a walk makes of a server's response (response.h): another server, the next name, or what keep.c
   keeps of it; and how far it is believed (judge.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/judge.h"
#include "resolver/response.h"
#include "resolver/walk.h"

static bool is_whole(const struct walk *walk)
{
    return walk->asked.length == walk->qname.length;
}

static uint32_t zone_hash(const struct walk *walk)
{
    return (uint32_t)cache_hash(walk->engine->options.cache, dns_name_view(&walk->delegation.zone));
}

static void remember_lame(struct walk *walk, const struct source *source, uint32_t seconds)
{
    struct engine *engine = walk->engine;
    uint32_t now = engine_seconds(engine);
    struct server facts;
    server_get(engine->options.cache, &source->server, now, &facts);
    server_set_lame(&facts, zone_hash(walk), now + seconds);
    server_put(engine->options.cache, &source->server, now, &facts);
}

static bool is_lame(struct walk *walk, const struct source *source)
{
    struct engine *engine = walk->engine;
    struct server facts;
    server_get(engine->options.cache, &source->server, engine_seconds(engine), &facts);
    return server_is_lame(&facts, zone_hash(walk), engine_seconds(engine));
}

/* The server is not asked again in this walk; for a lame one the cache remembers the zone. */
static enum walk_state give_up(struct walk *walk, const struct source *source,
                               const struct response *response, const struct dns_message *message)
{
    enum { LAME_SECONDS = 300 };
    walk_blame(walk, &source->server, response->text);
    if (response->kind == RESPONSE_LAME)
        walk->tally.lame++;
    else
        walk->tally.broken++;
    /* With AA it claims to know the zone; some do so and fail for one type only. */
    if (response->kind == RESPONSE_LAME && !message->authoritative)
        remember_lame(walk, source, LAME_SECONDS);
    select_drop(walk, source->target, response->text);
    return WALK_ASK;
}

static const struct response unreadable = {.kind = RESPONSE_FAILED, .text = "its records cannot be read"};

static enum walk_state take_referral(struct walk *walk, const struct source *source,
                                     struct dns_message *message, const struct response *response,
                                     const struct judgement *judgement)
{
    return descend_referral(walk, message, response, judgement) ? WALK_ASK
                                                                : give_up(walk, source, &unreadable, message);
}

static enum walk_state without_edns(struct walk *walk, const struct source *source,
                                    const struct response *response, const struct dns_message *message)
{
    enum { NO_EDNS_SECONDS = 900 };
    struct target *target = &walk->targets[source->target];
    struct engine *engine = walk->engine;
    uint32_t now = engine_seconds(engine);
    if (!source->edns)
        return give_up(walk, source, response, message);
    target->plain = target->again = true;
    if (message->questions == 1) {
        struct server facts;
        server_get(engine->options.cache, &source->server, now, &facts);
        facts.edns = SERVER_EDNS_NONE;
        facts.edns_until = now + NO_EDNS_SECONDS;
        server_put(engine->options.cache, &source->server, now, &facts);
    }
    return WALK_ASK;
}

/* Does what is said of the minimised name hold for the name, too? Not where a trust anchor lies between them. */
static bool holds_below(const struct walk *walk)
{
    const struct engine *engine = walk->engine;
    return !validation_begins_below(engine->options.validation, dns_name_view(&walk->qname), walk->asked,
                                    engine_wall(engine));
}

/* The answer to a minimised name: only a referral leads on; anything else means going on here. Servers
   that cannot cope with such questions are asked the whole name (RFC 9156 §2.3, relaxed). */
static enum walk_state take_minimised(struct walk *walk, const struct source *source,
                                      struct dns_message *message, const struct response *response,
                                      const struct judgement *judgement)
{
    switch (response->kind) {
    case RESPONSE_REFERRAL:
        return take_referral(walk, source, message, response, judgement);
    case RESPONSE_ANSWER:
    case RESPONSE_ALIAS:
    case RESPONSE_NODATA:
        keep_intermediate(walk, message, response);
        minimise_next(walk);
        return WALK_ASK;
    case RESPONSE_NXDOMAIN:
        if (walk->engine->options.qmin == ENGINE_QMIN_STRICT && holds_below(walk))
            return keep_negative(walk, message, response, judgement);
        minimise_stop(walk);
        return WALK_ASK;
    default:
        if (walk->engine->options.qmin == ENGINE_QMIN_STRICT)
            return give_up(walk, source, response, message);
        minimise_stop(walk);
        return WALK_ASK;
    }
}

static enum walk_state take_whole(struct walk *walk, const struct source *source, struct dns_message *message,
                                  const struct response *response, const struct judgement *judgement)
{
    enum walk_state state;
    switch (response->kind) {
    case RESPONSE_REFERRAL:
        return take_referral(walk, source, message, response, judgement);
    case RESPONSE_ANSWER:
    case RESPONSE_ALIAS:
        state = keep_answer(walk, message, judgement);
        return state == WALK_ASK ? give_up(walk, source, &unreadable, message) : state;
    case RESPONSE_NXDOMAIN:
    case RESPONSE_NODATA:
        return keep_negative(walk, message, response, judgement);
    default:
        return give_up(walk, source, response, message);
    }
}

static enum walk_state take_judged(struct walk *walk, const struct source *source,
                                   struct dns_message *message, const struct response *response,
                                   const struct judgement *judgement)
{
    return is_whole(walk) ? take_whole(walk, source, message, response, judgement)
                          : take_minimised(walk, source, message, response, judgement);
}

/* -- the proof ------------------------------------------------------------------------------------- */

void proving_end(struct walk *walk)
{
    free(walk->proving.wire);
    walk->proving = (struct proving){0};
    later_end(walk);
}

/* Says whose fault it is: what is wrong, at which server. */
static void word_fault(const struct dnssec_fault *fault, const struct source *source,
                       char text[ANSWER_EDE_TEXT])
{
    char what[DNSSEC_FAULT_TEXT_MAX], address[DNS_ADDRESS_TEXT_MAX];
    dns_address_to_text(&source->server, address);
    dnssec_fault_to_text(fault, what);
    snprintf(text, ANSWER_EDE_TEXT, "%.*s, at %s", (int)(ANSWER_EDE_TEXT - 6 - strlen(address)), what,
             address);
}

/* The first reason is the one that is told, when no server helps; and the zone. */
static void remember_fault(struct walk *walk, struct dns_name zone, int ede, const char *text)
{
    if (walk->bogus_text[0] != '\0')
        return;
    dns_name_copy(&walk->culprit.zone, zone);
    snprintf(walk->bogus_text, sizeof walk->bogus_text, "%s", text);
    walk->bogus_ede = ede;
}

/* What cannot be true is not believed; another server may say something else. How many are asked is bounded as for
   servers that are broken otherwise, and where signatures were wrong, by the question's failures. */
static enum walk_state take_bogus(struct walk *walk, const struct source *source,
                                  const struct dnssec_fault *fault, bool signatures_wrong)
{
    char text[ANSWER_EDE_TEXT];
    word_fault(fault, source, text);
    walk->engine->statistics.judged_bogus++;
    REPORT(walk, .kind = EVENT_BOGUS, .name = walk->asked, .type = walk->asked_type,
           .address = source->server, .text = text, .flags = EVENT_HAS_EDE,
           .ede = (uint16_t)dnssec_reason_ede(fault->reason));
    /* A zone on the servers of the one above it has no delegation of its own here, but keys. */
    remember_fault(walk,
                   walk->asked_type == DNS_TYPE_DNSKEY ? walk->asked : dns_name_view(&walk->delegation.zone),
                   dnssec_reason_ede(fault->reason), text);
    enum { BOGUS_SECONDS = 60 };
    remember_lame(walk, source, BOGUS_SECONDS);
    walk->tally.broken++;
    walk_blame(walk, &source->server, NULL);
    select_drop(walk, source->target, text);
    if (!signatures_wrong || dnssec_budget_failure(&walk->budget->dnssec))
        return WALK_ASK;
    /* Other servers have not been asked: as with each budget, only the question that it was meant for is to blame,
       and not a zone's keys, which everybody needs. */
    walk->memory = walk_owns_budget(walk) ? REMEMBER : REMEMBER_THE_CLIENTS;
    return walk_fail(walk, BLAME_BOGUS, walk->bogus_ede, "%s", walk->bogus_text);
}

static enum walk_state take_spent(struct walk *walk, const struct source *source,
                                  const struct dnssec_fault *fault)
{
    char text[ANSWER_EDE_TEXT];
    word_fault(fault, source, text);
    return walk_fail_budget(walk, BLAME_WORK, dnssec_reason_ede(fault->reason), text);
}

/* The response has to wait: the walk asks nobody else, and a copy of it is kept. */
static bool keep_response(struct walk *walk, const struct source *source, const struct dns_message *message)
{
    struct proving *proving = &walk->proving;
    if (proving->wire != NULL)
        return true;
    proving->wire = malloc(message->length);
    if (proving->wire == NULL)
        return false;
    memcpy(proving->wire, message->wire, message->length);
    proving->length = message->length;
    proving->source = *source;
    proving->lame = is_lame(walk, source);
    exchange_close_all(walk);
    wait_end_lookups(walk);
    return true;
}

static enum walk_state begin_waiting(struct walk *walk, const struct source *source,
                                     const struct dns_message *message, const struct judge_need *need)
{
    struct dns_name name = dns_name_view(&need->name);
    if (!keep_response(walk, source, message))
        return walk_fail_memory(walk);
    if (wait_for_keys(walk, name, need->type))
        return WALK_PROVE;
    switch (wait_begin(walk, WAIT_PROOF, 0, name, need->type)) {
    case WAIT_BEGUN:
        return WALK_PROVE;
    case WAIT_CIRCLE:
        return walk_fail(walk, BLAME_PROOF, DNS_EDE_DNSSEC_INDETERMINATE,
                         "the proof for a zone depends on itself");
    default:
        walk->memory = FORGET;
        return walk_fail(walk, BLAME_RESOURCES, DNS_EDE_OTHER, "too many questions are being walked");
    }
}

static enum walk_state fail_like(struct walk *walk, const struct walk *child)
{
    walk_inherit_failure(walk, child);
    return walk_fail_like(walk, child);
}

/* Why an answer that stands is not secure. */
static void tell_client(struct walk *walk, const struct judgement *judgement,
                        const struct dnssec_fault *fault, const struct source *source)
{
    struct answer *answer = &walk->answer;
    if (judgement->ede == DNS_EDE_NONE)
        return;
    answer->ede = judgement->ede;
    if (judgement->ede == DNS_EDE_NEGATIVE_TRUST_ANCHOR)
        snprintf(answer->ede_text, sizeof answer->ede_text, "it is excepted from validation");
    else
        word_fault(fault, source, answer->ede_text);
}

static void report_judgement(struct walk *walk, const struct judgement *judgement)
{
    struct engine_statistics *statistics = &walk->engine->statistics;
    bool secure = judgement->trust == TRUST_SECURE;
    *(secure ? &statistics->judged_secure : &statistics->judged_insecure) += 1;
    REPORT(walk, .kind = EVENT_JUDGED, .name = walk->asked, .type = walk->asked_type,
           .zone = dns_name_view(&walk->proving.zone), .trust = (uint8_t)judgement->trust);
}

static void count_work(struct walk *walk, const struct dnssec_budget *before)
{
    struct engine_statistics *statistics = &walk->engine->statistics;
    const struct dnssec_budget *after = &walk->budget->dnssec;
    statistics->signature_checks += (unsigned)(before->checks - after->checks);
    statistics->signature_cost += (unsigned)(before->cost - after->cost);
    statistics->nsec3_blocks += (unsigned)(before->sha1_blocks - after->sha1_blocks);
}

/* A response in a signed zone, now or when the proof is complete. */
static enum walk_state prove(struct walk *walk, const struct source *source, struct dns_message *message,
                             const struct response *response, const struct walk *child)
{
    if (later_is_due(walk, message)) {
        if (!keep_response(walk, source, message))
            return walk_fail_memory(walk);
        later_begin(walk);
        return WALK_PROVE;
    }
    later_end(walk);

    struct judgement judgement;
    struct judge_need need;
    struct dnssec_fault fault = {0};
    struct dnssec_budget before = walk->budget->dnssec;
    enum walk_state state;
    enum judge_result result =
        judge(walk, message, response, &walk->proving, child, &judgement, &need, &fault);
    count_work(walk, &before);
    switch (result) {
    case JUDGE_DONE:
        report_judgement(walk, &judgement);
        tell_client(walk, &judgement, &fault, source);
        state = take_judged(walk, source, message, response, &judgement);
        break;
    case JUDGE_BOGUS:
        state = take_bogus(walk, source, &fault, judgement.wrong > 0);
        break;
    case JUDGE_SPENT:
        state = take_spent(walk, source, &fault);
        break;
    case JUDGE_NEEDS:
        return begin_waiting(walk, source, message, &need);
    default:
        state = fail_like(walk, child);
    }
    proving_end(walk);
    return state;
}

/* -- a response ------------------------------------------------------------------------------------ */

/* A server that recurses for us does not serve the zone: what it says is taken only when nobody else
   says anything. */
static bool pass_over(struct walk *walk, const struct source *source, const struct dns_message *message)
{
    struct target *target = &walk->targets[source->target];
    if (message->authoritative || !message->recursion_available || walk->last_resort ||
        delegation_forwards(&walk->delegation))
        return false;
    target->recursive = true;
    REPORT(walk, .kind = EVENT_SERVER_DROPPED, .address = source->server,
           .zone = dns_name_view(&walk->delegation.zone), .text = "it recurses and has no authority");
    return true;
}

static void read_response(const struct walk *walk, struct dns_message *message, struct response *response)
{
    const struct engine *engine = walk->engine;
    response_read(response, message, dns_name_view(&walk->delegation.zone), walk->asked, walk->asked_type,
                  delegation_forwards(&walk->delegation));
    if (response->dname != NULL &&
        validation_begins_below(engine->options.validation, walk->asked,
                                dns_name_view(&response->dname_owner), engine_wall(engine)))
        *response =
            (struct response){.kind = RESPONSE_FAILED, .text = "a DNAME above a trust anchor of ours"};
}

static void report_receive(const struct walk *walk, const struct exchange *exchange,
                           const struct dns_message *message, const char *text)
{
    unsigned flags = (exchange->transport == TRANSPORT_TCP ? EVENT_TCP : 0u) |
                     (message->authoritative ? EVENT_AA : 0u) |
                     (message->recursion_available ? EVENT_RA : 0u) | (message->truncated ? EVENT_TC : 0u);
    REPORT(walk, .kind = EVENT_RECEIVE, .address = exchange->server, .rcode = message->rcode, .text = text,
           .value = walk->engine->now - exchange->sent_at, .flags = (uint16_t)flags,
           .number = {message->count[DNS_ANSWER], message->count[DNS_AUTHORITY],
                      message->count[DNS_ADDITIONAL], (uint16_t)message->length});
}

enum walk_state take_response(struct walk *walk, struct exchange *exchange, struct dns_message *message)
{
    struct response response;
    struct source source = {exchange->server, exchange->target, exchange->edns};
    struct target *target = &walk->targets[source.target];
    bool udp = exchange->transport == TRANSPORT_UDP;

    walk->from = exchange->server;
    read_response(walk, message, &response);
    const char *text = message->truncated ? "a truncated answer" : response.text;
    report_receive(walk, exchange, message, text);
    exchange_close(exchange);
    if (message->truncated && udp) {
        target->tcp = target->again = true;
        return WALK_ASK;
    }
    if (message->truncated) {
        response.kind = RESPONSE_FAILED;
        response.text = "it truncates over TCP";
    }
    if (response.kind <= RESPONSE_NODATA && pass_over(walk, &source, message))
        return WALK_ASK;
    if (response.kind == RESPONSE_NO_EDNS)
        return without_edns(walk, &source, &response, message);
    if (judge_is_needed(walk, &response))
        return prove(walk, &source, message, &response, NULL);
    struct judgement judgement = judge_not(walk, &response);
    return take_judged(walk, &source, message, &response, &judgement);
}

enum walk_state take_proven(struct walk *walk, const struct walk *child)
{
    struct engine *engine = walk->engine;
    struct dns_message message;
    struct response response;
    struct source source = walk->proving.source;
    walk->from = source.server;
    if (dns_message_parse(&message, walk->proving.wire, walk->proving.length, engine->records,
                          DNS_RECORDS_MAX) != DNS_OK)
        return walk_fail(walk, BLAME_UNREADABLE, DNS_EDE_INVALID_DATA, "the answer cannot be read");
    read_response(walk, &message, &response);
    /* While the proof was waited for, the server has lied about the keys: what it said before is not worth a
       check. */
    if (!walk->proving.lame && is_lame(walk, &source)) {
        bool failed = child != NULL && child->answer.rcode == DNS_RCODE_SERVFAIL;
        proving_end(walk);
        if (failed && dnssec_budget_spent(&walk->budget->dnssec) != DNSSEC_REASON_NONE)
            return fail_like(walk, child); /* nothing that others say could be checked */
        if (failed)
            remember_fault(walk, dns_name_view(&child->culprit.zone), child->answer.ede,
                           child->answer.ede_text);
        walk->tally.broken++;
        select_drop(walk, source.target, "it gave wrong keys");
        return WALK_ASK;
    }
    return prove(walk, &source, &message, &response, child);
}

/* -- zones of our own ------------------------------------------------------------------------------- */

/* It is over as soon as the zone is served again. */
static enum walk_state fail_local(struct walk *walk, int ede, const char *why)
{
    char zone[DNS_NAME_TEXT_MAX];
    walk->memory = FORGET;
    return walk_fail(walk, BLAME_LOCAL, ede, "the zone %.150s is ours, and %s",
                     dns_name_to_text(dns_name_view(&walk->delegation.zone), zone), why);
}

/* It is the authority's word, nothing of it has to be validated, and the cache gets no more of it than zone cuts:
   what is ours is always answered by the version that is served. */
static enum walk_state take_local_message(struct walk *walk, uint8_t *wire, size_t length)
{
    struct engine *engine = walk->engine;
    struct dns_message message;
    struct response response;
    struct source nobody = {0};
    if (dns_message_parse(&message, wire, length, engine->records, DNS_RECORDS_MAX) != DNS_OK)
        return fail_local(walk, DNS_EDE_INVALID_DATA, "gives an answer that cannot be read");
    read_response(walk, &message, &response);
    REPORT(walk, .kind = EVENT_LOCAL, .name = walk->asked, .type = walk->qtype,
           .zone = dns_name_view(&walk->delegation.zone), .text = response.text);
    struct judgement judgement = judgement_without(TRUST_INSECURE);
    if (response.kind >= RESPONSE_LAME)
        return fail_local(walk, DNS_EDE_INVALID_DATA, "says nothing of the name");
    walk->answer.authoritative = response.kind != RESPONSE_REFERRAL;
    return take_judged(walk, &nobody, &message, &response, &judgement);
}

enum walk_state take_local(struct walk *walk, struct dns_name apex)
{
    const struct engine_local *local = &walk->engine->options.local;
    enum walk_state state;
    delegation_start(&walk->delegation, apex, UINT32_MAX);
    walk->delegation.origin = DELEGATION_LOCAL;
    walk->from = (struct dns_address){0};
    walk->delegation.trust = TRUST_INSECURE;
    walk->asked = dns_name_view(&walk->qname);
    walk->asked_type = walk->qtype;
    uint8_t *wire = malloc(DNS_MESSAGE_MAX);
    if (wire == NULL)
        return walk_fail_memory(walk);
    size_t length = local->answer(local->context, walk->asked, walk->qtype, wire, DNS_MESSAGE_MAX);
    if (length == 0)
        state = fail_local(walk, DNS_EDE_NOT_READY, "is not loaded");
    else
        state = take_local_message(walk, wire, length);
    free(wire);
    return state;
}
