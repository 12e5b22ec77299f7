#include "zones/answer.h"

#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/answering.h"

enum step { STEP_DONE, STEP_AGAIN };

/* From the whole name up, or from the depth that the zone has: constant in the number of names. */
void place_find(const struct zone *zone, struct dns_name name, struct place *place)
{
    place->name = name;
    name_hash_all(&zone->key, name, &place->hashes);
    unsigned labels = place->hashes.labels;
    int64_t node = NO_NODE;
    if (labels > zone->depth)
        labels = zone->depth;
    for (;; labels--) {
        unsigned start = place->hashes.start[labels];
        struct dns_name at = {name.wire + start, (uint8_t)(name.length - start)};
        node = zone_find(zone, at, place->hashes.hash[labels]);
        if (node != NO_NODE || labels == 0)
            break;
    }
    place->encloser = node == NO_NODE ? 0 : (uint32_t)node;
    place->labels = labels;
    place->node = labels == place->hashes.labels ? node : NO_NODE;
}

int64_t place_wildcard(const struct zone *zone, const struct place *place)
{
    static const uint8_t label[] = {1, '*'};
    struct dns_name encloser = node_name(zone, place->encloser);
    struct dns_name_buffer name;
    if (!(zone->nodes[place->encloser].flags & NODE_WILDCARD_CHILD))
        return NO_NODE;
    memcpy(name.wire, label, sizeof label);
    memcpy(name.wire + sizeof label, encloser.wire, encloser.length);
    name.length = (uint8_t)(encloser.length + sizeof label);
    return zone_find(zone, dns_name_view(&name),
                     name_hash_label(&zone->key, place->hashes.hash[place->labels], label));
}

/* Where an alias leads to. The DS of the zone's own name is not in it, but above (RFC 4035 §3.1.4.1). */
static enum step follow(struct answering *answering, struct dns_name target)
{
    struct zone_answer *answer = answering->answer;
    dns_name_copy(&answer->target, target);
    answer->aliases++;
    struct dns_name apex = zone_apex(answering->zone), name = dns_name_view(&answer->target);
    bool parents = answering->question->qtype == DNS_TYPE_DS && dns_name_equal(name, apex);
    if (parents || !dns_name_within(name, apex)) {
        answer->kind = ZONE_ALIAS_OUT;
        return STEP_DONE;
    }
    return answer->aliases < ZONE_ALIASES_MAX ? STEP_AGAIN : STEP_DONE;
}

/* RFC 6672 §3.1, §3.2: the DNAME, and the CNAME that it makes of the name, which has no signature. */
static enum step at_dname(struct answering *answering, uint32_t node)
{
    const struct zone *zone = answering->zone;
    const struct zone_set *set = node_set(zone, node, DNS_TYPE_DNAME);
    const uint8_t *image = zone->octets + set->octets;
    struct dns_name target;
    struct dns_name_buffer made;
    if (add_once(answering, set))
        add_set(answering, DNS_ANSWER, set, node_name(zone, node));
    if (dns_rdata_target(DNS_TYPE_DNAME, image + IMAGE_FIXED, get16(image + IMAGE_LENGTH), &target) != DNS_OK)
        return STEP_DONE;
    if (dns_name_replace_suffix(&made, answering->place.name, node_name(zone, node), target) != DNS_OK) {
        answering->answer->rcode = DNS_RCODE_YXDOMAIN;
        return STEP_DONE;
    }
    dns_builder_record(answering->builder, DNS_ANSWER, answering->place.name, DNS_TYPE_CNAME, DNS_CLASS_IN,
                       get32(image + IMAGE_TTL), made.wire, made.length);
    if (answering->question->qtype == DNS_TYPE_CNAME)
        return STEP_DONE; /* it was asked for */
    return follow(answering, dns_name_view(&made));
}

/* The same node, and for a wildcard the same name made of it. */
static bool was_here(struct answering *answering, uint32_t node)
{
    uint64_t here = (uint64_t)node << 32 | answering->place.hashes.hash[answering->place.hashes.labels];
    for (unsigned i = 0; i < answering->visited_count; i++)
        if (answering->visited[i] == here)
            return true;
    answering->visited[answering->visited_count++] = here;
    return false;
}

/* An alias at a name, or at the wildcard that makes it. One that has been there closes a circle. */
static enum step at_cname(struct answering *answering, uint32_t node, const struct zone_set *set, bool made)
{
    const uint8_t *image = answering->zone->octets + set->octets;
    struct dns_name target;
    if (was_here(answering, node))
        return STEP_DONE;
    add_set(answering, DNS_ANSWER, set, answering->place.name);
    if (made)
        prove_wildcard(answering);
    if (dns_rdata_target(DNS_TYPE_CNAME, image + IMAGE_FIXED, get16(image + IMAGE_LENGTH), &target) !=
            DNS_OK ||
        dns_name_equal(target, answering->place.name))
        return STEP_DONE;
    return follow(answering, target);
}

/* RFC 8482 §4.1: one RRset that exists. NSEC is the last to be chosen. */
static const struct zone_set *any_set(const struct zone *zone, uint32_t node)
{
    const struct zone_set *chosen = NULL;
    for (unsigned i = 0; i < zone->nodes[node].set_count; i++) {
        const struct zone_set *set = &zone->sets[zone->nodes[node].sets + i];
        if (set->count > 0 && (chosen == NULL || chosen->type == DNS_TYPE_NSEC))
            chosen = set;
    }
    return chosen;
}

/* All signatures of a node, as the answer to a question for them. */
static bool add_signatures(struct answering *answering, uint32_t node)
{
    const struct zone *zone = answering->zone;
    bool any = false;
    for (unsigned i = 0; i < zone->nodes[node].set_count; i++) {
        struct zone_set set = zone->sets[zone->nodes[node].sets + i];
        if (set.signature_count == 0)
            continue;
        any = true;
        set.octets += set.length; /* as if they were records of their own */
        set.length = set.signatures_length;
        set.signatures_length = 0;
        set.count = set.signature_count;
        set.signature_count = 0;
        add_set(answering, DNS_ANSWER, &set, answering->place.name);
    }
    return any;
}

/* The name exists, by itself or made by a wildcard. */
static enum step at_node(struct answering *answering, uint32_t node, bool made)
{
    const struct zone *zone = answering->zone;
    uint16_t qtype = answering->question->qtype;
    const struct zone_set *set = qtype == DNS_TYPE_ANY ? any_set(zone, node) : node_set(zone, node, qtype);
    bool answered = set != NULL;
    if (answered && (made || add_once(answering, set))) /* else it is there as the DNAME that led here */
        add_set(answering, DNS_ANSWER, set, answering->place.name);
    else if (!answered && qtype == DNS_TYPE_RRSIG)
        answered = add_signatures(answering, node);
    const struct zone_set *cname = answered ? NULL : node_set(zone, node, DNS_TYPE_CNAME);
    if (cname != NULL)
        return at_cname(answering, node, cname, made);
    if (answered && made)
        prove_wildcard(answering);
    else if (!answered && made)
        prove_wildcard_nodata(answering, node);
    else if (!answered && node == zone->nodes[node].above - 1) /* DS at a cut */
        prove_no_ds(answering, node);
    else if (!answered)
        prove_nodata(answering);
    if (!answered) {
        add_negative(answering);
        return STEP_DONE;
    }
    add_positive(answering);
    if (set != NULL && !answering->question->minimal)
        add_addresses(answering, set);
    return STEP_DONE;
}

/* RFC 1034 §4.3.2, step 3. */
static enum step step(struct answering *answering)
{
    const struct zone *zone = answering->zone;
    struct place *place = &answering->place;
    place_find(zone, dns_name_view(&answering->answer->target), place);
    const struct zone_node *encloser = &zone->nodes[place->encloser];
    uint32_t above = encloser->above;
    if (above != 0 && zone->nodes[above - 1].flags & NODE_CUT) {
        if (place->node == above - 1 && answering->question->qtype == DNS_TYPE_DS)
            return at_node(answering, above - 1, false); /* RFC 4035 §3.1.4.1: the parent's to answer */
        add_referral(answering, above - 1);
        return STEP_DONE;
    }
    if (above != 0)
        return at_dname(answering, above - 1);
    if (place->node != NO_NODE)
        return at_node(answering, (uint32_t)place->node, false);
    if (encloser->flags & NODE_DNAME)
        return at_dname(answering, place->encloser);
    int64_t wildcard = place_wildcard(zone, place);
    if (wildcard != NO_NODE)
        return at_node(answering, (uint32_t)wildcard, true);
    answering->answer->rcode = DNS_RCODE_NXDOMAIN;
    prove_nxdomain(answering);
    add_negative(answering);
    return STEP_DONE;
}

/* What ends a chain of aliases without an answer: it leads out, goes in circles, or is too long a name. */
static void end_sections(struct answering *answering)
{
    struct zone_answer *answer = answering->answer;
    if (answer->authority == 0)
        add_proofs(answering);
    if (answer->additional == 0)
        answer->additional = answering->builder->length;
}

void zone_answer(const struct zone *zone, const struct zone_question *question, struct dns_builder *builder,
                 struct zone_answer *answer)
{
    struct answering answering;
    answering.zone = zone;
    answering.question = question;
    answering.builder = builder;
    answering.answer = answer;
    answering.proof_count = answering.visited_count = answering.added_count = 0;
    answer->kind = ZONE_ANSWERED;
    answer->rcode = DNS_RCODE_NOERROR;
    answer->aliases = 0;
    answer->authority = answer->additional = 0;
    answer->cut = (struct dns_name){NULL, 0};
    dns_name_copy(&answer->target, question->qname);
    while (step(&answering) == STEP_AGAIN && !builder->full)
        ;
    end_sections(&answering);
    answer->authoritative = answer->kind != ZONE_REFERRED || answer->aliases > 0;
    if (builder->full) {
        dns_builder_drop_records(builder);
        answer->kind = ZONE_TRUNCATED;
        answer->authority = answer->additional = builder->length;
    }
    if (answer->authoritative)
        builder->wire[2] |= DNS_FLAG_AA >> 8;
    builder->wire[3] = (uint8_t)((builder->wire[3] & 0xf0) | answer->rcode);
}
