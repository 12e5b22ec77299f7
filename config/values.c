/* The types of most statements: booleans, numbers, sizes, times, strings, choices, acls. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config/parser.h"
#include "config/values.h"

const struct config_choice config_booleans[] = {{"yes", 1},   {"no", 0}, {"true", 1},
                                                {"false", 0}, {"1", 1},  {"0", 0}};

static void *base(struct config_parser *parser, const struct config_rule *rule)
{
    if (rule->block == CONFIG_CHANNEL)
        return &parser->channel;
    if (rule->block == CONFIG_SERVER)
        return &parser->server;
    if (rule->block == CONFIG_ZONE)
        return &parser->zone;
    return parser->config;
}

static void *field(struct config_parser *parser, const struct config_rule *rule)
{
    return (char *)base(parser, rule) + rule->offset;
}

static const void *printed(const struct config *config, const struct config_rule *rule)
{
    return (const char *)config + rule->offset;
}

static void store(struct config_parser *parser, const struct config_rule *rule, uint64_t value)
{
    void *to = field(parser, rule);
    if (rule->width == 2)
        *(uint16_t *)to = (uint16_t)value;
    else if (rule->width == 4)
        *(uint32_t *)to = (uint32_t)value;
    else
        *(uint64_t *)to = value;
}

static uint64_t stored(const struct config *config, const struct config_rule *rule)
{
    const void *from = printed(config, rule);
    if (rule->width == 2)
        return *(const uint16_t *)from;
    if (rule->width == 4)
        return *(const uint32_t *)from;
    return *(const uint64_t *)from;
}

/* Digits at `*text`, which moves behind them; saturates. */
static bool digits(const char **text, uint64_t *value)
{
    const char *at = *text;
    *value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');
        *value = *value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *value * 10 + digit;
    }
    bool some = at != *text;
    *text = at;
    return some;
}

bool config_number(const char *text, uint64_t *value)
{
    return digits(&text, value) && *text == '\0';
}

static bool times(uint64_t *value, uint64_t factor)
{
    *value = *value > UINT64_MAX / factor ? UINT64_MAX : *value * factor;
    return true;
}

bool config_size(const char *text, uint64_t *value)
{
    if (!digits(&text, value))
        return false;
    if (*text == '\0')
        return true;
    if (text[1] != '\0')
        return false;
    switch (tolower((unsigned char)*text)) {
    case 'k':
        return times(value, 1024);
    case 'm':
        return times(value, 1024 * 1024);
    case 'g':
        return times(value, 1024 * 1024 * 1024);
    default:
        return false;
    }
}

const char *config_size_text(uint64_t size, char text[32])
{
    const char *units = "KMG", *unit = "";
    while (size != 0 && size % 1024 == 0 && *units != '\0') {
        size /= 1024;
        unit = units++;
    }
    snprintf(text, 32, "%llu%.1s", (unsigned long long)size, unit);
    return text;
}

/* "3600", "1h", "1w2d3h4m5s" */
bool config_time(const char *text, uint64_t *value)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    *value = 0;
    if (config_number(text, value))
        return true;
    for (*value = 0; *text != '\0'; text++) {
        uint64_t part;
        size_t unit = 0;
        if (!digits(&text, &part))
            return false;
        while (unit < 5 && tolower((unsigned char)*text) != units[unit].unit)
            unit++;
        if (unit == 5)
            return false;
        times(&part, units[unit].seconds);
        *value = part > UINT64_MAX - *value ? UINT64_MAX : *value + part;
    }
    return true;
}

bool config_choose(struct config_parser *parser, const char *what, const struct config_choice *choices,
                   size_t count, int *value)
{
    char list[128] = "", text[64], suggested[96];
    size_t used = 0;
    const struct config_token *token = &parser->token;
    struct config_suggestion suggestion = config_suggest(token->text);
    for (size_t i = 0; i < count; i++) {
        if (config_is_word(parser, choices[i].word)) {
            *value = choices[i].value;
            config_advance(parser);
            return true;
        }
        config_suggest_try(&suggestion, choices[i].word);
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     i == 0           ? ""
                                     : i + 1 == count ? " or "
                                                      : ", ",
                                     choices[i].word);
    }
    if (token->kind != CONFIG_TOKEN_WORD)
        suggestion.best = NULL;
    config_report(parser, token->place, "%s takes %s, not %s%s", what, list, config_describe(token, text),
                  config_suggest_text(&suggestion, suggested));
    return false;
}

bool config_choose_boolean(struct config_parser *parser, const char *what, bool *value)
{
    char text[64], suggested[96] = "";
    const struct config_token *token = &parser->token;
    struct config_suggestion suggestion = config_suggest(token->text);
    for (size_t i = 0; i < CONFIG_BOOLEANS; i++) {
        if (config_is_word(parser, config_booleans[i].word)) {
            *value = config_booleans[i].value != 0;
            config_advance(parser);
            return true;
        }
        if (i < 4 && token->kind == CONFIG_TOKEN_WORD)
            config_suggest_try(&suggestion, config_booleans[i].word);
    }
    config_report(parser, token->place, "%s takes yes or no, not %s%s", what, config_describe(token, text),
                  config_suggest_text(&suggestion, suggested));
    return false;
}

void config_print_quoted(const char *text, FILE *to)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

bool config_quoted(struct config_parser *parser, const char *what, char **text)
{
    char shown[64];
    const struct config_token *token = &parser->token;
    if (token->kind != CONFIG_TOKEN_STRING) {
        config_report(parser, token->place, "%s takes a string in quotes, not %s", what,
                      config_describe(token, shown));
        return false;
    }
    if (token->length == 0)
        config_report(parser, token->place, "%s: the string is empty", what);
    *text = config_take_text(parser, token->text);
    config_advance(parser);
    return *text != NULL;
}

/* --- booleans */

static bool read_boolean(struct config_parser *parser, const struct config_rule *rule)
{
    return config_choose_boolean(parser, rule->name, field(parser, rule));
}

static void print_boolean(const struct config *config, const struct config_rule *rule, FILE *to)
{
    fprintf(to, "    %s %s;\n", rule->name, *(const bool *)printed(config, rule) ? "yes" : "no");
}

const struct config_type config_type_boolean = {read_boolean, print_boolean};
const struct config_type config_type_server_flag = {read_boolean, NULL};

/* --- numbers: each reads a word, and says what it takes instead */

static bool read_scaled(struct config_parser *parser, const struct config_rule *rule,
                        bool (*parse)(const char *, uint64_t *), const char *what, uint64_t *value)
{
    char text[64];
    const struct config_token *token = &parser->token;
    if (token->kind == CONFIG_TOKEN_WORD && parse(token->text, value))
        return true;
    config_report(parser, token->place, "%s takes %s, not %s", rule->name, what,
                  config_describe(token, text));
    return false;
}

static void check_range(struct config_parser *parser, const struct config_rule *rule, uint64_t value,
                        const char *unit)
{
    if (value < rule->min || value > rule->max)
        config_report(parser, parser->token.place, "%s is between %llu and %llu%s, not '%.40s'", rule->name,
                      (unsigned long long)rule->min, (unsigned long long)rule->max, unit, parser->token.text);
}

static bool read_number(struct config_parser *parser, const struct config_rule *rule)
{
    uint64_t value;
    if (!read_scaled(parser, rule, config_number, "a number", &value))
        return false;
    check_range(parser, rule, value, "");
    store(parser, rule, value);
    config_advance(parser);
    return true;
}

static bool read_ttl(struct config_parser *parser, const struct config_rule *rule)
{
    uint64_t value;
    if (!read_scaled(parser, rule, config_time, "seconds or a time such as 1h or 2d", &value))
        return false;
    check_range(parser, rule, value, " seconds");
    store(parser, rule, value);
    config_advance(parser);
    return true;
}

static void print_number(const struct config *config, const struct config_rule *rule, FILE *to)
{
    fprintf(to, "    %s %llu;\n", rule->name, (unsigned long long)stored(config, rule));
}

const struct config_type config_type_number = {read_number, print_number};
const struct config_type config_type_ttl = {read_ttl, print_number};

/* As in named, up to 300 it is seconds, above it milliseconds. */
static bool read_timeout(struct config_parser *parser, const struct config_rule *rule)
{
    uint64_t value;
    if (!read_scaled(parser, rule, config_number, "milliseconds", &value))
        return false;
    uint64_t milliseconds = value <= 300 ? value * 1000 : value;
    if (milliseconds < rule->min || milliseconds > rule->max)
        config_report(parser, parser->token.place,
                      "%s is between 301 and %llu milliseconds, or between 1 and %llu seconds, not '%.40s'",
                      rule->name, (unsigned long long)rule->max, (unsigned long long)rule->max / 1000,
                      parser->token.text);
    store(parser, rule, milliseconds);
    config_advance(parser);
    return true;
}

const struct config_type config_type_timeout = {read_timeout, print_number};

static uint64_t physical_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages <= 0 || size <= 0 ? 0 : (uint64_t)pages * (uint64_t)size;
}

static bool parse_cache_size(const char *text, uint64_t *value)
{
    if (config_size(text, value))
        return true;
    const char *at = text;
    uint64_t percent;
    if (!digits(&at, &percent) || strcmp(at, "%") != 0 || percent > 100)
        return false;
    *value = physical_memory() / 100 * percent;
    return true;
}

static bool read_cache_size(struct config_parser *parser, const struct config_rule *rule)
{
    uint64_t value;
    if (config_is_word(parser, "unlimited")) {
        config_report(parser, parser->token.place,
                      "%s: the cache is one region of a fixed size; give a size such as %s", rule->name,
                      rule->preset);
        config_advance(parser);
        return true;
    }
    if (config_is_word(parser, "default")) {
        config_size(rule->preset, &value);
    } else if (!read_scaled(parser, rule, parse_cache_size, "a size such as 128M, 1G or 25%", &value)) {
        return false;
    } else if (value < rule->min || value > rule->max) {
        config_report(parser, parser->token.place, "%s is between %lluM and %lluG, not '%.40s'", rule->name,
                      (unsigned long long)rule->min >> 20, (unsigned long long)rule->max >> 30,
                      parser->token.text);
    }
    store(parser, rule, value);
    config_advance(parser);
    return true;
}

static void print_size(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char text[32];
    fprintf(to, "    %s %s;\n", rule->name, config_size_text(stored(config, rule), text));
}

const struct config_type config_type_cache_size = {read_cache_size, print_size};

/* --- strings */

static bool read_string(struct config_parser *parser, const struct config_rule *rule)
{
    return config_quoted(parser, rule->name, field(parser, rule));
}

/* `words`: what it takes besides, for the message. */
static bool read_string_or(struct config_parser *parser, const struct config_rule *rule, const char *words)
{
    char text[64];
    const struct config_token *token = &parser->token;
    if (config_accept_word(parser, "none"))
        return true;
    if (token->kind == CONFIG_TOKEN_STRING)
        return read_string(parser, rule);
    config_report(parser, token->place, "%s takes a string in quotes%s or none, not %s", rule->name, words,
                  config_describe(token, text));
    return false;
}

static bool read_string_or_none(struct config_parser *parser, const struct config_rule *rule)
{
    return read_string_or(parser, rule, "");
}

static bool read_server_id(struct config_parser *parser, const struct config_rule *rule)
{
    char name[256] = "";
    if (!config_is_word(parser, "hostname"))
        return read_string_or(parser, rule, ", hostname");
    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        config_report(parser, parser->token.place, "%s: this host has no name", rule->name);
    config_advance(parser);
    return (*(char **)field(parser, rule) = config_take_text(parser, name)) != NULL;
}

static void print_string(const struct config *config, const struct config_rule *rule, FILE *to)
{
    const char *text = *(char *const *)printed(config, rule);
    if (text == NULL)
        return;
    fprintf(to, "    %s ", rule->name);
    config_print_quoted(text, to);
    fputs(";\n", to);
}

static void print_string_or_none(const struct config *config, const struct config_rule *rule, FILE *to)
{
    if (*(char *const *)printed(config, rule) == NULL)
        fprintf(to, "    %s none;\n", rule->name);
    else
        print_string(config, rule, to);
}

const struct config_type config_type_string = {read_string, print_string};
const struct config_type config_type_string_or_none = {read_string_or_none, print_string_or_none};
const struct config_type config_type_server_id = {read_server_id, print_string_or_none};

/* --- choices */

static const struct config_choice qmin[] = {{"off", CONFIG_QMIN_OFF},
                                            {"relaxed", CONFIG_QMIN_RELAXED},
                                            {"strict", CONFIG_QMIN_STRICT},
                                            {"disabled", CONFIG_QMIN_OFF}};

static bool read_qmin(struct config_parser *parser, const struct config_rule *rule)
{
    int value;
    if (!config_choose(parser, rule->name, qmin, 4, &value))
        return false;
    parser->config->qname_minimization = (enum config_qmin)value;
    return true;
}

static void print_qmin(const struct config *config, const struct config_rule *rule, FILE *to)
{
    fprintf(to, "    %s %s;\n", rule->name, qmin[config->qname_minimization].word);
}

const struct config_type config_type_qmin = {read_qmin, print_qmin};

static bool read_minimal(struct config_parser *parser, const struct config_rule *rule)
{
    static const struct config_choice choices[] = {
        {"yes", 1}, {"no", 0}, {"no-auth", 1}, {"no-auth-recursive", 1}, {"true", 1}, {"false", 0}};
    int value;
    if (!config_choose(parser, rule->name, choices, 6, &value))
        return false;
    parser->config->minimal_responses = value != 0;
    return true;
}

const struct config_type config_type_minimal = {read_minimal, print_boolean};

/* --- address match lists */

static bool read_acl(struct config_parser *parser, const struct config_rule *rule)
{
    struct acl *acl = config_read_acl(parser);
    if (acl != NULL)
        *(struct acl **)field(parser, rule) = acl;
    return acl != NULL;
}

static void print_acl(const struct config *config, const struct config_rule *rule, FILE *to)
{
    const struct acl *acl = *(struct acl *const *)printed(config, rule);
    if (rule->block == CONFIG_OPTIONS && acl != NULL)
        fprintf(to, "    %s %s;\n", rule->name, config_acl_text(acl));
}

const struct config_type config_type_acl = {read_acl, print_acl};

/* --- accepted, without effect */

static bool read_ignored(struct config_parser *parser, const struct config_rule *rule)
{
    unsigned braces = parser->braces;
    size_t tokens = 0;
    for (;; tokens++) {
        enum config_token_kind kind = parser->token.kind;
        bool ends = kind == CONFIG_TOKEN_SEMICOLON || kind == CONFIG_TOKEN_CLOSE;
        if (kind == CONFIG_TOKEN_END || (ends && parser->braces <= braces))
            break;
        if (tokens != 0 && parser->braces <= braces && config_next_statement_begins(parser, rule->block))
            break;
        config_advance(parser);
    }
    if (tokens == 0 && rule->form[0] != '\0')
        config_report(parser, parser->token.place, "%s takes a value", rule->name);
    return true;
}

const struct config_type config_type_ignored = {read_ignored, NULL};
