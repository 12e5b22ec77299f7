#include "server/quota.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct holder {
    uint8_t octets[8]; /* the address; IPv6: the network's half */
    uint8_t family;
    unsigned count;
};

struct quota {
    pthread_mutex_t lock;
    unsigned most, total;
    struct holder *holders; /* `used` of them, room for `room` */
    size_t used, room;
};

struct quota *quota_create(unsigned most)
{
    struct quota *quota = calloc(1, sizeof *quota);
    if (quota == NULL)
        return NULL;
    pthread_mutex_init(&quota->lock, NULL);
    if (!quota_resize(quota, most)) {
        quota_destroy(quota);
        return NULL;
    }
    return quota;
}

void quota_destroy(struct quota *quota)
{
    if (quota == NULL)
        return;
    pthread_mutex_destroy(&quota->lock);
    free(quota->holders);
    free(quota);
}

bool quota_resize(struct quota *quota, unsigned most)
{
    bool resized = true;
    pthread_mutex_lock(&quota->lock);
    if (most > quota->room) {
        struct holder *holders = realloc(quota->holders, most * sizeof *holders);
        resized = holders != NULL;
        if (resized) {
            quota->holders = holders;
            quota->room = most;
        }
    }
    if (resized)
        quota->most = most;
    pthread_mutex_unlock(&quota->lock);
    return resized;
}

/* Few addresses hold connections at once, and connections are rare beside queries: a plain search. */
static size_t find(const struct quota *quota, const struct dns_address *client)
{
    size_t at = 0;
    while (at < quota->used && (quota->holders[at].family != client->family ||
                                memcmp(quota->holders[at].octets, client->octets, 8) != 0))
        at++;
    return at;
}

bool quota_take(struct quota *quota, const struct dns_address *client)
{
    bool taken = false;
    pthread_mutex_lock(&quota->lock);
    unsigned share = dns_address_is_loopback(client) && quota->most / 2 > QUOTA_PER_ADDRESS
                         ? quota->most / 2
                         : QUOTA_PER_ADDRESS;
    size_t at = find(quota, client);
    if (quota->total < quota->most && (at < quota->used || quota->used < quota->room)) {
        struct holder *holder = &quota->holders[at];
        if (at == quota->used) {
            *holder = (struct holder){.family = client->family};
            memcpy(holder->octets, client->octets, 8);
            quota->used++;
        }
        taken = holder->count < share;
        holder->count += taken;
        quota->total += taken;
    }
    pthread_mutex_unlock(&quota->lock);
    return taken;
}

void quota_give(struct quota *quota, const struct dns_address *client)
{
    pthread_mutex_lock(&quota->lock);
    size_t at = find(quota, client);
    if (at < quota->used) {
        quota->total--;
        if (--quota->holders[at].count == 0)
            quota->holders[at] = quota->holders[--quota->used];
    }
    pthread_mutex_unlock(&quota->lock);
}
