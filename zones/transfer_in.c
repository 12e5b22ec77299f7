#include "zones/transfer_in.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/builder.h"
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/serial.h"

enum { REASON = 200, SOA_MAX = 2 * DNS_NAME_MAX + 20 };

/* What the next record is. RFC 5936 §2.2, RFC 1995 §4. */
enum expected {
    EXPECT_FIRST,   /* the new SOA */
    EXPECT_SECOND,  /* the old SOA: the changes follow; or any other: the zone */
    EXPECT_RECORD,  /* of the zone, or the new SOA again, which ends it */
    EXPECT_REMOVED, /* a record that goes, or the SOA of the next version */
    EXPECT_ADDED, /* a record that comes, or the SOA of this version, which begins the next change or ends all */
    EXPECT_NOTHING,
};

struct transfer_in {
    struct dns_name_buffer apex;
    struct zone *old;
    struct tsig_chain chain;
    uint16_t id, type;
    size_t records_max, records, messages;
    uint64_t octets_max, octets;
    enum transfer_in_state state;
    enum expected expected;
    bool incremental;
    char reason[REASON];
    uint32_t serial;     /* the new one */
    uint32_t version;    /* that the changes so far lead to */
    uint16_t soa_length; /* the new SOA */
    uint32_t soa_ttl;
    uint8_t soa[SOA_MAX];
    struct zone_builder *builder;
    struct zone_delta_builder change;
    struct zone_delta *delta[ZONE_JOURNAL_DELTAS];
    size_t delta_count;
    struct dns_record record[DNS_RECORDS_MAX];
    uint8_t rdata[DNS_RDATA_MAX];
};

struct transfer_in *transfer_in_new(const struct transfer_in_options *options)
{
    struct transfer_in *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return NULL;
    dns_name_copy(&transfer->apex, options->apex);
    transfer->old = options->old != NULL ? zone_hold(options->old) : NULL;
    tsig_chain_start(&transfer->chain, options->key);
    transfer->id = options->id;
    transfer->type = options->old != NULL && !options->whole ? DNS_TYPE_IXFR : DNS_TYPE_AXFR;
    transfer->records_max = options->records_max != 0 ? options->records_max : SIZE_MAX;
    transfer->octets_max = options->octets_max != 0 ? options->octets_max : UINT64_MAX;
    transfer->change.octets_max = SIZE_MAX;
    return transfer;
}

void transfer_in_free(struct transfer_in *transfer)
{
    if (transfer == NULL)
        return;
    zone_release(transfer->old);
    tsig_chain_end(&transfer->chain);
    zone_builder_free(transfer->builder);
    zone_delta_drop(&transfer->change);
    for (size_t i = 0; i < transfer->delta_count; i++)
        zone_delta_release(transfer->delta[i]);
    free(transfer);
}

const char *transfer_in_reason(const struct transfer_in *transfer)
{
    return transfer->reason;
}

bool transfer_in_incremental(const struct transfer_in *transfer)
{
    return transfer->incremental;
}

uint32_t transfer_in_serial(const struct transfer_in *transfer)
{
    return transfer->serial;
}

size_t transfer_in_records(const struct transfer_in *transfer)
{
    return transfer->records;
}

uint64_t transfer_in_octets(const struct transfer_in *transfer)
{
    return transfer->octets;
}

size_t transfer_in_query(struct transfer_in *transfer, uint8_t *wire, size_t capacity, uint64_t now)
{
    struct dns_builder builder;
    struct dns_name apex = dns_name_view(&transfer->apex);
    if (capacity < DNS_HEADER_SIZE)
        return 0;
    dns_builder_start(&builder, wire, capacity, transfer->id, 0);
    bool fits = dns_builder_question(&builder, apex, transfer->type, DNS_CLASS_IN);
    if (fits && transfer->type == DNS_TYPE_IXFR) {
        uint16_t length;
        const uint8_t *soa = zone_soa(transfer->old, &length);
        fits = dns_builder_record(&builder, DNS_AUTHORITY, apex, DNS_TYPE_SOA, DNS_CLASS_IN, 0, soa, length);
    }
    size_t length = dns_builder_finish(&builder);
    return fits && tsig_sign(&transfer->chain, wire, &length, capacity, now) ? length : 0;
}

static bool __attribute__((format(printf, 2, 3))) wrong(struct transfer_in *transfer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(transfer->reason, sizeof transfer->reason, format, arguments);
    va_end(arguments);
    transfer->state = TRANSFER_IN_FAILED;
    return false;
}

/* -- records ------------------------------------------------------------------------------------ */

static bool begin_whole(struct transfer_in *transfer)
{
    transfer->expected = EXPECT_RECORD;
    transfer->builder = zone_builder_new(dns_name_view(&transfer->apex), NULL);
    return transfer->builder != NULL || wrong(transfer, "out of memory");
}

static bool add_to_zone(struct transfer_in *transfer, const struct zone_record *record)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    return zone_builder_add(transfer->builder, record->owner, record->type, DNS_CLASS_IN, record->ttl,
                            record->rdata, record->rdata_length, (struct zone_place){NULL, 0}) ||
           wrong(transfer, "%.100s %s cannot be in the zone", dns_name_to_text(record->owner, name),
                 dns_type_to_text(record->type, type));
}

static bool add_to_change(struct transfer_in *transfer, const struct zone_record *record)
{
    return zone_delta_add(&transfer->change, record) || wrong(transfer, "out of memory");
}

static bool is_final_soa(const struct transfer_in *transfer, const struct zone_record *record)
{
    return record->rdata_length == transfer->soa_length &&
           memcmp(record->rdata, transfer->soa, transfer->soa_length) == 0;
}

static bool finish_change(struct transfer_in *transfer)
{
    if (transfer->delta_count == ZONE_JOURNAL_DELTAS)
        return wrong(transfer, "more than %d changes at once", ZONE_JOURNAL_DELTAS);
    struct zone_delta *delta = zone_delta_finish(&transfer->change);
    if (delta == NULL)
        return wrong(transfer, "out of memory");
    transfer->delta[transfer->delta_count++] = delta;
    return true;
}

static bool take_first(struct transfer_in *transfer, const struct zone_record *record, uint32_t serial)
{
    if (record->type != DNS_TYPE_SOA)
        return wrong(transfer, "it does not begin with a SOA record");
    memcpy(transfer->soa, record->rdata, record->rdata_length);
    transfer->soa_length = record->rdata_length;
    transfer->soa_ttl = record->ttl;
    transfer->serial = serial;
    transfer->expected = EXPECT_SECOND;
    return true;
}

static bool take_second(struct transfer_in *transfer, const struct zone_record *record, uint32_t serial)
{
    if (transfer->old != NULL && !serial_newer(transfer->serial, zone_serial(transfer->old)))
        return wrong(transfer, "serial %u is not newer than ours, %u", (unsigned)transfer->serial,
                     (unsigned)zone_serial(transfer->old));
    struct zone_record soa = {.owner = dns_name_view(&transfer->apex),
                              .type = DNS_TYPE_SOA,
                              .rdata_length = transfer->soa_length,
                              .ttl = transfer->soa_ttl,
                              .rdata = transfer->soa};
    if (record->type != DNS_TYPE_SOA)
        return begin_whole(transfer) && add_to_zone(transfer, &soa) && add_to_zone(transfer, record);
    if (transfer->type != DNS_TYPE_IXFR || is_final_soa(transfer, record))
        return wrong(transfer, "there is nothing between its SOA records");
    if (serial != zone_serial(transfer->old))
        return wrong(transfer, "the changes begin at serial %u, and ours is %u", (unsigned)serial,
                     (unsigned)zone_serial(transfer->old));
    transfer->incremental = true;
    transfer->version = serial;
    transfer->expected = EXPECT_REMOVED;
    return add_to_change(transfer, record);
}

static bool take_of_zone(struct transfer_in *transfer, const struct zone_record *record)
{
    if (record->type != DNS_TYPE_SOA)
        return add_to_zone(transfer, record);
    if (!is_final_soa(transfer, record))
        return wrong(transfer, "it ends with another SOA record than it began with");
    transfer->expected = EXPECT_NOTHING;
    return true;
}

static bool take_removed(struct transfer_in *transfer, const struct zone_record *record, uint32_t serial)
{
    if (record->type != DNS_TYPE_SOA)
        return add_to_change(transfer, record);
    if (!serial_newer(serial, transfer->version) || serial_newer(serial, transfer->serial))
        return wrong(transfer, "the serial %u is not between %u and %u", (unsigned)serial,
                     (unsigned)transfer->version, (unsigned)transfer->serial);
    transfer->version = serial;
    transfer->expected = EXPECT_ADDED;
    return zone_delta_turn(&transfer->change) && add_to_change(transfer, record);
}

static bool take_added(struct transfer_in *transfer, const struct zone_record *record, uint32_t serial)
{
    if (record->type != DNS_TYPE_SOA)
        return add_to_change(transfer, record);
    if (serial != transfer->version)
        return wrong(transfer, "a change from serial %u follows one that leads to %u", (unsigned)serial,
                     (unsigned)transfer->version);
    if (!finish_change(transfer))
        return false;
    if (transfer->version == transfer->serial) {
        transfer->expected = EXPECT_NOTHING;
        return is_final_soa(transfer, record) ||
               wrong(transfer, "it ends with another SOA record than it began with");
    }
    transfer->expected = EXPECT_REMOVED;
    return add_to_change(transfer, record);
}

static bool take_record(struct transfer_in *transfer, const struct zone_record *record)
{
    struct dns_soa soa = {0};
    bool is_soa = record->type == DNS_TYPE_SOA;
    char name[DNS_NAME_TEXT_MAX];
    if (!dns_name_within(record->owner, dns_name_view(&transfer->apex)))
        return wrong(transfer, "%.150s is outside of the zone", dns_name_to_text(record->owner, name));
    if (is_soa && (record->owner.length != transfer->apex.length ||
                   dns_rdata_soa(record->rdata, record->rdata_length, &soa) != DNS_OK))
        return wrong(transfer, "a SOA record is malformed or not of the zone's own name");
    if (++transfer->records > transfer->records_max)
        return wrong(transfer, "more than %zu records", transfer->records_max);
    switch (transfer->expected) {
    case EXPECT_FIRST:
        return take_first(transfer, record, soa.serial);
    case EXPECT_SECOND:
        return take_second(transfer, record, soa.serial);
    case EXPECT_RECORD:
        return take_of_zone(transfer, record);
    case EXPECT_REMOVED:
        return take_removed(transfer, record, soa.serial);
    case EXPECT_ADDED:
        return take_added(transfer, record, soa.serial);
    case EXPECT_NOTHING:
        break;
    }
    return wrong(transfer, "there are records behind the last SOA record");
}

static bool take_records(struct transfer_in *transfer, struct dns_message *message)
{
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++) {
        const struct dns_record *each = &message->section[DNS_ANSWER][i];
        struct dns_name_buffer owner;
        uint16_t length;
        if (each->class != DNS_CLASS_IN || dns_message_name(message, each->owner, &owner) != DNS_OK ||
            dns_rdata_expand(message, each, transfer->rdata, sizeof transfer->rdata, &length) != DNS_OK)
            return wrong(transfer, "record %zu is malformed or not of class IN", transfer->records + 1);
        if (each->type == DNS_TYPE_RRSIG && length < 2)
            return wrong(transfer, "record %zu is malformed", transfer->records + 1);
        struct zone_record record = {dns_name_view(&owner), each->type, length, each->ttl, transfer->rdata};
        if (!take_record(transfer, &record))
            return false;
    }
    return true;
}

/* -- messages ----------------------------------------------------------------------------------- */

static bool check_header(struct transfer_in *transfer, const struct dns_message *message)
{
    char text[DNS_TYPE_TEXT_MAX];
    if (!message->response || message->opcode != DNS_OPCODE_QUERY || message->id != transfer->id)
        return wrong(transfer, "a message is no answer to what was asked");
    if (message->rcode != DNS_RCODE_NOERROR) {
        wrong(transfer, "the primary says %s", dns_rcode_to_text(message->rcode, text));
        if (transfer->type == DNS_TYPE_IXFR && transfer->messages == 0 &&
            (message->rcode == DNS_RCODE_NOTIMP || message->rcode == DNS_RCODE_FORMERR))
            transfer->state = TRANSFER_IN_UNSUPPORTED;
        return false;
    }
    if (message->truncated)
        return wrong(transfer, "a message is truncated");
    if (message->questions > 1 || (message->questions == 0 && transfer->messages == 0))
        return wrong(transfer, "the question is missing");
    if (message->questions == 1 &&
        (message->qtype != transfer->type || message->qclass != DNS_CLASS_IN ||
         !dns_name_equal(dns_name_view(&message->qname), dns_name_view(&transfer->apex))))
        return wrong(transfer, "a message is for another question");
    if (message->count[DNS_ANSWER] == 0)
        return wrong(transfer, "a message has no records");
    return true;
}

static bool check_signature(struct transfer_in *transfer, struct dns_message *message, uint64_t now)
{
    struct tsig_record record;
    char text[TSIG_COMPLAINT_MAX];
    enum tsig_verdict verdict = tsig_verify(&transfer->chain, message, now, &record);
    return verdict == TSIG_GOOD || verdict == TSIG_UNSIGNED ||
           wrong(transfer, "%s", tsig_complaint(message, verdict, &record, text));
}

/* The whole is there, or this message says that there is nothing new. */
static enum transfer_in_state conclude(struct transfer_in *transfer, const struct dns_message *message)
{
    bool ours = transfer->old != NULL && !serial_newer(transfer->serial, zone_serial(transfer->old));
    if (transfer->expected == EXPECT_SECOND && message->count[DNS_ANSWER] == 1 && transfer->messages == 0 &&
        ours)
        return TRANSFER_IN_UP_TO_DATE;
    if (transfer->expected != EXPECT_NOTHING)
        return TRANSFER_IN_MORE;
    if (transfer->chain.unsigned_messages == 0)
        return TRANSFER_IN_COMPLETE;
    wrong(transfer, "the last message is not signed");
    return TRANSFER_IN_FAILED;
}

enum transfer_in_state transfer_in_message(struct transfer_in *transfer, const uint8_t *wire, size_t length,
                                           uint64_t now)
{
    struct dns_message message;
    if (transfer->state != TRANSFER_IN_MORE)
        return transfer->state;
    transfer->octets += length;
    if (transfer->octets > transfer->octets_max)
        wrong(transfer, "more than %llu octets", (unsigned long long)transfer->octets_max);
    else if (dns_message_parse(&message, wire, length, transfer->record, DNS_RECORDS_MAX) != DNS_OK)
        wrong(transfer, "message %zu is malformed", transfer->messages + 1);
    else if (check_signature(transfer, &message, now) && check_header(transfer, &message) &&
             take_records(transfer, &message))
        transfer->state = conclude(transfer, &message);
    transfer->messages++;
    return transfer->state;
}

struct zone *transfer_in_finish(struct transfer_in *transfer, struct zone_problems *problems)
{
    if (transfer->state != TRANSFER_IN_COMPLETE)
        return NULL;
    if (transfer->incremental)
        return zone_with_deltas(transfer->old, transfer->delta, transfer->delta_count, problems);
    zone_builder_report(transfer->builder, problems);
    struct zone *zone = zone_builder_finish(transfer->builder);
    transfer->builder = NULL;
    if (zone != NULL)
        zone_follow(zone, transfer->old);
    return zone;
}
