#include "zones/packer.h"

#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"

enum { RECORD_FIXED = 10, POINTER_LIMIT = 0x4000 };

void packer_start(struct packer *packer, uint8_t *wire, size_t capacity, uint16_t id, uint16_t flags)
{
    packer->wire = wire;
    packer->capacity = capacity < DNS_MESSAGE_MAX ? capacity : DNS_MESSAGE_MAX;
    packer->length = DNS_HEADER_SIZE;
    packer->limit = packer->capacity < PACKER_FULL ? packer->capacity : PACKER_FULL;
    packer->questions = packer->records = 0;
    packer->labels = 0;
    packer->owner.length = 1;
    packer->owner.wire[0] = 0;
    memset(wire, 0, DNS_HEADER_SIZE);
    put16(wire, id);
    put16(wire + 2, flags);
}

/* Where the labels of a name begin, from the left; how many. */
static unsigned find_labels(struct dns_name name, uint8_t starts[DNS_LABELS_MAX + 1])
{
    unsigned labels = 0;
    for (unsigned at = 0; name.wire[at] != 0; at += 1u + name.wire[at])
        starts[labels++] = (uint8_t)at;
    starts[labels] = (uint8_t)(name.length - 1);
    return labels;
}

/* The last labels that `name` has in common with the owner before, as far as a pointer can reach them. */
static unsigned find_shared(const struct packer *packer, struct dns_name name, const uint8_t *starts,
                            unsigned labels)
{
    uint8_t old[DNS_LABELS_MAX + 1];
    unsigned shared = 0, reached = 0;
    find_labels(dns_name_view(&packer->owner), old);
    while (shared < labels && shared < packer->labels) {
        const uint8_t *mine = name.wire + starts[labels - shared - 1];
        const uint8_t *theirs = packer->owner.wire + old[packer->labels - shared - 1];
        if (mine[0] != theirs[0] || memcmp(mine, theirs, 1u + mine[0]) != 0)
            break;
        if (packer->offset[++shared] != 0)
            reached = shared;
    }
    return reached;
}

static bool put(struct packer *packer, const void *octets, size_t length)
{
    if (packer->capacity - packer->length < length)
        return false;
    if (length > 0)
        memcpy(packer->wire + packer->length, octets, length);
    packer->length += length;
    return true;
}

static bool put_name(struct packer *packer, struct dns_name name, bool is_owner)
{
    uint8_t starts[DNS_LABELS_MAX + 1], pointer[2];
    unsigned labels = find_labels(name, starts), shared = find_shared(packer, name, starts, labels);
    size_t at = packer->length;
    put16(pointer, 0xc000u | packer->offset[shared]);
    if (!put(packer, name.wire, shared > 0 ? starts[labels - shared] : name.length) ||
        (shared > 0 && !put(packer, pointer, sizeof pointer)))
        return false;
    if (!is_owner)
        return true;
    for (unsigned i = shared + 1; i <= labels; i++) {
        size_t offset = at + starts[labels - i];
        packer->offset[i] = offset < POINTER_LIMIT ? (uint16_t)offset : 0;
    }
    packer->labels = labels;
    dns_name_copy(&packer->owner, name);
    return true;
}

bool packer_question(struct packer *packer, struct dns_name qname, uint16_t qtype)
{
    uint8_t fixed[4];
    put16(fixed, qtype);
    put16(fixed + 2, DNS_CLASS_IN);
    packer->questions = 1;
    return put_name(packer, qname, true) && put(packer, fixed, sizeof fixed);
}

/* Types whose names may be compressed (RFC 3597 §4): fixed octets before them, and how many. */
static bool has_names(uint16_t type, unsigned *before, unsigned *names)
{
    *before = type == DNS_TYPE_MX ? 2 : 0;
    *names = type == DNS_TYPE_SOA ? 2 : 1;
    return type == DNS_TYPE_NS || type == DNS_TYPE_CNAME || type == DNS_TYPE_PTR || type == DNS_TYPE_MX ||
           type == DNS_TYPE_SOA;
}

static bool put_rdata(struct packer *packer, const struct zone_record *record)
{
    unsigned before, names;
    const uint8_t *at = record->rdata, *end = at + record->rdata_length;
    if (!has_names(record->type, &before, &names) || record->rdata_length < before)
        return put(packer, at, record->rdata_length);
    if (!put(packer, at, before))
        return false;
    at += before;
    for (struct dns_name name; names > 0 && dns_name_from_wire(at, (size_t)(end - at), &name) == DNS_OK;
         names--) {
        if (!put_name(packer, name, false))
            return false;
        at += name.length;
    }
    return put(packer, at, (size_t)(end - at));
}

bool packer_add(struct packer *packer, const struct zone_record *record)
{
    uint8_t fixed[RECORD_FIXED];
    size_t start = packer->length;
    if (packer->records == UINT16_MAX || (packer->records > 0 && start >= packer->limit))
        return false;
    put16(fixed, record->type);
    put16(fixed + 2, DNS_CLASS_IN);
    put32(fixed + 4, record->ttl);
    put16(fixed + 8, 0);
    size_t rdata = 0;
    if (put_name(packer, record->owner, true) && put(packer, fixed, sizeof fixed)) {
        rdata = packer->length;
        if (put_rdata(packer, record)) {
            put16(packer->wire + rdata - 2, (unsigned)(packer->length - rdata));
            packer->records++;
            return true;
        }
    }
    packer->length = start;
    packer->limit = 0; /* the owner that was left out may be remembered: nothing more is added */
    return false;
}

size_t packer_finish(struct packer *packer)
{
    put16(packer->wire + 4, packer->questions);
    put16(packer->wire + 6, packer->records);
    return packer->length;
}
