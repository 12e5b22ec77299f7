/* The clock on the wall is wrong for some time: after the end of all signatures, before their begin, or before this
   program was built; and right again. The clock that TTLs go by runs on. */
#include <string.h>

#include "sim.h"

enum { DAY = 86400, BUILT_BEFORE = 200 * DAY, RECOVERY_SECONDS = 1300 };

void clock_plan(struct sim *sim)
{
    static const int64_t days[] = {60, 400, -60, -3650};
    struct dice dice = dice_make(sim->order->seed, 9);
    unsigned most = sim->scenario->fault[FAULT_CLOCK];
    if (most == 0 || sim->order->fault_off[FAULT_CLOCK])
        return;
    unsigned count = dice_between(&dice, 1, most < CLOCKS_MAX ? most : CLOCKS_MAX);
    uint64_t room = sim->world->horizon / count;
    sim->clock_off = days[dice_below(&dice, 4)] * DAY;
    sim->policy.clock_floor = SIGNED_EPOCH - BUILT_BEFORE;
    for (unsigned i = 0; i < count; i++) {
        struct clock_error *error = &sim->clock_error[sim->clock_error_count++];
        error->from = i * room + dice_roll(&dice) % (room / 2);
        error->until = error->from + 1 + dice_roll(&dice) % (room / 2 - 1);
        sim_arrive(sim, &(struct arrival){.kind = ARRIVE_CLOCK}, error->from);
        sim_arrive(sim, &(struct arrival){.kind = ARRIVE_CLOCK}, error->until);
    }
}

static bool is_wrong(const struct sim *sim, uint64_t from, uint64_t until)
{
    for (unsigned i = 0; i < sim->clock_error_count; i++)
        if (sim->clock_error[i].from <= from && until < sim->clock_error[i].until)
            return true;
    return false;
}

void clock_set(struct sim *sim)
{
    bool wrong = is_wrong(sim, sim->now, sim->now);
    uint64_t wall = SIGNED_EPOCH + sim->now / SECOND + (uint64_t)(wrong ? sim->clock_off : 0);
    sim_trace(sim, "the clock on the wall is %s", wrong ? "wrong" : "right");
    for (unsigned i = 0; i < sim->seat_count; i++)
        engine_set_clock(sim->seat[i].engine, sim->now, wall);
}

bool clock_was_wrong_at(const struct sim *sim, uint64_t at)
{
    return at >= 2 * SECOND && is_wrong(sim, at - 2 * SECOND, at);
}

bool clock_excuses(const struct sim *sim)
{
    for (unsigned i = 0; i < sim->clock_error_count; i++)
        if (sim->clock_error[i].from <= sim->now &&
            sim->now <= sim->clock_error[i].until + RECOVERY_SECONDS * SECOND)
            return true;
    return false;
}

bool clock_is_blamed_on_others(const struct sim *sim, const char *words)
{
    bool before_build = sim->clock_off < -(int64_t)BUILT_BEFORE;
    return before_build && strstr(words, "is not valid before") != NULL;
}
