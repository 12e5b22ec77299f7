#include "resolver/reply.h"

#include <string.h>

#include "dns/builder.h"
#include "dns/octets.h"

/* A query has one question and little else; more records than this are no query. */
enum { QUERY_RECORDS_MAX = 16, UDP_SIZE_DEFAULT = 512, UDP_SIZE_MIN = 512 };

/* -- reading the query ------------------------------------------------------------------------- */

static void take_edns(struct query *query, const struct dns_message *message)
{
    query->edns = message->edns.present;
    query->dnssec_ok = message->edns.dnssec_ok;
    query->udp_size = UDP_SIZE_DEFAULT;
    if (query->edns && message->edns.udp_size > UDP_SIZE_MIN)
        query->udp_size = message->edns.udp_size;
}

static void take_question(struct query *query, const struct dns_message *message)
{
    query->question = message->questions == 1;
    if (!query->question)
        return;
    query->qname = message->qname;
    query->qtype = message->qtype;
    query->qclass = message->qclass;
}

enum query_verdict query_parse(struct query *query, const uint8_t *packet, size_t length, uint16_t *rcode)
{
    struct dns_message message;
    struct dns_record records[QUERY_RECORDS_MAX];

    if (dns_message_parse_header(&message, packet, length) != DNS_OK || message.response)
        return QUERY_DROP;
    query->id = message.id;
    query->opcode = message.opcode;
    query->recursion_desired = message.recursion_desired;
    query->checking_disabled = message.checking_disabled;
    query->authentic_data = message.authentic_data;
    query->edns = query->dnssec_ok = query->question = query->is_signed = false;
    query->udp_size = UDP_SIZE_DEFAULT;

    *rcode = DNS_RCODE_NOTIMP;
    if (message.opcode != DNS_OPCODE_QUERY)
        return QUERY_REPLY;
    *rcode = DNS_RCODE_FORMERR;
    if (dns_message_parse(&message, packet, length, records, QUERY_RECORDS_MAX) != DNS_OK)
        return QUERY_REPLY;
    take_edns(query, &message);
    unsigned additional = message.count[DNS_ADDITIONAL];
    query->is_signed =
        additional > 0 && message.section[DNS_ADDITIONAL][additional - 1].type == DNS_TYPE_TSIG;
    take_question(query, &message);
    if (!query->question)
        return QUERY_REPLY;
    if (message.edns.present && message.edns.version != 0) {
        *rcode = DNS_RCODE_BADVERS;
        return QUERY_REPLY;
    }
    return QUERY_OK;
}

/* -- writing the reply ------------------------------------------------------------------------- */

uint16_t reply_flags(const struct query *query, const struct reply_options *options, uint16_t rcode)
{
    unsigned flags = DNS_FLAG_QR | (unsigned)query->opcode << DNS_OPCODE_SHIFT | (rcode & 0xf);
    if (query->recursion_desired)
        flags |= DNS_FLAG_RD;
    if (query->checking_disabled)
        flags |= DNS_FLAG_CD;
    if (options->recursion_available)
        flags |= DNS_FLAG_RA;
    return (uint16_t)flags;
}

/* Drops what does not fit: the additional section, then everything behind the question (RFC 2181 §9).
   Returns whether the message is truncated in the sense of TC. */
static bool fit(struct answer *answer, size_t limit, size_t opt_size)
{
    if (answer->length + opt_size <= limit)
        return false;
    answer->length = answer->additional;
    answer->count[DNS_ADDITIONAL] = 0;
    if (answer->length + opt_size <= limit)
        return false;
    struct dns_name qname = {answer->wire + DNS_HEADER_SIZE, 0};
    dns_name_from_wire(qname.wire, answer->length - DNS_HEADER_SIZE, &qname);
    answer->length = DNS_HEADER_SIZE + qname.length + 4u;
    memset(answer->count, 0, sizeof answer->count);
    return true;
}

/* Gives the extended error its text, as much of it as fits into `limit`; or leaves it out. */
static void fit_reason(const struct answer *answer, struct dns_edns_reply *edns, size_t length, size_t limit,
                       char text[ANSWER_EDE_TEXT])
{
    size_t bare = length + dns_edns_size(edns);
    if (bare > limit)
        edns->ede = DNS_EDE_NONE;
    else if (answer_reason(answer, limit - bare, text)[0] != '\0')
        edns->ede_text = text;
}

/* AD, RFC 6840 §5.7 and §5.8: to who understands it, of data that are all validated. */
static bool is_authentic(const struct answer *answer, const struct query *query)
{
    return answer->trust == TRUST_SECURE && (query->dnssec_ok || query->authentic_data) &&
           (answer->rcode == DNS_RCODE_NOERROR || answer->rcode == DNS_RCODE_NXDOMAIN);
}

size_t reply_finish(struct answer *answer, const struct query *query, const struct reply_options *options)
{
    if (answer->dnssec && !query->dnssec_ok && !answer_leave_out_dnssec(answer))
        answer_fail(answer, DNS_RCODE_SERVFAIL, DNS_EDE_OTHER, "the answer has too many signatures");
    char reason[ANSWER_EDE_TEXT];
    struct dns_edns_reply edns = {
        .udp_size = options->udp_size,
        .rcode = answer->rcode,
        .dnssec_ok = query->dnssec_ok,
        .ede = answer->ede,
    };
    enum { OPT_BARE = 11 };
    bool truncated = fit(answer, options->limit, query->edns ? OPT_BARE : 0);
    uint16_t flags = reply_flags(query, options, answer->rcode);
    if (answer->authoritative)
        flags |= DNS_FLAG_AA;
    if (is_authentic(answer, query))
        flags |= DNS_FLAG_AD;
    if (truncated)
        flags |= DNS_FLAG_TC;

    uint8_t *wire = answer->wire;
    put16(wire, query->id);
    put16(wire + 2, flags);
    put16(wire + 4, 1);
    put16(wire + 6, answer->count[DNS_ANSWER]);
    put16(wire + 8, answer->count[DNS_AUTHORITY]);
    put16(wire + 10, answer->count[DNS_ADDITIONAL] + (query->edns ? 1u : 0u));
    memcpy(wire + DNS_HEADER_SIZE, query->qname.wire, query->qname.length);
    if (!query->edns)
        return answer->length;
    if (edns.ede != DNS_EDE_NONE)
        fit_reason(answer, &edns, answer->length, options->limit, reason);
    struct dns_builder builder = {.wire = wire, .capacity = options->limit, .length = answer->length};
    return dns_builder_edns(&builder, &edns) ? builder.length : answer->length;
}

size_t reply_error(uint8_t *wire, const struct query *query, uint16_t rcode, int ede, const char *ede_text,
                   const struct reply_options *options)
{
    struct dns_builder builder;
    struct dns_edns_reply edns = {
        .udp_size = options->udp_size,
        .rcode = rcode,
        .dnssec_ok = query->dnssec_ok,
        .ede = ede,
        .ede_text = ede_text,
    };
    dns_builder_start(&builder, wire, options->limit, query->id, reply_flags(query, options, rcode));
    if (query->question)
        dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, query->qclass);
    if (query->edns)
        dns_builder_edns(&builder, &edns);
    return dns_builder_finish(&builder);
}
