/*
 * IPv4 and IPv6 addresses with a port, and prefixes of them. IPv4-mapped IPv6 addresses are turned
 * into IPv4 ones where they come in, so that an address has one form only.
 */
#ifndef DNS_ADDRESS_H
#define DNS_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dns/error.h"

struct dns_address {
    uint8_t octets[16]; /* network order; IPv4 in the first four, zeros behind */
    uint16_t port;      /* host order */
    uint8_t family;     /* 4 or 6; 0: none */
};

struct dns_prefix {
    struct dns_address address; /* port 0, bits behind the length zero */
    uint8_t bits;
};

enum { DNS_ADDRESS_TEXT_MAX = 64 };

static inline unsigned dns_address_size(const struct dns_address *address)
{
    return address->family == 4 ? 4 : 16;
}

bool dns_address_equal(const struct dns_address *a, const struct dns_address *b); /* with port */

bool dns_address_is_loopback(const struct dns_address *address);

/* `octets`: 4 or 16 of them by `family` (4 or 6). */
struct dns_address dns_address_make(uint8_t family, const uint8_t *octets, uint16_t port);

/* "192.0.2.1", "2001:db8::1". DNS_ERROR_TEXT. */
enum dns_error dns_address_from_text(const char *text, uint16_t port, struct dns_address *address);

/* "192.0.2.1#53", "2001:db8::1#53" as BIND writes it; without "#port" when the port is 0. */
const char *dns_address_to_text(const struct dns_address *address, char text[DNS_ADDRESS_TEXT_MAX]);

bool dns_address_from_sockaddr(const struct sockaddr *from, struct dns_address *address);
socklen_t dns_address_to_sockaddr(const struct dns_address *address, struct sockaddr_storage *to);

/* "10/8", "192.0.2.0/24", "2001:db8::/32", or an address alone (all its bits). DNS_ERROR_TEXT, also
   when bits behind the length are set. */
enum dns_error dns_prefix_from_text(const char *text, struct dns_prefix *prefix);
bool dns_prefix_contains(const struct dns_prefix *prefix, const struct dns_address *address);

#endif
