/* Events as JSON. The names of fields are stable; docs/events.md says which there are. */
#ifndef SERVER_EVENT_JSON_H
#define SERVER_EVENT_JSON_H

#include <jansson.h>

#include "resolver/event.h"

/* A new object; `start`: the time that the event's own counts from. Fields that an event does not have are left
   out. NULL: out of memory. */
json_t *event_to_json(const struct event *event, uint64_t start);

/* Who is to blame, by an event of kind FAILURE (or a slow ANSWER): {"zone", "server", "blame", "reason", "id"}. */
json_t *event_culprit_to_json(const struct event *event);

#endif
