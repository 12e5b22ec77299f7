/* One question, resolved for who asks here: shown step by step as it happens (explain), or kept whole, so that it can
   be played again (capture). */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "dns/text.h"
#include "dns/types.h"
#include "server/clock.h"
#include "server/event_row.h"
#include "server/kin.h"
#include "server/local.h"
#include "server/probe.h"
#include "server/verbs.h"

enum { RECORD_TEXT = 4 * 65535, EVENTS_AT_ONCE = 100000, BACKLOG_MOST = 8 << 20 };

struct explaining {
    struct session *session;
    struct probe *probe;
    struct report *report;
    struct kin kin;
    struct event_tree tree;
    bool capturing;
    unsigned left_out; /* events that the client was too slow for */
};

/* To put records into words. */
struct room {
    struct dns_record records[DNS_RECORDS_MAX];
    uint8_t rdata[65535];
    char text[RECORD_TEXT];
};

/* What is asked, and for whom. */
struct asked {
    struct dns_name name;
    uint16_t type;
    struct dns_address client;
    bool cold, checking_disabled, anonymous;
    struct access_reasons reasons;
};

/* -- the question -------------------------------------------------------------------------------------- */

static bool is_given(const struct control_request *request, const char *word)
{
    return control_value(request, word) != NULL;
}

/* Types that are no types of records are answered at once, without a walk (server/query.c). */
static bool is_resolved(uint16_t type)
{
    return type != 0 && type != DNS_TYPE_OPT && (type < 128 || type > 255);
}

static bool read_question(struct session *session, struct asked *asked)
{
    const struct control_request *request = session_request(session);
    const struct control_value *name = control_value(request, "NAME"), *type = control_value(request, "TYPE"),
                               *client = control_value(request, "--as");
    static const uint8_t loopback[4] = {127, 0, 0, 1};
    *asked = (struct asked){
        .name = dns_name_view(&name->name),
        .type = type == NULL ? DNS_TYPE_A : (uint16_t)type->number,
        .client = client != NULL ? client->address : dns_address_make(4, loopback, 0),
        .cold = is_given(request, "--cold"),
        .checking_disabled = is_given(request, "--cd"),
        .anonymous = is_given(request, "--anonymize"),
    };
    asked->client.port = 0;
    if (asked->cold && is_given(request, "--warm"))
        session_error(session, "usage", "--cold and --warm exclude each other");
    else if (!is_resolved(asked->type))
        session_error(session, "usage", "%s is no type of record: such questions are not resolved",
                      type->text);
    else
        return true;
    return false;
}

/* -- a client that may not ask --------------------------------------------------------------------------- */

/* The same events as if it had come to a walk. */
static void tell_refused(struct session *session, struct asked *asked)
{
    struct report *report = session_report(session);
    struct event_tree tree;
    char why[512];
    event_tree_start(&tree);
    for (unsigned i = 0; i < asked->reasons.count; i++)
        event_row(report, &tree, &asked->reasons.event[i]);
    const struct event *last = &asked->reasons.event[asked->reasons.count - 1];
    bool silence = strcmp(last->text, "blackhole") == 0;
    const char *what = silence ? ", it gets no reply at all" : "";
    if (last->place != NULL)
        snprintf(why, sizeof why, "%s, %.400s:%u%s", last->text, last->place, (unsigned)last->count, what);
    else
        snprintf(why, sizeof why, "%s%s", last->text, what);
    struct event refused = {
        .kind = EVENT_FAILURE,
        .walk = 1,
        .name = asked->name,
        .type = asked->type,
        .rcode = DNS_RCODE_REFUSED,
        .ede = DNS_EDE_PROHIBITED,
        .flags = EVENT_HAS_EDE,
        .blame = BLAME_ACCESS,
        .text = why,
    };
    event_row(report, &tree, &refused);
    event_row_last(report, &tree);
    session_ok(session);
}

/* What is in the cache is answered to those who may see it, also without recursion. False: it is not there. */
static bool tell_cached(struct session *session, const struct asked *asked)
{
    struct daemon *daemon = session_daemon(session);
    struct report *report = session_report(session);
    struct answer answer;
    struct event_tree tree;
    uint8_t *wire = malloc(DNS_MESSAGE_MAX);
    if (wire == NULL)
        return false;
    answer_start(&answer, wire, DNS_MESSAGE_MAX, asked->name, asked->type, true);
    answer.checking_disabled = asked->checking_disabled;
    enum answer_found found =
        answer_from_cache(&answer, daemon->shared.cache, asked->type, clock_seconds(clock_now()),
                          daemon->settings->config->max_query_restarts);
    free(wire);
    if (found != ANSWER_COMPLETE)
        return false;
    struct dns_address source = {0};
    cache_answer_source(daemon->shared.cache, asked->name, asked->type, clock_seconds(clock_now()), &source);
    struct event event = {
        .kind = EVENT_CACHE_HIT,
        .address = source,
        .walk = 1,
        .name = asked->name,
        .type = asked->type,
        .text = "an answer",
        .ttl = answer.ttl,
        .age = answer.age,
        .rank = answer.rank,
        .trust = (uint8_t)answer.trust,
        .rcode = answer.rcode,
        .count = answer.count[DNS_ANSWER],
    };
    event_tree_start(&tree);
    for (unsigned i = 0; i < asked->reasons.count; i++)
        event_row(report, &tree, &asked->reasons.event[i]);
    event_row(report, &tree, &event);
    event.kind = EVENT_ANSWER;
    event_row(report, &tree, &event);
    event_row_last(report, &tree);
    session_ok(session);
    return true;
}

/* -- the answer -------------------------------------------------------------------------------------------- */

static void show_event(void *context, const struct event *event)
{
    struct explaining *explaining = context;
    if (!kin_has(&explaining->kin, event))
        return;
    if (explaining->capturing) { /* only what it comes to */
        char line[EVENT_TREE_LINE];
        event_tree_line(&explaining->tree, event, line);
    } else if (session_backlog(explaining->session) > BACKLOG_MOST) {
        explaining->left_out++;
    } else {
        event_row(explaining->report, &explaining->tree, event);
    }
}

static void show_record(struct report *report, struct dns_message *message, const struct dns_record *record,
                        struct room *room)
{
    struct dns_name_buffer owner;
    uint16_t length;
    if (dns_message_name(message, record->owner, &owner) != DNS_OK ||
        dns_rdata_expand(message, record, room->rdata, sizeof room->rdata, &length) != DNS_OK ||
        dns_record_to_text(dns_name_view(&owner), record->type, record->class, record->ttl, room->rdata,
                           length, room->text, sizeof room->text) != DNS_OK)
        return;
    report_row(report, "record");
    report_string(report, "record", "", room->text);
    report_row_end(report);
}

/* Records, without their signatures. */
static void show_answer(struct explaining *explaining)
{
    struct dns_message message;
    size_t length;
    const uint8_t *wire = probe_answer(explaining->probe, &length);
    struct room *room = wire == NULL ? NULL : malloc(sizeof *room);
    if (room != NULL && dns_message_parse(&message, wire, length, room->records, DNS_RECORDS_MAX) == DNS_OK)
        for (unsigned i = 0; i < message.count[DNS_ANSWER]; i++) {
            const struct dns_record *record = &message.section[DNS_ANSWER][i];
            if (record->type != DNS_TYPE_RRSIG)
                show_record(explaining->report, &message, record, room);
        }
    free(room);
}

static void show_capture(struct explaining *explaining)
{
    struct report *report = explaining->report;
    struct capture_totals totals;
    size_t length;
    const uint8_t *octets = probe_capture(explaining->probe, &length);
    char *text = octets == NULL ? NULL : malloc(length / 3 * 4 + 8);
    if (text == NULL) {
        session_error(explaining->session, "failed",
                      "the capture is too large, or there is no memory for it");
        return;
    }
    probe_totals(explaining->probe, &totals);
    int size = EVP_EncodeBlock((unsigned char *)text, octets, (int)length);
    report_count(report, "events", "", totals.events);
    report_count(report, "packets", "", totals.packets);
    report_count(report, "octets", "", length);
    event_row_last(report, &explaining->tree);
    report_block(report, "capture", text, (size_t)size);
    report_block(report, "", "\n", report->json ? 0 : 1);
    free(text);
    session_ok(explaining->session);
}

static void finish(struct explaining *explaining)
{
    struct session *session = explaining->session;
    if (!explaining->tree.ended) {
        session_error(session, "failed", "the question was not taken: no memory");
        return;
    }
    if (explaining->capturing) {
        show_capture(explaining);
        return;
    }
    if (explaining->left_out > 0)
        report_note(explaining->report, "%u events were left out: they were not read fast enough",
                    explaining->left_out);
    show_answer(explaining);
    event_row_last(explaining->report, &explaining->tree);
    session_ok(session);
}

/* Sending may end all, when the client has gone. */
static void on_stir(void *context)
{
    struct explaining *explaining = context;
    probe_events(explaining->probe, EVENTS_AT_ONCE, show_event, explaining);
    if (probe_is_over(explaining->probe))
        finish(explaining);
    else
        session_flush(explaining->session);
}

static void on_gone(void *context)
{
    struct explaining *explaining = context;
    probe_end(explaining->probe);
    free(explaining);
}

/* Zones of our own come before the cache (server/query.c); what one of them says is the walk's to tell. */
static struct event local_note(const struct settings *settings, const struct asked *asked)
{
    const struct local_zone *zone = local_find(settings->local, asked->name, asked->type);
    if (zone != NULL && local_is_parents(zone, asked->name, asked->type))
        zone = NULL;
    return (struct event){
        .kind = EVENT_LOCAL,
        .name = asked->name,
        .type = asked->type,
        .zone = zone != NULL ? dns_name_view(&zone->name) : (struct dns_name){0},
        .text = zone != NULL ? "it is ours" : "in no zone of ours",
    };
}

static void resolve(struct session *session, struct asked *asked, bool capturing)
{
    struct event notes[ACCESS_REASONS + 1];
    unsigned count = asked->reasons.count;
    const char *problem = "out of memory";
    struct explaining *explaining = calloc(1, sizeof *explaining);
    if (explaining != NULL) {
        explaining->session = session;
        explaining->report = session_report(session);
        explaining->capturing = capturing;
        event_tree_start(&explaining->tree);
        memcpy(notes, asked->reasons.event, count * sizeof notes[0]);
        for (unsigned i = 0; i < count && asked->anonymous; i++)
            notes[i].address = (struct dns_address){0};
        notes[count++] = local_note(session_daemon(session)->settings, asked);
        explaining->probe =
            probe_begin(session_daemon(session)->probes,
                        &(struct probe_question){.name = asked->name,
                                                 .type = asked->type,
                                                 .cold = asked->cold,
                                                 .checking_disabled = asked->checking_disabled,
                                                 .notes = notes,
                                                 .note_count = count},
                        on_stir, explaining, &problem);
    }
    if (explaining == NULL || explaining->probe == NULL) {
        free(explaining);
        session_error(session, "busy", "%s", problem);
        return;
    }
    session_begin_events(session, on_gone, explaining);
}

static void serve(struct session *session, bool capturing)
{
    struct asked asked;
    enum { NEEDED = ACCESS_QUERY | ACCESS_CACHE | ACCESS_RECURSION };
    if (!read_question(session, &asked))
        return;
    unsigned access = access_explain(session_daemon(session)->settings, &asked.client, &asked.reasons);
    if ((access & NEEDED) == NEEDED)
        resolve(session, &asked, capturing);
    else if (capturing)
        session_error(session, "refused", "the client may not ask: %s",
                      asked.reasons.event[asked.reasons.count - 1].text);
    else if (!(access & ACCESS_CACHE) || asked.cold || !tell_cached(session, &asked))
        tell_refused(session, &asked);
}

void verb_explain(struct session *session)
{
    serve(session, false);
}

void verb_capture(struct session *session)
{
    serve(session, true);
}
