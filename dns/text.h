/*
 * Presentation form of records, both ways, by ldns (RFC 1035 §5, RFC 3597 §5). Off the hot path:
 * ldns allocates.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

/* "owner TTL IN TYPE rdata", without a line end. `rdata` is uncompressed. Rdata that is not of its
   type's form comes as RFC 3597's \# form. DNS_ERROR_SPACE. */
enum dns_error dns_record_to_text(struct dns_name owner, uint16_t type, uint16_t class, uint32_t ttl,
                                  const uint8_t *rdata, size_t rdata_length, char *text, size_t capacity);

/* A record read from text. */
struct dns_text_record {
    struct dns_name_buffer owner;
    uint16_t type, class;
    uint32_t ttl;
    uint16_t rdata_length;
    uint8_t rdata[65535];
};

/* Reads one record, absolute names or relative to `origin`. DNS_ERROR_TEXT. Where RFC 3597's \# form of a
   type that ldns knows is longer than the type, ldns ignores what is too much. */
enum dns_error dns_record_from_text(const char *text, struct dns_name origin, uint32_t default_ttl,
                                    struct dns_text_record *record);

/* The same; on an error *why is what ldns says of it, static text. */
enum dns_error dns_record_from_text_why(const char *text, struct dns_name origin, uint32_t default_ttl,
                                        struct dns_text_record *record, const char **why);

/* Reads a zone file, with $TTL and $ORIGIN (absolute: ldns does not append the origin before), without
   $INCLUDE, and calls `each` for every record; stops where `each` returns false.
   On DNS_ERROR_TEXT *line is the number of the line that could not be read and `message` says why. */
struct dns_zonefile_error {
    unsigned line;
    char message[128];
};
enum dns_error dns_zonefile_read(const char *path, struct dns_name origin,
                                 bool (*each)(void *context, const struct dns_text_record *record),
                                 void *context, struct dns_zonefile_error *error);

#endif
