#include "server/page.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resolver/culprit.h"
#include "server/event_tree.h"

/* -- the page ---------------------------------------------------------------------------------------- */

/* The base64 SHA-256 of what stands between <tag> and </tag>, as a browser reckons it. */
static void hash_of(const char *tag, char text[64])
{
    char begins[16], ends[16];
    uint8_t digest[32];
    snprintf(begins, sizeof begins, "<%s>", tag);
    snprintf(ends, sizeof ends, "</%s>", tag);
    const char *from = strstr(page_html, begins);
    const char *to = from != NULL ? strstr(from, ends) : NULL;
    text[0] = '\0';
    if (to == NULL)
        return;
    from += strlen(begins);
    if (EVP_Digest(from, (size_t)(to - from), digest, NULL, EVP_sha256(), NULL) == 1)
        EVP_EncodeBlock((unsigned char *)text, digest, sizeof digest);
}

void page_policy(char policy[PAGE_POLICY_MAX])
{
    char script[64], style[64];
    hash_of("script", script);
    hash_of("style", style);
    snprintf(policy, PAGE_POLICY_MAX,
             "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; connect-src 'self'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
             script, style);
}

/* -- its data ---------------------------------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)(value > INT64_MAX ? INT64_MAX : value));
}

static json_t *entry(const char *key, uint64_t count)
{
    return json_pack("{s:s, s:o}", "key", key, "count", number(count));
}

static json_t *histogram(const struct histogram *from)
{
    json_t *bound = json_array(), *count = json_array();
    for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++)
        json_array_append_new(bound, json_real((double)(UINT64_C(1) << i) / 1e6));
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        json_array_append_new(count, number(from->count[i]));
    return json_pack("{s:o, s:o, s:f}", "bound", bound, "count", count, "sum", (double)from->sum / 1e6);
}

static const char *key_text(enum top_kind kind, const struct top_entry *entry, char text[DNS_NAME_TEXT_MAX])
{
    if (kind != TOP_CLIENTS)
        return dns_name_to_text((struct dns_name){entry->key, entry->length}, text);
    char address[DNS_ADDRESS_TEXT_MAX];
    uint8_t octets[16] = {0};
    memcpy(octets, entry->key, entry->length <= 16 ? entry->length : 16);
    struct dns_address client = dns_address_make(entry->length == 4 ? 4 : 6, octets, 0);
    snprintf(text, DNS_NAME_TEXT_MAX, "%s", dns_address_to_text(&client, address));
    return text;
}

enum { LISTED = 20 };

json_t *page_busiest(const struct top *top, enum top_kind kind)
{
    char text[DNS_NAME_TEXT_MAX];
    const struct top_entry *list[LISTED];
    json_t *entries = json_array();
    size_t count = top_list(top, list, LISTED);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(entries, entry(key_text(kind, list[i], text), list[i]->count));
    return json_pack("{s:o, s:o}", "list", entries, "total", number(top->total));
}

/* Most first. */
static void insert(json_t *list, json_t *item)
{
    json_int_t count = json_integer_value(json_object_get(item, "count"));
    size_t at = json_array_size(list);
    while (at > 0 && json_integer_value(json_object_get(json_array_get(list, at - 1), "count")) < count)
        at--;
    json_array_insert_new(list, at, item);
}

typedef const char *name_of(unsigned value, char text[32]);

static const char *type_text(unsigned type, char text[32])
{
    if (type == METRICS_TYPES - 1)
        return "other";
    return dns_type_to_text((uint16_t)type, text);
}

static const char *rcode_text(unsigned rcode, char text[32])
{
    return dns_rcode_to_text(rcode, text);
}

static const char *ede_text(unsigned code, char text[32])
{
    snprintf(text, 32, "%u %s", code, dns_ede_to_text((int)code));
    return text;
}

static json_t *counts(const uint64_t *count, unsigned length, name_of *name)
{
    char text[32];
    json_t *list = json_array();
    for (unsigned i = 0; i < length; i++)
        if (count[i] > 0)
            insert(list, entry(name(i, text), count[i]));
    return list;
}

/* -- recent failures ----------------------------------------------------------------------------------- */

enum { FAILURES = 20, TREE_LINES = 200 };

static void add_line(json_t *tree, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (line[0] != '\0' && json_array_size(tree) < TREE_LINES)
        json_array_append_new(tree, json_string(line));
}

/* The lines that `rootwalkctl failures ID` prints. */
static json_t *tree_of(const struct recorded *recorded)
{
    char line[EVENT_TREE_LINE];
    struct event_tree tree;
    struct journal_cursor cursor;
    struct event event;
    json_t *lines = json_array();
    event_tree_start(&tree);
    journal_begin(&cursor, recorded->events, recorded->length, recorded->start);
    while (journal_next(&cursor, &event)) {
        event_tree_line(&tree, &event, line);
        add_line(lines, line);
    }
    event_tree_end(&tree, line);
    add_line(lines, line);
    return lines;
}

static json_t *failure(const struct recorded *recorded, uint64_t now)
{
    char id[CULPRIT_ID_TEXT], name[DNS_NAME_TEXT_MAX] = "", type[DNS_TYPE_TEXT_MAX] = "",
                              rcode[DNS_TYPE_TEXT_MAX];
    if (recorded->name_count > 0) {
        dns_name_to_text(dns_name_view(&recorded->name[0]), name);
        dns_type_to_text(recorded->type[0], type);
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", culprit_id_to_text(recorded->id, id),
                     "name", name, "type", type, "reason",
                     recorded->text[0] != '\0' ? recorded->text : dns_rcode_to_text(recorded->rcode, rcode),
                     "count", number(recorded->count), "age",
                     number(now > recorded->last ? now - recorded->last : 0), "tree", tree_of(recorded));
}

static json_t *recent_failures(struct recorder *recorder)
{
    const struct recorder_filter all = {0};
    struct recorder_cursor cursor = {0};
    struct recorded *recorded = malloc(sizeof *recorded);
    json_t *list = json_array();
    while (recorded != NULL && json_array_size(list) < FAILURES &&
           recorder_next(recorder, &cursor, &all, recorded))
        if (json_array_append_new(list, failure(recorded, (uint64_t)time(NULL))) != 0)
            break;
    free(recorded);
    return list;
}

json_t *page_json(const struct snapshot *snapshot, const struct daemon *daemon)
{
    const struct counters *counters = &snapshot->counters;
    const struct engine_statistics *engine = &snapshot->engine;
    const struct metrics *metrics = &snapshot->metrics;
    uint64_t questions = 0;
    for (unsigned i = 0; i < METRICS_TYPES; i++)
        questions += metrics->type[i];
    json_t *json =
        json_pack("{s:s, s:f, s:f, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "version", ROOTWALK_VERSION, "time",
                  (double)snapshot->taken / 1e6, "uptime", (double)snapshot->uptime / 1e6, "workers",
                  (int)snapshot->workers, "questions", number(questions), "hits", number(counters->hits),
                  "failed", number(metrics->rcode[DNS_RCODE_SERVFAIL]), "clients_waiting",
                  number(counters->clients_now), "server_queries",
                  number(engine->sent_udp + engine->sent_tcp), "server_silent", number(engine->silent));
    json_object_set_new(json, "cache",
                        json_pack("{s:o, s:o, s:o}", "size", number(snapshot->cache.size), "used",
                                  number(snapshot->cache.used + snapshot->cache.overhead), "entries",
                                  number(snapshot->cache.entries)));
    json_object_set_new(json, "latency",
                        json_pack("{s:o, s:o, s:o}", "hit", histogram(&metrics->hit), "walk",
                                  histogram(&metrics->walk), "server", histogram(&engine->rtt)));
    if (snapshot->top != NULL)
        json_object_set_new(json, "top",
                            json_pack("{s:o, s:o, s:o}", "names",
                                      page_busiest(&snapshot->top[TOP_NAMES], TOP_NAMES), "clients",
                                      page_busiest(&snapshot->top[TOP_CLIENTS], TOP_CLIENTS), "zones",
                                      page_busiest(&snapshot->top[TOP_ZONES], TOP_ZONES)));
    json_object_set_new(json, "types", counts(metrics->type, METRICS_TYPES, type_text));
    json_object_set_new(json, "rcodes", counts(metrics->rcode, METRICS_RCODES, rcode_text));
    json_object_set_new(json, "edes", counts(metrics->ede, METRICS_EDES, ede_text));
    json_object_set_new(json, "failures", recent_failures(daemon->shared.recorder));
    return json;
}
