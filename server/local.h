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
#include "server/log.h"
#include "server/settings.h"
#include "zones/zone.h"

struct local;

struct local_zone {
    struct dns_name_buffer name;      /* in lower case */
    const struct config_zone *config; /* NULL: a special name */
    struct zone *zone;                /* NULL: there is none to be served, and the answer is SERVFAIL */
    struct zone_files *files;         /* that it was read from; NULL: from none */
    const char *why;                  /* of a special name: the RFC that makes it so */
    bool elsewhere;                   /* a route's (forward, static-stub): not ours, nor what is below */
};

/* Reads all zones' files that have changed since `former` (NULL: there was nothing before). What is wrong with one is
   said, a line each, and its last good version is served on. NULL: out of memory. May take seconds; any thread may do
   it. */
struct local *local_load(const struct settings *settings, const struct local *former, settings_say *say,
                         void *context);

/* `former` with one primary zone read again from its file, changed or not. NULL: it is no primary zone of ours, there is no
   memory, or it could not be read, which is said. Any thread. */
struct local *local_load_zone(const struct settings *settings, const struct local *former,
                              struct dns_name name, settings_say *say, void *context);

/* `current` came into use while `next`, which nobody else has seen yet, was loaded on top of `former`: zones that have
   got another version since then keep that. */
void local_catch_up(struct local *next, const struct local *former, const struct local *current);

/* The same with another version of one of its zones (NULL: it is not to be served), which is held. NULL: out of memory, or
   there is no zone of that name. */
struct local *local_with(const struct local *local, struct dns_name name, struct zone *zone);

/* Where the zone's file is; false: it has none. */
enum { LOCAL_PATH_MAX = 4096 };
bool local_path(const struct settings *settings, const struct config_zone *config, char path[LOCAL_PATH_MAX]);

struct local *local_keep(struct local *local);
void local_release(struct local *local); /* NULL is allowed */

/* The zone that the name is in; for DS at a zone's own name the one above where that is ours, too, as that is the parent's
   (RFC 4035 §3.1.4.1). NULL: none of ours. Looks once for each label, and no further than names of ours reach. */
const struct local_zone *local_find(const struct local *local, struct dns_name name, uint16_t type);

/* The one of exactly this name, also an elsewhere; NULL: there is none. `local` may be NULL. */
const struct local_zone *local_exactly(const struct local *local, struct dns_name name);

size_t local_count(const struct local *local); /* with special names and those elsewhere */
const struct local_zone *local_at(const struct local *local, size_t number);

/* Is it the parent's to say, and the parent is not ours? Who can be helped on is, else the zone says that it has none. */
static inline bool local_is_parents(const struct local_zone *found, struct dns_name name, uint16_t type)
{
    return type == DNS_TYPE_DS && found->name.length == name.length;
}

/* Says so where there is no recursion though nobody said no. */
void local_log_recursion(const struct config *config, struct log *log);

/* A line for each zone that has come, gone, or changed; `former` NULL: the start. */
void local_log(const struct local *former, const struct local *next, struct log *log);

/* Calls `tell` for the name of each zone at and below which the cache may have what holds no longer: one that is in one of
   them only, or has zone cuts and another version. */
void local_compare(const struct local *former, const struct local *next,
                   void (*tell)(void *context, struct dns_name name), void *context);

/* For walks that come to a name of ours. */
struct engine_local local_for_engine(const struct local *local);

/* special.c: names that nobody outside is to be asked for, as the text of a zone. NULL: that was the last one. */
struct special_name {
    const char *name, *text;
    const char *why; /* "RFC 6761" */
};
const struct special_name *special_name_at(size_t number);

#endif
