/* How a walk fails: in words, by whose fault, and for how long that counts. */
#include <stdarg.h>
#include <stdio.h>

#include "resolver/failure.h"
#include "resolver/walk.h"

void walk_blame(struct walk *walk, const struct dns_address *server, const char *why)
{
    struct tally *tally = &walk->tally;
    if (tally->last.family != 0 && !dns_address_equal(&tally->last, server))
        tally->several = true;
    tally->last = *server;
    tally->why = why;
    tally->over_udp = NULL;
}

/* Where the walk has not come to a zone, aliases out of the cache have led it on: the zone is the closest one
   that is known, unless it is the root. */
static struct dns_name zone_at_fault(const struct walk *walk)
{
    struct engine *engine = walk->engine;
    struct dns_name qname = dns_name_view(&walk->qname);
    struct closest closest;
    if (walk->delegation.zone.length > 0)
        return dns_name_view(&walk->delegation.zone);
    answer_closest(engine->options.cache, qname, engine_seconds(engine), &closest);
    bool known = closest.delegation.wire != NULL && !dns_name_is_root(closest.delegation);
    return known ? closest.delegation : qname;
}

/* Aliases, and names of name servers, are what the zone says. */
static bool is_of_servers(enum blame blame)
{
    switch (blame) {
    case BLAME_NO_ADDRESS:
    case BLAME_FORBIDDEN:
    case BLAME_CIRCLE:
    case BLAME_ALIASES:
    case BLAME_LOOKUPS:
    case BLAME_NETWORK:
    case BLAME_RESOURCES:
    case BLAME_LOCAL:
    case BLAME_ITSELF:
        return false;
    default:
        return true;
    }
}

/* One server alone is named only where nobody else was asked: who is asked first is chance, and the id must not be. */
static void find_culprit(struct walk *walk, enum blame blame, int ede)
{
    struct culprit *culprit = &walk->culprit;
    if (blame != BLAME_BOGUS || culprit->zone.length == 0)
        dns_name_copy(&culprit->zone, zone_at_fault(walk));
    culprit->blame = blame;
    culprit->server =
        is_of_servers(blame) && !walk->tally.several ? walk->tally.last : (struct dns_address){0};
    culprit->id = culprit_id(dns_name_view(&culprit->zone), blame, ede, &culprit->server);
    walk->answer.id = culprit->id;
}

enum walk_state walk_fail(struct walk *walk, enum blame blame, int ede, const char *format, ...)
{
    char text[ANSWER_EDE_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    answer_fail(&walk->answer, DNS_RCODE_SERVFAIL, ede, text);
    find_culprit(walk, blame, ede);
    return WALK_FINISH;
}

enum walk_state walk_fail_like(struct walk *walk, const struct walk *child)
{
    answer_fail(&walk->answer, child->answer.rcode, child->answer.ede, child->answer.ede_text);
    walk->answer.id = child->answer.id;
    walk->culprit = child->culprit;
    return WALK_FINISH;
}

void walk_inherit_failure(struct walk *walk, const struct walk *child)
{
    bool meant = walk_owns_budget(walk) && child->budget == walk->budget;
    if (child->memory == FORGET || (child->memory == REMEMBER_THE_CLIENTS && !meant))
        walk->memory = child->memory;
}

enum walk_state walk_fail_memory(struct walk *walk)
{
    walk->memory = FORGET;
    return walk_fail(walk, BLAME_RESOURCES, DNS_EDE_OTHER, "out of memory");
}

enum walk_state walk_fail_budget(struct walk *walk, enum blame blame, int ede, const char *what)
{
    walk->engine->statistics.budgets_spent++;
    walk->memory = walk_owns_budget(walk) ? REMEMBER : REMEMBER_THE_CLIENTS;
    REPORT(walk, .kind = EVENT_BUDGET, .text = what);
    return walk_fail(walk, blame, ede, "limit reached: %s", what);
}

enum walk_state walk_fail_at_zone(struct walk *walk, enum blame blame, const char *what)
{
    char zone[DNS_NAME_TEXT_MAX], text[ANSWER_EDE_TEXT];
    if (walk->delegation.zone.length == 0)
        return walk_fail_budget(walk, blame, DNS_EDE_OTHER, what);
    snprintf(text, sizeof text, "%s; at zone %.100s", what,
             dns_name_to_text(dns_name_view(&walk->delegation.zone), zone));
    return walk_fail_budget(walk, blame, DNS_EDE_OTHER, text);
}

enum walk_state walk_fail_aliases(struct walk *walk)
{
    char text[DNS_NAME_TEXT_MAX], what[ANSWER_EDE_TEXT];
    const char *name = dns_name_to_text(answer_name(&walk->answer), text);
    if (answer_goes_in_circles(&walk->answer))
        return walk_fail(walk, BLAME_CIRCLE, DNS_EDE_OTHER,
                         "the aliases form a circle: %.100s leads to itself", name);
    snprintf(what, sizeof what, "%u aliases, the last is for %.100s", walk->engine->options.limits.names,
             name);
    return walk_fail_budget(walk, BLAME_ALIASES, DNS_EDE_OTHER, what);
}

/* -- no address ------------------------------------------------------------------------------------ */

static bool find_failure(const struct walk *walk, unsigned server, struct failure_entry *failure)
{
    struct engine *engine = walk->engine;
    struct dns_name name = walk->delegation.server[server];
    uint32_t now = engine_seconds(engine);
    return failure_find(engine->options.cache, name, DNS_TYPE_A, now, failure) ||
           failure_find(engine->options.cache, name, DNS_TYPE_AAAA, now, failure);
}

static bool is_a_circle(const struct walk *walk)
{
    for (unsigned i = 0; i < walk->delegation.server_count; i++)
        if (!lookup_is_a_circle(walk, i))
            return false;
    return walk->delegation.server_count > 0;
}

/* All of them cannot be found by one fault, which is not in what was validated. */
static bool is_one_fault(const struct walk *walk, struct failure_entry *failure)
{
    struct failure_entry other;
    if (walk->delegation.server_count == 0 || !find_failure(walk, 0, failure) || failure->culprit.id == 0 ||
        dns_ede_is_of_validation(failure->ede))
        return false;
    for (unsigned i = 1; i < walk->delegation.server_count; i++)
        if (!find_failure(walk, i, &other) || other.culprit.id != failure->culprit.id)
            return false;
    return true;
}

static const char *why_no_address(const struct walk *walk, char text[ANSWER_EDE_TEXT])
{
    char zone[DNS_NAME_TEXT_MAX];
    struct engine *engine = walk->engine;
    struct failure_entry failure;
    struct closest closest;
    if (lookup_is_a_circle(walk, 0))
        return "this zone is needed to find it";
    if (find_failure(walk, 0, &failure) && failure.culprit.zone.length > 0) {
        snprintf(text, ANSWER_EDE_TEXT, "zone %.80s fails, %s",
                 dns_name_to_text(dns_name_view(&failure.culprit.zone), zone),
                 blame_to_text(failure.culprit.blame));
        return text;
    }
    answer_closest(engine->options.cache, walk->delegation.server[0], engine_seconds(engine), &closest);
    return closest.nxdomain.wire != NULL ? "there is no such name" : "it has none";
}

enum walk_state walk_fail_no_address(struct walk *walk)
{
    char zone[DNS_NAME_TEXT_MAX], server[DNS_NAME_TEXT_MAX], why[ANSWER_EDE_TEXT];
    const struct delegation *delegation = &walk->delegation;
    struct failure_entry failure;
    bool circle = is_a_circle(walk);
    if (!circle && is_one_fault(walk, &failure)) {
        answer_fail(&walk->answer, DNS_RCODE_SERVFAIL, failure.ede, failure.text);
        walk->culprit = failure.culprit;
        walk->answer.id = failure.culprit.id;
        return WALK_FINISH;
    }
    dns_name_to_text(dns_name_view(&delegation->zone), zone);
    if (delegation->server_count == 0)
        return walk_fail(walk, BLAME_NO_ADDRESS, DNS_EDE_NO_REACHABLE_AUTHORITY, "no name server of %.100s",
                         zone);
    return walk_fail(walk, circle ? BLAME_ITSELF : BLAME_NO_ADDRESS, DNS_EDE_NO_REACHABLE_AUTHORITY,
                     "no address for any of %u name servers of %.60s, such as %.60s: %s",
                     delegation->server_count, zone, dns_name_to_text(delegation->server[0], server),
                     why_no_address(walk, why));
}
