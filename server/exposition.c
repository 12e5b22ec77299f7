#include "server/exposition.h"

#include "dns/types.h"

/* Families of plain numbers: each row is a sample; rows of one family stand together, HELP in the first. */
enum kind { COUNTER, GAUGE };

struct row {
    const char *family; /* without "rootwalk_" */
    enum kind kind;
    const char *help;
    const char *labels; /* "transport=\"udp\""; "" for none */
    size_t offset;      /* of a uint64_t in struct snapshot */
};

#define C(family, help, labels, field)                                                                       \
    {                                                                                                        \
        family, COUNTER, help, labels, offsetof(struct snapshot, field)                                      \
    }
#define G(family, help, labels, field)                                                                       \
    {                                                                                                        \
        family, GAUGE, help, labels, offsetof(struct snapshot, field)                                        \
    }
#define SAME NULL

static const struct row rows[] = {
    C("queries_total", "Messages of clients, by transport.", "transport=\"udp\"", counters.queries_udp),
    C("queries_total", SAME, "transport=\"tcp\"", counters.queries_tcp),
    C("cache_hits_total", "Questions answered out of the cache alone.", "", counters.hits),
    C("cache_misses_total", "Questions that had to be resolved, or waited for.", "", metrics.asked),
    C("local_answers_total", "Questions answered from zones of our own.", "", counters.local),
    C("refused_total", "Questions refused by an access list, or because of their class.", "",
      counters.refused),
    C("malformed_total", "Messages answered with an error because they are no query.", "",
      counters.malformed),
    C("dropped_total", "Messages not answered, by reason.", "reason=\"no-query\"", counters.dropped),
    C("dropped_total", SAME, "reason=\"blackholed\"", counters.blackholed),
    C("dropped_total", SAME, "reason=\"crowded\"", counters.clients_crowded),
    C("referrals_total", "Questions without RD answered with a referral.", "", counters.referrals),
    C("replies_sent_total", "Replies handed to the kernel.", "", counters.replies),
    C("replies_unsent_total", "Replies the kernel did not take.", "", counters.replies_unsent),
    G("clients_waiting", "Questions that wait for an answer.", "", counters.clients_now),
    C("clients_rejected_total", "Questions not taken because too many wait.", "", counters.clients_rejected),
    G("tcp_connections", "Connections of clients.", "", counters.tcp_now),
    C("tcp_accepted_total", "Connections of clients accepted.", "", counters.tcp_accepted),
    C("tcp_rejected_total", "Connections of clients closed at once, too many.", "", counters.tcp_rejected),
    C("tcp_timeouts_total", "Connections of clients closed because they were idle.", "",
      counters.tcp_timeouts),
    C("tcp_overrun_total", "Connections of clients closed because they do not read.", "",
      counters.tcp_overrun),
    C("resolver_questions_total", "Questions handed to the resolver.", "", engine.questions),
    C("resolver_joined_total", "Questions that joined a walk of the same question.", "", engine.joined),
    C("resolver_answered_total", "Answers of the resolver, failures included.", "", engine.answered),
    C("resolver_failed_total", "Walks that ended without an answer.", "", engine.failed),
    C("resolver_walks_total", "Walks begun: of clients' questions, name servers, aliases, keys.", "",
      engine.walks),
    G("resolver_walks", "Walks at work.", "", engine.walks_now),
    G("server_exchanges", "Queries to servers that are open.", "", engine.exchanges_now),
    C("server_queries_total", "Queries to servers, by transport.", "transport=\"udp\"", engine.sent_udp),
    C("server_queries_total", SAME, "transport=\"tcp\"", engine.sent_tcp),
    C("server_responses_total", "Responses of servers that were taken.", "", engine.received),
    C("server_silent_total", "Queries to servers that got no answer in time.", "", engine.silent),
    C("server_unreachable_total", "Queries to servers that could not be delivered.", "", engine.unreachable),
    C("server_dropped_total", "Packets from servers not taken, by reason.", "reason=\"unmatched\"",
      engine.dropped_unmatched),
    C("server_dropped_total", SAME, "reason=\"malformed\"", engine.dropped_malformed),
    C("server_dropped_total", SAME, "reason=\"wrong-id\"", engine.mismatched_ids),
    C("server_dropped_total", SAME, "reason=\"wrong-question\"", engine.mismatched_questions),
    C("server_socket_errors_total", "Errors of sockets that servers are asked with.", "",
      counters.upstream_errors),
    C("dnstap_frames_total", "Messages for dnstap, by what became of them.", "result=\"queued\"",
      counters.dnstap_queued),
    C("dnstap_frames_total", SAME, "result=\"dropped\"", counters.dnstap_dropped),
    C("records_dropped_total", "Records of responses not believed.", "", engine.records_dropped),
    C("budgets_spent_total", "Questions that failed because a limit on their work was reached.", "",
      engine.budgets_spent),
    C("validations_total", "Responses of signed zones, by verdict.", "verdict=\"secure\"",
      engine.judged_secure),
    C("validations_total", SAME, "verdict=\"insecure\"", engine.judged_insecure),
    C("validations_total", SAME, "verdict=\"bogus\"", engine.judged_bogus),
    C("signature_checks_total", "Signatures checked.", "", engine.signature_checks),
    C("signature_cost_total", "Units of work for signatures, as budgets count them.", "",
      engine.signature_cost),
    C("nsec3_blocks_total", "Blocks hashed for proofs with NSEC3.", "", engine.nsec3_blocks),
    G("recorder_failures", "Failures in the flight recorder.", "", recorder.failures),
    G("recorder_bytes", "Memory of the flight recorder in use.", "", recorder.octets),
    C("recorder_written_total", "Questions written to the flight recorder.", "", recorder.written),
    C("recorder_dropped_total", "Failures in the flight recorder that made room for others.", "",
      recorder.dropped),
    G("cache_size_bytes", "Memory of the cache, max-cache-size.", "", cache.size),
    G("cache_used_bytes", "Memory of the cache in entries.", "", cache.used),
    G("cache_overhead_bytes", "Memory of the cache in its index and lists.", "", cache.overhead),
    G("cache_entries", "Entries in the cache.", "", cache.entries),
    G("cache_protected_entries", "Entries in the cache that were used more than once.", "",
      cache.entries_protected),
    C("cache_lookups_total", "Looks into the cache, several for a question, by result.", "result=\"found\"",
      cache.hits),
    C("cache_lookups_total", SAME, "result=\"missed\"", cache.misses),
    C("cache_insertions_total", "Entries put into the cache.", "", cache.insertions),
    C("cache_replacements_total", "Entries replaced by newer ones.", "", cache.replacements),
    C("cache_evictions_total", "Entries removed to make room, by reason.", "reason=\"expired\"",
      cache.evictions_expired),
    C("cache_evictions_total", SAME, "reason=\"lru\"", cache.evictions_lru),
    C("cache_rejected_total", "Entries too large for the cache.", "", cache.rejected),
};

#undef C
#undef G

static void begin(struct text *text, const char *family, const char *type, const char *help)
{
    text_add(text, "# HELP rootwalk_%s %s\n# TYPE rootwalk_%s %s\n", family, help, family, type);
}

static void write_rows(struct text *text, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        uint64_t value = *(const uint64_t *)((const char *)snapshot + row->offset);
        if (row->help != SAME)
            begin(text, row->family, row->kind == COUNTER ? "counter" : "gauge", row->help);
        text_add(text, "rootwalk_%s%s%s%s %llu\n", row->family, row->labels[0] != '\0' ? "{" : "",
                 row->labels, row->labels[0] != '\0' ? "}" : "", (unsigned long long)value);
    }
}

/* Only what has come: a series for each of 65,536 types helps nobody. */
static void write_types(struct text *text, const uint64_t *count)
{
    char name[DNS_TYPE_TEXT_MAX];
    begin(text, "questions_total", "counter", "Questions of clients that may ask, by type.");
    for (unsigned i = 0; i < METRICS_TYPES; i++)
        if (count[i] > 0 || i == DNS_TYPE_A)
            text_add(text, "rootwalk_questions_total{type=\"%s\"} %llu\n",
                     i < METRICS_TYPES - 1 ? dns_type_to_text((uint16_t)i, name) : "other",
                     (unsigned long long)count[i]);
}

static void write_rcodes(struct text *text, const uint64_t *count)
{
    begin(text, "responses_total", "counter", "Replies to clients, by response code.");
    for (unsigned i = 0; i < METRICS_RCODES; i++) {
        char name[DNS_TYPE_TEXT_MAX];
        if (count[i] == 0 && i > DNS_RCODE_NXDOMAIN)
            continue;
        text_add(text, "rootwalk_responses_total{rcode=\"%s\"} %llu\n", dns_rcode_to_text(i, name),
                 (unsigned long long)count[i]);
    }
}

static void write_edes(struct text *text, const uint64_t *count)
{
    begin(text, "extended_errors_total", "counter",
          "Replies to clients with an extended error (RFC 8914), by its code.");
    for (unsigned i = 0; i < METRICS_EDES; i++)
        if (count[i] > 0 || i == DNS_EDE_NO_REACHABLE_AUTHORITY)
            text_add(text, "rootwalk_extended_errors_total{code=\"%u\"} %llu\n", i,
                     (unsigned long long)count[i]);
}

static void write_histogram(struct text *text, const char *family, const char *help,
                            const struct histogram *histogram)
{
    uint64_t total = 0;
    begin(text, family, "histogram", help);
    for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++) {
        total += histogram->count[i];
        text_add(text, "rootwalk_%s_bucket{le=\"%.9g\"} %llu\n", family, (double)(UINT64_C(1) << i) / 1e6,
                 (unsigned long long)total);
    }
    total += histogram->count[HISTOGRAM_BOUNDS];
    text_add(text, "rootwalk_%s_bucket{le=\"+Inf\"} %llu\n", family, (unsigned long long)total);
    text_add(text, "rootwalk_%s_sum %.6f\n", family, (double)histogram->sum / 1e6);
    text_add(text, "rootwalk_%s_count %llu\n", family, (unsigned long long)total);
}

static void write_daemon(struct text *text, const struct snapshot *snapshot)
{
    begin(text, "info", "gauge", "The daemon's version; always 1.");
    text_add(text, "rootwalk_info{version=\"" ROOTWALK_VERSION "\"} 1\n");
    begin(text, "uptime_seconds", "gauge", "How long the daemon has been running.");
    text_add(text, "rootwalk_uptime_seconds %.3f\n", (double)snapshot->uptime / 1e6);
    begin(text, "workers", "gauge", "Threads that serve clients.");
    text_add(text, "rootwalk_workers %u\n", snapshot->workers);
    begin(text, "reloads_total", "counter", "Reloads of the configuration that were taken.");
    text_add(text, "rootwalk_reloads_total %u\n", snapshot->reloads);
}

void exposition_write(struct text *text, const struct snapshot *snapshot)
{
    write_daemon(text, snapshot);
    write_rows(text, snapshot);
    write_types(text, snapshot->metrics.type);
    write_rcodes(text, snapshot->metrics.rcode);
    write_edes(text, snapshot->metrics.ede);
    write_histogram(
        text, "hit_duration_seconds",
        "From reading a batch of questions to their replies on their way, where the cache had the answer; "
        "one batch of 64 is measured.",
        &snapshot->metrics.hit);
    write_histogram(text, "walk_duration_seconds",
                    "From a client's question to its answer, where the cache had none.",
                    &snapshot->metrics.walk);
    write_histogram(text, "server_rtt_seconds", "From a query to a server to its response.",
                    &snapshot->engine.rtt);
}
