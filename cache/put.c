#include "cache/shard.h"

/* What a put finds in the name's chain. */
struct findings {
    bool refused;     /* an entry of higher rank is alive */
    uint32_t same;    /* the entry of the same place */
    uint32_t rival;   /* of those that contradict and give way, the most used */
    uint32_t last;    /* the name's least recently used, or one that has expired */
    unsigned entries; /* of the name */
};

static bool is_data(unsigned kind)
{
    return kind == CACHE_RRSET || kind == CACHE_NODATA;
}

static bool same_place(const struct entry *entry, const struct cache_key *key)
{
    if (entry->type != key->type)
        return false;
    return entry->kind == key->kind || (is_data(entry->kind) && is_data(key->kind));
}

/* The name does not exist, and the name has data: one of both is wrong. */
static bool contradicts(const struct entry *entry, const struct cache_key *key)
{
    return key->kind == CACHE_NXDOMAIN ? is_data(entry->kind)
                                       : is_data(key->kind) && entry->kind == CACHE_NXDOMAIN;
}

static bool stands_higher(const struct entry *a, const struct entry *b)
{
    return a->segment != b->segment ? a->segment > b->segment : a->hits > b->hits;
}

static bool outranks(const struct entry *entry, unsigned rank, uint32_t now)
{
    return entry->rank > rank && entry_alive(entry, now);
}

static void look_at(struct shard *shard, uint32_t offset, const struct cache_key *key, unsigned rank,
                    uint32_t now, struct findings *found)
{
    const struct entry *entry = shard_entry(shard, offset);
    found->entries++;
    if (!found->last || entry_alive(shard_entry(shard, found->last), now))
        found->last = offset;
    if (same_place(entry, key)) {
        found->same = offset;
        found->refused |= outranks(entry, rank, now);
    } else if (contradicts(entry, key)) {
        if (outranks(entry, rank, now))
            found->refused |= key->kind != CACHE_NXDOMAIN;
        else if (!found->rival || stands_higher(entry, shard_entry(shard, found->rival)))
            found->rival = offset;
    }
}

static struct findings look_around(struct shard *shard, const struct cache_key *key, uint32_t hash,
                                   unsigned rank, uint32_t now)
{
    struct findings found = {0};
    uint32_t offset = *shard_chain(shard, hash);
    for (; offset; offset = shard_entry(shard, offset)->chain) {
        const struct entry *entry = shard_entry(shard, offset);
        if (entry->hash == hash && entry_has_name(entry, key->name))
            look_at(shard, offset, key, rank, now, &found);
    }
    return found;
}

static void drop_contradicting(struct shard *shard, const struct cache_key *key, uint32_t hash, unsigned rank,
                               uint32_t now)
{
    uint32_t offset = *shard_chain(shard, hash), next;
    for (; offset; offset = next) {
        const struct entry *entry = shard_entry(shard, offset);
        next = entry->chain;
        if (entry->hash == hash && contradicts(entry, key) && entry_has_name(entry, key->name) &&
            !outranks(entry, rank, now))
            shard_drop(shard, offset);
    }
}

/* The whole entry but its links, its place in the order of use and its hits. */
static void fill(struct entry *entry, const struct cache_key *key, const struct cache_value *value,
                 uint32_t source, uint32_t now)
{
    uint32_t ttl = value->ttl > INT32_MAX ? INT32_MAX : value->ttl;
    entry->source = source;
    entry->stored = now;
    entry->expires = now + ttl;
    entry->type = key->type;
    entry->length = (uint16_t)value->length;
    entry->name_length = key->name.length;
    entry->mark = value->mark;
    entry->kind = key->kind & 15;
    entry->rank = value->rank & 7;
    memcpy(entry->octets, key->name.wire, key->name.length);
    if (value->length)
        memcpy(entry_data(entry), value->data, value->length);
}

static void overwrite(struct shard *shard, uint32_t offset, const struct cache_key *key,
                      const struct cache_value *value, uint32_t source, uint32_t now)
{
    wheel_remove(&shard->wheel, shard_memory(shard), offset);
    fill(shard_entry(shard, offset), key, value, source, now);
    wheel_insert(&shard->wheel, shard_memory(shard), offset, now);
    shard->counters.replacements++;
}

/* Puts a new block's entry in, with the standing of the one it replaces, or as the newest on probation. Its offset; 0:
   there is no room. */
static uint32_t insert(struct shard *shard, uint32_t replaced, uint32_t granules, uint32_t hash,
                       const struct cache_key *key, const struct cache_value *value, uint32_t source,
                       uint32_t now)
{
    uint8_t hits = 0, segment = SHARD_PROBATION;
    if (replaced) {
        const struct entry *old = shard_entry(shard, replaced);
        hits = old->hits;
        segment = old->segment;
        shard->place = old->older;
        shard_drop(shard, replaced);
    }
    uint32_t offset = shard_allocate(shard, granules, now);
    if (offset) {
        struct entry *entry = shard_entry(shard, offset);
        fill(entry, key, value, source, now);
        entry->hash = hash;
        entry->hits = hits;
        entry->segment = segment & 1;
        if (replaced)
            lru_insert_at_place(shard, offset);
        else
            lru_insert(shard, offset);
        wheel_insert(&shard->wheel, shard_memory(shard), offset, now);
        index_insert(shard, offset);
        ++*(replaced ? &shard->counters.replacements : &shard->counters.insertions);
    }
    shard->place = 0;
    return offset;
}

enum cache_put_result shard_put(struct shard *shard, const struct cache_key *key, uint32_t hash,
                                const struct cache_value *value, uint32_t source, uint32_t now)
{
    uint32_t granules = heap_granules(offsetof(struct entry, octets) + key->name.length + value->length);
    if (shard_too_large(shard, granules))
        return CACHE_NOT_STORED;
    shard_tidy(shard, now);
    struct findings found = look_around(shard, key, hash, value->rank, now);
    if (found.refused)
        return CACHE_KEPT_OLD;
    if (found.same && heap_block_suits(shard_memory(shard), found.same, granules)) {
        overwrite(shard, found.same, key, value, source, now);
        if (found.rival)
            drop_contradicting(shard, key, hash, value->rank, now);
        return CACHE_STORED;
    }
    uint32_t replaced = found.same ? found.same : found.rival;
    if (!replaced && found.entries >= CACHE_TYPES_PER_NAME) {
        shard_drop(shard, found.last);
        shard->counters.evictions_lru++;
    }
    uint32_t offset = insert(shard, replaced, granules, hash, key, value, source, now);
    if (found.rival)
        drop_contradicting(shard, key, hash, value->rank, now);
    return offset ? CACHE_STORED : CACHE_NOT_STORED;
}

bool shard_restore(struct shard *shard, const struct cache_key *key, uint32_t hash,
                   const struct cache_hit *as, const uint8_t *data, uint32_t now)
{
    uint32_t granules = heap_granules(offsetof(struct entry, octets) + key->name.length + as->length);
    struct findings found = look_around(shard, key, hash, as->rank, now);
    if (shard_too_large(shard, granules) || found.same || found.entries >= CACHE_TYPES_PER_NAME)
        return false;
    struct cache_value value = {
        .ttl = as->ttl, .rank = as->rank, .mark = as->mark, .data = data, .length = as->length};
    uint32_t offset = insert(shard, 0, granules, hash, key, &value, as->source, now);
    if (!offset)
        return false;
    struct entry *entry = shard_entry(shard, offset);
    entry->stored = now - as->age;
    entry->hits = as->hits < UINT8_MAX ? (uint8_t)as->hits : UINT8_MAX;
    return true;
}
