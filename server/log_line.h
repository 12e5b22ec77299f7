/* How a message looks: as JSON, and as the journal's datagram. No allocation, no lock. */
#ifndef SERVER_LOG_LINE_H
#define SERVER_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

struct log_line {
    struct timeval time;
    const char *category, *severity, *text;
    int priority;        /* syslog's */
    uint64_t suppressed; /* how many more like it there were */
};

enum { LOG_JSON_MAX = 8192 };

/* One object, without the end of the line: time (RFC 3339, UTC), category, severity, message, and suppressed where
   there is anything. What is no UTF-8 is shown as U+FFFD. Returns `to`. */
const char *log_line_json(const struct log_line *line, char to[LOG_JSON_MAX]);

#define LOG_JOURNAL_PATH "/run/systemd/journal/socket"

/* A socket that is connected to the journal's; -1 with errno. */
int log_journal_open(const char *path);

/* In the journal's own protocol, with ROOTWALK_CATEGORY= as a field to search by; `message` is `line`'s text, or JSON.
   Never waits: what the journal does not take is lost. */
void log_journal_send(int fd, const struct log_line *line, const char *message);

#endif
