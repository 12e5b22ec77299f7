#include "zones/secondary.h"

#include "zones/serial.h"

void secondary_init(struct secondary *secondary, unsigned primaries)
{
    *secondary = (struct secondary){.primaries = primaries};
}

uint64_t secondary_due(const struct secondary *secondary)
{
    uint64_t due = secondary->state == SECONDARY_IDLE ? secondary->next : UINT64_MAX;
    bool may_expire = secondary->has_zone && !secondary->expired;
    return may_expire && secondary->expires < due ? secondary->expires : due;
}

static uint32_t bounded(uint32_t seconds)
{
    return seconds < SECONDARY_TIME_MIN   ? SECONDARY_TIME_MIN
           : seconds > SECONDARY_TIME_MAX ? SECONDARY_TIME_MAX
                                          : seconds;
}

static void set_times(struct secondary *secondary, const struct secondary_times *times)
{
    secondary->has_zone = true;
    secondary->times = (struct secondary_times){times->serial, bounded(times->refresh), bounded(times->retry),
                                                bounded(times->expire)};
}

/* Up to a tenth earlier than that. */
static uint64_t spread(uint64_t seconds, uint32_t random)
{
    return seconds - (seconds / 10 * random >> 32);
}

/* -- rounds ------------------------------------------------------------------------------------- */

static void act(struct secondary *secondary, struct secondary_effects *effects)
{
    bool fetch = !secondary->has_zone || secondary->any;
    secondary->state = fetch ? SECONDARY_FETCHING : SECONDARY_ASKING;
    secondary->whole = false;
    effects->act = fetch ? SECONDARY_ACT_AXFR : SECONDARY_ACT_ASK;
    effects->primary = secondary->primary;
    effects->any = fetch;
}

static void begin(struct secondary *secondary, unsigned primary, uint64_t now,
                  struct secondary_effects *effects)
{
    secondary->told = now + SECONDARY_TOLD_EVERY;
    secondary->primary = primary;
    secondary->first = 0;
    secondary->tried = 1;
    secondary->again = false;
    act(secondary, effects);
}

/* As a NOTIFY wants it. */
static void begin_told(struct secondary *secondary, unsigned primary, uint64_t now,
                       struct secondary_effects *effects)
{
    if (now >= secondary->told) {
        begin(secondary, primary, now, effects);
        return;
    }
    secondary->first = primary;
    if (secondary->told < secondary->next)
        secondary->next = secondary->told;
}

static void fetch(struct secondary *secondary, bool whole, struct secondary_effects *effects)
{
    secondary->state = SECONDARY_FETCHING;
    secondary->whole = whole;
    effects->act = whole ? SECONDARY_ACT_AXFR : SECONDARY_ACT_IXFR;
    effects->primary = secondary->primary;
    effects->any = secondary->any || !secondary->has_zone;
}

/* This one has not helped: the next primary, or the next round. */
static void next(struct secondary *secondary, uint64_t now, uint32_t random,
                 struct secondary_effects *effects)
{
    if (secondary->tried < secondary->primaries) {
        secondary->tried++;
        secondary->primary = (secondary->primary + 1) % secondary->primaries;
        act(secondary, effects);
        return;
    }
    uint64_t retry = secondary->times.retry;
    if (!secondary->has_zone) {
        unsigned doubled = secondary->failures < 6 ? secondary->failures : 6;
        retry = (uint64_t)SECONDARY_FIRST_RETRY << doubled;
        if (retry > SECONDARY_FIRST_RETRY_MAX)
            retry = SECONDARY_FIRST_RETRY_MAX;
    }
    secondary->failures++;
    secondary->state = SECONDARY_IDLE;
    secondary->any = false;
    secondary->next = now + spread(retry, random);
    if (secondary->again)
        begin_told(secondary, secondary->primary, now, effects);
}

/* A primary has what we have. */
static void succeed(struct secondary *secondary, uint64_t now, uint32_t random,
                    struct secondary_effects *effects)
{
    secondary->state = SECONDARY_IDLE;
    secondary->failures = 0;
    secondary->any = secondary->behind = false;
    secondary->expires = now + secondary->times.expire;
    secondary->next = now + spread(secondary->times.refresh, random);
    effects->revive = secondary->expired && !effects->publish;
    secondary->expired = false;
    if (secondary->again)
        begin_told(secondary, secondary->primary, now, effects);
}

/* -- events ------------------------------------------------------------------------------------- */

static void on_loaded(struct secondary *secondary, const struct secondary_event *event, uint64_t now)
{
    set_times(secondary, &event->times);
    uint64_t left = event->age < secondary->times.expire ? secondary->times.expire - event->age : 0;
    secondary->expires = now + left;
}

static void on_time(struct secondary *secondary, uint64_t now, struct secondary_effects *effects)
{
    if (secondary->has_zone && !secondary->expired && now >= secondary->expires)
        effects->expire = secondary->expired = true;
    if (secondary->state == SECONDARY_IDLE && now >= secondary->next)
        begin(secondary, secondary->first, now, effects);
}

static void on_notified(struct secondary *secondary, const struct secondary_event *event, uint64_t now,
                        struct secondary_effects *effects)
{
    bool known = event->has_serial && secondary->has_zone && !secondary->expired &&
                 !serial_newer(event->serial, secondary->times.serial);
    if (known || event->primary >= secondary->primaries)
        return;
    if (secondary->state == SECONDARY_IDLE)
        begin_told(secondary, event->primary, now, effects);
    else
        secondary->again = true;
}

static void on_serial(struct secondary *secondary, uint32_t serial, uint64_t now, uint32_t random,
                      struct secondary_effects *effects)
{
    if (serial_newer(serial, secondary->times.serial)) {
        fetch(secondary, false, effects);
        return;
    }
    if (serial == secondary->times.serial) {
        effects->confirmed = true;
        succeed(secondary, now, random, effects);
        return;
    }
    effects->behind = !secondary->behind;
    secondary->behind = true;
    next(secondary, now, random, effects);
}

static void on_fetched(struct secondary *secondary, const struct secondary_event *event, uint64_t now,
                       uint32_t random, struct secondary_effects *effects)
{
    set_times(secondary, &event->times);
    effects->publish = true;
    succeed(secondary, now, random, effects);
}

static void on_no_ixfr(struct secondary *secondary, uint64_t now, uint32_t random,
                       struct secondary_effects *effects)
{
    if (secondary->whole)
        next(secondary, now, random, effects);
    else
        fetch(secondary, true, effects);
}

static void on_operator(struct secondary *secondary, bool any, uint64_t now,
                        struct secondary_effects *effects)
{
    if (secondary->state == SECONDARY_FETCHING && (secondary->any || !any)) {
        secondary->again = true;
        return;
    }
    secondary->any = any;
    begin(secondary, 0, now, effects);
}

void secondary_step(struct secondary *secondary, const struct secondary_event *event, uint64_t now,
                    uint32_t random, struct secondary_effects *effects)
{
    bool asking = secondary->state == SECONDARY_ASKING, fetching = secondary->state == SECONDARY_FETCHING;
    *effects = (struct secondary_effects){.act = SECONDARY_ACT_NONE};
    switch (event->kind) {
    case SECONDARY_LOADED:
        on_loaded(secondary, event, now);
        break;
    case SECONDARY_STARTED:
        secondary->next = now;
        on_time(secondary, now, effects);
        break;
    case SECONDARY_TIME:
        on_time(secondary, now, effects);
        break;
    case SECONDARY_NOTIFIED:
        on_notified(secondary, event, now, effects);
        break;
    case SECONDARY_SERIAL:
        if (asking)
            on_serial(secondary, event->serial, now, random, effects);
        break;
    case SECONDARY_SILENT:
        if (asking)
            next(secondary, now, random, effects);
        break;
    case SECONDARY_FETCHED:
        if (fetching)
            on_fetched(secondary, event, now, random, effects);
        break;
    case SECONDARY_CURRENT:
        if (fetching && secondary->has_zone) {
            effects->confirmed = true;
            succeed(secondary, now, random, effects);
        }
        break;
    case SECONDARY_NO_IXFR:
        if (fetching)
            on_no_ixfr(secondary, now, random, effects);
        break;
    case SECONDARY_FAILED:
        if (fetching)
            next(secondary, now, random, effects);
        break;
    case SECONDARY_REFRESH:
        on_operator(secondary, false, now, effects);
        break;
    case SECONDARY_RETRANSFER:
        on_operator(secondary, true, now, effects);
        break;
    }
}
