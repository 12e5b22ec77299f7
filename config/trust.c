/* Whom to believe: dnssec-validation, trust-anchors and their older forms, validate-except. */
#include <string.h>

#include "config/parser.h"
#include "config/values.h"
#include "dnssec/base.h"
#include "dnssec/key.h"
#include "dnssec/roll.h"

/* --- dnssec-validation */

static const struct config_choice validations[] = {
    {"no", CONFIG_VALIDATION_NO}, {"yes", CONFIG_VALIDATION_YES}, {"auto", CONFIG_VALIDATION_AUTO}};

static bool read_validation(struct config_parser *parser, const struct config_rule *rule)
{
    bool validate;
    int value;
    for (size_t i = 0; i < CONFIG_BOOLEANS; i++) {
        if (!config_is_word(parser, config_booleans[i].word))
            continue;
        config_choose_boolean(parser, rule->name, &validate);
        parser->config->dnssec_validation = validate ? CONFIG_VALIDATION_YES : CONFIG_VALIDATION_NO;
        return true;
    }
    if (!config_choose(parser, rule->name, validations, 3, &value))
        return false;
    parser->config->dnssec_validation = (enum config_validation)value;
    return true;
}

static void print_validation(const struct config *config, const struct config_rule *rule, FILE *to)
{
    fprintf(to, "    %s %s;\n", rule->name, validations[config->dnssec_validation].word);
}

const struct config_type config_type_validation = {read_validation, print_validation};

/* --- trust-anchors */

/* One entry as it is written, and where. */
struct entry {
    struct dns_name_buffer zone;
    enum dnssec_anchor_kind kind;
    bool initial;
    uint32_t number[3];
    struct config_place name_place, number_place[3], octets_place;
};

static bool read_kind(struct config_parser *parser, struct entry *entry)
{
    static const struct config_choice kinds[] = {
        {"static-key", 0}, {"initial-key", 1}, {"static-ds", 2}, {"initial-ds", 3}};
    int kind;
    if (!config_choose(parser, "behind its name, a trust anchor", kinds, 4, &kind))
        return false;
    entry->kind = kind >= 2 ? DNSSEC_ANCHOR_DS : DNSSEC_ANCHOR_KEY;
    entry->initial = (kind & 1) != 0;
    return true;
}

static bool read_numbers(struct config_parser *parser, struct entry *entry)
{
    static const char *const names[2][3] = {{"the key tag", "the algorithm", "the digest type"},
                                            {"the flags", "the protocol", "the algorithm"}};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t value;
        char text[64];
        const struct config_token *token = &parser->token;
        entry->number_place[i] = token->place;
        if (token->kind != CONFIG_TOKEN_WORD || !config_number(token->text, &value)) {
            config_report(parser, token->place, "%s of a trust anchor is a number, not %s",
                          names[entry->kind == DNSSEC_ANCHOR_KEY][i], config_describe(token, text));
            return false;
        }
        entry->number[i] = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
        parser->multiline = i == 2;
        config_advance(parser);
        parser->multiline = false;
    }
    return true;
}

/* Where in the entry the mistake is. */
static struct config_place place_of(const struct entry *entry, enum dnssec_anchor_error error)
{
    static const uint32_t bounds[2][3] = {{UINT16_MAX, UINT8_MAX, UINT8_MAX},
                                          {UINT16_MAX, UINT8_MAX, UINT8_MAX}};
    bool key = entry->kind == DNSSEC_ANCHOR_KEY;
    switch (error) {
    case DNSSEC_ANCHOR_NUMBER:
        for (unsigned i = 0; i < 3; i++)
            if (entry->number[i] > bounds[key][i])
                return entry->number_place[i];
        return entry->number_place[0];
    case DNSSEC_ANCHOR_ALGORITHM:
        return entry->number_place[key ? 2 : 1];
    case DNSSEC_ANCHOR_DIGEST_TYPE:
        return entry->number_place[2];
    case DNSSEC_ANCHOR_PROTOCOL:
        return entry->number_place[1];
    case DNSSEC_ANCHOR_NOT_ZONE:
    case DNSSEC_ANCHOR_REVOKED:
        return entry->number_place[0];
    default:
        return entry->octets_place;
    }
}

static enum dnssec_anchor_error make_anchor(const struct entry *entry, const char *octets,
                                            struct dnssec_anchor *anchor)
{
    struct dns_name zone = dns_name_view(&entry->zone);
    const uint32_t *number = entry->number;
    if (entry->kind == DNSSEC_ANCHOR_DS)
        return dnssec_anchor_read_ds(zone, number[0], number[1], number[2], octets, entry->initial, anchor);
    return dnssec_anchor_read_key(zone, number[0], number[1], number[2], octets, entry->initial, anchor);
}

static bool keep_anchor(struct config_parser *parser, const struct config_anchor *anchor)
{
    struct config *config = parser->config;
    unsigned of_zone = 0;
    for (size_t i = 0; i < config->anchor_count; i++)
        of_zone += dns_name_equal(dns_name_view(&config->anchors[i].anchor.zone),
                                  dns_name_view(&anchor->anchor.zone));
    if (of_zone == DNSSEC_ROLL_KEYS) {
        config_report(parser, anchor->place, "more than %d trust anchors of one zone", DNSSEC_ROLL_KEYS);
        return false;
    }
    if (config->anchor_count == CONFIG_ANCHORS_MAX) {
        config_report(parser, anchor->place, "more than %d trust anchors", CONFIG_ANCHORS_MAX);
        return false;
    }
    if (!config_grow(parser, (void **)&config->anchors, config->anchor_count, sizeof *anchor))
        return false;
    config->anchors[config->anchor_count++] = *anchor;
    return true;
}

/* The key or the digest; the entry's name and numbers have been read. */
static bool read_octets(struct config_parser *parser, struct entry *entry)
{
    struct config_anchor anchor = {.place = entry->name_place};
    char text[64], zone[DNS_NAME_TEXT_MAX];
    const struct config_token *token = &parser->token;
    entry->octets_place = token->place;
    if (token->kind != CONFIG_TOKEN_STRING) {
        config_report(parser, token->place, "%s takes a string in quotes, not %s",
                      entry->kind == DNSSEC_ANCHOR_DS ? "the digest of a trust anchor"
                                                      : "the key of a trust anchor",
                      config_describe(token, text));
        return false;
    }
    enum dnssec_anchor_error error = make_anchor(entry, token->text, &anchor.anchor);
    if (error != DNSSEC_ANCHOR_OK)
        config_report(parser, place_of(entry, error), "trust anchor of %.60s: %s",
                      dns_name_to_text(dns_name_view(&entry->zone), zone), dnssec_anchor_error_text(error));
    else if (!keep_anchor(parser, &anchor))
        return false;
    config_advance(parser);
    return true;
}

static bool read_entry(struct config_parser *parser, bool kind_given)
{
    struct entry entry = {.kind = DNSSEC_ANCHOR_KEY, .name_place = parser->token.place};
    return config_name(parser, "the trust anchor's name", &entry.zone) &&
           (!kind_given || read_kind(parser, &entry)) && read_numbers(parser, &entry) &&
           read_octets(parser, &entry);
}

/* '{' entries, each with a ';' '}'. A mistake in one ends the list. */
static bool read_list(struct config_parser *parser, bool (*entry)(struct config_parser *, bool), bool flag)
{
    char text[64];
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, parser->token.place, "'{' is expected, not %s",
                      config_describe(&parser->token, text));
        return false;
    }
    config_advance(parser);
    while (parser->token.kind != CONFIG_TOKEN_CLOSE)
        if (!entry(parser, flag) || !config_expect_semicolon(parser))
            return false;
    config_advance(parser);
    return true;
}

static bool read_trust_anchors(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    return read_list(parser, read_entry, true);
}

static bool read_trusted_keys(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    return read_list(parser, read_entry, false);
}

static void print_octets(const struct dnssec_anchor *anchor, FILE *to)
{
    char base64[(DNSSEC_ANCHOR_OCTETS + 2) / 3 * 4 + 1];
    const uint8_t *octets = anchor->octets;
    if (anchor->kind == DNSSEC_ANCHOR_DS) {
        fprintf(to, "%s-ds %u %u %u \"", anchor->initial ? "initial" : "static", anchor->key_tag,
                anchor->algorithm, anchor->digest_type);
        for (unsigned i = 0; i < anchor->length; i++)
            fprintf(to, "%02X", octets[i]);
        fputs("\";\n", to);
        return;
    }
    struct dnssec_key key;
    if (!dnssec_key_read(octets, anchor->length, &key) ||
        !base64_encode(octets + 4, anchor->length - 4u, base64, sizeof base64))
        return;
    fprintf(to, "%s-key %u %u %u \"%s\";\n", anchor->initial ? "initial" : "static", key.flags, key.protocol,
            key.algorithm, base64);
}

static void print_trust_anchors(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char zone[DNS_NAME_TEXT_MAX];
    if (config->anchor_count == 0)
        return;
    fprintf(to, "%s {\n", rule->name);
    for (size_t i = 0; i < config->anchor_count; i++) {
        const struct dnssec_anchor *anchor = &config->anchors[i].anchor;
        fputs("    ", to);
        config_print_quoted(dns_name_to_text(dns_name_view(&anchor->zone), zone), to);
        fputc(' ', to);
        print_octets(anchor, to);
    }
    fputs("};\n", to);
}

const struct config_type config_type_trust_anchors = {read_trust_anchors, print_trust_anchors};
const struct config_type config_type_managed_keys = {read_trust_anchors, NULL};
const struct config_type config_type_trusted_keys = {read_trusted_keys, NULL};

/* --- validate-except */

static bool read_except(struct config_parser *parser, bool flag)
{
    (void)flag;
    struct config *config = parser->config;
    struct dns_name_buffer name;
    struct config_place place = parser->token.place;
    if (!config_name(parser, "a name", &name))
        return false;
    if (config->validate_except_count == CONFIG_EXCEPT_MAX) {
        config_report(parser, place, "more than %d names", CONFIG_EXCEPT_MAX);
        return false;
    }
    if (!config_grow(parser, (void **)&config->validate_except, config->validate_except_count, sizeof name))
        return false;
    config->validate_except[config->validate_except_count++] = name;
    return true;
}

static bool read_names(struct config_parser *parser, const struct config_rule *rule)
{
    (void)rule;
    return read_list(parser, read_except, false);
}

static void print_names(const struct config *config, const struct config_rule *rule, FILE *to)
{
    char text[DNS_NAME_TEXT_MAX];
    if (config->validate_except_count == 0)
        return;
    fprintf(to, "    %s {", rule->name);
    for (size_t i = 0; i < config->validate_except_count; i++) {
        fputc(' ', to);
        config_print_quoted(dns_name_to_text(dns_name_view(&config->validate_except[i]), text), to);
        fputc(';', to);
    }
    fputs(" };\n", to);
}

const struct config_type config_type_names = {read_names, print_names};
