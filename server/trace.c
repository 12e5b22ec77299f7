#include "server/trace.h"

#include <stdio.h>

void *trace_tag(unsigned worker, unsigned workers)
{
    return workers > 1 ? (void *)(uintptr_t)(worker + 1) : NULL;
}

enum { INDENT = 4, DEEPEST = 10 };

void trace_event(void *context, const struct event *event)
{
    char text[EVENT_TEXT_MAX];
    unsigned depth = event->depth < DEEPEST ? event->depth : DEEPEST;
    unsigned worker = (unsigned)(uintptr_t)context;
    char number[32];
    if (worker > 0)
        snprintf(number, sizeof number, "%u#%u", worker, event->walk);
    else
        snprintf(number, sizeof number, "#%u", event->walk);
    /* One call for a line: lines of several workers do not mix. */
    fprintf(stderr, "%-5s %*s%s\n", number, (int)(depth * INDENT), "", event_to_text(event, text));
}
