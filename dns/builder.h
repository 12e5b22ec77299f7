/*
 * Writing messages into a caller's buffer. The builder checks every bound; after the first thing that
 * does not fit it refuses the rest, so that only the end has to be looked at.
 *
 *      struct dns_builder builder;
 *      dns_builder_start(&builder, buffer, sizeof buffer, id, flags);
 *      dns_builder_question(&builder, qname, DNS_TYPE_A, DNS_CLASS_IN);
 *      dns_builder_record(&builder, DNS_ANSWER, owner, DNS_TYPE_A, DNS_CLASS_IN, 300, rdata, 4);
 *      dns_builder_edns(&builder, &(struct dns_edns_reply){.udp_size = 1232, .ede = DNS_EDE_NONE});
 *      size_t length = dns_builder_finish(&builder);
 */
#ifndef DNS_BUILDER_H
#define DNS_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

/* Header flags, RFC 1035 §4.1.1 and RFC 4035 §3.2: octets 2 and 3 as one number. */
enum {
    DNS_FLAG_QR = 0x8000,
    DNS_FLAG_AA = 0x0400,
    DNS_FLAG_TC = 0x0200,
    DNS_FLAG_RD = 0x0100,
    DNS_FLAG_RA = 0x0080,
    DNS_FLAG_AD = 0x0020,
    DNS_FLAG_CD = 0x0010,
    DNS_OPCODE_SHIFT = 11,
};

enum {
    DNS_BUILDER_TARGETS = 32,      /* earlier names that a new one is compared with */
    DNS_BUILDER_COMPARISONS = 128, /* comparisons in vain, in one message; then only the question's name
                                           and the last owner are compressed */
};

struct dns_builder {
    uint8_t *wire;
    size_t capacity; /* octets of `wire`; may be lowered before the next record */
    size_t length;
    size_t question_end;                        /* offset behind the questions */
    uint16_t count[1 + DNS_SECTIONS];           /* questions first */
    bool full;                                  /* something did not fit and was left out whole */
    uint16_t targets[DNS_BUILDER_TARGETS];      /* their offsets, in rising order, below 0x4000 */
    uint8_t target_length[DNS_BUILDER_TARGETS]; /* their octets, uncompressed */
    unsigned target_count;
    unsigned comparisons_left;
    uint16_t recent; /* offset of the last record's owner, 0: none to point to */
    uint8_t recent_length;
};

/* What the OPT record of a message says. */
struct dns_edns_reply {
    uint16_t udp_size;
    unsigned rcode; /* its upper 8 bits go here, its lower 4 into the header; 0: the
                                           header's stays as it is */
    bool dnssec_ok;
    int ede;                /* enum dns_ede, or a code of the registry; DNS_EDE_NONE: none
                                           (0 is a code: DNS_EDE_OTHER) */
    const char *ede_text;   /* or NULL */
    const uint8_t *options; /* further options, encoded; or NULL */
    size_t options_length;
};

/* `flags`: DNS_FLAG_*, opcode << DNS_OPCODE_SHIFT, rcode. `capacity` is at least DNS_HEADER_SIZE. */
void dns_builder_start(struct dns_builder *builder, uint8_t *wire, size_t capacity, uint16_t id,
                       uint16_t flags);
bool dns_builder_question(struct dns_builder *builder, struct dns_name qname, uint16_t qtype,
                          uint16_t qclass);

/* Adds one record, its owner compressed (RFC 1035 §4.1.4), its rdata as given. False when full.
   Sections must be filled in their order; a record out of order counts as one that does not fit. */
bool dns_builder_record(struct dns_builder *builder, enum dns_section section, struct dns_name owner,
                        uint16_t type, uint16_t class, uint32_t ttl, const uint8_t *rdata,
                        size_t rdata_length);

/* Adds `count` records that are ready: each owner is a pointer to the first question's name (0xC00C), no other
   pointers. All or none. */
bool dns_builder_copy(struct dns_builder *builder, enum dns_section section, const uint8_t *records,
                      size_t length, unsigned count);

/* Adds the OPT record, also after a record did not fit. Where there is too little room, the extra text
   is left out, then the extended error, then the options. False when there is none for 11 octets. */
bool dns_builder_edns(struct dns_builder *builder, const struct dns_edns_reply *edns);

/* Octets that dns_builder_edns() will need. */
size_t dns_edns_size(const struct dns_edns_reply *edns);

/* Drops all records again and sets TC, for a truncated answer. There is room again afterwards. */
void dns_builder_drop_records(struct dns_builder *builder);

/* Fills in the header's counts; returns the message's length. */
size_t dns_builder_finish(struct dns_builder *builder);

#endif
