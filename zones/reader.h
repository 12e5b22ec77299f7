/* A zone file being read, for the inside of zones/. */
#ifndef ZONES_READER_H
#define ZONES_READER_H

#include <sys/stat.h>

#include "dns/text.h"
#include "zones/build.h"
#include "zones/file.h"
#include "zones/lexer.h"

/* A file and those that include it. */
struct source {
    struct source *from;
    const char *path;
    dev_t device;
    ino_t inode;
    unsigned depth;
    unsigned line; /* of the entry being read */
    struct dns_name_buffer origin;
    struct dns_name_buffer owner; /* of the record before; length 0: none */
};

struct reader {
    struct zone_builder *builder;
    struct source *source;
    bool ttl_given; /* by $TTL */
    bool ttl_known; /* by that or by a record */
    uint32_t ttl;
    bool may_include;
    struct zone_files *files; /* NULL: nobody wants to know */
    size_t records_max;
    struct dns_text_record *record;
    char **paths; /* of included files, kept for the problems' places until the zone is finished */
    size_t path_count;
};

struct zone_place reader_place(const struct reader *reader);
void reader_error(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "[TTL] [class] type rdata", or class before TTL; `text` is changed. */
void reader_record(struct reader *reader, struct dns_name owner, char *text);

/* The rest of a $GENERATE line. */
void reader_generate(struct reader *reader, char *text);

#endif
