/* Trust anchors, positive and negative. */
#include "server/nta.h"
#include "server/trusted.h"
#include "server/verbs.h"

static void on_done(struct round *round)
{
    struct session *session = round->context;
    if (session_resume(session))
        session_ok(session);
}

static void fail(struct session *session)
{
    if (session_resume(session))
        session_error(session, "failed", "nothing was changed");
}

static void add(struct session *session, const struct control_value *name, const struct control_value *time)
{
    uint64_t seconds = time == NULL ? 0 : time->number;
    if (time != NULL && (seconds == 0 || seconds > NTA_LIFETIME_MAX)) {
        session_error(session, "usage",
                      "a lifetime is between 1 second and 1w, such as 3600 or 2h, not \"%s\"", time->text);
        return;
    }
    session_wait(session);
    if (!trusted_except(session_daemon(session)->trusted, dns_name_view(&name->name), (uint32_t)seconds,
                        session_report(session), on_done, session))
        fail(session);
}

static void delete (struct session *session, const struct control_value *name)
{
    session_wait(session);
    if (!trusted_unexcept(session_daemon(session)->trusted, dns_name_view(&name->name),
                          session_report(session), on_done, session))
        fail(session);
}

void verb_nta_add(struct session *session)
{
    const struct control_request *request = session_request(session);
    add(session, control_value(request, "NAME"), control_value(request, "TIME"));
}

void verb_nta_delete(struct session *session)
{
    delete (session, control_value(session_request(session), "NAME"));
}

void verb_nta_list(struct session *session)
{
    trusted_list_exceptions(session_daemon(session)->trusted, session_report(session));
    session_ok(session);
}

void verb_nta(struct session *session)
{
    const struct control_request *request = session_request(session);
    const struct control_value *name = control_value(request, "NAME");
    if (control_value(request, "--dump") != NULL)
        verb_nta_list(session);
    else if (name == NULL)
        session_error(session, "usage", "nta needs NAME, or one of nta add, nta del, nta list");
    else if (control_value(request, "--remove") != NULL)
        delete (session, name);
    else
        add(session, name, control_value(request, "--lifetime"));
}

void verb_anchors(struct session *session)
{
    trusted_list_keys(session_daemon(session)->trusted, session_report(session));
    session_ok(session);
}

/* -- validation ------------------------------------------------------------------------------------- */

enum way { ON, OFF }; /* of "on|off|status|check" */

static void report_validation(struct session *session)
{
    const struct daemon *daemon = session_daemon(session);
    const struct validation *validation = &daemon->settings->validation;
    struct report *report = session_report(session);
    report_flag(report, "validation", "", validation->enabled);
    report_string(report, "by", "",
                  trusted_is_told_to_validate(daemon->trusted) ? "command" : "configuration");
    report_count(report, "anchors", "trust anchors", validation->anchor_count);
    report_count(report, "exceptions", "names that are excepted", validation->except_count);
    session_ok(session);
}

static void on_validation(struct round *round)
{
    struct session *session = round->context;
    if (session_resume(session))
        report_validation(session);
}

void verb_validation(struct session *session)
{
    const struct control_value *way = control_value(session_request(session), "WAY");
    if (way == NULL || way->number > OFF) {
        report_validation(session);
        return;
    }
    session_wait(session);
    if (!trusted_validate(session_daemon(session)->trusted, way->number == ON, session_report(session),
                          on_validation, session))
        fail(session);
}
