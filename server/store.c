#include "server/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dns/text.h"
#include "dns/types.h"
#include "server/state_file.h"
#include "zones/journal.h"

enum { LINE_OCTETS = 1 << 18, JOURNAL_OCTETS_MAX = 1 << 30 };

static bool write_records(const struct zone *zone, FILE *to)
{
    struct zone_cursor cursor = {0};
    struct zone_record record;
    char *line = malloc(LINE_OCTETS);
    bool good = line != NULL &&
                fputs("; A copy of the primary's zone: what is changed here is overwritten.\n", to) >= 0;
    while (good && zone_next(zone, &cursor, &record)) {
        good = dns_record_to_text(record.owner, record.type, DNS_CLASS_IN, record.ttl, record.rdata,
                                  record.rdata_length, line, LINE_OCTETS) == DNS_OK;
        good = good && fputs(line, to) >= 0 && fputc('\n', to) != EOF;
    }
    free(line);
    return good;
}

static bool failed(char why[STORE_WHY_MAX], const char *step, const char *path)
{
    snprintf(why, STORE_WHY_MAX, "cannot %s %.150s: %s", step, path, strerror(errno));
    return false;
}

/* The file at `path` itself, not one that was there and has got its final name since. */
static bool is_at(int fd, const char *path)
{
    struct stat open, there;
    return fstat(fd, &open) == 0 && lstat(path, &there) == 0 && open.st_ino == there.st_ino &&
           open.st_dev == there.st_dev;
}

/* Locked: an earlier version, whose transfer has been given up, may still be written there. */
static int open_alone(const char *path)
{
    for (;;) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
        if (fd < 0)
            return -1;
        bool late =
            flock(fd, LOCK_EX) == 0 && !is_at(fd, path); /* where there are no locks, it does without */
        if (!late && ftruncate(fd, 0) == 0)
            return fd;
        int why = errno;
        close(fd);
        errno = why;
        if (!late)
            return -1;
    }
}

static bool wanted(const atomic_bool *given_up)
{
    return given_up == NULL || !*given_up;
}

bool store_zone(const struct zone *zone, const char *path, const atomic_bool *given_up,
                char why[STORE_WHY_MAX])
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside) {
        errno = ENAMETOOLONG;
        return failed(why, "name a file beside", path);
    }
    int fd = open_alone(beside);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
    if (to == NULL)
        return failed(why, "create", beside);
    errno = 0;
    bool good = wanted(given_up) && write_records(zone, to) && fflush(to) == 0 && fsync(fd) == 0 &&
                wanted(given_up) && rename(beside, path) == 0;
    if (!good && wanted(given_up))
        failed(why, "write", beside);
    if (!good)
        unlink(beside);
    fclose(to); /* which unlocks it */
    return good;
}

/* -- journals ------------------------------------------------------------------------------------------- */

/* The folder and the name of the journal. */
struct journal_file {
    char path[PATH_MAX], *name;
};

static bool name_journal(struct journal_file *file, const char *path)
{
    int length = snprintf(file->path, sizeof file->path, "%s.journal", path);
    file->name = strrchr(file->path, '/');
    if (length < 0 || length >= (int)sizeof file->path || file->name == NULL) {
        errno = ENAMETOOLONG;
        return false;
    }
    *file->name++ = '\0';
    return true;
}

bool store_journal(const struct zone *zone, const char *path, char why[STORE_WHY_MAX])
{
    struct journal_file file;
    size_t length;
    const char *step = "name the journal of";
    bool kept = name_journal(&file, path);
    uint8_t *octets = zone_journal_encode(zone, &length);
    if (kept && octets == NULL)
        kept = state_file_remove(file.path, file.name, &step);
    else if (kept)
        kept = state_file_write(file.path, file.name, (const char *)octets, length, &step);
    int error = errno;
    free(octets);
    if (!kept)
        snprintf(why, STORE_WHY_MAX, "cannot %s %.150s.journal: %s", step, path, strerror(error));
    errno = error;
    return kept;
}

static bool journal_size(const char *path, size_t *size)
{
    char name[PATH_MAX];
    struct stat status;
    snprintf(name, sizeof name, "%s.journal", path);
    if (stat(name, &status) != 0)
        return false;
    *size = (size_t)status.st_size;
    return true;
}

bool store_read_journal(struct zone *zone, const char *path, char why[STORE_WHY_MAX])
{
    struct journal_file file;
    size_t size;
    const char *step = "read";
    enum zone_journal_verdict verdict = ZONE_JOURNAL_DAMAGED;
    if (!journal_size(path, &size) || !name_journal(&file, path))
        return true;
    char *octets = size <= JOURNAL_OCTETS_MAX ? malloc(size + 1) : NULL;
    ssize_t length = octets == NULL ? -1 : state_file_read(file.path, file.name, octets, size + 1, &step);
    if (length < 0) {
        snprintf(why, STORE_WHY_MAX, "cannot %s %.150s.journal: %s", step, path,
                 octets == NULL ? "it is too large" : strerror(errno));
    } else {
        verdict = zone_journal_decode(zone, (const uint8_t *)octets, (size_t)length);
        snprintf(why, STORE_WHY_MAX, "%.150s.journal is damaged, or of another version of rootwalk", path);
    }
    free(octets);
    return length >= 0 && verdict != ZONE_JOURNAL_DAMAGED;
}

void store_confirm(const char *path)
{
    (void)!utimensat(AT_FDCWD, path, NULL, 0);
}

bool store_age(const char *path, uint64_t *age)
{
    struct stat status;
    time_t now = time(NULL);
    if (stat(path, &status) != 0)
        return false;
    *age = now > status.st_mtime ? (uint64_t)(now - status.st_mtime) : 0;
    return true;
}
