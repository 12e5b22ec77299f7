/* Objects of one size, recycled: memory is taken from the system only while the pool grows. */
#ifndef RESOLVER_POOL_H
#define RESOLVER_POOL_H

#include <stddef.h>

struct pool {
    size_t size; /* octets of an object */
    void *free;  /* a list through the objects' first pointers */
};

/* Memory with arbitrary contents; NULL when there is none. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *object);
void pool_destroy(struct pool *pool); /* frees what was given back */

#endif
