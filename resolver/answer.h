/*
 * The answer to a question, put together piece by piece: a message without its header, the question at
 * offset 12, then the records of images (resolver/image.h), a chain of aliases one after the other.
 *
 * The hit path is answer_start(), answer_from_cache(), reply_finish() (resolver/reply.h), all in the
 * buffer that is sent.
 */
#ifndef RESOLVER_ANSWER_H
#define RESOLVER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"
#include "dns/message.h"
#include "resolver/trust.h"

enum { ANSWER_EDE_TEXT = 192 };

struct answer {
    uint8_t *wire; /* the caller's; octets 0 to 11 are left for the header */
    size_t capacity, length;
    bool dnssec;            /* with signatures and proofs: for clients that have set DO */
    bool checking_disabled; /* for a client that checks by himself: remembered verdicts are passed over */
    enum trust trust;       /* of the pieces so far, the least */
    bool unsigned_cut;      /* the last piece: MARK_UNSIGNED_CUT */
    uint16_t count[DNS_SECTIONS];
    size_t authority; /* offset of the authority section's first record */
    size_t additional;
    uint16_t rcode;
    bool authoritative;             /* AA: from a zone of ours */
    int ede;                        /* enum dns_ede; DNS_EDE_NONE */
    char ede_text[ANSWER_EDE_TEXT]; /* "" for none */
    uint32_t ttl, age;    /* seconds left, seconds old: of the piece of the cache that was added last */
    uint8_t rank;         /* enum cache_rank, of it; 0: none was */
    uint32_t id;          /* of a failure (culprit.h); 0: none */
    uint16_t name_at;     /* offset of the name the chain has come to; 12 at the start */
    uint8_t aliases;      /* CNAMEs so far */
    uint16_t aside_count; /* proofs that belong to aliases, for the authority section: */
    size_t aside;         /* so many octets behind the capacity, until the answer is whole */
};

/* Begins: writes the question. `capacity` is at least 12 + 255 + 4 octets. Without `dnssec` it is for a client
   that has not set DO: signatures and proofs are left out. */
void answer_start(struct answer *answer, uint8_t *wire, size_t capacity, struct dns_name qname,
                  uint16_t qtype, bool dnssec);

/* Moves it into a larger buffer. */
void answer_move(struct answer *answer, uint8_t *wire, size_t capacity);

/* The name the chain has come to; a view into the answer. */
struct dns_name answer_name(const struct answer *answer);

/* Is the name that the chain has come to the owner of one of its aliases? */
bool answer_goes_in_circles(const struct answer *answer);

/* What became of an attempt to add to an answer. */
enum answer_added {
    ANSWER_ENDS,      /* the chain ends here: the answer is whole */
    ANSWER_GOES_ON,   /* an alias was added: answer_name() is its target */
    ANSWER_UNCHANGED, /* does not fit, or is malformed */
};

/* Adds the image of answer_name() that has been copied to wire + length: moves its owners, ages its
   TTLs, takes its counts. Of an alias, for a question of another type, the answer section, and the proof of a
   wildcard. An answer with signatures has no records beside the point: neither NS records nor addresses. */
enum answer_added answer_add_image(struct answer *answer, const struct cache_hit *hit, uint16_t qtype);

/* Appends all records of another answer, which is the answer to this one's answer_name(), and takes
   over its rcode and extended error. False when it does not fit. */
bool answer_append(struct answer *answer, const struct answer *rest);

/* Takes the signatures and proofs out of an answer that is whole, but those that were asked for
   (RFC 4035 §3.2.1). False when there are too many; the answer is not usable then. */
bool answer_leave_out_dnssec(struct answer *answer);

/* Makes it an answer without records: SERVFAIL and the like. */
void answer_fail(struct answer *answer, uint16_t rcode, int ede, const char *ede_text);
/* The text of its extended error with its id: "...; id f3a91c2". The text is cut where `room` is short, the id
   never; "" when there is neither, or no room for the id. Returns `text`. */
const char *answer_reason(const struct answer *answer, size_t room, char text[ANSWER_EDE_TEXT]);

enum answer_found {
    ANSWER_COMPLETE, /* the whole answer was in the cache */
    ANSWER_MISSING,  /* answer_name() has to be asked for; what was found before it is in place */
    ANSWER_NO_SPACE, /* the next piece does not fit into the buffer */
    ANSWER_TOO_LONG, /* more aliases than allowed */
};

/* Follows the chain through the cache from answer_name() on. */
enum answer_found answer_from_cache(struct answer *answer, struct cache *cache, uint16_t qtype, uint32_t now,
                                    unsigned aliases_max);

/* The closest names above (or at) a name of which the cache knows something; wire NULL: none. */
struct closest {
    struct dns_name nxdomain;   /* does not exist, and so nothing below it (RFC 8020) */
    struct dns_name dname;      /* has a DNAME; strictly above */
    struct dns_name delegation; /* the deepest zone cut known */
};
void answer_closest(struct cache *cache, struct dns_name name, uint32_t now, struct closest *closest);

/* Completes the answer with the NXDOMAIN of a name above answer_name(), or prolongs it by the alias that
   a DNAME above it makes (YXDOMAIN when that is too long a name, RFC 6672 §2.2). Only a validated DNAME
   is used for names it was not asked for: a forged one would take a whole tree. */
enum answer_added answer_from_closest(struct answer *answer, struct cache *cache,
                                      const struct closest *closest, uint32_t now);

/* A referral, for clients that do not want recursion: the deepest zone cut known, from the cache, else
   the root servers from `hints`. */
struct hints;
void answer_referral(struct answer *answer, struct cache *cache, const struct hints *hints, uint32_t now);

#endif
