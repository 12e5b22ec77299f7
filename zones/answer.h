/*
 * What a zone answers: RFC 1034 §4.3.2 with RFC 4592's wildcards, DNAME (RFC 6672), negative answers (RFC 2308),
 * referrals with glue (RFC 9471), ANY as RFC 8482 has it, and for DO what RFC 4035 §3.1 and RFC 5155 §7.2 add,
 * as far as the zone has been signed.
 *
 * The answer is written behind a question, into the caller's buffer; nothing is allocated. The same zone may be
 * asked by any number of threads.
 *
 *      struct dns_builder builder;
 *      dns_builder_start(&builder, buffer, size - edns, id, DNS_FLAG_QR);
 *      dns_builder_question(&builder, qname, qtype, DNS_CLASS_IN);
 *      struct zone_question question = {qname, qtype, .dnssec = edns.dnssec_ok, .workspace = workspace};
 *      struct zone_answer answer;
 *      zone_answer(zone, &question, &builder, &answer);
 *      builder.capacity = size;
 *      dns_builder_edns(&builder, ...);
 *      length = dns_builder_finish(&builder);
 */
#ifndef ZONES_ANSWER_H
#define ZONES_ANSWER_H

#include "dns/builder.h"
#include "dnssec/workspace.h"
#include "zones/zone.h"

enum { ZONE_ALIASES_MAX = 16 }; /* CNAMEs that are followed within the zone for one question */

struct zone_question {
    struct dns_name qname; /* within the zone */
    uint16_t qtype;
    bool dnssec;  /* DO: with signatures and proofs */
    bool minimal; /* minimal-responses: no authority and additional section where they are not needed */
    struct dnssec_workspace *workspace; /* the thread's own, for NSEC3; NULL: answers without NSEC3 proofs */
};

enum zone_answer_kind {
    ZONE_ANSWERED, /* records, or that there are none; authoritative */
    ZONE_REFERRED, /* to the name servers of a zone below; a resolver goes on there */
    ZONE_ALIAS_OUT, /* an alias whose target is not in this zone, or for DS its own name: `target`; a resolver goes
                       on there */
    ZONE_TRUNCATED, /* it did not fit: TC is set and there are no records */
};

struct zone_answer {
    enum zone_answer_kind kind;
    uint16_t rcode;                /* NOERROR, NXDOMAIN, YXDOMAIN; in the header too */
    bool authoritative;            /* AA; in the header too */
    unsigned aliases;              /* CNAMEs in the answer section */
    size_t authority, additional;  /* offsets of those sections in the message */
    struct dns_name_buffer target; /* the name the chain has come to */
    struct dns_name cut;           /* where referred: the zone below; a view into the zone */
};

/* `builder` has been started and has the question. Sets AA, TC and the rcode in its header. */
void zone_answer(const struct zone *zone, const struct zone_question *question, struct dns_builder *builder,
                 struct zone_answer *answer);

#endif
