/*
 * The statistics channels: HTTP for who watches the daemon, off unless named.conf has statistics-channels. Served by
 * libmicrohttpd on the main thread's loop; no worker ever waits for it. GET and HEAD of
 *
 *      /           the page: one file, nothing from outside
 *      /json       what the page shows, anew every two seconds
 *      /metrics    the same counters and more for Prometheus
 *
 * Clients are checked by the channel's allow list when they connect, and the name they call us by by the Host header:
 * an address, localhost or this host's name, so that no page of somebody else's can ask in a browser's name (DNS
 * rebinding). Connections are limited in number, in all and for each address, and in time; each serves one request.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "server/daemon.h"

enum {
    HTTP_CONNECTIONS = 32, /* at a time, of one channel */
    HTTP_PER_ADDRESS = 8,
    HTTP_TIME = 10,       /* seconds a connection may take in all */
    HTTP_MEMORY = 16384,  /* octets of a connection's request */
    HTTP_FRESH = 1000000, /* µs that one look at the workers is shown for */
};

struct http;

/* Opens the sockets of the settings' channels; before rights are given up. False after `say`. */
struct http *http_create(struct daemon *daemon, settings_say *say, void *context);

/* Serves from now on; false: out of memory. */
bool http_start(struct http *http);

/* Goes by the daemon's new settings; what cannot be listened on is told to `warn`. */
void http_configure(struct http *http, settings_say *warn, void *context);

void http_close(struct http *http);   /* while the loop still runs */
void http_destroy(struct http *http); /* after the loop has ended */

/* Is this what a browser may call us? `host`: the header's value, or NULL. */
bool http_host_is_ours(const char *host, const char *hostname);

#endif
