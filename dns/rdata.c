#include "dns/rdata.h"

#include <string.h>

#include "dns/octets.h"
#include "dns/walk.h"

/* What lies in the rdata of a type with names: fixed octets, character-strings, names, then fixed
   octets again, or anything where `rest`. */
struct layout {
    uint16_t type;
    uint8_t before, strings, names, after;
    bool rest;
    bool compressed; /* the names may be compressed; otherwise they are only checked */
};

static const struct layout layouts[] = {
    {DNS_TYPE_NS, 0, 0, 1, 0, false, true},
    {3, 0, 0, 1, 0, false, true}, /* MD */
    {4, 0, 0, 1, 0, false, true}, /* MF */
    {DNS_TYPE_CNAME, 0, 0, 1, 0, false, true},
    {DNS_TYPE_SOA, 0, 0, 2, 20, false, true},
    {7, 0, 0, 1, 0, false, true}, /* MB */
    {8, 0, 0, 1, 0, false, true}, /* MG */
    {9, 0, 0, 1, 0, false, true}, /* MR */
    {DNS_TYPE_PTR, 0, 0, 1, 0, false, true},
    {14, 0, 0, 2, 0, false, true}, /* MINFO */
    {DNS_TYPE_MX, 2, 0, 1, 0, false, true},
    {17, 0, 0, 2, 0, false, true},              /* RP, RFC 1183 */
    {18, 2, 0, 1, 0, false, true},              /* AFSDB, RFC 1183 */
    {21, 2, 0, 1, 0, false, true},              /* RT, RFC 1183 */
    {DNS_TYPE_SIG, 18, 0, 1, 0, true, true},    /* RFC 2535 */
    {26, 2, 0, 2, 0, false, true},              /* PX, RFC 2163 */
    {30, 0, 0, 1, 0, true, true},               /* NXT, RFC 2535 */
    {DNS_TYPE_SRV, 6, 0, 1, 0, false, true},    /* RFC 2782 */
    {35, 4, 3, 1, 0, false, true},              /* NAPTR, RFC 3403 */
    {36, 2, 0, 1, 0, false, true},              /* KX, RFC 2230 */
    {DNS_TYPE_DNAME, 0, 0, 1, 0, false, true},  /* RFC 6672 */
    {DNS_TYPE_RRSIG, 18, 0, 1, 0, true, false}, /* RFC 4034 §3.1.7 */
    {DNS_TYPE_NSEC, 0, 0, 1, 0, true, false},   /* RFC 4034 §4.1.1 */
    {64, 2, 0, 1, 0, true, false},              /* SVCB, RFC 9460 §2.2 */
    {65, 2, 0, 1, 0, true, false},              /* HTTPS */
    {107, 2, 0, 1, 0, false, false},            /* LP, RFC 6742 */
};

enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

static const struct layout *find_layout(uint16_t type)
{
    for (unsigned i = 0; i < LAYOUTS; i++)
        if (layouts[i].type == type)
            return &layouts[i];
    return NULL;
}

/* From one place to another, both with their bounds. */
struct expansion {
    struct dns_message *message;
    size_t at, end; /* in the message */
    uint8_t *to;
    size_t used, capacity;
};

static enum dns_error copy_octets(struct expansion *expansion, size_t octets)
{
    if (expansion->end - expansion->at < octets)
        return DNS_ERROR_RDATA;
    if (expansion->capacity - expansion->used < octets)
        return DNS_ERROR_SPACE;
    if (octets > 0)
        memcpy(expansion->to + expansion->used, expansion->message->wire + expansion->at, octets);
    expansion->at += octets;
    expansion->used += octets;
    return DNS_OK;
}

static enum dns_error copy_string(struct expansion *expansion)
{
    if (expansion->at >= expansion->end)
        return DNS_ERROR_RDATA;
    return copy_octets(expansion, 1 + (size_t)expansion->message->wire[expansion->at]);
}

static enum dns_error copy_plain_name(struct expansion *expansion)
{
    struct dns_name name;
    if (dns_name_from_wire(expansion->message->wire + expansion->at, expansion->end - expansion->at, &name) !=
        DNS_OK)
        return DNS_ERROR_RDATA;
    return copy_octets(expansion, name.length);
}

static enum dns_error copy_name(struct expansion *expansion)
{
    struct dns_message *message = expansion->message;
    struct dns_name_buffer name;
    size_t after;
    /* Nothing behind the rdata may be read; pointers only go backward. */
    enum dns_error error =
        dns_walk_name(message->wire, expansion->end, expansion->at, &message->pointers_left, &name, &after);
    if (error == DNS_ERROR_SHORT)
        return DNS_ERROR_RDATA;
    if (error != DNS_OK)
        return error;
    if (expansion->capacity - expansion->used < name.length)
        return DNS_ERROR_SPACE;
    memcpy(expansion->to + expansion->used, name.wire, name.length);
    expansion->used += name.length;
    expansion->at = after;
    return DNS_OK;
}

static enum dns_error copy_layout(struct expansion *expansion, const struct layout *layout)
{
    enum dns_error error = copy_octets(expansion, layout->before);
    for (unsigned i = 0; i < layout->strings && error == DNS_OK; i++)
        error = copy_string(expansion);
    for (unsigned i = 0; i < layout->names && error == DNS_OK; i++)
        error = layout->compressed ? copy_name(expansion) : copy_plain_name(expansion);
    if (error != DNS_OK)
        return error;
    return copy_octets(expansion, layout->rest ? expansion->end - expansion->at : layout->after);
}

enum dns_error dns_rdata_expand(struct dns_message *message, const struct dns_record *record, uint8_t *to,
                                size_t capacity, uint16_t *length)
{
    struct expansion expansion = {
        .message = message,
        .at = record->rdata,
        .end = (size_t)record->rdata + record->rdata_length,
        .to = to,
        .capacity = capacity < DNS_RDATA_MAX ? capacity : DNS_RDATA_MAX,
    };
    if (record->class == DNS_CLASS_IN) {
        if (record->type == DNS_TYPE_A && record->rdata_length != 4)
            return DNS_ERROR_RDATA;
        if (record->type == DNS_TYPE_AAAA && record->rdata_length != 16)
            return DNS_ERROR_RDATA;
    }
    const struct layout *layout = find_layout(record->type);
    enum dns_error error =
        layout != NULL ? copy_layout(&expansion, layout) : copy_octets(&expansion, record->rdata_length);
    if (error != DNS_OK)
        return error;
    if (expansion.at != expansion.end)
        return DNS_ERROR_RDATA;
    *length = (uint16_t)expansion.used;
    return DNS_OK;
}

enum dns_error dns_rdata_soa(const uint8_t *rdata, size_t length, struct dns_soa *soa)
{
    if (dns_name_from_wire(rdata, length, &soa->primary) != DNS_OK)
        return DNS_ERROR_RDATA;
    size_t at = soa->primary.length;
    if (dns_name_from_wire(rdata + at, length - at, &soa->mailbox) != DNS_OK)
        return DNS_ERROR_RDATA;
    at += soa->mailbox.length;
    if (length - at != 20)
        return DNS_ERROR_RDATA;
    soa->serial = get32(rdata + at);
    soa->refresh = get32(rdata + at + 4);
    soa->retry = get32(rdata + at + 8);
    soa->expire = get32(rdata + at + 12);
    soa->minimum = get32(rdata + at + 16);
    return DNS_OK;
}

enum dns_error dns_rdata_target(uint16_t type, const uint8_t *rdata, size_t length, struct dns_name *target)
{
    size_t before = 0;
    switch (type) {
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR:
    case DNS_TYPE_DNAME:
        break;
    case DNS_TYPE_MX:
        before = 2;
        break;
    case DNS_TYPE_SRV:
        before = 6;
        break;
    default:
        return DNS_ERROR_RDATA;
    }
    if (length < before || dns_name_from_wire(rdata + before, length - before, target) != DNS_OK)
        return DNS_ERROR_RDATA;
    return before + target->length == length ? DNS_OK : DNS_ERROR_RDATA;
}
