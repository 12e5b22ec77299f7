#include "server/query.h"

#include <stdio.h>
#include <string.h>

#include "server/local.h"
#include "server/signed.h"
#include "zones/answer.h"

enum { SPECIAL_TEXT = 80 };

static struct reply_options options_for(const struct worker *worker, const struct query *query,
                                        unsigned access, bool tcp, size_t capacity)
{
    const struct config *config = worker->settings->config;
    size_t limit = DNS_MESSAGE_MAX;
    if (!tcp) {
        limit = query->udp_size < config->max_udp_size ? query->udp_size : config->max_udp_size;
        if (limit < 512)
            limit = 512;
    }
    return (struct reply_options){
        .limit = limit < capacity ? limit : capacity,
        .udp_size = config->edns_udp_size,
        .recursion_available = (access & ACCESS_RECURSION) != 0,
    };
}

static void note_refused(struct worker *worker, const struct request *request, const char *why)
{
    uint64_t more;
    char address[DNS_ADDRESS_TEXT_MAX], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], others[64] = "";
    if (!log_limiter_allows(&worker->refused, worker->now, &more))
        return;
    if (more > 0)
        snprintf(others, sizeof others, " (and %llu more were)", (unsigned long long)more);
    log_limited(worker->shared->log, LOG_KIND_REFUSED, worker->now, CONFIG_CATEGORY_SECURITY, CONFIG_INFO,
                "client %s: refused: %s %s (%s)%s", dns_address_to_text(&request->client, address),
                dns_name_to_text(dns_name_view(&request->query.qname), name),
                dns_type_to_text(request->query.qtype, type), why, others);
}

static void count_reply(struct worker *worker, uint16_t rcode, int ede, enum watch_source source)
{
    metrics_count_reply(&worker->metrics, rcode, ede);
    worker->said = (struct said){rcode, (int16_t)ede, (uint16_t)source};
}

/* Makes it a reply in `out`, wherever it was built: an answer has to be whole before it is cut to size. */
static size_t finish(struct worker *worker, struct answer *answer, const struct query *query,
                     const struct reply_options *options, uint8_t *out, enum watch_source source)
{
    size_t length = reply_finish(answer, query, options);
    count_reply(worker, answer->rcode, answer->ede, source);
    if (answer->wire != out)
        memcpy(out, answer->wire, length);
    return length;
}

static size_t error(struct worker *worker, const struct query *query, uint8_t *out, uint16_t rcode, int ede,
                    const char *why, const struct reply_options *options)
{
    count_reply(worker, rcode, ede, WATCH_ITSELF);
    return reply_error(out, query, rcode, ede, why, options);
}

enum request_outcome request_refuse(struct worker *worker, const struct request *request, uint8_t *out,
                                    const struct reply_options *options, int ede, const char *why,
                                    size_t *length)
{
    worker->counters.refused++;
    note_refused(worker, request, why);
    *length = error(worker, &request->query, out, DNS_RCODE_REFUSED, ede, why, options);
    return REQUEST_REPLIED;
}

static void note_malformed(struct worker *worker, const struct request *request, uint16_t rcode)
{
    char client[DNS_ADDRESS_TEXT_MAX];
    log_limited(worker->shared->log, LOG_KIND_MALFORMED, worker->now, CONFIG_CATEGORY_CLIENT, CONFIG_DEBUG,
                "client %s: no query to resolve: %s", dns_address_to_text(&request->client, client),
                rcode == DNS_RCODE_NOTIMP    ? "its opcode is not implemented"
                : rcode == DNS_RCODE_BADVERS ? "its version of EDNS is unknown"
                                             : "it is malformed");
    worker->counters.malformed++;
}

/* Question types that are not types of records, RFC 6895 §3.1; ANY is none of these. */
static uint16_t meta_rcode(uint16_t type)
{
    if (type == DNS_TYPE_OPT || type == 0)
        return DNS_RCODE_FORMERR;
    if (type == DNS_TYPE_AXFR || type == DNS_TYPE_IXFR)
        return DNS_RCODE_REFUSED;
    return type >= 128 && type <= 254 ? DNS_RCODE_NOTIMP : DNS_RCODE_NOERROR;
}

/* Classes and types that are not looked for in the cache. False: an ordinary question. */
static bool serve_special(struct worker *worker, const struct request *request, uint8_t *out,
                          const struct reply_options *options, size_t *length)
{
    const struct query *query = &request->query;
    if (query->qclass == DNS_CLASS_CH) {
        *length = chaos_reply(worker->settings->config, query, out, options);
        count_reply(worker, out[3] & 15, DNS_EDE_NONE, WATCH_ITSELF);
        return true;
    }
    if (query->qclass != DNS_CLASS_IN) {
        request_refuse(worker, request, out, options, DNS_EDE_NOT_SUPPORTED, "only class IN is resolved",
                       length);
        return true;
    }
    uint16_t rcode = meta_rcode(query->qtype);
    if (rcode != DNS_RCODE_NOERROR) {
        *length = error(worker, query, out, rcode, DNS_EDE_NOT_SUPPORTED, NULL, options);
        return true;
    }
    /* Who asks for everything gets one thing that says so (RFC 8482 §4.2), and needs neither the cache nor a walk for
       that: no question is larger to amplify, or costs more to resolve. */
    if (query->qtype == DNS_TYPE_ANY && (request->access & ACCESS_CACHE)) {
        *length = any_reply(query, out, options);
        count_reply(worker, out[3] & 15, DNS_EDE_NONE, WATCH_ITSELF);
        return true;
    }
    return false;
}

/* The cache has no answer, and nobody is asked: who wanted no recursion learns where to go on. */
static enum request_outcome serve_without_walk(struct worker *worker, const struct request *request,
                                               uint8_t *out, const struct reply_options *options,
                                               size_t *length)
{
    const struct query *query = &request->query;
    struct answer answer;
    if (query->recursion_desired)
        return request_refuse(worker, request, out, options, DNS_EDE_PROHIBITED, "allow-recursion", length);
    answer_start(&answer, worker->scratch, sizeof worker->scratch, dns_name_view(&query->qname), query->qtype,
                 false);
    answer.trust = TRUST_NONE;
    answer_referral(&answer, worker->shared->cache, &worker->settings->hints, clock_seconds(worker->now));
    *length = finish(worker, &answer, query, options, out, WATCH_ITSELF);
    worker->counters.referrals++;
    return REQUEST_REPLIED;
}

static bool serve_from_cache(struct worker *worker, const struct query *query, uint8_t *out, size_t capacity,
                             const struct reply_options *options, size_t *length)
{
    struct answer answer;
    struct dns_name name = dns_name_view(&query->qname);
    uint32_t now = clock_seconds(worker->now);
    unsigned names = worker->settings->config->max_query_restarts;
    answer_start(&answer, out, capacity, name, query->qtype, query->dnssec_ok);
    answer.checking_disabled = query->checking_disabled;
    enum answer_found found = answer_from_cache(&answer, worker->shared->cache, query->qtype, now, names);
    if (found == ANSWER_NO_SPACE && capacity < sizeof worker->scratch) {
        /* It may still be cut to size, but has to be whole first. */
        answer_start(&answer, worker->scratch, sizeof worker->scratch, name, query->qtype, query->dnssec_ok);
        answer.checking_disabled = query->checking_disabled;
        found = answer_from_cache(&answer, worker->shared->cache, query->qtype, now, names);
    }
    if (found != ANSWER_COMPLETE)
        return false;
    *length = finish(worker, &answer, query, options, out, WATCH_CACHE);
    worker->counters.hits++;
    return true;
}

/* -- zones of our own -------------------------------------------------------------------------------- */

/* What the zone allows goes before what the options do. */
static bool may_ask_zone(const struct worker *worker, const struct request *request,
                         const struct local_zone *local)
{
    if (local->config == NULL || local->config->allow_query == NULL)
        return (request->access & ACCESS_QUERY) != 0;
    return acl_match_signed(local->config->allow_query, &request->client, &worker->settings->interfaces.acl,
                            request->key)
        .allowed;
}

static bool may_recurse(const struct request *request)
{
    return request->query.recursion_desired && (request->access & ACCESS_RECURSION) != 0;
}

/* May what the zone does not have itself be looked for elsewhere? */
static bool goes_on(const struct request *request, enum zone_answer_kind kind)
{
    return (kind == ZONE_REFERRED || kind == ZONE_ALIAS_OUT) && may_recurse(request);
}

/* Why a name that somebody may well have elsewhere has nothing here. */
static void say_special(const struct local_zone *local, struct dns_edns_reply *edns, char why[SPECIAL_TEXT])
{
    snprintf(why, SPECIAL_TEXT, "answered locally, nobody else is asked (%s)", local->why);
    edns->ede = DNS_EDE_OTHER;
    edns->ede_text = why;
}

static enum request_outcome serve_local(struct worker *worker, const struct request *request,
                                        const struct local_zone *local, uint8_t *out, size_t capacity,
                                        const struct reply_options *options, size_t *length)
{
    const struct query *query = &request->query;
    struct dns_builder builder;
    struct zone_answer answer;
    struct dns_edns_reply edns = {
        .udp_size = options->udp_size, .dnssec_ok = query->dnssec_ok, .ede = DNS_EDE_NONE};
    struct zone_question question = {.qname = dns_name_view(&query->qname),
                                     .qtype = query->qtype,
                                     .dnssec = query->dnssec_ok,
                                     .minimal = worker->settings->config->minimal_responses,
                                     .workspace = worker->workspace};
    if (!may_ask_zone(worker, request, local))
        return request_refuse(worker, request, out, options, DNS_EDE_PROHIBITED, "allow-query", length);
    if (local->zone == NULL) {
        *length = error(worker, query, out, DNS_RCODE_SERVFAIL, DNS_EDE_NOT_READY,
                        "the zone is ours, but not loaded", options);
        return REQUEST_REPLIED;
    }
    char why[SPECIAL_TEXT];
    size_t reserved = query->edns ? dns_edns_size(&edns) : 0;
    dns_builder_start(&builder, out, options->limit - reserved, query->id, reply_flags(query, options, 0));
    dns_builder_question(&builder, question.qname, query->qtype, DNS_CLASS_IN);
    zone_answer(local->zone, &question, &builder, &answer);
    if (goes_on(request, answer.kind))
        return answer.kind == ZONE_REFERRED && serve_from_cache(worker, query, out, capacity, options, length)
                   ? REQUEST_REPLIED
                   : REQUEST_WALK;
    builder.capacity = options->limit;
    if (query->edns && local->why != NULL && builder.count[1 + DNS_ANSWER] == 0)
        say_special(local, &edns, why);
    if (query->edns)
        dns_builder_edns(&builder, &edns);
    *length = dns_builder_finish(&builder);
    count_reply(worker, answer.rcode, DNS_EDE_NONE, WATCH_LOCAL);
    worker->counters.local++;
    return REQUEST_REPLIED;
}

/* NULL: not ours. Types that are no records are not the zone's to answer. */
static const struct local_zone *find_local(const struct worker *worker, const struct request *request)
{
    const struct query *query = &request->query;
    struct dns_name name = dns_name_view(&query->qname);
    const struct local_zone *found = local_find(worker->settings->local, name, query->qtype);
    if (__builtin_expect(found == NULL, 1))
        return NULL;
    bool meta = query->qclass != DNS_CLASS_IN || meta_rcode(query->qtype) != DNS_RCODE_NOERROR;
    bool above = local_is_parents(found, name, query->qtype) && may_recurse(request);
    return meta || above ? NULL : found;
}

/* -- all together -------------------------------------------------------------------------------------- */

/* One question of many is looked at more closely: who asks, and for what. */
static void __attribute__((noinline, cold)) sample(struct worker *worker, const struct request *request)
{
    struct dns_name_buffer lower;
    struct sampler *sampler = &worker->sampler;
    const struct dns_address *client = &request->client;
    dns_name_copy_lower(&lower, dns_name_view(&request->query.qname));
    top_note(&sampler->top[TOP_NAMES], lower.wire, lower.length, sampler->every, worker->now);
    top_note(&sampler->top[TOP_CLIENTS], client->octets, dns_address_size(client), sampler->every,
             worker->now);
    sampler_draw(sampler, worker->now);
}

static inline enum request_outcome serve_query(struct worker *worker, struct request *request, uint8_t *out,
                                               size_t capacity, struct reply_options *options, size_t *length)
{
    struct query *query = &request->query;
    const struct local_zone *local = find_local(worker, request);
    if (local == NULL && !(request->access & ACCESS_QUERY))
        return request_refuse(worker, request, out, options, DNS_EDE_PROHIBITED, "allow-query", length);
    metrics_count_type(&worker->metrics, query->qtype);
    if (__builtin_expect(--worker->sampler.due == 0, 0))
        sample(worker, request);
    if (worker_logs_queries(worker))
        worker_log_query(worker, request);
    if (local != NULL)
        return serve_local(worker, request, local, out, capacity, options, length);
    if ((query->qclass != DNS_CLASS_IN || query->qtype >= 128 || query->qtype == DNS_TYPE_OPT ||
         query->qtype == 0) &&
        serve_special(worker, request, out, options, length))
        return REQUEST_REPLIED;
    if (!(request->access & ACCESS_CACHE))
        return request_refuse(worker, request, out, options, DNS_EDE_PROHIBITED, "allow-query-cache", length);
    if (serve_from_cache(worker, query, out, capacity, options, length))
        return REQUEST_REPLIED;
    if (query->recursion_desired && (request->access & ACCESS_RECURSION))
        return REQUEST_WALK;
    return serve_without_walk(worker, request, out, options, length);
}

enum request_outcome request_serve(struct worker *worker, struct request *request, const uint8_t *packet,
                                   size_t packet_length, uint8_t *out, size_t capacity, size_t *length)
{
    uint16_t rcode = 0;
    struct query *query = &request->query;
    worker->counters.queries++;
    enum query_verdict verdict = query_parse(query, packet, packet_length, &rcode);
    if (verdict == QUERY_DROP) {
        worker->counters.dropped++;
        return REQUEST_DROPPED;
    }
    struct reply_options options = options_for(worker, query, request->access, request->tcp, capacity);
    if (verdict == QUERY_REPLY && query->opcode == DNS_OPCODE_NOTIFY)
        return notify_serve(worker, request, packet, packet_length, out, &options, length);
    if (verdict == QUERY_REPLY) {
        note_malformed(worker, request, rcode);
        *length = error(worker, query, out, rcode, DNS_EDE_NONE, NULL, &options);
        return REQUEST_REPLIED;
    }
    bool transfer =
        query->qclass == DNS_CLASS_IN && (query->qtype == DNS_TYPE_AXFR || query->qtype == DNS_TYPE_IXFR);
    request->key = 0;
    request->signing = NULL;
    if (__builtin_expect(query->is_signed || transfer, 0))
        return signed_serve(worker, request, packet, packet_length, out, capacity, &options, length);
    return serve_query(worker, request, out, capacity, &options, length);
}

enum request_outcome request_serve_query(struct worker *worker, struct request *request, uint8_t *out,
                                         size_t capacity, struct reply_options *options, size_t *length)
{
    return serve_query(worker, request, out, capacity, options, length);
}

size_t request_answer(struct worker *worker, const struct client *client, const struct answer *answer,
                      uint8_t *out, size_t capacity)
{
    const struct query *query = &client->query;
    struct reply_options options = options_for(worker, query, client->access, client->tcp != NULL, capacity);
    struct answer reply = *answer;
    bool fits = answer->length <= capacity;
    reply.wire = fits ? out : worker->scratch;
    reply.capacity = fits ? capacity : sizeof worker->scratch;
    memcpy(reply.wire, answer->wire, answer->length);
    options.limit -= signing_size(client->signing);
    size_t length = finish(worker, &reply, query, &options, out, WATCH_WALK);
    return signing_sign(client->signing, out, length, capacity);
}

size_t request_fail(struct worker *worker, struct request *request, uint8_t *out, size_t capacity,
                    const char *why)
{
    struct reply_options options =
        options_for(worker, &request->query, request->access, request->tcp, capacity);
    options.limit -= signing_size(request->signing);
    size_t length = error(worker, &request->query, out, DNS_RCODE_SERVFAIL, DNS_EDE_OTHER, why, &options);
    length = signing_sign(request->signing, out, length, capacity);
    signing_free(request->signing);
    request->signing = NULL;
    return length;
}
