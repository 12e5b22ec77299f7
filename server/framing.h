/*
 * Messages in a stream: each comes behind two octets of its length (RFC 1035 §4.2.2), in pieces of any
 * size. Octets go in, whole messages come out.
 *
 *      while ((found = framing_next(&framing, &data, &length)) == FRAMING_MESSAGE)
 *          use framing.buffer, framing.length octets
 *
 * A message longer than the buffer is read over and handed out cut, which its parser will notice.
 */
#ifndef SERVER_FRAMING_H
#define SERVER_FRAMING_H

#include <stddef.h>
#include <stdint.h>

struct framing {
    uint8_t *buffer; /* the caller's */
    size_t capacity;
    size_t length;         /* of the message handed out */
    size_t expected, have; /* octets of the one that is coming in, prefix not counted */
    uint8_t prefix[2];
    unsigned prefix_have;
};

enum framing_found { FRAMING_MORE, FRAMING_MESSAGE, FRAMING_WRONG };

void framing_start(struct framing *framing, uint8_t *buffer, size_t capacity);

/* Takes octets from *data, *length octets, which it moves on. FRAMING_MORE: all are taken and more are
   needed. FRAMING_WRONG: a message shorter than a header was announced; nothing after it can be
   trusted. */
enum framing_found framing_next(struct framing *framing, const uint8_t **data, size_t *length);

#endif
