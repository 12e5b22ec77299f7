/*
 * One conversation with a primary server: its serial, asked for over UDP, or the zone, over TCP. It ends once, with
 * `done`, on the loop it was begun on; making a zone of what came, and storing it, happens on a thread of its own.
 *
 *      fetch = fetch_start(&options, on_done, context);         NULL: no memory
 *      ... on_done(context, &result); the fetch is gone
 *      fetch_cancel(fetch)                                     on_done will not be called
 */
#ifndef SERVER_FETCH_H
#define SERVER_FETCH_H

#include <uv.h>

#include "dns/address.h"
#include "zones/transfer_in.h"

enum {
    FETCH_ANSWER_TIME = 3000, /* ms for a serial */
    FETCH_IDLE_TIME = 30000,  /* ms without a whole message of a transfer: octets alone are no progress */
    FETCH_TIME = 7200000,     /* ms for all of a transfer, as with BIND */
};

/* Of one transfer; what comes without end would take all memory. */
#define FETCH_OCTETS_MAX (UINT64_C(4) << 30)

struct fetch_options {
    uv_loop_t *loop;
    struct dns_name apex;       /* copied */
    struct dns_address primary; /* with its port */
    const struct tsig_key *key; /* or NULL; copied */
    bool serial_only;
    struct zone *old; /* the version there is, held; NULL: there is none, or any is taken */
    bool whole;       /* AXFR */
    const char *path; /* where the zone is stored, copied; NULL: nowhere */
};

enum fetch_end {
    FETCH_SERIAL,  /* `serial` is the primary's */
    FETCH_SILENT,  /* no answer that counts: `reason` */
    FETCH_ZONE,    /* `zone`, held for the caller */
    FETCH_CURRENT, /* it has nothing new */
    FETCH_NO_IXFR, /* AXFR should be asked for: `reason` */
    FETCH_FAILED,  /* `reason` */
};

struct fetch_result {
    enum fetch_end end;
    uint32_t serial;
    struct zone *zone;
    bool incremental;
    size_t records;
    uint64_t octets;
    const char *reason;   /* a clause, or "" */
    const char *unstored; /* why the zone could not be stored, or NULL */
};
typedef void fetch_done(void *context, const struct fetch_result *result);

struct fetch;
struct fetch *fetch_start(const struct fetch_options *options, fetch_done *done, void *context);
void fetch_cancel(struct fetch *fetch);

#endif
