#include "server/recorder.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/*
 * Entries lie in a ring, in the order of their first time, none torn at the end:
 *
 *      octets   [ newest ... | next .. gap .. | oldest ... | end .. ]
 *
 * and hang in chains by their id. Offsets, as everywhere: 0 is none, as nothing lies at 0.
 */
enum {
    RECORDER_SIZE = 1 << 20,
    RECORDER_CHAINS = 1024,
    ENTRY_FIRST = 8,
    ENTRY_ALIGN = 8,
};

struct entry {
    uint32_t size; /* with its events */
    uint32_t chain, length;
    struct recorded head; /* up to its events, which follow in its place */
};

enum { ENTRY_HEAD = offsetof(struct entry, head) + offsetof(struct recorded, events) };

struct ring {
    pthread_mutex_t lock;
    struct recorder_statistics statistics;
    uint64_t sequence;
    uint32_t oldest, next,
        end; /* end: of what lies behind `oldest`, where the newest have begun anew; else 0 */
    uint32_t chain[RECORDER_CHAINS];
};

struct recorder {
    struct ring ring;
    _Alignas(ENTRY_ALIGN) uint8_t octets[RECORDER_SIZE - sizeof(struct ring)];
};

_Static_assert(sizeof(struct recorder) == RECORDER_SIZE, "exactly 1 MiB");

struct recorder *recorder_create(void)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL)
        return NULL;
    pthread_mutex_init(&recorder->ring.lock, NULL);
    recorder->ring.oldest = recorder->ring.next = ENTRY_FIRST;
    return recorder;
}

void recorder_destroy(struct recorder *recorder)
{
    if (recorder != NULL)
        pthread_mutex_destroy(&recorder->ring.lock);
    free(recorder);
}

static struct entry *entry_at(struct recorder *recorder, uint32_t offset)
{
    return (struct entry *)(void *)(recorder->octets + offset);
}

static uint32_t *chain_of(struct recorder *recorder, uint32_t id)
{
    return &recorder->ring.chain[id % RECORDER_CHAINS];
}

static struct entry *find(struct recorder *recorder, uint32_t id)
{
    for (uint32_t at = *chain_of(recorder, id); at != 0; at = entry_at(recorder, at)->chain)
        if (entry_at(recorder, at)->head.id == id)
            return entry_at(recorder, at);
    return NULL;
}

/* -- writing ----------------------------------------------------------------------------------- */

static bool is_empty(const struct ring *ring)
{
    return ring->end == 0 && ring->oldest == ring->next;
}

static void drop_oldest(struct recorder *recorder)
{
    struct ring *ring = &recorder->ring;
    struct entry *entry = entry_at(recorder, ring->oldest);
    uint32_t *link = chain_of(recorder, entry->head.id);
    while (*link != ring->oldest)
        link = &entry_at(recorder, *link)->chain;
    *link = entry->chain;
    ring->statistics.failures--;
    ring->statistics.dropped++;
    ring->statistics.octets -= entry->size;
    ring->oldest += entry->size;
    if (ring->end != 0 && ring->oldest >= ring->end) {
        ring->oldest = ENTRY_FIRST;
        ring->end = 0;
    }
}

/* Where an entry of that size has room. */
static uint32_t make_room(struct recorder *recorder, uint32_t size)
{
    struct ring *ring = &recorder->ring;
    if (ring->next + size > sizeof recorder->octets) {
        while (ring->end != 0)
            drop_oldest(recorder);
        if (is_empty(ring))
            ring->oldest = ENTRY_FIRST;
        else
            ring->end = ring->next;
        ring->next = ENTRY_FIRST;
    }
    while (ring->end != 0 && ring->oldest < ring->next + size)
        drop_oldest(recorder);
    uint32_t at = ring->next;
    ring->next += size;
    return at;
}

static void set_culprit(struct recorded *head, const struct effect *effect)
{
    const struct culprit *culprit = effect->culprit;
    head->blame = culprit->blame;
    head->server = culprit->server;
    head->zone.length = 0;
    if (culprit->zone.length > 0)
        dns_name_copy(&head->zone, dns_name_view(&culprit->zone));
    head->rcode = effect->answer->rcode;
    head->ede = effect->answer->ede;
    memcpy(head->text, effect->answer->ede_text, sizeof head->text);
}

static struct entry *add(struct recorder *recorder, const struct recorder_note *note)
{
    const struct journal *journal = note->effect->journal;
    size_t length = journal == NULL ? 0 : journal_flat_size(journal);
    uint32_t size = (uint32_t)((ENTRY_HEAD + length + ENTRY_ALIGN - 1) / ENTRY_ALIGN * ENTRY_ALIGN);
    uint32_t at = make_room(recorder, size);
    struct entry *entry = entry_at(recorder, at);
    memset(entry, 0, ENTRY_HEAD);
    entry->size = size;
    entry->length = (uint32_t)length;
    entry->head.id = note->effect->culprit->id;
    entry->head.first = note->at;
    entry->head.took = note->effect->took;
    entry->head.sequence = ++recorder->ring.sequence;
    set_culprit(&entry->head, note->effect);
    if (journal != NULL) {
        entry->head.start = journal->start;
        entry->head.lost = journal->lost;
        journal_flatten(journal, recorder->octets + at + ENTRY_HEAD);
    }
    uint32_t *chain = chain_of(recorder, entry->head.id);
    entry->chain = *chain;
    *chain = at;
    recorder->ring.statistics.failures++;
    recorder->ring.statistics.octets += size;
    return entry;
}

/* The last name comes first, and once. */
static void note_name(struct recorded *head, struct dns_name name, uint16_t type)
{
    unsigned at = 0;
    while (at < head->name_count &&
           !(head->type[at] == type && dns_name_equal(dns_name_view(&head->name[at]), name)))
        at++;
    if (at == RECORDER_NAMES)
        at--;
    else if (at == head->name_count)
        head->name_count++;
    for (; at > 0; at--) {
        head->name[at] = head->name[at - 1];
        head->type[at] = head->type[at - 1];
    }
    dns_name_copy(&head->name[0], name);
    head->type[0] = type;
}

void recorder_write(struct recorder *recorder, const struct recorder_note *note)
{
    if (note->effect->culprit->id == 0)
        return;
    pthread_mutex_lock(&recorder->ring.lock);
    recorder->ring.statistics.written++;
    struct entry *entry = find(recorder, note->effect->culprit->id);
    if (entry == NULL)
        entry = add(recorder, note);
    entry->head.last = note->at;
    entry->head.count++;
    entry->head.client = note->client == NULL ? (struct dns_address){0} : *note->client;
    note_name(&entry->head, note->name, note->type);
    pthread_mutex_unlock(&recorder->ring.lock);
}

/* -- reading ----------------------------------------------------------------------------------- */

static void copy(const struct entry *entry, struct recorded *to)
{
    memcpy(to, &entry->head, offsetof(struct recorded, events));
    to->length = entry->length;
    memcpy(to->events, (const uint8_t *)entry + ENTRY_HEAD, entry->length);
}

bool recorder_get(struct recorder *recorder, uint32_t id, struct recorded *to)
{
    pthread_mutex_lock(&recorder->ring.lock);
    const struct entry *entry = find(recorder, id);
    if (entry != NULL)
        copy(entry, to);
    pthread_mutex_unlock(&recorder->ring.lock);
    return entry != NULL;
}

static bool same_host(const struct dns_address *a, const struct dns_address *b)
{
    return a->family == b->family && memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static bool is_wanted(const struct recorded *head, const struct recorder_filter *filter)
{
    if (head->last < filter->since ||
        (filter->client.family != 0 && !same_host(&head->client, &filter->client)))
        return false;
    if (filter->name.wire == NULL)
        return true;
    bool found = head->zone.length > 0 && dns_name_within(dns_name_view(&head->zone), filter->name);
    for (unsigned i = 0; i < head->name_count && !found; i++)
        found = dns_name_within(dns_name_view(&head->name[i]), filter->name);
    return found;
}

/* Later ones come first: -1, 0 or 1. */
static int compare(uint64_t last, uint64_t sequence, uint64_t other_last, uint64_t other_sequence)
{
    if (last != other_last)
        return last > other_last ? -1 : 1;
    return sequence == other_sequence ? 0 : sequence > other_sequence ? -1 : 1;
}

static uint32_t step(const struct ring *ring, uint32_t at, uint32_t size)
{
    at += size;
    return ring->end != 0 && at == ring->end ? ENTRY_FIRST : at;
}

bool recorder_next(struct recorder *recorder, struct recorder_cursor *cursor,
                   const struct recorder_filter *filter, struct recorded *to)
{
    struct ring *ring = &recorder->ring;
    const struct entry *found = NULL;
    pthread_mutex_lock(&ring->lock);
    uint32_t at = ring->oldest;
    for (uint64_t i = 0; i < ring->statistics.failures; i++) {
        const struct entry *entry = entry_at(recorder, at);
        const struct recorded *head = &entry->head;
        bool later =
            found != NULL && compare(head->last, head->sequence, found->head.last, found->head.sequence) > 0;
        bool shown =
            cursor->begun && compare(head->last, head->sequence, cursor->last, cursor->sequence) <= 0;
        if (!later && !shown && is_wanted(head, filter))
            found = entry;
        at = step(ring, at, entry->size);
    }
    if (found != NULL) {
        copy(found, to);
        *cursor = (struct recorder_cursor){found->head.last, found->head.sequence, true};
    }
    pthread_mutex_unlock(&ring->lock);
    return found != NULL;
}

void recorder_get_statistics(struct recorder *recorder, struct recorder_statistics *statistics)
{
    pthread_mutex_lock(&recorder->ring.lock);
    *statistics = recorder->ring.statistics;
    pthread_mutex_unlock(&recorder->ring.lock);
}
