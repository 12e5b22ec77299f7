#include "server/ports.h"

#include <errno.h>
#include <stdlib.h>

struct family {
    struct port **idle; /* room for `most` */
    size_t idle_count, open_count;
};

struct ports {
    struct ports_options options;
    struct family family[2];
    struct port *closed;
    unsigned generation;
};

static struct family *family_of(struct ports *ports, uint8_t family)
{
    return &ports->family[family == 6];
}

struct ports *ports_create(const struct ports_options *options)
{
    struct ports *ports = calloc(1, sizeof *ports);
    if (ports == NULL)
        return NULL;
    ports->options = *options;
    for (int i = 0; i < 2; i++)
        ports->family[i].idle = calloc(options->most, sizeof *ports->family[i].idle);
    if (ports->family[0].idle == NULL || ports->family[1].idle == NULL) {
        ports_destroy(ports);
        return NULL;
    }
    return ports;
}

static void retire(struct ports *ports, struct port *port)
{
    ports->options.system.close(ports->options.system.context, port->fd);
    family_of(ports, port->family)->open_count--;
    port->fd = -1;
    port->next = ports->closed;
    ports->closed = port;
}

void ports_renew(struct ports *ports)
{
    for (int i = 0; i < 2; i++)
        while (ports->family[i].idle_count > 0)
            retire(ports, ports->family[i].idle[--ports->family[i].idle_count]);
    ports->generation++;
}

void ports_sweep(struct ports *ports)
{
    while (ports->closed != NULL) {
        struct port *port = ports->closed;
        ports->closed = port->next;
        free(port);
    }
}

void ports_destroy(struct ports *ports)
{
    if (ports == NULL)
        return;
    if (ports->family[0].idle != NULL && ports->family[1].idle != NULL)
        ports_renew(ports);
    ports_sweep(ports);
    free(ports->family[0].idle);
    free(ports->family[1].idle);
    free(ports);
}

static struct port *open_fresh(struct ports *ports, uint8_t family)
{
    struct port *port = calloc(1, sizeof *port);
    if (port == NULL)
        return NULL;
    port->family = family;
    port->generation = ports->generation;
    port->fd = -1;
    for (int tries = 0; port->fd < 0 && tries < PORTS_TRIES; tries++) {
        uint32_t drawn =
            random_below(ports->options.random, ports->options.random_context, 65536 - PORT_LEAST);
        port->number = (uint16_t)(PORT_LEAST + drawn);
        port->fd = ports->options.system.open(ports->options.system.context, family, port->number, port);
        if (port->fd < 0 && errno != EADDRINUSE && errno != EACCES)
            break;
    }
    if (port->fd < 0) {
        int why = errno;
        free(port);
        errno = why;
        return NULL;
    }
    family_of(ports, family)->open_count++;
    return port;
}

static struct port *pick_idle(struct ports *ports, struct family *family)
{
    if (family->idle_count == 0)
        return NULL;
    size_t at =
        random_below(ports->options.random, ports->options.random_context, (uint32_t)family->idle_count);
    struct port *port = family->idle[at];
    family->idle[at] = family->idle[--family->idle_count];
    return port;
}

struct port *ports_take(struct ports *ports, uint8_t number)
{
    struct family *family = family_of(ports, number);
    struct port *port = NULL;
    errno = EMFILE;
    if (family->idle_count < ports->options.idle_least && family->open_count < ports->options.most)
        port = open_fresh(ports, number);
    if (port == NULL)
        port = pick_idle(ports, family);
    if (port != NULL)
        port->uses++;
    return port;
}

void ports_give(struct ports *ports, struct port *port)
{
    struct family *family = family_of(ports, port->family);
    port->exchange = 0;
    if (port->uses >= ports->options.uses || port->generation != ports->generation)
        retire(ports, port);
    else
        family->idle[family->idle_count++] = port;
}

size_t ports_idle(const struct ports *ports, uint8_t family)
{
    return ports->family[family == 6].idle_count;
}

size_t ports_open(const struct ports *ports, uint8_t family)
{
    return ports->family[family == 6].open_count;
}
