#include "server/monitor.h"

#include <stdlib.h>
#include <time.h>

#include "dns/types.h"
#include "server/clock.h"

/*
 *      FREE -> WATCHING            a session takes it; the workers learn of it by the next round
 *      WATCHING -> LEAVING         its client has gone; workers may still write for it
 *      LEAVING -> FREE             a round without it is done, and the rings are empty of what is for it
 */
enum place_state { FREE, WATCHING, LEAVING };

struct place {
    struct monitor *monitor;
    enum place_state state;
    struct session *session; /* WATCHING */
    struct watch_filter filter;
    uint64_t missed; /* that the session has not been told of */
};

struct monitor {
    struct daemon *daemon;
    uv_timer_t timer;
    struct watch_ring **ring;             /* of each worker; NULL: nobody watches */
    struct watch_filters *filters, *next; /* the workers have; the round that is under way brings */
    bool changed;                         /* what a round has to tell the workers */
    bool in_round;
    struct place place[WATCHERS];
};

/* -- what is shown ------------------------------------------------------------------------------------ */

/* `at`: µs since 1970. */
static void report_moment(struct report *report, uint64_t at)
{
    char text[64], whole[80];
    struct tm utc;
    time_t seconds = (time_t)(at / 1000000);
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(whole, sizeof whole, "%s.%06uZ", text, (unsigned)(at % 1000000));
    report_string(report, "time", "", whole);
}

static void report_watched(struct report *report, const struct watched *watched, uint64_t wall_offset)
{
    static const char *const sources[] = {
        [WATCH_ITSELF] = "itself", [WATCH_CACHE] = "cache", [WATCH_LOCAL] = "local", [WATCH_WALK] = "walk"};
    char rcode[DNS_TYPE_TEXT_MAX];
    report_row(report, "query");
    report_moment(report, watched->at + wall_offset);
    report_address(report, "client", "", &watched->client);
    report_string(report, "transport", "", watched->tcp ? "tcp" : "udp");
    if (watched->name.length > 0) {
        report_name(report, "name", "", dns_name_view(&watched->name));
        report_type(report, "type", "", watched->type);
    } else if (!report->json) {
        report_string(report, "name", "", "(no question)");
    }
    report_string(report, "rcode", "", dns_rcode_to_text(watched->rcode, rcode));
    if (watched->ede != DNS_EDE_NONE)
        report_count(report, "ede", "ede", (uint64_t)watched->ede);
    report_string(report, "from", "", sources[watched->source]);
    report_count(report, "took_us", "us", watched->took);
    report_count(report, "octets", "octets", watched->length);
    report_row_end(report);
}

static void show(struct place *place, const struct watched *watched, uint64_t wall_offset)
{
    if (place->state != WATCHING)
        return;
    struct report *report = session_report(place->session);
    if (session_backlog(place->session) + report->text.length > MONITOR_BACKLOG)
        place->missed++;
    else
        report_watched(report, watched, wall_offset);
}

/* As soon as it reads again. */
static void show_missed(struct place *place)
{
    struct report *report = session_report(place->session);
    if (place->missed == 0 || session_backlog(place->session) > MONITOR_BACKLOG)
        return;
    report_row(report, "missed");
    report_count(report, "count", "missed", place->missed);
    report_row_end(report);
    place->missed = 0;
}

/* Whose next answer is the eldest; NULL: none is of before `now`. */
static struct watch_ring *eldest(struct monitor *monitor, uint64_t now)
{
    struct watch_ring *found = NULL;
    for (unsigned i = 0; i < monitor->daemon->worker_count; i++) {
        const struct watched *watched = watch_peek(monitor->ring[i]);
        if (watched != NULL && watched->at <= now && (found == NULL || watched->at < watch_peek(found)->at))
            found = monitor->ring[i];
    }
    return found;
}

/* In the order of their times: what comes meanwhile, to a ring that was looked at already, waits for the next time. */
static void drain_rings(struct monitor *monitor)
{
    struct timespec wall;
    uint64_t now = clock_now();
    clock_gettime(CLOCK_REALTIME, &wall);
    uint64_t wall_offset = (uint64_t)wall.tv_sec * 1000000 + (uint64_t)wall.tv_nsec / 1000 - now;
    unsigned workers = monitor->daemon->worker_count;
    struct watch_ring *ring;
    for (unsigned n = 0; n < WATCH_ENTRIES * workers && (ring = eldest(monitor, now)) != NULL; n++) {
        const struct watched *watched = watch_peek(ring);
        for (unsigned i = 0; i < WATCHERS; i++)
            if (watched->watchers & 1u << i)
                show(&monitor->place[i], watched, wall_offset);
        watch_next(ring);
    }
    for (unsigned i = 0; i < WATCHERS * workers; i++)
        monitor->place[i % WATCHERS].missed += watch_missed(monitor->ring[i / WATCHERS], i % WATCHERS);
}

static void drain(struct monitor *monitor)
{
    if (monitor->ring != NULL)
        drain_rings(monitor);
    for (unsigned i = 0; i < WATCHERS; i++) {
        struct place *place = &monitor->place[i];
        if (place->state != WATCHING)
            continue;
        show_missed(place);
        session_flush(place->session);
    }
}

/* -- telling the workers -------------------------------------------------------------------------------- */

static void free_rings(struct monitor *monitor)
{
    for (unsigned i = 0; monitor->ring != NULL && i < monitor->daemon->worker_count; i++)
        free(monitor->ring[i]);
    free(monitor->ring);
    monitor->ring = NULL;
}

static bool make_rings(struct monitor *monitor)
{
    unsigned count = monitor->daemon->worker_count;
    monitor->ring = calloc(count, sizeof(struct watch_ring *));
    for (unsigned i = 0; monitor->ring != NULL && i < count; i++) {
        monitor->ring[i] = aligned_alloc(64, sizeof *monitor->ring[i]);
        if (monitor->ring[i] == NULL) {
            free_rings(monitor);
            return false;
        }
        *monitor->ring[i] = (struct watch_ring){0};
    }
    return monitor->ring != NULL;
}

static bool is_watched(const struct monitor *monitor)
{
    for (unsigned i = 0; i < WATCHERS; i++)
        if (monitor->place[i].state == WATCHING)
            return true;
    return false;
}

static void tell_workers(struct monitor *monitor);

/* No worker writes for those that the round before this one was the last of. */
static void on_told(struct round *round)
{
    struct monitor *monitor = round->context;
    drain(monitor);
    free(monitor->filters);
    monitor->filters = monitor->next;
    monitor->next = NULL;
    monitor->in_round = false;
    for (unsigned i = 0; i < WATCHERS; i++) {
        struct place *place = &monitor->place[i];
        bool known = monitor->filters != NULL && monitor->filters->filter[i].used;
        if (place->state == LEAVING && !known)
            place->state = FREE;
    }
    if (monitor->changed) {
        tell_workers(monitor);
    } else if (monitor->filters == NULL) {
        free_rings(monitor);
        uv_timer_stop(&monitor->timer);
    }
}

/* One round at a time. Where there is no memory for it the timer tries again. */
static void tell_workers(struct monitor *monitor)
{
    if (monitor->in_round)
        return;
    bool any = is_watched(monitor);
    struct watch_filters *filters = any ? calloc(1, sizeof *filters) : NULL;
    struct round *round = any && filters == NULL ? NULL : daemon_round(monitor->daemon, on_told, monitor);
    if (round == NULL) {
        free(filters);
        return;
    }
    for (unsigned i = 0; any && i < WATCHERS; i++)
        if (monitor->place[i].state == WATCHING)
            filters->filter[i] = monitor->place[i].filter;
    for (unsigned i = 0; i < round->count; i++) {
        round->message[i].ring = any ? monitor->ring[i] : NULL;
        round->message[i].filters = filters;
    }
    monitor->next = filters;
    monitor->changed = false;
    monitor->in_round = true;
    daemon_post(round, MESSAGE_WATCH);
}

static void on_timer(uv_timer_t *timer)
{
    struct monitor *monitor = timer->data;
    drain(monitor);
    if (monitor->changed)
        tell_workers(monitor);
}

/* -- coming and going ------------------------------------------------------------------------------------ */

static void on_gone(void *context)
{
    struct place *place = context;
    place->state = LEAVING;
    place->session = NULL;
    place->monitor->changed = true;
    tell_workers(place->monitor);
}

static struct monitor *monitor_of(struct daemon *daemon)
{
    struct monitor *monitor = daemon->monitor;
    if (monitor == NULL && (monitor = calloc(1, sizeof *monitor)) != NULL) {
        monitor->daemon = daemon;
        uv_timer_init(&daemon->loop, &monitor->timer);
        monitor->timer.data = monitor;
        daemon->monitor = monitor;
    }
    return monitor;
}

static struct place *find_place(struct monitor *monitor)
{
    for (unsigned i = 0; i < WATCHERS; i++)
        if (monitor->place[i].state == FREE)
            return &monitor->place[i];
    return NULL;
}

bool monitor_watch(struct session *session, const struct watch_filter *filter)
{
    struct monitor *monitor = monitor_of(session_daemon(session));
    struct place *place = monitor != NULL ? find_place(monitor) : NULL;
    if (place == NULL || (monitor->ring == NULL && !make_rings(monitor)))
        return false;
    *place = (struct place){.monitor = monitor, .state = WATCHING, .session = session, .filter = *filter};
    place->filter.used = true;
    monitor->changed = true;
    session_begin_events(session, on_gone, place);
    uv_timer_start(&monitor->timer, on_timer, MONITOR_EVERY, MONITOR_EVERY);
    tell_workers(monitor);
    return true;
}

void monitor_destroy(struct monitor *monitor)
{
    if (monitor == NULL)
        return;
    free_rings(monitor);
    free(monitor->filters);
    free(monitor->next);
    free(monitor);
}
