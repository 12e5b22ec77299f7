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

enum { ANSWER_EDE_TEXT = 192 };

struct answer {
    uint8_t *wire;                      /* the caller's; octets 0 to 11 are left for the header */
    size_t capacity, length;
    uint16_t count[DNS_SECTIONS];
    size_t authority;                   /* offset of the authority section's first record */
    size_t additional;
    uint16_t rcode;
    bool authoritative;                 /* AA: from a zone of ours */
    int ede;                            /* enum dns_ede; DNS_EDE_NONE */
    char ede_text[ANSWER_EDE_TEXT];     /* "" for none */
    uint16_t name_at;                   /* offset of the name the chain has come to; 12 at the start */
    uint8_t aliases;                    /* CNAMEs so far */
};

/* Begins: writes the question. `capacity` is at least 12 + 255 + 4 octets. */
void answer_start(struct answer *answer, uint8_t *wire, size_t capacity, struct dns_name qname, uint16_t qtype);

/* The name the chain has come to; a view into the answer. */
struct dns_name answer_name(const struct answer *answer);

/* Adds the image that has been copied to wire + length: moves its owners, ages its TTLs, takes its
   counts. When it is an alias for a question of another type, name_at moves on to the target and only
   its answer section is taken. False when the image is malformed or does not fit (answer unchanged). */
bool answer_add_image(struct answer *answer, const struct cache_hit *hit, uint16_t qtype);

/* Appends all records of another answer, which is the answer to this one's answer_name(), and takes
   over its rcode and extended error. False when it does not fit. */
bool answer_append(struct answer *answer, const struct answer *rest);

/* Makes it an answer without records: SERVFAIL and the like. */
void answer_fail(struct answer *answer, uint16_t rcode, int ede, const char *ede_text);

enum answer_found {
    ANSWER_COMPLETE,        /* the whole answer was in the cache */
    ANSWER_MISSING,         /* answer_name() has to be asked for; what was found before it is in place */
    ANSWER_TOO_LONG,        /* more aliases than allowed, or no space */
};

/* Follows the chain through the cache, from answer_name() on. `hash` is cache_hash() of that name where
   the caller has it already, else 0 and has_hash false. */
enum answer_found answer_from_cache(struct answer *answer, struct cache *cache, uint16_t qtype, uint32_t now,
                                    unsigned aliases_max);

/* Below a name that is known not to exist (RFC 8020), or below a DNAME that is in the cache: looks at
   the ancestors of answer_name() and completes or prolongs the answer. True when something was added;
   then the caller looks again. *complete says whether it was an NXDOMAIN. Off the hit path. */
bool answer_from_ancestors(struct answer *answer, struct cache *cache, uint32_t now, bool *complete);

#endif
