/*
 * Reading messages (RFC 1035 §4, RFC 6891). A struct dns_message is a view over a packet whose
 * sections have been walked once and whose bounds have all been checked: whoever holds it may follow
 * every offset in it. Parsing never allocates; the caller lends the array for the records.
 *
 *      struct dns_record records[64];
 *      struct dns_message message;
 *      if (dns_message_parse(&message, packet, length, records, 64) != DNS_OK) drop it
 *      for (unsigned i = 0; i < message.count[DNS_ANSWER]; i++)
 *          message.section[DNS_ANSWER][i].type ...
 *
 * Compression pointers must point strictly backward, at most DNS_POINTERS_PER_NAME in a name. Parsing
 * checks every owner and may follow 16 of them for each record + 256; as many again may be followed
 * afterwards by the functions below, all together (the work of hostile packets is bounded).
 * Records are not interpreted: a type that nobody knows is carried like any other (RFC 3597).
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/error.h"
#include "dns/name.h"
#include "dns/types.h"

enum {
    DNS_HEADER_SIZE = 12,
    DNS_MESSAGE_MAX = 65535,
    DNS_POINTERS_PER_NAME = 64,
    DNS_EDNS_OPTIONS_MAX = 16, /* options that are looked at, the rest is ignored */
    DNS_RECORDS_MAX = 5958,    /* records of the largest message: 11 octets each */
};

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

/* One record, as offsets into the packet. OPT records are not among the records. */
struct dns_record {
    uint16_t owner;
    uint16_t type;
    uint16_t class;
    uint16_t rdata;
    uint16_t rdata_length;
    uint32_t ttl; /* as sent; values above 2^31-1 are read as 0, RFC 2181 §8 */
};

struct dns_edns {
    bool present;
    bool dnssec_ok;
    uint8_t version;
    uint16_t udp_size; /* at least 512, RFC 6891 §6.2.3 */
    uint16_t options;  /* offset of the options' octets, all lengths checked */
    uint16_t options_length;
};

struct dns_message {
    const uint8_t *wire;
    uint16_t length;
    uint16_t id;
    uint8_t opcode;
    uint16_t rcode; /* with the upper bits from EDNS */
    bool response, authoritative, truncated, recursion_desired, recursion_available;
    bool authentic_data, checking_disabled;
    uint16_t questions;           /* QDCOUNT; the first question is the one below */
    struct dns_name_buffer qname; /* meaningful where questions > 0 */
    uint16_t qtype, qclass;
    uint16_t question_end; /* offset behind the first question */
    struct dns_record *section[DNS_SECTIONS];
    uint16_t count[DNS_SECTIONS];
    struct dns_edns edns;
    uint32_t pointers_left; /* compression pointers this message may still follow */
};

/* Header only: id, flags, opcode, rcode, questions. DNS_ERROR_SHORT. */
enum dns_error dns_message_parse_header(struct dns_message *message, const uint8_t *wire, size_t length);

/* Header, question and all records; of several questions only the first is read, the others are stepped
   over. `records` must outlive the view. A truncated message that was cut within a record gives
   DNS_ERROR_SHORT: look at `truncated`. Octets behind the last record are an error. On an error the header's fields
   are filled in as far as there was a header (for a FORMERR reply), nothing else is meaningful. */
enum dns_error dns_message_parse(struct dns_message *message, const uint8_t *wire, size_t length,
                                 struct dns_record *records, size_t capacity);

/* The uncompressed name at an offset of the message (an owner's, or inside rdata). */
enum dns_error dns_message_name(struct dns_message *message, uint16_t offset, struct dns_name_buffer *name);

/* The owner of a record equals `name`. False as well where it cannot be read. */
bool dns_message_owner_is(struct dns_message *message, const struct dns_record *record, struct dns_name name);

/* Steps through EDNS options: start with *position = 0, which counts them; false after the last one, or after
   DNS_EDNS_OPTIONS_MAX. */
bool dns_edns_option_next(const struct dns_message *message, uint16_t *position, uint16_t *code,
                          const uint8_t **data, uint16_t *length);

#endif
