#include "server/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/store.h"
#include "zones/answer.h"
#include "zones/file.h"
#include "zones/journal.h"

/* A name that is ours, or that one of ours lies below. */
struct node {
    uint32_t hash;
    uint32_t zone; /* its number plus 1; 0: only something below is ours */
    struct dns_name name;
};

struct local {
    atomic_uint references;
    struct local_zone *zone;
    size_t count;
    struct node *node; /* open addressing */
    size_t mask;
    uint64_t ends; /* end_bit() of all names of ours; all are set where the root is ours */
};

/* -- finding -------------------------------------------------------------------------------------- */

/* Of a name from its end on: that of the name without its first label, and that label. The names of the table are the
   configuration's, so that nobody can make them collide. */
static uint32_t hash_label(uint32_t above, const uint8_t *label)
{
    uint32_t hash = above ^ 2166136261u;
    for (unsigned i = 0; i <= label[0]; i++) {
        uint8_t octet = label[i];
        octet = (uint8_t)(octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet);
        hash = (hash ^ octet) * 16777619u;
    }
    return hash;
}

static struct node *find_node(const struct local *local, uint32_t hash, struct dns_name name)
{
    for (size_t at = hash & local->mask;; at = (at + 1) & local->mask) {
        struct node *node = &local->node[at];
        if (node->name.wire == NULL || (node->hash == hash && dns_name_equal(node->name, name)))
            return node;
    }
}

/* One of 64 for the last two octets of a name that is not the root's. Most questions end as no name of ours does; with
   these factors no special name shares its bit with one of the large top-level domains. */
static uint64_t end_bit(struct dns_name name)
{
    const uint8_t *end = name.wire + name.length - 1;
    return UINT64_C(1) << (((end[-1] | 0x20u) * 10 + (end[-2] | 0x20u)) & 63);
}

static uint32_t __attribute__((noinline)) find(const struct local *local, struct dns_name name, uint16_t type)
{
    uint8_t start[DNS_LABELS_MAX + 1];
    unsigned labels = 0;
    uint32_t hash = 0, found = 0, above = 0;
    for (unsigned at = 0; name.wire[at] != 0; at += name.wire[at] + 1u)
        start[labels++] = (uint8_t)at;
    start[labels] = (uint8_t)(name.length - 1);
    for (unsigned i = labels + 1; i-- > 0;) {
        struct dns_name suffix = {name.wire + start[i], (uint8_t)(name.length - start[i])};
        hash = i == labels ? 0 : hash_label(hash, suffix.wire);
        const struct node *node = find_node(local, hash, suffix);
        if (node->name.wire == NULL)
            break;
        if (node->zone != 0) {
            above = found;
            found = node->zone;
        }
    }
    bool parents = found != 0 && local_is_parents(&local->zone[found - 1], name, type);
    return parents && above != 0 ? above : found;
}

const struct local_zone *local_find(const struct local *local, struct dns_name name, uint16_t type)
{
    if (dns_name_is_root(name) ? local->ends != UINT64_MAX : (local->ends & end_bit(name)) == 0)
        return NULL;
    uint32_t found = find(local, name, type);
    return found == 0 || local->zone[found - 1].elsewhere ? NULL : &local->zone[found - 1];
}

size_t local_count(const struct local *local)
{
    return local->count;
}

const struct local_zone *local_at(const struct local *local, size_t number)
{
    return &local->zone[number];
}

/* -- making ----------------------------------------------------------------------------------------- */

static uint32_t hash_name(struct dns_name name)
{
    unsigned labels = dns_name_labels(name);
    uint32_t hash = 0;
    for (unsigned count = 1; count <= labels; count++)
        hash = hash_label(hash, dns_name_suffix(name, count).wire);
    return hash;
}

const struct local_zone *local_exactly(const struct local *local, struct dns_name name)
{
    for (size_t i = 0; local != NULL && i < local->count; i++)
        if (dns_name_equal(dns_name_view(&local->zone[i].name), name))
            return &local->zone[i];
    return NULL;
}

/* The names and all above them; twice as many places as there can be names. */
static bool make_index(struct local *local)
{
    size_t names = 1, places = 4;
    for (size_t i = 0; i < local->count; i++)
        names += dns_name_labels(dns_name_view(&local->zone[i].name)) + 1;
    while (places < 2 * names)
        places *= 2;
    local->node = calloc(places, sizeof *local->node);
    local->mask = places - 1;
    if (local->node == NULL)
        return false;
    for (size_t i = 0; i < local->count; i++) {
        struct dns_name name = dns_name_view(&local->zone[i].name);
        for (unsigned labels = 0; labels <= dns_name_labels(name); labels++) {
            struct dns_name suffix = dns_name_suffix(name, labels);
            uint32_t hash = hash_name(suffix);
            struct node *node = find_node(local, hash, suffix);
            node->hash = hash;
            node->name = suffix;
            if (suffix.length == name.length)
                node->zone = (uint32_t)i + 1;
        }
        local->ends |= dns_name_is_root(name) ? UINT64_MAX : end_bit(name);
    }
    return true;
}

/* Takes zone and files over. */
static void add(struct local *local, struct local_zone zone, struct dns_name name)
{
    dns_name_copy_lower(&zone.name, name);
    local->zone[local->count++] = zone;
}

static void let_go(struct local_zone *zone)
{
    zone_release(zone->zone);
    zone_files_release(zone->files);
}

/* As `other` has it. */
static void take_version(struct local_zone *zone, const struct local_zone *other)
{
    let_go(zone);
    zone->zone = other->zone != NULL ? zone_hold(other->zone) : NULL;
    zone->files = other->files != NULL ? zone_files_hold(other->files) : NULL;
}

bool local_path(const struct settings *settings, const struct config_zone *config, char path[LOCAL_PATH_MAX])
{
    const char *file = config->file;
    bool whole = file != NULL && file[0] == '/';
    if (file == NULL)
        return false;
    int length =
        snprintf(path, LOCAL_PATH_MAX, "%s%s%s", whole ? "" : settings->base, whole ? "" : "/", file);
    return length >= 0 && length < LOCAL_PATH_MAX;
}

static void say_problems(const struct zone_problems *problems, settings_say *say, void *context)
{
    char *text = NULL, *rest;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return;
    zone_problems_print(problems, to);
    fclose(to);
    for (char *line = text == NULL ? NULL : strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        say(context, line);
    free(text);
}

static struct zone *read_file(const char *path, const struct config_zone *config, struct zone_files *files,
                              settings_say *say, void *context)
{
    struct zone_problems *problems = calloc(1, sizeof *problems);
    struct zone *zone = NULL;
    if (problems != NULL)
        zone = zone_file_read_noting(path, dns_name_view(config->name), problems, files);
    if (problems != NULL)
        say_problems(problems, say, context);
    free(problems);
    return zone;
}

static void say_zone(const struct config_zone *config, const char *what, settings_say *say, void *context)
{
    char line[1024], name[DNS_NAME_TEXT_MAX];
    snprintf(line, sizeof line, "%.256s:%u:%u: zone %.300s: %s", config->place.file, config->place.line,
             config->place.column, dns_name_to_text(dns_name_view(config->name), name), what);
    say(context, line);
}

/* For IXFR after a restart: without one secondaries get the zone whole. A version that follows another one leaves its
   journal, the first one takes what the last process has left. */
static void keep_journal(const struct local_zone *zone, const char *path, bool follows, settings_say *say,
                         void *context)
{
    char why[STORE_WHY_MAX], line[STORE_WHY_MAX + 64];
    if (follows ? store_journal(zone->zone, path, why) : store_read_journal(zone->zone, path, why))
        return;
    if (follows && (errno == EACCES || errno == EPERM || errno == EROFS))
        return; /* the folder is not meant to be written to */
    snprintf(line, sizeof line, "no journal for IXFR: %s", why);
    say_zone(zone->config, line, say, context);
}

/* The next version, of what is in its file; `before` has the one before, or none. */
static void load_primary(struct local_zone *zone, const char *path, const struct local_zone *before,
                         settings_say *say, void *context)
{
    bool same = zone_files_begin_with(before->files, path) && zone_files_unchanged(before->files);
    if (before->zone != NULL && same) {
        take_version(zone, before);
        return;
    }
    zone->files = zone_files_new();
    zone->zone = zone->files == NULL ? NULL : read_file(path, zone->config, zone->files, say, context);
    if (zone->zone == NULL && before->zone != NULL) {
        say_zone(zone->config, "the last good version is served on", say, context);
        take_version(zone, before);
        zone_files_release(zone->files); /* it is to be read again, and its mistake told again */
        zone->files = NULL;
    } else if (zone->zone == NULL) {
        say_zone(zone->config, "it cannot be served: who asks for its names gets SERVFAIL", say, context);
    } else if (before->zone != NULL && zone_same(zone->zone, before->zone)) {
        zone_release(zone->zone);
        zone->zone = zone_hold(before->zone);
    } else {
        if (before->zone != NULL && zone_serial(zone->zone) == zone_serial(before->zone))
            say_zone(zone->config, "it has changed without a new serial: secondaries will not notice", say,
                     context);
        zone_follow(zone->zone, before->zone);
        keep_journal(zone, path, before->zone != NULL, say, context);
    }
}

/* As it was fetched last; what was stored is read at the start, or when the zone is new in the configuration: one that
   has expired has no version. */
static void load_secondary(struct local_zone *zone, const char *path, const struct local_zone *before,
                           settings_say *say, void *context)
{
    bool known = before->config != NULL && before->config->type == CONFIG_ZONE_SECONDARY;
    if (before->zone != NULL)
        zone->zone = zone_hold(before->zone);
    else if (!known && path != NULL && access(path, F_OK) == 0)
        zone->zone = read_file(path, zone->config, NULL, say, context);
    if (before->zone == NULL && zone->zone != NULL)
        keep_journal(zone, path, false, say, context);
}

static void add_configured(struct local *local, const struct settings *settings, const struct local *former,
                           settings_say *say, void *context)
{
    static const struct local_zone nothing;
    const struct config *config = settings->config;
    char path[LOCAL_PATH_MAX];
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *statement = &config->zones[i];
        struct dns_name name = dns_name_view(statement->name);
        const struct local_zone *before = local_exactly(former, name);
        struct local_zone zone = {.config = statement};
        bool has_path = local_path(settings, statement, path);
        if (before == NULL || before->config == NULL)
            before = &nothing;
        if (statement->type == CONFIG_ZONE_PRIMARY && !has_path)
            say_zone(statement, "its file's path is too long", say, context);
        else if (statement->type == CONFIG_ZONE_PRIMARY)
            load_primary(&zone, path, before, say, context);
        else if (statement->type == CONFIG_ZONE_SECONDARY)
            load_secondary(&zone, has_path ? path : NULL, before, say, context);
        else
            zone.elsewhere = true;
        if (statement->type != CONFIG_ZONE_HINT)
            add(local, zone, name);
    }
}

static bool is_disabled(const struct config *config, struct dns_name name)
{
    for (size_t i = 0; i < config->disabled_empty_zone_count; i++)
        if (dns_name_equal(dns_name_view(&config->disabled_empty_zones[i]), name))
            return true;
    return false;
}

static bool is_among(const struct local *local, size_t count, struct dns_name name)
{
    for (size_t i = 0; i < count; i++)
        if (dns_name_equal(dns_name_view(&local->zone[i].name), name))
            return true;
    return false;
}

/* Those that the configuration says nothing of. */
static bool add_special(struct local *local, const struct config *config)
{
    struct dns_name_buffer buffer;
    const struct special_name *special;
    size_t configured = local->count;
    for (size_t i = 0; config->empty_zones && (special = special_name_at(i)) != NULL; i++) {
        dns_name_from_text(special->name, &buffer);
        struct dns_name name = dns_name_view(&buffer);
        if (is_disabled(config, name) || is_among(local, configured, name))
            continue;
        struct zone *zone =
            zone_text_read(special->text, strlen(special->text), special->name, name, 0, NULL);
        if (zone == NULL)
            return false;
        add(local, (struct local_zone){.zone = zone, .why = special->why}, name);
    }
    return true;
}

static struct local *new_local(size_t capacity)
{
    struct local *local = calloc(1, sizeof *local);
    if (local == NULL)
        return NULL;
    atomic_init(&local->references, 1);
    local->zone = calloc(capacity + 1, sizeof *local->zone);
    if (local->zone != NULL)
        return local;
    free(local);
    return NULL;
}

struct local *local_load(const struct settings *settings, const struct local *former, settings_say *say,
                         void *context)
{
    size_t specials = 0;
    while (special_name_at(specials) != NULL)
        specials++;
    struct local *local = new_local(settings->config->zone_count + specials);
    if (local == NULL)
        return NULL;
    add_configured(local, settings, former, say, context);
    if (add_special(local, settings->config) && make_index(local))
        return local;
    local_release(local);
    return NULL;
}

/* The same with another version of one zone. */
static struct local *with_version(const struct local *local, struct dns_name name,
                                  const struct local_zone *version)
{
    struct local *with = new_local(local->count);
    bool found = false;
    for (size_t i = 0; with != NULL && i < local->count; i++) {
        struct local_zone *copy = &with->zone[with->count++];
        bool other = dns_name_equal(dns_name_view(&local->zone[i].name), name);
        *copy = local->zone[i];
        copy->zone = NULL;
        copy->files = NULL;
        take_version(copy, other ? version : &local->zone[i]);
        found |= other;
    }
    if (with != NULL && found && make_index(with))
        return with;
    local_release(with);
    return NULL;
}

struct local *local_with(const struct local *local, struct dns_name name, struct zone *zone)
{
    return with_version(local, name, &(struct local_zone){.zone = zone});
}

struct local *local_load_zone(const struct settings *settings, const struct local *former,
                              struct dns_name name, settings_say *say, void *context)
{
    char path[LOCAL_PATH_MAX];
    const struct local_zone *was = local_exactly(former, name);
    if (was == NULL || was->config == NULL || was->config->type != CONFIG_ZONE_PRIMARY) {
        say(context, "it is no primary zone of ours any more: the configuration has been read meanwhile");
        return NULL;
    }
    if (!local_path(settings, was->config, path))
        return NULL;
    struct local_zone now = {.config = was->config};
    load_primary(&now, path, &(struct local_zone){.config = was->config, .zone = was->zone}, say, context);
    struct local *next = now.files != NULL && now.zone != NULL ? with_version(former, name, &now) : NULL;
    let_go(&now);
    return next;
}

/* What has been fetched meanwhile is not what is in the file of a zone that is no longer a secondary one. */
static bool same_type(const struct local_zone *next, const struct local_zone *current)
{
    return next->config != NULL && current->config != NULL && next->config->type == current->config->type;
}

void local_catch_up(struct local *next, const struct local *former, const struct local *current)
{
    for (size_t i = 0; i < next->count && former != current; i++) {
        struct dns_name name = dns_name_view(&next->zone[i].name);
        const struct local_zone *was = local_exactly(former, name), *is = local_exactly(current, name);
        if (was != NULL && is != NULL && same_type(&next->zone[i], is) && was->zone != is->zone)
            take_version(&next->zone[i], is);
    }
}

struct local *local_keep(struct local *local)
{
    atomic_fetch_add_explicit(&local->references, 1, memory_order_relaxed);
    return local;
}

void local_release(struct local *local)
{
    if (local == NULL || atomic_fetch_sub_explicit(&local->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < local->count; i++)
        let_go(&local->zone[i]);
    free(local->zone);
    free(local->node);
    free(local);
}

/* A special name stays what it is. */
static bool is_special(const struct local_zone *zone)
{
    return zone == NULL || (zone->config == NULL && !zone->elsewhere);
}

static bool has_cuts(const struct local_zone *zone)
{
    return zone->zone != NULL && zone_has_cuts(zone->zone);
}

void local_compare(const struct local *former, const struct local *next,
                   void (*tell)(void *context, struct dns_name name), void *context)
{
    for (size_t i = 0; i < next->count; i++) {
        const struct local_zone *zone = &next->zone[i];
        const struct local_zone *before = local_exactly(former, dns_name_view(&zone->name));
        if (is_special(zone) && before != NULL && is_special(before))
            continue;
        if (before == NULL || (before->zone != zone->zone && (has_cuts(before) || has_cuts(zone))))
            tell(context, dns_name_view(&zone->name));
    }
    for (size_t i = 0; i < former->count; i++)
        if (local_exactly(next, dns_name_view(&former->zone[i].name)) == NULL)
            tell(context, dns_name_view(&former->zone[i].name));
}

static void log_zone(const struct local_zone *zone, const struct local_zone *before, struct log *log)
{
    char name[DNS_NAME_TEXT_MAX];
    dns_name_to_text(dns_name_view(&zone->name), name);
    if (zone->zone == NULL && zone->config->type == CONFIG_ZONE_PRIMARY)
        log_write(log, CONFIG_CATEGORY_ZONELOAD, CONFIG_ERROR,
                  "zone %.500s: not loaded; rootwalk-checkconf -z says why", name);
    else if (zone->zone != NULL && (before == NULL || before->zone != zone->zone))
        log_write(log, CONFIG_CATEGORY_ZONELOAD, CONFIG_INFO, "zone %.500s: serial %u, %zu records%s", name,
                  (unsigned)zone_serial(zone->zone), zone_records(zone->zone),
                  zone_is_signed(zone->zone) ? ", signed" : "");
}

void local_log_recursion(const struct config *config, struct log *log)
{
    if (config->serves_only)
        log_write(
            log, CONFIG_CATEGORY_CONFIG, CONFIG_NOTICE,
            "no recursion: there are zones of our own, but no hint zone and no forwarders; recursion yes "
            "would turn it on");
}

void local_log(const struct local *former, const struct local *next, struct log *log)
{
    char name[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; i < next->count; i++)
        if (next->zone[i].config != NULL && !next->zone[i].elsewhere)
            log_zone(&next->zone[i], local_exactly(former, dns_name_view(&next->zone[i].name)), log);
    for (size_t i = 0; former != NULL && i < former->count; i++) {
        const struct local_zone *zone = &former->zone[i];
        if (zone->config != NULL && !zone->elsewhere &&
            local_exactly(next, dns_name_view(&zone->name)) == NULL)
            log_write(log, CONFIG_CATEGORY_ZONELOAD, CONFIG_INFO, "zone %.500s: no longer ours",
                      dns_name_to_text(dns_name_view(&zone->name), name));
    }
}

/* -- for walks ---------------------------------------------------------------------------------------- */

static bool is_ours(const void *context, struct dns_name name, uint16_t type, struct dns_name_buffer *apex)
{
    const struct local_zone *found = local_find(context, name, type);
    if (found == NULL || local_is_parents(found, name, type))
        return false;
    *apex = found->name;
    return true;
}

static size_t answer(const void *context, struct dns_name name, uint16_t type, uint8_t *to, size_t capacity)
{
    const struct local_zone *found = local_find(context, name, type);
    struct dns_builder builder;
    struct zone_question question = {.qname = name, .qtype = type, .minimal = true};
    struct zone_answer answered;
    if (found == NULL || found->zone == NULL)
        return 0;
    dns_builder_start(&builder, to, capacity, 0, DNS_FLAG_QR);
    dns_builder_question(&builder, name, type, DNS_CLASS_IN);
    zone_answer(found->zone, &question, &builder, &answered);
    return answered.kind == ZONE_TRUNCATED ? 0 : dns_builder_finish(&builder);
}

struct engine_local local_for_engine(const struct local *local)
{
    return (struct engine_local){.is_ours = is_ours, .answer = answer, .context = local};
}
