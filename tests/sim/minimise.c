#include "minimise.h"

#include <stdio.h>
#include <string.h>

static bool still_fails(const struct order *order, enum oracle oracle)
{
    struct verdict verdict;
    struct order quiet = *order;
    quiet.trace = false;
    return !sim_run(&quiet, &verdict) && verdict.oracle == oracle;
}

/* Leaves out the questions from `from` on, `count` of them, where that changes something. */
static bool without(struct order *order, unsigned from, unsigned count, enum oracle oracle)
{
    struct order less = *order;
    bool fewer = false;
    for (unsigned i = from; i < from + count && i < QUESTIONS_MAX; i++) {
        fewer |= !less.left_out[i];
        less.left_out[i] = true;
    }
    if (!fewer || !still_fails(&less, oracle))
        return false;
    *order = less;
    return true;
}

static void fewer_questions(struct order *order, enum oracle oracle)
{
    for (unsigned size = QUESTIONS_MAX / 2; size > 0; size /= 2)
        for (unsigned from = 0; from < QUESTIONS_MAX; from += size)
            without(order, from, size, oracle);
}

static void fewer_faults(struct order *order, enum oracle oracle)
{
    for (unsigned i = 0; i < FAULTS; i++) {
        bool before = order->fault_off[i];
        if (before || order->scenario->fault[i] == 0)
            continue;
        order->fault_off[i] = true;
        order->fault_off[i] = still_fails(order, oracle);
    }
}

void order_minimise(struct order *order, enum oracle oracle)
{
    fewer_questions(order, oracle);
    fewer_faults(order, oracle);
    fewer_questions(order, oracle);
}

static void print_range(unsigned from, unsigned to, bool *any)
{
    printf(*any ? "," : " --drop ");
    *any = true;
    if (to > from)
        printf("%u-%u", from, to);
    else
        printf("%u", from);
}

void order_print(const struct order *order)
{
    bool any = false;
    printf("build/tests/sim --seed %llu --scenario %s", (unsigned long long)order->seed,
           order->scenario->name);
    for (unsigned i = 0; i < QUESTIONS_MAX; i++) {
        unsigned from = i;
        if (!order->left_out[i])
            continue;
        while (i + 1 < QUESTIONS_MAX && order->left_out[i + 1])
            i++;
        print_range(from, i, &any);
    }
    any = false;
    for (unsigned i = 0; i < FAULTS; i++)
        if (order->fault_off[i]) {
            printf("%s%s", any ? "," : " --no ", fault_names[i]);
            any = true;
        }
    printf("%s%s\n", order->strict ? " --strict" : "", order->trace ? " --trace" : "");
}
