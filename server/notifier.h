/*
 * NOTIFY out: the secondaries of our zones are told of each new serial, over UDP, again where they are silent
 * (zones/notify.h). One for the process, on the main thread's loop.
 *
 *      notifier_tell(notifier, zone, &whom)       after a zone was published with a new serial
 *      notifier_address(notifier, apex, &address)      for a name server's address that on_lookup asked for
 *
 * Addresses of name servers within the zone are found there; the others are asked for through on_lookup.
 */
#ifndef SERVER_NOTIFIER_H
#define SERVER_NOTIFIER_H

#include <uv.h>

#include "config/config.h"
#include "zones/notify.h"

/* What a zone's configuration says of it. */
struct notifier_whom {
    bool name_servers; /* those of its NS records: "notify yes"; false: only `also` ("notify explicit") */
    struct notifier_also {
        struct dns_address address;
        const struct tsig_key *key; /* or NULL; copied */
    } const *also;
    unsigned also_count;
    const struct tsig_key *key; /* for the name servers; or NULL; copied */
};

typedef void notifier_say(void *context, enum config_severity severity, const char *line);

/* Somebody should find the addresses of this name server of the zone `apex`. */
typedef void notifier_lookup(void *context, struct dns_name apex, struct dns_name name);

struct notifier;

/* NULL: no memory. `say` gets one line for each round, and one for each target that refuses or is given up. */
struct notifier *notifier_create(uv_loop_t *loop, notifier_say *say, notifier_lookup *lookup, void *context);

/* Begins a round for this version, and ends the one for the version before. */
void notifier_tell(struct notifier *notifier, struct zone *zone, const struct notifier_whom *whom);

/* Nothing where the zone's round is over. The port is the address's, or 53 where that is 0. */
void notifier_address(struct notifier *notifier, struct dns_name apex, const struct dns_address *address);

/* The zone is no longer ours. */
void notifier_forget(struct notifier *notifier, struct dns_name apex);

/* Targets that have not answered yet, of all zones. */
unsigned notifier_open(const struct notifier *notifier);

/* Closes its handles and frees it once the loop has seen them closed. */
void notifier_close(struct notifier *notifier);

#endif
