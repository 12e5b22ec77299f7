#include "server/event_tree.h"

#include <stdio.h>
#include <string.h>

#include "dns/types.h"

enum { INDENT = 4, DEEPEST = 12 };

void event_tree_start(struct event_tree *tree)
{
    *tree = (struct event_tree){0};
}

/* The last one of the client's own walk is what the question came to. */
static void note_end(struct event_tree *tree, const struct event *event)
{
    if ((event->kind != EVENT_ANSWER && event->kind != EVENT_FAILURE) || event->parent != 0)
        return;
    tree->ended = true;
    tree->answer = *event;
    tree->answer.other = tree->answer.server = (struct dns_name){0};
    if (event->name.wire != NULL) {
        dns_name_copy(&tree->name, event->name);
        tree->answer.name = dns_name_view(&tree->name);
    }
    if (event->zone.wire != NULL) {
        dns_name_copy(&tree->zone, event->zone);
        tree->answer.zone = dns_name_view(&tree->zone);
    }
    snprintf(tree->text, sizeof tree->text, "%s", event->text == NULL ? "" : event->text);
    tree->answer.text = tree->text;
    tree->answer.place = NULL;
}

const char *event_tree_line(struct event_tree *tree, const struct event *event, char line[EVENT_TREE_LINE])
{
    char text[EVENT_TEXT_MAX];
    unsigned depth = event->depth < DEEPEST ? event->depth : DEEPEST;
    if (!tree->begun) {
        tree->begun = true;
        tree->start = event->time;
    }
    note_end(tree, event);
    uint64_t after = event->time - tree->start;
    snprintf(line, EVENT_TREE_LINE, "%8llu.%llu ms  %*s%s\n", (unsigned long long)after / 1000,
             (unsigned long long)after / 100 % 10, (int)(depth * INDENT), "", event_to_text(event, text));
    return line;
}

const char *event_tree_end(const struct event_tree *tree, char line[EVENT_TREE_LINE])
{
    const struct event *answer = &tree->answer;
    char culprit[EVENT_TEXT_MAX], name[DNS_NAME_TEXT_MAX] = "-", type[DNS_TYPE_TEXT_MAX];
    char rcode[DNS_TYPE_TEXT_MAX];
    line[0] = '\0';
    if (!tree->ended)
        return line;
    bool blamed = answer->kind == EVENT_FAILURE || answer->id != 0;
    if (answer->name.wire != NULL)
        dns_name_to_text(answer->name, name);
    snprintf(line, EVENT_TREE_LINE, "%s %s: %s%s%.800s\n", name, dns_type_to_text(answer->type, type),
             dns_rcode_to_text(answer->rcode, rcode), blamed ? "; culprit: " : "",
             blamed ? event_culprit_to_text(answer, culprit) : "");
    return line;
}
