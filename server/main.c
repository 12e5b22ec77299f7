/* rootwalk: a caching recursive DNS resolver. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/daemon.h"
#include "server/replay_main.h"

/*
 * Leaves the terminal. The parent waits until the child serves, or has failed, and exits with its
 * status. In the child: where to write that it serves; -1: it could not be done.
 */
static int detach(void)
{
    int ends[2];
    char served;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t child = fork();
    if (child < 0)
        return -1;
    if (child == 0) {
        close(ends[0]);
        setsid();
        return ends[1];
    }
    close(ends[1]);
    ssize_t got;
    do
        got = read(ends[0], &served, 1);
    while (got < 0 && errno == EINTR);
    _exit(got == 1 ? 0 : 1);
}

static void leave_terminal(int tell, int nowhere)
{
    (void)!write(tell, "", 1);
    close(tell);
    for (int fd = 0; fd <= 2; fd++)
        dup2(nowhere, fd);
    close(nowhere);
}

static void print_build(void)
{
    printf("rootwalk " ROOTWALK_VERSION "\n"
           "built with libuv %s; configuration " ROOTWALK_CONFIG_PATH "\n",
           uv_version_string());
}

/* What is large is asked of the kernel and goes back to it: zones of the last reload, rings of those who watched. Unless
   told so the C library keeps some 32 MiB of it. */
enum { LARGE = 256 * 1024 };

static int serve(const struct options *options)
{
    mallopt(M_MMAP_THRESHOLD, LARGE);
    struct daemon *daemon = calloc(1, sizeof *daemon);
    int tell = -1, nowhere = -1;
    if (daemon == NULL) {
        fputs("rootwalk: out of memory\n", stderr);
        return 1;
    }
    daemon->options = *options;
    if (!options->foreground) {
        tell = detach();
        nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (tell < 0 || nowhere < 0) {
            fprintf(stderr, "rootwalk: cannot go into the background: %s; use -f\n", strerror(errno));
            return 1;
        }
    }
    if (!daemon_start(daemon)) {
        fflush(NULL);
        _exit(1); /* what was opened goes with the process */
    }
    if (tell >= 0)
        leave_terminal(tell, nowhere);
    int status = daemon_run(daemon);
    free(daemon);
    return status;
}

int main(int count, char **argument)
{
    struct options options;
    char problem[OPTIONS_PROBLEM_MAX];
    switch (options_read(count, argument, &options, problem)) {
    case OPTIONS_RUN:
        return serve(&options);
    case OPTIONS_HELP:
        fputs(options_help, stdout);
        return 0;
    case OPTIONS_VERSION:
        puts("rootwalk " ROOTWALK_VERSION);
        return 0;
    case OPTIONS_BUILD:
        print_build();
        return 0;
    case OPTIONS_REPLAY:
        return replay_main(options.replay, options.json);
    case OPTIONS_WRONG:
        fprintf(stderr, "rootwalk: %s\n", problem);
        return 1;
    }
    return 1;
}
