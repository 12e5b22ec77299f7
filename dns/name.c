#include "dns/name.h"

#include <string.h>

#include "dns/fold.h"

struct dns_name dns_name_root(void)
{
    static const uint8_t root[1] = {0};
    return (struct dns_name){root, 1};
}

void dns_name_copy(struct dns_name_buffer *to, struct dns_name name)
{
    to->length = name.length;
    memmove(to->wire, name.wire, name.length);
}

enum dns_error dns_name_from_wire(const uint8_t *wire, size_t length, struct dns_name *name)
{
    size_t at = 0;
    while (at < length && at < DNS_NAME_MAX) {
        uint8_t label = wire[at];
        if (label == 0) {
            *name = (struct dns_name){wire, (uint8_t)(at + 1)};
            return DNS_OK;
        }
        if (label > DNS_LABEL_MAX)
            return DNS_ERROR_NAME;
        at += 1 + (size_t)label;
    }
    return DNS_ERROR_NAME;
}

/* Reads the octet that follows a backslash; returns how many characters it took, 0 when ill formed. */
static unsigned read_escape(const char *text, uint8_t *octet)
{
    unsigned value = 0;
    if (text[0] == '\0')
        return 0;
    if (text[0] < '0' || text[0] > '9') {
        *octet = (uint8_t)text[0];
        return 1;
    }
    for (unsigned i = 0; i < 3; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *octet = (uint8_t)value;
    return value > 255 ? 0 : 3;
}

/* Reads one label to `label`, which has room for `room` octets. Returns its octets, 0 when it is none;
   *text is left at the dot or the end. */
static unsigned read_label(const char **text, uint8_t *label, unsigned room)
{
    unsigned length = 0;
    const char *at = *text;
    while (*at != '\0' && *at != '.') {
        uint8_t octet = (uint8_t)*at++;
        if (octet == '\\') {
            unsigned taken = read_escape(at, &octet);
            if (taken == 0)
                return 0;
            at += taken;
        }
        if (length == DNS_LABEL_MAX || length == room)
            return 0;
        label[length++] = octet;
    }
    *text = at;
    return length;
}

enum dns_error dns_name_from_text(const char *text, struct dns_name_buffer *name)
{
    unsigned used = 0;
    if (strcmp(text, ".") == 0) {
        dns_name_copy(name, dns_name_root());
        return DNS_OK;
    }
    do {
        if (used + 2 >= DNS_NAME_MAX)
            return DNS_ERROR_NAME;
        unsigned length = read_label(&text, name->wire + used + 1, DNS_NAME_MAX - 2 - used);
        if (length == 0)
            return DNS_ERROR_NAME;
        name->wire[used] = (uint8_t)length;
        used += 1 + length;
        if (*text == '.')
            text++;
    } while (*text != '\0');
    name->wire[used] = 0;
    name->length = (uint8_t)(used + 1);
    return DNS_OK;
}

static char *write_octet(char *to, uint8_t octet)
{
    if (octet <= ' ' || octet >= 0x7f) {
        *to++ = '\\';
        *to++ = (char)('0' + octet / 100);
        *to++ = (char)('0' + octet / 10 % 10);
        *to++ = (char)('0' + octet % 10);
        return to;
    }
    if (strchr(".\\\"();@$", octet) != NULL)
        *to++ = '\\';
    *to++ = (char)octet;
    return to;
}

const char *dns_name_to_text(struct dns_name name, char text[DNS_NAME_TEXT_MAX])
{
    char *to = text;
    if (dns_name_is_root(name))
        *to++ = '.';
    for (unsigned at = 0; at + 1u < name.length;) {
        unsigned end = at + 1u + name.wire[at];
        while (++at < end)
            to = write_octet(to, name.wire[at]);
        *to++ = '.';
    }
    *to = '\0';
    return text;
}

unsigned dns_name_labels(struct dns_name name)
{
    unsigned labels = 0;
    for (unsigned at = 0; at + 1u < name.length; at += 1u + name.wire[at])
        labels++;
    return labels;
}

struct dns_name dns_name_suffix(struct dns_name name, unsigned labels)
{
    for (unsigned have = dns_name_labels(name); have > labels; have--)
        name = dns_name_parent(name);
    return name;
}

bool dns_name_equal(struct dns_name a, struct dns_name b)
{
    return a.length == b.length && (a.wire == b.wire || fold_equal(a.wire, b.wire, a.length));
}

bool dns_name_within(struct dns_name name, struct dns_name ancestor)
{
    while (name.length > ancestor.length)
        name = dns_name_parent(name);
    return dns_name_equal(name, ancestor);
}

/* Compares two labels, length octet first in their octets, as RFC 4034 §6.1 has it. */
static int compare_label(const uint8_t *a, const uint8_t *b)
{
    unsigned shorter = a[0] < b[0] ? a[0] : b[0];
    for (unsigned i = 1; i <= shorter; i++) {
        int difference = (int)fold_octet(a[i]) - (int)fold_octet(b[i]);
        if (difference != 0)
            return difference;
    }
    return (int)a[0] - (int)b[0];
}

static unsigned label_offsets(struct dns_name name, uint8_t offsets[DNS_LABELS_MAX])
{
    unsigned count = 0;
    for (unsigned at = 0; at + 1u < name.length; at += 1u + name.wire[at])
        offsets[count++] = (uint8_t)at;
    return count;
}

int dns_name_compare(struct dns_name a, struct dns_name b)
{
    uint8_t in_a[DNS_LABELS_MAX], in_b[DNS_LABELS_MAX];
    unsigned left_a = label_offsets(a, in_a), left_b = label_offsets(b, in_b);
    while (left_a > 0 && left_b > 0) {
        int order = compare_label(a.wire + in_a[--left_a], b.wire + in_b[--left_b]);
        if (order != 0)
            return order;
    }
    return (int)left_a - (int)left_b;
}

void dns_name_copy_lower(struct dns_name_buffer *to, struct dns_name name)
{
    unsigned i = 0;
    to->length = name.length;
    for (; i + 8 <= name.length; i += 8) {
        uint64_t word = fold_word(fold_load(name.wire + i));
        memcpy(to->wire + i, &word, sizeof word);
    }
    for (; i < name.length; i++)
        to->wire[i] = fold_octet(name.wire[i]);
}

void dns_name_copy_0x20(struct dns_name_buffer *to, struct dns_name name, const uint8_t bits[32])
{
    to->length = name.length;
    for (unsigned i = 0; i < name.length; i++) {
        uint8_t octet = fold_octet(name.wire[i]);
        bool letter = (uint8_t)(octet - 'a') < 26;
        bool upper = letter && (bits[i / 8] >> i % 8 & 1) != 0;
        to->wire[i] = upper ? octet ^ 0x20 : octet;
    }
}

enum dns_error dns_name_replace_suffix(struct dns_name_buffer *to, struct dns_name name,
                                       struct dns_name owner, struct dns_name target)
{
    if (name.length < owner.length)
        return DNS_ERROR_NAME;
    unsigned prefix = (unsigned)name.length - owner.length;
    if (prefix + target.length > DNS_NAME_MAX)
        return DNS_ERROR_NAME;
    memmove(to->wire + prefix, target.wire, target.length);
    memmove(to->wire, name.wire, prefix);
    to->length = (uint8_t)(prefix + target.length);
    return DNS_OK;
}
