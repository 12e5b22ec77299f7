/* The cache's life, and looking things up. The region's memory is drawn in region.h, a shard's in
   shard.h, a heap's in heap.h. */
#include "cache/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cache/region.h"
#include "dns/types.h"

/* --- life --------------------------------------------------------------------------------------- */

static unsigned shards_for(const struct cache_options *options)
{
    if (options->shards)
        return options->shards;
    unsigned shards = 1;
    while (shards < CACHE_SHARDS_MAX && options->size / CACHE_OCTETS_PER_SHARD >= 2 * shards)
        shards *= 2;
    return shards;
}

/* The greatest odd multiple of a line that fits as often. */
static size_t stride_for(size_t size, unsigned shards)
{
    size_t lines = size / shards / CACHE_LINE;
    return (lines % 2 ? lines : lines - 1) * CACHE_LINE;
}

/* Between two pages that nobody can touch. No huge pages: what is not used shall not be resident. */
static bool map_region(struct cache *cache)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (cache->size + page - 1) / page * page;
    cache->mapped = inner + 2 * page;
    void *mapping = mmap(NULL, cache->mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED)
        return false;
    cache->mapping = mapping;
    cache->region = cache->mapping + page;
    if (mprotect(cache->region, inner, PROT_READ | PROT_WRITE) < 0) {
        munmap(mapping, cache->mapped);
        return false;
    }
    madvise(cache->region, inner, MADV_NOHUGEPAGE);
    return true;
}

struct cache *cache_create(const struct cache_options *options)
{
    unsigned shards = shards_for(options);
    size_t stride = stride_for(options->size, shards);
    if (options->size < CACHE_SIZE_MIN || (!options->key && !options->below) || shards > CACHE_SHARDS_MAX ||
        (shards & (shards - 1)) || stride < SHARD_OCTETS_MIN || stride > UINT32_MAX) {
        errno = EINVAL;
        return NULL;
    }
    struct cache *cache = aligned_alloc(CACHE_LINE, sizeof *cache);
    if (!cache)
        return NULL;
    *cache =
        (struct cache){.size = options->size,
                       .stride = stride,
                       .shards = shards,
                       .shard_bits = (unsigned)__builtin_ctz(shards),
                       .key = options->below != NULL ? options->below->key : siphash_key_load(options->key),
                       .below = options->below,
                       .copied = options->copied,
                       .copied_context = options->copied_context,
                       .flushes = 1};
    if (!cache_sources_start(cache) || !map_region(cache)) {
        free(cache->sources);
        free(cache);
        errno = ENOMEM;
        return NULL;
    }
    for (unsigned i = 0; i < shards; i++) {
        pthread_mutex_init(&cache->locks[i].mutex, NULL);
        shard_start(cache_shard(cache, i), stride);
    }
    return cache;
}

void cache_destroy(struct cache *cache)
{
    if (!cache)
        return;
    for (unsigned i = 0; i < cache->shards; i++)
        pthread_mutex_destroy(&cache->locks[i].mutex);
    munmap(cache->mapping, cache->mapped);
    free(cache->sources);
    free(cache);
}

uint64_t cache_hash(const struct cache *cache, struct dns_name name)
{
    return siphash_lower(&cache->key, name.wire, name.length);
}

/* --- keeping ------------------------------------------------------------------------------------ */

/* Where the kind says all, the type is 0. */
static struct cache_key normal_key(const struct cache_key *key)
{
    struct cache_key normal = *key;
    if (key->kind == CACHE_NXDOMAIN || key->kind == CACHE_DELEGATION || key->kind == CACHE_SERVER)
        normal.type = 0;
    return normal;
}

enum cache_put_result cache_put(struct cache *cache, const struct cache_key *key,
                                const struct cache_value *value, uint32_t now)
{
    struct cache_key normal = normal_key(key);
    uint64_t hash = cache_hash(cache, key->name);
    cache_prepare(cache, key->name, hash, now);
    unsigned number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    enum cache_put_result result = CACHE_NOT_STORED;
    bool outdated = value->since != 0 && value->since != cache->flushes;
    if (value->ttl && value->length <= CACHE_DATA_MAX && !outdated)
        result = shard_put(shard, &normal, (uint32_t)hash, value, cache_remember_source(cache, value->source),
                           now);
    if (result != CACHE_STORED)
        shard->counters.rejected++;
    cache_unlock_shard(cache, number);
    return result;
}

/* --- looking up --------------------------------------------------------------------------------- */

void cache_describe(const struct entry *entry, uint32_t now, struct cache_hit *hit)
{
    int32_t age = (int32_t)(now - entry->stored); /* negative where another thread's clock was ahead */
    *hit = (struct cache_hit){
        .kind = entry->kind,
        .type = entry->type,
        .rank = entry->rank,
        .mark = entry->mark,
        .ttl = entry->expires - now,
        .age = age > 0 ? (uint32_t)age : 0,
        .hits = entry->hits,
        .length = entry->length,
    };
}

/* Finishes a look: copies out what `link` leads to, if to anything, and counts. */
static bool finish_look(struct shard *shard, uint32_t *link, uint32_t now, struct cache_hit *hit,
                        uint8_t *buffer, size_t capacity)
{
    if (!link) {
        shard->counters.misses++;
        return false;
    }
    uint32_t offset = *link;
    struct entry *entry = shard_entry(shard, offset);
    cache_describe(entry, now, hit);
    size_t length = entry->length < capacity ? entry->length : capacity;
    if (length)
        memcpy(buffer, entry_data(entry), length);
    shard->counters.hits++;
    index_to_front(shard, link);
    lru_hit(shard, offset);
    return true;
}

bool cache_find(struct cache *cache, const struct cache_key *key, uint32_t now, struct cache_hit *hit,
                uint8_t *buffer, size_t capacity)
{
    struct cache_key normal = normal_key(key);
    uint64_t hash = cache_hash(cache, key->name);
    cache_prepare(cache, key->name, hash, now);
    unsigned number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    uint32_t *link = shard_chain(shard, (uint32_t)hash), *found = NULL;
    for (; *link; link = &shard_entry(shard, *link)->chain) {
        const struct entry *entry = shard_entry(shard, *link);
        if (entry->hash == (uint32_t)hash && entry->kind == normal.kind && entry->type == normal.type &&
            entry_has_name(entry, key->name) && entry_alive(entry, now)) {
            found = link;
            break;
        }
    }
    bool hit_it = finish_look(shard, found, now, hit, buffer, capacity);
    cache_unlock_shard(cache, number);
    return hit_it;
}

/* How well an entry of the name answers a question for a type; 0 is best. */
enum { ANSWER_DATA, ANSWER_FAILURE, ANSWER_CNAME, ANSWER_NXDOMAIN, ANSWER_NONE };

/* What a name may have beside its alias, and is asked for itself (RFC 4035 §2.5). */
static bool stands_beside_alias(uint16_t type)
{
    return type == DNS_TYPE_RRSIG || type == DNS_TYPE_NSEC;
}

static inline __attribute__((always_inline)) unsigned answer_class(const struct entry *entry, uint16_t type)
{
    switch ((enum cache_kind)entry->kind) {
    case CACHE_RRSET:
        if (entry->type == type)
            return ANSWER_DATA;
        return entry->type == DNS_TYPE_CNAME && !stands_beside_alias(type) ? ANSWER_CNAME : ANSWER_NONE;
    case CACHE_NODATA:
        return entry->type == type ? ANSWER_DATA : ANSWER_NONE;
    case CACHE_NXDOMAIN:
        return ANSWER_NXDOMAIN;
    case CACHE_FAILURE:
        return entry->type == type ? ANSWER_FAILURE : ANSWER_NONE;
    case CACHE_DELEGATION:
    case CACHE_FAILED:
    case CACHE_SERVER:
    case CACHE_RANGES:
        break;
    }
    return ANSWER_NONE;
}

bool cache_find_answer(struct cache *cache, uint64_t hash, struct dns_name name, uint16_t type, uint32_t now,
                       struct cache_hit *hit, uint8_t *buffer, size_t capacity)
{
    cache_prepare(cache, name, hash, now);
    unsigned number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    uint32_t *link = shard_chain(shard, (uint32_t)hash), *best = NULL;
    unsigned best_class = ANSWER_NONE;
    for (; *link && best_class != ANSWER_DATA; link = &shard_entry(shard, *link)->chain) {
        const struct entry *entry = shard_entry(shard, *link);
        if (entry->hash != (uint32_t)hash)
            continue;
        unsigned class = answer_class(entry, type);
        if (class < best_class && entry_has_name(entry, name) && entry_alive(entry, now)) {
            best_class = class;
            best = link;
        }
    }
    bool hit_it = finish_look(shard, best, now, hit, buffer, capacity);
    cache_unlock_shard(cache, number);
    return hit_it;
}

bool cache_answer_source(struct cache *cache, struct dns_name name, uint16_t type, uint32_t now,
                         struct dns_address *address)
{
    uint64_t hash = cache_hash(cache, name);
    unsigned number = cache_shard_number(cache, hash), best = ANSWER_NONE;
    struct shard *shard = cache_lock_shard(cache, number);
    uint32_t offset = *shard_chain(shard, (uint32_t)hash), source = 0;
    for (; offset; offset = shard_entry(shard, offset)->chain) {
        const struct entry *entry = shard_entry(shard, offset);
        unsigned class = entry->hash == (uint32_t)hash ? answer_class(entry, type) : ANSWER_NONE;
        if (class < best && entry_has_name(entry, name) && entry_alive(entry, now)) {
            best = class;
            source = entry->source;
        }
    }
    cache_unlock_shard(cache, number);
    return cache_source(cache, source, address);
}

unsigned cache_kinds(struct cache *cache, uint64_t hash, struct dns_name name, uint32_t now)
{
    cache_prepare(cache, name, hash, now);
    unsigned kinds = 0, number = cache_shard_number(cache, hash);
    struct shard *shard = cache_lock_shard(cache, number);
    uint32_t offset = *shard_chain(shard, (uint32_t)hash);
    for (; offset; offset = shard_entry(shard, offset)->chain) {
        const struct entry *entry = shard_entry(shard, offset);
        unsigned bits = 0;
        if (entry->kind == CACHE_NXDOMAIN || entry->kind == CACHE_DELEGATION)
            bits = 1u << entry->kind;
        else if (entry->kind == CACHE_RRSET && entry->type == DNS_TYPE_DNAME)
            bits = CACHE_HAS_DNAME;
        if (bits && entry->hash == (uint32_t)hash && entry_has_name(entry, name) && entry_alive(entry, now))
            kinds |= bits;
    }
    cache_unlock_shard(cache, number);
    return kinds;
}
