/* Which NSEC and NSEC3 records of the zone prove what: RFC 4035 §3.1.3, RFC 5155 §7.2. */
#include <string.h>

#include "dns/types.h"
#include "dnssec/denial.h"
#include "zones/answering.h"

static void note(struct answering *answering, int64_t node)
{
    if (node == NO_NODE)
        return;
    for (unsigned i = 0; i < answering->proof_count; i++)
        if (answering->proofs[i] == node)
            return;
    if (answering->proof_count < PROOFS_MAX)
        answering->proofs[answering->proof_count++] = (uint32_t)node;
}

/* The last node with an NSEC record that is not behind `name`. */
static int64_t nsec_covering(const struct zone *zone, struct dns_name name)
{
    uint32_t low = 0, high = zone->nsec_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dns_name_compare(node_name(zone, zone->nsec[middle]), name) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? (int64_t)zone->nsec[low - 1] : NO_NODE;
}

/* "*." + `name`. False when that is too long to be a name. */
static bool wildcard_of(struct dns_name name, struct dns_name_buffer *wildcard)
{
    if (name.length + 2 > DNS_NAME_MAX)
        return false;
    wildcard->wire[0] = 1;
    wildcard->wire[1] = '*';
    memcpy(wildcard->wire + 2, name.wire, name.length);
    wildcard->length = (uint8_t)(name.length + 2);
    return true;
}

static void note_no_wildcard(struct answering *answering, struct dns_name encloser,
                             int64_t (*covering)(struct answering *, struct dns_name))
{
    struct dns_name_buffer wildcard;
    if (wildcard_of(encloser, &wildcard))
        note(answering, covering(answering, dns_name_view(&wildcard)));
}

static int64_t nsec_for(struct answering *answering, struct dns_name name)
{
    return nsec_covering(answering->zone, name);
}

/* The hash of a name as the first label of an NSEC3 owner has it, RFC 5155 §1.3, in lower case. */
static bool hash_label(struct answering *answering, struct dns_name name, uint8_t label[NSEC3_LABEL])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    const struct zone *zone = answering->zone;
    uint8_t hash[DNSSEC_NSEC3_HASH];
    struct dnssec_budget budget = {.sha1_blocks = UINT16_MAX};
    struct dnssec_context context = {.workspace = answering->question->workspace, .budget = &budget};
    if (context.workspace == NULL ||
        !dnssec_nsec3_hash(&context, name, zone->nsec3_salt, zone->nsec3_salt_length, zone->nsec3_iterations,
                           hash))
        return false;
    for (unsigned i = 0; i < NSEC3_LABEL; i++) {
        unsigned bit = i * 5, octet = bit / 8;
        unsigned pair = (unsigned)hash[octet] << 8 | (octet + 1 < DNSSEC_NSEC3_HASH ? hash[octet + 1] : 0);
        label[i] = (uint8_t)digits[pair >> (11 - bit % 8) & 31];
    }
    return true;
}

static int compare_label(const uint8_t label[NSEC3_LABEL], struct dns_name owner)
{
    for (unsigned i = 0; i < NSEC3_LABEL; i++) {
        uint8_t octet = owner.wire[1 + i];
        octet = octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
        if (label[i] != octet)
            return label[i] < octet ? -1 : 1;
    }
    return 0;
}

/* The NSEC3 node whose hash is the name's (*matches), or the one before it, around the circle. */
static int64_t nsec3_near(struct answering *answering, struct dns_name name, bool *matches)
{
    const struct zone *zone = answering->zone;
    uint8_t label[NSEC3_LABEL];
    uint32_t low = zone->node_count, high = zone->all_nodes;
    *matches = false;
    if (!hash_label(answering, name, label))
        return NO_NODE;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_label(label, node_name(zone, middle)) >= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->node_count)
        return zone->all_nodes - 1;
    *matches = compare_label(label, node_name(zone, low - 1)) == 0;
    return low - 1;
}

static int64_t nsec3_matching(struct answering *answering, struct dns_name name)
{
    bool matches;
    int64_t node = nsec3_near(answering, name, &matches);
    return matches ? node : NO_NODE;
}

static int64_t nsec3_for(struct answering *answering, struct dns_name name)
{
    bool matches;
    return nsec3_near(answering, name, &matches);
}

/* The last `labels` labels of the place's name. */
static struct dns_name suffix(const struct place *place, unsigned labels)
{
    unsigned start = place->hashes.start[labels];
    return (struct dns_name){place->name.wire + start, (uint8_t)(place->name.length - start)};
}

/* RFC 5155 §7.2.1: the closest encloser that has an NSEC3 record (names that only lead to unsigned zones have
   none, under opt-out), and that the name one label longer, the next closer, has none. Starts at the last
   `labels` labels of the place's name, which exist and may be a match by themselves where the next closer is
   not wanted; returns the labels of the encloser. */
static unsigned prove_encloser(struct answering *answering, unsigned labels, bool next_closer)
{
    const struct place *place = &answering->place;
    unsigned start = labels, apex = dns_name_labels(zone_apex(answering->zone));
    int64_t match = nsec3_matching(answering, suffix(place, labels));
    while (match == NO_NODE && labels > apex)
        match = nsec3_matching(answering, suffix(place, --labels));
    note(answering, match);
    if (next_closer || labels < start)
        note(answering, nsec3_for(answering, suffix(place, labels + 1)));
    return labels;
}

void prove_nxdomain(struct answering *answering)
{
    const struct place *place = &answering->place;
    if (!wants_proof(answering))
        return;
    if (answering->zone->nsec3) {
        unsigned labels = prove_encloser(answering, place->labels, true);
        note_no_wildcard(answering, suffix(place, labels), nsec3_for);
        return;
    }
    note(answering, nsec_covering(answering->zone, place->name));
    note_no_wildcard(answering, suffix(place, place->labels), nsec_for);
}

void prove_nodata(struct answering *answering)
{
    const struct place *place = &answering->place;
    if (!wants_proof(answering))
        return;
    if (!answering->zone->nsec3)
        note(answering, nsec_covering(answering->zone, place->name));
    else
        prove_encloser(answering, place->labels, false);
}

/* RFC 5155 §7.2.6: the next closer name does not exist. */
void prove_wildcard(struct answering *answering)
{
    const struct place *place = &answering->place;
    if (!wants_proof(answering))
        return;
    if (!answering->zone->nsec3)
        note(answering, nsec_covering(answering->zone, place->name));
    else
        note(answering, nsec3_for(answering, suffix(place, place->labels + 1)));
}

void prove_wildcard_nodata(struct answering *answering, uint32_t wildcard)
{
    struct dns_name name = node_name(answering->zone, wildcard);
    if (!wants_proof(answering))
        return;
    if (!answering->zone->nsec3) {
        note(answering, nsec_covering(answering->zone, answering->place.name));
        note(answering, nsec_covering(answering->zone, name));
        return;
    }
    prove_encloser(answering, answering->place.labels, true);
    note(answering, nsec3_for(answering, name));
}

/* RFC 4035 §3.1.4, RFC 5155 §7.2.7: by the cut's own record, else that it lies in an opt-out span. */
void prove_no_ds(struct answering *answering, uint32_t cut)
{
    if (!wants_proof(answering))
        return;
    if (!answering->zone->nsec3) {
        if (node_set(answering->zone, cut, DNS_TYPE_NSEC) != NULL)
            note(answering, cut);
        return;
    }
    prove_encloser(answering, dns_name_labels(node_name(answering->zone, cut)), false);
}
