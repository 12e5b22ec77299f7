/* Blocks and statements, as the table says; and going on behind an error. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/parser.h"

bool config_is_word(const struct config_parser *parser, const char *word)
{
    return parser->token.kind == CONFIG_TOKEN_WORD && strcasecmp(parser->token.text, word) == 0;
}

bool config_accept_word(struct config_parser *parser, const char *word)
{
    if (!config_is_word(parser, word))
        return false;
    config_advance(parser);
    return true;
}

bool config_expect_text(struct config_parser *parser, const char *what)
{
    char text[64];
    if (parser->token.kind == CONFIG_TOKEN_WORD || parser->token.kind == CONFIG_TOKEN_STRING)
        return true;
    config_report(parser, parser->token.place, "%s is expected, not %s", what,
                  config_describe(&parser->token, text));
    return false;
}

bool config_expect_semicolon(struct config_parser *parser)
{
    char text[64];
    if (parser->token.kind == CONFIG_TOKEN_SEMICOLON) {
        config_advance(parser);
        return true;
    }
    config_report(parser, parser->behind, "';' is missing before %s", config_describe(&parser->token, text));
    return false;
}

/* Skips to behind the statement's ';', or to the '}' or end that closes what is around it. */
static void skip_statement(struct config_parser *parser, unsigned braces)
{
    for (;;) {
        enum config_token_kind kind = parser->token.kind;
        if (kind == CONFIG_TOKEN_END || (kind == CONFIG_TOKEN_CLOSE && parser->braces <= braces))
            return;
        config_advance(parser);
        if (kind == CONFIG_TOKEN_SEMICOLON && parser->braces <= braces)
            return;
    }
}

void config_forget_given(struct config_parser *parser, enum config_block block)
{
    size_t count;
    const struct config_rule *rules = config_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (rules[i].block == block)
            parser->given[i] = (struct config_place){0};
}

const struct config_place *config_given(struct config_parser *parser, enum config_block block,
                                        const char *name)
{
    size_t count;
    const struct config_rule *rule = config_rule_find(block, name);
    return rule == NULL ? NULL : &parser->given[rule - config_rules(&count)];
}

static const struct config_rule *find_elsewhere(const char *name)
{
    size_t count;
    const struct config_rule *rules = config_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (rules[i].block != CONFIG_CATEGORY_NAME && strcasecmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

static void unknown_statement(struct config_parser *parser, enum config_block block)
{
    const char *name = parser->token.text;
    struct config_place place = parser->token.place;
    if (block == CONFIG_ZONE && parser->zone_type_unsupported)
        return; /* what such a zone has is no news */
    char where[64] = "", suggested[96];
    if (block != CONFIG_TOP)
        snprintf(where, sizeof where, " in %s", config_block_name(block));
    const struct config_rule *elsewhere = find_elsewhere(name);
    if (elsewhere != NULL && elsewhere->block == CONFIG_TOP) {
        config_report(parser, place, "'%s' stands at the top, not%s", name, where);
        return;
    }
    if (elsewhere != NULL) {
        config_report(parser, place, "'%s' belongs in %s { ... }", name, config_block_name(elsewhere->block));
        return;
    }
    if (config_is_named_statement(name)) {
        config_report(parser, place, "'%s' is a statement of named that rootwalk does not have: %s", name,
                      config_named_remedy(name));
        return;
    }
    size_t count;
    const struct config_rule *rules = config_rules(&count);
    struct config_suggestion suggestion = config_suggest(name);
    for (size_t i = 0; i < count; i++)
        if (rules[i].block == block)
            config_suggest_try(&suggestion, rules[i].name);
    config_report(parser, place, "unknown statement '%.60s'%s%s", name, where,
                  config_suggest_text(&suggestion, suggested));
}

void config_remember(struct config_parser *parser, const struct config_rule *rule)
{
    size_t count;
    struct config_place *given = &parser->given[rule - config_rules(&count)];
    if (given->line == 0)
        *given = parser->token.place;
    else if (!rule->many)
        config_report(parser, parser->token.place, "'%s' is given twice; the first stands at %.120s:%u:%u",
                      rule->name, given->file, given->line, given->column);
}

/* After a missing ';' a statement that begins a new line is read, not skipped. */
bool config_next_statement_begins(const struct config_parser *parser, enum config_block block)
{
    return parser->token.kind == CONFIG_TOKEN_WORD && parser->token.place.line > parser->behind.line &&
           config_rule_find(block, parser->token.text) != NULL;
}

static void statement(struct config_parser *parser, enum config_block block)
{
    unsigned braces = parser->braces;
    const struct config_rule *rule = config_rule_find(block, parser->token.text);
    if (rule == NULL) {
        unknown_statement(parser, block);
        skip_statement(parser, braces);
        return;
    }
    config_remember(parser, rule);
    config_advance(parser);
    if (!rule->type->read(parser, rule))
        skip_statement(parser, braces);
    else if (!config_expect_semicolon(parser) && !config_next_statement_begins(parser, block))
        skip_statement(parser, braces);
}

/* A relative path stands beside the file that includes it. */
static char *include_path(struct config_parser *parser, const char *path)
{
    const char *from = parser->source[parser->depth - 1].name;
    const char *slash = from == NULL ? NULL : strrchr(from, '/');
    if (path[0] == '/' || slash == NULL)
        return config_take_text(parser, path);
    size_t directory = (size_t)(slash - from) + 1;
    char *full = config_take(parser, directory + strlen(path) + 1);
    if (full != NULL) {
        memcpy(full, from, directory);
        strcpy(full + directory, path);
    }
    return full;
}

static void include(struct config_parser *parser)
{
    unsigned braces = parser->braces;
    struct config_place place;
    char text[64], *path;
    config_advance(parser);
    place = parser->token.place;
    if (parser->token.kind != CONFIG_TOKEN_STRING) {
        config_report(parser, place, "include takes a file's name in quotes, not %s",
                      config_describe(&parser->token, text));
        skip_statement(parser, braces);
        return;
    }
    path = include_path(parser, parser->token.text);
    config_advance(parser);
    if (parser->token.kind != CONFIG_TOKEN_SEMICOLON) {
        config_expect_semicolon(parser);
        skip_statement(parser, braces);
        return;
    }
    if (path != NULL)
        config_source_file(parser, path, place);
    config_advance(parser); /* the first token of the file, or the one behind the ';' */
}

static void stray_close(struct config_parser *parser, const char *why)
{
    config_report(parser, parser->token.place, "%s", why);
    config_advance(parser);
    if (parser->token.kind == CONFIG_TOKEN_SEMICOLON)
        config_advance(parser);
}

/* Statements up to the block's '}', or to the end of the outermost source at the top. */
static void statements(struct config_parser *parser, enum config_block block,
                       const struct config_place *opened)
{
    unsigned depth = parser->depth;
    char text[64];
    for (;;) {
        switch (parser->token.kind) {
        case CONFIG_TOKEN_END:
            if (parser->depth > depth && !parser->out_of_memory) {
                config_source_end(parser);
                config_advance(parser);
                break;
            }
            if (opened != NULL)
                config_report(parser, *opened, "this '{' is not closed in its file");
            return;
        case CONFIG_TOKEN_CLOSE:
            if (opened != NULL && parser->depth == depth)
                return;
            stray_close(parser, opened == NULL ? "'}' without a '{'"
                                               : "this '}' would close what another file opened");
            break;
        case CONFIG_TOKEN_WORD:
            if (config_is_word(parser, "include"))
                include(parser);
            else
                statement(parser, block);
            break;
        default:
            config_report(parser, parser->token.place, "a statement is expected, not %s",
                          config_describe(&parser->token, text));
            if (parser->token.kind == CONFIG_TOKEN_SEMICOLON)
                config_advance(parser);
            else
                skip_statement(parser, parser->braces);
        }
    }
}

bool config_parse_block(struct config_parser *parser, enum config_block block)
{
    char text[64];
    struct config_place opened = parser->token.place;
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, opened, "'{' is expected, not %s", config_describe(&parser->token, text));
        return false;
    }
    config_forget_given(parser, block);
    config_advance(parser);
    statements(parser, block, &opened);
    if (parser->token.kind != CONFIG_TOKEN_CLOSE)
        return false;
    config_advance(parser);
    return true;
}

void config_parse(struct config_parser *parser)
{
    config_advance(parser);
    statements(parser, CONFIG_TOP, NULL);
}

bool config_read_preset(struct config_parser *parser, const struct config_rule *rule, const char *text)
{
    if (!config_source_text(parser, NULL, text, strlen(text)))
        return false;
    config_advance(parser);
    bool done = rule->type->read(parser, rule) && parser->token.kind == CONFIG_TOKEN_END;
    if (!done)
        config_report(parser, parser->token.place, "the default of '%s' cannot be read", rule->name);
    config_source_end(parser);
    return done;
}

static struct config *read_sources(struct config_parser *parser, const char *name)
{
    config_parse(parser);
    while (parser->depth > 0)
        config_source_end(parser);
    parser->token.kind = CONFIG_TOKEN_END;
    parser->config->place = (struct config_place){name, 0, 0};
    config_finish(parser);
    config_sort_errors(parser->errors);
    return parser->errors->count == 0 ? parser->config : NULL;
}

static bool begin(struct config_parser *parser)
{
    parser->memory = config_memory_create();
    if (parser->memory == NULL)
        return false;
    parser->config = config_take(parser, sizeof *parser->config);
    if (parser->config == NULL)
        return false;
    parser->config->memory = parser->memory;
    return config_builtin_channels(parser);
}

static struct config *read_from(const char *path, const char *text, struct config_errors *errors)
{
    struct config *config = NULL;
    struct config_place nowhere = {path, 0, 0};
    *errors = (struct config_errors){0};
    struct config_parser *parser = calloc(1, sizeof *parser);
    if (parser != NULL)
        parser->errors = errors;
    if (parser == NULL || !begin(parser)) {
        errors->count = 1;
        snprintf(errors->error[0].file, sizeof errors->error[0].file, "%s", path != NULL ? path : "default");
        snprintf(errors->error[0].text, sizeof errors->error[0].text, "out of memory");
    } else if (text != NULL ? config_source_text(parser, path, text, strlen(text))
                            : config_source_file(parser, path, nowhere)) {
        config = read_sources(parser, parser->source[0].name);
    }
    if (parser != NULL) {
        config_acl_builder_free(&parser->builder);
        if (config == NULL)
            config_memory_free(parser->memory);
    }
    free(parser);
    return config;
}

struct config *config_read(const char *path, struct config_errors *errors)
{
    return read_from(path, NULL, errors);
}

struct config *config_read_text(const char *text, const char *name, struct config_errors *errors)
{
    return read_from(name, text, errors);
}

struct config *config_default(void)
{
    struct config_errors errors;
    return read_from(NULL, "", &errors);
}

void config_free(struct config *config)
{
    if (config != NULL)
        config_memory_free(config->memory);
}
