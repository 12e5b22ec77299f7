/*
 * Clients' packets: whatever is not dropped gets a reply that is a whole message, with the ID and the
 * question of the query, within the size allowed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check(const struct query *query, const uint8_t *wire, size_t length, size_t limit)
{
    struct dns_message message;
    struct dns_record records[4];
    require(length <= limit);
    require(dns_message_parse(&message, wire, length, records, 4) == DNS_OK);
    require(message.response && message.id == query->id && message.questions == (query->question ? 1 : 0));
    require(message.edns.present == query->edns);
    if (query->question)
        require(message.qname.length == query->qname.length &&
                memcmp(message.qname.wire, query->qname.wire, query->qname.length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query query;
    uint16_t rcode = 0;
    uint8_t wire[1232];
    enum query_verdict verdict = query_parse(&query, data, size, &rcode);
    if (verdict == QUERY_DROP)
        return 0;
    struct reply_options options = {.limit = 512, .udp_size = 1232, .recursion_available = true};
    if (verdict == QUERY_REPLY) {
        require(rcode != DNS_RCODE_NOERROR);
        check(&query, wire, reply_error(wire, &query, rcode, DNS_EDE_OTHER, "a reason", &options),
              options.limit);
        return 0;
    }
    struct answer answer;
    answer_start(&answer, wire, sizeof wire, dns_name_view(&query.qname), query.qtype, query.dnssec_ok);
    answer_fail(&answer, DNS_RCODE_SERVFAIL, DNS_EDE_OTHER, "a reason");
    options.limit = query.udp_size < sizeof wire ? query.udp_size : sizeof wire;
    check(&query, wire, reply_finish(&answer, &query, &options), options.limit);
    return 0;
}
