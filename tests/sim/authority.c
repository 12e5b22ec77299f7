#include "authority.h"

#include <string.h>

#include "dns/builder.h"
#include "dns/rdata.h"
#include "validity.h"

enum { CHAIN_MAX_LINKS = 8 };

struct expansion {
    struct dns_name_buffer name;
    struct proof proof;
};

struct speech {
    const struct world *world;
    const struct server *server;
    const struct authority_options *options;
    struct dns_builder builder;
    struct dns_name asked;
    uint16_t type;
    int zone;
    uint64_t now, data_time;
    bool authoritative;
    bool signs;        /* the records at hand, in so far as the zone does */
    bool wants_proofs; /* asked with DO */
    bool out_of_place; /* what is said is not the answer to what was asked */
    unsigned rcode;
    struct expansion expansion[CHAIN_MAX_LINKS];
    unsigned expansion_count;
};

/* -- records ----------------------------------------------------------------------------------- */

/* A name as rdata, with a pointer to the question where they end alike: so real servers do, and so the
   question's spelling comes back in the rdata. */
static size_t compress_rdata(const struct speech *speech, struct dns_name target, uint8_t *to)
{
    for (struct dns_name at = target; !dns_name_is_root(at); at = dns_name_parent(at)) {
        struct dns_name tail = dns_name_suffix(speech->asked, dns_name_labels(at));
        if (tail.length != at.length || !dns_name_equal(tail, at))
            continue;
        size_t before = (size_t)(target.length - at.length);
        size_t pointer = 0xc000 | (DNS_HEADER_SIZE + (size_t)(speech->asked.length - tail.length));
        memcpy(to, target.wire, before);
        to[before] = (uint8_t)(pointer >> 8);
        to[before + 1] = (uint8_t)pointer;
        return before + 2;
    }
    memcpy(to, target.wire, target.length);
    return target.length;
}

static bool may_compress(const struct speech *speech, uint16_t type)
{
    return !(speech->server->quirks & QUIRK_NO_COMPRESSION) &&
           (type == DNS_TYPE_NS || type == DNS_TYPE_CNAME || type == DNS_TYPE_PTR);
}

/* A resolver that keeps what was said out of place keeps it for longer than it is good. */
static uint32_t is_marked(const struct speech *speech)
{
    return speech->options->marked && speech->out_of_place;
}

static bool is_signed(const struct speech *speech)
{
    return speech->wants_proofs && speech->world->zone[speech->zone].security.fate != FATE_UNSIGNED;
}

static struct proof proof_of(struct speech *speech)
{
    return (struct proof){.world = speech->world,
                          .zone = speech->zone,
                          .at = speech->data_time,
                          .builder = &speech->builder,
                          .spoilt = speech->options->spoilt};
}

static void say_as(struct speech *speech, enum dns_section section, struct dns_name owner,
                   const struct rrset *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        uint8_t compressed[DNS_NAME_MAX];
        uint16_t length;
        const uint8_t *rdata = world_rdata(speech->world, set, i, &length);
        if (may_compress(speech, set->type)) {
            length = (uint16_t)compress_rdata(speech, world_target(speech->world, set, i), compressed);
            rdata = compressed;
        }
        dns_builder_record(&speech->builder, section, owner, set->type, DNS_CLASS_IN,
                           set->ttl + is_marked(speech), rdata, length);
    }
    if (speech->signs && is_signed(speech)) {
        struct proof proof = proof_of(speech);
        proof_sign(&proof, section, owner, set);
    }
}

static void say(struct speech *speech, enum dns_section section, const struct rrset *set)
{
    if (set != NULL)
        say_as(speech, section, rrset_owner(set), set);
}

/* Addresses of the name servers that are below `within`. */
static void say_glue(struct speech *speech, const struct rrset *servers, struct dns_name within)
{
    speech->out_of_place = true;
    speech->signs = false;
    for (unsigned i = 0; i < servers->count; i++) {
        struct dns_name name = world_target(speech->world, servers, i);
        int host = world_find_host(speech->world, name);
        if (host == NONE || !dns_name_within(name, within))
            continue;
        int home = speech->world->host[host].zone;
        say(speech, DNS_ADDITIONAL, world_find(speech->world, home, speech->data_time, name, DNS_TYPE_A));
        say(speech, DNS_ADDITIONAL, world_find(speech->world, home, speech->data_time, name, DNS_TYPE_AAAA));
    }
}

/* -- forgeries --------------------------------------------------------------------------------- */

const uint8_t authority_forged_address[4] = {6, 6, 6, 6};
static const uint8_t forged_target[] = "\2ns\6forger\7invalid";

/* A name of the world that is no part of what was asked: neither above it nor it. */
static bool stray_owner(const struct speech *speech, struct dns_name *owner)
{
    for (unsigned tries = 0; tries < 8; tries++) {
        const struct world *world = speech->world;
        *owner = rrset_owner(&world->rrset[dice_below(speech->options->dice, world->rrset_count)]);
        if (!dns_name_within(speech->asked, *owner) && !dns_name_is_root(*owner))
            return true;
    }
    return false;
}

/* Glue that this server may give is its word, so what is forged there is no forgery. */
static bool may_be_glue(const struct speech *speech, struct dns_name owner)
{
    uint64_t time;
    if (speech->options->extras)
        for (unsigned i = 0; i < speech->server->serving_count; i++)
            if (dns_name_within(owner, zone_origin(&speech->world->zone[speech->server->serving[i].zone])))
                return true;
    return world_is_name_server(speech->world, owner) &&
           world_serving(speech->world, speech->server, owner, DNS_TYPE_A, speech->now, &time) != NONE;
}

static void say_stray(struct speech *speech, enum dns_section section)
{
    struct dns_name owner;
    if (!speech->options->strays || !stray_owner(speech, &owner) || dice_chance(speech->options->dice, 400))
        return;
    bool address = section == DNS_ADDITIONAL || dice_chance(speech->options->dice, 400);
    if (section == DNS_ADDITIONAL && may_be_glue(speech, owner))
        return;
    if (address)
        dns_builder_record(&speech->builder, section, owner, DNS_TYPE_A, DNS_CLASS_IN, 86400,
                           authority_forged_address, 4);
    else
        dns_builder_record(&speech->builder, section, owner,
                           section == DNS_ANSWER ? DNS_TYPE_CNAME : DNS_TYPE_NS, DNS_CLASS_IN, 86400,
                           forged_target, sizeof forged_target);
}

void authority_forge(const struct dns_message *query, struct dice *dice, struct reply *reply)
{
    struct dns_builder builder;
    struct dns_name name = dns_name_view(&query->qname);
    bool referral = dice_chance(dice, 300);
    dns_builder_start(&builder, reply->wire, sizeof reply->wire, query->id,
                      DNS_FLAG_QR | (referral ? 0 : DNS_FLAG_AA));
    dns_builder_question(&builder, name, query->qtype, DNS_CLASS_IN);
    if (!referral)
        dns_builder_record(&builder, DNS_ANSWER, name, dice_chance(dice, 500) ? DNS_TYPE_CNAME : query->qtype,
                           DNS_CLASS_IN, 86400, forged_target, sizeof forged_target);
    if (!dns_name_is_root(name))
        dns_builder_record(&builder, DNS_AUTHORITY, dns_name_suffix(name, dns_name_labels(name) - referral),
                           DNS_TYPE_NS, DNS_CLASS_IN, 86400, forged_target, sizeof forged_target);
    struct dns_name server = {forged_target, sizeof forged_target};
    dns_builder_record(&builder, DNS_ADDITIONAL, server, DNS_TYPE_A, DNS_CLASS_IN, 86400,
                       authority_forged_address, 4);
    reply->length = dns_builder_finish(&builder);
    reply->zone = NONE;
}

/* -- the zone's word --------------------------------------------------------------------------- */

static void note_expansion(struct speech *speech, struct dns_name name)
{
    if (!is_signed(speech) || speech->expansion_count == CHAIN_MAX_LINKS)
        return;
    struct expansion *expansion = &speech->expansion[speech->expansion_count++];
    dns_name_copy_lower(&expansion->name, name);
    expansion->proof = proof_of(speech);
}

/* Of the names that wildcards have made: that there is no closer one. */
static void say_expansions(struct speech *speech)
{
    for (unsigned i = 0; i < speech->expansion_count; i++)
        proof_wildcard(&speech->expansion[i].proof, dns_name_view(&speech->expansion[i].name));
    speech->expansion_count = 0;
}

/* With a serial number that the zone never had. */
static void say_marked_soa(struct speech *speech, const struct rrset *soa)
{
    uint8_t copy[2 * DNS_NAME_MAX + 20];
    uint16_t length;
    const uint8_t *rdata = world_rdata(speech->world, soa, 0, &length);
    memcpy(copy, rdata, length);
    copy[length - 20] ^= 0x80;
    dns_builder_record(&speech->builder, DNS_AUTHORITY, rrset_owner(soa), DNS_TYPE_SOA, DNS_CLASS_IN,
                       soa->ttl, copy, length);
}

static void say_absence(struct speech *speech, struct dns_name name, const struct finding *finding)
{
    bool nxdomain = finding->found == FOUND_NXDOMAIN;
    struct dns_name origin = zone_origin(&speech->world->zone[speech->zone]);
    const struct rrset *soa =
        world_find(speech->world, speech->zone, speech->data_time, origin, DNS_TYPE_SOA);
    if (nxdomain)
        speech->rcode = DNS_RCODE_NXDOMAIN;
    if (is_marked(speech))
        say_marked_soa(speech, soa);
    else
        say(speech, DNS_AUTHORITY, soa);
    if (is_signed(speech)) {
        struct proof proof = proof_of(speech);
        proof_absence(&proof, name, finding);
    }
    say_expansions(speech);
    if (speech->options->marked)
        say_stray(speech, DNS_AUTHORITY);
    say_stray(speech, DNS_ADDITIONAL);
}

static void say_referral(struct speech *speech, const struct finding *finding)
{
    int child = world_find_zone(speech->world, finding->at);
    speech->authoritative = false;
    speech->signs = false;
    say(speech, DNS_AUTHORITY, finding->set);
    if (is_signed(speech)) {
        struct proof proof = proof_of(speech);
        proof_delegation(&proof, finding->at);
    }
    say_stray(speech, DNS_AUTHORITY);
    if (child != NONE && !speech->world->zone[child].no_glue)
        say_glue(speech, finding->set, zone_origin(&speech->world->zone[speech->zone]));
    say_stray(speech, DNS_ADDITIONAL);
}

static void say_chatter(struct speech *speech)
{
    struct dns_name origin = zone_origin(&speech->world->zone[speech->zone]);
    const struct rrset *servers =
        world_find(speech->world, speech->zone, speech->data_time, origin, DNS_TYPE_NS);
    if (!(speech->server->quirks & QUIRK_CHATTY) || servers == NULL ||
        (speech->type == DNS_TYPE_NS && dns_name_equal(origin, speech->asked)))
        return;
    speech->out_of_place = true;
    say(speech, DNS_AUTHORITY, servers);
    say_glue(speech, servers, origin);
}

/* Says the alias; *name becomes its target. False where that is too long a name. */
static bool say_alias(struct speech *speech, const struct finding *finding, struct dns_name_buffer *name)
{
    struct dns_name_buffer target;
    struct dns_name from = dns_name_view(name);
    struct dns_name to = world_target(speech->world, finding->set, 0);
    if (finding->found == FOUND_CNAME) {
        say_as(speech, DNS_ANSWER, from, finding->set);
        if (finding->wildcard)
            note_expansion(speech, from);
        dns_name_copy(name, to);
        return true;
    }
    say(speech, DNS_ANSWER, finding->set);
    if (dns_name_replace_suffix(&target, from, finding->at, to) != DNS_OK) {
        speech->rcode = DNS_RCODE_YXDOMAIN;
        return false;
    }
    dns_builder_record(&speech->builder, DNS_ANSWER, from, DNS_TYPE_CNAME, DNS_CLASS_IN,
                       finding->set->ttl + is_marked(speech), target.wire, target.length);
    *name = target;
    return true;
}

/* The alias leads to where this server has nothing to say; a forger says something all the same. */
static void say_forged_target(struct speech *speech, struct dns_name target)
{
    uint64_t time;
    if (!speech->options->strays || dice_chance(speech->options->dice, 500) ||
        dns_name_within(speech->asked, target) ||
        world_serving(speech->world, speech->server, target, speech->type, speech->now, &time) != NONE)
        return;
    if (speech->type == DNS_TYPE_A)
        dns_builder_record(&speech->builder, DNS_ANSWER, target, DNS_TYPE_A, DNS_CLASS_IN, 86400,
                           authority_forged_address, 4);
    else
        dns_builder_record(&speech->builder, DNS_ANSWER, target, DNS_TYPE_CNAME, DNS_CLASS_IN, 86400,
                           forged_target, sizeof forged_target);
}

/* The set, or all sets of its owner. */
static void say_records(struct speech *speech, struct dns_name name, const struct rrset *set)
{
    struct dns_name owner = rrset_owner(set);
    while (set != NULL) {
        say_as(speech, DNS_ANSWER, name, set);
        set = speech->type == DNS_TYPE_ANY
                  ? world_next_at(speech->world, speech->zone, speech->data_time, owner, set)
                  : NULL;
    }
}

/* A resolver that has asked about something else takes an alias' target over from this packet only where that is
   the apex of the zone whose server it has asked; DS records not even there. */
static bool may_be_taken(const struct speech *speech, struct dns_name target)
{
    for (unsigned i = 0; i < speech->server->serving_count; i++)
        if (speech->type != DNS_TYPE_DS &&
            dns_name_equal(target, zone_origin(&speech->world->zone[speech->server->serving[i].zone])))
            return true;
    return false;
}

/* A name that a wildcard makes lies in a span in which there may be unsigned zones: nobody can tell a lie there. */
static bool lies_in_opt_out(const struct speech *speech, const struct finding *finding)
{
    return finding->wildcard && speech->world->zone[speech->zone].security.denial == DENIAL_OPT_OUT;
}

/* Somebody on the path puts his own words in place of the server's. */
static bool say_lie(struct speech *speech, const struct finding *finding)
{
    enum spoilt spoilt = speech->options->spoilt;
    bool exists = finding->found == FOUND_RECORDS || finding->found == FOUND_CNAME;
    exists = exists && !lies_in_opt_out(speech, finding);
    if ((spoilt != SPOILT_FORGED && spoilt != SPOILT_ABSENCE) || !exists || !is_signed(speech) ||
        !validity_is_sure(speech->world, speech->zone, speech->now))
        return false;
    struct proof proof = proof_of(speech);
    if (spoilt == SPOILT_ABSENCE) {
        struct dns_name origin = zone_origin(&speech->world->zone[speech->zone]);
        struct finding none = {.found = FOUND_NXDOMAIN};
        speech->rcode = DNS_RCODE_NXDOMAIN;
        say(speech, DNS_AUTHORITY,
            world_find(speech->world, speech->zone, speech->data_time, origin, DNS_TYPE_SOA));
        proof.spoilt = SPOILT_FOREIGN;
        proof_absence(&proof, speech->asked, &none);
        return true;
    }
    if (speech->type == DNS_TYPE_A)
        dns_builder_record(&speech->builder, DNS_ANSWER, speech->asked, DNS_TYPE_A, DNS_CLASS_IN, 86400,
                           authority_forged_address, 4);
    else
        dns_builder_record(&speech->builder, DNS_ANSWER, speech->asked, DNS_TYPE_CNAME, DNS_CLASS_IN, 86400,
                           forged_target, sizeof forged_target);
    if (dice_chance(speech->options->dice, 500))
        proof_sign(&proof, DNS_ANSWER, speech->asked, finding->set);
    return true;
}

/* The signatures of all that is there, an alias among it, for who asks for RRSIG. False: there are none. */
static bool say_signatures(struct speech *speech, struct dns_name name)
{
    struct finding all = world_look(speech->world, speech->zone, speech->data_time, name, DNS_TYPE_ANY);
    if (speech->type != DNS_TYPE_RRSIG || !is_signed(speech) ||
        (all.found != FOUND_RECORDS && all.found != FOUND_CNAME))
        return false;
    struct proof proof = proof_of(speech);
    struct dns_name owner = rrset_owner(all.set);
    for (const struct rrset *set = all.set; set != NULL;
         set = world_next_at(speech->world, speech->zone, speech->data_time, owner, set))
        proof_sign(&proof, DNS_ANSWER, name, set);
    if (all.wildcard)
        note_expansion(speech, name);
    say_expansions(speech);
    return true;
}

/* RFC 1034 §4.3.2, following aliases through all zones this server has. */
static void speak(struct speech *speech)
{
    struct dns_name_buffer name;
    dns_name_copy(&name, speech->asked);
    for (unsigned links = 0; links < CHAIN_MAX_LINKS; links++) {
        struct dns_name at = dns_name_view(&name);
        struct finding finding = world_look(speech->world, speech->zone, speech->data_time, at, speech->type);
        if (links == 0 && say_lie(speech, &finding))
            return;
        if (say_signatures(speech, at))
            return;
        switch (finding.found) {
        case FOUND_CUT:
            if (links == 0)
                say_referral(speech, &finding);
            say_expansions(speech);
            return;
        case FOUND_RECORDS:
            say_records(speech, at, finding.set);
            if (finding.wildcard)
                note_expansion(speech, at);
            say_stray(speech, DNS_ANSWER);
            say_expansions(speech);
            if (speech->options->marked)
                say_stray(speech, DNS_AUTHORITY);
            say_chatter(speech);
            say_stray(speech, DNS_ADDITIONAL);
            return;
        case FOUND_NODATA:
        case FOUND_NXDOMAIN:
            say_absence(speech, at, &finding);
            return;
        default:
            if (!say_alias(speech, &finding, &name)) {
                say_expansions(speech);
                return;
            }
            say_forged_target(speech, dns_name_view(&name));
        }
        speech->zone = world_serving(speech->world, speech->server, dns_name_view(&name), speech->type,
                                     speech->now, &speech->data_time);
        if (speech->zone == NONE || speech->zone == ROOT) {
            say_expansions(speech);
            return;
        }
        speech->out_of_place = !may_be_taken(speech, dns_name_view(&name));
    }
}

/* -- whole replies ----------------------------------------------------------------------------- */

static void finish(struct speech *speech, const struct dns_message *query, struct reply *reply, bool udp)
{
    size_t limit = query->edns.present ? query->edns.udp_size : 512;
    bool edns = query->edns.present && !speech->options->without_edns &&
                !(speech->server->quirks & QUIRK_STRIPS_EDNS);
    bool truncates =
        speech->server->quirks & QUIRK_TRUNCATES && speech->builder.length > speech->builder.question_end;
    bool truncated = udp && (truncates || speech->builder.length + 11 > limit);
    if (truncated)
        dns_builder_drop_records(&speech->builder);
    if (edns)
        dns_builder_edns(&speech->builder, &(struct dns_edns_reply){.udp_size = 1232,
                                                                    .dnssec_ok = speech->wants_proofs,
                                                                    .ede = DNS_EDE_NONE});
    reply->length = dns_builder_finish(&speech->builder);
    reply->wire[2] = (uint8_t)(reply->wire[2] | (speech->authoritative ? DNS_FLAG_AA >> 8 : 0));
    reply->wire[3] = (uint8_t)(reply->wire[3] | speech->rcode);
}

void authority_answer(const struct world *world, const struct server *server, const struct dns_message *query,
                      uint64_t now, bool udp, const struct authority_options *options, struct reply *reply)
{
    struct speech speech = {
        .world = world,
        .server = server,
        .options = options,
        .asked = dns_name_view(&query->qname),
        .type = query->qtype,
        .now = now,
        .authoritative = true,
        .signs = true,
        .wants_proofs = query->edns.present && query->edns.dnssec_ok,
    };
    reply->zone = speech.zone =
        world_serving(world, server, speech.asked, speech.type, now, &speech.data_time);
    if (reply->zone == NONE) {
        if (server->quirks & QUIRK_LAME_UPWARD)
            authority_refer_upward(world, query, reply);
        else
            authority_bare(query, DNS_RCODE_REFUSED, reply);
        return;
    }
    dns_builder_start(&speech.builder, reply->wire, sizeof reply->wire, query->id, DNS_FLAG_QR);
    dns_builder_question(&speech.builder, speech.asked, query->qtype, DNS_CLASS_IN);
    speak(&speech);
    finish(&speech, query, reply, udp);
}

void authority_bare(const struct dns_message *query, unsigned flags, struct reply *reply)
{
    struct dns_builder builder;
    dns_builder_start(&builder, reply->wire, sizeof reply->wire, query->id, (uint16_t)(DNS_FLAG_QR | flags));
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    reply->length = dns_builder_finish(&builder);
    reply->zone = NONE;
}

void authority_refer_upward(const struct world *world, const struct dns_message *query, struct reply *reply)
{
    const struct rrset *servers = world_find(world, ROOT, 0, dns_name_root(), DNS_TYPE_NS);
    struct dns_builder builder;
    dns_builder_start(&builder, reply->wire, sizeof reply->wire, query->id, DNS_FLAG_QR);
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    for (unsigned i = 0; i < servers->count; i++) {
        struct dns_name target = world_target(world, servers, i);
        dns_builder_record(&builder, DNS_AUTHORITY, dns_name_root(), DNS_TYPE_NS, DNS_CLASS_IN, servers->ttl,
                           target.wire, target.length);
    }
    reply->length = dns_builder_finish(&builder);
    reply->zone = NONE;
}
