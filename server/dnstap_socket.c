#include "server/dnstap_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/dnstap.h"

struct stream {
    struct sockaddr_un address;
    int fd; /* -1: not open */
};

static fstrm_res stream_open(void *context)
{
    struct stream *stream = context;
    struct timeval limit = {.tv_sec = DNSTAP_TIME};
    stream->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (stream->fd < 0)
        return fstrm_res_failure;
    setsockopt(stream->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(stream->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(stream->fd, (struct sockaddr *)&stream->address, sizeof stream->address) == 0)
        return fstrm_res_success;
    close(stream->fd);
    stream->fd = -1;
    return fstrm_res_failure;
}

static fstrm_res stream_close(void *context)
{
    struct stream *stream = context;
    if (stream->fd < 0)
        return fstrm_res_failure;
    close(stream->fd);
    stream->fd = -1;
    return fstrm_res_success;
}

static fstrm_res stream_read(void *context, void *to, size_t length)
{
    struct stream *stream = context;
    uint8_t *at = to;
    while (length > 0) {
        ssize_t got = read(stream->fd, at, length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? fstrm_res_stop : fstrm_res_failure;
        at += got;
        length -= (size_t)got;
    }
    return fstrm_res_success;
}

/* A part of a frame that the reader has not taken in time ends the connection: the stream is torn. */
static fstrm_res stream_write(void *context, const struct iovec *vector, int count)
{
    struct stream *stream = context;
    for (int i = 0; i < count; i++) {
        const uint8_t *at = vector[i].iov_base;
        for (size_t left = vector[i].iov_len; left > 0;) {
            ssize_t sent = send(stream->fd, at, left, MSG_NOSIGNAL | (i + 1 < count ? MSG_MORE : 0));
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent <= 0)
                return fstrm_res_failure;
            at += sent;
            left -= (size_t)sent;
        }
    }
    return fstrm_res_success;
}

static fstrm_res stream_destroy(void *context)
{
    free(context);
    return fstrm_res_success;
}

struct fstrm_writer *dnstap_socket_writer(const char *path, const struct fstrm_writer_options *options)
{
    struct stream *stream = calloc(1, sizeof *stream);
    struct fstrm_rdwr *rdwr = stream != NULL ? fstrm_rdwr_init(stream) : NULL;
    if (rdwr == NULL || strlen(path) >= sizeof stream->address.sun_path) {
        free(stream);
        return NULL;
    }
    stream->fd = -1;
    stream->address.sun_family = AF_UNIX;
    strcpy(stream->address.sun_path, path);
    fstrm_rdwr_set_destroy(rdwr, stream_destroy);
    fstrm_rdwr_set_open(rdwr, stream_open);
    fstrm_rdwr_set_close(rdwr, stream_close);
    fstrm_rdwr_set_read(rdwr, stream_read);
    fstrm_rdwr_set_write(rdwr, stream_write);
    return fstrm_writer_init(options, &rdwr);
}
