#include "dnssec/base.h"

#include <string.h>

static const char alphabet64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

bool base64_decode(const char *text, uint8_t *to, size_t capacity, size_t *length)
{
    uint32_t bits = 0;
    unsigned have = 0, digits = 0, padding = 0;
    *length = 0;
    for (; *text != '\0'; text++) {
        if (is_blank(*text))
            continue;
        const char *at = strchr(alphabet64, *text);
        if (*text == '=') {
            padding++;
            continue;
        }
        if (at == NULL || padding > 0)
            return false;
        bits = bits << 6 | (uint32_t)(at - alphabet64);
        have += 6;
        digits++;
        if (have >= 8) {
            have -= 8;
            if (*length == capacity)
                return false;
            to[(*length)++] = (uint8_t)(bits >> have);
            bits &= (1u << have) - 1;
        }
    }
    return padding <= 2 && (digits + padding) % 4 == 0 && bits == 0;
}

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

bool base16_decode(const char *text, uint8_t *to, size_t capacity, size_t *length)
{
    int high = -1;
    *length = 0;
    for (; *text != '\0'; text++) {
        if (is_blank(*text))
            continue;
        int digit = hex_digit(*text);
        if (digit < 0)
            return false;
        if (high < 0) {
            high = digit;
            continue;
        }
        if (*length == capacity)
            return false;
        to[(*length)++] = (uint8_t)(high << 4 | digit);
        high = -1;
    }
    return high < 0;
}

bool base64_encode(const uint8_t *from, size_t length, char *text, size_t capacity)
{
    if (capacity < (length + 2) / 3 * 4 + 1)
        return false;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t bits = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                        (left > 2 ? from[i + 2] : 0);
        *text++ = alphabet64[bits >> 18];
        *text++ = alphabet64[bits >> 12 & 63];
        *text++ = left > 1 ? alphabet64[bits >> 6 & 63] : '=';
        *text++ = left > 2 ? alphabet64[bits & 63] : '=';
    }
    *text = '\0';
    return true;
}

static int base32hex_digit(uint8_t character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'v' ? character - 'a' + 10 : -1;
}

bool base32hex_decode_sha1(const uint8_t text[32], uint8_t to[20])
{
    uint32_t bits = 0;
    unsigned have = 0, used = 0;
    for (unsigned i = 0; i < 32; i++) {
        int digit = base32hex_digit(text[i]);
        if (digit < 0)
            return false;
        bits = bits << 5 | (uint32_t)digit;
        have += 5;
        if (have >= 8) {
            have -= 8;
            to[used++] = (uint8_t)(bits >> have);
            bits &= (1u << have) - 1;
        }
    }
    return true;
}
