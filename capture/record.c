#include "capture/record.h"

#include <string.h>

struct record record_take(struct reading *from)
{
    struct record record = {.kind = (enum capture_record)take_number(from, RECORD_KINDS - 1)};
    record.fields = take_octets(from, CAPTURE_OCTETS_MAX, &record.length);
    from->failed = from->failed || record.kind == 0;
    if (from->failed)
        record.kind = RECORD_END;
    return record;
}

static void write_answer(struct fields *to, const struct effect *effect)
{
    const struct answer *answer = effect->answer;
    add_number(to, answer->rcode);
    add_number(to, (uint64_t)(answer->ede + 1));
    add_octets(to, answer->ede_text, strnlen(answer->ede_text, sizeof answer->ede_text));
    add_number(to, answer->id);
    add_number(to, answer->trust);
    add_number(to, effect->took);
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        add_number(to, answer->count[i]);
    add_octets(to, answer->wire + DNS_HEADER_SIZE, answer->length - DNS_HEADER_SIZE);
}

enum capture_record record_effect(struct fields *to, const struct effect *effect)
{
    if (effect == NULL)
        return RECORD_NOTHING;
    switch (effect->kind) {
    case EFFECT_SEND:
        add_number(to, effect->exchange);
        add_address(to, &effect->server);
        add_number(to, effect->transport);
        add_octets(to, effect->wire, effect->length);
        return RECORD_SEND;
    case EFFECT_OVER:
        add_number(to, effect->exchange);
        return RECORD_OVER;
    case EFFECT_ANSWER:
        break;
    }
    write_answer(to, effect);
    return RECORD_ANSWER;
}
