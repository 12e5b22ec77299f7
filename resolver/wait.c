/* Walks that wait for other walks. */
#include "resolver/walk.h"

/* Whether `from` is `target` or waits for it, directly or through others. Walks seen are marked; those
   still to be looked at form a list through visit_next. */
static bool waits_for(struct engine *engine, struct walk *from, const struct walk *target)
{
    uint32_t mark = ++engine->visit_mark;
    struct walk *todo = from;
    from->visited = mark;
    from->visit_next = NULL;
    while (todo != NULL) {
        struct walk *walk = todo;
        todo = walk->visit_next;
        if (walk == target)
            return true;
        for (unsigned i = 0; i < WALK_WAITS; i++) {
            struct walk *child = walk->waits[i].child;
            if (child == NULL || child->visited == mark)
                continue;
            child->visited = mark;
            child->visit_next = todo;
            todo = child;
        }
    }
    return false;
}

static struct wait *free_wait(struct walk *walk)
{
    for (unsigned i = 0; i < WALK_WAITS; i++)
        if (walk->waits[i].purpose == WAIT_NONE)
            return &walk->waits[i];
    return NULL;
}

static const char *what_for(enum wait_purpose purpose, uint16_t type)
{
    switch (purpose) {
    case WAIT_ALIAS:
        return "the target of an alias";
    case WAIT_ADDRESS:
        return "the address of a name server";
    case WAIT_CHECKED:
        return "the same, validated";
    default:
        return type == DNS_TYPE_DNSKEY ? "the keys of a zone" : "whether a zone is signed";
    }
}

enum wait_result wait_begin(struct walk *parent, enum wait_purpose purpose, uint8_t server,
                            struct dns_name name, uint16_t type)
{
    struct wait *wait = free_wait(parent);
    if (wait == NULL)
        return WAIT_REFUSED;
    bool checked = purpose != WAIT_ALIAS || parent->checking == CHECKING;
    struct walk *child = walk_get(parent->engine, name, type, checked ? CHECKING : CHECKING_FIRST, parent,
                                  purpose == WAIT_ADDRESS);
    if (child == NULL) {
        parent->memory = FORGET; /* for want of memory, or of walks: no fault of the name's */
        return WAIT_REFUSED;
    }
    if (waits_for(parent->engine, child, parent)) {
        walk_release_if_unused(child);
        return WAIT_CIRCLE;
    }
    *wait = (struct wait){
        .purpose = purpose,
        .server = server,
        .parent = parent,
        .child = child,
        .next = child->waiters,
    };
    child->waiters = wait;
    REPORT(parent, .kind = EVENT_CHILD, .name = name, .type = type, .text = what_for(purpose, type),
           .related = child->number, .flags = child->budget != parent->budget ? EVENT_FOREIGN : 0);
    return WAIT_BEGUN;
}

void wait_end(struct wait *wait)
{
    struct walk *child = wait->child;
    for (struct wait **at = &child->waiters; *at != NULL; at = &(*at)->next)
        if (*at == wait) {
            *at = wait->next;
            break;
        }
    *wait = (struct wait){.purpose = WAIT_NONE};
    walk_release_if_unused(child);
}

void wait_end_all(struct walk *walk)
{
    for (unsigned i = 0; i < WALK_WAITS; i++)
        if (walk->waits[i].purpose != WAIT_NONE)
            wait_end(&walk->waits[i]);
}

void wait_end_lookups(struct walk *walk)
{
    for (unsigned i = 0; i < WALK_WAITS; i++)
        if (walk->waits[i].purpose == WAIT_ADDRESS)
            wait_end(&walk->waits[i]);
}

/* -- keys, ahead of the response that needs them ----------------------------------------------------- */

static struct wait *keys_wait(struct walk *walk)
{
    for (unsigned i = 0; i < WALK_WAITS; i++)
        if (walk->waits[i].purpose == WAIT_KEYS)
            return &walk->waits[i];
    return NULL;
}

static bool keys_are_cached(const struct walk *walk, struct dns_name zone)
{
    struct engine *engine = walk->engine;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_DNSKEY, zone};
    struct cache_hit hit;
    return cache_find(engine->options.cache, &key, engine_seconds(engine), &hit, engine->scratch,
                      SCRATCH_RDATA) &&
           hit.kind == CACHE_RRSET && trust_of_mark(hit.mark) == TRUST_SECURE;
}

void wait_keys_ahead(struct walk *walk)
{
    struct dns_name zone = dns_name_view(&walk->delegation.zone);
    bool itself = walk->qtype == DNS_TYPE_DNSKEY && dns_name_equal(dns_name_view(&walk->qname), zone);
    if (walk->delegation.trust != TRUST_SECURE || walk->checking == CHECKING_NOT || itself ||
        delegation_forwards(&walk->delegation) || keys_wait(walk) != NULL || keys_are_cached(walk, zone))
        return;
    enum failure_memory memory = walk->memory;
    if (wait_begin(walk, WAIT_KEYS, 0, zone, DNS_TYPE_DNSKEY) != WAIT_BEGUN)
        walk->memory = memory; /* it can do without */
}

void wait_end_keys(struct walk *walk)
{
    struct wait *wait = keys_wait(walk);
    if (wait != NULL)
        wait_end(wait);
}

bool wait_for_keys(struct walk *walk, struct dns_name name, uint16_t type)
{
    struct wait *wait = keys_wait(walk);
    if (wait == NULL || type != DNS_TYPE_DNSKEY || !dns_name_equal(dns_name_view(&wait->child->qname), name))
        return false;
    wait->purpose = WAIT_PROOF;
    if (wait->ready)
        engine_queue(walk);
    return true;
}

/* -- looking ------------------------------------------------------------------------------------- */

struct wait *wait_ready(struct walk *walk, enum wait_purpose purpose)
{
    for (unsigned i = 0; i < WALK_WAITS; i++)
        if (walk->waits[i].purpose == purpose && walk->waits[i].ready)
            return &walk->waits[i];
    return NULL;
}

unsigned wait_count(const struct walk *walk, enum wait_purpose purpose)
{
    unsigned count = 0;
    for (unsigned i = 0; i < WALK_WAITS; i++)
        count += walk->waits[i].purpose == purpose;
    return count;
}
