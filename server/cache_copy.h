/*
 * Entries copied out of the cache, a few at a time, so that what is said of them is put together without any lock; and
 * what there is to say:
 *
 *      struct cache_copies copies = {.tree = name};
 *      do {
 *          more = cache_copy_some(cache, &cursor, now, &copies);
 *          while (cache_copy_next(&copies, &copy)) report_cache_entry(report, cache, &copy.hit, copy.name, "");
 *      } while (more);
 *      text_free(&copies.octets);
 */
#ifndef SERVER_CACHE_COPY_H
#define SERVER_CACHE_COPY_H

#include "cache/cache.h"
#include "control/report.h"

struct cache_copies {
    struct text octets;   /* of those that have been copied */
    size_t at;            /* of the next one */
    struct dns_name tree; /* only this name and those below; length 0: all */
    bool servers;         /* what is known of name servers, and nothing else; else all but that */
    bool without_data;
};

/* One of them, as it lies in the copies. */
struct cache_copy {
    struct cache_hit hit;
    struct dns_name name;
    uint8_t *data;
};

/* Takes the place of those copied before. False: that was the cache's end. */
bool cache_copy_some(struct cache *cache, uint64_t *cursor, uint32_t now, struct cache_copies *copies);
void cache_copy_name(struct cache *cache, struct dns_name name, uint32_t now, struct cache_copies *copies);
bool cache_copy_next(struct cache_copies *copies, struct cache_copy *copy);

bool cache_kind_has_type(enum cache_kind kind);

/* A row "entry" for the entry itself, which is of this cache. `label`: before its name. */
void report_cache_entry(struct report *report, const struct cache *cache, const struct cache_hit *hit,
                        struct dns_name name, const char *label);

/* Rows for what it holds: "record", "server", "failure". */
void report_cache_data(struct report *report, const struct cache_copy *copy, uint32_t now);

#endif
