#include "beside.h"

#include <string.h>

#include "dns/builder.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "validity.h"

enum { BESIDE_TTL = 86400 };

const uint8_t beside_name[BESIDE_NAME] = "\7besides\6forger\7invalid";

bool beside_is_in(const uint8_t *octets, size_t length)
{
    return memmem(octets, length, beside_name, BESIDE_NAME) != NULL;
}

enum lie {
    LIE_DNAME,   /* of a zone above, for all that is in it */
    LIE_ALIAS,   /* of the name itself, for a question that no alias answers */
    LIE_SERVERS, /* of the zone that the answer is from */
    LIE_PROOF,   /* a range that nobody has signed */
    LIE_ROOT,    /* other root servers */
};

struct forgery {
    const struct world *world;
    struct dns_name asked;
    uint16_t type;
    struct dice *dice;
    struct dns_message message; /* as the server has said it */
    struct dns_record record[DNS_RECORDS_MAX];
    uint8_t wire[DNS_MESSAGE_MAX]; /* where that is */
    struct dns_builder builder;
    enum lie lie;
    struct dns_name owner;
    bool signatures_first, in_front;
};

/* -- what to say --------------------------------------------------------------------------------- */

/* A zone with such an apex, whose data nobody may take for unsigned. */
static bool is_sure(const struct forgery *forgery, struct dns_name apex, uint64_t now)
{
    int zone = world_find_zone(forgery->world, apex);
    return zone != NONE && validity_is_sure(forgery->world, zone, now);
}

/* The apex of a sure zone strictly above the name, one of several. */
static bool sure_above(struct forgery *forgery, uint64_t now)
{
    bool found = false;
    for (struct dns_name at = forgery->asked; !dns_name_is_root(at);) {
        at = dns_name_parent(at);
        if (!is_sure(forgery, at, now) || (found && dice_chance(forgery->dice, 500)))
            continue;
        forgery->owner = at;
        found = true;
    }
    return found;
}

/* The zone that has answered, where each of its answers is secure. */
static bool sure_speaker(struct forgery *forgery, const struct reply *reply, uint64_t now)
{
    const struct zone *zone = reply->zone == NONE ? NULL : &forgery->world->zone[reply->zone];
    if (zone == NULL || zone->security.denial == DENIAL_OPT_OUT)
        return false;
    forgery->owner = zone_origin(zone);
    return is_sure(forgery, forgery->owner, now);
}

/* Seldom, and worth a lie. */
static bool has_dname(const struct forgery *forgery)
{
    for (unsigned i = 0; i < forgery->message.count[DNS_ANSWER]; i++)
        if (forgery->message.section[DNS_ANSWER][i].type == DNS_TYPE_DNAME)
            return true;
    return false;
}

static bool choose(struct forgery *forgery, const struct reply *reply, uint64_t now)
{
    bool answer = forgery->message.count[DNS_ANSWER] > 0;
    bool authoritative = forgery->message.authoritative;
    if (dns_name_is_root(forgery->asked)) {
        forgery->lie = LIE_ROOT;
        forgery->owner = forgery->asked;
        return forgery->type == DNS_TYPE_NS && is_sure(forgery, forgery->asked, now);
    }
    unsigned roll = dice_below(forgery->dice, 10);
    if (forgery->type == DNS_TYPE_RRSIG && roll < 4) {
        forgery->lie = LIE_ALIAS;
        bool sure = sure_speaker(forgery, reply, now) && authoritative;
        forgery->owner = forgery->asked;
        return sure;
    }
    forgery->lie = roll < 5 || has_dname(forgery) ? LIE_DNAME : roll < 8 ? LIE_SERVERS : LIE_PROOF;
    if (forgery->lie == LIE_DNAME)
        return sure_above(forgery, now);
    return sure_speaker(forgery, reply, now) && authoritative && forgery->type != DNS_TYPE_RRSIG &&
           (answer || forgery->lie == LIE_PROOF);
}

/* -- saying it ----------------------------------------------------------------------------------- */

static void say(struct forgery *forgery, enum dns_section section, struct dns_name owner, uint16_t type,
                const uint8_t *rdata, size_t length)
{
    dns_builder_record(&forgery->builder, section, owner, type, DNS_CLASS_IN, BESIDE_TTL, rdata, length);
}

static void say_range(struct forgery *forgery)
{
    struct dns_name_buffer owner;
    uint8_t rdata[BESIDE_NAME + 3];
    memcpy(rdata, beside_name, BESIDE_NAME);
    memcpy(rdata + BESIDE_NAME, "\0\1\100", 3); /* A */
    if (forgery->owner.length + 4 > DNS_NAME_MAX)
        return;
    memcpy(owner.wire, "\3zzz", 4);
    memcpy(owner.wire + 4, forgery->owner.wire, forgery->owner.length);
    owner.length = (uint8_t)(forgery->owner.length + 4);
    say(forgery, DNS_AUTHORITY, dns_name_view(&owner), DNS_TYPE_NSEC, rdata, sizeof rdata);
}

static void lie_in(struct forgery *forgery, enum dns_section section)
{
    const struct dns_name name = {beside_name, BESIDE_NAME};
    bool alias = forgery->lie == LIE_DNAME || forgery->lie == LIE_ALIAS;
    if (alias && section == DNS_ANSWER)
        say(forgery, section, forgery->owner, forgery->lie == LIE_DNAME ? DNS_TYPE_DNAME : DNS_TYPE_CNAME,
            name.wire, name.length);
    if ((forgery->lie == LIE_SERVERS && section == DNS_AUTHORITY) ||
        (forgery->lie == LIE_ROOT && section == DNS_ANSWER))
        say(forgery, section, forgery->owner, DNS_TYPE_NS, name.wire, name.length);
    if ((forgery->lie == LIE_SERVERS || forgery->lie == LIE_ROOT) && section == DNS_ADDITIONAL)
        say(forgery, section, name, DNS_TYPE_A, authority_forged_address, 4);
    if (forgery->lie == LIE_PROOF && section == DNS_AUTHORITY)
        say_range(forgery);
}

/* What the server has said in the section; of the root's servers nothing. */
static void repeat(struct forgery *forgery, enum dns_section section, bool signatures)
{
    for (unsigned i = 0; i < forgery->message.count[section]; i++) {
        const struct dns_record *record = &forgery->message.section[section][i];
        struct dns_name_buffer owner;
        uint8_t rdata[4096];
        uint16_t length;
        if (record->type == DNS_TYPE_OPT || (record->type == DNS_TYPE_RRSIG) != signatures ||
            (forgery->lie == LIE_ROOT && !signatures) ||
            dns_message_name(&forgery->message, record->owner, &owner) != DNS_OK ||
            dns_rdata_expand(&forgery->message, record, rdata, sizeof rdata, &length) != DNS_OK)
            continue;
        dns_builder_record(&forgery->builder, section, dns_name_view(&owner), record->type, record->class,
                           record->ttl, rdata, length);
    }
}

static void speak(struct forgery *forgery, enum dns_section section)
{
    if (forgery->signatures_first)
        repeat(forgery, section, true);
    if (forgery->in_front)
        lie_in(forgery, section);
    repeat(forgery, section, false);
    if (!forgery->in_front)
        lie_in(forgery, section);
    if (!forgery->signatures_first)
        repeat(forgery, section, true);
}

enum beside beside_put(const struct world *world, const struct dns_message *query, uint64_t now,
                       struct dice *dice, struct reply *reply)
{
    static struct forgery forgery;
    forgery.world = world;
    forgery.asked = dns_name_view(&query->qname);
    forgery.type = query->qtype;
    forgery.dice = dice;
    if (reply->length < DNS_HEADER_SIZE + (size_t)forgery.asked.length)
        return BESIDE_NOTHING;
    memcpy(forgery.wire, reply->wire, reply->length);
    struct dns_name_buffer lower; /* pointers in rdata bring the question's spelling with them */
    dns_name_copy_lower(&lower, forgery.asked);
    memcpy(forgery.wire + DNS_HEADER_SIZE, lower.wire, lower.length);
    if (dns_message_parse(&forgery.message, forgery.wire, reply->length, forgery.record, DNS_RECORDS_MAX) !=
            DNS_OK ||
        forgery.message.truncated || !choose(&forgery, reply, now))
        return BESIDE_NOTHING;
    forgery.signatures_first = dice_chance(dice, 500);
    forgery.in_front = dice_chance(dice, 600);
    uint16_t flags = (uint16_t)(reply->wire[2] << 8 | reply->wire[3]);
    if (forgery.lie == LIE_DNAME || forgery.lie == LIE_ALIAS)
        flags = (uint16_t)((flags | DNS_FLAG_AA) & ~15);
    dns_builder_start(&forgery.builder, reply->wire, sizeof reply->wire, query->id, flags);
    dns_builder_question(&forgery.builder, forgery.asked, forgery.type, DNS_CLASS_IN);
    for (enum dns_section section = DNS_ANSWER; section <= DNS_ADDITIONAL; section++)
        speak(&forgery, section);
    dns_builder_edns(
        &forgery.builder,
        &(struct dns_edns_reply){.udp_size = 1232, .dnssec_ok = query->edns.dnssec_ok, .ede = DNS_EDE_NONE});
    reply->length = dns_builder_finish(&forgery.builder);
    return forgery.lie == LIE_SERVERS || forgery.lie == LIE_PROOF ? BESIDE_MORE : BESIDE_WRONG;
}
