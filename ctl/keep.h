/* `rootwalkctl capture`: what the daemon has captured becomes a file of the user's, whole or not at all. */
#ifndef CTL_KEEP_H
#define CTL_KEEP_H

#include <stdbool.h>
#include <stddef.h>

/* `line`: the last of the daemon's answer, JSON. Takes the capture out of it and writes it to the file. `said` is what
   is left to be printed, to be freed, as JSON or for people. False, after `problem`: nothing was written. */
enum { KEEP_PROBLEM_MAX = 600 };
bool keep_capture(const char *line, const char *path, bool json, char **said, char problem[KEEP_PROBLEM_MAX]);

#endif
