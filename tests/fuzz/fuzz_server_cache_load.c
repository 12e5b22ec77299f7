/* Text for `cache load`: whatever comes, the cache stays whole, and what was loaded can be shown and answered from. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/types.h"
#include "resolver/answer.h"
#include "server/cache_copy.h"
#include "server/cache_load.h"

enum { NOW = 1000, WALL = 1795404689, PIECE = 61 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static bool nothing_is_ours(void *context, struct dns_name name, uint16_t type)
{
    (void)context, (void)name, (void)type;
    return false;
}

static void count_wrong(void *context, uint64_t line, const char *why)
{
    require(line > 0 && why != NULL);
    ++*(uint64_t *)context;
}

static void answer_from(struct cache *cache, const struct cache_copy *copy)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    struct answer answer;
    uint16_t type = copy->hit.kind == CACHE_NXDOMAIN ? DNS_TYPE_A : copy->hit.type;
    require(copy->hit.rank == CACHE_RANK_ADDITIONAL && trust_of_mark(copy->hit.mark) == TRUST_INSECURE);
    answer_start(&answer, wire, sizeof wire, copy->name, type, true);
    answer_from_cache(&answer, cache, type, NOW, 11);
}

static void look_at_all(struct cache *cache)
{
    struct cache_copies copies = {0};
    struct cache_copy copy;
    struct report report;
    uint64_t cursor = 0;
    bool more;
    report_start(&report, true);
    do {
        more = cache_copy_some(cache, &cursor, NOW, &copies);
        while (cache_copy_next(&copies, &copy)) {
            report_cache_entry(&report, cache, &copy.hit, copy.name, "");
            report_cache_data(&report, &copy, NOW);
            answer_from(cache, &copy);
        }
    } while (more);
    report_end(&report);
    text_free(&copies.octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[16];
    char problem[128];
    uint64_t wrong = 0;
    struct cache *cache =
        cache_create(&(struct cache_options){.size = CACHE_SIZE_MIN, .key = key, .shards = 1});
    struct cache_load *load = cache_load_begin(&(struct cache_load_options){
        .cache = cache,
        .validating = size > 0 && data[size - 1] & 1,
        .max_ttl = 86400,
        .max_negative_ttl = 3600,
        .wall = WALL,
        .left_out = nothing_is_ours,
        .wrong = count_wrong,
        .context = &wrong,
    });
    require(cache != NULL && load != NULL);
    for (size_t at = 0; at < size; at += PIECE)
        cache_load_take(load, (const char *)data + at, size - at < PIECE ? size - at : PIECE, NOW);
    require(cache_load_finish(load, NOW).wrong == wrong);
    cache_load_free(load);
    require(cache_verify(cache, problem));
    look_at_all(cache);
    cache_destroy(cache);
    return 0;
}
