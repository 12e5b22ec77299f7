/*
 * Zone files (RFC 1035 §5, RFC 2308 §4): $TTL, $ORIGIN, $INCLUDE, BIND's $GENERATE, every type that ldns knows and
 * RFC 3597's form for the rest. A file is read to its end whatever is wrong in it, and all of it is reported with
 * file and line; a zone comes out only when nothing was an error.
 *
 *      struct zone_problems *problems = calloc(1, sizeof *problems);
 *      struct zone *zone = zone_file_read("/var/lib/rootwalk/example.org.zone", apex, problems);
 *      zone_problems_print(problems, stderr);          warnings also where there is a zone
 *
 * $INCLUDE names are relative to the folder of the file that includes.
 */
#ifndef ZONES_FILE_H
#define ZONES_FILE_H

#include "zones/files.h"
#include "zones/zone.h"

enum {
    ZONE_INCLUDE_DEPTH = 10,
    ZONE_GENERATE_MAX = 1 << 24, /* records of one $GENERATE: a whole /8 */
};

/* NULL where there was an error. `problems` may be NULL. */
struct zone *zone_file_read(const char *path, struct dns_name apex, struct zone_problems *problems);

/* The same, and notes the files that it was read from; also when it comes to nothing. */
struct zone *zone_file_read_noting(const char *path, struct dns_name apex, struct zone_problems *problems,
                                   struct zone_files *files);

/* The same from memory; `name` stands for the file. $INCLUDE is refused, and at most `records_max` records are
   made (0: any number): for tests, and for text that is not the administrator's. */
struct zone *zone_text_read(const char *text, size_t length, const char *name, struct dns_name apex,
                            size_t records_max, struct zone_problems *problems);

#endif
