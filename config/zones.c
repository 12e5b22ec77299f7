/* zone "NAME" [IN] { type ...; }: the root's hints, where other names are asked for (forward, static-stub), and what all
   types share; what only zones of our own have is in local.c. */
#include <string.h>

#include "config/parser.h"
#include "config/values.h"

enum { SERVERS_MAX = 20, DNS_PORT = 53 };

static const struct config_choice types[] = {{"primary", CONFIG_ZONE_PRIMARY},
                                             {"secondary", CONFIG_ZONE_SECONDARY},
                                             {"hint", CONFIG_ZONE_HINT},
                                             {"forward", CONFIG_ZONE_FORWARD},
                                             {"static-stub", CONFIG_ZONE_STATIC_STUB},
                                             {"master", CONFIG_ZONE_PRIMARY},
                                             {"slave", CONFIG_ZONE_SECONDARY}};

#define TYPE(type) (1u << CONFIG_ZONE_##type)

/* In which types of zone a statement means something. */
static const struct {
    const char *statement;
    unsigned types;
} meanings[] = {
    {"file", TYPE(HINT) | TYPE(PRIMARY) | TYPE(SECONDARY)},
    {"forward", TYPE(FORWARD)},
    {"forwarders", TYPE(FORWARD)},
    {"server-addresses", TYPE(STATIC_STUB)},
    {"primaries", TYPE(SECONDARY)},
    {"masters", TYPE(SECONDARY)},
    {"allow-query", TYPE(PRIMARY) | TYPE(SECONDARY)},
    {"allow-transfer", TYPE(PRIMARY) | TYPE(SECONDARY)},
    {"allow-notify", TYPE(SECONDARY)},
    {"allow-update", TYPE(PRIMARY)},
    {"notify", TYPE(PRIMARY) | TYPE(SECONDARY)},
    {"also-notify", TYPE(PRIMARY) | TYPE(SECONDARY)},
};

static bool read_zone_name(struct config_parser *parser, struct config_zone *zone)
{
    zone->place = parser->token.place;
    if (!config_expect_text(parser, "the zone's name"))
        return false;
    zone->name = config_take(parser, sizeof *zone->name);
    if (zone->name == NULL)
        return false;
    if (dns_name_from_text(parser->token.text, zone->name) != DNS_OK) {
        config_report(parser, zone->place, "'%.60s' is not a domain name", parser->token.text);
        return false;
    }
    config_advance(parser);
    if (parser->token.kind == CONFIG_TOKEN_WORD && !config_is_word(parser, "in"))
        config_report(parser, parser->token.place, "a zone's class is IN, not '%.40s'", parser->token.text);
    if (parser->token.kind == CONFIG_TOKEN_WORD)
        config_advance(parser);
    return true;
}

static bool is_given(struct config_parser *parser, const char *statement)
{
    return config_given(parser, CONFIG_ZONE, statement)->line != 0;
}

/* Statements that have nothing to say in a zone of this type. */
static void check_meanings(struct config_parser *parser, const struct config_zone *zone)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if ((meanings[i].types & 1u << zone->type) == 0 && is_given(parser, meanings[i].statement))
            config_report(parser, *config_given(parser, CONFIG_ZONE, meanings[i].statement),
                          "%s has no meaning in a zone of this type; leave it out", meanings[i].statement);
}

static void check_type(struct config_parser *parser, const struct config_zone *zone)
{
    bool needs_file = zone->type == CONFIG_ZONE_HINT || zone->type == CONFIG_ZONE_PRIMARY;
    check_meanings(parser, zone);
    if (zone->type == CONFIG_ZONE_HINT && !dns_name_is_root(dns_name_view(zone->name)))
        config_report(parser, zone->place, "hints are for the root only: zone \".\"");
    if (needs_file && zone->file == NULL && !is_given(parser, "file"))
        config_report(parser, zone->place, "this zone has no file (file \"...\";)");
    if (zone->type == CONFIG_ZONE_FORWARD && !is_given(parser, "forwarders"))
        config_report(parser, zone->place,
                      "this zone has no forwarders (forwarders { ADDRESS; ... }; or { } to ask the "
                      "authoritative servers)");
    if (zone->type == CONFIG_ZONE_STATIC_STUB && zone->addresses.count == 0)
        config_report(parser, zone->place, "this zone has no server-addresses { ADDRESS; ... }");
    if (zone->type == CONFIG_ZONE_SECONDARY && !is_given(parser, "primaries") && !is_given(parser, "masters"))
        config_report(parser, zone->place, "this zone has no primaries { ADDRESS; ... } to fetch it from");
}

/* What is fetched is written to the file: over what another zone has there. */
static void check_file(struct config_parser *parser, const struct config_zone *zone,
                       const struct config_zone *other)
{
    bool written = zone->type == CONFIG_ZONE_SECONDARY || other->type == CONFIG_ZONE_SECONDARY;
    if (written && zone->file != NULL && other->file != NULL && strcmp(zone->file, other->file) == 0)
        config_report(
            parser, zone->place,
            "this zone has the file of the one at %.120s:%u:%u, and the file of a secondary zone is "
            "written to; give it another",
            other->place.file, other->place.line, other->place.column);
}

/* With another type all has been said; and what else such a zone lacks is nobody's business. */
static void check_zone(struct config_parser *parser, const struct config_zone *zone)
{
    const struct config *config = parser->config;
    if (zone->type == CONFIG_ZONE_NO_TYPE && !is_given(parser, "type")) {
        config_report(parser, zone->place, "this zone has no type (type hint;)");
        return;
    }
    if (zone->type != CONFIG_ZONE_NO_TYPE)
        check_type(parser, zone);
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *other = &config->zones[i];
        check_file(parser, zone, other);
        if (dns_name_equal(dns_name_view(other->name), dns_name_view(zone->name)) &&
            (other->type == CONFIG_ZONE_HINT) == (zone->type == CONFIG_ZONE_HINT))
            config_report(parser, zone->place, "this zone is given twice; the first stands at %.120s:%u:%u",
                          other->place.file, other->place.line, other->place.column);
    }
}

static bool read_zone(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    struct config *config = parser->config;
    struct config_zone zone = {0};
    if (!read_zone_name(parser, &zone))
        return false;
    parser->zone = zone;
    parser->zone_type_unsupported = false;
    if (!config_parse_block(parser, CONFIG_ZONE))
        return false;
    if (parser->zone_type_unsupported)
        return true;
    check_zone(parser, &parser->zone);
    if (!config_grow(parser, (void **)&config->zones, config->zone_count, sizeof zone))
        return false;
    config->zones[config->zone_count++] = parser->zone;
    return true;
}

static void print_addresses(const char *name, const struct config_addresses *addresses, FILE *to)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    fprintf(to, "    %s { ", name);
    for (size_t i = 0; i < addresses->count; i++) {
        struct dns_address plain = addresses->address[i];
        plain.port = 0;
        fprintf(to, "%s port %u; ", dns_address_to_text(&plain, text), addresses->address[i].port);
    }
    fputs("};\n", to);
}

static const char *forward_text(enum config_forward forward)
{
    return forward == CONFIG_FORWARD_ONLY ? "only" : "first";
}

static void print_zone(const struct config *config, const struct config_zone *zone, FILE *to)
{
    size_t i = 0;
    while (types[i].value != (int)zone->type)
        i++;
    fprintf(to, "    type %s;\n", types[i].word);
    if (zone->file != NULL) {
        fputs("    file ", to);
        config_print_quoted(zone->file, to);
        fputs(";\n", to);
    }
    if (zone->type == CONFIG_ZONE_FORWARD) {
        fprintf(to, "    forward %s;\n", forward_text(zone->forward));
        print_addresses("forwarders", &zone->addresses, to);
    } else if (zone->type == CONFIG_ZONE_STATIC_STUB) {
        print_addresses("server-addresses", &zone->addresses, to);
    } else if (zone->type != CONFIG_ZONE_HINT) {
        config_print_local(config, zone, to);
    }
}

static void print_zones(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char text[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; i < config->zone_count; i++) {
        fprintf(to, "%s ", rule->name);
        config_print_quoted(dns_name_to_text(dns_name_view(config->zones[i].name), text), to);
        fputs(" {\n", to);
        print_zone(config, &config->zones[i], to);
        fputs("};\n", to);
    }
}

const struct config_type config_type_zone = {read_zone, print_zones};

/* --- type */

static bool read_zone_type(struct config_parser *parser, const struct config_rule *rule)
{
    static const char *const others[] = {"stub", "mirror", "redirect", "delegation-only"};
    int value;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (config_is_word(parser, others[i])) {
            config_report(parser, parser->token.place, "zone type '%s' is not supported yet by this version",
                          others[i]);
            parser->zone_type_unsupported = true;
            config_advance(parser);
            return true;
        }
    }
    if (!config_choose(parser, rule->name, types, sizeof types / sizeof types[0], &value))
        return false;
    parser->zone.type = (enum config_zone_type)value;
    return true;
}

const struct config_type config_type_zone_type = {read_zone_type, NULL};

/* --- forward first | only */

static bool read_forward(struct config_parser *parser, const struct config_rule *rule)
{
    static const struct config_choice ways[] = {{"first", CONFIG_FORWARD_FIRST},
                                                {"only", CONFIG_FORWARD_ONLY}};
    int value;
    if (!config_choose(parser, rule->name, ways, 2, &value))
        return false;
    *(rule->block == CONFIG_ZONE ? &parser->zone.forward : &parser->config->forward) =
        (enum config_forward)value;
    return true;
}

static void print_forward(const struct config *config, const struct config_rule *rule, FILE *to)
{
    if (rule->block == CONFIG_OPTIONS)
        fprintf(to, "    forward %s;\n", forward_text(config->forward));
}

const struct config_type config_type_forward = {read_forward, print_forward};

/* --- forwarders and server-addresses [ port N ] { ADDRESS [ port N ]; ... } */

bool config_read_address(struct config_parser *parser, uint16_t port, struct dns_address *address)
{
    char text[64];
    const struct config_token *token = &parser->token;
    if (token->kind != CONFIG_TOKEN_WORD || dns_address_from_text(token->text, port, address) != DNS_OK) {
        config_report(parser, token->place, "an IP address is expected, not %s",
                      config_describe(token, text));
        return false;
    }
    config_advance(parser);
    if (config_accept_word(parser, "port") && !config_read_port(parser, &address->port))
        return false;
    if (config_is_word(parser, "tls")) {
        config_report(parser, parser->token.place, "servers cannot be asked over TLS yet; leave tls out");
        return false;
    }
    return true;
}

static bool add_address(struct config_parser *parser, struct config_addresses *addresses,
                        const struct dns_address *address, struct config_place place)
{
    if (addresses->count == SERVERS_MAX) {
        config_report(parser, place, "too many servers: %u can be asked", SERVERS_MAX);
        return false;
    }
    if (!config_grow(parser, (void **)&addresses->address, addresses->count, sizeof *address))
        return false;
    addresses->address[addresses->count++] = *address;
    return true;
}

static bool read_addresses(struct config_parser *parser, const struct config_rule *rule)
{
    char text[64];
    uint16_t port = DNS_PORT;
    struct config_addresses *addresses =
        rule->block == CONFIG_ZONE ? &parser->zone.addresses : &parser->config->forwarders;
    if (config_accept_word(parser, "port") && !config_read_port(parser, &port))
        return false;
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, parser->token.place, "%s takes { ADDRESS; ... }, not %s", rule->name,
                      config_describe(&parser->token, text));
        return false;
    }
    config_advance(parser);
    while (parser->token.kind != CONFIG_TOKEN_CLOSE) {
        struct dns_address address = {0};
        struct config_place place = parser->token.place;
        if (!config_read_address(parser, port, &address) ||
            !add_address(parser, addresses, &address, place) || !config_expect_semicolon(parser))
            return false;
    }
    config_advance(parser);
    return true;
}

static void print_forwarders(const struct config *config, const struct config_rule *rule, FILE *to)
{
    if (rule->block == CONFIG_OPTIONS)
        print_addresses(rule->name, &config->forwarders, to);
}

const struct config_type config_type_addresses = {read_addresses, print_forwarders};
