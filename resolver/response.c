#include "resolver/response.h"

const struct dns_record *response_dname(struct dns_message *message, struct dns_name zone,
                                        struct dns_name name, struct dns_name_buffer *owner)
{
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++) {
        const struct dns_record *record = &message->section[DNS_ANSWER][i];
        if (record->type != DNS_TYPE_DNAME || record->class != DNS_CLASS_IN ||
            dns_message_name(message, record->owner, owner) != DNS_OK)
            continue;
        struct dns_name at = dns_name_view(owner);
        if (at.length < name.length && dns_name_within(name, at) && dns_name_within(at, zone))
            return record;
    }
    return NULL;
}

/* What the answer section holds for the name: records of the type, else an alias. */
static bool read_answer(struct response *response, struct dns_message *message, struct dns_name zone,
                        struct dns_name asked, uint16_t type)
{
    response->dname = response_dname(message, zone, asked, &response->dname_owner);
    bool alias = response->dname != NULL;
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++) {
        const struct dns_record *record = &message->section[DNS_ANSWER][i];
        if (record->class != DNS_CLASS_IN)
            continue;
        if ((record->type == type || type == DNS_TYPE_ANY) && dns_message_owner_is(message, record, asked)) {
            response->kind = RESPONSE_ANSWER;
            response->text = "an answer";
            return true;
        }
        alias |= record->type == DNS_TYPE_CNAME && dns_message_owner_is(message, record, asked);
    }
    response->kind = RESPONSE_ALIAS;
    response->text = "an alias";
    return alias;
}

const struct dns_record *response_soa(struct dns_message *message, struct dns_name zone, struct dns_name name,
                                      struct dns_name_buffer *owner)
{
    for (unsigned i = 0; i < message->count[DNS_AUTHORITY]; i++) {
        const struct dns_record *record = &message->section[DNS_AUTHORITY][i];
        if (record->type != DNS_TYPE_SOA || record->class != DNS_CLASS_IN ||
            dns_message_name(message, record->owner, owner) != DNS_OK)
            continue;
        if (dns_name_within(name, dns_name_view(owner)) && dns_name_within(dns_name_view(owner), zone))
            return record;
    }
    return NULL;
}

enum ns_seen { NS_NONE, NS_BELOW, NS_SAME, NS_ELSEWHERE };

/* Where the NS records of the authority section point: to a zone below this one that the name is in, to
   this zone itself, or somewhere that is none of its business. */
static enum ns_seen read_ns(struct response *response, struct dns_message *message, struct dns_name zone,
                            struct dns_name asked)
{
    enum ns_seen seen = NS_NONE;
    struct dns_name_buffer owner;
    for (unsigned i = 0; i < message->count[DNS_AUTHORITY]; i++) {
        const struct dns_record *record = &message->section[DNS_AUTHORITY][i];
        if (record->type != DNS_TYPE_NS || record->class != DNS_CLASS_IN ||
            dns_message_name(message, record->owner, &owner) != DNS_OK)
            continue;
        struct dns_name at = dns_name_view(&owner);
        if (dns_name_equal(at, zone)) {
            seen = NS_SAME;
        } else if (dns_name_within(at, zone) && dns_name_within(asked, at)) {
            dns_name_copy(&response->cut, dns_name_suffix(asked, dns_name_labels(at)));
            return NS_BELOW;
        } else if (seen == NS_NONE) {
            seen = NS_ELSEWHERE;
        }
    }
    return seen;
}

static void set(struct response *response, enum response_kind kind, const char *text)
{
    response->kind = kind;
    response->text = text;
}

static bool has_owner(struct dns_message *message, struct dns_name name)
{
    for (unsigned i = 0; i < message->count[DNS_ANSWER]; i++)
        if (dns_message_owner_is(message, &message->section[DNS_ANSWER][i], name))
            return true;
    return false;
}

static const char *error_to_text(unsigned rcode)
{
    switch (rcode) {
    case DNS_RCODE_FORMERR:
        return "it answers FORMERR";
    case DNS_RCODE_SERVFAIL:
        return "it answers SERVFAIL";
    case DNS_RCODE_NOTIMP:
        return "it answers NOTIMP";
    case DNS_RCODE_BADVERS:
        return "it answers BADVERS to EDNS version 0";
    default:
        return "it answers with an error";
    }
}

static void read_rcode(struct response *response, const struct dns_message *message)
{
    bool edns_unknown =
        (message->rcode == DNS_RCODE_FORMERR || message->rcode == DNS_RCODE_NOTIMP) && !message->edns.present;
    if (edns_unknown)
        set(response, RESPONSE_NO_EDNS, "it does not know EDNS");
    else if (message->rcode == DNS_RCODE_REFUSED || message->rcode == DNS_RCODE_NOTAUTH)
        set(response, RESPONSE_LAME, "it refuses to answer for this zone");
    else
        set(response, RESPONSE_FAILED, error_to_text(message->rcode));
}

/* DS records are the parent's; the child knows of none (RFC 4035 §3.1.4.1). */
static bool is_childs_word(const struct response *response, struct dns_name zone, struct dns_name asked,
                           uint16_t type)
{
    return type == DNS_TYPE_DS && response->soa != NULL && asked.length > zone.length &&
           dns_name_equal(dns_name_view(&response->soa_owner), asked);
}

static void read_absence(struct response *response, struct dns_message *message, struct dns_name zone,
                         struct dns_name asked, uint16_t type, bool recursive)
{
    enum ns_seen ns = read_ns(response, message, zone, asked);
    response->soa = response_soa(message, zone, asked, &response->soa_owner);
    bool vouched = response->soa != NULL || message->authoritative || (recursive && ns == NS_NONE);
    bool own_word = response->soa != NULL && message->authoritative;
    if (is_childs_word(response, zone, asked, type))
        set(response, RESPONSE_LAME, "it speaks for the child, not for the parent");
    else if (message->rcode == DNS_RCODE_YXDOMAIN)
        set(response, RESPONSE_FAILED, "it says YXDOMAIN without a DNAME");
    else if (message->rcode == DNS_RCODE_NXDOMAIN)
        set(response, vouched ? RESPONSE_NXDOMAIN : RESPONSE_LAME,
            vouched ? "no such name" : "it denies the name without authority");
    else if (ns == NS_BELOW && response->soa == NULL)
        set(response, recursive ? RESPONSE_LAME : RESPONSE_REFERRAL,
            recursive ? "it refers elsewhere instead of recursing" : "a referral");
    else if (own_word || (vouched && ns != NS_ELSEWHERE))
        set(response, RESPONSE_NODATA, "no such data");
    else if (ns == NS_NONE)
        set(response, RESPONSE_LAME, "it answers nothing, without authority");
    else
        set(response, RESPONSE_LAME, "it refers upward or to itself");
}

void response_read(struct response *response, struct dns_message *message, struct dns_name zone,
                   struct dns_name asked, uint16_t type, bool recursive)
{
    response->soa = NULL;
    response->dname = NULL;
    bool definite = message->rcode == DNS_RCODE_NOERROR || message->rcode == DNS_RCODE_NXDOMAIN ||
                    message->rcode == DNS_RCODE_YXDOMAIN;
    if (!definite)
        read_rcode(response, message);
    else if (!read_answer(response, message, zone, asked, type)) {
        if (message->count[DNS_ANSWER] == 0 || message->rcode == DNS_RCODE_NXDOMAIN)
            read_absence(response, message, zone, asked, type, recursive);
        else if (has_owner(message, asked))
            set(response, RESPONSE_NODATA, "records of another type");
        else
            set(response, RESPONSE_LAME, "its records answer another question");
    }
}
