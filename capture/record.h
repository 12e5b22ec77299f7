/* Records of a capture (capture/format.h). */
#ifndef CAPTURE_RECORD_H
#define CAPTURE_RECORD_H

#include "capture/fields.h"
#include "capture/format.h"
#include "resolver/engine.h"

struct record {
    enum capture_record kind;
    const uint8_t *fields; /* a view */
    size_t length;
};

/* The next one; `from` has failed where there is none. */
struct record record_take(struct reading *from);

/* What came out of the engine as fields, and the kind of record that is. NULL: nothing. */
enum capture_record record_effect(struct fields *to, const struct effect *effect);

#endif
