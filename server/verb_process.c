/* The daemon itself: what it is, how it fares, its end. */
#include <unistd.h>

#include "server/clock.h"
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

static void on_reloaded(struct round *round)
{
    struct session *session = round->context;
    if (session_resume(session))
        session_ok(session);
}

static void tell(void *context, const char *line)
{
    report_note(session_report(context), "%s", line);
}

void verb_reload(struct session *session)
{
    session_wait(session);
    if (!daemon_reload(session_daemon(session), tell, session, on_reloaded, session) &&
        session_resume(session))
        session_error(session, "failed", "the old configuration stays");
}

/* -- statistics ------------------------------------------------------------------------------------- */

static void sum(uint64_t *to, const uint64_t *from, size_t octets)
{
    for (size_t i = 0; i < octets / sizeof *to; i++)
        to[i] += from[i];
}

static void write_counters(struct report *report, const struct counters *total)
{
    report_count(report, "queries", "", total->queries);
    report_count(report, "queries.udp", "", total->queries_udp);
    report_count(report, "queries.tcp", "", total->queries_tcp);
    report_count(report, "queries.from-cache", "", total->hits);
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

static void write_statistics(struct report *report, const struct daemon *daemon, const struct round *round)
{
    /* Both are nothing but 64-bit counters. */
    struct counters counters = {0};
    struct engine_statistics engine = {0};
    for (unsigned i = 0; i < round->count; i++) {
        sum((uint64_t *)&counters, (const uint64_t *)&round->message[i].counters, sizeof counters);
        sum((uint64_t *)&engine, (const uint64_t *)&round->message[i].engine, sizeof engine);
    }
    write_counters(report, &counters);
    write_engine(report, &engine);
    report_cache_statistics(report, daemon->shared.cache);
}

static void on_statistics(struct round *round)
{
    struct session *session = round->context;
    if (!session_resume(session))
        return;
    write_statistics(session_report(session), round->daemon, round);
    session_ok(session);
}

void verb_statistics(struct session *session)
{
    struct round *round = daemon_round(session_daemon(session), on_statistics, session);
    if (round == NULL) {
        session_error(session, "failed", "out of memory");
        return;
    }
    session_wait(session);
    daemon_post(round, MESSAGE_STATISTICS);
}
