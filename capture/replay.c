#include "capture/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "capture/entry.h"
#include "capture/record.h"
#include "capture/setup.h"
#include "capture/stream.h"
#include "dns/octets.h"
#include "dns/types.h"
#include "resolver/journal.h"

enum {
    BELOW_PER_OCTET = 8, /* a cache of so many octets for each of the capture: nothing has to go */
    ZONES_MOST = 1024,
    OWN_MOST = 1024,
    SECONDS_MOST = 86400, /* that one question may take */
    NOTES_MOST = 16,
    NOW_BITS = 60,
};

struct replay {
    struct reading from; /* the records that are still to come */
    const struct replay_watcher *watcher;
    struct replay_result *result;
    struct setup setup;
    struct stream stream;
    struct cache *below, *above;
    struct engine *engine;
    uint64_t now;
    bool malformed;
    bool filled;
    uint32_t filled_at; /* seconds */
    unsigned zone_count;
    struct zone {
        struct dns_name name;
        uint32_t hash;
    } zone[ZONES_MOST];
    unsigned own_count;
    struct own {
        struct dns_name name, apex; /* apex.wire NULL: this is what is said of the name */
        uint16_t type;
        const uint8_t *octets;
        size_t length;
    } own[OWN_MOST];
    uint8_t wire[CAPTURE_WIRE_MAX];
};

/* -- differences ---------------------------------------------------------------------------------------- */

static const char *const words[RECORD_KINDS] = {
    [RECORD_SETUP] = "the options",
    [RECORD_ENTRY] = "a look at the cache",
    [RECORD_ZONE] = "the end",
    [RECORD_OURS] = "a zone of our own",
    [RECORD_OWN_WORD] = "a zone of our own",
    [RECORD_CLOCK] = "the time of day",
    [RECORD_ASK] = "a question",
    [RECORD_PRIME] = "priming",
    [RECORD_RECEIVE] = "a packet that came",
    [RECORD_FAILED] = "an exchange that failed",
    [RECORD_WAKE] = "time going on",
    [RECORD_NOTHING] = "nothing to be done",
    [RECORD_SEND] = "a packet sent",
    [RECORD_OVER] = "an exchange given up",
    [RECORD_ANSWER] = "an answer",
    [RECORD_EVENT] = "an event",
    [RECORD_END] = "the end",
};

/* What a record is, as far as people can read it. */
static void describe(const struct record *record, char text[REPLAY_LINE])
{
    char line[EVENT_TEXT_MAX];
    struct event event;
    if (record->kind == RECORD_EVENT && event_unpack(record->fields, record->length, 0, &event) > 0)
        snprintf(text, REPLAY_LINE, "%s", event_to_text(&event, line));
    else
        snprintf(text, REPLAY_LINE, "%s", words[record->kind]);
}

/* Only the first one counts: all that follows would follow from it. */
static void differ(struct replay *replay, const struct record *captured, const struct record *now)
{
    if (replay->result->different || replay->malformed)
        return;
    replay->result->different = true;
    describe(captured, replay->result->captured);
    describe(now, replay->result->now);
    bool alike = strcmp(replay->result->captured, replay->result->now) == 0;
    if (alike)
        snprintf(replay->result->now, REPLAY_LINE, "%.900s, but with other octets", words[now->kind]);
}

static bool is_over(const struct replay *replay)
{
    return replay->malformed || replay->result->different;
}

static bool is_read_before(enum capture_record kind)
{
    return kind == RECORD_ENTRY || kind == RECORD_ZONE || kind == RECORD_OURS || kind == RECORD_OWN_WORD;
}

/* The next record that is not read before the play begins. */
static struct record next(struct replay *replay)
{
    struct record record;
    do {
        record = record_take(&replay->from);
        replay->malformed = replay->malformed || replay->from.failed;
    } while (!is_over(replay) && is_read_before(record.kind));
    return record;
}

/* What came out now has to be the next record. */
static void expect(struct replay *replay, const struct record *now)
{
    if (is_over(replay))
        return;
    struct record captured = next(replay);
    if (captured.kind != now->kind || captured.length != now->length ||
        (now->length > 0 && memcmp(captured.fields, now->fields, now->length) != 0))
        differ(replay, &captured, now);
}

/* -- what comes out --------------------------------------------------------------------------------------- */

static void on_event(void *context, const struct event *event)
{
    struct replay *replay = context;
    uint8_t packed[EVENT_PACKED_MAX];
    struct record now = {RECORD_EVENT, packed, event_pack(event, 0, packed)};
    if (is_over(replay))
        return;
    if (replay->watcher->event != NULL)
        replay->watcher->event(replay->watcher->context, event);
    expect(replay, &now);
    replay->result->events += !replay->result->different;
}

/* The record that the capture would have for the call that is made. */
static void on_call(void *context, const struct engine_call *call)
{
    struct replay *replay = context;
    struct fields fields = {.limit = CAPTURE_OCTETS_MAX};
    if (call->kind != ENGINE_CALL_NEXT || is_over(replay))
        return;
    enum capture_record kind = record_effect(&fields, call->effect);
    struct record now = {kind, fields.octets, fields.length};
    if (fields.failed)
        replay->malformed = true;
    expect(replay, &now);
    replay->result->packets += kind == RECORD_SEND && !replay->result->different;
    free(fields.octets);
}

/* -- what goes in ------------------------------------------------------------------------------------------ */

/* The next record is an effect, or says that there is none: the engine is asked for it. */
static void play_next(struct replay *replay, const uint8_t *begin)
{
    struct effect effect;
    replay->from.at = begin;
    engine_next(replay->engine, &effect);
}

static void play_question(struct replay *replay, struct reading *from)
{
    static int client;
    struct event notes[NOTES_MOST];
    struct question question = {.client = &client, .notes = notes};
    size_t length;
    question.name = take_name(from);
    question.type = (uint16_t)take_number(from, UINT16_MAX);
    question.checking_disabled = take_flag(from);
    question.note_count = (unsigned)take_number(from, NOTES_MOST);
    for (unsigned i = 0; i < question.note_count && !from->failed; i++) {
        const uint8_t *packed = take_octets(from, EVENT_PACKED_MAX, &length);
        from->failed = from->failed || event_unpack(packed, length, 0, &notes[i]) == 0;
    }
    if (!from->failed)
        engine_ask(replay->engine, replay->now, &question);
}

static void play_packet(struct replay *replay, struct reading *from)
{
    struct packet packet = {.wire = replay->wire};
    packet.exchange = take_number(from, UINT64_MAX);
    packet.from = take_address(from);
    packet.transport = (enum transport)take_number(from, TRANSPORT_TCP);
    const uint8_t *octets = take_octets(from, CAPTURE_WIRE_MAX, &packet.length);
    memcpy(replay->wire, octets, packet.length);
    if (from->failed)
        return;
    engine_receive(replay->engine, replay->now, &packet);
    replay->result->packets += !is_over(replay);
}

static void play_call(struct replay *replay, enum capture_record kind, struct reading *from)
{
    uint64_t now = take_number(from, UINT64_C(1) << NOW_BITS), exchange;
    from->failed = from->failed || now < replay->now;
    if (from->failed)
        return;
    replay->now = now;
    switch (kind) {
    case RECORD_CLOCK:
        exchange = take_number(from, UINT64_C(1) << NOW_BITS);
        if (!from->failed)
            engine_set_clock(replay->engine, now, exchange);
        break;
    case RECORD_ASK:
        play_question(replay, from);
        break;
    case RECORD_PRIME:
        engine_prime(replay->engine, now);
        break;
    case RECORD_RECEIVE:
        play_packet(replay, from);
        break;
    case RECORD_FAILED:
        exchange = take_number(from, UINT64_MAX);
        enum failure failure = (enum failure)take_number(from, FAILURE_RESOURCES);
        if (!from->failed)
            engine_failed(replay->engine, now, exchange, failure);
        break;
    default:
        engine_wake(replay->engine, now);
    }
}

/* Where an event comes and no call that it belongs to, somebody has asked for the next effect: that call is not told
   before. */
static void play(struct replay *replay)
{
    while (!is_over(replay)) {
        const uint8_t *begin = replay->from.at;
        struct record record = next(replay);
        struct reading fields = {record.fields, record.fields + record.length, false};
        if (is_over(replay) || record.kind == RECORD_END)
            return;
        if (record.kind == RECORD_SETUP)
            replay->malformed = true;
        else if (record.kind >= RECORD_NOTHING)
            play_next(replay, begin);
        else
            play_call(replay, record.kind, &fields);
        replay->malformed = replay->malformed || fields.failed;
        replay->result->calls += !is_over(replay);
    }
}

/* -- before it begins ---------------------------------------------------------------------------------------- */

static bool read_setup(struct replay *replay)
{
    struct record record = record_take(&replay->from);
    struct reading fields = {record.fields, record.fields + record.length, replay->from.failed};
    size_t length;
    if (record.kind != RECORD_SETUP)
        return false;
    const uint8_t *seed = take_raw(&fields, CAPTURE_SEED);
    if (fields.failed)
        return false;
    stream_start(&replay->stream, seed);
    const uint8_t *version = take_octets(&fields, CAPTURE_TEXT - 1, &length);
    for (size_t i = 0; i < length; i++)
        replay->result->version[i] = version[i] >= ' ' && version[i] < 127 ? (char)version[i] : '?';
    return setup_read(&fields, &replay->setup) && !fields.failed;
}

/* Zones that servers are lame for: here they have other hashes. */
static void rehash(const struct replay *replay, struct server *server)
{
    for (unsigned i = 0; i < SERVER_LAME_ZONES; i++) {
        uint32_t captured = server->lame[i].zone;
        server->lame[i].zone = 0;
        for (unsigned j = 0; j < replay->zone_count && server->lame[i].until != 0; j++)
            if (replay->zone[j].hash == captured)
                server->lame[i].zone = (uint32_t)cache_hash(replay->below, replay->zone[j].name);
    }
}

static bool read_zone(struct replay *replay, struct reading *from)
{
    if (replay->zone_count == ZONES_MOST)
        return false;
    struct zone *zone = &replay->zone[replay->zone_count++];
    zone->name = take_name(from);
    zone->hash = (uint32_t)take_number(from, UINT32_MAX);
    return !from->failed;
}

static bool read_ours(struct replay *replay, struct reading *from)
{
    if (replay->own_count == OWN_MOST)
        return false;
    struct own *own = &replay->own[replay->own_count++];
    own->name = take_name(from);
    own->type = (uint16_t)take_number(from, UINT16_MAX);
    own->apex = take_name(from);
    return !from->failed && dns_name_within(own->name, own->apex);
}

static bool read_own_word(struct replay *replay, struct reading *from)
{
    if (replay->own_count == OWN_MOST)
        return false;
    struct own *own = &replay->own[replay->own_count++];
    own->name = take_name(from);
    own->type = (uint16_t)take_number(from, UINT16_MAX);
    own->octets = take_octets(from, CAPTURE_WIRE_MAX, &own->length);
    return !from->failed;
}

static const struct own *find_own(const struct replay *replay, struct dns_name name, uint16_t type, bool apex)
{
    for (unsigned i = 0; i < replay->own_count; i++) {
        const struct own *own = &replay->own[i];
        if (own->type == type && (own->apex.wire != NULL) == apex && dns_name_equal(own->name, name))
            return own;
    }
    return NULL;
}

static bool is_ours(const void *context, struct dns_name name, uint16_t type, struct dns_name_buffer *apex)
{
    const struct own *own = find_own(context, name, type, true);
    if (own != NULL)
        dns_name_copy(apex, own->apex);
    return own != NULL;
}

static size_t own_word(const void *context, struct dns_name name, uint16_t type, uint8_t *to, size_t capacity)
{
    const struct own *own = find_own(context, name, type, false);
    if (own == NULL || own->length > capacity)
        return 0;
    memcpy(to, own->octets, own->length);
    return own->length;
}

/* All are put in at the time of the first, and are then what they were when they were read. */
static bool read_entry(struct replay *replay, struct reading *from)
{
    struct entry_read entry;
    if (!entry_read(from, &entry))
        return false;
    if (!replay->filled)
        replay->filled_at = entry.now;
    replay->filled = true;
    uint32_t later = entry.now - replay->filled_at;
    entry.hit.ttl += later;
    entry.hit.age -= later;
    if (entry.key.kind == CACHE_SERVER)
        rehash(replay, &entry.server);
    entry.hit.source = cache_remember_source(replay->below, &entry.source);
    cache_restore(replay->below, &entry.key, &entry.hit, entry.data, replay->filled_at);
    return later <= SECONDS_MOST;
}

static bool read_each(struct replay *replay, enum capture_record kind,
                      bool (*read)(struct replay *replay, struct reading *from))
{
    struct reading from = replay->from;
    while (from.at < from.end) {
        struct record record = record_take(&from);
        struct reading fields = {record.fields, record.fields + record.length, false};
        if (from.failed || (record.kind == kind && !read(replay, &fields)))
            return false;
    }
    return true;
}

static bool make_engine(struct replay *replay, size_t length)
{
    static const uint8_t key[16] = {0x72, 0x65, 0x70, 0x6c, 0x61, 0x79};
    size_t size = CACHE_SIZE_MIN + BELOW_PER_OCTET * length;
    replay->below = cache_create(&(struct cache_options){.size = size, .key = key, .shards = 1});
    if (replay->below == NULL)
        return false;
    replay->above =
        cache_create(&(struct cache_options){.size = CAPTURE_CACHE, .shards = 1, .below = replay->below});
    struct engine_options *options = &replay->setup.options;
    options->cache = replay->above;
    options->random = stream_fill;
    options->random_context = &replay->stream;
    options->events = (struct event_sink){on_event, replay};
    options->tape = (struct engine_tape){on_call, replay};
    options->local = (struct engine_local){is_ours, own_word, replay};
    replay->engine = replay->above == NULL ? NULL : engine_create(options);
    return replay->engine != NULL;
}

static enum replay_error prepare_and_play(struct replay *replay, size_t length)
{
    if (!read_setup(replay))
        return REPLAY_MALFORMED;
    if (!make_engine(replay, length))
        return REPLAY_MEMORY;
    if (!read_each(replay, RECORD_OURS, read_ours) || !read_each(replay, RECORD_OWN_WORD, read_own_word) ||
        !read_each(replay, RECORD_ZONE, read_zone) || !read_each(replay, RECORD_ENTRY, read_entry))
        return REPLAY_MALFORMED;
    play(replay);
    return replay->malformed ? REPLAY_MALFORMED : REPLAY_OK;
}

enum replay_error replay_run(const uint8_t *octets, size_t length, const struct replay_watcher *watcher,
                             struct replay_result *result)
{
    enum replay_error error = replay_check(octets, length);
    *result = (struct replay_result){0};
    if (error != REPLAY_OK)
        return error;
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return REPLAY_MEMORY;
    replay->from = (struct reading){octets + CAPTURE_HEAD, octets + length, false};
    replay->watcher = watcher;
    replay->result = result;
    error = prepare_and_play(replay, length);
    if (replay->engine != NULL)
        engine_destroy(replay->engine);
    cache_destroy(replay->above);
    cache_destroy(replay->below);
    setup_free(&replay->setup);
    free(replay);
    return error;
}
