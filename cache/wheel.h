/*
 * The order in which a shard's entries expire: a hierarchical timing wheel (Varghese, Lauck, 1987).
 *
 * A second is six digits to the base 64 (the highest has only two bits). An entry lies in the slot
 * (level, digit) of the highest digit in which its expiry differs from the wheel's time:
 *
 *      level 0   64 slots of 1 second
 *      level 1   64 slots of 64 seconds
 *      ...
 *      level 5    4 slots of 2^30 seconds; the circle of all uint32_t
 *
 *      of an entry on level n, all digits above n are those of `time`; digit n is ahead of it,
 *      or the same: then the time has come to that slot, and its entries are on their way down
 *      occupied[n] has bit d set exactly where slot (n, d) is not empty
 *
 * Each entry moves down at most five times in its life, and time jumps from one occupied slot to the
 * next, whatever lies between them. A slot's list is linked in both directions; its first entry's
 * `wheel_previous` is WHEEL_FIRST | slot.
 */
#ifndef CACHE_WHEEL_H
#define CACHE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WHEEL_LEVELS = 6,
    WHEEL_DIGIT_BITS = 6,
    WHEEL_SLOTS = (WHEEL_LEVELS - 1) * 64 + 4,
};

#define WHEEL_FIRST 0x80000000u

struct wheel {
    uint32_t time;
    uint32_t entries;
    uint64_t occupied[WHEEL_LEVELS];
    uint32_t slot[WHEEL_SLOTS];
};

/* Whether a is later than b, on the circle of seconds. */
static inline bool wheel_later(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

/* Links an entry (see cache/entry.h) by its `expires`, less than 2^31 seconds from now. */
void wheel_insert(struct wheel *wheel, uint32_t *memory, uint32_t offset, uint32_t now);
void wheel_remove(struct wheel *wheel, uint32_t *memory, uint32_t offset);

/* An entry that has expired by `now`, or 0. It stays linked. Moves at most *budget entries down, and
   counts them off; 0 with *budget == 0 may mean that there is one further on. */
uint32_t wheel_expired(struct wheel *wheel, uint32_t *memory, uint32_t now, unsigned *budget);

/* An entry was moved in memory from one offset to another: corrects what points to it. */
void wheel_moved(struct wheel *wheel, uint32_t *memory, uint32_t to);

/* NULL, or what is wrong. */
const char *wheel_verify(const struct wheel *wheel, const uint32_t *memory);

#endif
