#include "resolver/failure.h"

#include <string.h>

#include "dns/octets.h"

/*
 * Two entries for (name, type): CACHE_FAILURE answers the question for as long as the failure is to be
 * remembered; CACHE_FAILED outlives it and says how long that was, so that the next failure of the same
 * question is remembered for longer. Both begin alike:
 *
 *      octets 0-1  extended error + 1      2-3  seconds      4-7  id      8  blame
 *             9-26  server: family, address, without its port      27  length of the zone, then the zone
 *             then  text, no final zero
 */
enum { FAILURE_SHORT = 4, FAILURE_HEAD = 28, HISTORY_EXTRA = 60, SERVER_PORT = 53 };
enum { FAILURE_MAX = FAILURE_HEAD + DNS_NAME_MAX + ANSWER_EDE_TEXT };

static void read_culprit(const uint8_t *data, struct culprit *culprit)
{
    culprit->id = get32(data + 4);
    culprit->blame = (enum blame)data[8];
    if (data[9] == 4 || data[9] == 6)
        culprit->server = dns_address_make(data[9], data + 10, SERVER_PORT);
}

void failure_read(const uint8_t *data, size_t length, struct failure_entry *failure)
{
    *failure = (struct failure_entry){.ede = DNS_EDE_NONE};
    if (length < FAILURE_SHORT)
        return;
    failure->ede = get16(data) - 1;
    failure->seconds = get16(data + 2);
    if (length < FAILURE_HEAD || length < FAILURE_HEAD + (size_t)data[FAILURE_HEAD - 1])
        return;
    read_culprit(data, &failure->culprit);
    size_t zone = data[FAILURE_HEAD - 1], text = length - FAILURE_HEAD - zone;
    memcpy(failure->culprit.zone.wire, data + FAILURE_HEAD, zone);
    failure->culprit.zone.length = (uint8_t)zone;
    if (text >= sizeof failure->text)
        text = sizeof failure->text - 1;
    memcpy(failure->text, data + FAILURE_HEAD + zone, text);
}

bool failure_find(struct cache *cache, struct dns_name name, uint16_t type, uint32_t now,
                  struct failure_entry *failure)
{
    uint8_t data[FAILURE_MAX];
    struct cache_hit hit;
    if (!cache_find(cache, &(struct cache_key){CACHE_FAILURE, type, name}, now, &hit, data, sizeof data))
        return false;
    failure_read(data, hit.length, failure);
    return true;
}

static unsigned next_seconds(struct cache *cache, const struct cache_key *history, uint32_t now)
{
    uint8_t data[FAILURE_SHORT];
    struct cache_hit hit;
    struct failure_entry last;
    if (!cache_find(cache, history, now, &hit, data, sizeof data))
        return FAILURE_SECONDS_MIN;
    failure_read(data, sizeof data, &last);
    unsigned seconds = 2u * last.seconds;
    return seconds > FAILURE_SECONDS_MAX ? FAILURE_SECONDS_MAX : seconds;
}

static size_t write(uint8_t data[FAILURE_MAX], const struct answer *failed, const struct culprit *culprit,
                    unsigned seconds)
{
    size_t zone = culprit->zone.length, text = strnlen(failed->ede_text, ANSWER_EDE_TEXT - 1);
    put16(data, (unsigned)(failed->ede + 1));
    put16(data + 2, seconds);
    put32(data + 4, failed->id);
    data[8] = (uint8_t)culprit->blame;
    data[9] = culprit->server.family;
    memcpy(data + 10, culprit->server.octets, sizeof culprit->server.octets);
    data[26] = 0;
    data[FAILURE_HEAD - 1] = (uint8_t)zone;
    memcpy(data + FAILURE_HEAD, culprit->zone.wire, zone);
    memcpy(data + FAILURE_HEAD + zone, failed->ede_text, text);
    return FAILURE_HEAD + zone + text;
}

void failure_keep(struct cache *cache, struct dns_name name, uint16_t type, const struct answer *failed,
                  const struct culprit *culprit, uint32_t now)
{
    struct cache_key history = {CACHE_FAILED, type, name};
    unsigned seconds = next_seconds(cache, &history, now);
    uint8_t data[FAILURE_MAX];
    struct cache_value value = {
        .ttl = seconds,
        .rank = CACHE_RANK_ADDITIONAL,
        .data = data,
        .length = (uint32_t)write(data, failed, culprit, seconds),
    };
    cache_put(cache, &(struct cache_key){CACHE_FAILURE, type, name}, &value, now);
    value.ttl = seconds + HISTORY_EXTRA;
    value.length = FAILURE_SHORT;
    cache_put(cache, &history, &value, now);
}
