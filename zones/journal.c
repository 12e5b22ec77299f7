#include "zones/journal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "zones/delta.h"

/* A journal in a file: MAGIC, a checksum over all that follows, the fingerprint of the zone that it leads to, the number of
   changes; then for each its octets, how many of these go, both serials, and the octets. */
#define MAGIC "rootwalk journal 1\n"
enum {
    MAGIC_LENGTH = sizeof MAGIC - 1,
    CHECKSUM = 32,
    CHECKSUM_AT = MAGIC_LENGTH,
    PRINT_AT = CHECKSUM_AT + CHECKSUM,
    COUNT_AT = PRINT_AT + CHECKSUM,
    HEAD = COUNT_AT + 4,
    ENTRY = 16,
};

const struct zone_journal *zone_journal(const struct zone *zone)
{
    return zone->journal;
}

void zone_journal_release(struct zone_journal *journal)
{
    if (journal == NULL || atomic_fetch_sub_explicit(&journal->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < journal->count; i++)
        zone_delta_release(journal->delta[i]);
    free(journal);
}

size_t zone_journal_count(const struct zone_journal *journal)
{
    return journal != NULL ? journal->count : 0;
}

size_t zone_journal_octets(const struct zone_journal *journal)
{
    size_t octets = 0;
    for (size_t i = 0; i < zone_journal_count(journal); i++)
        octets += journal->delta[i]->length;
    return octets;
}

struct zone_delta *zone_journal_at(const struct zone_journal *journal, size_t number)
{
    return journal->delta[number];
}

size_t zone_journal_find(const struct zone_journal *journal, uint32_t serial)
{
    for (size_t i = zone_journal_count(journal); i > 0; i--)
        if (journal->delta[i - 1]->from == serial)
            return i - 1;
    return SIZE_MAX;
}

static size_t octets_max(const struct zone *zone)
{
    return zone->octets_length > ZONE_JOURNAL_OCTETS ? zone->octets_length : ZONE_JOURNAL_OCTETS;
}

/* The last of the old changes and the new ones, as many as are kept. */
static struct zone_journal *make_journal(const struct zone_journal *old, struct zone_delta *const *deltas,
                                         size_t count, size_t octets_left)
{
    size_t kept = 0, all = zone_journal_count(old) + count;
    if (zone_journal_count(old) > 0 && old->delta[old->count - 1]->to != deltas[0]->from)
        all = count;
    struct zone_journal *journal = malloc(sizeof *journal + ZONE_JOURNAL_DELTAS * sizeof journal->delta[0]);
    if (journal == NULL)
        return NULL;
    while (kept < all && kept < ZONE_JOURNAL_DELTAS) {
        struct zone_delta *delta =
            kept < count ? deltas[count - 1 - kept] : old->delta[old->count - 1 - (kept - count)];
        if (delta->length > octets_left)
            break;
        octets_left -= delta->length;
        journal->delta[ZONE_JOURNAL_DELTAS - ++kept] = zone_delta_hold(delta);
    }
    memmove(journal->delta, journal->delta + ZONE_JOURNAL_DELTAS - kept, kept * sizeof journal->delta[0]);
    journal->count = kept;
    atomic_init(&journal->holders, 1);
    if (kept > 0)
        return journal;
    free(journal);
    return NULL;
}

void zone_follow_deltas(struct zone *next, const struct zone *previous, struct zone_delta *const *deltas,
                        size_t count)
{
    if (count == 0 || deltas[count - 1]->to != zone_serial(next))
        return;
    zone_journal_release(next->journal);
    next->journal =
        make_journal(previous != NULL ? previous->journal : NULL, deltas, count, octets_max(next));
}

void zone_follow(struct zone *next, const struct zone *previous)
{
    if (previous == NULL)
        return;
    if (previous->journal != NULL && zone_same(next, previous)) {
        atomic_fetch_add_explicit(&previous->journal->holders, 1, memory_order_relaxed);
        zone_journal_release(next->journal);
        next->journal = previous->journal;
        return;
    }
    struct zone_delta *delta = zone_delta_between(previous, next, octets_max(next));
    if (delta != NULL)
        zone_follow_deltas(next, previous, &delta, 1);
    zone_delta_release(delta);
}

/* -- files -------------------------------------------------------------------------------------- */

static bool checksum(const uint8_t *octets, size_t length, uint8_t sum[CHECKSUM])
{
    return EVP_Digest(octets, length, sum, NULL, EVP_sha256(), NULL) == 1;
}

/* Of all its records: the same serial does not say that nobody has touched its file. */
static bool fingerprint(const struct zone *zone, uint8_t print[CHECKSUM])
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    struct zone_cursor cursor = {0};
    struct zone_record record;
    uint8_t head[8];
    bool good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;
    while (good && zone_next(zone, &cursor, &record)) {
        put16(head, record.type);
        put16(head + 2, record.rdata_length);
        put32(head + 4, record.ttl);
        good = EVP_DigestUpdate(digest, record.owner.wire, record.owner.length) == 1 &&
               EVP_DigestUpdate(digest, head, sizeof head) == 1 &&
               EVP_DigestUpdate(digest, record.rdata, record.rdata_length) == 1;
    }
    good = good && EVP_DigestFinal_ex(digest, print, NULL) == 1;
    EVP_MD_CTX_free(digest);
    return good;
}

static uint8_t *encode_delta(uint8_t *to, const struct zone_delta *delta)
{
    put32(to, (uint32_t)delta->length);
    put32(to + 4, (uint32_t)delta->removed);
    put32(to + 8, delta->from);
    put32(to + 12, delta->to);
    memcpy(to + ENTRY, delta->octets, delta->length);
    return to + ENTRY + delta->length;
}

uint8_t *zone_journal_encode(const struct zone *zone, size_t *length)
{
    const struct zone_journal *journal = zone->journal;
    size_t count = zone_journal_count(journal);
    *length = HEAD + count * ENTRY + zone_journal_octets(journal);
    uint8_t *octets = count > 0 ? malloc(*length) : NULL;
    if (octets == NULL)
        return NULL;
    memcpy(octets, MAGIC, MAGIC_LENGTH);
    put32(octets + COUNT_AT, (uint32_t)count);
    uint8_t *to = octets + HEAD;
    for (size_t i = 0; i < count; i++)
        to = encode_delta(to, journal->delta[i]);
    if (fingerprint(zone, octets + PRINT_AT) &&
        checksum(octets + PRINT_AT, *length - PRINT_AT, octets + CHECKSUM_AT))
        return octets;
    free(octets);
    return NULL;
}

static struct zone_delta *decode_delta(const uint8_t *at, size_t left, struct dns_name apex)
{
    if (left < ENTRY || left - ENTRY < get32(at))
        return NULL;
    struct zone_delta *delta = delta_new(get32(at + 8), get32(at + 12), get32(at + 4), at + ENTRY, get32(at));
    if (delta == NULL || delta_is_whole(delta, apex))
        return delta;
    zone_delta_release(delta);
    return NULL;
}

/* All that stand there, each from where the one before leads. */
static bool decode_deltas(struct zone *zone, const uint8_t *octets, size_t length)
{
    struct zone_delta *deltas[ZONE_JOURNAL_DELTAS];
    size_t count = get32(octets + COUNT_AT), read = 0, at = HEAD;
    bool good = count > 0 && count <= ZONE_JOURNAL_DELTAS;
    while (good && read < count) {
        deltas[read] = decode_delta(octets + at, length - at, zone_apex(zone));
        if (deltas[read] == NULL)
            break;
        good = read == 0 || deltas[read - 1]->to == deltas[read]->from;
        at += ENTRY + deltas[read]->length;
        read++;
    }
    good = good && read == count && at == length;
    if (good)
        zone_follow_deltas(zone, NULL, deltas, count);
    for (size_t i = 0; i < read; i++)
        zone_delta_release(deltas[i]);
    return good && zone->journal != NULL;
}

enum zone_journal_verdict zone_journal_decode(struct zone *zone, const uint8_t *octets, size_t length)
{
    uint8_t sum[CHECKSUM], print[CHECKSUM];
    if (length < HEAD || memcmp(octets, MAGIC, MAGIC_LENGTH) != 0 ||
        !checksum(octets + PRINT_AT, length - PRINT_AT, sum) ||
        memcmp(sum, octets + CHECKSUM_AT, CHECKSUM) != 0)
        return ZONE_JOURNAL_DAMAGED;
    if (!fingerprint(zone, print) || memcmp(print, octets + PRINT_AT, CHECKSUM) != 0)
        return ZONE_JOURNAL_FOREIGN;
    return decode_deltas(zone, octets, length) ? ZONE_JOURNAL_TAKEN : ZONE_JOURNAL_DAMAGED;
}
