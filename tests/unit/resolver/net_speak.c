/* What the servers of the small internet say. */
#include "dns/octets.h"
#include "net_inside.h"

/* -- records ----------------------------------------------------------------------------------- */

static void read_record(struct record *record, const char *line)
{
    static struct dns_text_record parsed;
    enum dns_error error = dns_record_from_text(line, dns_name_root(), 3600, &parsed);
    if (error != DNS_OK)
        fprintf(stderr, "net: bad record: %s\n", line);
    assert(error == DNS_OK);
    record->made = false;
    record->owner = parsed.owner;
    record->type = parsed.type;
    record->class = parsed.class;
    record->ttl = parsed.ttl;
    record->length = parsed.rdata_length;
    record->rdata = malloc(parsed.rdata_length + 1u);
    memcpy(record->rdata, parsed.rdata, parsed.rdata_length);
}

void records_read(struct records *records, const char *text)
{
    char *copy = strdup(text), *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (records->count == records->capacity) {
            records->capacity = 2 * records->capacity + 16;
            records->record = realloc(records->record, records->capacity * sizeof *records->record);
        }
        read_record(&records->record[records->count++], line);
    }
    free(copy);
}

void records_free(struct records *records)
{
    for (unsigned i = 0; i < records->count; i++)
        free(records->record[i].rdata);
    free(records->record);
    *records = (struct records){NULL, 0, 0};
}

static struct dns_name owner_of(const struct record *record)
{
    return dns_name_view(&record->owner);
}

/* -- what a server says ------------------------------------------------------------------------ */

enum existence { ABSENT, NONTERMINAL, PRESENT };

struct speech {
    struct dns_builder *builder;
    struct zone *zone;
    uint32_t ttl_max;
    bool authoritative;
    bool dnssec; /* with signatures and proofs */
    enum net_behaviour behaviour;
    unsigned rcode;
};

static void say(struct speech *speech, enum dns_section section, const struct record *record)
{
    uint32_t ttl = record->ttl < speech->ttl_max ? record->ttl : speech->ttl_max;
    dns_builder_record(speech->builder, section, owner_of(record), record->type, record->class, ttl,
                       record->rdata, record->length);
}

static void say_signature(struct speech *speech, enum dns_section section, struct dns_name owner,
                          const struct record *record)
{
    uint8_t rdata[700];
    uint32_t ttl = record->ttl < speech->ttl_max ? record->ttl : speech->ttl_max;
    memcpy(rdata, record->rdata, record->length);
    rdata[record->length - 1] ^= speech->behaviour == NET_CORRUPTS_SIGNATURES;
    dns_builder_record(speech->builder, section, owner, record->type, record->class, ttl, rdata,
                       record->length);
}

static bool is_of(const struct record *record, struct dns_name from, uint16_t type)
{
    return record->type == type && dns_name_equal(owner_of(record), from);
}

/* The records of `from`, which is `owner` or the wildcard that makes it, and their signatures. */
static unsigned say_as(struct speech *speech, enum dns_section section, struct dns_name owner,
                       struct dns_name from, uint16_t type)
{
    const struct records *records = &speech->zone->records;
    unsigned count = 0;
    for (unsigned i = 0; i < records->count; i++)
        if (is_of(&records->record[i], from, type)) {
            struct record shown = records->record[i];
            dns_name_copy(&shown.owner, owner);
            say(speech, section, &shown);
            count++;
        }
    bool sign = speech->dnssec && speech->behaviour != NET_STRIPS_SIGNATURES && type != DNS_TYPE_RRSIG;
    for (unsigned i = 0; i < records->count && sign && count > 0; i++)
        if (is_of(&records->record[i], from, DNS_TYPE_RRSIG) && get16(records->record[i].rdata) == type)
            say_signature(speech, section, owner, &records->record[i]);
    return count;
}

static unsigned say_all(struct speech *speech, enum dns_section section, struct dns_name name, uint16_t type)
{
    return say_as(speech, section, name, name, type);
}

/* All records of the name, an RRset after the other. */
static unsigned say_any(struct speech *speech, struct dns_name name)
{
    const struct records *records = &speech->zone->records;
    unsigned count = 0;
    for (unsigned i = 0; i < records->count; i++) {
        uint16_t type = records->record[i].type;
        unsigned before = 0;
        while (before < i && !is_of(&records->record[before], name, type))
            before++;
        if (before == i && is_of(&records->record[i], name, type) && type != DNS_TYPE_RRSIG)
            count += say_all(speech, DNS_ANSWER, name, type);
    }
    return count;
}

/* -- proofs ------------------------------------------------------------------------------------- */

/* The record of the chain at the name or, where there is none, the last one before it. */
static struct dns_name find_link(const struct zone *zone, struct dns_name name, bool *match)
{
    uint16_t type = zone->signing.nsec3 ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC;
    struct dns_name best = {NULL, 0}, last = {NULL, 0};
    struct dns_name_buffer hashed;
    if (zone->signing.nsec3) {
        net_hash_owner(zone, name, &hashed);
        name = dns_name_view(&hashed);
    }
    for (unsigned i = 0; i < zone->records.count; i++) {
        struct dns_name at = owner_of(&zone->records.record[i]);
        if (zone->records.record[i].type != type)
            continue;
        if (dns_name_compare(at, name) <= 0 && (best.length == 0 || dns_name_compare(at, best) > 0))
            best = at;
        if (last.length == 0 || dns_name_compare(at, last) > 0)
            last = at;
    }
    *match = best.length > 0 && dns_name_equal(best, name);
    return best.length > 0 ? best : last;
}

struct denial {
    struct dns_name said[4];
    unsigned count;
};

static void say_link(struct speech *speech, struct denial *denial, struct dns_name name)
{
    bool match;
    struct dns_name link = find_link(speech->zone, name, &match);
    for (unsigned i = 0; i < denial->count; i++)
        if (dns_name_equal(denial->said[i], link))
            return;
    if (link.length == 0 || denial->count == 4)
        return;
    denial->said[denial->count++] = link;
    say_all(speech, DNS_AUTHORITY, link, speech->zone->signing.nsec3 ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC);
}

static enum existence exists(const struct zone *zone, struct dns_name name);

/* The closest name above that exists, and has a record where there is opt-out. */
static struct dns_name find_encloser(const struct zone *zone, struct dns_name name)
{
    bool match = false;
    do {
        name = dns_name_parent(name);
        if (zone->signing.nsec3)
            find_link(zone, name, &match);
    } while (exists(zone, name) == ABSENT || (zone->signing.nsec3 && !match));
    return name;
}

static bool is_silent_about_absence(const struct speech *speech)
{
    return !speech->dnssec || speech->behaviour == NET_STRIPS_PROOFS;
}

static void say_whole_chain(struct speech *speech)
{
    const struct records *records = &speech->zone->records;
    for (unsigned i = 0; i < records->count; i++)
        if (records->record[i].type == DNS_TYPE_NSEC || records->record[i].type == DNS_TYPE_NSEC3)
            say_all(speech, DNS_AUTHORITY, owner_of(&records->record[i]), records->record[i].type);
}

/* RFC 4035 §3.1.3, RFC 5155 §7.2: that the name, or a type of it, is not there; or only that nothing but a
   wildcard makes it. */
static void say_denial(struct speech *speech, struct dns_name name, bool wildcard_stands)
{
    struct denial denial = {.count = 0};
    bool match, nsec3 = speech->zone->signing.nsec3;
    if (is_silent_about_absence(speech))
        return;
    if (speech->behaviour == NET_SAYS_ALL_PROOFS) {
        say_whole_chain(speech);
        return;
    }
    find_link(speech->zone, name, &match);
    if (!wildcard_stands && exists(speech->zone, name) != ABSENT && (match || !nsec3)) {
        say_link(speech, &denial, name);
        return;
    }
    struct dns_name encloser = find_encloser(speech->zone, name);
    struct dns_name next_closer = dns_name_suffix(name, dns_name_labels(encloser) + 1);
    struct dns_name_buffer star = {.wire = "\1*", .length = (uint8_t)(2 + encloser.length)};
    memcpy(star.wire + 2, encloser.wire, encloser.length);
    if (nsec3 && !wildcard_stands)
        say_link(speech, &denial, encloser);
    say_link(speech, &denial, nsec3 ? next_closer : name);
    if (!wildcard_stands)
        say_link(speech, &denial, dns_name_view(&star));
}

static struct dns_name find_cut(const struct zone *zone, struct dns_name name, uint16_t type)
{
    struct dns_name origin = dns_name_view(&zone->origin), cut = {NULL, 0};
    for (struct dns_name at = name; at.length > origin.length; at = dns_name_parent(at))
        for (unsigned i = 0; i < zone->records.count; i++)
            if (zone->records.record[i].type == DNS_TYPE_NS &&
                dns_name_equal(owner_of(&zone->records.record[i]), at) &&
                !(type == DNS_TYPE_DS && at.length == name.length))
                cut = at;
    return cut;
}

/* The addresses of the name servers of a zone. */
static void say_glue(struct speech *speech, struct dns_name cut)
{
    for (unsigned i = 0; i < speech->zone->records.count; i++) {
        const struct record *ns = &speech->zone->records.record[i];
        struct dns_name target;
        if (ns->type != DNS_TYPE_NS || !dns_name_equal(owner_of(ns), cut))
            continue;
        dns_rdata_target(DNS_TYPE_NS, ns->rdata, ns->length, &target);
        say_all(speech, DNS_ADDITIONAL, target, DNS_TYPE_A);
        say_all(speech, DNS_ADDITIONAL, target, DNS_TYPE_AAAA);
    }
}

static void say_referral(struct speech *speech, struct dns_name cut)
{
    speech->authoritative = false;
    say_all(speech, DNS_AUTHORITY, cut, DNS_TYPE_NS);
    bool strips = speech->behaviour == NET_STRIPS_DS;
    if (speech->dnssec && !strips && say_all(speech, DNS_AUTHORITY, cut, DNS_TYPE_DS) == 0)
        say_denial(speech, cut, false);
    say_glue(speech, cut);
}

static enum existence exists(const struct zone *zone, struct dns_name name)
{
    enum existence found = dns_name_equal(name, dns_name_view(&zone->origin)) ? NONTERMINAL : ABSENT;
    for (unsigned i = 0; i < zone->records.count; i++) {
        if (dns_name_equal(owner_of(&zone->records.record[i]), name))
            return PRESENT;
        if (dns_name_within(owner_of(&zone->records.record[i]), name))
            found = NONTERMINAL;
    }
    return found;
}

static const struct record *find_record(const struct zone *zone, struct dns_name name, uint16_t type)
{
    for (unsigned i = 0; i < zone->records.count; i++)
        if (zone->records.record[i].type == type && dns_name_equal(owner_of(&zone->records.record[i]), name))
            return &zone->records.record[i];
    return NULL;
}

static const struct record *find_dname(const struct zone *zone, struct dns_name name)
{
    for (struct dns_name at = dns_name_parent(name); at.length >= zone->origin.length;
         at = dns_name_parent(at)) {
        const struct record *record = find_record(zone, at, DNS_TYPE_DNAME);
        if (record != NULL)
            return record;
        if (dns_name_is_root(at))
            break;
    }
    return NULL;
}

/* The wildcard that makes the name. */
static bool find_wildcard(const struct zone *zone, struct dns_name name, struct dns_name_buffer *wildcard)
{
    if (exists(zone, name) != ABSENT)
        return false;
    while (exists(zone, name) == ABSENT)
        name = dns_name_parent(name);
    memcpy(wildcard->wire, "\1*", 2);
    memcpy(wildcard->wire + 2, name.wire, name.length);
    wildcard->length = (uint8_t)(2 + name.length);
    return exists(zone, dns_name_view(wildcard)) == PRESENT;
}

static void say_absence(struct speech *speech, struct dns_name name, enum net_behaviour behaviour)
{
    struct dns_name_buffer wildcard;
    enum existence found = exists(speech->zone, name);
    if (find_wildcard(speech->zone, name, &wildcard))
        found = PRESENT;
    if (found == ABSENT || (found == NONTERMINAL && behaviour == NET_ENT_NXDOMAIN &&
                            !dns_name_equal(name, dns_name_view(&speech->zone->origin))))
        speech->rcode = DNS_RCODE_NXDOMAIN;
    say_all(speech, DNS_AUTHORITY, dns_name_view(&speech->zone->origin), DNS_TYPE_SOA);
    say_denial(speech, name, false);
}

/* What a wildcard makes for the name: records of the type, or an alias. */
static bool say_wildcard(struct speech *speech, struct dns_name name, uint16_t type)
{
    struct dns_name_buffer wildcard;
    if (!find_wildcard(speech->zone, name, &wildcard))
        return false;
    struct dns_name from = dns_name_view(&wildcard);
    if (say_as(speech, DNS_ANSWER, name, from, type) +
            say_as(speech, DNS_ANSWER, name, from, DNS_TYPE_CNAME) ==
        0)
        return false;
    say_denial(speech, name, true);
    return true;
}

static void say_synthesised(struct speech *speech, struct dns_name owner, const struct record *dname,
                            struct dns_name target)
{
    uint32_t ttl = dname->ttl < speech->ttl_max ? dname->ttl : speech->ttl_max;
    dns_builder_record(speech->builder, DNS_ANSWER, owner, DNS_TYPE_CNAME, DNS_CLASS_IN, ttl, target.wire,
                       target.length);
}

/* RFC 1034 §4.3.2; an alias that a wildcard makes is not followed. */
static void say_zone(struct speech *speech, struct dns_name qname, uint16_t qtype,
                     enum net_behaviour behaviour)
{
    struct dns_name_buffer made, held;
    struct dns_name name = qname;
    for (unsigned links = 0; links < 10; links++) {
        struct dns_name cut = find_cut(speech->zone, name, qtype);
        if (cut.wire != NULL) {
            if (links == 0)
                say_referral(speech, cut);
            return;
        }
        if ((qtype == DNS_TYPE_ANY ? say_any(speech, name) : say_all(speech, DNS_ANSWER, name, qtype)) > 0) {
            if (qtype == DNS_TYPE_NS)
                say_glue(speech, name);
            return;
        }
        const struct record *alias = find_record(speech->zone, name, DNS_TYPE_CNAME);
        const struct record *dname = find_dname(speech->zone, name);
        if (alias == NULL && dname == NULL && say_wildcard(speech, name, qtype))
            return;
        if (alias == NULL && dname == NULL) {
            say_absence(speech, name, behaviour);
            return;
        }
        const struct record *shown = alias != NULL ? alias : dname;
        say_all(speech, DNS_ANSWER, owner_of(shown), shown->type);
        struct dns_name target;
        dns_rdata_target(shown->type, shown->rdata, shown->length, &target);
        if (alias == NULL) {
            if (dns_name_replace_suffix(&made, name, owner_of(dname), target) != DNS_OK) {
                speech->rcode = DNS_RCODE_YXDOMAIN;
                return;
            }
            target = dns_name_view(&made);
        }
        if (alias == NULL)
            say_synthesised(speech, name, dname, target);
        dns_name_copy(&held, target);
        name = dns_name_view(&held);
        if (!dns_name_within(name, dns_name_view(&speech->zone->origin)))
            return;
    }
}

/* DS records are the parent's, where the server has that too (RFC 4035 §3.1.4.1). */
static struct zone *closest_zone(struct net *net, const struct server *server, struct dns_name name,
                                 uint16_t type)
{
    struct zone *best = NULL, *own = NULL;
    for (unsigned i = 0; i < server->zone_count; i++) {
        struct zone *zone = &net->zone[server->zone[i]];
        if (type == DNS_TYPE_DS && dns_name_equal(name, dns_name_view(&zone->origin)))
            own = zone;
        else if (dns_name_within(name, dns_name_view(&zone->origin)) &&
                 (best == NULL || zone->origin.length > best->origin.length))
            best = zone;
    }
    return best != NULL ? best : own;
}

size_t net_honest(struct net *net, struct server *server, const struct dns_message *query, uint8_t *to)
{
    struct dns_builder builder;
    struct dns_name qname = dns_name_view(&query->qname);
    struct zone *zone = closest_zone(net, server, qname, query->qtype);
    struct speech speech = {
        .builder = &builder,
        .zone = zone,
        .ttl_max = UINT32_MAX,
        .authoritative = true,
        .dnssec = zone != NULL && zone->is_signed && query->edns.present && query->edns.dnssec_ok,
        .behaviour = server->behaviour,
    };
    if (server->behaviour == NET_TTL_ZERO)
        speech.ttl_max = 0;
    dns_builder_start(&builder, to, DNS_MESSAGE_MAX, query->id, DNS_FLAG_QR);
    dns_builder_question(&builder, qname, query->qtype, DNS_CLASS_IN);
    for (unsigned i = 0; i < server->stray[DNS_ANSWER].count; i++)
        say(&speech, DNS_ANSWER, &server->stray[DNS_ANSWER].record[i]);
    if (zone == NULL)
        speech.rcode = DNS_RCODE_REFUSED;
    else
        say_zone(&speech, qname, query->qtype, server->behaviour);
    for (unsigned i = 0; i < server->stray[DNS_AUTHORITY].count; i++)
        say(&speech, DNS_AUTHORITY, &server->stray[DNS_AUTHORITY].record[i]);
    for (unsigned i = 0; i < server->stray[DNS_ADDITIONAL].count; i++)
        say(&speech, DNS_ADDITIONAL, &server->stray[DNS_ADDITIONAL].record[i]);
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

struct flight *net_take_off(struct net *net, const struct effect *effect, uint64_t delay, const uint8_t *wire,
                            size_t length)
{
    assert(net->flight_count < NET_IN_FLIGHT);
    struct flight *flight = &net->flight[net->flight_count++];
    *flight = (struct flight){.at = net->now + delay,
                              .exchange = effect->exchange,
                              .from = effect->server,
                              .transport = effect->transport,
                              .failure = FAILURE_REFUSED,
                              .length = length,
                              .wire = malloc(length + 1)};
    if (length > 0)
        memcpy(flight->wire, wire, length);
    return flight;
}
void net_speak(struct net *net, struct server *server, const struct effect *effect, struct dns_message *query)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    bool udp = effect->transport == TRANSPORT_UDP;
    size_t length =
        server->speaker == NULL ? 0 : server->speaker(server->speaker_context, net, query, udp, wire);
    uint64_t delay = udp ? server->delay : 2 * server->delay;
    if (length == NET_SAYS_NOTHING)
        return;
    if (length > 0) {
        net_take_off(net, effect, delay, wire, length);
        return;
    }
    length = net_honest(net, server, query, wire);
    switch (server->behaviour) {
    case NET_SILENT:
        return;
    case NET_UNREACHABLE:
        net_take_off(net, effect, server->delay, NULL, 0)->fails = true;
        return;
    case NET_NO_ROUTE:
    case NET_NO_SOCKETS:;
        struct flight *failed = net_take_off(net, effect, 0, NULL, 0);
        failed->fails = true;
        failed->failure = server->behaviour == NET_NO_ROUTE ? FAILURE_NO_ROUTE : FAILURE_RESOURCES;
        return;
    case NET_NO_TCP:
        if (udp)
            break;
        net_take_off(net, effect, server->delay, NULL, 0)->fails = true;
        return;
    case NET_WRONG_IDS:
    case NET_CLOSES_TCP:
        if (udp) {
            length = bare(query, wire, DNS_FLAG_TC);
            wire[0] ^= server->behaviour == NET_WRONG_IDS;
            break;
        }
        struct flight *closed = net_take_off(net, effect, server->delay, NULL, 0);
        closed->fails = true;
        closed->failure = FAILURE_CLOSED;
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
            net_take_off(net, effect, delay / 2, wire, length);
        wire[0] ^= 1;
        break;
    case NET_WRONG_QUESTION_FIRST:
        wire[13] ^= 3;
        net_take_off(net, effect, delay / 2, wire, length);
        wire[13] ^= 3;
        break;
    case NET_GARBAGE:
        memset(wire + 2, 0xb7, length - 2);
        break;
    default:
        break;
    }
    net_take_off(net, effect, delay, wire, length);
}

void zone_ensure_soa(struct zone *zone, const char *origin)
{
    char soa[1200];
    if (find_record(zone, dns_name_view(&zone->origin), DNS_TYPE_SOA) != NULL)
        return;
    snprintf(soa, sizeof soa, "%s 3600 IN SOA ns.invalid. host.invalid. 1 7200 3600 604800 900", origin);
    records_read(&zone->records, soa);
}

size_t net_write(const struct dns_message *query, unsigned flags, const char *answer, const char *authority,
                 const char *additional, uint8_t *to)
{
    const char *text[DNS_SECTIONS] = {answer, authority, additional};
    struct dns_builder builder;
    dns_builder_start(&builder, to, DNS_MESSAGE_MAX, query->id, (uint16_t)(DNS_FLAG_QR | flags));
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    for (unsigned section = 0; section < DNS_SECTIONS; section++) {
        struct records records = {NULL, 0, 0};
        struct speech speech = {.builder = &builder, .ttl_max = UINT32_MAX};
        if (text[section] != NULL)
            records_read(&records, text[section]);
        for (unsigned i = 0; i < records.count; i++)
            say(&speech, section, &records.record[i]);
        records_free(&records);
    }
    if (query->edns.present)
        dns_builder_edns(&builder, &(struct dns_edns_reply){.udp_size = 1232, .ede = DNS_EDE_NONE});
    return dns_builder_finish(&builder);
}
