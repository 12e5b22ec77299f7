/* How a walk fails: in words, by whose fault, and for how long that counts. */
#include <stdarg.h>
#include <stdio.h>

#include "resolver/walk.h"

void walk_blame(struct walk *walk, const struct dns_address *server, const char *why)
{
    struct tally *tally = &walk->tally;
    if (tally->last.family != 0 && !dns_address_equal(&tally->last, server))
        tally->several = true;
    tally->last = *server;
    tally->why = why;
}

/* Aliases can lead astray before a zone was looked for: the closest one then. */
static struct dns_name zone_at_fault(const struct walk *walk)
{
    struct closest closest;
    if (walk->delegation.zone.length > 0)
        return dns_name_view(&walk->delegation.zone);
    answer_closest(walk->engine->options.cache, answer_name(&walk->answer), engine_seconds(walk->engine),
                   &closest);
    return closest.delegation.wire != NULL ? closest.delegation : dns_name_view(&walk->qname);
}

/* One server alone is named only where nobody else was asked: who is asked first is chance, and the id must not be. */
static void find_culprit(struct walk *walk, enum blame blame, int ede)
{
    struct culprit *culprit = &walk->culprit;
    bool of_servers = blame != BLAME_NETWORK && blame != BLAME_RESOURCES;
    dns_name_copy(&culprit->zone, zone_at_fault(walk));
    culprit->blame = blame;
    culprit->server = of_servers && !walk->tally.several ? walk->tally.last : (struct dns_address){0};
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

enum walk_state walk_fail_circle(struct walk *walk)
{
    char text[DNS_NAME_TEXT_MAX];
    return walk_fail(walk, BLAME_CIRCLE, DNS_EDE_OTHER, "the aliases form a circle: %.100s leads to itself",
                     dns_name_to_text(answer_name(&walk->answer), text));
}

enum walk_state walk_fail_aliases(struct walk *walk)
{
    char text[DNS_NAME_TEXT_MAX];
    const char *name = dns_name_to_text(answer_name(&walk->answer), text);
    if (answer_goes_in_circles(&walk->answer))
        return walk_fail_circle(walk);
    return walk_fail(walk, BLAME_ALIASES, DNS_EDE_OTHER, "limit reached: %u aliases, the last is for %.100s",
                     walk->engine->options.limits.names, name);
}
