/* Serial numbers, RFC 1982: they go round. */
#ifndef ZONES_SERIAL_H
#define ZONES_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* `a` is newer than `b`. Of two that are 2^31 apart neither is. */
static inline bool serial_newer(uint32_t a, uint32_t b)
{
    uint32_t ahead = a - b;
    return ahead != 0 && ahead < UINT32_C(0x80000000);
}

#endif
