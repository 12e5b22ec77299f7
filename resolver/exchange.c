/* Exchanges: one query to one address of a server, and what comes back for it. */
#include <stdlib.h>
#include <string.h>

#include "dns/builder.h"
#include "resolver/walk.h"

enum { EXCHANGES_FIRST = 64 };

/* µs; a late answer is waited for, when there is nothing else to do, until this long before the question's
   deadline. */
enum { LATE_RESERVE = 2500000 };

/* µs; room for one lost SYN, which is sent again after 1 s (RFC 6298 §5.7), and still for another server
   within the question's time. */
enum { TCP_WAIT_MIN = 1500000, TCP_WAIT_MAX = 2000000 };

/* -- taking and giving back -------------------------------------------------------------------- */

static bool grow(struct engine *engine)
{
    uint32_t capacity = engine->exchange_capacity == 0 ? EXCHANGES_FIRST : 2 * engine->exchange_capacity;
    struct exchange **exchange = realloc(engine->exchange, capacity * sizeof *exchange);
    if (exchange == NULL)
        return false;
    engine->exchange = exchange;
    engine->exchange_capacity = capacity;
    return true;
}

/* The upper half of an id counts how often its slot was used. */
static struct exchange *take(struct engine *engine)
{
    struct exchange *exchange = engine->exchange_free;
    if (exchange != NULL) {
        engine->exchange_free = exchange->effect_next;
    } else {
        if (engine->exchange_count == engine->exchange_capacity && !grow(engine))
            return NULL;
        exchange = malloc(sizeof *exchange);
        if (exchange == NULL)
            return NULL;
        exchange->id = engine->exchange_count;
        engine->exchange[engine->exchange_count++] = exchange;
    }
    exchange->id += UINT64_C(1) << 32;
    engine->statistics.exchanges_now++;
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    struct engine *engine = exchange->engine;
    exchange->effect_next = engine->exchange_free;
    engine->exchange_free = exchange;
    engine->statistics.exchanges_now--;
}

static struct exchange *find(struct engine *engine, uint64_t id)
{
    uint32_t slot = (uint32_t)id;
    if (slot >= engine->exchange_count)
        return NULL;
    struct exchange *exchange = engine->exchange[slot];
    bool alive = exchange->id == id && (exchange->state == EXCHANGE_OPEN || exchange->state == EXCHANGE_LATE);
    return alive ? exchange : NULL;
}

static void leave_walk(struct exchange *exchange)
{
    struct exchange **at = &exchange->walk->exchanges;
    while (*at != exchange)
        at = &(*at)->next;
    *at = exchange->next;
    exchange->walk = NULL;
}

static void leave_send_queue(struct exchange *exchange)
{
    struct engine *engine = exchange->engine;
    struct exchange *before = NULL;
    for (struct exchange *at = engine->send_first; at != exchange; at = at->effect_next)
        before = at;
    if (before == NULL)
        engine->send_first = exchange->effect_next;
    else
        before->effect_next = exchange->effect_next;
    if (engine->send_last == exchange)
        engine->send_last = before;
}

void exchange_close(struct exchange *exchange)
{
    struct engine *engine = exchange->engine;
    leave_walk(exchange);
    if (exchange->state == EXCHANGE_QUEUED) {
        leave_send_queue(exchange);
        exchange->state = EXCHANGE_CLOSING;
        exchange_free(exchange);
        return;
    }
    exchange->state = EXCHANGE_CLOSING;
    exchange->effect_next = NULL;
    if (engine->over_last != NULL)
        engine->over_last->effect_next = exchange;
    else
        engine->over_first = exchange;
    engine->over_last = exchange;
}

void exchange_close_all(struct walk *walk)
{
    while (walk->exchanges != NULL)
        exchange_close(walk->exchanges);
}

/* -- sending ----------------------------------------------------------------------------------- */

/* The newest come first in the list; the oldest gives way. */
static void make_way(struct walk *walk)
{
    unsigned count = 0;
    struct exchange *oldest = NULL;
    for (struct exchange *at = walk->exchanges; at != NULL; at = at->next, count++)
        oldest = at;
    if (count >= WALK_EXCHANGES)
        exchange_close(oldest);
}

/* Other resolvers are asked to recurse; what they find is validated here, so they need not (RFC 6840 §5.9). */
static uint16_t query_flags(const struct walk *walk)
{
    if (!delegation_forwards(&walk->delegation))
        return 0;
    return walk->delegation.trust == TRUST_INSECURE ? DNS_FLAG_RD : DNS_FLAG_RD | DNS_FLAG_CD;
}

static void write_query(struct exchange *exchange, struct engine *engine, struct dns_name name)
{
    struct dns_builder builder;
    uint8_t bits[32] = {0};
    exchange->qid = (uint16_t)engine_random(engine);
    if (exchange->transport == TRANSPORT_UDP)
        engine_random_fill(engine, bits, sizeof bits);
    dns_name_copy_0x20(&exchange->qname, name, bits);
    dns_builder_start(&builder, exchange->wire, sizeof exchange->wire, exchange->qid,
                      query_flags(exchange->walk));
    dns_builder_question(&builder, dns_name_view(&exchange->qname), exchange->qtype, DNS_CLASS_IN);
    if (exchange->edns)
        dns_builder_edns(&builder, &(struct dns_edns_reply){.udp_size = engine->options.edns_udp_size,
                                                            .dnssec_ok = true,
                                                            .ede = DNS_EDE_NONE});
    exchange->length = (uint16_t)dns_builder_finish(&builder);
}

static void queue_send(struct engine *engine, struct exchange *exchange)
{
    exchange->state = EXCHANGE_QUEUED;
    exchange->effect_next = NULL;
    if (engine->send_last != NULL)
        engine->send_last->effect_next = exchange;
    else
        engine->send_first = exchange;
    engine->send_last = exchange;
}

static void count_send(struct walk *walk, struct target *target, enum transport transport)
{
    walk->budget->packets--;
    walk->packets_left--;
    if (transport == TRANSPORT_TCP) {
        target->tcp_sends++;
        walk->engine->statistics.sent_tcp++;
    } else {
        target->udp_sends++;
        walk->engine->statistics.sent_udp++;
    }
}

static void report_send(const struct walk *walk, const struct exchange *exchange)
{
    unsigned flags = (exchange->transport == TRANSPORT_TCP ? EVENT_TCP : EVENT_CASE) |
                     (exchange->edns ? EVENT_EDNS : 0u) |
                     (walk->asked.length < walk->qname.length ? EVENT_MINIMISED : 0u);
    REPORT(walk, .kind = EVENT_SEND, .name = dns_name_view(&exchange->qname), .type = exchange->qtype,
           .zone = dns_name_view(&walk->delegation.zone), .address = exchange->server,
           .server = walk->delegation.server[walk->delegation.address[exchange->target].server],
           .flags = (uint16_t)flags);
}

bool exchange_begin(struct walk *walk, unsigned target, const struct server *facts)
{
    struct engine *engine = walk->engine;
    struct target *how = &walk->targets[target];
    make_way(walk);
    struct exchange *exchange = take(engine);
    if (exchange == NULL)
        return false;
    exchange->engine = engine;
    exchange->walk = walk;
    exchange->server = walk->delegation.address[target].address;
    exchange->target = (uint8_t)target;
    exchange->transport = how->tcp ? TRANSPORT_TCP : TRANSPORT_UDP;
    exchange->edns = !how->plain;
    exchange->qtype = walk->asked_type;
    exchange->sent_at = engine->now;
    exchange->timeouts = facts->timeouts;
    uint64_t wait = server_wait(facts);
    if (how->tcp)
        wait = 2 * wait < TCP_WAIT_MIN ? TCP_WAIT_MIN : 2 * wait > TCP_WAIT_MAX ? TCP_WAIT_MAX : 2 * wait;
    exchange->wait_until = engine->now + wait;
    exchange->hopeless = how->tcp || facts->timeouts >= TARGET_SENDS;
    exchange->strays = 0;
    exchange->said = NULL;
    write_query(exchange, engine, walk->asked);
    exchange->next = walk->exchanges;
    walk->exchanges = exchange;
    count_send(walk, how, exchange->transport);
    queue_send(engine, exchange);
    report_send(walk, exchange);
    return true;
}

/* -- time -------------------------------------------------------------------------------------- */

static uint64_t first_end(const struct walk *walk, bool late)
{
    uint64_t end = UINT64_MAX;
    for (const struct exchange *at = walk->exchanges; at != NULL; at = at->next)
        if ((at->state == EXCHANGE_LATE) == late && at->wait_until < end)
            end = at->wait_until;
    return end;
}

uint64_t exchange_deadline(const struct walk *walk)
{
    return first_end(walk, false);
}

uint64_t exchange_late_deadline(const struct walk *walk)
{
    return first_end(walk, true);
}

/* Of many queries at once that one slow moment made wait too long, the first counts: the others were not
   sent after it, and say nothing new. */
static void remember_silence(const struct exchange *exchange)
{
    struct engine *engine = exchange->engine;
    struct server facts;
    server_get(engine->options.cache, &exchange->server, engine_seconds(engine), &facts);
    if (facts.timeouts > exchange->timeouts)
        return;
    server_silent(&facts, engine_seconds(engine));
    server_put(engine->options.cache, &exchange->server, engine_seconds(engine), &facts);
}

bool exchange_expire(struct walk *walk)
{
    struct engine *engine = walk->engine;
    bool expired = false;
    struct exchange *next;
    for (struct exchange *at = walk->exchanges; at != NULL; at = next) {
        next = at->next;
        if (at->wait_until > engine->now)
            continue;
        expired = true;
        if (at->state == EXCHANGE_LATE) {
            exchange_close(at);
            continue;
        }
        at->state = EXCHANGE_LATE;
        at->wait_until = at->hopeless ? 0 : walk->budget->deadline - LATE_RESERVE;
        engine->statistics.silent++;
        walk->tally.silent++;
        walk->tally.over_tcp += at->transport == TRANSPORT_TCP;
        walk_blame(walk, &at->server, at->transport == TRANSPORT_TCP ? "it is silent over TCP" : at->said);
        walk->tally.over_udp = walk->targets[at->target].suspicious;
        if (at->transport == TRANSPORT_UDP)
            remember_silence(at);
        REPORT(walk, .kind = EVENT_SILENT, .address = at->server, .value = engine->now - at->sent_at);
    }
    return expired;
}

/* -- what comes back --------------------------------------------------------------------------- */

static void drop(const struct exchange *exchange, const char *why)
{
    REPORT(exchange->walk, .kind = EVENT_PACKET_DROPPED, .address = exchange->server, .text = why);
}

/* Nobody can slip anything into a connection: a server that keeps talking beside the point is not
   listened to any longer. */
static void count_stray(struct exchange *exchange)
{
    enum { STRAYS_MAX = 2 };
    struct walk *walk = exchange->walk;
    if (exchange->transport == TRANSPORT_UDP || ++exchange->strays <= STRAYS_MAX)
        return;
    select_drop(walk, exchange->target, "it answers over TCP, but not what it was asked");
    walk->tally.broken++;
    walk_blame(walk, &exchange->server, "it answers over TCP, but not what it was asked");
    exchange_close(exchange);
    walk_resume(walk, WALK_ASK);
}

/* Should nothing better come, `said` is what the server has sent. */
static void stray(struct exchange *exchange, const char *why, const char *said)
{
    drop(exchange, why);
    exchange->said = said;
    count_stray(exchange);
}

/* Nothing that the exchange waits for, and its header says so. */
static void count_unmatched(struct engine *engine, struct exchange *exchange)
{
    engine->statistics.dropped_unmatched++;
    if (exchange != NULL)
        exchange->said = "what it sends is no answer";
}

/* Somebody guesses, or the server is broken: the question is asked once more where guessing does not
   help. The packet itself is believed in nothing. */
static void escalate(struct exchange *exchange, const char *why)
{
    struct walk *walk = exchange->walk;
    struct target *target = &walk->targets[exchange->target];
    drop(exchange, why);
    if (exchange->transport == TRANSPORT_TCP) {
        count_stray(exchange);
        return;
    }
    target->tcp = target->again = true;
    target->suspicious = why;
    exchange_close(exchange);
    walk_resume(walk, WALK_ASK);
}

enum match { MATCH, MATCH_NOT, MATCH_ID_WRONG, MATCH_CASE_WRONG };

static enum match match_question(const struct exchange *exchange, const struct dns_message *message)
{
    struct dns_name sent = dns_name_view(&exchange->qname), got = dns_name_view(&message->qname);
    if (message->questions == 0 && message->rcode == DNS_RCODE_FORMERR)
        return MATCH; /* some servers that do not know EDNS answer so */
    if (message->questions != 1 || message->qtype != exchange->qtype || message->qclass != DNS_CLASS_IN ||
        !dns_name_equal(sent, got))
        return MATCH_NOT;
    if (exchange->transport == TRANSPORT_UDP && memcmp(sent.wire, got.wire, sent.length) != 0)
        return MATCH_CASE_WRONG;
    return MATCH;
}

static enum dns_error read_packet(struct engine *engine, const struct packet *packet,
                                  struct dns_message *message)
{
    enum dns_error error =
        dns_message_parse(message, packet->wire, packet->length, engine->records, DNS_RECORDS_MAX);
    /* Cut off in the middle of a record, as it says itself: its question is whole, and it is asked again
       over TCP. */
    if (error == DNS_ERROR_SHORT && message->truncated) {
        for (unsigned i = 0; i < DNS_SECTIONS; i++)
            message->count[i] = 0;
        message->edns = (struct dns_edns){0};
        error = message->questions == 1 ? DNS_OK : error;
    }
    return error;
}

/* Names that are compressed into pointers to the question would take our random spelling of it into the
   cache. */
static void undo_0x20(const struct packet *packet, const struct dns_message *message)
{
    struct dns_name_buffer lower;
    if (message->questions == 0 || message->question_end != DNS_HEADER_SIZE + message->qname.length + 4)
        return; /* none, or not written out */
    dns_name_copy_lower(&lower, dns_name_view(&message->qname));
    memcpy(packet->wire + DNS_HEADER_SIZE, lower.wire, lower.length);
}

/* A family is left alone for a minute while the other one works; with nothing left to lose it is tried
   again soon. */
enum { FAMILY_FAILURES = 3, FAMILY_DOWN_SECONDS = 60, FAMILY_ALONE_SECONDS = 2 };

static struct family *family_of(struct engine *engine, const struct dns_address *address)
{
    return &engine->families[address->family == 6];
}

bool family_is_down(const struct engine *engine, const struct dns_address *address)
{
    return engine->families[address->family == 6].down_until > engine_seconds(engine);
}

static bool family_is_usable(const struct engine *engine, unsigned index)
{
    return (index == 0 ? engine->options.ipv4 : engine->options.ipv6) &&
           engine->families[index].down_until <= engine_seconds(engine);
}

bool families_are_down(const struct engine *engine)
{
    return !family_is_usable(engine, 0) && !family_is_usable(engine, 1);
}

static void family_failed(struct engine *engine, const struct dns_address *address)
{
    struct family *family = family_of(engine, address);
    bool other = family_is_usable(engine, address->family != 6);
    if (++family->failures >= FAMILY_FAILURES)
        family->down_until = engine_seconds(engine) + (other ? FAMILY_DOWN_SECONDS : FAMILY_ALONE_SECONDS);
}

static void measure(struct engine *engine, const struct exchange *exchange)
{
    struct server facts;
    if (exchange->transport != TRANSPORT_UDP)
        return;
    uint64_t rtt = engine->now - exchange->sent_at;
    server_get(engine->options.cache, &exchange->server, engine_seconds(engine), &facts);
    server_heard(&facts, rtt > UINT32_MAX ? UINT32_MAX : (uint32_t)rtt);
    server_put(engine->options.cache, &exchange->server, engine_seconds(engine), &facts);
}

static void take_answer(struct exchange *exchange, const struct packet *packet, struct dns_message *message)
{
    struct engine *engine = exchange->engine;
    struct walk *walk = exchange->walk;
    engine->statistics.received++;
    histogram_add(&engine->statistics.rtt, engine->now - exchange->sent_at, 1);
    undo_0x20(packet, message);
    measure(engine, exchange);
    *family_of(engine, &exchange->server) = (struct family){0};
    walk_resume(walk, take_response(walk, exchange, message));
}

void exchange_receive(struct engine *engine, const struct packet *packet)
{
    struct exchange *exchange = find(engine, packet->exchange);
    struct dns_message message;
    if (exchange == NULL || packet->transport != exchange->transport ||
        !dns_address_equal(&packet->from, &exchange->server)) {
        count_unmatched(engine, NULL);
        return;
    }
    if (dns_message_parse_header(&message, packet->wire, packet->length) != DNS_OK || !message.response ||
        message.opcode != DNS_OPCODE_QUERY) {
        count_unmatched(engine, exchange);
        return;
    }
    /* The machine slept, and the packet with it: nobody knows how old its TTLs are. */
    if (engine->now >= exchange->walk->budget->deadline) {
        engine->statistics.dropped_unmatched++;
        drop(exchange, "it comes after the question's deadline");
        return;
    }
    if (message.id != exchange->qid) {
        engine->statistics.mismatched_ids++;
        escalate(exchange, "its ID is wrong");
        return;
    }
    if (read_packet(engine, packet, &message) != DNS_OK) {
        engine->statistics.dropped_malformed++;
        stray(exchange, "it is malformed", "what it sends is malformed");
        return;
    }
    enum match match = match_question(exchange, &message);
    if (match == MATCH) {
        take_answer(exchange, packet, &message);
        return;
    }
    engine->statistics.mismatched_questions++;
    if (match == MATCH_CASE_WRONG)
        escalate(exchange, "the letter case of its question is wrong");
    else
        stray(exchange, "it answers another question",
              message.questions == 0 ? "what it sends has no question"
                                     : "what it sends answers another question");
}

/* What a server does over TCP is not held against it: forged packets can bring us to use TCP. */
static void note_failure(struct exchange *exchange, enum failure failure)
{
    struct budget *budget = exchange->walk->budget;
    if (failure == FAILURE_NO_ROUTE)
        family_failed(exchange->engine, &exchange->server);
    if (exchange->transport == TRANSPORT_UDP && failure != FAILURE_CLOSED &&
        !family_is_down(exchange->engine, &exchange->server))
        remember_silence(exchange);
    if (exchange->transport == TRANSPORT_TCP && budget->connections > 0)
        budget->connections--;
}

/* No server is to blame, and asking another one would only make it worse; but one that answers over UDP
   may still help where connections are short. */
static void lack_resources(struct exchange *exchange)
{
    struct walk *walk = exchange->walk;
    bool tcp = exchange->transport == TRANSPORT_TCP;
    unsigned target = exchange->target;
    walk->memory = FORGET;
    exchange_close(exchange);
    if (tcp)
        select_drop(walk, target, "there is no connection left to ask it with");
    walk_resume(walk, tcp ? WALK_ASK
                          : walk_fail(walk, BLAME_RESOURCES, DNS_EDE_OTHER,
                                      "this resolver has no socket left to ask with"));
}

void exchange_failed(struct engine *engine, uint64_t id, enum failure failure)
{
    static const char *const words[][2] = {
        [FAILURE_NO_ROUTE] = {"this host has no way to it", "this host has no way to it over TCP"},
        [FAILURE_UNREACHABLE] = {"it cannot be reached", "it cannot be reached over TCP"},
        [FAILURE_REFUSED] = {"its port is closed", "its port is closed for TCP"},
        [FAILURE_CLOSED] = {"it closed the connection", "it closed the connection over TCP"},
    };
    struct exchange *exchange = find(engine, id);
    if (exchange == NULL)
        return;
    struct walk *walk = exchange->walk;
    engine->statistics.unreachable++;
    if (failure == FAILURE_RESOURCES) {
        lack_resources(exchange);
        return;
    }
    bool tcp = exchange->transport == TRANSPORT_TCP;
    walk->tally.unreachable++;
    walk->tally.over_tcp += tcp;
    walk_blame(walk, &exchange->server, words[failure][tcp]);
    walk->tally.over_udp = walk->targets[exchange->target].suspicious;
    REPORT(walk, .kind = EVENT_UNREACHABLE, .address = exchange->server, .text = words[failure][tcp]);
    if (failure != FAILURE_CLOSED)
        walk->targets[exchange->target].dropped = true;
    note_failure(exchange, failure);
    exchange_close(exchange);
    walk_resume(walk, WALK_ASK);
}
