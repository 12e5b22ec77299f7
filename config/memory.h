/* One configuration's memory: taken piece by piece, freed as a whole. */
#ifndef CONFIG_MEMORY_H
#define CONFIG_MEMORY_H

#include <stddef.h>

struct config_memory;

struct config_memory *config_memory_create(void);

/* Zeroed and aligned for any type; NULL when memory runs out. */
void *config_memory_take(struct config_memory *memory, size_t size);

void config_memory_free(struct config_memory *memory);

#endif
