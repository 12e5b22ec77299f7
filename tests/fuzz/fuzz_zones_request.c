/* Requests of strangers: TSIG, NOTIFY, AXFR and IXFR in any octets. What is not signed with the key is never good; what is
   answered to a request can be parsed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/builder.h"
#include "zones/file.h"
#include "zones/notify.h"
#include "zones/transfer_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1700000000, RECORDS = 256 };

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_reply(const uint8_t *wire, size_t length)
{
    static struct dns_record records[DNS_RECORDS_MAX];
    struct dns_message message;
    require(length == 0 || dns_message_parse(&message, wire, length, records, DNS_RECORDS_MAX) == DNS_OK);
}

static void refuse(struct dns_message *message, struct tsig_chain *chain, const struct tsig_record *record,
                   enum tsig_verdict verdict)
{
    static uint8_t wire[2048];
    struct dns_builder builder;
    dns_builder_start(&builder, wire, 512, message->id, DNS_FLAG_QR);
    if (message->questions > 0)
        dns_builder_question(&builder, dns_name_view(&message->qname), message->qtype, message->qclass);
    size_t length = dns_builder_finish(&builder);
    require(tsig_refuse(chain, record, verdict, wire, &length, sizeof wire, NOW));
    check_reply(wire, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "$TTL 60\n@ SOA ns1 host 3 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n";
    static const struct tsig_key key = {.name = {.length = 3, .wire = "\1k"},
                                        .algorithm = TSIG_HMAC_SHA512,
                                        .mac_length = 32,
                                        .secret_length = 8,
                                        .secret = "unguessd"};
    static struct dns_record records[RECORDS];
    static uint8_t wire[DNS_MESSAGE_MAX];
    static struct zone *zone;
    const struct tsig_key *keys[] = {&key};
    struct dns_message message;
    struct tsig_chain chain;
    struct tsig_record record;
    struct transfer_request request;
    bool has_serial;
    uint32_t serial;
    if (zone == NULL) {
        static const uint8_t apex[] = "\7example\3org";
        zone = zone_text_read(text, sizeof text - 1, "zone", (struct dns_name){apex, sizeof apex}, 0, NULL);
    }
    if (dns_message_parse(&message, data, size, records, RECORDS) != DNS_OK)
        return 0;
    enum tsig_verdict verdict = tsig_verify_request(&message, keys, 1, NOW, &chain, &record);
    require(verdict != TSIG_GOOD && verdict != TSIG_BADTIME && verdict != TSIG_BADTRUNC);
    if (verdict >= TSIG_BADSIG)
        refuse(&message, &chain, &record, verdict);
    notify_read(&message, &has_serial, &serial);
    if (message.questions > 0 && transfer_request_read(&message, &request)) {
        tsig_chain_start(&chain, size % 2 == 0 ? &key : NULL);
        size_t length = transfer_out_datagram(zone, &request, &chain, wire, 300 + size % 1000, NOW);
        check_reply(wire, length);
    }
    tsig_chain_end(&chain);
    return 0;
}
