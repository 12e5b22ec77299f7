/*
 * BIND's $GENERATE:    start-stop[/step] owner [TTL] [class] type rdata
 *
 * In owner and rdata, $ is the number; ${offset,width,base} the number plus offset, with zeros in front up to
 * width, in base d, o, x or X, or n or N: nibbles from the right with dots between, whose width counts the dots;
 * $$ and \$ are a dollar sign. Rdata in quotes is what stands between them.
 */
#include <stdlib.h>
#include <string.h>

#include "zones/rdata_text.h"
#include "zones/reader.h"

enum { EXPANDED_MAX = 4096, WIDTH_MAX = 255 };

struct range {
    long start, stop, step;
};

static bool read_range(const char *word, struct range *range)
{
    int end = 0;
    range->step = 1;
    if (word[0] < '0' || word[0] > '9' ||
        (sscanf(word, "%10ld-%10ld%n/%10ld%n", &range->start, &range->stop, &end, &range->step, &end) < 2))
        return false;
    return word[end] == '\0' && range->start <= range->stop && range->stop <= INT32_MAX && range->step >= 1 &&
           range->step <= INT32_MAX;
}

/* Text being made. */
struct expansion {
    char text[EXPANDED_MAX];
    size_t length;
    bool full;
};

static void put(struct expansion *to, char octet)
{
    if (to->length + 1 >= sizeof to->text) {
        to->full = true;
        return;
    }
    to->text[to->length++] = octet;
    to->text[to->length] = '\0';
}

static void put_nibbles(struct expansion *to, unsigned long value, unsigned width, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (;;) {
        put(to, digits[value & 15]);
        value >>= 4;
        width -= width > 0;
        if (width == 0 && value == 0)
            return;
        put(to, '.');
        width -= width > 0;
        if (width == 0 && value == 0)
            return;
    }
}

static bool put_number(struct expansion *to, long number, unsigned width, char base)
{
    char digits[WIDTH_MAX + 32] = "";
    if (number < 0)
        return false;
    if (base == 'n' || base == 'N') {
        put_nibbles(to, (unsigned long)number, width, base == 'N');
        return true;
    }
    if (base == 'd')
        snprintf(digits, sizeof digits, "%0*ld", (int)width, number);
    else if (base == 'o')
        snprintf(digits, sizeof digits, "%0*lo", (int)width, (unsigned long)number);
    else if (base == 'x')
        snprintf(digits, sizeof digits, "%0*lx", (int)width, (unsigned long)number);
    else if (base == 'X')
        snprintf(digits, sizeof digits, "%0*lX", (int)width, (unsigned long)number);
    else
        return false;
    for (const char *at = digits; *at != '\0'; at++)
        put(to, *at);
    return true;
}

/* What stands in braces; `at` is behind the opening one. NULL when it is ill formed. */
static const char *put_modified(struct expansion *to, const char *at, long number)
{
    char *end;
    char base = 'd';
    unsigned long width = 0;
    long offset = strtol(at, &end, 10);
    if (end == at || offset > INT32_MAX || offset < -(long)INT32_MAX)
        return NULL;
    if (*end == ',') {
        at = end + 1;
        width = strtoul(at, &end, 10);
        if (end == at || *at == '-' || width > WIDTH_MAX)
            return NULL;
    }
    if (*end == ',' && end[1] != '\0') {
        base = end[1];
        end += 2;
    }
    return *end == '}' && put_number(to, number + offset, (unsigned)width, base) ? end + 1 : NULL;
}

static bool expand(struct expansion *to, const char *from, long number)
{
    to->length = 0;
    to->full = false;
    to->text[0] = '\0';
    while (*from != '\0') {
        if (*from == '\\' && from[1] != '\0') {
            if (from[1] != '$')
                put(to, '\\');
            put(to, from[1]);
            from += 2;
        } else if (*from != '$') {
            put(to, *from++);
        } else if (from[1] == '$') {
            put(to, '$');
            from += 2;
        } else if (from[1] == '{') {
            from = put_modified(to, from + 2, number);
            if (from == NULL)
                return false;
        } else {
            put_number(to, number, 0, 'd');
            from++;
        }
    }
    return !to->full;
}

/* `head` is what stands between owner and rdata. */
static bool generate_one(struct reader *reader, struct expansion *to, const char *owner, const char *rest,
                         long number)
{
    struct dns_name_buffer name;
    if (!expand(to, owner, number) ||
        zone_name_from_text(to->text, dns_name_view(&reader->source->origin), &name) != DNS_OK) {
        reader_error(reader, "$GENERATE: \"%s\" makes no domain name at %ld", owner, number);
        return false;
    }
    if (!expand(to, rest, number)) {
        reader_error(reader,
                     "$GENERATE: \"%.60s\" cannot be filled in at %ld: ${offset,width,base} has a base of "
                     "d, o, x, X, n or N, and its number is not negative",
                     rest, number);
        return false;
    }
    reader_record(reader, dns_name_view(&name), to->text);
    reader->source->owner = name;
    return true;
}

/* Takes off the quotes around the whole rdata, as BIND does. */
static void unquote(char *rest)
{
    size_t length = strlen(rest);
    char *quote = strchr(rest, '"');
    if (quote == NULL || rest[length - 1] != '"' || strchr(quote + 1, '"') != rest + length - 1)
        return;
    *quote = ' ';
    rest[length - 1] = '\0';
}

void reader_generate(struct reader *reader, char *text)
{
    struct range range;
    struct expansion *to = malloc(sizeof *to);
    const char *word = zone_word(&text), *owner = zone_word(&text);
    if (to == NULL) {
        raw_out_of_memory(reader->builder);
    } else if (word == NULL || owner == NULL || *text == '\0') {
        reader_error(reader, "$GENERATE wants start-stop[/step] owner [TTL] [class] type rdata");
    } else if (!read_range(word, &range) || (range.stop - range.start) / range.step >= ZONE_GENERATE_MAX) {
        reader_error(reader, "$GENERATE: \"%.60s\" is no range start-stop[/step] of at most %d numbers", word,
                     ZONE_GENERATE_MAX);
    } else {
        unquote(text);
        size_t errors = reader->builder->errors;
        for (long i = range.start; i <= range.stop && reader->builder->errors == errors; i += range.step)
            if (!generate_one(reader, to, owner, text, i))
                break;
    }
    free(to);
}
