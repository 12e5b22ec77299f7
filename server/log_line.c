#include "server/log_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* -- JSON -------------------------------------------------------------------------------------------- */

/* Octets of the character that begins here; 0: it is none (RFC 3629 §4). */
static size_t utf8(const unsigned char *at)
{
    size_t more = at[0] < 0x80                     ? 0
                  : at[0] >= 0xc2 && at[0] <= 0xdf ? 1
                  : (at[0] & 0xf0) == 0xe0         ? 2
                  : at[0] >= 0xf0 && at[0] <= 0xf4 ? 3
                                                   : SIZE_MAX;
    if (more == SIZE_MAX)
        return 0;
    for (size_t i = 1; i <= more; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return more + 1;
}

/* One character of a JSON string; returns its octets in `text`. */
static size_t escape(const unsigned char *text, char piece[8])
{
    size_t length = utf8(text);
    if (length == 0)
        strcpy(piece, "\\ufffd");
    else if (*text == '"' || *text == '\\')
        snprintf(piece, 8, "\\%c", *text);
    else if (*text < 0x20 || *text == 0x7f)
        snprintf(piece, 8, "\\u%04x", *text);
    else
        snprintf(piece, 8, "%.*s", (int)length, (const char *)text);
    return length == 0 ? 1 : length;
}

const char *log_line_json(const struct log_line *line, char to[LOG_JSON_MAX])
{
    enum { TAIL = 40 }; /* "suppressed":18446744073709551615} */
    char time[32], piece[8];
    struct tm utc;
    gmtime_r(&line->time.tv_sec, &utc);
    strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    size_t length = (size_t)snprintf(
        to, LOG_JSON_MAX, "{\"time\":\"%s.%06uZ\",\"category\":\"%s\",\"severity\":\"%s\",\"message\":\"",
        time, (unsigned)line->time.tv_usec, line->category, line->severity);
    for (const unsigned char *at = (const unsigned char *)line->text; *at != '\0';) {
        at += escape(at, piece);
        size_t more = strlen(piece);
        if (length + more + TAIL >= LOG_JSON_MAX)
            break;
        memcpy(to + length, piece, more);
        length += more;
    }
    length += (size_t)snprintf(to + length, LOG_JSON_MAX - length, "\"");
    if (line->suppressed > 0)
        length += (size_t)snprintf(to + length, LOG_JSON_MAX - length, ",\"suppressed\":%llu",
                                   (unsigned long long)line->suppressed);
    snprintf(to + length, LOG_JSON_MAX - length, "}");
    return to;
}

/* -- the journal ------------------------------------------------------------------------------------- */

int log_journal_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* https://systemd.io/JOURNAL_NATIVE_PROTOCOL: a line for each field; one with a line's end in it would need another
   form, so that the end becomes a blank. */
void log_journal_send(int fd, const struct log_line *line, const char *message)
{
    char datagram[LOG_JSON_MAX + 256];
    int head =
        snprintf(datagram, sizeof datagram,
                 "PRIORITY=%d\nSYSLOG_IDENTIFIER=rootwalk\nROOTWALK_CATEGORY=%s\nMESSAGE=", line->priority,
                 line->category);
    size_t length = (size_t)head;
    for (; *message != '\0' && length < sizeof datagram - 1; message++)
        datagram[length++] = *message == '\n' ? ' ' : *message;
    datagram[length++] = '\n';
    (void)!send(fd, datagram, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}
