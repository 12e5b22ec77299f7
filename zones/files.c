#include "zones/files.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SETTLED = 2 }; /* seconds: the coarsest time that file systems note */

struct noted {
    char *path;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
};

struct zone_files {
    atomic_uint holders;
    bool incomplete; /* there may be changes that could not be told */
    size_t count, capacity;
    struct noted *noted;
};

struct zone_files *zone_files_new(void)
{
    struct zone_files *files = calloc(1, sizeof *files);
    if (files != NULL)
        atomic_init(&files->holders, 1);
    return files;
}

struct zone_files *zone_files_hold(struct zone_files *files)
{
    atomic_fetch_add_explicit(&files->holders, 1, memory_order_relaxed);
    return files;
}

void zone_files_release(struct zone_files *files)
{
    if (files == NULL || atomic_fetch_sub_explicit(&files->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < files->count; i++)
        free(files->noted[i].path);
    free(files->noted);
    free(files);
}

static bool make_room(struct zone_files *files)
{
    if (files->count < files->capacity)
        return true;
    size_t capacity = files->capacity == 0 ? 1 : 2 * files->capacity;
    struct noted *noted = realloc(files->noted, capacity * sizeof *noted);
    if (noted == NULL)
        return false;
    files->noted = noted;
    files->capacity = capacity;
    return true;
}

void zone_files_note(struct zone_files *files, const char *path, const struct stat *status)
{
    char *copy = make_room(files) ? strdup(path) : NULL;
    if (copy == NULL || time(NULL) - status->st_mtim.tv_sec < SETTLED)
        files->incomplete = true;
    if (copy == NULL)
        return;
    files->noted[files->count++] = (struct noted){
        .path = copy,
        .device = status->st_dev,
        .inode = status->st_ino,
        .size = status->st_size,
        .modified = status->st_mtim,
        .changed = status->st_ctim,
    };
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_unchanged(const struct noted *noted)
{
    struct stat status;
    return stat(noted->path, &status) == 0 && status.st_dev == noted->device &&
           status.st_ino == noted->inode && status.st_size == noted->size &&
           same_time(&status.st_mtim, &noted->modified) && same_time(&status.st_ctim, &noted->changed);
}

bool zone_files_begin_with(const struct zone_files *files, const char *path)
{
    return files != NULL && files->count > 0 && strcmp(files->noted[0].path, path) == 0;
}

bool zone_files_unchanged(const struct zone_files *files)
{
    bool unchanged = files != NULL && !files->incomplete && files->count > 0;
    for (size_t i = 0; unchanged && i < files->count; i++)
        unchanged = is_unchanged(&files->noted[i]);
    return unchanged;
}
