/* A capture as a file: read, and checked before anything in it is believed. */
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/replay.h"
#include "dns/octets.h"

const char *replay_error_text(enum replay_error error, char text[REPLAY_TEXT])
{
    static const char *const texts[] = {
        [REPLAY_OK] = "it is sound",
        [REPLAY_FOREIGN] = "it is no capture",
        [REPLAY_TORN] = "it is torn: there are more or fewer octets than it says; copy it again",
        [REPLAY_DAMAGED] = "it is damaged: its checksum is wrong; copy it again",
        [REPLAY_MALFORMED] = "it is malformed, though its checksum is right: rootwalk has not made it",
        [REPLAY_MEMORY] = "out of memory",
    };
    if (error == REPLAY_UNREADABLE)
        snprintf(text, REPLAY_TEXT, "it cannot be read: %s", strerror(errno));
    else if (error == REPLAY_VERSION)
        snprintf(text, REPLAY_TEXT,
                 "it is of another version of the format than %d, which this rootwalk reads",
                 CAPTURE_VERSION);
    else
        snprintf(text, REPLAY_TEXT, "%s", texts[error]);
    return text;
}

static enum replay_error read_all(FILE *from, uint8_t **octets, size_t *length)
{
    size_t room = CAPTURE_HEAD + CAPTURE_OCTETS_MAX + 1; /* one more: then it is too long */
    *octets = malloc(room);
    if (*octets == NULL)
        return REPLAY_MEMORY;
    *length = fread(*octets, 1, room, from);
    return ferror(from) ? REPLAY_UNREADABLE : REPLAY_OK;
}

enum replay_error replay_read(const char *path, uint8_t **octets, size_t *length)
{
    FILE *from = fopen(path, "rbe");
    *octets = NULL;
    if (from == NULL)
        return REPLAY_UNREADABLE;
    enum replay_error error = read_all(from, octets, length);
    int why = errno;
    fclose(from);
    errno = why;
    return error;
}

enum replay_error replay_check(const uint8_t *octets, size_t length)
{
    uint8_t digest[CAPTURE_DIGEST];
    size_t magic = length < CAPTURE_MAGIC_OCTETS ? length : CAPTURE_MAGIC_OCTETS;
    if (length == 0 || memcmp(octets, CAPTURE_MAGIC, magic) != 0)
        return REPLAY_FOREIGN;
    if (length < CAPTURE_HEAD)
        return REPLAY_TORN;
    if (get16(octets + CAPTURE_VERSION_AT) != CAPTURE_VERSION)
        return REPLAY_VERSION;
    if (length - CAPTURE_HEAD != get32(octets + CAPTURE_LENGTH_AT))
        return REPLAY_TORN;
    SHA256(octets + CAPTURE_HEAD, length - CAPTURE_HEAD, digest);
    return memcmp(digest, octets + CAPTURE_DIGEST_AT, CAPTURE_DIGEST) == 0 ? REPLAY_OK : REPLAY_DAMAGED;
}
