/*
 * The files that a zone was read from, and how they were then, so that they are read again only when one of them has
 * changed. Counted; filled in while the zone is read, and immutable from then on.
 *
 *      struct zone_files *files = zone_files_new();
 *      struct zone *zone = zone_file_read_noting(path, apex, problems, files);
 *      ... later: if (!zone_files_unchanged(files)) read it again
 *      zone_files_release(files);
 */
#ifndef ZONES_FILES_H
#define ZONES_FILES_H

#include <stdbool.h>
#include <sys/stat.h>

struct zone_files;

struct zone_files *zone_files_new(void); /* held once; NULL without memory */
struct zone_files *zone_files_hold(struct zone_files *files);
void zone_files_release(struct zone_files *files); /* NULL is allowed */

/* A file that has just been opened. */
void zone_files_note(struct zone_files *files, const char *path, const struct stat *status);

/* The same files, with the same inode, size and times. False also where a file was written to so shortly before it was read
   that a second change could look the same, where one could not be noted, and of NULL. */
bool zone_files_unchanged(const struct zone_files *files);

/* Whether it was read from `path`, as zone_file_read_noting() was told it. */
bool zone_files_begin_with(const struct zone_files *files, const char *path);

#endif
