#include "zones/transfer_out.h"

#include <string.h>

#include "dns/builder.h"
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/packer.h"
#include "zones/serial.h"

enum { OPT_SIZE = 11, UDP_SIZE = 1232 };

/* The serial of the client's SOA, RFC 1995 §3. */
static bool read_serial(struct dns_message *message, uint32_t *serial)
{
    struct dns_soa soa;
    uint8_t rdata[2 * DNS_NAME_MAX + 20];
    uint16_t length;
    for (unsigned i = 0; i < message->count[DNS_AUTHORITY]; i++) {
        const struct dns_record *record = &message->section[DNS_AUTHORITY][i];
        if (record->type == DNS_TYPE_SOA && record->class == DNS_CLASS_IN &&
            dns_message_owner_is(message, record, dns_name_view(&message->qname)) &&
            dns_rdata_expand(message, record, rdata, sizeof rdata, &length) == DNS_OK &&
            dns_rdata_soa(rdata, length, &soa) == DNS_OK) {
            *serial = soa.serial;
            return true;
        }
    }
    return false;
}

bool transfer_request_read(struct dns_message *message, struct transfer_request *request)
{
    *request = (struct transfer_request){
        .qname = message->qname,
        .id = message->id,
        .type = message->qtype,
        .recursion_desired = message->recursion_desired,
        .edns = message->edns.present,
    };
    return message->qtype != DNS_TYPE_IXFR || read_serial(message, &request->serial);
}

void transfer_out_start(struct transfer_out *transfer, struct zone *zone,
                        const struct transfer_request *request, struct tsig_chain *chain)
{
    *transfer = (struct transfer_out){
        .zone = zone_hold(zone),
        .request = *request,
        .chain = *chain,
        .kind = TRANSFER_OUT_WHOLE,
        .state = TRANSFER_OUT_BEGIN,
    };
    *chain = (struct tsig_chain){0};
    if (request->type != DNS_TYPE_IXFR)
        return;
    transfer->delta = zone_journal_find(zone_journal(zone), request->serial);
    if (!serial_newer(zone_serial(zone), request->serial))
        transfer->kind = TRANSFER_OUT_SOA;
    else if (transfer->delta != SIZE_MAX)
        transfer->kind = TRANSFER_OUT_DIFFERENCES;
}

void transfer_out_end(struct transfer_out *transfer)
{
    zone_release(transfer->zone);
    tsig_chain_end(&transfer->chain);
    transfer->zone = NULL;
}

static void find_soa(struct transfer_out *transfer)
{
    struct zone_cursor cursor = {0};
    while (zone_next(transfer->zone, &cursor, &transfer->record) && transfer->record.type != DNS_TYPE_SOA)
        ;
}

/* The next record of what lies between the first and the last SOA. */
static bool next_of_body(struct transfer_out *transfer)
{
    const struct zone_journal *journal = zone_journal(transfer->zone);
    bool removed;
    if (transfer->kind == TRANSFER_OUT_SOA)
        return false;
    if (transfer->kind == TRANSFER_OUT_WHOLE) {
        do
            if (!zone_next(transfer->zone, &transfer->cursor, &transfer->record))
                return false;
        while (transfer->record.type == DNS_TYPE_SOA);
        return true;
    }
    while (transfer->delta < zone_journal_count(journal)) {
        if (zone_delta_next(zone_journal_at(journal, transfer->delta), &transfer->delta_cursor,
                            &transfer->record, &removed))
            return true;
        transfer->delta++;
        transfer->delta_cursor = (struct zone_delta_cursor){0};
    }
    return false;
}

/* Puts the next record into transfer->record; false behind the last one. */
static bool next_record(struct transfer_out *transfer)
{
    switch (transfer->state) {
    case TRANSFER_OUT_BEGIN:
        find_soa(transfer);
        transfer->state = TRANSFER_OUT_BODY;
        return true;
    case TRANSFER_OUT_BODY:
        if (next_of_body(transfer))
            return true;
        transfer->state = transfer->kind == TRANSFER_OUT_SOA ? TRANSFER_OUT_DONE : TRANSFER_OUT_LAST_SOA;
        return next_record(transfer);
    case TRANSFER_OUT_LAST_SOA:
        find_soa(transfer);
        transfer->state = TRANSFER_OUT_DONE;
        return true;
    case TRANSFER_OUT_DONE:
        break;
    }
    return false;
}

static void fill(struct transfer_out *transfer, struct packer *packer)
{
    while (transfer->waiting || next_record(transfer)) {
        transfer->waiting = !packer_add(packer, &transfer->record);
        if (transfer->waiting)
            return;
        transfer->records++;
    }
}

/* An OPT record, RFC 5936 §2.2.5; there is room for it. */
static size_t add_opt(uint8_t *wire, size_t length)
{
    static const uint8_t opt[OPT_SIZE] = {0, 0, DNS_TYPE_OPT, UDP_SIZE >> 8, UDP_SIZE & 0xff};
    memcpy(wire + length, opt, sizeof opt);
    put16(wire + 10, get16(wire + 10) + 1u);
    return length + sizeof opt;
}

enum transfer_out_result transfer_out_next(struct transfer_out *transfer, uint8_t *wire, size_t capacity,
                                           uint64_t now, size_t *length)
{
    struct packer packer;
    const struct transfer_request *request = &transfer->request;
    bool edns = request->edns && transfer->messages == 0;
    size_t reserved = tsig_size(&transfer->chain) + (edns ? OPT_SIZE : 0);
    if (transfer->state == TRANSFER_OUT_DONE && !transfer->waiting)
        return TRANSFER_OUT_END;
    if (capacity < DNS_HEADER_SIZE + reserved)
        return TRANSFER_OUT_FAILED;
    packer_start(&packer, wire, capacity - reserved, request->id,
                 DNS_FLAG_QR | DNS_FLAG_AA | (request->recursion_desired ? DNS_FLAG_RD : 0));
    if (transfer->messages == 0 && !packer_question(&packer, dns_name_view(&request->qname), request->type))
        return TRANSFER_OUT_FAILED;
    fill(transfer, &packer);
    *length = packer_finish(&packer);
    if (packer.records == 0)
        return TRANSFER_OUT_FAILED;
    if (edns)
        *length = add_opt(wire, *length);
    if (!tsig_sign(&transfer->chain, wire, length, capacity, now))
        return TRANSFER_OUT_FAILED;
    transfer->messages++;
    transfer->octets += *length;
    return TRANSFER_OUT_MESSAGE;
}

/* 0: it is more than one message, or none. */
static size_t write_datagram(struct zone *zone, const struct transfer_request *request, bool soa_only,
                             struct tsig_chain *chain, uint8_t *wire, size_t capacity, uint64_t now)
{
    struct transfer_out transfer;
    size_t length = 0;
    transfer_out_start(&transfer, zone, request, chain);
    if (soa_only)
        transfer.kind = TRANSFER_OUT_SOA;
    bool whole = transfer.kind != TRANSFER_OUT_WHOLE &&
                 transfer_out_next(&transfer, wire, capacity, now, &length) == TRANSFER_OUT_MESSAGE &&
                 !transfer.waiting && !next_record(&transfer);
    *chain = transfer.chain;
    zone_release(transfer.zone);
    return whole ? length : 0;
}

size_t transfer_out_datagram(struct zone *zone, const struct transfer_request *request,
                             struct tsig_chain *chain, uint8_t *wire, size_t capacity, uint64_t now)
{
    struct tsig_chain before = *chain; /* no digest of it is open */
    size_t length = write_datagram(zone, request, false, chain, wire, capacity, now);
    if (length > 0)
        return length;
    *chain = before;
    return write_datagram(zone, request, true, chain, wire, capacity, now);
}
