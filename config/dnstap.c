/* dnstap { client; resolver response; }; dnstap-output unix "path"; in options, as in named. */
#include <strings.h>

#include "config/parser.h"
#include "config/values.h"

static const struct config_choice kinds[] = {
    {"all", CONFIG_DNSTAP_CLIENT_QUERY | CONFIG_DNSTAP_CLIENT_RESPONSE | CONFIG_DNSTAP_RESOLVER_QUERY |
                CONFIG_DNSTAP_RESOLVER_RESPONSE},
    {"client", CONFIG_DNSTAP_CLIENT_QUERY | CONFIG_DNSTAP_CLIENT_RESPONSE},
    {"resolver", CONFIG_DNSTAP_RESOLVER_QUERY | CONFIG_DNSTAP_RESOLVER_RESPONSE},
};

static const struct config_choice directions[] = {
    {"query", CONFIG_DNSTAP_CLIENT_QUERY | CONFIG_DNSTAP_RESOLVER_QUERY},
    {"response", CONFIG_DNSTAP_CLIENT_RESPONSE | CONFIG_DNSTAP_RESOLVER_RESPONSE},
};

static bool read_dnstap(struct config_parser *parser, const struct config_rule *rule)
{
    int kind, direction;
    char text[64];
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, parser->token.place, "'{' is expected, not %s",
                      config_describe(&parser->token, text));
        return false;
    }
    config_advance(parser);
    while (parser->token.kind != CONFIG_TOKEN_CLOSE) {
        if (!config_choose(parser, rule->name, kinds, 3, &kind))
            return false;
        direction = kinds[0].value;
        if (parser->token.kind == CONFIG_TOKEN_WORD &&
            !config_choose(parser, "behind what is to be written, dnstap", directions, 2, &direction))
            return false;
        parser->config->dnstap |= (unsigned)(kind & direction);
        if (!config_expect_semicolon(parser) && parser->token.kind != CONFIG_TOKEN_CLOSE)
            return false;
    }
    config_advance(parser);
    return true;
}

static void print_dnstap(const struct config *config, const struct config_rule *rule, FILE *to)
{
    static const struct {
        unsigned kind;
        const char *words;
    } all[] = {
        {CONFIG_DNSTAP_CLIENT_QUERY, "client query"},
        {CONFIG_DNSTAP_CLIENT_RESPONSE, "client response"},
        {CONFIG_DNSTAP_RESOLVER_QUERY, "resolver query"},
        {CONFIG_DNSTAP_RESOLVER_RESPONSE, "resolver response"},
    };
    if (config->dnstap == 0)
        return;
    fprintf(to, "    %s { ", rule->name);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (config->dnstap & all[i].kind)
            fprintf(to, "%s; ", all[i].words);
    fputs("};\n", to);
}

static bool read_output(struct config_parser *parser, const struct config_rule *rule)
{
    static const struct config_choice words[] = {{"file", 0}, {"unix", 1}};
    int word;
    if (!config_choose(parser, rule->name, words, 2, &word))
        return false;
    parser->config->dnstap_to_socket = word == 1;
    return config_quoted(parser, rule->name, &parser->config->dnstap_path);
}

static void print_output(const struct config *config, const struct config_rule *rule, FILE *to)
{
    if (config->dnstap_path == NULL)
        return;
    fprintf(to, "    %s %s ", rule->name, config->dnstap_to_socket ? "unix" : "file");
    config_print_quoted(config->dnstap_path, to);
    fputs(";\n", to);
}

const struct config_type config_type_dnstap = {read_dnstap, print_dnstap};
const struct config_type config_type_dnstap_output = {read_output, print_output};
