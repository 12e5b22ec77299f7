#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/types.h"

enum { INCLUDE_DEPTH = 4, LINE_MAX_LENGTH = 8192 };

bool text_mistake(const struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", line->file, line->number);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    return false;
}

/* -- lines and words --------------------------------------------------------------------------- */

static void *keep(struct page *page, void *memory)
{
    if (page->owned_count == page->owned_capacity) {
        page->owned_capacity = 2 * page->owned_capacity + 64;
        page->owned = realloc(page->owned, page->owned_capacity * sizeof *page->owned);
    }
    return page->owned[page->owned_count++] = memory;
}

/* A comment begins with # at the beginning of the line or behind a blank, but not within quotation marks. */
static void cut_comment(char *text)
{
    bool quoted = false;
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '"' && (at == text || at[-1] != '\\'))
            quoted = !quoted;
        if (*at == '#' && !quoted && (at == text || isblank((unsigned char)at[-1]))) {
            *at = '\0';
            break;
        }
    }
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
}

/* `copy` has the same octets as `text`; its words are ended with zeros. */
static void divide(struct line *line, char *text, char *copy)
{
    size_t at = 0;
    line->count = 0;
    while (line->count < LINE_WORDS - 1) {
        while (isblank((unsigned char)text[at]))
            at++;
        if (text[at] == '\0')
            break;
        bool quoted = text[at] == '"';
        line->rest[line->count] = text + at;
        at += quoted;
        line->word[line->count++] = copy + at;
        while (text[at] != '\0' && (quoted ? text[at] != '"' : !isblank((unsigned char)text[at])))
            at++;
        if (text[at] == '\0')
            break;
        copy[at++] = '\0';
    }
    for (unsigned i = line->count; i < LINE_WORDS; i++)
        line->word[i] = line->rest[i] = "";
}

static struct line *add_line(struct page *page)
{
    if (page->count == page->capacity) {
        page->capacity = 2 * page->capacity + 64;
        page->line = realloc(page->line, page->capacity * sizeof *page->line);
    }
    return &page->line[page->count++];
}

static bool read_file(struct page *page, const char *path, const struct line *from, unsigned depth);

static bool include(struct page *page, const struct line *line, unsigned depth)
{
    char path[1024];
    const char *slash = strrchr(line->file, '/');
    int folder = slash == NULL || line->word[1][0] == '/' ? 0 : (int)(slash + 1 - line->file);
    if (line->count != 2)
        return text_mistake(line, "expected the path of a file behind \"include\"");
    if (depth == INCLUDE_DEPTH)
        return text_mistake(line, "included too deep: does the file include itself?");
    snprintf(path, sizeof path, "%.*s%s", folder, line->file, line->word[1]);
    return read_file(page, path, line, depth + 1);
}

static bool read_line(struct page *page, const char *file, unsigned number, char *buffer, unsigned depth)
{
    struct line line = {.file = file, .number = number};
    line.inner = isblank((unsigned char)buffer[0]);
    cut_comment(buffer);
    char *text = keep(page, strdup(buffer));
    divide(&line, text, keep(page, strdup(buffer)));
    if (line.count == 0)
        return true;
    if (!line.inner && word_is(&line, 0, "include"))
        return include(page, &line, depth);
    *add_line(page) = line;
    return true;
}

static bool read_file(struct page *page, const char *path, const struct line *from, unsigned depth)
{
    char buffer[LINE_MAX_LENGTH];
    unsigned number = 0;
    bool good = true;
    FILE *file = fopen(path, "re");
    if (file == NULL && from != NULL)
        return text_mistake(from, "%s: %s", path, strerror(errno));
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    const char *name = keep(page, strdup(path));
    while (good && fgets(buffer, sizeof buffer, file) != NULL)
        good = read_line(page, name, ++number, buffer, depth);
    fclose(file);
    return good;
}

bool page_read(struct page *page, const char *path)
{
    *page = (struct page){0};
    return read_file(page, path, NULL, 0);
}

void page_free(struct page *page)
{
    for (unsigned i = 0; i < page->owned_count; i++)
        free(page->owned[i]);
    free(page->owned);
    free(page->line);
    *page = (struct page){0};
}

/* -- what words mean --------------------------------------------------------------------------- */

bool read_end(const struct line *line, unsigned index)
{
    if (index >= line->count)
        return true;
    return text_mistake(line, "nothing is expected where \"%s\" is", line->rest[index]);
}

bool read_number(const struct line *line, unsigned index, uint64_t most, uint64_t *number)
{
    char *end;
    *number = strtoull(line->word[index], &end, 10);
    if (end != line->word[index] && *end == '\0' && *number <= most)
        return true;
    return text_mistake(line, "expected a number up to %llu, not \"%s\"", (unsigned long long)most,
                        line->word[index]);
}

static bool time_from_text(const char *text, const char **end, uint64_t *microseconds)
{
    static const struct {
        const char *unit;
        uint64_t length;
    } units[] = {{"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000}};
    char *unit;
    uint64_t number = strtoull(text, &unit, 10);
    if (unit == text)
        return false;
    for (unsigned i = 0; i < sizeof units / sizeof *units; i++) {
        size_t length = strlen(units[i].unit);
        if (strncmp(unit, units[i].unit, length) != 0 || isalpha((unsigned char)unit[length]))
            continue;
        *microseconds = number * units[i].length;
        *end = unit + length;
        return true;
    }
    return false;
}

bool read_time(const struct line *line, unsigned index, uint64_t *microseconds)
{
    const char *end;
    if (time_from_text(line->word[index], &end, microseconds) && *end == '\0')
        return true;
    return text_mistake(line, "expected a time such as 250ms, 30s, 5m, 2h or 1d, not \"%s\"",
                        line->word[index]);
}

static bool value_from_text(const char *text, bool time, const char **end, uint64_t *value)
{
    char *after;
    if (time)
        return time_from_text(text, end, value);
    *value = strtoull(text, &after, 10);
    *end = after;
    return after != text && isdigit((unsigned char)*text);
}

bool range_from_text(const char *text, bool time, struct range *range)
{
    const char *end = text;
    *range = (struct range){0, UINT64_MAX};
    if (strcmp(text, "*") == 0)
        return true;
    bool good;
    if (*text == '<') {
        good = value_from_text(text + 1, time, &end, &range->most) && range->most > 0;
        range->most--;
    } else if (*text == '>') {
        good = value_from_text(text + 1, time, &end, &range->least);
        range->least++;
    } else {
        good = value_from_text(text, time, &end, &range->least);
        range->most = range->least;
        if (good && *end == '-')
            good = value_from_text(end + 1, time, &end, &range->most) && range->most >= range->least;
    }
    return good && *end == '\0';
}

bool read_range(const struct line *line, unsigned index, bool time, struct range *range)
{
    if (range_from_text(line->word[index], time, range))
        return true;
    return text_mistake(line, "expected %s, not \"%s\"",
                        time ? "a time or a span such as 10ms, 100ms-1s, <2s or >1s"
                             : "a number or a span such as 5, 3-7, <5, >5 or *",
                        line->word[index]);
}

bool read_name(const struct line *line, unsigned index, struct dns_name_buffer *name)
{
    if (index < line->count && dns_name_from_text(line->word[index], name) == DNS_OK)
        return true;
    return text_mistake(line, "expected a domain name, not \"%s\"", line->word[index]);
}

bool read_type(const struct line *line, unsigned index, uint16_t *type)
{
    if (dns_type_from_text(line->word[index], type) == DNS_OK)
        return true;
    return text_mistake(line, "expected a type such as A or TYPE65400, not \"%s\"", line->word[index]);
}

bool read_rcode(const struct line *line, unsigned index, unsigned *rcode)
{
    char text[DNS_TYPE_TEXT_MAX];
    for (*rcode = 0; *rcode < 24; ++*rcode)
        if (strcmp(dns_rcode_to_text(*rcode, text), line->word[index]) == 0)
            return true;
    return text_mistake(line, "expected an rcode such as NXDOMAIN, not \"%s\"", line->word[index]);
}

bool read_address(const struct line *line, unsigned index, struct dns_address *address)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    snprintf(text, sizeof text, "%s", line->word[index]);
    char *port = strchr(text, '#');
    if (port != NULL)
        *port++ = '\0';
    if (dns_address_from_text(text, port == NULL ? 53 : (uint16_t)atoi(port), address) == DNS_OK)
        return true;
    return text_mistake(line, "expected an address such as 192.0.2.1 or 2001:db8::1, not \"%s\"",
                        line->word[index]);
}

bool read_record_text(const struct line *line, const char *text, struct dns_name origin, uint32_t ttl,
                      struct dns_text_record *record)
{
    if (dns_record_from_text(text, origin, ttl, record) == DNS_OK)
        return true;
    return text_mistake(line, "expected a record such as \"www 300 A 192.0.2.1\", not \"%s\"", text);
}
