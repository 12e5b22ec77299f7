/* A zone as a file that a restart reads: a zone file, written beside the old one and put in its place when it is whole and on
   the disk; and the journal beside a zone's file. */
#ifndef SERVER_STORE_H
#define SERVER_STORE_H

#include <stdatomic.h>

#include "zones/zone.h"

/* False: `why`, a clause that names the step and the reason; the old file is as it was. Any thread: where another one stores
   a version there, this one waits for it, and has nothing to say in the end where `*given_up` (or NULL) has come true. */
enum { STORE_WHY_MAX = 256 };
bool store_zone(const struct zone *zone, const char *path, const atomic_bool *given_up,
                char why[STORE_WHY_MAX]);

/* The zone's journal (zones/journal.h) in a file beside it, path and ".journal"; without one such a file goes. False: `why`, and
   errno. */
bool store_journal(const struct zone *zone, const char *path, char why[STORE_WHY_MAX]);

/* Gives `zone`, just read from `path`, the journal from there, if there is one that leads to it: the zone may have changed
   since, and two zones may have one file. False: it cannot be used, `why`. */
bool store_read_journal(struct zone *zone, const char *path, char why[STORE_WHY_MAX]);

/* The zone in it was confirmed now: that is the file's time. */
void store_confirm(const char *path);

/* Seconds since then; false: there is no such file. */
bool store_age(const char *path, uint64_t *age);

#endif
