#include "server/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/local.h"

enum { LINE_MAX_OCTETS = 1024 };

static void say_errors(const struct config_errors *errors, settings_say *say, void *context)
{
    char line[LINE_MAX_OCTETS];
    size_t kept = errors->count < CONFIG_ERRORS_MAX ? errors->count : CONFIG_ERRORS_MAX;
    for (size_t i = 0; i < kept; i++) {
        const struct config_error *error = &errors->error[i];
        if (error->line > 0)
            snprintf(line, sizeof line, "%s:%u:%u: %s", error->file, error->line, error->column, error->text);
        else
            snprintf(line, sizeof line, "%s: %s", error->file, error->text);
        say(context, line);
    }
    if (errors->count > kept) {
        snprintf(line, sizeof line, "and %zu more errors", errors->count - kept);
        say(context, line);
    }
}

static struct config *read_config(const struct options *options, settings_say *say, void *context)
{
    struct config_errors *errors = calloc(1, sizeof *errors);
    struct config *config = NULL;
    if (errors == NULL) {
        say(context, "out of memory");
        return NULL;
    }
    if (!options->config_given && access(options->config, F_OK) != 0 && errno == ENOENT) {
        config = config_default();
        if (config == NULL)
            say(context, "out of memory");
    } else {
        config = config_read(options->config, errors);
        if (config == NULL)
            say_errors(errors, say, context);
    }
    free(errors);
    return config;
}

/* `directory`, or where the daemon was started; the current directory may be another by now. */
static bool take_base(struct settings *settings)
{
    const char *started = settings->options->started_in, *directory = settings->config->directory;
    if (started == NULL)
        started = ".";
    if (directory == NULL)
        settings->base = strdup(started);
    else if (directory[0] == '/')
        settings->base = strdup(directory);
    else if (asprintf(&settings->base, "%s/%s", started, directory) < 0)
        settings->base = NULL;
    return settings->base != NULL;
}

static bool read_hints(struct settings *settings, settings_say *say, void *context)
{
    char line[LINE_MAX_OCTETS], path[PATH_MAX];
    const struct config *config = settings->config;
    struct hints_error error = {0};
    settings->hints = *hints_default();
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *hint = &config->zones[i];
        if (hint->type != CONFIG_ZONE_HINT)
            continue;
        bool whole = hint->file[0] == '/';
        int length =
            snprintf(path, sizeof path, "%s%s%s", whole ? "" : settings->base, whole ? "" : "/", hint->file);
        if (length < 0 || (size_t)length >= sizeof path)
            snprintf(error.text, sizeof error.text, "its path is too long");
        else if (hints_read(path, &settings->hints, &error))
            continue;
        if (error.line > 0)
            snprintf(line, sizeof line, "%s:%u: the hint file %.400s, line %u, cannot be used: %s",
                     hint->place.file, hint->place.line, path, error.line, error.text);
        else
            snprintf(line, sizeof line, "%s:%u: the hint file %.400s cannot be used: %s", hint->place.file,
                     hint->place.line, path, error.text);
        say(context, line);
        return false;
    }
    return true;
}

/* Without this host's having the address every question would fail without a word. */
static bool check_source(const struct dns_address *source, const char *statement,
                         const struct config_place *place, settings_say *say, void *context)
{
    char line[LINE_MAX_OCTETS], text[DNS_ADDRESS_TEXT_MAX];
    struct dns_address address = *source;
    struct sockaddr_storage to;
    if (source->family == 0)
        return true;
    address.port = 0;
    socklen_t length = dns_address_to_sockaddr(&address, &to);
    int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool usable = fd >= 0 && bind(fd, (struct sockaddr *)&to, length) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (usable)
        return true;
    snprintf(line, sizeof line, "%s:%u: %s: cannot send from %s: %s; change or remove the statement",
             place->file != NULL ? place->file : "default", place->line, statement,
             dns_address_to_text(&address, text),
             why == EADDRNOTAVAIL ? "this host has no such address" : strerror(why));
    say(context, line);
    return false;
}

static bool check_sources(const struct settings *settings, settings_say *say, void *context)
{
    const struct config *config = settings->config;
    bool ipv4 = settings->options->ipv6_only || check_source(&config->query_source, "query-source",
                                                             &config->query_source_place, say, context);
    bool ipv6 = settings->options->ipv4_only || check_source(&config->query_source_v6, "query-source-v6",
                                                             &config->query_source_v6_place, say, context);
    return ipv4 && ipv6;
}

static bool take_rules(struct settings *settings)
{
    const struct config *config = settings->config;
    settings->rules = calloc(config->server_count + 1, sizeof *settings->rules);
    if (settings->rules == NULL)
        return false;
    for (size_t i = 0; i < config->server_count; i++) {
        const struct config_server *from = &config->servers[i];
        settings->rules[i] = (struct engine_server_rule){from->prefix, from->bogus_given, from->bogus,
                                                         from->edns_given, from->edns};
    }
    return true;
}

/* -4 and -6 leave one family out; -p is the port where the configuration names none. */
static bool take_listen(struct settings *settings)
{
    const struct config *config = settings->config;
    const struct options *options = settings->options;
    settings->listen = calloc(config->listen_count + config->listen_v6_count + 1, sizeof *settings->listen);
    if (settings->listen == NULL)
        return false;
    for (size_t i = 0; !options->ipv6_only && i < config->listen_count; i++)
        settings->listen[settings->listen_count++] = config->listen[i];
    for (size_t i = 0; !options->ipv4_only && i < config->listen_v6_count; i++)
        settings->listen[settings->listen_count++] = config->listen_v6[i];
    for (size_t i = 0; i < settings->listen_count; i++)
        if (settings->listen[i].port == 0)
            settings->listen[i].port = options->port;
    return true;
}

/* Exceptions for a time, then those of validate-except. */
static bool take_exceptions(struct settings *settings, const struct validation_except *except, size_t count)
{
    const struct config *config = settings->config;
    settings->except = calloc(count + config->validate_except_count + 1, sizeof *settings->except);
    if (settings->except == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        settings->except[i] = except[i];
    for (size_t i = 0; i < config->validate_except_count; i++)
        settings->except[count + i].name = config->validate_except[i];
    settings->validation.except = settings->except;
    settings->validation.except_count = count + config->validate_except_count;
    return true;
}

static void add_route(struct settings *settings, struct dns_name name, enum route_kind kind,
                      const struct config_addresses *addresses)
{
    settings->routes[settings->route_count++] = (struct route){
        .name = name,
        .kind = addresses->count == 0 ? ROUTE_WALK : kind,
        .addresses = addresses->address,
        .address_count = (unsigned)addresses->count,
    };
}

static enum route_kind forward_kind(enum config_forward forward)
{
    return forward == CONFIG_FORWARD_ONLY ? ROUTE_FORWARD : ROUTE_FORWARD_FIRST;
}

/* Where names are asked for that are not walked to from the root. A zone "." of one's own comes before the
   forwarders of options. */
static bool take_routes(struct settings *settings)
{
    const struct config *config = settings->config;
    settings->routes = calloc(config->zone_count + 1, sizeof *settings->routes);
    if (settings->routes == NULL)
        return false;
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *zone = &config->zones[i];
        if (zone->type == CONFIG_ZONE_FORWARD || zone->type == CONFIG_ZONE_STATIC_STUB)
            add_route(settings, dns_name_view(zone->name),
                      zone->type == CONFIG_ZONE_STATIC_STUB ? ROUTE_STUB : forward_kind(zone->forward),
                      &zone->addresses);
    }
    if (config->forwarders.count > 0)
        add_route(settings, dns_name_root(), forward_kind(config->forward), &config->forwarders);
    return true;
}

static bool take_keys(struct settings *settings)
{
    const struct config *config = settings->config;
    settings->keys = calloc(config->key_count + 1, sizeof *settings->keys);
    for (size_t i = 0; settings->keys != NULL && i < config->key_count; i++)
        settings->keys[i] = &config->keys[i].key;
    return settings->keys != NULL;
}

static bool take_validation(struct settings *settings)
{
    const struct config_trust *trust = &settings->config->trust;
    settings->validation = (struct validation){
        .enabled = trust->enabled,
        .anchors = trust->anchors,
        .anchor_count = trust->anchor_count,
        .policies = trust->policies,
        .policy_names = trust->policy_names,
        .policy_count = trust->policy_count,
    };
    return take_exceptions(settings, NULL, 0);
}

struct settings *settings_with_trust(struct settings *settings, const struct dnssec_anchor *anchors,
                                     size_t anchor_count, const struct validation_except *except,
                                     size_t except_count, bool validating, struct local *local)
{
    struct settings *parent = settings_as_loaded(settings);
    struct settings *changed = calloc(1, sizeof *changed);
    if (changed == NULL)
        return NULL;
    *changed = *parent;
    atomic_init(&changed->references, 1);
    changed->parent = settings_keep(parent);
    changed->local = local_keep(local);
    changed->except = NULL;
    changed->anchors = calloc(anchor_count + 1, sizeof *anchors);
    if (changed->anchors == NULL || !take_exceptions(changed, except, except_count)) {
        settings_release(changed);
        return NULL;
    }
    if (anchor_count > 0)
        memcpy(changed->anchors, anchors, anchor_count * sizeof *anchors);
    changed->validation.enabled = validating;
    changed->validation.anchors = changed->anchors;
    changed->validation.anchor_count = anchor_count;
    return changed;
}

struct settings *settings_load(const struct options *options, const struct local *former, settings_say *say,
                               void *context)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL) {
        say(context, "out of memory");
        return NULL;
    }
    atomic_init(&settings->references, 1);
    settings->options = options;
    settings->config = read_config(options, say, context);
    if (settings->config != NULL && !take_base(settings)) {
        say(context, "out of memory");
        settings_release(settings);
        return NULL;
    }
    if (settings->config == NULL || !read_hints(settings, say, context) ||
        !check_sources(settings, say, context)) {
        settings_release(settings);
        return NULL;
    }
    if (!take_validation(settings) || !take_keys(settings)) {
        say(context, "out of memory");
        settings_release(settings);
        return NULL;
    }
    if (!interfaces_read(&settings->interfaces) || !take_rules(settings) || !take_routes(settings) ||
        !take_listen(settings)) {
        say(context, "cannot read this host's addresses: out of memory");
        settings_release(settings);
        return NULL;
    }
    settings->local = local_load(settings, former, say, context);
    if (settings->local == NULL) {
        say(context, "out of memory");
        settings_release(settings);
        return NULL;
    }
    return settings;
}

void settings_let_go_of_zones(struct settings *settings)
{
    local_release(settings->local);
    settings->local = NULL;
}

struct settings *settings_keep(struct settings *settings)
{
    atomic_fetch_add_explicit(&settings->references, 1, memory_order_relaxed);
    return settings;
}

void settings_release(struct settings *settings)
{
    if (settings == NULL || atomic_fetch_sub_explicit(&settings->references, 1, memory_order_acq_rel) != 1)
        return;
    local_release(settings->local);
    free(settings->anchors);
    free(settings->except);
    if (settings->parent != NULL) {
        settings_release(settings->parent);
        free(settings);
        return;
    }
    if (settings->config != NULL)
        config_free(settings->config);
    interfaces_free(&settings->interfaces);
    free(settings->base);
    free(settings->rules);
    free(settings->keys);
    free(settings->routes);
    free(settings->listen);
    free(settings);
}

struct engine_options settings_engine(const struct settings *settings)
{
    const struct config *config = settings->config;
    struct engine_options options = {
        .hints = &settings->hints,
        .validation = &settings->validation,
        .local = local_for_engine(settings->local),
        .limits = engine_limits_default(),
        .ipv4 = !settings->options->ipv6_only,
        .ipv6 = !settings->options->ipv4_only,
        .minimal_responses = config->minimal_responses,
        .synthesise = config->synth_from_dnssec,
        .edns_udp_size = config->edns_udp_size,
        .max_cache_ttl = config->max_cache_ttl,
        .min_cache_ttl = config->min_cache_ttl,
        .max_ncache_ttl = config->max_ncache_ttl,
        .min_ncache_ttl = config->min_ncache_ttl,
        .routes = settings->routes,
        .route_count = settings->route_count,
        .rules = settings->rules,
        .rule_count = config->server_count,
    };
    options.qmin = config->qname_minimization == CONFIG_QMIN_OFF       ? ENGINE_QMIN_OFF
                   : config->qname_minimization == CONFIG_QMIN_RELAXED ? ENGINE_QMIN_RELAXED
                                                                       : ENGINE_QMIN_STRICT;
    options.limits.packets = config->max_query_count;
    options.limits.packets_per_name = config->max_recursion_queries;
    options.limits.names = config->max_query_restarts;
    options.limits.depth = config->max_recursion_depth;
    options.limits.time = (uint64_t)config->resolver_query_timeout * 1000;
    options.limits.waiters = config->clients_per_query;
    return options;
}
