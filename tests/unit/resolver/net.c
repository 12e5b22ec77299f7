#include <openssl/evp.h>

#include <time.h>

#include "net_inside.h"

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

size_t net_answer(struct net *net, const char *address, const uint8_t *query, size_t length, bool udp,
                  uint8_t *to)
{
    static struct dns_record records[16];
    struct dns_message message;
    struct dns_address from;
    if (dns_message_parse(&message, query, length, records, 16) != DNS_OK ||
        dns_address_from_text(address, 53, &from) != DNS_OK)
        return 0;
    struct server *server = find_server(net, &from);
    size_t said = server == NULL || server->speaker == NULL
                      ? 0
                      : server->speaker(server->speaker_context, net, &message, udp, to);
    return server == NULL ? 0 : said > 0 ? said : net_honest(net, server, &message, to);
}

static void send_packet(struct net *net, const struct effect *effect)
{
    static struct dns_record records[16];
    struct dns_message query;
    struct server *server = find_server(net, &effect->server);
    net->packets++;
    assert(dns_message_parse(&query, effect->wire, effect->length, records, 16) == DNS_OK);
    if (net->watch.sent != NULL)
        net->watch.sent(net->watch.context, effect, &query);
    if (server == NULL)
        return;
    server->packets++;
    note_question(server, &query);
    net->speaks = server;
    net_speak(net, server, effect, &query);
}

/* -- the client -------------------------------------------------------------------------------- */

static bool is_proof(uint16_t type)
{
    return type == DNS_TYPE_RRSIG || type == DNS_TYPE_NSEC || type == DNS_TYPE_NSEC3;
}

static void print_records(const struct answer *answer, enum dns_section section, char *text, size_t capacity)
{
    static struct dns_record records[DNS_RECORDS_MAX];
    static uint8_t rdata[65536];
    struct dns_message message;
    uint8_t *wire = answer->wire;
    memset(wire, 0, 12);
    wire[2] = 0x80;
    wire[5] = 1;
    wire[6] = (uint8_t)(answer->count[0] >> 8), wire[7] = (uint8_t)answer->count[0];
    wire[8] = (uint8_t)(answer->count[1] >> 8), wire[9] = (uint8_t)answer->count[1];
    wire[10] = (uint8_t)(answer->count[2] >> 8), wire[11] = (uint8_t)answer->count[2];
    enum dns_error error = dns_message_parse(&message, wire, answer->length, records, DNS_RECORDS_MAX);
    assert(error == DNS_OK);
    for (unsigned i = 0; i < message.count[section]; i++) {
        const struct dns_record *record = &message.section[section][i];
        struct dns_name_buffer owner;
        uint16_t length;
        if (is_proof(record->type))
            continue;
        assert(dns_message_name(&message, record->owner, &owner) == DNS_OK);
        assert(dns_rdata_expand(&message, record, rdata, sizeof rdata, &length) == DNS_OK);
        size_t used = strlen(text);
        error = dns_record_to_text(dns_name_view(&owner), record->type, record->class, record->ttl, rdata,
                                   length, text + used, capacity - used);
        assert(error == DNS_OK);
        strncat(text, "\n", capacity - strlen(text) - 1);
    }
}

static void take_answer(struct net *net, bool *answered, const struct answer *answer)
{
    struct net_reply *reply = &net->reply;
    char rcode[DNS_TYPE_TEXT_MAX];
    assert(!*answered);
    *answered = true;
    net->answers++;
    if (net->watch.answered != NULL) {
        net->watch.answered(net->watch.context, (unsigned)(answered - net->answered), answer);
        return;
    }
    reply->rcode = answer->rcode;
    reply->ede = answer->ede;
    reply->trust = answer->trust;
    snprintf(reply->ede_text, sizeof reply->ede_text, "%s", answer->ede_text);
    for (unsigned i = 0; i < 3; i++)
        reply->count[i] = answer->count[i];
    snprintf(reply->text, sizeof reply->text, "%s\n", dns_rcode_to_text(answer->rcode, rcode));
    print_records(answer, DNS_ANSWER, reply->text, sizeof reply->text);
    reply->authority[0] = '\0';
    print_records(answer, DNS_AUTHORITY, reply->authority, sizeof reply->authority);
    reply->additional[0] = '\0';
    print_records(answer, DNS_ADDITIONAL, reply->additional, sizeof reply->additional);
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
            net->effect = &effect;
            send_packet(net, &effect);
            net->effect = NULL;
            break;
        case EFFECT_OVER:
            drop_flights(net, effect.exchange);
            break;
        case EFFECT_ANSWER:
            if (net->watch.told != NULL)
                net->watch.told(net->watch.context, &effect);
            take_answer(net, effect.client, effect.answer);
            break;
        }
}

static uint64_t thread_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static void add_time(struct net *net, uint64_t since)
{
    uint64_t spent = thread_time() - since;
    net->cpu += spent;
    if (spent > net->cpu_worst)
        net->cpu_worst = spent;
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
        uint64_t since = thread_time();
        engine_wake(net->engine, net->now);
        add_time(net, since);
        return true;
    }
    struct flight flight = net->flight[first];
    net->flight[first] = net->flight[--net->flight_count];
    net->now = flight.at > net->now ? flight.at : net->now;
    uint64_t since = thread_time();
    if (flight.fails) {
        engine_failed(net->engine, net->now, flight.exchange, flight.failure);
    } else {
        struct packet packet = {flight.exchange, flight.from, flight.transport, flight.wire, flight.length};
        engine_receive(net->engine, net->now, &packet);
    }
    add_time(net, since);
    free(flight.wire);
    return true;
}

int net_begin_question(struct net *net, const struct question *question)
{
    struct question own = *question;
    assert(net->asked < NET_ASKS);
    own.client = &net->answered[net->asked];
    net->answered[net->asked] = false;
    bool taken = engine_ask(net->engine, net->now, &own) == ENGINE_TAKEN;
    unsigned number = net->asked;
    net->asked += taken;
    take_effects(net);
    return taken ? (int)number : -1;
}

bool net_begin(struct net *net, const char *name, const char *type)
{
    struct dns_name_buffer qname;
    struct question question = {.checking_disabled = net->unchecked};
    assert(dns_name_from_text(name, &qname) == DNS_OK && dns_type_from_text(type, &question.type) == DNS_OK);
    question.name = dns_name_view(&qname);
    return net_begin_question(net, &question) >= 0;
}

bool net_step(struct net *net)
{
    bool more = next_thing(net);
    take_effects(net);
    return more;
}

void net_run(struct net *net)
{
    while (net->answers < net->asked) {
        bool more = next_thing(net);
        assert(more);
        take_effects(net);
    }
    for (unsigned i = 0; i < net->asked; i++)
        assert(net->answered[i]);
    net->asked = net->answers = 0;
}

const struct net_reply *net_ask(struct net *net, const char *name, const char *type)
{
    unsigned before = net->packets;
    uint64_t started = net->now;
    memset(&net->reply, 0, sizeof net->reply);
    bool taken = net_begin(net, name, type);
    assert(taken);
    net_run(net);
    net->reply.took = net->now - started;
    net->reply.packets = net->packets - before;
    return &net->reply;
}

const struct net_reply *net_ask_unchecked(struct net *net, const char *name, const char *type)
{
    net->unchecked = true;
    const struct net_reply *reply = net_ask(net, name, type);
    net->unchecked = false;
    return reply;
}

void net_ask_many(struct net *net, const char *const *names, const char *type)
{
    for (unsigned i = 0; names[i] != NULL; i++) {
        bool taken = net_begin(net, names[i], type);
        assert(taken);
    }
    net_run(net);
}

const struct net_reply *net_reply(const struct net *net)
{
    return &net->reply;
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
    net->now = NET_BEGINNING;
    net->seed = 42;
    net->wall = NET_WALL;
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
        .journal = true,
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

const char *net_problem(struct net *net, char text[160])
{
    struct engine_statistics statistics;
    char problem[128];
    engine_get_statistics(net->engine, &statistics);
    if (statistics.walks_now != 0 || statistics.exchanges_now != 0)
        snprintf(text, 160, "%u walks, %u exchanges are left", (unsigned)statistics.walks_now,
                 (unsigned)statistics.exchanges_now);
    else if (net->answers != net->asked)
        snprintf(text, 160, "%u of %u questions are answered", net->answers, net->asked);
    else if (engine_deadline(net->engine) != UINT64_MAX)
        snprintf(text, 160, "the engine still waits for a time");
    else if (!cache_verify(net->cache, problem))
        snprintf(text, 160, "the cache is not sound: %s", problem);
    else
        return NULL;
    return text;
}

void net_end(struct net *net)
{
    char text[160];
    net_pass(net, 10);
    const char *problem = net_problem(net, text);
    if (problem != NULL)
        fprintf(stderr, "net: %s\n", problem);
    assert(problem == NULL);
    net_destroy(net);
}

void net_destroy(struct net *net)
{
    engine_destroy(net->engine);
    cache_destroy(net->cache);
    for (unsigned i = 0; i < net->zone_count; i++) {
        records_free(&net->zone[i].records);
        EVP_PKEY_free(net->zone[i].key);
    }
    for (unsigned i = 0; i < net->server_count; i++)
        for (unsigned j = 0; j < DNS_SECTIONS; j++)
            records_free(&net->server[i].stray[j]);
    for (unsigned i = 0; i < net->flight_count; i++)
        free(net->flight[i].wire);
    free(net->listing);
    free(net);
}

struct engine *net_swap_engine(struct net *net, struct engine *engine)
{
    struct engine *former = net->engine;
    net->engine = engine;
    engine_set_clock(engine, net->now, net_wall(net));
    return former;
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
        assert(net->server_count < NET_SERVERS);
        server = &net->server[net->server_count++];
        server->address = address;
        server->delay = 10000;
    }
    return server;
}

void net_zone(struct net *net, const char *origin, const char *servers, const char *records)
{
    assert(net->zone_count < NET_ZONES);
    struct zone *zone = &net->zone[net->zone_count];
    dns_name_from_text(origin, &zone->origin);
    records_read(&zone->records, records);
    zone_ensure_soa(zone, origin);
    char *copy = strdup(servers), *save = NULL;
    for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        struct server *server = get_server(net, word);
        server->zone[server->zone_count++] = net->zone_count;
    }
    free(copy);
    net->zone_count++;
}

static struct zone *get_zone(struct net *net, const char *origin)
{
    struct dns_name_buffer name;
    dns_name_from_text(origin, &name);
    for (unsigned i = net->zone_count; i-- > 0;)
        if (dns_name_equal(dns_name_view(&net->zone[i].origin), dns_name_view(&name)))
            return &net->zone[i];
    assert(!"there is such a zone");
    return NULL;
}

void net_zone_replace(struct net *net, const char *origin, const char *records)
{
    struct zone *zone = get_zone(net, origin);
    records_free(&zone->records);
    records_read(&zone->records, records);
    zone_ensure_soa(zone, origin);
}

void net_zone_add(struct net *net, const char *origin, const char *records)
{
    records_read(&get_zone(net, origin)->records, records);
}

static bool is_meant(const struct record *record, struct dns_name owner, uint16_t type)
{
    return dns_name_equal(dns_name_view(&record->owner), owner) && (type == 0 || record->type == type);
}

bool net_zone_remove(struct net *net, const char *origin, const char *owner, const char *type)
{
    struct records *records = &get_zone(net, origin)->records;
    struct dns_name_buffer name;
    uint16_t number = 0;
    unsigned kept = 0;
    assert(dns_name_from_text(owner, &name) == DNS_OK);
    assert(type == NULL || dns_type_from_text(type, &number) == DNS_OK);
    for (unsigned i = 0; i < records->count; i++)
        if (is_meant(&records->record[i], dns_name_view(&name), number))
            free(records->record[i].rdata);
        else
            records->record[kept++] = records->record[i];
    bool found = kept < records->count;
    records->count = kept;
    return found;
}

bool net_serve(struct net *net, const char *server, const char *origin, bool serves)
{
    struct server *at = get_server(net, server);
    unsigned index = (unsigned)(get_zone(net, origin) - net->zone), kept = 0;
    for (unsigned i = 0; i < at->zone_count; i++)
        if (at->zone[i] != index)
            at->zone[kept++] = at->zone[i];
    bool served = kept < at->zone_count;
    at->zone_count = kept;
    if (serves)
        at->zone[at->zone_count++] = index;
    return served;
}

size_t net_usual(struct net *net, const struct dns_message *query, uint8_t *to)
{
    return net_honest(net, net->speaks, query, to);
}

void net_break_off(struct net *net, uint64_t delay, enum failure failure)
{
    struct flight *flight = net_take_off(net, net->effect, delay, NULL, 0);
    flight->fails = true;
    flight->failure = failure;
}

void net_set_watch(struct net *net, const struct net_watch *watch)
{
    net->watch = *watch;
}

void net_seed(struct net *net, uint64_t seed)
{
    net->seed = seed;
}

void net_trace(struct net *net, bool trace)
{
    net->trace = trace;
}

void net_behave(struct net *net, const char *server, enum net_behaviour behaviour)
{
    get_server(net, server)->behaviour = behaviour;
}

void net_delay(struct net *net, const char *server, uint64_t round_trip)
{
    get_server(net, server)->delay = round_trip;
}

void net_stray(struct net *net, const char *server, enum dns_section section, const char *records)
{
    struct records *stray = &get_server(net, server)->stray[section];
    records_free(stray);
    records_read(stray, records);
}

void net_script(struct net *net, const char *server, net_speaker *speaker, void *context)
{
    struct server *at = get_server(net, server);
    at->speaker = speaker;
    at->speaker_context = context;
}

void net_forge_from(struct net *net, uint64_t delay, const struct dns_address *from, enum transport transport,
                    const uint8_t *wire, size_t length)
{
    struct flight *flight = net_take_off(net, net->effect, delay, wire, length);
    flight->from = *from;
    flight->transport = transport;
}

void net_forge(struct net *net, uint64_t delay, const char *from, enum transport transport,
               const uint8_t *wire, size_t length)
{
    struct dns_address address = net->effect->server;
    if (from != NULL)
        assert(dns_address_from_text(from, 53, &address) == DNS_OK);
    net_forge_from(net, delay, &address, transport, wire, length);
}

static uint64_t next_time(const struct net *net)
{
    uint64_t at = engine_deadline(net->engine);
    for (unsigned i = 0; i < net->flight_count; i++)
        at = net->flight[i].at < at ? net->flight[i].at : at;
    return at;
}

void net_pass_time(struct net *net, uint64_t duration)
{
    uint64_t until = net->now + duration;
    take_effects(net);
    while (next_time(net) <= until) {
        next_thing(net);
        take_effects(net);
    }
    net->now = until > net->now ? until : net->now;
}

void net_pass(struct net *net, uint32_t seconds)
{
    uint64_t until = net->now + UINT64_C(1000000) * seconds;
    take_effects(net);
    while (net->flight_count > 0 || engine_deadline(net->engine) <= until)
        if (!next_thing(net))
            break;
        else
            take_effects(net);
    net->now = until;
}

void net_sleep(struct net *net, uint64_t duration)
{
    net->now += duration;
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
uint64_t net_cpu(const struct net *net)
{
    return net->cpu;
}

uint64_t net_cpu_worst(const struct net *net)
{
    return net->cpu_worst;
}

void net_cpu_reset(struct net *net)
{
    net->cpu = net->cpu_worst = 0;
}
