#include "server/framing.h"

#include <string.h>

#include "dns/message.h"

void framing_start(struct framing *framing, uint8_t *buffer, size_t capacity)
{
    *framing = (struct framing){.buffer = buffer, .capacity = capacity};
}

static void take(struct framing *framing, const uint8_t **data, size_t *length)
{
    size_t part = framing->expected - framing->have;
    if (part > *length)
        part = *length;
    if (framing->have < framing->capacity) {
        size_t room = framing->capacity - framing->have;
        memcpy(framing->buffer + framing->have, *data, part < room ? part : room);
    }
    framing->have += part;
    *data += part;
    *length -= part;
}

enum framing_found framing_next(struct framing *framing, const uint8_t **data, size_t *length)
{
    while (framing->prefix_have < 2) {
        if (*length == 0)
            return FRAMING_MORE;
        framing->prefix[framing->prefix_have++] = **data;
        (*data)++;
        (*length)--;
    }
    framing->expected = (size_t)framing->prefix[0] << 8 | framing->prefix[1];
    if (framing->expected < DNS_HEADER_SIZE)
        return FRAMING_WRONG;
    if (*length > 0)
        take(framing, data, length);
    if (framing->have < framing->expected)
        return FRAMING_MORE;
    framing->length = framing->expected < framing->capacity ? framing->expected : framing->capacity;
    framing->have = 0;
    framing->prefix_have = 0;
    return FRAMING_MESSAGE;
}
