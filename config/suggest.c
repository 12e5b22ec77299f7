/* The nearest known word: by edit distance with transpositions of neighbours, or one that was only begun. */
#include "config/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LENGTH_MAX = 40 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][LENGTH_MAX + 1];
    size_t la = strlen(a), lb = strlen(b);
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            now[j] = least(least(before[j], now[j - 1]) + 1, before[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[la % 3][lb];
}

struct config_suggestion config_suggest(const char *word)
{
    size_t length = strlen(word);
    unsigned reach = length < 3 || length > LENGTH_MAX ? 0 : least((unsigned)length / 3, 3);
    return (struct config_suggestion){.word = word, .distance = reach};
}

void config_suggest_try(struct config_suggestion *suggestion, const char *candidate)
{
    if (suggestion->distance == 0 || strlen(candidate) > LENGTH_MAX)
        return;
    size_t length = strlen(suggestion->word);
    unsigned found = distance(suggestion->word, candidate);
    bool begun = length >= 4 && strncasecmp(suggestion->word, candidate, length) == 0 && found <= 4;
    bool near =
        suggestion->best == NULL ? begun || found <= suggestion->distance : found < suggestion->distance;
    if (!near)
        return;
    suggestion->best = candidate;
    suggestion->distance = found;
}

const char *config_suggest_text(const struct config_suggestion *suggestion, char text[96])
{
    text[0] = '\0';
    if (suggestion->best != NULL)
        snprintf(text, 96, " (did you mean '%s'?)", suggestion->best);
    return text;
}
