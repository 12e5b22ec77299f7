/* The root servers to begin with: compiled in from root-hints/named.root, or read from a hint zone. */
#ifndef RESOLVER_HINTS_H
#define RESOLVER_HINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

enum { HINTS_NAMES = 26, HINTS_ADDRESSES = 52 };

struct hints {
    size_t count; /* of name servers */
    struct dns_name_buffer name[HINTS_NAMES];
    size_t address_count;
    struct {
        struct dns_address address;
        uint8_t name;
    } address[HINTS_ADDRESSES]; /* name: index */
};

/* The compiled-in ones. */
const struct hints *hints_default(void);

struct hints_error {
    unsigned line;
    char text[128];
};

/* Reads a hint file (`zone "." { type hint; file "..."; }`). False, with `error` filled in, when the file
   cannot be read or holds no usable root server. */
bool hints_read(const char *path, struct hints *hints, struct hints_error *error);

#endif
