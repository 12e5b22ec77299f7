/* The cache and a plain table with the same rules, given the same operations, always say the same. The
   cache is large enough that nothing has to go for want of room. */
#include "cache_test.h"

enum { NAMES = 300, TYPES = 6, PLACES = TYPES + 3, DATA = 64, OPERATIONS = 200000, ROUNDS = 3 };

/* Places of a name: data of each type, a failure, the NXDOMAIN, the delegation. */
enum { PLACE_FAILURE = TYPES, PLACE_NXDOMAIN, PLACE_DELEGATION };

static const uint16_t types[TYPES] = {DNS_TYPE_A,     DNS_TYPE_AAAA, DNS_TYPE_CNAME,
                                      DNS_TYPE_DNAME, DNS_TYPE_MX,   DNS_TYPE_TXT};

struct record {
    bool there;
    enum cache_kind kind;
    enum cache_rank rank;
    uint8_t mark;
    uint32_t stored, ttl, hits, length;
    uint8_t data[DATA];
};

struct model {
    struct cache *cache;
    struct record records[NAMES][PLACES];
    uint32_t now;
    struct random random;
};

static bool alive(const struct model *model, const struct record *record)
{
    return record->there && model->now - record->stored < record->ttl;
}

/* Names of three depths, in any case of letters. */
static struct dns_name name_of(struct model *model, unsigned number, struct dns_name_buffer *buffer)
{
    char text[64];
    snprintf(text, sizeof text, number % 3 ? "host%u.zone%u.test" : "zone%u.test",
             number % 3 ? number : number / 3, number / 9);
    for (char *c = text; *c; c++)
        if (*c >= 'a' && *c <= 'z' && random_below(&model->random, 4) == 0)
            *c = (char)(*c - 32);
    return name_from(text, buffer);
}

static bool is_below(unsigned number, unsigned ancestor)
{
    if (number == ancestor)
        return true;
    return ancestor % 3 == 0 && number % 3 && number / 9 == ancestor / 3;
}

static struct cache_key key_of(struct model *model, unsigned number, unsigned place, bool nodata,
                               struct dns_name_buffer *buffer)
{
    struct cache_key key = {nodata ? CACHE_NODATA : CACHE_RRSET, 0, name_of(model, number, buffer)};
    if (place < TYPES)
        key.type = types[place];
    else if (place == PLACE_FAILURE)
        key.kind = CACHE_FAILURE, key.type = DNS_TYPE_A;
    else
        key.kind = place == PLACE_NXDOMAIN ? CACHE_NXDOMAIN : CACHE_DELEGATION;
    return key;
}

static void assert_same(const struct model *model, const struct record *record, const struct cache_hit *hit,
                        const uint8_t *data)
{
    assert_int_equal(hit->kind, record->kind);
    assert_int_equal(hit->rank, record->rank);
    assert_int_equal(hit->mark, record->mark);
    assert_int_equal(hit->ttl, record->ttl - (model->now - record->stored));
    assert_int_equal(hit->age, model->now - record->stored);
    assert_int_equal(hit->length, record->length);
    assert_int_equal(hit->hits, record->hits);
    assert_memory_equal(data, record->data, record->length);
}

/* --- the rules, the plain way ------------------------------------------------------------------- */

static enum cache_put_result model_put(struct model *model, struct record *name, unsigned place,
                                       const struct record *record)
{
    struct record *same = &name[place], *nxdomain = &name[PLACE_NXDOMAIN];
    if (!record->ttl)
        return CACHE_NOT_STORED;
    if (alive(model, same) && same->rank > record->rank)
        return CACHE_KEPT_OLD;
    if (place < TYPES && alive(model, nxdomain) && nxdomain->rank > record->rank)
        return CACHE_KEPT_OLD;
    uint32_t hits = 0;
    for (unsigned other = 0; other < PLACES; other++) {
        bool rival = place == PLACE_NXDOMAIN ? other < TYPES : place < TYPES && other == PLACE_NXDOMAIN;
        if (!rival || !name[other].there || (alive(model, &name[other]) && name[other].rank > record->rank))
            continue;
        if (name[other].hits > hits)
            hits = name[other].hits;
        name[other].there = false;
    }
    if (same->there)
        hits = same->hits;
    *same = *record;
    same->hits = hits;
    return CACHE_STORED;
}

static struct record *model_answer(struct model *model, struct record *name, unsigned type)
{
    const unsigned order[] = {type, PLACE_FAILURE, 2, PLACE_NXDOMAIN};
    for (unsigned i = 0; i < 4; i++) {
        struct record *record = &name[order[i]];
        if (!alive(model, record) || (i == 2 && record->kind != CACHE_RRSET) ||
            (order[i] == PLACE_FAILURE && types[type] != DNS_TYPE_A))
            continue;
        return record;
    }
    return NULL;
}

/* --- the operations ----------------------------------------------------------------------------- */

static void try_put(struct model *model, unsigned number)
{
    struct random *random = &model->random;
    unsigned place = random_below(random, PLACES);
    struct record record = {
        .there = true,
        .rank = (enum cache_rank)(1 + random_below(random, 6)),
        .mark = (uint8_t)next_random(random),
        .stored = model->now,
        .ttl = random_below(random, random_below(random, 10) ? 200 : 3),
        .length = random_below(random, DATA + 1),
    };
    for (unsigned i = 0; i < record.length; i++)
        record.data[i] = (uint8_t)next_random(random);
    struct dns_name_buffer buffer;
    struct cache_key key = key_of(model, number, place, random_below(random, 2), &buffer);
    record.kind = key.kind;
    struct cache_value value = {record.ttl, record.rank, record.mark, record.data, record.length, NULL, 0};
    assert_int_equal(cache_put(model->cache, &key, &value, model->now),
                     model_put(model, model->records[number], place, &record));
}

static void try_find(struct model *model, unsigned number)
{
    unsigned place = random_below(&model->random, PLACES);
    bool nodata = random_below(&model->random, 2);
    struct record *record = &model->records[number][place];
    struct dns_name_buffer buffer;
    struct cache_key key = key_of(model, number, place, nodata, &buffer);
    uint8_t data[DATA];
    struct cache_hit hit;
    bool expected = alive(model, record) && record->kind == key.kind;
    assert_int_equal(cache_find(model->cache, &key, model->now, &hit, data, sizeof data), expected);
    if (expected) {
        assert_int_equal(hit.type, key.type);
        assert_same(model, record, &hit, data);
        record->hits += record->hits < 255;
    }
}

static void try_answer(struct model *model, unsigned number)
{
    unsigned type = random_below(&model->random, TYPES);
    struct record *record = model_answer(model, model->records[number], type);
    struct dns_name_buffer buffer;
    struct dns_name name = name_of(model, number, &buffer);
    uint8_t data[DATA];
    struct cache_hit hit;
    uint64_t hash = cache_hash(model->cache, name);
    assert_int_equal(
        cache_find_answer(model->cache, hash, name, types[type], model->now, &hit, data, sizeof data),
        record != NULL);
    if (record) {
        assert_same(model, record, &hit, data);
        record->hits += record->hits < 255;
    }
}

static void try_kinds(struct model *model, unsigned number)
{
    const struct record *records = model->records[number];
    unsigned expected = 0;
    if (alive(model, &records[PLACE_NXDOMAIN]))
        expected |= 1 << CACHE_NXDOMAIN;
    if (alive(model, &records[PLACE_DELEGATION]))
        expected |= 1 << CACHE_DELEGATION;
    if (alive(model, &records[3]) && records[3].kind == CACHE_RRSET)
        expected |= CACHE_HAS_DNAME;
    struct dns_name_buffer buffer;
    struct dns_name name = name_of(model, number, &buffer);
    assert_int_equal(cache_kinds(model->cache, cache_hash(model->cache, name), name, model->now), expected);
}

static void try_flush(struct model *model, unsigned number, bool tree)
{
    struct dns_name_buffer buffer;
    struct dns_name name = name_of(model, number, &buffer);
    uint64_t dropped = tree ? cache_flush_tree(model->cache, name) : cache_flush_name(model->cache, name);
    uint64_t there = 0, living = 0;
    for (unsigned other = 0; other < NAMES; other++) {
        if (other != number && !(tree && is_below(other, number)))
            continue;
        for (unsigned place = 0; place < PLACES; place++) {
            there += model->records[other][place].there;
            living += alive(model, &model->records[other][place]);
            model->records[other][place].there = false;
        }
    }
    assert_in_range(dropped, living, there); /* the dead may have been dropped before */
}

struct seen {
    uint64_t entries, ttls, lengths;
};

static void see(void *context, const struct cache_key *key, const struct cache_hit *hit, const uint8_t *data)
{
    struct seen *seen = context;
    (void)data;
    assert_int_equal(key->kind, hit->kind);
    seen->entries++;
    seen->ttls += hit->ttl;
    seen->lengths += hit->length;
}

static void try_walk(struct model *model)
{
    struct seen seen = {0}, expected = {0};
    uint64_t cursor = 0;
    while (cache_walk(model->cache, &cursor, 1 + random_below(&model->random, 50), model->now, see, &seen))
        ;
    for (unsigned number = 0; number < NAMES; number++) {
        for (unsigned place = 0; place < PLACES; place++) {
            const struct record *record = &model->records[number][place];
            if (!alive(model, record))
                continue;
            expected.entries++;
            expected.ttls += record->ttl - (model->now - record->stored);
            expected.lengths += record->length;
        }
    }
    assert_memory_equal(&seen, &expected, sizeof seen);
}

static void step(struct model *model, unsigned count)
{
    unsigned number = random_below(&model->random, NAMES);
    unsigned choice = random_below(&model->random, 1000);
    if (choice < 350)
        try_put(model, number);
    else if (choice < 600)
        try_find(model, number);
    else if (choice < 900)
        try_answer(model, number);
    else if (choice < 990)
        try_kinds(model, number);
    else
        try_flush(model, number, choice < 993);
    if (random_below(&model->random, 50) == 0)
        model->now += random_below(&model->random, 3);
    if (count % 5000 == 0) {
        try_walk(model);
        assert_sound(model->cache);
    }
}

static void the_cache_is_a_plain_table_but_faster(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct model *model = calloc(1, sizeof *model);
        model->random.state = 1 + round;
        model->now = UINT32_MAX - 2000; /* passes the end of the numbers on its way */
        model->cache = new_cache(4 << 20, 1u << round);
        for (unsigned count = 0; count < OPERATIONS / ROUNDS; count++)
            step(model, count);
        assert_int_equal(statistics_of(model->cache).evictions_lru, 0);
        cache_flush(model->cache);
        assert_int_equal(statistics_of(model->cache).entries, 0);
        assert_sound(model->cache);
        cache_destroy(model->cache);
        free(model);
    }
}

/* --- short of room ------------------------------------------------------------------------------ */

enum { MANY = 4000, LARGEST = 20000 };

struct version {
    uint32_t stored, ttl, length, rank;
    uint8_t octet;
};

static void put_version(struct cache *cache, struct random *random, struct version *version,
                        struct dns_name name, uint32_t now)
{
    static uint8_t data[LARGEST];
    struct version next = {.stored = now,
                           .ttl = 1 + random_below(random, 1u << random_below(random, 10)),
                           .length = random_below(random, random_below(random, 50) ? 300 : LARGEST),
                           .rank = 1 + random_below(random, 6),
                           .octet = (uint8_t)next_random(random)};
    memset(data, next.octet, next.length);
    struct cache_key key = {random_below(random, 2) ? CACHE_RRSET : CACHE_NODATA, DNS_TYPE_A, name};
    struct cache_value value = {next.ttl, (enum cache_rank)next.rank, next.octet, data, next.length, NULL, 0};
    enum cache_put_result result = cache_put(cache, &key, &value, now);
    if (result == CACHE_STORED) {
        *version = next;
    } else {
        assert_int_equal(result, CACHE_KEPT_OLD);
        assert_true(now - version->stored < version->ttl && version->rank > next.rank);
    }
}

static bool find_version(struct cache *cache, const struct version *version, struct dns_name name,
                         uint32_t now)
{
    static uint8_t data[LARGEST];
    struct cache_hit hit;
    uint64_t hash = cache_hash(cache, name);
    if (!cache_find_answer(cache, hash, name, DNS_TYPE_A, now, &hit, data, sizeof data))
        return false;
    assert_int_equal(hit.length, version->length);
    assert_int_equal(hit.mark, version->octet);
    assert_int_equal(hit.rank, version->rank);
    assert_int_equal(hit.age, now - version->stored);
    assert_int_equal(hit.ttl, version->ttl - hit.age);
    for (uint32_t i = 0; i < hit.length; i++)
        assert_true(data[i] == version->octet);
    return true;
}

static void a_cache_short_of_room_forgets_but_never_lies(void **state)
{
    (void)state;
    struct cache *cache = new_cache(1 << 20, 2);
    struct version *versions = calloc(MANY, sizeof *versions);
    struct random random = {2024};
    unsigned found = 0;
    for (unsigned i = 0; i < OPERATIONS; i++) {
        uint32_t now = UINT32_MAX - 500 + i / 100;
        unsigned number = random_below(&random, 1 + random_below(&random, MANY));
        struct dns_name_buffer buffer;
        struct dns_name name = numbered_name(number, "zone", &buffer);
        if (random_below(&random, 2))
            put_version(cache, &random, &versions[number], name, now);
        else
            found += find_version(cache, &versions[number], name, now);
        if (i % 500 == 0)
            assert_sound(cache);
    }
    struct cache_statistics statistics = statistics_of(cache);
    assert_true(found > OPERATIONS / 10);
    assert_true(statistics.evictions_lru > 1000 && statistics.evictions_expired > 1000);
    assert_true(statistics.replacements > 1000 && statistics.entries_protected > 100);
    free(versions);
    cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cache_is_a_plain_table_but_faster),
        cmocka_unit_test(a_cache_short_of_room_forgets_but_never_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
