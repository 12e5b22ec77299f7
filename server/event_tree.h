/*
 * A question's events as a tree for people, a line each: the time since the question, a step for each walk that
 * a walk needed, the number of the step in docs/architecture.md. The last line names the culprit. The same for
 * events as they happen (explain) and for a journal (failures ID).
 *
 *      struct event_tree tree;
 *      event_tree_start(&tree);
 *      for each event: print event_tree_line(&tree, &event, line)
 *      if (event_tree_end(&tree, line)[0] != '\0') print it
 */
#ifndef SERVER_EVENT_TREE_H
#define SERVER_EVENT_TREE_H

#include "resolver/event.h"

enum { EVENT_TREE_LINE = EVENT_TEXT_MAX + 1280, EVENT_TREE_REASON = 192 };

struct event_tree {
    bool begun, ended;
    uint64_t start;      /* time of the first event */
    uint32_t walk;       /* the client's */
    struct event answer; /* its last one, of kind ANSWER or FAILURE; its names and text are these: */
    struct dns_name_buffer name, zone;
    char text[EVENT_TREE_REASON];
};

void event_tree_start(struct event_tree *tree);

/* A line with its end. Returns `line`. */
const char *event_tree_line(struct event_tree *tree, const struct event *event, char line[EVENT_TREE_LINE]);

/* The last line, with its end: who is to blame for a failure, or what the answer was; "" when there was neither. */
const char *event_tree_end(const struct event_tree *tree, char line[EVENT_TREE_LINE]);

#endif
