/*
 * The sockets clients reach us on: for each address a UDP and a TCP socket per worker, all bound with
 * SO_REUSEPORT, so that the kernel spreads clients over the workers. The main thread opens them (as
 * root, where ports need it); workers own what they were given.
 */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include "server/settings.h"

struct endpoint {
    struct dns_address address;
    bool explicit;  /* named as a host address, not matched among the interfaces' */
    bool returning; /* listened on before a reload: workers may still have it, to give answers they owe */
    struct config_place place;
    int *udp, *tcp; /* one a worker; -1: none, or handed over */
};

struct endpoints {
    struct endpoint *list;
    size_t count;
    unsigned workers;
};

/* What the settings ask for, without sockets. False: out of memory. */
bool endpoints_plan(struct endpoints *endpoints, const struct settings *settings, unsigned workers);
void endpoints_free(struct endpoints *endpoints); /* closes what was not handed over */

/* Opens one. 0 or an errno; *what names the step ("UDP" or "TCP"). */
int endpoint_open(struct endpoint *endpoint, unsigned workers, const char **what);

/* Adds an address without sockets. False: out of memory. */
bool endpoints_add(struct endpoints *endpoints, const struct dns_address *address);

/* The index of the same address, or SIZE_MAX. */
size_t endpoints_find(const struct endpoints *endpoints, const struct dns_address *address);

/* What to do about an errno of endpoint_open(), for people. */
const char *endpoint_remedy(int why, bool reload);

#endif
