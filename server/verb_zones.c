/* Zones of our own: how they stand, read again, fetched again, told of. */
#include <string.h>

#include "config/suggest.h"
#include "server/local.h"
#include "server/secondaries.h"
#include "server/verbs.h"
#include "zones/journal.h"

enum { NEAR_TEXT = 96 };

static const struct local *zones_of(struct session *session)
{
    return session_daemon(session)->settings->local;
}

static bool is_configured(const struct local_zone *zone)
{
    return zone != NULL && zone->config != NULL && !zone->elsewhere;
}

static const char *type_text(const struct local_zone *zone)
{
    return zone->config == NULL                        ? "special name"
           : zone->config->type == CONFIG_ZONE_PRIMARY ? "primary"
                                                       : "secondary";
}

/* " (did you mean 'example.org.'?)", or "". */
static const char *near_zone(const struct local *local, const char *text, char near[NEAR_TEXT])
{
    char each[DNS_NAME_TEXT_MAX], best[DNS_NAME_TEXT_MAX];
    struct config_suggestion suggestion = config_suggest(text);
    for (size_t i = 0; i < local_count(local); i++) {
        if (!is_configured(local_at(local, i)))
            continue;
        config_suggest_try(&suggestion, dns_name_to_text(dns_name_view(&local_at(local, i)->name), each));
        if (suggestion.best == each)
            suggestion.best = strcpy(best, each);
    }
    return config_suggest_text(&suggestion, near);
}

/* NULL: there is none, and the session has been told so. */
static const struct local_zone *wanted(struct session *session, bool special)
{
    char text[DNS_NAME_TEXT_MAX], near[NEAR_TEXT];
    struct dns_name name = dns_name_view(&control_value(session_request(session), "NAME")->name);
    const struct local *local = zones_of(session);
    const struct local_zone *zone = local_exactly(local, name);
    if (is_configured(zone) || (special && zone != NULL && !zone->elsewhere))
        return zone;
    dns_name_to_text(name, text);
    session_error(session, "not-found", "%.300s is no zone of ours%s; zonestatus lists them", text,
                  near_zone(local, text, near));
    return NULL;
}

/* -- zonestatus ------------------------------------------------------------------------------------- */

static void list(struct session *session)
{
    struct report *report = session_report(session);
    const struct local *local = zones_of(session);
    unsigned count = 0;
    for (size_t i = 0; i < local_count(local); i++) {
        const struct local_zone *zone = local_at(local, i);
        if (!is_configured(zone))
            continue;
        report_row(report, "zone");
        report_name(report, "name", "", dns_name_view(&zone->name));
        report_string(report, "type", "", type_text(zone));
        report_flag(report, "served", "served", zone->zone != NULL);
        if (zone->zone != NULL) {
            report_count(report, "serial", "serial", zone_serial(zone->zone));
            report_count(report, "records", "records", zone_records(zone->zone));
        }
        report_row_end(report);
        count++;
    }
    report_count(report, "zones", "", count);
}

static void describe(struct session *session, const struct local_zone *zone)
{
    struct report *report = session_report(session);
    struct daemon *daemon = session_daemon(session);
    report_name(report, "name", "", dns_name_view(&zone->name));
    report_string(report, "type", "", type_text(zone));
    if (zone->why != NULL)
        report_string(report, "reason", "", zone->why);
    if (zone->config != NULL && zone->config->file != NULL)
        report_string(report, "file", "", zone->config->file);
    report_flag(report, "served", "", zone->zone != NULL);
    if (zone->zone != NULL) {
        report_count(report, "serial", "", zone_serial(zone->zone));
        report_count(report, "records", "", zone_records(zone->zone));
        report_count(report, "names", "", zone_names(zone->zone));
        report_count(report, "octets", "", zone_octets(zone->zone));
        report_flag(report, "signed", "", zone_is_signed(zone->zone));
        report_count(report, "changes", "changes for IXFR", zone_journal_count(zone_journal(zone->zone)));
    }
    secondaries_report(daemon->shared.secondaries, dns_name_view(&zone->name), report);
}

void verb_zone_status(struct session *session)
{
    const struct local_zone *zone;
    if (control_value(session_request(session), "NAME") == NULL)
        list(session);
    else if ((zone = wanted(session, true)) != NULL)
        describe(session, zone);
    else
        return;
    session_ok(session);
}

/* -- reload NAME -------------------------------------------------------------------------------------- */

static void tell(void *context, const char *line)
{
    report_note(session_report(context), "%s", line);
}

static void on_reloaded(void *context, bool good)
{
    struct session *session = context;
    if (!session_resume(session))
        return;
    struct dns_name name = dns_name_view(&control_value(session_request(session), "NAME")->name);
    const struct local_zone *zone = local_exactly(zones_of(session), name);
    if (!is_configured(zone)) { /* it was, when the reload began */
        session_error(session, "not-found",
                      "the configuration has been read meanwhile: it is no zone of ours any more");
        return;
    }
    if (!good || zone->zone == NULL) {
        session_error(session, "failed", "what was served before is served on");
        return;
    }
    report_count(session_report(session), "serial", "", zone_serial(zone->zone));
    report_count(session_report(session), "records", "", zone_records(zone->zone));
    session_ok(session);
}

static void refresh(struct session *session, const struct local_zone *zone, bool whole)
{
    secondaries_refresh(session_daemon(session)->shared.secondaries, dns_name_view(&zone->name), whole);
    report_note(session_report(session), "%s; zonestatus shows what comes of it",
                whole ? "the zone is being fetched" : "a primary is being asked");
    session_ok(session);
}

void verb_zone_reload(struct session *session)
{
    const struct local_zone *zone = wanted(session, false);
    if (zone == NULL)
        return;
    if (zone->config->type == CONFIG_ZONE_SECONDARY) {
        refresh(session, zone, false);
        return;
    }
    session_wait(session);
    if (!daemon_reload_zone(session_daemon(session), dns_name_view(&zone->name), tell, on_reloaded, session))
        on_reloaded(session, false);
}

/* -- refresh, retransfer, notify --------------------------------------------------------------------- */

static void refresh_wanted(struct session *session, bool whole)
{
    const struct local_zone *zone = wanted(session, false);
    if (zone == NULL)
        return;
    if (zone->config->type == CONFIG_ZONE_SECONDARY)
        refresh(session, zone, whole);
    else
        session_error(session, "failed", "it is a primary zone: reload reads its file again");
}

void verb_refresh(struct session *session)
{
    refresh_wanted(session, false);
}

void verb_retransfer(struct session *session)
{
    refresh_wanted(session, true);
}

void verb_notify(struct session *session)
{
    const struct local_zone *zone = wanted(session, false);
    if (zone == NULL)
        return;
    if (daemon_notify_zone(session_daemon(session), dns_name_view(&zone->name)))
        session_ok(session);
    else
        session_error(session, "failed",
                      zone->zone == NULL ? "it is not loaded: zonestatus says more"
                                         : "nobody is told of this zone: notify no");
}
