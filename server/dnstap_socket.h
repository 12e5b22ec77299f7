/* A writer of frame streams to a Unix socket that gives up on a reader that does not read, within DNSTAP_TIME. */
#ifndef SERVER_DNSTAP_SOCKET_H
#define SERVER_DNSTAP_SOCKET_H

#include <fstrm.h>

/* NULL: out of memory, or the path is too long. */
struct fstrm_writer *dnstap_socket_writer(const char *path, const struct fstrm_writer_options *options);

#endif
