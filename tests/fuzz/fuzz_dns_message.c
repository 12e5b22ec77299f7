/*
 * Messages: whatever can be read is expanded, written anew and read again, and must be the same: owners,
 * types, classes, TTLs, rdata, EDNS.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/builder.h"
#include "dns/rdata.h"

enum { RECORDS = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns_record records[RECORDS], rebuilt_records[RECORDS];
static uint8_t rdata[RECORDS][4096];
static struct dns_name_buffer owners[RECORDS];
static uint16_t lengths[RECORDS];
static uint8_t wire[DNS_MESSAGE_MAX];

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Expands all records. False where one has no proper rdata: such a message is not rebuilt. */
static bool expand(struct dns_message *message, unsigned total)
{
    for (unsigned i = 0; i < total; i++) {
        if (dns_message_name(message, records[i].owner, &owners[i]) != DNS_OK)
            return false;
        if (dns_rdata_expand(message, &records[i], rdata[i], sizeof rdata[i], &lengths[i]) != DNS_OK)
            return false;
        if (message->pointers_left > DNS_POINTERS_PER_NAME)
            require(dns_message_owner_is(message, &records[i], dns_name_view(&owners[i])));
    }
    return true;
}

/* False where it does not fit into a message, expanded. */
static bool rebuild(const struct dns_message *message, struct dns_builder *builder)
{
    uint16_t flags = (uint16_t)(message->wire[2] << 8 | message->wire[3]);
    unsigned index = 0;
    dns_builder_start(builder, wire, sizeof wire, message->id, flags);
    if (message->questions > 0 &&
        !dns_builder_question(builder, dns_name_view(&message->qname), message->qtype, message->qclass))
        return false;
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        for (unsigned i = 0; i < message->count[section]; i++, index++)
            if (!dns_builder_record(builder, (enum dns_section)section, dns_name_view(&owners[index]),
                                    records[index].type, records[index].class, records[index].ttl,
                                    rdata[index], lengths[index]))
                return false;
    if (!message->edns.present)
        return true;
    const struct dns_edns_reply edns = {
        .udp_size = message->edns.udp_size,
        .rcode = message->rcode,
        .dnssec_ok = message->edns.dnssec_ok,
        .ede = DNS_EDE_NONE,
        .options = message->wire + message->edns.options,
        .options_length = message->edns.options_length,
    };
    size_t needed = dns_edns_size(&edns);
    return builder->length + needed <= sizeof wire && dns_builder_edns(builder, &edns);
}

static void compare(struct dns_message *message, size_t length, unsigned total)
{
    struct dns_message again;
    require(dns_message_parse(&again, wire, length, rebuilt_records, RECORDS) == DNS_OK);
    require(again.id == message->id && again.opcode == message->opcode && again.rcode == message->rcode);
    require(again.response == message->response && again.truncated == message->truncated);
    require(again.questions == (message->questions > 0));
    require(dns_name_equal(dns_name_view(&again.qname), dns_name_view(&message->qname)));
    require(again.qtype == message->qtype && again.qclass == message->qclass);
    require(memcmp(again.count, message->count, sizeof again.count) == 0);
    require(again.edns.present == message->edns.present && again.edns.dnssec_ok == message->edns.dnssec_ok);
    require(again.edns.options_length == message->edns.options_length);
    for (unsigned i = 0; i < total; i++) {
        static uint8_t octets[4096];
        uint16_t octets_length;
        const struct dns_record *record = &rebuilt_records[i];
        require(record->type == records[i].type && record->class == records[i].class);
        require(record->ttl == records[i].ttl);
        require(dns_message_owner_is(&again, record, dns_name_view(&owners[i])));
        require(dns_rdata_expand(&again, record, octets, sizeof octets, &octets_length) == DNS_OK);
        require(octets_length == lengths[i] && memcmp(octets, rdata[i], octets_length) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message message;
    struct dns_builder builder;
    const uint8_t *option;
    uint16_t position = 0, code, length;
    if (dns_message_parse(&message, data, size, records, RECORDS) != DNS_OK)
        return 0;
    while (dns_edns_option_next(&message, &position, &code, &option, &length))
        require(option + length <= data + size);
    unsigned total = (unsigned)message.count[0] + message.count[1] + message.count[2];
    if (expand(&message, total) && rebuild(&message, &builder))
        compare(&message, dns_builder_finish(&builder), total);
    return 0;
}
