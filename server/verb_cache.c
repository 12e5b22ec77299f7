/* What the cache holds, and forgetting it. */
#include <stdlib.h>
#include <time.h>

#include "dns/types.h"
#include "server/cache_copy.h"
#include "server/clock.h"
#include "server/verbs.h"

enum {
    TURN_TEXT = 2048,  /* octets of an answer that are made in one turn of the loop ... */
    TURN_COPIES = 64,  /* ... or so many times some entries looked at */
    BEST_PRESET = 100, /* entries of a list in some order, where no number is given */
    BEST_MAX = 10000,
};

static uint32_t seconds_now(void)
{
    return (uint32_t)(clock_now() / 1000000);
}

static struct cache *cache_of(struct session *session)
{
    return session_daemon(session)->shared.cache;
}

/* -- flush ------------------------------------------------------------------------------------------ */

static void tell_flushed(struct session *session, uint64_t count)
{
    report_note(session_report(session), "%llu entries forgotten", (unsigned long long)count);
    report_count(session_report(session), "forgotten", NULL, count);
    session_ok(session);
}

/* One name, or where none is given all there is. */
void verb_flush(struct session *session)
{
    const struct control_value *name = control_value(session_request(session), "NAME");
    struct cache *cache = cache_of(session);
    tell_flushed(session,
                 name == NULL ? cache_flush(cache) : cache_flush_name(cache, dns_name_view(&name->name)));
}

void verb_flush_tree(struct session *session)
{
    const struct control_value *name = control_value(session_request(session), "NAME");
    tell_flushed(session, cache_flush_tree(cache_of(session), dns_name_view(&name->name)));
}

void verb_flush_type(struct session *session)
{
    static const enum cache_kind kinds[] = {CACHE_RRSET, CACHE_NODATA, CACHE_FAILURE, CACHE_FAILED};
    const struct control_value *name = control_value(session_request(session), "NAME");
    const struct control_value *type = control_value(session_request(session), "TYPE");
    uint64_t count = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        count += cache_drop(cache_of(session), &(struct cache_key){kinds[i], (uint16_t)type->number,
                                                                   dns_name_view(&name->name)});
    tell_flushed(session, count);
}

/* Entries of either kind, of a tree. */
struct kinds_of_tree {
    enum cache_kind one, other;
    struct dns_name tree;
};

static bool is_of_kinds(void *context, const struct cache_key *key)
{
    const struct kinds_of_tree *wanted = context;
    return (key->kind == wanted->one || key->kind == wanted->other) &&
           dns_name_within(key->name, wanted->tree);
}

static void flush_kinds(struct session *session, enum cache_kind one, enum cache_kind other)
{
    const struct control_value *name = control_value(session_request(session), "NAME");
    struct kinds_of_tree wanted = {one, other, name != NULL ? dns_name_view(&name->name) : dns_name_root()};
    tell_flushed(session, cache_flush_if(cache_of(session), is_of_kinds, &wanted));
}

void verb_flush_negative(struct session *session)
{
    flush_kinds(session, CACHE_NODATA, CACHE_NXDOMAIN);
}

void verb_flush_bogus(struct session *session)
{
    flush_kinds(session, CACHE_FAILURE, CACHE_FAILED);
}

/* -- get, dump, list -------------------------------------------------------------------------------- */

/* An answer that goes through the cache in turns. */
struct showing {
    struct cache *cache;
    uint64_t cursor;
    bool at_end;
    struct cache_copies copies;
    struct dns_name_buffer tree;
    uint64_t left; /* entries that may still be shown */
    enum order { ANY, BY_TTL, BY_SIZE, BY_HITS, BY_AGE } order;
    struct best *best; /* a heap, the least wanted one first; sorted, the most wanted one first, when shown */
    size_t count, limit, shown;
};

struct best {
    struct cache_hit hit;
    uint64_t worth; /* the more the better */
    struct dns_name_buffer name;
};

static void end_showing(void *context)
{
    struct showing *showing = context;
    text_free(&showing->copies.octets);
    free(showing->best);
    free(showing);
}

static struct showing *start_showing(struct session *session)
{
    const struct control_value *tree = control_value(session_request(session), "--tree");
    struct showing *showing = calloc(1, sizeof *showing);
    if (showing == NULL) {
        session_error(session, "failed", "out of memory");
        return NULL;
    }
    showing->cache = cache_of(session);
    showing->left = UINT64_MAX;
    if (tree != NULL) {
        showing->tree = tree->name;
        showing->copies.tree = dns_name_view(&showing->tree);
    }
    return showing;
}

void verb_cache_get(struct session *session)
{
    const struct control_request *request = session_request(session);
    const struct control_value *name = control_value(request, "NAME"), *type = control_value(request, "TYPE");
    struct showing *showing = start_showing(session);
    struct cache_copy copy;
    uint64_t count = 0;
    if (showing == NULL)
        return;
    cache_copy_name(showing->cache, dns_name_view(&name->name), seconds_now(), &showing->copies);
    session_report(session)->text.failed |= showing->copies.octets.failed;
    while (cache_copy_next(&showing->copies, &copy)) {
        if (type != NULL && (!cache_kind_has_type(copy.hit.kind) || copy.hit.type != type->number))
            continue;
        report_cache_entry(session_report(session), showing->cache, &copy.hit, copy.name, ";");
        report_cache_data(session_report(session), &copy, seconds_now());
        count++;
    }
    end_showing(showing);
    report_count(session_report(session), "entries", NULL, count);
    if (count > 0)
        session_ok(session);
    else
        session_error(session, "not-found", "nothing is kept of %s", name->text);
}

/* Some more of a list without order, or of a dump. */
static bool more_entries(void *context, struct report *report)
{
    struct showing *showing = context;
    struct cache_copy copy;
    uint32_t now = seconds_now();
    for (int i = 0; i < TURN_COPIES && report->text.length < TURN_TEXT && !showing->at_end; i++) {
        showing->at_end = !cache_copy_some(showing->cache, &showing->cursor, now, &showing->copies);
        report->text.failed |= showing->copies.octets.failed;
        while (showing->left > 0 && cache_copy_next(&showing->copies, &copy)) {
            report_cache_entry(report, showing->cache, &copy.hit, copy.name,
                               showing->copies.without_data ? "" : ";");
            if (!showing->copies.without_data)
                report_cache_data(report, &copy, now);
            showing->left--;
        }
        showing->at_end |= showing->left == 0 || report->text.failed;
    }
    return !showing->at_end;
}

void verb_cache_dump(struct session *session)
{
    struct showing *showing = start_showing(session);
    if (showing == NULL)
        return;
    report_row(session_report(session), "dump");
    report_time(session_report(session), "time", "; dumped at", (uint64_t)time(NULL));
    report_row_end(session_report(session));
    session_stream(session, more_entries, end_showing, showing);
}

/* -- list, in an order ------------------------------------------------------------------------------ */

static uint64_t worth_of(enum order order, const struct cache_hit *hit)
{
    switch (order) {
    case BY_TTL:
        return UINT32_MAX - hit->ttl; /* what ends soon comes first */
    case BY_SIZE:
        return hit->octets;
    case BY_HITS:
        return hit->hits;
    default:
        return hit->age;
    }
}

static void sift_down(struct best *best, size_t count)
{
    size_t at = 0, child;
    struct best moving = best[0];
    for (; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && best[child + 1].worth < best[child].worth)
            child++;
        if (best[child].worth >= moving.worth)
            break;
        best[at] = best[child];
    }
    best[at] = moving;
}

static void sift_up(struct best *best, size_t at)
{
    struct best moving = best[at];
    for (; at > 0 && best[(at - 1) / 2].worth > moving.worth; at = (at - 1) / 2)
        best[at] = best[(at - 1) / 2];
    best[at] = moving;
}

static void consider(struct showing *showing, const struct cache_copy *copy)
{
    struct best candidate = {.hit = copy->hit, .worth = worth_of(showing->order, &copy->hit)};
    if (showing->count == showing->limit && candidate.worth <= showing->best[0].worth)
        return;
    dns_name_copy(&candidate.name, copy->name);
    if (showing->count < showing->limit) {
        showing->best[showing->count++] = candidate;
        sift_up(showing->best, showing->count - 1);
    } else {
        showing->best[0] = candidate;
        sift_down(showing->best, showing->count);
    }
}

static int compare_worth(const void *one, const void *other)
{
    uint64_t a = ((const struct best *)one)->worth, b = ((const struct best *)other)->worth;
    return a < b ? 1 : a > b ? -1 : 0;
}

/* First all entries are looked at, then the best are shown. */
static bool more_of_the_best(void *context, struct report *report)
{
    struct showing *showing = context;
    struct cache_copy copy;
    for (int i = 0; i < TURN_COPIES && !showing->at_end; i++) {
        showing->at_end = !cache_copy_some(showing->cache, &showing->cursor, seconds_now(), &showing->copies);
        report->text.failed |= showing->copies.octets.failed;
        while (cache_copy_next(&showing->copies, &copy))
            consider(showing, &copy);
        if (showing->at_end)
            qsort(showing->best, showing->count, sizeof showing->best[0], compare_worth);
    }
    while (showing->at_end && showing->shown < showing->count && report->text.length < TURN_TEXT) {
        const struct best *best = &showing->best[showing->shown++];
        report_cache_entry(report, showing->cache, &best->hit, dns_name_view(&best->name), "");
    }
    return !showing->at_end || showing->shown < showing->count;
}

void verb_cache_list(struct session *session)
{
    const struct control_value *by = control_value(session_request(session), "--by");
    const struct control_value *limit = control_value(session_request(session), "--limit");
    if (limit != NULL && (limit->number == 0 || (by != NULL && limit->number > BEST_MAX))) {
        session_error(session, "usage", "--limit is from 1 to %d with --by, not %s", BEST_MAX, limit->text);
        return;
    }
    struct showing *showing = start_showing(session);
    if (showing == NULL)
        return;
    showing->copies.without_data = true;
    if (limit != NULL)
        showing->left = limit->number;
    if (by == NULL) {
        session_stream(session, more_entries, end_showing, showing);
        return;
    }
    showing->order = (enum order)(BY_TTL + by->number);
    showing->limit = limit != NULL ? limit->number : BEST_PRESET;
    showing->best = calloc(showing->limit, sizeof *showing->best);
    if (showing->best != NULL) {
        session_stream(session, more_of_the_best, end_showing, showing);
        return;
    }
    end_showing(showing);
    session_error(session, "failed", "out of memory");
}

/* -- stats ------------------------------------------------------------------------------------------ */

void report_cache_statistics(struct report *report, const struct cache_statistics *now)
{
    report_count(report, "cache.size", "", now->size);
    report_count(report, "cache.used", "", now->used);
    report_count(report, "cache.overhead", "", now->overhead);
    report_count(report, "cache.entries", "", now->entries);
    report_count(report, "cache.entries.protected", "", now->entries_protected);
    report_count(report, "cache.lookups.found", "", now->hits);
    report_count(report, "cache.lookups.missed", "", now->misses);
    report_count(report, "cache.insertions", "", now->insertions);
    report_count(report, "cache.replacements", "", now->replacements);
    report_count(report, "cache.evictions.expired", "", now->evictions_expired);
    report_count(report, "cache.evictions.lru", "", now->evictions_lru);
    report_count(report, "cache.rejected", "", now->rejected);
}

void verb_cache_statistics(struct session *session)
{
    struct cache_statistics now;
    cache_get_statistics(cache_of(session), &now);
    report_cache_statistics(session_report(session), &now);
    session_ok(session);
}
