/* Rdata: names expanded where a type may carry them, its form checked, everything else as it came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/rdata.h"

/* "a.b. A IN", then one record with the owner a.b. and the rdata at 33. */
struct sample {
    uint8_t wire[1024];
    struct dns_message message;
    struct dns_record record;
};

static void make(struct sample *sample, uint16_t type, uint16_t class, const void *rdata, size_t length)
{
    static const char head[] = "\0\1\200\0\0\1\0\1\0\0\0\0\1a\1b\0\0\1\0\1\300\14";
    size_t at = sizeof head - 1;
    memcpy(sample->wire, head, at);
    const uint8_t fixed[10] = {
        (uint8_t)(type >> 8),   (uint8_t)type,   (uint8_t)(class >> 8), (uint8_t) class, 0, 0, 0, 1,
        (uint8_t)(length >> 8), (uint8_t)length,
    };
    memcpy(sample->wire + at, fixed, sizeof fixed);
    at += sizeof fixed;
    memcpy(sample->wire + at, rdata, length);
    at += length;
    assert_int_equal(dns_message_parse(&sample->message, sample->wire, at, &sample->record, 1), DNS_OK);
}

#define NAMES20 "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"
#define FIXED18 "\0\1\10\2\0\0\16\20\1\1\1\1\2\2\2\2\3\3"
#define AB      "\1a\1b\0"

struct expansion_case {
    const char *what;
    uint16_t type;
    const char *in;
    size_t in_length;
    const char *out;   /* NULL: an error */
    size_t out_length; /* or which */
};

#define GOOD(what, type, in, out)                                                                            \
    {                                                                                                        \
        what, type, in, sizeof(in) - 1, out, sizeof(out) - 1                                                 \
    }
#define BAD(what, type, in, error)                                                                           \
    {                                                                                                        \
        what, type, in, sizeof(in) - 1, NULL, error                                                          \
    }

static const struct expansion_case cases[] = {
    GOOD("A", 1, "\1\2\3\4", "\1\2\3\4"),
    BAD("A of 3", 1, "\1\2\3", DNS_ERROR_RDATA),
    BAD("A of 5", 1, "\1\2\3\4\5", DNS_ERROR_RDATA),
    BAD("A of 0", 1, "", DNS_ERROR_RDATA),
    GOOD("AAAA", 28, "0123456789abcdef", "0123456789abcdef"),
    BAD("AAAA of 15", 28, "0123456789abcde", DNS_ERROR_RDATA),
    BAD("AAAA of 17", 28, "0123456789abcdefg", DNS_ERROR_RDATA),
    GOOD("NS", 2, "\2ns\300\14", "\2ns" AB),
    GOOD("NS plain", 2, "\2ns" AB, "\2ns" AB),
    GOOD("NS of the root", 2, "\0", "\0"),
    BAD("NS and more", 2, "\300\14x", DNS_ERROR_RDATA),
    BAD("NS of nothing", 2, "", DNS_ERROR_RDATA),
    BAD("NS cut in a label", 2, "\3ns", DNS_ERROR_RDATA),
    BAD("NS cut in a pointer", 2, "\2ns\300", DNS_ERROR_RDATA),
    BAD("NS without end", 2, "\2ns", DNS_ERROR_RDATA),
    BAD("NS to itself", 2, "\300\41", DNS_ERROR_POINTER),
    BAD("NS of an odd label", 2, "\100\14", DNS_ERROR_NAME),
    GOOD("MD", 3, "\300\14", AB),
    GOOD("MF", 4, "\300\14", AB),
    GOOD("CNAME", 5, "\300\16", "\1b\0"),
    GOOD("SOA", 6, "\300\14\1m\300\16" NAMES20, AB "\1m\1b\0" NAMES20),
    BAD("SOA short by one", 6, "\300\14\1m\300\16\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0", DNS_ERROR_RDATA),
    BAD("SOA long by one", 6, "\300\14\1m\300\16" NAMES20 "x", DNS_ERROR_RDATA),
    GOOD("MB", 7, "\300\14", AB),
    GOOD("PTR", 12, "\300\14", AB),
    GOOD("HINFO as it came", 13, "\300\14", "\300\14"),
    GOOD("MINFO", 14, "\300\14\300\16", AB "\1b\0"),
    GOOD("MX", 15, "\0\12\4mail\300\14", "\0\12\4mail" AB),
    BAD("MX of one octet", 15, "\0", DNS_ERROR_RDATA),
    BAD("MX without name", 15, "\0\12", DNS_ERROR_RDATA),
    GOOD("TXT as it came", 16, "\300\14", "\300\14"),
    GOOD("RP", 17, "\300\14\0", AB "\0"),
    GOOD("AFSDB", 18, "\0\1\300\14", "\0\1" AB),
    GOOD("RT", 21, "\0\1\300\14", "\0\1" AB),
    GOOD("SIG", 24, FIXED18 "\300\14signature", FIXED18 AB "signature"),
    GOOD("PX", 26, "\0\1\300\14\300\16", "\0\1" AB "\1b\0"),
    GOOD("NXT", 30, "\300\14\100\1", AB "\100\1"),
    GOOD("SRV", 33, "\0\1\0\2\0\3\300\14", "\0\1\0\2\0\3" AB),
    BAD("SRV of 5", 33, "\0\1\0\2\0", DNS_ERROR_RDATA),
    GOOD("NAPTR", 35, "\0\1\0\2\1u\0\3a.b\300\14", "\0\1\0\2\1u\0\3a.b" AB),
    BAD("NAPTR string too long", 35, "\0\1\0\2\1u\0\7a.b\300\14", DNS_ERROR_RDATA),
    BAD("NAPTR without strings", 35, "\0\1\0\2", DNS_ERROR_RDATA),
    GOOD("KX", 36, "\0\1\300\14", "\0\1" AB),
    GOOD("DNAME", 39, "\300\14", AB),
    GOOD("DS", 43, "\300\14\5\2digest", "\300\14\5\2digest"),
    GOOD("RRSIG", 46, FIXED18 AB "signature", FIXED18 AB "signature"),
    BAD("RRSIG compressed", 46, FIXED18 "\300\14signature", DNS_ERROR_RDATA),
    BAD("RRSIG of 17", 46, "\0\1\10\2\0\0\16\20\1\1\1\1\2\2\2\2\3", DNS_ERROR_RDATA),
    GOOD("NSEC", 47, AB "\0\1\100", AB "\0\1\100"),
    BAD("NSEC compressed", 47, "\300\14\0\1\100", DNS_ERROR_RDATA),
    GOOD("DNSKEY", 48, "\1\1\3\10key", "\1\1\3\10key"),
    GOOD("NSEC3", 50, "\1\0\0\0\0\1x", "\1\0\0\0\0\1x"),
    GOOD("HTTPS", 65, "\0\1\0\0\1\0\3\2h2", "\0\1\0\0\1\0\3\2h2"),
    BAD("HTTPS compressed", 65, "\0\0\300\14", DNS_ERROR_RDATA),
    GOOD("an unknown type", 65400, "\300\14\300\41", "\300\14\300\41"),
    GOOD("an unknown type, empty", 65400, "", ""),
};

static void rdata_of_each_type_is_expanded_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct expansion_case *this = &cases[i];
        struct sample sample;
        uint8_t out[512];
        uint16_t length = 0xffff;
        make(&sample, this->type, DNS_CLASS_IN, this->in, this->in_length);
        enum dns_error error = dns_rdata_expand(&sample.message, &sample.record, out, sizeof out, &length);
        if (error != (this->out != NULL ? DNS_OK : (enum dns_error)this->out_length))
            fail_msg("%s: %s", this->what, dns_error_text(error));
        if (this->out == NULL)
            continue;
        assert_int_equal(length, this->out_length);
        assert_memory_equal(out, this->out, length);
    }
}

static void too_little_space_is_noticed_at_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t capacity = 0; cases[i].out != NULL && capacity < cases[i].out_length; capacity++) {
            struct sample sample;
            uint8_t out[512];
            uint16_t length;
            make(&sample, cases[i].type, DNS_CLASS_IN, cases[i].in, cases[i].in_length);
            memset(out, 0xee, sizeof out);
            assert_int_equal(dns_rdata_expand(&sample.message, &sample.record, out, capacity, &length),
                             DNS_ERROR_SPACE);
            assert_int_equal(out[capacity], 0xee);
        }
    }
}

static void addresses_of_other_classes_are_not_checked(void **state)
{
    struct sample sample;
    uint8_t out[16];
    uint16_t length;
    (void)state;
    make(&sample, DNS_TYPE_A, DNS_CLASS_CH, "\1x\0\0\7", 5);
    assert_int_equal(dns_rdata_expand(&sample.message, &sample.record, out, sizeof out, &length), DNS_OK);
    assert_int_equal(length, 5);
}

static void soa_fields_are_read(void **state)
{
    static const uint8_t rdata[] = "\2ns" AB "\1m\0\177\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\377\0\0\5";
    struct dns_soa soa;
    size_t length = sizeof rdata - 1;
    (void)state;
    assert_int_equal(dns_rdata_soa(rdata, length, &soa), DNS_OK);
    assert_int_equal(soa.primary.length, 8);
    assert_int_equal(soa.mailbox.length, 3);
    assert_int_equal(soa.serial, 0x7f000001);
    assert_int_equal(soa.refresh, 2);
    assert_int_equal(soa.retry, 3);
    assert_int_equal(soa.expire, 4);
    assert_int_equal(soa.minimum, 0xff000005);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(dns_rdata_soa(rdata, cut, &soa), DNS_ERROR_RDATA);
    assert_int_equal(dns_rdata_soa(rdata, length + 1, &soa), DNS_ERROR_RDATA);
}

static void targets_are_found(void **state)
{
    static const struct {
        uint16_t type;
        const char *rdata;
        size_t length;
        bool good;
    } table[] = {
        {DNS_TYPE_NS, AB, 5, true},         {DNS_TYPE_CNAME, AB, 5, true},
        {DNS_TYPE_PTR, AB, 5, true},        {DNS_TYPE_DNAME, AB, 5, true},
        {DNS_TYPE_MX, "\0\1" AB, 7, true},  {DNS_TYPE_SRV, "\0\1\0\2\0\3" AB, 11, true},
        {DNS_TYPE_NS, AB "x", 6, false},    {DNS_TYPE_NS, AB, 4, false},
        {DNS_TYPE_NS, "", 0, false},        {DNS_TYPE_MX, "\0", 1, false},
        {DNS_TYPE_MX, "\0\1", 2, false},    {DNS_TYPE_SRV, "\0\1\0\2\0", 5, false},
        {DNS_TYPE_A, "\1a\1b\0", 5, false}, {DNS_TYPE_SOA, AB, 5, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct dns_name target;
        enum dns_error error =
            dns_rdata_target(table[i].type, (const uint8_t *)table[i].rdata, table[i].length, &target);
        assert_int_equal(error, table[i].good ? DNS_OK : DNS_ERROR_RDATA);
        if (table[i].good)
            assert_memory_equal(target.wire, AB, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rdata_of_each_type_is_expanded_or_refused),
        cmocka_unit_test(too_little_space_is_noticed_at_every_size),
        cmocka_unit_test(addresses_of_other_classes_are_not_checked),
        cmocka_unit_test(soa_fields_are_read),
        cmocka_unit_test(targets_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
