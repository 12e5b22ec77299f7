/* Four threads do everything at once. Run it under ThreadSanitizer, too. */
#include <pthread.h>

#include "cache/server.h"
#include "cache_test.h"

enum { THREADS = 4, OPERATIONS = 60000, NAMES = 5000 };

struct worker {
    pthread_t thread;
    struct cache *cache;
    unsigned number;
    bool torn; /* data was seen that nobody put so */
};

/* An entry's data is one octet over and over, so that a copy made halfway shows. */
static bool is_whole(const uint8_t *data, size_t length)
{
    for (size_t i = 1; i < length; i++)
        if (data[i] != data[0])
            return false;
    return true;
}

static void visit(void *context, const struct cache_key *key, const struct cache_hit *hit,
                  const uint8_t *data)
{
    struct worker *worker = context;
    if (key->kind == CACHE_RRSET)
        worker->torn |= !is_whole(data, hit->length);
}

static void put_some(struct worker *worker, struct dns_name name, struct random *random, uint32_t now)
{
    uint8_t data[600];
    uint32_t length = random_below(random, sizeof data);
    memset(data, (int)next_random(random), sizeof data);
    struct cache_key key = {CACHE_RRSET, (uint16_t)random_below(random, 4), name};
    struct cache_value value = {.ttl = 1 + random_below(random, 50),
                                .rank = (enum cache_rank)(1 + random_below(random, 6)),
                                .data = data,
                                .length = length};
    cache_put(worker->cache, &key, &value, now);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct random random = {worker->number + 1};
    for (unsigned i = 0; i < OPERATIONS; i++) {
        struct dns_name_buffer buffer;
        struct dns_name name = numbered_name(random_below(&random, NAMES), "zone", &buffer);
        uint32_t now = i / 100, choice = random_below(&random, 10000);
        struct cache_hit hit;
        uint8_t data[600];
        if (choice < 4000) {
            put_some(worker, name, &random, now);
        } else if (choice < 9000) {
            if (cache_find_answer(worker->cache, cache_hash(worker->cache, name), name,
                                  (uint16_t)random_below(&random, 4), now, &hit, data, sizeof data))
                worker->torn |= !is_whole(data, hit.length);
        } else if (choice < 9900) {
            struct dns_address address = {.family = 4, .port = 53, .octets = {10, 0, (uint8_t)choice, 1}};
            struct server server;
            server_get(worker->cache, &address, now, &server);
            server_heard(&server, 1000);
            server_put(worker->cache, &address, now, &server);
        } else if (choice < 9980) {
            cache_flush_name(worker->cache, name);
        } else if (choice < 9995) {
            uint64_t cursor = 0;
            while (cache_walk(worker->cache, &cursor, 100, now, visit, worker))
                ;
        } else if (choice < 9998) {
            cache_flush_tree(worker->cache, name);
            statistics_of(worker->cache);
        } else {
            cache_flush(worker->cache);
        }
    }
    return NULL;
}

static void threads_share_a_cache(void **state)
{
    (void)state;
    struct cache *cache = new_cache(1 << 20, 2);
    struct worker workers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.cache = cache, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_false(workers[i].torn);
    }
    assert_sound(cache);
    assert_true(statistics_of(cache).hits > 1000);
    cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_a_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
