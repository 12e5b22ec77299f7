/* Reads address match lists, and flattens them while reading: see acl_steps.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/acl_steps.h"
#include "config/parser.h"

/* While list d is open, its end is not known: until it is closed, targets there are END_OF + d. */
#define END_OF (UINT32_MAX - 256)

static bool reserve(struct config_parser *parser, size_t more)
{
    struct config_acl_builder *builder = &parser->builder;
    if (more > CONFIG_ACL_STEPS_MAX - parser->acl_steps) {
        config_report(parser, parser->token.place, "all acls together have more than %d elements",
                      CONFIG_ACL_STEPS_MAX);
        return false;
    }
    parser->acl_steps += more;
    if (builder->count + more <= builder->capacity)
        return true;
    size_t capacity =
        builder->capacity * 2 > builder->count + more ? builder->capacity * 2 : builder->count + more + 32;
    struct acl_step *steps = realloc(builder->steps, capacity * sizeof *steps);
    if (steps != NULL)
        builder->steps = steps;
    struct acl_place *places = realloc(builder->places, capacity * sizeof *places);
    if (places != NULL)
        builder->places = places;
    if (steps == NULL || places == NULL) {
        config_report(parser, parser->token.place, "out of memory");
        parser->out_of_memory = true;
        return false;
    }
    builder->capacity = capacity;
    return true;
}

static bool put(struct config_parser *parser, const char *text)
{
    struct config_acl_builder *builder = &parser->builder;
    size_t length = strlen(text);
    if (builder->text_length + length + 1 > builder->text_capacity) {
        size_t capacity = (builder->text_length + length + 64) * 2;
        char *larger = realloc(builder->text, capacity);
        if (larger == NULL) {
            config_report(parser, parser->token.place, "out of memory");
            parser->out_of_memory = true;
            return false;
        }
        builder->text = larger;
        builder->text_capacity = capacity;
    }
    memcpy(builder->text + builder->text_length, text, length + 1);
    builder->text_length += length;
    return true;
}

static bool put_quoted(struct config_parser *parser, const char *text)
{
    char piece[2] = "";
    bool done = put(parser, "\"");
    for (; done && *text != '\0'; text++) {
        piece[0] = *text;
        done = (*text != '"' && *text != '\\') || put(parser, "\\");
        done = done && put(parser, piece);
    }
    return done && put(parser, "\"");
}

/* Where to go on when the innermost open list has decided. */
static uint32_t outcome(const struct config_acl_builder *builder, bool allowed)
{
    for (unsigned list = builder->depth - 1; list > 0; list--) {
        if (!allowed)
            return END_OF + list;
        allowed = !builder->open[list].negated;
    }
    return allowed ? ACL_ALLOWED : ACL_REFUSED;
}

static bool add_step(struct config_parser *parser, struct acl_step step, bool negated)
{
    struct config_acl_builder *builder = &parser->builder;
    struct config_place place = parser->token.place;
    if (!reserve(parser, 1))
        return false;
    step.target = outcome(builder, !negated);
    builder->steps[builder->count] = step;
    builder->places[builder->count++] =
        (struct acl_place){place.file != NULL ? place.file : "default", place.line};
    return true;
}

/* A named acl's steps are copied; what it allows is this list's yes, what it refuses decides nothing. */
static bool add_named(struct config_parser *parser, const struct config_acl *named, bool negated)
{
    struct config_acl_builder *builder = &parser->builder;
    const struct acl *acl = named->acl;
    if (!reserve(parser, acl->count))
        return false;
    uint32_t base = (uint32_t)builder->count;
    for (uint32_t i = 0; i < acl->count; i++) {
        struct acl_step step = acl->steps[i];
        if (step.target == ACL_ALLOWED)
            step.target = outcome(builder, !negated);
        else
            step.target = base + (step.target == ACL_REFUSED ? acl->count : step.target);
        builder->steps[builder->count] = step;
        builder->places[builder->count++] = acl->places[i];
    }
    return put_quoted(parser, named->name);
}

static void unknown_name(struct config_parser *parser)
{
    const char *name = parser->token.text;
    struct config_suggestion suggestion = config_suggest(name);
    static const char *const builtin[] = {"any", "none", "localhost", "localnets"};
    for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++)
        config_suggest_try(&suggestion, builtin[i]);
    for (size_t i = 0; i < parser->config->acl_count; i++)
        config_suggest_try(&suggestion, parser->config->acls[i].name);
    char text[96];
    config_report(parser, parser->token.place, "unknown acl '%.60s'%s", name,
                  config_suggest_text(&suggestion, text));
    if (parser->pending_count < CONFIG_PENDING_MAX && parser->errors->count <= CONFIG_ERRORS_MAX) {
        struct config_pending *pending = &parser->pending[parser->pending_count++];
        snprintf(pending->name, sizeof pending->name, "%.63s", name);
        pending->error = parser->errors->count - 1;
    }
}

static bool looks_like_address(const char *text)
{
    return strchr(text, ':') != NULL || strspn(text, "0123456789./") == strlen(text) ||
           (strchr(text, '/') != NULL && text[0] >= '0' && text[0] <= '9');
}

static bool add_builtin(struct config_parser *parser, const char *name, bool negated, bool *known)
{
    static const struct {
        const char *name;
        enum acl_kind kind;
    } builtin[] = {
        {"any", ACL_ANY}, {"none", ACL_ANY}, {"localhost", ACL_LOCALHOST}, {"localnets", ACL_LOCALNETS}};
    for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++) {
        if (strcasecmp(name, builtin[i].name) != 0)
            continue;
        *known = true;
        bool none = i == 1; /* none is !any, as in named */
        return add_step(parser, (struct acl_step){.kind = builtin[i].kind}, negated != none) &&
               put(parser, builtin[i].name);
    }
    *known = false;
    return true;
}

static bool add_prefix(struct config_parser *parser, const char *word, bool negated)
{
    struct dns_prefix prefix;
    char text[DNS_ADDRESS_TEXT_MAX];
    if (!config_prefix(parser, word, &prefix))
        return true;
    return add_step(parser, acl_step_prefix(&prefix), negated) &&
           put(parser, config_prefix_text(&prefix, text));
}

/* key NAME: who has signed with it, from wherever. The keyword is the current token; the name stays. */
static bool add_key(struct config_parser *parser, bool negated)
{
    config_advance(parser);
    if (!config_expect_text(parser, "a key's name"))
        return false;
    unsigned number = config_find_key(parser, parser->token.text);
    if (number == 0) {
        config_unknown_key(parser);
        return true;
    }
    return add_step(parser, (struct acl_step){.kind = ACL_KEY, .low = number}, negated) &&
           put(parser, "key ") && put_quoted(parser, parser->token.text);
}

/* The element at the current token, which stays. False: reading cannot go on. */
static bool add_word(struct config_parser *parser, bool negated)
{
    const struct config_token *token = &parser->token;
    bool word = token->kind == CONFIG_TOKEN_WORD;
    bool known = false;
    if (word && strcasecmp(token->text, "key") == 0)
        return add_key(parser, negated);
    if (word && strcasecmp(token->text, "geoip") == 0) {
        config_report(parser, token->place, "'%s' is not supported in an address match list", token->text);
        return false;
    }
    if (!add_builtin(parser, token->text, negated, &known) || known)
        return known && !parser->out_of_memory;
    if (word && looks_like_address(token->text))
        return add_prefix(parser, token->text, negated);
    const struct config_acl *named = config_find_acl(parser->config, token->text);
    if (named != NULL)
        return add_named(parser, named, negated);
    unknown_name(parser);
    return true;
}

static bool open_list(struct config_parser *parser, bool negated)
{
    struct config_acl_builder *builder = &parser->builder;
    if (builder->depth == CONFIG_ACL_NESTING) {
        config_report(parser, parser->token.place, "address match lists are nested deeper than %d",
                      CONFIG_ACL_NESTING);
        return false;
    }
    builder->open[builder->depth].start = builder->count;
    builder->open[builder->depth++].negated = negated;
    config_advance(parser);
    return put(parser, "{ ");
}

static bool close_list(struct config_parser *parser)
{
    struct config_acl_builder *builder = &parser->builder;
    unsigned list = --builder->depth;
    for (size_t i = builder->open[list].start; i < builder->count; i++)
        if (builder->steps[i].target == END_OF + list)
            builder->steps[i].target = (uint32_t)builder->count;
    config_advance(parser);
    return put(parser, "}");
}

static bool end_element(struct config_parser *parser)
{
    if (!config_expect_semicolon(parser)) {
        enum config_token_kind kind = parser->token.kind;
        if (kind == CONFIG_TOKEN_END || kind == CONFIG_TOKEN_SEMICOLON)
            return false;
    }
    return put(parser, "; ");
}

/* One element with its ';', or the end of a list; of a nested list only its beginning. */
static bool read_element(struct config_parser *parser)
{
    if (parser->token.kind == CONFIG_TOKEN_CLOSE)
        return close_list(parser) && (parser->builder.depth == 0 || end_element(parser));
    bool negated = parser->token.kind == CONFIG_TOKEN_BANG;
    if (negated) {
        config_advance(parser);
        if (!put(parser, "!"))
            return false;
    }
    if (parser->token.kind == CONFIG_TOKEN_OPEN)
        return open_list(parser, negated);
    if (parser->token.kind != CONFIG_TOKEN_WORD && parser->token.kind != CONFIG_TOKEN_STRING) {
        char text[64];
        config_report(parser, parser->token.place,
                      "an address, a prefix, an acl's name or '{' is expected, not %s",
                      config_describe(&parser->token, text));
        return false;
    }
    if (!add_word(parser, negated))
        return false;
    config_advance(parser);
    return end_element(parser);
}

static struct acl *finish(struct config_parser *parser)
{
    struct config_acl_builder *builder = &parser->builder;
    struct acl *acl = config_take(parser, sizeof *acl + builder->count * sizeof acl->steps[0]);
    struct acl_place *places = config_take(parser, builder->count * sizeof *places);
    char *text = config_take_text(parser, builder->text);
    if (acl == NULL || places == NULL || text == NULL)
        return NULL;
    if (builder->count != 0) {
        memcpy(acl->steps, builder->steps, builder->count * sizeof acl->steps[0]);
        memcpy(places, builder->places, builder->count * sizeof *places);
    }
    acl->count = (uint32_t)builder->count;
    acl->places = places;
    acl->text = text;
    return acl;
}

struct acl *config_read_acl(struct config_parser *parser)
{
    struct config_acl_builder *builder = &parser->builder;
    char text[64];
    if (parser->token.kind != CONFIG_TOKEN_OPEN) {
        config_report(parser, parser->token.place, "an address match list, '{ ... }', is expected, not %s",
                      config_describe(&parser->token, text));
        return NULL;
    }
    builder->count = builder->text_length = 0;
    builder->depth = 0;
    if (!open_list(parser, false))
        return NULL;
    while (builder->depth != 0)
        if (!read_element(parser))
            return NULL;
    return finish(parser);
}

void config_acl_builder_free(struct config_acl_builder *builder)
{
    free(builder->steps);
    free(builder->places);
    free(builder->text);
}

const char *config_acl_text(const struct acl *acl)
{
    return acl->text;
}
