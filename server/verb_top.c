/* All that happens, summed up each second. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache/server.h"
#include "dns/octets.h"
#include "server/page.h"
#include "server/recorder.h"
#include "server/verbs.h"

enum { EVERY = 1000 /* ms */, BACKLOG = 262144, SERVERS = 20, FAILURES = 20 };

struct view {
    struct daemon *daemon;
    struct session *session; /* NULL: its client has gone */
    uv_timer_t timer;
    bool counting; /* a snapshot is on its way */
    bool closed;   /* the timer is */
    struct snapshot before;
};

/* -- what has happened since --------------------------------------------------------------------------- */

static uint64_t questions_of(const struct snapshot *snapshot)
{
    uint64_t questions = 0;
    for (unsigned i = 0; i < METRICS_TYPES; i++)
        questions += snapshot->metrics.type[i];
    return questions;
}

static uint64_t rate(uint64_t before, uint64_t now, uint64_t micros)
{
    uint64_t more = now > before ? now - before : 0;
    return micros > 0 ? (more * 1000000 + micros / 2) / micros : 0;
}

static void report_rates(struct report *report, const struct snapshot *before, const struct snapshot *now)
{
    uint64_t micros = before->taken > 0 ? now->taken - before->taken : 0;
    uint64_t questions = questions_of(now) - questions_of(before);
    uint64_t hits = now->counters.hits - before->counters.hits;
    report_count(report, "questions_per_second", "questions/s",
                 rate(questions_of(before), questions_of(now), micros));
    report_percent(report, "hit_ratio", "hits",
                   questions > 0 && micros > 0 ? (double)hits / (double)questions : 0.0);
    report_count(
        report, "servfails_per_second", "SERVFAIL/s",
        rate(before->metrics.rcode[DNS_RCODE_SERVFAIL], now->metrics.rcode[DNS_RCODE_SERVFAIL], micros));
    report_count(report, "clients_waiting", "waiting", now->counters.clients_now);
    report_count(report, "server_queries_per_second", "to servers/s",
                 rate(before->engine.sent_udp + before->engine.sent_tcp,
                      now->engine.sent_udp + now->engine.sent_tcp, micros));
    report_count(report, "server_silent_per_second", "silent/s",
                 rate(before->engine.silent, now->engine.silent, micros));
}

static json_t *more_in(const struct histogram *before, const struct histogram *now)
{
    json_t *counts = json_array();
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        json_array_append_new(counts, json_integer((json_int_t)(now->count[i] - before->count[i])));
    return counts;
}

static json_t *latency(const struct snapshot *before, const struct snapshot *now)
{
    json_t *bound = json_array();
    for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++)
        json_array_append_new(bound, json_integer((json_int_t)1 << i));
    return json_pack("{s:o, s:o, s:o, s:o}", "bound_us", bound, "hit",
                     more_in(&before->metrics.hit, &now->metrics.hit), "walk",
                     more_in(&before->metrics.walk, &now->metrics.walk), "server",
                     more_in(&before->engine.rtt, &now->engine.rtt));
}

/* -- the slowest servers -------------------------------------------------------------------------------- */

struct asked {
    struct dns_address address;
    struct server server;
    uint32_t packets;
};

/* One that is silent is slower than any that answers. */
static int by_slowness(const void *one, const void *other)
{
    const struct asked *a = one, *b = other;
    uint32_t slow = server_wait(&a->server), slower = server_wait(&b->server);
    if (a->server.timeouts != b->server.timeouts)
        return b->server.timeouts - a->server.timeouts;
    if (a->server.timeouts == 0)
        slow = a->server.srtt, slower = b->server.srtt;
    return (slow < slower) - (slow > slower);
}

static bool read_address(const struct top_entry *entry, struct dns_address *address)
{
    uint8_t octets[16] = {0};
    if (entry->length != 6 && entry->length != 18)
        return false;
    memcpy(octets, entry->key, entry->length - 2u);
    *address = dns_address_make(entry->length == 6 ? 4 : 6, octets, get16(entry->key + entry->length - 2));
    return true;
}

/* Of those that were asked lately. */
static json_t *slowest(const struct top *top, struct cache *cache, uint32_t now)
{
    struct asked asked[TOP_ENTRIES];
    const struct top_entry *list[TOP_ENTRIES];
    char text[DNS_ADDRESS_TEXT_MAX];
    json_t *servers = json_array();
    size_t listed = top_list(top, list, TOP_ENTRIES), count = 0;
    for (size_t i = 0; i < listed; i++) {
        struct asked *one = &asked[count];
        if (!read_address(list[i], &one->address))
            continue;
        server_get(cache, &one->address, now, &one->server);
        one->packets = list[i]->count;
        count += one->server.srtt != 0 || one->server.timeouts != 0;
    }
    qsort(asked, count, sizeof *asked, by_slowness);
    for (size_t i = 0; i < count && i < SERVERS; i++)
        json_array_append_new(servers, json_pack("{s:s, s:I, s:i, s:I}", "address",
                                                 dns_address_to_text(&asked[i].address, text), "rtt_us",
                                                 (json_int_t)asked[i].server.srtt, "timeouts",
                                                 (int)asked[i].server.timeouts, "packets",
                                                 (json_int_t)asked[i].packets));
    return servers;
}

/* -- the row ---------------------------------------------------------------------------------------------- */

static json_t *failure(const struct recorded *recorded)
{
    char id[CULPRIT_ID_TEXT], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], rcode[DNS_TYPE_TEXT_MAX];
    if (recorded->name_count == 0)
        return NULL;
    const char *reason =
        recorded->text[0] != '\0' ? recorded->text : dns_rcode_to_text(recorded->rcode, rcode);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "id", culprit_id_to_text(recorded->id, id), "name",
                     dns_name_to_text(dns_name_view(&recorded->name[0]), name), "type",
                     dns_type_to_text(recorded->type[0], type), "count", (json_int_t)recorded->count, "last",
                     (json_int_t)recorded->last, "reason", reason);
}

static json_t *failures(struct recorder *recorder)
{
    const struct recorder_filter all = {0};
    struct recorder_cursor cursor = {0};
    struct recorded *recorded = malloc(sizeof *recorded);
    json_t *list = json_array();
    for (int i = 0; i < FAILURES && recorded != NULL && recorder_next(recorder, &cursor, &all, recorded); i++)
        json_array_append_new(list, failure(recorded));
    free(recorded);
    return list;
}

static void report_view(struct report *report, const struct view *view, const struct snapshot *now)
{
    const struct snapshot *before = &view->before;
    uint64_t used = now->cache.used + now->cache.overhead;
    report_row(report, "top");
    report_count(report, "time", NULL, (uint64_t)time(NULL));
    report_count(report, "interval_us", NULL, before->taken > 0 ? now->taken - before->taken : 0);
    report_count(report, "uptime", NULL, now->uptime / 1000000);
    report_string(report, "version", NULL, ROOTWALK_VERSION);
    report_count(report, "workers", NULL, now->workers);
    report_rates(report, before, now);
    report_count(report, "questions", NULL, questions_of(now));
    report_count(report, "cache_octets", NULL, used);
    report_count(report, "cache_size", NULL, now->cache.size);
    if (report->json) {
        report_json(report, "latency", latency(before, now));
        report_json(report, "names", page_busiest(&now->top[TOP_NAMES], TOP_NAMES));
        report_json(report, "clients", page_busiest(&now->top[TOP_CLIENTS], TOP_CLIENTS));
        report_json(report, "zones", page_busiest(&now->top[TOP_ZONES], TOP_ZONES));
        report_json(
            report, "servers",
            slowest(&now->top[TOP_SERVERS], view->daemon->shared.cache, (uint32_t)(now->taken / 1000000)));
        report_json(report, "failures", failures(view->daemon->shared.recorder));
    }
    report_row_end(report);
}

/* -- each second -------------------------------------------------------------------------------------------- */

static void release(struct view *view)
{
    if (view->closed && !view->counting)
        free(view);
}

static void on_closed(uv_handle_t *handle)
{
    struct view *view = handle->data;
    view->closed = true;
    release(view);
}

static void on_gone(void *context)
{
    struct view *view = context;
    view->session = NULL;
    uv_close((uv_handle_t *)&view->timer, on_closed);
}

static void on_counted(void *context, const struct snapshot *snapshot)
{
    struct view *view = context;
    view->counting = false;
    if (view->session == NULL) {
        release(view);
        return;
    }
    report_view(session_report(view->session), view, snapshot);
    view->before = *snapshot;
    view->before.top = NULL;
    session_flush(view->session);
}

/* Who does not read gets no more. */
static void on_timer(uv_timer_t *timer)
{
    struct view *view = timer->data;
    if (!view->counting && session_backlog(view->session) < BACKLOG)
        view->counting = snapshot_take(view->daemon, true, on_counted, view);
}

void verb_top(struct session *session)
{
    struct view *view = calloc(1, sizeof *view);
    if (view == NULL) {
        session_error(session, "failed", "out of memory");
        return;
    }
    view->daemon = session_daemon(session);
    view->session = session;
    uv_timer_init(&view->daemon->loop, &view->timer);
    view->timer.data = view;
    session_begin_events(session, on_gone, view);
    uv_timer_start(&view->timer, on_timer, 0, EVERY);
}
