#include "server/local.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    size_t count, capacity;
    struct node *node; /* open addressing */
    size_t mask;
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

const struct local_zone *local_find(const struct local *local, struct dns_name name, uint16_t type)
{
    uint8_t start[DNS_NAME_MAX];
    unsigned labels = 0;
    uint32_t hash = 0, found = 0;
    for (unsigned at = 0; name.wire[at] != 0; at += name.wire[at] + 1u)
        start[labels++] = (uint8_t)at;
    start[labels] = (uint8_t)(name.length - 1);
    for (unsigned i = labels + 1; i-- > 0;) {
        struct dns_name suffix = {name.wire + start[i], (uint8_t)(name.length - start[i])};
        hash = i == labels ? 0 : hash_label(hash, suffix.wire);
        const struct node *node = find_node(local, hash, suffix);
        if (node->name.wire == NULL)
            break;
        if (node->zone != 0 && !(type == DNS_TYPE_DS && i == 0 && !dns_name_is_root(name)))
            found = node->zone;
    }
    if (found == 0 || local->zone[found - 1].elsewhere)
        return NULL;
    return &local->zone[found - 1];
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
    }
    return true;
}

/* Takes the zone over. */
static void add(struct local *local, struct dns_name name, const struct config_zone *config,
                struct zone *zone, bool elsewhere)
{
    struct local_zone *added = &local->zone[local->count++];
    *added = (struct local_zone){.config = config, .zone = zone, .elsewhere = elsewhere};
    dns_name_copy_lower(&added->name, name);
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
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        say(context, line);
    free(text);
}

static struct zone *read_file(const struct settings *settings, const struct config_zone *config,
                              settings_say *say, void *context)
{
    char path[LOCAL_PATH_MAX];
    struct zone_problems *problems = calloc(1, sizeof *problems);
    struct zone *zone = NULL;
    if (problems != NULL && local_path(settings, config, path))
        zone = zone_file_read(path, dns_name_view(config->name), problems);
    if (problems != NULL)
        say_problems(problems, say, context);
    free(problems);
    return zone;
}

/* The next version, or the one before where the file has nothing new or is wrong. */
static struct zone *load_primary(const struct settings *settings, const struct config_zone *config,
                                 struct zone *before, settings_say *say, void *context)
{
    char line[512], name[DNS_NAME_TEXT_MAX];
    struct zone *zone = read_file(settings, config, say, context);
    dns_name_to_text(dns_name_view(config->name), name);
    if (zone == NULL) {
        snprintf(line, sizeof line, "zone %.300s: %s", name,
                 before != NULL ? "the last good version is served on"
                                : "it cannot be served: whoever asks for its names gets SERVFAIL");
        say(context, line);
        return before == NULL ? NULL : zone_hold(before);
    }
    if (before != NULL && zone_same(zone, before)) {
        zone_release(zone);
        return zone_hold(before);
    }
    if (before != NULL && zone_serial(zone) == zone_serial(before)) {
        snprintf(line, sizeof line,
                 "zone %.300s has changed without a new serial: secondaries will not notice", name);
        say(context, line);
    }
    zone_follow(zone, before);
    return zone;
}

/* As it was fetched last; what was stored is read at the start, or when the zone is new in the configuration. */
static struct zone *load_secondary(const struct settings *settings, const struct config_zone *config,
                                   struct zone *before, settings_say *say, void *context)
{
    char path[LOCAL_PATH_MAX];
    if (before != NULL)
        return zone_hold(before);
    return local_path(settings, config, path) && access(path, F_OK) == 0
               ? read_file(settings, config, say, context)
               : NULL;
}

static void add_configured(struct local *local, const struct settings *settings, const struct local *former,
                           settings_say *say, void *context)
{
    const struct config *config = settings->config;
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *zone = &config->zones[i];
        struct dns_name name = dns_name_view(zone->name);
        const struct local_zone *before = local_exactly(former, name);
        struct zone *old = before == NULL || before->config == NULL ? NULL : before->zone;
        if (zone->type == CONFIG_ZONE_PRIMARY)
            add(local, name, zone, load_primary(settings, zone, old, say, context), false);
        else if (zone->type == CONFIG_ZONE_SECONDARY)
            add(local, name, zone, load_secondary(settings, zone, old, say, context), false);
        else if (zone->type != CONFIG_ZONE_HINT)
            add(local, name, zone, NULL, true);
    }
}

/* Those that the configuration says nothing of. */
static bool add_special(struct local *local)
{
    struct dns_name_buffer name;
    const struct special_name *special;
    size_t configured = local->count;
    for (size_t i = 0; (special = special_name_at(i)) != NULL; i++) {
        dns_name_from_text(special->name, &name);
        struct dns_name view = dns_name_view(&name);
        bool given = false;
        for (size_t k = 0; k < configured; k++)
            given = given || dns_name_equal(dns_name_view(&local->zone[k].name), view);
        if (given)
            continue;
        struct zone *zone =
            zone_text_read(special->text, strlen(special->text), special->name, view, 0, NULL);
        if (zone == NULL)
            return false;
        add(local, view, NULL, zone, false);
    }
    return true;
}

struct local *local_load(const struct settings *settings, const struct local *former, settings_say *say,
                         void *context)
{
    struct local *local = calloc(1, sizeof *local);
    size_t specials = 0;
    while (special_name_at(specials) != NULL)
        specials++;
    if (local == NULL)
        return NULL;
    atomic_init(&local->references, 1);
    local->capacity = settings->config->zone_count + specials;
    local->zone = calloc(local->capacity + 1, sizeof *local->zone);
    if (local->zone != NULL)
        add_configured(local, settings, former, say, context);
    if (local->zone != NULL && (!settings->config->empty_zones || add_special(local)) && make_index(local))
        return local;
    local_release(local);
    return NULL;
}

struct local *local_with(const struct local *local, struct dns_name name, struct zone *zone)
{
    struct local *next = calloc(1, sizeof *next);
    if (next == NULL)
        return NULL;
    atomic_init(&next->references, 1);
    next->zone = calloc(local->count + 1, sizeof *next->zone);
    for (; next->zone != NULL && next->count < local->count; next->count++) {
        struct local_zone *each = &next->zone[next->count];
        *each = local->zone[next->count];
        if (dns_name_equal(dns_name_view(&each->name), name))
            each->zone = zone;
        if (each->zone != NULL)
            zone_hold(each->zone);
    }
    if (next->zone != NULL && make_index(next))
        return next;
    local_release(next);
    return NULL;
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
        zone_release(local->zone[i].zone);
    free(local->zone);
    free(local->node);
    free(local);
}

/* Those of `one` that `other` has not, or, where `versions` counts, not in the same version. */
static void tell_missing(const struct local *one, const struct local *other, bool versions,
                         void (*tell)(void *context, struct dns_name name), void *context)
{
    for (size_t i = 0; i < one->count; i++) {
        struct dns_name name = dns_name_view(&one->zone[i].name);
        const struct local_zone *same = local_exactly(other, name);
        if (one->zone[i].config == NULL && (same == NULL || same->config == NULL))
            continue; /* special names stay what they are */
        if (same == NULL || (versions && same->zone != one->zone[i].zone))
            tell(context, name);
    }
}

void local_compare(const struct local *former, const struct local *next,
                   void (*tell)(void *context, struct dns_name name), void *context)
{
    tell_missing(former, next, true, tell, context);
    tell_missing(next, former, false, tell, context);
}

/* -- for walks ---------------------------------------------------------------------------------------- */

static bool is_ours(const void *context, struct dns_name name, uint16_t type, struct dns_name_buffer *apex)
{
    const struct local_zone *found = local_find(context, name, type);
    if (found != NULL)
        *apex = found->name;
    return found != NULL;
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
