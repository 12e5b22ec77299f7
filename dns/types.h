/*
 * The numbers of the DNS and their names: types, classes, opcodes, rcodes, EDNS options, extended
 * errors. Each enum lists what the resolver itself has to know; everything else is a number
 * (RFC 3597), and ldns knows its text.
 */
#ifndef DNS_TYPES_H
#define DNS_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/error.h"

enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_HINFO = 13,
    DNS_TYPE_MX = 15,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_SIG = 24,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_SRV = 33,
    DNS_TYPE_DNAME = 39,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_DS = 43,
    DNS_TYPE_RRSIG = 46,
    DNS_TYPE_NSEC = 47,
    DNS_TYPE_DNSKEY = 48,
    DNS_TYPE_NSEC3 = 50,
    DNS_TYPE_NXNAME = 128, /* only in NSEC bitmaps: the name does not exist, RFC 9824 §2 */
    DNS_TYPE_TKEY = 249,
    DNS_TYPE_TSIG = 250,
    DNS_TYPE_IXFR = 251,
    DNS_TYPE_AXFR = 252,
    DNS_TYPE_ANY = 255,
};

enum dns_class { DNS_CLASS_IN = 1, DNS_CLASS_CH = 3, DNS_CLASS_NONE = 254, DNS_CLASS_ANY = 255 };

enum dns_opcode { DNS_OPCODE_QUERY = 0, DNS_OPCODE_STATUS = 2, DNS_OPCODE_NOTIFY = 4, DNS_OPCODE_UPDATE = 5 };

enum dns_rcode {
    DNS_RCODE_NOERROR = 0,
    DNS_RCODE_FORMERR = 1,
    DNS_RCODE_SERVFAIL = 2,
    DNS_RCODE_NXDOMAIN = 3,
    DNS_RCODE_NOTIMP = 4,
    DNS_RCODE_REFUSED = 5,
    DNS_RCODE_YXDOMAIN = 6,
    DNS_RCODE_NOTAUTH = 9,
    DNS_RCODE_BADVERS = 16, /* needs EDNS for its upper bits, RFC 6891 §6.1.3 */
};

enum dns_edns_option { DNS_EDNS_NSID = 3, DNS_EDNS_COOKIE = 10, DNS_EDNS_KEEPALIVE = 11, DNS_EDNS_EDE = 15 };

/* Extended errors, RFC 8914 §4. */
enum dns_ede {
    DNS_EDE_NONE = -1, /* not on the wire: there is nothing to say */
    DNS_EDE_OTHER = 0,
    DNS_EDE_UNSUPPORTED_ALGORITHM = 1,
    DNS_EDE_UNSUPPORTED_DIGEST = 2,
    DNS_EDE_STALE_ANSWER = 3,
    DNS_EDE_FORGED_ANSWER = 4,
    DNS_EDE_DNSSEC_INDETERMINATE = 5,
    DNS_EDE_DNSSEC_BOGUS = 6,
    DNS_EDE_SIGNATURE_EXPIRED = 7,
    DNS_EDE_SIGNATURE_NOT_YET_VALID = 8,
    DNS_EDE_DNSKEY_MISSING = 9,
    DNS_EDE_RRSIGS_MISSING = 10,
    DNS_EDE_NO_ZONE_KEY_BIT = 11,
    DNS_EDE_NSEC_MISSING = 12,
    DNS_EDE_CACHED_ERROR = 13,
    DNS_EDE_NOT_READY = 14,
    DNS_EDE_BLOCKED = 15,
    DNS_EDE_PROHIBITED = 18,
    DNS_EDE_NOT_AUTHORITATIVE = 20,
    DNS_EDE_NOT_SUPPORTED = 21,
    DNS_EDE_NO_REACHABLE_AUTHORITY = 22,
    DNS_EDE_NETWORK_ERROR = 23,
    DNS_EDE_INVALID_DATA = 24,
    DNS_EDE_EXPIRED_BEFORE_VALID = 25,
    DNS_EDE_NSEC3_ITERATIONS = 27,
    DNS_EDE_NEGATIVE_TRUST_ANCHOR = 33,
};

/* A verdict of DNSSEC validation: who checks by himself (CD) need not be kept from the data by it. */
static inline bool dns_ede_is_of_validation(int ede)
{
    return ede == DNS_EDE_UNSUPPORTED_ALGORITHM || ede == DNS_EDE_UNSUPPORTED_DIGEST ||
           (ede >= DNS_EDE_DNSSEC_INDETERMINATE && ede <= DNS_EDE_NSEC_MISSING) ||
           ede == DNS_EDE_EXPIRED_BEFORE_VALID || ede == DNS_EDE_NSEC3_ITERATIONS;
}

enum { DNS_TYPE_TEXT_MAX = 24 };

/* "AAAA", "TYPE65400"; returns `text`. */
const char *dns_type_to_text(uint16_t type, char text[DNS_TYPE_TEXT_MAX]);

/* The reverse, RFC 3597's TYPEnnn included. DNS_ERROR_TEXT. */
enum dns_error dns_type_from_text(const char *text, uint16_t *type);

/* "NXDOMAIN", "RCODE23"; a pointer to static text where the number has a name, else `text`. */
const char *dns_rcode_to_text(unsigned rcode, char text[DNS_TYPE_TEXT_MAX]);

/* "No Reachable Authority": the registered purpose of the code, or "Unassigned". */
const char *dns_ede_to_text(int code);

#endif
