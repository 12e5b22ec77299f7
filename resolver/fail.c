/* How a walk fails, in words, and for how long that counts. */
#include <stdarg.h>
#include <stdio.h>

#include "resolver/walk.h"

enum walk_state walk_fail(struct walk *walk, int ede, const char *format, ...)
{
    char text[ANSWER_EDE_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    answer_fail(&walk->answer, DNS_RCODE_SERVFAIL, ede, text);
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
    return walk_fail(walk, DNS_EDE_OTHER, "out of memory");
}

enum walk_state walk_fail_budget(struct walk *walk, int ede, const char *what)
{
    walk->engine->statistics.budgets_spent++;
    walk->memory = walk_owns_budget(walk) ? REMEMBER : REMEMBER_THE_CLIENTS;
    REPORT(walk, .kind = EVENT_BUDGET, .text = what);
    return walk_fail(walk, ede, "limit reached: %s", what);
}

enum walk_state walk_fail_at_zone(struct walk *walk, const char *what)
{
    char zone[DNS_NAME_TEXT_MAX], text[ANSWER_EDE_TEXT];
    if (walk->delegation.zone.length == 0)
        return walk_fail_budget(walk, DNS_EDE_OTHER, what);
    snprintf(text, sizeof text, "%s; at zone %.100s", what,
             dns_name_to_text(dns_name_view(&walk->delegation.zone), zone));
    return walk_fail_budget(walk, DNS_EDE_OTHER, text);
}

enum walk_state walk_fail_aliases(struct walk *walk)
{
    char text[DNS_NAME_TEXT_MAX];
    const char *name = dns_name_to_text(answer_name(&walk->answer), text);
    if (answer_goes_in_circles(&walk->answer))
        return walk_fail(walk, DNS_EDE_OTHER, "the aliases form a circle: %.100s leads to itself", name);
    return walk_fail(walk, DNS_EDE_OTHER, "limit reached: %u aliases, the last is for %.100s",
                     walk->engine->options.limits.names, name);
}
