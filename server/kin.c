#include "server/kin.h"

static bool is_member(const struct kin *kin, uint32_t walk)
{
    return walk >= KIN_WALKS || (kin->walk[walk / 8] >> walk % 8 & 1) != 0;
}

bool kin_has(struct kin *kin, const struct event *event)
{
    if (kin->first == 0)
        kin->first = event->walk;
    bool child = event->parent != 0 && is_member(kin, event->parent);
    if ((event->walk == kin->first || child) && event->walk < KIN_WALKS)
        kin->walk[event->walk / 8] |= (uint8_t)(1u << event->walk % 8);
    return is_member(kin, event->walk);
}
