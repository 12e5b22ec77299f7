#include "server/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dns/text.h"
#include "dns/types.h"

enum { LINE_OCTETS = 1 << 18 };

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

bool store_zone(const struct zone *zone, const char *path, char why[STORE_WHY_MAX])
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside) {
        errno = ENAMETOOLONG;
        return failed(why, "name a file beside", path);
    }
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
    if (to == NULL)
        return failed(why, "create", beside);
    errno = 0;
    bool good = write_records(zone, to) && fflush(to) == 0 && fsync(fd) == 0;
    int error = errno;
    good = fclose(to) == 0 && good;
    if (good && rename(beside, path) == 0)
        return true;
    errno = error != 0 ? error : errno;
    failed(why, "write", beside);
    unlink(beside);
    return false;
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
