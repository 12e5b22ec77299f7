/* Answers out of what is proven (RFC 8198): a name that lies in the range of an NSEC record in the cache does
   not exist, and needs no question. */
#include <string.h>

#include "dns/rdata.h"
#include "resolver/image.h"
#include "resolver/ranges.h"
#include "resolver/validator.h"
#include "resolver/walk.h"

enum { ENTRY_OCTETS = 4096, NSEC_MAX = 3 };

/* An RRset from the cache, with its signatures, in the engine's scratch memory. */
struct found {
    struct dns_name_buffer owner;
    struct cache_hit hit;
    uint8_t *image;
};

struct synthesis {
    struct walk *walk;
    struct dns_name zone, name;
    struct found nsec[NSEC_MAX], soa;
    unsigned count;
};

/* Images lie behind the memory that ranges.c works in. */
static uint8_t *entry_at(const struct walk *walk, unsigned index)
{
    return walk->engine->scratch + 2 * RANGES_OCTETS + index * ENTRY_OCTETS;
}

static bool find(struct synthesis *synthesis, struct dns_name owner, uint16_t type, unsigned index,
                 struct found *found)
{
    struct engine *engine = synthesis->walk->engine;
    struct cache_key key = {CACHE_RRSET, type, owner};
    found->image = entry_at(synthesis->walk, index);
    dns_name_copy(&found->owner, owner);
    return cache_find(engine->options.cache, &key, engine_seconds(engine), &found->hit, found->image,
                      ENTRY_OCTETS) &&
           found->hit.kind == CACHE_RRSET && trust_of_mark(found->hit.mark) == TRUST_SECURE &&
           found->hit.length <= ENTRY_OCTETS && found->hit.length >= IMAGE_TRAILER;
}

/* The record of the zone itself, and not one that its parent or its child has at the same name. */
static bool is_of_zone(const struct synthesis *synthesis, const struct found *found)
{
    bool apex = dns_name_equal(dns_name_view(&found->owner), synthesis->zone);
    return (found->hit.mark & (apex ? MARK_RANGE_FROM_APEX : MARK_RANGE)) != 0;
}

/* Adds the NSEC record that begins at or before the name to the set of proofs. */
static bool add_range(struct synthesis *synthesis, struct dns_name name)
{
    struct engine *engine = synthesis->walk->engine;
    struct dnssec_denial *denial = &engine->validator->denial;
    struct found *found = &synthesis->nsec[synthesis->count];
    struct dns_name_buffer owner;
    struct image_record record;
    size_t position = 0;
    if (!ranges_find(engine->options.cache, synthesis->zone, name, engine_seconds(engine), &owner,
                     engine->scratch))
        return false;
    for (unsigned i = 0; i < synthesis->count; i++)
        if (dns_name_equal(dns_name_view(&synthesis->nsec[i].owner), dns_name_view(&owner)))
            return true;
    if (!find(synthesis, dns_name_view(&owner), DNS_TYPE_NSEC, synthesis->count, found) ||
        !is_of_zone(synthesis, found) ||
        !image_next(found->image, &position, found->hit.length - IMAGE_TRAILER, &record))
        return false;
    synthesis->count++;
    return dnssec_denial_add(denial, dns_name_view(&found->owner), DNS_TYPE_NSEC, record.rdata,
                             record.rdata_length, false);
}

/* The deepest name above `name` that the range around it shows to exist (RFC 4592 §3.3.1). */
static struct dns_name closest_encloser(const struct dnssec_nsec *nsec, struct dns_name name)
{
    struct dns_name at = dns_name_parent(name);
    while (!dns_name_within(nsec->owner, at) && !dns_name_within(nsec->next, at))
        at = dns_name_parent(at);
    return at;
}

/* The records that may deny the name, and a wildcard in its place. */
static bool gather(struct synthesis *synthesis)
{
    struct dnssec_denial *denial = &synthesis->walk->engine->validator->denial;
    struct dns_name_buffer wildcard = {.wire = {1, '*'}};
    dnssec_denial_start(denial, synthesis->zone);
    if (!add_range(synthesis, synthesis->name))
        return false;
    if (dns_name_equal(denial->nsec[0].owner, synthesis->name))
        return true; /* the name exists: only the type is denied */
    struct dns_name encloser = closest_encloser(&denial->nsec[0], synthesis->name);
    if (encloser.length + 2 > DNS_NAME_MAX)
        return false;
    memcpy(wildcard.wire + 2, encloser.wire, encloser.length);
    wildcard.length = (uint8_t)(encloser.length + 2);
    return add_range(synthesis, dns_name_view(&wildcard));
}

/* Writes an RRset as one part of the answer's image, its signatures into another. */
static void write(struct image_writer *writer, const struct found *found, enum image_part part, uint32_t ttl,
                  bool signatures)
{
    struct image_record record;
    struct dns_name owner = dns_name_view(&found->owner);
    for (size_t position = 0;
         image_next(found->image, &position, found->hit.length - IMAGE_TRAILER, &record);)
        if ((record.type == DNS_TYPE_RRSIG) == signatures)
            image_add(writer, part, owner, record.type, DNS_CLASS_IN, ttl, record.rdata, record.rdata_length);
}

/* RFC 8198 §5.4: nothing of it lives longer than what is left of each record, and than the SOA record says. */
static uint32_t least_ttl(const struct synthesis *synthesis)
{
    struct image_record record;
    struct dns_soa soa;
    size_t position = 0;
    uint32_t ttl = synthesis->soa.hit.ttl;
    for (unsigned i = 0; i < synthesis->count; i++)
        if (synthesis->nsec[i].hit.ttl < ttl)
            ttl = synthesis->nsec[i].hit.ttl;
    if (!image_next(synthesis->soa.image, &position, synthesis->soa.hit.length - IMAGE_TRAILER, &record) ||
        dns_rdata_soa(record.rdata, record.rdata_length, &soa) != DNS_OK)
        return 0;
    return soa.minimum < ttl ? soa.minimum : ttl;
}

static bool answer_with(struct synthesis *synthesis, bool nxdomain)
{
    struct walk *walk = synthesis->walk;
    struct image_writer writer;
    uint32_t ttl = least_ttl(synthesis);
    if (ttl == 0)
        return false;
    image_start(&writer, synthesis->name, walk->answer.wire + walk->answer.length,
                walk->answer.capacity - walk->answer.length);
    write(&writer, &synthesis->soa, IMAGE_AUTHORITY, ttl, false);
    write(&writer, &synthesis->soa, IMAGE_PROOFS, ttl, true);
    for (unsigned i = 0; i < synthesis->count; i++) {
        write(&writer, &synthesis->nsec[i], IMAGE_PROOFS, ttl, false);
        write(&writer, &synthesis->nsec[i], IMAGE_PROOFS, ttl, true);
    }
    struct cache_hit hit = {
        .kind = nxdomain ? CACHE_NXDOMAIN : CACHE_NODATA,
        .type = nxdomain ? 0 : walk->qtype,
        .mark = TRUST_SECURE,
        .length = (uint32_t)image_finish(&writer),
    };
    return answer_add_image(&walk->answer, &hit, walk->qtype) == ANSWER_ENDS;
}

/* Zones with NSEC3 have no ranges here: a name costs many hashes there, and opt-out proves little. */
bool synthesise_denial(struct walk *walk, struct dns_name zone)
{
    struct engine *engine = walk->engine;
    const struct validation *validation = engine->options.validation;
    struct synthesis synthesis = {.walk = walk, .zone = zone, .name = answer_name(&walk->answer)};
    struct dnssec_denial *denial = &engine->validator->denial;
    struct dnssec_proof proof;
    struct dnssec_context context = {.policy = &engine->policy,
                                     .workspace = engine->validator->workspace,
                                     .budget = &walk->budget->dnssec,
                                     .now = engine_wall(engine)};
    if (validation == NULL || !validation->enabled || walk->qtype == DNS_TYPE_DS ||
        validation_excepted(validation, synthesis.name, engine_wall(engine)) != NULL || !gather(&synthesis) ||
        !find(&synthesis, zone, DNS_TYPE_SOA, NSEC_MAX, &synthesis.soa))
        return false;
    if (dnssec_prove_nxdomain(&context, denial, synthesis.name, &proof) == DNSSEC_SECURE &&
        proof.kind == DNSSEC_PROVES_NXDOMAIN)
        return answer_with(&synthesis, true);
    return dnssec_prove_nodata(&context, denial, synthesis.name, walk->qtype, &proof) == DNSSEC_SECURE &&
           answer_with(&synthesis, false);
}
