/*
 * Zones sent to other servers: AXFR (RFC 5936) and IXFR (RFC 1995), message after message, out of a zone that does not
 * change meanwhile. No socket here: whoever sends asks for the next message when there is room for it.
 *
 *      struct transfer_request request;
 *      if (!transfer_request_read(&message, &request)) FORMERR
 *      transfer_out_start(&transfer, zone, &request, &chain);
 *      while (transfer_out_next(&transfer, wire, sizeof wire, now, &length) == TRANSFER_OUT_MESSAGE) send it
 *      transfer_out_end(&transfer);
 */
#ifndef ZONES_TRANSFER_OUT_H
#define ZONES_TRANSFER_OUT_H

#include "zones/journal.h"
#include "zones/tsig.h"

struct transfer_request {
    struct dns_name_buffer qname; /* as it was asked, letter case included */
    uint16_t id, type;            /* DNS_TYPE_AXFR or _IXFR */
    uint32_t serial;              /* IXFR: what the client has */
    bool recursion_desired;
    bool edns; /* the request had an OPT record, so that the first message gets one */
};

/* `message` asks for AXFR or IXFR. False: an IXFR without a SOA in its authority section, which is malformed. */
bool transfer_request_read(struct dns_message *message, struct transfer_request *request);

enum transfer_out_kind {
    TRANSFER_OUT_WHOLE,       /* AXFR, or IXFR from a version that is not known any more */
    TRANSFER_OUT_DIFFERENCES, /* IXFR */
    TRANSFER_OUT_SOA, /* the client has this version or a newer one, or the answer fits in no datagram */
};

struct transfer_out {
    struct zone *zone; /* held */
    struct transfer_request request;
    struct tsig_chain chain;
    enum transfer_out_kind kind;
    enum { TRANSFER_OUT_BEGIN, TRANSFER_OUT_BODY, TRANSFER_OUT_LAST_SOA, TRANSFER_OUT_DONE } state;
    struct zone_cursor cursor;
    size_t delta; /* the change being sent */
    struct zone_delta_cursor delta_cursor;
    bool waiting; /* `record` did not fit into the message before */
    struct zone_record record;
    size_t messages, records;
    uint64_t octets; /* so far, for the log */
};

enum transfer_out_result {
    TRANSFER_OUT_MESSAGE,
    TRANSFER_OUT_END,    /* there are no more */
    TRANSFER_OUT_FAILED, /* a record is too large for a message, or it cannot be signed: end the connection */
};

/* Holds `zone`, and takes over `chain` (verified with the request, or all zero). */
void transfer_out_start(struct transfer_out *transfer, struct zone *zone,
                        const struct transfer_request *request, struct tsig_chain *chain);

/* Writes the next message, of about PACKER_FULL octets at most where a record is not larger. `now`: of the signature. */
enum transfer_out_result transfer_out_next(struct transfer_out *transfer, uint8_t *wire, size_t capacity,
                                           uint64_t now, size_t *length);

/* Answers an IXFR in one datagram: the changes where they fit into `capacity`, else the SOA alone, after which the
   client comes over TCP (RFC 1995 §2). `chain` as above, but stays the caller's. 0: not even that fits. */
size_t transfer_out_datagram(struct zone *zone, const struct transfer_request *request,
                             struct tsig_chain *chain, uint8_t *wire, size_t capacity, uint64_t now);

/* Lets go of the zone and the chain. */
void transfer_out_end(struct transfer_out *transfer);

#endif
