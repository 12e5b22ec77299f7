#include "server/event_row.h"

#include "dns/types.h"
#include "server/event_json.h"

static void add_row(struct report *report, json_t *json)
{
    const char *field;
    json_t *value;
    report_row(report, "event");
    json_object_foreach(json, field, value) report_json(report, field, json_incref(value));
    report_row_end(report);
    json_decref(json);
}

void event_row(struct report *report, struct event_tree *tree, const struct event *event)
{
    char line[EVENT_TREE_LINE];
    event_tree_line(tree, event, line);
    if (report->json)
        add_row(report, event_to_json(event, tree->start));
    else
        text_add(&report->text, "%s", line);
}

void event_row_last(struct report *report, const struct event_tree *tree)
{
    char line[EVENT_TREE_LINE], rcode[DNS_TYPE_TEXT_MAX];
    if (!report->json) {
        text_add(&report->text, "%s", event_tree_end(tree, line));
        return;
    }
    if (!tree->ended)
        return;
    report_string(report, "rcode", NULL, dns_rcode_to_text(tree->answer.rcode, rcode));
    if (tree->answer.kind == EVENT_FAILURE || tree->answer.id != 0)
        report_json(report, "culprit", event_culprit_to_json(&tree->answer));
}
