/*
 * A capture played again: the real engine, on the capture's own clock, out of the file alone. Every event and every
 * effect is compared with what was captured, octet by octet; at the first difference it ends.
 *
 *      error = replay_read(path, &octets, &length);
 *      error = replay_run(octets, length, &watcher, &result);
 *
 * A file may have been made by anybody: whatever is in it, it is a capture, or an error.
 */
#ifndef CAPTURE_REPLAY_H
#define CAPTURE_REPLAY_H

#include "capture/format.h"
#include "resolver/engine.h"

enum replay_error {
    REPLAY_OK,
    REPLAY_UNREADABLE, /* the file cannot be read: errno says why */
    REPLAY_FOREIGN,    /* no capture */
    REPLAY_VERSION,    /* of another version of the format */
    REPLAY_TORN,       /* its end is missing, or there is more than there should be */
    REPLAY_DAMAGED,    /* its checksum is wrong */
    REPLAY_MALFORMED,  /* its records are none */
    REPLAY_MEMORY,
};

/* One line for people. */
enum { REPLAY_TEXT = 160 };
const char *replay_error_text(enum replay_error error, char text[REPLAY_TEXT]);

/* The whole file, to be freed. */
enum replay_error replay_read(const char *path, uint8_t **octets, size_t *length);

/* Whether it is a whole capture: its head and its checksum. */
enum replay_error replay_check(const uint8_t *octets, size_t length);

/* Events as they happen now. */
struct replay_watcher {
    void (*event)(void *context, const struct event *event);
    void *context;
};

enum { REPLAY_LINE = EVENT_TEXT_MAX };
struct replay_result {
    uint64_t events, calls, packets; /* that were the same */
    char version[CAPTURE_TEXT];      /* of who captured it */
    bool different;                  /* and what was captured, and what is now: */
    char captured[REPLAY_LINE], now[REPLAY_LINE];
};

/* `octets` may be anything. The result is filled in whenever it is REPLAY_OK. */
enum replay_error replay_run(const uint8_t *octets, size_t length, const struct replay_watcher *watcher,
                             struct replay_result *result);

#endif
