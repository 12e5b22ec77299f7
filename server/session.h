/*
 * One client of a control socket: a line comes, an answer goes, and it is hung up on. All on the main thread's
 * loop; no client, however slow or hostile, delays another one or a query:
 *
 *   - the line has SESSION_TIME to come; so has each SESSION_CHUNK of the answer to go
 *   - so has each piece of what is sent behind it (session_receive())
 *   - a long answer is made piece by piece, whenever what there was has gone, with a rest between the pieces
 *     (session_stream())
 *   - what comes by itself (explain, monitor) is dropped by its maker while session_backlog() is high
 *
 * The function of each verb (server/verbs.c) gets the session, writes to session_report(), and calls one of the four
 * functions that end the answer, at once or later.
 */
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include <sys/types.h>

#include "control/report.h"
#include "control/request.h"
#include "server/daemon.h"

enum { SESSION_TIME = 2000 /* ms */, SESSION_WRITE_TIME = 10000, SESSION_CHUNK = 65536, SESSION_REST = 1 };

struct session;

struct session_peer {
    uid_t uid;
    pid_t pid;
    bool read_only;
};

/* Takes the connection over. `ended` is called once it is gone. NULL: no memory, and `fd` is still the caller's. */
struct session *session_begin(struct daemon *daemon, int fd, const struct session_peer *peer,
                              void (*ended)(void *context), void *context);

/* The client lets us wait: it has not said what it wants, or does not read the answer. */
bool session_is_idle(const struct session *session);
/* We let the client wait, or it has gone while a worker was asked: it ends by itself, or is idle soon. */
bool session_is_passing(const struct session *session);
void session_hang_up(struct session *session);

struct daemon *session_daemon(struct session *session);
const struct control_request *session_request(const struct session *session);
struct report *session_report(struct session *session);

/* -- how an answer ends: exactly one of these ---------------------------------------------------- */

void session_ok(struct session *session);
void session_error(struct session *session, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* After the answer has gone the daemon stops. */
void session_stop(struct session *session);

/* `more` is called whenever there is room: it adds some SESSION_CHUNK octets to the report at most, and returns false
   when that was the end; session_ok() is called then. `end` is called once, also when the client has gone before. */
void session_stream(struct session *session, bool (*more)(void *context, struct report *report),
                    void (*end)(void *context), void *context);

/* Where more than a line is sent: `take` gets all that comes behind it, into `buffer` and at most SESSION_CHUNK octets without a
   rest, up to the end of what the client writes; then `all` ends the answer. `end` is called once, also when the client
   has gone before. */
struct session_inbox {
    void (*take)(void *context, const char *octets, size_t length);
    void (*all)(void *context);
    void (*end)(void *context);
    void *context;
    char *buffer;
    size_t size;
};
void session_receive(struct session *session, const struct session_inbox *inbox);

/* -- answers that take time ------------------------------------------------------------------------ */

/* The session waits for something that will be told to `session` itself: it stays in memory until session_resume(),
   though the client may go. */
void session_wait(struct session *session);
/* False: the client has gone, and so has the session. */
bool session_resume(struct session *session);

/* Between session_begin_events() and an end of the answer: sends what is in the report now. `gone` is called when the
   client goes first; nothing of the session may be used then. */
void session_begin_events(struct session *session, void (*gone)(void *context), void *context);
void session_flush(struct session *session);
size_t session_backlog(const struct session *session); /* octets that the client has not read */

#endif
