/* Name servers: what is known of them, which of them a name would be asked of, what is being asked now. */
#include <stdlib.h>
#include <string.h>

#include "cache/server.h"
#include "resolver/answer.h"
#include "resolver/delegation.h"
#include "resolver/event.h"
#include "server/cache_copy.h"
#include "server/clock.h"
#include "server/local.h"
#include "server/verbs.h"

enum { TURN_TEXT = 16384, TURN_COPIES = 64 };

static uint32_t seconds_now(void)
{
    return (uint32_t)(clock_now() / 1000000);
}

static struct cache *cache_of(struct session *session)
{
    return session_daemon(session)->shared.cache;
}

static bool is_known(const struct server *server)
{
    return server->srtt != 0 || server->timeouts != 0 || server->edns != SERVER_EDNS_UNKNOWN ||
           server->lame[0].until != 0;
}

static unsigned lame_zones(const struct server *server, uint32_t now)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SERVER_LAME_ZONES; i++)
        count += server->lame[i].until != 0 && (int32_t)(server->lame[i].until - now) > 0;
    return count;
}

/* Within a row. */
static void report_facts(struct report *report, const struct server *server, uint32_t now)
{
    static const char *const edns[] = {
        [SERVER_EDNS_UNKNOWN] = "unknown", [SERVER_EDNS_OK] = "yes", [SERVER_EDNS_NONE] = "no"};
    if (!is_known(server)) {
        report_flag(report, "known", "known", false);
        return;
    }
    if (server->srtt != 0) {
        report_micros(report, "rtt_us", "rtt", server->srtt);
        report_micros(report, "rtt_variation_us", "+-", server->rttvar);
    }
    report_micros(report, "patience_us", "waited for", server_wait(server));
    report_count(report, "timeouts", "silent in a row", server->timeouts);
    if (server->retry_at != 0 && (int32_t)(server->retry_at - now) > 0)
        report_seconds(report, "rests", "left alone for", server->retry_at - now);
    if (server->edns <= SERVER_EDNS_NONE)
        report_string(report, "edns", "edns", edns[server->edns]);
    if (lame_zones(server, now) > 0)
        report_count(report, "lame_zones", "lame for", lame_zones(server, now));
}

static void report_server(struct report *report, const struct dns_address *address,
                          const struct server *server, uint32_t now)
{
    report_row(report, "server");
    report_address(report, "address", "", address);
    report_facts(report, server, now);
    report_row_end(report);
}

/* -- servers ---------------------------------------------------------------------------------------- */

void verb_servers_get(struct session *session)
{
    const struct control_value *address = control_value(session_request(session), "ADDRESS");
    struct server server;
    server_get(cache_of(session), &address->address, seconds_now(), &server);
    if (!is_known(&server)) {
        session_error(session, "not-found", "nothing is known of %s", address->text);
        return;
    }
    report_server(session_report(session), &address->address, &server, seconds_now());
    session_ok(session);
}

/* An answer that goes through the cache in turns. */
struct dump {
    struct cache *cache;
    uint64_t cursor;
    bool at_end;
    struct cache_copies copies;
};

static void end_dump(void *context)
{
    struct dump *dump = context;
    text_free(&dump->copies.octets);
    free(dump);
}

static bool more_servers(void *context, struct report *report)
{
    struct dump *dump = context;
    struct cache_copy copy;
    struct server server;
    struct dns_address address;
    uint32_t now = seconds_now();
    for (int i = 0; i < TURN_COPIES && report->text.length < TURN_TEXT && !dump->at_end; i++) {
        dump->at_end = !cache_copy_some(dump->cache, &dump->cursor, now, &dump->copies);
        report->text.failed |= dump->copies.octets.failed;
        while (cache_copy_next(&dump->copies, &copy)) {
            if (copy.hit.length != sizeof server || !server_address(copy.name, &address))
                continue;
            memcpy(&server, copy.data, sizeof server);
            report_server(report, &address, &server, now);
        }
    }
    return !dump->at_end;
}

void verb_servers_dump(struct session *session)
{
    struct dump *dump = calloc(1, sizeof *dump);
    if (dump == NULL) {
        session_error(session, "failed", "out of memory");
        return;
    }
    dump->cache = cache_of(session);
    dump->copies.servers = true;
    session_stream(session, more_servers, end_dump, dump);
}

static bool is_server(void *context, const struct cache_key *key)
{
    (void)context;
    return key->kind == CACHE_SERVER;
}

void verb_servers_flush(struct session *session)
{
    const struct control_value *address = control_value(session_request(session), "ADDRESS");
    uint64_t count = address != NULL ? server_drop(cache_of(session), &address->address)
                                     : cache_flush_if(cache_of(session), is_server, NULL);
    report_note(session_report(session), "%llu servers forgotten", (unsigned long long)count);
    report_count(session_report(session), "forgotten", NULL, count);
    session_ok(session);
}

/* -- lookup ----------------------------------------------------------------------------------------- */

/* What a walk would begin with. Returns where that is from. */
static const char *find_delegation(const struct daemon *daemon, struct dns_name name, uint32_t now,
                                   struct delegation *delegation)
{
    const struct settings *settings = daemon->settings;
    const struct route *route = route_find(settings->routes, settings->route_count, name);
    struct closest closest;
    answer_closest(daemon->shared.cache, name, now, &closest);
    bool deeper = closest.delegation.wire != NULL && route != NULL && route->kind == ROUTE_STUB &&
                  closest.delegation.length > route->name.length;
    if (route != NULL && route->kind != ROUTE_WALK && !deeper) {
        delegation_from_route(delegation, route);
        return "configuration";
    }
    if (closest.delegation.wire != NULL &&
        delegation_load(delegation, daemon->shared.cache, closest.delegation, now))
        return "cache";
    delegation_from_hints(delegation, &settings->hints);
    return "root hints";
}

static const char *way_of(const struct delegation *delegation)
{
    static const char *const words[] = {
        [DELEGATION_OF_PARENT] = "delegation",
        [DELEGATION_STUB] = "static-stub",
        [DELEGATION_FORWARDERS] = "forward only",
        [DELEGATION_FORWARDERS_FIRST] = "forward first",
    };
    return words[delegation->origin];
}

static void report_address_of(struct report *report, const struct daemon *daemon, struct dns_name name,
                              const struct dns_address *address, uint32_t now)
{
    struct server server;
    report_row(report, "server");
    report_name(report, "name", "", name);
    if (address != NULL) {
        server_get(daemon->shared.cache, address, now, &server);
        report_address(report, "address", "", address);
        report_facts(report, &server, now);
    } else {
        report_flag(report, "known", "address known", false);
    }
    report_row_end(report);
}

void verb_lookup(struct session *session)
{
    const struct control_value *name = control_value(session_request(session), "NAME");
    const struct daemon *daemon = session_daemon(session);
    struct report *report = session_report(session);
    struct delegation delegation;
    uint32_t now = seconds_now();
    const struct local_zone *local =
        local_find(daemon->settings->local, dns_name_view(&name->name), DNS_TYPE_A);
    if (local != NULL) {
        report_name(report, "name", "", dns_name_view(&name->name));
        report_name(report, "zone", "", dns_name_view(&local->name));
        report_string(report, "from", "", local->config != NULL ? "configuration" : "special name");
        report_string(report, "way", "", local->zone != NULL ? "zone of ours" : "zone of ours, not loaded");
        session_ok(session);
        return;
    }
    const char *from = find_delegation(daemon, dns_name_view(&name->name), now, &delegation);
    report_name(report, "name", "", dns_name_view(&name->name));
    report_name(report, "zone", "", dns_name_view(&delegation.zone));
    report_string(report, "from", "", from);
    report_string(report, "way", "", way_of(&delegation));
    if (delegation.expires != UINT32_MAX) {
        report_seconds(report, "ttl", "", delegation.expires - now);
        report_string(report, "trust", "", event_trust_word((uint8_t)delegation.trust));
    }
    for (unsigned i = 0; i < delegation.server_count; i++) {
        bool any = false;
        for (unsigned k = 0; k < delegation.address_count; k++)
            if (delegation.address[k].server == i) {
                report_address_of(report, daemon, delegation.server[i], &delegation.address[k].address, now);
                any = true;
            }
        if (!any)
            report_address_of(report, daemon, delegation.server[i], NULL, now);
    }
    session_ok(session);
}

/* -- inflight --------------------------------------------------------------------------------------- */

static void report_walk(struct report *report, unsigned worker, const struct engine_walk *walk)
{
    report_row(report, "walk");
    report_name(report, "name", "", dns_name_view(&walk->name));
    report_type(report, "type", "", walk->type);
    report_micros(report, "time_us", "since", walk->time);
    report_string(report, "state", "", walk->state);
    if (walk->zone.length > 0)
        report_name(report, "zone", "zone", dns_name_view(&walk->zone));
    if (walk->server.family != 0)
        report_address(report, "server", "server", &walk->server);
    report_count(report, "clients", "clients", walk->clients);
    report_count(report, "packets_left", "packets left", walk->packets_left);
    report_count(report, "worker", "worker", worker);
    report_count(report, "walk", "walk", walk->number);
    if (walk->parent != 0)
        report_count(report, "parent", "of", walk->parent);
    report_row_end(report);
}

/* The walks of all workers, shown piece by piece. */
struct inflight {
    unsigned workers, worker;
    size_t at;
    struct {
        struct engine_walk *walk;
        size_t count;
    } of[];
};

static void end_inflight(void *context)
{
    struct inflight *inflight = context;
    for (unsigned i = 0; i < inflight->workers; i++)
        free(inflight->of[i].walk);
    free(inflight);
}

static bool more_walks(void *context, struct report *report)
{
    struct inflight *inflight = context;
    for (; inflight->worker < inflight->workers; inflight->worker++, inflight->at = 0)
        while (inflight->at < inflight->of[inflight->worker].count) {
            if (report->text.length >= TURN_TEXT)
                return true;
            report_walk(report, inflight->worker, &inflight->of[inflight->worker].walk[inflight->at++]);
        }
    return false;
}

static void on_walks(struct round *round)
{
    struct session *session = round->context;
    struct inflight *inflight = calloc(1, sizeof *inflight + round->count * sizeof inflight->of[0]);
    bool there = session_resume(session);
    for (unsigned i = 0; i < round->count; i++) {
        if (there && inflight != NULL) {
            inflight->of[i].walk = round->message[i].walks;
            inflight->of[i].count = round->message[i].walk_count;
        } else {
            free(round->message[i].walks);
        }
    }
    if (!there) {
        free(inflight);
    } else if (inflight == NULL) {
        session_error(session, "failed", "out of memory");
    } else {
        inflight->workers = round->count;
        session_stream(session, more_walks, end_inflight, inflight);
    }
}

void verb_inflight(struct session *session)
{
    struct round *round = daemon_round(session_daemon(session), on_walks, session);
    if (round == NULL) {
        session_error(session, "failed", "out of memory");
        return;
    }
    session_wait(session);
    daemon_post(round, MESSAGE_WALKS);
}
