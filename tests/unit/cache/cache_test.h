/* What the tests of the cache share. */
#ifndef CACHE_TEST_H
#define CACHE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/cache.h"
#include "dns/types.h"

static const uint8_t test_key[16] = {7, 1, 9, 4, 2, 8, 5, 3, 6, 11, 13, 17, 19, 23, 29, 31};

struct random {
    uint64_t state;
};

/* xorshift64*: the same numbers in every run. */
static inline uint32_t next_random(struct random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)(random->state * UINT64_C(2685821657736338717) >> 32);
}

static inline uint32_t random_below(struct random *random, uint32_t limit)
{
    return next_random(random) % limit;
}

static inline struct cache *new_cache(size_t size, unsigned shards)
{
    struct cache *cache =
        cache_create(&(struct cache_options){.size = size, .key = test_key, .shards = shards});
    assert_non_null(cache);
    return cache;
}

static inline struct dns_name name_from(const char *text, struct dns_name_buffer *buffer)
{
    assert_int_equal(dns_name_from_text(text, buffer), DNS_OK);
    return dns_name_view(buffer);
}

/* "n<seven digits>.<zone>", written by hand for speed. */
static inline struct dns_name numbered_name(unsigned number, const char *zone, struct dns_name_buffer *buffer)
{
    char label[16];
    int digits = snprintf(label, sizeof label, "n%07u", number);
    size_t zone_digits = strlen(zone);
    uint8_t *to = buffer->wire;
    *to++ = (uint8_t)digits;
    memcpy(to, label, (size_t)digits);
    to += digits;
    *to++ = (uint8_t)zone_digits;
    memcpy(to, zone, zone_digits);
    to += zone_digits;
    *to++ = 0;
    buffer->length = (uint8_t)(to - buffer->wire);
    return dns_name_view(buffer);
}

static inline enum cache_put_result put_ranked(struct cache *cache, enum cache_kind kind, uint16_t type,
                                               struct dns_name name, uint32_t ttl, enum cache_rank rank,
                                               const char *data, uint32_t now)
{
    struct cache_key key = {kind, type, name};
    struct cache_value value = {
        .ttl = ttl, .rank = rank, .data = (const uint8_t *)data, .length = (uint32_t)strlen(data)};
    return cache_put(cache, &key, &value, now);
}

static inline enum cache_put_result put_text(struct cache *cache, enum cache_kind kind, uint16_t type,
                                             const char *name, uint32_t ttl, enum cache_rank rank,
                                             const char *data, uint32_t now)
{
    struct dns_name_buffer buffer;
    return put_ranked(cache, kind, type, name_from(name, &buffer), ttl, rank, data, now);
}

static inline bool find_text(struct cache *cache, enum cache_kind kind, uint16_t type, const char *name,
                             uint32_t now, struct cache_hit *hit, char data[256])
{
    struct dns_name_buffer buffer;
    struct cache_key key = {kind, type, name_from(name, &buffer)};
    memset(data, 0, 256);
    return cache_find(cache, &key, now, hit, (uint8_t *)data, 255);
}

static inline bool has_text(struct cache *cache, enum cache_kind kind, uint16_t type, const char *name,
                            uint32_t now)
{
    struct cache_hit hit;
    char data[256];
    return find_text(cache, kind, type, name, now, &hit, data);
}

static inline bool answer_text(struct cache *cache, const char *name, uint16_t type, uint32_t now,
                               struct cache_hit *hit, char data[256])
{
    struct dns_name_buffer buffer;
    struct dns_name view = name_from(name, &buffer);
    memset(data, 0, 256);
    return cache_find_answer(cache, cache_hash(cache, view), view, type, now, hit, (uint8_t *)data, 255);
}

static inline struct cache_statistics statistics_of(struct cache *cache)
{
    struct cache_statistics statistics;
    cache_get_statistics(cache, &statistics);
    return statistics;
}

static inline void assert_sound(struct cache *cache)
{
    char problem[128] = "";
    if (!cache_verify(cache, problem))
        fail_msg("%s", problem);
}

#endif
