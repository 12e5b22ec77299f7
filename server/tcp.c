#include "server/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/framing.h"
#include "server/query.h"
#include "server/quota.h"
#include "server/transfer_stream.h"

enum {
    ACCEPTED_AT_ONCE = 64,
    PAUSE = 100, /* ms without accepting, when there is no descriptor left */
};
enum { SWEEP_EVERY = 500, GATHER = 2 * (DNS_MESSAGE_MAX + 2), READ_BUFFER = 8192 };

struct tcp_listener {
    struct tcp_listener *next;
    struct worker *worker;
    uv_poll_t poll;
    int fd;
    struct dns_address address;
};

struct tcp_connection {
    struct tcp_connection *next, **link;
    struct worker *worker;
    uv_tcp_t handle;
    struct dns_address client, server;
    unsigned outstanding; /* queries the engine has */
    uint64_t since;       /* ms: of the last whole query, or reply taken */
    bool asked;           /* the first query has come in */
    bool ended;           /* the client sends no more */
    bool paused;          /* we do not read */
    bool serving;         /* serve_octets() is at work */
    bool closing, closed;
    struct transfer_stream *transfer; /* a zone is being sent; nothing more is read meanwhile */
    uint8_t *held;                    /* octets read, but too much was outstanding to serve them */
    size_t held_length;
    struct framing framing;
    uint8_t query[TCP_QUERY_MAX];
};

struct tcp {
    struct tcp_listener *listeners;
    struct tcp_connection *connections;
    uv_timer_t sweep, pause;
    struct request request;
    struct tcp_connection *receiver; /* of the gathered replies */
    size_t gathered;
    uint8_t read[READ_BUFFER];
    uint8_t gather[GATHER];
};

struct late_write {
    uv_write_t request;
    uint8_t octets[];
};

static void free_connection(struct tcp_connection *connection)
{
    free(connection->held);
    free(connection);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct tcp_connection *connection = handle->data;
    connection->closed = true;
    if (connection->outstanding == 0)
        free_connection(connection);
}

static void close_connection(struct tcp_connection *connection)
{
    struct worker *worker = connection->worker;
    if (connection->closing)
        return;
    connection->closing = true;
    if (connection->transfer != NULL)
        transfer_stream_stop(connection->transfer);
    connection->transfer = NULL;
    if (worker->tcp->receiver == connection) {
        worker->tcp->receiver = NULL;
        worker->tcp->gathered = 0;
    }
    *connection->link = connection->next;
    if (connection->next != NULL)
        connection->next->link = connection->link;
    quota_give(worker->shared->tcp_quota, &connection->client);
    worker->counters.tcp_now--;
    uv_close((uv_handle_t *)&connection->handle, on_connection_closed);
    if (worker->tcp->connections == NULL)
        uv_timer_stop(&worker->tcp->sweep);
}

static size_t queued(const struct tcp_connection *connection)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&connection->handle);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct tcp_connection *connection = handle->data;
    (void)suggested;
    *buffer = uv_buf_init((char *)connection->worker->tcp->read, READ_BUFFER);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer);

static void serve_octets(struct tcp_connection *connection, const uint8_t *data, size_t length);

static bool is_full(const struct tcp_connection *connection)
{
    return connection->transfer != NULL || queued(connection) > TCP_QUEUED ||
           connection->outstanding >= TCP_OUTSTANDING;
}

static void serve_held(struct tcp_connection *connection)
{
    uint8_t *held = connection->held;
    connection->held = NULL;
    serve_octets(connection, held, connection->held_length);
    free(held);
}

/* Reading goes on and stops with what waits to be taken by the client and to be found by the engine. */
static void adjust(struct tcp_connection *connection)
{
    while (!connection->closing && connection->held != NULL && !is_full(connection))
        serve_held(connection);
    if (connection->closing)
        return;
    bool pause = is_full(connection) || connection->held != NULL;
    if (connection->ended) {
        if (connection->held == NULL && connection->outstanding == 0 && connection->transfer == NULL &&
            queued(connection) == 0)
            close_connection(connection);
    } else if (pause && !connection->paused) {
        uv_read_stop((uv_stream_t *)&connection->handle);
        connection->paused = true;
    } else if (!pause && connection->paused) {
        uv_read_start((uv_stream_t *)&connection->handle, allocate, on_read);
        connection->paused = false;
    }
}

static void on_written(uv_write_t *request, int status)
{
    struct tcp_connection *connection = request->handle->data;
    free(request);
    if (status < 0) {
        close_connection(connection);
        return;
    }
    connection->since = uv_now(&connection->worker->loop);
    worker_read_clock(connection->worker);
    adjust(connection);
    worker_finish(connection->worker);
}

/* What the socket does not take now is copied and waits. */
static void write_late(struct tcp_connection *connection, const uint8_t *octets, size_t length)
{
    struct late_write *late = NULL;
    if (queued(connection) + length <= TCP_QUEUED_MOST)
        late = malloc(sizeof *late + length);
    else
        connection->worker->counters.tcp_overrun++;
    if (late == NULL) {
        close_connection(connection);
        return;
    }
    memcpy(late->octets, octets, length);
    uv_buf_t buffer = uv_buf_init((char *)late->octets, (unsigned)length);
    if (uv_write(&late->request, (uv_stream_t *)&connection->handle, &buffer, 1, on_written) != 0) {
        free(late);
        close_connection(connection);
    } else if (late->request.error != 0) {
        /* It has failed at once, and would be said later: what is queued until then would still be sent, with
           these octets missing before it. */
        close_connection(connection);
    }
}

void tcp_flush(struct worker *worker)
{
    struct tcp *tcp = worker->tcp;
    struct tcp_connection *connection = tcp->receiver;
    size_t length = tcp->gathered;
    tcp->receiver = NULL;
    tcp->gathered = 0;
    if (connection == NULL || length == 0)
        return;
    uv_buf_t buffer = uv_buf_init((char *)tcp->gather, (unsigned)length);
    int taken = uv_try_write((uv_stream_t *)&connection->handle, &buffer, 1);
    if (taken == UV_EAGAIN)
        taken = 0;
    if (taken < 0)
        close_connection(connection);
    else if ((size_t)taken < length)
        write_late(connection, tcp->gather + taken, length - (size_t)taken);
    else
        connection->since = uv_now(&worker->loop);
}

/* Room for one more reply, behind the two octets of its length. */
static uint8_t *next_reply(struct tcp_connection *connection)
{
    struct tcp *tcp = connection->worker->tcp;
    if (tcp->receiver != connection || GATHER - tcp->gathered < DNS_MESSAGE_MAX + 2)
        tcp_flush(connection->worker);
    tcp->receiver = connection;
    return tcp->gather + tcp->gathered + 2;
}

static void commit_reply(struct tcp *tcp, size_t length)
{
    tcp->gather[tcp->gathered] = (uint8_t)(length >> 8);
    tcp->gather[tcp->gathered + 1] = (uint8_t)length;
    tcp->gathered += length + 2;
}

static void wait_for_engine(struct tcp_connection *connection)
{
    struct worker *worker = connection->worker;
    struct request *request = &worker->tcp->request;
    struct client *client = worker_client(worker, &connection->client, true);
    if (client == NULL) {
        uint8_t *out = next_reply(connection);
        commit_reply(worker->tcp, request_fail(worker, request, out, DNS_MESSAGE_MAX,
                                               "too many questions wait for answers"));
        return;
    }
    client->query = request->query;
    client->access = request->access;
    client->key = request->key;
    client->signing = request->signing;
    client->udp = NULL;
    client->tcp = connection;
    connection->outstanding++;
    worker_ask(worker, client);
}

/* -- zones that go out ---------------------------------------------------------------------------------- */

static void note_transfer(const struct tcp_connection *connection, const struct transfer_out *transfer,
                          const char *how)
{
    char client[DNS_ADDRESS_TEXT_MAX], zone[DNS_NAME_TEXT_MAX];
    static const char *const kinds[] = {"AXFR", "IXFR", "IXFR, nothing new"};
    log_write(connection->worker->shared->log, CONFIG_CATEGORY_XFER_OUT, CONFIG_INFO,
              "client %s: transfer of %.300s serial %u %s: %s, %zu messages, %zu records, %llu octets",
              dns_address_to_text(&connection->client, client),
              dns_name_to_text(zone_apex(transfer->zone), zone), zone_serial(transfer->zone), how,
              kinds[transfer->kind], transfer->messages, transfer->records,
              (unsigned long long)transfer->octets);
}

static void on_turn(void *context, enum transfer_turn turn, const struct transfer_out *transfer)
{
    struct tcp_connection *connection = context;
    worker_read_clock(connection->worker);
    connection->since = uv_now(&connection->worker->loop);
    if (turn == TRANSFER_GOES_ON)
        return;
    connection->transfer = NULL;
    note_transfer(connection, transfer, turn == TRANSFER_SENT ? "sent" : "broken off");
    if (turn == TRANSFER_BROKEN)
        close_connection(connection);
    else if (!connection->serving)
        adjust(connection);
    worker_finish(connection->worker);
}

static void begin_transfer(struct tcp_connection *connection)
{
    struct worker *worker = connection->worker;
    struct request *request = &worker->tcp->request;
    struct request_transfer *transfer = &request->transfer;
    tcp_flush(worker);
    if (connection->closing) {
        tsig_chain_end(&transfer->chain);
    } else if (!transfer_limit_take(worker->shared->transfers)) {
        tsig_chain_end(&transfer->chain);
        uint8_t *out = next_reply(connection);
        commit_reply(worker->tcp, request_fail(worker, request, out, DNS_MESSAGE_MAX,
                                               "too many zones are being sent; try later"));
    } else {
        connection->transfer =
            transfer_stream_start((uv_stream_t *)&connection->handle, transfer->zone, &transfer->request,
                                  &transfer->chain, worker->shared->transfers, on_turn, connection);
        if (connection->transfer == NULL)
            close_connection(connection);
    }
    zone_release(transfer->zone);
}

static void serve_message(struct tcp_connection *connection)
{
    struct worker *worker = connection->worker;
    struct request *request = &worker->tcp->request;
    size_t length;
    request->client = connection->client;
    request->server = &connection->server;
    request->access = access_of(&worker->access, worker->settings, &connection->client);
    request->tcp = true;
    connection->asked = true;
    connection->since = uv_now(&worker->loop);
    worker->counters.queries_tcp++;
    if (request->access & ACCESS_BLACKHOLED) {
        close_connection(connection);
        return;
    }
    if (worker->tapped)
        worker_tap_query(worker, request, connection->framing.buffer, connection->framing.length);
    uint8_t *out = next_reply(connection);
    switch (request_serve(worker, request, connection->framing.buffer, connection->framing.length, out,
                          DNS_MESSAGE_MAX, &length)) {
    case REQUEST_REPLIED:
        if (worker->tapped)
            worker_tap_response(worker,
                                &(struct tapped){&request->query, &connection->client, &connection->server,
                                                 worker->now, true},
                                out, length);
        worker->counters.replies++;
        commit_reply(worker->tcp, length);
        break;
    case REQUEST_WALK:
        wait_for_engine(connection);
        break;
    case REQUEST_TRANSFER:
        begin_transfer(connection);
        break;
    case REQUEST_DROPPED:
        break;
    }
}

static void hold(struct tcp_connection *connection, const uint8_t *data, size_t length)
{
    connection->held = malloc(length);
    connection->held_length = length;
    if (connection->held == NULL)
        close_connection(connection);
    else
        memcpy(connection->held, data, length);
}

static void serve_octets(struct tcp_connection *connection, const uint8_t *data, size_t length)
{
    struct worker *worker = connection->worker;
    connection->serving = true;
    while (!connection->closing && length > 0 && !is_full(connection)) {
        enum framing_found found = framing_next(&connection->framing, &data, &length);
        if (found == FRAMING_MORE)
            break;
        if (found == FRAMING_WRONG)
            close_connection(connection);
        else
            serve_message(connection);
        if (worker->tcp->gathered > TCP_QUEUED)
            tcp_flush(worker);
    }
    tcp_flush(worker);
    connection->serving = false;
    if (!connection->closing && length > 0)
        hold(connection, data, length);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct tcp_connection *connection = stream->data;
    struct worker *worker = connection->worker;
    worker_read_clock(worker);
    if (length < 0) {
        /* A client may close its side and still wait for what it asked. */
        uv_read_stop(stream);
        connection->ended = true;
        if (length != UV_EOF)
            close_connection(connection);
    } else {
        serve_octets(connection, (const uint8_t *)buffer->base, (size_t)length);
    }
    adjust(connection);
    worker_finish(worker);
}

/* First queries that do not come, connections nobody uses, replies nobody takes. */
static void on_sweep(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    uint64_t now = uv_now(&worker->loop);
    struct tcp_connection *next;
    for (struct tcp_connection *each = worker->tcp->connections; each != NULL; each = next) {
        next = each->next;
        bool waits = each->outstanding > 0 && queued(each) == 0;
        uint64_t limit = each->asked ? TCP_IDLE : TCP_FIRST_QUERY;
        if (!waits && now - each->since >= limit) {
            worker->counters.tcp_timeouts++;
            close_connection(each);
        }
    }
}

bool tcp_shed(struct worker *worker)
{
    struct tcp_connection *oldest = NULL;
    for (struct tcp_connection *each = worker->tcp->connections; each != NULL; each = each->next)
        if (each->outstanding == 0 && each->transfer == NULL &&
            (oldest == NULL || each->since < oldest->since))
            oldest = each;
    if (oldest != NULL)
        close_connection(oldest);
    return oldest != NULL;
}

static bool admit(struct tcp_connection *connection)
{
    struct worker *worker = connection->worker;
    struct sockaddr_storage peer;
    int length = sizeof peer, fd;
    unsigned unacknowledged = TCP_UNACKNOWLEDGED;
    if (uv_tcp_getpeername(&connection->handle, (struct sockaddr *)&peer, &length) != 0 ||
        !dns_address_from_sockaddr((struct sockaddr *)&peer, &connection->client) ||
        (access_of(&worker->access, worker->settings, &connection->client) & ACCESS_BLACKHOLED))
        return false;
    if (!quota_take(worker->shared->tcp_quota, &connection->client)) {
        char text[DNS_ADDRESS_TEXT_MAX];
        log_limited(worker->shared->log, LOG_KIND_TCP_LIMIT, worker->now, CONFIG_CATEGORY_CLIENT,
                    CONFIG_WARNING,
                    "%s: connection closed, too many TCP clients (tcp-clients, %d per address)",
                    dns_address_to_text(&connection->client, text), QUOTA_PER_ADDRESS);
        worker->counters.tcp_rejected++;
        return false;
    }
    uv_tcp_nodelay(&connection->handle, 1);
    if (uv_fileno((uv_handle_t *)&connection->handle, &fd) == 0)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
    return true;
}

static void on_unwanted_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void take_connection(struct tcp_listener *listener, int fd)
{
    struct worker *worker = listener->worker;
    struct tcp *tcp = worker->tcp;
    struct tcp_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return;
    }
    connection->worker = worker;
    connection->server = listener->address;
    connection->handle.data = connection;
    uv_tcp_init(&worker->loop, &connection->handle);
    if (uv_tcp_open(&connection->handle, fd) != 0) {
        close(fd);
        uv_close((uv_handle_t *)&connection->handle, on_unwanted_closed);
        return;
    }
    if (!admit(connection)) {
        uv_close((uv_handle_t *)&connection->handle, on_unwanted_closed);
        return;
    }
    if (tcp->connections == NULL)
        uv_timer_start(&tcp->sweep, on_sweep, SWEEP_EVERY, SWEEP_EVERY);
    connection->next = tcp->connections;
    connection->link = &tcp->connections;
    if (connection->next != NULL)
        connection->next->link = &connection->next;
    tcp->connections = connection;
    worker->counters.tcp_now++;
    worker->counters.tcp_accepted++;
    connection->since = uv_now(&worker->loop);
    framing_start(&connection->framing, connection->query, sizeof connection->query);
    uv_read_start((uv_stream_t *)&connection->handle, allocate, on_read);
}

static void on_acceptable(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    for (struct tcp_listener *each = worker->tcp->listeners; each != NULL; each = each->next)
        uv_poll_start(&each->poll, UV_READABLE, on_acceptable);
}

/* Out of descriptors: an idle client makes room; with none of those, new ones wait in the kernel for a
   moment. (uv_listen() would try again at once and for ever when other threads take the descriptor that
   it keeps in reserve for this case.) */
static void lack_descriptors(struct worker *worker)
{
    if (tcp_shed(worker))
        return;
    for (struct tcp_listener *each = worker->tcp->listeners; each != NULL; each = each->next)
        uv_poll_stop(&each->poll);
    uv_timer_start(&worker->tcp->pause, on_pause_over, PAUSE, 0);
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct tcp_listener *listener = poll->data;
    struct worker *worker = listener->worker;
    (void)status;
    (void)events;
    worker_read_clock(worker);
    for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(listener, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            lack_descriptors(worker);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

struct tcp *tcp_create(struct worker *worker)
{
    struct tcp *tcp = calloc(1, sizeof *tcp);
    if (tcp == NULL)
        return NULL;
    uv_timer_init(&worker->loop, &tcp->sweep);
    uv_timer_init(&worker->loop, &tcp->pause);
    tcp->sweep.data = tcp->pause.data = worker;
    return tcp;
}

void tcp_destroy(struct tcp *tcp)
{
    free(tcp);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct tcp_listener *listener = handle->data;
    close(listener->fd);
    free(listener);
}

bool tcp_listen(struct worker *worker, int fd, const struct dns_address *address)
{
    struct tcp_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return false;
    listener->worker = worker;
    listener->address = *address;
    listener->poll.data = listener;
    listener->fd = fd;
    if (uv_poll_init(&worker->loop, &listener->poll, fd) != 0) {
        free(listener);
        return false;
    }
    uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
    listener->next = worker->tcp->listeners;
    worker->tcp->listeners = listener;
    return true;
}

void tcp_retire(struct worker *worker, const struct endpoints *keep)
{
    struct tcp_listener **link = &worker->tcp->listeners;
    while (*link != NULL) {
        struct tcp_listener *listener = *link;
        if (keep != NULL && endpoints_find(keep, &listener->address) != SIZE_MAX) {
            link = &listener->next;
            continue;
        }
        *link = listener->next;
        uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
    }
}

void tcp_close(struct worker *worker)
{
    struct tcp *tcp = worker->tcp;
    tcp_retire(worker, NULL);
    while (tcp->connections != NULL) {
        tcp->connections->outstanding = 0;
        close_connection(tcp->connections);
    }
    uv_close((uv_handle_t *)&tcp->sweep, NULL);
    uv_close((uv_handle_t *)&tcp->pause, NULL);
}

void tcp_answer(struct worker *worker, struct client *client, const struct answer *answer)
{
    struct tcp_connection *connection = client->tcp;
    connection->outstanding--;
    if (connection->closing) {
        if (connection->closed && connection->outstanding == 0)
            free_connection(connection);
        return;
    }
    uint8_t *out = next_reply(connection);
    size_t length = request_answer(worker, client, answer, out, DNS_MESSAGE_MAX);
    if (worker->tapped)
        worker_tap_response(
            worker,
            &(struct tapped){&client->query, &connection->client, &connection->server, client->since, true},
            out, length);
    worker->counters.replies++;
    commit_reply(worker->tcp, length);
    if (connection->serving)
        return;
    tcp_flush(worker);
    adjust(connection);
}
