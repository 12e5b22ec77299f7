/*
 * Rdata: where the names in it are, and how to make it independent of the message it came in.
 *
 * Types that may carry compressed names are those of RFC 1035 and, leniently, of RFC 3597 §4's list
 * (RP, AFSDB, RT, SIG, PX, NXT, NAPTR, KX, SRV, DNAME ...). The rest is copied as it is.
 */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

enum { DNS_RDATA_MAX = 65535 };

/* Copies a record's rdata with its names uncompressed. *length is what was written. Checks the form
   of every type it knows to contain names, and the fixed lengths of A and AAAA.
   DNS_ERROR_RDATA, DNS_ERROR_SPACE, or what is wrong with a name. */
enum dns_error dns_rdata_expand(struct dns_message *message, const struct dns_record *record, uint8_t *to,
                                size_t capacity, uint16_t *length);

/* Fields of a SOA record, RFC 1035 §3.3.13, from uncompressed rdata. Times in seconds. */
struct dns_soa {
    struct dns_name primary, mailbox;
    uint32_t serial, refresh, retry, expire, minimum;
};
enum dns_error dns_rdata_soa(const uint8_t *rdata, size_t length, struct dns_soa *soa);

/* The one name that NS, CNAME, PTR and DNAME consist of, and the one an MX or SRV record ends with,
   from uncompressed rdata. DNS_ERROR_RDATA for other types. */
enum dns_error dns_rdata_target(uint16_t type, const uint8_t *rdata, size_t length, struct dns_name *target);

#endif
