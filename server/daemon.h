/*
 * The process: what the main thread owns and does. It starts and ends the workers, reads the
 * configuration, takes signals and commands; it never touches a DNS packet.
 */
#ifndef SERVER_DAEMON_H
#define SERVER_DAEMON_H

#include "server/privileges.h"
#include "server/transfer_stream.h"
#include "server/worker.h"

struct control;
struct notifier;
struct http;
struct monitor;
struct daemon;
struct probes;
struct reload;
struct trusted;

/* One message to every worker, and what to do when all have handled it. */
struct round {
    struct round *next;
    struct daemon *daemon;
    void (*done)(struct round *round);
    void (*then)(struct round *round); /* trusted.c: after its own done(), or NULL */
    void *context;
    struct endpoints endpoints; /* MESSAGE_SETTINGS */
    struct dnstap *former;      /* MESSAGE_SETTINGS: that no worker uses behind it; or NULL */
    unsigned count;
    struct message message[];
};

struct daemon {
    struct options options;
    struct identity identity;
    struct log *log;
    struct settings *settings;
    struct settings *first; /* of the start: what a reload does not change */
    struct shared shared;
    struct transfer_limit transfers;
    struct notifier *notifier;
    struct endpoints endpoints; /* that the workers listen on */
    struct endpoints former;    /* that they listened on before a reload */
    struct worker **workers;
    unsigned worker_count;
    struct round *rounds;     /* that are not yet done */
    struct round *last_round; /* to stop by: made at the start, there may be no memory later */
    struct control *control;
    struct http *http;
    struct monitor *monitor; /* NULL: nobody has watched yet */
    struct trusted *trusted;
    struct probes *probes;
    char *pid_path; /* NULL: none written */
    char *config_path, *started_in;
    uv_loop_t loop;
    uv_async_t done;
    uv_signal_t hangup, terminate, interrupt;
    uint64_t started, reloaded; /* µs */
    unsigned reloads;
    struct reload *reloading; /* the one under way, and those that wait for it */
    bool stopping;
};

/* Everything up to serving. False after one line per problem on stderr. */
bool daemon_start(struct daemon *daemon);

/* Serves until told to stop; returns the exit status. */
int daemon_run(struct daemon *daemon);

/* -- for control.c and reload.c ----------------------------------------------------------------- */

struct round *daemon_round(struct daemon *daemon, void (*done)(struct round *), void *context);
void daemon_post(struct round *round, enum message_kind kind); /* it is freed after done() */
void daemon_stop(struct daemon *daemon);

/* notify.c: tells the secondaries of zones that `former` (NULL: there are none) has not, or in an older version, once the
   workers have handled what was posted to them before. */
void daemon_notify(struct daemon *daemon, struct local *former);
/* The same for one zone, news or not. False: it is not loaded, or nobody is to be told (notify no). */
bool daemon_notify_zone(struct daemon *daemon, struct dns_name name);
bool daemon_notify_start(struct daemon *daemon);

/* reload.c: reads the configuration and changed zones again, in a thread, while all is served as before. Each problem goes
   to the log and to `say`, which may be NULL, as may `then`: that is called when every worker serves by the new
   settings, or with false when the old ones stay. False: it does not even begin, and `then` is not called. One after the
   other. */
bool daemon_reload(struct daemon *daemon, settings_say *say, void (*then)(void *context, bool good),
                   void *context);

/* The same for one primary zone of ours, whether its file has changed or not; `then` is not NULL. */
bool daemon_reload_zone(struct daemon *daemon, struct dns_name zone, settings_say *say,
                        void (*then)(void *context, bool good), void *context);

/* reload.c: when `done` was signalled: the thread may have come to its end. */
void daemon_reload_end(struct daemon *daemon);

/* reload.c: opens what the settings ask for and `have` has not (NULL: this is the start). At the start
   an address that cannot be listened on is an error: false after `say`. On a reload it is left out after
   `warn`: by then the rights for it may be given up, and the rest should hold all the same. */
bool daemon_listen(struct endpoints *endpoints, const struct endpoints *have, settings_say *say,
                   void *context, settings_say *warn, void *warn_context);

#endif
