/* Seeded randomness. Each purpose has dice of its own, so that leaving one thing out of a run does not
   disturb the others. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* splitmix64 */
static inline uint64_t dice_roll(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline struct dice dice_make(uint64_t seed, uint64_t purpose)
{
    struct dice dice = {seed ^ purpose * UINT64_C(0xd6e8feb86659fd93)};
    dice_roll(&dice);
    return dice;
}

/* 0 to n - 1. */
static inline unsigned dice_below(struct dice *dice, unsigned n)
{
    return n == 0 ? 0 : (unsigned)((dice_roll(dice) >> 32) * n >> 32);
}

static inline unsigned dice_between(struct dice *dice, unsigned least, unsigned most)
{
    return least + dice_below(dice, most - least + 1);
}

/* True in `permille` of 1000 cases. */
static inline bool dice_chance(struct dice *dice, unsigned permille)
{
    return dice_below(dice, 1000) < permille;
}

#endif
