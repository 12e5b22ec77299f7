#include "server/trusted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control/report.h"
#include "server/daemon.h"
#include "server/follow.h"
#include "server/local.h"
#include "server/nta.h"

enum { MINUTE = 60, TREES = 16, PATH_ROOM = 4096 };

/* Answers in the cache that were judged by other rules than those that hold now. */
struct outdated {
    bool all;
    unsigned count;
    struct dns_name_buffer tree[TREES];
};

/* `rootwalkctl validation on|off` goes before the configuration, until that is read again. */
enum told { AS_CONFIGURED, TOLD_ON, TOLD_OFF };

struct trusted {
    struct daemon *daemon;
    struct follow *follow;
    struct nta_list exceptions;
    struct settings *configured; /* without any of this */
    struct outdated outdated;
    enum told told;
    bool clock_wrong, running;
    uv_timer_t timer;
};

static uint64_t wall_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec > 0 ? (uint64_t)now.tv_sec : 0;
}

static void say(void *context, enum config_severity severity, const char *line)
{
    const struct trusted *trusted = context;
    log_write(trusted->daemon->log, CONFIG_CATEGORY_DNSSEC, severity, "%s", line);
}

/* -- where keys are kept --------------------------------------------------------------------------- */

static void folder_of(const struct settings *settings, char path[PATH_ROOM])
{
    const struct config *config = settings->config;
    const char *folder = config->managed_keys_directory;
    if (folder != NULL && folder[0] != '/')
        snprintf(path, PATH_ROOM, "%s/%s", settings->base, folder);
    else if (folder != NULL)
        snprintf(path, PATH_ROOM, "%s", folder);
    else
        snprintf(path, PATH_ROOM, "%s", config->directory != NULL ? settings->base : TRUSTED_DIRECTORY);
}

void trusted_make_directory(const struct settings *settings, const struct identity *identity)
{
    char path[PATH_ROOM];
    folder_of(settings, path);
    if (strcmp(path, TRUSTED_DIRECTORY) == 0 && mkdir(path, 0755) == 0 && identity->given)
        (void)!lchown(path, identity->uid, identity->gid);
}

struct trusted *trusted_create(struct daemon *daemon)
{
    struct trusted *trusted = calloc(1, sizeof *trusted);
    if (trusted == NULL)
        return NULL;
    trusted->daemon = daemon;
    trusted->follow = follow_create(say, trusted);
    if (trusted->follow != NULL)
        return trusted;
    free(trusted);
    return NULL;
}

void trusted_destroy(struct trusted *trusted)
{
    if (trusted == NULL)
        return;
    follow_destroy(trusted->follow);
    settings_release(trusted->configured);
    free(trusted);
}

/* -- settings for the workers ---------------------------------------------------------------------- */

static void outdate(struct trusted *trusted, struct dns_name name)
{
    struct outdated *outdated = &trusted->outdated;
    if (outdated->count == TREES)
        outdated->all = true;
    else
        dns_name_copy(&outdated->tree[outdated->count++], name);
}

void trusted_settled(struct trusted *trusted)
{
    struct cache *cache = trusted->daemon->shared.cache;
    struct outdated *outdated = &trusted->outdated;
    if (outdated->all)
        cache_flush(cache);
    for (unsigned i = 0; i < outdated->count && !outdated->all; i++)
        cache_flush_tree(cache, dns_name_view(&outdated->tree[i]));
    outdated->all = false;
    outdated->count = 0;
}

static bool validating(const struct trusted *trusted)
{
    return trusted->told == AS_CONFIGURED ? trusted->configured->validation.enabled
                                          : trusted->told == TOLD_ON;
}

/* Keys go on rolling while nothing is validated for a time. */
static bool follow_on(struct trusted *trusted, const struct settings *settings)
{
    char folder[PATH_ROOM];
    struct validation validation = trusted->configured->validation;
    validation.enabled |= trusted->told == TOLD_ON;
    folder_of(settings, folder);
    return follow_configure(trusted->follow, &validation, folder, wall_now());
}

static struct settings *with_trust(struct trusted *trusted, struct settings *settings, struct local *local)
{
    size_t count;
    struct dnssec_anchor *anchors = follow_anchors(trusted->follow, &trusted->configured->validation, &count);
    struct settings *changed =
        anchors == NULL ? NULL
                        : settings_with_trust(settings, anchors, count, trusted->exceptions.except,
                                              trusted->exceptions.count, validating(trusted), local);
    free(anchors);
    return changed;
}

static bool same_name(const uint8_t *a, const uint8_t *b)
{
    struct dns_name one, other;
    return dns_name_from_wire(a, DNS_NAME_MAX, &one) == DNS_OK &&
           dns_name_from_wire(b, DNS_NAME_MAX, &other) == DNS_OK && dns_name_equal(one, other);
}

static bool same_validation(const struct validation *a, const struct validation *b)
{
    bool same = a->enabled == b->enabled && a->anchor_count == b->anchor_count &&
                a->policy_count == b->policy_count && a->except_count == b->except_count;
    for (size_t i = 0; same && i < a->anchor_count; i++)
        same = memcmp(&a->anchors[i], &b->anchors[i], sizeof a->anchors[i]) == 0;
    for (size_t i = 0; same && i < a->policy_count; i++)
        same = memcmp(&a->policies[i], &b->policies[i], sizeof a->policies[i]) == 0 &&
               same_name(a->policy_names[i], b->policy_names[i]);
    for (size_t i = 0; same && i < a->except_count; i++)
        same = dns_name_equal(dns_name_view(&a->except[i].name), dns_name_view(&b->except[i].name));
    return same;
}

/* What was learnt from other servers may be wrong where the names are asked for elsewhere now. */
static bool same_routes(const struct settings *a, const struct settings *b)
{
    bool same = a->route_count == b->route_count;
    for (size_t i = 0; same && i < a->route_count; i++) {
        const struct route *one = &a->routes[i], *other = &b->routes[i];
        same = one->kind == other->kind && dns_name_equal(one->name, other->name) &&
               one->address_count == other->address_count;
        for (unsigned j = 0; same && j < one->address_count; j++)
            same = dns_address_equal(&one->addresses[j], &other->addresses[j]);
    }
    return same;
}

static void outdate_zone(void *context, struct dns_name name)
{
    outdate(context, name);
}

struct settings *trusted_apply(struct trusted *trusted, struct settings *loaded)
{
    struct settings *before = trusted->configured;
    bool validated = before != NULL && validating(trusted);
    trusted->configured = settings_keep(loaded);
    trusted->told = AS_CONFIGURED;
    trusted->outdated.all = trusted->outdated.all ||
                            (before != NULL && (validated != loaded->validation.enabled ||
                                                !same_validation(&before->validation, &loaded->validation) ||
                                                !same_routes(before, loaded)));
    if (before != NULL)
        local_compare(trusted->daemon->settings->local, loaded->local, outdate_zone, trusted);
    settings_release(before);
    struct settings *changed = follow_on(trusted, loaded) ? with_trust(trusted, loaded, loaded->local) : NULL;
    if (changed == NULL) {
        say(trusted, CONFIG_ERROR,
            "out of memory: what was learnt of trust anchors, and negative ones, do not hold");
        return loaded;
    }
    settings_let_go_of_zones(loaded);
    settings_release(loaded);
    return changed;
}

static void on_handed_out(struct round *round)
{
    trusted_settled(round->daemon->trusted);
    if (round->then != NULL)
        round->then(round);
}

/* The settings in use with these zones, and with what is trusted now. `then` is called when every worker has them. */
static bool hand_out_with(struct trusted *trusted, struct local *local, void (*then)(struct round *),
                          void *context)
{
    struct daemon *daemon = trusted->daemon;
    struct round *round = daemon_round(daemon, on_handed_out, context);
    struct settings *changed = round == NULL ? NULL : with_trust(trusted, daemon->settings, local);
    if (changed == NULL) {
        free(round);
        say(trusted, CONFIG_ERROR, "out of memory: a change of settings waits for the next one");
        return false;
    }
    settings_release(daemon->settings);
    daemon->settings = changed;
    round->then = then;
    for (unsigned i = 0; i < round->count; i++)
        round->message[i].settings = settings_keep(changed);
    daemon_post(round, MESSAGE_TRUST);
    return true;
}

static bool hand_out(struct trusted *trusted, void (*then)(struct round *), void *context)
{
    return hand_out_with(trusted, trusted->daemon->settings->local, then, context);
}

bool trusted_publish(struct trusted *trusted, struct local *local, void (*then)(struct round *),
                     void *context)
{
    local_compare(trusted->daemon->settings->local, local, outdate_zone, trusted);
    bool done = hand_out_with(trusted, local, then, context);
    local_release(local);
    return done;
}

/* -- keys that are followed ------------------------------------------------------------------------ */

static void schedule(struct trusted *trusted);

static void on_answer(struct round *round)
{
    struct trusted *trusted = round->context;
    struct message *message = &round->message[0];
    if (trusted->daemon->stopping) {
        free(message->wire);
        return;
    }
    bool changed = follow_take(trusted->follow, dns_name_view(&message->name), message->wire, message->length,
                               wall_now());
    free(message->wire);
    if (changed)
        hand_out(trusted, NULL, NULL);
    schedule(trusted);
}

/* The RRset is asked for anew, not taken from the cache: that is what RFC 5011 calls active refresh. */
static void ask(struct trusted *trusted, const struct dns_name_buffer *zone)
{
    struct daemon *daemon = trusted->daemon;
    struct cache_key key = {CACHE_RRSET, DNS_TYPE_DNSKEY, dns_name_view(zone)};
    struct round *round = daemon_round(daemon, on_answer, trusted);
    if (round == NULL) {
        follow_take(trusted->follow, dns_name_view(zone), NULL, 0, wall_now());
        return;
    }
    cache_drop(daemon->shared.cache, &key);
    round->count = 1;
    round->message[0].name = *zone;
    round->message[0].type = DNS_TYPE_DNSKEY;
    round->message[0].checking_disabled = true;
    daemon_post(round, MESSAGE_ASK);
}

/* -- once a minute --------------------------------------------------------------------------------- */

static void look_at_clock(struct trusted *trusted, uint64_t now)
{
    char text[VALIDATION_CLOCK_TEXT];
    const struct validation *validation = &trusted->configured->validation;
    bool wrong = validating(trusted) && validation_clock_wrong(validation, now, text);
    if (wrong && !trusted->clock_wrong)
        log_write(trusted->daemon->log, CONFIG_CATEGORY_DNSSEC, CONFIG_ERROR,
                  "%s: no signature can be valid, so no signed name can be resolved; set the clock", text);
    else if (!wrong && trusted->clock_wrong)
        log_write(trusted->daemon->log, CONFIG_CATEGORY_DNSSEC, CONFIG_NOTICE, "the clock has been set");
    if (trusted->clock_wrong && !wrong)
        trusted->outdated.all = true; /* what failed for that */
    trusted->clock_wrong = wrong;
}

static void end_exceptions(struct trusted *trusted, uint64_t now)
{
    struct dns_name_buffer name;
    char text[DNS_NAME_TEXT_MAX];
    bool some = false;
    while (nta_expire(&trusted->exceptions, now, &name)) {
        log_write(trusted->daemon->log, CONFIG_CATEGORY_DNSSEC, CONFIG_NOTICE,
                  "negative trust anchor %.500s has ended: it is validated again",
                  dns_name_to_text(dns_name_view(&name), text));
        outdate(trusted, dns_name_view(&name));
        some = true;
    }
    if (some)
        hand_out(trusted, NULL, NULL);
}

static void on_tick(uv_timer_t *timer)
{
    struct trusted *trusted = timer->data;
    struct dns_name_buffer zone;
    uint64_t now = wall_now();
    if (trusted->daemon->stopping)
        return;
    look_at_clock(trusted, now);
    if (trusted->outdated.all)
        trusted_settled(trusted);
    end_exceptions(trusted, now);
    while (follow_ask(trusted->follow, now, &zone))
        ask(trusted, &zone);
    schedule(trusted);
}

/* A wall clock may jump: nothing is waited for longer than a minute at a time. */
static void schedule(struct trusted *trusted)
{
    uint64_t now = wall_now(), due = follow_due(trusted->follow), end = nta_due(&trusted->exceptions);
    if (!trusted->running || trusted->daemon->stopping)
        return;
    due = due < end ? due : end;
    uint64_t wait = due <= now ? 1 : due - now < MINUTE ? due - now : MINUTE;
    uv_timer_start(&trusted->timer, on_tick, wait * 1000, 0);
}

void trusted_start(struct trusted *trusted)
{
    trusted->running = true;
    uv_timer_init(&trusted->daemon->loop, &trusted->timer);
    trusted->timer.data = trusted;
    uv_timer_start(&trusted->timer, on_tick, 0, 0);
}

/* -- commands ---------------------------------------------------------------------------------------- */

bool trusted_except(struct trusted *trusted, struct dns_name name, uint32_t lifetime, struct report *report,
                    void (*then)(struct round *), void *context)
{
    char shown[DNS_NAME_TEXT_MAX];
    uint64_t now = wall_now();
    if (lifetime == 0)
        lifetime = trusted->configured->config->nta_lifetime;
    enum nta_added added = nta_add(&trusted->exceptions, name, now + lifetime);
    if (added == NTA_FULL) {
        report_note(report, "there are %d negative trust anchors already: remove one first", NTA_MAX);
        return false;
    }
    outdate(trusted, name);
    dns_name_to_text(name, shown);
    log_write(trusted->daemon->log, CONFIG_CATEGORY_DNSSEC, CONFIG_NOTICE,
              "negative trust anchor %.500s: nothing is validated there for %u seconds", shown, lifetime);
    report_note(report, "%s is not validated for %u seconds", shown, lifetime);
    schedule(trusted);
    return hand_out(trusted, then, context);
}

bool trusted_unexcept(struct trusted *trusted, struct dns_name name, struct report *report,
                      void (*then)(struct round *), void *context)
{
    char shown[DNS_NAME_TEXT_MAX];
    dns_name_to_text(name, shown);
    if (!nta_remove(&trusted->exceptions, name)) {
        report_note(report,
                    "there is no negative trust anchor %s; rootwalkctl nta list shows those there are",
                    shown);
        return false;
    }
    outdate(trusted, name);
    log_write(trusted->daemon->log, CONFIG_CATEGORY_DNSSEC, CONFIG_NOTICE,
              "negative trust anchor %.500s is removed: it is validated again", shown);
    report_note(report, "%s is validated again", shown);
    return hand_out(trusted, then, context);
}

bool trusted_validate(struct trusted *trusted, bool on, struct report *report, void (*then)(struct round *),
                      void *context)
{
    bool was = validating(trusted);
    if (on && trusted->configured->validation.anchor_count == 0) {
        report_note(report, "there are no trust anchors to validate by: write dnssec-validation auto, or "
                            "trust-anchors, into the configuration");
        return false;
    }
    trusted->told = on ? TOLD_ON : TOLD_OFF;
    trusted->outdated.all |= was != on; /* what was judged, or was not, by the other rule */
    log_write(trusted->daemon->log, CONFIG_CATEGORY_DNSSEC, CONFIG_NOTICE,
              on ? "validation is on" : "validation is off: forged answers are not recognised");
    report_note(report, "validation is %s, until the configuration is read again%s", on ? "on" : "off",
                was != on ? "; the cache is empty now" : "");
    if (!follow_on(trusted, trusted->configured))
        return false;
    schedule(trusted);
    return hand_out(trusted, then, context);
}

bool trusted_is_told_to_validate(const struct trusted *trusted)
{
    return trusted->told != AS_CONFIGURED;
}

void trusted_list_exceptions(const struct trusted *trusted, struct report *report)
{
    const struct validation *configured = &trusted->configured->validation;
    for (size_t i = 0; i < trusted->exceptions.count; i++) {
        const struct validation_except *except = &trusted->exceptions.except[i];
        report_row(report, "negative-trust-anchor");
        report_name(report, "name", "", dns_name_view(&except->name));
        report_time(report, "until", "until", except->until);
        report_row_end(report);
    }
    for (size_t i = 0; i < configured->except_count; i++) {
        report_row(report, "negative-trust-anchor");
        report_name(report, "name", "", dns_name_view(&configured->except[i].name));
        report_string(report, "reason", "for good", "(validate-except)");
        report_row_end(report);
    }
}

static void report_key(void *context, const struct follow_key *key)
{
    struct report *report = context;
    report_row(report, "trust-anchor");
    report_name(report, "name", "", key->zone);
    report_count(report, "key", "key", key->key_tag);
    report_count(report, "algorithm", "algorithm", key->algorithm);
    report_string(report, "state", "", key->state);
    if (!key->stored)
        report_flag(report, "stored", "stored:", false);
    report_row_end(report);
}

void trusted_list_keys(const struct trusted *trusted, struct report *report)
{
    const struct validation *configured = &trusted->configured->validation;
    bool held = configured->enabled || trusted->told == TOLD_ON;
    for (size_t i = 0; held && i < configured->anchor_count; i++) {
        const struct dnssec_anchor *anchor = &configured->anchors[i];
        struct follow_key key = {dns_name_view(&anchor->zone), anchor->key_tag, anchor->algorithm, "static",
                                 true};
        if (!anchor->initial)
            report_key(report, &key);
    }
    follow_describe(trusted->follow, report_key, report);
}
