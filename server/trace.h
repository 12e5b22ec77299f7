/* Every step of every walk on stderr: `rootwalk -g -d 1`. */
#ifndef SERVER_TRACE_H
#define SERVER_TRACE_H

#include "resolver/event.h"

/* An event_sink's report; walks of several workers are told apart by the tag that is its context. */
void trace_event(void *context, const struct event *event);
void *trace_tag(unsigned worker, unsigned workers);

#endif
