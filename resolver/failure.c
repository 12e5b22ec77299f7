#include "resolver/failure.h"

#include <string.h>

#include "dns/octets.h"

/*
 * Two entries for (name, type): CACHE_FAILURE answers the question for as long as the failure is to be
 * remembered; CACHE_FAILED outlives it and says how long that was, so that the next failure of the same
 * question is remembered for longer. Both begin alike:
 *
 *      octets 0-1  extended error + 1      2-3  seconds      4-7  id      8..  text, no final zero
 */
enum { FAILURE_HEAD = 8, HISTORY_EXTRA = 60 };

void failure_read(const uint8_t *data, size_t length, struct failure_entry *failure)
{
    *failure = (struct failure_entry){.ede = DNS_EDE_NONE};
    if (length < FAILURE_HEAD)
        return;
    failure->ede = (data[0] << 8 | data[1]) - 1;
    failure->seconds = (uint16_t)(data[2] << 8 | data[3]);
    failure->id = get32(data + 4);
    size_t text = length - FAILURE_HEAD;
    if (text >= sizeof failure->text)
        text = sizeof failure->text - 1;
    memcpy(failure->text, data + FAILURE_HEAD, text);
}

static unsigned next_seconds(struct cache *cache, const struct cache_key *history, uint32_t now)
{
    uint8_t data[FAILURE_HEAD];
    struct cache_hit hit;
    struct failure_entry last;
    if (!cache_find(cache, history, now, &hit, data, sizeof data))
        return FAILURE_SECONDS_MIN;
    failure_read(data, sizeof data, &last);
    unsigned seconds = 2u * last.seconds;
    return seconds > FAILURE_SECONDS_MAX ? FAILURE_SECONDS_MAX : seconds;
}

void failure_keep(struct cache *cache, struct dns_name name, uint16_t type, const struct answer *failed,
                  uint32_t now)
{
    struct cache_key history = {CACHE_FAILED, type, name};
    unsigned seconds = next_seconds(cache, &history, now);
    size_t length = strnlen(failed->ede_text, ANSWER_EDE_TEXT - 1);
    uint8_t data[FAILURE_HEAD + ANSWER_EDE_TEXT];
    put16(data, (unsigned)(failed->ede + 1));
    put16(data + 2, seconds);
    put32(data + 4, failed->id);
    memcpy(data + FAILURE_HEAD, failed->ede_text, length);
    struct cache_value value = {
        .ttl = seconds,
        .rank = CACHE_RANK_ADDITIONAL,
        .data = data,
        .length = (uint32_t)(FAILURE_HEAD + length),
    };
    cache_put(cache, &(struct cache_key){CACHE_FAILURE, type, name}, &value, now);
    value.ttl = seconds + HISTORY_EXTRA;
    value.length = FAILURE_HEAD;
    cache_put(cache, &history, &value, now);
}
