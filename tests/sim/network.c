/* The way of a packet to a server and back, and what happens to it. */
#include <stdlib.h>
#include <string.h>

#include "dns/builder.h"
#include "sim.h"

enum { QUERY_RECORDS = 8 };

/* -- plans ------------------------------------------------------------------------------------- */

static uint64_t some_time(struct sim *sim, struct dice *dice)
{
    return dice_roll(dice) % sim->world->horizon;
}

static void plan_outages(struct sim *sim, struct dice *dice, enum fault fault)
{
    static const unsigned seconds[] = {2, 10, 60, 600, 7200};
    unsigned count = dice_below(dice, sim->scenario->fault[fault] + 1);
    for (unsigned i = 0; i < count && sim->outage_count < OUTAGES_MAX; i++) {
        struct outage outage = {.server = NONE, .from = some_time(sim, dice)};
        if (fault == FAULT_OUTAGE)
            outage.server = (int)dice_below(dice, sim->world->server_count);
        outage.until = outage.from + seconds[dice_below(dice, 5)] * SECOND;
        if (!sim->order->fault_off[fault])
            sim->outage[sim->outage_count++] = outage;
    }
}

/* Seconds that a server takes longer; with dice of their own. */
static void plan_slowness(struct sim *sim)
{
    static const unsigned seconds[] = {5, 60, 600, 7200};
    struct dice dice = dice_make(sim->order->seed, 8);
    unsigned count = dice_below(&dice, sim->scenario->fault[FAULT_SLOW] + 1);
    for (unsigned i = 0; i < count && sim->slow_count < SLOW_MAX; i++) {
        struct slowness *slow = &sim->slow[sim->slow_count];
        slow->server = (int)dice_below(&dice, sim->world->server_count);
        slow->from = some_time(sim, &dice);
        slow->until = slow->from + seconds[dice_below(&dice, 4)] * SECOND;
        slow->by = 100000 + dice_below(&dice, 2000000);
        sim->slow_count += !sim->order->fault_off[FAULT_SLOW];
    }
}

void network_plan(struct sim *sim)
{
    static const unsigned seconds[] = {3, 10, 300, 5000, 90000};
    struct dice dice = dice_make(sim->order->seed, 4);
    plan_outages(sim, &dice, FAULT_OUTAGE);
    plan_outages(sim, &dice, FAULT_OUTAGE_ALL);
    unsigned jumps = dice_below(&dice, sim->scenario->fault[FAULT_JUMP] + 1);
    for (unsigned i = 0; i < jumps && i < JUMPS_MAX; i++) {
        sim->jump_at[i] = some_time(sim, &dice);
        sim->jump_for[i] = seconds[dice_below(&dice, 5)] * SECOND;
        if (!sim->order->fault_off[FAULT_JUMP])
            sim_arrive(sim, &(struct arrival){.kind = ARRIVE_JUMP, .index = i}, sim->jump_at[i]);
    }
    sim->jump_count = jumps;
    plan_slowness(sim);
}

static uint64_t slowness(struct sim *sim, int server)
{
    uint64_t by = 0;
    for (unsigned i = 0; i < sim->slow_count; i++)
        if (sim->slow[i].server == server && sim->slow[i].from <= sim->now && sim->now < sim->slow[i].until)
            by = sim->slow[i].by;
    if (by > 0)
        sim->model.trouble[server] = sim->now;
    return by;
}

static bool network_down(struct sim *sim, int server)
{
    for (unsigned i = 0; i < sim->outage_count; i++)
        if ((sim->outage[i].server == server || sim->outage[i].server == NONE) &&
            sim->outage[i].from <= sim->now && sim->now < sim->outage[i].until) {
            sim->model.trouble[server] = sim->now;
            if (sim->outage[i].server == NONE)
                sim->model.trouble_everywhere = sim->now;
            return true;
        }
    return false;
}

/* -- one query --------------------------------------------------------------------------------- */

struct trip {
    struct sim *sim;
    const struct effect *effect;
    unsigned seat;
    struct dns_message query;
    int server;
    bool udp, hit[FAULTS];
    uint64_t delay;
};

static void deliver_as(struct trip *trip, uint64_t exchange, const struct dns_address *from,
                       enum transport transport, uint64_t delay)
{
    const struct reply *reply = &trip->sim->reply;
    struct arrival arrival = {.kind = ARRIVE_PACKET,
                              .seat = trip->seat,
                              .exchange = exchange,
                              .from = *from,
                              .transport = transport,
                              .length = reply->length};
    arrival.wire = malloc(reply->length + 1);
    if (arrival.wire == NULL)
        abort();
    memcpy(arrival.wire, reply->wire, reply->length);
    sim_arrive(trip->sim, &arrival, trip->sim->now + delay);
}

static void deliver(struct trip *trip, uint64_t delay)
{
    deliver_as(trip, trip->effect->exchange, &trip->effect->server, trip->effect->transport, delay);
}

static void fail(struct trip *trip, enum failure failure)
{
    struct arrival arrival = {
        .kind = ARRIVE_FAILURE, .seat = trip->seat, .exchange = trip->effect->exchange, .failure = failure};
    trip->sim->connections_lost += !trip->udp;
    sim_arrive(trip->sim, &arrival, trip->sim->now + trip->delay);
}

static bool happens(struct trip *trip, enum fault fault)
{
    struct sim *sim = trip->sim;
    bool hit = dice_chance(&sim->faults, sim->scenario->fault[fault]);
    if (!hit || sim->order->fault_off[fault] ||
        (fault >= FAULT_HARD && !sim->world->server[trip->server].troubled))
        return false;
    if (fault >= FAULT_HARD) {
        sim->model.trouble[trip->server] = sim->now;
        sim->hard_faults++;
    }
    sim_trace(sim, "  fault %s for exchange %llu", fault_names[fault],
              (unsigned long long)trip->effect->exchange);
    return true;
}

/* -- forgers ----------------------------------------------------------------------------------- */

/* Spells one letter of the question otherwise. False where there is none. */
static bool respell(struct reply *reply, const struct dns_message *query, struct dice *dice)
{
    unsigned start = dice_below(dice, query->qname.length);
    for (unsigned i = 0; i < query->qname.length; i++) {
        uint8_t *octet = reply->wire + DNS_HEADER_SIZE + (start + i) % query->qname.length;
        if ((*octet | 0x20) < 'a' || (*octet | 0x20) > 'z')
            continue;
        *octet ^= 0x20;
        return true;
    }
    return false;
}

static void spoof(struct trip *trip)
{
    struct sim *sim = trip->sim;
    struct reply *reply = &sim->reply;
    uint64_t early = dice_roll(&sim->faults) % trip->delay;
    if (trip->hit[FAULT_SPOOF_ID] && trip->udp) {
        authority_forge(&trip->query, &sim->faults, reply);
        reply->wire[dice_below(&sim->faults, 2)] ^= (uint8_t)dice_between(&sim->faults, 1, 255);
        deliver(trip, early);
    }
    if (trip->hit[FAULT_SPOOF_SOURCE]) {
        struct dns_address from = trip->effect->server;
        if (dice_chance(&sim->faults, 300))
            from.port = (uint16_t)(from.port + 1);
        else
            from.octets[3] ^= 1;
        authority_forge(&trip->query, &sim->faults, reply);
        deliver_as(trip, trip->effect->exchange, &from, trip->effect->transport, early);
    }
    if (trip->hit[FAULT_SPOOF_CASE] && trip->udp) {
        authority_forge(&trip->query, &sim->faults, reply);
        if (respell(reply, &trip->query, &sim->faults))
            deliver(trip, early);
    }
    if (trip->hit[FAULT_SPOOF_QUESTION]) {
        struct dns_message other = trip->query;
        if (dice_chance(&sim->faults, 500))
            other.qtype = other.qtype == DNS_TYPE_A ? DNS_TYPE_AAAA : DNS_TYPE_A;
        else
            dns_name_copy(&other.qname,
                          rrset_owner(&sim->world->rrset[dice_below(&sim->faults, sim->world->rrset_count)]));
        if (other.qtype != trip->query.qtype ||
            !dns_name_equal(dns_name_view(&other.qname), dns_name_view(&trip->query.qname))) {
            authority_forge(&other, &sim->faults, reply);
            deliver(trip, early);
        }
    }
    if (trip->hit[FAULT_SPOOF_TRANSPORT]) {
        authority_forge(&trip->query, &sim->faults, reply);
        deliver_as(trip, trip->effect->exchange, &trip->effect->server,
                   trip->udp ? TRANSPORT_TCP : TRANSPORT_UDP, early);
    }
    const struct seat *seat = &sim->seat[trip->seat];
    if (trip->hit[FAULT_SPOOF_LATE] && seat->exchange_count > 1) {
        const struct open_exchange *other = &seat->exchange[dice_below(&sim->faults, seat->exchange_count)];
        authority_forge(&trip->query, &sim->faults, reply);
        if (!other->open)
            deliver_as(trip, other->id, &trip->effect->server, trip->effect->transport, early);
    }
}

/* -- the server's answer ------------------------------------------------------------------------ */

/* What becomes of signatures and proofs, for a query with DO in an internet that has them. */
static enum spoilt spoil(struct trip *trip)
{
    static const enum spoilt ways[] = {
        [FAULT_STRIP_RRSIG - FAULT_DNSSEC] = SPOILT_STRIPPED,
        [FAULT_DAMAGE_RRSIG - FAULT_DNSSEC] = SPOILT_DAMAGED,
        [FAULT_OLD_RRSIG - FAULT_DNSSEC] = SPOILT_OLD,
        [FAULT_STRIP_DENIAL - FAULT_DNSSEC] = SPOILT_DENIAL,
        [FAULT_FOREIGN_DENIAL - FAULT_DNSSEC] = SPOILT_FOREIGN,
        [FAULT_FORGE_SIGNED - FAULT_DNSSEC] = SPOILT_FORGED,
        [FAULT_FALSE_ABSENCE - FAULT_DNSSEC] = SPOILT_ABSENCE,
    };
    enum spoilt spoilt = SPOILT_NOT;
    if (!trip->sim->scenario->signatures || !trip->query.edns.dnssec_ok)
        return spoilt;
    struct sim *sim = trip->sim;
    if (trip->hit[FAULT_NO_EDNS]) /* asked without EDNS, it has no signatures to give */
        sim->model.trouble[trip->server] = sim->model.spoilt[trip->server] = sim->now;
    for (enum fault fault = FAULT_DNSSEC; fault < FAULT_BESIDE; fault++) {
        if (!happens(trip, fault))
            continue;
        if (fault == FAULT_STRIP_DO)
            trip->query.edns.dnssec_ok = false;
        else
            spoilt = ways[fault - FAULT_DNSSEC];
        sim->model.spoilt[trip->server] = sim->now;
    }
    if (spoilt == SPOILT_DAMAGED || spoilt == SPOILT_FORGED)
        sim->damaged_at[sim->damaged_count++ % DAMAGED_MAX] = sim->now;
    return spoilt;
}

/* What the server says, with its habits; false when it says nothing that it means. */
static void compose(struct trip *trip)
{
    struct sim *sim = trip->sim;
    const struct server *server = &sim->world->server[trip->server];
    struct authority_options options = {
        .strays = trip->hit[FAULT_STRAY] || (server->quirks & QUIRK_STRAYS) != 0,
        .without_edns = trip->hit[FAULT_STRIP_EDNS],
        .marked = sim->scenario->marked,
        .extras = sim->scenario->extras,
        .spoilt = spoil(trip),
        .dice = &sim->faults,
    };
    if (trip->hit[FAULT_SERVFAIL])
        authority_bare(&trip->query, DNS_RCODE_SERVFAIL, &sim->reply);
    else if (trip->hit[FAULT_REFUSED])
        authority_bare(&trip->query, DNS_RCODE_REFUSED, &sim->reply);
    else if (trip->hit[FAULT_LAME])
        authority_refer_upward(sim->world, &trip->query, &sim->reply);
    else if (trip->hit[FAULT_EMPTY])
        authority_bare(&trip->query, 0, &sim->reply);
    else if (trip->query.edns.present && (trip->hit[FAULT_NO_EDNS] || server->quirks & QUIRK_NO_EDNS))
        authority_bare(&trip->query, DNS_RCODE_FORMERR, &sim->reply);
    else
        authority_answer(sim->world, server, &trip->query, sim->now, trip->udp, &options, &sim->reply);
}

/* A change that no reader can overlook: a forger could do as much, but not a broken line. */
static void malform(struct trip *trip)
{
    struct reply *reply = &trip->sim->reply;
    struct dice *dice = &trip->sim->faults;
    size_t question_end = DNS_HEADER_SIZE + trip->query.qname.length + 4u;
    switch (dice_below(dice, 4)) {
    case 0:
        reply->length = dice_below(dice, (unsigned)reply->length);
        break;
    case 1:
        memset(reply->wire + reply->length, 0x55, 5);
        reply->length += 5;
        break;
    case 2:
        reply->wire[7] = (uint8_t)(reply->wire[7] + 50);
        break;
    default:
        memset(reply->wire + 2, 0xff, question_end - 2);
    }
}

static void cut(struct trip *trip)
{
    struct reply *reply = &trip->sim->reply;
    size_t question_end = DNS_HEADER_SIZE + trip->query.qname.length + 4u;
    reply->wire[2] |= DNS_FLAG_TC >> 8;
    if (reply->length > question_end)
        reply->length =
            question_end + dice_below(&trip->sim->faults, (unsigned)(reply->length - question_end));
}

static void lower_question(struct trip *trip)
{
    struct dns_name_buffer lower;
    dns_name_copy_lower(&lower, dns_name_view(&trip->query.qname));
    memcpy(trip->sim->reply.wire + DNS_HEADER_SIZE, lower.wire, lower.length);
}

/* Forged records beside the good ones. Those that a resolver has to ignore are no excuse. */
static void put_beside(struct trip *trip)
{
    enum { MOSTLY = 600 };
    struct sim *sim = trip->sim;
    bool of_root = trip->query.qtype == DNS_TYPE_NS && trip->query.qname.length == 1; /* seldom asked for */
    if (!sim->scenario->signatures || !trip->query.edns.dnssec_ok ||
        !dice_chance(&sim->beside, of_root ? MOSTLY : sim->scenario->fault[FAULT_BESIDE]) ||
        sim->order->fault_off[FAULT_BESIDE] || !sim->world->server[trip->server].troubled)
        return;
    switch (beside_put(sim->world, &trip->query, sim->now, &sim->beside, &sim->reply)) {
    case BESIDE_NOTHING:
        return;
    case BESIDE_WRONG:
        sim->model.trouble[trip->server] = sim->model.spoilt[trip->server] = sim->now;
        sim->damaged_at[sim->damaged_count++ % DAMAGED_MAX] = sim->now;
        sim->hard_faults++;
        break;
    default:
        break;
    }
    sim_trace(sim, "  fault %s for exchange %llu", fault_names[FAULT_BESIDE],
              (unsigned long long)trip->effect->exchange);
}

static void answer(struct trip *trip)
{
    struct sim *sim = trip->sim;
    const struct server *server = &sim->world->server[trip->server];
    compose(trip);
    put_beside(trip);
    if (trip->udp && trip->hit[FAULT_TRUNCATE])
        authority_bare(&trip->query, DNS_FLAG_TC, &sim->reply);
    if (trip->udp && trip->hit[FAULT_CUT])
        cut(trip);
    if (trip->udp && (trip->hit[FAULT_WRONG_CASE] || server->quirks & QUIRK_LOWERCASES))
        lower_question(trip);
    if (trip->hit[FAULT_MALFORMED])
        malform(trip);
    deliver(trip, trip->delay);
    if (trip->hit[FAULT_DUPLICATE])
        deliver(trip, trip->delay + dice_below(&sim->faults, 50000));
}

/* -- all together ------------------------------------------------------------------------------ */

static void travel(struct trip *trip)
{
    struct sim *sim = trip->sim;
    for (unsigned fault = 0; fault < FAULT_SLOW; fault++)
        trip->hit[fault] = happens(trip, (enum fault)fault);
    trip->delay = sim->world->server[trip->server].round_trip * (trip->udp ? 1 : 2);
    if (trip->hit[FAULT_REORDER])
        trip->delay += dice_below(&sim->faults, 150000);
    if (sim->scenario->lonely && sim->now / SECOND % 4 == 3)
        trip->delay += 150000; /* a slow moment of everybody */
    if (trip->hit[FAULT_DELAY])
        trip->delay += SECOND + dice_below(&sim->faults, 6 * (unsigned)SECOND);
    if (network_down(sim, trip->server)) {
        sim_trace(sim, "  outage: exchange %llu is lost", (unsigned long long)trip->effect->exchange);
        return;
    }
    trip->delay += slowness(sim, trip->server);
    spoof(trip);
    if (trip->hit[FAULT_LOSS])
        return;
    if (!trip->udp && sim->world->server[trip->server].quirks & QUIRK_NO_TCP) {
        fail(trip, FAILURE_REFUSED);
        return;
    }
    if (trip->hit[FAULT_UNREACHABLE])
        fail(trip, FAILURE_UNREACHABLE);
    else if (trip->hit[FAULT_RESET])
        fail(trip, trip->udp ? FAILURE_REFUSED : FAILURE_CLOSED);
    else
        answer(trip);
}

void network_send(struct sim *sim, unsigned seat, const struct effect *effect)
{
    struct dns_record records[QUERY_RECORDS];
    struct trip trip = {.sim = sim, .effect = effect, .seat = seat};
    trip.udp = effect->transport == TRANSPORT_UDP;
    if (dns_message_parse(&trip.query, effect->wire, effect->length, records, QUERY_RECORDS) != DNS_OK ||
        trip.query.response || trip.query.questions != 1 || trip.query.qclass != DNS_CLASS_IN ||
        trip.query.recursion_desired || trip.query.opcode != DNS_OPCODE_QUERY) {
        sim_fail(sim, ORACLE_EFFECT, "a query that is none");
        return;
    }
    const struct server *server = world_find_server(sim->world, &effect->server);
    if (server == NULL) { /* nobody is there: an A record that was never meant for a name server */
        if (memcmp(effect->server.octets, authority_forged_address, 4) == 0)
            sim_fail(sim, ORACLE_CACHE, "a packet to the forger's address");
        return;
    }
    trip.server = (int)(server - sim->world->server);
    travel(&trip);
}
