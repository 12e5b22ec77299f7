/*
 * Digests of whole zones (RFC 8976): scheme SIMPLE with SHA-384 and SHA-512. A zone that has ZONEMD records at its apex
 * says by them what it consists of; this checks it. Whether the ZONEMD records themselves can be believed is DNSSEC's
 * matter; without it they tell damage, not malice.
 */
#ifndef ZONES_ZONEMD_H
#define ZONES_ZONEMD_H

#include "zones/zone.h"

enum zonemd_verdict {
    ZONEMD_GOOD,
    ZONEMD_NONE,     /* the zone has none */
    ZONEMD_UNUSABLE, /* none that we could check: unknown schemes and hashes, or two of one kind */
    ZONEMD_SERIAL,   /* they belong to another serial than the SOA's */
    ZONEMD_WRONG,    /* none matches: the zone is damaged or incomplete */
    ZONEMD_NO_MEMORY,
};

/* Reads the whole zone, as dear as a transfer of it. */
enum zonemd_verdict zonemd_verify(const struct zone *zone);

/* A clause, such as "its ZONEMD digest does not match its records". */
const char *zonemd_text(enum zonemd_verdict verdict);

enum { ZONEMD_DIGEST_MAX = 64 };

/* The digest by hash 1 (SHA-384) or 2 (SHA-512); its octets, 0 for another hash or without memory. */
unsigned zonemd_digest(const struct zone *zone, uint8_t hash, uint8_t digest[ZONEMD_DIGEST_MAX]);

#endif
