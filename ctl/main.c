/* rootwalkctl: one command to the daemon, its answer to stdout. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/suggest.h"

#define DEFAULT_PATH "/run/rootwalk/control.sock"

enum status { STATUS_OK, STATUS_ERROR, STATUS_USAGE, STATUS_NO_SOCKET };
enum { REQUEST_MAX = 4096 };

static const char help[] =
    "usage: rootwalkctl [-s SOCKET] COMMAND\n"
    "\n"
    "  status               what the daemon is, since when, how busy\n"
    "  stats                all its counters\n"
    "  flush                empty the cache\n"
    "  flush name NAME      forget one name; also flushname NAME\n"
    "  flush tree NAME      forget a name and all below; also flushtree NAME\n"
    "  reload               read the configuration again; also reconfig\n"
    "  nta add NAME [TIME]  do not validate a name and all below for a time (default: nta-lifetime)\n"
    "  nta del NAME         validate it again; also nta -r NAME\n"
    "  nta list             the names that are not validated; also nta -d\n"
    "  anchors              the trust anchors; also managed-keys status, secroots\n"
    "  failures [ID]        what failed, the last first, or all that happened then; --since TIME,\n"
    "                       --name NAME, --client ADDRESS, --json\n"
    "  stop                 end the daemon\n"
    "  version              print the daemon's version\n"
    "  help                 print the daemon's commands\n"
    "\n"
    "  -s SOCKET            its control socket (default " DEFAULT_PATH ",\n"
    "                       else $XDG_RUNTIME_DIR/rootwalk.sock)\n"
    "\n"
    "Exit status: 0 done, 1 the daemon says it is an error, 2 wrong usage, 3 no daemon reached.\n";

static const char *const verbs[] = {"status",   "stats",    "flush", "flushname", "flushtree",
                                    "reload",   "reconfig", "nta",   "anchors",   "managed-keys",
                                    "secroots", "failures", "stop",  "version",   "help"};

static bool is_known(const char *word)
{
    struct config_suggestion suggestion = config_suggest(word);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(word, verbs[i]) == 0)
            return true;
        config_suggest_try(&suggestion, verbs[i]);
    }
    bool means_stop = strcmp(word, "halt") == 0 || strcmp(word, "quit") == 0 || strcmp(word, "exit") == 0;
    const char *near = means_stop ? "stop" : suggestion.best;
    if (near != NULL)
        fprintf(stderr, "rootwalkctl: unknown command %s; did you mean %s?\n", word, near);
    else
        fprintf(stderr, "rootwalkctl: unknown command %s; see rootwalkctl --help\n", word);
    return false;
}

static int reach(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return -1;
}

static void say_unreached(const char *path, int why)
{
    if (why == EACCES || why == EPERM)
        fprintf(
            stderr,
            "rootwalkctl: %s: no permission; root, the daemon's user, and the socket's group may use it\n",
            path);
    else
        fprintf(
            stderr,
            "rootwalkctl: %s: %s; is rootwalk running, and is this its control socket? (-s names another)\n",
            path, strerror(why));
}

static int reach_default(void)
{
    char path[200];
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int fd = reach(DEFAULT_PATH), why = errno;
    if (fd < 0 && runtime != NULL) {
        snprintf(path, sizeof path, "%.150s/rootwalk.sock", runtime);
        fd = reach(path);
    }
    if (fd < 0)
        say_unreached(DEFAULT_PATH, why);
    return fd;
}

static bool send_line(int fd, char **word, int count)
{
    char line[REQUEST_MAX];
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        size_t room = sizeof line - length;
        int more = snprintf(line + length, room, "%s%s", i > 0 ? " " : "", word[i]);
        if (more < 0 || (size_t)more >= room - 1)
            return false;
        length += (size_t)more;
    }
    line[length++] = '\n';
    return memchr(line, '\n', length - 1) == NULL && send(fd, line, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* Everything up to the last line goes to stdout; that one is the verdict. */
static enum status print_answer(int fd)
{
    char *line = NULL, *last = NULL;
    size_t room = 0;
    enum status status = STATUS_NO_SOCKET;
    FILE *from = fdopen(fd, "r");
    while (from != NULL && getline(&line, &room, from) > 0) {
        if (last != NULL)
            fputs(last, stdout);
        free(last);
        last = line;
        line = NULL;
        room = 0;
    }
    if (last != NULL && strcmp(last, "ok\n") == 0) {
        status = STATUS_OK;
    } else if (last != NULL && strncmp(last, "error: ", 7) == 0) {
        fflush(stdout);
        fprintf(stderr, "rootwalkctl: %s", last + 7);
        status = STATUS_ERROR;
    } else {
        fprintf(stderr,
                "rootwalkctl: the daemon hung up without an answer; it listens to root, its own user and "
                "the socket's group\n");
    }
    free(last);
    free(line);
    if (from != NULL)
        fclose(from);
    return status;
}

int main(int count, char **argument)
{
    static const struct option words[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *path = NULL;
    int option;
    while ((option = getopt_long(count, argument, "+s:h", words, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return STATUS_OK;
        }
        if (option != 's')
            return STATUS_USAGE;
        path = optarg;
    }
    if (optind == count) {
        fputs(help, stderr);
        return STATUS_USAGE;
    }
    if (!is_known(argument[optind]))
        return STATUS_USAGE;
    int fd = path != NULL ? reach(path) : reach_default();
    if (fd < 0) {
        if (path != NULL)
            say_unreached(path, errno);
        return STATUS_NO_SOCKET;
    }
    if (!send_line(fd, argument + optind, count - optind)) {
        fprintf(stderr, "rootwalkctl: a command is one line of at most 4096 octets\n");
        close(fd);
        return STATUS_USAGE;
    }
    return print_answer(fd);
}
