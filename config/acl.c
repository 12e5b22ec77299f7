#include "config/acl.h"

#include <string.h>

#include "config/acl_steps.h"

struct key {
    uint64_t high, low;
};

static struct key load(const uint8_t octets[16])
{
    struct key key;
    memcpy(&key.high, octets, 8);
    memcpy(&key.low, octets + 8, 8);
    return key;
}

static void make_mask(unsigned bits, uint8_t mask[16])
{
    memset(mask, 0, 16);
    memset(mask, 0xff, bits / 8);
    if (bits % 8 != 0)
        mask[bits / 8] = (uint8_t)(0xff00 >> (bits % 8));
}

struct acl_step acl_step_prefix(const struct dns_prefix *prefix)
{
    uint8_t octets[16];
    make_mask(prefix->bits, octets);
    struct key mask = load(octets), key = load(prefix->address.octets);
    return (struct acl_step){
        .high = key.high & mask.high,
        .low = key.low & mask.low,
        .mask_high = mask.high,
        .mask_low = mask.low,
        .kind = prefix->address.family == 4 ? ACL_IPV4 : ACL_IPV6,
    };
}

/* An interface's prefix keeps the host's own bits, behind those of its network. */
static bool is_ours(const struct acl_interfaces *interfaces, const struct dns_address *client,
                    const struct key *key, bool networks)
{
    for (size_t i = 0; interfaces != NULL && i < interfaces->count; i++) {
        const struct dns_prefix *ours = &interfaces->addresses[i];
        if (ours->address.family != client->family)
            continue;
        uint8_t octets[16];
        make_mask(networks ? ours->bits : dns_address_size(client) * 8, octets);
        struct key mask = load(octets), theirs = load(ours->address.octets);
        if ((((key->high ^ theirs.high) & mask.high) | ((key->low ^ theirs.low) & mask.low)) == 0)
            return true;
    }
    return false;
}

static bool matches(const struct acl_step *step, const struct dns_address *client, const struct key *key,
                    const struct acl_interfaces *interfaces, unsigned signed_by)
{
    if (step->kind >= ACL_IPV4)
        return step->kind == client->family && (key->high & step->mask_high) == step->high &&
               (key->low & step->mask_low) == step->low;
    if (step->kind == ACL_ANY)
        return true;
    if (step->kind == ACL_KEY)
        return signed_by != 0 && step->low == signed_by;
    return client->family != 0 && is_ours(interfaces, client, key, step->kind == ACL_LOCALNETS);
}

struct acl_verdict acl_match(const struct acl *acl, const struct dns_address *client,
                             const struct acl_interfaces *interfaces)
{
    return acl_match_signed(acl, client, interfaces, 0);
}

struct acl_verdict acl_match_signed(const struct acl *acl, const struct dns_address *client,
                                    const struct acl_interfaces *interfaces, unsigned signed_by)
{
    struct key key = load(client->octets);
    for (uint32_t i = 0; i < acl->count;) {
        const struct acl_step *step = &acl->steps[i];
        if (!matches(step, client, &key, interfaces, signed_by)) {
            i++;
        } else if (step->target < ACL_REFUSED) {
            i = step->target;
        } else {
            const struct acl_place *place = &acl->places[i];
            return (struct acl_verdict){step->target == ACL_ALLOWED, place->file, place->line};
        }
    }
    return (struct acl_verdict){false, NULL, 0};
}
