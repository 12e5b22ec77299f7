#include "server/signed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/builder.h"
#include "server/local.h"
#include "server/secondaries.h"
#include "zones/notify.h"

enum { RECORDS_MAX = 16 };

/* A query on its way, with the conversation that its signature belongs to. */
struct exchange {
    struct worker *worker;
    struct request *request;
    struct dns_message message;
    struct dns_record records[RECORDS_MAX];
    struct tsig_chain chain;
    struct tsig_record record;
    uint64_t now; /* seconds since 1970 */
    uint8_t *out;
    size_t capacity;
    struct reply_options *options;
    bool is_signed; /* the reply, already */
};

static enum request_outcome error(struct exchange *exchange, uint16_t rcode, int ede, const char *why,
                                  size_t *length)
{
    *length = reply_error(exchange->out, &exchange->request->query, rcode, ede, why, exchange->options);
    return REQUEST_REPLIED;
}

/* -- replies that come later ----------------------------------------------------------------------------- */

struct signing {
    struct tsig_key key;
    struct tsig_chain chain;
};

/* NULL: out of memory. */
static struct signing *signing_keep(const struct tsig_chain *chain)
{
    struct signing *signing = malloc(sizeof *signing);
    if (signing == NULL)
        return NULL;
    *signing = (struct signing){.key = *chain->key, .chain = *chain};
    signing->chain.key = &signing->key;
    return signing;
}

size_t signing_size(const struct signing *signing)
{
    return signing != NULL ? tsig_size(&signing->chain) : 0;
}

size_t signing_sign(struct signing *signing, uint8_t *out, size_t length, size_t capacity)
{
    if (signing != NULL)
        tsig_sign(&signing->chain, out, &length, capacity, (uint64_t)time(NULL));
    return length;
}

void signing_free(struct signing *signing)
{
    if (signing == NULL)
        return;
    tsig_chain_end(&signing->chain);
    OPENSSL_cleanse(&signing->key, sizeof signing->key);
    free(signing);
}

/* -- whole zones --------------------------------------------------------------------------------------- */

static bool may_fetch(const struct exchange *exchange, const struct local_zone *local)
{
    const struct request *request = exchange->request;
    return local->config != NULL && local->config->allow_transfer != NULL &&
           acl_match_signed(local->config->allow_transfer, &request->client,
                            &exchange->worker->settings->interfaces.acl, request->key)
               .allowed;
}

static enum request_outcome serve_transfer(struct exchange *exchange, size_t *length)
{
    struct request *request = exchange->request;
    struct request_transfer *transfer = &request->transfer;
    struct dns_name qname = dns_name_view(&request->query.qname);
    const struct local_zone *local = local_find(exchange->worker->settings->local, qname, DNS_TYPE_SOA);
    if (!request->tcp && request->query.qtype == DNS_TYPE_AXFR)
        return error(exchange, DNS_RCODE_FORMERR, DNS_EDE_OTHER, "AXFR is for TCP", length);
    if (local == NULL || !dns_name_equal(dns_name_view(&local->name), qname))
        return error(exchange, DNS_RCODE_NOTAUTH, DNS_EDE_NOT_AUTHORITATIVE, "no zone of ours", length);
    if (!may_fetch(exchange, local))
        return request_refuse(exchange->worker, request, exchange->out, exchange->options, DNS_EDE_PROHIBITED,
                              "allow-transfer", length);
    if (local->zone == NULL)
        return error(exchange, DNS_RCODE_SERVFAIL, DNS_EDE_NOT_READY, "the zone is ours, but not loaded",
                     length);
    if (!transfer_request_read(&exchange->message, &transfer->request))
        return error(exchange, DNS_RCODE_FORMERR, DNS_EDE_OTHER, "IXFR without a SOA record", length);
    if (request->tcp) {
        transfer->zone = zone_hold(local->zone);
        return REQUEST_TRANSFER;
    }
    *length = transfer_out_datagram(local->zone, &transfer->request, &exchange->chain, exchange->out,
                                    exchange->options->limit, exchange->now);
    exchange->is_signed = true;
    return *length > 0 ? REQUEST_REPLIED : REQUEST_DROPPED;
}

/* -- signatures ---------------------------------------------------------------------------------------- */

static enum tsig_verdict verify(struct exchange *exchange)
{
    const struct settings *settings = exchange->worker->settings;
    enum tsig_verdict verdict =
        tsig_verify_request(&exchange->message, settings->keys, settings->config->key_count, exchange->now,
                            &exchange->chain, &exchange->record);
    for (size_t i = 0; verdict == TSIG_GOOD && i < settings->config->key_count; i++)
        if (settings->keys[i] == exchange->chain.key)
            exchange->request->key = (unsigned)i + 1;
    if (exchange->request->key != 0)
        exchange->request->access =
            access_of_signed(settings, &exchange->request->client, exchange->request->key);
    return verdict;
}

static enum request_outcome refuse_signature(struct exchange *exchange, enum tsig_verdict verdict,
                                             size_t *length)
{
    char client[DNS_ADDRESS_TEXT_MAX];
    struct worker *worker = exchange->worker;
    log_limited(worker->shared->log, LOG_KIND_REFUSED, worker->now, CONFIG_CATEGORY_SECURITY, CONFIG_INFO,
                "client %s: its signature is not accepted: %s",
                dns_address_to_text(&exchange->request->client, client), tsig_text(verdict));
    if (verdict == TSIG_MALFORMED)
        return error(exchange, DNS_RCODE_FORMERR, DNS_EDE_NONE, NULL, length);
    exchange->request->query.edns = false;
    error(exchange, DNS_RCODE_NOTAUTH, DNS_EDE_NONE, NULL, length);
    bool told = tsig_refuse(&exchange->chain, &exchange->record, verdict, exchange->out, length,
                            exchange->options->limit, exchange->now);
    return told ? REQUEST_REPLIED : REQUEST_DROPPED;
}

/* The reply has room for the signature left. */
static enum request_outcome answer_signed(struct exchange *exchange, size_t *length)
{
    const struct request *request = exchange->request;
    size_t limit = exchange->options->limit;
    exchange->options->limit -= tsig_size(&exchange->chain);
    bool transfer = request->query.qtype == DNS_TYPE_AXFR || request->query.qtype == DNS_TYPE_IXFR;
    enum request_outcome outcome =
        transfer ? serve_transfer(exchange, length)
                 : request_serve_query(exchange->worker, exchange->request, exchange->out, exchange->capacity,
                                       exchange->options, length);
    if (outcome == REQUEST_WALK && exchange->chain.key != NULL &&
        (exchange->request->signing = signing_keep(&exchange->chain)) == NULL)
        outcome = error(exchange, DNS_RCODE_SERVFAIL, DNS_EDE_OTHER, "out of memory", length);
    exchange->options->limit = limit;
    if (outcome == REQUEST_REPLIED && !exchange->is_signed &&
        !tsig_sign(&exchange->chain, exchange->out, length, limit, exchange->now))
        return REQUEST_DROPPED;
    return outcome;
}

enum request_outcome signed_serve(struct worker *worker, struct request *request, const uint8_t *packet,
                                  size_t packet_length, uint8_t *out, size_t capacity,
                                  struct reply_options *options, size_t *length)
{
    struct exchange exchange = {.worker = worker,
                                .request = request,
                                .now = (uint64_t)time(NULL),
                                .out = out,
                                .capacity = capacity,
                                .options = options};
    if (dns_message_parse(&exchange.message, packet, packet_length, exchange.records, RECORDS_MAX) != DNS_OK)
        return REQUEST_DROPPED; /* it has been read before */
    enum tsig_verdict verdict = request->query.is_signed ? verify(&exchange) : TSIG_UNSIGNED;
    enum request_outcome outcome = verdict == TSIG_GOOD || verdict == TSIG_UNSIGNED
                                       ? answer_signed(&exchange, length)
                                       : refuse_signature(&exchange, verdict, length);
    if (outcome == REQUEST_TRANSFER)
        request->transfer.chain = exchange.chain;
    else
        tsig_chain_end(&exchange.chain);
    return outcome;
}

/* -- NOTIFY ---------------------------------------------------------------------------------------------- */

/* A primary, or whom allow-notify names. */
static bool may_notify(const struct exchange *exchange, const struct config_zone *config)
{
    const struct request *request = exchange->request;
    for (size_t i = 0; i < config->primaries.count; i++) {
        struct dns_address address = config->primaries.remote[i].address;
        address.port = request->client.port;
        if (dns_address_equal(&address, &request->client))
            return true;
    }
    return config->allow_notify != NULL &&
           acl_match_signed(config->allow_notify, &request->client,
                            &exchange->worker->settings->interfaces.acl, request->key)
               .allowed;
}

static enum request_outcome take_notice(struct exchange *exchange, size_t *length)
{
    struct request *request = exchange->request;
    struct worker *worker = exchange->worker;
    struct secondaries_notice notice = {.apex = request->query.qname, .from = request->client};
    if (!notify_read(&exchange->message, &notice.has_serial, &notice.serial))
        return error(exchange, DNS_RCODE_FORMERR, DNS_EDE_NONE, NULL, length);
    const struct local_zone *local = local_exactly(worker->settings->local, dns_name_view(&notice.apex));
    if (local == NULL || local->config == NULL || local->config->type != CONFIG_ZONE_SECONDARY)
        return error(exchange, DNS_RCODE_NOTAUTH, DNS_EDE_NOT_AUTHORITATIVE, "no secondary zone of ours",
                     length);
    if (!may_notify(exchange, local->config))
        return request_refuse(worker, request, exchange->out, exchange->options, DNS_EDE_PROHIBITED,
                              "allow-notify", length);
    secondaries_notified(worker->shared->secondaries, &notice);
    return error(exchange, DNS_RCODE_NOERROR, DNS_EDE_NONE, NULL, length);
}

enum request_outcome notify_serve(struct worker *worker, struct request *request, const uint8_t *packet,
                                  size_t packet_length, uint8_t *out, struct reply_options *options,
                                  size_t *length)
{
    struct query *query = &request->query;
    struct exchange exchange = {
        .worker = worker, .request = request, .now = (uint64_t)time(NULL), .out = out, .options = options};
    request->key = 0;
    if (dns_message_parse(&exchange.message, packet, packet_length, exchange.records, RECORDS_MAX) !=
            DNS_OK ||
        exchange.message.questions != 1)
        return error(&exchange, DNS_RCODE_FORMERR, DNS_EDE_NONE, NULL, length);
    query->question = true;
    query->qname = exchange.message.qname;
    query->qtype = exchange.message.qtype;
    query->qclass = exchange.message.qclass;
    enum tsig_verdict verdict = verify(&exchange);
    enum request_outcome outcome = REQUEST_REPLIED;
    if (verdict != TSIG_GOOD && verdict != TSIG_UNSIGNED)
        outcome = refuse_signature(&exchange, verdict, length);
    else
        outcome = take_notice(&exchange, length);
    if (outcome == REQUEST_REPLIED)
        out[2] |= DNS_FLAG_AA >> 8;
    bool good = verdict != TSIG_GOOD || tsig_sign(&exchange.chain, out, length, options->limit, exchange.now);
    tsig_chain_end(&exchange.chain);
    return good ? outcome : REQUEST_DROPPED;
}
