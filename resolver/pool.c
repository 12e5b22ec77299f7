#include "resolver/pool.h"

#include <stdlib.h>
#include <string.h>

void *pool_take(struct pool *pool)
{
    void *object = pool->free;
    if (object == NULL)
        return malloc(pool->size);
    memcpy(&pool->free, object, sizeof pool->free);
    return object;
}

void pool_give(struct pool *pool, void *object)
{
    memcpy(object, &pool->free, sizeof pool->free);
    pool->free = object;
}

void pool_destroy(struct pool *pool)
{
    while (pool->free != NULL)
        free(pool_take(pool));
}
