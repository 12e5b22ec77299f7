/* The daemon itself: what it is, how it fares, its end. */
#include <unistd.h>

#include "server/clock.h"
#include "server/exposition.h"
#include "server/snapshot.h"
#include "server/verbs.h"

static void write_status(struct report *report, const struct daemon *daemon)
{
    struct cache_statistics cache;
    const struct config *config = daemon->settings->config;
    cache_get_statistics(daemon->shared.cache, &cache);
    report_string(report, "version", "", "rootwalk " ROOTWALK_VERSION);
    report_count(report, "process", "", (uint64_t)getpid());
    report_seconds(report, "uptime", "running for", (clock_now() - daemon->started) / 1000000);
    report_string(report, "configuration", "", config->place.file != NULL ? config->place.file : "defaults");
    report_count(report, "reloads", "", daemon->reloads);
    report_count(report, "workers", "", daemon->worker_count);
    for (size_t i = 0; i < daemon->endpoints.count; i++) {
        report_row(report, "listener");
        report_address(report, "address", "listening on", &daemon->endpoints.list[i].address);
        report_row_end(report);
    }
    report_count(report, "cache.entries", "", cache.entries);
    report_count(report, "cache.octets", "", cache.used + cache.overhead);
    report_count(report, "cache.size", "", cache.size);
}

void verb_status(struct session *session)
{
    write_status(session_report(session), session_daemon(session));
    session_ok(session);
}

void verb_version(struct session *session)
{
    report_note(session_report(session), "rootwalk " ROOTWALK_VERSION);
    report_string(session_report(session), "version", NULL, ROOTWALK_VERSION);
    session_ok(session);
}

void verb_help(struct session *session)
{
    char usage[CONTROL_USAGE_MAX];
    struct report *report = session_report(session);
    for (unsigned id = 0; id < CONTROL_VERBS; id++) {
        const struct control_verb *verb = control_verb((enum control_verb_id)id);
        if (verb->hidden)
            continue;
        report_row(report, "command");
        report_string(report, "usage", "", control_verb_usage(verb, usage));
        report_string(report, "help", "-", verb->help);
        report_row_end(report);
    }
    session_ok(session);
}

void verb_stop(struct session *session)
{
    session_stop(session);
}

/* -- reload ----------------------------------------------------------------------------------------- */

static void on_reloaded(void *context, bool good)
{
    struct session *session = context;
    if (!session_resume(session))
        return;
    if (good)
        session_ok(session);
    else
        session_error(session, "failed", "the old configuration stays");
}

static void tell(void *context, const char *line)
{
    report_note(session_report(context), "%s", line);
}

void verb_reload(struct session *session)
{
    if (control_value(session_request(session), "NAME") != NULL) {
        verb_zone_reload(session);
        return;
    }
    session_wait(session);
    if (!daemon_reload(session_daemon(session), tell, on_reloaded, session))
        on_reloaded(session, false);
}

/* -- statistics ------------------------------------------------------------------------------------- */

static void write_counters(struct report *report, const struct counters *total)
{
    report_count(report, "queries", "", total->queries);
    report_count(report, "queries.udp", "", total->queries_udp);
    report_count(report, "queries.tcp", "", total->queries_tcp);
    report_count(report, "queries.from-cache", "", total->hits);
    report_count(report, "queries.local", "", total->local);
    report_percent(report, "queries.hit-rate", "",
                   total->queries > 0 ? (double)total->hits / (double)total->queries : 0.0);
    report_count(report, "queries.referred", "", total->referrals);
    report_count(report, "queries.refused", "", total->refused);
    report_count(report, "queries.malformed", "", total->malformed);
    report_count(report, "queries.dropped", "", total->dropped);
    report_count(report, "queries.blackholed", "", total->blackholed);
    report_count(report, "replies", "", total->replies);
    report_count(report, "replies.unsent", "", total->replies_unsent);
    report_count(report, "clients.waiting", "", total->clients_now);
    report_count(report, "clients.rejected", "", total->clients_rejected);
    report_count(report, "clients.crowded", "", total->clients_crowded);
    report_count(report, "tcp.connections", "", total->tcp_now);
    report_count(report, "tcp.accepted", "", total->tcp_accepted);
    report_count(report, "tcp.rejected", "", total->tcp_rejected);
    report_count(report, "tcp.timeouts", "", total->tcp_timeouts);
    report_count(report, "tcp.overrun", "", total->tcp_overrun);
    report_count(report, "upstream.errors", "", total->upstream_errors);
}

static void write_engine(struct report *report, const struct engine_statistics *total)
{
    report_count(report, "resolver.questions", "", total->questions);
    report_count(report, "resolver.joined", "", total->joined);
    report_count(report, "resolver.answered", "", total->answered);
    report_count(report, "resolver.failed", "", total->failed);
    report_count(report, "resolver.walks", "", total->walks);
    report_count(report, "resolver.walks.now", "", total->walks_now);
    report_count(report, "resolver.exchanges.now", "", total->exchanges_now);
    report_count(report, "resolver.sent.udp", "", total->sent_udp);
    report_count(report, "resolver.sent.tcp", "", total->sent_tcp);
    report_count(report, "resolver.received", "", total->received);
    report_count(report, "resolver.silent", "", total->silent);
    report_count(report, "resolver.unreachable", "", total->unreachable);
    report_count(report, "resolver.dropped.unmatched", "", total->dropped_unmatched);
    report_count(report, "resolver.dropped.malformed", "", total->dropped_malformed);
    report_count(report, "resolver.mismatched.ids", "", total->mismatched_ids);
    report_count(report, "resolver.mismatched.questions", "", total->mismatched_questions);
    report_count(report, "resolver.records.dropped", "", total->records_dropped);
    report_count(report, "resolver.budgets.spent", "", total->budgets_spent);
}

static void on_statistics(void *context, const struct snapshot *snapshot)
{
    struct session *session = context;
    if (!session_resume(session))
        return;
    write_counters(session_report(session), &snapshot->counters);
    write_engine(session_report(session), &snapshot->engine);
    report_cache_statistics(session_report(session), &snapshot->cache);
    session_ok(session);
}

static void on_metrics(void *context, const struct snapshot *snapshot)
{
    struct session *session = context;
    struct text text = {0};
    if (!session_resume(session))
        return;
    exposition_write(&text, snapshot);
    if (text.failed) {
        text_free(&text);
        session_error(session, "failed", "out of memory");
        return;
    }
    report_block(session_report(session), "metrics", text.octets, text.length);
    text_free(&text);
    session_ok(session);
}

static void count(struct session *session, void (*then)(void *context, const struct snapshot *snapshot))
{
    session_wait(session);
    if (!snapshot_take(session_daemon(session), false, then, session) && session_resume(session))
        session_error(session, "failed", "out of memory");
}

void verb_statistics(struct session *session)
{
    count(session, on_statistics);
}

void verb_metrics(struct session *session)
{
    count(session, on_metrics);
}
