/*
 * Small files that hold what must outlive the process. A file is either the old one or the new one, whole,
 * whenever the machine stops: the new one is written beside it, brought to the disk, and takes its name.
 *
 *      if (!state_file_write(directory, "ROOT.keys", text, length, &step)) say(step, strerror(errno));
 *      length = state_file_read(directory, "ROOT.keys", text, sizeof text, &step);        -1 and errno
 */
#ifndef SERVER_STATE_FILE_H
#define SERVER_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* False and errno; *step says what could not be done ("create", "write to", ...), for a message. */
bool state_file_write(const char *directory, const char *name, const char *text, size_t length,
                      const char **step);

/* There is none afterwards, nor was there one. */
bool state_file_remove(const char *directory, const char *name, const char **step);

/* The octets read, -1 and errno where there is none (ENOENT) or it cannot be used: EFBIG when it is longer than
   `capacity`, EPERM when it is no regular file, or when somebody else than root and this process's user owns it
   or may write to it. */
ssize_t state_file_read(const char *directory, const char *name, char *text, size_t capacity,
                        const char **step);

#endif
