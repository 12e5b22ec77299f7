#include "resolver/ranges.h"

#include <string.h>

#include "dns/octets.h"

struct ranges {
    uint8_t *data;
    size_t length;
    unsigned count;
    uint32_t ttl;
};

static size_t table_size(unsigned count)
{
    return 2 + 2u * count;
}

/* False when there is no entry; `ranges` is empty then. */
static bool load(struct ranges *ranges, struct cache *cache, struct dns_name zone, uint32_t now, uint8_t *to)
{
    struct cache_hit hit;
    struct cache_key key = {CACHE_RANGES, 0, zone};
    *ranges = (struct ranges){.data = to, .length = table_size(0)};
    put16(to, 0);
    if (!cache_find(cache, &key, now, &hit, to, RANGES_OCTETS) || hit.length > RANGES_OCTETS)
        return false;
    if (hit.length < table_size(0) || hit.length < table_size(get16(to)))
        return false; /* it is damaged */
    ranges->length = hit.length;
    ranges->count = get16(to);
    ranges->ttl = hit.ttl;
    return true;
}

/* A view; length 0 when the entry is damaged. */
static struct dns_name name_at(const struct ranges *ranges, unsigned index)
{
    struct dns_name name = {NULL, 0};
    size_t at = table_size(ranges->count) + get16(ranges->data + table_size(index));
    if (at >= ranges->length || dns_name_from_wire(ranges->data + at, ranges->length - at, &name) != DNS_OK)
        return (struct dns_name){NULL, 0};
    return name;
}

/* The name as it is below the zone. */
static struct dns_name below_zone(struct dns_name name, struct dns_name zone, struct dns_name_buffer *to)
{
    size_t labels = (size_t)(name.length - zone.length);
    memcpy(to->wire, name.wire, labels);
    to->wire[labels] = 0;
    to->length = (uint8_t)(labels + 1);
    return dns_name_view(to);
}

/* How many names are not behind `name`. */
static unsigned count_up_to(const struct ranges *ranges, struct dns_name name)
{
    unsigned low = 0, high = ranges->count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        struct dns_name at = name_at(ranges, middle);
        if (at.length > 0 && dns_name_compare(at, name) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Writes the ranges anew with `owner` at `place`, in place of what was there where `instead` is set. Returns the
   length, 0 when that is too much. */
static size_t rewrite(const struct ranges *ranges, unsigned place, struct dns_name owner, bool instead,
                      uint8_t *to)
{
    unsigned count = ranges->count + (instead ? 0 : 1);
    size_t names = table_size(count), length = names;
    for (unsigned i = 0; i < count; i++) {
        struct dns_name name = i == place ? owner : name_at(ranges, i - (i > place && !instead));
        if (length + name.length > RANGES_OCTETS || name.length == 0)
            return 0;
        put16(to + table_size(i), (unsigned)(length - names));
        memcpy(to + length, name.wire, name.length);
        length += name.length;
    }
    put16(to, count);
    return length;
}

void ranges_add(struct cache *cache, struct dns_name zone, struct dns_name owner, uint32_t ttl, uint32_t now,
                uint8_t scratch[2 * RANGES_OCTETS])
{
    struct ranges ranges;
    struct dns_name_buffer buffer;
    struct dns_name name = below_zone(owner, zone, &buffer);
    load(&ranges, cache, zone, now, scratch);
    unsigned place = count_up_to(&ranges, name);
    bool known = place > 0 && dns_name_equal(name_at(&ranges, place - 1), name);
    if (known && ttl <= ranges.ttl)
        return;
    if (known)
        place--;
    uint8_t *to = scratch + RANGES_OCTETS;
    size_t length = rewrite(&ranges, place, name, known, to);
    if (length == 0 && ranges.count > 0)
        length = rewrite(&ranges, place == ranges.count ? place - 1 : place, name, true, to);
    struct cache_value value = {
        .ttl = ttl > ranges.ttl ? ttl : ranges.ttl,
        .rank = CACHE_RANK_SECURE,
        .data = to,
        .length = (uint32_t)length,
    };
    if (length > 0)
        cache_put(cache, &(struct cache_key){CACHE_RANGES, 0, zone}, &value, now);
}

bool ranges_find(struct cache *cache, struct dns_name zone, struct dns_name name, uint32_t now,
                 struct dns_name_buffer *owner, uint8_t scratch[2 * RANGES_OCTETS])
{
    struct ranges ranges;
    struct dns_name_buffer buffer;
    if (!load(&ranges, cache, zone, now, scratch))
        return false;
    unsigned count = count_up_to(&ranges, below_zone(name, zone, &buffer));
    struct dns_name found = count == 0 ? (struct dns_name){NULL, 0} : name_at(&ranges, count - 1);
    if (found.length == 0 || found.length - 1 + zone.length > DNS_NAME_MAX)
        return false;
    memcpy(owner->wire, found.wire, found.length - 1u);
    memcpy(owner->wire + found.length - 1, zone.wire, zone.length);
    owner->length = (uint8_t)(found.length - 1 + zone.length);
    return true;
}
