#include "dns/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool dns_address_equal(const struct dns_address *a, const struct dns_address *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

bool dns_address_is_loopback(const struct dns_address *address)
{
    static const uint8_t loopback[16] = {[15] = 1};
    return address->family == 4 ? address->octets[0] == 127 : memcmp(address->octets, loopback, 16) == 0;
}

struct dns_address dns_address_make(uint8_t family, const uint8_t *octets, uint16_t port)
{
    struct dns_address address = {.port = port, .family = family};
    if (family == 6 && memcmp(octets, mapped_prefix, sizeof mapped_prefix) == 0) {
        address.family = 4;
        octets += sizeof mapped_prefix;
    }
    memcpy(address.octets, octets, dns_address_size(&address));
    return address;
}

enum dns_error dns_address_from_text(const char *text, uint16_t port, struct dns_address *address)
{
    uint8_t octets[16];
    if (inet_pton(AF_INET, text, octets) == 1)
        *address = dns_address_make(4, octets, port);
    else if (inet_pton(AF_INET6, text, octets) == 1)
        *address = dns_address_make(6, octets, port);
    else
        return DNS_ERROR_TEXT;
    return DNS_OK;
}

const char *dns_address_to_text(const struct dns_address *address, char text[DNS_ADDRESS_TEXT_MAX])
{
    if (address->family == 0)
        return strcpy(text, "none");
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->octets, text, DNS_ADDRESS_TEXT_MAX);
    if (address->port != 0) {
        size_t length = strlen(text);
        snprintf(text + length, DNS_ADDRESS_TEXT_MAX - length, "#%u", (unsigned)address->port);
    }
    return text;
}

bool dns_address_from_sockaddr(const struct sockaddr *from, struct dns_address *address)
{
    if (from->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        *address = dns_address_make(4, (const uint8_t *)&in.sin_addr, ntohs(in.sin_port));
        return true;
    }
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, from, sizeof in6);
        *address = dns_address_make(6, in6.sin6_addr.s6_addr, ntohs(in6.sin6_port));
        return true;
    }
    return false;
}

socklen_t dns_address_to_sockaddr(const struct dns_address *address, struct sockaddr_storage *to)
{
    memset(to, 0, sizeof *to);
    if (address->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)to;
        in->sin_family = AF_INET;
        in->sin_port = htons(address->port);
        memcpy(&in->sin_addr, address->octets, 4);
        return sizeof *in;
    }
    if (address->family == 6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(address->port);
        memcpy(&in6->sin6_addr, address->octets, 16);
        return sizeof *in6;
    }
    return 0;
}

/* A decimal number without sign, at most `limit`; *text is left behind it. */
static bool read_number(const char **text, unsigned limit, unsigned *number)
{
    const char *at = *text;
    *number = 0;
    for (; *at >= '0' && *at <= '9' && at - *text < 3; at++)
        *number = *number * 10 + (unsigned)(*at - '0');
    bool good = at > *text && *number <= limit;
    *text = at;
    return good;
}

/* "10", "172.16", "192.0.2": named.conf's short forms before a slash. The rest is zeros. */
static bool read_short_ipv4(const char *text, uint8_t octets[4])
{
    memset(octets, 0, 4);
    for (unsigned i = 0; i < 4; i++) {
        unsigned number;
        if (!read_number(&text, 255, &number))
            return false;
        octets[i] = (uint8_t)number;
        if (*text == '\0')
            return true;
        if (*text++ != '.')
            return false;
    }
    return false;
}

/* No bit behind the first `bits` is set. */
static bool tail_is_zero(const uint8_t *octets, unsigned size, unsigned bits)
{
    for (unsigned i = bits / 8; i < size; i++) {
        unsigned mask = i == bits / 8 ? 0xffu >> bits % 8 : 0xffu;
        if ((octets[i] & mask) != 0)
            return false;
    }
    return true;
}

enum dns_error dns_prefix_from_text(const char *text, struct dns_prefix *prefix)
{
    char head[DNS_ADDRESS_TEXT_MAX];
    uint8_t octets[16];
    size_t length = strcspn(text, "/");
    bool alone = text[length] == '\0';
    if (length >= sizeof head)
        return DNS_ERROR_TEXT;
    memcpy(head, text, length);
    head[length] = '\0';

    bool v6 = inet_pton(AF_INET6, head, octets) == 1;
    if (!v6 && inet_pton(AF_INET, head, octets) != 1 && (alone || !read_short_ipv4(head, octets)))
        return DNS_ERROR_TEXT;
    unsigned size = v6 ? 16 : 4, bits = size * 8;
    const char *at = text + length + 1;
    if (!alone && (!read_number(&at, size * 8, &bits) || *at != '\0'))
        return DNS_ERROR_TEXT;
    if (!tail_is_zero(octets, size, bits))
        return DNS_ERROR_TEXT;

    prefix->address = dns_address_make(v6 ? 6 : 4, octets, 0);
    if (v6 && prefix->address.family == 4)
        bits -= 96; /* tail_is_zero() has seen to it that there are as many */
    prefix->bits = (uint8_t)bits;
    return DNS_OK;
}

bool dns_prefix_contains(const struct dns_prefix *prefix, const struct dns_address *address)
{
    unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
    if (prefix->address.family != address->family)
        return false;
    if (memcmp(prefix->address.octets, address->octets, whole) != 0)
        return false;
    return rest == 0 || ((prefix->address.octets[whole] ^ address->octets[whole]) >> (8 - rest)) == 0;
}
