/*
 * The model internet: zones, their records, and the servers that serve them, over time.
 *
 * Nothing in a world changes while a simulation runs. Everything carries the time from which and until
 * which it holds, so that the same world says what is true now, what was true then, and what a resolver
 * may still believe.
 *
 * A zone's data are RRsets: an edit ends one (died) and begins another (born). The NS RRset at a cut is
 * in the parent, another one at the apex of the child. Glue is not stored: a referral carries the
 * addresses that the name servers' own zone tells.
 *
 * A server is one address. It serves a zone from some time to some time; after a zone has moved away it
 * may go on serving the data of that moment: a ghost.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "dice.h"
#include "dns/address.h"
#include "dns/name.h"
#include "dns/types.h"
#include "signed.h"

#define SECOND UINT64_C(1000000)
#define NEVER  UINT64_MAX

/* Seconds that things may come later than they were true: a question's 7 s, a late packet's 7 s, rounding. */
enum { BELIEF_SLACK = 16 };
enum { WORLD_ZONES = 48, WORLD_CHANGES = 512, WORLD_GHOSTS = 32, ROOT = 0, NONE = -1 };

struct rdata {
    uint32_t at; /* into the arena */
    uint16_t length;
};

struct rrset {
    struct dns_name_buffer owner; /* in lower case, as all names of a world */
    uint32_t hash;                /* of the owner */
    uint16_t zone, type;
    uint32_t ttl;
    unsigned first, count; /* of world.rdata */
    uint64_t born, died;
};

struct zone {
    struct dns_name_buffer origin;
    int parent;
    unsigned depth;
    bool no_glue;   /* its parent has forgotten the glue */
    bool passed_by; /* by servers that have it and a zone above it */
    unsigned *rrset, rrset_count, rrset_capacity;
    struct {
        uint64_t from, until; /* until when a resolver may remember how it was */
    } restless[8];            /* its servers or its delegation changed */
    unsigned restless_count;
    struct security security;
    bool rolls; /* its keys do: its delegation stays as it is */
};

enum { HOST_ADDRESSES = 4 };

/* A name server's name. Its addresses are RRsets of the zone it is in. */
struct host {
    struct dns_name_buffer name;
    int zone;
    int server[HOST_ADDRESSES];
    unsigned server_count;
};

/* How a server behaves all the time. */
enum quirk {
    QUIRK_LOWERCASES = 1,  /* the question, over UDP */
    QUIRK_NO_EDNS = 2,     /* FORMERR to EDNS */
    QUIRK_STRIPS_EDNS = 4, /* answers without */
    QUIRK_TRUNCATES = 8,   /* whatever is larger than a bare question, over UDP */
    QUIRK_CHATTY = 16,     /* puts NS records and their addresses behind each answer */
    QUIRK_NO_COMPRESSION = 32,
    QUIRK_STRAYS = 64,       /* adds what nobody asked for, forged */
    QUIRK_LAME_UPWARD = 128, /* refers to the root for what it does not serve; else REFUSED */
    QUIRK_NO_TCP = 256,      /* refuses connections */
};

struct serving {
    int zone;
    uint64_t from, until;
    uint64_t frozen; /* serves the data of this time; NEVER: of the present */
};

struct server {
    struct dns_address address;
    unsigned quirks;
    uint64_t round_trip; /* µs */
    struct serving *serving;
    unsigned serving_count;
    int lame_for;  /* a zone that its name is an NS record of, and that it does not serve */
    bool troubled; /* faults may happen to its packets */
};

struct ghost {
    int zone;
    uint64_t frozen, until; /* until when a resolver may still believe the old servers */
};

struct world {
    struct zone zone[WORLD_ZONES];
    unsigned zone_count;
    struct rrset *rrset;
    unsigned rrset_count, rrset_capacity;
    struct rdata *rdata;
    unsigned rdata_count, rdata_capacity;
    uint8_t *arena;
    size_t arena_length, arena_capacity;
    struct host *host;
    unsigned host_count, host_capacity;
    struct server *server;
    unsigned server_count, server_capacity;
    uint64_t change[WORLD_CHANGES]; /* when anything changes, in rising order */
    unsigned change_count;
    struct ghost ghost[WORLD_GHOSTS];
    unsigned ghost_count;
    uint64_t horizon;
    struct signer *signer;
};

/* -- building ---------------------------------------------------------------------------------- */

struct world *world_create(void);
void world_destroy(struct world *world);
int world_add_zone(struct world *world, struct dns_name origin, int parent);
struct rrset *world_add_rrset(struct world *world, int zone, struct dns_name owner, uint16_t type,
                              uint32_t ttl, uint64_t born);
/* To the RRset that was added last. */
void world_add_rdata(struct world *world, const void *octets, size_t length);
void world_add_target(struct world *world, struct dns_name target);
int world_add_server(struct world *world, const struct dns_address *address);
int world_add_host(struct world *world, struct dns_name name, int zone);
void world_serve(struct world *world, int server, int zone, uint64_t from, uint64_t until, uint64_t frozen);
void world_note_change(struct world *world, uint64_t at);

/* When all has been added. */
void world_finish(struct world *world);

/* -- looking ----------------------------------------------------------------------------------- */

uint32_t world_hash(struct dns_name name);
static inline bool rrset_alive(const struct rrset *set, uint64_t at)
{
    return set->born <= at && at < set->died;
}
static inline struct dns_name rrset_owner(const struct rrset *set)
{
    return dns_name_view(&set->owner);
}
static inline struct dns_name zone_origin(const struct zone *zone)
{
    return dns_name_view(&zone->origin);
}
const uint8_t *world_rdata(const struct world *world, const struct rrset *set, unsigned index,
                           uint16_t *length);
struct dns_name world_target(const struct world *world, const struct rrset *set, unsigned index);

/* The RRset (owner, type) of the zone's data of a time, or NULL. */
const struct rrset *world_find(const struct world *world, int zone, uint64_t at, struct dns_name owner,
                               uint16_t type);

/* The next RRset of the owner behind `before` (NULL: the first), or NULL. */
const struct rrset *world_next_at(const struct world *world, int zone, uint64_t at, struct dns_name owner,
                                  const struct rrset *before);

/* What a zone's data of a time say of a name: RFC 1034 §4.3.2, RFC 4592, RFC 6672. */
enum found { FOUND_RECORDS, FOUND_CNAME, FOUND_DNAME, FOUND_NODATA, FOUND_NXDOMAIN, FOUND_CUT };
struct finding {
    enum found found;
    const struct rrset
        *set;           /* the records (for ANY the first set of them), the alias, or the NS of the cut */
    struct dns_name at; /* owner of a DNAME, of a cut: a suffix of the name */
    bool wildcard;
};
struct finding world_look(const struct world *world, int zone, uint64_t at, struct dns_name name,
                          uint16_t type);

/* The zone that is authoritative for the name by what is delegated at that time. DS is the parent's. */
int world_zone_of(const struct world *world, struct dns_name name, uint16_t type, uint64_t at);

/* The NS records with which the parent delegates the zone; NULL: it does not. Not for the root. */
const struct rrset *world_delegation(const struct world *world, int zone, uint64_t at);

int world_find_zone(const struct world *world, struct dns_name origin);
int world_find_host(const struct world *world, struct dns_name name);
/* Whether some NS record, of any time, names it. */
bool world_is_name_server(const struct world *world, struct dns_name name);
struct server *world_find_server(const struct world *world, const struct dns_address *address);

/* Which zone a server speaks for when asked for a name, and of which time its data are. NONE: none. */
int world_serving(const struct world *world, const struct server *server, struct dns_name name, uint16_t type,
                  uint64_t now, uint64_t *data_time);

#endif
