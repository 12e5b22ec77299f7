/* rootwalk --replay FILE: plays a capture again and prints what happens, as explain did. */
#ifndef SERVER_REPLAY_MAIN_H
#define SERVER_REPLAY_MAIN_H

#include <stdbool.h>

/* The exit status: 0 the same happened, 1 something else, 2 it is no capture that can be played. */
int replay_main(const char *path, bool json);

#endif
