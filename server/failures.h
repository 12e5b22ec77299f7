/* What the flight recorder holds, for people and as JSON: the verb `failures`. */
#ifndef SERVER_FAILURES_H
#define SERVER_FAILURES_H

#include <jansson.h>

#include "server/event_tree.h"
#include "server/recorder.h"

/* One line with its end: id, when last, how often, name, why. */
enum { FAILURE_LINE = 2048 };
const char *failure_line(const struct recorded *recorded, char line[FAILURE_LINE]);

/* All of it, a line at a time: what is known of it, then what happened the first time, as a tree; the last line
   names the culprit. */
void failure_tree(const struct recorded *recorded, void (*say)(void *context, const char *line), void *context);

/* The same as JSON; `events`: with what happened. NULL: out of memory. */
json_t *failure_to_json(const struct recorded *recorded, bool events);

struct text;
/* The whole list, and one of them, as text or JSON. False: it is not known. */
void failures_write_list(struct recorder *recorder, const struct recorder_filter *filter, bool json,
                         struct text *text);
bool failures_write_one(struct recorder *recorder, uint32_t id, bool json, struct text *text);

#endif
