/* Zones from text, and what they answer as lines of text. */
#ifndef TEST_ZONES_SUPPORT_H
#define TEST_ZONES_SUPPORT_H

#include "zones/answer.h"
#include "zones/file.h"

/* The last zone_from() or problems_of() left its problems here. */
extern struct zone_problems problems;

/* "example.org" from text; fails the test when it has errors. */
struct zone *zone_from(const char *text);

/* All problems of a text, "line: text" and "line: warning: text", one a line; static text. */
const char *problems_of(const char *text);

/* The whole zone, a record a line; static text. */
const char *dump_of(const struct zone *zone);

/* The answer to "name type": "RCODE [AA] [TC]", then "answer|authority|additional record" lines; static text. The
   options: 'd' DO, 'm' minimal. */
const char *ask(const struct zone *zone, const char *name, uint16_t type, const char *options);

/* The same into `capacity` octets. */
const char *ask_within(const struct zone *zone, const char *name, uint16_t type, const char *options,
                       size_t capacity);

extern struct zone_answer last_answer;

#endif
