#include "server/relay.h"

#include <stdlib.h>
#include <string.h>

#include "server/worker.h"

/* An answer on its way home: its octets follow. */
struct relayed {
    struct answer answer;
    uint8_t wire[];
};

static bool pass(struct worker *to, struct client *client)
{
    struct relay *relay = &to->relay;
    pthread_mutex_lock(&relay->lock);
    bool open = !relay->closed;
    if (open) {
        bool first = relay->first == NULL;
        client->next = NULL;
        *relay->last = client;
        relay->last = &client->next;
        if (first)
            uv_async_send(&relay->arrived);
    }
    pthread_mutex_unlock(&relay->lock);
    return open;
}

static struct client *take_all(struct relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    struct client *first = relay->first;
    relay->first = NULL;
    relay->last = &relay->first;
    pthread_mutex_unlock(&relay->lock);
    return first;
}

static struct worker *owner_of(const struct worker *worker, const struct client *client)
{
    uint64_t hash = cache_hash(worker->shared->cache, dns_name_view(&client->query.qname));
    return worker->shared->worker[(hash >> 16) % worker->shared->workers];
}

bool relay_ask(struct worker *worker, struct client *client)
{
    struct worker *owner = owner_of(worker, client);
    return owner != worker && pass(owner, client);
}

void relay_answer(struct client *client, const struct answer *answer)
{
    struct relayed *relayed = answer == NULL ? NULL : malloc(sizeof *relayed + answer->length);
    if (relayed != NULL) {
        relayed->answer = *answer;
        relayed->answer.wire = relayed->wire;
        relayed->answer.capacity = answer->length;
        memcpy(relayed->wire, answer->wire, answer->length);
    }
    client->relayed = relayed;
    if (!pass(client->home, client)) {
        client->relayed = NULL;
        free(relayed);
    }
}

static void bring_home(struct worker *worker, struct client *client)
{
    struct relayed *relayed = client->relayed;
    client->relayed = NULL;
    worker_answer(worker, client, relayed == NULL ? NULL : &relayed->answer);
    free(relayed);
}

static void on_arrival(uv_async_t *async)
{
    struct worker *worker = async->data;
    struct client *next;
    worker_read_clock(worker);
    for (struct client *client = take_all(&worker->relay); client != NULL; client = next) {
        next = client->next;
        if (client->home == worker)
            bring_home(worker, client);
        else
            worker_walk(worker, client);
    }
    worker_finish(worker);
}

bool relay_open(struct worker *worker)
{
    struct relay *relay = &worker->relay;
    relay->last = &relay->first;
    relay->arrived.data = worker;
    return pthread_mutex_init(&relay->lock, NULL) == 0 &&
           uv_async_init(&worker->loop, &relay->arrived, on_arrival) == 0;
}

void relay_close(struct worker *worker)
{
    pthread_mutex_lock(&worker->relay.lock);
    worker->relay.closed = true;
    pthread_mutex_unlock(&worker->relay.lock);
    uv_close((uv_handle_t *)&worker->relay.arrived, NULL);
}

void relay_destroy(struct worker *worker)
{
    for (struct client *client = take_all(&worker->relay); client != NULL; client = client->next)
        free(client->relayed);
    pthread_mutex_destroy(&worker->relay.lock);
}
