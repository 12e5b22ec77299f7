/* What can be said only when everything is read: inheritance, defaults, contradictions. */
#include <string.h>

#include "config/parser.h"
#include "config/values.h"

static bool is_given(struct config_parser *parser, const char *name)
{
    return config_given(parser, CONFIG_OPTIONS, name)->line != 0;
}

/* BIND's rules (ARM, allow-query-cache and allow-recursion). What stays NULL gets the table's default. */
static void inherit_access(struct config_parser *parser)
{
    struct config *config = parser->config;
    struct acl *query = config->allow_query, *cache = config->allow_query_cache,
               *recursion = config->allow_recursion;
    if (cache == NULL && recursion != NULL)
        config->allow_query_cache = recursion;
    else if (cache == NULL && !config->recursion)
        config_read_preset(parser, config_rule_find(CONFIG_OPTIONS, "allow-query-cache"), "{ none; }");
    else if (cache == NULL)
        config->allow_query_cache = query;
    if (recursion == NULL)
        config->allow_recursion = cache != NULL ? cache : query;
}

/* What zones of our own do not say for themselves. */
static void inherit_zones(struct config *config)
{
    for (size_t i = 0; i < config->zone_count; i++) {
        struct config_zone *zone = &config->zones[i];
        if (zone->allow_transfer == NULL)
            zone->allow_transfer = config->allow_transfer;
        if (zone->allow_notify == NULL)
            zone->allow_notify = config->allow_notify;
        if (zone->notify == CONFIG_NOTIFY_NOT_SAID)
            zone->notify = config->notify;
        if (zone->also_notify.count == 0 && zone->type == CONFIG_ZONE_PRIMARY)
            zone->also_notify = config->also_notify;
    }
}

/* Without having been given. */
static bool has_a_value(const struct config_parser *parser, const struct config_rule *rule)
{
    const char *name = rule->name;
    const struct config *config = parser->config;
    return rule->type == &config_type_disable_algorithms || rule->type == &config_type_disable_digests ||
           (strcmp(name, "allow-query-cache") == 0 && config->allow_query_cache != NULL) ||
           (strcmp(name, "allow-recursion") == 0 && config->allow_recursion != NULL);
}

static void apply_default(struct config_parser *parser, const struct config_rule *rule)
{
    size_t count;
    bool whole = rule->block == CONFIG_OPTIONS || rule->block == CONFIG_CATEGORY_NAME;
    if (!whole || rule->ignored || rule->preset[0] == '\0' || has_a_value(parser, rule))
        return;
    if (parser->given[rule - config_rules(&count)].line == 0)
        config_read_preset(parser, rule, rule->preset);
}

static void keep_given(struct config_parser *parser)
{
    size_t count;
    config_rules(&count);
    bool *given = config_take(parser, count * sizeof *given);
    for (size_t i = 0; given != NULL && i < count; i++)
        given[i] = parser->given[i].line != 0;
    parser->config->given = given;
}

static void check_bounds(struct config_parser *parser, const char *least, uint32_t low, const char *most,
                         uint32_t high)
{
    if (low <= high)
        return;
    /* That is where it was given: the least ones are 0 otherwise. */
    config_report(parser, *config_given(parser, CONFIG_OPTIONS, least), "%s (%u) is above %s (%u)", least,
                  low, most, high);
}

void config_finish(struct config_parser *parser)
{
    struct config *config = parser->config;
    if (parser->out_of_memory)
        return;
    if (!is_given(parser, "recursion"))
        config_read_preset(parser, config_rule_find(CONFIG_OPTIONS, "recursion"), "yes");
    inherit_access(parser);
    size_t count;
    const struct config_rule *rules = config_rules(&count);
    for (size_t i = 0; i < count; i++)
        apply_default(parser, &rules[i]);
    keep_given(parser);
    inherit_zones(config);
    check_bounds(parser, "min-cache-ttl", config->min_cache_ttl, "max-cache-ttl", config->max_cache_ttl);
    check_bounds(parser, "min-ncache-ttl", config->min_ncache_ttl, "max-ncache-ttl", config->max_ncache_ttl);
    if (config->dnstap != 0 && config->dnstap_path == NULL)
        config_report(parser, *config_given(parser, CONFIG_OPTIONS, "dnstap"),
                      "dnstap needs dnstap-output, which says where to");
    config_finish_trust(parser);
    config_resolve_categories(parser);
}
