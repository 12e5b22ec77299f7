/* What ldns takes for good though it is not: it cuts numbers to their field's bits and text to 65,535 characters, and takes
   half an octet. So the words are looked at before it gets them. */
#include <ctype.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "zones/rdata_text.h"

enum { TEXT_MAX = 65000 }; /* characters */

static bool is_number(const char *word, uint64_t most)
{
    uint64_t number = 0;
    for (; isdigit((unsigned char)*word) && number <= most; word++)
        number = number * 10 + (unsigned)(*word - '0');
    return *word == '\0' && number <= most;
}

static bool is_time(const char *word)
{
    uint32_t ttl;
    return is_number(word, UINT32_MAX) || zone_ttl_from_text(word, &ttl);
}

/* Hexadecimal digits come last, with blanks between as one likes. */
static bool has_whole_octets(const char *word, const char *rest)
{
    size_t digits = strlen(word);
    for (; *rest != '\0'; rest++)
        digits += *rest != ' ';
    return digits % 2 == 0;
}

/* "alpn=h2 port=443 ..." (RFC 9460 §7.2). */
static bool has_good_port(const char *word, const char *rest)
{
    const char *port = strncmp(word, "port=", 5) == 0 ? word : strstr(rest, "port=");
    char digits[8] = "";
    if (port == NULL)
        return true;
    size_t length = strcspn(port + 5, " ");
    if (length >= sizeof digits)
        return false;
    memcpy(digits, port + 5, length);
    return is_number(digits, UINT16_MAX) || digits[0] == '"';
}

static const char *field_fault(ldns_rdf_type field, const char *word, const char *rest)
{
    switch (field) {
    case LDNS_RDF_TYPE_INT8:
        return is_number(word, UINT8_MAX) ? NULL : "a number is not within 0 to 255";
    case LDNS_RDF_TYPE_ALG:
        return !isdigit((unsigned char)word[0]) || is_number(word, UINT8_MAX)
                   ? NULL
                   : "an algorithm's number is not within 0 to 255";
    case LDNS_RDF_TYPE_CERT_ALG:
        if (!isdigit((unsigned char)word[0]))
            return NULL;
        /* fall through */
    case LDNS_RDF_TYPE_INT16:
        return is_number(word, UINT16_MAX) ? NULL : "a number is not within 0 to 65535";
    case LDNS_RDF_TYPE_INT32:
        return is_number(word, UINT32_MAX) ? NULL : "a number is not within 0 to 4294967295";
    case LDNS_RDF_TYPE_PERIOD:
        return is_time(word)
                   ? NULL
                   : "a time is neither seconds (0 to 4294967295) nor such as 1h30m (at most 68 years)";
    case LDNS_RDF_TYPE_HEX:
        return has_whole_octets(word, rest) ? NULL : "the number of hexadecimal digits is odd";
    case LDNS_RDF_TYPE_SVCPARAMS:
        return has_good_port(word, rest) ? NULL : "a port is not within 0 to 65535";
    default:
        return NULL;
    }
}

const char *zone_rdata_fault(uint16_t type, char *text)
{
    const ldns_rr_descriptor *form = ldns_rr_descript(type);
    size_t fields = ldns_rr_descriptor_maximum(form);
    if (strlen(text) > TEXT_MAX)
        return "of such a length, only RFC 3597's form is taken: \\# octets hexadecimal";
    for (size_t i = 0; i < fields && i <= UINT8_MAX; i++) {
        const char *word = zone_word(&text);
        const char *fault =
            word != NULL ? field_fault(ldns_rr_descriptor_field_type(form, i), word, text) : NULL;
        if (word == NULL || fault != NULL)
            return fault;
    }
    return NULL;
}
