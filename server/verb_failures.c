/* What the flight recorder holds: why a name failed, long after. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/types.h"
#include "server/event_json.h"
#include "server/event_row.h"
#include "server/recorder.h"
#include "server/verbs.h"

enum { TIME_TEXT = 40, ROWS = 50 /* for one piece of the answer */ };

/* An answer that is being given: the list, or one of them. */
struct showing {
    struct recorder *recorder;
    struct recorder_filter filter;
    struct recorder_cursor cursor;
    struct dns_name_buffer name;
    struct journal_cursor journal;
    struct event_tree tree;
    struct recorded recorded;
};

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

/* -- as JSON ----------------------------------------------------------------------------------- */

static json_t *questions_of(const struct recorded *recorded)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    json_t *questions = json_array();
    for (unsigned i = 0; i < recorded->name_count; i++)
        json_array_append_new(questions, json_pack("{ss ss}", "name",
                                                   dns_name_to_text(dns_name_view(&recorded->name[i]), name),
                                                   "type", dns_type_to_text(recorded->type[i], type)));
    return questions;
}

static void add_row(struct report *report, const struct recorded *recorded)
{
    char id[CULPRIT_ID_TEXT], rcode[DNS_TYPE_TEXT_MAX];
    struct event culprit = culprit_of(recorded);
    report_row(report, "failure");
    report_string(report, "id", "", culprit_id_to_text(recorded->id, id));
    report_count(report, "count", "", recorded->count);
    report_json(report, "first", json_integer((json_int_t)recorded->first));
    report_json(report, "last", json_integer((json_int_t)recorded->last));
    report_json(report, "took_us", json_integer((json_int_t)recorded->took));
    report_string(report, "rcode", "", dns_rcode_to_text(recorded->rcode, rcode));
    if (recorded->ede != DNS_EDE_NONE)
        report_json(report, "ede", json_integer(recorded->ede));
    if (recorded->client.family != 0)
        report_address(report, "client", "", &recorded->client);
    report_json(report, "questions", questions_of(recorded));
    report_json(report, "lost_events", json_integer(recorded->lost));
    report_json(report, "culprit", event_culprit_to_json(&culprit));
    report_row_end(report);
}

/* -- as text ----------------------------------------------------------------------------------- */

static void add_line(struct text *text, const struct recorded *recorded)
{
    char id[CULPRIT_ID_TEXT], at[TIME_TEXT], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    char why[EVENT_TEXT_MAX];
    struct event culprit = culprit_of(recorded);
    culprit.id = 0; /* it stands in front */
    text_add(text, "%s  %s  %llu times  %.300s %s  %.1200s\n", culprit_id_to_text(recorded->id, id),
             time_to_text(recorded->last, at), (unsigned long long)recorded->count,
             dns_name_to_text(dns_name_view(&recorded->name[0]), name),
             dns_type_to_text(recorded->type[0], type), event_culprit_to_text(&culprit, why));
}

static void add_head(struct text *text, const struct recorded *recorded)
{
    char id[CULPRIT_ID_TEXT], first[TIME_TEXT], last[TIME_TEXT], client[DNS_ADDRESS_TEXT_MAX] = "itself";
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    if (recorded->client.family != 0)
        dns_address_to_text(&recorded->client, client);
    text_add(text, "id           %s\n", culprit_id_to_text(recorded->id, id));
    text_add(text, "happened     %llu times, first %s, last %s\n", (unsigned long long)recorded->count,
             time_to_text(recorded->first, first), time_to_text(recorded->last, last));
    text_add(text, "last client  %s\n", client);
    for (unsigned i = 0; i < recorded->name_count; i++)
        text_add(text, "%s%.1000s %s\n", i == 0 ? "asked for    " : "             ",
                 dns_name_to_text(dns_name_view(&recorded->name[i]), name),
                 dns_type_to_text(recorded->type[i], type));
    text_add(text, "\n");
    if (recorded->lost > 0)
        text_add(text, "%u events earlier are lost\n", (unsigned)recorded->lost);
}

/* -- the verb ---------------------------------------------------------------------------------- */

static void add_failure(struct report *report, const struct recorded *recorded)
{
    if (report->json)
        add_row(report, recorded);
    else
        add_line(&report->text, recorded);
}

static bool more_failures(void *context, struct report *report)
{
    struct showing *showing = context;
    for (unsigned i = 0; i < ROWS; i++) {
        if (!recorder_next(showing->recorder, &showing->cursor, &showing->filter, &showing->recorded))
            return false;
        add_failure(report, &showing->recorded);
    }
    return true;
}

static bool more_events(void *context, struct report *report)
{
    struct showing *showing = context;
    struct event event;
    for (unsigned i = 0; i < ROWS; i++) {
        if (!journal_next(&showing->journal, &event)) {
            event_row_last(report, &showing->tree);
            return false;
        }
        event_row(report, &showing->tree, &event);
    }
    return true;
}

static void list(struct session *session, struct showing *showing)
{
    const struct control_request *request = session_request(session);
    const struct control_value *since = control_value(request, "--since");
    const struct control_value *name = control_value(request, "--name");
    const struct control_value *client = control_value(request, "--client");
    uint64_t now = (uint64_t)time(NULL);
    if (since != NULL)
        showing->filter.since = since->number < now ? now - since->number : 0;
    if (name != NULL) {
        showing->name = name->name;
        showing->filter.name = dns_name_view(&showing->name);
    }
    if (client != NULL)
        showing->filter.client = client->address;
    session_stream(session, more_failures, free, showing);
}

static void show(struct session *session, struct showing *showing, const char *word)
{
    uint32_t id = culprit_id_from_text(word);
    struct report *report = session_report(session);
    const struct recorded *recorded = &showing->recorded;
    if (id == 0 || !recorder_get(showing->recorder, id, &showing->recorded)) {
        free(showing);
        if (id == 0)
            session_error(session, "usage", "an id has seven digits, such as f3a91c2, not \"%.40s\"", word);
        else
            session_error(session, "not-found",
                          "no such failure; or it was so long ago that others have taken its room");
        return;
    }
    if (report->json)
        add_row(report, recorded);
    else
        add_head(&report->text, recorded);
    event_tree_start(&showing->tree);
    journal_begin(&showing->journal, recorded->events, recorded->length, recorded->start);
    session_stream(session, more_events, free, showing);
}

void verb_failures(struct session *session)
{
    const struct control_value *id = control_value(session_request(session), "ID");
    struct showing *showing = calloc(1, sizeof *showing);
    if (showing == NULL) {
        session_error(session, "failed", "out of memory");
        return;
    }
    showing->recorder = session_daemon(session)->shared.recorder;
    if (id != NULL)
        show(session, showing, id->text);
    else
        list(session, showing);
}
