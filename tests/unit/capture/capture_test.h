/* Captures of questions to the small internet, for the tests of replay. */
#ifndef CAPTURE_TEST_H
#define CAPTURE_TEST_H

#include "capture/capture.h"
#include "net.h"

/* A capture as a file has it; `octets` to be freed. */
struct taken {
    uint8_t *octets;
    size_t length;
    struct capture_totals totals;
};

/* Asks one question with an engine of its own: on what the net's cache holds, or on nothing. `seed`: anything. */
struct taken capture_take(struct net *net, const char *name, const char *type, bool cold, uint8_t seed);

/* The octets changed, the checksum is made right again. */
void capture_reseal(struct taken *taken);

#endif
