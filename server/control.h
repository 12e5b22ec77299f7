/*
 * The control sockets: Unix stream sockets on the main thread's loop. Who may connect is the file's mode's to
 * say; beyond that only root, the daemon's own user and the socket's owner are listened to, unless the mode lets
 * a group in. What is said there is session.h's.
 */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "server/daemon.h"

#define CONTROL_DIRECTORY "/run/rootwalk"
#define CONTROL_PATH      CONTROL_DIRECTORY "/control.sock"

enum { CONTROL_SESSIONS = 32, CONTROL_SESSIONS_OF_USER = 16, CONTROL_SOCKETS = 8 };

/* Binds as the settings say; without a word in them at the default place, if that can be used. False
   after one line in `problem`. */
struct control *control_create(struct daemon *daemon, char problem[512]);
/* Makes /run/rootwalk for the daemon's user where it is missing and may be made; else why not: an errno. */
int control_make_directory(const struct identity *identity);
bool control_start(struct control *control);
void control_close(struct control *control);   /* removes the sockets */
void control_destroy(struct control *control); /* after the loop has ended */

/* The path in use, or NULL. */
const char *control_path(const struct control *control);

/* Why there is no socket though the settings do not rule it out; "" else. */
const char *control_warning(const struct control *control);

#endif
