/* The sockets and settings of a start, and of each reload. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "server/daemon.h"
#include "server/http.h"
#include "server/local.h"
#include "server/quota.h"
#include "server/secondaries.h"
#include "server/trusted.h"

static void describe(const struct endpoint *endpoint, const char *what, int why, bool reload, char line[512])
{
    char address[DNS_ADDRESS_TEXT_MAX];
    char place[300] = "";
    if (endpoint->place.file != NULL)
        snprintf(place, sizeof place, "%.250s:%u: ", endpoint->place.file, endpoint->place.line);
    snprintf(line, 512, "%scannot listen on %s (%s): %s; %s", place,
             dns_address_to_text(&endpoint->address, address), what, strerror(why),
             endpoint_remedy(why, reload));
}

/* An address that this host has not got, or whose family it does not speak, leaves the others. */
static bool may_be_missing(int why)
{
    return why == EADDRNOTAVAIL || why == EAFNOSUPPORT;
}

static void drop_endpoint(struct endpoints *endpoints, size_t at)
{
    free(endpoints->list[at].udp);
    free(endpoints->list[at].tcp);
    endpoints->list[at] = endpoints->list[--endpoints->count];
}

bool daemon_listen(struct endpoints *endpoints, const struct endpoints *have, settings_say *say,
                   void *context, settings_say *warn, void *warn_context)
{
    char line[512];
    bool reload = have != NULL;
    for (size_t i = 0; i < endpoints->count;) {
        struct endpoint *endpoint = &endpoints->list[i];
        const char *what = "";
        if (reload && endpoints_find(have, &endpoint->address) != SIZE_MAX) {
            i++;
            continue;
        }
        int why = endpoint_open(endpoint, endpoints->workers, &what);
        if (why == 0) {
            i++;
            continue;
        }
        describe(endpoint, what, why, reload, line);
        if (!reload && !may_be_missing(why)) {
            say(context, line);
            return false;
        }
        if (endpoint->place.file != NULL || !may_be_missing(why))
            warn(warn_context, line);
        drop_endpoint(endpoints, i);
    }
    if (endpoints->count > 0)
        return true;
    say(context,
        "nothing to listen on: no address of this host matches listen-on or listen-on-v6; name one there");
    return false;
}

struct told {
    struct daemon *daemon;
    settings_say *say;
    void *context;
};

static void tell(void *context, const char *line)
{
    struct told *told = context;
    log_write(told->daemon->log, CONFIG_CATEGORY_CONFIG, CONFIG_ERROR, "reload: %s", line);
    if (told->say != NULL)
        told->say(told->context, line);
}

/* What does not hold though the rest does. */
static void warn(void *context, const char *line)
{
    struct told *told = context;
    log_write(told->daemon->log, CONFIG_CATEGORY_CONFIG, CONFIG_WARNING, "reload: %s", line);
    if (told->say != NULL)
        told->say(told->context, line);
}

/* Without sockets: the plan to compare the next one with, and what was listened on at any time. */
static bool remember(const struct daemon *daemon, const struct endpoints *endpoints, struct endpoints *kept,
                     struct endpoints *former)
{
    const struct endpoints *lists[] = {&daemon->former, &daemon->endpoints};
    *kept = *former = (struct endpoints){.workers = endpoints->workers};
    for (size_t i = 0; i < endpoints->count; i++)
        if (!endpoints_add(kept, &endpoints->list[i].address))
            return false;
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < lists[k]->count; i++)
            if (endpoints_find(former, &lists[k]->list[i].address) == SIZE_MAX &&
                !endpoints_add(former, &lists[k]->list[i].address))
                return false;
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_controls(const struct config *a, const struct config *b)
{
    if (a->controls_given != b->controls_given || a->control_count != b->control_count)
        return false;
    for (size_t i = 0; i < a->control_count; i++) {
        const struct config_control *one = &a->controls[i], *other = &b->controls[i];
        if (strcmp(one->path, other->path) != 0 || one->mode != other->mode || one->owner != other->owner ||
            one->group != other->group || one->read_only != other->read_only)
            return false;
    }
    return true;
}

/* What is set up once, at the start; `started` is the configuration of then. */
static void note_what_stays(struct told *told, const struct config *started, const struct config *new)
{
    const struct {
        const char *what;
        bool same;
    } fixed[] = {
        {"max-cache-size", started->max_cache_size == new->max_cache_size},
        {"pid-file", same_text(started->pid_file, new->pid_file)},
        {"controls", same_controls(started, new)},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "%s has changed: it needs a restart, until then the old one holds",
                 fixed[i].what);
        if (!fixed[i].same)
            warn(told, line);
    }
}

static bool open_round(struct daemon *daemon, struct settings *settings, struct round *round,
                       struct told *told)
{
    struct endpoints *endpoints = &round->endpoints;
    if (!endpoints_plan(endpoints, settings, daemon->worker_count)) {
        tell(told, "out of memory");
        return false;
    }
    for (size_t i = 0; i < endpoints->count; i++)
        endpoints->list[i].returning =
            endpoints_find(&daemon->former, &endpoints->list[i].address) != SIZE_MAX;
    return daemon_listen(endpoints, &daemon->endpoints, tell, told, warn, told);
}

/* The one in use, where nothing of it has changed. */
static bool open_dnstap(struct daemon *daemon, const struct settings *settings, struct dnstap **dnstap,
                        struct told *told)
{
    char problem[DNSTAP_PROBLEM_MAX];
    *dnstap = daemon->shared.dnstap;
    if (dnstap_same(daemon->settings->config, settings->config) ||
        dnstap_create(dnstap, settings->config, settings->base, daemon->worker_count, problem))
        return true;
    tell(told, problem);
    return false;
}

/* All or nothing: what cannot be taken back comes last. */
static bool take(struct daemon *daemon, struct settings *settings, struct round *round, struct told *told)
{
    char problem[LOG_PROBLEM_MAX] = "out of memory";
    const struct config *config = settings->config;
    struct endpoints kept, former;
    struct dnstap *dnstap;
    if (!open_round(daemon, settings, round, told) || !open_dnstap(daemon, settings, &dnstap, told))
        return false;
    if (!remember(daemon, &round->endpoints, &kept, &former) ||
        !quota_resize(daemon->shared.tcp_quota, config->tcp_clients) ||
        !log_configure(daemon->log, config, settings->base, daemon->options.to_stderr, daemon->options.debug,
                       problem)) {
        tell(told, problem);
        quota_resize(daemon->shared.tcp_quota, daemon->settings->config->tcp_clients);
        endpoints_free(&kept);
        endpoints_free(&former);
        if (dnstap != daemon->shared.dnstap)
            dnstap_destroy(dnstap);
        return false;
    }
    if (dnstap != daemon->shared.dnstap)
        round->former = daemon->shared.dnstap;
    daemon->shared.dnstap = dnstap;
    endpoints_free(&daemon->endpoints);
    endpoints_free(&daemon->former);
    daemon->endpoints = kept;
    daemon->former = former;
    waiting_resize(daemon->shared.waiting, config->recursive_clients);
    return true;
}

/* -- a reload: read in a thread, then taken by the main one ---------------------------------------- */

/* The whole configuration with what has changed of its zones; or one zone alone. */

struct reload {
    pthread_t thread;
    atomic_bool read;    /* the thread has done its part */
    struct reload *next; /* that waits until this one is over */
    struct daemon *daemon;
    settings_say *say;
    void (*then)(void *context, bool good);
    void *context;
    struct dns_name_buffer zone; /* length 0: all */
    struct settings *current;    /* that `former` is of */
    struct local *former;
    struct settings *settings; /* of all; NULL: there was an error */
    struct local *local;       /* of one zone; the same */
    char *lines;               /* what was said, each with its '\n' */
    size_t length;
    FILE *to;
};

static void gather(void *context, const char *line)
{
    struct reload *reload = context;
    fprintf(reload->to, "%s\n", line);
}

/* Large zones take seconds. libuv's pool would do as well, but ends the process when it gets no thread. */
static void *read_anew(void *context)
{
    struct reload *reload = context;
    if (reload->zone.length > 0)
        reload->local =
            local_load_zone(reload->current, reload->former, dns_name_view(&reload->zone), gather, reload);
    else
        reload->settings = settings_load(&reload->daemon->options, reload->former, gather, reload);
    atomic_store_explicit(&reload->read, true, memory_order_release);
    uv_async_send(&reload->daemon->done);
    return NULL;
}

/* Signals are the main thread's. */
static bool begin(struct reload *reload)
{
    sigset_t all, old;
    sigfillset(&all);
    reload->current = settings_keep(reload->daemon->settings);
    reload->former = local_keep(reload->current->local);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int why = pthread_create(&reload->thread, NULL, read_anew, reload);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (why == 0)
        return true;
    fprintf(reload->to, "no thread may be started: %s\n", strerror(why));
    return false;
}

static void say_gathered(struct reload *reload, struct told *told)
{
    char *rest;
    fclose(reload->to);
    for (char *line = reload->lines == NULL ? NULL : strtok_r(reload->lines, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        tell(told, line);
    free(reload->lines);
}

static void on_all_reloaded(struct round *round)
{
    struct reload *reload = round->context;
    endpoints_free(&round->endpoints); /* sockets a worker had no memory for are closed here */
    dnstap_destroy(round->former);
    trusted_settled(round->daemon->trusted);
    if (reload->then != NULL)
        reload->then(reload->context, true);
    free(reload);
}

/* False: the old settings stay. */
static bool use(struct reload *reload, struct told *told)
{
    struct daemon *daemon = reload->daemon;
    struct settings *settings = reload->settings;
    struct round *round = settings != NULL ? daemon_round(daemon, on_all_reloaded, reload) : NULL;
    if (round == NULL || !take(daemon, settings, round, told)) {
        settings_release(settings);
        if (round != NULL)
            endpoints_free(&round->endpoints);
        free(round);
        return false;
    }
    note_what_stays(told, daemon->first->config, settings->config);
    local_catch_up(settings->local, reload->former, daemon->settings->local);
    local_log_recursion(settings->config, daemon->log);
    local_log(daemon->settings->local, settings->local, daemon->log);
    settings = trusted_apply(daemon->trusted, settings);
    struct settings *before = daemon->settings;
    daemon->settings = settings;
    http_configure(daemon->http, warn, told);
    daemon->reloads++;
    daemon->reloaded = clock_now();
    for (unsigned i = 0; i < round->count; i++) {
        round->message[i].settings = settings_keep(settings);
        round->message[i].endpoints = &round->endpoints;
        round->message[i].dnstap = daemon->shared.dnstap;
    }
    daemon_post(round, MESSAGE_SETTINGS);
    daemon_notify(daemon, before->local);
    secondaries_configure(daemon->shared.secondaries); /* may hand out others: behind these */
    settings_release(before);
    log_write(daemon->log, CONFIG_CATEGORY_CONFIG, CONFIG_NOTICE, "reloaded the configuration");
    return true;
}

static void on_zone_reloaded(struct round *round)
{
    struct reload *reload = round->context;
    reload->then(reload->context, true);
    free(reload);
}

/* The same for one zone. */
static bool use_zone(struct reload *reload)
{
    struct daemon *daemon = reload->daemon;
    struct local *before = local_keep(daemon->settings->local);
    bool used = false;
    if (daemon->stopping) {
        local_release(reload->local);
    } else if (reload->local != NULL) {
        local_catch_up(reload->local, reload->former, before);
        local_log(before, reload->local, daemon->log);
        used = trusted_publish(daemon->trusted, reload->local, on_zone_reloaded, reload);
    }
    if (used)
        daemon_notify(daemon, before);
    local_release(before);
    return used;
}

/* It has been read, or will not be. */
static void end(struct reload *reload)
{
    struct daemon *daemon = reload->daemon;
    struct told told = {daemon, reload->say, reload->context};
    struct settings *current = reload->current;
    struct local *former = reload->former;
    bool all = reload->zone.length == 0;
    say_gathered(reload, &told);
    if (!(all ? use(reload, &told) : use_zone(reload))) {
        log_write(daemon->log, CONFIG_CATEGORY_CONFIG, CONFIG_ERROR, "reload failed: the old %s stays",
                  all ? "configuration" : "version of the zone");
        if (reload->then != NULL)
            reload->then(reload->context, false);
        free(reload);
    }
    local_release(former);
    settings_release(current);
}

void daemon_reload_end(struct daemon *daemon)
{
    struct reload *reload = daemon->reloading;
    if (reload == NULL || !atomic_load_explicit(&reload->read, memory_order_acquire))
        return;
    pthread_join(reload->thread, NULL);
    daemon->reloading = reload->next;
    end(reload);
    while ((reload = daemon->reloading) != NULL && (daemon->stopping || !begin(reload))) {
        daemon->reloading = reload->next;
        end(reload);
    }
}

/* Behind those that wait. */
static bool enqueue(struct daemon *daemon, const struct reload *wanted)
{
    struct reload **link = &daemon->reloading;
    struct reload *reload = daemon->stopping ? NULL : calloc(1, sizeof *reload);
    if (reload != NULL)
        *reload = *wanted;
    if (reload == NULL || (reload->to = open_memstream(&reload->lines, &reload->length)) == NULL) {
        free(reload);
        log_write(daemon->log, CONFIG_CATEGORY_CONFIG, CONFIG_ERROR, "no reload: %s",
                  daemon->stopping ? "the daemon is stopping" : "out of memory");
        return false;
    }
    while (*link != NULL)
        link = &(*link)->next;
    if (daemon->reloading == NULL && !begin(reload))
        end(reload);
    else
        *link = reload;
    return true;
}

bool daemon_reload(struct daemon *daemon, settings_say *say, void (*then)(void *context, bool good),
                   void *context)
{
    struct reload *first = daemon->reloading;
    for (struct reload *at = first; at != NULL && then == NULL; at = at->next)
        if (at != first && at->zone.length == 0)
            return true; /* one that has not begun will read what there is */
    return enqueue(daemon, &(struct reload){.daemon = daemon, .say = say, .then = then, .context = context});
}

bool daemon_reload_zone(struct daemon *daemon, struct dns_name zone, settings_say *say,
                        void (*then)(void *context, bool good), void *context)
{
    struct reload reload = {.daemon = daemon, .say = say, .then = then, .context = context};
    dns_name_copy(&reload.zone, zone);
    return enqueue(daemon, &reload);
}
