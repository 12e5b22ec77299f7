#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnssec/base.h"
#include "dnssec/crypto.h"
#include "dnssec/roll.h"

/*
 *      rootwalk trust anchors, format 1
 *      zone .
 *      checked 1796000000
 *      next 1796021600
 *      key valid 1790000000 0 AwEAAa...=           state, since, hold until, DNSKEY rdata in base64
 *      digest valid 0 0 20326 8 2 4G1Ey4C4...=
 *      end 1f2e3d4c5b6a7988                        of all lines before
 */
static const char first_line[] = "rootwalk trust anchors, format 1";

enum { SUM_DIGITS = 16, LINE_MAX_OCTETS = 2048, STATES = DNSSEC_ROLL_REMOVED + 1, CLOCK_SLACK = 86400 };

const char *dnssec_roll_error_text(enum dnssec_roll_error error)
{
    switch (error) {
    case DNSSEC_ROLL_OK:
        return "nothing is wrong";
    case DNSSEC_ROLL_GARBAGE:
        return "this is not a file of trust anchors that rootwalk has written";
    case DNSSEC_ROLL_TORN:
        return "the file of trust anchors was not written to its end, or was changed";
    case DNSSEC_ROLL_FUTURE:
        return "the trust anchors were written at a time that is yet to come; look at the clock";
    case DNSSEC_ROLL_OTHER_ZONE:
        return "the trust anchors are those of another zone";
    }
    return "unknown error";
}

static bool checksum(struct dnssec_workspace *workspace, const char *text, size_t length,
                     char sum[SUM_DIGITS + 1])
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    if (length > UINT16_MAX)
        return false;
    struct dnssec_rdata piece = {(const uint8_t *)text, (uint16_t)length};
    if (crypto_digest(workspace, workspace->sha256, &piece, 1, digest) == 0)
        return false;
    for (unsigned i = 0; i < SUM_DIGITS / 2; i++)
        sprintf(sum + 2 * i, "%02x", digest[i]);
    return true;
}

static size_t key_line(const struct dnssec_roll_key *key, char line[LINE_MAX_OCTETS])
{
    const struct dnssec_anchor *anchor = &key->anchor;
    char octets[(DNSSEC_ANCHOR_OCTETS + 2) / 3 * 4 + 1], fields[32] = "";
    bool digest = anchor->kind == DNSSEC_ANCHOR_DS;
    base64_encode(anchor->octets, anchor->length, octets, sizeof octets);
    if (digest)
        snprintf(fields, sizeof fields, "%u %u %u ", anchor->key_tag, anchor->algorithm, anchor->digest_type);
    int length =
        snprintf(line, LINE_MAX_OCTETS, "%s %s %" PRIu64 " %" PRIu64 " %s%s\n", digest ? "digest" : "key",
                 dnssec_roll_state_text(key->state), key->since, key->hold_until, fields, octets);
    return (size_t)length;
}

size_t dnssec_roll_to_text(struct dnssec_workspace *workspace, const struct dnssec_roll *roll, char *text,
                           size_t capacity)
{
    char line[LINE_MAX_OCTETS], zone[DNS_NAME_TEXT_MAX], sum[SUM_DIGITS + 1];
    dns_name_to_text(dns_name_view(&roll->zone), zone);
    int head = snprintf(text, capacity, "%s\nzone %s\nchecked %" PRIu64 "\nnext %" PRIu64 "\n", first_line,
                        zone, roll->checked, roll->next_check);
    size_t length = (size_t)head;
    if (head < 0 || length >= capacity)
        return 0;
    for (unsigned i = 0; i < roll->count; i++) {
        size_t octets = key_line(&roll->key[i], line);
        if (capacity - length <= octets)
            return 0;
        memcpy(text + length, line, octets + 1);
        length += octets;
    }
    if (capacity - length < 4 + SUM_DIGITS + 2 || !checksum(workspace, text, length, sum))
        return 0;
    return length + (size_t)sprintf(text + length, "end %s\n", sum);
}

/* Text being read, line by line. */
struct reader {
    const char *at, *end;
    unsigned line;
    char text[LINE_MAX_OCTETS]; /* the line, without its end */
};

/* False at the end, and where a line has no end, a zero, or too many octets. */
static bool next_line(struct reader *reader)
{
    const char *end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    reader->line++;
    if (end == NULL || end - reader->at >= LINE_MAX_OCTETS ||
        memchr(reader->at, '\0', (size_t)(end - reader->at)) != NULL)
        return false;
    memcpy(reader->text, reader->at, (size_t)(end - reader->at));
    reader->text[end - reader->at] = '\0';
    reader->at = end + 1;
    return true;
}

/* The next word of a line and a blank behind it, or the line's end. */
static const char *next_word(char **line)
{
    return strsep(line, " ");
}

static bool read_number(const char *word, uint64_t maximum, uint64_t *number)
{
    char *end;
    if (word == NULL || word[0] < '0' || word[0] > '9' || strlen(word) > 19)
        return false;
    *number = strtoull(word, &end, 10);
    return *end == '\0' && *number <= maximum;
}

static bool number_line(struct reader *reader, const char *name, uint64_t *number)
{
    char *line = reader->text;
    if (!next_line(reader) || strcmp(next_word(&line), name) != 0)
        return false;
    return read_number(next_word(&line), INT64_MAX, number) && line == NULL;
}

static bool read_state(const char *word, enum dnssec_roll_state *state)
{
    for (unsigned i = 0; word != NULL && i < STATES; i++) {
        if (strcmp(word, dnssec_roll_state_text((enum dnssec_roll_state)i)) == 0) {
            *state = (enum dnssec_roll_state)i;
            return true;
        }
    }
    return false;
}

static bool read_digest(struct dns_name zone, char *line, struct dnssec_anchor *anchor)
{
    uint64_t tag, algorithm, type;
    uint8_t digest[CRYPTO_DIGEST_MAX];
    char hex[2 * CRYPTO_DIGEST_MAX + 1];
    size_t length;
    if (!read_number(next_word(&line), UINT16_MAX, &tag) ||
        !read_number(next_word(&line), UINT8_MAX, &algorithm) ||
        !read_number(next_word(&line), UINT8_MAX, &type) || line == NULL ||
        !base64_decode(line, digest, sizeof digest, &length))
        return false;
    hex[0] = '\0';
    for (size_t i = 0; i < length; i++)
        sprintf(hex + 2 * i, "%02x", digest[i]);
    return dnssec_anchor_read_ds(zone, (uint32_t)tag, (uint32_t)algorithm, (uint32_t)type, hex, true,
                                 anchor) == DNSSEC_ANCHOR_OK;
}

static bool read_key(struct dns_name zone, const char *text, struct dnssec_anchor *anchor)
{
    uint8_t rdata[DNSSEC_ANCHOR_OCTETS];
    size_t length;
    return text != NULL && base64_decode(text, rdata, sizeof rdata, &length) &&
           dnssec_anchor_from_key(zone, rdata, length, true, anchor) == DNSSEC_ANCHOR_OK;
}

static bool entry_line(struct dnssec_roll *roll, char *line)
{
    const char *kind = next_word(&line);
    struct dns_name zone = dns_name_view(&roll->zone);
    if (roll->count == DNSSEC_ROLL_KEYS)
        return false;
    struct dnssec_roll_key *key = &roll->key[roll->count];
    if (!read_state(next_word(&line), &key->state) ||
        !read_number(next_word(&line), INT64_MAX, &key->since) ||
        !read_number(next_word(&line), INT64_MAX, &key->hold_until) || line == NULL)
        return false;
    bool good = strcmp(kind, "digest") == 0 ? read_digest(zone, line, &key->anchor)
                                            : strcmp(kind, "key") == 0 && read_key(zone, line, &key->anchor);
    roll->count += good;
    return good;
}

static enum dnssec_roll_error read_head(struct reader *reader, struct dns_name zone, struct dnssec_roll *roll)
{
    if (!next_line(reader) || strcmp(reader->text, first_line) != 0)
        return DNSSEC_ROLL_GARBAGE;
    if (!next_line(reader) || strncmp(reader->text, "zone ", 5) != 0 ||
        dns_name_from_text(reader->text + 5, &roll->zone) != DNS_OK)
        return DNSSEC_ROLL_GARBAGE;
    if (!dns_name_equal(dns_name_view(&roll->zone), zone))
        return DNSSEC_ROLL_OTHER_ZONE;
    if (!number_line(reader, "checked", &roll->checked) || !number_line(reader, "next", &roll->next_check))
        return DNSSEC_ROLL_GARBAGE;
    return DNSSEC_ROLL_OK;
}

/* Whatever lies in the future would wait for it, or have waited for nothing. */
static bool from_future(const struct dnssec_roll *roll, uint64_t now)
{
    if (roll->checked > now + CLOCK_SLACK)
        return true;
    for (unsigned i = 0; i < roll->count; i++)
        if (roll->key[i].since > now + CLOCK_SLACK)
            return true;
    return false;
}

enum dnssec_roll_error dnssec_roll_from_text(struct dnssec_workspace *workspace, const char *text,
                                             size_t length, struct dns_name zone, uint64_t now,
                                             struct dnssec_roll *roll, unsigned *line)
{
    struct reader reader = {.at = text, .end = text + length};
    char sum[SUM_DIGITS + 1];
    roll->count = 0;
    enum dnssec_roll_error error = read_head(&reader, zone, roll);
    while (error == DNSSEC_ROLL_OK) {
        size_t before = (size_t)(reader.at - text);
        if (!next_line(&reader)) {
            error = DNSSEC_ROLL_TORN;
        } else if (strncmp(reader.text, "end ", 4) == 0) {
            bool good = checksum(workspace, text, before, sum) && strcmp(reader.text + 4, sum) == 0;
            error = good && reader.at == reader.end ? DNSSEC_ROLL_OK : DNSSEC_ROLL_TORN;
            break;
        } else if (!entry_line(roll, reader.text)) {
            error = DNSSEC_ROLL_GARBAGE;
        }
    }
    *line = reader.line;
    if (error == DNSSEC_ROLL_OK && from_future(roll, now))
        error = DNSSEC_ROLL_FUTURE;
    return error;
}
