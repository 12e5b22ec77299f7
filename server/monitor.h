/*
 * Who watches the queries, and what of them: the main thread's side of watch.h. The first watcher has rings allocated and
 * given to the workers, the last one has them taken back and freed. A timer carries what is in the rings into the
 * watchers' sessions; one that does not read misses what comes meanwhile, and is told how much.
 */
#ifndef SERVER_MONITOR_H
#define SERVER_MONITOR_H

#include "server/session.h"
#include "server/watch.h"

struct monitor;

enum { MONITOR_EVERY = 50 /* ms */, MONITOR_BACKLOG = 262144 /* octets that a session has not read */ };

/* The session shows what fits the filter until its client goes. False: there are WATCHERS already, or there is no memory. */
bool monitor_watch(struct session *session, const struct watch_filter *filter);

/* When the workers are no more. NULL: nothing. */
void monitor_destroy(struct monitor *monitor);

#endif
