#include "resolver/answer.h"
#include "resolver/delegation.h"
#include "resolver/image.h"

enum { REFERRAL_TTL_MAX = 86400 };

static void add_servers(struct image_writer *writer, const struct delegation *delegation, uint32_t ttl)
{
    struct dns_name zone = dns_name_view(&delegation->zone);
    for (unsigned i = 0; i < delegation->server_count; i++)
        image_add(writer, IMAGE_AUTHORITY, zone, DNS_TYPE_NS, DNS_CLASS_IN, ttl, delegation->server[i].wire,
                  delegation->server[i].length);
    for (unsigned i = 0; i < delegation->address_count; i++) {
        const struct dns_address *address = &delegation->address[i].address;
        image_add(writer, IMAGE_ADDITIONAL, delegation->server[delegation->address[i].server],
                  address->family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA, DNS_CLASS_IN, ttl, address->octets,
                  dns_address_size(address));
    }
}

void answer_referral(struct answer *answer, struct cache *cache, const struct hints *hints, uint32_t now)
{
    struct closest closest;
    struct delegation delegation;
    struct image_writer writer;

    answer_closest(cache, answer_name(answer), now, &closest);
    if (closest.delegation.wire == NULL || !delegation_load(&delegation, cache, closest.delegation, now))
        delegation_from_hints(&delegation, hints);
    uint32_t ttl = delegation.expires - now;
    image_start(&writer, answer_name(answer), answer->wire + answer->length,
                answer->capacity - answer->length);
    add_servers(&writer, &delegation, ttl < REFERRAL_TTL_MAX ? ttl : REFERRAL_TTL_MAX);
    struct cache_hit hit = {.kind = CACHE_NODATA, .length = (uint32_t)image_finish(&writer)};
    answer_add_image(answer, &hit, 0);
}
