#include "server/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "server/control.h"
#include "server/http.h"
#include "server/local.h"
#include "server/loop.h"
#include "server/monitor.h"
#include "server/notifier.h"
#include "server/probe.h"
#include "server/quota.h"
#include "server/secondaries.h"
#include "server/trusted.h"

/* -- rounds of messages to the workers ----------------------------------------------------------- */

struct round *daemon_round(struct daemon *daemon, void (*done)(struct round *), void *context)
{
    if (daemon->stopping)
        return NULL; /* the workers listen no more */
    struct round *round = calloc(1, sizeof *round + daemon->worker_count * sizeof round->message[0]);
    if (round == NULL)
        return NULL;
    round->daemon = daemon;
    round->done = done;
    round->context = context;
    round->count = daemon->worker_count;
    return round;
}

void daemon_post(struct round *round, enum message_kind kind)
{
    struct daemon *daemon = round->daemon;
    round->next = daemon->rounds;
    daemon->rounds = round;
    for (unsigned i = 0; i < round->count; i++) {
        round->message[i].kind = kind;
        worker_post(daemon->workers[i], &round->message[i]);
    }
}

static bool is_handled(struct round *round)
{
    for (unsigned i = 0; i < round->count; i++)
        if (!atomic_load_explicit(&round->message[i].handled, memory_order_acquire))
            return false;
    return true;
}

static void on_done(uv_async_t *async)
{
    struct daemon *daemon = async->data;
    struct round **link = &daemon->rounds;
    while (*link != NULL) {
        struct round *round = *link;
        if (!is_handled(round)) {
            link = &round->next;
            continue;
        }
        *link = round->next;
        round->done(round);
        free(round);
        link = &daemon->rounds; /* done() may have posted another */
    }
    daemon_reload_end(daemon);
}

/* -- the start ----------------------------------------------------------------------------------- */

static void say_stderr(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "rootwalk: %s\n", line);
}

static bool refuse(const char *problem)
{
    say_stderr(NULL, problem);
    return false;
}

static void warn_log(void *context, const char *line)
{
    struct daemon *daemon = context;
    log_write(daemon->log, CONFIG_CATEGORY_NETWORK, CONFIG_WARNING, "%s", line);
}

static unsigned processors(void)
{
    cpu_set_t set;
    unsigned count = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
    return count > OPTIONS_WORKERS_PRESET_MAX ? OPTIONS_WORKERS_PRESET_MAX : count;
}

/* Names that are looked for again on a reload, when the current directory may be another. What is missing is
   said where it is read. */
static bool keep_paths(struct daemon *daemon)
{
    daemon->options.started_in = daemon->started_in = getcwd(NULL, 0);
    if (daemon->started_in == NULL && errno == ENOMEM)
        return refuse("out of memory");
    daemon->config_path = realpath(daemon->options.config, NULL);
    if (daemon->config_path != NULL)
        daemon->options.config = daemon->config_path;
    return daemon->config_path != NULL || errno != ENOMEM || refuse("out of memory");
}

static bool enter_directory(const struct daemon *daemon)
{
    char problem[1024];
    const char *directory = daemon->settings->base;
    if (daemon->settings->config->directory == NULL)
        return daemon->options.foreground || chdir("/") == 0;
    if (chdir(directory) == 0)
        return true;
    snprintf(problem, sizeof problem,
             "cannot work in the directory %s: %s; create it or change directory in %s", directory,
             strerror(errno), daemon->options.config);
    return refuse(problem);
}

struct pid_file {
    const char *path;
    const struct identity *identity;
};

/* A file with a second name is not ours to overwrite: it may be a trap. Where only root may make it, it is
   given to the daemon's user, who has to empty it in the end. */
static bool write_pid_file(void *context)
{
    const struct pid_file *file = context;
    const struct identity *identity = file->identity;
    struct stat status;
    int fd = open(file->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (fd < 0)
        return false;
    bool written = fstat(fd, &status) == 0;
    if (written && (!S_ISREG(status.st_mode) || status.st_nlink != 1)) {
        errno = EEXIST;
        written = false;
    }
    written = written && ftruncate(fd, 0) == 0 && dprintf(fd, "%ld\n", (long)getpid()) > 0;
    if (written && identity->given && geteuid() == 0)
        written = fchown(fd, identity->uid, identity->gid) == 0;
    int why = errno;
    close(fd);
    errno = why;
    return written;
}

/* The daemon's user may own the file and yet not be allowed to remove it: then it is left empty, so that
   nobody takes the number in it for a process of ours. */
static void remove_pid(struct daemon *daemon)
{
    const char *path = daemon->pid_path;
    if (path == NULL || unlink(path) == 0 || errno == ENOENT)
        return;
    int why = errno;
    bool emptied = truncate(path, 0) == 0;
    log_write(daemon->log, CONFIG_CATEGORY_GENERAL, CONFIG_WARNING,
              "cannot remove the pid-file %s: %s%s; put it where the daemon's user may write, such "
              "as " CONTROL_DIRECTORY,
              path, strerror(why), emptied ? ", it is left empty" : "");
}

static bool write_pid(struct daemon *daemon)
{
    char problem[1300];
    const char *file = daemon->settings->config->pid_file;
    char path[1024];
    if (file == NULL)
        return true;
    if (file[0] == '/')
        snprintf(path, sizeof path, "%s", file);
    else
        snprintf(path, sizeof path, "%s/%s", daemon->settings->base, file);
    if (strncmp(path, CONTROL_DIRECTORY "/", sizeof CONTROL_DIRECTORY) == 0)
        control_make_directory(&daemon->identity);
    bool written =
        privileges_act(&daemon->identity, write_pid_file, &(struct pid_file){path, &daemon->identity});
    int why = errno;
    daemon->pid_path = written ? realpath(path, NULL) : NULL;
    if (written)
        return true;
    snprintf(problem, sizeof problem,
             "cannot write the pid-file %s: %s; create its folder or change pid-file", path, strerror(why));
    return refuse(problem);
}

static bool open_everything(struct daemon *daemon)
{
    char problem[LOG_PROBLEM_MAX];
    if (!endpoints_plan(&daemon->endpoints, daemon->settings, daemon->worker_count))
        return refuse("out of memory");
    if (!daemon_listen(&daemon->endpoints, NULL, say_stderr, NULL, warn_log, daemon) ||
        !enter_directory(daemon))
        return false;
    daemon->control = control_create(daemon, problem);
    if (daemon->control == NULL)
        return refuse(problem);
    daemon->http = http_create(daemon, say_stderr, NULL);
    if (daemon->http == NULL || !write_pid(daemon))
        return false;
    trusted_make_directory(daemon->settings, &daemon->identity);
    if (!privileges_drop(&daemon->identity, problem))
        return refuse(problem);
    if (!log_configure(daemon->log, daemon->settings->config, daemon->settings->base,
                       daemon->options.to_stderr, daemon->options.debug, problem))
        return refuse(problem);
    daemon->trusted = trusted_create(daemon);
    if (daemon->trusted == NULL)
        return refuse("out of memory");
    daemon->settings = trusted_apply(daemon->trusted, daemon->settings);
    return true;
}

static bool make_shared(struct daemon *daemon)
{
    uint8_t key[24];
    char problem[256];
    uint64_t size = daemon->settings->config->max_cache_size;
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        return refuse("the kernel gives no random numbers");
    memcpy(&daemon->shared.seed, key + 16, sizeof daemon->shared.seed);
    daemon->shared.waiting = waiting_create(daemon->settings->config->recursive_clients, key);
    if (daemon->shared.waiting == NULL)
        return refuse("out of memory");
    daemon->shared.cache = cache_create(&(struct cache_options){.size = size, .key = key});
    if (daemon->shared.cache != NULL)
        return true;
    snprintf(problem, sizeof problem, "no memory for a cache of %llu octets: %s; lower max-cache-size",
             (unsigned long long)size, strerror(errno));
    return refuse(problem);
}

static bool make_dnstap(struct daemon *daemon)
{
    char problem[DNSTAP_PROBLEM_MAX];
    const struct settings *settings = daemon->settings;
    return dnstap_create(&daemon->shared.dnstap, settings->config, settings->base, daemon->worker_count,
                         problem) ||
           refuse(problem);
}

static bool make_workers(struct daemon *daemon)
{
    daemon->workers = calloc(daemon->worker_count, sizeof *daemon->workers);
    daemon->shared.log = daemon->log;
    daemon->shared.recorder = recorder_create();
    daemon->shared.worker = daemon->workers;
    daemon->shared.workers = daemon->worker_count;
    daemon->shared.trace = daemon->options.to_stderr && daemon->options.debug > 0;
    daemon->shared.done = &daemon->done;
    daemon->transfers.most = TRANSFERS_OUT;
    daemon->shared.transfers = &daemon->transfers;
    daemon->shared.tcp_quota = quota_create(daemon->settings->config->tcp_clients);
    daemon->last_round = daemon_round(daemon, NULL, NULL);
    if (daemon->workers == NULL || daemon->shared.recorder == NULL || daemon->shared.tcp_quota == NULL ||
        daemon->last_round == NULL)
        return refuse("out of memory");
    for (unsigned i = 0; i < daemon->worker_count; i++) {
        daemon->workers[i] =
            worker_create(i, &daemon->shared, settings_keep(daemon->settings), &daemon->endpoints);
        if (daemon->workers[i] == NULL)
            return refuse("no memory or descriptors for another worker; lower -n");
    }
    return true;
}

static void on_hangup(uv_signal_t *signal, int number)
{
    (void)number;
    daemon_reload(signal->data, NULL, NULL, NULL);
}

static void on_end(uv_signal_t *signal, int number)
{
    (void)number;
    daemon_stop(signal->data);
}

static bool heed_signal(struct daemon *daemon, uv_signal_t *signal, uv_signal_cb then, int number)
{
    signal->data = daemon;
    return uv_signal_init(&daemon->loop, signal) == 0 && uv_signal_start(signal, then, number) == 0;
}

static bool make_loop(struct daemon *daemon)
{
    if (!loop_open(&daemon->loop))
        return refuse("no memory or descriptors for an event loop; raise the limit of open files");
    daemon->done.data = daemon;
    if (uv_async_init(&daemon->loop, &daemon->done, on_done) != 0 ||
        !heed_signal(daemon, &daemon->hangup, on_hangup, SIGHUP) ||
        !heed_signal(daemon, &daemon->terminate, on_end, SIGTERM) ||
        !heed_signal(daemon, &daemon->interrupt, on_end, SIGINT))
        return refuse("no memory or descriptors for an event loop");
    daemon->probes = probes_create(daemon);
    if (daemon->probes == NULL)
        return refuse("no memory or descriptors for an event loop");
    if (!daemon_notify_start(daemon))
        return refuse("no memory or descriptors for NOTIFY");
    daemon->shared.secondaries = secondaries_create(daemon);
    if (daemon->shared.secondaries == NULL)
        return refuse("no memory or descriptors for secondary zones");
    return (control_start(daemon->control) ||
            refuse("no memory or descriptors to watch the control socket")) &&
           (http_start(daemon->http) || refuse("no memory or descriptors to serve statistics-channels"));
}

/* Signals are the main thread's. */
static bool start_workers(struct daemon *daemon)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = true;
    for (unsigned i = 0; started && i < daemon->worker_count; i++)
        started = worker_start(daemon->workers[i]);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started || refuse("no more threads may be started; lower -n");
}

static void tidy_failed_start(struct daemon *daemon)
{
    if (daemon->control != NULL)
        control_destroy(daemon->control);
    daemon->control = NULL;
    remove_pid(daemon);
}

static bool prepare(struct daemon *daemon)
{
    char problem[PRIVILEGES_PROBLEM_MAX];
    daemon->log = log_create();
    if (daemon->log == NULL)
        return refuse("out of memory");
    /* The connection to syslog is made now: the chroot has no /dev/log. */
    openlog("rootwalk", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    signal(SIGPIPE, SIG_IGN);
    privileges_raise_descriptors();
    if (daemon->options.user != NULL && !privileges_find(daemon->options.user, &daemon->identity, problem))
        return refuse(problem);
    if (daemon->options.chroot != NULL && !privileges_chroot(daemon->options.chroot, problem))
        return refuse(problem);
    if (!keep_paths(daemon))
        return false;
    daemon->settings = settings_load(&daemon->options, NULL, say_stderr, NULL);
    daemon->worker_count = daemon->options.workers > 0 ? daemon->options.workers : processors();
    if (daemon->settings == NULL)
        return false;
    daemon->first = settings_keep(daemon->settings);
    return true;
}

/* In the log, and for who started it in the background also on the terminal. */
static void warn_of_no_control(const struct daemon *daemon)
{
    const char *warning = control_warning(daemon->control);
    if (warning[0] == '\0')
        return;
    log_write(daemon->log, CONFIG_CATEGORY_CONTROL, CONFIG_WARNING, "%s", warning);
    if (!daemon->options.foreground)
        say_stderr(NULL, warning);
}

bool daemon_start(struct daemon *daemon)
{
    daemon->started = clock_now();
    if (!prepare(daemon))
        return false;
    if (!open_everything(daemon) || !make_shared(daemon) || !make_loop(daemon) || !make_dnstap(daemon) ||
        !make_workers(daemon) || !start_workers(daemon)) {
        tidy_failed_start(daemon);
        return false;
    }
    log_write(daemon->log, CONFIG_CATEGORY_GENERAL, CONFIG_NOTICE,
              "rootwalk " ROOTWALK_VERSION " serves with %u worker%s, control socket %s",
              daemon->worker_count, daemon->worker_count == 1 ? "" : "s",
              control_path(daemon->control) != NULL ? control_path(daemon->control) : "none");
    warn_of_no_control(daemon);
    local_log_recursion(daemon->settings->config, daemon->log);
    local_log(NULL, daemon->settings->local, daemon->log);
    trusted_start(daemon->trusted);
    daemon_notify(daemon, NULL);
    secondaries_configure(daemon->shared.secondaries);
    for (size_t i = 0; i < daemon->endpoints.count; i++) {
        char address[DNS_ADDRESS_TEXT_MAX];
        log_write(daemon->log, CONFIG_CATEGORY_NETWORK, CONFIG_INFO, "listening on %s",
                  dns_address_to_text(&daemon->endpoints.list[i].address, address));
    }
    return true;
}

/* -- the end ------------------------------------------------------------------------------------- */

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_workers_stopped(struct round *round)
{
    struct daemon *daemon = round->daemon;
    uv_stop(&daemon->loop);
}

void daemon_stop(struct daemon *daemon)
{
    if (daemon->stopping)
        return;
    log_write(daemon->log, CONFIG_CATEGORY_GENERAL, CONFIG_NOTICE, "stopping");
    daemon->stopping = true;
    daemon->last_round->done = on_workers_stopped;
    daemon_post(daemon->last_round, MESSAGE_STOP);
}

static void tidy(struct daemon *daemon)
{
    while (daemon->reloading != NULL) /* its thread uses what is freed below */
        uv_run(&daemon->loop, UV_RUN_ONCE);
    for (unsigned i = 0; i < daemon->worker_count; i++)
        worker_join(daemon->workers[i]);
    for (unsigned i = 0; i < daemon->worker_count; i++)
        relay_destroy(daemon->workers[i]);
    for (unsigned i = 0; i < daemon->worker_count; i++)
        worker_destroy(daemon->workers[i]);
    free(daemon->workers);
    dnstap_destroy(daemon->shared.dnstap);
    control_close(daemon->control);
    notifier_close(daemon->notifier);
    secondaries_close(daemon->shared.secondaries);
    http_close(daemon->http);
    uv_run(&daemon->loop, UV_RUN_NOWAIT);
    probes_close(daemon->probes);
    uv_walk(&daemon->loop, close_handle, NULL);
    uv_run(&daemon->loop, UV_RUN_DEFAULT); /* until what is under way on other threads has ended */
    uv_loop_close(&daemon->loop);
    control_destroy(daemon->control);
    probes_destroy(daemon->probes);
    http_destroy(daemon->http);
    monitor_destroy(daemon->monitor);
    remove_pid(daemon);
    endpoints_free(&daemon->endpoints);
    endpoints_free(&daemon->former);
    cache_destroy(daemon->shared.cache);
    secondaries_destroy(daemon->shared.secondaries);
    quota_destroy(daemon->shared.tcp_quota);
    waiting_destroy(daemon->shared.waiting);
    recorder_destroy(daemon->shared.recorder);
    trusted_destroy(daemon->trusted);
    settings_release(daemon->settings);
    settings_release(daemon->first);
    log_destroy(daemon->log);
    free(daemon->pid_path);
    free(daemon->config_path);
    free(daemon->started_in);
}

int daemon_run(struct daemon *daemon)
{
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    tidy(daemon);
    return 0;
}
