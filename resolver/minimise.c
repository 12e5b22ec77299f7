/*
 * QNAME minimisation, RFC 9156: no server is told more of a name than it needs to refer us further.
 * Below a zone, names of one more label are asked for type A until there is a referral or the whole
 * name; at most MINIMISE_MAX times, of which only the first few go label by label (§2.3), and within half of
 * the question's time.
 */
#include "resolver/walk.h"

enum { MINIMISE_MAX = 10, MINIMISE_ONE_LABEL = 4 };

static void ask_whole(struct walk *walk)
{
    walk->asked = dns_name_view(&walk->qname);
    walk->asked_type = walk->qtype;
}

static unsigned labels_more(const struct walk *walk, unsigned known, unsigned whole)
{
    if (walk->minimised < MINIMISE_ONE_LABEL)
        return 1;
    unsigned steps = MINIMISE_MAX - walk->minimised;
    return (whole - known + steps - 1) / steps;
}

/* What the cache already knows of a minimised name need not be asked: it is no zone cut, or its
   delegation would have been the closest. */
static bool known_to_exist(struct walk *walk, struct dns_name name)
{
    struct cache *cache = walk->engine->options.cache;
    struct cache_hit hit;
    uint8_t nothing[1];
    return cache_find_answer(cache, cache_hash(cache, name), name, DNS_TYPE_A, engine_seconds(walk->engine),
                             &hit, nothing, 0) &&
           hit.kind != CACHE_FAILURE && hit.kind != CACHE_NXDOMAIN;
}

/* Half of the question's time is over: servers are slow, and each minimised name costs one answer more. */
static bool time_is_short(const struct walk *walk)
{
    const struct engine *engine = walk->engine;
    return engine->now + engine->options.limits.time / 2 >= walk->budget->deadline;
}

/* Asks for `labels` labels of the name, or more: labels that begin with an underscore are no zone cuts
   in practice (§2.3), nor are names that the cache has. */
static void ask_labels(struct walk *walk, unsigned labels)
{
    struct dns_name whole = dns_name_view(&walk->qname);
    unsigned all = dns_name_labels(whole);
    struct dns_name name = dns_name_suffix(whole, labels);
    while (labels < all && (name.wire[1] == '_' || known_to_exist(walk, name)))
        name = dns_name_suffix(whole, ++labels);
    if (labels >= all || walk->full_name || walk->minimised >= MINIMISE_MAX || time_is_short(walk)) {
        ask_whole(walk);
        return;
    }
    walk->minimised++;
    walk->asked = name;
    walk->asked_type = DNS_TYPE_A;
}

void minimise_start(struct walk *walk)
{
    unsigned zone = dns_name_labels(dns_name_view(&walk->delegation.zone));
    unsigned whole = dns_name_labels(dns_name_view(&walk->qname));
    if (walk->engine->options.qmin == ENGINE_QMIN_OFF || walk->full_name ||
        delegation_forwards(&walk->delegation))
        ask_whole(walk);
    else
        ask_labels(walk, zone + labels_more(walk, zone, whole));
}

void minimise_next(struct walk *walk)
{
    unsigned known = dns_name_labels(walk->asked);
    ask_labels(walk, known + labels_more(walk, known, dns_name_labels(dns_name_view(&walk->qname))));
    select_renew(walk);
}

void minimise_stop(struct walk *walk)
{
    walk->full_name = true;
    ask_whole(walk);
    select_renew(walk);
}
