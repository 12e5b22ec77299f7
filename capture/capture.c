#include "capture/capture.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "capture/entry.h"
#include "capture/record.h"
#include "capture/setup.h"
#include "capture/stream.h"
#include "dns/octets.h"
#include "resolver/journal.h"

enum { HASHES_MOST = 1024, RECORD_ROOM = 1 << 18 };

struct capture {
    pthread_mutex_t lock;  /* of all below */
    struct fields records; /* behind a head that capture_finish() fills in */
    struct fields fields;  /* of the record that is being put together */
    struct capture_totals totals;
    struct stream stream;
    const struct cache *cache;
    struct engine_local local; /* that the engine would have asked */
    uint64_t now;
    char version[CAPTURE_TEXT];
    void (*stir)(void *context);
    void *context;
    unsigned hash_count; /* zones that servers in entries are lame for */
    uint32_t hash[HASHES_MOST];
};

struct capture *capture_create(const uint8_t seed[CAPTURE_SEED], const char *version,
                               void (*stir)(void *context), void *context)
{
    static const uint8_t head[CAPTURE_HEAD];
    struct capture *capture = calloc(1, sizeof *capture);
    if (capture == NULL)
        return NULL;
    pthread_mutex_init(&capture->lock, NULL);
    capture->records.limit = CAPTURE_HEAD + CAPTURE_OCTETS_MAX;
    capture->fields.limit = RECORD_ROOM;
    capture->stir = stir;
    capture->context = context;
    strncpy(capture->version, version, sizeof capture->version - 1);
    stream_start(&capture->stream, seed);
    add_raw(&capture->records, head, sizeof head);
    return capture;
}

void capture_destroy(struct capture *capture)
{
    if (capture == NULL)
        return;
    pthread_mutex_destroy(&capture->lock);
    free(capture->records.octets);
    free(capture->fields.octets);
    free(capture);
}

/* -- records ------------------------------------------------------------------------------------------ */

static struct fields *begin(struct capture *capture)
{
    pthread_mutex_lock(&capture->lock);
    capture->fields.length = 0;
    return &capture->fields;
}

static void end(struct capture *capture, enum capture_record kind)
{
    add_number(&capture->records, kind);
    add_octets(&capture->records, capture->fields.octets, capture->fields.length);
    capture->records.failed = capture->records.failed || capture->fields.failed;
    pthread_mutex_unlock(&capture->lock);
}

static void note_hash(struct capture *capture, uint32_t hash)
{
    for (unsigned i = 0; i < capture->hash_count; i++)
        if (capture->hash[i] == hash)
            return;
    if (capture->hash_count < HASHES_MOST)
        capture->hash[capture->hash_count++] = hash;
}

static void note_lame(struct capture *capture, const uint8_t *data)
{
    struct server server;
    memcpy(&server, data, sizeof server);
    for (unsigned i = 0; i < SERVER_LAME_ZONES; i++)
        if (server.lame[i].until != 0)
            note_hash(capture, server.lame[i].zone);
}

void capture_entry(void *context, const struct cache_key *key, const struct cache_hit *hit,
                   const uint8_t *data)
{
    struct capture *capture = context;
    struct dns_address source = {0};
    if (capture->cache != NULL)
        cache_source(capture->cache, hit->source, &source);
    struct fields *to = begin(capture);
    entry_write(to, (uint32_t)(capture->now / 1000000), key, hit, &source, data);
    if (key->kind == CACHE_SERVER && hit->length == sizeof(struct server))
        note_lame(capture, data);
    end(capture, RECORD_ENTRY);
}

static void write_event(struct fields *to, const struct event *event)
{
    uint8_t packed[EVENT_PACKED_MAX];
    add_octets(to, packed, event_pack(event, 0, packed));
}

static void on_event(void *context, const struct event *event)
{
    struct capture *capture = context;
    uint8_t packed[EVENT_PACKED_MAX];
    struct fields *to = begin(capture);
    add_raw(to, packed, event_pack(event, 0, packed));
    capture->totals.events++;
    end(capture, RECORD_EVENT);
    if (capture->stir != NULL)
        capture->stir(capture->context);
}

/* -- zones of our own: asked for the engine, and written down ------------------------------------------- */

static bool is_ours(const void *context, struct dns_name name, uint16_t type, struct dns_name_buffer *apex)
{
    struct capture *capture = (struct capture *)(uintptr_t)context;
    if (!capture->local.is_ours(capture->local.context, name, type, apex))
        return false;
    struct fields *to = begin(capture);
    add_name(to, name);
    add_number(to, type);
    add_name(to, dns_name_view(apex));
    end(capture, RECORD_OURS);
    return true;
}

static size_t own_word(const void *context, struct dns_name name, uint16_t type, uint8_t *octets,
                       size_t capacity)
{
    struct capture *capture = (struct capture *)(uintptr_t)context;
    size_t length = capture->local.answer(capture->local.context, name, type, octets, capacity);
    struct fields *to = begin(capture);
    add_name(to, name);
    add_number(to, type);
    add_octets(to, octets, length);
    end(capture, RECORD_OWN_WORD);
    return length;
}

/* -- calls -------------------------------------------------------------------------------------------- */

static void write_question(struct fields *to, const struct question *question)
{
    add_name(to, question->name);
    add_number(to, question->type);
    add_number(to, question->checking_disabled);
    add_number(to, question->note_count);
    for (unsigned i = 0; i < question->note_count; i++)
        write_event(to, &question->notes[i]);
}

static void write_packet(struct fields *to, const struct packet *packet)
{
    add_number(to, packet->exchange);
    add_address(to, &packet->from);
    add_number(to, packet->transport);
    add_octets(to, packet->wire, packet->length);
}

static enum capture_record write_call(struct fields *to, const struct engine_call *call)
{
    if (call->kind == ENGINE_CALL_NEXT)
        return record_effect(to, call->effect);
    add_number(to, call->now);
    switch (call->kind) {
    case ENGINE_CALL_CLOCK:
        add_number(to, call->wall);
        return RECORD_CLOCK;
    case ENGINE_CALL_ASK:
        write_question(to, call->question);
        return RECORD_ASK;
    case ENGINE_CALL_PRIME:
        return RECORD_PRIME;
    case ENGINE_CALL_RECEIVE:
        write_packet(to, call->packet);
        return RECORD_RECEIVE;
    case ENGINE_CALL_FAILED:
        add_number(to, call->exchange);
        add_number(to, call->failure);
        return RECORD_FAILED;
    case ENGINE_CALL_WAKE:
    case ENGINE_CALL_NEXT:
    case ENGINE_CALL_KINDS:
        break;
    }
    return RECORD_WAKE;
}

static void on_call(void *context, const struct engine_call *call)
{
    struct capture *capture = context;
    struct fields *to = begin(capture);
    enum capture_record kind = write_call(to, call);
    if (call->kind != ENGINE_CALL_NEXT)
        capture->now = call->now;
    capture->totals.calls++;
    capture->totals.packets += kind == RECORD_SEND || kind == RECORD_RECEIVE;
    end(capture, kind);
}

void capture_attach(struct capture *capture, struct engine_options *options)
{
    struct fields *to = begin(capture);
    capture->cache = options->cache;
    add_raw(to, capture->stream.seed, CAPTURE_SEED);
    add_octets(to, capture->version, strlen(capture->version));
    setup_write(to, options);
    end(capture, RECORD_SETUP);
    options->random = stream_fill;
    options->random_context = &capture->stream;
    options->events = (struct event_sink){on_event, capture};
    options->tape = (struct engine_tape){on_call, capture};
    capture->local = options->local;
    if (options->local.is_ours != NULL)
        options->local = (struct engine_local){is_ours, own_word, capture};
}

/* -- reading it meanwhile ------------------------------------------------------------------------------- */

void capture_events(struct capture *capture, size_t *position, unsigned most,
                    void (*show)(void *context, const struct event *event), void *context)
{
    struct event event;
    pthread_mutex_lock(&capture->lock);
    const uint8_t *octets = capture->records.octets;
    if (*position == 0)
        *position = CAPTURE_HEAD;
    struct reading from = {octets + *position, octets + capture->records.length, capture->records.failed};
    while (most > 0 && !from.failed && from.at < from.end) {
        struct record record = record_take(&from);
        if (record.kind == RECORD_EVENT && event_unpack(record.fields, record.length, 0, &event) > 0) {
            show(context, &event);
            most--;
        }
        *position = (size_t)(from.at - octets);
    }
    pthread_mutex_unlock(&capture->lock);
}

void capture_get_totals(struct capture *capture, struct capture_totals *totals)
{
    pthread_mutex_lock(&capture->lock);
    *totals = capture->totals;
    pthread_mutex_unlock(&capture->lock);
}

/* -- the end -------------------------------------------------------------------------------------------- */

struct zones {
    struct capture *capture;
    const struct cache *cache;
    bool told[HASHES_MOST];
};

static void tell_zone(struct zones *zones, struct dns_name zone)
{
    struct capture *capture = zones->capture;
    uint32_t hash = (uint32_t)cache_hash(zones->cache, zone);
    for (unsigned i = 0; i < capture->hash_count; i++) {
        if (capture->hash[i] != hash || zones->told[i])
            continue;
        zones->told[i] = true;
        capture->fields.length = 0;
        add_name(&capture->fields, zone);
        add_number(&capture->fields, hash);
        add_number(&capture->records, RECORD_ZONE);
        add_octets(&capture->records, capture->fields.octets, capture->fields.length);
    }
}

/* A server is lame for a zone at or above a name that is asked for: which it was told by its hash alone. */
static void tell_zones_above(struct zones *zones, struct dns_name name)
{
    struct dns_name_buffer copy;
    dns_name_copy(&copy, name); /* it lies in the octets that grow */
    for (name = dns_name_view(&copy); !dns_name_is_root(name); name = dns_name_parent(name))
        tell_zone(zones, name);
    tell_zone(zones, name);
}

static void tell_zones(struct zones *zones)
{
    struct capture *capture = zones->capture;
    size_t position = CAPTURE_HEAD, whole = capture->records.length;
    struct event event;
    while (position < whole && capture->hash_count > 0) {
        const uint8_t *octets = capture->records.octets;
        struct reading from = {octets + position, octets + whole, false};
        struct record record = record_take(&from);
        position = (size_t)(from.at - octets);
        if (record.kind == RECORD_EVENT && event_unpack(record.fields, record.length, 0, &event) > 0 &&
            event.kind == EVENT_QUESTION)
            tell_zones_above(zones, event.name);
    }
}

static void fill_head(struct fields *records)
{
    uint8_t *head = records->octets;
    size_t length = records->length - CAPTURE_HEAD;
    memcpy(head, CAPTURE_MAGIC, CAPTURE_MAGIC_OCTETS);
    put16(head + CAPTURE_VERSION_AT, CAPTURE_VERSION);
    put32(head + CAPTURE_LENGTH_AT, (uint32_t)length);
    SHA256(head + CAPTURE_HEAD, length, head + CAPTURE_DIGEST_AT);
}

void capture_finish(struct capture *capture, const struct cache *cache)
{
    struct zones zones = {.capture = capture, .cache = cache};
    pthread_mutex_lock(&capture->lock);
    tell_zones(&zones);
    pthread_mutex_unlock(&capture->lock);
    struct fields *to = begin(capture);
    add_number(to, capture->totals.events);
    add_number(to, capture->totals.calls);
    add_number(to, capture->totals.packets);
    end(capture, RECORD_END);
    if (!capture->records.failed)
        fill_head(&capture->records);
}

const uint8_t *capture_octets(struct capture *capture, size_t *length)
{
    *length = capture->records.length;
    return capture->records.failed ? NULL : capture->records.octets;
}
