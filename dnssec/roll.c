#include "dnssec/roll.h"

#include <string.h>

#include "dns/octets.h"

enum { HOUR = 3600, DAY = 86400, CHECK_MAX = 15 * DAY };

static void add_anchor(struct dnssec_roll *roll, const struct dnssec_anchor *anchor,
                       enum dnssec_roll_state state, uint64_t now)
{
    roll->key[roll->count++] = (struct dnssec_roll_key){.state = state, .since = now, .anchor = *anchor};
}

void dnssec_roll_start(struct dnssec_roll *roll, struct dns_name zone, const struct dnssec_anchor *anchors,
                       unsigned count)
{
    dns_name_copy_lower(&roll->zone, zone);
    roll->checked = roll->next_check = 0;
    roll->count = 0;
    dnssec_roll_merge(NULL, roll, anchors, count);
}

static bool same_anchor(const struct dnssec_anchor *a, const struct dnssec_anchor *b)
{
    return a->kind == b->kind && a->digest_type == b->digest_type && a->key_tag == b->key_tag &&
           a->length == b->length && memcmp(a->octets, b->octets, a->length) == 0;
}

/* The key in one of them has the digest in the other. */
static bool digest_of(struct dnssec_workspace *workspace, const struct dnssec_anchor *ds,
                      const struct dnssec_anchor *key)
{
    struct dnssec_key read;
    struct dnssec_ds fields = {ds->key_tag, ds->algorithm, ds->digest_type, ds->octets, ds->length};
    return ds->kind == DNSSEC_ANCHOR_DS && key->kind == DNSSEC_ANCHOR_KEY && ds->key_tag == key->key_tag &&
           ds->algorithm == key->algorithm && dnssec_key_read(key->octets, key->length, &read) &&
           dnssec_ds_matches(workspace, dns_name_view(&ds->zone), &fields, &read);
}

static bool same_key(struct dnssec_workspace *workspace, const struct dnssec_anchor *a,
                     const struct dnssec_anchor *b)
{
    return same_anchor(a, b) ||
           (workspace != NULL && (digest_of(workspace, a, b) || digest_of(workspace, b, a)));
}

unsigned dnssec_roll_merge(struct dnssec_workspace *workspace, struct dnssec_roll *roll,
                           const struct dnssec_anchor *anchors, unsigned count)
{
    unsigned added = 0;
    for (unsigned i = 0; i < count && roll->count < DNSSEC_ROLL_KEYS; i++) {
        bool known = !dns_name_equal(dns_name_view(&anchors[i].zone), dns_name_view(&roll->zone));
        for (unsigned j = 0; j < roll->count && !known; j++)
            known = same_key(workspace, &roll->key[j].anchor, &anchors[i]);
        if (known)
            continue;
        add_anchor(roll, &anchors[i], DNSSEC_ROLL_VALID, roll->checked);
        added++;
    }
    return added;
}

static bool trusted(const struct dnssec_roll_key *key)
{
    return key->state == DNSSEC_ROLL_VALID || key->state == DNSSEC_ROLL_MISSING;
}

unsigned dnssec_roll_anchors(const struct dnssec_roll *roll, struct dnssec_anchor *anchors, unsigned capacity)
{
    unsigned count = 0;
    for (unsigned i = 0; i < roll->count && count < capacity; i++)
        if (trusted(&roll->key[i]))
            anchors[count++] = roll->key[i].anchor;
    return count;
}

/* One update. */
struct update {
    struct dnssec_context *context;
    struct dnssec_roll *roll;
    const struct dnssec_rrset *dnskey;
    struct dnssec_keys keys; /* of the RRset */
    uint64_t now;
    unsigned changes;
};

/* The key of an entry is in the RRset; its REVOKE flag aside. A digest is met by the key that has it. */
static const struct dnssec_key *find_key(struct update *update, const struct dnssec_anchor *anchor)
{
    for (unsigned i = 0; i < update->keys.count; i++) {
        const struct dnssec_key *key = &update->keys.key[i];
        if (anchor->kind == DNSSEC_ANCHOR_DS) {
            struct dnssec_ds ds = {anchor->key_tag, anchor->algorithm, anchor->digest_type, anchor->octets,
                                   anchor->length};
            if (ds.key_tag == key->tag && ds.algorithm == key->algorithm && dnssec_key_signs(key) &&
                dnssec_ds_matches(update->context->workspace, update->keys.zone, &ds, key))
                return key;
        } else if (key->length == anchor->length && key->rdata[0] == anchor->octets[0] &&
                   (key->rdata[1] & ~DNSSEC_KEY_REVOKE) == anchor->octets[1] &&
                   memcmp(key->rdata + 2, anchor->octets + 2, key->length - 2u) == 0) {
            return key;
        }
    }
    return NULL;
}

static void enter(struct update *update, struct dnssec_roll_key *key, enum dnssec_roll_state state,
                  unsigned change)
{
    key->state = state;
    key->since = update->now;
    update->changes |= change;
}

/* RFC 5011 §2.1: revoked is a key whose own signature of the RRset says so. */
static bool self_revoked(struct update *update, const struct dnssec_key *key)
{
    struct dnssec_signature signature;
    struct dnssec_keys self = {.zone = update->keys.zone, .count = 1, .key = {*key}};
    if ((key->flags & DNSSEC_KEY_REVOKE) == 0)
        return false;
    return dnssec_verify_revocation(update->context, update->dnskey, &self, &signature) == DNSSEC_SECURE;
}

/* Revocation needs nobody's signature but the key's own, so it comes before anything else. */
static void take_revocations(struct update *update)
{
    for (unsigned i = 0; i < update->roll->count; i++) {
        struct dnssec_roll_key *key = &update->roll->key[i];
        const struct dnssec_key *seen = trusted(key) ? find_key(update, &key->anchor) : NULL;
        if (seen == NULL || !self_revoked(update, seen))
            continue;
        enter(update, key, DNSSEC_ROLL_REVOKED, DNSSEC_ROLL_REVOCATION);
        key->hold_until = update->now + DNSSEC_ROLL_HOLD_DOWN;
    }
}

/* One row of RFC 5011 §4.1's table, in a RRset that is trusted. False when the entry is to be dropped. */
static bool step(struct update *update, struct dnssec_roll_key *key)
{
    const struct dnssec_key *seen = find_key(update, &key->anchor);
    bool present = seen != NULL && (seen->flags & DNSSEC_KEY_REVOKE) == 0;
    switch (key->state) {
    case DNSSEC_ROLL_PENDING:
        if (!present) {
            update->changes |= DNSSEC_ROLL_VANISHED;
            return false;
        }
        if (update->now >= key->hold_until)
            enter(update, key, DNSSEC_ROLL_VALID, DNSSEC_ROLL_TRUSTED);
        return true;
    case DNSSEC_ROLL_VALID:
    case DNSSEC_ROLL_MISSING:
        if (!present && key->state == DNSSEC_ROLL_VALID)
            enter(update, key, DNSSEC_ROLL_MISSING, DNSSEC_ROLL_VANISHED);
        else if (present && key->state == DNSSEC_ROLL_MISSING)
            enter(update, key, DNSSEC_ROLL_VALID, DNSSEC_ROLL_RETURNED);
        return true;
    case DNSSEC_ROLL_REVOKED:
        if (update->now >= key->hold_until)
            enter(update, key, DNSSEC_ROLL_REMOVED, DNSSEC_ROLL_REMOVAL);
        return true;
    case DNSSEC_ROLL_REMOVED:
        return true;
    }
    return true;
}

/* A digest that has met its key becomes that key, which can be followed. */
static void resolve_digests(struct update *update)
{
    struct dnssec_anchor full;
    for (unsigned i = 0; i < update->roll->count; i++) {
        struct dnssec_roll_key *key = &update->roll->key[i];
        const struct dnssec_key *seen = find_key(update, &key->anchor);
        if (key->anchor.kind == DNSSEC_ANCHOR_DS && seen != NULL &&
            dnssec_anchor_from_key(update->keys.zone, seen->rdata, seen->length, key->anchor.initial,
                                   &full) == DNSSEC_ANCHOR_OK)
            key->anchor = full;
    }
}

static bool known(const struct dnssec_roll *roll, const struct dnssec_anchor *anchor)
{
    for (unsigned i = 0; i < roll->count; i++)
        if (same_anchor(&roll->key[i].anchor, anchor))
            return true;
    return false;
}

/* An entry for a new key. Where there is none left, the key that went first gives way: but not one that is in the
   RRset again, as it would be learnt anew. NULL: none can. */
static struct dnssec_roll_key *entry_for_new_key(struct update *update)
{
    struct dnssec_roll *roll = update->roll;
    struct dnssec_roll_key *oldest = NULL;
    if (roll->count < DNSSEC_ROLL_KEYS)
        return &roll->key[roll->count++];
    for (unsigned i = 0; i < roll->count; i++) {
        struct dnssec_roll_key *key = &roll->key[i];
        if (key->state == DNSSEC_ROLL_REMOVED && (oldest == NULL || key->since < oldest->since) &&
            find_key(update, &key->anchor) == NULL)
            oldest = key;
    }
    return oldest;
}

/* RFC 5011 §2.2: a new key with the SEP flag waits for the hold-down time, or the RRset's TTL if that is
   longer. */
static void add_new_keys(struct update *update, uint32_t ttl)
{
    struct dnssec_anchor anchor;
    uint64_t hold = ttl > DNSSEC_ROLL_HOLD_DOWN ? ttl : DNSSEC_ROLL_HOLD_DOWN;
    for (unsigned i = 0; i < update->keys.count; i++) {
        const struct dnssec_key *key = &update->keys.key[i];
        if ((key->flags & DNSSEC_KEY_SEP) == 0 || !dnssec_key_signs(key) ||
            !dnssec_policy_has_algorithm(update->context->policy, key->algorithm) ||
            dnssec_anchor_from_key(update->keys.zone, key->rdata, key->length, true, &anchor) !=
                DNSSEC_ANCHOR_OK ||
            known(update->roll, &anchor))
            continue;
        struct dnssec_roll_key *entry = entry_for_new_key(update);
        update->changes |= entry != NULL ? DNSSEC_ROLL_NEW : DNSSEC_ROLL_FULL;
        if (entry == NULL)
            return;
        *entry = (struct dnssec_roll_key){.state = DNSSEC_ROLL_PENDING,
                                          .since = update->now,
                                          .hold_until = update->now + hold,
                                          .anchor = anchor};
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* RFC 5011 §2.3: half of the TTL or of the signature's life, between an hour and 15 days. */
static uint64_t next_check(uint64_t now, const struct dnssec_signature *signature, uint32_t ttl)
{
    int32_t life = (int32_t)(signature->expiration - (uint32_t)now);
    uint64_t interval = least(CHECK_MAX, least(ttl / 2, life > 0 ? (uint64_t)life / 2 : 0));
    return now + (interval < HOUR ? HOUR : interval);
}

void dnssec_roll_retry(struct dnssec_roll *roll, uint64_t now)
{
    roll->next_check = now + HOUR;
}

static void step_all(struct update *update)
{
    struct dnssec_roll *roll = update->roll;
    unsigned kept = 0;
    for (unsigned i = 0; i < roll->count; i++) {
        if (!step(update, &roll->key[i]))
            continue;
        if (kept != i)
            roll->key[kept] = roll->key[i];
        kept++;
    }
    roll->count = kept;
}

unsigned dnssec_roll_update(struct dnssec_context *context, struct dnssec_roll *roll,
                            const struct dnssec_rrset *dnskey)
{
    struct update update = {.context = context, .roll = roll, .dnskey = dnskey, .now = context->now};
    struct dnssec_signature signature;
    struct dnssec_anchor anchors[DNSSEC_ROLL_KEYS];
    struct dns_name zone = dns_name_view(&roll->zone);
    dnssec_roll_retry(roll, context->now);
    if (dnssec_policy_clock_wrong(context->policy, context->now) || !dns_name_equal(dnskey->owner, zone))
        return 0;
    dnssec_keys_read(&update.keys, zone, dnskey->rdata, dnskey->count);
    take_revocations(&update);
    unsigned count = dnssec_roll_anchors(roll, anchors, DNSSEC_ROLL_KEYS);
    if (dnssec_keys_by_anchors(context, zone, anchors, count, dnskey, &update.keys, &signature) !=
        DNSSEC_SECURE)
        return update.changes;
    update.changes |= DNSSEC_ROLL_CHECKED;
    resolve_digests(&update);
    step_all(&update);
    add_new_keys(&update, dnskey->ttl);
    roll->checked = context->now;
    roll->next_check = next_check(context->now, &signature, dnskey->ttl);
    return update.changes;
}

const char *dnssec_roll_state_text(enum dnssec_roll_state state)
{
    static const char *const texts[] = {"pending", "valid", "missing", "revoked", "removed"};
    return texts[state];
}
