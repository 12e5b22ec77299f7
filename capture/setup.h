/* The engine's options as fields, and back. What belongs to one process (cache, random numbers, listeners, zones of our
   own) is not in them. */
#ifndef CAPTURE_SETUP_H
#define CAPTURE_SETUP_H

#include "capture/fields.h"
#include "resolver/engine.h"

void setup_write(struct fields *to, const struct engine_options *options);

/* Options with what they point to. */
struct setup {
    struct engine_options options;
    struct hints hints;
    struct validation validation;
    struct dnssec_anchor *anchors;
    struct dnssec_policy *policies;
    const uint8_t **policy_names; /* views of what was read */
    struct validation_except *except;
    struct route *routes;
    struct dns_address *addresses; /* of all routes */
    struct engine_server_rule *rules;
};

/* False: they are malformed, or out of range, or there is no memory. The setup is to be freed in any case; its
   names are views of what was read. */
bool setup_read(struct reading *from, struct setup *setup);
void setup_free(struct setup *setup);

#endif
