/*
 * What a server's packet says, for the name and type that were asked of a server of a zone. Pure: looks
 * at the message only. Whatever lies outside the zone is not looked at.
 */
#ifndef RESOLVER_RESPONSE_H
#define RESOLVER_RESPONSE_H

#include "dns/message.h"

/* The first four are what a server of the zone says of the name itself. */
enum response_kind {
    RESPONSE_ANSWER, /* records of the name and type */
    RESPONSE_ALIAS,  /* a CNAME of the name, or a DNAME above it */
    RESPONSE_NXDOMAIN,
    RESPONSE_NODATA,
    RESPONSE_REFERRAL, /* to the zone `cut` */
    RESPONSE_LAME,     /* does not serve the zone */
    RESPONSE_NO_EDNS,  /* FORMERR or NOTIMP, without EDNS of its own */
    RESPONSE_FAILED,   /* SERVFAIL and other errors */
};

struct response {
    enum response_kind kind;
    const struct dns_record *dname; /* RESPONSE_ANSWER, RESPONSE_ALIAS: response_dname(), or NULL */
    struct dns_name_buffer dname_owner;
    const struct dns_record *soa; /* RESPONSE_NXDOMAIN, RESPONSE_NODATA, RESPONSE_ALIAS: or NULL */
    struct dns_name_buffer soa_owner;
    struct dns_name_buffer cut;
    const char *text; /* for people: "referral", "it is lame: ..." */
};

/* `recursive`: it is another resolver's, which needs no authority to say something, and whose referrals are no
   help. */
void response_read(struct response *response, struct dns_message *message, struct dns_name zone,
                   struct dns_name asked, uint16_t type, bool recursive);

/* The DNAME of the answer section that an answer for `name` from a server of `zone` begins with: the first one whose
   owner is above the name and in the zone (RFC 6672 §3.2). It goes before all else there is for the name. NULL when
   there is none. */
const struct dns_record *response_dname(struct dns_message *message, struct dns_name zone,
                                        struct dns_name name, struct dns_name_buffer *owner);

/* The SOA of the authority section that can vouch for the absence of `name` in `zone`: its owner is at
   or above the name, and in the zone. NULL when there is none. */
const struct dns_record *response_soa(struct dns_message *message, struct dns_name zone, struct dns_name name,
                                      struct dns_name_buffer *owner);

#endif
