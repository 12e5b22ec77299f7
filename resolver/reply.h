/*
 * From the answer to a question to the reply for one client: its ID, its spelling of the question, its
 * EDNS, its size. Pure functions over buffers.
 */
#ifndef RESOLVER_REPLY_H
#define RESOLVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"

/* What has to be remembered of a client's query until it is answered. */
struct query {
    uint16_t id;
    uint8_t opcode;
    bool recursion_desired, checking_disabled, authentic_data;
    bool edns, dnssec_ok;
    bool is_signed;    /* its last record is a TSIG record */
    uint16_t udp_size; /* what the client takes over UDP; 512 without EDNS */
    uint16_t qtype, qclass;
    bool question;                /* false: there was none to repeat */
    struct dns_name_buffer qname; /* in the client's spelling */
};

enum query_verdict {
    QUERY_OK,    /* resolve it */
    QUERY_REPLY, /* reply with the rcode in *rcode */
    QUERY_DROP,  /* a response, or too short to reply to */
};

/* Reads a client's packet (RFC 1035, 6891, 9619): FORMERR for what cannot be parsed and for QDCOUNT
   other than 1, NOTIMP for other opcodes, BADVERS for other versions of EDNS. Fills in as much of
   `query` as there was. */
enum query_verdict query_parse(struct query *query, const uint8_t *packet, size_t length, uint16_t *rcode);

struct reply_options {
    size_t limit;      /* octets the message may have */
    uint16_t udp_size; /* the size we announce */
    bool recursion_available;
};

/* The header's flags: QR, what is repeated of the query, RA, and the low bits of `rcode`. */
uint16_t reply_flags(const struct query *query, const struct reply_options *options, uint16_t rcode);

/* Completes in place: `answer->wire` becomes the message. Over the limit, the additional section goes,
   then everything but the question, with TC set. Returns the message's length. */
size_t reply_finish(struct answer *answer, const struct query *query, const struct reply_options *options);

/* A reply without records: FORMERR, NOTIMP, REFUSED, BADVERS, SERVFAIL. `wire` holds `options->limit`
   octets, at least 512. */
size_t reply_error(uint8_t *wire, const struct query *query, uint16_t rcode, int ede, const char *ede_text,
                   const struct reply_options *options);

#endif
