/* Makes a world from a seed. */
#ifndef SIM_GENERATE_H
#define SIM_GENERATE_H

#include "scenario.h"
#include "world.h"

#define SLACK (BELIEF_SLACK * SECOND)

struct generator {
    struct world *world;
    const struct scenario *scenario;
    struct dice dice, keys, more; /* more: trust anchors, DS records of no use */
    uint32_t serial;
    struct dns_name_buffer renamed; /* one more name server for the zone at hand, an alias; length 0: none */
};

struct world *generate_world(uint64_t seed, const struct scenario *scenario);

/* -- between generate.c and evolve.c ----------------------------------------------------------- */

enum { TTL_DATA, TTL_SERVERS };
uint32_t generate_ttl(struct generator *generator, int of);
void generate_label(struct generator *generator, struct dns_name_buffer *name, struct dns_name below);
/* Rdata of the type, to the RRset that was added last. */
void generate_rdata(struct generator *generator, uint16_t type);
/* A name that may exist somewhere. */
struct dns_name generate_known_name(struct generator *generator);
void generate_soa(struct generator *generator, int zone, uint64_t born);
/* A type that is no alias, nor made for delegation. */
uint16_t generate_type(struct generator *generator);
bool generate_may_hold(const struct generator *generator, int zone, struct dns_name owner, uint16_t type,
                       uint64_t at);
/* A new address of the host; where born is not 0, of a new server. */
void generate_address(struct generator *generator, int host, uint8_t family, uint64_t born);
/* A name server of the zone, in it, with servers of its own. */
int generate_own_host(struct generator *generator, int zone, uint64_t born);
/* NS records for the hosts, in the parent and at the apex. */
void generate_delegation(struct generator *generator, int zone, const int *host, unsigned count,
                         uint64_t born);
void generate_security(struct generator *generator); /* secure.c */
void evolve(struct generator *generator);

#endif
