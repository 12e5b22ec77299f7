/* The table that root-hints/table.c makes of named.root; hints_default() hands it out. */
#ifndef ROOT_HINTS_COMPILED_H
#define ROOT_HINTS_COMPILED_H

#include "resolver/hints.h"

extern const struct hints hints_compiled;

#endif
