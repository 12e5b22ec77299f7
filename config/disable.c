/* disable-algorithms and disable-ds-digests: what is as if unknown, by name. */
#include <string.h>
#include <strings.h>

#include "config/parser.h"
#include "config/values.h"

bool config_name(struct config_parser *parser, const char *what, struct dns_name_buffer *name)
{
    struct dns_name_buffer read;
    if (!config_expect_text(parser, what))
        return false;
    if (parser->token.length == 0 || dns_name_from_text(parser->token.text, &read) != DNS_OK) {
        config_report(parser, parser->token.place, "'%.60s' is not a domain name", parser->token.text);
        return false;
    }
    dns_name_copy_lower(name, dns_name_view(&read));
    config_advance(parser);
    return true;
}

/* BIND's words for the numbers of IANA's registries, those first that are printed. Every number that was ever
   assigned may be disabled, also where nothing is done with it. */
static const struct config_choice algorithms[] = {
    {"RSAMD5", 1},
    {"DH", 2},
    {"DSA", 3},
    {"ECC", 4},
    {"RSASHA1", 5},
    {"NSEC3DSA", 6},
    {"NSEC3RSASHA1", 7},
    {"RSASHA256", 8},
    {"RSASHA512", 10},
    {"ECCGOST", 12},
    {"ECDSAP256SHA256", 13},
    {"ECDSAP384SHA384", 14},
    {"ED25519", 15},
    {"ED448", 16},
    {"INDIRECT", 252},
    {"PRIVATEDNS", 253},
    {"PRIVATEOID", 254},
    {"ECDSA256", 13},
    {"ECDSA384", 14},
    {"DSA-NSEC3-SHA1", 6},
    {"RSASHA1-NSEC3-SHA1", 7},
    {"ECC-GOST", 12},
};
static const struct config_choice digests[] = {
    {"SHA-1", 1}, {"SHA-256", 2}, {"GOST", 3}, {"SHA-384", 4}, {"SHA1", 1}, {"SHA256", 2}, {"SHA384", 4},
};

struct registry {
    const char *what, *words; /* for messages */
    const struct config_choice *choices;
    size_t count;
};
static const struct registry algorithm_registry = {"algorithm", "its name, such as RSASHA1", algorithms,
                                                   sizeof algorithms / sizeof algorithms[0]};
static const struct registry digest_registry = {"digest", "SHA-1, SHA-256, SHA-384", digests,
                                                sizeof digests / sizeof digests[0]};

static bool read_number(struct config_parser *parser, const struct registry *registry, unsigned *number)
{
    uint64_t value;
    char text[64], suggested[96];
    const struct config_token *token = &parser->token;
    bool word = token->kind == CONFIG_TOKEN_WORD || token->kind == CONFIG_TOKEN_STRING;
    struct config_suggestion suggestion = config_suggest(word ? token->text : "");
    for (size_t i = 0; word && i < registry->count; i++) {
        if (strcasecmp(token->text, registry->choices[i].word) == 0) {
            *number = (unsigned)registry->choices[i].value;
            return true;
        }
        config_suggest_try(&suggestion, registry->choices[i].word);
    }
    if (word && config_number(token->text, &value) && value <= UINT8_MAX) {
        *number = (unsigned)value;
        return true;
    }
    config_report(parser, token->place, "%s is an unknown %s: write %s, or its number%s",
                  config_describe(token, text), registry->what, registry->words,
                  config_suggest_text(&suggestion, suggested));
    return false;
}

static bool read_numbers(struct config_parser *parser, const struct registry *registry,
                         struct config_disabled *disabled)
{
    char text[64];
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, parser->token.place, "'{' is expected, not %s",
                      config_describe(&parser->token, text));
        return false;
    }
    config_advance(parser);
    while (parser->token.kind != CONFIG_TOKEN_CLOSE) {
        unsigned number;
        if (!read_number(parser, registry, &number))
            return false;
        disabled->numbers[number / 8] |= (uint8_t)(1u << number % 8);
        config_advance(parser);
        if (!config_expect_semicolon(parser))
            return false;
    }
    config_advance(parser);
    return true;
}

const struct config_disabled *config_find_disabled(const struct config_disabled *disabled, size_t count,
                                                   struct dns_name name)
{
    for (size_t i = 0; i < count; i++)
        if (dns_name_equal(dns_name_view(&disabled[i].name), name))
            return &disabled[i];
    return NULL;
}

bool config_is_disabled(const struct config_disabled *disabled, unsigned number)
{
    return (disabled->numbers[number / 8] >> number % 8 & 1) != 0;
}

static bool read_disabled(struct config_parser *parser, const struct config_rule *rule,
                          const struct registry *registry, struct config_disabled **list, size_t *count)
{
    struct config_disabled disabled = {.place = parser->token.place};
    if (!config_name(parser, "a name", &disabled.name) || !read_numbers(parser, registry, &disabled))
        return false;
    const struct config_disabled *first = config_find_disabled(*list, *count, dns_name_view(&disabled.name));
    if (first != NULL) {
        config_report(parser, disabled.place,
                      "%s is given twice for this name; the first stands at %.120s:%u:%u", rule->name,
                      first->place.file, first->place.line, first->place.column);
        return true;
    }
    /* The root's has always room: it must be there. */
    if (*count >= CONFIG_DISABLED_MAX && !dns_name_is_root(dns_name_view(&disabled.name))) {
        config_report(parser, disabled.place, "more than %d times %s", CONFIG_DISABLED_MAX, rule->name);
        return true;
    }
    if (!config_grow(parser, (void **)list, *count, sizeof disabled))
        return false;
    (*list)[(*count)++] = disabled;
    return true;
}

static void print_disabled(const struct config_rule *rule, const struct registry *registry,
                           const struct config_disabled *list, size_t count, FILE *to)
{
    char name[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; i < count; i++) {
        fprintf(to, "    %s ", rule->name);
        config_print_quoted(dns_name_to_text(dns_name_view(&list[i].name), name), to);
        fputs(" {", to);
        for (unsigned number = 0; number <= UINT8_MAX; number++) {
            const char *word = NULL;
            for (size_t k = registry->count; k-- > 0;)
                if (registry->choices[k].value == (int)number)
                    word = registry->choices[k].word;
            if (config_is_disabled(&list[i], number) && word != NULL)
                fprintf(to, " %s;", word);
            else if (config_is_disabled(&list[i], number))
                fprintf(to, " %u;", number);
        }
        fputs(" };\n", to);
    }
}

static bool read_algorithms(struct config_parser *parser, const struct config_rule *rule)
{
    struct config *config = parser->config;
    return read_disabled(parser, rule, &algorithm_registry, &config->disabled_algorithms,
                         &config->disabled_algorithm_count);
}

static void print_algorithms(const struct config *config, const struct config_rule *rule, FILE *to)
{
    print_disabled(rule, &algorithm_registry, config->disabled_algorithms, config->disabled_algorithm_count,
                   to);
}

const struct config_type config_type_disable_algorithms = {read_algorithms, print_algorithms};

static bool read_digests(struct config_parser *parser, const struct config_rule *rule)
{
    struct config *config = parser->config;
    return read_disabled(parser, rule, &digest_registry, &config->disabled_digests,
                         &config->disabled_digest_count);
}

static void print_digests(const struct config *config, const struct config_rule *rule, FILE *to)
{
    print_disabled(rule, &digest_registry, config->disabled_digests, config->disabled_digest_count, to);
}

const struct config_type config_type_disable_digests = {read_digests, print_digests};
