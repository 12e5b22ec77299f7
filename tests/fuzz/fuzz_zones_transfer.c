/* Streams that come from a primary, well signed or not at all: they are refused, or a zone comes out that can be sent
   on and arrives as the same. The first octet says whether there is an old version, and a key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"
#include "zones/file.h"
#include "zones/transfer_in.h"
#include "zones/transfer_out.h"
#include "zones/zonemd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1700000000, WITH_OLD = 1, WITH_KEY = 2 };

static const char OLD[] = "$TTL 60\n@ SOA ns1 host 3 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\na TXT x\n";

static void require(bool condition)
{
    if (!condition)
        abort();
}

static struct dns_name apex(void)
{
    static const uint8_t wire[] = "\7example\3org";
    return (struct dns_name){wire, sizeof wire};
}

static struct zone *receive(struct zone *old, const struct tsig_key *key, const uint8_t *data, size_t size)
{
    static uint8_t query[2000];
    struct transfer_in_options options = {
        .apex = apex(), .old = old, .key = key, .id = 0, .records_max = 5000, .octets_max = 1 << 20};
    struct transfer_in *transfer = transfer_in_new(&options);
    require(transfer != NULL && transfer_in_query(transfer, query, sizeof query, NOW) > 0);
    enum transfer_in_state state = TRANSFER_IN_MORE;
    while (state == TRANSFER_IN_MORE && size >= 2) {
        size_t length = get16(data) < size - 2 ? get16(data) : size - 2;
        state = transfer_in_message(transfer, data + 2, length, NOW);
        data += 2 + length;
        size -= 2 + length;
    }
    require((*transfer_in_reason(transfer) != '\0') ==
            (state == TRANSFER_IN_FAILED || state == TRANSFER_IN_UNSUPPORTED));
    struct zone *zone = transfer_in_finish(transfer, NULL);
    require(zone == NULL || state == TRANSFER_IN_COMPLETE);
    transfer_in_free(transfer);
    return zone;
}

/* `zone`, sent as AXFR or IXFR, as a stream with lengths. */
static size_t send_zone(struct zone *zone, uint16_t type, uint32_t serial, uint8_t *stream, size_t capacity)
{
    struct transfer_request request = {.type = type, .serial = serial};
    struct tsig_chain chain = {0};
    struct transfer_out out;
    size_t used = 0, length;
    enum transfer_out_result result;
    dns_name_copy(&request.qname, apex());
    transfer_out_start(&out, zone, &request, &chain);
    while (capacity - used > DNS_MESSAGE_MAX + 2 &&
           (result = transfer_out_next(&out, stream + used + 2, DNS_MESSAGE_MAX, NOW, &length)) ==
               TRANSFER_OUT_MESSAGE) {
        put16(stream + used, (unsigned)length);
        used += length + 2;
    }
    bool whole = out.state == TRANSFER_OUT_DONE && !out.waiting;
    transfer_out_end(&out);
    return whole ? used : 0;
}

static void send_on(struct zone *zone, struct zone *old)
{
    enum { STREAM = 4 << 20 };
    static uint8_t *stream;
    if (stream == NULL)
        stream = malloc(STREAM);
    size_t length = send_zone(zone, DNS_TYPE_AXFR, 0, stream, STREAM);
    require(length > 0);
    struct zone *again = receive(NULL, NULL, stream, length);
    require(again != NULL && zone_same(zone, again));
    zone_release(again);
    if (old == NULL || (length = send_zone(zone, DNS_TYPE_IXFR, zone_serial(old), stream, STREAM)) == 0)
        return;
    again = receive(old, NULL, stream, length);
    require(again != NULL && zone_same(zone, again));
    zone_release(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tsig_key key = {.name = {.length = 3, .wire = "\1k"},
                                        .algorithm = TSIG_HMAC_SHA256,
                                        .mac_length = 16,
                                        .secret_length = 1,
                                        .secret = "s"};
    if (size == 0)
        return 0;
    struct zone *old =
        data[0] & WITH_OLD ? zone_text_read(OLD, sizeof OLD - 1, "old", apex(), 100, NULL) : NULL;
    struct zone *zone = receive(old, data[0] & WITH_KEY ? &key : NULL, data + 1, size - 1);
    if (zone != NULL) {
        zonemd_verify(zone);
        send_on(zone, old);
    }
    zone_release(zone);
    zone_release(old);
    return 0;
}
