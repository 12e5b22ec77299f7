#include "server/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/session.h"

enum { RETRY = 10 /* ms */ };

struct control_socket {
    struct control *control;
    uv_poll_t poll;
    int fd;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    bool read_only, group;
    uid_t owner;
    int late; /* has connected, and is served when there is room; nobody else is before that. -1: nobody */
};

/* A session, and whose it is. */
struct held {
    struct control *control;
    struct held *next; /* the one before it */
    struct session *session;
    uid_t uid;
};

struct control {
    struct daemon *daemon;
    struct control_socket socket[CONTROL_SOCKETS];
    size_t count;
    unsigned sessions;
    struct held *held; /* the newest first */
    uv_timer_t retry;  /* for those that are late */
    char warning[512];
    int reserve; /* a descriptor for the administrator when all others are in use */
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
    *socket_ =
        (struct control_socket){.control = control, .fd = fd, .read_only = wanted->read_only, .late = -1};
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
    uv_close((uv_handle_t *)&control->retry, NULL);
    for (struct held *held = control->held; held != NULL; held = held->next)
        session_hang_up(held->session);
    for (size_t i = 0; i < control->count; i++) {
        (void)unlink(control->socket[i].path);
        uv_close((uv_handle_t *)&control->socket[i].poll, NULL);
        close(control->socket[i].fd);
        control->socket[i].fd = -1;
        if (control->socket[i].late >= 0)
            close(control->socket[i].late);
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

/* -- who connects ------------------------------------------------------------------------------ */

static bool is_allowed(const struct control_socket *socket_, int fd, struct session_peer *peer)
{
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
        return false;
    peer->uid = credentials.uid;
    peer->pid = credentials.pid;
    return peer->uid == 0 || peer->uid == geteuid() || peer->uid == socket_->owner || socket_->group;
}

static void on_session_end(void *context)
{
    struct held *held = context, **link = &held->control->held;
    struct control *control = held->control;
    while (*link != held)
        link = &(*link)->next;
    *link = held->next;
    free(held);
    control->sessions--;
    if (control->reserve < 0)
        control->reserve = open("/", O_PATH | O_CLOEXEC);
}

enum room { ROOM, ROOM_LATER, NO_ROOM };

/* Where there are too many, the eldest one goes that has not said what it wants, or does not read its answer: of the
   same user, when those are too many. Those that a worker keeps waiting will end or may go soon. */
static enum room make_room(struct control *control, uid_t uid)
{
    struct session *of_user = NULL, *of_any = NULL;
    unsigned users = 0;
    bool user_passes = false, any_passes = false;
    for (struct held *held = control->held; held != NULL; held = held->next) {
        bool may_go = session_is_idle(held->session), passes = session_is_passing(held->session);
        any_passes |= passes;
        if (may_go)
            of_any = held->session;
        if (held->uid != uid)
            continue;
        users++;
        user_passes |= passes;
        if (may_go)
            of_user = held->session;
    }
    bool crowd = users >= CONTROL_SESSIONS_OF_USER;
    if (!crowd && control->sessions < CONTROL_SESSIONS)
        return ROOM;
    struct session *going = crowd ? of_user : of_any;
    if (going == NULL)
        return (crowd ? user_passes : any_passes) ? ROOM_LATER : NO_ROOM;
    session_hang_up(going); /* gone before the loop's next turn, which brings the next connection */
    return ROOM;
}

static bool begin_session(struct control *control, int fd, const struct session_peer *peer)
{
    struct held *held = calloc(1, sizeof *held);
    if (held == NULL)
        return false;
    *held = (struct held){.control = control, .next = control->held, .uid = peer->uid};
    held->session = session_begin(control->daemon, fd, peer, on_session_end, held);
    if (held->session == NULL) {
        free(held);
        return false;
    }
    control->held = held;
    control->sessions++;
    return true;
}

static void on_retry(uv_timer_t *timer);

/* As text: what was asked has not been read. */
static const char crowded[] =
    "error: too many are served already: try again when one of them has its answer\n";

static void accept_one(struct control_socket *socket_, int fd)
{
    struct control *control = socket_->control;
    struct session_peer peer = {.read_only = socket_->read_only};
    bool allowed = is_allowed(socket_, fd, &peer);
    enum room room = allowed ? make_room(control, peer.uid) : NO_ROOM;
    if (room == ROOM && begin_session(control, fd, &peer))
        return;
    if (room == ROOM_LATER) {
        socket_->late = fd;
        uv_poll_stop(&socket_->poll);
        uv_timer_start(&control->retry, on_retry, RETRY, 0);
        return;
    }
    log_limited(control->daemon->log, LOG_KIND_CONTROL, clock_now(), CONFIG_CATEGORY_CONTROL, CONFIG_WARNING,
                "a connection to %s was refused", socket_->path);
    if (allowed)
        (void)!send(fd, crowded, sizeof crowded - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
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

static void on_retry(uv_timer_t *timer)
{
    struct control *control = timer->data;
    for (size_t i = 0; i < control->count; i++) {
        struct control_socket *socket_ = &control->socket[i];
        int fd = socket_->late;
        if (fd < 0)
            continue;
        socket_->late = -1;
        uv_poll_start(&socket_->poll, UV_READABLE, on_readable);
        accept_one(socket_, fd);
    }
}

bool control_start(struct control *control)
{
    if (uv_timer_init(&control->daemon->loop, &control->retry) != 0)
        return false;
    control->retry.data = control;
    for (size_t i = 0; i < control->count; i++) {
        struct control_socket *socket_ = &control->socket[i];
        if (uv_poll_init(&control->daemon->loop, &socket_->poll, socket_->fd) != 0)
            return false;
        socket_->poll.data = socket_;
        uv_poll_start(&socket_->poll, UV_READABLE, on_readable);
    }
    return true;
}
