#include "server/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/tcp.h"

enum {
    EVENTS = 64,
    ROUNDS = 4,
    BUCKETS = 4096, /* of exchanges by number; numbers follow one another */
    UDP_ANSWER_MAX = 65535,
};

struct upstream {
    struct worker *worker;
    struct ports *ports;
    struct upstream_tcp *tcp;
    int epoll;
    uv_poll_t poll;
    struct dns_address source[2]; /* to ask from, IPv4 and IPv6; family 0: any */
    struct port *exchange[BUCKETS];
    uint8_t packet[UDP_ANSWER_MAX];
};

static int open_port(void *context, uint8_t family, uint16_t number, struct port *port)
{
    struct upstream *upstream = context;
    struct sockaddr_storage address;
    struct dns_address from = upstream->source[family == 6];
    static const uint8_t any[16];
    if (from.family == 0)
        from = dns_address_make(family, any, 0);
    from.port = number;
    socklen_t length = dns_address_to_sockaddr(&from, &address);
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* Path MTU discovery lets forged ICMP shrink packets into fragments; these are small anyway. */
    int omit4 = IP_PMTUDISC_OMIT, omit6 = IPV6_PMTUDISC_OMIT, on = 1;
    if (family == 4) {
        setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &omit4, sizeof omit4);
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &omit6, sizeof omit6);
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = port};
    if (bind(fd, (struct sockaddr *)&address, length) == 0 &&
        epoll_ctl(upstream->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static void close_port(void *context, int fd)
{
    (void)context;
    close(fd); /* epoll forgets it by itself */
}

static struct port **bucket(struct upstream *upstream, uint64_t exchange)
{
    return &upstream->exchange[exchange % BUCKETS];
}

static enum failure failure_of(int why)
{
    switch (why) {
    case ECONNREFUSED:
        return FAILURE_REFUSED;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAGAIN:
        return FAILURE_RESOURCES;
    default:
        return FAILURE_UNREACHABLE;
    }
}

/* What connect() and send() say before a packet has left the host. */
static enum failure local_failure_of(int why)
{
    switch (why) {
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return FAILURE_NO_ROUTE;
    default:
        return failure_of(why);
    }
}

/* The source address is chosen anew for each server: first the old peer has to go. */
static bool connect_port(struct port *port, const struct dns_address *server)
{
    struct sockaddr_storage to;
    socklen_t length = dns_address_to_sockaddr(server, &to);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (port->connected)
        (void)connect(port->fd, &nobody, sizeof nobody);
    port->connected = connect(port->fd, (struct sockaddr *)&to, length) == 0;
    return port->connected;
}

static bool send_packet(const struct port *port, const uint8_t *wire, size_t length)
{
    /* The first attempt may report what came back for the socket's exchange before this one. */
    return send(port->fd, wire, length, MSG_NOSIGNAL) >= 0 ||
           (errno == ECONNREFUSED && send(port->fd, wire, length, MSG_NOSIGNAL) >= 0);
}

static void say_short_of_sockets(struct worker *worker, int why)
{
    log_limited(worker->shared->log, LOG_KIND_SOCKETS, worker->now, CONFIG_CATEGORY_NETWORK, CONFIG_ERROR,
                "no socket to ask servers with: %s; raise the limit of open files", strerror(why));
}

bool upstream_send(struct upstream *upstream, const struct effect *effect, enum failure *failure)
{
    if (effect->transport == TRANSPORT_TCP)
        return upstream_tcp_send(upstream->tcp, effect, failure);
    struct port *port = ports_take(upstream->ports, effect->server.family);
    if (port == NULL) {
        int why = errno;
        *failure = local_failure_of(why);
        if (why == EMFILE || why == ENFILE) {
            say_short_of_sockets(upstream->worker, why);
            tcp_shed(upstream->worker);
        }
        upstream->worker->counters.upstream_errors++;
        return false;
    }
    if (!connect_port(port, &effect->server) || !send_packet(port, effect->wire, effect->length)) {
        *failure = local_failure_of(errno);
        upstream->worker->counters.upstream_errors++;
        ports_give(upstream->ports, port);
        return false;
    }
    port->exchange = effect->exchange;
    port->next = *bucket(upstream, effect->exchange);
    *bucket(upstream, effect->exchange) = port;
    return true;
}

void upstream_over(struct upstream *upstream, uint64_t exchange)
{
    for (struct port **link = bucket(upstream, exchange); *link != NULL; link = &(*link)->next) {
        struct port *port = *link;
        if (port->exchange == exchange) {
            *link = port->next;
            ports_give(upstream->ports, port);
            return;
        }
    }
    upstream_tcp_over(upstream->tcp, exchange);
}

/* One packet: more make the descriptor ready again. The source is told as the kernel saw it; whether it
   is the right one is the engine's to judge. */
static void receive(struct upstream *upstream, struct port *port)
{
    struct worker *worker = upstream->worker;
    struct sockaddr_storage from;
    socklen_t from_length = sizeof from;
    if (port->fd < 0)
        return;
    ssize_t length = recvfrom(port->fd, upstream->packet, sizeof upstream->packet, MSG_DONTWAIT,
                              (struct sockaddr *)&from, &from_length);
    if (port->exchange == 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    if (length < 0) {
        engine_failed(worker->engine, worker->now, port->exchange, failure_of(errno));
        worker_drain(worker);
        return;
    }
    struct packet packet = {.exchange = port->exchange,
                            .transport = TRANSPORT_UDP,
                            .wire = upstream->packet,
                            .length = (size_t)length};
    if (!dns_address_from_sockaddr((struct sockaddr *)&from, &packet.from))
        return;
    worker_receive(worker, &packet);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct upstream *upstream = poll->data;
    struct epoll_event ready[EVENTS];
    (void)status;
    (void)events;
    worker_read_clock(upstream->worker);
    for (int round = 0; round < ROUNDS; round++) {
        int count = epoll_wait(upstream->epoll, ready, EVENTS, 0);
        for (int i = 0; i < count; i++)
            receive(upstream, ready[i].data.ptr);
        ports_sweep(upstream->ports);
        if (count < EVENTS)
            break;
    }
    worker_finish(upstream->worker);
}

/* Descriptors are shared by all workers, both families, and TCP. */
static unsigned ports_most(const struct worker *worker)
{
    struct rlimit limit;
    rlim_t share = PORTS_MOST;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        share = limit.rlim_cur / 4 / worker->shared->workers;
    return share > PORTS_MOST ? PORTS_MOST : share < 16 ? 16 : (unsigned)share;
}

void upstream_configure(struct upstream *upstream)
{
    const struct config *config = upstream->worker->settings->config;
    bool same = dns_address_equal(&upstream->source[0], &config->query_source) &&
                dns_address_equal(&upstream->source[1], &config->query_source_v6);
    upstream->source[0] = config->query_source;
    upstream->source[1] = config->query_source_v6;
    if (!same)
        ports_renew(upstream->ports);
}

struct upstream *upstream_create(struct worker *worker)
{
    struct upstream *upstream = calloc(1, sizeof *upstream);
    if (upstream == NULL)
        return NULL;
    upstream->worker = worker;
    upstream->epoll = epoll_create1(EPOLL_CLOEXEC);
    unsigned most = ports_most(worker);
    upstream->ports = ports_create(&(struct ports_options){
        .system = {upstream, open_port, close_port},
        .random = random_fill,
        .random_context = &worker->random,
        .idle_least = most / 4 < PORTS_IDLE_LEAST ? most / 4 : PORTS_IDLE_LEAST,
        .most = most,
        .uses = PORTS_USES,
    });
    upstream->tcp = upstream_tcp_create(worker);
    if (upstream->epoll < 0 || upstream->ports == NULL || upstream->tcp == NULL ||
        uv_poll_init(&worker->loop, &upstream->poll, upstream->epoll) != 0) {
        if (upstream->epoll >= 0)
            close(upstream->epoll);
        upstream->epoll = -1;
        upstream_destroy(upstream);
        return NULL;
    }
    upstream->poll.data = upstream;
    uv_poll_start(&upstream->poll, UV_READABLE, on_readable);
    upstream_configure(upstream);
    return upstream;
}

void upstream_close(struct upstream *upstream)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        while (upstream->exchange[i] != NULL)
            upstream_over(upstream, upstream->exchange[i]->exchange);
    upstream_tcp_close(upstream->tcp);
    uv_close((uv_handle_t *)&upstream->poll, NULL);
}

void upstream_destroy(struct upstream *upstream)
{
    if (upstream == NULL)
        return;
    ports_destroy(upstream->ports);
    upstream_tcp_destroy(upstream->tcp);
    if (upstream->epoll >= 0)
        close(upstream->epoll);
    free(upstream);
}
