/*
 * What is believed of a response, and kept (RFC 2181 §5.4, RFC 2308): the records of the name asked for;
 * when they are an alias of the zone's apex, also those (below the apex there may be a zone cut, so that
 * another alias' target has to be asked for); the SOA of a negative answer. Referrals are descend.c's. All else
 * is dropped: it has no way into the cache.
 */
#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "resolver/image.h"
#include "resolver/judge.h"
#include "resolver/ranges.h"
#include "resolver/response.h"
#include "resolver/validator.h"
#include "resolver/walk.h"

enum { EXTRAS_LOOKED_AT = 64 }; /* additional records that are considered at all */
enum { IN_PACKET_LINKS = 12 };  /* aliases of one packet that are followed */
enum { PROOFS_MAX = 24 };       /* signatures of an RRset, or records of a proof, that are kept for clients */

/* -- small things ------------------------------------------------------------------------------ */

static uint32_t clamp(uint32_t ttl, uint32_t least, uint32_t most)
{
    return ttl < least ? least : ttl > most ? most : ttl;
}

uint32_t keep_ttl(const struct walk *walk, uint32_t ttl)
{
    return clamp(ttl, walk->engine->options.min_cache_ttl, walk->engine->options.max_cache_ttl);
}

/* An image under construction in the engine's scratch memory. */
struct piece {
    struct image_writer writer;
    enum cache_kind kind;
    uint16_t type;
    enum cache_rank rank;
    uint8_t mark; /* MARK_... */
    uint32_t ttl;
};

static const char *kept_text(const struct piece *piece)
{
    if (piece->kind == CACHE_NXDOMAIN)
        return "the name does not exist";
    if (piece->kind == CACHE_NODATA)
        return "there is no such data";
    if (piece->rank == CACHE_RANK_SECURE)
        return "validated answer";
    return piece->rank == CACHE_RANK_AUTHORITATIVE ? "authoritative answer" : "answer without AA";
}

static enum cache_rank rank_of(const struct dns_message *message, const struct judgement *judgement)
{
    if (judgement->trust == TRUST_SECURE)
        return CACHE_RANK_SECURE;
    return message->authoritative ? CACHE_RANK_AUTHORITATIVE : CACHE_RANK_ANSWER;
}

static void piece_start(struct piece *piece, struct walk *walk, struct dns_name name, enum cache_kind kind,
                        uint16_t type, enum cache_rank rank, const struct judgement *judgement)
{
    unsigned cut = judgement->unsigned_cut ? MARK_UNSIGNED_CUT : 0;
    *piece = (struct piece){.kind = kind,
                            .type = type,
                            .rank = rank,
                            .mark = (uint8_t)(judgement->trust | cut),
                            .ttl = UINT32_MAX};
    image_start(&piece->writer, name, walk->engine->scratch + SCRATCH_RDATA, SCRATCH_IMAGE);
}

/* Adds a record of the message, expanded. False when its rdata cannot be read. */
static bool piece_add(struct piece *piece, struct walk *walk, struct dns_message *message,
                      enum image_part part, struct dns_name owner, const struct dns_record *record,
                      uint32_t ttl)
{
    uint16_t length;
    if (dns_rdata_expand(message, record, walk->engine->scratch, SCRATCH_RDATA, &length) != DNS_OK)
        return false;
    image_add(&piece->writer, part, owner, record->type, DNS_CLASS_IN, ttl, walk->engine->scratch, length);
    return true;
}

/* Puts the image into the cache, and into the answer where it is a link of its chain. */
static enum answer_added piece_finish(struct piece *piece, struct walk *walk, bool into_answer)
{
    struct engine *engine = walk->engine;
    size_t length = image_finish(&piece->writer);
    if (length == 0)
        return ANSWER_UNCHANGED;
    struct cache_value value = {
        .ttl = piece->ttl,
        .rank = piece->rank,
        .mark = piece->mark,
        .data = piece->writer.to,
        .length = (uint32_t)length,
        .source = &walk->from,
        .since = walk->since,
    };
    struct cache_key key = {piece->kind, piece->type, piece->writer.name};
    if (trust_of_mark(piece->mark) != TRUST_NONE && walk->delegation.origin != DELEGATION_LOCAL &&
        cache_put(engine->options.cache, &key, &value, engine_seconds(engine)) == CACHE_STORED)
        REPORT(walk, .kind = EVENT_KEPT, .name = key.name, .type = key.type == 0 ? walk->qtype : key.type,
               .ttl = value.ttl, .rank = (uint8_t)value.rank, .trust = (uint8_t)trust_of_mark(value.mark),
               .text = kept_text(piece));
    if (!into_answer)
        return ANSWER_ENDS;
    struct cache_hit hit = {
        .kind = piece->kind, .type = piece->type, .mark = piece->mark, .length = (uint32_t)length};
    if (length > walk->answer.capacity - walk->answer.length && !walk_make_room(walk))
        return ANSWER_UNCHANGED;
    if (length > walk->answer.capacity - walk->answer.length)
        return ANSWER_UNCHANGED;
    memcpy(walk->answer.wire + walk->answer.length, piece->writer.to, length);
    return answer_add_image(&walk->answer, &hit, walk->qtype);
}

/* -- further records of an answer, where minimal-responses is off -------------------------------- */

/* Is `name` the target of an NS, MX or SRV record in the image? */
static bool is_target(struct piece *piece, struct dns_name name)
{
    struct image_record record;
    struct dns_name target;
    for (size_t position = 0; image_next(piece->writer.to, &position, piece->writer.length, &record);)
        if ((record.type == DNS_TYPE_NS || record.type == DNS_TYPE_MX || record.type == DNS_TYPE_SRV) &&
            dns_rdata_target(record.type, record.rdata, record.rdata_length, &target) == DNS_OK &&
            dns_name_equal(target, name))
            return true;
    return false;
}

/* What is called secure has nothing unproven in its authority section (RFC 4035 §3.2.3). */
static void add_extras(struct piece *piece, struct walk *walk, struct dns_message *message)
{
    bool secure = trust_of_mark(piece->mark) == TRUST_SECURE;
    struct dns_name zone = dns_name_view(&walk->delegation.zone);
    struct dns_name_buffer owner;
    const struct image_writer before = piece->writer;
    if (walk->engine->options.minimal_responses)
        return;
    for (unsigned i = 0; i < message->count[DNS_AUTHORITY] && !secure; i++) {
        const struct dns_record *record = &message->section[DNS_AUTHORITY][i];
        if (record->type == DNS_TYPE_NS && record->class == DNS_CLASS_IN &&
            dns_message_name(message, record->owner, &owner) == DNS_OK &&
            dns_name_within(piece->writer.name, dns_name_view(&owner)) &&
            dns_name_within(dns_name_view(&owner), zone))
            piece_add(piece, walk, message, IMAGE_AUTHORITY, dns_name_view(&owner), record,
                      keep_ttl(walk, record->ttl));
    }
    for (unsigned i = 0; i < message->count[DNS_ADDITIONAL] && i < EXTRAS_LOOKED_AT; i++) {
        const struct dns_record *record = &message->section[DNS_ADDITIONAL][i];
        if ((record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA) && record->class == DNS_CLASS_IN &&
            dns_message_name(message, record->owner, &owner) == DNS_OK &&
            dns_name_within(dns_name_view(&owner), zone) && is_target(piece, dns_name_view(&owner)) &&
            !(piece->kind == CACHE_RRSET && record->type == piece->type &&
              dns_name_equal(dns_name_view(&owner), piece->writer.name)))
            piece_add(piece, walk, message, IMAGE_ADDITIONAL, dns_name_view(&owner), record,
                      keep_ttl(walk, record->ttl));
    }
    if (piece->writer.overflow)
        piece->writer = before; /* better without than not at all */
}

/* -- signatures and proofs, for clients that want them -------------------------------------------------- */

/* The RRSIG records of a section that cover the type of that owner. */
static void add_signatures(struct piece *piece, struct walk *walk, struct dns_message *message,
                           enum dns_section section, struct dns_name owner, uint16_t type)
{
    enum image_part part = section == DNS_ANSWER ? IMAGE_SIGNATURES : IMAGE_PROOFS;
    unsigned added = 0;
    for (unsigned i = 0; i < message->count[section] && added < PROOFS_MAX; i++) {
        const struct dns_record *record = &message->section[section][i];
        bool covers = record->type == DNS_TYPE_RRSIG && record->class == DNS_CLASS_IN &&
                      record->rdata_length >= 2 &&
                      (get16(message->wire + record->rdata) == type || type == DNS_TYPE_ANY);
        if (covers && dns_message_owner_is(message, record, owner))
            added += piece_add(piece, walk, message, part, owner, record, piece->ttl);
    }
}

/* Do signatures of the answer say that it was made from a wildcard (RFC 4034 §3.1.3)? Then its proof belongs to it;
   other proofs of the packet are those of the next link of its chain. */
static bool signed_as_wildcard(struct dns_message *message, struct dns_name owner, uint16_t type)
{
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++) {
        const struct dns_record *record = &message->section[DNS_ANSWER][i];
        if (record->type == DNS_TYPE_RRSIG && record->class == DNS_CLASS_IN && record->rdata_length >= 4 &&
            get16(message->wire + record->rdata) == type &&
            message->wire[record->rdata + 3] < dns_name_labels(owner) &&
            dns_message_owner_is(message, record, owner))
            return true;
    }
    return false;
}

/* Is the RRset of the authority section validated, and part of the proof? */
static bool is_proven(const struct walk *walk, struct dns_name owner, uint16_t type)
{
    const struct validator *validator = walk->engine->validator;
    const struct dnssec_rrset *rrset =
        validator_find(validator->authority, validator->authority_count, owner, type);
    return rrset != NULL && validator->proven[rrset - validator->authority].is;
}

/* The NSEC and NSEC3 records of the authority section, from inside the zone, and their signatures; of what is secure
   those that prove it. The answer is not kept beyond the first of them. */
static void add_proofs(struct piece *piece, struct walk *walk, struct dns_message *message)
{
    bool secure = trust_of_mark(piece->mark) == TRUST_SECURE;
    struct dns_name zone = dns_name_view(&walk->delegation.zone);
    struct dns_name_buffer owner;
    const struct engine_options *options = &walk->engine->options;
    unsigned added = 0;
    uint32_t most = piece->ttl;
    uint32_t least = piece->kind == CACHE_RRSET ? options->min_cache_ttl : options->min_ncache_ttl;
    for (unsigned i = 0; i < message->count[DNS_AUTHORITY] && added < PROOFS_MAX; i++) {
        const struct dns_record *record = &message->section[DNS_AUTHORITY][i];
        uint32_t ttl = record->ttl < least ? least : record->ttl;
        uint16_t type = record->type;
        if (type == DNS_TYPE_RRSIG && record->rdata_length >= 2)
            type = get16(message->wire + record->rdata);
        if ((type == DNS_TYPE_NSEC || type == DNS_TYPE_NSEC3) && record->class == DNS_CLASS_IN &&
            dns_message_name(message, record->owner, &owner) == DNS_OK &&
            dns_name_within(dns_name_view(&owner), zone) &&
            (!secure || is_proven(walk, dns_name_view(&owner), type)) &&
            piece_add(piece, walk, message, IMAGE_PROOFS, dns_name_view(&owner), record,
                      ttl < most ? ttl : most)) {
            piece->ttl = ttl < piece->ttl ? ttl : piece->ttl;
            added++;
        }
    }
}

/* -- positive answers -------------------------------------------------------------------------- */

/* The same record twice counts once (RFC 2181 §5). */
static bool is_duplicate(const struct piece *piece, uint16_t type, const uint8_t *rdata, uint16_t length)
{
    struct image_record record;
    for (size_t position = 0; image_next(piece->writer.to, &position, piece->writer.length, &record);)
        if (record.type == type && record.rdata_length == length && memcmp(record.rdata, rdata, length) == 0)
            return true;
    return false;
}

static bool belongs(struct dns_message *message, const struct dns_record *record, struct dns_name name,
                    uint16_t type)
{
    return (record->type == type || type == DNS_TYPE_ANY) && record->class == DNS_CLASS_IN &&
           dns_message_owner_is(message, record, name);
}

/* The RRset (name, type) of the answer section, for ANY all records of the name (RFC 8482); they all get
   the lowest TTL (RFC 2181 §5.2), and not more than `most`. Returns how many there are; 0 also when one cannot
   be read. */
static unsigned gather_rrset(struct piece *piece, struct walk *walk, struct dns_message *message,
                             struct dns_name name, uint16_t type, uint32_t most)
{
    struct dns_record *section = message->section[DNS_ANSWER];
    unsigned found = 0;
    uint32_t ttl = UINT32_MAX;
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++)
        if (section[i].ttl < ttl && belongs(message, &section[i], name, type))
            ttl = section[i].ttl;
    piece->ttl = keep_ttl(walk, ttl);
    if (most < piece->ttl)
        piece->ttl = most;
    for (unsigned i = 0; i < message->count[DNS_ANSWER] && !piece->writer.overflow; i++) {
        uint16_t length;
        if (!belongs(message, &section[i], name, type))
            continue;
        if (dns_rdata_expand(message, &section[i], walk->engine->scratch, SCRATCH_RDATA, &length) != DNS_OK)
            return 0;
        if (!is_duplicate(piece, section[i].type, walk->engine->scratch, length))
            image_add(&piece->writer, IMAGE_ANSWER, name, section[i].type, DNS_CLASS_IN, piece->ttl,
                      walk->engine->scratch, length);
        found++;
        if (type == DNS_TYPE_CNAME)
            break; /* a name has one CNAME (RFC 1034 §3.6.2) */
    }
    return found;
}

enum link { LINK_NONE, LINK_ENDS, LINK_GOES_ON, LINK_BROKEN };

static enum link link_of(enum answer_added added)
{
    return added == ANSWER_ENDS ? LINK_ENDS : added == ANSWER_GOES_ON ? LINK_GOES_ON : LINK_BROKEN;
}

static enum link take_rrset(struct walk *walk, struct dns_message *message, struct dns_name name,
                            uint16_t type, const struct judgement *judgement)
{
    struct piece piece;
    piece_start(&piece, walk, name, CACHE_RRSET, type, rank_of(message, judgement), judgement);
    if (gather_rrset(&piece, walk, message, name, type, judgement->ttl) == 0)
        return LINK_NONE;
    if (type == walk->qtype)
        add_extras(&piece, walk, message);
    add_signatures(&piece, walk, message, DNS_ANSWER, name, type);
    if (judgement->wildcard || (judgement->trust != TRUST_SECURE && signed_as_wildcard(message, name, type)))
        add_proofs(&piece, walk, message);
    if (type == DNS_TYPE_CNAME && type != walk->qtype) {
        struct dns_name target = {piece.writer.to + 12, 0};
        if (dns_name_from_wire(target.wire, piece.writer.length - 12, &target) == DNS_OK)
            REPORT(walk, .kind = EVENT_ALIAS, .name = name, .type = type, .other = target);
    }
    return link_of(piece_finish(&piece, walk, true));
}

/* The DNAME above the name is kept under its owner, and together with the CNAME that we make of it
   under the name (RFC 6672 §3.1). It goes first: the server's own CNAME is not looked at. */
static enum link take_dname(struct walk *walk, struct dns_message *message, struct dns_name name,
                            const struct judgement *judgement)
{
    struct dns_name_buffer owner, name_kept, made;
    struct dns_name dname_target;
    struct piece piece;
    const struct dns_record *record =
        response_dname(message, dns_name_view(&walk->delegation.zone), name, &owner);
    if (record == NULL)
        return LINK_NONE;
    enum cache_rank rank = rank_of(message, judgement);
    uint32_t ttl = keep_ttl(walk, record->ttl);
    if (judgement->ttl < ttl)
        ttl = judgement->ttl;
    dns_name_copy(&name_kept, name);
    name = dns_name_view(&name_kept);
    piece_start(&piece, walk, dns_name_view(&owner), CACHE_RRSET, DNS_TYPE_DNAME, rank, judgement);
    piece.ttl = ttl;
    if (!piece_add(&piece, walk, message, IMAGE_ANSWER, dns_name_view(&owner), record, ttl))
        return LINK_NONE;
    add_signatures(&piece, walk, message, DNS_ANSWER, dns_name_view(&owner), DNS_TYPE_DNAME);
    piece_finish(&piece, walk, false);

    piece_start(&piece, walk, name, CACHE_RRSET, DNS_TYPE_CNAME, rank, judgement);
    piece.ttl = ttl;
    if (!piece_add(&piece, walk, message, IMAGE_ANSWER, dns_name_view(&owner), record, ttl) ||
        dns_name_from_wire(walk->engine->scratch, SCRATCH_RDATA, &dname_target) != DNS_OK)
        return LINK_BROKEN;
    if (dns_name_replace_suffix(&made, name, dns_name_view(&owner), dname_target) != DNS_OK) {
        piece.type = DNS_TYPE_DNAME;
        piece.ttl = 0; /* for this answer, not for the cache */
        add_signatures(&piece, walk, message, DNS_ANSWER, dns_name_view(&owner), DNS_TYPE_DNAME);
        enum link link = link_of(piece_finish(&piece, walk, true));
        walk->answer.rcode = DNS_RCODE_YXDOMAIN;
        return link;
    }
    image_add(&piece.writer, IMAGE_ANSWER, name, DNS_TYPE_CNAME, DNS_CLASS_IN, ttl, made.wire, made.length);
    add_signatures(&piece, walk, message, DNS_ANSWER, dns_name_view(&owner), DNS_TYPE_DNAME);
    REPORT(walk, .kind = EVENT_ALIAS, .name = name, .type = DNS_TYPE_DNAME, .other = dns_name_view(&made));
    return link_of(piece_finish(&piece, walk, true));
}

static enum walk_state take_negative(struct walk *walk, struct dns_message *message, struct dns_name name,
                                     const struct dns_record *soa, struct dns_name soa_owner,
                                     const struct judgement *judgement);

/* The chain has come to a name in the zone for which the packet has no records: does it say that there
   are none? */
static bool ends_negative(struct walk *walk, struct dns_message *message, struct dns_name name,
                          const struct judgement *judgement)
{
    struct dns_name_buffer owner;
    const struct dns_record *soa = response_soa(message, dns_name_view(&walk->delegation.zone), name, &owner);
    if (soa == NULL || !(message->authoritative || delegation_forwards(&walk->delegation)))
        return false;
    take_negative(walk, message, name, soa, dns_name_view(&owner), judgement);
    return true;
}

/* The next link of the chain that begins at the name asked for. */
static enum link take_link(struct walk *walk, struct dns_message *message, struct dns_name name,
                           const struct judgement *judgement)
{
    enum link link = take_dname(walk, message, name, judgement);
    if (link == LINK_NONE)
        link = take_rrset(walk, message, name, walk->qtype, judgement);
    if (link == LINK_NONE && walk->qtype != DNS_TYPE_CNAME)
        link = take_rrset(walk, message, name, DNS_TYPE_CNAME, judgement);
    return link;
}

/* May the next link be taken from the same packet? The judgement is of the first link only: so not in a zone that is
   validated, be the link itself of an unsigned zone below, nor for a name below a trust anchor; and not what would
   count as secure because a trust anchor below the zone made the link so. Not beyond the zone's apex, where there may
   be a cut; another resolver has looked for itself. DS records of the apex are the parent's. */
static bool leads_on(const struct walk *walk, struct dns_name name, const struct judgement *judgement)
{
    struct dns_name zone = dns_name_view(&walk->delegation.zone);
    if (judge_unjudged(walk, name) != TRUST_INSECURE || judgement->trust == TRUST_SECURE ||
        walk->qtype == DNS_TYPE_DS)
        return false;
    return delegation_forwards(&walk->delegation) ? dns_name_within(name, zone) : dns_name_equal(name, zone);
}

/* What follows the first link, as far as the packet leads. */
static enum walk_state take_chain(struct walk *walk, struct dns_message *message, enum link link,
                                  const struct judgement *judgement)
{
    for (unsigned i = 1; link == LINK_GOES_ON && i < IN_PACKET_LINKS; i++) {
        struct dns_name name = answer_name(&walk->answer);
        if (!leads_on(walk, name, judgement))
            return WALK_CACHE;
        link = take_link(walk, message, name, judgement);
        if (link == LINK_NONE)
            return ends_negative(walk, message, name, judgement) ? WALK_FINISH : WALK_CACHE;
    }
    if (link == LINK_BROKEN)
        return walk_fail(walk, BLAME_UNREADABLE, DNS_EDE_INVALID_DATA, "the answer is too large");
    return link == LINK_ENDS ? WALK_FINISH : WALK_CACHE;
}

enum walk_state keep_answer(struct walk *walk, struct dns_message *message, const struct judgement *judgement)
{
    if (walk->qtype == DNS_TYPE_NS && walk->qname.length == 1 && walk->delegation.zone.length == 1 &&
        judgement->trust != TRUST_NONE)
        descend_root(walk, message);
    enum link link = take_link(walk, message, answer_name(&walk->answer), judgement);
    if (link == LINK_NONE)
        return WALK_ASK;
    walk_stop_asking(walk);
    return take_chain(walk, message, link, judgement);
}

/* An answer to a minimised name is as good as any other, and is kept; but it is not worth a check of its
   signatures. */
void keep_intermediate(struct walk *walk, struct dns_message *message, const struct response *response)
{
    struct piece piece;
    struct judgement judgement = judge_not(walk, response);
    if (response->kind != RESPONSE_ANSWER || judgement.trust != TRUST_INSECURE)
        return;
    piece_start(&piece, walk, walk->asked, CACHE_RRSET, walk->asked_type, rank_of(message, &judgement),
                &judgement);
    if (gather_rrset(&piece, walk, message, walk->asked, walk->asked_type, judgement.ttl) == 0)
        return;
    add_signatures(&piece, walk, message, DNS_ANSWER, walk->asked, walk->asked_type);
    piece_finish(&piece, walk, false);
}

/* -- negative answers, RFC 2308 ---------------------------------------------------------------- */

static void make_negative(struct piece *piece, struct walk *walk, struct dns_message *message,
                          struct dns_name name, const struct dns_record *soa, struct dns_name soa_owner,
                          const struct judgement *judgement)
{
    const struct engine_options *options = &walk->engine->options;
    bool nxdomain = message->rcode == DNS_RCODE_NXDOMAIN;
    struct dns_soa fields;
    uint16_t length;

    piece_start(piece, walk, name, nxdomain ? CACHE_NXDOMAIN : CACHE_NODATA, nxdomain ? 0 : walk->qtype,
                rank_of(message, judgement), judgement);
    piece->ttl = 0; /* without a SOA it is not kept (§5) */
    if (soa != NULL &&
        dns_rdata_expand(message, soa, walk->engine->scratch, SCRATCH_RDATA, &length) == DNS_OK &&
        dns_rdata_soa(walk->engine->scratch, length, &fields) == DNS_OK) {
        uint32_t ttl = fields.minimum > INT32_MAX ? 0 : fields.minimum < soa->ttl ? fields.minimum : soa->ttl;
        piece->ttl = clamp(ttl, options->min_ncache_ttl, options->max_ncache_ttl);
        if (judgement->ttl < piece->ttl)
            piece->ttl = judgement->ttl;
        image_add(&piece->writer, IMAGE_AUTHORITY, soa_owner, DNS_TYPE_SOA, DNS_CLASS_IN, piece->ttl,
                  walk->engine->scratch, length);
    }
    if (soa == NULL)
        add_extras(piece, walk, message);
    else
        add_signatures(piece, walk, message, DNS_AUTHORITY, soa_owner, DNS_TYPE_SOA);
    add_proofs(piece, walk, message);
}

/* The parent knows of no such zone, but the configuration does: that the zone has no DS records must not deny all
   else of it. */
static bool denies_route(const struct walk *walk, struct dns_name name)
{
    const struct engine_options *options = &walk->engine->options;
    const struct route *route = route_find(options->routes, options->route_count, name);
    return walk->qtype == DNS_TYPE_DS && route != NULL && route->name.length == name.length;
}

static enum walk_state take_negative(struct walk *walk, struct dns_message *message, struct dns_name name,
                                     const struct dns_record *soa, struct dns_name soa_owner,
                                     const struct judgement *judgement)
{
    struct piece piece;
    make_negative(&piece, walk, message, name, soa, soa_owner, judgement);
    uint32_t kept = piece.ttl;
    if (piece.kind == CACHE_NXDOMAIN && denies_route(walk, name))
        piece.ttl = 0;
    if (piece_finish(&piece, walk, true) != ANSWER_ENDS)
        return walk_fail(walk, BLAME_UNREADABLE, DNS_EDE_INVALID_DATA, "the answer cannot be read");
    if (judgement->trust == TRUST_SECURE && walk->engine->options.synthesise)
        keep_proofs(walk, kept);
    return WALK_FINISH;
}

static void keep_validated(struct walk *walk, const struct dnssec_rrset *rrset, struct dns_name zone,
                           uint32_t ttl)
{
    struct judgement judgement = judgement_without(TRUST_SECURE);
    struct piece piece;
    piece_start(&piece, walk, rrset->owner, CACHE_RRSET, rrset->type, CACHE_RANK_SECURE, &judgement);
    if (rrset->type == DNS_TYPE_NSEC)
        piece.mark |= dns_name_equal(rrset->owner, zone) ? MARK_RANGE_FROM_APEX : MARK_RANGE;
    piece.ttl = ttl;
    for (unsigned i = 0; i < rrset->count; i++)
        image_add(&piece.writer, IMAGE_ANSWER, rrset->owner, rrset->type, DNS_CLASS_IN, ttl,
                  rrset->rdata[i].octets, rrset->rdata[i].length);
    for (unsigned i = 0; i < rrset->rrsig_count && i < PROOFS_MAX; i++)
        image_add(&piece.writer, IMAGE_SIGNATURES, rrset->owner, DNS_TYPE_RRSIG, DNS_CLASS_IN, ttl,
                  rrset->rrsig[i].octets, rrset->rrsig[i].length);
    piece_finish(&piece, walk, false);
}

/* NSEC records and the SOA record, for as long as the denial itself (RFC 9077). */
void keep_proofs(struct walk *walk, uint32_t ttl)
{
    const struct validator *validator = walk->engine->validator;
    struct engine *engine = walk->engine;
    struct dns_name zone = dns_name_view(&walk->proving.zone);
    for (unsigned i = 0; i < validator->authority_count; i++) {
        const struct dnssec_rrset *rrset = &validator->authority[i];
        const struct proven *proven = &validator->proven[i];
        uint32_t seconds = proven->ttl < ttl ? proven->ttl : ttl;
        if (!proven->is || seconds == 0 || (rrset->type != DNS_TYPE_NSEC && rrset->type != DNS_TYPE_SOA))
            continue;
        keep_validated(walk, rrset, zone, seconds);
        if (rrset->type == DNS_TYPE_NSEC)
            ranges_add(engine->options.cache, zone, rrset->owner, seconds, engine_seconds(engine),
                       engine->scratch);
    }
}

enum walk_state keep_negative(struct walk *walk, struct dns_message *message, const struct response *response,
                              const struct judgement *judgement)
{
    walk_stop_asking(walk);
    struct dns_name name = answer_name(&walk->answer);
    struct dns_name soa_owner = dns_name_view(&response->soa_owner);
    if (response->kind == RESPONSE_NXDOMAIN && walk->asked.length < name.length) {
        struct piece piece; /* a minimised name: there is nothing below it (RFC 8020 §2) */
        make_negative(&piece, walk, message, walk->asked, response->soa, soa_owner, judgement);
        piece_finish(&piece, walk, false);
    }
    return take_negative(walk, message, name, response->soa, soa_owner, judgement);
}
