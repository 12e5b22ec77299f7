/*
 * Random octets of the kernel's generator, fetched a page at a time: IDs, ports and choices cost no
 * system call of their own. Octets handed out are wiped from the buffer. One per thread.
 */
#ifndef SERVER_RANDOM_H
#define SERVER_RANDOM_H

#include <stddef.h>
#include <stdint.h>

enum { RANDOM_BUFFER = 2048 };

struct random {
    size_t left; /* octets at the end of the buffer that are unused */
    uint8_t buffer[RANDOM_BUFFER];
};

/* `context` is a struct random; zeroed at first. Ends the process where the kernel gives none: nothing
   here is safe without. */
void random_fill(void *context, uint8_t *to, size_t length);

/* Uniform below `bound`, which is not 0. `fill` is random_fill or a test's. */
typedef void random_source(void *context, uint8_t *to, size_t length);
uint32_t random_below(random_source *fill, void *context, uint32_t bound);

#endif
