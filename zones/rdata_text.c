#include "zones/rdata_text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"

enum { TTL_MAX = INT32_MAX };

char *zone_word(char **text)
{
    char *at = *text;
    bool quoted = false;
    while (*at == ' ')
        at++;
    if (*at == '\0')
        return NULL;
    char *word = at;
    for (; *at != '\0' && (quoted || *at != ' '); at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    if (*at != '\0')
        *at++ = '\0';
    *text = at;
    return word;
}

/* Ends in a dot that is not escaped. */
static bool is_absolute(const char *word)
{
    bool dot = false;
    for (; *word != '\0'; word++) {
        dot = *word == '.';
        if (*word == '\\' && word[1] != '\0')
            word++;
    }
    return dot;
}

enum dns_error zone_name_from_text(const char *word, struct dns_name origin, struct dns_name_buffer *name)
{
    if (word[0] == '@' && word[1] == '\0') {
        dns_name_copy(name, origin);
        return DNS_OK;
    }
    enum dns_error error = dns_name_from_text(word, name);
    if (error != DNS_OK || is_absolute(word))
        return error;
    if (name->length + origin.length - 1 > DNS_NAME_MAX)
        return DNS_ERROR_NAME;
    memcpy(name->wire + name->length - 1, origin.wire, origin.length);
    name->length = (uint8_t)(name->length + origin.length - 1);
    return DNS_OK;
}

static uint64_t unit_seconds(char unit)
{
    switch (tolower((unsigned char)unit)) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return 0;
    }
}

bool zone_ttl_from_text(const char *word, uint32_t *ttl)
{
    uint64_t sum = 0;
    if (*word == '\0')
        return false;
    while (*word != '\0') {
        uint64_t number = 0;
        if (!isdigit((unsigned char)*word))
            return false;
        for (; isdigit((unsigned char)*word) && number <= TTL_MAX; word++)
            number = number * 10 + (unsigned)(*word - '0');
        if (*word != '\0') {
            number *= unit_seconds(*word);
            if (unit_seconds(*word) == 0)
                return false;
            word++;
        }
        sum += number;
        if (sum > TTL_MAX)
            return false;
    }
    *ttl = (uint32_t)sum;
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)(digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The form of every type that we know to hold names, and of A and AAAA. */
static bool has_form(const struct dns_text_record *record)
{
    uint8_t *copy = malloc(record->rdata_length + 1u);
    uint16_t length;
    struct dns_message message = {.wire = record->rdata, .length = record->rdata_length};
    struct dns_record view = {
        .type = record->type, .class = DNS_CLASS_IN, .rdata_length = record->rdata_length};
    bool good = copy != NULL &&
                dns_rdata_expand(&message, &view, copy, record->rdata_length + 1u, &length) == DNS_OK &&
                length == record->rdata_length;
    free(copy);
    return good;
}

/* RFC 3597 §5: "\# length hexadecimal", also of types that we know. `text` is behind the "\#". */
static enum dns_error read_generic(char *text, struct dns_text_record *record, const char **why)
{
    char *word = zone_word(&text), *end = NULL;
    unsigned long length = word != NULL ? strtoul(word, &end, 10) : 0;
    size_t digits = 0;
    *why = "\\# wants the number of octets, then as many in hexadecimal (RFC 3597 section 5)";
    if (word == NULL || !isdigit((unsigned char)*word) || *end != '\0' || length > DNS_RDATA_MAX)
        return DNS_ERROR_TEXT;
    for (; *text != '\0'; text++) {
        int value = hex_value(*text);
        if (*text == ' ')
            continue;
        if (value < 0 || digits / 2 >= length)
            return DNS_ERROR_TEXT;
        uint8_t *octet = &record->rdata[digits / 2];
        *octet = (uint8_t)(digits++ % 2 == 0 ? value << 4 : *octet | value);
    }
    if (digits != length * 2)
        return DNS_ERROR_TEXT;
    record->rdata_length = (uint16_t)length;
    *why = "the octets are not of the type's form";
    return has_form(record) ? DNS_OK : DNS_ERROR_TEXT;
}

static enum dns_error read_address(const char *text, struct dns_text_record *record, const char **why)
{
    bool four = record->type == DNS_TYPE_A;
    record->rdata_length = four ? 4 : 16;
    *why = four ? "not an IPv4 address" : "not an IPv6 address";
    return inet_pton(four ? AF_INET : AF_INET6, text, record->rdata) == 1 ? DNS_OK : DNS_ERROR_TEXT;
}

/* A name, in an MX record with a number before it. */
static enum dns_error read_name(char *text, struct dns_name origin, struct dns_text_record *record,
                                const char **why)
{
    struct dns_name_buffer name;
    unsigned before = record->type == DNS_TYPE_MX ? 2 : 0;
    *why = "wants a preference (0 to 65535) and a name";
    if (before > 0) {
        char *end, *word = zone_word(&text);
        unsigned long preference =
            word != NULL && isdigit((unsigned char)*word) ? strtoul(word, &end, 10) : 65536;
        if (preference > 65535 || *end != '\0')
            return DNS_ERROR_TEXT;
        put16(record->rdata, (unsigned)preference);
    } else {
        *why = "wants one name";
    }
    const char *word = zone_word(&text);
    if (word == NULL || zone_word(&text) != NULL)
        return DNS_ERROR_TEXT;
    *why = "not a domain name (labels have 1 to 63 octets, names at most 255)";
    if (zone_name_from_text(word, origin, &name) != DNS_OK)
        return DNS_ERROR_TEXT;
    memcpy(record->rdata + before, name.wire, name.length);
    record->rdata_length = (uint16_t)(before + name.length);
    return DNS_OK;
}

/* One character of a string, maybe escaped (RFC 1035 §5.1); -1 for a bad escape. */
static int string_octet(const char **at)
{
    const char *from = *at;
    if (from[0] != '\\' || !isdigit((unsigned char)from[1])) {
        from += from[0] == '\\' && from[1] != '\0';
        *at = from + 1;
        return (unsigned char)from[0];
    }
    if (!isdigit((unsigned char)from[2]) || !isdigit((unsigned char)from[3]))
        return -1;
    int octet = (from[1] - '0') * 100 + (from[2] - '0') * 10 + from[3] - '0';
    *at = from + 4;
    return octet <= 255 ? octet : -1;
}

/* Strings of at most 255 octets, each in quotes or a word. */
static enum dns_error read_strings(char *text, struct dns_text_record *record, const char **why)
{
    size_t used = 0;
    *why =
        "wants strings of at most 255 octets, in quotes where they have blanks, escapes as \\DDD up to \\255";
    for (const char *word = zone_word(&text); word != NULL; word = zone_word(&text)) {
        size_t length = strlen(word), start = used++;
        const char *end = word + length;
        if (word[0] == '"' && (length < 2 || *--end != '"'))
            return DNS_ERROR_TEXT;
        for (word += word[0] == '"'; word < end;) {
            int octet = string_octet(&word);
            if (octet < 0 || used - start > UINT8_MAX)
                return DNS_ERROR_TEXT;
            if (used >= DNS_RDATA_MAX) {
                *why = "more than 65535 octets";
                return DNS_ERROR_TEXT;
            }
            record->rdata[used++] = (uint8_t)octet;
        }
        if (start >= DNS_RDATA_MAX)
            return DNS_ERROR_TEXT;
        record->rdata[start] = (uint8_t)(used - start - 1);
    }
    record->rdata_length = (uint16_t)used;
    return used > 0 ? DNS_OK : DNS_ERROR_TEXT;
}

/* All other types. ldns sees an owner that is the root, and our type. */
static enum dns_error read_by_ldns(char *text, struct dns_name origin, struct dns_text_record *record,
                                   const char **why)
{
    char word[DNS_TYPE_TEXT_MAX];
    uint16_t type = record->type, class = record->class;
    uint32_t ttl = record->ttl;
    size_t size = strlen(text) + DNS_TYPE_TEXT_MAX + 16;
    char *line = malloc(size);
    *why = "out of memory";
    if (line == NULL)
        return DNS_ERROR_TEXT;
    snprintf(line, size, ". 0 IN %s %s", dns_type_to_text(type, word), text);
    *why = strncmp(word, "TYPE", 4) == 0
               ? "of a type without a name, only RFC 3597's form is taken: \\# octets hexadecimal"
               : zone_rdata_fault(type, text);
    enum dns_error error =
        *why != NULL ? DNS_ERROR_TEXT : dns_record_from_text_why(line, origin, 0, record, why);
    free(line);
    record->type = type;
    record->class = class;
    record->ttl = ttl;
    return error;
}

enum dns_error zone_rdata_from_text(char *text, struct dns_name origin, struct dns_text_record *record,
                                    const char **why)
{
    while (*text == ' ')
        text++;
    if (text[0] == '\\' && text[1] == '#' && (text[2] == ' ' || text[2] == '\0'))
        return read_generic(text + 2, record, why);
    switch (record->type) {
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        return read_address(text, record, why);
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR:
    case DNS_TYPE_DNAME:
    case DNS_TYPE_MX:
        return read_name(text, origin, record, why);
    case DNS_TYPE_TXT:
        return read_strings(text, record, why);
    default:
        return read_by_ldns(text, origin, record, why);
    }
}
