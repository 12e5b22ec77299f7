/*
 * What servers say, in the middle of walks: ID and question are those that were asked for, all else is
 * from the input. The servers of example.com. and of all that they refer to are hostile; the root answers
 * nothing. Each question gets one answer, and nothing outside example.com. comes into the cache.
 *
 *      input    options, question; then for each packet: flags, counts, length, octets behind the question
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/builder.h"
#include "resolver/delegation.h"
#include "resolver/engine.h"
#include "resolver/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 400, BODY_MAX = 1200, PENDING = 64 };

struct input {
    const uint8_t *at, *end;
};

struct world {
    struct input input;
    struct engine *engine;
    uint64_t now;
    unsigned answers, pending;
    struct packet packet[PENDING];
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static uint8_t take(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static void random_octets(void *context, uint8_t *to, size_t length)
{
    uint8_t *state = context;
    for (size_t i = 0; i < length; i++)
        to[i] = *state = (uint8_t)(*state * 5 + 1);
}

static struct dns_name_buffer zone(void)
{
    struct dns_name_buffer name;
    dns_name_from_text("example.com", &name);
    return name;
}

static void check_owner(const struct image_record *record, struct dns_name name)
{
    struct dns_name_buffer top = zone();
    struct dns_name owner;
    if ((record->owner[0] & 0xc0) == 0xc0) {
        unsigned distance = ((unsigned)record->owner[0] << 8 | record->owner[1]) - IMAGE_NAME_POINTER;
        require(distance < name.length);
        owner = (struct dns_name){name.wire + distance, (uint8_t)(name.length - distance)};
    } else {
        require(dns_name_from_wire(record->owner, DNS_NAME_MAX, &owner) == DNS_OK);
    }
    require(dns_name_within(owner, dns_name_view(&top)));
}

static void check_entry(void *context, const struct cache_key *key, const struct cache_hit *hit,
                        const uint8_t *data)
{
    static uint8_t copy[CACHE_DATA_MAX + DNS_NAME_MAX];
    struct dns_name_buffer top = zone();
    struct image_record record;
    (void)context;
    if (key->kind == CACHE_SERVER || key->kind == CACHE_FAILURE || key->kind == CACHE_FAILED)
        return;
    require(dns_name_within(key->name, dns_name_view(&top)));
    if (key->kind == CACHE_DELEGATION)
        return;
    memcpy(copy, data, hit->length);
    for (size_t position = 0; image_next(copy, &position, hit->length - IMAGE_TRAILER, &record);)
        check_owner(&record, key->name);
}

/* The input's answer to a query. */
static void speak(struct world *world, const struct effect *effect)
{
    static const uint8_t root[4] = {198, 41, 0, 4};
    if (world->pending == PENDING)
        return;
    struct packet *packet = &world->packet[world->pending++];
    size_t question = 12;
    while (effect->wire[question] != 0)
        question += effect->wire[question] + 1u;
    question += 5;
    *packet = (struct packet){effect->exchange, effect->server, effect->transport, NULL, question};
    packet->wire = malloc(question + BODY_MAX);
    memcpy(packet->wire, effect->wire, question);
    memset(packet->wire + 6, 0, 6);
    packet->wire[2] = 0x80;
    if (effect->server.family == 4 && memcmp(effect->server.octets, root, 4) == 0) {
        packet->wire[3] = DNS_RCODE_SERVFAIL;
        return;
    }
    packet->wire[2] = (uint8_t)(0x80 | (take(&world->input) & 0x06));
    packet->wire[3] = take(&world->input);
    for (unsigned i = 7; i < 12; i += 2)
        packet->wire[i] = take(&world->input) & 15;
    size_t body = take(&world->input);
    body = body > 250 ? BODY_MAX : body;
    if (body > (size_t)(world->input.end - world->input.at))
        body = (size_t)(world->input.end - world->input.at);
    if (body > 0)
        memcpy(packet->wire + question, world->input.at, body);
    world->input.at += body;
    packet->length += body;
}

static void take_effects(struct world *world)
{
    struct effect effect;
    while (engine_next(world->engine, &effect)) {
        if (effect.kind == EFFECT_SEND)
            speak(world, &effect);
        else if (effect.kind == EFFECT_ANSWER)
            world->answers++;
    }
}

static void run(struct world *world, unsigned questions)
{
    for (unsigned step = 0; world->answers < questions; step++) {
        require(step < STEPS);
        if (world->pending > 0) {
            struct packet packet = world->packet[--world->pending];
            world->now += 1000;
            engine_receive(world->engine, world->now, &packet);
            free(packet.wire);
        } else {
            uint64_t due = engine_deadline(world->engine);
            require(due != UINT64_MAX);
            world->now = due > world->now ? due : world->now;
            engine_wake(world->engine, world->now);
        }
        take_effects(world);
    }
}

static struct cache *make_cache(uint64_t now)
{
    static const uint8_t key[16] = {1};
    static const uint8_t octets[4] = {192, 0, 2, 1};
    struct cache *cache = cache_create(&(struct cache_options){.size = 1 << 20, .key = key});
    struct delegation delegation;
    struct dns_name_buffer name = zone(), server;
    struct dns_address address = dns_address_make(4, octets, 53);
    dns_name_from_text("ns.example.com", &server);
    delegation_start(&delegation, dns_name_view(&name), (uint32_t)(now / 1000000) + 3600);
    delegation_add_server(&delegation, dns_name_view(&server));
    delegation_add_address(&delegation, 0, &address);
    delegation_keep(&delegation, cache, 0, (uint32_t)(now / 1000000));
    return cache;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"www.example.com", "example.com", "a.b.example.com",
                                        "x.y.z.example.com"};
    static const uint16_t types[] = {DNS_TYPE_A,   DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_MX,
                                     DNS_TYPE_ANY, DNS_TYPE_DS, DNS_TYPE_SOA,   65400};
    struct world world = {.input = {data, data + size}, .now = UINT64_C(1000000000)};
    uint8_t seed = take(&world.input), how = take(&world.input);
    struct hints hints = {.count = 1, .address_count = 1};
    static const uint8_t root[4] = {198, 41, 0, 4};
    uint64_t cursor = 0;

    dns_name_from_text("a.root-servers.net", &hints.name[0]);
    hints.address[0].address = dns_address_make(4, root, 53);
    struct cache *cache = make_cache(world.now);
    struct engine_options options = {
        .cache = cache,
        .hints = &hints,
        .random = random_octets,
        .random_context = &seed,
        .limits = engine_limits_default(),
        .qmin = how % 3,
        .ipv4 = true,
        .ipv6 = how & 4,
        .minimal_responses = how & 8,
        .edns_udp_size = 1232,
        .max_cache_ttl = 86400,
        .max_ncache_ttl = 3600,
    };
    world.engine = engine_create(&options);
    for (unsigned i = 0; i < 2; i++) {
        struct dns_name_buffer name;
        uint8_t which = take(&world.input);
        dns_name_from_text(names[which & 3], &name);
        require(engine_ask(world.engine, world.now,
                           &(struct question){.name = dns_name_view(&name),
                                              .type = types[which >> 2 & 7],
                                              .client = &world}) == ENGINE_TAKEN);
        take_effects(&world);
    }
    run(&world, 2);
    while (world.pending > 0)
        free(world.packet[--world.pending].wire);
    while (cache_walk(cache, &cursor, 64, (uint32_t)(world.now / 1000000), check_entry, NULL))
        ;
    engine_destroy(world.engine);
    cache_destroy(cache);
    return 0;
}
