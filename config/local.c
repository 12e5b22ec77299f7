/* What zones of our own have: keys, whom to notify. Their other servers are in remotes.c. */
#include <string.h>
#include <strings.h>

#include "config/parser.h"
#include "config/values.h"
#include "dnssec/base.h"

enum { KEYS_MAX = 1024, EMPTY_ZONES_MAX = 1024 };

/* --- key "NAME" { algorithm ...; secret "..."; } */

unsigned config_find_key(const struct config_parser *parser, const char *name)
{
    struct dns_name_buffer wanted;
    const struct config *config = parser->config;
    if (dns_name_from_text(name, &wanted) != DNS_OK)
        return 0;
    for (size_t i = 0; i < config->key_count; i++)
        if (dns_name_equal(dns_name_view(&config->keys[i].key.name), dns_name_view(&wanted)))
            return (unsigned)i + 1;
    return 0;
}

void config_unknown_key(struct config_parser *parser)
{
    char text[96];
    struct config_suggestion suggestion = config_suggest(parser->token.text);
    for (size_t i = 0; i < parser->config->key_count; i++)
        config_suggest_try(&suggestion, parser->config->keys[i].name);
    config_report(parser, parser->token.place, "unknown key '%.60s'%s: a key stands before what uses it",
                  parser->token.text, config_suggest_text(&suggestion, text));
}

static bool is_given(struct config_parser *parser, const char *statement)
{
    return config_given(parser, CONFIG_KEY, statement)->line != 0;
}

static bool read_key(struct config_parser *parser, const struct config_rule *rule)
{
    struct config *config = parser->config;
    struct config_key key = {.place = parser->token.place};
    (void)rule;
    if (!config_expect_text(parser, "the key's name"))
        return false;
    if (dns_name_from_text(parser->token.text, &key.key.name) != DNS_OK) {
        config_report(parser, key.place, "'%.60s' is not a domain name, as a key's name has to be",
                      parser->token.text);
        return false;
    }
    unsigned other = config_find_key(parser, parser->token.text);
    if (other != 0)
        config_report(parser, key.place, "this key is given twice; the first stands at %.120s:%u:%u",
                      config->keys[other - 1].place.file, config->keys[other - 1].place.line,
                      config->keys[other - 1].place.column);
    key.name = config_take_text(parser, parser->token.text);
    config_advance(parser);
    parser->key = key;
    if (key.name == NULL || !config_parse_block(parser, CONFIG_KEY))
        return false;
    if (!is_given(parser, "algorithm"))
        config_report(parser, key.place, "this key has no algorithm (algorithm hmac-sha256;)");
    if (!is_given(parser, "secret"))
        config_report(parser, key.place, "this key has no secret \"...\"");
    if (config->key_count == KEYS_MAX) {
        config_report(parser, key.place, "too many keys: %d are possible", KEYS_MAX);
        return false;
    }
    if (!config_grow(parser, (void **)&config->keys, config->key_count, sizeof key))
        return false;
    config->keys[config->key_count++] = parser->key;
    return true;
}

static void print_keys(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char secret[(TSIG_SECRET_MAX + 2) / 3 * 4 + 1];
    for (size_t i = 0; i < config->key_count; i++) {
        const struct config_key *key = &config->keys[i];
        fprintf(to, "%s ", rule->name);
        config_print_quoted(key->name, to);
        if (config->hide_secrets)
            strcpy(secret, "????");
        else
            base64_encode(key->key.secret, key->key.secret_length, secret, sizeof secret);
        fprintf(to, " {\n    algorithm %s;\n    secret \"%s\";\n};\n",
                tsig_algorithm_text(key->key.algorithm), secret);
    }
}

const struct config_type config_type_key = {read_key, print_keys};

static bool read_algorithm(struct config_parser *parser, const struct config_rule *rule)
{
    struct tsig_key *key = &parser->key.key;
    (void)rule;
    if (!config_expect_text(parser, "an algorithm"))
        return false;
    if (!tsig_algorithm_from_text(parser->token.text, &key->algorithm, &key->mac_length)) {
        config_report(parser, parser->token.place,
                      "'%.40s' is no algorithm for keys; there are hmac-sha256, hmac-sha384 and hmac-sha512",
                      parser->token.text);
        return false;
    }
    config_advance(parser);
    return true;
}

const struct config_type config_type_key_algorithm = {read_algorithm, NULL};

static bool read_secret(struct config_parser *parser, const struct config_rule *rule)
{
    struct tsig_key *key = &parser->key.key;
    size_t length = 0;
    (void)rule;
    if (!config_expect_text(parser, "a secret in base64"))
        return false;
    bool good = base64_decode(parser->token.text, key->secret, sizeof key->secret, &length) && length > 0;
    if (!good) {
        config_report(parser, parser->token.place, "this is no secret: base64 of up to %d octets is expected",
                      TSIG_SECRET_MAX);
        return false;
    }
    key->secret_length = (uint16_t)length;
    config_advance(parser);
    return true;
}

const struct config_type config_type_key_secret = {read_secret, NULL};

/* --- notify */

static const struct config_choice ways[] = {
    {"yes", CONFIG_NOTIFY_YES},          {"no", CONFIG_NOTIFY_NO},    {"explicit", CONFIG_NOTIFY_EXPLICIT},
    {"primary-only", CONFIG_NOTIFY_YES}, {"true", CONFIG_NOTIFY_YES}, {"false", CONFIG_NOTIFY_NO},
    {"master-only", CONFIG_NOTIFY_YES}};

static bool read_notify(struct config_parser *parser, const struct config_rule *rule)
{
    int value;
    if (!config_choose(parser, rule->name, ways, sizeof ways / sizeof ways[0], &value))
        return false;
    *(rule->block == CONFIG_ZONE ? &parser->zone.notify : &parser->config->notify) =
        (enum config_notify)value;
    return true;
}

static const char *notify_text(enum config_notify notify)
{
    return notify == CONFIG_NOTIFY_NO ? "no" : notify == CONFIG_NOTIFY_EXPLICIT ? "explicit" : "yes";
}

static void print_notify(const struct config *config, const struct config_rule *rule, FILE *to)
{
    if (rule->block == CONFIG_OPTIONS)
        fprintf(to, "    notify %s;\n", notify_text(config->notify));
}

const struct config_type config_type_notify = {read_notify, print_notify};

/* --- allow-update { none; } */

static bool read_no_update(struct config_parser *parser, const struct config_rule *rule)
{
    struct config_place place = parser->token.place;
    struct acl *acl = config_read_acl(parser);
    if (acl != NULL && strcmp(config_acl_text(acl), "{ none; }") != 0 &&
        strcmp(config_acl_text(acl), "{ }") != 0)
        config_report(parser, place, "dynamic updates are not supported: %s can only be { none; }",
                      rule->name);
    return acl != NULL;
}

const struct config_type config_type_no_update = {read_no_update, NULL};

/* --- disable-empty-zone NAME */

static bool read_empty_zone(struct config_parser *parser, const struct config_rule *rule)
{
    struct config *config = parser->config;
    struct dns_name_buffer name;
    (void)rule;
    if (!config_name(parser, "a name", &name))
        return false;
    if (config->disabled_empty_zone_count == EMPTY_ZONES_MAX) {
        config_report(parser, parser->token.place, "more than %d names", EMPTY_ZONES_MAX);
        return false;
    }
    if (!config_grow(parser, (void **)&config->disabled_empty_zones, config->disabled_empty_zone_count,
                     sizeof name))
        return false;
    config->disabled_empty_zones[config->disabled_empty_zone_count++] = name;
    return true;
}

static void print_empty_zones(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char name[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; i < config->disabled_empty_zone_count; i++) {
        fprintf(to, "    %s ", rule->name);
        config_print_quoted(dns_name_to_text(dns_name_view(&config->disabled_empty_zones[i]), name), to);
        fputs(";\n", to);
    }
}

const struct config_type config_type_empty_zone = {read_empty_zone, print_empty_zones};

/* --- rootwalk-checkconf -p */

static void print_acl(const char *name, const struct acl *acl, FILE *to)
{
    if (acl != NULL)
        fprintf(to, "    %s %s;\n", name, config_acl_text(acl));
}

void config_print_local(const struct config *config, const struct config_zone *zone, FILE *to)
{
    if (zone->type == CONFIG_ZONE_SECONDARY)
        config_print_remotes(config, "primaries", &zone->primaries, to);
    print_acl("allow-query", zone->allow_query, to);
    print_acl("allow-transfer", zone->allow_transfer, to);
    print_acl("allow-notify", zone->allow_notify, to);
    fprintf(to, "    notify %s;\n", notify_text(zone->notify));
    config_print_remotes(config, "also-notify", &zone->also_notify, to);
}
