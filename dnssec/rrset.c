#include "dnssec/rrset.h"

#include <string.h>

#include "dns/rdata.h"
#include "dns/types.h"
#include "dnssec/octets.h"

/* The type an RRset is filed under: an RRSIG's is the one it covers. */
static enum dns_error filed_type(const struct dns_message *message, const struct dns_record *record,
                                 uint16_t *type)
{
    *type = record->type;
    if (record->type != DNS_TYPE_RRSIG)
        return DNS_OK;
    if (record->rdata_length < 2)
        return DNS_ERROR_RDATA;
    *type = get16(message->wire + record->rdata);
    return DNS_OK;
}

static enum dns_error keep_owner(struct dnssec_gather *gather, const struct dns_name_buffer *owner,
                                 struct dns_name *kept)
{
    if (gather->capacity - gather->used < owner->length)
        return DNS_ERROR_SPACE;
    *kept = (struct dns_name){gather->octets + gather->used, owner->length};
    memcpy(gather->octets + gather->used, owner->wire, owner->length);
    gather->used += owner->length;
    return DNS_OK;
}

/* Which RRset a record belongs to; a new one where there is none yet. */
static enum dns_error file_record(struct dnssec_gather *gather, struct dns_message *message,
                                  const struct dns_record *record, struct dnssec_rrset *rrsets,
                                  unsigned capacity, unsigned *used, uint16_t *index)
{
    struct dns_name_buffer owner;
    uint16_t type;
    enum dns_error error = dns_message_name(message, record->owner, &owner);
    if (error == DNS_OK)
        error = filed_type(message, record, &type);
    if (error != DNS_OK)
        return error;
    unsigned i = 0;
    while (i < *used && !(rrsets[i].type == type && rrsets[i].class == record->class &&
                          dns_name_equal(rrsets[i].owner, dns_name_view(&owner))))
        i++;
    if (i == *used) {
        if (*used == capacity)
            return DNS_ERROR_TOO_MANY;
        rrsets[i] = (struct dnssec_rrset){.type = type, .class = record->class, .ttl = record->ttl};
        error = keep_owner(gather, &owner, &rrsets[i].owner);
        if (error != DNS_OK)
            return error;
        ++*used;
    }
    if (record->ttl < rrsets[i].ttl)
        rrsets[i].ttl = record->ttl;
    if (record->type == DNS_TYPE_RRSIG)
        rrsets[i].rrsig_count++;
    else
        rrsets[i].count++;
    *index = (uint16_t)i;
    return DNS_OK;
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

/* Gives every RRset its piece of the array of rdata, RRSIGs behind; the counts begin again at 0. */
static enum dns_error divide_rdata(struct dnssec_gather *gather, struct dnssec_rrset *rrsets, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned needed = rrsets[i].count + rrsets[i].rrsig_count;
        if (gather->rdata_capacity - gather->rdata_used < needed)
            return DNS_ERROR_TOO_MANY;
        rrsets[i].rdata = gather->rdata + gather->rdata_used;
        rrsets[i].rrsig = rrsets[i].rdata + rrsets[i].count;
        gather->rdata_used += needed;
        rrsets[i].count = rrsets[i].rrsig_count = 0;
    }
    return DNS_OK;
}

enum dns_error dnssec_gather_section(struct dnssec_gather *gather, struct dns_message *message,
                                     enum dns_section section, struct dnssec_rrset *rrsets, unsigned *count)
{
    uint16_t index[DNSSEC_GATHER_RECORDS];
    const struct dns_record *records = message->section[section];
    unsigned total = message->count[section], used = 0;
    if (total > DNSSEC_GATHER_RECORDS)
        return DNS_ERROR_TOO_MANY;
    enum dns_error error = DNS_OK;
    for (unsigned i = 0; i < total && error == DNS_OK; i++)
        error = file_record(gather, message, &records[i], rrsets, *count, &used, &index[i]);
    if (error == DNS_OK)
        error = divide_rdata(gather, rrsets, used);
    for (unsigned i = 0; i < total && error == DNS_OK; i++) {
        struct dnssec_rrset *rrset = &rrsets[index[i]];
        bool rrsig = records[i].type == DNS_TYPE_RRSIG;
        const struct dnssec_rdata *slot =
            rrsig ? rrset->rrsig + rrset->rrsig_count++ : rrset->rdata + rrset->count++;
        error = keep_rdata(gather, message, &records[i], &gather->rdata[slot - gather->rdata]);
    }
    *count = used;
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
