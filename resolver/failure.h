/*
 * Failures worth remembering (RFC 9520): a question that could not be resolved is not tried again for
 * 5 s, after each further failure twice as long, up to 5 min. The form of a CACHE_FAILURE entry.
 */
#ifndef RESOLVER_FAILURE_H
#define RESOLVER_FAILURE_H

#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"
#include "resolver/answer.h"
#include "resolver/culprit.h"

enum { FAILURE_SECONDS_MIN = 5, FAILURE_SECONDS_MAX = 300 };

struct failure_entry {
    int ede;
    uint16_t seconds; /* how long it was to be remembered */
    struct culprit culprit;
    char text[ANSWER_EDE_TEXT];
};

/* Reads an entry's data; what is not there reads as "no reason known". */
void failure_read(const uint8_t *data, size_t length, struct failure_entry *failure);

/* Remembers that (name, type) failed, for longer than the last time when that was lately. */
void failure_keep(struct cache *cache, struct dns_name name, uint16_t type, const struct answer *failed,
                  const struct culprit *culprit, uint32_t now);

/* False: it has not failed lately. */
bool failure_find(struct cache *cache, struct dns_name name, uint16_t type, uint32_t now,
                  struct failure_entry *failure);

#endif
