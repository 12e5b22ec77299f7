#include "proof.h"

#include <string.h>

#include "dns/rdata.h"
#include "dns/types.h"

enum { SAID_MAX = 8 };

/* Which records of the chain have been said; each is said once. */
struct said {
    const struct proof *proof;
    struct chain chain;
    int index[SAID_MAX];
    unsigned count;
};

/* -- signatures -------------------------------------------------------------------------------- */

static void sign(const struct proof *proof, enum dns_section section, struct dns_name owner,
                 const struct signed_set *set)
{
    enum { WEEKS_OLD = 6 };
    const struct security *security = &proof->world->zone[proof->zone].security;
    if (proof->spoilt == SPOILT_STRIPPED)
        return;
    for (unsigned i = 0; i < security->key_count; i++) {
        uint8_t rrsig[SIGNED_RRSIG_MAX];
        size_t length = signed_rrsig(proof->world, proof->zone, i, set, proof->at,
                                     proof->spoilt == SPOILT_OLD ? WEEKS_OLD : 0, rrsig);
        if (length == 0)
            continue;
        if (proof->spoilt == SPOILT_DAMAGED)
            rrsig[length - 7] ^= 0x10;
        dns_builder_record(proof->builder, section, owner, DNS_TYPE_RRSIG, DNS_CLASS_IN, set->ttl, rrsig,
                           length);
    }
}

void proof_sign(const struct proof *proof, enum dns_section section, struct dns_name owner,
                const struct rrset *set)
{
    struct signed_record record[256];
    for (unsigned i = 0; i < set->count && i < 256; i++)
        record[i].octets = world_rdata(proof->world, set, i, &record[i].length);
    sign(proof, section, owner,
         &(struct signed_set){rrset_owner(set), set->type, set->ttl, record,
                              set->count < 256 ? set->count : 256});
}

/* -- records of the chain ------------------------------------------------------------------------ */

static uint32_t negative_ttl(const struct proof *proof)
{
    struct dns_name origin = zone_origin(&proof->world->zone[proof->zone]);
    const struct rrset *soa = world_find(proof->world, proof->zone, proof->at, origin, DNS_TYPE_SOA);
    struct dns_soa fields;
    uint16_t length;
    const uint8_t *rdata = world_rdata(proof->world, soa, 0, &length);
    if (dns_rdata_soa(rdata, length, &fields) != DNS_OK)
        return 0;
    return fields.minimum < soa->ttl ? fields.minimum : soa->ttl;
}

static void say(struct said *said, int index)
{
    const struct proof *proof = said->proof;
    struct dns_name_buffer owner;
    uint8_t rdata[DENIAL_RDATA_MAX];
    if (proof->spoilt == SPOILT_FOREIGN && said->chain.count > 0)
        index = (index + 1) % (int)said->chain.count;
    for (unsigned i = 0; i < said->count; i++)
        if (said->index[i] == index)
            return;
    if (index < 0 || said->count == SAID_MAX || proof->spoilt == SPOILT_DENIAL)
        return;
    said->index[said->count++] = index;
    struct signed_record record = {rdata, (uint16_t)chain_write(&said->chain, index, &owner, rdata)};
    struct signed_set set = {dns_name_view(&owner), said->chain.nsec3 ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC,
                             negative_ttl(proof), &record, 1};
    dns_builder_record(proof->builder, DNS_AUTHORITY, set.owner, set.type, DNS_CLASS_IN, set.ttl, rdata,
                       record.length);
    sign(proof, DNS_AUTHORITY, set.owner, &set);
}

static void start(struct said *said, const struct proof *proof)
{
    said->proof = proof;
    said->count = 0;
    chain_make(&said->chain, proof->world, proof->zone, proof->at);
}

/* -- proofs ------------------------------------------------------------------------------------ */

/* RFC 5155 §7.2.1: the closest encloser that has an NSEC3 record, and what covers the next closer name. Returns the
   closest encloser. */
static struct dns_name say_encloser(struct said *said, struct dns_name name)
{
    struct dns_name closer = name, encloser = name;
    while (chain_match(&said->chain, encloser) < 0) {
        closer = encloser;
        encloser = dns_name_parent(encloser);
    }
    say(said, chain_match(&said->chain, encloser));
    if (closer.length != encloser.length)
        say(said, chain_cover(&said->chain, closer));
    return encloser;
}

/* The deepest name above that exists, be it only for what is below it. */
static struct dns_name existing_above(const struct said *said, struct dns_name name)
{
    for (struct dns_name above = dns_name_parent(name);; above = dns_name_parent(above))
        for (unsigned i = 0; i < said->chain.count; i++)
            if (dns_name_within(dns_name_view(&said->chain.link[i].owner), above))
                return above;
}

static void wildcard_of(struct dns_name encloser, struct dns_name_buffer *wildcard)
{
    wildcard->wire[0] = 1;
    wildcard->wire[1] = '*';
    memcpy(wildcard->wire + 2, encloser.wire, encloser.length);
    wildcard->length = (uint8_t)(encloser.length + 2);
}

static void say_match_or_cover(struct said *said, struct dns_name name)
{
    int index = chain_match(&said->chain, name);
    say(said, index >= 0 ? index : chain_cover(&said->chain, name));
}

void proof_absence(const struct proof *proof, struct dns_name name, const struct finding *finding)
{
    struct said said;
    struct dns_name_buffer wildcard;
    start(&said, proof);
    if (finding->found == FOUND_NODATA && !finding->wildcard) {
        if (said.chain.nsec3)
            say_encloser(&said, name); /* itself, but for an unsigned delegation in an opt-out span */
        else
            say_match_or_cover(&said, name); /* a name with nothing but names below it is covered */
        return;
    }
    struct dns_name encloser;
    if (said.chain.nsec3) {
        encloser = say_encloser(&said, name);
    } else {
        say(&said, chain_cover(&said.chain, name));
        encloser = existing_above(&said, name);
    }
    if (encloser.length + 2 > DNS_NAME_MAX)
        return;
    wildcard_of(encloser, &wildcard);
    say_match_or_cover(&said, dns_name_view(&wildcard));
}

void proof_wildcard(const struct proof *proof, struct dns_name name)
{
    struct said said;
    start(&said, proof);
    if (!said.chain.nsec3) {
        say(&said, chain_cover(&said.chain, name));
        return;
    }
    struct dns_name closer = name;
    while (chain_match(&said.chain, dns_name_parent(closer)) < 0)
        closer = dns_name_parent(closer);
    say(&said, chain_cover(&said.chain, closer));
}

void proof_delegation(const struct proof *proof, struct dns_name cut)
{
    const struct rrset *ds = world_find(proof->world, proof->zone, proof->at, cut, DNS_TYPE_DS);
    struct said said;
    if (ds != NULL) {
        for (unsigned i = 0; i < ds->count; i++) {
            uint16_t length;
            const uint8_t *rdata = world_rdata(proof->world, ds, i, &length);
            dns_builder_record(proof->builder, DNS_AUTHORITY, cut, DNS_TYPE_DS, DNS_CLASS_IN, ds->ttl, rdata,
                               length);
        }
        proof_sign(proof, DNS_AUTHORITY, cut, ds);
        return;
    }
    start(&said, proof);
    if (said.chain.nsec3)
        say_encloser(&said, cut);
    else
        say(&said, chain_match(&said.chain, cut));
}
