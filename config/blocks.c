/* The blocks at the top: options, acl, server, zone, controls; and the statements only they have. */
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "config/parser.h"
#include "config/values.h"

/* --- options */

static bool read_options(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    return config_parse_block(parser, CONFIG_OPTIONS);
}

static void print_options(const struct config *config, const struct config_rule *rule, FILE *to)
{
    fprintf(to, "%s {\n", rule->name);
    config_print_block(config, CONFIG_OPTIONS, to);
    fputs("};\n", to);
}

const struct config_type config_type_options = {read_options, print_options};

/* parse.c reads it itself: it can stand in any block. */
static bool read_include(struct config_parser *parser, const struct config_rule *rule)
{
    (void)parser;
    (void)rule;
    return false;
}

const struct config_type config_type_include = {read_include, NULL};

/* --- acl NAME { ... } */

const struct config_acl *config_find_acl(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->acl_count; i++)
        if (strcasecmp(config->acls[i].name, name) == 0)
            return &config->acls[i];
    return NULL;
}

static void check_acl_name(struct config_parser *parser)
{
    static const char *const builtin[] = {"any", "none", "localhost", "localnets", "key", "geoip"};
    const struct config_token *token = &parser->token;
    const struct config_acl *first = config_find_acl(parser->config, token->text);
    struct dns_prefix prefix;
    if (first != NULL)
        config_report(parser, token->place, "acl '%.60s' is given twice; the first stands at %.100s:%u:%u",
                      token->text, first->place.file, first->place.line, first->place.column);
    for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++)
        if (strcasecmp(builtin[i], token->text) == 0)
            config_report(parser, token->place, "'%s' is built in: an acl needs another name", token->text);
    if (token->length == 0 || token->length > 63)
        config_report(parser, token->place, "an acl's name has 1 to 63 characters");
    else if (dns_prefix_from_text(token->text, &prefix) == DNS_OK)
        config_report(parser, token->place, "'%s' is an address: an acl needs another name", token->text);
}

/* An earlier use was reported as unknown: now we can say more. */
static void explain_earlier_uses(struct config_parser *parser, const char *name, struct config_place place)
{
    for (size_t i = 0; i < parser->pending_count; i++) {
        struct config_pending *pending = &parser->pending[i];
        if (strcasecmp(pending->name, name) != 0)
            continue;
        struct config_error *error = &parser->errors->error[pending->error];
        snprintf(error->text, sizeof error->text, "acl '%s' is used before it is defined, at %.120s:%u:%u",
                 name, place.file, place.line, place.column);
        pending->name[0] = '\0';
    }
}

static bool read_named_acl(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    struct config *config = parser->config;
    struct config_acl acl = {.place = parser->token.place};
    if (!config_expect_text(parser, "the acl's name"))
        return false;
    size_t before = parser->errors->count;
    check_acl_name(parser);
    bool usable = parser->errors->count == before;
    acl.name = config_take_text(parser, parser->token.text);
    config_advance(parser);
    if (acl.name == NULL || (acl.acl = config_read_acl(parser)) == NULL)
        return false;
    if (config->acl_count == CONFIG_ACLS_MAX) {
        config_report(parser, acl.place, "more than %d acls", CONFIG_ACLS_MAX);
        return true;
    }
    if (!usable)
        return true;
    if (!config_grow(parser, (void **)&config->acls, config->acl_count, sizeof acl))
        return false;
    explain_earlier_uses(parser, acl.name, acl.place);
    config->acls[config->acl_count++] = acl;
    return true;
}

static void print_named_acls(const struct config *config, const struct config_rule *rule, FILE *to)
{
    for (size_t i = 0; i < config->acl_count; i++) {
        fprintf(to, "%s ", rule->name);
        config_print_quoted(config->acls[i].name, to);
        fprintf(to, " %s;\n", config_acl_text(config->acls[i].acl));
    }
}

const struct config_type config_type_named_acl = {read_named_acl, print_named_acls};

/* --- server PREFIX { ... } */

static void check_server(struct config_parser *parser, const struct dns_prefix *prefix)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    const struct config *config = parser->config;
    for (size_t i = 0; i < config->server_count; i++) {
        const struct dns_prefix *other = &config->servers[i].prefix;
        if (other->bits == prefix->bits && dns_address_equal(&other->address, &prefix->address)) {
            config_report(parser, parser->token.place,
                          "server %s is given twice; the first stands at %.120s:%u:%u",
                          config_prefix_text(prefix, text), config->servers[i].place.file,
                          config->servers[i].place.line, config->servers[i].place.column);
            return;
        }
    }
}

static bool read_server(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    struct config *config = parser->config;
    struct config_server server = {.place = parser->token.place};
    if (!config_expect_text(parser, "a server's address or prefix") ||
        !config_prefix(parser, parser->token.text, &server.prefix))
        return false;
    check_server(parser, &server.prefix);
    parser->server = server;
    config_advance(parser);
    if (!config_parse_block(parser, CONFIG_SERVER))
        return false;
    parser->server.bogus_given = config_given(parser, CONFIG_SERVER, "bogus")->line != 0;
    parser->server.edns_given = config_given(parser, CONFIG_SERVER, "edns")->line != 0;
    if (!config_grow(parser, (void **)&config->servers, config->server_count, sizeof server))
        return false;
    config->servers[config->server_count++] = parser->server;
    return true;
}

static void print_servers(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    for (size_t i = 0; i < config->server_count; i++) {
        const struct config_server *server = &config->servers[i];
        fprintf(to, "%s %s {\n", rule->name, config_prefix_text(&server->prefix, text));
        if (server->bogus_given)
            fprintf(to, "    bogus %s;\n", server->bogus ? "yes" : "no");
        if (server->edns_given)
            fprintf(to, "    edns %s;\n", server->edns ? "yes" : "no");
        fputs("};\n", to);
    }
}

const struct config_type config_type_server = {read_server, print_servers};

/* --- controls { unix "path" perm 0600 owner 0 group 0 [read-only yes]; } */

static bool read_controls(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    parser->config->controls_given = true;
    return config_parse_block(parser, CONFIG_CONTROLS);
}

static bool parse_octal(const char *text, uint64_t *value)
{
    *value = 0;
    if (text[0] != '0' || strlen(text) > 8)
        return false;
    for (; *text >= '0' && *text <= '7'; text++)
        *value = *value * 8 + (uint64_t)(*text - '0');
    return *text == '\0';
}

static bool read_mode(struct config_parser *parser, unsigned *mode)
{
    uint64_t value = 0;
    char text[64];
    const struct config_token *token = &parser->token;
    if (token->kind != CONFIG_TOKEN_WORD || !parse_octal(token->text, &value)) {
        config_report(parser, token->place,
                      "perm takes an octal mode with a zero before it, such as 0600, not %s",
                      config_describe(token, text));
        return false;
    }
    if (value > 0777)
        config_report(parser, token->place, "perm is between 0000 and 0777, not '%.20s'", token->text);
    *mode = (unsigned)value;
    config_advance(parser);
    return true;
}

static bool read_id(struct config_parser *parser, const char *what, uint32_t *id)
{
    uint64_t value = 0;
    char text[64];
    const struct config_token *token = &parser->token;
    if (token->kind != CONFIG_TOKEN_WORD || !config_number(token->text, &value) || value >= UINT32_MAX) {
        config_report(parser, token->place, "%s takes a numeric id, not %s", what,
                      config_describe(token, text));
        return false;
    }
    *id = (uint32_t)value;
    config_advance(parser);
    return true;
}

static bool read_control_word(struct config_parser *parser, struct config_control *control, unsigned *seen)
{
    static const struct config_choice words[] = {{"perm", 0}, {"owner", 1}, {"group", 2}, {"read-only", 3}};
    struct config_place place = parser->token.place;
    int word;
    if (config_is_word(parser, "keys")) {
        config_report(parser, place, "a unix socket has no keys: perm, owner and group say who may use it");
        return false;
    }
    if (!config_choose(parser, "behind its path, unix", words, 4, &word))
        return false;
    if (*seen & 1u << word)
        config_report(parser, place, "'%s' is given twice", words[word].word);
    *seen |= 1u << word;
    switch (word) {
    case 0:
        return read_mode(parser, &control->mode);
    case 1:
        return read_id(parser, "owner", &control->owner);
    case 2:
        return read_id(parser, "group", &control->group);
    default:
        return config_choose_boolean(parser, "read-only", &control->read_only);
    }
}

static bool read_unix(struct config_parser *parser, const struct config_rule *rule)
{
    struct config *config = parser->config;
    struct config_control control = {
        .mode = 0600, .owner = UINT32_MAX, .group = UINT32_MAX, .place = parser->token.place};
    unsigned seen = 0;
    if (parser->token.length >= sizeof((struct sockaddr_un *)0)->sun_path)
        config_report(parser, control.place, "a unix socket's path has at most %zu characters",
                      sizeof((struct sockaddr_un *)0)->sun_path - 1);
    if (!config_quoted(parser, rule->name, &control.path))
        return false;
    while (parser->token.kind == CONFIG_TOKEN_WORD)
        if (!read_control_word(parser, &control, &seen))
            return false;
    for (size_t i = 0; i < config->control_count; i++)
        if (strcmp(config->controls[i].path, control.path) == 0)
            config_report(parser, control.place,
                          "this socket is given twice; the first stands at %.120s:%u:%u",
                          config->controls[i].place.file, config->controls[i].place.line,
                          config->controls[i].place.column);
    if (!config_grow(parser, (void **)&config->controls, config->control_count, sizeof control))
        return false;
    config->controls[config->control_count++] = control;
    return true;
}

static void print_controls(const struct config *config, const struct config_rule *rule, FILE *to)
{
    if (!config->controls_given)
        return;
    fprintf(to, "%s {\n", rule->name);
    for (size_t i = 0; i < config->control_count; i++) {
        const struct config_control *control = &config->controls[i];
        fputs("    unix ", to);
        config_print_quoted(control->path, to);
        fprintf(to, " perm 0%03o", control->mode);
        if (control->owner != UINT32_MAX)
            fprintf(to, " owner %u", control->owner);
        if (control->group != UINT32_MAX)
            fprintf(to, " group %u", control->group);
        fprintf(to, " read-only %s;\n", control->read_only ? "yes" : "no");
    }
    fputs("};\n", to);
}

const struct config_type config_type_controls = {read_controls, print_controls};
const struct config_type config_type_unix_socket = {read_unix, NULL};
