/*
 * Domain names in wire format (RFC 1035 §3.1).
 *
 * A name is seen through a struct dns_name: a view of uncompressed octets that somebody else keeps
 * (a packet, a cache entry, a dns_name_buffer). Views are passed by value; a parent is a view further
 * along in the same octets. Names keep the letter case they came in and compare without it
 * (RFC 4343). Nothing here allocates, and every view handed out has been checked: its labels end
 * exactly at its last octet, the root's zero.
 *
 *      struct dns_name_buffer buffer;
 *      if (dns_name_from_text("www.example.org", &buffer) != DNS_OK) ...
 *      struct dns_name name = dns_name_view(&buffer);
 *      for (; !dns_name_is_root(name); name = dns_name_parent(name)) ...
 */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/error.h"

enum {
    DNS_NAME_MAX = 255,       /* octets of a name with the root's, RFC 1035 §2.3.4 */
    DNS_LABEL_MAX = 63,       /* octets of a label */
    DNS_LABELS_MAX = 127,     /* labels of the longest name, the root not counted */
    DNS_NAME_TEXT_MAX = 1024, /* octets of the longest text form, with \DDD and the final zero */
};

struct dns_name {
    const uint8_t *wire;
    uint8_t length; /* octets, 1 (the root) to 255 */
};

struct dns_name_buffer {
    uint8_t length;
    uint8_t wire[DNS_NAME_MAX];
};

/* The root: one zero octet. */
struct dns_name dns_name_root(void);

static inline struct dns_name dns_name_view(const struct dns_name_buffer *buffer)
{
    return (struct dns_name){buffer->wire, buffer->length};
}

void dns_name_copy(struct dns_name_buffer *to, struct dns_name name);

/* Checks uncompressed octets that may continue behind the name. DNS_ERROR_NAME when they are none. */
enum dns_error dns_name_from_wire(const uint8_t *wire, size_t length, struct dns_name *name);

/* Presentation form, RFC 1035 §5.1: \DDD and \X escapes; a missing final dot is supplied.
   DNS_ERROR_NAME when a label or the name is too long, empty or ill escaped. */
enum dns_error dns_name_from_text(const char *text, struct dns_name_buffer *name);

/* Writes the presentation form with its final dot, and returns `text`. */
const char *dns_name_to_text(struct dns_name name, char text[DNS_NAME_TEXT_MAX]);

static inline bool dns_name_is_root(struct dns_name name)
{
    return name.length == 1;
}

/* Labels of the name, the root not counted: 0 for ".", 2 for "example.org.". */
unsigned dns_name_labels(struct dns_name name);

/* The name without its first label. The root's parent is the root. */
static inline struct dns_name dns_name_parent(struct dns_name name)
{
    if (dns_name_is_root(name))
        return name;
    uint8_t skip = (uint8_t)(name.wire[0] + 1);
    return (struct dns_name){name.wire + skip, (uint8_t)(name.length - skip)};
}

/* The last `labels` labels of the name; the whole name when it has no more than these. */
struct dns_name dns_name_suffix(struct dns_name name, unsigned labels);

/* Equal without regard to ASCII case. */
bool dns_name_equal(struct dns_name a, struct dns_name b);

/* `name` is `ancestor` or below it ("in bailiwick of"). */
bool dns_name_within(struct dns_name name, struct dns_name ancestor);

/* Canonical order, RFC 4034 §6.1: negative, zero or positive. */
int dns_name_compare(struct dns_name a, struct dns_name b);

/* Copies with ASCII letters in lower case. */
void dns_name_copy_lower(struct dns_name_buffer *to, struct dns_name name);

/* Copies, and sets the case of each ASCII letter by one of `bits` (draft-vixie-dnsext-dns0x20);
   bit i of the 32 octets belongs to octet i of the wire form. */
void dns_name_copy_0x20(struct dns_name_buffer *to, struct dns_name name, const uint8_t bits[32]);

/* Replaces the last labels of `name` that make up `owner` by `target` (DNAME, RFC 6672 §2.2).
   DNS_ERROR_NAME when the result is too long (YXDOMAIN). `name` must be below `owner`. */
enum dns_error dns_name_replace_suffix(struct dns_name_buffer *to, struct dns_name name,
                                       struct dns_name owner, struct dns_name target);

#endif
