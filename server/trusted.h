/*
 * What is trusted at this moment, beyond what the configuration says: keys that follow RFC 5011 (follow.h),
 * negative trust anchors (nta.h), and whether the clock can be right. The main thread's: once a minute, and when
 * something is due, it looks what is to be done, has workers ask for DNSKEY records, and hands every change to the
 * workers as new settings.
 */
#ifndef SERVER_TRUSTED_H
#define SERVER_TRUSTED_H

#include "server/privileges.h"
#include "server/settings.h"

struct daemon;
struct round;
struct local;
struct report;
struct trusted;

/* Where state files are kept that the configuration names no folder for. */
#define TRUSTED_DIRECTORY "/var/lib/rootwalk"

/* Makes that one, for the daemon's user, where it is used, is missing and may be made. */
void trusted_make_directory(const struct settings *settings, const struct identity *identity);

/* NULL: out of memory. */
struct trusted *trusted_create(struct daemon *daemon);
void trusted_destroy(struct trusted *trusted);

/* When the workers run. */
void trusted_start(struct trusted *trusted);

/* Every worker has the settings of trusted_apply(): what the cache holds by other ones is forgotten. */
void trusted_settled(struct trusted *trusted);

/* The settings that were just loaded, with what is trusted now; takes the reference over and returns one. */
struct settings *trusted_apply(struct trusted *trusted, struct settings *loaded);

/* Other versions of zones of our own, whose reference is taken over, for all workers; what the cache has of those that
   changed is forgotten then; after that `then` is called, which may be NULL. False: out of memory, and nothing has
   changed. */
bool trusted_publish(struct trusted *trusted, struct local *local, void (*then)(struct round *),
                     void *context);

/* Commands, and what is answered. `lifetime` in seconds, 0: nta-lifetime. False: it is an error; else
   `then` is called when every worker holds by it and the cache has nothing of before. */
bool trusted_except(struct trusted *trusted, struct dns_name name, uint32_t lifetime, struct report *report,
                    void (*then)(struct round *), void *context);
bool trusted_unexcept(struct trusted *trusted, struct dns_name name, struct report *report,
                      void (*then)(struct round *), void *context);
/* Whether anything is validated, until the configuration is read again. */
bool trusted_validate(struct trusted *trusted, bool on, struct report *report, void (*then)(struct round *),
                      void *context);
bool trusted_is_told_to_validate(
    const struct trusted *trusted); /* ... or not to: it is not the configuration's word */
void trusted_list_exceptions(const struct trusted *trusted, struct report *report);
void trusted_list_keys(const struct trusted *trusted, struct report *report);

#endif
