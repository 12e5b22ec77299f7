#include "ctl/keep.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL: it is no base64. */
static unsigned char *decode(const char *text, size_t *length)
{
    size_t size = strlen(text);
    unsigned char *octets = malloc(size / 4 * 3 + 4);
    int count =
        octets == NULL || size == 0 ? -1 : EVP_DecodeBlock(octets, (const unsigned char *)text, (int)size);
    if (count < 0) {
        free(octets);
        return NULL;
    }
    *length = (size_t)count - (text[size - 1] == '=') - (size > 1 && text[size - 2] == '=');
    return octets;
}

static bool write_all(int fd, const unsigned char *octets, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, octets, length);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            octets += done;
            length -= (size_t)done;
        }
    }
    return fsync(fd) == 0;
}

/* Beside it first: who reads it meanwhile finds the whole of the one or the other. */
static bool write_file(const char *path, const unsigned char *octets, size_t length)
{
    char beside[4096];
    if ((size_t)snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    mode_t mask = umask(077);
    int fd = mkstemp(beside);
    umask(mask);
    if (fd < 0)
        return false;
    bool written = write_all(fd, octets, length);
    int why = errno;
    if (close(fd) != 0 && written) {
        why = errno;
        written = false;
    }
    if (written && rename(beside, path) == 0)
        return true;
    if (written)
        why = errno;
    unlink(beside);
    errno = why;
    return false;
}

static char *say(json_t *answer, const char *path, bool json)
{
    char *text = NULL;
    json_object_set_new(answer, "file", json_string(path));
    if (json)
        return json_dumps(answer, JSON_COMPACT);
    const char *rcode = json_string_value(json_object_get(answer, "rcode"));
    const char *reason = json_string_value(json_object_get(json_object_get(answer, "culprit"), "reason"));
    int size =
        asprintf(&text, "%s: %lld events, %lld packets, %lld octets; %s%s%s\nrootwalk --replay %s", path,
                 (long long)json_integer_value(json_object_get(answer, "events")),
                 (long long)json_integer_value(json_object_get(answer, "packets")),
                 (long long)json_integer_value(json_object_get(answer, "octets")),
                 rcode != NULL ? rcode : "?", reason != NULL ? ": " : "", reason != NULL ? reason : "", path);
    return size < 0 ? NULL : text;
}

bool keep_capture(const char *line, const char *path, bool json, char **said, char problem[KEEP_PROBLEM_MAX])
{
    json_error_t error;
    size_t length;
    json_t *answer = json_loads(line, 0, &error);
    const char *text = json_string_value(json_object_get(answer, "capture"));
    const char *why = json_string_value(json_object_get(answer, "error"));
    unsigned char *octets = text == NULL ? NULL : decode(text, &length);
    bool kept = octets != NULL && write_file(path, octets, length);
    if (octets == NULL && why != NULL)
        snprintf(problem, KEEP_PROBLEM_MAX, "%s", why);
    else if (octets == NULL)
        snprintf(problem, KEEP_PROBLEM_MAX, "the daemon's answer has no capture in it");
    else if (!kept)
        snprintf(problem, KEEP_PROBLEM_MAX, "cannot write %.400s: %s", path, strerror(errno));
    json_object_del(answer, "capture");
    *said = kept ? say(answer, path, json) : NULL;
    free(octets);
    json_decref(answer);
    return kept;
}
