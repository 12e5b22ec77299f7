#include "server/loop.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* With larger numbers the table grows as libuv has it. */
enum { DESCRIPTORS_MOST = 65536 };

static void ignore(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)status, (void)events;
}

/* A descriptor with the highest number makes the table as large as it can become. */
static bool reserve(uv_loop_t *loop, int highest)
{
    uv_poll_t poll;
    if (uv_poll_init(loop, &poll, highest) != 0)
        return false;
    uv_poll_start(&poll, UV_READABLE, ignore);
    uv_close((uv_handle_t *)&poll, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    return true;
}

static int highest_copy(int fd)
{
    struct rlimit limit;
    int highest = -1;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MOST)
        highest = fcntl(fd, F_DUPFD_CLOEXEC, (int)limit.rlim_cur - 1);
    else
        highest = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTORS_MOST - 1);
    return highest >= 0 ? highest : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

bool loop_open(uv_loop_t *loop)
{
    int ends[2];
    /* libuv aborts also where its first loop finds no descriptors for a pipe, or no memory for its table. */
    void *table = malloc(DESCRIPTORS_MOST * sizeof(void *));
    free(table);
    if (table == NULL || pipe2(ends, O_CLOEXEC) != 0)
        return false;
    close(ends[1]);
    bool open = uv_loop_init(loop) == 0;
    int highest = open ? highest_copy(ends[0]) : -1;
    open = highest >= 0 && reserve(loop, highest);
    if (highest >= 0)
        close(highest);
    close(ends[0]);
    return open;
}
