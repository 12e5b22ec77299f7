/*
 * Letter case, for the inside of dns/: eight octets at a time. Only A to Z are folded, so a label's
 * length octet (at most 63, below 'A') stays what it is and whole names can be folded at once.
 */
#ifndef DNS_FOLD_H
#define DNS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t fold_octet(uint8_t octet)
{
    return (uint8_t)(octet - 'A') < 26 ? octet | 0x20 : octet;
}

static inline uint64_t fold_load(const uint8_t *octets)
{
    uint64_t word;
    memcpy(&word, octets, sizeof word);
    return word;
}

/* In each octet, the top bit of `from_a` says "at least A", that of `past_z` "above Z". */
static inline uint64_t fold_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = word & (ones * 0x7f);
    uint64_t from_a = low + ones * (0x80 - 'A');
    uint64_t past_z = low + ones * (0x7f - 'Z');
    uint64_t upper = from_a & ~past_z & ~word & (ones * 0x80);
    return word | upper >> 2;
}

static inline bool fold_word_equal(const uint8_t *a, const uint8_t *b)
{
    uint64_t x = fold_load(a), y = fold_load(b);
    return x == y || fold_word(x) == fold_word(y);
}

/* `length` octets are equal without regard to ASCII case. */
static inline bool fold_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
    if (length < 8) {
        for (size_t i = 0; i < length; i++)
            if (fold_octet(a[i]) != fold_octet(b[i]))
                return false;
        return true;
    }
    for (size_t i = 0; i + 8 <= length; i += 8)
        if (!fold_word_equal(a + i, b + i))
            return false;
    return fold_word_equal(a + length - 8, b + length - 8);
}

#endif
