/*
 * Who may do what: the configuration's match lists, evaluated once for a client and remembered in a
 * small table, since the same clients ask again and again. A table per worker.
 */
#ifndef SERVER_ACCESS_H
#define SERVER_ACCESS_H

#include "server/settings.h"

enum access {
    ACCESS_BLACKHOLED = 1, /* not even refused */
    ACCESS_QUERY = 2,      /* allow-query */
    ACCESS_CACHE = 4,      /* allow-query-cache: may see what is in the cache */
    ACCESS_RECURSION = 8,  /* allow-recursion, and there is recursion */
};

enum { ACCESS_REMEMBERED = 256 };

struct access_table {
    struct {
        uint64_t high, low;
        uint8_t family, access;
    } client[ACCESS_REMEMBERED];
};

/* Bits of enum access. */
unsigned access_of(struct access_table *table, const struct settings *settings,
                   const struct dns_address *client);

/* The same for a query that is signed with the key of this number (TSIG). */
unsigned access_of_signed(const struct settings *settings, const struct dns_address *client, unsigned key);

/* The same with its reasons: an event of kind EVENT_ACCESS for each statement that was looked at, the one that
   refuses last. */
enum { ACCESS_REASONS = 4 };
struct access_reasons {
    unsigned count;
    struct event event[ACCESS_REASONS];
};
unsigned access_explain(const struct settings *settings, const struct dns_address *client,
                        struct access_reasons *reasons);

/* Other settings hold from now on. */
void access_forget(struct access_table *table);

#endif
