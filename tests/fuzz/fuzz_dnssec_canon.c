/*
 * Canonical form: the first two octets are the type, then records, each behind one octet of length. What has
 * a canonical form has the same one again, sorted, each record once, no octet more than before.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dnssec/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_order(const struct dnssec_canonical *canonical)
{
    for (unsigned i = 1; i < canonical->count; i++) {
        const struct dnssec_rdata *a = &canonical->rdata[i - 1], *b = &canonical->rdata[i];
        int order = memcmp(a->octets, b->octets, a->length < b->length ? a->length : b->length);
        require(order < 0 || (order == 0 && a->length < b->length));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dnssec_rdata rdata[DNSSEC_RECORDS_MAX + 1];
    static struct dnssec_canonical once, twice;
    unsigned count = 0;
    if (size < 2)
        return 0;
    for (size_t at = 2; at < size && count <= DNSSEC_RECORDS_MAX; count++) {
        size_t length = data[at] < size - at - 1 ? data[at] : size - at - 1;
        rdata[count] = (struct dnssec_rdata){data + at + 1, (uint16_t)length};
        at += 1 + length;
    }
    struct dnssec_rrset rrset = {
        dns_name_root(), (uint16_t)(data[0] << 8 | data[1]), 1, 60, rdata, count, NULL, 0};
    if (dnssec_canonical_rrset(&rrset, &once) != DNSSEC_REASON_NONE)
        return 0;
    require(once.count <= count && once.used <= size);
    check_order(&once);
    rrset.rdata = once.rdata;
    rrset.count = once.count;
    require(dnssec_canonical_rrset(&rrset, &twice) == DNSSEC_REASON_NONE && twice.count == once.count);
    for (unsigned i = 0; i < once.count; i++)
        require(once.rdata[i].length == twice.rdata[i].length &&
                memcmp(once.rdata[i].octets, twice.rdata[i].octets, once.rdata[i].length) == 0);
    return 0;
}
