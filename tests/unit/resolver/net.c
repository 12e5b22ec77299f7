#include "net.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/builder.h"
#include "dns/rdata.h"
#include "dns/text.h"
#include "resolver/image.h"

enum { ZONES = 64, RECORDS = 256, SERVERS = 64, IN_FLIGHT = 256, STRAYS = 16 };

struct record {
    struct dns_name_buffer owner;
    uint16_t type;
    uint32_t ttl;
    uint16_t length;
    uint8_t *rdata;
};

struct zone {
    struct dns_name_buffer origin;
    struct record record[RECORDS];
    unsigned count;
};

struct server {
    struct dns_address address;
    enum net_behaviour behaviour;
    uint64_t delay;
    unsigned zone[ZONES], zone_count;
    unsigned packets;
    char seen[4096];
    struct record stray[STRAYS];
    unsigned stray_count;
};

struct flight {
    uint64_t at;
    uint64_t exchange;
    struct dns_address from;
    enum transport transport;
    bool fails;
    size_t length;
    uint8_t *wire;
};

struct net {
    struct cache *cache;
    struct engine *engine;
    struct engine_options options;
    struct hints hints;
    uint64_t now, seed;
    struct zone zone[ZONES];
    unsigned zone_count;
    struct server server[SERVERS];
    unsigned server_count;
    struct flight flight[IN_FLIGHT];
    unsigned flight_count;
    unsigned packets, answers;
    unsigned events[64];
    struct net_reply reply;
    bool trace;
};

/* -- records ----------------------------------------------------------------------------------- */

static void read_record(struct record *record, const char *line)
{
    static struct dns_text_record parsed;
    enum dns_error error = dns_record_from_text(line, dns_name_root(), 3600, &parsed);
    if (error != DNS_OK)
        fprintf(stderr, "net: bad record: %s\n", line);
    assert(error == DNS_OK);
    record->owner = parsed.owner;
    record->type = parsed.type;
    record->ttl = parsed.ttl;
    record->length = parsed.rdata_length;
    record->rdata = malloc(parsed.rdata_length + 1u);
    memcpy(record->rdata, parsed.rdata, parsed.rdata_length);
}

static unsigned read_records(struct record *to, unsigned max, const char *text)
{
    unsigned count = 0;
    char *copy = strdup(text), *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        assert(count < max);
        read_record(&to[count++], line);
    }
    free(copy);
    return count;
}

static struct dns_name owner_of(const struct record *record)
{
    return dns_name_view(&record->owner);
}

/* -- what a server says ------------------------------------------------------------------------ */

struct speech {
    struct dns_builder *builder;
    struct zone *zone;
    uint32_t ttl_max;
    bool authoritative;
    unsigned rcode;
};

static void say(struct speech *speech, enum dns_section section, const struct record *record)
{
    uint32_t ttl = record->ttl < speech->ttl_max ? record->ttl : speech->ttl_max;
    dns_builder_record(speech->builder, section, owner_of(record), record->type, DNS_CLASS_IN, ttl, record->rdata,
                       record->length);
}

static unsigned say_all(struct speech *speech, enum dns_section section, struct dns_name name, uint16_t type)
{
    unsigned count = 0;
    for (unsigned i = 0; i < speech->zone->count; i++)
        if (speech->zone->record[i].type == type && dns_name_equal(owner_of(&speech->zone->record[i]), name)) {
            say(speech, section, &speech->zone->record[i]);
            count++;
        }
    return count;
}

static struct dns_name find_cut(const struct zone *zone, struct dns_name name, uint16_t type)
{
    struct dns_name origin = dns_name_view(&zone->origin), cut = {NULL, 0};
    for (struct dns_name at = name; at.length > origin.length; at = dns_name_parent(at))
        for (unsigned i = 0; i < zone->count; i++)
            if (zone->record[i].type == DNS_TYPE_NS && dns_name_equal(owner_of(&zone->record[i]), at) &&
                !(type == DNS_TYPE_DS && at.length == name.length))
                cut = at;
    return cut;
}

static void say_referral(struct speech *speech, struct dns_name cut)
{
    speech->authoritative = false;
    say_all(speech, DNS_AUTHORITY, cut, DNS_TYPE_NS);
    for (unsigned i = 0; i < speech->zone->count; i++) {
        const struct record *ns = &speech->zone->record[i];
        struct dns_name target;
        if (ns->type != DNS_TYPE_NS || !dns_name_equal(owner_of(ns), cut))
            continue;
        dns_rdata_target(DNS_TYPE_NS, ns->rdata, ns->length, &target);
        say_all(speech, DNS_ADDITIONAL, target, DNS_TYPE_A);
        say_all(speech, DNS_ADDITIONAL, target, DNS_TYPE_AAAA);
    }
}

enum existence { ABSENT, NONTERMINAL, PRESENT };

static enum existence exists(const struct zone *zone, struct dns_name name)
{
    enum existence found = dns_name_equal(name, dns_name_view(&zone->origin)) ? NONTERMINAL : ABSENT;
    for (unsigned i = 0; i < zone->count; i++) {
        if (dns_name_equal(owner_of(&zone->record[i]), name))
            return PRESENT;
        if (dns_name_within(owner_of(&zone->record[i]), name))
            found = NONTERMINAL;
    }
    return found;
}

static const struct record *find_record(const struct zone *zone, struct dns_name name, uint16_t type)
{
    for (unsigned i = 0; i < zone->count; i++)
        if (zone->record[i].type == type && dns_name_equal(owner_of(&zone->record[i]), name))
            return &zone->record[i];
    return NULL;
}

static const struct record *find_dname(const struct zone *zone, struct dns_name name)
{
    for (struct dns_name at = dns_name_parent(name); at.length >= zone->origin.length; at = dns_name_parent(at)) {
        const struct record *record = find_record(zone, at, DNS_TYPE_DNAME);
        if (record != NULL)
            return record;
        if (dns_name_is_root(at))
            break;
    }
    return NULL;
}

static void say_absence(struct speech *speech, struct dns_name name, enum net_behaviour behaviour)
{
    enum existence found = exists(speech->zone, name);
    if (found == ABSENT || (found == NONTERMINAL && behaviour == NET_ENT_NXDOMAIN &&
                            !dns_name_equal(name, dns_name_view(&speech->zone->origin))))
        speech->rcode = DNS_RCODE_NXDOMAIN;
    say_all(speech, DNS_AUTHORITY, dns_name_view(&speech->zone->origin), DNS_TYPE_SOA);
}

/* RFC 1034 §4.3.2, without wildcards. */
static void say_zone(struct speech *speech, struct dns_name qname, uint16_t qtype, enum net_behaviour behaviour)
{
    struct dns_name_buffer made;
    struct dns_name name = qname;
    for (unsigned links = 0; links < 10; links++) {
        struct dns_name cut = find_cut(speech->zone, name, qtype);
        if (cut.wire != NULL) {
            if (links == 0)
                say_referral(speech, cut);
            return;
        }
        if (say_all(speech, DNS_ANSWER, name, qtype) > 0)
            return;
        const struct record *alias = find_record(speech->zone, name, DNS_TYPE_CNAME);
        const struct record *dname = find_dname(speech->zone, name);
        if (alias == NULL && dname == NULL) {
            say_absence(speech, name, behaviour);
            return;
        }
        const struct record *shown = alias != NULL ? alias : dname;
        say(speech, DNS_ANSWER, shown);
        struct dns_name target;
        dns_rdata_target(shown->type, shown->rdata, shown->length, &target);
        if (alias == NULL) {
            if (dns_name_replace_suffix(&made, name, owner_of(dname), target) != DNS_OK) {
                speech->rcode = DNS_RCODE_YXDOMAIN;
                return;
            }
            target = dns_name_view(&made);
        }
        name = target;
        if (!dns_name_within(name, dns_name_view(&speech->zone->origin)))
            return;
    }
}

static struct zone *closest_zone(struct net *net, const struct server *server, struct dns_name name)
{
    struct zone *best = NULL;
    for (unsigned i = 0; i < server->zone_count; i++) {
        struct zone *zone = &net->zone[server->zone[i]];
        if (dns_name_within(name, dns_name_view(&zone->origin)) &&
            (best == NULL || zone->origin.length > best->origin.length))
            best = zone;
    }
    return best;
}

static size_t honest(struct net *net, struct server *server, const struct dns_message *query, uint8_t *to)
{
    struct dns_builder builder;
    struct dns_name qname = dns_name_view(&query->qname);
    struct zone *zone = closest_zone(net, server, qname);
    struct speech speech = {.builder = &builder, .zone = zone, .ttl_max = UINT32_MAX, .authoritative = true};
    if (server->behaviour == NET_TTL_ZERO)
        speech.ttl_max = 0;
    dns_builder_start(&builder, to, DNS_MESSAGE_MAX, query->id, DNS_FLAG_QR);
    dns_builder_question(&builder, qname, query->qtype, DNS_CLASS_IN);
    if (zone == NULL)
        speech.rcode = DNS_RCODE_REFUSED;
    else
        say_zone(&speech, qname, query->qtype, server->behaviour);
    for (unsigned i = 0; i < server->stray_count; i++)
        say(&speech, DNS_ADDITIONAL, &server->stray[i]);
    if (query->edns.present)
        dns_builder_edns(&builder, &(struct dns_edns_reply){.udp_size = 1232, .ede = DNS_EDE_NONE});
    size_t length = dns_builder_finish(&builder);
    bool aa = speech.authoritative && zone != NULL && server->behaviour != NET_NO_AA;
    to[2] = (uint8_t)(to[2] | (aa ? DNS_FLAG_AA >> 8 : 0));
    to[3] = (uint8_t)(to[3] | speech.rcode);
    return length;
}

static size_t bare(const struct dns_message *query, uint8_t *to, unsigned flags)
{
    struct dns_builder builder;
    dns_builder_start(&builder, to, DNS_MESSAGE_MAX, query->id, (uint16_t)(DNS_FLAG_QR | flags));
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    return dns_builder_finish(&builder);
}

static struct flight *take_off(struct net *net, const struct effect *effect, uint64_t delay, const uint8_t *wire,
                               size_t length)
{
    assert(net->flight_count < IN_FLIGHT);
    struct flight *flight = &net->flight[net->flight_count++];
    *flight = (struct flight){.at = net->now + delay,
                              .exchange = effect->exchange,
                              .from = effect->server,
                              .transport = effect->transport,
                              .length = length,
                              .wire = malloc(length + 1)};
    if (length > 0)
        memcpy(flight->wire, wire, length);
    return flight;
}

static struct server *find_server(const struct net *net, const struct dns_address *address)
{
    for (unsigned i = 0; i < net->server_count; i++)
        if (dns_address_equal(&net->server[i].address, address))
            return (struct server *)&net->server[i];
    return NULL;
}

static void note_question(struct server *server, const struct dns_message *query)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    struct dns_name_buffer lower;
    dns_name_copy_lower(&lower, dns_name_view(&query->qname));
    size_t used = strlen(server->seen);
    snprintf(server->seen + used, sizeof server->seen - used, "%s%s/%s", used > 0 ? " " : "",
             dns_name_to_text(dns_name_view(&lower), name), dns_type_to_text(query->qtype, type));
}

static void answer_query(struct net *net, struct server *server, const struct effect *effect,
                         struct dns_message *query)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    bool udp = effect->transport == TRANSPORT_UDP;
    size_t length = honest(net, server, query, wire);
    uint64_t delay = udp ? server->delay : 2 * server->delay;
    switch (server->behaviour) {
    case NET_SILENT:
        return;
    case NET_UNREACHABLE:
        take_off(net, effect, server->delay, NULL, 0)->fails = true;
        return;
    case NET_REFUSES:
        length = bare(query, wire, DNS_RCODE_REFUSED);
        break;
    case NET_SERVFAILS:
        length = bare(query, wire, DNS_RCODE_SERVFAIL);
        break;
    case NET_NO_EDNS:
        if (query->edns.present)
            length = bare(query, wire, DNS_RCODE_FORMERR);
        break;
    case NET_TRUNCATES:
        if (udp)
            length = bare(query, wire, DNS_FLAG_TC);
        break;
    case NET_LOWERCASES:
        if (udp)
            for (unsigned i = 0; i < query->qname.length; i++)
                if (wire[12 + i] >= 'A' && wire[12 + i] <= 'Z')
                    wire[12 + i] = (uint8_t)(wire[12 + i] + 32);
        break;
    case NET_WRONG_ID_FIRST:
        wire[0] ^= 1;
        if (udp)
            take_off(net, effect, delay / 2, wire, length);
        wire[0] ^= 1;
        break;
    case NET_WRONG_QUESTION_FIRST:
        wire[13] ^= 3;
        take_off(net, effect, delay / 2, wire, length);
        wire[13] ^= 3;
        break;
    case NET_GARBAGE:
        memset(wire + 2, 0xb7, length - 2);
        break;
    default:
        break;
    }
    take_off(net, effect, delay, wire, length);
}

static void send_packet(struct net *net, const struct effect *effect)
{
    static struct dns_record records[16];
    struct dns_message query;
    struct server *server = find_server(net, &effect->server);
    net->packets++;
    assert(dns_message_parse(&query, effect->wire, effect->length, records, 16) == DNS_OK);
    if (server == NULL)
        return;
    server->packets++;
    note_question(server, &query);
    answer_query(net, server, effect, &query);
}

/* -- the client -------------------------------------------------------------------------------- */

static void print_records(const struct answer *answer, size_t from, size_t to, char *text, size_t capacity)
{
    static struct dns_record records[DNS_RECORDS_MAX];
    static uint8_t rdata[65536];
    struct dns_message message;
    uint8_t *wire = answer->wire;
    (void)from;
    (void)to;
    memset(wire, 0, 12);
    wire[2] = 0x80;
    wire[5] = 1;
    wire[6] = (uint8_t)(answer->count[0] >> 8), wire[7] = (uint8_t)answer->count[0];
    wire[8] = (uint8_t)(answer->count[1] >> 8), wire[9] = (uint8_t)answer->count[1];
    wire[10] = (uint8_t)(answer->count[2] >> 8), wire[11] = (uint8_t)answer->count[2];
    enum dns_error error = dns_message_parse(&message, wire, answer->length, records, DNS_RECORDS_MAX);
    assert(error == DNS_OK);
    enum dns_section section = from == 0 ? DNS_ANSWER : DNS_AUTHORITY;
    for (unsigned i = 0; i < message.count[section]; i++) {
        const struct dns_record *record = &message.section[section][i];
        struct dns_name_buffer owner;
        uint16_t length;
        assert(dns_message_name(&message, record->owner, &owner) == DNS_OK);
        assert(dns_rdata_expand(&message, record, rdata, sizeof rdata, &length) == DNS_OK);
        size_t used = strlen(text);
        error = dns_record_to_text(dns_name_view(&owner), record->type, record->class, record->ttl, rdata, length,
                                   text + used, capacity - used);
        assert(error == DNS_OK);
        strncat(text, "\n", capacity - strlen(text) - 1);
    }
}

static void take_answer(struct net *net, const struct answer *answer)
{
    struct net_reply *reply = &net->reply;
    char rcode[DNS_TYPE_TEXT_MAX];
    net->answers++;
    reply->rcode = answer->rcode;
    reply->ede = answer->ede;
    snprintf(reply->ede_text, sizeof reply->ede_text, "%s", answer->ede_text);
    for (unsigned i = 0; i < 3; i++)
        reply->count[i] = answer->count[i];
    snprintf(reply->text, sizeof reply->text, "%s\n", dns_rcode_to_text(answer->rcode, rcode));
    print_records(answer, 0, 0, reply->text, sizeof reply->text);
    reply->authority[0] = '\0';
    print_records(answer, 1, 0, reply->authority, sizeof reply->authority);
}

static void drop_flights(struct net *net, uint64_t exchange)
{
    for (unsigned i = 0; i < net->flight_count;)
        if (net->flight[i].exchange == exchange) {
            free(net->flight[i].wire);
            net->flight[i] = net->flight[--net->flight_count];
        } else {
            i++;
        }
}

static void take_effects(struct net *net)
{
    struct effect effect;
    while (engine_next(net->engine, &effect))
        switch (effect.kind) {
        case EFFECT_SEND:
            send_packet(net, &effect);
            break;
        case EFFECT_OVER:
            drop_flights(net, effect.exchange);
            break;
        case EFFECT_ANSWER:
            take_answer(net, effect.answer);
            break;
        }
}

/* Lets the next thing happen: a packet arrives, or the engine wakes. False when nothing is left. */
static bool next_thing(struct net *net)
{
    uint64_t wake = engine_deadline(net->engine);
    int first = -1;
    for (unsigned i = 0; i < net->flight_count; i++)
        if (first < 0 || net->flight[i].at < net->flight[first].at)
            first = (int)i;
    if (first < 0 && wake == UINT64_MAX)
        return false;
    if (first < 0 || wake < net->flight[first].at) {
        net->now = wake > net->now ? wake : net->now;
        engine_wake(net->engine, net->now);
        return true;
    }
    struct flight flight = net->flight[first];
    net->flight[first] = net->flight[--net->flight_count];
    net->now = flight.at > net->now ? flight.at : net->now;
    if (flight.fails) {
        engine_failed(net->engine, net->now, flight.exchange, FAILURE_REFUSED);
    } else {
        struct packet packet = {flight.exchange, flight.from, flight.transport, flight.wire, flight.length};
        engine_receive(net->engine, net->now, &packet);
    }
    free(flight.wire);
    return true;
}

const struct net_reply *net_ask(struct net *net, const char *name, const char *type)
{
    struct dns_name_buffer qname;
    uint16_t qtype;
    unsigned before = net->packets, answers = net->answers;
    uint64_t started = net->now;
    assert(dns_name_from_text(name, &qname) == DNS_OK && dns_type_from_text(type, &qtype) == DNS_OK);
    memset(&net->reply, 0, sizeof net->reply);
    bool taken =
        engine_ask(net->engine, net->now, &(struct question){dns_name_view(&qname), qtype, net});
    assert(taken);
    take_effects(net);
    while (net->answers == answers) {
        bool more = next_thing(net);
        assert(more);
        take_effects(net);
    }
    assert(net->answers == answers + 1);
    net->reply.took = net->now - started;
    net->reply.packets = net->packets - before;
    return &net->reply;
}

void net_ask_many(struct net *net, const char *const *names, const char *type)
{
    unsigned answers = net->answers, asked = 0;
    uint16_t qtype;
    assert(dns_type_from_text(type, &qtype) == DNS_OK);
    for (; names[asked] != NULL; asked++) {
        struct dns_name_buffer qname;
        assert(dns_name_from_text(names[asked], &qname) == DNS_OK);
        assert(engine_ask(net->engine, net->now, &(struct question){dns_name_view(&qname), qtype, net}));
        take_effects(net);
    }
    while (net->answers < answers + asked) {
        assert(next_thing(net));
        take_effects(net);
    }
    assert(net->answers == answers + asked);
}

/* -- the world --------------------------------------------------------------------------------- */

static void random_octets(void *context, uint8_t *to, size_t length)
{
    struct net *net = context;
    for (size_t i = 0; i < length; i++) {
        net->seed = net->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        to[i] = (uint8_t)(net->seed >> 56);
    }
}

static void count_event(void *context, const struct event *event)
{
    struct net *net = context;
    char text[EVENT_TEXT_MAX];
    net->events[event->kind]++;
    if (net->trace)
        fprintf(stderr, "%8.1f %*s[%u] %s\n", (double)event->time / 1000, 2 * event->depth, "", event->walk,
                event_to_text(event, text));
}

struct net *net_create(void)
{
    static const uint8_t key[16] = {1, 2, 3};
    struct net *net = calloc(1, sizeof *net);
    net->cache = cache_create(&(struct cache_options){.size = 4 << 20, .key = key});
    net->now = UINT64_C(1000000000);
    net->seed = 42;
    net->trace = getenv("NET_TRACE") != NULL;
    net->hints.count = net->hints.address_count = 1;
    dns_name_from_text("a.root-servers.net", &net->hints.name[0]);
    dns_address_from_text("198.41.0.4", 53, &net->hints.address[0].address);
    net->options = (struct engine_options){
        .cache = net->cache,
        .hints = &net->hints,
        .random = random_octets,
        .random_context = net,
        .events = {count_event, net},
        .limits = engine_limits_default(),
        .qmin = ENGINE_QMIN_RELAXED,
        .ipv4 = true,
        .ipv6 = true,
        .minimal_responses = true,
        .edns_udp_size = 1232,
        .max_cache_ttl = 86400,
        .max_ncache_ttl = 3600,
    };
    net->engine = engine_create(&net->options);
    return net;
}

void net_destroy(struct net *net)
{
    engine_destroy(net->engine);
    cache_destroy(net->cache);
    for (unsigned i = 0; i < net->zone_count; i++)
        for (unsigned j = 0; j < net->zone[i].count; j++)
            free(net->zone[i].record[j].rdata);
    for (unsigned i = 0; i < net->server_count; i++)
        for (unsigned j = 0; j < net->server[i].stray_count; j++)
            free(net->server[i].stray[j].rdata);
    for (unsigned i = 0; i < net->flight_count; i++)
        free(net->flight[i].wire);
    free(net);
}

struct engine *net_engine(struct net *net)
{
    return net->engine;
}

struct cache *net_cache(struct net *net)
{
    return net->cache;
}

struct engine_options *net_options(struct net *net)
{
    return &net->options;
}

void net_reconfigure(struct net *net)
{
    assert(engine_configure(net->engine, &net->options));
}

static struct server *get_server(struct net *net, const char *text)
{
    struct dns_address address;
    assert(dns_address_from_text(text, 53, &address) == DNS_OK);
    struct server *server = find_server(net, &address);
    if (server == NULL) {
        assert(net->server_count < SERVERS);
        server = &net->server[net->server_count++];
        server->address = address;
        server->delay = 10000;
    }
    return server;
}

static void ensure_soa(struct zone *zone, const char *origin)
{
    char soa[1200];
    if (find_record(zone, dns_name_view(&zone->origin), DNS_TYPE_SOA) != NULL)
        return;
    snprintf(soa, sizeof soa, "%s 3600 IN SOA ns.invalid. host.invalid. 1 7200 3600 604800 900", origin);
    assert(zone->count < RECORDS);
    read_record(&zone->record[zone->count++], soa);
}

void net_zone(struct net *net, const char *origin, const char *servers, const char *records)
{
    assert(net->zone_count < ZONES);
    struct zone *zone = &net->zone[net->zone_count];
    dns_name_from_text(origin, &zone->origin);
    zone->count = read_records(zone->record, RECORDS, records);
    ensure_soa(zone, origin);
    char *copy = strdup(servers), *save = NULL;
    for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        struct server *server = get_server(net, word);
        server->zone[server->zone_count++] = net->zone_count;
    }
    free(copy);
    net->zone_count++;
}

void net_zone_replace(struct net *net, const char *origin, const char *records)
{
    struct dns_name_buffer name;
    dns_name_from_text(origin, &name);
    for (unsigned i = 0; i < net->zone_count; i++) {
        struct zone *zone = &net->zone[i];
        if (!dns_name_equal(dns_name_view(&zone->origin), dns_name_view(&name)))
            continue;
        for (unsigned j = 0; j < zone->count; j++)
            free(zone->record[j].rdata);
        zone->count = read_records(zone->record, RECORDS, records);
        ensure_soa(zone, origin);
    }
}

void net_behave(struct net *net, const char *server, enum net_behaviour behaviour)
{
    get_server(net, server)->behaviour = behaviour;
}

void net_delay(struct net *net, const char *server, uint64_t round_trip)
{
    get_server(net, server)->delay = round_trip;
}

void net_stray(struct net *net, const char *server, const char *records)
{
    struct server *at = get_server(net, server);
    at->stray_count = read_records(at->stray, STRAYS, records);
}

void net_pass(struct net *net, uint32_t seconds)
{
    uint64_t until = net->now + UINT64_C(1000000) * seconds;
    while (net->flight_count > 0 || engine_deadline(net->engine) <= until)
        if (!next_thing(net))
            break;
        else
            take_effects(net);
    net->now = until;
}

uint64_t net_now(const struct net *net)
{
    return net->now;
}

unsigned net_packets(const struct net *net)
{
    return net->packets;
}

unsigned net_packets_to(const struct net *net, const char *server)
{
    return get_server((struct net *)net, server)->packets;
}

const char *net_seen(const struct net *net, const char *server)
{
    return get_server((struct net *)net, server)->seen;
}

unsigned net_events(const struct net *net, enum event_kind kind)
{
    return net->events[kind];
}
