/*
 * UDP sockets for asking servers, each bound to a port drawn uniformly from PORT_LEAST to 65535.
 *
 *      in use      belongs to one exchange, connected to its server: nobody else's packets arrive
 *      idle        waits for another exchange; still connected to its last server, so that a scan of
 *                  the ports finds none of them open
 *
 * While fewer than `idle_least` are idle, an exchange gets a fresh socket, whose port nobody can have seen;
 * then one at random of all idle ones. After `uses` exchanges a socket is closed, so that ports a server
 * has learned are worth little. Sockets in use and idle together never exceed `most` per family.
 *
 * Each worker has its own, though all draw from the same range of ports: a socket waits in the loop of one
 * thread, and one pool for all would need a lock for each question sent. Two workers cannot have one port at
 * a time (binding fails, and another is drawn), and each refills its own idle ones from all ports, so that
 * how many there are to guess from does not shrink with the number of workers (CVE-2026-50252: ports
 * divided among threads, which the source of a query gives away).
 */
#ifndef SERVER_PORTS_H
#define SERVER_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/random.h"

enum {
    PORT_LEAST = 1024,
    PORTS_TRIES = 32, /* draws until one is free */
    PORTS_IDLE_LEAST = 256,
    PORTS_MOST = 4096,
    PORTS_USES = 32,
};

struct port {
    uint64_t exchange; /* 0: idle or closed */
    int fd;            /* -1: closed, kept until ports_sweep() */
    uint16_t number;
    uint8_t family; /* 4 or 6 */
    bool connected; /* to some server */
    unsigned uses;
    unsigned generation; /* how often ports_renew() had been called when it was opened */
    struct port *next;   /* among the closed ones; in use: the owner's */
};

/* How sockets are made; tests hand in their own. */
struct ports_system {
    void *context;
    int (*open)(void *context, uint8_t family, uint16_t port, struct port *data); /* -1 and errno */
    void (*close)(void *context, int fd);
};

struct ports_options {
    struct ports_system system;
    random_source *random;
    void *random_context;
    unsigned idle_least, most, uses;
};

struct ports;
struct ports *ports_create(const struct ports_options *options); /* NULL: out of memory */
void ports_destroy(struct ports *ports); /* closes idle ones; all must have been given back */

/* A socket for one exchange. NULL and errno: no more may or can be opened. */
struct port *ports_take(struct ports *ports, uint8_t family);

/* The exchange is over. The struct port stays valid until ports_sweep(). */
void ports_give(struct ports *ports, struct port *port);

/* Closes all idle ones: the address to ask from has changed. Those in use follow as they are given back. */
void ports_renew(struct ports *ports);

/* Frees what was closed. Not while events may still point to it. */
void ports_sweep(struct ports *ports);

size_t ports_idle(const struct ports *ports, uint8_t family);
size_t ports_open(const struct ports *ports, uint8_t family);

#endif
