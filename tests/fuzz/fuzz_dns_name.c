/* Names: wire to text to wire is the same name, text to wire to text to wire too; order and equality agree. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_name(struct dns_name name)
{
    char text[DNS_NAME_TEXT_MAX];
    struct dns_name_buffer again, lower, mixed;
    uint8_t bits[32];
    require(strlen(dns_name_to_text(name, text)) < DNS_NAME_TEXT_MAX);
    require(dns_name_from_text(text, &again) == DNS_OK);
    require(again.length == name.length && memcmp(again.wire, name.wire, name.length) == 0);
    dns_name_copy_lower(&lower, name);
    memset(bits, name.length, sizeof bits);
    dns_name_copy_0x20(&mixed, name, bits);
    require(dns_name_equal(name, dns_name_view(&lower)) && dns_name_equal(name, dns_name_view(&mixed)));
    require(dns_name_compare(name, dns_name_view(&mixed)) == 0);
    require(dns_name_labels(name) <= DNS_LABELS_MAX);
    for (struct dns_name at = name; !dns_name_is_root(at); at = dns_name_parent(at)) {
        require(dns_name_within(name, at));
        require(dns_name_compare(dns_name_parent(at), at) < 0);
    }
}

static void check_pair(struct dns_name a, struct dns_name b)
{
    struct dns_name_buffer to;
    int order = dns_name_compare(a, b), reverse = dns_name_compare(b, a);
    require((order == 0) == dns_name_equal(a, b));
    require((order > 0) == (reverse < 0));
    if (dns_name_within(a, b))
        require(order >= 0 && dns_name_equal(dns_name_suffix(a, dns_name_labels(b)), b));
    if (dns_name_replace_suffix(&to, a, dns_name_parent(a), b) == DNS_OK)
        check_name(dns_name_view(&to));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_name name, other;
    if (dns_name_from_wire(data, size, &name) == DNS_OK) {
        check_name(name);
        if (dns_name_from_wire(data + name.length, size - name.length, &other) == DNS_OK)
            check_pair(name, other);
    }

    char text[2048];
    struct dns_name_buffer buffer;
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, length);
    text[length] = '\0';
    if (dns_name_from_text(text, &buffer) == DNS_OK) {
        require(dns_name_from_wire(buffer.wire, buffer.length, &name) == DNS_OK &&
                name.length == buffer.length);
        check_name(name);
    }
    return 0;
}
