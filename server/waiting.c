#include "server/waiting.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "cache/siphash.h"

enum { PLACES = 1 << 14, LOOPBACK = PLACES, ADDRESS_OCTETS = 16, NETWORK_OCTETS = 8 };

struct waiting {
    struct siphash_key key;
    atomic_uint most, total;
    atomic_uint client[PLACES + 1]; /* the last one is the loopback addresses' */
};

struct waiting *waiting_create(unsigned most, const uint8_t key[16])
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL)
        return NULL;
    waiting->key = siphash_key_load(key);
    atomic_init(&waiting->most, most);
    return waiting;
}

void waiting_destroy(struct waiting *waiting)
{
    free(waiting);
}

void waiting_resize(struct waiting *waiting, unsigned most)
{
    atomic_store_explicit(&waiting->most, most, memory_order_relaxed);
}

static unsigned place_of(const struct waiting *waiting, const struct dns_address *client)
{
    /* By halves of octets: the hash takes capital for small letters, which addresses have not got. */
    uint8_t halves[1 + 2 * NETWORK_OCTETS] = {client->family};
    size_t octets = client->family == 4 ? 4 : NETWORK_OCTETS;
    if (dns_address_is_loopback(client))
        return LOOPBACK;
    for (size_t i = 0; i < octets; i++) {
        halves[1 + 2 * i] = client->octets[i] >> 4;
        halves[2 + 2 * i] = client->octets[i] & 15;
    }
    return (unsigned)(siphash_lower(&waiting->key, halves, sizeof halves) % PLACES);
}

static unsigned allowance(unsigned place, unsigned most, bool tcp)
{
    unsigned own = tcp ? WAITING_PER_CLIENT : WAITING_PER_CLIENT_UDP;
    return place == LOOPBACK && most / 2 > own ? most / 2 : own;
}

static bool take(atomic_uint *count, unsigned most)
{
    if (atomic_fetch_add_explicit(count, 1, memory_order_relaxed) < most)
        return true;
    atomic_fetch_sub_explicit(count, 1, memory_order_relaxed);
    return false;
}

enum waiting_verdict waiting_take(struct waiting *waiting, const struct dns_address *client, bool tcp,
                                  unsigned *place)
{
    unsigned most = atomic_load_explicit(&waiting->most, memory_order_relaxed);
    *place = place_of(waiting, client);
    if (!take(&waiting->total, most))
        return WAITING_FULL;
    if (take(&waiting->client[*place], allowance(*place, most, tcp)))
        return WAITING_TAKEN;
    atomic_fetch_sub_explicit(&waiting->total, 1, memory_order_relaxed);
    return WAITING_CLIENT_FULL;
}

void waiting_give(struct waiting *waiting, unsigned place)
{
    atomic_fetch_sub_explicit(&waiting->client[place], 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&waiting->total, 1, memory_order_relaxed);
}

unsigned waiting_now(const struct waiting *waiting)
{
    return atomic_load_explicit(&waiting->total, memory_order_relaxed);
}
