#include "server/watch.h"

#include "dns/types.h"

static bool fits(const struct watch_filter *filter, const struct watched *watched)
{
    struct dns_address client = watched->client;
    client.port = filter->client.port;
    return filter->used && (!filter->failures || watched->rcode == DNS_RCODE_SERVFAIL) &&
           (!filter->by_type || (watched->name.length > 0 && watched->type == filter->type)) &&
           (filter->client.family == 0 || dns_address_equal(&client, &filter->client)) &&
           (filter->tree.length == 0 ||
            (watched->name.length > 0 &&
             dns_name_within(dns_name_view(&watched->name), dns_name_view(&filter->tree))));
}

unsigned watch_wanted(const struct watch_filters *filters, const struct watched *watched)
{
    unsigned wanted = 0;
    for (unsigned i = 0; i < WATCHERS; i++)
        if (fits(&filters->filter[i], watched))
            wanted |= 1u << i;
    return wanted;
}

void watch_write(struct watch_ring *ring, const struct watch_filters *filters, const struct watched *watched)
{
    unsigned wanted = watch_wanted(filters, watched);
    unsigned written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    if (wanted == 0)
        return;
    if (written - atomic_load_explicit(&ring->read, memory_order_acquire) == WATCH_ENTRIES) {
        for (unsigned i = 0; i < WATCHERS; i++)
            if (wanted & 1u << i)
                atomic_fetch_add_explicit(&ring->missed[i], 1, memory_order_relaxed);
        return;
    }
    struct watched *entry = &ring->entry[written % WATCH_ENTRIES];
    *entry = *watched;
    entry->watchers = (uint8_t)wanted;
    atomic_store_explicit(&ring->written, written + 1, memory_order_release);
}

const struct watched *watch_peek(struct watch_ring *ring)
{
    unsigned read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    if (atomic_load_explicit(&ring->written, memory_order_acquire) == read)
        return NULL;
    return &ring->entry[read % WATCH_ENTRIES];
}

void watch_next(struct watch_ring *ring)
{
    unsigned read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    atomic_store_explicit(&ring->read, read + 1, memory_order_release);
}

unsigned watch_missed(struct watch_ring *ring, unsigned watcher)
{
    return atomic_exchange_explicit(&ring->missed[watcher], 0, memory_order_relaxed);
}
