#include "server/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void refill(struct random *random)
{
    size_t have = 0;
    while (have < sizeof random->buffer) {
        ssize_t got = getrandom(random->buffer + have, sizeof random->buffer - have, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0)
            have += (size_t)got;
    }
    random->left = sizeof random->buffer;
}

void random_fill(void *context, uint8_t *to, size_t length)
{
    struct random *random = context;
    while (length > 0) {
        if (random->left == 0)
            refill(random);
        size_t part = length < random->left ? length : random->left;
        uint8_t *from = random->buffer + sizeof random->buffer - random->left;
        memcpy(to, from, part);
        explicit_bzero(from, part);
        random->left -= part;
        to += part;
        length -= part;
    }
}

uint32_t random_below(random_source *fill, void *context, uint32_t bound)
{
    /* Values of the incomplete last stretch are drawn again, so that none is likelier. */
    uint32_t limit = UINT32_MAX - UINT32_MAX % bound;
    uint32_t value;
    do
        fill(context, (uint8_t *)&value, sizeof value);
    while (value >= limit);
    return value % bound;
}
