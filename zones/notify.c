#include "zones/notify.h"

#include <string.h>

#include "dns/builder.h"
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/layout.h"

enum { DNS_PORT = 53, RECORDS = 32 };

/* -- targets ------------------------------------------------------------------------------------ */

/* The name of the zone's `number`th NS record that is to be told. False behind the last one. */
static bool name_server(const struct zone *zone, bool primary_too, unsigned *number, struct dns_name *name)
{
    const struct zone_set *set = node_set(zone, 0, DNS_TYPE_NS);
    struct dns_soa soa;
    uint16_t length;
    const uint8_t *rdata = zone_soa(zone, &length);
    bool known = dns_rdata_soa(rdata, length, &soa) == DNS_OK;
    while (set != NULL && *number < set->count) {
        const uint8_t *at = zone->octets + set->octets;
        for (unsigned i = 0; i < *number; i++)
            at += IMAGE_FIXED + get16(at + IMAGE_LENGTH);
        ++*number;
        if (dns_rdata_target(DNS_TYPE_NS, at + IMAGE_FIXED, get16(at + IMAGE_LENGTH), name) == DNS_OK &&
            (primary_too || !known || !dns_name_equal(*name, soa.primary)))
            return true;
    }
    return false;
}

/* Adds a name's addresses; false: there are none. */
static bool add_addresses(struct notify_round *round, struct dns_name name, const struct tsig_key *key,
                          uint64_t now)
{
    static const struct {
        uint16_t type;
        uint8_t family, octets;
    } kinds[] = {{DNS_TYPE_A, 4, 4}, {DNS_TYPE_AAAA, 6, 16}};
    const struct zone *zone = round->zone;
    bool found = false;
    if (!dns_name_within(name, zone_apex(zone)))
        return false;
    int64_t node = zone_find(zone, name, name_hash(name));
    for (unsigned i = 0; i < 2 && node != NO_NODE; i++) {
        const struct zone_set *set = node_set(zone, (uint32_t)node, kinds[i].type);
        const uint8_t *at = set != NULL ? zone->octets + set->octets : NULL;
        for (unsigned j = 0; set != NULL && j < set->count; j++) {
            if (get16(at + IMAGE_LENGTH) == kinds[i].octets) {
                struct dns_address address = dns_address_make(kinds[i].family, at + IMAGE_FIXED, DNS_PORT);
                notify_add(round, &address, key, now);
                found = true;
            }
            at += IMAGE_FIXED + get16(at + IMAGE_LENGTH);
        }
    }
    return found;
}

void notify_begin(struct notify_round *round, struct zone *zone, bool primary_too, const struct tsig_key *key,
                  uint64_t now)
{
    struct dns_name name;
    notify_end(round);
    round->zone = zone_hold(zone);
    for (unsigned number = 0; name_server(zone, primary_too, &number, &name);)
        add_addresses(round, name, key, now);
}

bool notify_add(struct notify_round *round, const struct dns_address *address, const struct tsig_key *key,
                uint64_t now)
{
    for (unsigned i = 0; i < round->count; i++)
        if (dns_address_equal(&round->target[i].address, address))
            return true;
    if (round->count == NOTIFY_TARGETS)
        return false;
    round->target[round->count++] = (struct notify_target){.address = *address, .key = key, .due = now};
    return true;
}

unsigned notify_names(const struct zone *zone, bool primary_too, struct dns_name names[NOTIFY_NAMES])
{
    unsigned count = 0;
    struct dns_name name;
    for (unsigned number = 0; count < NOTIFY_NAMES && name_server(zone, primary_too, &number, &name);) {
        int64_t node =
            dns_name_within(name, zone_apex(zone)) ? zone_find(zone, name, name_hash(name)) : NO_NODE;
        bool here = node != NO_NODE && (node_set(zone, (uint32_t)node, DNS_TYPE_A) != NULL ||
                                        node_set(zone, (uint32_t)node, DNS_TYPE_AAAA) != NULL);
        if (!here)
            names[count++] = name;
    }
    return count;
}

void notify_end(struct notify_round *round)
{
    for (unsigned i = 0; i < round->count; i++)
        tsig_chain_end(&round->target[i].chain);
    zone_release(round->zone);
    round->zone = NULL;
    round->count = 0;
}

/* -- telling ------------------------------------------------------------------------------------ */

struct notify_target *notify_next(struct notify_round *round, uint64_t now, struct notify_target **given_up)
{
    if (given_up != NULL)
        *given_up = NULL;
    for (unsigned i = 0; i < round->count; i++) {
        struct notify_target *target = &round->target[i];
        if (target->done || target->due > now)
            continue;
        if (target->tries == NOTIFY_TRIES) {
            target->done = true;
            if (given_up == NULL)
                continue;
            *given_up = target;
            return NULL;
        }
        target->due = now + ((uint64_t)NOTIFY_FIRST_WAIT << target->tries);
        target->tries++;
        return target;
    }
    return NULL;
}

uint64_t notify_due(const struct notify_round *round)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < round->count; i++)
        if (!round->target[i].done && round->target[i].due < due)
            due = round->target[i].due;
    return due;
}

size_t notify_write(const struct notify_round *round, struct notify_target *target, uint16_t id,
                    uint8_t *wire, size_t capacity, uint64_t now)
{
    struct dns_builder builder;
    struct dns_name apex = zone_apex(round->zone);
    uint16_t soa_length;
    const uint8_t *soa = zone_soa(round->zone, &soa_length);
    if (capacity < DNS_HEADER_SIZE)
        return 0;
    dns_builder_start(&builder, wire, capacity, id, DNS_FLAG_AA | DNS_OPCODE_NOTIFY << DNS_OPCODE_SHIFT);
    if (!dns_builder_question(&builder, apex, DNS_TYPE_SOA, DNS_CLASS_IN) ||
        !dns_builder_record(&builder, DNS_ANSWER, apex, DNS_TYPE_SOA, DNS_CLASS_IN, 0, soa, soa_length))
        return 0;
    size_t length = dns_builder_finish(&builder);
    tsig_chain_end(&target->chain);
    tsig_chain_start(&target->chain, target->key);
    target->id = id;
    return tsig_sign(&target->chain, wire, &length, capacity, now) ? length : 0;
}

static struct notify_target *find_target(struct notify_round *round, const struct dns_address *from,
                                         uint16_t id)
{
    for (unsigned i = 0; i < round->count; i++) {
        struct notify_target *target = &round->target[i];
        if (!target->done && target->tries > 0 && target->id == id &&
            dns_address_equal(&target->address, from))
            return target;
    }
    return NULL;
}

enum notify_answer notify_answered(struct notify_round *round, const struct dns_address *from,
                                   const uint8_t *wire, size_t length, uint64_t now, uint16_t *rcode)
{
    struct dns_record records[RECORDS];
    struct dns_message message;
    if (dns_message_parse(&message, wire, length, records, RECORDS) != DNS_OK || !message.response ||
        message.opcode != DNS_OPCODE_NOTIFY)
        return NOTIFY_IGNORED;
    struct notify_target *target = find_target(round, from, message.id);
    if (target == NULL ||
        (message.questions > 0 && !dns_name_equal(dns_name_view(&message.qname), zone_apex(round->zone))))
        return NOTIFY_IGNORED;
    *rcode = message.rcode;
    enum tsig_verdict verdict = tsig_verify(&target->chain, &message, now, NULL);
    bool good = verdict == TSIG_GOOD || (target->key == NULL && verdict == TSIG_UNSIGNED);
    if (!good && message.rcode == DNS_RCODE_NOERROR)
        return NOTIFY_IGNORED;
    target->done = good; /* what is not signed may be anybody's: it is tried again */
    return message.rcode == DNS_RCODE_NOERROR ? NOTIFY_TAKEN : NOTIFY_REFUSED;
}

bool notify_read(struct dns_message *message, bool *has_serial, uint32_t *serial)
{
    struct dns_soa soa;
    uint8_t rdata[2 * DNS_NAME_MAX + 20];
    uint16_t length;
    *has_serial = false;
    if (message->opcode != DNS_OPCODE_NOTIFY || message->response || message->questions != 1 ||
        message->qtype != DNS_TYPE_SOA || message->qclass != DNS_CLASS_IN)
        return false;
    for (unsigned i = 0; i < message->count[DNS_ANSWER] && !*has_serial; i++) {
        const struct dns_record *record = &message->section[DNS_ANSWER][i];
        if (record->type == DNS_TYPE_SOA && record->class == DNS_CLASS_IN &&
            dns_message_owner_is(message, record, dns_name_view(&message->qname)) &&
            dns_rdata_expand(message, record, rdata, sizeof rdata, &length) == DNS_OK &&
            dns_rdata_soa(rdata, length, &soa) == DNS_OK) {
            *has_serial = true;
            *serial = soa.serial;
        }
    }
    return true;
}
