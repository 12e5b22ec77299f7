/*
 * Negative trust anchors (RFC 7646): names that an administrator has excepted from validation for a time, because
 * their zones are broken. They live in the main thread's memory: over a reload, not over a restart.
 *
 *      switch (nta_add(&list, name, now + lifetime)) { case NTA_FULL: ... }
 *      settings_with_trust(settings, anchors, count, list.except, list.count);
 *      while (nta_expire(&list, now, &name)) its answers in the cache were never validated: forget them
 *
 * Times are wall seconds.
 */
#ifndef SERVER_NTA_H
#define SERVER_NTA_H

#include "resolver/validation.h"

enum {
    NTA_MAX = 256,
    NTA_LIFETIME_MAX = 604800, /* seconds: a week, RFC 7646 §2.1 */
};

struct nta_list {
    size_t count;
    struct validation_except except[NTA_MAX]; /* in order of name */
};

enum nta_added { NTA_ADDED, NTA_CHANGED /* there was one: its time is another now */, NTA_FULL };
enum nta_added nta_add(struct nta_list *list, struct dns_name name, uint64_t until);

/* False: there is none of exactly this name. */
bool nta_remove(struct nta_list *list, struct dns_name name);

/* Removes one whose time is over. False: there is none. */
bool nta_expire(struct nta_list *list, uint64_t now, struct dns_name_buffer *name);

/* When the next one ends; UINT64_MAX: there is none. */
uint64_t nta_due(const struct nta_list *list);

#endif
