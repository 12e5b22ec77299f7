#include "cache/wheel.h"

#include "cache/entry.h"

enum { HORIZON = 1 << 30 }; /* seconds; what expires later comes by once in between */

static unsigned digit_of(uint32_t time, unsigned level)
{
    return time >> level * WHEEL_DIGIT_BITS & 63;
}

static unsigned level_of(const struct wheel *wheel, uint32_t due)
{
    uint32_t differs = wheel->time ^ due;
    return differs ? (31 - (unsigned)__builtin_clz(differs)) / WHEEL_DIGIT_BITS : 0;
}

static void link_first(struct wheel *wheel, uint32_t *memory, uint32_t offset, unsigned level, unsigned digit)
{
    unsigned slot = level * 64 + digit;
    struct entry *entry = entry_at(memory, offset);
    uint32_t next = wheel->slot[slot];
    entry->wheel_next = next;
    entry->wheel_previous = WHEEL_FIRST | slot;
    if (next)
        entry_at(memory, next)->wheel_previous = offset;
    wheel->slot[slot] = offset;
    wheel->occupied[level] |= UINT64_C(1) << digit;
    wheel->entries++;
}

void wheel_insert(struct wheel *wheel, uint32_t *memory, uint32_t offset, uint32_t now)
{
    if (!wheel->entries)
        wheel->time = now;
    if (wheel_later(wheel->time, now))
        now = wheel->time;
    uint32_t expires = entry_at(memory, offset)->expires;
    uint32_t due = wheel_later(expires, now) ? expires : wheel->time;
    unsigned level = level_of(wheel, due);
    link_first(wheel, memory, offset, level, digit_of(due, level));
}

void wheel_remove(struct wheel *wheel, uint32_t *memory, uint32_t offset)
{
    struct entry *entry = entry_at(memory, offset);
    uint32_t next = entry->wheel_next, previous = entry->wheel_previous;
    wheel->entries--;
    if (next)
        entry_at(memory, next)->wheel_previous = previous;
    if (!(previous & WHEEL_FIRST)) {
        entry_at(memory, previous)->wheel_next = next;
        return;
    }
    unsigned slot = previous & ~WHEEL_FIRST;
    wheel->slot[slot] = next;
    if (!next)
        wheel->occupied[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

void wheel_moved(struct wheel *wheel, uint32_t *memory, uint32_t to)
{
    const struct entry *entry = entry_at(memory, to);
    if (entry->wheel_next)
        entry_at(memory, entry->wheel_next)->wheel_previous = to;
    if (entry->wheel_previous & WHEEL_FIRST)
        wheel->slot[entry->wheel_previous & ~WHEEL_FIRST] = to;
    else
        entry_at(memory, entry->wheel_previous)->wheel_next = to;
}

/* The first entry of a slot to which the time has come, or 0. */
static uint32_t first_due(const struct wheel *wheel)
{
    for (unsigned level = WHEEL_LEVELS; level-- > 0;) {
        unsigned digit = digit_of(wheel->time, level);
        if (wheel->occupied[level] >> digit & 1)
            return wheel->slot[level * 64 + digit];
    }
    return 0;
}

/* The second at which the next occupied slot begins: that of the lowest level, for all on it is before
   all on higher ones. The highest level is a circle. */
static bool next_start(const struct wheel *wheel, uint32_t *start)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        uint64_t occupied = wheel->occupied[level];
        if (!occupied)
            continue;
        unsigned shift = level * WHEEL_DIGIT_BITS;
        if (level < WHEEL_LEVELS - 1) {
            uint32_t above = wheel->time & (uint32_t)(~UINT64_C(0) << (shift + WHEEL_DIGIT_BITS));
            *start = above | (uint32_t)__builtin_ctzll(occupied) << shift;
        } else {
            unsigned digit = digit_of(wheel->time, level);
            while (!(occupied >> digit & 1))
                digit = (digit + 1) & 3;
            *start = (uint32_t)digit << shift;
        }
        return true;
    }
    return false;
}

uint32_t wheel_expired(struct wheel *wheel, uint32_t *memory, uint32_t now, unsigned *budget)
{
    if (wheel_later(wheel->time, now))
        return 0;
    for (;;) {
        uint32_t offset = first_due(wheel), start;
        if (offset) {
            if (!entry_alive(entry_at(memory, offset), now))
                return offset;
            if (!*budget)
                return 0;
            --*budget;
            wheel_remove(wheel, memory, offset);
            wheel_insert(wheel, memory, offset, now);
        } else if (next_start(wheel, &start) && !wheel_later(start, now)) {
            wheel->time = start;
        } else {
            wheel->time = now;
            return 0;
        }
    }
}

/* --- checks ------------------------------------------------------------------------------------- */

static const char *verify_place(const struct wheel *wheel, const struct entry *entry, unsigned slot)
{
    unsigned level = slot / 64, digit = slot % 64;
    if (digit == digit_of(wheel->time, level))
        return NULL;
    if (digit < digit_of(wheel->time, level) && level < WHEEL_LEVELS - 1)
        return "an entry's slot lies in the past";
    unsigned shift = level * WHEEL_DIGIT_BITS;
    uint32_t above = (uint32_t)(~UINT64_C(0) << (shift + WHEEL_DIGIT_BITS));
    if (((entry->expires ^ wheel->time) & above) || digit_of(entry->expires, level) != digit)
        return "an entry is in the wrong slot";
    return NULL;
}

const char *wheel_verify(const struct wheel *wheel, const uint32_t *memory)
{
    uint32_t linked = 0;
    for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++) {
        uint32_t offset = wheel->slot[slot], previous = WHEEL_FIRST | slot;
        if (!offset != !(wheel->occupied[slot / 64] >> slot % 64 & 1))
            return "a slot's bit does not tell whether it has entries";
        while (offset) {
            const struct entry *entry = (const struct entry *)(memory + offset);
            if (++linked > wheel->entries || entry->wheel_previous != previous)
                return "a slot's list is broken";
            const char *problem = verify_place(wheel, entry, slot);
            if (problem)
                return problem;
            previous = offset;
            offset = entry->wheel_next;
        }
    }
    return linked == wheel->entries ? NULL : "the wheel's count is wrong";
}
