/* What is configured, and what of it is changed for a while. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/types.h"
#include "server/local.h"
#include "server/verbs.h"

/* -- showconf --------------------------------------------------------------------------------------- */

/* Without secrets: a read-only socket may be everybody's. */
static char *print(const struct config *config, bool given_only, size_t *length)
{
    struct config shown = *config;
    char *text = NULL;
    FILE *to = open_memstream(&text, length);
    if (to == NULL)
        return NULL;
    shown.hide_secrets = true;
    if (given_only)
        config_print_given(&shown, to);
    else
        config_print(&shown, to);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

void verb_showconf(struct session *session)
{
    const struct control_request *request = session_request(session);
    bool preset = control_value(request, "--default") != NULL;
    struct config *other = preset ? config_default() : NULL;
    const struct config *config = preset ? other : session_daemon(session)->settings->config;
    size_t length = 0;
    char *text = config != NULL ? print(config, control_value(request, "--user") != NULL, &length) : NULL;
    config_free(other);
    if (text != NULL) {
        report_block(session_report(session), "configuration", text, length);
        session_ok(session);
    } else {
        session_error(session, "failed", "out of memory");
    }
    free(text);
}

/* -- acl test --------------------------------------------------------------------------------------- */

/* Who asks, by which settings. */
struct asking {
    const struct settings *settings;
    const struct dns_address *client;
};

static bool report_list(struct report *report, const struct asking *asking, const char *statement,
                        const struct acl *acl, const struct local_zone *of)
{
    struct acl_verdict verdict = {0};
    if (acl != NULL)
        verdict = acl_match(acl, asking->client, &asking->settings->interfaces.acl);
    report_row(report, "list");
    report_string(report, "statement", "", statement);
    if (of != NULL)
        report_name(report, "zone", "of zone", dns_name_view(&of->name));
    report_string(report, "verdict", "", verdict.allowed ? "matches" : "does not match");
    if (verdict.file != NULL) {
        report_string(report, "file", "by", verdict.file);
        if (strcmp(verdict.file, "default") != 0)
            report_count(report, "line", "line", verdict.line);
    }
    report_row_end(report);
    return verdict.allowed;
}

/* The zone of ours that a name is in, where that says by itself who may ask. */
static const struct local_zone *zone_with_list(const struct settings *settings,
                                               const struct control_value *name)
{
    const struct local_zone *zone =
        name != NULL ? local_find(settings->local, dns_name_view(&name->name), DNS_TYPE_A) : NULL;
    return zone != NULL && zone->config != NULL && zone->config->allow_query != NULL ? zone : NULL;
}

void verb_acl_test(struct session *session)
{
    const struct control_value *client = control_value(session_request(session), "CLIENT");
    const struct settings *settings = session_daemon(session)->settings;
    const struct config *config = settings->config;
    const struct asking asking = {settings, &client->address};
    const struct local_zone *zone = zone_with_list(settings, control_value(session_request(session), "NAME"));
    struct report *report = session_report(session);
    bool dropped = report_list(report, &asking, "blackhole", config->blackhole, NULL);
    bool query = report_list(report, &asking, "allow-query",
                             zone != NULL ? zone->config->allow_query : config->allow_query, zone);
    bool cache = report_list(report, &asking, "allow-query-cache", config->allow_query_cache, NULL);
    bool recursion = report_list(report, &asking, "allow-recursion", config->allow_recursion, NULL);
    report_string(report, "client", "", client->text);
    report_flag(report, "answered", "", !dropped);
    report_flag(report, "may_query", "may query", !dropped && query);
    report_flag(report, "may_see_cache", "may see the cache", !dropped && query && cache);
    report_flag(report, "may_recurse", "may have it recurse",
                !dropped && query && cache && recursion && config->recursion);
    session_ok(session);
}

/* -- logging ---------------------------------------------------------------------------------------- */

void verb_querylog(struct session *session)
{
    static const unsigned told[] = {QUERY_LOG_ON, QUERY_LOG_OFF, QUERY_LOG_AS_CONFIGURED};
    const struct control_value *way = control_value(session_request(session), "WAY");
    struct daemon *daemon = session_daemon(session);
    bool configured = daemon->settings->config->query_log;
    unsigned now = atomic_load(&daemon->shared.query_log);
    bool on = now == QUERY_LOG_AS_CONFIGURED ? configured : now == QUERY_LOG_ON;
    if (way != NULL)
        now = told[way->number];
    else
        now = on ? QUERY_LOG_OFF : QUERY_LOG_ON;
    atomic_store(&daemon->shared.query_log, now);
    on = now == QUERY_LOG_AS_CONFIGURED ? configured : now == QUERY_LOG_ON;
    report_note(session_report(session), "queries are %s", on ? "logged" : "not logged");
    report_flag(session_report(session), "querylog", NULL, on);
    session_ok(session);
}

static void set_level(struct session *session, enum config_severity severity)
{
    static const char *const words[] = {"critical", "error", "warning",   "notice",
                                        "info",     "debug", "configured"};
    log_set_level(session_daemon(session)->log, severity);
    report_note(session_report(session), "log level: %s", words[severity]);
    report_string(session_report(session), "level", NULL, words[severity]);
    session_ok(session);
}

void verb_log_level(struct session *session)
{
    const struct control_value *level = control_value(session_request(session), "LEVEL");
    /* "configured|error|warning|notice|info|debug" */
    enum config_severity severity = log_level(session_daemon(session)->log);
    if (level != NULL)
        severity =
            level->number == 0 ? CONFIG_DYNAMIC : (enum config_severity)(CONFIG_CRITICAL + level->number);
    set_level(session, severity);
}

void verb_trace(struct session *session)
{
    set_level(session, CONFIG_DEBUG);
}

void verb_notrace(struct session *session)
{
    set_level(session, CONFIG_DYNAMIC);
}
