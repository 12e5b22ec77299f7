#include "server/session.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "server/clock.h"
#include "server/verbs.h"

enum state {
    READING,   /* the line has not come */
    RECEIVING, /* more than the line comes */
    ANSWERING, /* its verb has it */
    STREAMING, /* `more` goes on when what there is has gone */
    EVENTS,    /* something comes now and then */
    ENDING,    /* the last octets are on their way */
    CLOSING,
};

struct session {
    struct daemon *daemon;
    struct session_peer peer;
    void (*ended)(void *context);
    void *ended_context;
    enum state state;
    unsigned held; /* handles that are not closed, and waiting */
    bool stop;
    uv_pipe_t pipe;
    uv_timer_t timer;
    bool (*more)(void *context, struct report *report);
    void (*end)(void *context); /* of a stream, or of events */
    void *context;
    struct control_request request;
    struct report report;
    struct session_inbox inbox;
    size_t received;   /* since the last rest */
    size_t have, used; /* octets of `line`, and of them those of the line itself */
    char line[CONTROL_LINE_MAX + 1];
};

/* What is being written owns its octets. */
struct piece {
    uv_write_t write;
    struct session *session;
    char *octets;
};

/* -- the end ---------------------------------------------------------------------------------------- */

static void release(struct session *session)
{
    if (--session->held > 0)
        return;
    session->ended(session->ended_context);
    report_end(&session->report);
    free(session);
}

static void on_closed(uv_handle_t *handle)
{
    release(handle->data);
}

/* Whoever makes the answer is told, once. */
static void end_maker(struct session *session)
{
    void (*end)(void *) = session->end;
    session->end = NULL;
    if (end != NULL)
        end(session->context);
}

void session_hang_up(struct session *session)
{
    if (session->state == CLOSING)
        return;
    session->state = CLOSING;
    end_maker(session);
    uv_close((uv_handle_t *)&session->pipe, on_closed);
    uv_close((uv_handle_t *)&session->timer, on_closed);
}

static void on_late(uv_timer_t *timer)
{
    session_hang_up(timer->data);
}

/* -- writing ---------------------------------------------------------------------------------------- */

static void stream_on(struct session *session);

/* Workers that have much to do get the processor meanwhile. */
static void on_rested(uv_timer_t *timer)
{
    stream_on(timer->data);
}

static void on_written(uv_write_t *write, int status)
{
    struct piece *piece = write->data;
    struct session *session = piece->session;
    free(piece->octets);
    free(piece);
    if (session->state == CLOSING)
        return;
    if (status != 0) {
        session_hang_up(session);
        return;
    }
    if (session_backlog(session) > 0) {
        uv_timer_again(&session->timer);
        return;
    }
    uv_timer_stop(&session->timer);
    if (session->state == STREAMING)
        uv_timer_start(&session->timer, on_rested, SESSION_REST, 0);
    else if (session->state == ENDING) {
        if (session->stop)
            daemon_stop(session->daemon);
        session_hang_up(session);
    }
}

/* Hands the report's octets to the kernel. */
static void send_report(struct session *session)
{
    struct text *text = &session->report.text;
    struct piece *piece = text->failed ? NULL : malloc(sizeof *piece);
    if (session->state == CLOSING)
        return;
    if (piece == NULL) {
        session_hang_up(session);
        return;
    }
    *piece = (struct piece){.session = session, .octets = text->octets};
    uv_buf_t buffer = uv_buf_init(text->octets, (unsigned)text->length);
    *text = (struct text){0};
    piece->write.data = piece;
    if (uv_write(&piece->write, (uv_stream_t *)&session->pipe, &buffer, 1, on_written) != 0) {
        free(piece->octets);
        free(piece);
        session_hang_up(session);
        return;
    }
    /* Who watches may stop reading: what comes meanwhile is not made. */
    if (session->state != EVENTS && !uv_is_active((uv_handle_t *)&session->timer))
        uv_timer_start(&session->timer, on_late, SESSION_WRITE_TIME, SESSION_WRITE_TIME);
}

static void finish(struct session *session)
{
    if (session->state == CLOSING)
        return;
    session->state = ENDING;
    send_report(session);
}

void session_ok(struct session *session)
{
    end_maker(session);
    report_ok(&session->report);
    finish(session);
}

void session_error(struct session *session, const char *code, const char *format, ...)
{
    va_list arguments;
    char why[CONTROL_PROBLEM_MAX];
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    end_maker(session);
    report_error(&session->report, code, "%s", why);
    finish(session);
}

void session_stop(struct session *session)
{
    session->stop = true;
    session_ok(session);
}

static void stream_on(struct session *session)
{
    if (session->more(session->context, &session->report))
        send_report(session);
    else
        session_ok(session);
}

void session_stream(struct session *session, bool (*more)(void *context, struct report *report),
                    void (*end)(void *context), void *context)
{
    session->state = STREAMING;
    session->more = more;
    session->end = end;
    session->context = context;
    stream_on(session);
}

/* -- what comes behind the line ---------------------------------------------------------------------- */

static void receive(struct session *session);

static void on_rested_receiving(uv_timer_t *timer)
{
    receive(timer->data);
}

static void take_piece(struct session *session, const char *octets, size_t length)
{
    session->inbox.take(session->inbox.context, octets, length);
    session->received += length;
    if (session->received < SESSION_CHUNK)
        return;
    session->received = 0;
    uv_read_stop((uv_stream_t *)&session->pipe);
    uv_timer_start(&session->timer, on_rested_receiving, SESSION_REST, 0);
}

static void on_piece(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct session *session = stream->data;
    if (length == UV_EOF) {
        uv_read_stop(stream);
        uv_timer_stop(&session->timer);
        session->state = ANSWERING;
        session->inbox.all(session->inbox.context);
    } else if (length < 0) {
        session_hang_up(session);
    } else if (length > 0) {
        uv_timer_start(&session->timer, on_late, SESSION_WRITE_TIME, 0);
        take_piece(session, buffer->base, (size_t)length);
    }
}

static void allocate_piece(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    const struct session *session = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(session->inbox.buffer, (unsigned)session->inbox.size);
}

static void receive(struct session *session)
{
    uv_timer_start(&session->timer, on_late, SESSION_WRITE_TIME, 0);
    uv_read_start((uv_stream_t *)&session->pipe, allocate_piece, on_piece);
}

void session_receive(struct session *session, const struct session_inbox *inbox)
{
    session->state = RECEIVING;
    session->inbox = *inbox;
    session->end = inbox->end;
    session->context = inbox->context;
    if (session->have > session->used)
        take_piece(session, session->line + session->used, session->have - session->used);
    receive(session);
}

/* -- answers that take time -------------------------------------------------------------------------- */

void session_wait(struct session *session)
{
    session->held++;
}

bool session_resume(struct session *session)
{
    bool there = session->state != CLOSING;
    release(session);
    return there;
}

static void on_more_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    (void)buffer;
    if (length < 0)
        session_hang_up(stream->data);
}

/* Where a client has nothing more to say, what it says is dropped. */
static void allocate_again(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct session *session = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(session->line, CONTROL_LINE_MAX);
}

void session_begin_events(struct session *session, void (*gone)(void *context), void *context)
{
    session->state = EVENTS;
    session->end = gone;
    session->context = context;
    uv_read_start((uv_stream_t *)&session->pipe, allocate_again, on_more_read);
}

void session_flush(struct session *session)
{
    if (session->report.text.length > 0)
        send_report(session);
}

size_t session_backlog(const struct session *session)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&session->pipe);
}

/* -- the line ----------------------------------------------------------------------------------------- */

/* Without what would begin another line of the log, or move somebody's terminal. */
static void copy_for_log(const char *line, char *to, size_t capacity)
{
    size_t length = 0;
    for (; line[length] != '\0' && length < capacity - 1; length++)
        to[length] = line[length] >= ' ' && line[length] < 0x7f ? line[length] : '?';
    to[length] = '\0';
}

/* Also where the rest is not understood. */
static bool asks_for_json(char *const *word, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word[i], "--json") == 0)
            return true;
    return false;
}

static void serve_line(struct session *session)
{
    struct log *log = session->daemon->log;
    char problem[CONTROL_PROBLEM_MAX], said[256], *word[CONTROL_WORDS_MAX];
    size_t count;
    copy_for_log(session->line, said, sizeof said); /* it is taken apart by reading it */
    uv_read_stop((uv_stream_t *)&session->pipe);
    uv_timer_stop(&session->timer);
    session->state = ANSWERING;
    bool says_json = strstr(session->line, "--json") != NULL;
    bool good = control_split(session->line, word, &count, problem);
    report_start(&session->report, good ? asks_for_json(word, count) : says_json);
    good = good && control_request_read(word, count, &session->request, problem);
    if (!good) {
        session_error(session, "usage", "%s", problem);
        return;
    }
    bool changes = verb_changes(&session->request);
    if (session->peer.read_only && changes) {
        session_error(session, "read-only", "this control socket is read-only");
        return;
    }
    if (changes)
        log_write(log, CONFIG_CATEGORY_CONTROL, CONFIG_INFO, "command of user %u, process %d: %s",
                  (unsigned)session->peer.uid, (int)session->peer.pid, said);
    verb_serve(session);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct session *session = stream->data;
    (void)buffer;
    if (length < 0) {
        session_hang_up(session);
        return;
    }
    session->have += (size_t)length;
    char *end = memchr(session->line, '\n', session->have);
    if (end != NULL) {
        *end = '\0';
        session->used = (size_t)(end + 1 - session->line);
        serve_line(session);
    } else if (session->have == CONTROL_LINE_MAX) {
        uv_read_stop(stream);
        report_start(&session->report, false);
        session_error(session, "usage", "a command is one line of at most %d octets", CONTROL_LINE_MAX);
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct session *session = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(session->line + session->have, (unsigned)(CONTROL_LINE_MAX - session->have));
}

struct session *session_begin(struct daemon *daemon, int fd, const struct session_peer *peer,
                              void (*ended)(void *context), void *context)
{
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    session->daemon = daemon;
    session->peer = *peer;
    session->ended = ended;
    session->ended_context = context;
    session->held = 2;
    uv_pipe_init(&daemon->loop, &session->pipe, 0);
    uv_timer_init(&daemon->loop, &session->timer);
    session->pipe.data = session->timer.data = session;
    if (uv_pipe_open(&session->pipe, fd) != 0) {
        close(fd);
        session_hang_up(session);
        return session;
    }
    uv_timer_start(&session->timer, on_late, SESSION_TIME, 0);
    uv_read_start((uv_stream_t *)&session->pipe, allocate, on_read);
    return session;
}

bool session_is_idle(const struct session *session)
{
    return session->state == READING || session->state == RECEIVING ||
           (session->state != CLOSING && session_backlog(session) > 0);
}

bool session_is_passing(const struct session *session)
{
    return session->state != EVENTS && !session_is_idle(session);
}

struct daemon *session_daemon(struct session *session)
{
    return session->daemon;
}

const struct control_request *session_request(const struct session *session)
{
    return &session->request;
}

struct report *session_report(struct session *session)
{
    return &session->report;
}
