/* A zone being built, for the inside of zones/. */
#ifndef ZONES_BUILD_H
#define ZONES_BUILD_H

#include "zones/layout.h"

/* A record as it came in. */
struct raw_record {
    uint32_t next;  /* of the same owner: number + 1, 0 for none */
    uint32_t rdata; /* offset */
    uint32_t ttl, line;
    uint16_t file, type, length;
    uint16_t covered; /* of an RRSIG, else the type: records are put together by this */
};

struct raw_owner {
    uint32_t name;        /* offset */
    uint32_t first, last; /* its records: number + 1; 0 for an empty non-terminal */
    uint32_t node;        /* once it has one */
    uint8_t name_length;
};

struct raw_slot {
    uint32_t number; /* of the owner + 1; 0 for empty */
    uint32_t hash;   /* of its name, which need not be looked at where this is another */
};

enum { RAW_FILES = 1024 };

struct zone_builder {
    struct siphash_key key;
    struct dns_name_buffer apex;
    struct zone_problems *problems;
    size_t errors;
    bool broken; /* there is no memory: nothing more is looked at */
    uint8_t *names, *rdata;
    size_t names_length, names_capacity, rdata_length, rdata_capacity;
    struct raw_record *records;
    size_t record_count, record_capacity;
    struct raw_owner *owners;
    size_t owner_count, owner_capacity;
    struct raw_slot *slots; /* hash table over the owners */
    size_t slot_count;
    uint32_t recent; /* the owner of the last record: number + 1 */
    const char *files[RAW_FILES];
    unsigned file_count;
};

struct zone_place raw_place(const struct zone_builder *builder, const struct raw_record *record);

static inline struct dns_name raw_name(const struct zone_builder *builder, const struct raw_owner *owner)
{
    return (struct dns_name){builder->names + owner->name, owner->name_length};
}

/* The owner's number, made where it is new; NO_NODE without memory. */
int64_t raw_intern(struct zone_builder *builder, struct dns_name name);

/* Says so once, and lets the builder fail. */
void raw_out_of_memory(struct zone_builder *builder);

void raw_error(struct zone_builder *builder, struct zone_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void raw_warning(struct zone_builder *builder, struct zone_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A hash below the apex that has no other records than NSEC3 and their signatures. */
bool raw_is_nsec3_only(const struct zone_builder *builder, const struct raw_owner *owner);

/* The checks that need the whole. Those of one name, by its sorted records: */
void check_name(struct zone_builder *builder, const struct raw_owner *owner,
                struct raw_record *const *records, size_t count);
/* ... and those of the finished tree; `owners` by node. Finds the TTL of negative answers on the way. */
void check_tree(struct zone_builder *builder, struct zone *zone, const uint32_t *owners);

/* What the nodes know of each other: cuts, DNAMEs, wildcards, NSEC and NSEC3 chains. */
void link_tree(struct zone *zone);

#endif
