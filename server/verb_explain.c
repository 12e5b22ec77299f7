/* One question, resolved for who asks here: shown step by step as it happens (explain), or kept whole, so that it can
   be played again (capture). */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/rdata.h"
#include "dns/text.h"
#include "dns/types.h"
#include "server/event_row.h"
#include "server/kin.h"
#include "server/probe.h"
#include "server/verbs.h"

enum { RECORD_TEXT = 70000, EVENTS_AT_ONCE = 100000, BACKLOG_MOST = 8 << 20, NOTES = ACCESS_REASONS };

struct explaining {
    struct session *session;
    struct probe *probe;
    struct report *report;
    struct kin kin;
    struct event_tree tree;
    bool capturing;
    unsigned left_out; /* events that the client was too slow for */
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
    if (last->place != NULL)
        snprintf(why, sizeof why, "%s, %.400s:%u", last->text, last->place, (unsigned)last->count);
    else
        snprintf(why, sizeof why, "%s", last->text);
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

static void resolve(struct session *session, struct asked *asked, bool capturing)
{
    const char *problem = "out of memory";
    struct explaining *explaining = calloc(1, sizeof *explaining);
    if (explaining != NULL) {
        explaining->session = session;
        explaining->report = session_report(session);
        explaining->capturing = capturing;
        event_tree_start(&explaining->tree);
        for (unsigned i = 0; i < asked->reasons.count && asked->anonymous; i++)
            asked->reasons.event[i].address = (struct dns_address){0};
        explaining->probe =
            probe_begin(session_daemon(session)->probes,
                        &(struct probe_question){.name = asked->name,
                                                 .type = asked->type,
                                                 .cold = asked->cold,
                                                 .checking_disabled = asked->checking_disabled,
                                                 .notes = asked->reasons.event,
                                                 .note_count = asked->reasons.count},
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
    else
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
