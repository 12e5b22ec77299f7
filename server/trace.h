/* Every step of every walk on stderr: `rootwalk -g -d 1`. */
#ifndef SERVER_TRACE_H
#define SERVER_TRACE_H

#include "resolver/event.h"

/* An event_sink's report. */
void trace_event(void *context, const struct event *event);

#endif
