/* Which zones are signed, and how: keys, DNSKEY and DS records, key rolls. */
#include <string.h>

#include "generate.h"

enum { KEY_TTL = 600, DS_TTL = 300, ROLL_ROOM = 7200, MARGIN = 60 };

/* 1000 in all. */
static enum fate choose_fate(struct dice *dice, int zone)
{
    static const struct {
        enum fate fate;
        unsigned share;
    } fates[] = {
        {FATE_UNSIGNED, 300}, {FATE_ISLAND, 80}, {FATE_UNKNOWN, 60}, {FATE_WRONG_DS, 40}, {FATE_EXPIRED, 40}};
    unsigned roll = dice_below(dice, 1000);
    for (unsigned i = 0; i < sizeof fates / sizeof *fates && zone != ROOT; i++) {
        if (roll < fates[i].share)
            return fates[i].fate;
        roll -= fates[i].share;
    }
    return FATE_SECURE;
}

static void choose_denial(struct dice *dice, struct security *security)
{
    security->denial = (enum denial_kind)dice_below(dice, 3);
    security->salt_length = (uint8_t)dice_below(dice, sizeof security->salt + 1);
    for (unsigned i = 0; i < security->salt_length; i++)
        security->salt[i] = (uint8_t)dice_roll(dice);
    security->iterations = dice_chance(dice, 700) ? 0 : (uint16_t)dice_between(dice, 1, 12);
}

static void add_key(struct generator *generator, int zone, uint8_t algorithm, uint64_t from, uint64_t until)
{
    struct security *security = &generator->world->zone[zone].security;
    signed_make_key(&security->key[security->key_count++], algorithm, &generator->keys, from, until);
}

static void choose_keys(struct generator *generator, int zone, uint64_t from, uint64_t until)
{
    static const uint8_t algorithms[][2] = {{15, 0}, {15, 0}, {16, 0}, {15, 16}, {15, ALGORITHM_UNKNOWN}};
    const struct security *security = &generator->world->zone[zone].security;
    if (security->fate == FATE_UNKNOWN) {
        add_key(generator, zone, ALGORITHM_UNKNOWN, from, until);
        return;
    }
    const uint8_t *chosen = algorithms[dice_below(&generator->keys, 5)];
    for (unsigned i = 0; i < 2 && chosen[i] != 0; i++)
        add_key(generator, zone, chosen[i], from, until);
}

/* The DNSKEY RRset of a time, of all keys that are published then. */
static void publish(struct generator *generator, int zone, uint64_t at, uint64_t until)
{
    struct world *world = generator->world;
    const struct security *security = &world->zone[zone].security;
    world_add_rrset(world, zone, zone_origin(&world->zone[zone]), DNS_TYPE_DNSKEY, KEY_TTL, at);
    world->rrset[world->rrset_count - 1].died = until;
    for (unsigned i = 0; i < security->key_count; i++)
        if (security->key[i].from <= at && at < security->key[i].until)
            world_add_rdata(world, security->key[i].rdata, security->key[i].length);
}

/* The parent's DS RRset for the keys from `first` to `last`. */
static void vouch(struct generator *generator, int zone, unsigned first, unsigned last, uint64_t at,
                  uint64_t until)
{
    struct world *world = generator->world;
    const struct security *security = &world->zone[zone].security;
    if (zone == ROOT || security->fate == FATE_ISLAND)
        return;
    struct dns_name origin = zone_origin(&world->zone[zone]);
    world_add_rrset(world, world->zone[zone].parent, origin, DNS_TYPE_DS, DS_TTL, at);
    world->rrset[world->rrset_count - 1].died = until;
    for (unsigned i = 0; i < security->useless_ds; i++) {
        uint8_t ds[4 + 32] = {0, (uint8_t)i, ALGORITHM_UNKNOWN, 2};
        world_add_rdata(world, ds, sizeof ds);
    }
    for (unsigned i = first; i < last; i++) {
        uint8_t ds[64];
        size_t length = signed_make_ds(origin, &security->key[i], ds);
        if (security->fate == FATE_WRONG_DS)
            ds[length - 1] ^= 1;
        world_add_rdata(world, ds, length);
    }
}

/* RFC 6781 §4.1.2: the new keys are published and sign; when every cache has them the parent vouches for them; when
   every cache has forgotten the old DS records the old keys go. */
static void roll(struct generator *generator, int zone)
{
    struct world *world = generator->world;
    struct security *security = &world->zone[zone].security;
    uint64_t begin =
        world->horizon / 5 + dice_below(&generator->keys, (unsigned)(world->horizon / 5 / SECOND)) * SECOND;
    uint64_t vouched = begin + (KEY_TTL + MARGIN) * SECOND;
    uint64_t end = vouched + (DS_TTL + KEY_TTL + MARGIN) * SECOND;
    unsigned old = security->key_count;
    for (unsigned i = 0; i < old; i++) {
        security->key[i].until = end;
        add_key(generator, zone, security->key[i].algorithm, begin, NEVER);
    }
    publish(generator, zone, 0, begin);
    publish(generator, zone, begin, end);
    publish(generator, zone, end, NEVER);
    vouch(generator, zone, 0, old, 0, vouched);
    vouch(generator, zone, old, security->key_count, vouched, NEVER);
    world_note_change(world, begin);
    world_note_change(world, vouched);
    world_note_change(world, end);
    world->zone[zone].rolls = true;
}

/* A trust anchor below a zone that vouches for nothing; not below one that is broken. The zone and those above it stay
   delegated: what they say of it when it is gone nobody may believe. */
static void anchor_zone(struct generator *generator, int zone)
{
    struct zone *zones = generator->world->zone;
    if (zones[zone].security.fate != FATE_ISLAND || !dice_chance(&generator->more, 700))
        return;
    for (int above = zones[zone].parent; above != ROOT; above = zones[above].parent)
        if (zones[above].security.fate == FATE_WRONG_DS || zones[above].security.fate == FATE_EXPIRED)
            return;
    zones[zone].security.anchored = true;
    for (int above = zone; above != ROOT; above = zones[above].parent)
        zones[above].rolls = true;
}

static void secure_zone(struct generator *generator, int zone)
{
    struct world *world = generator->world;
    struct security *security = &world->zone[zone].security;
    security->fate = choose_fate(&generator->keys, zone);
    if (security->fate == FATE_UNSIGNED)
        return;
    choose_denial(&generator->keys, security);
    choose_keys(generator, zone, 0, NEVER);
    if (dice_chance(&generator->more, 120))
        security->useless_ds = dice_between(&generator->more, 1, SIGNED_USELESS_DS);
    if (zone != ROOT && world->horizon >= ROLL_ROOM * SECOND && dice_chance(&generator->keys, 300)) {
        roll(generator, zone);
        return;
    }
    anchor_zone(generator, zone);
    publish(generator, zone, 0, NEVER);
    vouch(generator, zone, 0, security->key_count, 0, NEVER);
}

void generate_security(struct generator *generator)
{
    for (unsigned i = 0; i < generator->world->zone_count; i++)
        secure_zone(generator, (int)i);
}
