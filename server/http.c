#include "server/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/exposition.h"
#include "server/page.h"

enum { SWEEP = 1000 /* ms */, RUNS = 16, BACKLOG = 64 };

/* Who connected, until he is gone. */
struct visitor {
    struct visitor *next, **link;
    struct visitor *waiting; /* among those that wait for the workers */
    struct MHD_Connection *connection;
    uint64_t since;
};

struct channel {
    struct channel *next;
    struct http *http;
    struct dns_address address;
    struct MHD_Daemon *server;
    struct visitor *visitors;
    uv_poll_t poll;
    uv_timer_t timer;
    int socket;       /* until `server` has it; -1 then */
    unsigned handles; /* of the two that are not closed yet */
    bool closing;
};

struct http {
    struct daemon *daemon;
    struct channel *channels;
    struct visitor *waiting;
    bool asking; /* the workers */
    struct text metrics;
    char *json;
    uint64_t fresh; /* µs: when the workers were asked for these two; 0: never */
    char policy[PAGE_POLICY_MAX];
    char hostname[256];
};

/* -- who may ---------------------------------------------------------------------------------------- */

static bool is_address(const char *host, size_t length)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    struct dns_address address;
    if (length >= sizeof text)
        return false;
    memcpy(text, host, length);
    text[length] = '\0';
    return dns_address_from_text(text, 0, &address) == DNS_OK;
}

bool http_host_is_ours(const char *host, const char *hostname)
{
    if (host == NULL)
        return false;
    const char *bracket = host[0] == '[' ? strchr(host, ']') : NULL;
    const char *behind = bracket != NULL ? bracket + 1 : host + strcspn(host, ":");
    const char *first = bracket != NULL ? host + 1 : host;
    size_t length = (size_t)((bracket != NULL ? bracket : behind) - first);
    if (*behind == ':')
        behind += 1 + strspn(behind + 1, "0123456789");
    if (*behind != '\0')
        return false;
    if (length > 0 && is_address(first, length))
        return true;
    if (length > 1 && first[length - 1] == '.')
        length--;
    return (length == 9 && strncasecmp(first, "localhost", length) == 0) ||
           (length > 0 && strlen(hostname) == length && strncasecmp(first, hostname, length) == 0);
}

static const struct config_statistics_channel *configured(const struct config *config,
                                                          const struct dns_address *address)
{
    for (size_t i = 0; i < config->statistics_channel_count; i++)
        if (dns_address_equal(&config->statistics_channels[i].address, address))
            return &config->statistics_channels[i];
    return NULL;
}

static enum MHD_Result accepts(void *context, const struct sockaddr *from, socklen_t length)
{
    const struct channel *channel = context;
    const struct settings *settings = channel->http->daemon->settings;
    const struct config_statistics_channel *asked = configured(settings->config, &channel->address);
    struct dns_address client;
    (void)length;
    if (asked == NULL || !dns_address_from_sockaddr(from, &client))
        return MHD_NO;
    bool allowed = asked->allow != NULL ? acl_match(asked->allow, &client, &settings->interfaces.acl).allowed
                                        : dns_address_is_loopback(&client);
    return allowed ? MHD_YES : MHD_NO;
}

/* -- what they get ------------------------------------------------------------------------------------ */

static enum MHD_Result reply(const struct http *http, struct MHD_Connection *connection, unsigned status,
                             const char *type, const char *octets, size_t length, bool lasting)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        length, (void *)(uintptr_t)octets, lasting ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Type", type},
        {"Content-Security-Policy", http->policy},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
        {"Connection", "close"},
    };
    bool whole = true;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        whole = whole && MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_YES;
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        whole = whole && MHD_add_response_header(response, "Allow", "GET, HEAD") == MHD_YES;
    enum MHD_Result queued = whole ? MHD_queue_response(connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result complain(const struct http *http, struct MHD_Connection *connection, unsigned status,
                                const char *what)
{
    return reply(http, connection, status, "text/plain; charset=utf-8", what, strlen(what), true);
}

static void resume_all(struct http *http)
{
    struct visitor *visitor = http->waiting;
    http->waiting = NULL;
    for (; visitor != NULL; visitor = visitor->waiting)
        MHD_resume_connection(visitor->connection);
}

static void serve(struct channel *channel);

static void on_snapshot(void *context, const struct snapshot *snapshot)
{
    struct daemon *daemon = context;
    struct http *http = daemon->http;
    if (http == NULL)
        return;
    http->asking = false;
    text_free(&http->metrics);
    free(http->json);
    http->metrics = (struct text){0};
    exposition_write(&http->metrics, snapshot);
    json_t *json = page_json(snapshot, daemon);
    http->json = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    http->fresh = snapshot->taken;
    resume_all(http);
    for (struct channel *channel = http->channels; channel != NULL; channel = channel->next)
        serve(channel);
}

/* The figures, which are as of now or of a moment ago; else the client waits for them. */
static enum MHD_Result give_figures(struct http *http, struct visitor *visitor, bool json, bool waited)
{
    bool fresh = http->fresh != 0 && clock_now() - http->fresh < HTTP_FRESH;
    if (!fresh && !waited) {
        if (!http->asking && !snapshot_take(http->daemon, true, on_snapshot, http->daemon))
            return complain(http, visitor->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
        http->asking = true;
        visitor->waiting = http->waiting;
        http->waiting = visitor;
        MHD_suspend_connection(visitor->connection);
        return MHD_YES;
    }
    if (json ? http->json == NULL : http->metrics.failed || http->metrics.octets == NULL)
        return complain(http, visitor->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "no figures\n");
    if (json)
        return reply(http, visitor->connection, MHD_HTTP_OK, "application/json", http->json,
                     strlen(http->json), false);
    return reply(http, visitor->connection, MHD_HTTP_OK, EXPOSITION_TYPE, http->metrics.octets,
                 http->metrics.length, false);
}

static struct visitor *visitor_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data, size_t *length,
                              void **seen)
{
    struct channel *channel = context;
    struct http *http = channel->http;
    struct visitor *visitor = visitor_of(connection);
    bool waited = *seen != NULL;
    (void)version;
    (void)data;
    if (visitor == NULL)
        return MHD_NO;
    if (*length >
        0) /* no method we know has a body: what comes is not looked at, and the answer is the last */
        *length = 0;
    *seen = visitor;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return complain(http, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
    if (!http_host_is_ours(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"), http->hostname))
        return complain(http, connection, MHD_HTTP_MISDIRECTED_REQUEST,
                        "The Host header names neither an address, nor localhost, nor this host.\n");
    if (strcmp(url, "/") == 0)
        return reply(http, connection, MHD_HTTP_OK, "text/html; charset=utf-8", page_html, page_html_length,
                     true);
    if (strcmp(url, "/metrics") == 0 || strcmp(url, "/json") == 0)
        return give_figures(http, visitor, url[1] == 'j', waited);
    return complain(http, connection, MHD_HTTP_NOT_FOUND, "There are /, /json and /metrics.\n");
}

static void on_visitor(void *context, struct MHD_Connection *connection, void **socket_context,
                       enum MHD_ConnectionNotificationCode code)
{
    struct channel *channel = context;
    struct visitor *visitor = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        visitor = calloc(1, sizeof *visitor);
        *socket_context = visitor;
        if (visitor == NULL)
            return; /* handle() says no */
        visitor->connection = connection;
        visitor->since = clock_now();
        visitor->next = channel->visitors;
        visitor->link = &channel->visitors;
        if (visitor->next != NULL)
            visitor->next->link = &visitor->next;
        channel->visitors = visitor;
    } else if (visitor != NULL) {
        *visitor->link = visitor->next;
        if (visitor->next != NULL)
            visitor->next->link = visitor->link;
        free(visitor);
        *socket_context = NULL;
    }
}

/* -- on the loop -------------------------------------------------------------------------------------- */

/* libmicrohttpd's own limit is on silence: who sends an octet now and then would stay for ever. */
static void hurry(struct channel *channel)
{
    uint64_t now = clock_now();
    for (struct visitor *visitor = channel->visitors; visitor != NULL; visitor = visitor->next) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(visitor->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info != NULL && now - visitor->since > (uint64_t)HTTP_TIME * 1000000)
            shutdown(info->connect_fd, SHUT_RDWR);
    }
}

static void on_timer(uv_timer_t *timer)
{
    serve(timer->data);
}

static void serve(struct channel *channel)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;
    if (channel->closing)
        return;
    hurry(channel);
    for (int run = 0; run < RUNS; run++) {
        MHD_run(channel->server);
        if (MHD_get_timeout(channel->server, &wait) != MHD_YES || wait > 0)
            break;
        wait = 1;
    }
    if (channel->visitors == NULL)
        uv_timer_stop(&channel->timer);
    else
        uv_timer_start(&channel->timer, on_timer, wait > 0 && wait < SWEEP ? wait : SWEEP, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    serve(poll->data);
}

static bool start(struct channel *channel)
{
    struct http *http = channel->http;
    channel->server = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, accepts, channel, handle, channel,
        MHD_OPTION_LISTEN_SOCKET, channel->socket, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTP_PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_TIME, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY,
        MHD_OPTION_NOTIFY_CONNECTION, on_visitor, channel, MHD_OPTION_END);
    if (channel->server == NULL)
        return false;
    channel->socket = -1;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(channel->server, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || uv_poll_init(&http->daemon->loop, &channel->poll, info->epoll_fd) != 0) {
        MHD_stop_daemon(channel->server);
        channel->server = NULL;
        return false;
    }
    uv_timer_init(&http->daemon->loop, &channel->timer);
    channel->poll.data = channel->timer.data = channel;
    channel->handles = 2;
    uv_poll_start(&channel->poll, UV_READABLE, on_readable);
    return true;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct channel *channel = handle->data;
    if (--channel->handles == 0)
        free(channel);
}

/* Whoever waits for the workers is let go: the server must have nobody suspended when it stops. */
static void close_channel(struct channel *channel)
{
    if (channel->socket >= 0)
        close(channel->socket);
    if (channel->server == NULL) {
        free(channel);
        return;
    }
    resume_all(channel->http);
    channel->closing = true;
    uv_poll_stop(&channel->poll);
    MHD_stop_daemon(channel->server);
    uv_close((uv_handle_t *)&channel->poll, on_handle_closed);
    uv_close((uv_handle_t *)&channel->timer, on_handle_closed);
}

/* -- its life ----------------------------------------------------------------------------------------- */

static int listen_at(const struct dns_address *address)
{
    struct sockaddr_storage at;
    int on = 1;
    socklen_t length = dns_address_to_sockaddr(address, &at);
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->family == 6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, length) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static const char *remedy(int why)
{
    return why == EADDRINUSE      ? "another program has this port: stop it, or choose another port"
           : why == EACCES        ? "ports below 1024 need root at the start: choose a port above"
           : why == EADDRNOTAVAIL ? "this host has no such address: change inet"
                                  : "change or remove the statement";
}

static bool add(struct http *http, const struct config_statistics_channel *from, settings_say *say,
                void *context)
{
    char line[512], text[DNS_ADDRESS_TEXT_MAX];
    struct channel *channel = calloc(1, sizeof *channel);
    int why = ENOMEM;
    if (channel != NULL) {
        *channel = (struct channel){.http = http, .address = from->address};
        channel->socket = listen_at(&from->address);
        why = errno;
        if (channel->socket >= 0) {
            channel->next = http->channels;
            http->channels = channel;
            return true;
        }
    }
    free(channel);
    snprintf(line, sizeof line, "%.250s:%u: statistics-channels: cannot listen on %s (TCP): %s; %s",
             from->place.file, from->place.line, dns_address_to_text(&from->address, text), strerror(why),
             remedy(why));
    say(context, line);
    return false;
}

struct http *http_create(struct daemon *daemon, settings_say *say, void *context)
{
    const struct config *config = daemon->settings->config;
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        say(context, "out of memory");
        return NULL;
    }
    http->daemon = daemon;
    page_policy(http->policy);
    if (gethostname(http->hostname, sizeof http->hostname - 1) != 0)
        http->hostname[0] = '\0';
    for (size_t i = 0; i < config->statistics_channel_count; i++)
        if (!add(http, &config->statistics_channels[i], say, context)) {
            http_close(http);
            http_destroy(http);
            return NULL;
        }
    return http;
}

bool http_start(struct http *http)
{
    for (struct channel *channel = http->channels; channel != NULL; channel = channel->next)
        if (channel->server == NULL && !start(channel))
            return false;
    return true;
}

static bool has(const struct http *http, const struct dns_address *address)
{
    for (const struct channel *channel = http->channels; channel != NULL; channel = channel->next)
        if (dns_address_equal(&channel->address, address))
            return true;
    return false;
}

void http_configure(struct http *http, settings_say *warn, void *context)
{
    const struct config *config = http->daemon->settings->config;
    for (struct channel **link = &http->channels; *link != NULL;) {
        struct channel *channel = *link;
        if (configured(config, &channel->address) != NULL) {
            link = &channel->next;
            continue;
        }
        *link = channel->next;
        close_channel(channel);
    }
    for (size_t i = 0; i < config->statistics_channel_count; i++)
        if (!has(http, &config->statistics_channels[i].address))
            add(http, &config->statistics_channels[i], warn, context);
    if (!http_start(http))
        warn(context, "statistics-channels: out of memory");
}

void http_close(struct http *http)
{
    while (http->channels != NULL) {
        struct channel *channel = http->channels;
        http->channels = channel->next;
        close_channel(channel);
    }
}

void http_destroy(struct http *http)
{
    text_free(&http->metrics);
    free(http->json);
    free(http);
}
