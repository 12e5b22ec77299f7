#include "dns/message.h"

#include <string.h>

#include "dns/fold.h"
#include "dns/octets.h"
#include "dns/walk.h"

enum { POINTERS_PER_MESSAGE = 256, POINTERS_PER_RECORD = 16 };

/* What goes along with the message while it is read the first time. */
struct reader {
    struct dns_message *message;
    size_t at;
    uint32_t budget;    /* of pointers, the parser's own */
    size_t good_target; /* an owner was a pointer to here, and could be read; SIZE_MAX: none was */
};

enum dns_error dns_walk_name(const uint8_t *wire, size_t end, size_t offset, uint32_t *budget,
                             struct dns_name_buffer *name, size_t *after)
{
    struct walk walk = walk_start(wire, end, offset, budget);
    unsigned used = 0;
    const uint8_t *label;
    do {
        enum dns_error error = walk_label(&walk, &label);
        if (error != DNS_OK)
            return error;
        if (used + 1u + label[0] > DNS_NAME_MAX)
            return DNS_ERROR_NAME;
        memcpy(name->wire + used, label, 1u + label[0]);
        used += 1u + label[0];
    } while (label[0] != 0);
    name->length = (uint8_t)used;
    *after = walk_after(&walk);
    return DNS_OK;
}

/* Checks the name at `offset` without keeping it. */
static enum dns_error check_name(struct reader *reader, size_t offset, size_t *after, unsigned *length)
{
    struct walk walk = walk_start(reader->message->wire, reader->message->length, offset, &reader->budget);
    unsigned used = 0;
    const uint8_t *label;
    do {
        enum dns_error error = walk_label(&walk, &label);
        if (error != DNS_OK)
            return error;
        used += 1u + label[0];
        if (used > DNS_NAME_MAX)
            return DNS_ERROR_NAME;
    } while (label[0] != 0);
    *after = walk_after(&walk);
    *length = used;
    return DNS_OK;
}

/* Everything but the question name's octets. */
static void clear(struct dns_message *message, const uint8_t *wire)
{
    memset(message, 0, offsetof(struct dns_message, qname));
    message->wire = wire;
    message->qname.length = 1;
    message->qname.wire[0] = 0;
    memset(&message->qtype, 0, sizeof *message - offsetof(struct dns_message, qtype));
}

enum dns_error dns_message_parse_header(struct dns_message *message, const uint8_t *wire, size_t length)
{
    clear(message, wire);
    if (length < DNS_HEADER_SIZE)
        return DNS_ERROR_SHORT;
    message->length = length > DNS_MESSAGE_MAX ? DNS_MESSAGE_MAX : (uint16_t)length;
    message->id = get16(wire);
    message->response = (wire[2] & 0x80) != 0;
    message->opcode = wire[2] >> 3 & 0x0f;
    message->authoritative = (wire[2] & 0x04) != 0;
    message->truncated = (wire[2] & 0x02) != 0;
    message->recursion_desired = (wire[2] & 0x01) != 0;
    message->recursion_available = (wire[3] & 0x80) != 0;
    message->authentic_data = (wire[3] & 0x20) != 0;
    message->checking_disabled = (wire[3] & 0x10) != 0;
    message->rcode = wire[3] & 0x0f;
    message->questions = get16(wire + 4);
    return length > DNS_MESSAGE_MAX ? DNS_ERROR_TRAILING : DNS_OK;
}

/* Steps over a name without following its pointer. */
static enum dns_error skip_name(struct reader *reader)
{
    const uint8_t *wire = reader->message->wire;
    size_t end = reader->message->length;
    while (reader->at < end) {
        uint8_t octet = wire[reader->at];
        if (octet > DNS_LABEL_MAX && octet < 0xc0)
            return DNS_ERROR_NAME;
        reader->at += octet >= 0xc0 ? 2 : 1 + (size_t)octet;
        if (octet == 0 || octet >= 0xc0)
            return DNS_OK;
    }
    return DNS_ERROR_SHORT;
}

/* The first question is kept. Nothing lies before its name, so that a pointer in it is always wrong. */
static enum dns_error read_questions(struct reader *reader)
{
    struct dns_message *message = reader->message;
    for (unsigned i = 0; i < message->questions; i++) {
        enum dns_error error = i > 0 ? skip_name(reader)
                                     : dns_walk_name(message->wire, message->length, reader->at,
                                                     &reader->budget, &message->qname, &reader->at);
        if (error != DNS_OK)
            return error;
        if (reader->at + 4 > message->length)
            return DNS_ERROR_SHORT;
        if (i == 0) {
            message->qtype = get16(message->wire + reader->at);
            message->qclass = get16(message->wire + reader->at + 2);
            message->question_end = (uint16_t)(reader->at + 4);
        }
        reader->at += 4;
    }
    return DNS_OK;
}

/* Checks a record's owner and steps over it. Most owners are a pointer to the question's name or the
   same pointer as the record's before; these have been checked already. */
static enum dns_error read_owner(struct reader *reader, unsigned *length)
{
    const struct dns_message *message = reader->message;
    const uint8_t *wire = message->wire;
    size_t at = reader->at;
    if (at + 2 > message->length || wire[at] < 0xc0)
        return check_name(reader, at, &reader->at, length);

    size_t target = (size_t)(wire[at] & 0x3f) << 8 | wire[at + 1];
    bool known = target == reader->good_target || (target == DNS_HEADER_SIZE && message->questions > 0);
    if (known) {
        *length = 0;
        reader->at += 2;
        return DNS_OK;
    }
    enum dns_error error = check_name(reader, at, &reader->at, length);
    if (error == DNS_OK)
        reader->good_target = target;
    return error;
}

static enum dns_error check_options(const uint8_t *options, size_t length)
{
    size_t at = 0;
    while (at < length) {
        if (length - at < 4 || length - at - 4 < get16(options + at + 2))
            return DNS_ERROR_EDNS;
        at += 4 + (size_t)get16(options + at + 2);
    }
    return DNS_OK;
}

/* RFC 6891 §6.1: owner the root, in the additional section, once. */
static enum dns_error read_opt(struct dns_message *message, enum dns_section section, unsigned owner_length,
                               const struct dns_record *record, const uint8_t *ttl)
{
    if (section != DNS_ADDITIONAL || message->edns.present || owner_length != 1)
        return DNS_ERROR_EDNS;
    message->edns = (struct dns_edns){
        .present = true,
        .dnssec_ok = (ttl[2] & 0x80) != 0,
        .version = ttl[1],
        .udp_size = record->class < 512 ? 512 : record->class,
        .options = record->rdata,
        .options_length = record->rdata_length,
    };
    message->rcode |= (uint16_t)(ttl[0] << 4);
    return check_options(message->wire + record->rdata, record->rdata_length);
}

/* Reads the record at reader->at to `record`; an OPT record goes to message->edns, with *is_opt set. */
static enum dns_error read_record(struct reader *reader, enum dns_section section, struct dns_record *record,
                                  bool *is_opt)
{
    struct dns_message *message = reader->message;
    unsigned owner_length;
    size_t owner = reader->at;
    reader->budget += POINTERS_PER_RECORD;
    enum dns_error error = read_owner(reader, &owner_length);
    if (error != DNS_OK)
        return error;
    if (reader->at + 10 > message->length)
        return DNS_ERROR_SHORT;

    const uint8_t *fixed = message->wire + reader->at;
    uint32_t ttl = get32(fixed + 4);
    reader->at += 10;
    *record = (struct dns_record){
        .owner = (uint16_t)owner,
        .type = get16(fixed),
        .class = get16(fixed + 2),
        .rdata = (uint16_t)reader->at,
        .rdata_length = get16(fixed + 8),
        .ttl = ttl > INT32_MAX ? 0 : ttl,
    };
    if (message->length - reader->at < record->rdata_length)
        return DNS_ERROR_SHORT;
    reader->at += record->rdata_length;
    *is_opt = record->type == DNS_TYPE_OPT;
    return *is_opt ? read_opt(message, section, owner_length, record, fixed + 4) : DNS_OK;
}

static enum dns_error read_sections(struct reader *reader, struct dns_record *records, size_t capacity)
{
    struct dns_message *message = reader->message;
    size_t used = 0;
    for (unsigned section = 0; section < DNS_SECTIONS; section++) {
        unsigned promised = get16(message->wire + 6 + 2 * section);
        message->section[section] = records + used;
        for (unsigned i = 0; i < promised; i++) {
            struct dns_record record;
            bool is_opt;
            enum dns_error error = read_record(reader, (enum dns_section)section, &record, &is_opt);
            if (error != DNS_OK)
                return error;
            if (is_opt)
                continue;
            if (used == capacity)
                return DNS_ERROR_TOO_MANY;
            records[used++] = record;
            message->count[section]++;
        }
    }
    message->pointers_left = (uint32_t)(POINTERS_PER_MESSAGE + POINTERS_PER_RECORD * used);
    return reader->at == message->length ? DNS_OK : DNS_ERROR_TRAILING;
}

enum dns_error dns_message_parse(struct dns_message *message, const uint8_t *wire, size_t length,
                                 struct dns_record *records, size_t capacity)
{
    struct reader reader = {
        .message = message,
        .at = DNS_HEADER_SIZE,
        .budget = POINTERS_PER_MESSAGE,
        .good_target = SIZE_MAX,
    };
    enum dns_error error = dns_message_parse_header(message, wire, length);
    if (error == DNS_OK)
        error = read_questions(&reader);
    if (error == DNS_OK)
        error = read_sections(&reader, records, capacity);
    if (error != DNS_OK)
        memset(message->count, 0, sizeof message->count);
    return error;
}

enum dns_error dns_message_name(struct dns_message *message, uint16_t offset, struct dns_name_buffer *name)
{
    size_t after;
    return dns_walk_name(message->wire, message->length, offset, &message->pointers_left, name, &after);
}

bool dns_message_owner_is(struct dns_message *message, const struct dns_record *record, struct dns_name name)
{
    const uint8_t *wire = message->wire;
    size_t at = record->owner;
    if (message->questions > 0 && at + 2 <= message->length && wire[at] == 0xc0 &&
        wire[at + 1] == DNS_HEADER_SIZE)
        return dns_name_equal(dns_name_view(&message->qname), name);

    struct walk walk = walk_start(wire, message->length, at, &message->pointers_left);
    for (unsigned i = 0; i < name.length; i += 1u + name.wire[i]) {
        const uint8_t *label;
        if (walk_label(&walk, &label) != DNS_OK || label[0] != name.wire[i])
            return false;
        if (!fold_equal(label + 1, name.wire + i + 1, label[0]))
            return false;
    }
    return true;
}

bool dns_edns_option_next(const struct dns_message *message, uint16_t *position, uint16_t *code,
                          const uint8_t **data, uint16_t *length)
{
    const uint8_t *options = message->wire + message->edns.options;
    size_t end = message->edns.options_length, at = 0;
    unsigned number = 0;
    /* The position counts options, so that the bound holds whatever their lengths are. */
    while (number < *position && at + 4 <= end) {
        at += 4 + (size_t)get16(options + at + 2);
        number++;
    }
    if (number >= DNS_EDNS_OPTIONS_MAX || at + 4 > end)
        return false;
    *code = get16(options + at);
    *length = get16(options + at + 2);
    *data = options + at + 4;
    ++*position;
    return true;
}
