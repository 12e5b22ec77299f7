/*
 * Scenario files as lines and words, and what they are made of: times, ranges, names, addresses, records.
 * Whatever cannot be read is told as "file:line: what was expected there".
 */
#ifndef SCENARIOS_TEXT_H
#define SCENARIOS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/text.h"

enum { LINE_WORDS = 24 };

struct line {
    const char *file;
    unsigned number;
    bool inner;                   /* indented: it belongs to the statement above */
    unsigned count;               /* words; quotation marks hold one together, and are taken off */
    const char *word[LINE_WORDS]; /* "" behind the last one */
    const char *rest[LINE_WORDS]; /* the line from that word on, as it stands */
};

/* A file and what it includes, without comments and empty lines. */
struct page {
    struct line *line;
    unsigned count, capacity;
    char **owned; /* memory behind the lines */
    unsigned owned_count, owned_capacity;
};

bool page_read(struct page *page, const char *path);
void page_free(struct page *page);

/* Prints "file:line: ..." and returns false. */
bool text_mistake(const struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool word_is(const struct line *line, unsigned index, const char *word)
{
    const char *at = line->word[index], *is = word;
    while (*at != '\0' && *at == *is)
        at++, is++;
    return *at == *is;
}

/* The readers below take the word `index` and say what is wrong with it. */
bool read_number(const struct line *line, unsigned index, uint64_t most, uint64_t *number);
bool read_time(const struct line *line, unsigned index, uint64_t *microseconds); /* 250ms 30s 5m 2h 1d */
bool read_name(const struct line *line, unsigned index, struct dns_name_buffer *name);
bool read_type(const struct line *line, unsigned index, uint16_t *type);
bool read_rcode(const struct line *line, unsigned index, unsigned *rcode);
bool read_address(const struct line *line, unsigned index,
                  struct dns_address *address); /* #port may follow */
/* What is behind a word that is not the last one. */
bool read_end(const struct line *line, unsigned index);

/* "5", "3-7", "<5", ">5", "*". */
struct range {
    uint64_t least, most;
};
bool range_from_text(const char *text, bool time, struct range *range);
bool read_range(const struct line *line, unsigned index, bool time, struct range *range);
static inline bool range_has(const struct range *range, uint64_t value)
{
    return range->least <= value && value <= range->most;
}

/* One record, in the form of zone files. */
bool read_record_text(const struct line *line, const char *text, struct dns_name origin, uint32_t ttl,
                      struct dns_text_record *record);

#endif
