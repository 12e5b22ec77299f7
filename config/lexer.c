/* Comments, words, quoted strings and punctuation, each with the place where it begins. */
#include <string.h>

#include "config/parser.h"

static int look(const struct config_source *source, size_t ahead)
{
    if (ahead >= source->length - source->at)
        return -1;
    return (unsigned char)source->text[source->at + ahead];
}

static void step(struct config_source *source)
{
    if (source->text[source->at++] == '\n') {
        source->line++;
        source->column = 1;
    } else {
        source->column++;
    }
}

static struct config_place here(const struct config_source *source)
{
    return (struct config_place){source->name, source->line, source->column};
}

static bool is_blank(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool begins_comment(const struct config_source *source)
{
    int c = look(source, 0);
    return c == '#' || (c == '/' && (look(source, 1) == '/' || look(source, 1) == '*'));
}

static void skip_comment(struct config_parser *parser, struct config_source *source)
{
    struct config_place opened = here(source);
    if (look(source, 0) == '#' || look(source, 1) == '/') {
        while (look(source, 0) >= 0 && look(source, 0) != '\n')
            step(source);
        return;
    }
    step(source);
    step(source);
    while (look(source, 0) >= 0) {
        if (look(source, 0) == '*' && look(source, 1) == '/') {
            step(source);
            step(source);
            return;
        }
        step(source);
    }
    config_report(parser, opened, "this comment is not closed by '*/'");
}

static bool is_word(int c)
{
    return c > ' ' && c < 0x7f && strchr("{};\"!", c) == NULL;
}

/* A run of bytes that can stand nowhere but in strings and comments is reported once. */
static void skip_garbage(struct config_parser *parser, struct config_source *source)
{
    int c = look(source, 0);
    if (c == 0)
        config_report(parser, here(source), "a NUL byte");
    else
        config_report(parser, here(source), "a byte (0x%02X) that can stand in strings and comments only", c);
    while ((c = look(source, 0)) >= 0 && !is_blank(c) && (c < ' ' || c >= 0x7f))
        step(source);
}

static void skip_to_token(struct config_parser *parser, struct config_source *source)
{
    for (int c; (c = look(source, 0)) >= 0;) {
        if (is_blank(c))
            step(source);
        else if (begins_comment(source))
            skip_comment(parser, source);
        else if (c < ' ' || c >= 0x7f)
            skip_garbage(parser, source);
        else
            return;
    }
}

static void append(struct config_parser *parser, int c, size_t limit, const char *what)
{
    struct config_token *token = &parser->token;
    if (token->length < limit)
        token->text[token->length] = (char)c;
    else if (token->length == limit)
        config_report(parser, token->place, "a %s longer than %zu characters", what, limit);
    if (token->length <= limit)
        token->length++;
}

static void end_text(struct config_token *token, size_t limit)
{
    if (token->length > limit)
        token->length = limit;
    token->text[token->length] = '\0';
}

static void read_word(struct config_parser *parser, struct config_source *source)
{
    while (is_word(look(source, 0)) && !begins_comment(source)) {
        append(parser, look(source, 0), CONFIG_WORD_MAX, "word");
        step(source);
    }
    end_text(&parser->token, CONFIG_WORD_MAX);
}

/* \" and \\ stand for " and \; any other backslash for itself. */
static void read_string(struct config_parser *parser, struct config_source *source)
{
    bool control = false;
    step(source);
    for (int c; (c = look(source, 0)) != '"'; step(source)) {
        bool goes_on = c == '\n' && parser->multiline;
        if (goes_on)
            c = ' ';
        if (c < 0 || c == '\n') {
            config_report(parser, parser->token.place, "this string is not closed by '\"'%s",
                          parser->multiline ? "" : " on its line");
            end_text(&parser->token, CONFIG_STRING_MAX);
            return;
        }
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            if (!control)
                config_report(parser, here(source), "a control character (0x%02X) in a string", c);
            control = true;
            c = '?';
        }
        if (c == '\\' && (look(source, 1) == '"' || look(source, 1) == '\\')) {
            step(source);
            c = look(source, 0);
        }
        append(parser, c, CONFIG_STRING_MAX, "string");
    }
    step(source);
    end_text(&parser->token, CONFIG_STRING_MAX);
}

static enum config_token_kind punctuation(int c)
{
    switch (c) {
    case '{':
        return CONFIG_TOKEN_OPEN;
    case '}':
        return CONFIG_TOKEN_CLOSE;
    case ';':
        return CONFIG_TOKEN_SEMICOLON;
    case '!':
        return CONFIG_TOKEN_BANG;
    default:
        return CONFIG_TOKEN_WORD;
    }
}

/* Counts the braces of the token that is left behind, and makes the next one the current. */
void config_advance(struct config_parser *parser)
{
    struct config_source *source = &parser->source[parser->depth - 1];
    struct config_token *token = &parser->token;
    if (token->kind == CONFIG_TOKEN_OPEN)
        parser->braces++;
    else if (token->kind == CONFIG_TOKEN_CLOSE && parser->braces > 0)
        parser->braces--;
    parser->behind = here(source);
    skip_to_token(parser, source);
    token->place = here(source);
    token->length = 0;
    token->text[0] = '\0';
    int c = look(source, 0);
    if (c < 0 || parser->out_of_memory) {
        token->kind = CONFIG_TOKEN_END;
        return;
    }
    if (c == '"') {
        token->kind = CONFIG_TOKEN_STRING;
        read_string(parser, source);
        return;
    }
    token->kind = punctuation(c);
    if (token->kind == CONFIG_TOKEN_WORD)
        read_word(parser, source);
    else
        step(source);
}
