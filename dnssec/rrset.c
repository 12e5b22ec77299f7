#include "dnssec/rrset.h"

#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"

/* RRsets that are being counted, before there is room for their rdata. */
struct filing {
    struct dnssec_rrset *rrsets;
    unsigned capacity, used;
    uint16_t index[DNSSEC_GATHER_RECORDS]; /* of each record's RRset */
};

/* The RRset for a record; one more where there is none yet, and then *added. An RRSIG is filed under the type
   that it covers. */
static enum dns_error file_record(struct filing *filing, const struct dnssec_record *record, unsigned number,
                                  bool *added)
{
    bool rrsig = record->type == DNS_TYPE_RRSIG;
    if (rrsig && record->rdata.length < 2)
        return DNS_ERROR_RDATA;
    uint16_t type = rrsig ? get16(record->rdata.octets) : record->type;
    unsigned i = 0;
    while (i < filing->used && !(filing->rrsets[i].type == type && filing->rrsets[i].class == record->class &&
                                 dns_name_equal(filing->rrsets[i].owner, record->owner)))
        i++;
    *added = i == filing->used;
    if (*added && i == filing->capacity)
        return DNS_ERROR_TOO_MANY;
    struct dnssec_rrset *rrset = &filing->rrsets[i];
    if (*added) {
        *rrset = (struct dnssec_rrset){
            .owner = record->owner, .type = type, .class = record->class, .ttl = record->ttl};
        filing->used++;
    }
    if (record->ttl < rrset->ttl)
        rrset->ttl = record->ttl;
    *(rrsig ? &rrset->rrsig_count : &rrset->count) += 1;
    filing->index[number] = (uint16_t)i;
    return DNS_OK;
}

/* Gives every RRset its piece of the array of rdata, RRSIGs behind; the counts begin again at 0. */
static enum dns_error divide_rdata(struct dnssec_gather *gather, const struct filing *filing)
{
    for (unsigned i = 0; i < filing->used; i++) {
        struct dnssec_rrset *rrset = &filing->rrsets[i];
        unsigned needed = rrset->count + rrset->rrsig_count;
        if (gather->rdata_capacity - gather->rdata_used < needed)
            return DNS_ERROR_TOO_MANY;
        rrset->rdata = gather->rdata + gather->rdata_used;
        rrset->rrsig = rrset->rdata + rrset->count;
        gather->rdata_used += needed;
        rrset->count = rrset->rrsig_count = 0;
    }
    return DNS_OK;
}

/* Where the rdata of a record goes, records in their order. */
static struct dnssec_rdata *next_slot(struct dnssec_gather *gather, const struct filing *filing,
                                      unsigned number, uint16_t type)
{
    struct dnssec_rrset *rrset = &filing->rrsets[filing->index[number]];
    const struct dnssec_rdata *slot =
        type == DNS_TYPE_RRSIG ? rrset->rrsig + rrset->rrsig_count++ : rrset->rdata + rrset->count++;
    return &gather->rdata[slot - gather->rdata];
}

/* --- records that are uncompressed --- */

enum dns_error dnssec_gather_records(struct dnssec_gather *gather, const struct dnssec_record *records,
                                     unsigned total, struct dnssec_rrset *rrsets, unsigned *count)
{
    struct filing filing = {.rrsets = rrsets, .capacity = *count};
    enum dns_error error = total > DNSSEC_GATHER_RECORDS ? DNS_ERROR_TOO_MANY : DNS_OK;
    bool added;
    for (unsigned i = 0; i < total && error == DNS_OK; i++)
        error = file_record(&filing, &records[i], i, &added);
    if (error == DNS_OK)
        error = divide_rdata(gather, &filing);
    for (unsigned i = 0; i < total && error == DNS_OK; i++)
        *next_slot(gather, &filing, i, records[i].type) = records[i].rdata;
    *count = filing.used;
    return error;
}

/* --- records of a message --- */

/* The owner of a new RRset is kept in the lent octets. */
static enum dns_error keep_owner(struct dnssec_gather *gather, struct dnssec_rrset *rrset)
{
    uint8_t *to = gather->octets + gather->used;
    if (gather->capacity - gather->used < rrset->owner.length)
        return DNS_ERROR_SPACE;
    memcpy(to, rrset->owner.wire, rrset->owner.length);
    gather->used += rrset->owner.length;
    rrset->owner.wire = to;
    return DNS_OK;
}

static enum dns_error file_message_record(struct dnssec_gather *gather, struct dns_message *message,
                                          const struct dns_record *from, struct filing *filing,
                                          unsigned number)
{
    struct dns_name_buffer owner;
    bool added;
    enum dns_error error = dns_message_name(message, from->owner, &owner);
    gather->work += DNSSEC_GATHER_NAME;
    if (error != DNS_OK)
        return error;
    struct dnssec_record record = {dns_name_view(&owner),
                                   from->type,
                                   from->class,
                                   from->ttl,
                                   {message->wire + from->rdata, from->rdata_length}};
    error = file_record(filing, &record, number, &added);
    gather->work += filing->index[number];
    return error == DNS_OK && added ? keep_owner(gather, &filing->rrsets[filing->used - 1]) : error;
}

static enum dns_error keep_rdata(struct dnssec_gather *gather, struct dns_message *message,
                                 const struct dns_record *record, struct dnssec_rdata *rdata)
{
    uint8_t *to = gather->octets + gather->used;
    enum dns_error error =
        dns_rdata_expand(message, record, to, gather->capacity - gather->used, &rdata->length);
    rdata->octets = to;
    if (error == DNS_OK)
        gather->used += rdata->length;
    return error;
}

enum dns_error dnssec_gather_section(struct dnssec_gather *gather, struct dns_message *message,
                                     enum dns_section section, struct dnssec_rrset *rrsets, unsigned *count)
{
    struct filing filing = {.rrsets = rrsets, .capacity = *count};
    const struct dns_record *records = message->section[section];
    unsigned total = message->count[section];
    enum dns_error error = total > DNSSEC_GATHER_RECORDS ? DNS_ERROR_TOO_MANY : DNS_OK;
    for (unsigned i = 0; i < total && error == DNS_OK; i++)
        error = file_message_record(gather, message, &records[i], &filing, i);
    if (error == DNS_OK)
        error = divide_rdata(gather, &filing);
    for (unsigned i = 0; i < total && error == DNS_OK; i++)
        error = keep_rdata(gather, message, &records[i], next_slot(gather, &filing, i, records[i].type));
    *count = filing.used;
    return error;
}

const struct dnssec_rrset *dnssec_rrset_find(const struct dnssec_rrset *rrsets, unsigned count,
                                             struct dns_name owner, uint16_t type, uint16_t class)
{
    for (unsigned i = 0; i < count; i++)
        if (rrsets[i].type == type && rrsets[i].class == class && dns_name_equal(rrsets[i].owner, owner))
            return &rrsets[i];
    return NULL;
}
