/*
 * How many questions wait for the engine, in all (recursive-clients) and of each client (IPv6: of each /64),
 * for all workers. Nothing locks or allocates: clients are counted in places that a keyed hash of their
 * address gives. Two in one place share its allowance, which nobody can bring about on purpose.
 *
 * UDP gets its part only: who sends in another's name cannot take that one's TCP away. All programs of
 * this host come from the loopback addresses: half of all is for them.
 */
#ifndef SERVER_WAITING_H
#define SERVER_WAITING_H

#include <stdbool.h>

#include "dns/address.h"

enum { WAITING_PER_CLIENT = 1024, WAITING_PER_CLIENT_UDP = 256 };

enum waiting_verdict { WAITING_TAKEN, WAITING_FULL, WAITING_CLIENT_FULL };

struct waiting;
struct waiting *waiting_create(unsigned most, const uint8_t key[16]); /* NULL: out of memory */
void waiting_destroy(struct waiting *waiting);
void waiting_resize(struct waiting *waiting, unsigned most);

/* WAITING_TAKEN: *place goes to waiting_give() once the question is answered. */
enum waiting_verdict waiting_take(struct waiting *waiting, const struct dns_address *client, bool tcp,
                                  unsigned *place);
void waiting_give(struct waiting *waiting, unsigned place);

unsigned waiting_now(const struct waiting *waiting);

#endif
