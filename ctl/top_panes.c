#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/verbs.h"
#include "ctl/top.h"

static const struct {
    const char *title;
    const char *order[3]; /* by `count`, by `second` (where there is one), by the key */
} panes[PANES] = {
    [PANE_NAMES] = {"Busiest names", {"count", "name", NULL}},
    [PANE_ZONES] = {"Busiest zones", {"count", "name", NULL}},
    [PANE_CLIENTS] = {"Busiest clients", {"count", "address", NULL}},
    [PANE_SERVERS] = {"Slowest servers", {"slowness", "packets", "address"}},
    [PANE_FAILURES] = {"Failures", {"time", "count", "name"}},
};

const char *top_pane_title(enum top_pane pane)
{
    return panes[pane].title;
}

const char *top_order_title(enum top_pane pane, unsigned order)
{
    return panes[pane].order[order];
}

unsigned top_orders(enum top_pane pane)
{
    return panes[pane].order[2] != NULL ? 3 : 2;
}

/* -- a row --------------------------------------------------------------------------------------------- */

void top_take(struct top_view *view, json_t *row)
{
    static const char *const kind[] = {"hit", "walk", "server"};
    json_t *latency = json_object_get(row, "latency");
    json_decref(view->now);
    view->now = row;
    for (unsigned k = 0; k < 3; k++) {
        json_t *counts = json_object_get(latency, kind[k]);
        for (unsigned i = 0; i < TOP_BUCKETS; i++)
            view->latency[k][i] = view->latency[k][i] * 0.95 + json_number_value(json_array_get(counts, i));
    }
}

/* -- the lists ------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));
    return text != NULL ? text : "";
}

static double number_of(const json_t *object, const char *field)
{
    return json_number_value(json_object_get(object, field));
}

static void take_busy(struct top_line *line, const json_t *item, double total)
{
    line->count = number_of(item, "count");
    snprintf(line->key, sizeof line->key, "%s", text_of(item, "key"));
    snprintf(line->value, sizeof line->value, "%5.1f %%", total > 0 ? 100 * line->count / total : 0.0);
}

static void take_server(struct top_line *line, const json_t *item)
{
    double rtt = number_of(item, "rtt_us"), silent = number_of(item, "timeouts");
    line->count = silent * 1e9 + rtt;
    line->second = number_of(item, "packets");
    snprintf(line->key, sizeof line->key, "%s", text_of(item, "address"));
    if (silent > 0)
        snprintf(line->value, sizeof line->value, "silent %.0f", silent);
    else
        snprintf(line->value, sizeof line->value, "%5.1f ms", rtt / 1000);
    snprintf(line->more, sizeof line->more, "%.0f packets", line->second);
}

static void take_failure(struct top_line *line, const json_t *item)
{
    line->count = number_of(item, "last");
    line->second = number_of(item, "count");
    snprintf(line->key, sizeof line->key, "%s", text_of(item, "name"));
    snprintf(line->type, sizeof line->type, "%s", text_of(item, "type"));
    snprintf(line->value, sizeof line->value, "%4.0fx", line->second);
    snprintf(line->more, sizeof line->more, "%.12s %.200s", line->type, text_of(item, "reason"));
}

static int by_count(const void *a, const void *b)
{
    double one = ((const struct top_line *)a)->count, other = ((const struct top_line *)b)->count;
    return (one < other) - (one > other);
}

static int by_second(const void *a, const void *b)
{
    double one = ((const struct top_line *)a)->second, other = ((const struct top_line *)b)->second;
    return (one < other) - (one > other);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct top_line *)a)->key, ((const struct top_line *)b)->key);
}

static void fill(struct top_list *list, enum top_pane pane, const json_t *from)
{
    const json_t *items = json_is_array(from) ? from : json_object_get(from, "list");
    double total = number_of(from, "total");
    list->count = json_array_size(items) < TOP_LINES ? json_array_size(items) : TOP_LINES;
    for (size_t i = 0; i < list->count; i++) {
        struct top_line *line = &list->line[i];
        const json_t *item = json_array_get(items, i);
        *line = (struct top_line){0};
        if (pane == PANE_SERVERS)
            take_server(line, item);
        else if (pane == PANE_FAILURES)
            take_failure(line, item);
        else
            take_busy(line, item, total);
    }
    bool last = list->order + 1 == top_orders(pane);
    qsort(list->line, list->count, sizeof list->line[0],
          list->order == 0 ? by_count
          : last           ? by_key
                           : by_second);
    if (list->selected >= list->count)
        list->selected = list->count > 0 ? list->count - 1 : 0;
}

void top_fill(struct top_view *view)
{
    static const char *const field[PANES] = {[PANE_NAMES] = "names",
                                             [PANE_ZONES] = "zones",
                                             [PANE_CLIENTS] = "clients",
                                             [PANE_SERVERS] = "servers",
                                             [PANE_FAILURES] = "failures"};
    for (unsigned pane = 0; pane < PANES; pane++)
        fill(&view->list[pane], (enum top_pane)pane, json_object_get(view->now, field[pane]));
}

/* -- more about a line ------------------------------------------------------------------------------------ */

static const char *explain_or_lookup(void)
{
    static char explain[] = "explain";
    char *words[] = {explain};
    size_t used;
    return control_verb_find(words, 1, &used) >= 0 ? "explain" : "lookup";
}

bool top_question(struct top_view *view, const char *word[TOP_WORDS])
{
    struct top_list *list = &view->list[view->focus];
    struct top_line *line = &list->line[list->selected];
    if (list->count == 0)
        return false;
    memset(word, 0, TOP_WORDS * sizeof *word);
    if (view->focus == PANE_CLIENTS) {
        word[0] = "acl", word[1] = "test", word[2] = line->key;
    } else if (view->focus == PANE_SERVERS) {
        line->key[strcspn(line->key, "#")] = '\0';
        word[0] = "servers", word[1] = "get", word[2] = line->key;
    } else {
        word[0] = explain_or_lookup();
        word[1] = line->key;
        if (strcmp(word[0], "explain") == 0)
            word[2] = view->focus == PANE_ZONES ? "NS" : line->type[0] != '\0' ? line->type : "A";
    }
    return true;
}
