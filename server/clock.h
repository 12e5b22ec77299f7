/*
 * The daemon's clock: microseconds of CLOCK_MONOTONIC, read once for each batch of packets.
 *
 * Setting the wall clock changes no TTL. The clock stands still while the machine is suspended, so TTLs
 * grow by that time; CLOCK_BOOTTIME would not, but tools that fake time for tests know only this one.
 */
#ifndef SERVER_CLOCK_H
#define SERVER_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The cache's seconds. */
static inline uint32_t clock_seconds(uint64_t now)
{
    return (uint32_t)(now / 1000000);
}

#endif
