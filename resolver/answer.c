#include "resolver/answer.h"

#include <stdio.h>
#include <string.h>

#include "dns/octets.h"
#include "resolver/culprit.h"
#include "resolver/failure.h"
#include "resolver/image.h"

enum { POINTER_MAX = 0x3fff }; /* the farthest offset a compression pointer can name */

void answer_start(struct answer *answer, uint8_t *wire, size_t capacity, struct dns_name qname,
                  uint16_t qtype, bool dnssec)
{
    memcpy(wire + DNS_HEADER_SIZE, qname.wire, qname.length);
    put16(wire + DNS_HEADER_SIZE + qname.length, qtype);
    put16(wire + DNS_HEADER_SIZE + qname.length + 2, DNS_CLASS_IN);
    size_t length = DNS_HEADER_SIZE + qname.length + 4u;
    answer->wire = wire;
    answer->capacity = capacity;
    answer->length = answer->authority = answer->additional = length;
    memset(answer->count, 0, sizeof answer->count);
    answer->rcode = DNS_RCODE_NOERROR;
    answer->authoritative = false;
    answer->ede = DNS_EDE_NONE;
    answer->ede_text[0] = '\0';
    answer->id = 0;
    answer->name_at = DNS_HEADER_SIZE;
    answer->aliases = 0;
    answer->dnssec = dnssec;
    answer->checking_disabled = false;
    answer->trust = TRUST_SECURE;
    answer->unsigned_cut = false;
    answer->aside_count = 0;
    answer->aside = 0;
}

void answer_move(struct answer *answer, uint8_t *wire, size_t capacity)
{
    memcpy(wire, answer->wire, answer->length);
    memcpy(wire + capacity - answer->aside, answer->wire + answer->capacity, answer->aside);
    answer->wire = wire;
    answer->capacity = capacity - answer->aside;
}

struct dns_name answer_name(const struct answer *answer)
{
    struct dns_name name = {answer->wire + answer->name_at, 0};
    dns_name_from_wire(name.wire, answer->length - answer->name_at, &name);
    return name;
}

/* -- adding images ----------------------------------------------------------------------------- */

struct piece {
    size_t start, end; /* of its records in the wire */
    size_t base;       /* where the name of the image stands in the message */
    uint32_t age;
    bool stale; /* of what stands beside the answer */
    uint8_t count[IMAGE_PARTS];
};

/* Makes one record right for its place in the message. */
static bool settle(const struct piece *piece, struct image_record *record)
{
    if ((record->owner[0] & 0xc0) == 0xc0) {
        unsigned distance = ((unsigned)record->owner[0] << 8 | record->owner[1]) - IMAGE_NAME_POINTER;
        size_t target = piece->base + distance;
        if (distance >= DNS_NAME_MAX || target > POINTER_MAX)
            return false;
        put16(record->owner, 0xc000 | (unsigned)target);
    }
    put32(record->ttl_at, record->ttl > piece->age ? record->ttl - piece->age : 0);
    return true;
}

/* Settles the records of a part, which begin at *position; `last` is the last of them. The piece becomes stale
   when the time of one is over. */
static bool settle_part(struct answer *answer, struct piece *piece, enum image_part part, size_t *position,
                        struct image_record *last)
{
    for (unsigned i = 0; i < piece->count[part]; i++) {
        if (!image_next(answer->wire, position, piece->end, last) || !settle(piece, last))
            return false;
        piece->stale |= piece->age > 0 && piece->age >= last->ttl;
    }
    return true;
}

/* Takes a part out of the piece; it begins at `position`. */
static bool cut_part(struct answer *answer, struct piece *piece, enum image_part part, size_t position)
{
    size_t end = position;
    struct image_record record;
    for (unsigned i = 0; i < piece->count[part]; i++)
        if (!image_next(answer->wire, &end, piece->end, &record))
            return false;
    memmove(answer->wire + position, answer->wire + end, piece->end - end);
    piece->end -= end - position;
    piece->count[part] = 0;
    return true;
}

/* The proofs of an alias wait behind the capacity until the answer section is whole. */
static void put_aside(struct answer *answer, const struct piece *piece, size_t start, size_t end)
{
    memmove(answer->wire + answer->capacity - (end - start), answer->wire + start, end - start);
    answer->capacity -= end - start;
    answer->aside += end - start;
    answer->aside_count = (uint16_t)(answer->aside_count + piece->count[IMAGE_PROOFS]);
}

/* The answer is whole: what was put aside ends its authority section. */
static void take_from_aside(struct answer *answer)
{
    if (answer->aside == 0)
        return;
    answer->length = answer->additional;
    answer->count[DNS_ADDITIONAL] = 0;
    memmove(answer->wire + answer->length, answer->wire + answer->capacity, answer->aside);
    answer->length += answer->aside;
    answer->additional = answer->length;
    answer->count[DNS_AUTHORITY] = (uint16_t)(answer->count[DNS_AUTHORITY] + answer->aside_count);
    answer->capacity += answer->aside;
    answer->aside = answer->aside_count = 0;
}

static enum answer_added follow_alias(struct answer *answer, const struct piece *piece, size_t end,
                                      const struct image_record *alias)
{
    size_t at = (size_t)(alias->rdata - answer->wire);
    struct dns_name target;
    if (alias->type != DNS_TYPE_CNAME || at > POINTER_MAX ||
        dns_name_from_wire(alias->rdata, alias->rdata_length, &target) != DNS_OK)
        return ANSWER_UNCHANGED;
    unsigned records = piece->count[IMAGE_ANSWER] + piece->count[IMAGE_SIGNATURES];
    answer->count[DNS_ANSWER] = (uint16_t)(answer->count[DNS_ANSWER] + records);
    answer->length = answer->authority = answer->additional = end;
    answer->name_at = (uint16_t)at;
    answer->aliases++;
    return ANSWER_GOES_ON;
}

/* Brings the parts into the order that a client sees: the last two are left out, or take the place of the
   records that are beside the point. `position` is behind the answer section. */
static bool arrange(struct answer *answer, struct piece *piece, bool alias, size_t position)
{
    struct image_record record;
    if (!answer->dnssec) {
        piece->count[IMAGE_SIGNATURES] = piece->count[IMAGE_PROOFS] = 0;
        return true;
    }
    bool signatures = piece->count[IMAGE_SIGNATURES] + piece->count[IMAGE_PROOFS] > 0;
    if ((alias || (signatures && piece->count[IMAGE_ANSWER] > 0)) &&
        !cut_part(answer, piece, IMAGE_AUTHORITY, position))
        return false;
    for (unsigned i = 0; i < piece->count[IMAGE_AUTHORITY]; i++)
        if (!image_next(answer->wire, &position, piece->end, &record))
            return false;
    return !(alias || signatures) || cut_part(answer, piece, IMAGE_ADDITIONAL, position);
}

static enum answer_added add_alias(struct answer *answer, struct piece *piece, size_t position,
                                   const struct image_record *alias)
{
    struct image_record record;
    if (!settle_part(answer, piece, IMAGE_SIGNATURES, &position, &record))
        return ANSWER_UNCHANGED;
    size_t end = position;
    if (!settle_part(answer, piece, IMAGE_PROOFS, &position, &record))
        return ANSWER_UNCHANGED;
    enum answer_added added = follow_alias(answer, piece, end, alias);
    if (added == ANSWER_GOES_ON)
        put_aside(answer, piece, end, position);
    return added;
}

static enum answer_added add_piece(struct answer *answer, struct piece *piece, bool alias)
{
    struct image_record record = {0}, last;
    size_t position = piece->start;

    if (!settle_part(answer, piece, IMAGE_ANSWER, &position, &record) ||
        !arrange(answer, piece, alias, position))
        return ANSWER_UNCHANGED;
    if (alias)
        return add_alias(answer, piece, position, &record);
    if (!settle_part(answer, piece, IMAGE_SIGNATURES, &position, &last))
        return ANSWER_UNCHANGED;
    size_t authority = position;
    piece->stale = false;
    if (!settle_part(answer, piece, IMAGE_AUTHORITY, &position, &last) ||
        !settle_part(answer, piece, IMAGE_PROOFS, &position, &last))
        return ANSWER_UNCHANGED;
    size_t additional = position;
    if (!settle_part(answer, piece, IMAGE_ADDITIONAL, &position, &last))
        return ANSWER_UNCHANGED;
    if (piece->stale) { /* the answer outlives what was said beside it */
        position = additional = authority;
        piece->count[IMAGE_AUTHORITY] = piece->count[IMAGE_PROOFS] = piece->count[IMAGE_ADDITIONAL] = 0;
    }
    answer->count[DNS_ANSWER] =
        (uint16_t)(answer->count[DNS_ANSWER] + piece->count[IMAGE_ANSWER] + piece->count[IMAGE_SIGNATURES]);
    answer->count[DNS_AUTHORITY] =
        (uint16_t)(answer->count[DNS_AUTHORITY] + piece->count[IMAGE_AUTHORITY] + piece->count[IMAGE_PROOFS]);
    answer->count[DNS_ADDITIONAL] =
        (uint16_t)(answer->count[DNS_ADDITIONAL] + piece->count[IMAGE_ADDITIONAL]);
    answer->authority = authority;
    answer->additional = additional;
    answer->length = position;
    return ANSWER_ENDS;
}

/* The image lies at wire + length, `hit->length` octets with its trailer. */
static enum answer_added add_image_at(struct answer *answer, const struct cache_hit *hit, uint16_t qtype,
                                      size_t base)
{
    if (hit->length < IMAGE_TRAILER || hit->length > answer->capacity - answer->length)
        return ANSWER_UNCHANGED;
    struct piece piece = {
        .start = answer->length,
        .end = answer->length + hit->length - IMAGE_TRAILER,
        .base = base,
        .age = hit->age,
    };
    memcpy(piece.count, answer->wire + piece.end, IMAGE_TRAILER);
    bool made = piece.count[DNS_ANSWER] > 1; /* of a DNAME */
    bool alias = hit->kind == CACHE_RRSET && hit->type == DNS_TYPE_CNAME && qtype != DNS_TYPE_CNAME &&
                 (qtype != DNS_TYPE_ANY || made);
    enum answer_added added = add_piece(answer, &piece, alias);
    if (added == ANSWER_UNCHANGED)
        return added;
    answer->trust = trust_least(answer->trust, trust_of_mark(hit->mark));
    answer->unsigned_cut = (hit->mark & MARK_UNSIGNED_CUT) != 0;
    if (added == ANSWER_ENDS && hit->kind == CACHE_NXDOMAIN)
        answer->rcode = DNS_RCODE_NXDOMAIN;
    return added;
}

enum answer_added answer_add_image(struct answer *answer, const struct cache_hit *hit, uint16_t qtype)
{
    enum answer_added added = add_image_at(answer, hit, qtype, answer->name_at);
    if (added == ANSWER_ENDS)
        take_from_aside(answer);
    return added;
}

/* -- joining answers ------------------------------------------------------------------------------- */

/* Owners that point at the rest's question now point at our answer_name(); those that point behind it
   move with the records they point into. */
static bool relocate(struct image_record *record, size_t question_end, size_t name_at, size_t shift)
{
    if ((record->owner[0] & 0xc0) != 0xc0)
        return true;
    size_t target = ((size_t)record->owner[0] << 8 | record->owner[1]) & POINTER_MAX;
    target = target < question_end ? target - DNS_HEADER_SIZE + name_at : target + shift;
    if (target > POINTER_MAX)
        return false;
    put16(record->owner, 0xc000 | (unsigned)target);
    return true;
}

bool answer_append(struct answer *answer, const struct answer *rest)
{
    struct dns_name qname = {rest->wire + DNS_HEADER_SIZE, 0};
    dns_name_from_wire(qname.wire, rest->length - DNS_HEADER_SIZE, &qname);
    size_t question_end = DNS_HEADER_SIZE + qname.length + 4u;
    size_t size = rest->length - question_end;
    size_t start = answer->length, shift = start - question_end;

    if (size > answer->capacity - start)
        return false;
    memcpy(answer->wire + start, rest->wire + question_end, size);
    size_t position = start;
    struct image_record record;
    while (image_next(answer->wire, &position, start + size, &record))
        if (!relocate(&record, question_end, answer->name_at, shift))
            return false;
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        answer->count[i] = (uint16_t)(answer->count[i] + rest->count[i]);
    answer->length = start + size;
    answer->authority = rest->authority + shift;
    answer->additional = rest->additional + shift;
    answer->rcode = rest->rcode;
    answer->trust = trust_least(answer->trust, rest->trust);
    answer->unsigned_cut = rest->unsigned_cut;
    answer->ede = rest->ede;
    memcpy(answer->ede_text, rest->ede_text, sizeof answer->ede_text);
    answer->id = rest->id;
    take_from_aside(answer);
    return true;
}

void answer_fail(struct answer *answer, uint16_t rcode, int ede, const char *ede_text)
{
    struct dns_name qname = {answer->wire + DNS_HEADER_SIZE, 0};
    dns_name_from_wire(qname.wire, answer->length - DNS_HEADER_SIZE, &qname);
    memset(answer->count, 0, sizeof answer->count);
    answer->length = DNS_HEADER_SIZE + qname.length + 4u;
    answer->authority = answer->additional = answer->length;
    answer->capacity += answer->aside;
    answer->aside = answer->aside_count = 0;
    answer->trust = TRUST_NONE;
    answer->name_at = DNS_HEADER_SIZE;
    answer->rcode = rcode;
    answer->ede = ede;
    answer->id = 0;
    snprintf(answer->ede_text, sizeof answer->ede_text, "%s", ede_text == NULL ? "" : ede_text);
}

const char *answer_reason(const struct answer *answer, size_t room, char text[ANSWER_EDE_TEXT])
{
    char id[CULPRIT_ID_TEXT + 8] = "", digits[CULPRIT_ID_TEXT];
    bool both = answer->id != 0 && answer->ede_text[0] != '\0';
    if (answer->id != 0)
        snprintf(id, sizeof id, "id %s", culprit_id_to_text(answer->id, digits));
    size_t tail = strlen(id) + (both ? 2 : 0);
    room = room < ANSWER_EDE_TEXT ? room : ANSWER_EDE_TEXT - 1;
    if (tail >= room)
        snprintf(text, ANSWER_EDE_TEXT, "%s", strlen(id) <= room ? id : "");
    else
        snprintf(text, ANSWER_EDE_TEXT, "%.*s%s%s", (int)(room - tail), answer->ede_text, both ? "; " : "",
                 id);
    return text;
}

bool answer_goes_in_circles(const struct answer *answer)
{
    struct dns_name end = answer_name(answer), owner;
    struct dns_name qname = {answer->wire + DNS_HEADER_SIZE, 0};
    dns_name_from_wire(qname.wire, answer->length - DNS_HEADER_SIZE, &qname);
    size_t position = DNS_HEADER_SIZE + qname.length + 4u;
    struct image_record record;
    while (image_next(answer->wire, &position, answer->authority, &record)) {
        const uint8_t *at = record.owner;
        if ((at[0] & 0xc0) == 0xc0)
            at = answer->wire + (((size_t)at[0] << 8 | at[1]) & POINTER_MAX);
        size_t room = (size_t)(answer->wire + answer->authority - at);
        if (dns_name_from_wire(at, room, &owner) == DNS_OK && dns_name_equal(owner, end))
            return true;
    }
    return false;
}

/* -- from the cache ---------------------------------------------------------------------------- */

static enum answer_found fail_from_cache(struct answer *answer, const struct cache_hit *hit)
{
    struct failure_entry failure;
    failure_read(answer->wire + answer->length, hit->length, &failure);
    if (answer->checking_disabled && dns_ede_is_of_validation(failure.ede))
        return ANSWER_MISSING;
    answer_fail(answer, DNS_RCODE_SERVFAIL, failure.ede, failure.text);
    answer->id = failure.culprit.id;
    return ANSWER_COMPLETE;
}

enum answer_found answer_from_cache(struct answer *answer, struct cache *cache, uint16_t qtype, uint32_t now,
                                    unsigned aliases_max)
{
    for (;;) {
        struct dns_name name = answer_name(answer);
        struct cache_hit hit;
        size_t room = answer->capacity - answer->length;
        if (!cache_find_answer(cache, cache_hash(cache, name), name, qtype, now, &hit,
                               answer->wire + answer->length, room))
            return ANSWER_MISSING;
        if (hit.length > room)
            return ANSWER_NO_SPACE;
        answer->ttl = hit.ttl;
        answer->age = hit.age;
        answer->rank = (uint8_t)hit.rank;
        if (hit.kind == CACHE_FAILURE)
            return fail_from_cache(answer, &hit);
        enum answer_added added = answer_add_image(answer, &hit, qtype);
        if (added == ANSWER_ENDS)
            return ANSWER_COMPLETE;
        if (added == ANSWER_UNCHANGED)
            return ANSWER_NO_SPACE;
        if (answer->aliases > aliases_max)
            return ANSWER_TOO_LONG;
    }
}

void answer_closest(struct cache *cache, struct dns_name name, uint32_t now, struct closest *closest)
{
    *closest = (struct closest){0};
    for (struct dns_name at = name;; at = dns_name_parent(at)) {
        unsigned kinds = cache_kinds(cache, cache_hash(cache, at), at, now);
        if (kinds & 1u << CACHE_NXDOMAIN && closest->nxdomain.wire == NULL)
            closest->nxdomain = at;
        if (kinds & CACHE_HAS_DNAME && closest->dname.wire == NULL && at.length < name.length)
            closest->dname = at;
        if (kinds & 1u << CACHE_DELEGATION && closest->delegation.wire == NULL)
            closest->delegation = at;
        if (dns_name_is_root(at))
            return;
    }
}

static uint16_t question_type(const struct answer *answer)
{
    struct dns_name qname = {answer->wire + DNS_HEADER_SIZE, 0};
    dns_name_from_wire(qname.wire, answer->length - DNS_HEADER_SIZE, &qname);
    return (uint16_t)(qname.wire[qname.length] << 8 | qname.wire[qname.length + 1]);
}

/* Appends "name CNAME target" with the TTL of the DNAME record that was added last. */
static enum answer_added add_synthesised(struct answer *answer, struct dns_name owner, uint32_t ttl,
                                         struct dns_name dname_target)
{
    struct dns_name_buffer target;
    if (dns_name_replace_suffix(&target, answer_name(answer), owner, dname_target) != DNS_OK) {
        answer->rcode = DNS_RCODE_YXDOMAIN;
        take_from_aside(answer);
        return ANSWER_ENDS;
    }
    size_t size = 2 + 10 + (size_t)target.length;
    if (size > answer->capacity - answer->length || answer->length + 12 > POINTER_MAX)
        return ANSWER_UNCHANGED;
    uint8_t *at = answer->wire + answer->length;
    put16(at, 0xc000 | answer->name_at);
    put16(at + 2, DNS_TYPE_CNAME);
    put16(at + 4, DNS_CLASS_IN);
    put32(at + 6, ttl);
    put16(at + 10, target.length);
    memcpy(at + 12, target.wire, target.length);
    answer->name_at = (uint16_t)(answer->length + 12);
    answer->length += size;
    answer->authority = answer->additional = answer->length;
    answer->count[DNS_ANSWER]++;
    answer->aliases++;
    if (question_type(answer) != DNS_TYPE_CNAME)
        return ANSWER_GOES_ON;
    take_from_aside(answer);
    return ANSWER_ENDS;
}

static enum answer_added add_dname(struct answer *answer, struct cache *cache, struct dns_name owner,
                                   uint32_t now)
{
    struct answer before = *answer;
    struct dns_name name = answer_name(answer);
    struct cache_hit hit;
    size_t start = answer->length;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_DNAME, owner};
    if (!cache_find(cache, &key, now, &hit, answer->wire + start, answer->capacity - start) ||
        hit.rank != CACHE_RANK_SECURE)
        return ANSWER_UNCHANGED;
    size_t base = answer->name_at + (size_t)(name.length - owner.length);
    if (add_image_at(answer, &hit, DNS_TYPE_DNAME, base) != ANSWER_ENDS)
        return ANSWER_UNCHANGED;
    struct image_record record;
    struct dns_name target;
    if (!image_next(answer->wire, &start, answer->length, &record) ||
        dns_name_from_wire(record.rdata, record.rdata_length, &target) != DNS_OK) {
        *answer = before;
        return ANSWER_UNCHANGED;
    }
    uint32_t ttl = record.ttl;
    enum answer_added added = add_synthesised(answer, owner, ttl, target);
    if (added == ANSWER_UNCHANGED)
        *answer = before;
    return added;
}

enum answer_added answer_from_closest(struct answer *answer, struct cache *cache,
                                      const struct closest *closest, uint32_t now)
{
    if (closest->nxdomain.wire != NULL) {
        struct dns_name name = answer_name(answer);
        struct cache_hit hit;
        struct cache_key key = {CACHE_NXDOMAIN, 0, closest->nxdomain};
        size_t base = answer->name_at + (size_t)(name.length - closest->nxdomain.length);
        if (cache_find(cache, &key, now, &hit, answer->wire + answer->length,
                       answer->capacity - answer->length) &&
            add_image_at(answer, &hit, 0, base) == ANSWER_ENDS) {
            take_from_aside(answer);
            return ANSWER_ENDS;
        }
    }
    if (closest->dname.wire != NULL)
        return add_dname(answer, cache, closest->dname, now);
    return ANSWER_UNCHANGED;
}
