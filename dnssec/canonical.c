#include "dnssec/canonical.h"

#include <string.h>

#include "dns/types.h"

/* Where the names of a type are: fixed octets, character-strings, names; then fixed octets, or anything. */
struct lowered {
    uint16_t type;
    uint8_t before, strings, names, after;
    bool rest;
};

enum { TYPE_A6 = 38 };

/* RFC 4034 §6.2 as RFC 6840 §5.1 has it: NSEC is not in it, RRSIG is. HINFO has no names. */
static const struct lowered table[] = {
    {DNS_TYPE_NS, 0, 0, 1, 0, false},
    {3, 0, 0, 1, 0, false}, /* MD */
    {4, 0, 0, 1, 0, false}, /* MF */
    {DNS_TYPE_CNAME, 0, 0, 1, 0, false},
    {DNS_TYPE_SOA, 0, 0, 2, 20, false},
    {7, 0, 0, 1, 0, false}, /* MB */
    {8, 0, 0, 1, 0, false}, /* MG */
    {9, 0, 0, 1, 0, false}, /* MR */
    {DNS_TYPE_PTR, 0, 0, 1, 0, false},
    {14, 0, 0, 2, 0, false}, /* MINFO */
    {DNS_TYPE_MX, 2, 0, 1, 0, false},
    {17, 0, 0, 2, 0, false}, /* RP */
    {18, 2, 0, 1, 0, false}, /* AFSDB */
    {21, 2, 0, 1, 0, false}, /* RT */
    {DNS_TYPE_SIG, 18, 0, 1, 0, true},
    {26, 2, 0, 2, 0, false}, /* PX */
    {30, 0, 0, 1, 0, true},  /* NXT */
    {DNS_TYPE_SRV, 6, 0, 1, 0, false},
    {35, 4, 3, 1, 0, false}, /* NAPTR */
    {36, 2, 0, 1, 0, false}, /* KX */
    {DNS_TYPE_DNAME, 0, 0, 1, 0, false},
    {DNS_TYPE_RRSIG, 18, 0, 1, 0, true},
};

static const struct lowered *find(uint16_t type)
{
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].type == type)
            return &table[i];
    return NULL;
}

static bool lower_name(uint8_t *at, size_t left, size_t *taken)
{
    struct dns_name name;
    struct dns_name_buffer lowered;
    if (dns_name_from_wire(at, left, &name) != DNS_OK)
        return false;
    dns_name_copy_lower(&lowered, name);
    memcpy(at, lowered.wire, lowered.length);
    *taken = name.length;
    return true;
}

static bool lower(const struct lowered *form, uint8_t *octets, size_t length)
{
    size_t at = form->before, taken;
    for (unsigned i = 0; i < form->strings && at < length; i++)
        at += 1 + (size_t)octets[at];
    for (unsigned i = 0; i < form->names; i++) {
        if (at >= length || !lower_name(octets + at, length - at, &taken))
            return false;
        at += taken;
    }
    return form->rest || at + form->after == length;
}

/* A6, RFC 2874 §3.1: a prefix length, so much of an address as it leaves, and a name unless it is 0. */
static bool lower_a6(uint8_t *octets, size_t length)
{
    size_t taken;
    if (length == 0 || octets[0] > 128)
        return false;
    size_t at = 1 + (128u - octets[0] + 7) / 8;
    if (octets[0] == 0)
        return at == length;
    return at < length && lower_name(octets + at, length - at, &taken) && at + taken == length;
}

bool dnssec_canonical_rdata(uint16_t type, const uint8_t *rdata, size_t length, uint8_t *to)
{
    if (length > 0)
        memmove(to, rdata, length);
    if (type == TYPE_A6)
        return lower_a6(to, length);
    const struct lowered *form = find(type);
    return form == NULL || lower(form, to, length);
}

/* RFC 4034 §6.3: as left-justified octet strings, where the absence of an octet sorts first. */
static int compare(const struct dnssec_rdata *a, const struct dnssec_rdata *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = shorter > 0 ? memcmp(a->octets, b->octets, shorter) : 0;
    return order != 0 ? order : (int)a->length - (int)b->length;
}

static void sift(struct dnssec_rdata *heap, unsigned at, unsigned count)
{
    for (unsigned child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare(&heap[child], &heap[child + 1]) < 0)
            child++;
        if (compare(&heap[at], &heap[child]) >= 0)
            return;
        struct dnssec_rdata swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
    }
}

/* A heap sort: hostile sets sort as fast as others, and nothing is allocated. */
static void sort(struct dnssec_rdata *rdata, unsigned count)
{
    for (unsigned i = count / 2; i-- > 0;)
        sift(rdata, i, count);
    for (unsigned left = count; left > 1; left--) {
        struct dnssec_rdata largest = rdata[0];
        rdata[0] = rdata[left - 1];
        rdata[left - 1] = largest;
        sift(rdata, 0, left - 1);
    }
}

static unsigned drop_duplicates(struct dnssec_rdata *rdata, unsigned count)
{
    unsigned kept = count > 0;
    for (unsigned i = 1; i < count; i++)
        if (compare(&rdata[i], &rdata[kept - 1]) != 0)
            rdata[kept++] = rdata[i];
    return kept;
}

enum dnssec_reason dnssec_canonical_rrset(const struct dnssec_rrset *rrset,
                                          struct dnssec_canonical *canonical)
{
    dns_name_copy_lower(&canonical->owner, rrset->owner);
    canonical->type = rrset->type;
    canonical->class = rrset->class;
    canonical->count = 0;
    canonical->used = 0;
    if (rrset->count > DNSSEC_RECORDS_MAX)
        return DNSSEC_RRSET_TOO_LARGE;
    for (unsigned i = 0; i < rrset->count; i++) {
        const struct dnssec_rdata *from = &rrset->rdata[i];
        uint8_t *to = canonical->octets + canonical->used;
        if (DNSSEC_CANONICAL_OCTETS - canonical->used < from->length)
            return DNSSEC_RRSET_TOO_LARGE;
        if (!dnssec_canonical_rdata(rrset->type, from->octets, from->length, to))
            return DNSSEC_RDATA_MALFORMED;
        canonical->rdata[i] = (struct dnssec_rdata){to, from->length};
        canonical->used += from->length;
    }
    sort(canonical->rdata, rrset->count);
    canonical->count = drop_duplicates(canonical->rdata, rrset->count);
    return DNSSEC_REASON_NONE;
}
