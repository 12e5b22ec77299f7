#include "dns/types.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct number_name {
    uint16_t number;
    const char *name;
};

/* Types asked for all the time, and the question types that ldns' table of records does not have. */
static const struct number_name types[] = {
    {DNS_TYPE_A, "A"},
    {DNS_TYPE_AAAA, "AAAA"},
    {DNS_TYPE_NS, "NS"},
    {DNS_TYPE_CNAME, "CNAME"},
    {DNS_TYPE_SOA, "SOA"},
    {DNS_TYPE_PTR, "PTR"},
    {DNS_TYPE_MX, "MX"},
    {DNS_TYPE_TXT, "TXT"},
    {DNS_TYPE_SRV, "SRV"},
    {DNS_TYPE_DS, "DS"},
    {DNS_TYPE_DNSKEY, "DNSKEY"},
    {DNS_TYPE_RRSIG, "RRSIG"},
    {DNS_TYPE_NSEC, "NSEC"},
    {DNS_TYPE_NSEC3, "NSEC3"},
    {DNS_TYPE_DNAME, "DNAME"},
    {DNS_TYPE_OPT, "OPT"},
    {DNS_TYPE_TKEY, "TKEY"},
    {DNS_TYPE_TSIG, "TSIG"},
    {DNS_TYPE_IXFR, "IXFR"},
    {DNS_TYPE_AXFR, "AXFR"},
    {253, "MAILB"},
    {254, "MAILA"},
    {DNS_TYPE_ANY, "ANY"},
    {64, "SVCB"},
    {65, "HTTPS"},
};

static const struct number_name rcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
    {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

/* The registry of extended DNS error codes, RFC 8914 §5.2 and later. */
static const char *const extended_errors[] = {
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
    "Rate Limited",
    "Over Quota",
    "Negative Trust Anchor",
};

enum { TYPES = sizeof types / sizeof types[0], RCODES = sizeof rcodes / sizeof rcodes[0] };
enum { EXTENDED_ERRORS = sizeof extended_errors / sizeof extended_errors[0] };

const char *dns_type_to_text(uint16_t type, char text[DNS_TYPE_TEXT_MAX])
{
    const char *name = NULL;
    for (unsigned i = 0; i < TYPES && name == NULL; i++)
        if (types[i].number == type)
            name = types[i].name;
    if (name == NULL) {
        const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);
        if (descriptor != NULL && (uint16_t)descriptor->_type == type)
            name = descriptor->_name;
    }
    if (type != 0 && name != NULL && strlen(name) < DNS_TYPE_TEXT_MAX)
        return strcpy(text, name);
    snprintf(text, DNS_TYPE_TEXT_MAX, "TYPE%u", (unsigned)type);
    return text;
}

/* The digits of "TYPE65400". */
static enum dns_error number_from_text(const char *digits, uint16_t *number)
{
    uint32_t value = 0;
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > 5 || digits[length] != '\0')
        return DNS_ERROR_TEXT;
    for (size_t i = 0; i < length; i++)
        value = value * 10 + (uint32_t)(digits[i] - '0');
    if (value > UINT16_MAX)
        return DNS_ERROR_TEXT;
    *number = (uint16_t)value;
    return DNS_OK;
}

enum dns_error dns_type_from_text(const char *text, uint16_t *type)
{
    for (unsigned i = 0; i < TYPES; i++) {
        if (strcasecmp(types[i].name, text) == 0) {
            *type = types[i].number;
            return DNS_OK;
        }
    }
    if (strncasecmp(text, "TYPE", 4) == 0)
        return number_from_text(text + 4, type);
    if (strlen(text) >= DNS_TYPE_TEXT_MAX)
        return DNS_ERROR_TEXT;
    uint16_t found = (uint16_t)ldns_get_rr_type_by_name(text);
    if (found == 0)
        return DNS_ERROR_TEXT;
    *type = found;
    return DNS_OK;
}

const char *dns_rcode_to_text(unsigned rcode, char text[DNS_TYPE_TEXT_MAX])
{
    for (unsigned i = 0; i < RCODES; i++)
        if (rcodes[i].number == rcode)
            return rcodes[i].name;
    snprintf(text, DNS_TYPE_TEXT_MAX, "RCODE%u", rcode);
    return text;
}

const char *dns_ede_to_text(int code)
{
    return code >= 0 && code < EXTENDED_ERRORS ? extended_errors[code] : "Unassigned";
}
