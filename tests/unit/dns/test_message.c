/* Reading messages: real ones, cut ones, mutilated ones, and those made to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/message.h"
#include "dns/rdata.h"
#include "tests/unit/dns/packets.h"

enum { RECORDS = 64 };

/* A message that a test writes octet by octet. */
struct draft {
    uint8_t wire[DNS_MESSAGE_MAX + 1];
    size_t length;
};

static void add(struct draft *draft, const void *octets, size_t length)
{
    assert_true(draft->length + length <= sizeof draft->wire);
    memcpy(draft->wire + draft->length, octets, length);
    draft->length += length;
}

#define ADD(draft, literal) add(draft, literal, sizeof(literal) - 1)

static void header(struct draft *draft, unsigned questions, unsigned answers, unsigned additional)
{
    uint8_t octets[12] = {
        0,
        1,
        0x80,
        0,
        (uint8_t)(questions >> 8),
        (uint8_t)questions,
        (uint8_t)(answers >> 8),
        (uint8_t)answers,
        0,
        0,
        (uint8_t)(additional >> 8),
        (uint8_t)additional,
    };
    draft->length = 0;
    add(draft, octets, sizeof octets);
}

/* A header and the question "a.b. A IN", 21 octets. */
static void start(struct draft *draft, unsigned answers, unsigned additional)
{
    header(draft, 1, answers, additional);
    ADD(draft, "\1a\1b\0\0\1\0\1");
}

/* What follows the owner of an A record. */
#define A_RECORD "\0\1\0\1\0\0\0\1\0\4\1\2\3\4"

static enum dns_error parse(const struct draft *draft, struct dns_message *message)
{
    static struct dns_record records[DNS_RECORDS_MAX];
    return dns_message_parse(message, draft->wire, draft->length, records, DNS_RECORDS_MAX);
}

/* A copy on the heap, so that reading one octet too far is noticed by the sanitizer. */
static uint8_t *exact_copy(const void *octets, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, octets, length);
    return copy;
}

/* Everything that can be done with a message that has been read. */
static void use_message(struct dns_message *message)
{
    static uint8_t rdata[DNS_RDATA_MAX];
    struct dns_name_buffer name;
    const uint8_t *data;
    uint16_t position = 0, code, length;
    unsigned sum = 0;
    for (unsigned section = 0; section < DNS_SECTIONS; section++) {
        for (unsigned i = 0; i < message->count[section]; i++) {
            const struct dns_record *record = &message->section[section][i];
            assert_true(record->rdata + record->rdata_length <= message->length);
            if (dns_message_name(message, record->owner, &name) == DNS_OK) {
                struct dns_name view;
                assert_int_equal(dns_name_from_wire(name.wire, name.length, &view), DNS_OK);
                assert_int_equal(view.length, name.length);
                if (message->pointers_left > DNS_POINTERS_PER_NAME)
                    assert_true(dns_message_owner_is(message, record, view));
            }
            (void)dns_rdata_expand(message, record, rdata, sizeof rdata, &length);
        }
    }
    while (dns_edns_option_next(message, &position, &code, &data, &length))
        for (unsigned i = 0; i < length; i++)
            sum += data[i];
    assert_true(position <= DNS_EDNS_OPTIONS_MAX && sum <= 255 * DNS_MESSAGE_MAX);
}

static void real_messages_are_read(void **state)
{
    struct dns_record records[RECORDS];
    struct dns_message message;
    (void)state;
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t *wire = exact_copy(packets[i].wire, packets[i].length);
        assert_int_equal(dns_message_parse(&message, wire, packets[i].length, records, RECORDS), DNS_OK);
        assert_int_equal(message.id, 0x1234);
        assert_int_equal(message.questions, 1);
        assert_int_equal(message.qclass, DNS_CLASS_IN);
        assert_int_equal(message.response, i > 0);
        assert_true(message.edns.present);
        assert_int_equal(message.edns.udp_size, 1232);
        use_message(&message);
        free(wire);
    }
}

static void every_record_of_a_referral_is_found(void **state)
{
    struct dns_record records[RECORDS];
    struct dns_message message;
    struct dns_name_buffer name, glue;
    const struct packet *referral = NULL;
    (void)state;
    for (unsigned i = 0; i < PACKETS; i++)
        if (strcmp(packets[i].what, "referral") == 0)
            referral = &packets[i];
    assert_non_null(referral);
    assert_int_equal(
        dns_message_parse(&message, (const uint8_t *)referral->wire, referral->length, records, RECORDS),
        DNS_OK);
    assert_false(message.authoritative);
    assert_int_equal(message.rcode, DNS_RCODE_NOERROR);
    assert_int_equal(message.qtype, DNS_TYPE_A);
    assert_int_equal(message.count[DNS_ANSWER], 0);
    assert_int_equal(message.count[DNS_AUTHORITY], 2);
    assert_int_equal(message.count[DNS_ADDITIONAL], 3);
    assert_int_equal(dns_name_from_text("CHILD.example.org", &name), DNS_OK);
    assert_int_equal(dns_name_from_text("ns1.child.example.org", &glue), DNS_OK);
    for (unsigned i = 0; i < 2; i++) {
        const struct dns_record *record = &message.section[DNS_AUTHORITY][i];
        assert_int_equal(record->type, DNS_TYPE_NS);
        assert_int_equal(record->class, DNS_CLASS_IN);
        assert_int_equal(record->ttl, 3600);
        assert_true(dns_message_owner_is(&message, record, dns_name_view(&name)));
        assert_false(dns_message_owner_is(&message, record, dns_name_view(&glue)));
    }
    unsigned addresses = 0;
    for (unsigned i = 0; i < 3; i++) {
        const struct dns_record *record = &message.section[DNS_ADDITIONAL][i];
        if (dns_message_owner_is(&message, record, dns_name_view(&glue)))
            addresses++;
        else
            assert_memory_equal(message.wire + record->rdata, "\300\0\2\146", 4);
    }
    assert_int_equal(addresses, 2);
}

static void every_cut_of_a_message_is_too_short(void **state)
{
    struct dns_record records[RECORDS];
    struct dns_message message;
    (void)state;
    for (unsigned i = 0; i < PACKETS; i++) {
        for (size_t length = 0; length < packets[i].length; length++) {
            uint8_t *wire = exact_copy(packets[i].wire, length);
            assert_int_equal(dns_message_parse(&message, wire, length, records, RECORDS), DNS_ERROR_SHORT);
            assert_int_equal(message.id, length >= DNS_HEADER_SIZE ? 0x1234 : 0);
            assert_int_equal(message.count[DNS_ANSWER], 0);
            free(wire);
        }
    }
}

static void a_cut_message_still_says_that_it_is_truncated(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    start(&draft, 2, 0);
    draft.wire[2] |= 0x02;
    ADD(&draft, "\300\14" A_RECORD "\300");
    assert_int_equal(parse(&draft, &message), DNS_ERROR_SHORT);
    assert_true(message.truncated);
    assert_int_equal(message.questions, 1);
}

static void every_flag_has_its_place(void **state)
{
    uint8_t wire[12] = {0xab, 0xcd};
    struct dns_message message;
    (void)state;
    wire[2] = 0x80 | 5 << 3 | 0x04 | 0x02 | 0x01;
    wire[3] = 0x80 | 0x20 | 0x10 | 9;
    assert_int_equal(dns_message_parse_header(&message, wire, 12), DNS_OK);
    assert_int_equal(message.id, 0xabcd);
    assert_true(message.response && message.authoritative && message.truncated && message.recursion_desired);
    assert_true(message.recursion_available && message.authentic_data && message.checking_disabled);
    assert_int_equal(message.opcode, DNS_OPCODE_UPDATE);
    assert_int_equal(message.rcode, DNS_RCODE_NOTAUTH);
    assert_int_equal(dns_message_parse_header(&message, wire, 11), DNS_ERROR_SHORT);
    assert_int_equal(message.id, 0);
}

static void messages_without_a_question_are_read(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    header(&draft, 0, 1, 0);
    ADD(&draft, "\1a\0" A_RECORD);
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_int_equal(message.questions, 0);
    assert_int_equal(message.count[DNS_ANSWER], 1);
    assert_true(dns_name_is_root(dns_name_view(&message.qname)));
    use_message(&message);
}

static void of_several_questions_the_first_is_kept(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    header(&draft, 3, 0, 0);
    ADD(&draft, "\1a\0\0\34\0\1"
                "\1b\0\0\1\0\1"
                "\1c\300\14\0\1\0\1");
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_int_equal(message.questions, 3);
    assert_int_equal(message.qtype, DNS_TYPE_AAAA);
    assert_int_equal(message.question_end, 19);
    draft.length--;
    assert_int_equal(parse(&draft, &message), DNS_ERROR_SHORT);
    header(&draft, 2, 0, 0);
    ADD(&draft, "\1a\0\0\34\0\1"
                "\100b\0\0\1\0\1");
    assert_int_equal(parse(&draft, &message), DNS_ERROR_NAME);
}

static void octets_behind_the_last_record_are_an_error(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    start(&draft, 0, 0);
    assert_int_equal(parse(&draft, &message), DNS_OK);
    ADD(&draft, "\0");
    assert_int_equal(parse(&draft, &message), DNS_ERROR_TRAILING);
    draft.length = DNS_MESSAGE_MAX + 1;
    assert_int_equal(parse(&draft, &message), DNS_ERROR_TRAILING);
}

static void more_records_than_room_are_refused(void **state)
{
    struct draft draft;
    struct dns_message message;
    struct dns_record records[2];
    (void)state;
    start(&draft, 2, 1);
    ADD(&draft, "\300\14" A_RECORD "\300\14" A_RECORD "\0\0\51\4\320\0\0\0\0\0\0");
    assert_int_equal(dns_message_parse(&message, draft.wire, draft.length, records, 1), DNS_ERROR_TOO_MANY);
    assert_int_equal(message.count[DNS_ANSWER], 0);
    /* OPT takes no place. */
    assert_int_equal(dns_message_parse(&message, draft.wire, draft.length, records, 2), DNS_OK);
    assert_int_equal(message.count[DNS_ADDITIONAL], 0);
}

static void ttls_above_31_bits_are_zero(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    start(&draft, 3, 0);
    ADD(&draft, "\300\14\0\1\0\1\177\377\377\377\0\0"
                "\300\14\0\1\0\1\200\0\0\0\0\0"
                "\300\14\0\1\0\1\377\377\377\377\0\0");
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_int_equal(message.section[DNS_ANSWER][0].ttl, 0x7fffffff);
    assert_int_equal(message.section[DNS_ANSWER][1].ttl, 0);
    assert_int_equal(message.section[DNS_ANSWER][2].ttl, 0);
}

static void pointers_must_go_strictly_backward(void **state)
{
    /* The owner of the first record stands at 21. */
    static const struct {
        const char *owner;
        size_t length;
        enum dns_error error;
    } table[] = {
        {"\300\14", 2, DNS_OK},
        {"\300\16", 2, DNS_OK}, /* "b." */
        {"\1c\300\14", 4, DNS_OK},
        {"\300\25", 2, DNS_ERROR_POINTER},  /* itself */
        {"\300\26", 2, DNS_ERROR_POINTER},  /* forward by one */
        {"\377\377", 2, DNS_ERROR_POINTER}, /* far outside */
        {"\300\0", 2, DNS_ERROR_POINTER},   /* into the header */
        {"\300\13", 2, DNS_ERROR_POINTER},
        {"\1c\300\25", 4, DNS_ERROR_POINTER}, /* to the labels that led to it */
        {"\1c\300\27", 4, DNS_ERROR_POINTER}, /* itself, behind a label */
        {"\100", 1, DNS_ERROR_NAME},          /* label types 01 and 10 */
        {"\200", 1, DNS_ERROR_NAME},
        {"\277\14", 2, DNS_ERROR_NAME},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct draft draft;
        struct dns_message message;
        start(&draft, 1, 0);
        add(&draft, table[i].owner, table[i].length);
        ADD(&draft, A_RECORD);
        if (parse(&draft, &message) != table[i].error)
            fail_msg("owner %zu", i);
    }
}

static void a_pointer_in_the_question_is_refused(void **state)
{
    static const char *const table[] = {"\300\14", "\300\0", "\1a\300\14", "\1a\300\16"};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct draft draft;
        struct dns_message message;
        header(&draft, 1, 0, 0);
        add(&draft, table[i], i < 2 ? 2 : 4);
        ADD(&draft, "\0\1\0\1");
        assert_int_equal(parse(&draft, &message), DNS_ERROR_POINTER);
    }
}

static void a_loop_of_two_pointers_is_refused(void **state)
{
    struct draft draft;
    struct dns_message message;
    struct dns_name_buffer name;
    (void)state;
    /* The rdata at 33 is a pointer to 35, which holds a pointer to 33. */
    start(&draft, 1, 0);
    ADD(&draft, "\300\14\0\2\0\1\0\0\0\1\0\4\300\43\300\41");
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_int_equal(dns_message_name(&message, 33, &name), DNS_ERROR_POINTER);
    assert_int_equal(dns_message_name(&message, 35, &name), DNS_ERROR_POINTER);
    assert_int_equal(dns_message_name(&message, (uint16_t)draft.length, &name), DNS_ERROR_SHORT);
}

/* Rdata of pointers, each to the one before; the first to the question. The next record's owner is a
   pointer to the last. */
static void chain(struct draft *draft, unsigned pointers)
{
    start(draft, 2, 0);
    ADD(draft, "\300\14\0\2\0\1\0\0\0\1\0");
    uint8_t length = (uint8_t)(2 * pointers);
    add(draft, &length, 1);
    unsigned before = 12;
    for (unsigned i = 0; i < pointers; i++) {
        uint8_t octets[2] = {(uint8_t)(0xc0 | before >> 8), (uint8_t)before};
        before = (unsigned)draft->length;
        add(draft, octets, 2);
    }
    uint8_t owner[2] = {(uint8_t)(0xc0 | before >> 8), (uint8_t)before};
    add(draft, owner, 2);
    ADD(draft, A_RECORD);
}

static void a_name_may_follow_64_pointers(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    chain(&draft, 63);
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_true(
        dns_message_owner_is(&message, &message.section[DNS_ANSWER][1], dns_name_view(&message.qname)));
    chain(&draft, 64);
    assert_int_equal(parse(&draft, &message), DNS_ERROR_WORK);
}

/* Two chains of 63 pointers, and records that point to the end of the one and the other in turn. */
static void the_pointers_of_a_message_are_bounded(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    chain(&draft, 63);
    draft.wire[7] = 40;
    unsigned last = 33 + 2 * 62;
    for (unsigned i = 0; i < 38; i++) {
        uint8_t owner[2] = {0xc0, (uint8_t)(last - 2 * (i % 2))};
        add(&draft, owner, 2);
        ADD(&draft, A_RECORD);
    }
    assert_int_equal(parse(&draft, &message), DNS_ERROR_WORK);
}

static void expanding_names_again_and_again_comes_to_an_end(void **state)
{
    struct draft draft;
    struct dns_message message;
    struct dns_name_buffer name;
    unsigned expanded = 0;
    (void)state;
    chain(&draft, 63);
    assert_int_equal(parse(&draft, &message), DNS_OK);
    uint16_t owner = message.section[DNS_ANSWER][1].owner;
    while (expanded < 1000 && dns_message_name(&message, owner, &name) == DNS_OK)
        expanded++;
    assert_int_equal(expanded, (256 + 2 * 16) / 64);
    assert_int_equal(dns_message_name(&message, owner, &name), DNS_ERROR_WORK);
    assert_false(
        dns_message_owner_is(&message, &message.section[DNS_ANSWER][1], dns_name_view(&message.qname)));
    /* An owner that is a pointer to the question costs nothing. */
    assert_true(
        dns_message_owner_is(&message, &message.section[DNS_ANSWER][0], dns_name_view(&message.qname)));
}

static void names_that_pointers_make_too_long_are_refused(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    for (unsigned extra = 1; extra <= 2; extra++) {
        header(&draft, 1, 1, 0);
        for (unsigned i = 0; i < 126; i++)
            ADD(&draft, "\1x");
        ADD(&draft, "\0\0\1\0\1");
        if (extra == 1)
            ADD(&draft, "\1y\300\14");
        else
            ADD(&draft, "\2yy\300\14");
        ADD(&draft, A_RECORD);
        assert_int_equal(parse(&draft, &message), extra == 1 ? DNS_OK : DNS_ERROR_NAME);
    }
}

static void questions_of_127_labels_are_read_and_128_are_not(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    for (unsigned labels = 127; labels <= 128; labels++) {
        header(&draft, 1, 0, 0);
        for (unsigned i = 0; i < labels; i++)
            ADD(&draft, "\1x");
        ADD(&draft, "\0\0\1\0\1");
        assert_int_equal(parse(&draft, &message), labels == 127 ? DNS_OK : DNS_ERROR_NAME);
    }
    assert_int_equal(message.questions, 1);
}

#define OPT(ttl, length) "\0\0\51\4\320" ttl length

static void edns_is_read(void **state)
{
    struct draft draft;
    struct dns_message message;
    const uint8_t *data;
    uint16_t position = 0, code, length;
    (void)state;
    start(&draft, 0, 1);
    draft.wire[3] = 0;
    ADD(&draft, OPT("\1\2\200\0", "\0\13") "\0\12\0\3abc"
                                           "\0\17\0\0");
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_true(message.edns.present && message.edns.dnssec_ok);
    assert_int_equal(message.edns.version, 2);
    assert_int_equal(message.edns.udp_size, 1232);
    assert_int_equal(message.rcode, DNS_RCODE_BADVERS);
    assert_true(dns_edns_option_next(&message, &position, &code, &data, &length));
    assert_int_equal(code, DNS_EDNS_COOKIE);
    assert_int_equal(length, 3);
    assert_memory_equal(data, "abc", 3);
    assert_true(dns_edns_option_next(&message, &position, &code, &data, &length));
    assert_int_equal(code, DNS_EDNS_EDE);
    assert_int_equal(length, 0);
    assert_false(dns_edns_option_next(&message, &position, &code, &data, &length));
}

static void small_udp_sizes_are_512(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    start(&draft, 0, 1);
    ADD(&draft, "\0\0\51\0\0\0\0\0\0\0\0");
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_int_equal(message.edns.udp_size, 512);
    assert_false(message.edns.dnssec_ok);
}

static void misplaced_or_malformed_opt_is_refused(void **state)
{
    struct draft draft;
    struct dns_message message;
    (void)state;
    start(&draft, 0, 2);
    ADD(&draft, OPT("\0\0\0\0", "\0\0") OPT("\0\0\0\0", "\0\0"));
    assert_int_equal(parse(&draft, &message), DNS_ERROR_EDNS);
    start(&draft, 1, 0);
    ADD(&draft, OPT("\0\0\0\0", "\0\0"));
    assert_int_equal(parse(&draft, &message), DNS_ERROR_EDNS);
    start(&draft, 0, 1);
    ADD(&draft, "\1a" OPT("\0\0\0\0", "\0\0"));
    assert_int_equal(parse(&draft, &message), DNS_ERROR_EDNS);
    start(&draft, 0, 1);
    ADD(&draft, "\300\14\0\51\4\320\0\0\0\0\0\0");
    assert_int_equal(parse(&draft, &message), DNS_ERROR_EDNS);
}

static void option_lengths_must_fit(void **state)
{
    static const struct {
        const char *options;
        uint8_t length;
        enum dns_error error;
    } table[] = {
        {"", 0, DNS_OK},
        {"\0\12\0\0", 4, DNS_OK},
        {"\0\12\0\1x", 5, DNS_OK},
        {"\0", 1, DNS_ERROR_EDNS},
        {"\0\12\0", 3, DNS_ERROR_EDNS},
        {"\0\12\0\1", 4, DNS_ERROR_EDNS},
        {"\0\12\377\377", 4, DNS_ERROR_EDNS},
        {"\0\12\0\0\0", 5, DNS_ERROR_EDNS},
        {"\0\12\0\1x\0\12\0\2y", 10, DNS_ERROR_EDNS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct draft draft;
        struct dns_message message;
        start(&draft, 0, 1);
        ADD(&draft, OPT("\0\0\0\0", "\0"));
        add(&draft, &table[i].length, 1);
        add(&draft, table[i].options, table[i].length);
        if (parse(&draft, &message) != table[i].error)
            fail_msg("options %zu", i);
    }
}

static void of_16000_empty_options_16_are_seen(void **state)
{
    static struct draft draft;
    struct dns_message message;
    const uint8_t *data;
    uint16_t position = 0, code, length;
    unsigned seen = 0;
    (void)state;
    start(&draft, 0, 1);
    ADD(&draft, OPT("\0\0\0\0", "\372\0")); /* 64000 octets */
    for (unsigned i = 0; i < 16000; i++)
        ADD(&draft, "\0\12\0\0");
    assert_int_equal(parse(&draft, &message), DNS_OK);
    while (dns_edns_option_next(&message, &position, &code, &data, &length))
        seen++;
    assert_int_equal(seen, DNS_EDNS_OPTIONS_MAX);
}

static void the_largest_message_has_room_for_its_records(void **state)
{
    static struct draft draft;
    struct dns_message message;
    (void)state;
    unsigned count = (DNS_MESSAGE_MAX - DNS_HEADER_SIZE) / 11;
    assert_true(count <= DNS_RECORDS_MAX);
    header(&draft, 0, count, 0);
    for (unsigned i = 0; i < count; i++)
        ADD(&draft, "\0\377\0\0\1\0\0\0\1\0\0");
    assert_int_equal(parse(&draft, &message), DNS_OK);
    assert_int_equal(message.count[DNS_ANSWER], count);
}

/* xorshift32: the same numbers on every machine. */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static size_t mutate(uint8_t *wire, size_t length, uint32_t *seed)
{
    unsigned changes = 1 + next_random(seed) % 6;
    for (unsigned i = 0; i < changes; i++) {
        size_t place = next_random(seed) % length;
        switch (next_random(seed) % 5) {
        case 0:
            wire[place] ^= (uint8_t)(1u << next_random(seed) % 8);
            break;
        case 1:
            wire[place] = (uint8_t)next_random(seed);
            break;
        case 2:
            wire[place] = 0xc0;
            break;
        case 3:
            wire[place] = (uint8_t)(next_random(seed) % 2 ? 0xff : 0);
            break;
        default:
            memmove(wire + place, wire + next_random(seed) % length, 1);
        }
    }
    return next_random(seed) % 8 == 0 ? 1 + next_random(seed) % length : length;
}

static void ten_thousand_mutations_of_real_messages_do_no_harm(void **state)
{
    struct dns_record records[RECORDS];
    uint32_t seed = 20261122;
    unsigned good = 0, bad = 0;
    (void)state;
    for (unsigned i = 0; i < 10000; i++) {
        const struct packet *packet = &packets[i % PACKETS];
        uint8_t *wire = exact_copy(packet->wire, packet->length);
        size_t length = mutate(wire, packet->length, &seed);
        uint8_t *cut = exact_copy(wire, length);
        struct dns_message message;
        if (dns_message_parse(&message, cut, length, records, RECORDS) == DNS_OK) {
            use_message(&message);
            good++;
        } else {
            bad++;
        }
        free(cut);
        free(wire);
    }
    assert_true(good > 100 && bad > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_messages_are_read),
        cmocka_unit_test(every_record_of_a_referral_is_found),
        cmocka_unit_test(every_cut_of_a_message_is_too_short),
        cmocka_unit_test(a_cut_message_still_says_that_it_is_truncated),
        cmocka_unit_test(every_flag_has_its_place),
        cmocka_unit_test(messages_without_a_question_are_read),
        cmocka_unit_test(of_several_questions_the_first_is_kept),
        cmocka_unit_test(octets_behind_the_last_record_are_an_error),
        cmocka_unit_test(more_records_than_room_are_refused),
        cmocka_unit_test(ttls_above_31_bits_are_zero),
        cmocka_unit_test(pointers_must_go_strictly_backward),
        cmocka_unit_test(a_pointer_in_the_question_is_refused),
        cmocka_unit_test(a_loop_of_two_pointers_is_refused),
        cmocka_unit_test(a_name_may_follow_64_pointers),
        cmocka_unit_test(the_pointers_of_a_message_are_bounded),
        cmocka_unit_test(expanding_names_again_and_again_comes_to_an_end),
        cmocka_unit_test(names_that_pointers_make_too_long_are_refused),
        cmocka_unit_test(questions_of_127_labels_are_read_and_128_are_not),
        cmocka_unit_test(edns_is_read),
        cmocka_unit_test(small_udp_sizes_are_512),
        cmocka_unit_test(misplaced_or_malformed_opt_is_refused),
        cmocka_unit_test(option_lengths_must_fit),
        cmocka_unit_test(of_16000_empty_options_16_are_seen),
        cmocka_unit_test(the_largest_message_has_room_for_its_records),
        cmocka_unit_test(ten_thousand_mutations_of_real_messages_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
