/*
 * Rdata: the first two octets are the type, the rest is rdata. What expands is expanded already; its
 * text, where it has one, is read back to the same octets.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "dns/text.h"

enum { HEAD = 33, SIZE_MAXIMUM = 2048, CERT = 37 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns_text_record read_back;

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* A message with the question "a.b. A IN" and one record. */
static size_t make(uint8_t *wire, uint16_t type, const uint8_t *rdata, size_t length)
{
    static const uint8_t head[HEAD] = "\0\1\200\0\0\1\0\1\0\0\0\0\1a\1b\0\0\1\0\1\300\14\0\0\0\1\0\0\0\1\0";
    memcpy(wire, head, HEAD);
    wire[23] = (uint8_t)(type >> 8);
    wire[24] = (uint8_t)type;
    wire[31] = (uint8_t)(length >> 8);
    wire[32] = (uint8_t)length;
    memcpy(wire + HEAD, rdata, length);
    return HEAD + length;
}

static enum dns_error expand(uint16_t type, const uint8_t *rdata, size_t length, uint8_t *to,
                             uint16_t *to_length)
{
    uint8_t *wire = malloc(HEAD + length);
    struct dns_message message;
    struct dns_record record;
    require(wire != NULL);
    size_t size = make(wire, type, rdata, length);
    require(dns_message_parse(&message, wire, size, &record, 1) == DNS_OK);
    enum dns_error error = dns_rdata_expand(&message, &record, to, SIZE_MAXIMUM * 2, to_length);
    free(wire);
    return error;
}

/* Types whose text must be read back whole. */
static bool is_common(uint16_t type)
{
    static const uint16_t types[] = {DNS_TYPE_A,   DNS_TYPE_AAAA, DNS_TYPE_NS,  DNS_TYPE_CNAME, DNS_TYPE_SOA,
                                     DNS_TYPE_PTR, DNS_TYPE_MX,   DNS_TYPE_SRV, DNS_TYPE_DNAME};
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i] == type)
            return true;
    return false;
}

static void check_text(uint16_t type, const uint8_t *rdata, uint16_t length)
{
    static char text[SIZE_MAXIMUM * 20];
    if (dns_record_to_text(dns_name_root(), type, DNS_CLASS_IN, 300, rdata, length, text, sizeof text) !=
        DNS_OK)
        return;
    if (type == CERT)
        return; /* ldns 1.8.3 loses two octets of memory when it reads one of algorithm 0 */
    bool read = dns_record_from_text(text, dns_name_root(), 0, &read_back) == DNS_OK;
    if (!read && !is_common(type))
        return; /* ldns writes a few things that it does not read */
    require(read && read_back.ttl == 300 && read_back.class == DNS_CLASS_IN && read_back.type == type);
    if (is_common(type) || type == DNS_TYPE_TXT)
        require(read_back.rdata_length == length && memcmp(read_back.rdata, rdata, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t once[SIZE_MAXIMUM * 2], twice[SIZE_MAXIMUM * 2];
    uint16_t length, again;
    struct dns_soa soa;
    struct dns_name target;
    if (size < 2 || size > SIZE_MAXIMUM)
        return 0;
    uint16_t type = (uint16_t)(data[0] << 8 | data[1]);
    if (type == DNS_TYPE_OPT || expand(type, data + 2, size - 2, once, &length) != DNS_OK)
        return 0;
    require(expand(type, once, length, twice, &again) == DNS_OK);
    require(again == length && memcmp(once, twice, length) == 0);
    if (type == DNS_TYPE_SOA)
        require(dns_rdata_soa(once, length, &soa) == DNS_OK);
    if (type == DNS_TYPE_NS || type == DNS_TYPE_CNAME || type == DNS_TYPE_MX || type == DNS_TYPE_SRV)
        require(dns_rdata_target(type, once, length, &target) == DNS_OK);
    check_text(type, once, length);
    return 0;
}
