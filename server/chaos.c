/* Replies about the daemon itself, and the one to ANY: small records built on the spot. */
#include <string.h>

#include "dns/builder.h"
#include "server/query.h"

enum { ANY_TTL = 3600 };

static size_t reply_record(const struct query *query, uint8_t *out, const struct reply_options *options,
                           uint16_t type, uint32_t ttl, const uint8_t *rdata, size_t rdata_length)
{
    struct dns_builder builder;
    struct dns_name name = dns_name_view(&query->qname);
    uint16_t flags = reply_flags(query, options, DNS_RCODE_NOERROR);
    if (query->qclass == DNS_CLASS_CH)
        flags |= DNS_FLAG_AA;
    dns_builder_start(&builder, out, options->limit, query->id, flags);
    dns_builder_question(&builder, name, query->qtype, query->qclass);
    dns_builder_record(&builder, DNS_ANSWER, name, type, query->qclass, ttl, rdata, rdata_length);
    if (query->edns)
        dns_builder_edns(&builder, &(struct dns_edns_reply){.udp_size = options->udp_size,
                                                            .dnssec_ok = query->dnssec_ok,
                                                            .ede = DNS_EDE_NONE});
    return dns_builder_finish(&builder);
}

/* The configured text for a name of class CHAOS; NULL: there is none. */
static const char *text_for(const struct config *config, struct dns_name name)
{
    static const uint8_t version_bind[] = "\7version\4bind", version_server[] = "\7version\6server";
    static const uint8_t hostname_bind[] = "\10hostname\4bind", id_server[] = "\2id\6server";
    const struct {
        struct dns_name name;
        const char *text;
    } known[] = {
        {{version_bind, sizeof version_bind}, config->version},
        {{version_server, sizeof version_server}, config->version},
        {{hostname_bind, sizeof hostname_bind}, config->hostname},
        {{id_server, sizeof id_server}, config->server_id},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (dns_name_equal(name, known[i].name))
            return known[i].text;
    return NULL;
}

size_t chaos_reply(const struct config *config, const struct query *query, uint8_t *out,
                   const struct reply_options *options)
{
    uint8_t rdata[256];
    const char *text = text_for(config, dns_name_view(&query->qname));
    if (text == NULL || (query->qtype != DNS_TYPE_TXT && query->qtype != DNS_TYPE_ANY))
        return reply_error(out, query, DNS_RCODE_REFUSED, DNS_EDE_NOT_AUTHORITATIVE, NULL, options);
    size_t length = strnlen(text, 255);
    rdata[0] = (uint8_t)length;
    memcpy(rdata + 1, text, length);
    return reply_record(query, out, options, DNS_TYPE_TXT, 0, rdata, length + 1);
}

size_t any_reply(const struct query *query, uint8_t *out, const struct reply_options *options)
{
    static const uint8_t hinfo[] = "\7RFC8482"; /* the octet behind it is the empty OS field, §4.2 */
    return reply_record(query, out, options, DNS_TYPE_HINFO, ANY_TTL, hinfo, sizeof hinfo);
}
