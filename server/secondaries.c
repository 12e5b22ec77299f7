#include "server/secondaries.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <uv.h>

#include "control/report.h"
#include "dns/rdata.h"
#include "server/daemon.h"
#include "server/fetch.h"
#include "server/local.h"
#include "server/store.h"
#include "server/trusted.h"
#include "zones/secondary.h"

enum { NOTICES_MAX = 64, LINE_MAX_OCTETS = 1024, PROBLEM_MAX = 256 };

/* One zone. */
struct one {
    struct one *next;
    struct secondaries *all;
    struct settings *settings; /* that `config` is of, held */
    const struct config_zone *config;
    struct dns_name_buffer apex;
    struct secondary machine;
    struct zone *zone;    /* the last good version, held, served or not; or NULL */
    struct zone *fetched; /* until it is published */
    struct fetch *fetch;
    uv_timer_t *timer;
    bool marked;               /* still in the configuration */
    uint64_t confirmed;        /* s since 1970: a primary's word that it is the newest; 0: not yet */
    char problem[PROBLEM_MAX]; /* the last one, until all is well; "": none */
};

struct secondaries {
    struct daemon *daemon;
    struct one *first;
    uv_async_t noticed;
    pthread_mutex_t lock; /* of what follows */
    struct secondaries_notice notice[NOTICES_MAX];
    unsigned notices;
};

static uint64_t now(void)
{
    return clock_now() / 1000000;
}

static void say(const struct one *one, enum config_category category, enum config_severity severity,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
static void say(const struct one *one, enum config_category category, enum config_severity severity,
                const char *format, ...)
{
    char line[LINE_MAX_OCTETS], name[DNS_NAME_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_write(one->all->daemon->log, category, severity, "zone %.300s: %s",
              dns_name_to_text(dns_name_view(&one->apex), name), line);
}

static const char *primary_text(const struct one *one, unsigned number, char text[DNS_ADDRESS_TEXT_MAX])
{
    return dns_address_to_text(&one->config->primaries.remote[number].address, text);
}

static void step(struct one *one, const struct secondary_event *event);

static bool times_of(const struct zone *zone, struct secondary_times *times)
{
    struct dns_soa soa;
    uint16_t length;
    const uint8_t *rdata = zone_soa(zone, &length);
    if (dns_rdata_soa(rdata, length, &soa) != DNS_OK)
        return false;
    *times = (struct secondary_times){soa.serial, soa.refresh, soa.retry, soa.expire};
    return true;
}

/* -- what a primary says --------------------------------------------------------------------------------- */

static void note_fetched(struct one *one, const struct fetch_result *result)
{
    char from[DNS_ADDRESS_TEXT_MAX];
    say(one, CONFIG_CATEGORY_XFER_IN, CONFIG_INFO,
        "transfer from %s: %s to serial %u, %zu records, %llu octets",
        primary_text(one, one->machine.primary, from), result->incremental ? "IXFR" : "AXFR", result->serial,
        result->records, (unsigned long long)result->octets);
    if (result->unstored != NULL)
        say(one, CONFIG_CATEGORY_XFER_IN, CONFIG_ERROR, "it is served, but not stored: %s", result->unstored);
}

static void note_failed(struct one *one, const struct fetch_result *result)
{
    char from[DNS_ADDRESS_TEXT_MAX];
    bool zone = result->end != FETCH_SILENT;
    primary_text(one, one->machine.primary, from);
    snprintf(one->problem, sizeof one->problem, "%s %s: %s", zone ? "transfer from" : "the primary", from,
             result->reason);
    say(one, CONFIG_CATEGORY_XFER_IN, CONFIG_WARNING, "%s%s", one->problem,
        one->zone != NULL && !one->machine.expired ? "; the last good version stays" : "");
}

static void note_no_ixfr(struct one *one, const struct fetch_result *result)
{
    char from[DNS_ADDRESS_TEXT_MAX];
    say(one, CONFIG_CATEGORY_XFER_IN, CONFIG_INFO, "IXFR from %s came to nothing (%s): AXFR follows",
        primary_text(one, one->machine.primary, from), result->reason);
}

static void on_fetched(void *context, const struct fetch_result *result)
{
    struct one *one = context;
    struct secondary_event event = {.primary = one->machine.primary, .serial = result->serial};
    one->fetch = NULL;
    switch (result->end) {
    case FETCH_SERIAL:
        event.kind = SECONDARY_SERIAL;
        break;
    case FETCH_CURRENT:
        event.kind = SECONDARY_CURRENT;
        break;
    case FETCH_ZONE:
        note_fetched(one, result);
        one->fetched = result->zone;
        event.kind = times_of(result->zone, &event.times) ? SECONDARY_FETCHED : SECONDARY_FAILED;
        break;
    case FETCH_NO_IXFR:
        note_no_ixfr(one, result);
        event.kind = SECONDARY_NO_IXFR;
        break;
    default:
        note_failed(one, result);
        event.kind = result->end == FETCH_SILENT ? SECONDARY_SILENT : SECONDARY_FAILED;
    }
    step(one, &event);
}

/* -- effects ------------------------------------------------------------------------------------------------ */

static void begin(struct one *one, const struct secondary_effects *effects)
{
    char path[LOCAL_PATH_MAX];
    const struct config_remote *remote = &one->config->primaries.remote[effects->primary];
    bool serial = effects->act == SECONDARY_ACT_ASK;
    struct fetch_options options = {
        .loop = &one->all->daemon->loop,
        .apex = dns_name_view(&one->apex),
        .primary = remote->address,
        .key = remote->key == 0 ? NULL : one->settings->keys[remote->key - 1],
        .serial_only = serial,
        .old = effects->any ? NULL : one->zone,
        .whole = effects->act == SECONDARY_ACT_AXFR,
        .path = !serial && local_path(one->settings, one->config, path) ? path : NULL,
    };
    one->fetch = fetch_start(&options, on_fetched, one);
    if (one->fetch == NULL)
        step(one, &(struct secondary_event){.kind = serial ? SECONDARY_SILENT : SECONDARY_FAILED});
}

/* NULL: from now on it is not served. */
static void serve(struct one *one, struct zone *zone)
{
    struct daemon *daemon = one->all->daemon;
    struct local *former = local_keep(daemon->settings->local);
    struct local *next = local_with(former, dns_name_view(&one->apex), zone);
    if (next == NULL || !trusted_publish(daemon->trusted, next, NULL, NULL))
        say(one, CONFIG_CATEGORY_XFER_IN, CONFIG_ERROR, "out of memory: the version before is served on");
    else if (zone != NULL)
        daemon_notify(daemon, former);
    local_release(former);
}

static void publish(struct one *one)
{
    zone_release(one->zone);
    one->zone = one->fetched;
    one->fetched = NULL;
    serve(one, one->zone);
}

static void note_confirmed(struct one *one)
{
    one->confirmed = (uint64_t)time(NULL);
    one->problem[0] = '\0';
}

static void carry_out(struct one *one, const struct secondary_effects *effects)
{
    char path[LOCAL_PATH_MAX];
    if (effects->publish || effects->confirmed)
        note_confirmed(one);
    if (effects->publish && one->fetched != NULL)
        publish(one);
    if (effects->confirmed && local_path(one->settings, one->config, path))
        store_confirm(path);
    if (effects->behind)
        say(one, CONFIG_CATEGORY_XFER_IN, CONFIG_WARNING,
            "the primary has serial %u, which is older than ours: rootwalkctl retransfer takes it all the "
            "same",
            one->machine.times.serial);
    if (effects->expire) {
        say(one, CONFIG_CATEGORY_XFER_IN, CONFIG_ERROR,
            "expired: no primary has confirmed it for %u s, from now on it is SERVFAIL",
            one->machine.times.expire);
        serve(one, NULL);
    }
    if (effects->revive && !effects->publish && one->zone != NULL)
        serve(one, one->zone);
    if (effects->act != SECONDARY_ACT_NONE) {
        if (one->fetch != NULL)
            fetch_cancel(one->fetch);
        begin(one, effects);
    }
}

static void on_time(uv_timer_t *timer)
{
    step(timer->data, &(struct secondary_event){.kind = SECONDARY_TIME});
}

static void step(struct one *one, const struct secondary_event *event)
{
    struct secondary_effects effects;
    uint32_t chance = 0;
    if (one->all->daemon->stopping)
        return;
    (void)!getrandom(&chance, sizeof chance, 0);
    secondary_step(&one->machine, event, now(), chance, &effects);
    carry_out(one, &effects);
    zone_release(one->fetched);
    one->fetched = NULL;
    uint64_t due = secondary_due(&one->machine), at = now();
    if (due == UINT64_MAX)
        uv_timer_stop(one->timer);
    else
        uv_timer_start(one->timer, on_time, due > at ? (due - at) * 1000 : 1, 0);
}

/* -- the configuration --------------------------------------------------------------------------------------- */

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

static void remove_one(struct one *one)
{
    if (one->fetch != NULL)
        fetch_cancel(one->fetch);
    uv_close((uv_handle_t *)one->timer, on_timer_closed);
    zone_release(one->zone);
    settings_release(one->settings);
    free(one);
}

static struct one *find(const struct secondaries *secondaries, struct dns_name apex)
{
    for (struct one *one = secondaries->first; one != NULL; one = one->next)
        if (dns_name_equal(dns_name_view(&one->apex), apex))
            return one;
    return NULL;
}

static struct one *add_one(struct secondaries *secondaries, struct dns_name apex)
{
    struct one *one = calloc(1, sizeof *one);
    uv_timer_t *timer = calloc(1, sizeof *timer);
    if (one == NULL || timer == NULL) {
        free(one);
        free(timer);
        return NULL;
    }
    uv_timer_init(&secondaries->daemon->loop, timer);
    timer->data = one;
    one->timer = timer;
    one->all = secondaries;
    dns_name_copy(&one->apex, apex);
    one->next = secondaries->first;
    secondaries->first = one;
    return one;
}

/* Seconds since a primary has confirmed it. What is stored tells that of the time before the daemon's start. */
static uint64_t age_of(const struct one *one)
{
    char path[LOCAL_PATH_MAX];
    uint64_t age;
    if (one->machine.has_zone)
        return now() + one->machine.times.expire - one->machine.expires;
    return local_path(one->settings, one->config, path) && store_age(path, &age) ? age : 0;
}

/* It begins, or it begins again since its configuration has changed. */
static void start(struct one *one, const struct local_zone *local)
{
    struct secondary_event loaded = {.kind = SECONDARY_LOADED, .age = age_of(one)};
    secondary_init(&one->machine, (unsigned)one->config->primaries.count);
    if (one->zone == NULL && local->zone != NULL)
        one->zone = zone_hold(local->zone);
    if (one->zone != NULL && times_of(one->zone, &loaded.times))
        step(one, &loaded);
    step(one, &(struct secondary_event){.kind = SECONDARY_STARTED});
}

static void take_zone(struct secondaries *secondaries, const struct local_zone *local)
{
    struct daemon *daemon = secondaries->daemon;
    struct one *one = find(secondaries, dns_name_view(&local->name));
    if (one == NULL)
        one = add_one(secondaries, dns_name_view(&local->name));
    if (one == NULL) {
        log_write(daemon->log, CONFIG_CATEGORY_XFER_IN, CONFIG_ERROR, "out of memory for a secondary zone");
        return;
    }
    if (one->fetch != NULL)
        fetch_cancel(one->fetch);
    one->fetch = NULL;
    struct settings *before = one->settings;
    one->settings = settings_keep(settings_as_loaded(daemon->settings));
    one->config = local->config;
    one->marked = true;
    settings_release(before);
    start(one, local);
}

void secondaries_configure(struct secondaries *secondaries)
{
    struct settings *settings = settings_keep(secondaries->daemon->settings);
    for (struct one *one = secondaries->first; one != NULL; one = one->next)
        one->marked = false;
    for (size_t i = 0; i < local_count(settings->local); i++) {
        const struct local_zone *local = local_at(settings->local, i);
        if (local->config != NULL && local->config->type == CONFIG_ZONE_SECONDARY)
            take_zone(secondaries, local);
    }
    for (struct one **link = &secondaries->first; *link != NULL;) {
        struct one *one = *link;
        if (one->marked) {
            link = &one->next;
            continue;
        }
        *link = one->next;
        remove_one(one);
    }
    settings_release(settings);
}

/* -- being told ------------------------------------------------------------------------------------------------ */

void secondaries_notified(struct secondaries *secondaries, const struct secondaries_notice *notice)
{
    pthread_mutex_lock(&secondaries->lock);
    if (secondaries->notices < NOTICES_MAX)
        secondaries->notice[secondaries->notices++] = *notice;
    pthread_mutex_unlock(&secondaries->lock);
    uv_async_send(&secondaries->noticed);
}

static void take_notice(struct secondaries *secondaries, const struct secondaries_notice *notice)
{
    char from[DNS_ADDRESS_TEXT_MAX], name[DNS_NAME_TEXT_MAX];
    struct one *one = find(secondaries, dns_name_view(&notice->apex));
    struct secondary_event event = {
        .kind = SECONDARY_NOTIFIED, .has_serial = notice->has_serial, .serial = notice->serial};
    if (one == NULL)
        return;
    for (size_t i = 0; i < one->config->primaries.count; i++) {
        struct dns_address address = one->config->primaries.remote[i].address;
        address.port = notice->from.port;
        if (dns_address_equal(&address, &notice->from))
            event.primary = (unsigned)i;
    }
    log_limited(secondaries->daemon->log, LOG_KIND_NOTIFY, clock_now(), CONFIG_CATEGORY_NOTIFY, CONFIG_INFO,
                "zone %.300s: NOTIFY from %s", dns_name_to_text(dns_name_view(&one->apex), name),
                dns_address_to_text(&notice->from, from));
    step(one, &event);
}

static void on_noticed(uv_async_t *async)
{
    struct secondaries *secondaries = async->data;
    struct secondaries_notice notice[NOTICES_MAX];
    pthread_mutex_lock(&secondaries->lock);
    unsigned count = secondaries->notices;
    memcpy(notice, secondaries->notice, count * sizeof *notice);
    secondaries->notices = 0;
    pthread_mutex_unlock(&secondaries->lock);
    for (unsigned i = 0; i < count; i++)
        take_notice(secondaries, &notice[i]);
}

bool secondaries_refresh(struct secondaries *secondaries, struct dns_name apex, bool retransfer)
{
    struct one *one = find(secondaries, apex);
    if (one != NULL)
        step(one, &(struct secondary_event){.kind = retransfer ? SECONDARY_RETRANSFER : SECONDARY_REFRESH});
    return one != NULL;
}

void secondaries_report(const struct secondaries *secondaries, struct dns_name apex, struct report *report)
{
    static const char *const states[] = {[SECONDARY_IDLE] = "waits",
                                         [SECONDARY_ASKING] = "asks for the serial",
                                         [SECONDARY_FETCHING] = "fetches the zone"};
    const struct one *one = find(secondaries, apex);
    if (one == NULL)
        return;
    const struct secondary *machine = &one->machine;
    uint64_t at = now();
    report_string(report, "state", "", machine->expired ? "expired" : states[machine->state]);
    for (size_t i = 0; i < one->config->primaries.count; i++) {
        report_row(report, "primary");
        report_address(report, "address", "primary", &one->config->primaries.remote[i].address);
        report_row_end(report);
    }
    if (one->confirmed != 0)
        report_time(report, "confirmed", "", one->confirmed);
    if (machine->state == SECONDARY_IDLE && machine->next != UINT64_MAX)
        report_seconds(report, "next", "asks again in", machine->next > at ? machine->next - at : 0);
    if (machine->has_zone && !machine->expired)
        report_seconds(report, "expires", "expires in", machine->expires > at ? machine->expires - at : 0);
    if (one->problem[0] != '\0')
        report_string(report, "problem", "", one->problem);
}

/* -- beginning and end ----------------------------------------------------------------------------------------- */

struct secondaries *secondaries_create(struct daemon *daemon)
{
    struct secondaries *secondaries = calloc(1, sizeof *secondaries);
    if (secondaries == NULL)
        return NULL;
    secondaries->daemon = daemon;
    pthread_mutex_init(&secondaries->lock, NULL);
    secondaries->noticed.data = secondaries;
    if (uv_async_init(&daemon->loop, &secondaries->noticed, on_noticed) == 0)
        return secondaries;
    free(secondaries);
    return NULL;
}

void secondaries_close(struct secondaries *secondaries)
{
    while (secondaries->first != NULL) {
        struct one *one = secondaries->first;
        secondaries->first = one->next;
        remove_one(one);
    }
    uv_close((uv_handle_t *)&secondaries->noticed, NULL);
}

void secondaries_destroy(struct secondaries *secondaries)
{
    if (secondaries == NULL)
        return;
    pthread_mutex_destroy(&secondaries->lock);
    free(secondaries);
}
