/* Who is told of new versions of our zones (RFC 1996), and where their name servers are. */
#include <stdlib.h>

#include "server/daemon.h"
#include "server/local.h"
#include "server/notifier.h"

enum { ALSO_MAX = 64, RECORDS_MAX = 64 };

static void say(void *context, enum config_severity severity, const char *line)
{
    const struct daemon *daemon = context;
    log_write(daemon->log, CONFIG_CATEGORY_NOTIFY, severity, "%s", line);
}

/* -- addresses of name servers --------------------------------------------------------------------------- */

/* One lookup: the name server's address in one family. */
struct lookup {
    struct dns_name_buffer apex;
};

static void tell_addresses(struct daemon *daemon, struct dns_name apex, const struct message *message)
{
    struct dns_message answer;
    struct dns_record records[RECORDS_MAX];
    if (message->wire == NULL ||
        dns_message_parse(&answer, message->wire, message->length, records, RECORDS_MAX) != DNS_OK)
        return;
    for (unsigned i = 0; i < answer.count[DNS_ANSWER]; i++) {
        const struct dns_record *record = &answer.section[DNS_ANSWER][i];
        uint8_t family = record->type == DNS_TYPE_A && record->rdata_length == 4       ? 4
                         : record->type == DNS_TYPE_AAAA && record->rdata_length == 16 ? 6
                                                                                       : 0;
        if (family == 0)
            continue;
        struct dns_address address = dns_address_make(family, answer.wire + record->rdata, 53);
        notifier_address(daemon->notifier, apex, &address);
    }
}

static void on_answer(struct round *round)
{
    struct lookup *lookup = round->context;
    if (!round->daemon->stopping)
        tell_addresses(round->daemon, dns_name_view(&lookup->apex), &round->message[0]);
    free(round->message[0].wire);
    free(lookup);
}

static void look_up(void *context, struct dns_name apex, struct dns_name name)
{
    static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
    struct daemon *daemon = context;
    for (unsigned i = 0; i < 2; i++) {
        struct lookup *lookup = malloc(sizeof *lookup);
        struct round *round = lookup == NULL ? NULL : daemon_round(daemon, on_answer, lookup);
        if (round == NULL) {
            free(lookup);
            return;
        }
        dns_name_copy(&lookup->apex, apex);
        round->count = 1;
        dns_name_copy(&round->message[0].name, name);
        round->message[0].type = types[i];
        daemon_post(round, MESSAGE_ASK);
    }
}

/* -- whom ------------------------------------------------------------------------------------------------ */

static void notify_zone(struct daemon *daemon, const struct local_zone *local)
{
    struct notifier_also also[ALSO_MAX];
    const struct config_zone *config = local->config;
    const struct settings *settings = daemon->settings;
    struct notifier_whom whom = {.name_servers = config->notify == CONFIG_NOTIFY_YES, .also = also};
    for (size_t i = 0; i < config->also_notify.count && whom.also_count < ALSO_MAX; i++) {
        const struct config_remote *remote = &config->also_notify.remote[i];
        also[whom.also_count++] = (struct notifier_also){
            remote->address, remote->key == 0 ? NULL : settings->keys[remote->key - 1]};
    }
    notifier_tell(daemon->notifier, local->zone, &whom);
}

static bool is_news(const struct local_zone *now, const struct local_zone *before)
{
    return before == NULL || before->zone == NULL ||
           (before->zone != now->zone && zone_serial(before->zone) != zone_serial(now->zone));
}

static void tell(struct daemon *daemon, const struct local *former)
{
    const struct local *local = daemon->settings->local;
    for (size_t i = 0; i < local_count(local); i++) {
        const struct local_zone *zone = local_at(local, i);
        const struct local_zone *before =
            former == NULL ? NULL : local_exactly(former, dns_name_view(&zone->name));
        if (zone->config != NULL && zone->zone != NULL && zone->config->notify != CONFIG_NOTIFY_NO &&
            is_news(zone, before))
            notify_zone(daemon, zone);
    }
}

static void on_served(struct round *round)
{
    if (!round->daemon->stopping)
        tell(round->daemon, round->context);
    local_release(round->context);
}

/* Who is told asks at once, and must not be answered by the version before. */
void daemon_notify(struct daemon *daemon, struct local *former)
{
    struct round *round = daemon_round(daemon, on_served, former);
    if (round != NULL) {
        if (former != NULL)
            local_keep(former);
        daemon_post(round, MESSAGE_NOTHING);
    } else {
        tell(daemon, former);
    }
}

bool daemon_notify_zone(struct daemon *daemon, struct dns_name name)
{
    const struct local_zone *zone = local_exactly(daemon->settings->local, name);
    bool told = zone != NULL && zone->config != NULL && zone->zone != NULL &&
                zone->config->notify != CONFIG_NOTIFY_NO;
    if (told)
        notify_zone(daemon, zone);
    return told;
}

bool daemon_notify_start(struct daemon *daemon)
{
    daemon->notifier = notifier_create(&daemon->loop, say, look_up, daemon);
    return daemon->notifier != NULL;
}
