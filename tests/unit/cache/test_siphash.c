#include "cache/siphash.h"
#include "cache_test.h"

/* The hash once more, written after the paper, with any number of rounds. */
static uint64_t rotated(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void rounds(uint64_t v[4], unsigned count)
{
    while (count--) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotated(v[1], 13);
        v[3] = rotated(v[3], 16);
        v[1] ^= v[0];
        v[3] ^= v[2];
        v[0] = rotated(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotated(v[1], 17);
        v[3] = rotated(v[3], 21);
        v[1] ^= v[2];
        v[3] ^= v[0];
        v[2] = rotated(v[2], 32);
    }
}

static uint64_t reference(unsigned c, unsigned d, const uint8_t key[16], const uint8_t *octets, size_t length)
{
    uint64_t k[2] = {0, 0};
    for (unsigned i = 0; i < 16; i++)
        k[i / 8] |= (uint64_t)key[i] << 8 * (i % 8);
    uint64_t v[4] = {k[0] ^ UINT64_C(0x736f6d6570736575), k[1] ^ UINT64_C(0x646f72616e646f6d),
                     k[0] ^ UINT64_C(0x6c7967656e657261), k[1] ^ UINT64_C(0x7465646279746573)};
    for (size_t at = 0; at <= length; at += 8) {
        uint64_t word = at + 8 > length ? (uint64_t)(length & 255) << 56 : 0;
        for (size_t i = at; i < length && i < at + 8; i++)
            word |= (uint64_t)octets[i] << 8 * (i - at);
        v[3] ^= word;
        rounds(v, c);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(v, d);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void the_reference_agrees_with_the_papers_vector(void **state)
{
    (void)state;
    uint8_t octets[16];
    for (unsigned i = 0; i < 16; i++)
        octets[i] = (uint8_t)i;
    assert_true(reference(2, 4, octets, octets, 15) == UINT64_C(0xa129ca6149be45e5));
}

static void the_hash_is_siphash_1_3_at_every_length(void **state)
{
    (void)state;
    struct siphash_key key = siphash_key_load(test_key);
    uint8_t octets[256];
    for (unsigned i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 7) >= 'A' && (uint8_t)(i * 7) <= 'Z' ? '-' : (uint8_t)(i * 7);
    for (size_t length = 0; length <= sizeof octets; length++)
        assert_true(siphash_lower(&key, octets, length) == reference(1, 3, test_key, octets, length));
}

static void only_ascii_capitals_are_folded(void **state)
{
    (void)state;
    struct siphash_key key = siphash_key_load(test_key);
    for (unsigned octet = 0; octet < 256; octet++) {
        for (unsigned place = 0; place < 11; place++) {
            uint8_t octets[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, folded[11];
            octets[place] = (uint8_t)octet;
            memcpy(folded, octets, sizeof folded);
            if (octet >= 'A' && octet <= 'Z')
                folded[place] = (uint8_t)(octet + 32);
            assert_true(siphash_lower(&key, octets, 11) == reference(1, 3, test_key, folded, 11));
        }
    }
}

static void another_key_makes_another_hash(void **state)
{
    (void)state;
    uint8_t other[16];
    for (unsigned bit = 0; bit < 128; bit++) {
        memcpy(other, test_key, sizeof other);
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct siphash_key a = siphash_key_load(test_key), b = siphash_key_load(other);
        assert_true(siphash_lower(&a, (const uint8_t *)"example", 7) !=
                    siphash_lower(&b, (const uint8_t *)"example", 7));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_agrees_with_the_papers_vector),
        cmocka_unit_test(the_hash_is_siphash_1_3_at_every_length),
        cmocka_unit_test(only_ascii_capitals_are_folded),
        cmocka_unit_test(another_key_makes_another_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
