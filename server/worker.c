#include "server/worker.h"

#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "dns/builder.h"
#include "dns/octets.h"
#include "dnssec/workspace.h"
#include "server/loop.h"
#include "server/signed.h"
#include "server/tcp.h"
#include "server/trace.h"
#include "server/udp.h"
#include "server/upstream.h"

static struct engine_options engine_options_for(struct worker *worker)
{
    struct engine_options options = settings_engine(worker->settings);
    options.cache = worker->shared->cache;
    options.random = random_fill;
    options.random_context = &worker->random;
    options.journal = true;
    if (worker->shared->trace)
        options.events = (struct event_sink){trace_event, trace_tag(worker->number, worker->shared->workers)};
    if (worker->shared->capture != NULL)
        capture_attach(worker->shared->capture, &options);
    return options;
}

/* -- clients that wait ------------------------------------------------------------------------- */

static void tell_client_limit(struct worker *worker, const struct dns_address *address,
                              enum waiting_verdict verdict)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    if (verdict == WAITING_FULL)
        log_limited(worker->shared->log, LOG_KIND_CLIENT_LIMIT, worker->now, CONFIG_CATEGORY_CLIENT,
                    CONFIG_WARNING, "%u questions wait for answers: no more are taken (recursive-clients)",
                    waiting_now(worker->shared->waiting));
    else
        log_limited(worker->shared->log, LOG_KIND_CLIENT_LIMIT, worker->now, CONFIG_CATEGORY_CLIENT,
                    CONFIG_WARNING, "client %s: too many of its questions wait for answers (%d, over TCP %d)",
                    dns_address_to_text(address, text), WAITING_PER_CLIENT_UDP, WAITING_PER_CLIENT);
}

static struct client *make_client(struct worker *worker)
{
    struct client *client = malloc(sizeof *client);
    if (client == NULL)
        return NULL;
    client->home = worker;
    client->relayed = NULL;
    client->asked = NULL;
    client->signing = NULL;
    client->other = worker->all_clients;
    worker->all_clients = client;
    return client;
}

struct client *worker_client(struct worker *worker, const struct dns_address *address, bool tcp)
{
    struct waiting *waiting = worker->shared->waiting;
    unsigned place;
    if (worker->stopping)
        return NULL;
    enum waiting_verdict verdict = waiting_take(waiting, address, tcp, &place);
    if (verdict != WAITING_TAKEN) {
        worker->counters.clients_rejected++;
        tell_client_limit(worker, address, verdict);
        return NULL;
    }
    struct client *client = worker->free_clients;
    if (client != NULL)
        worker->free_clients = client->next;
    else
        client = make_client(worker);
    if (client == NULL) {
        waiting_give(waiting, place);
        return NULL;
    }
    client->place = place;
    client->since = worker->now;
    worker->metrics.asked++;
    client->address = *address;
    worker->counters.clients_now++;
    return client;
}

static void release_client(struct worker *worker, struct client *client)
{
    signing_free(client->signing);
    client->signing = NULL;
    client->udp = NULL;
    client->tcp = NULL;
    client->next = worker->free_clients;
    worker->free_clients = client;
    worker->counters.clients_now--;
    waiting_give(worker->shared->waiting, client->place);
}

/* -- the engine -------------------------------------------------------------------------------- */

/* The engine has not taken the question. Where very many ask the same, those over UDP are most likely one,
   or somebody else in their names: they get nothing, and who is in earnest asks again. */
static void turn_away(struct worker *worker, struct client *client)
{
    uint8_t wire[DNS_HEADER_SIZE + DNS_NAME_MAX + 4];
    struct answer answer;
    bool crowded = client->taken == ENGINE_CROWDED;
    if (crowded)
        worker->counters.clients_crowded++;
    else
        worker->counters.clients_rejected++;
    if (crowded && client->udp != NULL) {
        udp_release(client->udp);
        release_client(worker, client);
        return;
    }
    answer_start(&answer, wire, sizeof wire, dns_name_view(&client->query.qname), client->query.qtype, false);
    answer_fail(&answer, DNS_RCODE_SERVFAIL, DNS_EDE_OTHER,
                crowded ? "too many wait for this answer already (clients-per-query)"
                        : "too many questions are being resolved");
    worker_answer(worker, client, &answer);
}

/* To the main thread: a message with its header, or nothing. */
static void answer_message(struct worker *worker, struct client *client, const struct answer *answer)
{
    struct message *message = client->asked;
    client->asked = NULL;
    client->next = worker->free_clients;
    worker->free_clients = client;
    bool whole = answer != NULL && answer->rcode == DNS_RCODE_NOERROR;
    message->wire = whole ? malloc(answer->length) : NULL;
    if (message->wire != NULL) {
        message->length = answer->length;
        memcpy(message->wire, answer->wire, answer->length);
        memset(message->wire, 0, DNS_HEADER_SIZE);
        put16(message->wire + 2, DNS_FLAG_QR);
        put16(message->wire + 4, 1);
        for (unsigned i = 0; i < DNS_SECTIONS; i++)
            put16(message->wire + 6 + 2 * (size_t)i, answer->count[i]);
    }
    atomic_store_explicit(&message->handled, true, memory_order_release);
    uv_async_send(worker->shared->done);
}

/* Signatures are good for days: what the wall clock says is looked at once a second. */
void worker_read_wall_clock(struct worker *worker)
{
    worker->wall_clock_due = worker->now + 1000000;
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    worker->wall_clock = (uint64_t)wall.tv_sec;
    worker->wall_offset = (uint64_t)wall.tv_sec * 1000000 + (uint64_t)wall.tv_nsec / 1000 - worker->now;
    if (worker->engine != NULL)
        engine_set_clock(worker->engine, worker->now, worker->wall_clock);
}

void worker_answer(struct worker *worker, struct client *client, const struct answer *answer)
{
    if (client->asked != NULL) {
        answer_message(worker, client, answer);
        return;
    }
    if (client->home != worker) {
        relay_answer(client, answer);
        return;
    }
    if (answer == NULL) {
        turn_away(worker, client);
        return;
    }
    histogram_add(&worker->metrics.walk, worker->now - client->since, 1);
    if (client->udp != NULL)
        udp_answer(worker, client, answer);
    else
        tcp_answer(worker, client, answer);
    release_client(worker, client);
}

/* Which line of the configuration let the client ask. False: it is a question of our own. */
static bool explain_access(const struct worker *worker, const struct client *client, struct event *access)
{
    const struct config *config = worker->settings->config;
    if (client->asked != NULL || config->allow_recursion == NULL)
        return false;
    struct acl_verdict verdict = acl_match_signed(config->allow_recursion, &client->address,
                                                  &worker->settings->interfaces.acl, client->key);
    access->text = "allow-recursion";
    access->address = client->address;
    access->flags = verdict.allowed ? EVENT_GOOD : 0;
    access->place = verdict.file;
    access->count = verdict.line;
    return true;
}

void worker_walk(struct worker *worker, struct client *client)
{
    struct event access = {.kind = EVENT_ACCESS};
    struct question question = {
        .notes = &access,
        .note_count = explain_access(worker, client, &access) ? 1 : 0,
        .name = dns_name_view(&client->query.qname),
        .type = client->query.qtype,
        .checking_disabled = client->query.checking_disabled,
        .client = client,
    };
    if (client->asked != NULL) {
        question.notes = client->asked->notes;
        question.note_count = client->asked->note_count;
    }
    client->taken = engine_ask(worker->engine, worker->now, &question);
    if (client->taken != ENGINE_TAKEN)
        worker_answer(worker, client, NULL);
    worker_drain(worker);
}

void worker_ask(struct worker *worker, struct client *client)
{
    if (!relay_ask(worker, client))
        worker_walk(worker, client);
}

static void note_failure(struct worker *worker, const struct query *query, const struct answer *answer)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], reason[ANSWER_EDE_TEXT];
    struct failure_noted *noted = &worker->failure_noted;
    struct dns_name qname = dns_name_view(&query->qname);
    if (noted->at == worker->now && noted->type == query->qtype &&
        dns_name_equal(dns_name_view(&noted->name), qname))
        return;
    noted->name = query->qname;
    noted->type = query->qtype;
    noted->at = worker->now;
    log_limited(worker->shared->log, LOG_KIND_FAILURE, worker->now, CONFIG_CATEGORY_RESOLVER, CONFIG_NOTICE,
                "failed: %s %s: %s", dns_name_to_text(qname, name), dns_type_to_text(query->qtype, type),
                answer_reason(answer, sizeof reason - 1, reason)[0] != '\0'
                    ? reason
                    : "no usable answer from any server");
}

static void record(struct worker *worker, const struct effect *effect)
{
    const struct client *client = effect->client;
    recorder_write(worker->shared->recorder, &(struct recorder_note){
                                                 .at = worker->wall_clock,
                                                 .client = client->asked == NULL ? &client->address : NULL,
                                                 .name = dns_name_view(&client->query.qname),
                                                 .type = client->query.qtype,
                                                 .effect = effect,
                                             });
}

/* Who watches a probe sees for himself. */
static void note_answer(struct worker *worker, const struct effect *effect)
{
    if (effect->culprit->id != 0)
        record(worker, effect);
    if (effect->answer->rcode == DNS_RCODE_SERVFAIL)
        note_failure(worker, &((const struct client *)effect->client)->query, effect->answer);
}

static void note_sent(struct worker *worker, struct dns_name zone, const struct dns_address *server)
{
    struct dns_name_buffer lower;
    uint8_t key[18];
    size_t size = dns_address_size(server);
    memcpy(key, server->octets, size);
    put16(key + size, server->port);
    top_note(&worker->sampler.top[TOP_SERVERS], key, size + 2, 1, worker->now);
    dns_name_copy_lower(&lower, zone);
    top_note(&worker->sampler.top[TOP_ZONES], lower.wire, lower.length, 1, worker->now);
}

static void tap_sent(struct worker *worker, const struct effect *effect)
{
    dnstap_write(worker, &(struct dnstap_event){
                             .kind = CONFIG_DNSTAP_RESOLVER_QUERY,
                             .tcp = effect->transport == TRANSPORT_TCP,
                             .answerer = &effect->server,
                             .wire = effect->wire,
                             .length = effect->length,
                             .zone = effect->zone,
                             .asked = worker->now,
                         });
}

void worker_receive(struct worker *worker, const struct packet *packet)
{
    if (worker->dnstap != NULL)
        dnstap_write(worker, &(struct dnstap_event){
                                 .kind = CONFIG_DNSTAP_RESOLVER_RESPONSE,
                                 .tcp = packet->transport == TRANSPORT_TCP,
                                 .answerer = &packet->from,
                                 .wire = packet->wire,
                                 .length = packet->length,
                                 .answered = worker->now,
                             });
    engine_receive(worker->engine, worker->now, packet);
    worker_drain(worker);
}

void worker_tap_query(struct worker *worker, const struct request *request, const uint8_t *wire,
                      size_t length)
{
    if (worker->dnstap == NULL)
        return;
    dnstap_write(worker, &(struct dnstap_event){
                             .kind = CONFIG_DNSTAP_CLIENT_QUERY,
                             .tcp = request->tcp,
                             .asker = &request->client,
                             .answerer = request->server,
                             .wire = wire,
                             .length = length,
                             .asked = worker->now,
                         });
}

/* The clock is read once more: the batch's is of before the cache was looked into. */
static void watch(struct worker *worker, const struct tapped *tapped, size_t length)
{
    const struct query *query = tapped->query;
    uint64_t now = clock_now();
    struct watched watched = {
        .at = now,
        .took = now - tapped->since,
        .client = *tapped->client,
        .type = query->qtype,
        .rcode = worker->said.rcode,
        .ede = worker->said.ede,
        .source = (uint8_t)worker->said.source,
        .length = (uint16_t)length,
        .tcp = tapped->tcp,
    };
    if (query->question)
        watched.name = query->qname;
    watch_write(worker->ring, worker->filters, &watched);
}

void worker_tap_response(struct worker *worker, const struct tapped *tapped, const uint8_t *wire,
                         size_t length)
{
    if (worker->ring != NULL)
        watch(worker, tapped, length);
    if (worker->dnstap == NULL)
        return;
    dnstap_write(worker, &(struct dnstap_event){
                             .kind = CONFIG_DNSTAP_CLIENT_RESPONSE,
                             .tcp = tapped->tcp,
                             .asker = tapped->client,
                             .answerer = tapped->server,
                             .wire = wire,
                             .length = length,
                             .asked = tapped->since,
                             .answered = worker->now,
                         });
}

static void carry_out(struct worker *worker, const struct effect *effect)
{
    enum failure failure;
    switch (effect->kind) {
    case EFFECT_SEND:
        note_sent(worker, effect->zone, &effect->server);
        if (!upstream_send(worker->upstream, effect, &failure))
            engine_failed(worker->engine, worker->now, effect->exchange, failure);
        else if (worker->dnstap != NULL)
            tap_sent(worker, effect);
        break;
    case EFFECT_OVER:
        upstream_over(worker->upstream, effect->exchange);
        break;
    case EFFECT_ANSWER:
        if (worker->shared->capture == NULL)
            note_answer(worker, effect);
        worker_answer(worker, effect->client, effect->answer);
        break;
    }
}

void worker_drain(struct worker *worker)
{
    struct effect effect;
    /* An answer over TCP can make room for the next question of its connection: the loop that is
       running already takes the effects of that one. */
    if (worker->draining)
        return;
    worker->draining = true;
    while (engine_next(worker->engine, &effect))
        carry_out(worker, &effect);
    worker->draining = false;
}

static void on_timer(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    worker->due = UINT64_MAX;
    worker_read_clock(worker);
    engine_wake(worker->engine, worker->now);
    worker_drain(worker);
    worker_finish(worker);
}

static void set_timer(struct worker *worker)
{
    uint64_t due = engine_deadline(worker->engine);
    if (due == worker->due)
        return;
    /* A timer that fires early finds nothing to do and is set anew: cheaper than moving it each time. */
    if (due > worker->due && worker->due > worker->now)
        return;
    worker->due = due;
    if (due == UINT64_MAX) {
        uv_timer_stop(&worker->timer);
        return;
    }
    uint64_t wait = due > worker->now ? (due - worker->now + 999) / 1000 : 0;
    uv_timer_start(&worker->timer, on_timer, wait, 0);
}

void worker_finish(struct worker *worker)
{
    udp_flush(worker);
    tcp_flush(worker);
    set_timer(worker);
}

/* named's form, for the tools that read it. */
void worker_log_query(struct worker *worker, const struct request *request)
{
    char client[DNS_ADDRESS_TEXT_MAX], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], class[16];
    char server[DNS_ADDRESS_TEXT_MAX];
    const struct query *query = &request->query;
    struct dns_address local = *request->server;
    local.port = 0;
    dns_name_to_text(dns_name_view(&query->qname), name);
    size_t length = strlen(name);
    if (length > 1 && name[length - 1] == '.')
        name[length - 1] = '\0';
    if (query->qclass == DNS_CLASS_IN || query->qclass == DNS_CLASS_CH)
        snprintf(class, sizeof class, "%s", query->qclass == DNS_CLASS_IN ? "IN" : "CH");
    else
        snprintf(class, sizeof class, "CLASS%u", query->qclass);
    log_write(worker->shared->log, CONFIG_CATEGORY_QUERIES, CONFIG_INFO,
              "client %s (%s): query: %s %s %s %s%s%s%s%s (%s)",
              dns_address_to_text(&request->client, client), name, name, class,
              dns_type_to_text(query->qtype, type), query->recursion_desired ? "+" : "-",
              query->edns ? "E(0)" : "", request->tcp ? "T" : "", query->dnssec_ok ? "D" : "",
              query->checking_disabled ? "C" : "", dns_address_to_text(&local, server));
}

/* -- messages ---------------------------------------------------------------------------------- */

/* False: there was no memory for some of them, which stay where they are. */
static bool take_sockets(struct worker *worker, struct endpoints *endpoints)
{
    bool all = true;
    for (size_t i = 0; i < endpoints->count; i++) {
        struct endpoint *endpoint = &endpoints->list[i];
        int *udp = &endpoint->udp[worker->number], *tcp = &endpoint->tcp[worker->number];
        if (*udp >= 0 && udp_listen(worker, *udp, &endpoint->address))
            *udp = -1;
        if (*tcp >= 0 && tcp_listen(worker, *tcp, &endpoint->address))
            *tcp = -1;
        all = all && *udp < 0 && *tcp < 0;
    }
    return all;
}

/* The engine points into its settings: where it cannot take the new ones, the old ones stay. */
static void swap_settings(struct worker *worker, struct message *message)
{
    struct settings *old = worker->settings;
    worker->settings = message->settings;
    message->settings = NULL;
    struct engine_options options = engine_options_for(worker);
    if (engine_configure(worker->engine, &options)) {
        settings_release(old);
        return;
    }
    settings_release(worker->settings);
    worker->settings = old;
    log_write(worker->shared->log, CONFIG_CATEGORY_CONFIG, CONFIG_ERROR,
              "worker %u: out of memory: it serves by the old configuration", worker->number);
}

static void take_settings(struct worker *worker, struct message *message)
{
    swap_settings(worker, message);
    worker->dnstap = message->dnstap;
    worker->tapped = worker->dnstap != NULL || worker->ring != NULL;
    access_forget(&worker->access);
    upstream_configure(worker->upstream);
    if (!take_sockets(worker, message->endpoints))
        log_write(worker->shared->log, CONFIG_CATEGORY_NETWORK, CONFIG_ERROR,
                  "worker %u: out of memory: it does not listen on all new addresses; restart",
                  worker->number);
    udp_retire(worker, message->endpoints);
    tcp_retire(worker, message->endpoints);
}

static void ask_for_message(struct worker *worker, struct message *message)
{
    struct client *client = worker->free_clients;
    if (worker->stopping)
        client = NULL;
    else if (client != NULL)
        worker->free_clients = client->next;
    else
        client = make_client(worker);
    if (client == NULL) {
        atomic_store_explicit(&message->handled, true, memory_order_release);
        return;
    }
    client->asked = message;
    client->udp = NULL;
    client->tcp = NULL;
    client->query = (struct query){.qname = message->name,
                                   .qtype = message->type,
                                   .qclass = DNS_CLASS_IN,
                                   .recursion_desired = true,
                                   .dnssec_ok = true,
                                   .checking_disabled = message->checking_disabled};
    worker_walk(worker, client);
    worker_finish(worker);
}

/* Their questions will not be walked to the end: who is told so asks elsewhere at once. The engines, this
   one or another worker's, keep the clients; whatever they come to is not looked at any more. */
static void answer_who_waits(struct worker *worker)
{
    uint8_t wire[DNS_HEADER_SIZE + DNS_NAME_MAX + 4];
    struct answer answer;
    unsigned count = 0;
    worker->stopping = true;
    for (struct client *client = worker->all_clients; client != NULL; client = client->other) {
        if (client->asked != NULL)
            answer_message(worker, client, NULL);
        if (client->udp == NULL && client->tcp == NULL)
            continue;
        answer_start(&answer, wire, sizeof wire, dns_name_view(&client->query.qname), client->query.qtype,
                     false);
        answer_fail(&answer, DNS_RCODE_SERVFAIL, DNS_EDE_NOT_READY, "the resolver is stopping");
        if (client->udp != NULL)
            udp_answer(worker, client, &answer);
        else
            tcp_answer(worker, client, &answer);
        client->udp = NULL;
        client->tcp = NULL;
        count++;
    }
    udp_flush(worker);
    if (count > 0)
        log_write(worker->shared->log, CONFIG_CATEGORY_CLIENT, CONFIG_INFO,
                  "stopping: %u %s told that %s will not be resolved", count,
                  count == 1 ? "client was" : "clients were",
                  count == 1 ? "its question" : "their questions");
}

static void stop(struct worker *worker)
{
    answer_who_waits(worker);
    udp_close(worker);
    tcp_close(worker);
    upstream_close(worker->upstream);
    uv_close((uv_handle_t *)&worker->timer, NULL);
    uv_close((uv_handle_t *)&worker->wakeup, NULL);
    relay_close(worker);
}

static void list_walks(struct worker *worker, struct message *message)
{
    struct engine_statistics now;
    engine_get_statistics(worker->engine, &now);
    message->walks = now.walks_now > 0 ? calloc(now.walks_now, sizeof *message->walks) : NULL;
    if (message->walks != NULL)
        message->walk_count = engine_walks(worker->engine, worker->now, message->walks, now.walks_now);
}

static void handle(struct worker *worker, struct message *message)
{
    worker_read_clock(worker);
    switch (message->kind) {
    case MESSAGE_SETTINGS:
        take_settings(worker, message);
        break;
    case MESSAGE_TRUST:
        swap_settings(worker, message);
        break;
    case MESSAGE_ASK:
        ask_for_message(worker, message); /* the message may be gone now */
        uv_async_send(worker->shared->done);
        return;
    case MESSAGE_STATISTICS:
        message->counters = worker->counters;
        message->metrics = worker->metrics;
        engine_get_statistics(worker->engine, &message->engine);
        if (message->top != NULL)
            memcpy(message->top, worker->sampler.top, sizeof worker->sampler.top);
        break;
    case MESSAGE_WALKS:
        list_walks(worker, message);
        break;
    case MESSAGE_WATCH:
        worker->ring = message->ring;
        worker->filters = message->filters;
        worker->tapped = worker->dnstap != NULL || worker->ring != NULL;
        break;
    case MESSAGE_NOTHING:
        break;
    case MESSAGE_STOP:
        stop(worker);
        break;
    }
    atomic_store_explicit(&message->handled, true, memory_order_release);
    uv_async_send(worker->shared->done);
}

static void on_wakeup(uv_async_t *async)
{
    struct worker *worker = async->data;
    pthread_mutex_lock(&worker->lock);
    struct message *message = worker->inbox;
    worker->inbox = NULL;
    worker->inbox_end = &worker->inbox;
    pthread_mutex_unlock(&worker->lock);
    while (message != NULL) {
        struct message *next = message->next;
        handle(worker, message);
        message = next;
    }
}

void worker_post(struct worker *worker, struct message *message)
{
    message->next = NULL;
    atomic_init(&message->handled, false);
    pthread_mutex_lock(&worker->lock);
    *worker->inbox_end = message;
    worker->inbox_end = &message->next;
    pthread_mutex_unlock(&worker->lock);
    uv_async_send(&worker->wakeup);
}

/* -- its life ---------------------------------------------------------------------------------- */

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void worker_abandon(struct worker *worker)
{
    uv_walk(&worker->loop, close_handle, NULL);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    worker_destroy(worker);
}

struct worker *worker_create(unsigned number, struct shared *shared, struct settings *settings,
                             struct endpoints *endpoints)
{
    struct worker *worker = aligned_alloc(CACHE_LINE, sizeof *worker);
    if (worker == NULL) {
        settings_release(settings);
        return NULL;
    }
    memset(worker, 0, sizeof *worker);
    worker->number = number;
    worker->shared = shared;
    worker->settings = settings;
    worker->dnstap = shared->dnstap;
    worker->tapped = worker->dnstap != NULL;
    worker->due = UINT64_MAX;
    worker->inbox_end = &worker->inbox;
    worker->sampler.state = shared->seed + number;
    for (unsigned i = 0; i < TOPS; i++)
        worker->sampler.top[i].seed = shared->seed;
    worker->sampler.every = 1;
    worker_read_clock(worker);
    sampler_draw(&worker->sampler, worker->now);
    if (!loop_open(&worker->loop)) {
        settings_release(settings);
        free(worker);
        return NULL;
    }
    pthread_mutex_init(&worker->lock, NULL);
    uv_timer_init(&worker->loop, &worker->timer);
    worker->wakeup.data = worker->timer.data = worker;
    bool hearing = uv_async_init(&worker->loop, &worker->wakeup, on_wakeup) == 0 && relay_open(worker);
    struct engine_options options = engine_options_for(worker);
    worker->engine = engine_create(&options);
    worker_read_wall_clock(worker);
    worker->workspace = dnssec_workspace_new();
    worker->udp = udp_create();
    worker->tcp = tcp_create(worker);
    worker->upstream = upstream_create(worker);
    if (!hearing || worker->engine == NULL || worker->workspace == NULL || worker->udp == NULL ||
        worker->tcp == NULL || worker->upstream == NULL || !take_sockets(worker, endpoints)) {
        worker_abandon(worker);
        return NULL;
    }
    return worker;
}

static void *run(void *context)
{
    struct worker *worker = context;
    if (worker->number == 0) {
        worker_read_clock(worker);
        engine_prime(worker->engine, worker->now);
        worker_drain(worker);
        worker_finish(worker);
    }
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    return NULL;
}

bool worker_start(struct worker *worker)
{
    worker->running = pthread_create(&worker->thread, NULL, run, worker) == 0;
    return worker->running;
}

void worker_join(struct worker *worker)
{
    if (worker->running)
        pthread_join(worker->thread, NULL);
    worker->running = false;
}

void worker_destroy(struct worker *worker)
{
    dnssec_workspace_free(worker->workspace);
    if (worker->engine != NULL)
        engine_destroy(worker->engine);
    upstream_destroy(worker->upstream);
    udp_destroy(worker->udp);
    tcp_destroy(worker->tcp);
    uv_loop_close(&worker->loop);
    settings_release(worker->settings);
    while (worker->all_clients != NULL) {
        struct client *client = worker->all_clients;
        worker->all_clients = client->other;
        signing_free(client->signing);
        free(client);
    }
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
