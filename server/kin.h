/*
 * Which events belong to a question, where one engine has nothing else to do but what it does by itself (priming): those
 * of the first walk, and of all walks that are there for it.
 */
#ifndef SERVER_KIN_H
#define SERVER_KIN_H

#include "resolver/event.h"

enum { KIN_WALKS = 8192 /* those with higher numbers are taken for kin */ };

struct kin {
    uint32_t first; /* walk of the question; 0: none yet */
    uint8_t walk[KIN_WALKS / 8];
};

/* Begin with {0}. */
bool kin_has(struct kin *kin, const struct event *event);

#endif
