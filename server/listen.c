#include "server/listen.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TCP_BACKLOG = 256, EXPLICIT_MAX = 64, UDP_RECEIVE_BUFFER = 1 << 20 };

size_t endpoints_find(const struct endpoints *endpoints, const struct dns_address *address)
{
    for (size_t i = 0; i < endpoints->count; i++)
        if (dns_address_equal(&endpoints->list[i].address, address))
            return i;
    return SIZE_MAX;
}

bool endpoints_add(struct endpoints *endpoints, const struct dns_address *address)
{
    struct endpoint *list = realloc(endpoints->list, (endpoints->count + 1) * sizeof *list);
    if (list == NULL)
        return false;
    endpoints->list = list;
    list[endpoints->count++] = (struct endpoint){.address = *address};
    return true;
}

static bool add(struct endpoints *endpoints, const struct config_listen *listen,
                const struct dns_address *host, bool explicit)
{
    struct dns_address address = *host;
    address.port = listen->port;
    if (endpoints_find(endpoints, &address) != SIZE_MAX)
        return true;
    if (!endpoints_add(endpoints, &address))
        return false;
    struct endpoint *endpoint = &endpoints->list[endpoints->count - 1];
    endpoint->explicit = explicit;
    endpoint->place = listen->place;
    endpoint->udp = malloc(endpoints->workers * sizeof *endpoint->udp);
    endpoint->tcp = malloc(endpoints->workers * sizeof *endpoint->tcp);
    if (endpoint->udp == NULL || endpoint->tcp == NULL)
        return false;
    for (unsigned i = 0; i < endpoints->workers; i++)
        endpoint->udp[i] = endpoint->tcp[i] = -1;
    return true;
}

/* Addresses of the interfaces that match, then those that are named themselves: these may be bound
   though no interface shows them, as 127.127.0.53 of the loopback network. */
static bool plan_one(struct endpoints *endpoints, const struct settings *settings,
                     const struct config_listen *listen, uint8_t family)
{
    const struct acl_interfaces *ours = &settings->interfaces.acl;
    struct dns_address named[EXPLICIT_MAX];
    for (size_t i = 0; i < ours->count; i++) {
        const struct dns_address *address = &ours->addresses[i].address;
        if (address->family == family && acl_match(listen->addresses, address, ours).allowed &&
            !add(endpoints, listen, address, false))
            return false;
    }
    size_t count = acl_hosts(listen->addresses, named, EXPLICIT_MAX);
    for (size_t i = 0; i < count; i++)
        if (named[i].family == family && acl_match(listen->addresses, &named[i], ours).allowed &&
            !add(endpoints, listen, &named[i], true))
            return false;
    return true;
}

bool endpoints_plan(struct endpoints *endpoints, const struct settings *settings, unsigned workers)
{
    *endpoints = (struct endpoints){.workers = workers};
    const struct config *config = settings->config;
    size_t ipv4 = settings->options->ipv6_only ? 0 : config->listen_count;
    for (size_t i = 0; i < settings->listen_count; i++)
        if (!plan_one(endpoints, settings, &settings->listen[i], i < ipv4 ? 4 : 6))
            return false;
    return true;
}

static void close_all(int *sockets, unsigned count)
{
    for (unsigned i = 0; sockets != NULL && i < count; i++) {
        if (sockets[i] >= 0)
            close(sockets[i]);
        sockets[i] = -1;
    }
}

void endpoints_free(struct endpoints *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        close_all(endpoints->list[i].udp, endpoints->workers);
        close_all(endpoints->list[i].tcp, endpoints->workers);
        free(endpoints->list[i].udp);
        free(endpoints->list[i].tcp);
    }
    free(endpoints->list);
    *endpoints = (struct endpoints){0};
}

static int bound_socket(const struct dns_address *address, int type, bool shared)
{
    struct sockaddr_storage to;
    socklen_t length = dns_address_to_sockaddr(address, &to);
    int on = 1, size = UDP_RECEIVE_BUFFER;
    int fd = socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (to.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    else
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (type == SOCK_DGRAM && to.ss_family == AF_INET) {
        int omit = IP_PMTUDISC_OMIT;
        setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
    } else if (type == SOCK_DGRAM) {
        int omit = IPV6_PMTUDISC_OMIT;
        setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &omit, sizeof omit);
    }
    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&to, length) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* SO_REUSEPORT lets a second daemon of the same user share a port unnoticed; a socket without it does
   not. */
static bool is_taken(const struct dns_address *address, int type)
{
    int fd = bound_socket(address, type, false);
    bool taken = fd < 0 || (type == SOCK_STREAM && listen(fd, 1) != 0);
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return taken;
}

static bool open_type(const struct endpoint *endpoint, int type, int *sockets, unsigned workers)
{
    const struct dns_address *address = &endpoint->address;
    if (!endpoint->returning && is_taken(address, type))
        return false;
    for (unsigned i = 0; i < workers; i++) {
        sockets[i] = bound_socket(address, type, true);
        if (sockets[i] < 0 || (type == SOCK_STREAM && listen(sockets[i], TCP_BACKLOG) != 0))
            return false;
    }
    return true;
}

int endpoint_open(struct endpoint *endpoint, unsigned workers, const char **what)
{
    *what = "UDP";
    bool opened = open_type(endpoint, SOCK_DGRAM, endpoint->udp, workers);
    if (opened) {
        *what = "TCP";
        opened = open_type(endpoint, SOCK_STREAM, endpoint->tcp, workers);
    }
    if (opened)
        return 0;
    int why = errno;
    close_all(endpoint->udp, workers);
    close_all(endpoint->tcp, workers);
    return why;
}

const char *endpoint_remedy(int why, bool reload)
{
    switch (why) {
    case EADDRINUSE:
        return "another program has this port: stop it, or choose another port with -p or listen-on port";
    case EACCES:
        if (reload)
            return "this needs the rights rootwalk gave up at its start: restart it to listen there";
        return "ports below 1024 need root or CAP_NET_BIND_SERVICE: start as root with -u USER, or choose "
               "another port with -p";
    case EADDRNOTAVAIL:
        return "this host has no such address: change listen-on";
    case EMFILE:
    case ENFILE:
        return "raise the limit of open files";
    case ENOMEM:
    case ENOBUFS:
        return "this host lacks memory: try again when it has more";
    default:
        return "change listen-on";
    }
}
