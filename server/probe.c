#include "server/probe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum state {
    ASKING,   /* the answer has not come */
    STOPPING, /* its worker has been told to stop */
    OVER,     /* the worker is gone */
};

/* The worker's number: workers with 0 ask for the root's servers ahead of any question. */
enum { NUMBER = 1, NOTES_MOST = ACCESS_REASONS + 1 };

struct probe {
    struct probe *next;
    struct probes *probes;
    enum state state;
    bool watched;
    void (*stir)(void *context);
    void *context;
    struct capture *capture;
    struct cache *cache;
    struct shared shared; /* the worker's alone */
    struct worker *worker;
    struct endpoints nowhere;
    struct event notes[NOTES_MOST];
    struct message ask, stop;
    size_t position; /* of the events that have been shown */
};

struct probes {
    struct daemon *daemon;
    uv_async_t stirred; /* by any of them */
    struct probe *first;
    unsigned count;
};

/* -- its making ------------------------------------------------------------------------------------------ */

static void on_event(void *context)
{
    struct probes *probes = context;
    uv_async_send(&probes->stirred);
}

static bool make_capture(struct probe *probe)
{
    uint8_t seed[CAPTURE_SEED];
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return false;
    probe->capture = capture_create(seed, ROOTWALK_VERSION, on_event, probe->probes);
    return probe->capture != NULL;
}

static bool make_cache(struct probe *probe, bool cold)
{
    uint8_t key[16];
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        return false;
    probe->cache = cache_create(&(struct cache_options){
        .size = CAPTURE_CACHE,
        .key = key,
        .shards = 1,
        .below = cold ? NULL : probe->probes->daemon->shared.cache,
        .copied = capture_entry,
        .copied_context = probe->capture,
    });
    return probe->cache != NULL;
}

static bool make_worker(struct probe *probe)
{
    struct daemon *daemon = probe->probes->daemon;
    probe->shared = (struct shared){
        .cache = probe->cache,
        .log = daemon->log,
        .tcp_quota = daemon->shared.tcp_quota,
        .waiting = daemon->shared.waiting,
        .worker = &probe->worker,
        .workers = 1,
        .capture = probe->capture,
        .done = &probe->probes->stirred,
    };
    probe->worker = worker_create(NUMBER, &probe->shared, settings_keep(daemon->settings), &probe->nowhere);
    return probe->worker != NULL;
}

/* Signals are the main thread's. */
static bool start_worker(struct probe *probe)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = worker_start(probe->worker);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static void end_worker(struct probe *probe)
{
    worker_join(probe->worker);
    relay_destroy(probe->worker);
    worker_destroy(probe->worker);
    probe->worker = NULL;
}

static void destroy(struct probe *probe)
{
    capture_destroy(probe->capture);
    cache_destroy(probe->cache);
    free(probe->ask.wire);
    free(probe);
}

static void ask(struct probe *probe, const struct probe_question *question)
{
    probe->ask.kind = MESSAGE_ASK;
    dns_name_copy(&probe->ask.name, question->name);
    probe->ask.type = question->type;
    probe->ask.checking_disabled = question->checking_disabled;
    probe->ask.note_count = question->note_count < NOTES_MOST ? question->note_count : NOTES_MOST;
    memcpy(probe->notes, question->notes, probe->ask.note_count * sizeof probe->notes[0]);
    for (unsigned i = 0; i < probe->ask.note_count; i++)
        if (probe->notes[i].name.wire != NULL) /* whoever asks may go before the question is taken */
            probe->notes[i].name = dns_name_view(&probe->ask.name);
    probe->ask.notes = probe->notes;
    worker_post(probe->worker, &probe->ask);
}

struct probe *probe_begin(struct probes *probes, const struct probe_question *question,
                          void (*stir)(void *context), void *context, const char **problem)
{
    *problem = "too many questions are watched already: try again when one of them is over";
    if (probes->count == PROBES_MOST)
        return NULL;
    *problem = "no memory, thread or descriptors for it";
    struct probe *probe = calloc(1, sizeof *probe);
    if (probe == NULL)
        return NULL;
    *probe = (struct probe){.probes = probes, .watched = true, .stir = stir, .context = context};
    bool made = make_capture(probe) && make_cache(probe, question->cold) && make_worker(probe);
    if (!made || !start_worker(probe)) {
        if (made)
            worker_abandon(probe->worker);
        destroy(probe);
        return NULL;
    }
    ask(probe, question);
    probe->next = probes->first;
    probes->first = probe;
    probes->count++;
    return probe;
}

/* -- its life ---------------------------------------------------------------------------------------------- */

static bool is_handled(struct message *message)
{
    return atomic_load_explicit(&message->handled, memory_order_acquire);
}

static void stop(struct probe *probe)
{
    if (probe->state != ASKING)
        return;
    probe->state = STOPPING;
    probe->stop.kind = MESSAGE_STOP;
    worker_post(probe->worker, &probe->stop);
}

/* Its thread is at its end, or nearly so. */
static void finish(struct probe *probe)
{
    end_worker(probe);
    capture_finish(probe->capture, probe->cache);
    probe->state = OVER;
}

static void forget(struct probe *probe)
{
    struct probe **link = &probe->probes->first;
    while (*link != probe)
        link = &(*link)->next;
    *link = probe->next;
    probe->probes->count--;
    destroy(probe);
}

static void look_after(struct probe *probe)
{
    if (probe->state == ASKING && is_handled(&probe->ask))
        stop(probe);
    if (probe->state == STOPPING && is_handled(&probe->stop))
        finish(probe);
    if (probe->watched)
        probe->stir(probe->context); /* which may end it */
    else if (probe->state == OVER)
        forget(probe);
}

static void on_stirred(uv_async_t *async)
{
    struct probes *probes = async->data;
    for (struct probe *probe = probes->first, *next; probe != NULL; probe = next) {
        next = probe->next;
        look_after(probe);
    }
}

void probe_events(struct probe *probe, unsigned most, void (*show)(void *context, const struct event *event),
                  void *context)
{
    capture_events(probe->capture, &probe->position, most, show, context);
}

bool probe_is_over(const struct probe *probe)
{
    return probe->state == OVER;
}

const uint8_t *probe_answer(const struct probe *probe, size_t *length)
{
    *length = probe->ask.length;
    return probe->ask.wire;
}

const uint8_t *probe_capture(struct probe *probe, size_t *length)
{
    return capture_octets(probe->capture, length);
}

void probe_totals(struct probe *probe, struct capture_totals *totals)
{
    capture_get_totals(probe->capture, totals);
}

void probe_end(struct probe *probe)
{
    probe->watched = false;
    stop(probe);
    if (probe->state == OVER)
        forget(probe);
}

/* -- all of them --------------------------------------------------------------------------------------------- */

struct probes *probes_create(struct daemon *daemon)
{
    struct probes *probes = calloc(1, sizeof *probes);
    if (probes == NULL)
        return NULL;
    probes->daemon = daemon;
    probes->stirred.data = probes;
    if (uv_async_init(&daemon->loop, &probes->stirred, on_stirred) == 0)
        return probes;
    free(probes);
    return NULL;
}

void probes_close(struct probes *probes)
{
    while (probes->first != NULL) {
        struct probe *probe = probes->first;
        stop(probe);
        if (probe->state == STOPPING)
            finish(probe);
        forget(probe);
    }
    uv_close((uv_handle_t *)&probes->stirred, NULL);
}

void probes_destroy(struct probes *probes)
{
    free(probes);
}
