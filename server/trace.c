#include "server/trace.h"

#include <stdio.h>

enum { INDENT = 4, DEEPEST = 10 };

void trace_event(void *context, const struct event *event)
{
    char text[EVENT_TEXT_MAX];
    unsigned depth = event->depth < DEEPEST ? event->depth : DEEPEST;
    (void)context;
    /* One call for a line: lines of several workers do not mix. */
    fprintf(stderr, "#%-4u %*s%s\n", event->walk, (int)(depth * INDENT), "", event_to_text(event, text));
}
