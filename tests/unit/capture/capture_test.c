#include "capture_test.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t key[16] = {9, 8, 7};

static struct cache *own_cache(struct net *net, struct capture *capture, bool cold)
{
    struct cache *cache = cache_create(&(struct cache_options){
        .size = CAPTURE_CACHE,
        .key = key,
        .shards = 1,
        .below = cold ? NULL : net_cache(net),
        .copied = capture_entry,
        .copied_context = capture,
    });
    assert(cache != NULL);
    return cache;
}

struct taken capture_take(struct net *net, const char *name, const char *type, bool cold, uint8_t seed)
{
    uint8_t octets[CAPTURE_SEED] = {seed};
    struct capture *capture = capture_create(octets, "test", NULL, NULL);
    assert(capture != NULL);
    struct cache *cache = own_cache(net, capture, cold);
    struct engine_options options = *net_options(net);
    options.cache = cache;
    capture_attach(capture, &options);
    struct engine *own = engine_create(&options);
    assert(own != NULL);
    struct engine *former = net_swap_engine(net, own);
    net_ask(net, name, type);
    net_swap_engine(net, former);
    capture_finish(capture, cache);
    engine_destroy(own);
    struct taken taken = {0};
    const uint8_t *whole = capture_octets(capture, &taken.length);
    assert(whole != NULL);
    taken.octets = malloc(taken.length);
    memcpy(taken.octets, whole, taken.length);
    capture_get_totals(capture, &taken.totals);
    capture_destroy(capture);
    cache_destroy(cache);
    return taken;
}

void capture_reseal(struct taken *taken)
{
    SHA256(taken->octets + CAPTURE_HEAD, taken->length - CAPTURE_HEAD, taken->octets + CAPTURE_DIGEST_AT);
}
