/*
 * A libuv loop that has what it needs from the beginning.
 *
 * libuv ends the process where it finds no memory to note one more descriptor, which would be at some client's
 * connection. So the table of descriptors is given its full size here, where its lack is an ordinary error.
 */
#ifndef ROOTWALK_SERVER_LOOP_H
#define ROOTWALK_SERVER_LOOP_H

#include <stdbool.h>
#include <uv.h>

/* uv_loop_init(); false: no memory or descriptors. */
bool loop_open(uv_loop_t *loop);

#endif
