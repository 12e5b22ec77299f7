/* logging { channel NAME { ... }; category NAME { channel; ... }; } */
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "config/parser.h"
#include "config/values.h"

static const struct config_choice severities[] = {
    {"critical", CONFIG_CRITICAL}, {"error", CONFIG_ERROR}, {"warning", CONFIG_WARNING},
    {"notice", CONFIG_NOTICE},     {"info", CONFIG_INFO},   {"debug", CONFIG_DEBUG},
    {"dynamic", CONFIG_DYNAMIC},
};

static const struct config_choice facilities[] = {
    {"kern", LOG_KERN},     {"user", LOG_USER},         {"mail", LOG_MAIL},     {"daemon", LOG_DAEMON},
    {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"syslog", LOG_SYSLOG}, {"lpr", LOG_LPR},
    {"news", LOG_NEWS},     {"uucp", LOG_UUCP},         {"cron", LOG_CRON},     {"ftp", LOG_FTP},
    {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},
    {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},     {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
};
enum { FACILITIES = sizeof facilities / sizeof facilities[0] };

static bool add_channel(struct config_parser *parser, const struct config_channel *channel)
{
    struct config *config = parser->config;
    if (!config_grow(parser, (void **)&config->channels, config->channel_count, sizeof *channel))
        return false;
    config->channels[config->channel_count++] = *channel;
    return true;
}

bool config_builtin_channels(struct config_parser *parser)
{
    static const struct config_channel builtin[] = {
        {.to = CONFIG_LOG_SYSLOG, .facility = LOG_DAEMON, .severity = CONFIG_INFO},
        {.to = CONFIG_LOG_FILE, .facility = LOG_DAEMON, .severity = CONFIG_DYNAMIC},
        {.to = CONFIG_LOG_STDERR, .facility = LOG_DAEMON, .severity = CONFIG_INFO},
        {.to = CONFIG_LOG_NULL, .facility = LOG_DAEMON, .severity = CONFIG_INFO},
    };
    static const char *const names[] = {"default_syslog", "default_debug", "default_stderr", "null"};
    for (size_t i = 0; i < CONFIG_BUILTIN_CHANNELS; i++) {
        struct config_channel channel = builtin[i];
        channel.name = config_take_text(parser, names[i]);
        if (channel.to == CONFIG_LOG_FILE)
            channel.file = config_take_text(parser, "rootwalk.run");
        channel.print_time = channel.to == CONFIG_LOG_FILE || channel.to == CONFIG_LOG_STDERR;
        channel.print_category = channel.print_severity = channel.to == CONFIG_LOG_FILE;
        if (parser->out_of_memory || !add_channel(parser, &channel))
            return false;
    }
    return true;
}

static bool read_logging(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    return config_parse_block(parser, CONFIG_LOGGING);
}

/* --- channel NAME { ... } */

static void check_channel_name(struct config_parser *parser, const char *name)
{
    const struct config *config = parser->config;
    struct config_place place = parser->token.place;
    for (size_t i = 0; i < config->channel_count; i++) {
        if (strcasecmp(config->channels[i].name, name) != 0)
            continue;
        if (i < CONFIG_BUILTIN_CHANNELS)
            config_report(parser, place, "channel '%.60s' is built in: a channel needs another name", name);
        else
            config_report(parser, place, "channel '%.60s' is given twice; the first stands at %.100s:%u:%u",
                          name, config->channels[i].place.file, config->channels[i].place.line,
                          config->channels[i].place.column);
    }
    if (*name == '\0')
        config_report(parser, place, "a channel needs a name");
}

static bool has_destination(struct config_parser *parser)
{
    return config_given(parser, CONFIG_CHANNEL, "file")->line != 0 ||
           config_given(parser, CONFIG_CHANNEL, "syslog")->line != 0 ||
           config_given(parser, CONFIG_CHANNEL, "stderr")->line != 0 ||
           config_given(parser, CONFIG_CHANNEL, "journal")->line != 0 ||
           config_given(parser, CONFIG_CHANNEL, "null")->line != 0;
}

static bool read_channel(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    struct config_place place = parser->token.place;
    if (!config_expect_text(parser, "the channel's name"))
        return false;
    check_channel_name(parser, parser->token.text);
    parser->channel = (struct config_channel){.name = config_take_text(parser, parser->token.text),
                                              .facility = LOG_DAEMON,
                                              .severity = CONFIG_INFO,
                                              .place = place};
    parser->channel_destination = NULL;
    config_advance(parser);
    if (parser->channel.name == NULL || !config_parse_block(parser, CONFIG_CHANNEL))
        return false;
    if (!has_destination(parser))
        config_report(parser, place,
                      "channel '%.60s' has no destination: file, syslog, journal, stderr or null",
                      parser->channel.name);
    return add_channel(parser, &parser->channel);
}

/* A channel goes to one place only. */
static void go_to(struct config_parser *parser, const struct config_rule *rule, enum config_log_to to)
{
    if (parser->channel_destination != NULL && parser->channel_destination != rule->name)
        config_report(parser, *config_given(parser, CONFIG_CHANNEL, rule->name),
                      "a channel has one destination, and this one has %s already",
                      parser->channel_destination);
    parser->channel_destination = rule->name;
    parser->channel.to = to;
}

static bool read_versions(struct config_parser *parser)
{
    uint64_t value = 0;
    char text[64];
    const struct config_token *token = &parser->token;
    if (token->kind != CONFIG_TOKEN_WORD || !config_number(token->text, &value) || value > 999) {
        config_report(parser, token->place, "versions is between 0 and 999, not %s",
                      config_describe(token, text));
        return false;
    }
    parser->channel.versions = (unsigned)value;
    config_advance(parser);
    return true;
}

static bool read_log_size(struct config_parser *parser)
{
    uint64_t value = 0;
    char text[64];
    const struct config_token *token = &parser->token;
    if (config_accept_word(parser, "unlimited"))
        return true;
    if (token->kind != CONFIG_TOKEN_WORD || !config_size(token->text, &value) || value == UINT64_MAX) {
        config_report(parser, token->place, "size takes a size such as 10M, or unlimited, not %s",
                      config_describe(token, text));
        return false;
    }
    parser->channel.size = value;
    config_advance(parser);
    return true;
}

static bool read_log_file(struct config_parser *parser, const struct config_rule *rule)
{
    static const struct config_choice words[] = {{"versions", 0}, {"size", 1}};
    unsigned seen = 0;
    go_to(parser, rule, CONFIG_LOG_FILE);
    if (!config_quoted(parser, rule->name, &parser->channel.file))
        return false;
    while (parser->token.kind == CONFIG_TOKEN_WORD && !config_next_statement_begins(parser, CONFIG_CHANNEL)) {
        struct config_place place = parser->token.place;
        int word;
        if (!config_choose(parser, "behind its name, file", words, 2, &word))
            return false;
        if (seen & 1u << word)
            config_report(parser, place, "'%s' is given twice", words[word].word);
        seen |= 1u << word;
        if (word == 0 ? !read_versions(parser) : !read_log_size(parser))
            return false;
    }
    return true;
}

static bool read_log_syslog(struct config_parser *parser, const struct config_rule *rule)
{
    go_to(parser, rule, CONFIG_LOG_SYSLOG);
    if (parser->token.kind == CONFIG_TOKEN_SEMICOLON)
        return true;
    char text[64], suggested[96];
    struct config_suggestion suggestion = config_suggest(parser->token.text);
    for (size_t i = 0; i < FACILITIES; i++) {
        if (config_accept_word(parser, facilities[i].word)) {
            parser->channel.facility = facilities[i].value;
            return true;
        }
        config_suggest_try(&suggestion, facilities[i].word);
    }
    config_report(parser, parser->token.place, "syslog takes a facility such as daemon or local0, not %s%s",
                  config_describe(&parser->token, text), config_suggest_text(&suggestion, suggested));
    return false;
}

static bool read_log_plain(struct config_parser *parser, const struct config_rule *rule)
{
    go_to(parser, rule,
          strcasecmp(rule->name, "null") == 0      ? CONFIG_LOG_NULL
          : strcasecmp(rule->name, "journal") == 0 ? CONFIG_LOG_JOURNAL
                                                   : CONFIG_LOG_STDERR);
    return true;
}

static bool read_severity(struct config_parser *parser, const struct config_rule *rule)
{
    struct config_channel *channel = &parser->channel;
    int value;
    if (!config_choose(parser, rule->name, severities, sizeof severities / sizeof severities[0], &value))
        return false;
    channel->severity = (enum config_severity)value;
    uint64_t level = 1;
    const struct config_token *token = &parser->token;
    if (value == CONFIG_DEBUG && token->kind == CONFIG_TOKEN_WORD && config_number(token->text, &level)) {
        if (level == 0 || level > 99)
            config_report(parser, token->place, "a debug level is between 1 and 99, not '%.20s'",
                          token->text);
        config_advance(parser);
    }
    channel->debug_level = value == CONFIG_DEBUG ? (unsigned)level : 0;
    return true;
}

/* --- category NAME { channel; ... } */

static bool read_category(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    char suggested[96];
    if (!config_expect_text(parser, "the category's name"))
        return false;
    const struct config_rule *category = config_rule_find(CONFIG_CATEGORY_NAME, parser->token.text);
    if (category == NULL) {
        size_t count;
        const struct config_rule *rules = config_rules(&count);
        struct config_suggestion suggestion = config_suggest(parser->token.text);
        for (size_t i = 0; i < count; i++)
            if (rules[i].block == CONFIG_CATEGORY_NAME)
                config_suggest_try(&suggestion, rules[i].name);
        config_report(parser, parser->token.place, "unknown category '%.60s'%s", parser->token.text,
                      config_suggest_text(&suggestion, suggested));
        return false;
    }
    config_remember(parser, category);
    config_advance(parser);
    return category->type->read(parser, category);
}

static bool read_category_name(struct config_parser *parser, const struct config_rule *rule)
{
    struct config_category_use use = {.category = (enum config_category)rule->min};
    char text[64];
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, parser->token.place, "a list of channels, '{ ... }', is expected, not %s",
                      config_describe(&parser->token, text));
        return false;
    }
    config_advance(parser);
    while (parser->token.kind != CONFIG_TOKEN_CLOSE) {
        if (!config_expect_text(parser, "a channel's name"))
            return false;
        if (use.count == 4) {
            config_report(parser, parser->token.place, "a category goes to at most 4 channels");
            return false;
        }
        use.channel[use.count].place = parser->token.place;
        use.channel[use.count].name = config_take_text(parser, parser->token.text);
        if (use.channel[use.count++].name == NULL)
            return false;
        config_advance(parser);
        if (!config_expect_semicolon(parser) && parser->token.kind != CONFIG_TOKEN_CLOSE)
            return false;
    }
    config_advance(parser);
    if (!rule->ignored && parser->use_count < CONFIG_CATEGORIES)
        parser->uses[parser->use_count++] = use;
    return true;
}

static size_t find_channel(struct config_parser *parser, const char *name, struct config_place place)
{
    const struct config *config = parser->config;
    struct config_suggestion suggestion = config_suggest(name);
    for (size_t i = 0; i < config->channel_count; i++) {
        if (strcasecmp(config->channels[i].name, name) == 0)
            return i;
        config_suggest_try(&suggestion, config->channels[i].name);
    }
    char suggested[96];
    config_report(parser, place, "unknown channel '%.60s'%s", name,
                  config_suggest_text(&suggestion, suggested));
    return SIZE_MAX;
}

static void no_channels(struct config *config, size_t category)
{
    for (size_t i = 0; i < 4; i++)
        config->category[category][i] = SIZE_MAX;
}

/* Channels may stand behind the categories that use them, so this comes last. */
void config_resolve_categories(struct config_parser *parser)
{
    struct config *config = parser->config;
    bool given[CONFIG_CATEGORIES] = {false};
    for (size_t i = 0; i < CONFIG_CATEGORIES; i++)
        no_channels(config, i);
    for (size_t i = 0; i < parser->use_count; i++) {
        const struct config_category_use *use = &parser->uses[i];
        given[use->category] = true;
        for (size_t j = 0; j < use->count; j++)
            config->category[use->category][j] =
                find_channel(parser, use->channel[j].name, use->channel[j].place);
    }
    for (size_t i = 0; i < CONFIG_CATEGORIES; i++)
        if (!given[i] && i != CONFIG_CATEGORY_DEFAULT)
            memcpy(config->category[i], config->category[CONFIG_CATEGORY_DEFAULT],
                   sizeof config->category[i]);
}

/* --- printing */

static const char *word_of(const struct config_choice *choices, size_t count, int value)
{
    for (size_t i = 0; i < count; i++)
        if (choices[i].value == value)
            return choices[i].word;
    return "";
}

static void print_destination(const struct config_channel *channel, FILE *to)
{
    char size[32];
    switch (channel->to) {
    case CONFIG_LOG_SYSLOG:
        fprintf(to, "        syslog %s;\n", word_of(facilities, FACILITIES, channel->facility));
        break;
    case CONFIG_LOG_STDERR:
        fputs("        stderr;\n", to);
        break;
    case CONFIG_LOG_JOURNAL:
        fputs("        journal;\n", to);
        break;
    case CONFIG_LOG_NULL:
        fputs("        null;\n", to);
        break;
    case CONFIG_LOG_FILE:
        fputs("        file ", to);
        config_print_quoted(channel->file, to);
        fprintf(to, " versions %u size %s;\n", channel->versions,
                channel->size == 0 ? "unlimited" : config_size_text(channel->size, size));
        break;
    }
}

static void print_channel(const struct config_channel *channel, FILE *to)
{
    fputs("    channel ", to);
    config_print_quoted(channel->name, to);
    fputs(" {\n", to);
    print_destination(channel, to);
    fprintf(to, "        severity %s",
            word_of(severities, sizeof severities / sizeof severities[0], (int)channel->severity));
    if (channel->severity == CONFIG_DEBUG)
        fprintf(to, " %u", channel->debug_level);
    fprintf(to,
            ";\n        print-time %s;\n        print-category %s;\n        print-severity %s;\n"
            "        print-json %s;\n    };\n",
            channel->print_time ? "yes" : "no", channel->print_category ? "yes" : "no",
            channel->print_severity ? "yes" : "no", channel->print_json ? "yes" : "no");
}

static void print_logging(const struct config *config, const struct config_rule *rule, FILE *to)
{
    size_t count;
    const struct config_rule *rules = config_rules(&count);
    fprintf(to, "%s {\n", rule->name);
    for (size_t i = CONFIG_BUILTIN_CHANNELS; i < config->channel_count; i++)
        print_channel(&config->channels[i], to);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].block != CONFIG_CATEGORY_NAME || rules[i].ignored)
            continue;
        fprintf(to, "    category %s { ", rules[i].name);
        const size_t *channels = config->category[rules[i].min];
        for (size_t j = 0; j < 4 && channels[j] != SIZE_MAX; j++) {
            config_print_quoted(config->channels[channels[j]].name, to);
            fputs("; ", to);
        }
        fputs("};\n", to);
    }
    fputs("};\n", to);
}

const struct config_type config_type_logging = {read_logging, print_logging};
const struct config_type config_type_channel = {read_channel, NULL};
const struct config_type config_type_category = {read_category, NULL};
const struct config_type config_type_category_name = {read_category_name, NULL};
const struct config_type config_type_log_file = {read_log_file, NULL};
const struct config_type config_type_log_syslog = {read_log_syslog, NULL};
const struct config_type config_type_log_plain = {read_log_plain, NULL};
const struct config_type config_type_severity = {read_severity, NULL};
