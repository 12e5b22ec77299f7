#include "capture/fields.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 4096, MORE = 0x80, SEVEN = 0x7f };

/* -- writing ---------------------------------------------------------------------------------------- */

static bool make_room(struct fields *to, size_t more)
{
    if (to->failed || more > to->limit || to->length > to->limit - more) {
        to->failed = true;
        return false;
    }
    if (to->capacity - to->length >= more)
        return true;
    size_t capacity = to->capacity == 0 ? FIRST : to->capacity;
    while (capacity - to->length < more)
        capacity *= 2;
    uint8_t *octets = realloc(to->octets, capacity);
    if (octets == NULL) {
        to->failed = true;
        return false;
    }
    to->octets = octets;
    to->capacity = capacity;
    return true;
}

void add_raw(struct fields *to, const void *octets, size_t length)
{
    if (length == 0 || !make_room(to, length))
        return;
    memcpy(to->octets + to->length, octets, length);
    to->length += length;
}

void add_number(struct fields *to, uint64_t value)
{
    uint8_t octets[10];
    size_t length = 0;
    for (; value > SEVEN; value >>= 7)
        octets[length++] = (uint8_t)(value | MORE);
    octets[length++] = (uint8_t)value;
    add_raw(to, octets, length);
}

void add_octets(struct fields *to, const void *octets, size_t length)
{
    add_number(to, length);
    add_raw(to, octets, length);
}

void add_name(struct fields *to, struct dns_name name)
{
    add_raw(to, name.wire, name.length);
}

void add_address(struct fields *to, const struct dns_address *address)
{
    add_number(to, address->family);
    if (address->family == 0)
        return;
    add_raw(to, address->octets, dns_address_size(address));
    add_number(to, address->port);
}

/* -- reading ---------------------------------------------------------------------------------------- */

uint64_t take_number(struct reading *from, uint64_t most)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        uint8_t octet = *from->at++;
        if (shift == 63 && octet > 1)
            break;
        value |= (uint64_t)(octet & SEVEN) << shift;
        if (octet & MORE)
            continue;
        if (value > most)
            break;
        return value;
    }
    from->failed = true;
    from->at = from->end;
    return 0;
}

bool take_flag(struct reading *from)
{
    return take_number(from, 1) != 0;
}

const uint8_t *take_raw(struct reading *from, size_t length)
{
    static const uint8_t none[1];
    if (length > (size_t)(from->end - from->at)) {
        from->failed = true;
        from->at = from->end;
        return none;
    }
    const uint8_t *octets = from->at;
    from->at += length;
    return octets;
}

const uint8_t *take_octets(struct reading *from, size_t most, size_t *length)
{
    *length = take_number(from, most);
    const uint8_t *octets = take_raw(from, *length);
    if (from->failed)
        *length = 0;
    return octets;
}

struct dns_name take_name(struct reading *from)
{
    struct dns_name name;
    if (from->at < from->end &&
        dns_name_from_wire(from->at, (size_t)(from->end - from->at), &name) == DNS_OK) {
        from->at += name.length;
        return name;
    }
    from->failed = true;
    from->at = from->end;
    return dns_name_root();
}

struct dns_address take_address(struct reading *from)
{
    uint64_t family = take_number(from, 6);
    if (family == 0)
        return (struct dns_address){0};
    if (family != 4 && family != 6) {
        from->failed = true;
        return (struct dns_address){0};
    }
    const uint8_t *octets = take_raw(from, family == 4 ? 4 : 16);
    if (from->failed)
        return (struct dns_address){0};
    return dns_address_make((uint8_t)family, octets, (uint16_t)take_number(from, UINT16_MAX));
}
