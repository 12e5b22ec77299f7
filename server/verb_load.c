/* What cache dump has printed, back into the cache. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/cache_load.h"
#include "server/clock.h"
#include "server/local.h"
#include "server/verbs.h"

enum { PIECE = 16384, LINES_TOLD = 20 };

struct loading {
    struct session *session;
    struct cache_load *load;
    const struct settings *settings;
    const char *file;
    unsigned told;
    char piece[PIECE];
};

static uint32_t seconds_now(void)
{
    return (uint32_t)(clock_now() / 1000000);
}

static void end_loading(void *context)
{
    struct loading *loading = context;
    cache_load_free(loading->load);
    settings_release((struct settings *)loading->settings);
    free(loading);
}

/* What is in a zone of ours is never looked for in the cache, and must not be found there behind an alias. */
static bool is_ours(void *context, struct dns_name name, uint16_t type)
{
    const struct loading *loading = context;
    return local_find(loading->settings->local, name, type) != NULL;
}

static void tell_wrong(void *context, uint64_t line, const char *why)
{
    struct loading *loading = context;
    struct report *report = session_report(loading->session);
    if (loading->told++ >= LINES_TOLD)
        return;
    report_row(report, "wrong-line");
    if (report->json) {
        report_string(report, "file", NULL, loading->file);
        report_count(report, "line", NULL, line);
        report_string(report, "reason", NULL, why);
    } else {
        text_add(&report->text, "%s:%llu: %s", loading->file, (unsigned long long)line, why);
    }
    report_row_end(report);
}

static void take(void *context, const char *octets, size_t length)
{
    const struct loading *loading = context;
    cache_load_take(loading->load, octets, length, seconds_now());
}

static void all(void *context)
{
    struct loading *loading = context;
    struct session *session = loading->session;
    struct report *report = session_report(session);
    struct cache_load_counts counts = cache_load_finish(loading->load, seconds_now());
    if (loading->told > LINES_TOLD)
        report_note(report, "and %u more lines", loading->told - LINES_TOLD);
    report_count(report, "loaded", "", counts.loaded);
    report_count(report, "expired", "", counts.expired);
    report_count(report, "known", "", counts.known);
    report_count(report, "left_out", "", counts.left_out);
    report_count(report, "wrong", "", counts.wrong);
    if (counts.wrong > 0 && counts.loaded + counts.expired + counts.known + counts.left_out == 0)
        session_error(session, "failed", "nothing of it can be loaded");
    else
        session_ok(session);
}

void verb_cache_load(struct session *session)
{
    const struct control_value *file = control_value(session_request(session), "FILE");
    struct daemon *daemon = session_daemon(session);
    struct loading *loading = calloc(1, sizeof *loading);
    if (loading != NULL) {
        loading->load = cache_load_begin(&(struct cache_load_options){
            .cache = daemon->shared.cache,
            .since = cache_flushes(daemon->shared.cache),
            .validating = daemon->settings->validation.enabled,
            .max_ttl = daemon->settings->config->max_cache_ttl,
            .max_negative_ttl = daemon->settings->config->max_ncache_ttl,
            .wall = (uint64_t)time(NULL),
            .left_out = is_ours,
            .wrong = tell_wrong,
            .context = loading,
        });
    }
    if (loading == NULL || loading->load == NULL) {
        free(loading);
        session_error(session, "failed", "out of memory");
        return;
    }
    loading->session = session;
    loading->settings = settings_keep(daemon->settings);
    loading->file = file != NULL && strcmp(file->text, "-") != 0 ? file->text : "input";
    session_receive(session, &(struct session_inbox){take, all, end_loading, loading, loading->piece, PIECE});
}
