#include <string.h>

#include "dns/octets.h"
#include "dns/types.h"
#include "dnssec/base.h"
#include "dnssec/bitmap.h"
#include "dnssec/crypto.h"
#include "dnssec/denial_parts.h"

enum { HASH_SHA1 = 1, HASH_LABEL = 32, NSEC3_FIXED = 5 };

/* RFC 5155 §3.2, §3.3: the owner is a hash right below the apex. */
bool nsec3_read(const struct dnssec_denial *denial, struct dns_name owner, const uint8_t *rdata,
                size_t length, struct dnssec_nsec3 *nsec3, enum dnssec_reason *reason)
{
    *reason = DNSSEC_PROOF_MALFORMED;
    if (length < NSEC3_FIXED + 1 || rdata[0] != HASH_SHA1 || (rdata[1] & ~DNSSEC_NSEC3_OPT_OUT_FLAG) != 0)
        return false;
    nsec3->flags = rdata[1];
    nsec3->iterations = get16(rdata + 2);
    nsec3->salt_length = rdata[4];
    nsec3->salt = rdata + NSEC3_FIXED;
    size_t at = NSEC3_FIXED + (size_t)nsec3->salt_length;
    if (length < at + 1 + DNSSEC_NSEC3_HASH || rdata[at] != DNSSEC_NSEC3_HASH)
        return false;
    memcpy(nsec3->next_hash, rdata + at + 1, DNSSEC_NSEC3_HASH);
    at += 1 + DNSSEC_NSEC3_HASH;
    nsec3->bitmap = rdata + at;
    nsec3->bitmap_length = (uint16_t)(length - at);
    if (owner.wire[0] != HASH_LABEL || !base32hex_decode_sha1(owner.wire + 1, nsec3->owner_hash) ||
        !dnssec_bitmap_valid(nsec3->bitmap, nsec3->bitmap_length))
        return false;
    *reason = DNSSEC_PROOF_OUTSIDE_ZONE;
    return dns_name_equal(dns_name_parent(owner), denial->zone);
}

/* SHA-1 pads by a one bit and a length of eight octets. */
static unsigned blocks_of(unsigned octets)
{
    return (octets + 9 + 63) / 64;
}

unsigned dnssec_nsec3_blocks(unsigned name_length, unsigned salt_length, unsigned iterations)
{
    return blocks_of(name_length + salt_length) + iterations * blocks_of(DNSSEC_NSEC3_HASH + salt_length);
}

bool dnssec_nsec3_hash(struct dnssec_context *context, struct dns_name name, const uint8_t *salt,
                       unsigned salt_length, unsigned iterations, uint8_t hash[DNSSEC_NSEC3_HASH])
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    struct dns_name_buffer lowered;
    struct dnssec_workspace *workspace = context->workspace;
    if (!dnssec_budget_hash(context->budget, dnssec_nsec3_blocks(name.length, salt_length, iterations)))
        return false;
    dns_name_copy_lower(&lowered, name);
    struct dnssec_rdata pieces[] = {{lowered.wire, lowered.length}, {salt, (uint16_t)salt_length}};
    for (unsigned i = 0; i <= iterations; i++) {
        if (crypto_digest(workspace, workspace->sha1, pieces, 2, digest) != DNSSEC_NSEC3_HASH)
            return false;
        memcpy(hash, digest, DNSSEC_NSEC3_HASH);
        pieces[0] = (struct dnssec_rdata){hash, DNSSEC_NSEC3_HASH};
    }
    return true;
}

/* The first record's parameters are the set's; records of another chain are passed over (RFC 5155 §8.2). */
static bool same_chain(const struct dnssec_nsec3 *a, const struct dnssec_nsec3 *b)
{
    return a->iterations == b->iterations && a->salt_length == b->salt_length &&
           memcmp(a->salt, b->salt, a->salt_length) == 0;
}

static const struct dnssec_nsec3 *find_match(const struct dnssec_denial *denial,
                                             const uint8_t hash[DNSSEC_NSEC3_HASH])
{
    for (unsigned i = 0; i < denial->nsec3_count; i++)
        if (same_chain(&denial->nsec3[i], &denial->nsec3[0]) &&
            memcmp(denial->nsec3[i].owner_hash, hash, DNSSEC_NSEC3_HASH) == 0)
            return &denial->nsec3[i];
    return NULL;
}

/* Between owner and next, around the end of the circle at the last record (RFC 5155 §1.3). */
static bool covers(const struct dnssec_nsec3 *nsec3, const uint8_t hash[DNSSEC_NSEC3_HASH])
{
    int after_owner = memcmp(hash, nsec3->owner_hash, DNSSEC_NSEC3_HASH);
    int before_next = memcmp(nsec3->next_hash, hash, DNSSEC_NSEC3_HASH);
    if (memcmp(nsec3->owner_hash, nsec3->next_hash, DNSSEC_NSEC3_HASH) < 0)
        return after_owner > 0 && before_next > 0;
    return after_owner != 0 && (after_owner > 0 || before_next > 0);
}

static const struct dnssec_nsec3 *find_cover(const struct dnssec_denial *denial,
                                             const uint8_t hash[DNSSEC_NSEC3_HASH])
{
    for (unsigned i = 0; i < denial->nsec3_count; i++)
        if (same_chain(&denial->nsec3[i], &denial->nsec3[0]) && covers(&denial->nsec3[i], hash))
            return &denial->nsec3[i];
    return NULL;
}

/* RFC 9276 §3.2. Any of them: who sends such a record asks for as much. */
static bool too_many_iterations(const struct denial_question *question, struct dnssec_nsec3 const **found)
{
    const struct dnssec_denial *denial = question->denial;
    for (unsigned i = 0; i < denial->nsec3_count; i++) {
        *found = &denial->nsec3[i];
        if (denial->nsec3[i].iterations > question->context->policy->nsec3_iterations)
            return true;
    }
    return false;
}

static enum dnssec_status insecure_by_iterations(struct denial_question *question,
                                                 const struct dnssec_nsec3 *nsec3)
{
    enum dnssec_status status = denial_failed(question, DNSSEC_NSEC3_ITERATIONS);
    question->proof->fault.iterations = nsec3->iterations;
    return status;
}

static bool hash_name(struct denial_question *question, struct dns_name name, uint8_t hash[DNSSEC_NSEC3_HASH])
{
    const struct dnssec_nsec3 *chain = &question->denial->nsec3[0];
    return dnssec_nsec3_hash(question->context, name, chain->salt, chain->salt_length, chain->iterations,
                             hash);
}

/* What is known about the closest encloser, RFC 5155 §8.3. */
struct encloser {
    struct dns_name name;
    const struct dnssec_nsec3 *match; /* the record at it */
    const struct dnssec_nsec3
        *cover; /* the record that denies the next closer name, NULL: qname itself exists */
};

/* Goes up from the question's name to the first one that exists. DNSSEC_REASON_NONE, or what is wrong. */
static enum dnssec_reason find_encloser(struct denial_question *question, struct encloser *encloser)
{
    uint8_t hash[DNSSEC_NSEC3_HASH], below[DNSSEC_NSEC3_HASH];
    const struct dnssec_denial *denial = question->denial;
    struct dns_name name = question->qname;
    for (bool first = true;; first = false, name = dns_name_parent(name)) {
        if (!hash_name(question, name, hash))
            return DNSSEC_BUDGET_HASHES;
        encloser->match = find_match(denial, hash);
        if (encloser->match != NULL) {
            encloser->name = name;
            encloser->cover = NULL;
            if (first)
                return DNSSEC_REASON_NONE;
            break;
        }
        if (name.length <= denial->zone.length)
            return DNSSEC_PROOF_MISSING;
        memcpy(below, hash, sizeof below);
    }
    if (denial_hides_below(encloser->match->bitmap, encloser->match->bitmap_length))
        return DNSSEC_PROOF_WRONG_SIDE;
    encloser->cover = find_cover(denial, below);
    return encloser->cover != NULL ? DNSSEC_REASON_NONE : DNSSEC_PROOF_MISSING;
}

static bool is_opt_out(const struct dnssec_nsec3 *nsec3)
{
    return (nsec3->flags & DNSSEC_NSEC3_OPT_OUT_FLAG) != 0;
}

/* The record at, or the one that covers, the wildcard below the closest encloser. */
static enum dnssec_reason find_wildcard(struct denial_question *question, struct dns_name encloser,
                                        const struct dnssec_nsec3 **match, const struct dnssec_nsec3 **cover)
{
    uint8_t hash[DNSSEC_NSEC3_HASH], octets[DNS_NAME_MAX + 2] = "\1*";
    *match = *cover = NULL;
    if (encloser.length + 2 > DNS_NAME_MAX)
        return DNSSEC_PROOF_WILDCARD_MISSING;
    memcpy(octets + 2, encloser.wire, encloser.length);
    if (!hash_name(question, (struct dns_name){octets, (uint8_t)(encloser.length + 2)}, hash))
        return DNSSEC_BUDGET_HASHES;
    *match = find_match(question->denial, hash);
    *cover = find_cover(question->denial, hash);
    return DNSSEC_REASON_NONE;
}

/* RFC 5155 §8.4. */
enum dnssec_status nsec3_prove_nxdomain(struct denial_question *question)
{
    const struct dnssec_nsec3 *record, *cover;
    struct encloser encloser;
    if (too_many_iterations(question, &record))
        return insecure_by_iterations(question, record);
    enum dnssec_reason reason = find_encloser(question, &encloser);
    if (reason != DNSSEC_REASON_NONE)
        return denial_failed(question, reason);
    if (encloser.cover == NULL)
        return denial_failed(question, DNSSEC_PROOF_EXISTS);
    reason = find_wildcard(question, encloser.name, &record, &cover);
    if (reason == DNSSEC_BUDGET_HASHES)
        return denial_failed(question, reason);
    if (reason == DNSSEC_REASON_NONE && record != NULL)
        return denial_failed(question, DNSSEC_PROOF_EXISTS);
    if (reason == DNSSEC_REASON_NONE && cover == NULL)
        return denial_failed(question, DNSSEC_PROOF_WILDCARD_MISSING);
    return is_opt_out(encloser.cover) ? denial_opt_out(question, DNSSEC_PROVES_NXDOMAIN, encloser.name)
                                      : denial_proven(question, DNSSEC_PROVES_NXDOMAIN, encloser.name);
}

/* RFC 5155 §8.5 and, for DS, §8.6 and §8.9: the record at the name. */
static enum dnssec_status nodata_by_match(struct denial_question *question, const struct dnssec_nsec3 *match)
{
    enum dnssec_reason reason = denial_bitmap_fault(match->bitmap, match->bitmap_length, question->qtype,
                                                    dns_name_is_root(question->qname));
    if (reason != DNSSEC_REASON_NONE)
        return denial_failed(question, reason);
    if (question->qtype == DNS_TYPE_DS && denial_is_delegation(match->bitmap, match->bitmap_length))
        return denial_proven(question, DNSSEC_PROVES_INSECURE_DELEGATION, question->qname);
    return denial_proven(question,
                         match->bitmap_length == 0 ? DNSSEC_PROVES_EMPTY_NONTERMINAL : DNSSEC_PROVES_NODATA,
                         question->qname);
}

/* RFC 5155 §8.7, and §8.6 where an opt-out span may hide an unsigned zone, or an empty non-terminal above
   one. */
static enum dnssec_status nodata_by_encloser(struct denial_question *question,
                                             const struct encloser *encloser)
{
    const struct dnssec_nsec3 *match, *cover;
    if (question->qtype == DNS_TYPE_DS && is_opt_out(encloser->cover))
        return denial_opt_out(question, DNSSEC_PROVES_OPT_OUT, encloser->name);
    enum dnssec_reason reason = find_wildcard(question, encloser->name, &match, &cover);
    if (reason == DNSSEC_BUDGET_HASHES)
        return denial_failed(question, reason);
    if (match != NULL) {
        reason = denial_bitmap_fault(match->bitmap, match->bitmap_length, question->qtype, false);
        if (denial_is_delegation(match->bitmap, match->bitmap_length))
            reason = DNSSEC_PROOF_WRONG_SIDE;
        if (reason != DNSSEC_REASON_NONE)
            return denial_failed(question, reason);
        return is_opt_out(encloser->cover)
                   ? denial_opt_out(question, DNSSEC_PROVES_WILDCARD_NODATA, encloser->name)
                   : denial_proven(question, DNSSEC_PROVES_WILDCARD_NODATA, encloser->name);
    }
    if (is_opt_out(encloser->cover))
        return denial_opt_out(question, DNSSEC_PROVES_OPT_OUT, encloser->name);
    return denial_failed(question, DNSSEC_PROOF_WILDCARD_MISSING);
}

enum dnssec_status nsec3_prove_nodata(struct denial_question *question)
{
    const struct dnssec_nsec3 *record;
    struct encloser encloser;
    if (too_many_iterations(question, &record))
        return insecure_by_iterations(question, record);
    enum dnssec_reason reason = find_encloser(question, &encloser);
    if (reason != DNSSEC_REASON_NONE)
        return denial_failed(question, reason);
    return encloser.cover == NULL ? nodata_by_match(question, encloser.match)
                                  : nodata_by_encloser(question, &encloser);
}

/* RFC 5155 §8.8: the wildcard's being there proves the closest encloser. */
enum dnssec_status nsec3_prove_wildcard(struct denial_question *question, struct dns_name next_closer)
{
    uint8_t hash[DNSSEC_NSEC3_HASH];
    const struct dnssec_nsec3 *record;
    struct dns_name encloser = dns_name_parent(next_closer);
    if (too_many_iterations(question, &record))
        return insecure_by_iterations(question, record);
    if (!hash_name(question, next_closer, hash))
        return denial_failed(question, DNSSEC_BUDGET_HASHES);
    if (find_match(question->denial, hash) != NULL)
        return denial_failed(question, DNSSEC_PROOF_EXISTS);
    record = find_cover(question->denial, hash);
    if (record == NULL)
        return denial_failed(question, DNSSEC_PROOF_MISSING);
    return is_opt_out(record) ? denial_opt_out(question, DNSSEC_PROVES_WILDCARD, encloser)
                              : denial_proven(question, DNSSEC_PROVES_WILDCARD, encloser);
}
