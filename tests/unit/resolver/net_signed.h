/*
 * Signed zones in the small internet (net.h). A zone is told how it is to be signed; net_publish() then makes
 * keys, DS records, chains of NSEC or NSEC3 records and signatures of all zones, and configures the engine with
 * the root's key as its trust anchor. Keys follow from the zone's name and a number.
 *
 *      struct net *net = net_small();
 *      net_sign(net, ".", (struct net_signing){0});
 *      net_sign(net, "com.", (struct net_signing){.nsec3 = true, .opt_out = true});
 *      net_publish(net);
 *      assert_int_equal(net_ask(net, "www.com", "A")->trust, TRUST_SECURE);
 *
 * What is to be wrong is made wrong after net_publish(): in the zone by net_damage(), at one server by net_behave().
 */
#ifndef TESTS_NET_SIGNED_H
#define TESTS_NET_SIGNED_H

#include "dnssec/policy.h"
#include "net.h"
#include "resolver/trust.h"

/* The clock on the wall at the beginning, 2027-01-15; signatures are valid from a day before they are made to two
   weeks after. */
enum { NET_WALL = 1800000000, NET_DAY = 86400 };

struct net_signing {
    uint8_t
        algorithm; /* 0: Ed25519; 16, 13 and 14 are computed as well, of all others only numbers are made */
    unsigned key;  /* which of the zone's keys: another number is another key */
    bool nsec3, opt_out;
    uint16_t iterations;
    uint8_t salt_length; /* octets of salt */
    bool island;         /* the parent has no DS records of it */
    uint8_t digest;      /* of the DS record; 0: SHA-256; of others but 4 only the number is right */
};

/* The zone is to be signed so from the next net_publish() on. */
void net_sign(struct net *net, const char *origin, struct net_signing how);
void net_unsign(struct net *net, const char *origin);

/* The time of day, before anything is signed. */
void net_set_wall(struct net *net, uint64_t wall);

/* Signs everything anew, at the present time. */
void net_publish(struct net *net);

/* What else the engine is told: changed by the test, then net_reconfigure(). */
struct validation *net_validation(struct net *net);
struct dnssec_policy *net_policy(struct net *net);
/* One more trust anchor: the key that the zone is signed with. */
void net_anchor(struct net *net, const char *origin);
void net_except(struct net *net, const char *name, uint64_t until);

enum net_damage {
    NET_CORRUPTED, /* another last bit of the signature */
    NET_STRIPPED,  /* no signature */
    NET_EXPIRED,   /* good until ten days ago */
    NET_FUTURE,    /* good from in ten days on */
    NET_REMOVED,   /* neither records nor signatures */
};
/* Of the RRset of a zone. */
void net_damage(struct net *net, const char *origin, const char *owner, const char *type,
                enum net_damage damage);
/* The tag of the key that the zone is signed with; and flags, protocol, algorithm and key, as named.conf's
   trust-anchors have them. */
uint16_t net_key_tag(struct net *net, const char *origin);
void net_key_text(struct net *net, const char *origin, char text[300]);

/* One record for the zone, as octets; `made`: net_publish() drops it, it is for damage afterwards. */
void net_record(struct net *net, const char *origin, struct dns_name owner, uint16_t type,
                const uint8_t *rdata, size_t length, bool made);
/* `count` RRSIG records of the RRset more, all wrong, in front of those that are there. */
void net_false_signatures(struct net *net, const char *origin, const char *owner, const char *type,
                          unsigned count);
/* Changes two octets at the end of DNSKEY rdata so that its tag becomes that one. */
void net_set_tag(uint8_t *rdata, size_t length, uint16_t tag);

/* As net_ask(), with CD set. */
const struct net_reply *net_ask_unchecked(struct net *net, const char *name, const char *type);

#endif
