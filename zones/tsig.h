/*
 * Transaction signatures (RFC 8945): messages between servers that share a secret, signed with HMAC-SHA-256, -384 or
 * -512. No socket and no clock here; the time, in seconds of 1970, comes with each call.
 *
 * A chain is one conversation: a request, its response, and for a transfer all the messages of that. Each signature is
 * made over the one before, so that both sides keep a chain, and use it in the order of the messages.
 *
 *      who asks                                            who answers
 *      tsig_chain_start(&chain, key)                       verdict = tsig_verify_request(&message, keys, count, now,
 *      tsig_sign(&chain, wire, &length, capacity, now)                                   &chain, &record)
 *      ... verdict = tsig_verify(&chain, &message, now)    tsig_sign(&chain, wire, &length, capacity, now), for each
 *      tsig_chain_end(&chain)                              tsig_chain_end(&chain)
 *
 * A response with `verdict` other than TSIG_GOOD is made by tsig_refuse().
 */
#ifndef ZONES_TSIG_H
#define ZONES_TSIG_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

enum {
    TSIG_SECRET_MAX = 512, /* octets of a secret; more than a hash's block (128) gives no more security */
    TSIG_MAC_MAX = 64,
    TSIG_FUDGE = 300,         /* seconds that the clocks may differ, RFC 8945 §10 */
    TSIG_UNSIGNED_MAX = 99,   /* messages of a transfer between two that are signed, RFC 8945 §5.3.1 */
    TSIG_COMPLAINT_MAX = 160, /* octets of tsig_complaint() */
    TSIG_SIZE_MAX = 3 * DNS_NAME_MAX, /* octets that tsig_sign() or tsig_refuse() add at most */
};

enum tsig_algorithm { TSIG_HMAC_SHA256, TSIG_HMAC_SHA384, TSIG_HMAC_SHA512, TSIG_ALGORITHMS };

struct tsig_key {
    struct dns_name_buffer name;
    enum tsig_algorithm algorithm;
    uint8_t
        mac_length; /* octets of the MAC: all of the hash, or fewer that were agreed on (RFC 8945 §5.2.2.1) */
    uint16_t secret_length;
    uint8_t secret[TSIG_SECRET_MAX];
};

/* "hmac-sha256", also with the bits of truncated MACs, "hmac-sha512-256". False: unknown, or the bits are no multiple
   of 8, more than the hash has, or fewer than 80 or half of that. */
bool tsig_algorithm_from_text(const char *text, enum tsig_algorithm *algorithm, uint8_t *mac_length);
const char *tsig_algorithm_text(enum tsig_algorithm algorithm);

/* What is thought of a message. Those from 16 are codes on the wire, RFC 8945 §3. */
enum tsig_verdict {
    TSIG_GOOD,
    TSIG_UNSIGNED,   /* there is no signature; in a transfer it may come with a later message */
    TSIG_MALFORMED,  /* FORMERR */
    TSIG_PEER_ERROR, /* well signed, and says what the peer did not like: the record's error */
    TSIG_BADSIG = 16,
    TSIG_BADKEY = 17,
    TSIG_BADTIME = 18,
    TSIG_BADTRUNC = 22,
};

/* "the MAC is wrong (BADSIG)": a clause, also for a code of a peer's. */
const char *tsig_text(unsigned verdict);

/* A TSIG record as it came. Views are into the message. */
struct tsig_record {
    uint16_t start; /* of the record: the message without it ends here */
    struct dns_name_buffer key;
    struct dns_name algorithm;
    uint64_t time;
    uint16_t fudge, original_id, error;
    uint16_t mac_length, other_length;
    const uint8_t *mac, *other;
};

/* TSIG_GOOD (there is one, and nothing has been checked), TSIG_UNSIGNED, TSIG_MALFORMED: not the last record, twice, or
   not of its form. `message` is parsed, and its wire is whole. */
enum tsig_verdict tsig_find(struct dns_message *message, struct tsig_record *record);

/* All zero: no chain. */
struct tsig_chain {
    const struct tsig_key *key; /* the caller's; NULL: messages are not signed */
    unsigned messages; /* that were signed: 0 the request is next, 1 the first response, then later ones */
    unsigned unsigned_messages; /* since then; at the end of a transfer there must be none */
    uint8_t mac_length;         /* octets of our MACs */
    uint8_t prior_length;
    uint8_t prior[TSIG_MAC_MAX]; /* the last MAC, as it was sent */
    EVP_MAC_CTX *open;           /* a digest that has the unsigned messages, or NULL */
};

/* `key` may be NULL: then nothing is signed, and responses must not be. */
void tsig_chain_start(struct tsig_chain *chain, const struct tsig_key *key);
void tsig_chain_end(struct tsig_chain *chain);

/* Adds the record to a finished message and counts it in its header. False when it does not fit or OpenSSL has no memory;
   the message is as before then. Without a key it does nothing, and that well. */
bool tsig_sign(struct tsig_chain *chain, uint8_t *wire, size_t *length, size_t capacity, uint64_t now);

/* Octets that it adds. */
size_t tsig_size(const struct tsig_chain *chain);

/* A response. TSIG_UNSIGNED: no signature, and that may be so for now, since it is not the first response, and the last
   signed one was not TSIG_UNSIGNED_MAX messages ago; or there is no key, and needs to be no signature. Where there
   must be one and is none it says TSIG_BADSIG, and where there is one without a key TSIG_BADKEY.
   `record` may be NULL. */
enum tsig_verdict tsig_verify(struct tsig_chain *chain, struct dns_message *message, uint64_t now,
                              struct tsig_record *record);

/* Why a response whose `verdict` tsig_verify() gave is not believed, with the code that the peer gives: a clause. */
const char *tsig_complaint(struct dns_message *message, enum tsig_verdict verdict,
                           const struct tsig_record *record, char text[TSIG_COMPLAINT_MAX]);

/* A request, by one of `count` keys. `chain` is started with that key, for the response, where the verdict is
   TSIG_GOOD, TSIG_BADTIME or TSIG_BADTRUNC; otherwise it has no key. */
enum tsig_verdict tsig_verify_request(struct dns_message *message, const struct tsig_key *const *keys,
                                      size_t count, uint64_t now, struct tsig_chain *chain,
                                      struct tsig_record *record);

/* Ends an error response to such a request: RFC 8945 §5.2 wants NOTAUTH with the code, signed where the MAC was good.
   Its rcode is set. False as with tsig_sign(). */
bool tsig_refuse(struct tsig_chain *chain, const struct tsig_record *record, enum tsig_verdict verdict,
                 uint8_t *wire, size_t *length, size_t capacity, uint64_t now);

#endif
