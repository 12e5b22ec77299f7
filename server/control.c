#include "server/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/control_line.h"
#include "server/failures.h"
#include "server/trusted.h"

struct control_socket {
    struct control *control;
    uv_poll_t poll;
    int fd;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    bool read_only, group;
    uid_t owner;
};

struct control {
    struct daemon *daemon;
    struct control_socket socket[CONTROL_SOCKETS];
    size_t count;
    unsigned connections;
    char warning[512];
    int reserve; /* a descriptor for the administrator when all others are in use */
};

struct connection {
    struct control *control;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    unsigned open;         /* handles that are not yet closed */
    bool closing, waiting; /* waiting: for the workers */
    bool read_only, stop;
    struct text text;
    size_t have;
    char line[CONTROL_LINE_MAX + 1];
};

/* -- the sockets ------------------------------------------------------------------------------- */

/* A socket file that nobody serves any more is in the way; one that somebody serves stays. */
static bool remove_stale(const struct sockaddr_un *address)
{
    struct stat status;
    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT;
    if (!S_ISSOCK(status.st_mode)) {
        errno = EEXIST;
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool served =
        fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);
    int why = served ? EADDRINUSE : errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return why == ECONNREFUSED && unlink(address->sun_path) == 0;
}

/* To the owner and group that are given, if it is still the socket we have bound. */
static bool give_away(const char *path, uid_t owner, gid_t group)
{
    struct stat status;
    int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return false;
    bool given = fstat(file, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_nlink == 1;
    if (!given)
        errno = EEXIST;
    given = given && fchownat(file, "", owner, group, AT_EMPTY_PATH) == 0;
    int why = errno;
    close(file);
    errno = why;
    return given;
}

struct binding {
    int fd;
    const struct config_control *wanted;
    struct sockaddr_un address;
};

static bool bind_socket(void *context)
{
    const struct binding *binding = context;
    if (!remove_stale(&binding->address))
        return false;
    mode_t mask = umask(0777 & ~binding->wanted->mode);
    bool bound = bind(binding->fd, (const struct sockaddr *)&binding->address, sizeof binding->address) == 0;
    umask(mask);
    return bound;
}

/* Nobody can connect before listen(). */
static bool serve_socket(const struct binding *binding, const struct identity *identity)
{
    const struct config_control *wanted = binding->wanted;
    struct stat status;
    uid_t owner = wanted->owner != UINT32_MAX ? wanted->owner : identity->given ? identity->uid : (uid_t)-1;
    gid_t group = wanted->group != UINT32_MAX ? wanted->group : (gid_t)-1;
    if (lstat(binding->address.sun_path, &status) != 0)
        return false;
    bool fits =
        (owner == (uid_t)-1 || owner == status.st_uid) && (group == (gid_t)-1 || group == status.st_gid);
    return (fits || give_away(binding->address.sun_path, owner, group)) && listen(binding->fd, 16) == 0;
}

static bool open_socket(struct control *control, const struct config_control *wanted)
{
    struct control_socket *socket_ = &control->socket[control->count];
    const struct identity *identity = &control->daemon->identity;
    struct binding binding = {.wanted = wanted, .address.sun_family = AF_UNIX};
    if (control->count == CONTROL_SOCKETS || strlen(wanted->path) >= sizeof binding.address.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(binding.address.sun_path, wanted->path);
    int fd = binding.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool bound = fd >= 0 && privileges_act(identity, bind_socket, &binding);
    if (!bound || !serve_socket(&binding, identity)) {
        int why = errno;
        if (bound)
            unlink(wanted->path);
        if (fd >= 0)
            close(fd);
        errno = why;
        return false;
    }
    *socket_ = (struct control_socket){.control = control, .fd = fd, .read_only = wanted->read_only};
    socket_->group = (wanted->mode & 0022) != 0;
    socket_->owner = wanted->owner;
    strcpy(socket_->path, wanted->path);
    control->count++;
    return true;
}

int control_make_directory(const struct identity *identity)
{
    if (mkdir(CONTROL_DIRECTORY, 0755) != 0)
        return errno == EEXIST ? 0 : errno;
    if (identity->given)
        (void)!lchown(CONTROL_DIRECTORY, identity->uid, identity->gid);
    return 0;
}

/* /run/rootwalk where that can be made or used, else the user's own place, else none. */
static void open_default(struct control *control)
{
    struct config_control wanted = {.mode = 0600, .owner = UINT32_MAX, .group = UINT32_MAX};
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char path[200];
    int unmade = control_make_directory(&control->daemon->identity);
    wanted.path = path;
    snprintf(path, sizeof path, "%s", CONTROL_PATH);
    if (open_socket(control, &wanted))
        return;
    int why = unmade != 0 ? unmade : errno;
    if (runtime != NULL && runtime[0] == '/') {
        snprintf(path, sizeof path, "%.150s/rootwalk.sock", runtime);
        if (open_socket(control, &wanted))
            return;
    }
    snprintf(
        control->warning, sizeof control->warning,
        "no control socket, so rootwalkctl cannot reach this daemon: cannot open " CONTROL_PATH ": %s; %s",
        strerror(why),
        why == EADDRINUSE ? "another daemon serves it: name another path in controls"
                          : "start as root with -u USER, or name a socket in a folder of yours: "
                            "controls { unix \"/path/to/socket\"; }; and rootwalkctl -s /path/to/socket");
}

const char *control_warning(const struct control *control)
{
    return control->warning;
}

struct control *control_create(struct daemon *daemon, char problem[512])
{
    struct control *control = calloc(1, sizeof *control);
    const struct config *config = daemon->settings->config;
    snprintf(problem, 512, "out of memory");
    if (control == NULL)
        return NULL;
    control->daemon = daemon;
    control->reserve = open("/", O_PATH | O_CLOEXEC);
    if (!config->controls_given)
        open_default(control);
    for (size_t i = 0; i < config->control_count; i++) {
        const struct config_control *wanted = &config->controls[i];
        if (strncmp(wanted->path, CONTROL_DIRECTORY "/", sizeof CONTROL_DIRECTORY) == 0)
            control_make_directory(&daemon->identity);
        if (open_socket(control, wanted))
            continue;
        snprintf(problem, 512, "%s:%u: cannot open the control socket %.100s: %s; %s", wanted->place.file,
                 wanted->place.line, wanted->path, strerror(errno),
                 errno == EADDRINUSE ? "another daemon serves it: stop that one, or name another path"
                                     : "name a path in a folder that may be written to");
        control_destroy(control);
        return NULL;
    }
    return control;
}

const char *control_path(const struct control *control)
{
    return control->count > 0 ? control->socket[0].path : NULL;
}

void control_close(struct control *control)
{
    for (size_t i = 0; i < control->count; i++) {
        (void)unlink(control->socket[i].path);
        uv_close((uv_handle_t *)&control->socket[i].poll, NULL);
        close(control->socket[i].fd);
        control->socket[i].fd = -1;
    }
}

void control_destroy(struct control *control)
{
    if (control == NULL)
        return;
    for (size_t i = 0; i < control->count; i++) {
        if (control->socket[i].fd < 0)
            continue;
        (void)unlink(control->socket[i].path);
        close(control->socket[i].fd);
    }
    if (control->reserve >= 0)
        close(control->reserve);
    free(control);
}

/* -- a connection ------------------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    if (--connection->open > 0 || connection->waiting)
        return;
    connection->control->connections--;
    if (connection->control->reserve < 0)
        connection->control->reserve = open("/", O_PATH | O_CLOEXEC);
    free(connection->text.octets);
    free(connection);
}

static void hang_up(struct connection *connection)
{
    if (connection->closing)
        return;
    connection->closing = true;
    uv_close((uv_handle_t *)&connection->pipe, on_closed);
    uv_close((uv_handle_t *)&connection->timer, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->data;
    (void)status;
    if (connection->stop)
        daemon_stop(connection->control->daemon);
    hang_up(connection);
}

static void send_text(struct connection *connection)
{
    uv_buf_t buffer = uv_buf_init(connection->text.octets, (unsigned)connection->text.length);
    connection->write.data = connection;
    if (connection->closing)
        return;
    if (connection->text.failed ||
        uv_write(&connection->write, (uv_stream_t *)&connection->pipe, &buffer, 1, on_written) != 0)
        hang_up(connection);
}

static void say_error(struct connection *connection, const char *why)
{
    text_add(&connection->text, "error: %s\n", why);
    send_text(connection);
}

static void say_ok(struct connection *connection)
{
    text_add(&connection->text, "ok\n");
    send_text(connection);
}

/* The workers have done what was asked. The client may be gone by now. */
static bool is_back(struct connection *connection)
{
    connection->waiting = false;
    if (connection->open > 0)
        return true;
    connection->open = 1;
    connection->pipe.data = connection;
    on_closed((uv_handle_t *)&connection->pipe);
    return false;
}

static void on_statistics(struct round *round)
{
    struct connection *connection = round->context;
    if (!is_back(connection))
        return;
    control_write_statistics(&connection->text, round->daemon, round);
    say_ok(connection);
}

static void on_reloaded(struct round *round)
{
    struct connection *connection = round->context;
    if (is_back(connection))
        say_ok(connection);
}

static void tell(void *context, const char *line)
{
    struct connection *connection = context;
    text_add(&connection->text, "%s\n", line);
}

static void ask_statistics(struct connection *connection)
{
    struct round *round = daemon_round(connection->control->daemon, on_statistics, connection);
    if (round == NULL) {
        say_error(connection, "out of memory");
        return;
    }
    connection->waiting = true;
    daemon_post(round, MESSAGE_STATISTICS);
}

static void reload(struct connection *connection)
{
    connection->waiting = true;
    if (daemon_reload(connection->control->daemon, tell, connection, on_reloaded, connection))
        return;
    connection->waiting = false;
    say_error(connection, "the old configuration stays");
}

/* Negative trust anchors. */
static void except(struct connection *connection, const struct control_line *line)
{
    struct trusted *trusted = connection->control->daemon->trusted;
    struct dns_name name = dns_name_view(&line->name);
    connection->waiting = true;
    bool done =
        line->verb == CONTROL_EXCEPT
            ? trusted_except(trusted, name, line->lifetime, &connection->text, on_reloaded, connection)
            : trusted_unexcept(trusted, name, &connection->text, on_reloaded, connection);
    if (done)
        return;
    connection->waiting = false;
    say_error(connection, "nothing was changed");
}

static void flush(struct connection *connection, const struct control_line *line)
{
    struct cache *cache = connection->control->daemon->shared.cache;
    struct dns_name name = dns_name_view(&line->name);
    uint64_t count = line->verb == CONTROL_FLUSH        ? cache_flush(cache)
                     : line->verb == CONTROL_FLUSH_NAME ? cache_flush_name(cache, name)
                                                        : cache_flush_tree(cache, name);
    text_add(&connection->text, "%llu entries forgotten\n", (unsigned long long)count);
    say_ok(connection);
}

static void show_failures(struct connection *connection, const struct control_line *line)
{
    struct recorder *recorder = connection->control->daemon->shared.recorder;
    uint64_t now = (uint64_t)time(NULL);
    struct recorder_filter filter = {
        .since = line->failures.since == 0 || line->failures.since > now ? 0 : now - line->failures.since,
        .name = line->failures.named ? dns_name_view(&line->name) : (struct dns_name){0},
        .client = line->failures.client,
    };
    if (line->failures.id == 0)
        failures_write_list(recorder, &filter, line->failures.json, &connection->text);
    else if (!failures_write_one(recorder, line->failures.id, line->failures.json, &connection->text)) {
        say_error(connection, "no such failure, or it was so long ago that newer ones have taken its room");
        return;
    }
    say_ok(connection);
}

static void carry_out(struct connection *connection, const struct control_line *line)
{
    struct daemon *daemon = connection->control->daemon;
    switch (line->verb) {
    case CONTROL_STATUS:
        control_write_status(&connection->text, daemon);
        break;
    case CONTROL_VERSION:
        text_add(&connection->text, "rootwalk " ROOTWALK_VERSION "\n");
        break;
    case CONTROL_HELP:
        text_add(&connection->text, "%s", control_help);
        break;
    case CONTROL_STOP:
        connection->stop = true;
        break;
    case CONTROL_STATISTICS:
        ask_statistics(connection);
        return;
    case CONTROL_RELOAD:
        reload(connection);
        return;
    case CONTROL_EXCEPT:
    case CONTROL_UNEXCEPT:
        except(connection, line);
        return;
    case CONTROL_EXCEPTIONS:
        trusted_list_exceptions(daemon->trusted, &connection->text);
        break;
    case CONTROL_KEYS:
        trusted_list_keys(daemon->trusted, &connection->text);
        break;
    case CONTROL_FAILURES:
        show_failures(connection, line);
        return;
    default:
        flush(connection, line);
        return;
    }
    say_ok(connection);
}

static void serve_line(struct connection *connection)
{
    struct daemon *daemon = connection->control->daemon;
    struct control_line line;
    char problem[CONTROL_PROBLEM_MAX], said[256];
    snprintf(said, sizeof said, "%.255s", connection->line); /* it is taken apart by reading it */
    uv_read_stop((uv_stream_t *)&connection->pipe);
    uv_timer_stop(&connection->timer);
    if (!control_line_read(connection->line, &line, problem)) {
        say_error(connection, problem);
        return;
    }
    if (connection->read_only && control_verb_changes(line.verb)) {
        say_error(connection, "this control socket is read-only");
        return;
    }
    if (control_verb_changes(line.verb))
        log_write(daemon->log, CONFIG_CATEGORY_CONTROL, CONFIG_INFO, "command %s", said);
    carry_out(connection, &line);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    (void)buffer;
    if (length < 0) {
        hang_up(connection);
        return;
    }
    connection->have += (size_t)length;
    char *end = memchr(connection->line, '\n', connection->have);
    if (end != NULL) {
        *end = '\0';
        serve_line(connection);
    } else if (connection->have == CONTROL_LINE_MAX) {
        uv_read_stop(stream);
        say_error(connection, "a command is one line of at most 4096 octets");
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct connection *connection = handle->data;
    (void)suggested;
    *buffer =
        uv_buf_init(connection->line + connection->have, (unsigned)(CONTROL_LINE_MAX - connection->have));
}

static void on_late(uv_timer_t *timer)
{
    hang_up(timer->data);
}

static bool is_allowed(const struct control_socket *socket_, int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid() || peer.uid == socket_->owner || socket_->group;
}

static void accept_one(struct control_socket *socket_, int fd)
{
    struct control *control = socket_->control;
    struct connection *connection = NULL;
    if (control->connections < CONTROL_CONNECTIONS && is_allowed(socket_, fd))
        connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        log_limited(control->daemon->log, LOG_KIND_CONTROL, clock_now(), CONFIG_CATEGORY_CONTROL,
                    CONFIG_WARNING, "a connection to %s was refused", socket_->path);
        close(fd);
        return;
    }
    control->connections++;
    connection->control = control;
    connection->read_only = socket_->read_only;
    connection->open = 2;
    uv_pipe_init(&control->daemon->loop, &connection->pipe, 0);
    uv_timer_init(&control->daemon->loop, &connection->timer);
    connection->pipe.data = connection->timer.data = connection;
    if (uv_pipe_open(&connection->pipe, fd) != 0) {
        close(fd);
        hang_up(connection);
        return;
    }
    uv_timer_start(&connection->timer, on_late, CONTROL_TIME, 0);
    uv_read_start((uv_stream_t *)&connection->pipe, allocate, on_read);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct control_socket *socket_ = poll->data;
    (void)status;
    (void)events;
    int fd = accept4(socket_->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE) && socket_->control->reserve >= 0) {
        close(socket_->control->reserve);
        socket_->control->reserve = -1;
        fd = accept4(socket_->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    }
    if (fd >= 0)
        accept_one(socket_, fd);
}

bool control_start(struct control *control)
{
    for (size_t i = 0; i < control->count; i++) {
        struct control_socket *socket_ = &control->socket[i];
        if (uv_poll_init(&control->daemon->loop, &socket_->poll, socket_->fd) != 0)
            return false;
        socket_->poll.data = socket_;
        uv_poll_start(&socket_->poll, UV_READABLE, on_readable);
    }
    return true;
}
