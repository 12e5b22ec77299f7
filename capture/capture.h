/*
 * A capture: all that one engine did, and all that it did by, so that it can be done again anywhere: its options, the
 * seed of its random octets, what was read from a cache, each call with its octets and times; and beside that what
 * came of it, events and effects, so that a replay (capture/replay.h) can tell the first difference.
 *
 *      struct capture *capture = capture_create(seed, version);
 *      cache_create(... .below = cache, .copied = capture_entry, .copied_context = capture)
 *      capture_attach(capture, &options);          random octets, events and calls of the engine are the capture's now
 *      engine = engine_create(&options); ...       one question, or several
 *      capture_finish(capture, cache);
 *      octets = capture_octets(capture, &length);  the file
 *
 * One thread fills it; another one may read the events meanwhile.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "capture/format.h"
#include "resolver/engine.h"

struct capture;

/* Octets of the cache that the engine has for itself: nothing has to go in one question's time, and memory that is not
   touched costs nothing. The same in a replay. */
enum { CAPTURE_CACHE = 64 << 20 };

/* `seed`: CAPTURE_SEED random octets. `version`: of who writes it, for people. `stir` (or NULL) is called for each
   event, from within the engine. NULL: out of memory. */
struct capture *capture_create(const uint8_t seed[CAPTURE_SEED], const char *version,
                               void (*stir)(void *context), void *context);
void capture_destroy(struct capture *capture);

/* Once, before engine_create(): sets random, events and tape; writes down all others. */
void capture_attach(struct capture *capture, struct engine_options *options);

/* A cache_visit: an entry that was copied in from below. */
void capture_entry(void *capture, const struct cache_key *key, const struct cache_hit *hit,
                   const uint8_t *data);

/* Shows the events from *position (0 at first) on, at most `most` of them. Any thread. */
void capture_events(struct capture *capture, size_t *position, unsigned most,
                    void (*show)(void *context, const struct event *event), void *context);

/* No more calls will come. `cache`: the engine's, whose hashes are in the entries. */
void capture_finish(struct capture *capture, const struct cache *cache);

/* The whole file; NULL: it is too large (CAPTURE_OCTETS_MAX), or there was no memory. Valid until it is destroyed. */
const uint8_t *capture_octets(struct capture *capture, size_t *length);

struct capture_totals {
    uint64_t events, calls, packets; /* packets: sent and received */
};
void capture_get_totals(struct capture *capture, struct capture_totals *totals);

#endif
