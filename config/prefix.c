/* Prefixes as written in named.conf, and what is wrong with those that are none. */
#include <string.h>

#include "config/parser.h"

const char *config_prefix_text(const struct dns_prefix *prefix, char text[DNS_ADDRESS_TEXT_MAX])
{
    dns_address_to_text(&prefix->address, text);
    if (prefix->bits != dns_address_size(&prefix->address) * 8) {
        size_t length = strlen(text);
        snprintf(text + length, DNS_ADDRESS_TEXT_MAX - length, "/%u", prefix->bits);
    }
    return text;
}

/* "10", "10.1", "10.1.2" are short for the address with zeros behind. */
static bool parse_address(const char *text, struct dns_address *address)
{
    char full[DNS_ADDRESS_TEXT_MAX];
    unsigned dots = 0;
    for (const char *c = text; *c != '\0'; c++)
        dots += *c == '.';
    const char *zeros = strchr(text, ':') != NULL || dots >= 3 ? "" : &".0.0.0"[2 * dots];
    if ((size_t)snprintf(full, sizeof full, "%s%s", text, zeros) >= sizeof full)
        return false;
    return dns_address_from_text(full, 0, address) == DNS_OK;
}

static void clear_behind(struct dns_prefix *prefix)
{
    for (unsigned bit = prefix->bits; bit < 128; bit++)
        prefix->address.octets[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
}

/* Only reached for text that is no prefix: finds the reason. */
static void explain(struct config_parser *parser, struct config_place place, const char *text)
{
    char head[DNS_ADDRESS_TEXT_MAX] = "";
    const char *slash = strchr(text, '/');
    struct dns_prefix prefix = {0};
    uint64_t bits = 0;
    if (slash != NULL && (size_t)(slash - text) < sizeof head)
        memcpy(head, text, (size_t)(slash - text));
    if (slash == NULL || !parse_address(head, &prefix.address)) {
        config_report(parser, place, "'%.60s' is not an address or a prefix", text);
        return;
    }
    unsigned most = dns_address_size(&prefix.address) * 8;
    if (!config_number(slash + 1, &bits) || bits > most) {
        config_report(parser, place, "a prefix of '%.50s' has 0 to %u bits, not '%.20s'", head, most,
                      slash + 1);
        return;
    }
    prefix.bits = (uint8_t)bits;
    clear_behind(&prefix);
    char better[DNS_ADDRESS_TEXT_MAX];
    config_report(parser, place, "'%.60s' has bits set behind its %u (did you mean '%s'?)", text, prefix.bits,
                  config_prefix_text(&prefix, better));
}

bool config_prefix(struct config_parser *parser, const char *text, struct dns_prefix *prefix)
{
    if (dns_prefix_from_text(text, prefix) == DNS_OK)
        return true;
    explain(parser, parser->token.place, text);
    return false;
}
