#include "dns/builder.h"

#include <string.h>

#include "dns/fold.h"
#include "dns/octets.h"

enum {
    RECORD_FIXED = 10, /* type, class, TTL, rdata's length */
    OPT_SIZE = 1 + RECORD_FIXED,
    EDE_SIZE = 6, /* option code, length, info code */
    POINTER_LIMIT = 0x4000,
};

static size_t room(const struct dns_builder *builder)
{
    size_t capacity = builder->capacity < DNS_MESSAGE_MAX ? builder->capacity : DNS_MESSAGE_MAX;
    return capacity > builder->length ? capacity - builder->length : 0;
}

void dns_builder_start(struct dns_builder *builder, uint8_t *wire, size_t capacity, uint16_t id,
                       uint16_t flags)
{
    builder->wire = wire;
    builder->capacity = capacity;
    builder->length = DNS_HEADER_SIZE;
    builder->question_end = DNS_HEADER_SIZE;
    builder->full = false;
    builder->target_count = 0;
    builder->comparisons_left = DNS_BUILDER_COMPARISONS;
    builder->recent = 0;
    memset(builder->count, 0, sizeof builder->count);
    memset(wire, 0, DNS_HEADER_SIZE);
    put16(wire, id);
    put16(wire + 2, flags);
}

/* The name that was written at `offset` equals `name`, of the same length. The pointers met are this
   builder's own. */
static bool target_equals(const struct dns_builder *builder, unsigned offset, struct dns_name name)
{
    const uint8_t *wire = builder->wire;
    for (unsigned i = 0; i < name.length; i += 1u + name.wire[i]) {
        while (wire[offset] >= 0xc0)
            offset = get16(wire + offset) & 0x3fff;
        if (wire[offset] != name.wire[i] || !fold_equal(wire + offset + 1, name.wire + i + 1, name.wire[i]))
            return false;
        offset += 1u + name.wire[i];
    }
    return true;
}

/* The offset of an earlier name that equals `name`, 0 when none is known. Only comparisons that find a
   difference are counted against the message's bound: the others save what they cost. */
static unsigned find_target(struct dns_builder *builder, struct dns_name name)
{
    for (unsigned i = 0; i < builder->target_count; i++) {
        if (builder->target_length[i] != name.length)
            continue;
        if (builder->comparisons_left == 0)
            return 0;
        if (target_equals(builder, builder->targets[i], name))
            return builder->targets[i];
        builder->comparisons_left--;
    }
    return 0;
}

/* Most owners are that of the record before, or the question's name: looked for first, at a cost that
   each record has at most once. */
static unsigned find_recent(const struct dns_builder *builder, struct dns_name name)
{
    if (builder->recent != 0 && builder->recent_length == name.length &&
        target_equals(builder, builder->recent, name))
        return builder->recent;
    if (builder->target_count > 0 && builder->target_length[0] == name.length &&
        target_equals(builder, builder->targets[0], name))
        return builder->targets[0];
    return 0;
}

/* Remembers that `name` is going to stand at `offset`. */
static void add_target(struct dns_builder *builder, size_t offset, struct dns_name name)
{
    if (offset >= POINTER_LIMIT || builder->target_count == DNS_BUILDER_TARGETS)
        return;
    builder->targets[builder->target_count] = (uint16_t)offset;
    builder->target_length[builder->target_count++] = name.length;
}

/* How a name will be written: its first `plain` octets, then a pointer to `target`, or the root where
   that is 0. */
struct encoding {
    unsigned plain, target, size;
};

static struct encoding encode(struct dns_builder *builder, struct dns_name name)
{
    struct dns_name rest = name;
    unsigned target = dns_name_is_root(name) ? 0 : find_recent(builder, name);
    while (target == 0 && !dns_name_is_root(rest) && builder->comparisons_left > 0) {
        target = find_target(builder, rest);
        if (target == 0)
            rest = dns_name_parent(rest);
    }
    if (target == 0)
        return (struct encoding){.plain = name.length, .size = name.length};
    unsigned plain = (unsigned)name.length - rest.length;
    return (struct encoding){.plain = plain, .target = target, .size = plain + 2};
}

static void write_name(struct dns_builder *builder, struct dns_name name, const struct encoding *encoding)
{
    uint8_t *to = builder->wire + builder->length;
    memcpy(to, name.wire, encoding->plain);
    if (encoding->target != 0)
        put16(to + encoding->plain, 0xc000 | encoding->target);
    struct dns_name rest = name;
    while (!dns_name_is_root(rest) && (unsigned)name.length - rest.length < encoding->plain) {
        add_target(builder, builder->length + (unsigned)(name.length - rest.length), rest);
        rest = dns_name_parent(rest);
    }
    builder->length += encoding->size;
}

static void set_recent(struct dns_builder *builder, struct dns_name owner, const struct encoding *encoding,
                       size_t start)
{
    size_t offset = encoding->plain == 0 ? encoding->target : start;
    if (dns_name_is_root(owner) || offset >= POINTER_LIMIT)
        return;
    builder->recent = (uint16_t)offset;
    builder->recent_length = owner.length;
}

bool dns_builder_question(struct dns_builder *builder, struct dns_name qname, uint16_t qtype, uint16_t qclass)
{
    if (builder->full || room(builder) < qname.length + 4u) {
        builder->full = true;
        return false;
    }
    write_name(builder, qname, &(struct encoding){.plain = qname.length, .size = qname.length});
    put16(builder->wire + builder->length, qtype);
    put16(builder->wire + builder->length + 2, qclass);
    builder->length += 4;
    builder->count[0]++;
    builder->question_end = builder->length;
    return true;
}

/* A record after those of a later section would be read as one of these. */
static bool is_out_of_order(const struct dns_builder *builder, enum dns_section section)
{
    for (unsigned later = section + 1; later < DNS_SECTIONS; later++)
        if (builder->count[1 + later] > 0)
            return true;
    return false;
}

bool dns_builder_record(struct dns_builder *builder, enum dns_section section, struct dns_name owner,
                        uint16_t type, uint16_t class, uint32_t ttl, const uint8_t *rdata,
                        size_t rdata_length)
{
    if (builder->full)
        return false;
    struct encoding encoding = encode(builder, owner);
    if (rdata_length > DNS_MESSAGE_MAX || room(builder) < encoding.size + RECORD_FIXED + rdata_length ||
        is_out_of_order(builder, section)) {
        builder->full = true;
        return false;
    }
    size_t start = builder->length;
    write_name(builder, owner, &encoding);
    set_recent(builder, owner, &encoding, start);
    uint8_t *to = builder->wire + builder->length;
    put16(to, type);
    put16(to + 2, class);
    put16(to + 4, ttl >> 16);
    put16(to + 6, ttl & 0xffff);
    put16(to + 8, (unsigned)rdata_length);
    if (rdata_length > 0)
        memcpy(to + RECORD_FIXED, rdata, rdata_length);
    builder->length += RECORD_FIXED + rdata_length;
    builder->count[1 + section]++;
    return true;
}

bool dns_builder_copy(struct dns_builder *builder, enum dns_section section, const uint8_t *records,
                      size_t length, unsigned count)
{
    if (builder->full || room(builder) < length || is_out_of_order(builder, section) ||
        builder->count[0] == 0) {
        builder->full = true;
        return false;
    }
    memcpy(builder->wire + builder->length, records, length);
    builder->length += length;
    builder->count[1 + section] = (uint16_t)(builder->count[1 + section] + count);
    return true;
}

/* The octets of each part of the OPT record. */
struct edns_parts {
    size_t options, ede, text;
};

static struct edns_parts edns_parts(const struct dns_edns_reply *edns)
{
    struct edns_parts parts = {0};
    if (edns->options != NULL)
        parts.options = edns->options_length;
    if (edns->ede != DNS_EDE_NONE)
        parts.ede = EDE_SIZE;
    if (parts.ede > 0 && edns->ede_text != NULL)
        parts.text = strnlen(edns->ede_text, DNS_MESSAGE_MAX);
    return parts;
}

size_t dns_edns_size(const struct dns_edns_reply *edns)
{
    struct edns_parts parts = edns_parts(edns);
    return OPT_SIZE + parts.options + parts.ede + parts.text;
}

/* Leaves out what does not fit: the text first, then the code, then the options. */
static struct edns_parts fit_edns(struct edns_parts parts, size_t space)
{
    if (parts.options + parts.ede + parts.text > space)
        parts.text = 0;
    if (parts.options + parts.ede > space)
        parts.ede = 0;
    if (parts.options > space)
        parts.options = 0;
    return parts;
}

/* RFC 8914 §2. */
static uint8_t *write_ede(uint8_t *to, const struct dns_edns_reply *edns, size_t text)
{
    put16(to, DNS_EDNS_EDE);
    put16(to + 2, (unsigned)(2 + text));
    put16(to + 4, (unsigned)edns->ede);
    if (text > 0)
        memcpy(to + EDE_SIZE, edns->ede_text, text);
    return to + EDE_SIZE + text;
}

/* RFC 6891 §6.1.2 and §6.1.3. */
bool dns_builder_edns(struct dns_builder *builder, const struct dns_edns_reply *edns)
{
    if (room(builder) < OPT_SIZE) {
        builder->full = true;
        return false;
    }
    struct edns_parts parts = fit_edns(edns_parts(edns), room(builder) - OPT_SIZE);
    uint8_t *to = builder->wire + builder->length;
    to[0] = 0;
    put16(to + 1, DNS_TYPE_OPT);
    put16(to + 3, edns->udp_size);
    to[5] = (uint8_t)(edns->rcode >> 4);
    to[6] = 0;
    put16(to + 7, edns->dnssec_ok ? 0x8000 : 0);
    put16(to + 9, (unsigned)(parts.options + parts.ede + parts.text));
    to += OPT_SIZE;
    if (parts.options > 0)
        memcpy(to, edns->options, parts.options);
    to += parts.options;
    if (parts.ede > 0)
        to = write_ede(to, edns, parts.text);
    builder->length = (size_t)(to - builder->wire);
    builder->count[1 + DNS_ADDITIONAL]++;
    if (edns->rcode != 0)
        builder->wire[3] = (uint8_t)((builder->wire[3] & 0xf0) | (edns->rcode & 0x0f));
    return true;
}

void dns_builder_drop_records(struct dns_builder *builder)
{
    unsigned kept = 0;
    while (kept < builder->target_count && builder->targets[kept] < builder->question_end)
        kept++;
    builder->target_count = kept;
    builder->length = builder->question_end;
    builder->recent = 0;
    builder->full = false;
    builder->wire[2] |= DNS_FLAG_TC >> 8;
    memset(builder->count + 1, 0, sizeof builder->count - sizeof builder->count[0]);
}

size_t dns_builder_finish(struct dns_builder *builder)
{
    for (unsigned i = 0; i <= DNS_SECTIONS; i++)
        put16(builder->wire + 4 + 2 * (size_t)i, builder->count[i]);
    return builder->length;
}
