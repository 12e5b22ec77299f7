/* Statements of options about addresses and ports, and those that only say what rootwalk does not do. */
#include <string.h>

#include "config/parser.h"
#include "config/values.h"

/* --- listen-on [port N] { ... } */

static bool is_v6(const struct config_rule *rule)
{
    size_t length = strlen(rule->name);
    return length > 3 && strcmp(rule->name + length - 3, "-v6") == 0;
}

bool config_read_port(struct config_parser *parser, uint16_t *port)
{
    uint64_t value = 0;
    char text[64];
    const struct config_token *token = &parser->token;
    if (token->kind != CONFIG_TOKEN_WORD || !config_number(token->text, &value) || value == 0 ||
        value > 65535) {
        config_report(parser, token->place, "a port is between 1 and 65535, not %s",
                      config_describe(token, text));
        return false;
    }
    *port = (uint16_t)value;
    config_advance(parser);
    return true;
}

static bool read_listen(struct config_parser *parser, const struct config_rule *rule)
{
    struct config *config = parser->config;
    struct config_listen **all = is_v6(rule) ? &config->listen_v6 : &config->listen;
    size_t *count = is_v6(rule) ? &config->listen_v6_count : &config->listen_count;
    struct config_listen listen = {.place = parser->token.place};
    if (config_accept_word(parser, "port") && !config_read_port(parser, &listen.port))
        return false;
    listen.addresses = config_read_acl(parser);
    if (listen.addresses == NULL || !config_grow(parser, (void **)all, *count, sizeof listen))
        return false;
    (*all)[(*count)++] = listen;
    return true;
}

static void print_listen(const struct config *config, const struct config_rule *rule, FILE *to)
{
    const struct config_listen *listen = is_v6(rule) ? config->listen_v6 : config->listen;
    size_t count = is_v6(rule) ? config->listen_v6_count : config->listen_count;
    for (size_t i = 0; i < count; i++) {
        fprintf(to, "    %s ", rule->name);
        if (listen[i].port != 0)
            fprintf(to, "port %u ", listen[i].port);
        fprintf(to, "%s;\n", config_acl_text(listen[i].addresses));
    }
}

const struct config_type config_type_listen = {read_listen, print_listen};

/* --- query-source [address] (ADDRESS | *) [port *] */

static bool read_source_address(struct config_parser *parser, const struct config_rule *rule,
                                struct dns_address *address)
{
    char text[64];
    const struct config_token *token = &parser->token;
    unsigned family = is_v6(rule) ? 6 : 4;
    if (config_accept_word(parser, "*"))
        return true;
    if (token->kind != CONFIG_TOKEN_WORD || dns_address_from_text(token->text, 0, address) != DNS_OK ||
        address->family != family) {
        config_report(parser, token->place, "%s takes an IPv%u address or *, not %s", rule->name, family,
                      config_describe(token, text));
        return false;
    }
    config_advance(parser);
    return true;
}

static bool read_source_port(struct config_parser *parser, const struct config_rule *rule)
{
    uint16_t port;
    struct config_place place = parser->token.place;
    if (config_accept_word(parser, "*"))
        return true;
    if (!config_read_port(parser, &port))
        return false;
    config_report(parser, place,
                  "%s: a fixed port makes forged answers easy; ports are chosen at random (port *)",
                  rule->name);
    return true;
}

static bool read_query_source(struct config_parser *parser, const struct config_rule *rule)
{
    struct dns_address address = {0};
    const struct config_place place = *config_given(parser, rule->block, rule->name);
    bool has_address = false, has_port = false;
    while (parser->token.kind == CONFIG_TOKEN_WORD) {
        if (!has_port && config_accept_word(parser, "port")) {
            has_port = true;
            if (!read_source_port(parser, rule))
                return false;
        } else if (!has_address) {
            has_address = true;
            config_accept_word(parser, "address");
            if (!read_source_address(parser, rule, &address))
                return false;
        } else {
            break;
        }
    }
    char text[64];
    if (!has_address && !has_port) {
        config_report(parser, parser->token.place, "%s takes an address or *, not %s", rule->name,
                      config_describe(&parser->token, text));
        return false;
    }
    *(is_v6(rule) ? &parser->config->query_source_v6 : &parser->config->query_source) = address;
    *(is_v6(rule) ? &parser->config->query_source_v6_place : &parser->config->query_source_place) = place;
    return true;
}

static void print_query_source(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    const struct dns_address *address = is_v6(rule) ? &config->query_source_v6 : &config->query_source;
    fprintf(to, "    %s address %s port *;\n", rule->name,
            address->family == 0 ? "*" : dns_address_to_text(address, text));
}

const struct config_type config_type_query_source = {read_query_source, print_query_source};

/* --- what can only be said one way */

static bool read_inet(struct config_parser *parser, const struct config_rule *rule)
{
    config_report(parser, *config_given(parser, rule->block, rule->name),
                  "rootwalk is controlled through its unix socket only: unix \"path\";");
    return false;
}

const struct config_type config_type_inet = {read_inet, NULL};
