/*
 * The secondary zones, on the main thread's loop: each has its state machine (zones/secondary.h), whose effects are
 * carried out here: asking and fetching (fetch.h), storing (store.h), serving (trusted_publish()), telling others
 * (daemon_notify()).
 *
 *      secondaries_configure(secondaries)        at the start and after each reload: the settings' local zones hold
 *      secondaries_notified(...)                 from any thread: a NOTIFY that is to be believed has come
 */
#ifndef SERVER_SECONDARIES_H
#define SERVER_SECONDARIES_H

#include "dns/address.h"
#include "dns/name.h"

struct daemon;
struct report;
struct secondaries;

/* NULL: no memory. */
struct secondaries *secondaries_create(struct daemon *daemon);
void secondaries_configure(struct secondaries *secondaries);
void secondaries_close(struct secondaries *secondaries); /* the loop has to turn once more */
void secondaries_destroy(struct secondaries *secondaries);

struct secondaries_notice {
    struct dns_name_buffer apex;
    struct dns_address from;
    bool has_serial;
    uint32_t serial;
};
/* Any thread; some notices too many are dropped, as their senders send them again. */
void secondaries_notified(struct secondaries *secondaries, const struct secondaries_notice *notice);

/* The operator's: begins. False: no secondary zone of that name. */
bool secondaries_refresh(struct secondaries *secondaries, struct dns_name apex, bool retransfer);

/* How it stands with its primaries, for zonestatus; nothing where it is no secondary zone. */
void secondaries_report(const struct secondaries *secondaries, struct dns_name apex, struct report *report);

#endif
