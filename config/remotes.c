/* Other servers of a zone: primaries and also-notify, [ port N ] { ( ADDRESS [ port N ] | LIST ) [ key NAME ]; ... }, and
   such lists with names of their own at the top. A list is copied where it is used, so that none can contain itself. */
#include <string.h>
#include <strings.h>

#include "config/parser.h"
#include "config/values.h"

enum { REMOTES_MAX = 64, LISTS_MAX = 1024, PORT = 53 };

static const struct config_remote_list *find_list(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->remote_list_count; i++)
        if (strcasecmp(config->remote_lists[i].name, name) == 0)
            return &config->remote_lists[i];
    return NULL;
}

static void unknown_list(struct config_parser *parser)
{
    char text[96];
    struct config_suggestion suggestion = config_suggest(parser->token.text);
    for (size_t i = 0; i < parser->config->remote_list_count; i++)
        config_suggest_try(&suggestion, parser->config->remote_lists[i].name);
    config_report(parser, parser->token.place,
                  "'%.60s' is neither an address nor a list of servers%s: a list stands before what uses it",
                  parser->token.text, config_suggest_text(&suggestion, text));
}

static bool add(struct config_parser *parser, struct config_remotes *remotes,
                const struct config_remote *remote, struct config_place place)
{
    if (remotes->count == REMOTES_MAX) {
        config_report(parser, place, "too many servers: %d are possible", REMOTES_MAX);
        return false;
    }
    if (!config_grow(parser, (void **)&remotes->remote, remotes->count, sizeof *remote))
        return false;
    remotes->remote[remotes->count++] = *remote;
    return true;
}

/* 0: none is given, or it is unknown, which is reported. */
static bool read_key(struct config_parser *parser, unsigned *key)
{
    *key = 0;
    if (!config_accept_word(parser, "key"))
        return true;
    if (!config_expect_text(parser, "a key's name"))
        return false;
    *key = config_find_key(parser, parser->token.text);
    if (*key == 0)
        config_unknown_key(parser);
    config_advance(parser);
    return true;
}

/* The key is for those of the list that have none. */
static bool add_list(struct config_parser *parser, struct config_remotes *remotes,
                     const struct config_remote_list *list, struct config_place place)
{
    unsigned key;
    config_advance(parser);
    if (!read_key(parser, &key))
        return false;
    for (size_t i = 0; i < list->remotes.count; i++) {
        struct config_remote remote = list->remotes.remote[i];
        if (remote.key == 0)
            remote.key = key;
        if (!add(parser, remotes, &remote, place))
            return false;
    }
    return true;
}

static bool read_element(struct config_parser *parser, uint16_t port, struct config_remotes *remotes)
{
    struct config_remote remote;
    const struct config_token *token = &parser->token;
    struct config_place place = token->place;
    bool word = token->kind == CONFIG_TOKEN_WORD || token->kind == CONFIG_TOKEN_STRING;
    const struct config_remote_list *list = word ? find_list(parser->config, token->text) : NULL;
    if (list != NULL)
        return add_list(parser, remotes, list, place);
    if (word && dns_address_from_text(token->text, port, &remote.address) != DNS_OK) {
        unknown_list(parser);
        return false;
    }
    return config_read_address(parser, port, &remote.address) && read_key(parser, &remote.key) &&
           add(parser, remotes, &remote, place);
}

static bool read_elements(struct config_parser *parser, const char *what, struct config_remotes *remotes)
{
    char text[64];
    uint16_t port = PORT;
    if (config_accept_word(parser, "port") && !config_read_port(parser, &port))
        return false;
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, parser->token.place, "%s takes { ADDRESS; ... }, not %s", what,
                      config_describe(&parser->token, text));
        return false;
    }
    config_advance(parser);
    while (parser->token.kind != CONFIG_TOKEN_CLOSE)
        if (!read_element(parser, port, remotes) || !config_expect_semicolon(parser))
            return false;
    return true;
}

static struct config_remotes *remotes_of(struct config_parser *parser, const struct config_rule *rule)
{
    if (rule->block == CONFIG_OPTIONS)
        return &parser->config->also_notify;
    return strcmp(rule->name, "also-notify") == 0 ? &parser->zone.also_notify : &parser->zone.primaries;
}

static bool read_remotes(struct config_parser *parser, const struct config_rule *rule)
{
    struct config_remotes *remotes = remotes_of(parser, rule);
    if (!read_elements(parser, rule->name, remotes))
        return false;
    if (remotes->count == 0 && remotes == &parser->zone.primaries)
        config_report(parser, parser->token.place, "there are no servers in %s to fetch the zone from",
                      rule->name);
    config_advance(parser);
    return true;
}

void config_print_remotes(const struct config *config, const char *name, const struct config_remotes *remotes,
                          FILE *to)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    fprintf(to, "    %s { ", name);
    for (size_t i = 0; i < remotes->count; i++) {
        const struct config_remote *remote = &remotes->remote[i];
        struct dns_address plain = remote->address;
        plain.port = 0;
        fprintf(to, "%s port %u", dns_address_to_text(&plain, text), remote->address.port);
        if (remote->key != 0) {
            fputs(" key ", to);
            config_print_quoted(config->keys[remote->key - 1].name, to);
        }
        fputs("; ", to);
    }
    fputs("};\n", to);
}

static void print_also_notify(const struct config *config, const struct config_rule *rule, FILE *to)
{
    if (rule->block == CONFIG_OPTIONS)
        config_print_remotes(config, rule->name, &config->also_notify, to);
}

const struct config_type config_type_remotes = {read_remotes, print_also_notify};

/* --- primaries NAME [ port N ] { ... } at the top */

static bool is_new(struct config_parser *parser)
{
    const struct config_token *token = &parser->token;
    const struct config_remote_list *other = find_list(parser->config, token->text);
    struct dns_address address;
    if (dns_address_from_text(token->text, PORT, &address) == DNS_OK)
        config_report(parser, token->place, "a list of servers has a name here: primaries NAME { %.60s; };",
                      token->text);
    else if (other != NULL)
        config_report(parser, token->place, "this list is given twice; the first stands at %.120s:%u:%u",
                      other->place.file, other->place.line, other->place.column);
    else
        return true;
    return false;
}

static bool read_list(struct config_parser *parser, const struct config_rule *rule)
{
    struct config *config = parser->config;
    struct config_remote_list list = {.place = parser->token.place};
    if (!config_expect_text(parser, "the list's name"))
        return false;
    bool usable = is_new(parser);
    list.name = config_take_text(parser, parser->token.text);
    config_advance(parser);
    if (list.name == NULL || !read_elements(parser, rule->name, &list.remotes))
        return false;
    config_advance(parser);
    if (config->remote_list_count == LISTS_MAX) {
        config_report(parser, list.place, "too many lists of servers: %d are possible", LISTS_MAX);
        return false;
    }
    if (!usable)
        return true;
    if (!config_grow(parser, (void **)&config->remote_lists, config->remote_list_count, sizeof list))
        return false;
    config->remote_lists[config->remote_list_count++] = list;
    return true;
}

/* They are printed where they are used. */
const struct config_type config_type_remote_list = {read_list, NULL};
