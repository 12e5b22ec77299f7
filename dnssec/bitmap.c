#include "dnssec/bitmap.h"

bool dnssec_bitmap_valid(const uint8_t *bitmap, size_t length)
{
    int last = -1;
    size_t at = 0;
    while (at < length) {
        if (length - at < 2)
            return false;
        unsigned octets = bitmap[at + 1];
        if (bitmap[at] <= last || octets == 0 || octets > 32 || length - at - 2 < octets)
            return false;
        last = bitmap[at];
        at += 2 + (size_t)octets;
    }
    return true;
}

bool dnssec_bitmap_has(const uint8_t *bitmap, size_t length, uint16_t type)
{
    unsigned window = type >> 8, octet = (type & 0xff) >> 3, bit = 7 - (type & 7);
    for (size_t at = 0; at + 2 <= length; at += 2 + (size_t)bitmap[at + 1])
        if (bitmap[at] == window)
            return octet < bitmap[at + 1] && (bitmap[at + 2 + octet] >> bit & 1) != 0;
    return false;
}
