#include "server/failures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/types.h"
#include "server/control.h"
#include "server/event_json.h"

enum { TIME_TEXT = 40 };

static const char *time_to_text(uint64_t seconds, char text[TIME_TEXT])
{
    struct tm calendar;
    time_t at = (time_t)seconds;
    gmtime_r(&at, &calendar);
    strftime(text, TIME_TEXT, "%Y-%m-%d %H:%M:%S UTC", &calendar);
    return text;
}

/* As the event that ended the walk says it. */
static struct event culprit_of(const struct recorded *recorded)
{
    return (struct event){
        .kind = recorded->rcode == DNS_RCODE_SERVFAIL ? EVENT_FAILURE : EVENT_ANSWER,
        .blame = (uint8_t)recorded->blame,
        .zone = recorded->zone.length > 0 ? dns_name_view(&recorded->zone) : (struct dns_name){0},
        .address = recorded->server,
        .id = recorded->id,
        .text = recorded->text[0] != '\0' ? recorded->text : NULL,
    };
}

/* -- text -------------------------------------------------------------------------------------- */

const char *failure_line(const struct recorded *recorded, char line[FAILURE_LINE])
{
    char id[CULPRIT_ID_TEXT], at[TIME_TEXT], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    char why[EVENT_TEXT_MAX];
    struct event culprit = culprit_of(recorded);
    culprit.id = 0; /* it stands in front */
    snprintf(line, FAILURE_LINE, "%s  %s  %llu times  %.300s %s  %.1200s\n",
             culprit_id_to_text(recorded->id, id), time_to_text(recorded->last, at),
             (unsigned long long)recorded->count, dns_name_to_text(dns_name_view(&recorded->name[0]), name),
             dns_type_to_text(recorded->type[0], type), event_culprit_to_text(&culprit, why));
    return line;
}

static void say_names(const struct recorded *recorded, void (*say)(void *, const char *), void *context)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], line[FAILURE_LINE];
    for (unsigned i = 0; i < recorded->name_count; i++) {
        snprintf(line, sizeof line, "%s%.1000s %s\n", i == 0 ? "asked for    " : "             ",
                 dns_name_to_text(dns_name_view(&recorded->name[i]), name),
                 dns_type_to_text(recorded->type[i], type));
        say(context, line);
    }
}

static void say_head(const struct recorded *recorded, void (*say)(void *, const char *), void *context)
{
    char line[FAILURE_LINE], id[CULPRIT_ID_TEXT], first[TIME_TEXT], last[TIME_TEXT];
    char client[DNS_ADDRESS_TEXT_MAX] = "itself";
    if (recorded->client.family != 0)
        dns_address_to_text(&recorded->client, client);
    snprintf(line, sizeof line, "id           %s\nhappened     %llu times, first %s, last %s\n",
             culprit_id_to_text(recorded->id, id), (unsigned long long)recorded->count,
             time_to_text(recorded->first, first), time_to_text(recorded->last, last));
    say(context, line);
    snprintf(line, sizeof line, "last client  %s\n", client);
    say(context, line);
    say_names(recorded, say, context);
    if (recorded->lost > 0) {
        snprintf(line, sizeof line, "%u events earlier are lost\n", (unsigned)recorded->lost);
        say(context, line);
    }
    say(context, "\n");
}

void failure_tree(const struct recorded *recorded, void (*say)(void *context, const char *line), void *context)
{
    char line[EVENT_TREE_LINE], culprit[EVENT_TEXT_MAX];
    struct event_tree tree;
    struct journal_cursor cursor;
    struct event event;
    say_head(recorded, say, context);
    event_tree_start(&tree);
    journal_begin(&cursor, recorded->events, recorded->length, recorded->start);
    while (journal_next(&cursor, &event))
        say(context, event_tree_line(&tree, &event, line));
    event_tree_end(&tree, line);
    if (line[0] == '\0') {
        event = culprit_of(recorded);
        snprintf(line, sizeof line, "culprit: %.1100s\n", event_culprit_to_text(&event, culprit));
    }
    say(context, line);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static json_t *names_to_json(const struct recorded *recorded)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    json_t *names = json_array();
    for (unsigned i = 0; i < recorded->name_count; i++)
        json_array_append_new(names, json_pack("{ss ss}", "name",
                                               dns_name_to_text(dns_name_view(&recorded->name[i]), name),
                                               "type", dns_type_to_text(recorded->type[i], type)));
    return names;
}

static json_t *events_to_json(const struct recorded *recorded)
{
    json_t *events = json_array();
    struct journal_cursor cursor;
    struct event event;
    journal_begin(&cursor, recorded->events, recorded->length, recorded->start);
    while (journal_next(&cursor, &event))
        json_array_append_new(events, event_to_json(&event, recorded->start));
    return events;
}

json_t *failure_to_json(const struct recorded *recorded, bool events)
{
    char id[CULPRIT_ID_TEXT], client[DNS_ADDRESS_TEXT_MAX], rcode[DNS_TYPE_TEXT_MAX];
    struct event culprit = culprit_of(recorded);
    json_t *json = json_pack("{ss sI sI sI sI ss so so}", "id", culprit_id_to_text(recorded->id, id), "count",
                             (json_int_t)recorded->count, "first", (json_int_t)recorded->first, "last",
                             (json_int_t)recorded->last, "took_us", (json_int_t)recorded->took, "rcode",
                             dns_rcode_to_text(recorded->rcode, rcode), "questions", names_to_json(recorded),
                             "culprit", event_culprit_to_json(&culprit));
    if (json == NULL)
        return NULL;
    if (recorded->ede != DNS_EDE_NONE)
        json_object_set_new(json, "ede", json_integer(recorded->ede));
    if (recorded->client.family != 0)
        json_object_set_new(json, "client", json_string(dns_address_to_text(&recorded->client, client)));
    if (!events)
        return json;
    json_object_set_new(json, "lost_events", json_integer(recorded->lost));
    json_object_set_new(json, "events", events_to_json(recorded));
    return json;
}

/* -- all of it --------------------------------------------------------------------------------- */

static void add_line(void *context, const char *line)
{
    text_add(context, "%s", line);
}

static int add_piece(const char *octets, size_t length, void *context)
{
    enum { PIECE = 1000 };
    for (size_t at = 0; at < length; at += PIECE)
        text_add(context, "%.*s", (int)(length - at < PIECE ? length - at : PIECE), octets + at);
    return 0;
}

static void add_json(struct text *text, json_t *json)
{
    if (json != NULL)
        json_dump_callback(json, add_piece, text, JSON_COMPACT);
    text_add(text, "\n");
    json_decref(json);
}

void failures_write_list(struct recorder *recorder, const struct recorder_filter *filter, bool json,
                         struct text *text)
{
    char line[FAILURE_LINE];
    struct recorder_cursor cursor = {0};
    struct recorded *recorded = malloc(sizeof *recorded);
    while (recorded != NULL && recorder_next(recorder, &cursor, filter, recorded)) {
        if (json)
            add_json(text, failure_to_json(recorded, false));
        else
            text_add(text, "%s", failure_line(recorded, line));
    }
    free(recorded);
}

bool failures_write_one(struct recorder *recorder, uint32_t id, bool json, struct text *text)
{
    struct recorded *recorded = malloc(sizeof *recorded);
    bool known = recorded != NULL && recorder_get(recorder, id, recorded);
    if (known && json)
        add_json(text, failure_to_json(recorded, true));
    else if (known)
        failure_tree(recorded, add_line, text);
    free(recorded);
    return known;
}
