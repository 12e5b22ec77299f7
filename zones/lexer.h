/*
 * A zone file as entries (RFC 1035 §5.1): one record or directive each, with comments left out, parentheses
 * resolved and blanks made one, so that what remains is words with one space between. Quoted strings and escapes
 * stay as they are. Memory is bounded however long a line is.
 */
#ifndef ZONES_LEXER_H
#define ZONES_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    LEXER_ENTRY_MAX =
        320 * 1024, /* characters of an entry: the longest rdata, each octet as \DDD, and more */
    LEXER_BUFFER = 64 * 1024,
};

enum lexer_fault {
    LEXER_GOOD,
    LEXER_TOO_LONG,
    LEXER_NUL,         /* a zero octet: no text file */
    LEXER_OPEN_STRING, /* the line ends within quotes */
    LEXER_OPEN_PARENTHESIS,
    LEXER_STRAY_PARENTHESIS,
    LEXER_UNREADABLE,
};

struct lexer {
    FILE *file; /* NULL: all of it is in `input` from the start */
    const uint8_t *input;
    size_t at, end;
    unsigned line; /* of the next character */
    uint8_t *buffer;
    char *text; /* of LEXER_ENTRY_MAX + 1 */
};

struct lexer_entry {
    char *text; /* the lexer's, good until the next one; may be written to */
    size_t length;
    unsigned line;          /* where it begins */
    bool blank;             /* it begins with a blank: the owner is the one before */
    enum lexer_fault fault; /* what follows on the line was stepped over */
};

/* Reads `file`, which stays the caller's, or `length` octets at `input`. False without memory. */
bool lexer_start(struct lexer *lexer, FILE *file, const uint8_t *input, size_t length);
void lexer_end(struct lexer *lexer);

/* The next entry that is not empty; false at the end. */
bool lexer_next(struct lexer *lexer, struct lexer_entry *entry);

const char *lexer_fault_text(enum lexer_fault fault);

#endif
