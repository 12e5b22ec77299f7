/*
 * One reading of the configuration with all that depends on it: this host's addresses, the root hints.
 * Immutable and counted: each worker holds the one it serves by, and swaps it whole on a reload.
 */
#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include <stdatomic.h>

#include "config/config.h"
#include "resolver/engine.h"
#include "resolver/validation.h"
#include "server/interfaces.h"
#include "server/options.h"

struct local;

struct settings {
    atomic_uint references;
    const struct options *options;
    struct config *config;
    char *base; /* the directory that relative names stand in, absolute */
    struct interfaces interfaces;
    struct hints hints;
    struct engine_server_rule *rules;
    struct route *routes;
    size_t route_count;
    struct config_listen *listen; /* both families', ports decided */
    size_t listen_count;
    struct validation validation; /* its anchors and exceptions are `anchors` and `except`, or the config's */
    struct dnssec_anchor *anchors;
    struct validation_except *except;
    const struct tsig_key **keys; /* those of the configuration, in their order */
    struct local *local;          /* zones of our own */
    struct settings *parent;      /* all but what is trusted is this one's; NULL: none */
};

/* Reads everything anew, on any thread; of zones, those that have changed since `former` (NULL: there was nothing before).
   NULL when anything is wrong but a zone, after `say` was called once for each problem with one line that names thing
   and place. */
typedef void settings_say(void *context, const char *line);
struct settings *settings_load(const struct options *options, const struct local *former, settings_say *say,
                               void *context);

/* The same with other trust anchors and exceptions, which are copied, validating or not, and with other versions of zones
   of our own, which are held; what the configuration excepts is added.
   NULL: out of memory. */
struct settings *settings_with_trust(struct settings *settings, const struct dnssec_anchor *anchors,
                                     size_t anchor_count, const struct validation_except *except,
                                     size_t except_count, bool validating, struct local *local);

/* Nobody answers by these settings any more, but others are made of them: versions of zones that have become old are not
   kept for that. */
void settings_let_go_of_zones(struct settings *settings);

/* For who needs the configuration and what was made of it: these hold no zones. */
static inline struct settings *settings_as_loaded(struct settings *settings)
{
    return settings->parent != NULL ? settings->parent : settings;
}

struct settings *settings_keep(struct settings *settings);
void settings_release(struct settings *settings);

/* What the engine has to know; cache, random numbers and events are the caller's to fill in. */
struct engine_options settings_engine(const struct settings *settings);

#endif
