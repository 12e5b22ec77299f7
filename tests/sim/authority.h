/* What a server of the world answers, when nothing goes wrong. */
#ifndef SIM_AUTHORITY_H
#define SIM_AUTHORITY_H

#include "dns/message.h"
#include "proof.h"
#include "world.h"

struct reply {
    uint8_t wire[DNS_MESSAGE_MAX];
    size_t length;
    int zone; /* that it speaks for; NONE: it does not know the name */
};

struct authority_options {
    bool strays;       /* forged records of other names in every section */
    bool without_edns; /* no OPT record */
    bool marked;       /* what it says out of place is so by its TTL, or SOA, that nobody may take it over */
    bool extras;       /* its additional records are handed on to clients: they are its word */
    enum spoilt spoilt;
    struct dice *dice; /* for the strays */
};

/* `udp`: truncated at the size the query allows. */
void authority_answer(const struct world *world, const struct server *server, const struct dns_message *query,
                      uint64_t now, bool udp, const struct authority_options *options, struct reply *reply);

/* A reply without records. */
void authority_bare(const struct dns_message *query, unsigned flags, struct reply *reply);

extern const uint8_t authority_forged_address[4];

/* What somebody who is not the server would like us to believe: a whole answer to the query. */
void authority_forge(const struct dns_message *query, struct dice *dice, struct reply *reply);

/* Refers to the root's servers. */
void authority_refer_upward(const struct world *world, const struct dns_message *query, struct reply *reply);

#endif
