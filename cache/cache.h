/*
 * The TTL-aware LRU cache.
 *
 * One region of memory of exactly the size the administrator gave (max-cache-size) holds everything:
 * entries, index, lists, what is free. Not one octet is allocated elsewhere per entry, and the region
 * never grows. Inside it there are offsets only, no pointers, so that it can be a file.
 *
 * An entry is found by (kind, name, type) and carries octets the cache does not interpret: the
 * resolver's finished pieces of answers (resolver/image.h), delegations, what we know of a server.
 * All entries of one name lie in one chain of the index, so that one look finds the type asked for,
 * or the name's CNAME, or that the name does not exist.
 *
 * Room is made by dropping first what has expired, then what was least recently used. A new entry is
 * on probation; its second hit promotes it to the protected part. When room is short, entries on
 * probation go first for as long as they hold more than a fifth of the space, so that a flood of
 * names asked once cannot flush what people use.
 *
 * The region is divided into shards, each with a lock, an index and lists of its own; a name lives in
 * the shard its hash says. The lock is held for one look or one copy, never during a system call.
 *
 * Time is the caller's: seconds of a monotonic clock, as a uint32_t. Nothing here reads a clock.
 *
 *      struct cache *cache = cache_create(&(struct cache_options){.size = 128 << 20, .key = key});
 *      struct cache_value value = {.ttl = 300, .rank = CACHE_RANK_AUTHORITATIVE,
 *                                  .data = octets, .length = n};
 *      cache_put(cache, &(struct cache_key){CACHE_RRSET, DNS_TYPE_A, name}, &value, now);
 *      struct cache_hit hit;
 *      if (cache_find(cache, &key, now, &hit, buffer, sizeof buffer)) use hit.length octets of buffer
 */
#ifndef CACHE_CACHE_H
#define CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

struct cache;

enum {
    CACHE_SIZE_MIN = 1 << 20,  /* octets; smaller sizes are refused */
    CACHE_DATA_MAX = 65535,    /* octets of one entry's data; more is not kept */
    CACHE_TYPES_PER_NAME = 64, /* entries of one name; the least recently used goes */
    CACHE_PROBATION_PERCENT = 20,
    CACHE_PROMOTING_HITS = 2,
};

enum cache_kind {
    CACHE_RRSET = 1,  /* records of (name, type) */
    CACHE_NODATA,     /* the name exists, the type does not; shares its place with CACHE_RRSET */
    CACHE_NXDOMAIN,   /* the name does not exist; type is 0 */
    CACHE_FAILURE,    /* (name, type) could not be resolved lately, RFC 9520 */
    CACHE_DELEGATION, /* the parent's word on who serves the zone `name`; type is 0 */
    CACHE_FAILED,     /* how long the last failure of (name, type) was to be remembered */
    CACHE_SERVER,     /* a server address, see cache/server.h; compared octet by octet */
    CACHE_RANGES,     /* which names of a zone have NSEC records here; type is 0 */
};

/* How far to believe the data: RFC 2181 §5.4.1, lowest first. Lower never replaces higher that has
   not expired; equal replaces. */
enum cache_rank {
    CACHE_RANK_ADDITIONAL = 1,
    CACHE_RANK_REFERRAL,      /* authority section of a referral */
    CACHE_RANK_ANSWER,        /* answer section of an answer without AA */
    CACHE_RANK_AUTHORITY,     /* authority section of an authoritative answer */
    CACHE_RANK_AUTHORITATIVE, /* answer section of an authoritative answer */
    CACHE_RANK_SECURE,        /* validated */
};

struct cache_key {
    enum cache_kind kind;
    uint16_t type;
    struct dns_name name;
};

struct cache_value {
    uint32_t ttl; /* seconds from now; 0 is not kept, above 2^31-1 is cut to it */
    enum cache_rank rank;
    uint8_t mark; /* the caller's own 8 bits (security status), returned with a hit */
    const uint8_t *data;
    uint32_t length;
    const struct dns_address *source; /* the server that said so, its port does not count; NULL: nobody */
    uint64_t
        since; /* cache_flushes() before anything it comes of was looked up: after a later flush it is not
                       kept, as it may be what was flushed. 0: it is kept in any case */
};

struct cache_hit {
    enum cache_kind kind;
    uint16_t type;
    enum cache_rank rank;
    uint8_t mark;
    bool protected; /* cache_walk(), cache_walk_name(): it has been asked for often enough, and goes last when room
                        is short */
    uint32_t ttl;    /* seconds left, at least 1 */
    uint32_t age;    /* seconds since it was put */
    uint32_t hits;   /* before this one; stays at 255 */
    uint32_t length; /* octets of the data, also where the buffer was too small */
    uint32_t octets; /* the same two: that it takes of the region, its head and name included */
    uint32_t source; /* these, and where it is copied from another cache: for cache_source() */
};

/* Is shown an entry; see cache_walk(). */
typedef void cache_visit(void *context, const struct cache_key *key, const struct cache_hit *hit,
                         const uint8_t *data);

struct cache_options {
    size_t size;        /* octets, the whole region */
    const uint8_t *key; /* 16 octets of randomness for the keyed hash (SipHash-1-3) */
    unsigned shards;    /* power of two; 0: chosen by the size */

    /* Another cache that is read through this one and stays as it is: the first time that a name plays a part, its
       entries are copied from there, each of them shown to `copied` (or NULL) under a lock. The key is that cache's
       too. For use by one thread, with no flush or drop. NULL: none. */
    struct cache *below;
    cache_visit *copied;
    void *copied_context;
};

/* Maps the region (lazily: untouched memory is not resident). NULL and errno when there is no memory,
   EINVAL when the size is below CACHE_SIZE_MIN, there is no key, or the shards are no power of two up
   to 64, or would be smaller than 64 KiB or not smaller than 4 GiB. */
struct cache *cache_create(const struct cache_options *options);
void cache_destroy(struct cache *cache);

/* The hash of a name, for the functions that take one; ASCII case makes no difference. */
uint64_t cache_hash(const struct cache *cache, struct dns_name name);

enum cache_put_result {
    CACHE_STORED,
    CACHE_KEPT_OLD, /* an entry of higher rank is still alive */
    CACHE_NOT_STORED, /* TTL 0, older than a flush, or larger than CACHE_DATA_MAX or than an eighth of a shard */
};

/* Keeps a copy. Takes the place of an entry of the same key; CACHE_RRSET and CACHE_NODATA of a (name,
   type) take each other's place; CACHE_NXDOMAIN takes the place of all RRSET and NODATA of its name
   (of no higher rank; those of higher rank stay beside it), and they that of CACHE_NXDOMAIN (while one
   of higher rank is alive, they are not kept). An entry that takes another's place keeps its standing
   in the LRU order and its hits, also when the other had expired, not too long ago.
   The type of CACHE_NXDOMAIN, CACHE_DELEGATION and CACHE_SERVER is taken as 0 here and in cache_find().
   One call's work is bounded: it drops about what it needs, and after a jump of the time goes through
   at most some thousand entries in search of those that have expired. */
enum cache_put_result cache_put(struct cache *cache, const struct cache_key *key,
                                const struct cache_value *value, uint32_t now);

/* Keeps a copy of an entry of another cache as it was there: its time left, age and hits (`as`; kind and type are the
   key's), beside whatever contradicts it. False: its place is taken, or there is no room. */
bool cache_restore(struct cache *cache, const struct cache_key *key, const struct cache_hit *as,
                   const uint8_t *data, uint32_t now);

/* Looks one entry up. Copies at most `capacity` octets of its data. Counts as a hit. False when there
   is none that has not expired. */
bool cache_find(struct cache *cache, const struct cache_key *key, uint32_t now, struct cache_hit *hit,
                uint8_t *buffer, size_t capacity);

/* What answers a question, in one look: the first there is of
     CACHE_RRSET or CACHE_NODATA (name, type);  CACHE_FAILURE (name, type);  CACHE_RRSET (name, CNAME);
     CACHE_NXDOMAIN (name).
   A failure comes before an alias: it may be what following the alias led to. RRSIG and NSEC records stand beside
   an alias (RFC 4035 §2.5): for them it is no answer.
   `hash` is cache_hash() of the name. */
bool cache_find_answer(struct cache *cache, uint64_t hash, struct dns_name name, uint16_t type, uint32_t now,
                       struct cache_hit *hit, uint8_t *buffer, size_t capacity);

/* For the walk up the tree, in one look and without counting a hit: bits of 1 << enum cache_kind for
   the CACHE_NXDOMAIN and CACHE_DELEGATION this name has, and CACHE_HAS_DNAME for an RRset of type
   DNAME. */
enum { CACHE_HAS_DNAME = 1 << 16 };
unsigned cache_kinds(struct cache *cache, uint64_t hash, struct dns_name name, uint32_t now);

/* Takes one entry out, so that it is asked for anew. False when there is none. */
bool cache_drop(struct cache *cache, const struct cache_key *key);

/* Takes entries out; each returns how many. Flushing a name or a tree leaves CACHE_SERVER alone, whose
   names are addresses. What has expired and is still in memory counts. */
uint64_t cache_flush(struct cache *cache);
uint64_t cache_flush_name(struct cache *cache, struct dns_name name);
uint64_t cache_flush_tree(struct cache *cache, struct dns_name name); /* the name and all below */

/* The same for those that are chosen. `choose` is called under a shard's lock and must not call the cache. */
typedef bool cache_choose(void *context, const struct cache_key *key);
uint64_t cache_flush_if(struct cache *cache, cache_choose *choose, void *context);

/* Counts the calls of cache_flush(), cache_flush_tree() and cache_flush_if(), from 1 on. */
uint64_t cache_flushes(const struct cache *cache);

/* Shows entries that have not expired one after the other. Start with *cursor = 0; each call visits the entries of some
   index chains, at least `least` entries unless it reaches the end, and returns false at the end.
   `visit` is called under a shard's lock and must not call the cache; the data is valid during the
   call only. Entries put or dropped meanwhile may be missed or seen twice, nothing else. */
bool cache_walk(struct cache *cache, uint64_t *cursor, unsigned least, uint32_t now, cache_visit *visit,
                void *context);

/* The same for what there is of one name. */
void cache_walk_name(struct cache *cache, struct dns_name name, uint32_t now, cache_visit *visit,
                     void *context);

/* The server that an entry came from, with port 0. False: nobody, or it is not known any more. Takes no lock. */
bool cache_source(const struct cache *cache, uint32_t source, struct dns_address *address);
/* The same of the entry that cache_find_answer() finds, without counting a hit. */
bool cache_answer_source(struct cache *cache, struct dns_name name, uint16_t type, uint32_t now,
                         struct dns_address *address);
/* The same number for an address, for cache_restore(); 0 for none. */
uint32_t cache_remember_source(struct cache *cache, const struct dns_address *address);

struct cache_statistics {
    uint64_t size;     /* octets of the region */
    uint64_t used;     /* octets in entries, headers and rounding included */
    uint64_t overhead; /* octets in the index, lists and shard headers */
    uint64_t entries, entries_protected, bytes_protected;
    uint64_t hits, misses, insertions, replacements;
    uint64_t evictions_expired, evictions_lru, rejected;
};
void cache_get_statistics(struct cache *cache, struct cache_statistics *statistics);

/* Checks every invariant that shard.h, heap.h and wheel.h draw, for tests: lists, index, free space, sums. True when all
   hold; otherwise `problem` (128 octets) says the first that does not. */
bool cache_verify(struct cache *cache, char problem[128]);

#endif
