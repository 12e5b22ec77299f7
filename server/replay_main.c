#include "server/replay_main.h"

#include <stdio.h>
#include <stdlib.h>

#include "capture/replay.h"
#include "server/event_row.h"
#include "server/kin.h"

enum status { SAME, DIFFERENT, UNPLAYABLE };

struct playing {
    struct report report;
    struct kin kin;
    struct event_tree tree;
};

static void print(struct text *text)
{
    fwrite(text->octets, 1, text->length, stdout);
    text_free(text);
    *text = (struct text){0};
}

static void on_event(void *context, const struct event *event)
{
    struct playing *playing = context;
    if (kin_has(&playing->kin, event))
        event_row(&playing->report, &playing->tree, event);
    if (playing->report.text.length > 0)
        print(&playing->report.text);
}

static enum status conclude(struct playing *playing, const char *path, const struct replay_result *result)
{
    struct report *report = &playing->report;
    event_row_last(report, &playing->tree);
    report_count(report, "events", NULL, result->events);
    report_count(report, "packets", NULL, result->packets);
    if (result->different) {
        report_string(report, "captured", NULL, result->captured);
        report_string(report, "now", NULL, result->now);
        report_string(report, "captured_by", NULL, result->version);
    }
    if (report->json && result->different)
        report_error(report, "different", "it does not happen again");
    else if (report->json)
        report_ok(report);
    print(&report->text);
    if (!result->different)
        return SAME;
    fprintf(
        stderr,
        "rootwalk: %s: it does not happen again; the first difference, after %llu events that are the same:\n"
        "    captured, by version %s: %s\n    now: %s\n",
        path, (unsigned long long)result->events, result->version, result->captured, result->now);
    return DIFFERENT;
}

int replay_main(const char *path, bool json)
{
    char text[REPLAY_TEXT];
    uint8_t *octets = NULL;
    size_t length = 0;
    struct replay_result result;
    struct playing *playing = calloc(1, sizeof *playing);
    enum replay_error error = playing == NULL ? REPLAY_MEMORY : replay_read(path, &octets, &length);
    if (error == REPLAY_OK) {
        report_start(&playing->report, json);
        event_tree_start(&playing->tree);
        error = replay_run(octets, length, &(struct replay_watcher){on_event, playing}, &result);
    }
    int status = UNPLAYABLE;
    if (error == REPLAY_OK)
        status = conclude(playing, path, &result);
    else
        fprintf(stderr, "rootwalk: %s: %s\n", path, replay_error_text(error, text));
    if (playing != NULL)
        report_end(&playing->report);
    free(playing);
    free(octets);
    return status;
}
