/* Entries of the cache as fields. What is known of a server is the memory of a struct in the cache, with hashes by this
   process' key in it; here it is the same on each machine. */
#ifndef CAPTURE_ENTRY_H
#define CAPTURE_ENTRY_H

#include "cache/server.h"
#include "capture/fields.h"

/* `source`: the server it came from; family 0: none. */
void entry_write(struct fields *to, uint32_t now, const struct cache_key *key, const struct cache_hit *hit,
                 const struct dns_address *source, const uint8_t *data);

/* Views of what was read, but for a server's: that is put into `server`, its zones still as hashes. */
struct entry_read {
    uint32_t now; /* seconds, when it was copied */
    struct cache_key key;
    struct cache_hit hit;
    struct dns_address source;
    const uint8_t *data;
    struct server server;
};
bool entry_read(struct reading *from, struct entry_read *entry);

#endif
