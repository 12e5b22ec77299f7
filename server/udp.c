#include "server/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/query.h"

/* Buffers lie an odd number of cache lines apart: with a power of two their heads would all compete for
   the same few places of the first-level cache. */
enum {
    UDP_BATCH = 64,
    UDP_ROUNDS = 8,     /* full batches of one socket in a row, then others have their turn */
    UDP_IN = 2048 + 64, /* a longer query is cut and so malformed */
    UDP_OUT = 4096 + 64,
};

union peer {
    struct sockaddr generic;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

struct udp_listener {
    struct udp_listener *next;
    struct worker *worker;
    uv_poll_t poll;
    int fd;
    struct dns_address address;
    unsigned waiting; /* clients of the engine that came in here */
    bool retired;     /* closed as soon as nobody waits */
};

struct side {
    struct mmsghdr message[UDP_BATCH];
    struct iovec vector[UDP_BATCH];
    union peer peer[UDP_BATCH];
};

struct udp {
    struct udp_listener *listeners;
    struct udp_listener *sender; /* that the gathered replies leave from */
    unsigned gathered;
    unsigned batches; /* one in METRICS_BATCHES is timed */
    struct request request;
    struct side in, out;
    uint8_t in_octets[UDP_BATCH][UDP_IN];
    uint8_t out_octets[UDP_BATCH][UDP_OUT];
};

static void prepare(struct side *side, uint8_t *octets, size_t stride)
{
    for (unsigned i = 0; i < UDP_BATCH; i++) {
        side->vector[i] = (struct iovec){octets + i * stride, stride};
        side->message[i].msg_hdr = (struct msghdr){
            .msg_name = &side->peer[i],
            .msg_namelen = sizeof side->peer[i],
            .msg_iov = &side->vector[i],
            .msg_iovlen = 1,
        };
    }
}

struct udp *udp_create(void)
{
    struct udp *udp = calloc(1, sizeof *udp);
    if (udp != NULL) {
        prepare(&udp->in, udp->in_octets[0], UDP_IN);
        prepare(&udp->out, udp->out_octets[0], UDP_OUT);
    }
    return udp;
}

void udp_destroy(struct udp *udp)
{
    free(udp);
}

void udp_flush(struct worker *worker)
{
    struct udp *udp = worker->udp;
    unsigned sent = 0;
    while (sent < udp->gathered) {
        int done = sendmmsg(udp->sender->fd, udp->out.message + sent, udp->gathered - sent, 0);
        if (done > 0) {
            sent += (unsigned)done;
            worker->counters.replies += (unsigned)done;
        } else if (errno != EINTR) {
            /* A full send buffer concerns all that follow, anything else this one client. */
            bool full = errno == EAGAIN || errno == ENOBUFS;
            unsigned lost = full ? udp->gathered - sent : 1;
            worker->counters.replies_unsent += lost;
            sent += lost;
        }
    }
    udp->gathered = 0;
}

/* Where the next reply from this socket is to be written. */
static uint8_t *next_slot(struct worker *worker, struct udp_listener *listener)
{
    struct udp *udp = worker->udp;
    if (udp->gathered == UDP_BATCH || (udp->gathered > 0 && udp->sender != listener))
        udp_flush(worker);
    udp->sender = listener;
    return udp->out_octets[udp->gathered];
}

static void commit_slot(struct udp *udp, size_t length, const void *peer, socklen_t peer_length)
{
    unsigned at = udp->gathered++;
    udp->out.vector[at].iov_len = length;
    memcpy(&udp->out.peer[at], peer, sizeof udp->out.peer[at]);
    udp->out.message[at].msg_hdr.msg_namelen = peer_length;
}

static socklen_t peer_size(const struct sockaddr *peer)
{
    return peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static void wait_for_engine(struct worker *worker, struct udp_listener *listener, const union peer *peer)
{
    struct udp *udp = worker->udp;
    struct client *client = worker_client(worker, &udp->request.client, false);
    if (client == NULL) {
        uint8_t *out = next_slot(worker, listener);
        size_t length =
            request_fail(worker, &udp->request, out, UDP_OUT, "too many questions wait for answers");
        commit_slot(udp, length, peer, peer_size(&peer->generic));
        return;
    }
    client->query = udp->request.query;
    client->access = udp->request.access;
    client->key = udp->request.key;
    client->signing = udp->request.signing;
    client->udp = listener;
    client->tcp = NULL;
    memcpy(&client->peer, peer, sizeof *peer);
    listener->waiting++;
    worker_ask(worker, client);
}

static void __attribute__((noinline, cold))
tap(struct udp_listener *listener, unsigned at, const uint8_t *out, size_t length)
{
    struct worker *worker = listener->worker;
    struct udp *udp = worker->udp;
    worker_tap_query(worker, &udp->request, udp->in_octets[at], udp->in.message[at].msg_len);
    if (out != NULL)
        worker_tap_response(worker,
                            &(struct tapped){&udp->request.query, &udp->request.client, &listener->address,
                                             worker->now, false},
                            out, length);
}

static void serve_packet(struct udp_listener *listener, unsigned at)
{
    struct worker *worker = listener->worker;
    struct udp *udp = worker->udp;
    const union peer *peer = &udp->in.peer[at];
    struct request *request = &udp->request;
    size_t length;
    if (!dns_address_from_sockaddr(&peer->generic, &request->client) || request->client.port == 0)
        return;
    request->access = access_of(&worker->access, worker->settings, &request->client);
    if (request->access & ACCESS_BLACKHOLED) {
        worker->counters.blackholed++;
        return;
    }
    uint8_t *out = next_slot(worker, listener);
    switch (request_serve(worker, request, udp->in_octets[at], udp->in.message[at].msg_len, out, UDP_OUT,
                          &length)) {
    case REQUEST_REPLIED:
        if (worker->tapped)
            tap(listener, at, out, length);
        commit_slot(udp, length, peer, udp->in.message[at].msg_hdr.msg_namelen);
        break;
    case REQUEST_WALK:
        if (worker->tapped)
            tap(listener, at, NULL, 0);
        wait_for_engine(worker, listener, peer);
        break;
    case REQUEST_TRANSFER: /* over TCP alone */
    case REQUEST_DROPPED:
        break;
    }
}

static void serve_batch(struct udp_listener *listener, unsigned count)
{
    struct worker *worker = listener->worker;
    struct udp *udp = worker->udp;
    worker->counters.queries_udp += count;
    for (unsigned i = 0; i < count; i++) {
        serve_packet(listener, i);
        udp->in.message[i].msg_hdr.msg_namelen = sizeof udp->in.peer[i];
    }
    udp_flush(worker);
}

/* The clock has just been read, and is read once more behind the batch. */
static void __attribute__((noinline, cold)) serve_timed_batch(struct udp_listener *listener, unsigned count)
{
    struct worker *worker = listener->worker;
    uint64_t hits = worker->counters.hits;
    serve_batch(listener, count);
    histogram_add(&worker->metrics.hit, clock_now() - worker->now, worker->counters.hits - hits);
}

static void serve_listener(struct udp_listener *listener)
{
    struct worker *worker = listener->worker;
    struct udp *udp = worker->udp;
    udp->request.tcp = false;
    udp->request.server = &listener->address;
    for (int round = 0; round < UDP_ROUNDS; round++) {
        int count = recvmmsg(listener->fd, udp->in.message, UDP_BATCH, MSG_DONTWAIT, NULL);
        if (count <= 0)
            break;
        if (round == 0 && ++udp->batches % METRICS_BATCHES == 0)
            serve_timed_batch(listener, (unsigned)count);
        else
            serve_batch(listener, (unsigned)count);
        if (count < UDP_BATCH)
            break;
    }
    worker_finish(worker);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct udp_listener *listener = poll->data;
    (void)status; /* an error on the socket shows, and is cleared, with recvmmsg */
    (void)events;
    worker_read_clock(listener->worker);
    serve_listener(listener);
}

/* A port that comes back while answers from it are owed: its old socket would go on taking its part of the
   packets, so the new one goes in its place. */
static bool revive(struct worker *worker, int fd, const struct dns_address *address)
{
    struct udp_listener *listener = worker->udp->listeners;
    while (listener != NULL && !(listener->retired && dns_address_equal(&listener->address, address)))
        listener = listener->next;
    if (listener == NULL)
        return false;
    serve_listener(listener);
    if (dup3(fd, listener->fd, O_CLOEXEC) < 0)
        return false;
    close(fd);
    listener->retired = false;
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    return true;
}

bool udp_listen(struct worker *worker, int fd, const struct dns_address *address)
{
    if (revive(worker, fd, address))
        return true;
    struct udp_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return false;
    listener->worker = worker;
    listener->fd = fd;
    listener->address = *address;
    listener->poll.data = listener;
    if (uv_poll_init(&worker->loop, &listener->poll, fd) != 0) {
        free(listener);
        return false;
    }
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    listener->next = worker->udp->listeners;
    worker->udp->listeners = listener;
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    struct udp_listener *listener = handle->data;
    close(listener->fd);
    free(listener);
}

static void close_listener(struct udp_listener *listener)
{
    struct udp *udp = listener->worker->udp;
    struct udp_listener **link = &udp->listeners;
    if (udp->sender == listener) {
        udp_flush(listener->worker);
        udp->sender = NULL;
    }
    while (*link != listener)
        link = &(*link)->next;
    *link = listener->next;
    uv_close((uv_handle_t *)&listener->poll, on_closed);
}

void udp_release(struct udp_listener *listener)
{
    listener->waiting--;
    if (listener->retired && listener->waiting == 0)
        close_listener(listener);
}

void udp_retire(struct worker *worker, const struct endpoints *keep)
{
    struct udp_listener *next;
    for (struct udp_listener *listener = worker->udp->listeners; listener != NULL; listener = next) {
        next = listener->next;
        if (listener->retired || endpoints_find(keep, &listener->address) != SIZE_MAX)
            continue;
        serve_listener(listener); /* what has come in already is answered */
        uv_poll_stop(&listener->poll);
        listener->retired = true;
        if (listener->waiting == 0)
            close_listener(listener);
    }
}

void udp_close(struct worker *worker)
{
    while (worker->udp->listeners != NULL)
        close_listener(worker->udp->listeners);
}

void udp_answer(struct worker *worker, struct client *client, const struct answer *answer)
{
    uint8_t *out = next_slot(worker, client->udp);
    size_t length = request_answer(worker, client, answer, out, UDP_OUT);
    if (worker->tapped)
        worker_tap_response(
            worker,
            &(struct tapped){&client->query, &client->address, &client->udp->address, client->since, false},
            out, length);
    commit_slot(worker->udp, length, &client->peer, peer_size(&client->peer.generic));
    udp_release(client->udp);
}
