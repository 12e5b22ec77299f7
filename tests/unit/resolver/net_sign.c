/* Signed zones of the small internet: what a server adds to an answer for who has set DO (RFC 4035 §3.1,
   RFC 5155 §7.2), made while it answers. Nothing of dnssec/ is used here but the numbers. */
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "dns/octets.h"
#include "net_inside.h"

enum { NAMES_MAX = 64, SET_MAX = 16, RRSIG_MAX = 700, DAY = 86400 };

/* -- signatures -------------------------------------------------------------------------------- */

struct rdata {
    const uint8_t *octets;
    uint16_t length;
};

struct rrset {
    struct dns_name owner; /* as in the zone: that of a wildcard begins with "*" */
    uint16_t type;
    uint32_t ttl;
    struct rdata rdata[SET_MAX];
    unsigned count;
};

static int compare_rdata(const void *one, const void *other)
{
    const struct rdata *a = one, *b = other;
    int order = memcmp(a->octets, b->octets, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : a->length - b->length;
}

static bool is_wildcard(struct dns_name name)
{
    return name.length > 2 && name.wire[0] == 1 && name.wire[1] == '*';
}

static bool lies_about(const struct server *server, enum net_lie lie, uint16_t type)
{
    return server->lie == lie && (server->lie_type == 0 || server->lie_type == type);
}

/* RFC 4034 §3.1. Names in the zones are in lower case, so that their rdata are canonical as they are. */
static uint16_t make_rrsig(const struct net *net, const struct zone *zone, const struct server *server,
                           struct rrset *set, uint8_t to[RRSIG_MAX])
{
    static uint8_t data[65536];
    struct dns_name_buffer owner;
    size_t signature = 64;
    uint32_t from = (uint32_t)(net->wall + net->now / 1000000) - DAY, until = from + 30 * DAY;
    if (lies_about(server, NET_EXPIRED, set->type))
        from -= 60 * DAY, until -= 60 * DAY;
    if (lies_about(server, NET_NOT_YET_VALID, set->type))
        from += 30 * DAY, until += 30 * DAY;
    put16(to, set->type);
    to[2] = lies_about(server, NET_UNKNOWN_ALGORITHM, set->type) ? 200 : 15;
    to[3] = (uint8_t)(dns_name_labels(set->owner) - is_wildcard(set->owner));
    put32(to + 4, set->ttl);
    put32(to + 8, until);
    put32(to + 12, from);
    put16(to + 16, zone->key_tag);
    memcpy(to + 18, zone->origin.wire, zone->origin.length);
    size_t head = 18u + zone->origin.length, length = head;
    memcpy(data, to, head);
    dns_name_copy_lower(&owner, set->owner);
    qsort(set->rdata, set->count, sizeof set->rdata[0], compare_rdata);
    for (unsigned i = 0; i < set->count; i++) {
        uint8_t *at = data + length;
        memcpy(at, owner.wire, owner.length);
        put16(at + owner.length, set->type);
        put16(at + owner.length + 2, DNS_CLASS_IN);
        put32(at + owner.length + 4, set->ttl);
        put16(at + owner.length + 8, set->rdata[i].length);
        memcpy(at + owner.length + 10, set->rdata[i].octets, set->rdata[i].length);
        length += owner.length + 10u + set->rdata[i].length;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = EVP_DigestSignInit(context, NULL, NULL, NULL, zone->key);
    done = done == 1 ? EVP_DigestSign(context, to + head, &signature, data, length) : 0;
    assert(done == 1);
    EVP_MD_CTX_free(context);
    if (lies_about(server, NET_WRONG_SIGNATURE, set->type))
        to[head + 7] ^= 0x40;
    return (uint16_t)(head + signature);
}

/* -- a zone's names ---------------------------------------------------------------------------- */

static struct dns_name owner_of(const struct record *record)
{
    return dns_name_view(&record->owner);
}

static bool has(const struct zone *zone, struct dns_name name, uint16_t type)
{
    for (unsigned i = 0; i < zone->records.count; i++)
        if ((type == 0 || zone->records.record[i].type == type) &&
            dns_name_equal(owner_of(&zone->records.record[i]), name))
            return true;
    return false;
}

static bool is_cut(const struct zone *zone, struct dns_name name)
{
    return name.length > zone->origin.length && has(zone, name, DNS_TYPE_NS);
}

static bool is_below_a_cut(const struct zone *zone, struct dns_name name)
{
    while (name.length > zone->origin.length) {
        name = dns_name_parent(name);
        if (is_cut(zone, name))
            return true;
    }
    return false;
}

static bool exists(const struct zone *zone, struct dns_name name)
{
    for (unsigned i = 0; i < zone->records.count; i++)
        if (dns_name_within(owner_of(&zone->records.record[i]), name))
            return true;
    return false;
}

static struct dns_name encloser_of(const struct zone *zone, struct dns_name name)
{
    while (!exists(zone, name))
        name = dns_name_parent(name);
    return name;
}

static struct dns_name star_below(struct dns_name name, struct dns_name_buffer *buffer)
{
    memcpy(buffer->wire, "\1*", 2);
    memcpy(buffer->wire + 2, name.wire, name.length);
    buffer->length = (uint8_t)(2 + name.length);
    return dns_name_view(buffer);
}

/* -- NSEC and NSEC3 ---------------------------------------------------------------------------- */

struct link {
    struct dns_name name;
    uint8_t hash[20];
};

struct chain {
    struct link link[NAMES_MAX];
    unsigned count;
};

/* RFC 5155 §5, without salt. */
static void hash(const struct zone *zone, struct dns_name name, uint8_t to[20])
{
    struct dns_name_buffer lower;
    dns_name_copy_lower(&lower, name);
    SHA1(lower.wire, lower.length, to);
    for (unsigned i = 0; i < zone->iterations; i++)
        SHA1(to, 20, to);
}

static void chain_add(struct chain *chain, const struct zone *zone, struct dns_name name)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (dns_name_equal(chain->link[i].name, name))
            return;
    assert(chain->count < NAMES_MAX);
    chain->link[chain->count].name = name;
    hash(zone, name, chain->link[chain->count++].hash);
}

static int compare_names(const void *one, const void *other)
{
    return dns_name_compare(((const struct link *)one)->name, ((const struct link *)other)->name);
}

static int compare_hashes(const void *one, const void *other)
{
    return memcmp(((const struct link *)one)->hash, ((const struct link *)other)->hash, 20);
}

static void make_chain(const struct zone *zone, struct chain *chain)
{
    chain->count = 0;
    for (unsigned i = 0; i < zone->records.count; i++) {
        struct dns_name name = owner_of(&zone->records.record[i]);
        if (is_below_a_cut(zone, name) ||
            (zone->denial == NET_NSEC3_OPT_OUT && is_cut(zone, name) && !has(zone, name, DNS_TYPE_DS)))
            continue;
        chain_add(chain, zone, name);
        while (zone->denial != NET_NSEC && name.length > zone->origin.length) {
            name = dns_name_parent(name);
            chain_add(chain, zone, name); /* empty non-terminals */
        }
    }
    qsort(chain->link, chain->count, sizeof chain->link[0],
          zone->denial == NET_NSEC ? compare_names : compare_hashes);
}

static bool is_in(const struct chain *chain, struct dns_name name)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (dns_name_equal(chain->link[i].name, name))
            return true;
    return false;
}

/* All types below 256, in one window (RFC 4034 §4.1.2). */
static size_t put_bitmap(const struct zone *zone, struct dns_name name, uint8_t *to)
{
    bool cut = is_cut(zone, name), known = has(zone, name, 0);
    memset(to, 0, 34);
    to[1] = 32;
    for (unsigned type = 1; type < 256; type++) {
        bool there = has(zone, name, (uint16_t)type) && (!cut || type == DNS_TYPE_NS || type == DNS_TYPE_DS);
        there |= type == DNS_TYPE_NSEC && zone->denial == NET_NSEC;
        there |= type == DNS_TYPE_RRSIG &&
                 (zone->denial == NET_NSEC || (known && !cut) || has(zone, name, DNS_TYPE_DS));
        if (there)
            to[2 + type / 8] |= (uint8_t)(0x80 >> type % 8);
    }
    return 34;
}

static struct dns_name hashed_owner(const struct zone *zone, const uint8_t octets[20],
                                    struct dns_name_buffer *buffer)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    buffer->wire[0] = 32;
    for (unsigned i = 0; i < 32; i++) {
        unsigned value = 0;
        for (unsigned bit = i * 5; bit < i * 5 + 5; bit++)
            value = value << 1 | (octets[bit / 8] >> (7 - bit % 8) & 1);
        buffer->wire[1 + i] = (uint8_t)digits[value];
    }
    memcpy(buffer->wire + 33, zone->origin.wire, zone->origin.length);
    buffer->length = (uint8_t)(33 + zone->origin.length);
    return dns_name_view(buffer);
}

static size_t put_nsec(const struct zone *zone, const struct link *at, const struct link *next, uint8_t *to)
{
    if (zone->denial == NET_NSEC) {
        memcpy(to, next->name.wire, next->name.length);
        return next->name.length + put_bitmap(zone, at->name, to + next->name.length);
    }
    to[0] = 1;
    to[1] = zone->denial == NET_NSEC3_OPT_OUT;
    put16(to + 2, zone->iterations);
    to[4] = 0;
    to[5] = 20;
    memcpy(to + 6, next->hash, 20);
    return 26 + put_bitmap(zone, at->name, to + 26);
}

/* -- the answer -------------------------------------------------------------------------------- */

struct adding {
    struct net *net;
    const struct server *server;
    struct zone *zone;
    struct dns_builder *builder;
    struct chain chain;
    uint16_t about;       /* the type asked for, NS in referrals */
    bool said[NAMES_MAX]; /* of the chain */
};

static void add_rrsig(struct adding *adding, enum dns_section section, struct dns_name shown,
                      struct rrset *set)
{
    uint8_t rrsig[RRSIG_MAX];
    if (lies_about(adding->server, NET_UNSIGNED, set->type))
        return;
    uint16_t length = make_rrsig(adding->net, adding->zone, adding->server, set, rrsig);
    dns_builder_record(adding->builder, section, shown, DNS_TYPE_RRSIG, DNS_CLASS_IN, set->ttl, rrsig,
                       length);
}

/* The zone's records of a name, or of the wildcard that made it; what is not in the zone is not signed. */
static void sign(struct adding *adding, enum dns_section section, struct dns_name name, uint16_t type)
{
    const struct zone *zone = adding->zone;
    struct dns_name_buffer star;
    struct rrset set = {.owner = name, .type = type};
    if (!exists(zone, name))
        set.owner = star_below(encloser_of(zone, name), &star);
    for (unsigned i = 0; i < zone->records.count; i++) {
        const struct record *record = &zone->records.record[i];
        if (record->type != type || !dns_name_equal(owner_of(record), set.owner))
            continue;
        assert(set.count < SET_MAX);
        set.ttl = record->ttl;
        set.rdata[set.count++] = (struct rdata){record->rdata, record->length};
    }
    if (set.count > 0)
        add_rrsig(adding, section, name, &set);
}

/* The record of the chain that matches a name, or covers it. */
static void deny(struct adding *adding, struct dns_name name)
{
    const struct chain *chain = &adding->chain;
    const struct zone *zone = adding->zone;
    uint8_t rdata[512];
    struct dns_name_buffer hashed;
    struct link wanted = {.name = name};
    unsigned at = chain->count - 1;
    if (lies_about(adding->server, NET_OTHER_PROOF, adding->about))
        wanted.name = dns_name_view(&zone->origin);
    hash(zone, wanted.name, wanted.hash);
    for (unsigned i = 0; i < chain->count; i++)
        if ((zone->denial == NET_NSEC ? compare_names : compare_hashes)(&chain->link[i], &wanted) <= 0)
            at = i;
    if (adding->said[at])
        return;
    adding->said[at] = true;
    const struct link *link = &chain->link[at];
    size_t length = put_nsec(zone, link, &chain->link[(at + 1) % chain->count], rdata);
    struct rrset set = {.owner =
                            zone->denial == NET_NSEC ? link->name : hashed_owner(zone, link->hash, &hashed),
                        .type = zone->denial == NET_NSEC ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3,
                        .ttl = 900,
                        .rdata = {{rdata, (uint16_t)length}},
                        .count = 1};
    dns_builder_record(adding->builder, DNS_AUTHORITY, set.owner, set.type, DNS_CLASS_IN, set.ttl, rdata,
                       length);
    add_rrsig(adding, DNS_AUTHORITY, set.owner, &set);
}

static void deny_existence(struct adding *adding, struct dns_name name, bool wildcard_too)
{
    struct dns_name encloser = encloser_of(adding->zone, name);
    struct dns_name_buffer star;
    if (adding->zone->denial == NET_NSEC) {
        deny(adding, name);
    } else {
        if (wildcard_too)
            deny(adding, encloser);
        deny(adding, dns_name_suffix(name, dns_name_labels(encloser) + 1));
    }
    if (wildcard_too)
        deny(adding, star_below(encloser, &star));
}

/* That a name, which exists, has no such record; under opt-out the name may have none in the chain. */
static void deny_type(struct adding *adding, struct dns_name name)
{
    if (adding->zone->denial == NET_NSEC || is_in(&adding->chain, name)) {
        deny(adding, name);
        return;
    }
    while (!is_in(&adding->chain, dns_name_parent(name)))
        name = dns_name_parent(name);
    deny(adding, dns_name_parent(name));
    deny(adding, name);
}

static void add_referral(struct adding *adding, struct dns_name cut)
{
    const struct zone *zone = adding->zone;
    adding->about = DNS_TYPE_NS;
    if (lies_about(adding->server, NET_NO_PROOF, DNS_TYPE_DS))
        return;
    for (unsigned i = 0; i < zone->records.count; i++) {
        const struct record *record = &zone->records.record[i];
        if (record->type == DNS_TYPE_DS && dns_name_equal(owner_of(record), cut))
            dns_builder_record(adding->builder, DNS_AUTHORITY, cut, DNS_TYPE_DS, DNS_CLASS_IN, record->ttl,
                               record->rdata, record->length);
    }
    if (has(zone, cut, DNS_TYPE_DS)) {
        sign(adding, DNS_AUTHORITY, cut, DNS_TYPE_DS);
    } else {
        deny_type(adding, cut);
    }
}

static bool is_first_of_its_kind(struct dns_message *message, enum dns_section section, unsigned index,
                                 struct dns_name owner)
{
    const struct dns_record *record = &message->section[section][index];
    for (unsigned i = 0; i < index; i++)
        if (message->section[section][i].type == record->type &&
            dns_message_owner_is(message, &message->section[section][i], owner))
            return false;
    return true;
}

static void copy_section(struct adding *adding, struct dns_message *message, enum dns_section section,
                         struct dns_name_buffer *end, struct dns_name_buffer *cut)
{
    static uint8_t rdata[65536];
    uint16_t length;
    for (unsigned i = 0; i < message->count[section]; i++) {
        const struct dns_record *record = &message->section[section][i];
        struct dns_name_buffer buffer;
        assert(dns_message_name(message, record->owner, &buffer) == DNS_OK);
        struct dns_name owner = dns_name_view(&buffer);
        assert(dns_rdata_expand(message, record, rdata, sizeof rdata, &length) == DNS_OK);
        dns_builder_record(adding->builder, section, owner, record->type, DNS_CLASS_IN, record->ttl, rdata,
                           length);
        bool delegates =
            section == DNS_AUTHORITY && record->type == DNS_TYPE_NS && is_cut(adding->zone, owner);
        if (delegates)
            *cut = buffer;
        if (section == DNS_ANSWER && record->type == DNS_TYPE_CNAME)
            dns_name_copy(end, (struct dns_name){rdata, (uint8_t)length});
        if (section != DNS_ADDITIONAL && !delegates &&
            dns_name_within(owner, dns_name_view(&adding->zone->origin)) &&
            is_first_of_its_kind(message, section, i, owner))
            sign(adding, section, owner, record->type);
    }
}

/* Is that record of the answer one that a wildcard of the zone has made? */
static bool is_made(const struct zone *zone, struct dns_name name, uint16_t type)
{
    struct dns_name_buffer star;
    return dns_name_within(name, dns_name_view(&zone->origin)) && !exists(zone, name) &&
           has(zone, star_below(encloser_of(zone, name), &star), type);
}

static void add_proof(struct adding *adding, struct dns_message *message, struct dns_name end)
{
    bool denied = message->count[DNS_AUTHORITY] > 0;
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++) {
        const struct dns_record *record = &message->section[DNS_ANSWER][i];
        struct dns_name_buffer owner;
        enum dns_error error = dns_message_name(message, record->owner, &owner);
        assert(error == DNS_OK);
        if (is_made(adding->zone, dns_name_view(&owner), record->type))
            deny_existence(adding, dns_name_view(&owner), false);
    }
    if (denied && exists(adding->zone, end))
        deny_type(adding, end);
    else if (denied)
        deny_existence(adding, end, true);
}

/* Writes the message again, with what the zone's keys say to it. */
size_t net_add_signatures(struct net *net, struct server *server, struct zone *zone,
                          const struct dns_message *query, uint8_t *wire, size_t length)
{
    static uint8_t plain[DNS_MESSAGE_MAX];
    static struct dns_record records[DNS_RECORDS_MAX];
    static struct adding adding;
    struct dns_message message;
    struct dns_builder builder;
    struct dns_name_buffer end, cut = {.length = 0};
    memcpy(plain, wire, length);
    assert(dns_message_parse(&message, plain, length, records, DNS_RECORDS_MAX) == DNS_OK);
    adding = (struct adding){
        .net = net, .server = server, .zone = zone, .builder = &builder, .about = query->qtype};
    make_chain(zone, &adding.chain);
    dns_name_copy(&end, dns_name_view(&query->qname));
    dns_builder_start(&builder, wire, DNS_MESSAGE_MAX, message.id, get16(plain + 2));
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    copy_section(&adding, &message, DNS_ANSWER, &end, &cut);
    copy_section(&adding, &message, DNS_AUTHORITY, &end, &cut);
    if (cut.length > 0)
        add_referral(&adding, dns_name_view(&cut));
    else if (dns_name_within(dns_name_view(&end), dns_name_view(&zone->origin)) &&
             !lies_about(server, NET_NO_PROOF, query->qtype))
        add_proof(&adding, &message, dns_name_view(&end));
    copy_section(&adding, &message, DNS_ADDITIONAL, &end, &cut);
    dns_builder_edns(&builder,
                     &(struct dns_edns_reply){.udp_size = 1232, .dnssec_ok = true, .ede = DNS_EDE_NONE});
    return dns_builder_finish(&builder);
}
