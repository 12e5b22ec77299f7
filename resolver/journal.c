#include "resolver/journal.h"

#include <string.h>

#include "dns/octets.h"

enum { RECORD_HEAD = 2 };

void journal_start(struct journal *journal, uint64_t now)
{
    journal->start = now;
    journal->oldest = journal->next = journal->end = journal->count = journal->lost = 0;
}

static void drop_oldest(struct journal *journal)
{
    journal->oldest += RECORD_HEAD + (uint32_t)get16(journal->octets + journal->oldest);
    journal->count--;
    journal->lost++;
    if (journal->end != 0 && journal->oldest >= journal->end)
        journal->oldest = journal->end = 0;
}

static size_t text_room(const char *text)
{
    return text == NULL ? 0 : strnlen(text, EVENT_TEXT_KEPT) + 2;
}

/* No fewer octets than the event takes: all its numbers at their longest, then what differs much in length. */
static size_t room_for(const struct event *event)
{
    enum { NUMBERS_MAX = 144 };
    return NUMBERS_MAX + event->name.length + event->other.length + event->zone.length +
           event->server.length + text_room(event->text) + text_room(event->place);
}

void journal_write(struct journal *journal, const struct event *event)
{
    if (journal->next >= JOURNAL_OCTETS) {
        while (journal->count > 0 && journal->end != 0) /* those of the lap before that lie behind */
            drop_oldest(journal);
        journal->end = journal->next;
        journal->next = 0;
    }
    if (journal->end != 0) { /* the oldest are ahead */
        size_t to = journal->next + room_for(event);
        while (journal->end != 0 && journal->oldest < to)
            drop_oldest(journal);
    }
    uint8_t *at = journal->octets + journal->next;
    size_t length = event_pack(event, journal->start, at + RECORD_HEAD);
    put16(at, (unsigned)length);
    journal->next += RECORD_HEAD + (uint32_t)length;
    journal->count++;
}

size_t journal_flat_size(const struct journal *journal)
{
    return journal->end == 0 ? journal->next - journal->oldest
                             : journal->end - journal->oldest + journal->next;
}

size_t journal_flatten(const struct journal *journal, uint8_t *to)
{
    size_t first = journal->end == 0 ? 0 : journal->end - journal->oldest;
    memcpy(to, journal->octets + journal->oldest, first);
    size_t from = journal->end == 0 ? journal->oldest : 0;
    memcpy(to + first, journal->octets + from, journal->next - from);
    return first + journal->next - from;
}

void journal_begin(struct journal_cursor *cursor, const uint8_t *flat, size_t length, uint64_t start)
{
    *cursor = (struct journal_cursor){flat, flat + length, start};
}

bool journal_next(struct journal_cursor *cursor, struct event *event)
{
    size_t left = (size_t)(cursor->end - cursor->at);
    if (left < RECORD_HEAD)
        return false;
    size_t length = get16(cursor->at);
    if (length > left - RECORD_HEAD ||
        event_unpack(cursor->at + RECORD_HEAD, length, cursor->start, event) != length)
        return false;
    cursor->at += RECORD_HEAD + length;
    return true;
}
