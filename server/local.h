/*
 * Step 5 of a resolution: the zones that are ours to answer for, by name. Primary zones from their files, secondary
 * ones as they were fetched last, and names that are special (RFC 6761). Immutable and counted; it lives with the
 * settings whose configuration it points into, and whoever changes one zone makes the next one.
 *
 *      const struct local_zone *found = local_find(local, qname, qtype);
 *      if (found != NULL && found->zone != NULL) zone_answer(found->zone, ...);
 */
#ifndef SERVER_LOCAL_H
#define SERVER_LOCAL_H

#include "config/config.h"
#include "resolver/engine.h"
#include "server/settings.h"
#include "zones/zone.h"

struct local;

struct local_zone {
    struct dns_name_buffer name;      /* in lower case */
    const struct config_zone *config; /* NULL: a special name */
    struct zone *zone;                /* NULL: there is none to be served, and the answer is SERVFAIL */
    bool elsewhere;                   /* a route's (forward, static-stub): not ours, nor what is below */
};

/* Reads all zones' files. What is wrong with one is said, a line each, and the last good version, of `former` (NULL:
   there is none), is served on. NULL: out of memory. */
struct local *local_load(const struct settings *settings, const struct local *former, settings_say *say,
                         void *context);

/* The same with another version of one of its zones (NULL: it is not to be served), which is held. NULL: out of memory. */
struct local *local_with(const struct local *local, struct dns_name name, struct zone *zone);

/* Where the zone's file is; false: it has none. */
enum { LOCAL_PATH_MAX = 4096 };
bool local_path(const struct settings *settings, const struct config_zone *config, char path[LOCAL_PATH_MAX]);

struct local *local_keep(struct local *local);
void local_release(struct local *local); /* NULL is allowed */

/* The zone that the name is in; for DS at a zone's own name the one above, as that is the parent's (RFC 4035 §3.1.4.1).
   NULL: none of ours. Looks once for each label, and no further than names of ours reach. */
const struct local_zone *local_find(const struct local *local, struct dns_name name, uint16_t type);

/* The one of exactly this name, also an elsewhere; NULL: there is none. `local` may be NULL. */
const struct local_zone *local_exactly(const struct local *local, struct dns_name name);

size_t local_count(const struct local *local); /* with special names and those elsewhere */
const struct local_zone *local_at(const struct local *local, size_t number);

/* Calls `tell` for the name of each zone that is in one of them only, or in another version. */
void local_compare(const struct local *former, const struct local *next,
                   void (*tell)(void *context, struct dns_name name), void *context);

/* For walks that come to a name of ours. */
struct engine_local local_for_engine(const struct local *local);

/* special.c: names that nobody outside is to be asked for (RFC 6761, 6303, 7686, 7793, 8375, 8880, 9462), as the text of a
   zone. NULL: that was the last one. */
struct special_name {
    const char *name, *text;
};
const struct special_name *special_name_at(size_t number);

#endif
