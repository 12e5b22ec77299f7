/* What a referral becomes: the delegation of the zone that the walk goes down to, its glue, its lease and its trust. */
#include "resolver/judge.h"
#include "resolver/response.h"
#include "resolver/walk.h"

/* Adds the name servers that `section` names for the zone; returns their lowest TTL. */
static uint32_t gather_servers(struct delegation *delegation, struct walk *walk, struct dns_message *message,
                               enum dns_section section, struct dns_name zone)
{
    uint32_t ttl = UINT32_MAX;
    for (unsigned i = 0; i < message->count[section]; i++) {
        const struct dns_record *record = &message->section[section][i];
        struct dns_name_buffer server;
        if (record->type != DNS_TYPE_NS || record->class != DNS_CLASS_IN ||
            !dns_message_owner_is(message, record, zone))
            continue;
        if (record->ttl < ttl)
            ttl = record->ttl;
        if (dns_message_name(message, record->rdata, &server) == DNS_OK &&
            delegation_add_server(delegation, dns_name_view(&server)) < 0)
            REPORT(walk, .kind = EVENT_RECORD_DROPPED, .name = dns_name_view(&server), .type = DNS_TYPE_NS,
                   .text = "there are too many name servers");
    }
    return ttl;
}

static void drop_record(struct walk *walk, struct dns_name owner, uint16_t type, const char *why)
{
    walk->engine->statistics.records_dropped++;
    REPORT(walk, .kind = EVENT_RECORD_DROPPED, .name = owner, .type = type, .text = why);
}

/* Glue: addresses of these name servers, from inside the zone whose server speaks. Returns their lowest
   TTL. */
static uint32_t gather_glue(struct delegation *delegation, struct walk *walk, struct dns_message *message,
                            struct dns_name bailiwick)
{
    uint32_t ttl = UINT32_MAX;
    for (unsigned i = 0; i < message->count[DNS_ADDITIONAL]; i++) {
        const struct dns_record *record = &message->section[DNS_ADDITIONAL][i];
        struct dns_name_buffer owner;
        uint8_t family = record->type == DNS_TYPE_A ? 4 : record->type == DNS_TYPE_AAAA ? 6 : 0;
        if (dns_message_name(message, record->owner, &owner) != DNS_OK)
            continue;
        struct dns_name name = dns_name_view(&owner);
        int server = delegation_find_server(delegation, name);
        if (family == 0 || server < 0)
            drop_record(walk, name, record->type, "it is no glue of this referral");
        else if (!dns_name_within(name, bailiwick))
            drop_record(walk, name, record->type, "glue outside the bailiwick of the server");
        else if (record->class == DNS_CLASS_IN && record->rdata_length == (family == 4 ? 4 : 16)) {
            struct dns_address address =
                dns_address_make(family, message->wire + record->rdata, DELEGATION_PORT);
            if (delegation_add_address(delegation, (unsigned)server, &address) && record->ttl < ttl)
                ttl = record->ttl;
        }
    }
    return ttl;
}

/* When the delegation ends: as its parent says of the name servers and of their addresses, and not after
   that of the parent itself, so that what is revoked above dies below (ghost domains). */
static uint32_t lease(const struct walk *walk, uint32_t ttl)
{
    uint32_t now = engine_seconds(walk->engine);
    uint32_t expires = now + keep_ttl(walk, ttl);
    return walk->delegation.expires < expires ? walk->delegation.expires : expires;
}

enum trust descend_trust(const struct engine *engine, struct dns_name zone, enum trust parents_word)
{
    const struct validation *validation = engine->options.validation;
    struct dns_name anchored;
    if (validation == NULL || !validation->enabled ||
        validation_excepted(validation, zone, engine_wall(engine)) != NULL)
        return TRUST_INSECURE;
    if (validation_anchored(validation, zone, &anchored) && anchored.length == zone.length)
        return TRUST_SECURE;
    return parents_word;
}

/* The zone's trust, and the DS records that are the reason for it. */
static void take_trust(struct delegation *child, const struct walk *walk, const struct judgement *judgement)
{
    child->trust = descend_trust(walk->engine, dns_name_view(&child->zone), judgement->trust);
    for (unsigned i = 0; i < judgement->ds_count && child->trust == TRUST_SECURE; i++)
        delegation_add_ds(child, &judgement->ds[i]);
}

bool descend_referral(struct walk *walk, struct dns_message *message, const struct response *response,
                      const struct judgement *judgement)
{
    struct delegation child;
    struct dns_name cut = dns_name_view(&response->cut);
    struct dns_name zone = dns_name_view(&walk->delegation.zone);

    delegation_start(&child, cut, 0);
    child.from = walk->from;
    uint32_t ttl = gather_servers(&child, walk, message, DNS_AUTHORITY, cut);
    if (child.server_count == 0)
        return false;
    uint32_t glue_ttl = gather_glue(&child, walk, message, zone);
    ttl = glue_ttl < ttl ? glue_ttl : ttl;
    child.expires = lease(walk, judgement->ttl < ttl ? judgement->ttl : ttl);
    take_trust(&child, walk, judgement);
    if (child.trust != TRUST_NONE)
        delegation_keep(&child, walk->engine->options.cache, walk->since, engine_seconds(walk->engine));
    REPORT(walk, .kind = EVENT_REFERRAL, .zone = cut, .count = child.server_count,
           .value = child.address_count, .trust = (uint8_t)child.trust);

    walk_stop_asking(walk);
    delegation_copy(&walk->delegation, &child);
    select_adopt(walk);
    minimise_start(walk);
    return true;
}

void descend_root(struct walk *walk, struct dns_message *message)
{
    struct delegation root;
    delegation_start(&root, dns_name_root(), 0);
    root.from = walk->from;
    uint32_t ttl = gather_servers(&root, walk, message, DNS_ANSWER, dns_name_root());
    uint32_t glue_ttl = gather_glue(&root, walk, message, dns_name_root());
    root.expires = engine_seconds(walk->engine) + keep_ttl(walk, glue_ttl < ttl ? glue_ttl : ttl);
    root.trust = walk->delegation.trust;
    if (root.address_count > 0)
        delegation_keep(&root, walk->engine->options.cache, walk->since, engine_seconds(walk->engine));
}
