/* statistics-channels { inet ADDRESS [port N] [allow { match list }]; }, as in named. */
#include <string.h>

#include "config/parser.h"
#include "config/values.h"

enum { HTTP_PORT = 80, CHANNELS_MAX = 8 };

static bool read_channels(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    return config_parse_block(parser, CONFIG_STATISTICS_CHANNELS);
}

static bool read_address(struct config_parser *parser, struct dns_address *address)
{
    static const uint8_t any[16];
    char text[64];
    const struct config_token *token = &parser->token;
    if (config_accept_word(parser, "*")) {
        *address = dns_address_make(4, any, HTTP_PORT);
        return true;
    }
    if (token->kind != CONFIG_TOKEN_WORD ||
        dns_address_from_text(token->text, HTTP_PORT, address) != DNS_OK) {
        config_report(parser, token->place, "inet takes an address of this host or *, not %s",
                      config_describe(token, text));
        return false;
    }
    config_advance(parser);
    return true;
}

static void check_twice(struct config_parser *parser, const struct config_statistics_channel *channel)
{
    const struct config *config = parser->config;
    for (size_t i = 0; i < config->statistics_channel_count; i++) {
        const struct config_statistics_channel *first = &config->statistics_channels[i];
        if (dns_address_equal(&first->address, &channel->address))
            config_report(parser, channel->place,
                          "this channel is given twice; the first stands at %.120s:%u:%u", first->place.file,
                          first->place.line, first->place.column);
    }
    if (config->statistics_channel_count == CHANNELS_MAX)
        config_report(parser, channel->place, "more than %d channels", CHANNELS_MAX);
}

static bool read_inet(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    struct config *config = parser->config;
    struct config_statistics_channel channel = {.place = parser->token.place};
    if (!read_address(parser, &channel.address))
        return false;
    if (config_accept_word(parser, "port") && !config_read_port(parser, &channel.address.port))
        return false;
    if (config_accept_word(parser, "allow") && (channel.allow = config_read_acl(parser)) == NULL)
        return false;
    check_twice(parser, &channel);
    if (!config_grow(parser, (void **)&config->statistics_channels, config->statistics_channel_count,
                     sizeof channel))
        return false;
    config->statistics_channels[config->statistics_channel_count++] = channel;
    return true;
}

static void print_channels(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    if (config->statistics_channel_count == 0)
        return;
    fprintf(to, "%s {\n", rule->name);
    for (size_t i = 0; i < config->statistics_channel_count; i++) {
        const struct config_statistics_channel *channel = &config->statistics_channels[i];
        struct dns_address address = channel->address;
        address.port = 0;
        fprintf(to, "    inet %s port %u", dns_address_to_text(&address, text), channel->address.port);
        if (channel->allow != NULL)
            fprintf(to, " allow %s", config_acl_text(channel->allow));
        fputs(";\n", to);
    }
    fputs("};\n", to);
}

const struct config_type config_type_statistics_channels = {read_channels, print_channels};
const struct config_type config_type_statistics_inet = {read_inet, NULL};
