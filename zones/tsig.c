#include "zones/tsig.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/octets.h"
#include "dns/types.h"

enum {
    RECORD_FIXED = 10, /* type, class, TTL, length */
    BEFORE_MAC = 10,   /* behind the algorithm's name: time, fudge, length of the MAC */
    BEHIND_MAC = 6,    /* original ID, error, length of other data */
    TIMERS = 8,        /* time and fudge */
    BADTIME_OTHER = 6, /* the server's time, RFC 8945 §5.2.3 */
    MAC_MIN = 10,      /* octets of a truncated MAC, or half of the whole, RFC 8945 §5.2.2.1 */
    MESSAGES_TO_COUNT = 2,
};

static const struct {
    const char *text, *digest;
    const uint8_t *name;
    uint8_t name_length, mac_length;
} algorithms[TSIG_ALGORITHMS] = {
    [TSIG_HMAC_SHA256] = {"hmac-sha256", "SHA256", (const uint8_t *)"\13hmac-sha256", 13, 32},
    [TSIG_HMAC_SHA384] = {"hmac-sha384", "SHA384", (const uint8_t *)"\13hmac-sha384", 13, 48},
    [TSIG_HMAC_SHA512] = {"hmac-sha512", "SHA512", (const uint8_t *)"\13hmac-sha512", 13, 64},
};

static unsigned mac_least(enum tsig_algorithm algorithm)
{
    unsigned half = algorithms[algorithm].mac_length / 2;
    return half > MAC_MIN ? half : MAC_MIN;
}

static struct dns_name algorithm_name(enum tsig_algorithm algorithm)
{
    return (struct dns_name){algorithms[algorithm].name, algorithms[algorithm].name_length};
}

bool tsig_algorithm_from_text(const char *text, enum tsig_algorithm *algorithm, uint8_t *mac_length)
{
    for (unsigned i = 0; i < TSIG_ALGORITHMS; i++) {
        size_t length = strlen(algorithms[i].text);
        if (strncasecmp(text, algorithms[i].text, length) != 0)
            continue;
        *algorithm = (enum tsig_algorithm)i;
        *mac_length = algorithms[i].mac_length;
        if (text[length] == '\0' || (text[length] == '.' && text[length + 1] == '\0'))
            return true;
        char *end;
        unsigned long bits = text[length] == '-' ? strtoul(text + length + 1, &end, 10) : 0;
        if (bits == 0 || *end != '\0' || bits % 8 != 0 || bits / 8 > *mac_length ||
            bits / 8 < mac_least((enum tsig_algorithm)i))
            return false;
        *mac_length = (uint8_t)(bits / 8);
        return true;
    }
    return false;
}

const char *tsig_algorithm_text(enum tsig_algorithm algorithm)
{
    return algorithms[algorithm].text;
}

const char *tsig_text(unsigned verdict)
{
    switch (verdict) {
    case TSIG_GOOD:
        return "it is signed";
    case TSIG_UNSIGNED:
        return "it is not signed";
    case TSIG_MALFORMED:
        return "its TSIG record is malformed";
    case TSIG_PEER_ERROR:
        return "the peer found a mistake in our signature";
    case TSIG_BADSIG:
        return "the MAC is wrong (BADSIG): the secrets differ";
    case TSIG_BADKEY:
        return "the key is not known (BADKEY): name or algorithm differ";
    case TSIG_BADTIME:
        return "the clocks differ too much (BADTIME)";
    case TSIG_BADTRUNC:
        return "the MAC is too short (BADTRUNC)";
    default:
        return "an unknown TSIG error";
    }
}

/* -- reading ------------------------------------------------------------------------------------ */

static bool read_rdata(struct tsig_record *record, const uint8_t *at, size_t left)
{
    if (dns_name_from_wire(at, left, &record->algorithm) != DNS_OK)
        return false;
    at += record->algorithm.length;
    left -= record->algorithm.length;
    if (left < BEFORE_MAC)
        return false;
    record->time = (uint64_t)get16(at) << 32 | get32(at + 2);
    record->fudge = get16(at + 6);
    record->mac_length = get16(at + 8);
    record->mac = at + BEFORE_MAC;
    left -= BEFORE_MAC;
    if (left < record->mac_length || left - record->mac_length < BEHIND_MAC)
        return false;
    at = record->mac + record->mac_length;
    left -= record->mac_length + (size_t)BEHIND_MAC;
    record->original_id = get16(at);
    record->error = get16(at + 2);
    record->other_length = get16(at + 4);
    record->other = at + BEHIND_MAC;
    return left == record->other_length;
}

enum tsig_verdict tsig_find(struct dns_message *message, struct tsig_record *record)
{
    const struct dns_record *found = NULL;
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        for (unsigned i = 0; i < message->count[section]; i++)
            if (message->section[section][i].type == DNS_TYPE_TSIG) {
                if (found != NULL || section != DNS_ADDITIONAL)
                    return TSIG_MALFORMED;
                found = &message->section[section][i];
            }
    if (found == NULL)
        return TSIG_UNSIGNED;
    const uint8_t *rdata = message->wire + found->rdata;
    bool last = (size_t)found->rdata + found->rdata_length == message->length;
    if (!last || found->class != DNS_CLASS_ANY || get32(rdata - 6) != 0 ||
        dns_message_name(message, found->owner, &record->key) != DNS_OK ||
        !read_rdata(record, rdata, found->rdata_length))
        return TSIG_MALFORMED;
    record->start = found->owner;
    return TSIG_GOOD;
}

/* -- digests ------------------------------------------------------------------------------------ */

void tsig_chain_start(struct tsig_chain *chain, const struct tsig_key *key)
{
    *chain = (struct tsig_chain){.key = key, .mac_length = key != NULL ? key->mac_length : 0};
}

void tsig_chain_end(struct tsig_chain *chain)
{
    EVP_MAC_CTX_free(chain->open);
    *chain = (struct tsig_chain){0};
}

static EVP_MAC_CTX *new_digest(const struct tsig_key *key)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *digest = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *)(uintptr_t)algorithms[key->algorithm].digest, 0),
        OSSL_PARAM_construct_end(),
    };
    if (digest != NULL && EVP_MAC_init(digest, key->secret, key->secret_length, parameters) == 1)
        return digest;
    EVP_MAC_CTX_free(digest);
    return NULL;
}

static bool add(EVP_MAC_CTX *digest, const void *octets, size_t length)
{
    return length == 0 || EVP_MAC_update(digest, octets, length) == 1;
}

static bool add16(EVP_MAC_CTX *digest, unsigned value)
{
    uint8_t octets[2];
    put16(octets, value);
    return add(digest, octets, sizeof octets);
}

static bool add_name(EVP_MAC_CTX *digest, struct dns_name name)
{
    struct dns_name_buffer lower;
    dns_name_copy_lower(&lower, name);
    return add(digest, lower.wire, lower.length);
}

/* The digest of what is signed next, with all that comes before the message. */
static EVP_MAC_CTX *open_digest(struct tsig_chain *chain)
{
    if (chain->open != NULL)
        return chain->open;
    EVP_MAC_CTX *digest = new_digest(chain->key);
    if (digest != NULL && chain->messages > 0 &&
        !(add16(digest, chain->prior_length) && add(digest, chain->prior, chain->prior_length))) {
        EVP_MAC_CTX_free(digest);
        return NULL;
    }
    chain->open = digest;
    return digest;
}

/* The message as it was before the record was added, RFC 8945 §4.3.2. `additional`: records in that section then. */
static bool add_message(EVP_MAC_CTX *digest, const uint8_t *wire, size_t length, uint16_t id,
                        unsigned additional)
{
    uint8_t header[DNS_HEADER_SIZE];
    memcpy(header, wire, sizeof header);
    put16(header, id);
    put16(header + 10, additional);
    return add(digest, header, sizeof header) && add(digest, wire + sizeof header, length - sizeof header);
}

static void put_timers(uint8_t to[TIMERS], const struct tsig_record *record)
{
    put16(to, (unsigned)(record->time >> 32) & 0xffff);
    put32(to + 2, (uint32_t)record->time);
    put16(to + 6, record->fudge);
}

/* The record's own fields: all of them in a request and its first response, then the times only. */
static bool add_variables(EVP_MAC_CTX *digest, const struct tsig_chain *chain,
                          const struct tsig_record *record)
{
    static const uint8_t class_and_ttl[] = {0, DNS_CLASS_ANY, 0, 0, 0, 0};
    uint8_t timers[TIMERS];
    put_timers(timers, record);
    if (chain->messages >= MESSAGES_TO_COUNT)
        return add(digest, timers, sizeof timers);
    return add_name(digest, dns_name_view(&chain->key->name)) &&
           add(digest, class_and_ttl, sizeof class_and_ttl) &&
           add_name(digest, algorithm_name(chain->key->algorithm)) && add(digest, timers, sizeof timers) &&
           add16(digest, record->error) && add16(digest, record->other_length) &&
           add(digest, record->other, record->other_length);
}

/* The MAC of a message; closes the digest. */
static bool make_mac(struct tsig_chain *chain, const struct tsig_record *record, const uint8_t *wire,
                     size_t length, unsigned additional, uint8_t mac[TSIG_MAC_MAX])
{
    size_t size;
    EVP_MAC_CTX *digest = open_digest(chain);
    bool good = digest != NULL && add_message(digest, wire, length, record->original_id, additional) &&
                add_variables(digest, chain, record) &&
                EVP_MAC_final(digest, mac, &size, TSIG_MAC_MAX) == 1 &&
                size == algorithms[chain->key->algorithm].mac_length;
    EVP_MAC_CTX_free(chain->open);
    chain->open = NULL;
    return good;
}

static void remember(struct tsig_chain *chain, const uint8_t *mac, size_t length)
{
    memcpy(chain->prior, mac, length);
    chain->prior_length = (uint8_t)length;
    chain->unsigned_messages = 0;
    if (chain->messages < MESSAGES_TO_COUNT)
        chain->messages++;
}

/* -- writing ------------------------------------------------------------------------------------ */

static uint8_t *put_octets(uint8_t *to, const uint8_t *octets, size_t length)
{
    if (length > 0)
        memcpy(to, octets, length);
    return to + length;
}

static size_t record_size(struct dns_name key, const struct tsig_record *record)
{
    return key.length + (size_t)RECORD_FIXED + record->algorithm.length + BEFORE_MAC + record->mac_length +
           BEHIND_MAC + record->other_length;
}

static bool put_record(struct dns_name key, const struct tsig_record *record, uint8_t *wire, size_t *length,
                       size_t capacity)
{
    size_t size = record_size(key, record);
    if (capacity > DNS_MESSAGE_MAX)
        capacity = DNS_MESSAGE_MAX;
    if (*length > capacity || capacity - *length < size)
        return false;
    uint8_t *to = put_octets(wire + *length, key.wire, key.length);
    put16(to, DNS_TYPE_TSIG);
    put16(to + 2, DNS_CLASS_ANY);
    put32(to + 4, 0);
    put16(to + 8, (unsigned)(size - key.length - RECORD_FIXED));
    to = put_octets(to + RECORD_FIXED, record->algorithm.wire, record->algorithm.length);
    put_timers(to, record);
    put16(to + TIMERS, record->mac_length);
    to = put_octets(to + BEFORE_MAC, record->mac, record->mac_length);
    put16(to, record->original_id);
    put16(to + 2, record->error);
    put16(to + 4, record->other_length);
    put_octets(to + BEHIND_MAC, record->other, record->other_length);
    put16(wire + 10, get16(wire + 10) + 1u);
    *length += size;
    return true;
}

/* Signs with what the record says already: times, error, other data. */
static bool sign(struct tsig_chain *chain, struct tsig_record *record, uint8_t *wire, size_t *length,
                 size_t capacity)
{
    uint8_t mac[TSIG_MAC_MAX];
    struct dns_name name = dns_name_view(&chain->key->name);
    record->algorithm = algorithm_name(chain->key->algorithm);
    record->original_id = get16(wire);
    record->mac = mac;
    record->mac_length = chain->mac_length;
    if (*length + record_size(name, record) > capacity ||
        !make_mac(chain, record, wire, *length, get16(wire + 10), mac) ||
        !put_record(name, record, wire, length, capacity))
        return false;
    remember(chain, mac, chain->mac_length);
    return true;
}

bool tsig_sign(struct tsig_chain *chain, uint8_t *wire, size_t *length, size_t capacity, uint64_t now)
{
    struct tsig_record record = {.time = now, .fudge = TSIG_FUDGE};
    return chain->key == NULL || sign(chain, &record, wire, length, capacity);
}

size_t tsig_size(const struct tsig_chain *chain)
{
    if (chain->key == NULL)
        return 0;
    struct tsig_record record = {.algorithm = algorithm_name(chain->key->algorithm),
                                 .mac_length = chain->mac_length};
    return record_size(dns_name_view(&chain->key->name), &record);
}

bool tsig_refuse(struct tsig_chain *chain, const struct tsig_record *record, enum tsig_verdict verdict,
                 uint8_t *wire, size_t *length, size_t capacity, uint64_t now)
{
    uint8_t other[BADTIME_OTHER];
    struct tsig_record reply = {.time = record->time, .fudge = record->fudge, .error = (uint16_t)verdict};
    wire[3] = (uint8_t)((wire[3] & 0xf0) | DNS_RCODE_NOTAUTH);
    if (verdict == TSIG_BADTIME) {
        put16(other, (unsigned)(now >> 32) & 0xffff);
        put32(other + 2, (uint32_t)now);
        reply.other = other;
        reply.other_length = sizeof other;
    }
    if (chain->key != NULL)
        return sign(chain, &reply, wire, length, capacity);
    reply.algorithm = record->algorithm;
    reply.original_id = get16(wire);
    return put_record(dns_name_view(&record->key), &reply, wire, length, capacity);
}

/* -- checking ----------------------------------------------------------------------------------- */

static bool is_key(const struct tsig_key *key, const struct tsig_record *record)
{
    return dns_name_equal(dns_name_view(&key->name), dns_name_view(&record->key)) &&
           dns_name_equal(algorithm_name(key->algorithm), record->algorithm);
}

/* RFC 8945 §5.2.2 and §5.2.3, in that order: what was not signed with the secret is told nothing. */
static enum tsig_verdict check(struct tsig_chain *chain, const struct dns_message *message,
                               const struct tsig_record *record, uint64_t now)
{
    uint8_t mac[TSIG_MAC_MAX];
    const struct tsig_key *key = chain->key;
    if (record->mac_length > algorithms[key->algorithm].mac_length ||
        (record->mac_length < mac_least(key->algorithm) && record->mac_length > 0))
        return TSIG_MALFORMED;
    unsigned additional = get16(message->wire + 10) - 1u;
    if (record->mac_length == 0 || !make_mac(chain, record, message->wire, record->start, additional, mac) ||
        CRYPTO_memcmp(mac, record->mac, record->mac_length) != 0)
        return TSIG_BADSIG;
    remember(chain, record->mac, record->mac_length);
    uint64_t apart = now > record->time ? now - record->time : record->time - now;
    if (apart > record->fudge)
        return TSIG_BADTIME;
    return record->mac_length < key->mac_length ? TSIG_BADTRUNC : TSIG_GOOD;
}

static enum tsig_verdict take_unsigned(struct tsig_chain *chain, const struct dns_message *message)
{
    if (chain->key == NULL)
        return TSIG_UNSIGNED;
    if (chain->messages < MESSAGES_TO_COUNT || chain->unsigned_messages == TSIG_UNSIGNED_MAX)
        return TSIG_BADSIG;
    EVP_MAC_CTX *digest = open_digest(chain);
    if (digest == NULL || !add(digest, message->wire, message->length))
        return TSIG_BADSIG;
    chain->unsigned_messages++;
    return TSIG_UNSIGNED;
}

enum tsig_verdict tsig_verify(struct tsig_chain *chain, struct dns_message *message, uint64_t now,
                              struct tsig_record *record)
{
    struct tsig_record own;
    if (record == NULL)
        record = &own;
    enum tsig_verdict verdict = tsig_find(message, record);
    if (verdict == TSIG_UNSIGNED)
        return take_unsigned(chain, message);
    if (verdict != TSIG_GOOD)
        return verdict;
    if (chain->key == NULL || !is_key(chain->key, record))
        return TSIG_BADKEY;
    bool unsigned_error = record->mac_length == 0 && record->error != 0;
    verdict = check(chain, message, record, now);
    if (unsigned_error && verdict == TSIG_BADSIG)
        return record->error == TSIG_BADKEY ? TSIG_BADKEY
                                            : TSIG_BADSIG; /* what the peer says, which proves nothing */
    if (record->error != 0 && (verdict == TSIG_GOOD || verdict == TSIG_BADTIME))
        return TSIG_PEER_ERROR;
    return verdict;
}

const char *tsig_complaint(struct dns_message *message, enum tsig_verdict verdict,
                           const struct tsig_record *record, char text[TSIG_COMPLAINT_MAX])
{
    struct tsig_record own;
    char rcode[DNS_TYPE_TEXT_MAX];
    if (tsig_find(message, &own) == TSIG_UNSIGNED)
        snprintf(text, TSIG_COMPLAINT_MAX, "a message is not signed, and says %s",
                 dns_rcode_to_text(message->rcode, rcode));
    else if (verdict == TSIG_PEER_ERROR)
        snprintf(text, TSIG_COMPLAINT_MAX, "the primary says of our signature: %s", tsig_text(record->error));
    else
        snprintf(text, TSIG_COMPLAINT_MAX, "the signature: %s", tsig_text(verdict));
    return text;
}

enum tsig_verdict tsig_verify_request(struct dns_message *message, const struct tsig_key *const *keys,
                                      size_t count, uint64_t now, struct tsig_chain *chain,
                                      struct tsig_record *record)
{
    tsig_chain_start(chain, NULL);
    enum tsig_verdict verdict = tsig_find(message, record);
    if (verdict != TSIG_GOOD)
        return verdict;
    size_t i = 0;
    while (i < count && !is_key(keys[i], record))
        i++;
    if (i == count)
        return TSIG_BADKEY;
    tsig_chain_start(chain, keys[i]);
    verdict = check(chain, message, record, now);
    if (record->mac_length > chain->mac_length &&
        record->mac_length <= algorithms[keys[i]->algorithm].mac_length)
        chain->mac_length =
            (uint8_t)record->mac_length; /* RFC 8945 §5.2.2.1: no shorter than the request's */
    if (verdict != TSIG_GOOD && verdict != TSIG_BADTIME && verdict != TSIG_BADTRUNC)
        tsig_chain_end(chain);
    return verdict;
}
