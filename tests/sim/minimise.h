/* Makes a failing run smaller: leaves out questions and faults for as long as it fails in the same way. */
#ifndef SIM_MINIMISE_H
#define SIM_MINIMISE_H

#include "sim.h"

void order_minimise(struct order *order, enum oracle oracle);

/* The command that plays it, and a line end. */
void order_print(const struct order *order);

#endif
