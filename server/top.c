#include "server/top.h"

#include <string.h>

static uint32_t hash_of(const struct top *top, const uint8_t *key, size_t length)
{
    uint64_t hash = top->seed ^ length;
    uint64_t word;
    for (; length >= sizeof word; key += sizeof word, length -= sizeof word) {
        memcpy(&word, key, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, key, length);
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

static void halve(struct top *top)
{
    top->total /= 2;
    for (size_t i = 0; i < TOP_ENTRIES; i++) {
        top->entry[i / TOP_WAYS][i % TOP_WAYS].count /= 2;
        top->entry[i / TOP_WAYS][i % TOP_WAYS].error /= 2;
    }
}

/* After a long pause nothing is left. */
static void halve_what_is_due(struct top *top, uint64_t now)
{
    if (top->halving == 0)
        top->halving = now + TOP_HALF_LIFE;
    for (int i = 0; now >= top->halving && i < 32; i++) {
        halve(top);
        top->halving += TOP_HALF_LIFE;
    }
    if (now >= top->halving)
        top->halving = now + TOP_HALF_LIFE;
}

static void count(struct top *top, const uint8_t *key, size_t length, uint32_t times, uint32_t error)
{
    uint32_t hash = hash_of(top, key, length);
    struct top_entry *set = top->entry[hash % TOP_SETS], *least = set;
    for (size_t i = 0; i < TOP_WAYS; i++) {
        struct top_entry *entry = &set[i];
        if (entry->count != 0 && entry->hash == hash && entry->length == length &&
            memcmp(entry->key, key, length) == 0) {
            entry->count += times;
            entry->error += error;
            return;
        }
        if (entry->count < least->count)
            least = entry;
    }
    least->error = least->count + error;
    least->count += times;
    least->hash = hash;
    least->length = (uint8_t)length;
    memcpy(least->key, key, length);
}

void top_note(struct top *top, const uint8_t *key, size_t length, uint32_t times, uint64_t now)
{
    if (length > TOP_KEY)
        return;
    if (now >= top->halving)
        halve_what_is_due(top, now);
    top->total += times;
    count(top, key, length, times, 0);
}

void top_merge(struct top *top, const struct top *other)
{
    top->total += other->total;
    for (size_t i = 0; i < TOP_ENTRIES; i++) {
        const struct top_entry *entry = &other->entry[i / TOP_WAYS][i % TOP_WAYS];
        if (entry->count > 0)
            count(top, entry->key, entry->length, entry->count, entry->error);
    }
}

size_t top_list(const struct top *top, const struct top_entry **list, size_t capacity)
{
    size_t listed = 0;
    for (size_t i = 0; i < TOP_ENTRIES; i++) {
        const struct top_entry *entry = &top->entry[i / TOP_WAYS][i % TOP_WAYS];
        if (entry->count == 0 || (listed == capacity && list[listed - 1]->count >= entry->count))
            continue;
        size_t at = listed < capacity ? listed++ : listed - 1;
        for (; at > 0 && list[at - 1]->count < entry->count; at--)
            list[at] = list[at - 1];
        list[at] = entry;
    }
    return listed;
}
