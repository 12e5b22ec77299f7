/* Octets as operations on a small cache; every invariant is checked after them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/cache.h"

enum { STEP = 6, LARGEST = 40000 };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static struct dns_name name_of(uint8_t octet, uint8_t wire[4])
{
    if (octet == 0) {
        wire[0] = 0;
        return (struct dns_name){wire, 1};
    }
    wire[0] = 1;
    wire[1] = octet;
    wire[2] = 0;
    return (struct dns_name){wire, 3};
}

static void visit(void *context, const struct cache_key *key, const struct cache_hit *hit,
                  const uint8_t *data)
{
    (void)key;
    for (uint32_t i = 0; i < hit->length; i++)
        if (data[i] != hit->mark)
            abort();
    ++*(unsigned *)context;
}

static void put(struct cache *cache, const struct cache_key *key, const uint8_t step[STEP], uint32_t now)
{
    static uint8_t data[LARGEST];
    uint32_t length = (uint32_t)step[3] * step[3] * (step[4] % 4) / 5;
    for (uint32_t i = 0; i < length; i++)
        data[i] = step[3];
    struct cache_value value = {.ttl = step[5] < 250 ? step[5] : UINT32_MAX >> (step[5] - 250),
                                .rank = 1 + step[4] % 6,
                                .mark = step[3],
                                .data = data,
                                .length = length};
    cache_put(cache, key, &value, now);
}

static void one_step(struct cache *cache, const uint8_t step[STEP], uint32_t *now)
{
    static uint8_t data[LARGEST];
    uint8_t wire[4];
    struct dns_name name = name_of(step[1], wire);
    struct cache_key key = {1 + step[2] % 6, step[2] / 6 % 8, name};
    struct cache_hit hit;
    uint64_t cursor = 0;
    unsigned visited = 0;
    switch (step[0] % 8) {
    case 0:
    case 1:
    case 2:
        put(cache, &key, step, *now);
        break;
    case 3:
        cache_find(cache, &key, *now, &hit, data, step[3]);
        break;
    case 4:
        if (cache_find_answer(cache, cache_hash(cache, name), name, key.type, *now, &hit, data, sizeof data))
            visit(&visited, &key, &hit, data);
        break;
    case 5:
        *now += step[5] < 250 ? step[5] % 5 : 1u << (step[4] % 31);
        break;
    case 6:
        while (cache_walk(cache, &cursor, 1 + step[3], *now, visit, &visited))
            ;
        break;
    case 7:
        if (step[3] == 0)
            cache_flush(cache);
        else if (step[3] < 9)
            cache_flush_tree(cache, name);
        else
            cache_flush_name(cache, name);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    static const uint8_t key[16] = "fuzzing's key";
    static struct cache *cache;
    if (!cache)
        cache = cache_create(&(struct cache_options){.size = CACHE_SIZE_MIN, .key = key, .shards = 4});
    uint32_t now = size ? octets[0] * 0x01010101u : 0;
    for (size_t at = 1; at + STEP <= size; at += STEP)
        one_step(cache, octets + at, &now);
    char problem[128];
    if (!cache_verify(cache, problem)) {
        fprintf(stderr, "%s\n", problem);
        abort();
    }
    cache_flush(cache);
    return 0;
}
