/*
 * How a zone lies in memory, for the inside of zones/.
 *
 *      names   the owners one behind the other, in the nodes' order
 *      nodes   one for each name, also those without records (empty non-terminals); first the names of the
 *              tree in canonical order, the apex at 0, then the owners of NSEC3 records, which are no names of
 *              the tree (RFC 5155 §7.2.8), again in canonical order, that is in the order of their hashes
 *      sets    the RRsets, those of a node next to each other, by type
 *      octets  the RRsets' images, in the order of the sets
 *      tags    the hash table over the tree's nodes, linear probing: eight bits of the name's hash, 0 for empty; so small
 *              that it stays in the processor's cache, and tells nearly always whether a slot is worth a look
 *      slots   the node of each tag that is not empty
 *      nsec    the nodes with NSEC records, rising
 *
 *      0 < node_count <= all_nodes     slots is a power of two, larger than node_count
 *
 * The image of an RRset is its records, then the RRSIG records that cover it, each as on the wire with the owner
 * a pointer to the question: 0xC00C, type, class IN, TTL, length, rdata.
 */
#ifndef ZONES_LAYOUT_H
#define ZONES_LAYOUT_H

#include <stdatomic.h>

#include "cache/siphash.h"
#include "zones/zone.h"

enum {
    IMAGE_FIXED = 12, /* octets of a record in an image before its rdata */
    IMAGE_TYPE = 2,
    IMAGE_TTL = 6,
    IMAGE_LENGTH = 10,
    NO_NODE = -1,
    NSEC3_LABEL = 32, /* characters of an NSEC3 owner's first label: SHA-1 in base32hex */
};

/* What there is at a node. */
enum {
    NODE_CUT = 1,   /* NS below the apex: another zone begins */
    NODE_DNAME = 2, /* names below are elsewhere */
    NODE_CNAME = 4,
    NODE_WILDCARD_CHILD = 8, /* "*." below it is a node */
};

struct zone_node {
    uint32_t name; /* offset */
    uint32_t sets; /* number of the first */
    uint32_t
        above; /* the topmost node at or above it that is a cut, or above it that has a DNAME; + 1, 0: none */
    uint16_t set_count;
    uint8_t name_length;
    uint8_t flags;
};

struct zone_set {
    uint32_t octets;            /* offset of its image */
    uint32_t length;            /* of its records */
    uint32_t signatures_length; /* of its RRSIG records, behind those */
    uint16_t type;
    uint16_t count, signature_count; /* the first may be 0: signatures of nothing */
};

struct zone {
    atomic_uint holders;
    struct siphash_key key; /* of the hash table: the names may be somebody else's */
    uint32_t node_count, all_nodes, set_count, slot_mask, nsec_count;
    uint32_t octets_length, names_length;
    uint32_t depth; /* labels of its longest name */
    size_t records;
    struct zone_node *nodes;
    struct zone_set *sets;
    uint32_t *slots, *nsec;
    uint8_t *tags, *names, *octets;
    uint32_t negative_ttl; /* RFC 2308 §3: the lesser of the SOA's TTL and its MINIMUM */
    const uint8_t *nsec3_salt;
    uint8_t nsec3_salt_length;
    uint16_t nsec3_iterations;
    bool nsec3;
    bool cuts;                    /* there is a NODE_CUT */
    struct zone_journal *journal; /* or NULL */
};

static inline struct dns_name node_name(const struct zone *zone, uint32_t node)
{
    return (struct dns_name){zone->names + zone->nodes[node].name, zone->nodes[node].name_length};
}

/* The node's RRset of that type, or NULL; one that has signatures only counts as none. */
const struct zone_set *node_set(const struct zone *zone, uint32_t node, uint16_t type);

/* Hashes of the last 0, 1, 2 ... labels of a name. Equal names have equal hashes, whatever their case. */
struct name_hashes {
    unsigned labels;
    uint8_t start[DNS_LABELS_MAX + 1]; /* offset in the name of its last i labels */
    uint32_t hash[DNS_LABELS_MAX + 1];
};
void name_hash_all(const struct siphash_key *key, struct dns_name name, struct name_hashes *hashes);
uint32_t name_hash(const struct siphash_key *key, struct dns_name name);

/* Hash of "label" + the name that has `hash`; `label` begins with its length octet. */
uint32_t name_hash_label(const struct siphash_key *key, uint32_t hash, const uint8_t *label);

/* Of a full slot. */
static inline uint8_t name_tag(uint32_t hash)
{
    return hash >> 24 != 0 ? (uint8_t)(hash >> 24) : 1;
}

/* The number of the node with that name, or NO_NODE. */
int64_t zone_find(const struct zone *zone, struct dns_name name, uint32_t hash);

#endif
