#include "server/nta.h"

#include <string.h>

/* Where the name is, or belongs. */
static size_t place_of(const struct nta_list *list, struct dns_name name, bool *found)
{
    size_t at = 0;
    int order = 1;
    while (at < list->count && (order = dns_name_compare(name, dns_name_view(&list->except[at].name))) > 0)
        at++;
    *found = at < list->count && order == 0;
    return at;
}

enum nta_added nta_add(struct nta_list *list, struct dns_name name, uint64_t until)
{
    bool found;
    size_t at = place_of(list, name, &found);
    if (found) {
        list->except[at].until = until;
        return NTA_CHANGED;
    }
    if (list->count == NTA_MAX)
        return NTA_FULL;
    memmove(&list->except[at + 1], &list->except[at], (list->count - at) * sizeof list->except[0]);
    dns_name_copy_lower(&list->except[at].name, name);
    list->except[at].until = until;
    list->count++;
    return NTA_ADDED;
}

static void remove_at(struct nta_list *list, size_t at)
{
    list->count--;
    memmove(&list->except[at], &list->except[at + 1], (list->count - at) * sizeof list->except[0]);
}

bool nta_remove(struct nta_list *list, struct dns_name name)
{
    bool found;
    size_t at = place_of(list, name, &found);
    if (found)
        remove_at(list, at);
    return found;
}

bool nta_expire(struct nta_list *list, uint64_t now, struct dns_name_buffer *name)
{
    for (size_t at = 0; at < list->count; at++) {
        if (list->except[at].until > now)
            continue;
        *name = list->except[at].name;
        remove_at(list, at);
        return true;
    }
    return false;
}

uint64_t nta_due(const struct nta_list *list)
{
    uint64_t due = UINT64_MAX;
    for (size_t at = 0; at < list->count; at++)
        if (list->except[at].until < due)
            due = list->except[at].until;
    return due;
}
