/*
 * Where messages for people go: the configuration's channels, by category and severity. One for the
 * whole process, safe to use from every thread, never on the hit path.
 *
 *      log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_ERROR, "cannot listen on %s: %s", address, why);
 *
 * What any packet can cause goes through log_limited(): LOG_PER_SECOND messages of a kind a second, the
 * rest is counted and told with the next one.
 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

enum { LOG_PER_SECOND = 10, LOG_LINE_MAX = 1024 };

enum log_kind {
    LOG_KIND_REFUSED,
    LOG_KIND_MALFORMED,
    LOG_KIND_TCP_LIMIT,
    LOG_KIND_CLIENT_LIMIT,
    LOG_KIND_SOCKETS,
    LOG_KIND_CONTROL,
    LOG_KIND_FAILURE,
    LOG_KIND_NOTIFY,
    LOG_KINDS
};

/* Says yes up to LOG_PER_SECOND times in a second. */
struct log_limiter {
    uint64_t second;
    unsigned count;
    uint64_t suppressed;
};
/* *suppressed: how many were refused since the last yes. `now` in µs. */
bool log_limiter_allows(struct log_limiter *limiter, uint64_t now, uint64_t *suppressed);

struct log;

/* Everything goes to stderr until log_configure(). NULL: out of memory. */
struct log *log_create(void);
void log_destroy(struct log *log);

/* Takes over the configuration's channels; opens their files, relative names in `base`, before the old
   ones are closed. False, and the old ones stay, with `problem` filled in, when a file cannot be
   opened; for the built-in debug file that is a warning in the new log instead. With `to_stderr`
   everything goes to stderr; `debug` 1 and more shows CONFIG_DEBUG there. */
enum { LOG_PROBLEM_MAX = 1024 };
bool log_configure(struct log *log, const struct config *config, const char *base, bool to_stderr,
                   unsigned debug, char problem[LOG_PROBLEM_MAX]);

/* Until it is told otherwise all channels show what is of this severity or worse, whatever the configuration says of
   theirs. CONFIG_DYNAMIC: as the configuration says. */
void log_set_level(struct log *log, enum config_severity severity);
enum config_severity log_level(struct log *log);

/* Another journal than systemd's usual one; false: there is none, and messages for it are lost. */
bool log_use_journal(struct log *log, const char *path);

void log_write(struct log *log, enum config_category category, enum config_severity severity,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
void log_limited(struct log *log, enum log_kind kind, uint64_t now, enum config_category category,
                 enum config_severity severity, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
