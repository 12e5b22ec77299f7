/*
 * The fields that captures consist of: numbers as varints, octets behind their length, names, addresses. The same on
 * each machine. Writing may fail for lack of memory, reading for anything; both go on then, and say so in the end.
 */
#ifndef CAPTURE_FIELDS_H
#define CAPTURE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

struct fields {
    uint8_t *octets; /* to be freed by the owner */
    size_t length, capacity, limit;
    bool failed; /* out of memory, or beyond the limit */
};

void add_number(struct fields *to, uint64_t value);
void add_raw(struct fields *to, const void *octets, size_t length);
void add_octets(struct fields *to, const void *octets, size_t length); /* with their length */
void add_name(struct fields *to, struct dns_name name);
void add_address(struct fields *to, const struct dns_address *address); /* family 0: none */

/* What is read is a view. */
struct reading {
    const uint8_t *at, *end;
    bool failed; /* a field is not there, or out of its range */
};

/* Each returns something harmless when it fails: 0, no octets, the root. */
uint64_t take_number(struct reading *from, uint64_t most);
bool take_flag(struct reading *from);
const uint8_t *take_raw(struct reading *from, size_t length);
const uint8_t *take_octets(struct reading *from, size_t most, size_t *length);
struct dns_name take_name(struct reading *from);
struct dns_address take_address(struct reading *from);

#endif
