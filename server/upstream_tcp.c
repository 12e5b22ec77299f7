/* Exchanges over TCP, a connection for each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/framing.h"
#include "server/tcp.h"
#include "server/upstream.h"

struct connection {
    struct connection *next;
    struct upstream_tcp *tcp;
    uint64_t exchange;
    struct dns_address server;
    uv_tcp_t handle;
    uv_connect_t connect;
    uv_write_t write;
    struct framing framing;
    size_t query_length;
    uint8_t *query; /* with the two octets of its length */
    uint8_t answer[DNS_MESSAGE_MAX];
};

struct upstream_tcp {
    struct worker *worker;
    struct connection *connections;
    unsigned count;
    uint8_t read[DNS_MESSAGE_MAX];
};

struct upstream_tcp *upstream_tcp_create(struct worker *worker)
{
    struct upstream_tcp *tcp = calloc(1, sizeof *tcp);
    if (tcp != NULL)
        tcp->worker = worker;
    return tcp;
}

void upstream_tcp_destroy(struct upstream_tcp *tcp)
{
    free(tcp);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    free(connection->query);
    free(connection);
}

bool upstream_tcp_over(struct upstream_tcp *tcp, uint64_t exchange)
{
    for (struct connection **link = &tcp->connections; *link != NULL; link = &(*link)->next) {
        struct connection *connection = *link;
        if (connection->exchange != exchange)
            continue;
        *link = connection->next;
        tcp->count--;
        connection->exchange = 0;
        uv_close((uv_handle_t *)&connection->handle, on_closed);
        return true;
    }
    return false;
}

void upstream_tcp_close(struct upstream_tcp *tcp)
{
    while (tcp->connections != NULL)
        upstream_tcp_over(tcp, tcp->connections->exchange);
}

static enum failure failure_of(int status)
{
    switch (status) {
    case UV_ECONNREFUSED:
        return FAILURE_REFUSED;
    case UV_EOF:
    case UV_ECONNRESET:
    case UV_EPIPE:
        return FAILURE_CLOSED;
    case UV_EMFILE:
    case UV_ENFILE:
    case UV_ENOMEM:
        return FAILURE_RESOURCES;
    default:
        return FAILURE_UNREACHABLE;
    }
}

static void fail(struct connection *connection, int status)
{
    struct worker *worker = connection->tcp->worker;
    uint64_t exchange = connection->exchange;
    if (exchange == 0)
        return;
    worker_read_clock(worker);
    worker->counters.upstream_errors++;
    upstream_tcp_over(connection->tcp, exchange);
    engine_failed(worker->engine, worker->now, exchange, failure_of(status));
    worker_drain(worker);
    worker_finish(worker);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct connection *connection = handle->data;
    (void)suggested;
    *buffer = uv_buf_init((char *)connection->tcp->read, sizeof connection->tcp->read);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    struct worker *worker = connection->tcp->worker;
    const uint8_t *data = (const uint8_t *)buffer->base;
    size_t left = length > 0 ? (size_t)length : 0;
    if (length < 0) {
        fail(connection, (int)length);
        return;
    }
    worker_read_clock(worker);
    /* The engine may end the exchange with any message; then the rest is of no interest. */
    while (connection->exchange != 0 && left > 0) {
        enum framing_found found = framing_next(&connection->framing, &data, &left);
        if (found == FRAMING_MORE)
            break;
        if (found == FRAMING_WRONG) {
            fail(connection, UV_ECONNRESET);
            return;
        }
        struct packet packet = {.exchange = connection->exchange,
                                .from = connection->server,
                                .transport = TRANSPORT_TCP,
                                .wire = connection->framing.buffer,
                                .length = connection->framing.length};
        worker_receive(worker, &packet);
    }
    worker_finish(worker);
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->handle->data;
    if (status < 0 && status != UV_ECANCELED)
        fail(connection, status);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct connection *connection = connect->handle->data;
    if (connection->exchange == 0)
        return;
    if (status < 0) {
        fail(connection, status);
        return;
    }
    uv_buf_t buffer = uv_buf_init((char *)connection->query, (unsigned)connection->query_length);
    int written = uv_write(&connection->write, connect->handle, &buffer, 1, on_written);
    if (written == 0)
        written = uv_read_start(connect->handle, allocate, on_read);
    if (written != 0)
        fail(connection, written);
}

static struct connection *make(struct upstream_tcp *tcp, const struct effect *effect)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->query_length = effect->length + 2;
    connection->query = malloc(connection->query_length);
    if (connection->query == NULL) {
        free(connection);
        return NULL;
    }
    connection->query[0] = (uint8_t)(effect->length >> 8);
    connection->query[1] = (uint8_t)effect->length;
    memcpy(connection->query + 2, effect->wire, effect->length);
    connection->tcp = tcp;
    connection->exchange = effect->exchange;
    connection->server = effect->server;
    connection->handle.data = connection;
    framing_start(&connection->framing, connection->answer, sizeof connection->answer);
    return connection;
}

static int start(struct connection *connection)
{
    struct worker *worker = connection->tcp->worker;
    const struct config *config = worker->settings->config;
    struct sockaddr_storage address;
    const struct dns_address *source =
        connection->server.family == 6 ? &config->query_source_v6 : &config->query_source;
    int status = 0;
    if (source->family != 0) {
        struct dns_address any_port = *source;
        any_port.port = 0;
        dns_address_to_sockaddr(&any_port, &address);
        status = uv_tcp_bind(&connection->handle, (struct sockaddr *)&address, 0);
    }
    if (status != 0)
        return status;
    uv_tcp_nodelay(&connection->handle, 1);
    dns_address_to_sockaddr(&connection->server, &address);
    return uv_tcp_connect(&connection->connect, &connection->handle, (struct sockaddr *)&address,
                          on_connected);
}

bool upstream_tcp_send(struct upstream_tcp *tcp, const struct effect *effect, enum failure *failure)
{
    struct connection *connection = NULL;
    if (tcp->count < UPSTREAM_TCP_MOST)
        connection = make(tcp, effect);
    if (connection == NULL) {
        *failure = FAILURE_RESOURCES;
        return false;
    }
    uv_tcp_init(&tcp->worker->loop, &connection->handle);
    connection->next = tcp->connections;
    tcp->connections = connection;
    tcp->count++;
    int status = start(connection);
    if (status == 0)
        return true;
    if (status == UV_EMFILE || status == UV_ENFILE)
        tcp_shed(tcp->worker);
    upstream_tcp_over(tcp, effect->exchange);
    *failure = failure_of(status);
    return false;
}
