/*
 * Questions that are resolved for somebody who watches. Each has a worker of its own, which nobody else can ask, with
 * an engine on a cache of its own in front of the daemon's, or on an empty one; so it disturbs no client, changes
 * nothing that they see, and all that its engine does is for that question.
 *
 *      probe = probe_begin(probes, &question, on_stir, context, &problem);
 *      on_stir(): probe_events(probe, ...); probe_is_over(probe)? probe_capture(probe, &length)
 *      probe_end(probe);
 *
 * All on the main thread.
 */
#ifndef SERVER_PROBE_H
#define SERVER_PROBE_H

#include "capture/capture.h"
#include "server/daemon.h"

enum { PROBES_MOST = 4 /* at a time */ };

struct probe_question {
    struct dns_name name;
    uint16_t type;
    bool cold;              /* as if the cache were empty */
    bool checking_disabled; /* CD */
    const struct event
        *notes; /* what comes first, of that name; copied, but for texts: they outlive the probe */
    unsigned note_count;
};

struct probes;
struct probes *probes_create(struct daemon *daemon); /* NULL: out of memory or descriptors */
void probes_close(struct probes *probes);            /* ends all; the loop has to run once more after it */
void probes_destroy(struct probes *probes);

/* `stir` is called when there are events to be had, or it is over. NULL: *problem says why. */
struct probe;
struct probe *probe_begin(struct probes *probes, const struct probe_question *question,
                          void (*stir)(void *context), void *context, const char **problem);

/* Shows those that have come since the last call, at most `most`. */
void probe_events(struct probe *probe, unsigned most, void (*show)(void *context, const struct event *event),
                  void *context);

/* Nothing will come any more. */
bool probe_is_over(const struct probe *probe);

/* When it is over: the answer as a message, where its rcode is NOERROR; else NULL. Valid until probe_end(). */
const uint8_t *probe_answer(const struct probe *probe, size_t *length);

/* When it is over: the capture as a file has it. NULL: it became too large. Valid until probe_end(). */
const uint8_t *probe_capture(struct probe *probe, size_t *length);
void probe_totals(struct probe *probe, struct capture_totals *totals);

/* At any time: nobody watches any more. */
void probe_end(struct probe *probe);

#endif
