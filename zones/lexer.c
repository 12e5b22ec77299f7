#include "zones/lexer.h"

#include <stdlib.h>

enum { END = -1 };

bool lexer_start(struct lexer *lexer, FILE *file, const uint8_t *input, size_t length)
{
    *lexer = (struct lexer){.file = file, .input = input, .end = length, .line = 1};
    lexer->text = malloc(LEXER_ENTRY_MAX + 1);
    if (file != NULL) {
        lexer->input = lexer->buffer = malloc(LEXER_BUFFER);
        lexer->end = 0;
    }
    if (lexer->text != NULL && (file == NULL || lexer->buffer != NULL))
        return true;
    lexer_end(lexer);
    return false;
}

void lexer_end(struct lexer *lexer)
{
    free(lexer->text);
    free(lexer->buffer);
    lexer->text = NULL;
    lexer->buffer = NULL;
}

static bool refill(struct lexer *lexer)
{
    if (lexer->file == NULL)
        return false;
    lexer->at = 0;
    lexer->end = fread(lexer->buffer, 1, LEXER_BUFFER, lexer->file);
    return lexer->end > 0;
}

static inline int next(struct lexer *lexer)
{
    if (lexer->at == lexer->end && !refill(lexer))
        return END;
    int octet = lexer->input[lexer->at++];
    lexer->line += octet == '\n';
    return octet;
}

static inline int peek(struct lexer *lexer)
{
    if (lexer->at == lexer->end && !refill(lexer))
        return END;
    return lexer->input[lexer->at];
}

/* Up to the line's end, which stays. */
static void skip_line(struct lexer *lexer)
{
    for (int octet = peek(lexer); octet != '\n' && octet != END; octet = peek(lexer))
        lexer->at++;
}

/* What an entry has come to. */
struct reading {
    struct lexer_entry *entry;
    unsigned depth; /* open parentheses */
    bool space;     /* a blank is due before the next word */
};

static bool fault(struct lexer *lexer, struct reading *reading, enum lexer_fault fault)
{
    reading->entry->fault = fault;
    skip_line(lexer);
    return false;
}

static bool put(struct lexer *lexer, struct reading *reading, int octet)
{
    struct lexer_entry *entry = reading->entry;
    if (octet == 0)
        return fault(lexer, reading, LEXER_NUL);
    if (entry->length + 2 > LEXER_ENTRY_MAX)
        return fault(lexer, reading, LEXER_TOO_LONG);
    if (reading->space && entry->length > 0)
        lexer->text[entry->length++] = ' ';
    reading->space = false;
    lexer->text[entry->length++] = (char)octet;
    return true;
}

/* A backslash and what it protects; \DDD needs no more care. */
static bool put_escape(struct lexer *lexer, struct reading *reading)
{
    if (!put(lexer, reading, '\\'))
        return false;
    int octet = peek(lexer);
    if (octet == '\n' || octet == END)
        return true;
    lexer->at++;
    return put(lexer, reading, octet);
}

static bool put_string(struct lexer *lexer, struct reading *reading)
{
    if (!put(lexer, reading, '"'))
        return false;
    for (;;) {
        int octet = peek(lexer);
        if (octet == '\n' || octet == END)
            return fault(lexer, reading, LEXER_OPEN_STRING);
        lexer->at++;
        if (octet == '\\' ? !put_escape(lexer, reading) : !put(lexer, reading, octet))
            return false;
        if (octet == '"')
            return true;
    }
}

static bool parenthesis(struct lexer *lexer, struct reading *reading, int octet)
{
    reading->space = true;
    if (octet == '(') {
        reading->depth++;
        return true;
    }
    if (reading->depth == 0)
        return fault(lexer, reading, LEXER_STRAY_PARENTHESIS);
    reading->depth--;
    return true;
}

/* Takes one character that is no line's end. False when the entry is over, by a fault. */
static bool step(struct lexer *lexer, struct reading *reading, int octet)
{
    switch (octet) {
    case ' ':
    case '\t':
    case '\r':
    case '\f':
        reading->space = true;
        return true;
    case ';':
        skip_line(lexer);
        return true;
    case '(':
    case ')':
        return parenthesis(lexer, reading, octet);
    case '"':
        return put_string(lexer, reading);
    case '\\':
        return put_escape(lexer, reading);
    default:
        return put(lexer, reading, octet);
    }
}

/* One entry, maybe an empty one, up to and with its line's end. False at the end of the file. */
static bool read_entry(struct lexer *lexer, struct lexer_entry *entry)
{
    int octet = peek(lexer);
    struct reading reading = {.entry = entry};
    *entry = (struct lexer_entry){
        .text = lexer->text, .line = lexer->line, .blank = octet == ' ' || octet == '\t'};
    if (octet == END)
        return false;
    for (octet = next(lexer); octet != END; octet = next(lexer)) {
        if (octet == '\n' && reading.depth == 0)
            break;
        if (octet == '\n') {
            reading.space = true;
        } else if (!step(lexer, &reading, octet)) {
            next(lexer);
            break;
        }
        if (entry->length == 0)
            entry->line = lexer->line; /* lines before the first word do not count */
    }
    if (octet == END && reading.depth > 0)
        entry->fault = LEXER_OPEN_PARENTHESIS;
    lexer->text[entry->length] = '\0';
    return true;
}

bool lexer_next(struct lexer *lexer, struct lexer_entry *entry)
{
    while (read_entry(lexer, entry))
        if (entry->length > 0 || entry->fault != LEXER_GOOD)
            return true;
    if (lexer->file == NULL || !ferror(lexer->file))
        return false;
    clearerr(lexer->file);
    entry->fault = LEXER_UNREADABLE;
    lexer->file = NULL;
    return true;
}

const char *lexer_fault_text(enum lexer_fault fault)
{
    switch (fault) {
    case LEXER_TOO_LONG:
        return "a record of more than 320 KiB; is a \")\" or a line end missing?";
    case LEXER_NUL:
        return "an octet 0: this is no text";
    case LEXER_OPEN_STRING:
        return "the line ends within a quoted string: put a '\"'";
    case LEXER_OPEN_PARENTHESIS:
        return "the file ends within parentheses: a \")\" is missing";
    case LEXER_STRAY_PARENTHESIS:
        return "a \")\" without a \"(\"";
    case LEXER_UNREADABLE:
        return "the file cannot be read any further";
    default:
        return "";
    }
}
