#include <stdarg.h>
#include <string.h>

#include "config/parser.h"

/* Names and words come from the file: what would disturb a terminal is shown as '?'. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

void config_report(struct config_parser *parser, struct config_place place, const char *format, ...)
{
    struct config_errors *errors = parser->errors;
    if (errors->count++ >= CONFIG_ERRORS_MAX)
        return;
    struct config_error *error = &errors->error[errors->count - 1];
    snprintf(error->file, sizeof error->file, "%s", place.file != NULL ? place.file : "default");
    error->line = place.line;
    error->column = place.column;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    make_printable(error->text);
    make_printable(error->file);
}

const char *config_describe(const struct config_token *token, char text[64])
{
    const char *more = token->length > 40 ? "..." : "";
    switch (token->kind) {
    case CONFIG_TOKEN_END:
        return "the end of the file";
    case CONFIG_TOKEN_OPEN:
        return "'{'";
    case CONFIG_TOKEN_CLOSE:
        return "'}'";
    case CONFIG_TOKEN_SEMICOLON:
        return "';'";
    case CONFIG_TOKEN_BANG:
        return "'!'";
    case CONFIG_TOKEN_STRING:
        snprintf(text, 64, "\"%.40s%s\"", token->text, more);
        return text;
    case CONFIG_TOKEN_WORD:
        break;
    }
    snprintf(text, 64, "'%.40s%s'", token->text, more);
    return text;
}

void config_errors_print(const struct config_errors *errors, FILE *to)
{
    size_t kept = errors->count < CONFIG_ERRORS_MAX ? errors->count : CONFIG_ERRORS_MAX;
    for (size_t i = 0; i < kept; i++) {
        const struct config_error *error = &errors->error[i];
        if (error->line == 0) /* of the whole file */
            fprintf(to, "%s: %s\n", error->file, error->text);
        else
            fprintf(to, "%s:%u:%u: %s\n", error->file, error->line, error->column, error->text);
    }
    if (errors->count > kept)
        fprintf(to, "%zu more errors are not shown\n", errors->count - kept);
}

/* What is found out at the end only goes among the errors of its file. */
void config_sort_errors(struct config_errors *errors)
{
    size_t kept = errors->count < CONFIG_ERRORS_MAX ? errors->count : CONFIG_ERRORS_MAX;
    for (size_t i = 1; i < kept; i++) {
        struct config_error moved = errors->error[i];
        size_t to = i;
        for (; to > 0; to--) {
            const struct config_error *before = &errors->error[to - 1];
            bool later =
                before->line > moved.line || (before->line == moved.line && before->column > moved.column);
            if (!later || strcmp(before->file, moved.file) != 0)
                break;
            errors->error[to] = errors->error[to - 1];
        }
        errors->error[to] = moved;
    }
}

static void report_memory(struct config_parser *parser)
{
    if (!parser->out_of_memory)
        config_report(parser, parser->token.place, "out of memory");
    parser->out_of_memory = true;
}

void *config_take(struct config_parser *parser, size_t size)
{
    void *piece = config_memory_take(parser->memory, size);
    if (piece == NULL)
        report_memory(parser);
    return piece;
}

char *config_take_text(struct config_parser *parser, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = config_take(parser, size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* Capacity is 8, 16, 32 ...: a full array moves to one of twice its size. */
bool config_grow(struct config_parser *parser, void **array, size_t count, size_t size)
{
    bool full = count == 0 || (count >= 8 && (count & (count - 1)) == 0);
    if (!full)
        return true;
    void *larger = config_take(parser, (count < 8 ? 8 : count * 2) * size);
    if (larger == NULL)
        return false;
    if (count != 0)
        memcpy(larger, *array, count * size);
    *array = larger;
    return true;
}
