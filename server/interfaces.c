#include "server/interfaces.h"

#include <ifaddrs.h>
#include <stdlib.h>

static unsigned mask_bits(const struct sockaddr *mask, uint8_t family)
{
    struct dns_address address;
    unsigned bits = 0;
    if (mask == NULL)
        return family == 4 ? 32 : 128;
    const uint8_t *octets = family == 4 ? (const uint8_t *)&((const struct sockaddr_in *)mask)->sin_addr
                                        : (const uint8_t *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
    address = dns_address_make(family, octets, 0);
    while (bits < dns_address_size(&address) * 8 && (address.octets[bits / 8] >> (7 - bits % 8) & 1))
        bits++;
    return bits;
}

static bool prefix_of(const struct ifaddrs *interface, struct dns_prefix *prefix)
{
    const struct sockaddr *address = interface->ifa_addr;
    if (address == NULL || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
        return false;
    if (address->sa_family == AF_INET6 &&
        IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)address)->sin6_addr))
        return false;
    if (!dns_address_from_sockaddr(address, &prefix->address))
        return false;
    prefix->address.port = 0;
    prefix->bits = (uint8_t)mask_bits(interface->ifa_netmask, prefix->address.family);
    return true;
}

bool interfaces_read(struct interfaces *interfaces)
{
    struct ifaddrs *list;
    size_t count = 0;
    *interfaces = (struct interfaces){0};
    if (getifaddrs(&list) != 0)
        return false;
    for (const struct ifaddrs *each = list; each != NULL; each = each->ifa_next)
        count++;
    interfaces->prefixes = calloc(count + 1, sizeof *interfaces->prefixes);
    if (interfaces->prefixes == NULL) {
        freeifaddrs(list);
        return false;
    }
    count = 0;
    for (const struct ifaddrs *each = list; each != NULL; each = each->ifa_next)
        count += prefix_of(each, &interfaces->prefixes[count]);
    freeifaddrs(list);
    interfaces->acl = (struct acl_interfaces){interfaces->prefixes, count};
    return true;
}

void interfaces_free(struct interfaces *interfaces)
{
    free(interfaces->prefixes);
    *interfaces = (struct interfaces){0};
}
