#include "server/follow.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/message.h"
#include "dnssec/roll.h"
#include "dnssec/workspace.h"
#include "server/state_file.h"

enum { LINE_OCTETS = 1400, FILE_NAME = 240, RECORDS = 160, GATHERED = 65536, TEXT = DNSSEC_ROLL_TEXT_MAX };

struct followed {
    struct followed *next;
    bool asked;      /* an answer is awaited */
    bool kept;       /* the present state is on the disk */
    bool complained; /* that it could not be written */
    bool wanted;     /* by the configuration that is being taken */
    struct dnssec_policy policy;
    struct dnssec_roll roll;
    char file[FILE_NAME];
};

struct follow {
    struct followed *zones;
    struct dnssec_workspace *workspace;
    char *directory;
    follow_say *say;
    void *context;
    char text[TEXT];
    uint8_t octets[GATHERED];
    struct dnssec_rdata rdata[RECORDS];
    struct dnssec_rrset rrsets[RECORDS];
    struct dns_record records[RECORDS];
};

static void say(const struct follow *follow, enum config_severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct follow *follow, enum config_severity severity, const char *format, ...)
{
    char line[LINE_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    follow->say(follow->context, severity, line);
}

struct follow *follow_create(follow_say *say_line, void *context)
{
    struct follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL)
        return NULL;
    follow->say = say_line;
    follow->context = context;
    follow->workspace = dnssec_workspace_new();
    if (follow->workspace != NULL)
        return follow;
    free(follow);
    return NULL;
}

static void free_zones(struct followed *zone)
{
    while (zone != NULL) {
        struct followed *next = zone->next;
        free(zone);
        zone = next;
    }
}

void follow_destroy(struct follow *follow)
{
    if (follow == NULL)
        return;
    free_zones(follow->zones);
    dnssec_workspace_free(follow->workspace);
    free(follow->directory);
    free(follow);
}

static const char *name_of(const struct followed *zone, char text[DNS_NAME_TEXT_MAX])
{
    return dns_name_to_text(dns_name_view(&zone->roll.zone), text);
}

/* -- the file ------------------------------------------------------------------------------------ */

/* "ROOT.keys", "example.org.keys"; what may not stand in a file's name is written %2f, and of a name that is too
   long a hash makes the difference. */
static void name_file(struct followed *zone)
{
    char text[DNS_NAME_TEXT_MAX], *to = zone->file, *end = zone->file + FILE_NAME - 40;
    const char *at = name_of(zone, text);
    uint32_t hash = 2166136261u; /* FNV-1a */
    bool cut = false;
    if (dns_name_is_root(dns_name_view(&zone->roll.zone))) {
        strcpy(zone->file, "ROOT.keys"); /* no other is in upper case */
        return;
    }
    for (; *at != '\0'; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '-' || *at == '_' ||
                     (*at == '.' && to != zone->file);
        hash = (hash ^ (uint8_t)*at) * 16777619u;
        cut = cut || to >= end;
        if (!cut)
            to += sprintf(to, plain ? "%c" : "%%%02x", plain ? *at : (uint8_t)*at);
    }
    if (cut)
        to += sprintf(to, "-%08x.", hash);
    strcpy(to, "keys");
}

static void keep(struct follow *follow, struct followed *zone)
{
    const char *step;
    char name[DNS_NAME_TEXT_MAX];
    size_t length = dnssec_roll_to_text(follow->workspace, &zone->roll, follow->text, sizeof follow->text);
    zone->kept = length > 0 && state_file_write(follow->directory, zone->file, follow->text, length, &step);
    if (zone->kept) {
        zone->complained = false;
        return;
    }
    if (!zone->complained)
        say(follow, CONFIG_WARNING,
            "trust anchors of %.200s: cannot %s %.500s/%s: %s; what is learnt of them is lost at the next "
            "restart: "
            "let the daemon's user write there, or name another folder with managed-keys-directory",
            name_of(zone, name), step, follow->directory, zone->file, strerror(errno));
    zone->complained = true;
}

static void refuse_file(const struct follow *follow, const struct followed *zone, unsigned line,
                        const char *why)
{
    char name[DNS_NAME_TEXT_MAX], place[32] = "";
    if (line > 0)
        snprintf(place, sizeof place, ", line %u", line);
    say(follow, CONFIG_WARNING,
        "trust anchors of %.200s: %.500s/%s%s cannot be used: %s; those of the configuration hold, and the "
        "file is "
        "written anew when the zone's keys have been seen; remove it if you do not know what happened",
        name_of(zone, name), follow->directory, zone->file, place, why);
}

static const char *why_unread(int why)
{
    return why == EPERM
               ? "it is no plain file, or others than the daemon's user and root own it or may write to it"
           : why == EFBIG ? "it is too long to be one of ours"
           : why == ELOOP ? "it is a symbolic link"
                          : strerror(why);
}

/* What the file says, or the configured anchors. */
static void begin(struct follow *follow, struct followed *zone, const struct dnssec_anchor *anchors,
                  unsigned count, uint64_t now)
{
    struct dns_name_buffer name = zone->roll.zone;
    const char *step;
    unsigned line = 0;
    ssize_t length = state_file_read(follow->directory, zone->file, follow->text, sizeof follow->text, &step);
    int why = errno;
    if (length >= 0) {
        enum dnssec_roll_error error = dnssec_roll_from_text(follow->workspace, follow->text, (size_t)length,
                                                             dns_name_view(&name), now, &zone->roll, &line);
        unsigned added =
            error != DNSSEC_ROLL_OK ? 0 : dnssec_roll_merge(follow->workspace, &zone->roll, anchors, count);
        zone->kept = error == DNSSEC_ROLL_OK && added == 0;
        if (error == DNSSEC_ROLL_OK && added < count)
            return;
        zone->roll.zone = name;
        refuse_file(follow, zone, error == DNSSEC_ROLL_OK ? 0 : line,
                    error != DNSSEC_ROLL_OK ? dnssec_roll_error_text(error)
                                            : "it knows none of the trust anchors of the configuration");
        zone->kept = false;
    } else if (why != ENOENT) {
        refuse_file(follow, zone, 0, why_unread(why));
    }
    dnssec_roll_start(&zone->roll, dns_name_view(&name), anchors, count);
}

/* -- which zones --------------------------------------------------------------------------------- */

static struct followed *find(const struct follow *follow, struct dns_name name)
{
    for (struct followed *zone = follow->zones; zone != NULL; zone = zone->next)
        if (dns_name_equal(dns_name_view(&zone->roll.zone), name))
            return zone;
    return NULL;
}

/* The configured anchors of a zone; at most as many as a state holds. */
static unsigned gather(const struct validation *configured, struct dns_name name,
                       struct dnssec_anchor anchors[DNSSEC_ROLL_KEYS])
{
    unsigned count = 0;
    for (size_t i = 0; i < configured->anchor_count && count < DNSSEC_ROLL_KEYS; i++)
        if (dns_name_equal(dns_name_view(&configured->anchors[i].zone), name))
            anchors[count++] = configured->anchors[i];
    return count;
}

static bool follow_zone(struct follow *follow, const struct validation *configured, struct dns_name name,
                        uint64_t now)
{
    struct dnssec_anchor anchors[DNSSEC_ROLL_KEYS];
    struct followed *zone = find(follow, name);
    unsigned count = gather(configured, name, anchors);
    bool new = zone == NULL;
    if (new) {
        zone = calloc(1, sizeof *zone);
        if (zone == NULL)
            return false;
        dns_name_copy_lower(&zone->roll.zone, name);
        name_file(zone);
        begin(follow, zone, anchors, count, now);
        zone->next = follow->zones;
        follow->zones = zone;
    } else if (!zone->wanted) {
        dnssec_roll_merge(follow->workspace, &zone->roll, anchors, count);
    }
    zone->wanted = true;
    zone->policy = *validation_policy(configured, name);
    return true;
}

static void forget_unwanted(struct follow *follow)
{
    struct followed **link = &follow->zones;
    while (*link != NULL) {
        struct followed *zone = *link;
        if (zone->wanted) {
            link = &zone->next;
            continue;
        }
        *link = zone->next;
        free(zone);
    }
}

bool follow_configure(struct follow *follow, const struct validation *configured, const char *directory,
                      uint64_t now)
{
    char *copy = strdup(directory);
    bool moved = follow->directory == NULL || strcmp(follow->directory, directory) != 0;
    if (copy == NULL)
        return false;
    free(follow->directory);
    follow->directory = copy;
    for (struct followed *zone = follow->zones; zone != NULL; zone = zone->next) {
        zone->wanted = false;
        zone->kept = zone->kept && !moved;
        zone->complained = zone->complained && !moved;
    }
    for (size_t i = 0; configured->enabled && i < configured->anchor_count; i++)
        if (configured->anchors[i].initial &&
            !follow_zone(follow, configured, dns_name_view(&configured->anchors[i].zone), now))
            return false;
    forget_unwanted(follow);
    return true;
}

struct dnssec_anchor *follow_anchors(const struct follow *follow, const struct validation *configured,
                                     size_t *count)
{
    size_t most = configured->anchor_count + 1;
    for (const struct followed *zone = follow->zones; zone != NULL; zone = zone->next)
        most += zone->roll.count;
    struct dnssec_anchor *anchors = calloc(most, sizeof *anchors);
    *count = 0;
    if (anchors == NULL)
        return NULL;
    for (size_t i = 0; i < configured->anchor_count; i++)
        if (!configured->anchors[i].initial)
            anchors[(*count)++] = configured->anchors[i];
    for (const struct followed *zone = follow->zones; zone != NULL; zone = zone->next)
        *count += dnssec_roll_anchors(&zone->roll, anchors + *count, DNSSEC_ROLL_KEYS);
    return anchors;
}

/* -- asking -------------------------------------------------------------------------------------- */

uint64_t follow_due(const struct follow *follow)
{
    uint64_t due = UINT64_MAX;
    for (const struct followed *zone = follow->zones; zone != NULL; zone = zone->next)
        if (!zone->asked && zone->roll.next_check < due)
            due = zone->roll.next_check;
    return due;
}

bool follow_ask(struct follow *follow, uint64_t now, struct dns_name_buffer *name)
{
    for (struct followed *zone = follow->zones; zone != NULL; zone = zone->next) {
        /* A time far ahead was set by a clock that was wrong: no interval is longer than 15 days. */
        bool far = zone->roll.next_check > now + 16 * 86400;
        if (zone->asked || (zone->roll.next_check > now && !far))
            continue;
        zone->asked = true;
        *name = zone->roll.zone;
        return true;
    }
    return false;
}

static const struct dnssec_rrset *read_keys(struct follow *follow, struct dns_name zone, const uint8_t *wire,
                                            size_t length)
{
    struct dns_message message;
    struct dnssec_gather lent = {
        .rdata = follow->rdata, .rdata_capacity = RECORDS, .octets = follow->octets, .capacity = GATHERED};
    unsigned count = RECORDS;
    if (wire == NULL || dns_message_parse(&message, wire, length, follow->records, RECORDS) != DNS_OK ||
        dnssec_gather_section(&lent, &message, DNS_ANSWER, follow->rrsets, &count) != DNS_OK)
        return NULL;
    return dnssec_rrset_find(follow->rrsets, count, zone, DNS_TYPE_DNSKEY, DNS_CLASS_IN);
}

static void say_change(const struct follow *follow, const struct followed *zone,
                       const struct dnssec_roll_key *key, uint64_t now)
{
    char name[DNS_NAME_TEXT_MAX], until[32] = "";
    struct tm parts = {0};
    time_t at = (time_t)key->hold_until;
    gmtime_r(&at, &parts);
    strftime(until, sizeof until, "%Y-%m-%d %H:%M UTC", &parts);
    unsigned tag = key->anchor.key_tag;
    name_of(zone, name);
    if (key->since != now)
        return;
    switch (key->state) {
    case DNSSEC_ROLL_PENDING:
        say(follow, CONFIG_NOTICE, "trust anchors of %.200s: new key %u, trusted from %s on if it stays",
            name, tag, until);
        break;
    case DNSSEC_ROLL_VALID:
        say(follow, CONFIG_NOTICE, "trust anchors of %.200s: key %u is trusted", name, tag);
        break;
    case DNSSEC_ROLL_MISSING:
        say(follow, CONFIG_WARNING, "trust anchors of %.200s: key %u is not in the zone; it stays trusted",
            name, tag);
        break;
    case DNSSEC_ROLL_REVOKED:
        say(follow, CONFIG_NOTICE, "trust anchors of %.200s: key %u was revoked by its owner", name, tag);
        break;
    case DNSSEC_ROLL_REMOVED:
        say(follow, CONFIG_INFO, "trust anchors of %.200s: key %u is gone for good", name, tag);
        break;
    }
}

static unsigned trusted(const struct dnssec_roll *roll)
{
    unsigned count = 0;
    for (unsigned i = 0; i < roll->count; i++)
        count += roll->key[i].state == DNSSEC_ROLL_VALID || roll->key[i].state == DNSSEC_ROLL_MISSING;
    return count;
}

static void say_changes(const struct follow *follow, const struct followed *zone, unsigned changes,
                        uint64_t now)
{
    char name[DNS_NAME_TEXT_MAX];
    if ((changes & ~(unsigned)DNSSEC_ROLL_CHECKED) == 0)
        return;
    for (unsigned i = 0; i < zone->roll.count; i++)
        say_change(follow, zone, &zone->roll.key[i], now);
    if ((changes & DNSSEC_ROLL_FULL) != 0)
        say(follow, CONFIG_WARNING,
            "trust anchors of %.200s: %u keys are followed already and all are in use, so that a new key is "
            "not; "
            "it will have to be given in trust-anchors",
            name_of(zone, name), zone->roll.count);
    if (trusted(&zone->roll) == 0)
        say(follow, CONFIG_ERROR,
            "trust anchors of %.200s: all were revoked, so nothing below is validated by them any more (RFC "
            "5011, "
            "section 5); give its present key in trust-anchors, or update rootwalk",
            name_of(zone, name));
}

bool follow_take(struct follow *follow, struct dns_name name, const uint8_t *wire, size_t length,
                 uint64_t now)
{
    struct followed *zone = find(follow, name);
    char text[DNS_NAME_TEXT_MAX];
    if (zone == NULL || !zone->asked)
        return false; /* a reload has ended it */
    zone->asked = false;
    const struct dnssec_rrset *keys = read_keys(follow, name, wire, length);
    if (keys == NULL) {
        dnssec_roll_retry(&zone->roll, now);
        return false;
    }
    struct dnssec_budget budget = dnssec_budget_default();
    struct dnssec_context context = {follow->workspace, &zone->policy, &budget, now};
    unsigned changes = dnssec_roll_update(&context, &zone->roll, keys);
    say_changes(follow, zone, changes, now);
    if ((changes & DNSSEC_ROLL_CHECKED) == 0 && !dnssec_policy_clock_wrong(&zone->policy, now))
        say(follow, CONFIG_WARNING,
            "trust anchors of %.200s: its DNSKEY records are signed by none of the keys that are trusted",
            name_of(zone, text));
    if (changes != 0)
        keep(follow, zone);
    return (changes & (DNSSEC_ROLL_TRUSTED | DNSSEC_ROLL_REVOCATION)) != 0;
}

void follow_describe(const struct follow *follow, void (*tell)(void *context, const struct follow_key *key),
                     void *context)
{
    for (const struct followed *zone = follow->zones; zone != NULL; zone = zone->next)
        for (unsigned i = 0; i < zone->roll.count; i++) {
            const struct dnssec_roll_key *key = &zone->roll.key[i];
            struct follow_key told = {dns_name_view(&key->anchor.zone), key->anchor.key_tag,
                                      key->anchor.algorithm, dnssec_roll_state_text(key->state), zone->kept};
            tell(context, &told);
        }
}
