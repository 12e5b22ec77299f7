#include "server/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_path(char path[PATH_MAX], const char *directory, const char *name, const char *suffix)
{
    int length = snprintf(path, PATH_MAX, "%s/%s%s", directory, name, suffix);
    if (length >= 0 && length < PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

static void close_quietly(int fd)
{
    int why = errno;
    close(fd);
    errno = why;
}

/* The new name is on the disk as well. Some file systems cannot sync folders: the rename is whole all the same. */
static bool sync_folder(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0 || errno == EINVAL;
    close_quietly(fd);
    return synced;
}

/* What an earlier process has left unfinished is in the way, and nobody's. */
static int create(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return -1;
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

bool state_file_remove(const char *directory, const char *name, const char **step)
{
    char path[PATH_MAX];
    *step = "remove";
    return make_path(path, directory, name, "") && (unlink(path) == 0 || errno == ENOENT);
}

bool state_file_write(const char *directory, const char *name, const char *text, size_t length,
                      const char **step)
{
    char path[PATH_MAX], new[PATH_MAX];
    *step = "create";
    if (!make_path(path, directory, name, "") || !make_path(new, directory, name, ".new"))
        return false;
    int fd = create(new);
    if (fd < 0)
        return false;
    *step = "write to";
    bool written = write_all(fd, text, length) && fsync(fd) == 0;
    close_quietly(fd);
    if (written)
        *step = "rename";
    if (!written || rename(new, path) != 0) {
        int why = errno;
        unlink(new);
        errno = why;
        return false;
    }
    *step = "sync the folder of";
    return sync_folder(directory);
}

static ssize_t read_all(int fd, char *text, size_t capacity)
{
    size_t length = 0;
    while (length < capacity) {
        ssize_t got = read(fd, text + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            return (ssize_t)length;
        length += (size_t)got;
    }
    errno = EFBIG;
    return -1;
}

static bool is_ours(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    bool owned = status.st_uid == 0 || status.st_uid == geteuid();
    if (S_ISREG(status.st_mode) && owned && (status.st_mode & 0002) == 0)
        return true;
    errno = EPERM;
    return false;
}

ssize_t state_file_read(const char *directory, const char *name, char *text, size_t capacity,
                        const char **step)
{
    char path[PATH_MAX];
    *step = "open";
    if (!make_path(path, directory, name, ""))
        return -1;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    *step = "trust";
    ssize_t length = -1;
    if (is_ours(fd)) {
        *step = "read";
        length = read_all(fd, text, capacity);
    }
    close_quietly(fd);
    return length;
}
