/*
 * Words of zone files, for the inside of zones/: names, TTLs, rdata. The commonest types are read here, since
 * large zones consist of them; all others by ldns.
 */
#ifndef ZONES_RDATA_TEXT_H
#define ZONES_RDATA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"
#include "dns/text.h"

/* Cuts the next word off *text and ends it with a zero; spaces in quotes or escaped do not end it. NULL when
   there is none. */
char *zone_word(char **text);

/* An absolute name, one relative to `origin`, or "@". DNS_ERROR_NAME. */
enum dns_error zone_name_from_text(const char *word, struct dns_name origin, struct dns_name_buffer *name);

/* "3600", "1h30m", "1W2D": seconds, at most 2^31-1 (RFC 2308 §4, RFC 2181 §8). */
bool zone_ttl_from_text(const char *word, uint32_t *ttl);

/* Rdata of record->type from `text`, which is changed, into record->rdata. On DNS_ERROR_TEXT *why is a clause
   that says what is wrong; static text. */
enum dns_error zone_rdata_from_text(char *text, struct dns_name origin, struct dns_text_record *record,
                                    const char **why);

/* What is wrong with the rdata's words that ldns does not see, or NULL; `text` is changed. */
const char *zone_rdata_fault(uint16_t type, char *text);

#endif
