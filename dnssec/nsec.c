#include <string.h>

#include "dns/types.h"
#include "dnssec/bitmap.h"
#include "dnssec/denial_parts.h"

/* The next name is in the zone and behind the owner, or the apex: the last record points there (RFC 4034
   §4.1.1). */
bool nsec_read(const struct dnssec_denial *denial, struct dns_name owner, const uint8_t *rdata, size_t length,
               struct dnssec_nsec *nsec, enum dnssec_reason *reason)
{
    *reason = DNSSEC_PROOF_MALFORMED;
    nsec->owner = owner;
    if (dns_name_from_wire(rdata, length, &nsec->next) != DNS_OK)
        return false;
    nsec->bitmap = rdata + nsec->next.length;
    nsec->bitmap_length = (uint16_t)(length - nsec->next.length);
    if (!dnssec_bitmap_valid(nsec->bitmap, nsec->bitmap_length))
        return false;
    *reason = DNSSEC_PROOF_OUTSIDE_ZONE;
    return dns_name_within(nsec->next, denial->zone) &&
           (dns_name_equal(nsec->next, denial->zone) || dns_name_compare(owner, nsec->next) < 0);
}

static const struct dnssec_nsec *find_match(const struct dnssec_denial *denial, struct dns_name name)
{
    for (unsigned i = 0; i < denial->nsec_count; i++)
        if (dns_name_equal(denial->nsec[i].owner, name))
            return &denial->nsec[i];
    return NULL;
}

/* RFC 6840 §4.1: a record at a zone cut or a DNAME says nothing about what is below it. */
static bool speaks_of(const struct dnssec_nsec *nsec, struct dns_name name)
{
    return !denial_hides_below(nsec->bitmap, nsec->bitmap_length) || !dns_name_within(name, nsec->owner);
}

/* The record that covers `name`. Where something exists below the name, it is an empty non-terminal. */
static const struct dnssec_nsec *find_cover(const struct dnssec_denial *denial, struct dns_name name,
                                            enum dnssec_reason *reason)
{
    for (unsigned i = 0; i < denial->nsec_count; i++) {
        const struct dnssec_nsec *nsec = &denial->nsec[i];
        bool last = dns_name_equal(nsec->next, denial->zone);
        if (dns_name_compare(nsec->owner, name) >= 0 || (!last && dns_name_compare(name, nsec->next) >= 0))
            continue;
        if (speaks_of(nsec, name))
            return nsec;
        *reason = DNSSEC_PROOF_WRONG_SIDE;
    }
    return NULL;
}

static bool is_empty_nonterminal(const struct dnssec_nsec *cover, struct dns_name name)
{
    return dns_name_within(cover->next, name);
}

static unsigned common_labels(struct dns_name a, struct dns_name b)
{
    unsigned labels_a = dns_name_labels(a), labels_b = dns_name_labels(b);
    unsigned labels = labels_a < labels_b ? labels_a : labels_b;
    a = dns_name_suffix(a, labels);
    b = dns_name_suffix(b, labels);
    while (labels > 0 && !dns_name_equal(a, b)) {
        a = dns_name_parent(a);
        b = dns_name_parent(b);
        labels--;
    }
    return labels;
}

/* Of a name that `cover` denies: the longest ancestor that exists is one of the owner's or the next name's.
   */
static struct dns_name closest_encloser(const struct dnssec_nsec *cover, struct dns_name name)
{
    unsigned by_owner = common_labels(name, cover->owner), by_next = common_labels(name, cover->next);
    return dns_name_suffix(name, by_owner > by_next ? by_owner : by_next);
}

/* "*." in front; false when it does not fit, and then there is no such name. */
static bool wildcard_of(struct dns_name encloser, struct dns_name_buffer *wildcard)
{
    if (encloser.length + 2 > DNS_NAME_MAX)
        return false;
    memcpy(wildcard->wire, "\1*", 2);
    memcpy(wildcard->wire + 2, encloser.wire, encloser.length);
    wildcard->length = (uint8_t)(encloser.length + 2);
    return true;
}

static bool has_nxname(const struct dnssec_nsec *nsec)
{
    return dnssec_bitmap_has(nsec->bitmap, nsec->bitmap_length, DNS_TYPE_NXNAME);
}

enum dnssec_status nsec_prove_nxdomain(struct denial_question *question)
{
    const struct dnssec_denial *denial = question->denial;
    struct dns_name_buffer wildcard;
    enum dnssec_reason reason = DNSSEC_PROOF_MISSING;
    const struct dnssec_nsec *match = find_match(denial, question->qname);
    if (match != NULL)
        return has_nxname(match) ? denial_proven(question, DNSSEC_PROVES_NXNAME, (struct dns_name){NULL, 0})
                                 : denial_failed(question, DNSSEC_PROOF_EXISTS);
    const struct dnssec_nsec *cover = find_cover(denial, question->qname, &reason);
    if (cover == NULL)
        return denial_failed(question, reason);
    if (is_empty_nonterminal(cover, question->qname))
        return denial_failed(question, DNSSEC_PROOF_EXISTS);
    struct dns_name encloser = closest_encloser(cover, question->qname);
    if (!wildcard_of(encloser, &wildcard))
        return denial_proven(question, DNSSEC_PROVES_NXDOMAIN, encloser);
    struct dns_name star = dns_name_view(&wildcard);
    if (find_match(denial, star) != NULL)
        return denial_failed(question, DNSSEC_PROOF_EXISTS);
    reason = DNSSEC_PROOF_WILDCARD_MISSING;
    cover = find_cover(denial, star, &reason);
    if (cover == NULL)
        return denial_failed(question, reason);
    if (is_empty_nonterminal(cover, star))
        return denial_failed(question, DNSSEC_PROOF_EXISTS);
    return denial_proven(question, DNSSEC_PROVES_NXDOMAIN, encloser);
}

static enum dnssec_status nodata_by_match(struct denial_question *question, const struct dnssec_nsec *match)
{
    enum dnssec_reason reason = denial_bitmap_fault(match->bitmap, match->bitmap_length, question->qtype,
                                                    dns_name_is_root(match->owner));
    if (has_nxname(match) && (reason == DNSSEC_REASON_NONE || question->qtype == DNS_TYPE_ANY))
        return denial_proven(question, DNSSEC_PROVES_NXNAME, (struct dns_name){NULL, 0});
    if (reason != DNSSEC_REASON_NONE)
        return denial_failed(question, reason);
    bool cut = question->qtype == DNS_TYPE_DS && denial_is_delegation(match->bitmap, match->bitmap_length);
    return denial_proven(question, cut ? DNSSEC_PROVES_INSECURE_DELEGATION : DNSSEC_PROVES_NODATA,
                         question->qname);
}

/* The name does not exist, and what would make it has not the type (RFC 4035 §5.4). */
static enum dnssec_status nodata_by_wildcard(struct denial_question *question,
                                             const struct dnssec_nsec *cover)
{
    struct dns_name_buffer wildcard;
    struct dns_name encloser = closest_encloser(cover, question->qname);
    if (!wildcard_of(encloser, &wildcard))
        return denial_failed(question, DNSSEC_PROOF_WILDCARD_MISSING);
    struct dns_name star = dns_name_view(&wildcard);
    enum dnssec_reason reason = DNSSEC_PROOF_WILDCARD_MISSING;
    const struct dnssec_nsec *match = find_match(question->denial, star);
    if (match != NULL) {
        reason = denial_bitmap_fault(match->bitmap, match->bitmap_length, question->qtype, false);
        if (denial_is_delegation(match->bitmap, match->bitmap_length))
            reason = DNSSEC_PROOF_WRONG_SIDE;
        return reason != DNSSEC_REASON_NONE
                   ? denial_failed(question, reason)
                   : denial_proven(question, DNSSEC_PROVES_WILDCARD_NODATA, encloser);
    }
    cover = find_cover(question->denial, star, &reason);
    if (cover != NULL && is_empty_nonterminal(cover, star))
        return denial_proven(question, DNSSEC_PROVES_WILDCARD_NODATA, encloser);
    return denial_failed(question, reason);
}

enum dnssec_status nsec_prove_nodata(struct denial_question *question)
{
    enum dnssec_reason reason = DNSSEC_PROOF_MISSING;
    const struct dnssec_nsec *match = find_match(question->denial, question->qname);
    if (match != NULL)
        return nodata_by_match(question, match);
    const struct dnssec_nsec *cover = find_cover(question->denial, question->qname, &reason);
    if (cover == NULL)
        return denial_failed(question, reason);
    if (is_empty_nonterminal(cover, question->qname))
        return denial_proven(question, DNSSEC_PROVES_EMPTY_NONTERMINAL, question->qname);
    return nodata_by_wildcard(question, cover);
}

/* RFC 4035 §5.3.4: one record that denies the name, and its closest encloser is the wildcard's. */
enum dnssec_status nsec_prove_wildcard(struct denial_question *question, struct dns_name next_closer)
{
    enum dnssec_reason reason = DNSSEC_PROOF_MISSING;
    const struct dnssec_nsec *cover = find_cover(question->denial, question->qname, &reason);
    if (cover == NULL)
        return denial_failed(question, reason);
    struct dns_name encloser = closest_encloser(cover, question->qname);
    if (is_empty_nonterminal(cover, question->qname) ||
        encloser.length != dns_name_parent(next_closer).length)
        return denial_failed(question, DNSSEC_PROOF_EXISTS);
    return denial_proven(question, DNSSEC_PROVES_WILDCARD, encloser);
}
