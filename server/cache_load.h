/*
 * Fills the cache from the text of `cache dump`, line by line, as it comes:
 *
 *      ; dumped at 2026-11-23 03:31:19 UTC
 *      ; www.example.org. A records ttl 3588 s age 12 s rank answer insecure hits 3 octets 84 protected
 *      www.example.org. 3588 IN A 203.0.113.10
 *
 * A comment begins an entry and its records follow. Time that has passed since the dump is taken off. Records, and that
 * there are none, are loaded; delegations, failures and name servers are learnt anew. What is loaded has the lowest rank,
 * so that it goes before nothing that a server has said. It is never secure: what the file calls so is left out while
 * anything is validated, and walked to when it is asked for.
 */
#ifndef SERVER_CACHE_LOAD_H
#define SERVER_CACHE_LOAD_H

#include "cache/cache.h"

enum { CACHE_LOAD_LINE_MAX = 8192, CACHE_LOAD_CLOCKS = 60 /* seconds that two clocks may differ */ };

struct cache_load_options {
    struct cache *cache;
    uint64_t since; /* cache_flushes() by now: after a later flush nothing more is loaded */
    bool validating;
    uint32_t max_ttl, max_negative_ttl;                                   /* seconds */
    uint64_t wall;                                                        /* now, seconds since 1970 */
    bool (*left_out)(void *context, struct dns_name name, uint16_t type); /* names that are not the cache's */
    void (*wrong)(void *context, uint64_t line, const char *why);         /* why: a clause */
    void *context;
};

struct cache_load_counts {
    uint64_t loaded;   /* entries */
    uint64_t expired;  /* their time had passed */
    uint64_t known;    /* something better was there, or no room */
    uint64_t left_out; /* secure, or of a kind that is not loaded */
    uint64_t wrong;    /* lines */
};

struct cache_load;
struct cache_load *cache_load_begin(const struct cache_load_options *options); /* NULL: out of memory */
/* Some octets of the text, cut anywhere; `now` is the cache's. */
void cache_load_take(struct cache_load *load, const char *octets, size_t length, uint32_t now);
/* That was all. */
struct cache_load_counts cache_load_finish(struct cache_load *load, uint32_t now);
void cache_load_free(struct cache_load *load);

#endif
