/* Events in the answers of the control socket: a line of the tree each for people, a row each for programs. */
#ifndef SERVER_EVENT_ROW_H
#define SERVER_EVENT_ROW_H

#include "control/report.h"
#include "server/event_tree.h"

/* `tree`: begun by event_tree_start(). */
void event_row(struct report *report, struct event_tree *tree, const struct event *event);

/* The last line: what the question came to, and who is to blame. In JSON the members "rcode" and "culprit" of the last
   object. */
void event_row_last(struct report *report, const struct event_tree *tree);

#endif
