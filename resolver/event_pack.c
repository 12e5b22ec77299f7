/* An event in few octets, and back. */
#include <string.h>

#include "resolver/journal.h"

/* Which fields there are, a bit each, in the order in which they lie. */
enum {
    HAS_PARENT = 1 << 0,
    HAS_TYPE = 1 << 1,
    HAS_RCODE = 1 << 2,
    HAS_FLAGS = 1 << 3,    /* and ede where they say so */
    HAS_KEY = 1 << 4,      /* key_tag, algorithm */
    HAS_STANDING = 1 << 5, /* rank, trust, blame */
    HAS_NUMBERS = 1 << 6,
    HAS_RELATED = 1 << 7,
    HAS_COUNT = 1 << 8,
    HAS_TTL = 1 << 9,
    HAS_AGE = 1 << 10,
    HAS_ID = 1 << 11,
    HAS_VALUE = 1 << 12,
    HAS_NAME = 1 << 13,
    HAS_OTHER = 1 << 14,
    HAS_ZONE = 1 << 15,
    HAS_SERVER = 1 << 16,
    HAS_ADDRESS = 1 << 17,
    HAS_TEXT = 1 << 18,
    HAS_PLACE = 1 << 19,
};

/* -- packing ----------------------------------------------------------------------------------- */

static uint8_t *pack_number(uint8_t *to, uint64_t value)
{
    while (value >= 0x80) {
        *to++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *to++ = (uint8_t)value;
    return to;
}

static uint8_t *pack_octets(uint8_t *to, const void *from, size_t length)
{
    *to++ = (uint8_t)length;
    memcpy(to, from, length);
    return to + length;
}

/* With its zero, so that it can be used as it lies. */
static uint8_t *pack_text(uint8_t *to, const char *text)
{
    size_t length = strnlen(text, EVENT_TEXT_KEPT);
    to = pack_octets(to, text, length);
    *to++ = 0;
    return to;
}

static uint8_t *pack_address(uint8_t *to, const struct dns_address *address)
{
    size_t length = address->family == 4 ? 4 : 16;
    *to++ = address->family;
    memcpy(to, address->octets, length);
    return pack_number(to + length, address->port);
}

static uint32_t fields_of(const struct event *event)
{
    const uint16_t *number = event->number;
    uint32_t has = event->parent != 0 ? HAS_PARENT : 0;
    has |= event->type != 0 ? HAS_TYPE : 0;
    has |= event->rcode != 0 ? HAS_RCODE : 0;
    has |= event->flags != 0 ? HAS_FLAGS : 0;
    has |= event->key_tag != 0 || event->algorithm != 0 ? HAS_KEY : 0;
    has |= (event->rank | event->trust | event->blame) != 0 ? HAS_STANDING : 0;
    has |= (number[0] | number[1] | number[2] | number[3]) != 0 ? HAS_NUMBERS : 0;
    has |= event->related != 0 ? HAS_RELATED : 0;
    has |= event->count != 0 ? HAS_COUNT : 0;
    has |= event->ttl != 0 ? HAS_TTL : 0;
    has |= event->age != 0 ? HAS_AGE : 0;
    has |= event->id != 0 ? HAS_ID : 0;
    has |= event->value != 0 ? HAS_VALUE : 0;
    has |= event->name.wire != NULL ? HAS_NAME : 0;
    has |= event->other.wire != NULL ? HAS_OTHER : 0;
    has |= event->zone.wire != NULL ? HAS_ZONE : 0;
    has |= event->server.wire != NULL ? HAS_SERVER : 0;
    has |= event->address.family != 0 ? HAS_ADDRESS : 0;
    has |= event->text != NULL ? HAS_TEXT : 0;
    has |= event->place != NULL ? HAS_PLACE : 0;
    return has;
}

static uint8_t *pack_numbers(const struct event *event, uint32_t has, uint8_t *to)
{
    if (has & HAS_PARENT)
        to = pack_number(to, event->parent);
    if (has & HAS_TYPE)
        to = pack_number(to, event->type);
    if (has & HAS_RCODE)
        to = pack_number(to, event->rcode);
    if (has & HAS_FLAGS)
        to = pack_number(to, event->flags);
    if (has & HAS_FLAGS && event->flags & EVENT_HAS_EDE)
        to = pack_number(to, event->ede);
    if (has & HAS_KEY) {
        to = pack_number(to, event->key_tag);
        *to++ = event->algorithm;
    }
    if (has & HAS_STANDING) {
        *to++ = event->rank;
        *to++ = event->trust;
        *to++ = event->blame;
    }
    for (unsigned i = 0; has & HAS_NUMBERS && i < EVENT_NUMBERS; i++)
        to = pack_number(to, event->number[i]);
    if (has & HAS_RELATED)
        to = pack_number(to, event->related);
    if (has & HAS_COUNT)
        to = pack_number(to, event->count);
    if (has & HAS_TTL)
        to = pack_number(to, event->ttl);
    if (has & HAS_AGE)
        to = pack_number(to, event->age);
    if (has & HAS_ID)
        to = pack_number(to, event->id);
    return has & HAS_VALUE ? pack_number(to, event->value) : to;
}

size_t event_pack(const struct event *event, uint64_t start, uint8_t *to)
{
    const uint8_t *first = to;
    uint32_t has = fields_of(event);
    *to++ = (uint8_t)event->kind;
    *to++ = event->depth;
    to = pack_number(to, has);
    to = pack_number(to, event->time - start);
    to = pack_number(to, event->walk);
    to = pack_numbers(event, has, to);
    if (has & HAS_NAME)
        to = pack_octets(to, event->name.wire, event->name.length);
    if (has & HAS_OTHER)
        to = pack_octets(to, event->other.wire, event->other.length);
    if (has & HAS_ZONE)
        to = pack_octets(to, event->zone.wire, event->zone.length);
    if (has & HAS_SERVER)
        to = pack_octets(to, event->server.wire, event->server.length);
    if (has & HAS_ADDRESS)
        to = pack_address(to, &event->address);
    if (has & HAS_TEXT)
        to = pack_text(to, event->text);
    if (has & HAS_PLACE)
        to = pack_text(to, event->place);
    return (size_t)(to - first);
}

/* -- unpacking --------------------------------------------------------------------------------- */

/* What is left to be read; a read past the end marks it torn and gives zeros. */
struct source {
    const uint8_t *at, *end;
    bool torn;
};

static const uint8_t *take(struct source *source, size_t length)
{
    static const uint8_t nothing[16];
    const uint8_t *at = source->at;
    if ((size_t)(source->end - at) < length || source->torn) {
        source->torn = true;
        return length <= sizeof nothing ? nothing : NULL;
    }
    source->at += length;
    return at;
}

static uint64_t take_number(struct source *source)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t octet = *take(source, 1);
        value |= (uint64_t)(octet & 0x7f) << shift;
        if (!(octet & 0x80))
            return value;
    }
    source->torn = true;
    return 0;
}

static struct dns_name take_name(struct source *source)
{
    struct dns_name name = {NULL, 0};
    size_t length = *take(source, 1);
    const uint8_t *wire = take(source, length);
    if (source->torn || dns_name_from_wire(wire, length, &name) != DNS_OK || name.length != length) {
        source->torn = true;
        return (struct dns_name){NULL, 0};
    }
    return name;
}

static const char *take_text(struct source *source)
{
    size_t length = *take(source, 1);
    const uint8_t *text = take(source, length + 1);
    if (source->torn || memchr(text, 0, length + 1) != text + length) {
        source->torn = true;
        return NULL;
    }
    return (const char *)text;
}

static struct dns_address take_address(struct source *source)
{
    struct dns_address address = {.family = *take(source, 1)};
    if (address.family != 4 && address.family != 6) {
        source->torn = true;
        return (struct dns_address){0};
    }
    size_t length = address.family == 4 ? 4 : 16;
    memcpy(address.octets, take(source, length), length);
    address.port = (uint16_t)take_number(source);
    return address;
}

static void unpack_numbers(struct source *source, uint32_t has, struct event *event)
{
    event->parent = has & HAS_PARENT ? (uint32_t)take_number(source) : 0;
    event->type = has & HAS_TYPE ? (uint16_t)take_number(source) : 0;
    event->rcode = has & HAS_RCODE ? (uint16_t)take_number(source) : 0;
    event->flags = has & HAS_FLAGS ? (uint16_t)take_number(source) : 0;
    event->ede = event->flags & EVENT_HAS_EDE ? (uint16_t)take_number(source) : 0;
    if (has & HAS_KEY) {
        event->key_tag = (uint16_t)take_number(source);
        event->algorithm = *take(source, 1);
    }
    if (has & HAS_STANDING) {
        event->rank = *take(source, 1);
        event->trust = *take(source, 1);
        event->blame = *take(source, 1);
    }
    for (unsigned i = 0; has & HAS_NUMBERS && i < EVENT_NUMBERS; i++)
        event->number[i] = (uint16_t)take_number(source);
    event->related = has & HAS_RELATED ? (uint32_t)take_number(source) : 0;
    event->count = has & HAS_COUNT ? (uint32_t)take_number(source) : 0;
    event->ttl = has & HAS_TTL ? (uint32_t)take_number(source) : 0;
    event->age = has & HAS_AGE ? (uint32_t)take_number(source) : 0;
    event->id = has & HAS_ID ? (uint32_t)take_number(source) : 0;
    event->value = has & HAS_VALUE ? take_number(source) : 0;
}

size_t event_unpack(const uint8_t *from, size_t length, uint64_t start, struct event *event)
{
    struct source source = {from, from + length, false};
    *event = (struct event){.kind = (enum event_kind) * take(&source, 1)};
    event->depth = *take(&source, 1);
    uint32_t has = (uint32_t)take_number(&source);
    event->time = start + take_number(&source);
    event->walk = (uint32_t)take_number(&source);
    unpack_numbers(&source, has, event);
    if (has & HAS_NAME)
        event->name = take_name(&source);
    if (has & HAS_OTHER)
        event->other = take_name(&source);
    if (has & HAS_ZONE)
        event->zone = take_name(&source);
    if (has & HAS_SERVER)
        event->server = take_name(&source);
    if (has & HAS_ADDRESS)
        event->address = take_address(&source);
    if (has & HAS_TEXT)
        event->text = take_text(&source);
    if (has & HAS_PLACE)
        event->place = take_text(&source);
    return source.torn || event->kind >= EVENT_KINDS ? 0 : (size_t)(source.at - from);
}
