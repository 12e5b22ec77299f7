/* From records in the order they came to a zone: names sorted, RRsets put together, images written. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dns/fold.h"
#include "dns/message.h"
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/build.h"

/* A name to be sorted: most are told apart by the first octets, from the apex down, without a look at the name. */
struct sort_key {
    uint64_t high, low;
    uint32_t owner;
    bool nsec3;
    bool exact; /* no label has a zero octet, which would sort like its end */
};

enum { HUGE_PAGE = 2 << 20 };

struct finish {
    struct zone_builder *builder;
    struct zone *zone;
    struct sort_key *keys;
    uint32_t *owners; /* by node */
    struct raw_record **sorted;
    size_t sorted_capacity;
};

/* Empty non-terminals: every name between one that has records and the apex (RFC 4592 §2.2.2). */
static bool add_nonterminals(struct zone_builder *builder)
{
    size_t given = builder->owner_count;
    for (size_t i = 1; i < given; i++) {
        struct dns_name_buffer name;
        dns_name_copy(&name, raw_name(builder, &builder->owners[i]));
        struct dns_name at = dns_name_view(&name);
        for (bool new = true; new &&at.length > builder->apex.length;) {
            size_t before = builder->owner_count;
            at = dns_name_parent(at);
            if (raw_intern(builder, at) == NO_NODE)
                return false;
            new = builder->owner_count > before;
        }
    }
    return true;
}

/* The labels below the apex from the right, folded, each with a zero behind, as 16 octets; equal where these do
   not tell. */
static struct sort_key sort_key(const struct zone_builder *builder, uint32_t number)
{
    const struct raw_owner *owner = &builder->owners[number];
    struct dns_name name = raw_name(builder, owner);
    uint8_t starts[DNS_LABELS_MAX], octets[16] = {0};
    unsigned labels = 0, used = 0;
    for (unsigned at = 0; at + builder->apex.length < name.length; at += 1u + name.wire[at])
        starts[labels++] = (uint8_t)at;
    bool exact = true;
    while (labels > 0 && used < sizeof octets) {
        const uint8_t *label = name.wire + starts[--labels];
        exact = exact && memchr(label + 1, 0, label[0]) == NULL;
        for (unsigned i = 1; i <= label[0] && used < sizeof octets; i++)
            octets[used++] = fold_octet(label[i]);
        used++;
    }
    struct sort_key key = {.owner = number, .exact = exact};
    key.nsec3 = raw_is_nsec3_only(builder, owner);
    key.high = (uint64_t)get32(octets) << 32 | get32(octets + 4);
    key.low = (uint64_t)get32(octets + 8) << 32 | get32(octets + 12);
    return key;
}

static int compare_keys(const void *first, const void *second, void *context)
{
    const struct sort_key *a = first, *b = second;
    const struct zone_builder *builder = context;
    if (a->nsec3 != b->nsec3)
        return a->nsec3 ? 1 : -1;
    if (a->exact && b->exact && a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->exact && b->exact && a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return dns_name_compare(raw_name(builder, &builder->owners[a->owner]),
                            raw_name(builder, &builder->owners[b->owner]));
}

static int compare_records(const void *first, const void *second, void *context)
{
    const struct raw_record *a = *(struct raw_record *const *)first, *b = *(struct raw_record *const *)second;
    const uint8_t *rdata = context;
    if (a->covered != b->covered)
        return a->covered < b->covered ? -1 : 1;
    if (a->type != b->type)
        return a->type == a->covered ? -1 : 1; /* signatures behind what they sign */
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(rdata + a->rdata, rdata + b->rdata, shorter);
    if (order != 0)
        return order;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static bool is_duplicate(const struct zone_builder *builder, const struct raw_record *a,
                         const struct raw_record *b)
{
    return a->type == b->type && a->covered == b->covered && a->length == b->length &&
           memcmp(builder->rdata + a->rdata, builder->rdata + b->rdata, a->length) == 0;
}

/* The owner's records sorted, each once; how many, 0 also without memory (then the builder is broken). */
static size_t sort_records(struct finish *finish, const struct raw_owner *owner)
{
    struct zone_builder *builder = finish->builder;
    size_t count = 0, kept = 0;
    for (uint32_t at = owner->first; at != 0; at = builder->records[at - 1].next) {
        if (count == finish->sorted_capacity) {
            size_t capacity = count < 64 ? 64 : count * 2;
            struct raw_record **larger = realloc(finish->sorted, capacity * sizeof *larger);
            if (larger == NULL) {
                raw_out_of_memory(builder);
                return 0;
            }
            finish->sorted = larger;
            finish->sorted_capacity = capacity;
        }
        finish->sorted[count++] = &builder->records[at - 1];
    }
    if (count > 1)
        qsort_r(finish->sorted, count, sizeof(struct raw_record *), compare_records, builder->rdata);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !is_duplicate(builder, finish->sorted[kept - 1], finish->sorted[i]))
            finish->sorted[kept++] = finish->sorted[i];
    return kept;
}

static struct zone_set *new_set(struct zone *zone, uint16_t type)
{
    struct zone_set *set = &zone->sets[zone->set_count++];
    *set = (struct zone_set){.octets = zone->octets_length, .type = type};
    return set;
}

static void write_record(struct zone *zone, struct zone_set *set, const struct raw_record *record,
                         const uint8_t *rdata, uint32_t ttl)
{
    uint8_t *to = zone->octets + zone->octets_length;
    put16(to, 0xC000 | DNS_HEADER_SIZE);
    put16(to + IMAGE_TYPE, record->type);
    put16(to + 4, DNS_CLASS_IN);
    put32(to + IMAGE_TTL, ttl);
    put16(to + IMAGE_LENGTH, record->length);
    if (record->length > 0)
        memcpy(to + IMAGE_FIXED, rdata + record->rdata, record->length);
    uint32_t size = IMAGE_FIXED + (uint32_t)record->length;
    zone->octets_length += size;
    zone->records++;
    if (record->type == set->type) {
        set->length += size;
        set->count++;
    } else {
        set->signatures_length += size;
        set->signature_count++;
    }
}

/* The records and signatures of one type, `count` of them, as an image. All records of a set have one TTL, the
   lowest given (RFC 2181 §5.2); signatures keep theirs. */
static void write_set(struct finish *finish, struct raw_record **records, size_t count)
{
    struct zone_builder *builder = finish->builder;
    struct zone_set *set = new_set(finish->zone, records[0]->covered);
    uint32_t ttl = UINT32_MAX;
    if (count > UINT16_MAX) {
        raw_error(builder, raw_place(builder, records[0]), "more than %u records of one name and type",
                  UINT16_MAX);
        count = 1;
    }
    for (size_t i = 0; i < count && records[i]->type == set->type; i++)
        if (records[i]->ttl < ttl)
            ttl = records[i]->ttl;
    for (size_t i = 0; i < count; i++)
        write_record(finish->zone, set, records[i], builder->rdata,
                     records[i]->type == set->type ? ttl : records[i]->ttl);
}

static void write_node(struct finish *finish, uint32_t node)
{
    struct zone_builder *builder = finish->builder;
    struct zone *zone = finish->zone;
    struct raw_owner *owner = &builder->owners[finish->owners[node]];
    struct zone_node *at = &zone->nodes[node];
    *at = (struct zone_node){
        .name = zone->names_length, .sets = zone->set_count, .name_length = owner->name_length};
    memcpy(zone->names + zone->names_length, builder->names + owner->name, owner->name_length);
    zone->names_length += owner->name_length;
    owner->node = node;
    size_t count = sort_records(finish, owner);
    check_name(builder, owner, finish->sorted, count);
    for (size_t i = 0; i < count && !builder->broken && at->set_count < UINT16_MAX;) {
        size_t end = i + 1;
        while (end < count && finish->sorted[end]->covered == finish->sorted[i]->covered)
            end++;
        write_set(finish, finish->sorted + i, end - i);
        at->set_count++;
        i = end;
    }
}

/* Answers jump about in it, and each look into another page would cost one into the page table, too. */
static void *array(size_t count, size_t size)
{
    size_t octets = count > 0 ? count * size : 1;
    void *memory = NULL;
    if (octets < HUGE_PAGE)
        return malloc(octets);
    if (posix_memalign(&memory, HUGE_PAGE, octets) != 0)
        return NULL;
    madvise(memory, octets / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
    return memory;
}

static bool allocate(struct finish *finish)
{
    struct zone_builder *builder = finish->builder;
    struct zone *zone = finish->zone;
    size_t names = builder->owner_count, slots = 4;
    uint64_t octets = (uint64_t)builder->rdata_length + (uint64_t)builder->record_count * IMAGE_FIXED;
    while (slots * 2 < names * 3)
        slots *= 2;
    if (octets > UINT32_MAX || slots > UINT32_MAX)
        return false;
    zone->slot_mask = (uint32_t)slots - 1;
    zone->tags = array(slots, sizeof *zone->tags);
    zone->slots = array(slots, sizeof *zone->slots);
    zone->nodes = array(names, sizeof *zone->nodes);
    zone->names = array(builder->names_length, 1);
    zone->octets = array(octets, 1);
    zone->sets = array(builder->record_count, sizeof *zone->sets);
    finish->keys = malloc(names * sizeof *finish->keys);
    finish->owners = malloc(names * sizeof *finish->owners);
    return zone->tags != NULL && zone->slots != NULL && zone->nodes != NULL && zone->names != NULL &&
           zone->octets != NULL && zone->sets != NULL && finish->keys != NULL && finish->owners != NULL;
}

static void sort_names(struct finish *finish)
{
    struct zone_builder *builder = finish->builder;
    struct zone *zone = finish->zone;
    zone->all_nodes = (uint32_t)builder->owner_count;
    for (uint32_t i = 0; i < zone->all_nodes; i++)
        finish->keys[i] = sort_key(builder, i);
    qsort_r(finish->keys, zone->all_nodes, sizeof *finish->keys, compare_keys, builder);
    for (uint32_t i = 0; i < zone->all_nodes; i++) {
        finish->owners[i] = finish->keys[i].owner;
        zone->node_count += !finish->keys[i].nsec3;
    }
    free(finish->keys);
    finish->keys = NULL;
}

static void fill_slots(struct zone *zone)
{
    memset(zone->tags, 0, (size_t)zone->slot_mask + 1);
    for (uint32_t node = 0; node < zone->node_count; node++) {
        struct name_hashes hashes;
        name_hash_all(&zone->key, node_name(zone, node), &hashes);
        if (hashes.labels > zone->depth)
            zone->depth = hashes.labels;
        uint32_t slot = hashes.hash[hashes.labels] & zone->slot_mask;
        while (zone->tags[slot] != 0)
            slot = (slot + 1) & zone->slot_mask;
        zone->tags[slot] = name_tag(hashes.hash[hashes.labels]);
        zone->slots[slot] = node;
    }
}

/* Gives back what the records that were there twice had been counted for. */
static void shrink(void **array, size_t octets)
{
    void *smaller = realloc(*array, octets > 0 ? octets : 1);
    if (smaller != NULL)
        *array = smaller;
}

static bool build(struct finish *finish)
{
    struct zone_builder *builder = finish->builder;
    struct zone *zone = finish->zone;
    if (!add_nonterminals(builder) || !allocate(finish)) {
        raw_out_of_memory(builder);
        return false;
    }
    sort_names(finish);
    for (uint32_t node = 0; node < zone->all_nodes && !builder->broken; node++)
        write_node(finish, node);
    if (builder->broken)
        return false;
    shrink((void **)&zone->sets, zone->set_count * sizeof *zone->sets);
    shrink((void **)&zone->octets, zone->octets_length);
    fill_slots(zone);
    zone->nsec = malloc(zone->node_count * sizeof *zone->nsec);
    if (zone->nsec == NULL) {
        raw_out_of_memory(builder);
        return false;
    }
    link_tree(zone);
    shrink((void **)&zone->nsec, zone->nsec_count * sizeof *zone->nsec);
    check_tree(builder, zone, finish->owners);
    return builder->errors == 0;
}

struct zone *zone_builder_finish(struct zone_builder *builder)
{
    struct finish finish = {.builder = builder, .zone = calloc(1, sizeof *finish.zone)};
    bool good = false;
    if (finish.zone != NULL) {
        atomic_init(&finish.zone->holders, 1);
        finish.zone->key = builder->key;
        good = build(&finish);
    } else {
        raw_out_of_memory(builder);
    }
    free(finish.keys);
    free(finish.owners);
    free(finish.sorted);
    zone_builder_free(builder);
    if (!good) {
        zone_release(finish.zone);
        return NULL;
    }
    return finish.zone;
}
