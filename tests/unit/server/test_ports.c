/* The pool of ports to ask from: uniform, exclusive, retired in time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/ports.h"

enum { IDLE_LEAST = 64, MOST = 128, USES = 32 };

struct world {
    uint64_t seed;
    int next_fd, opened, closed;
    int refuse; /* errno for every open, or 0 */
    bool bound[65536];
    uint16_t port_of[200000];
};

/* xorshift64*: the same draws in each run. */
static void draw(void *context, uint8_t *to, size_t length)
{
    struct world *world = context;
    for (size_t i = 0; i < length; i++) {
        world->seed ^= world->seed >> 12;
        world->seed ^= world->seed << 25;
        world->seed ^= world->seed >> 27;
        to[i] = (uint8_t)(world->seed * 0x2545f4914f6cdd1du >> 56);
    }
}

static int open_port(void *context, uint8_t family, uint16_t number, struct port *port)
{
    struct world *world = context;
    (void)family;
    (void)port;
    errno = world->refuse != 0 ? world->refuse : EADDRINUSE;
    if (world->refuse != 0 || world->bound[number])
        return -1;
    world->bound[number] = true;
    world->opened++;
    world->port_of[world->next_fd] = number;
    return world->next_fd++;
}

static void close_port(void *context, int fd)
{
    struct world *world = context;
    world->bound[world->port_of[fd]] = false;
    world->closed++;
}

static struct ports *make(struct world *world, unsigned idle_least, unsigned most, unsigned uses)
{
    struct ports *ports = ports_create(&(struct ports_options){.system = {world, open_port, close_port},
                                                               .random = draw,
                                                               .random_context = world,
                                                               .idle_least = idle_least,
                                                               .most = most,
                                                               .uses = uses});
    assert_non_null(ports);
    return ports;
}

static struct world *world_with(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->seed = seed;
    return world;
}

static void ports_are_drawn_uniformly_over_the_whole_range(void **state)
{
    enum { DRAWS = 100000, BINS = 252, WIDTH = (65536 - PORT_LEAST) / BINS };
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world *world = world_with(seed * 0x9e3779b97f4a7c15u);
        struct ports *ports = make(world, IDLE_LEAST, MOST, 1);
        unsigned bin[BINS] = {0};
        for (int i = 0; i < DRAWS; i++) {
            struct port *port = ports_take(ports, 4);
            assert_non_null(port);
            assert_true(port->number >= PORT_LEAST);
            bin[(port->number - PORT_LEAST) / WIDTH]++;
            ports_give(ports, port);
            ports_sweep(ports);
        }
        double expected = (double)DRAWS / BINS, chi = 0;
        for (int i = 0; i < BINS; i++)
            chi += (bin[i] - expected) * (bin[i] - expected) / expected;
        /* 251 degrees of freedom: 251 +- 22.4; five deviations either way. */
        assert_true(chi > 139 && chi < 363);
        ports_destroy(ports);
        free(world);
    }
}

static void an_idle_socket_is_picked_uniformly(void **state)
{
    enum { IDLE = 64, PICKS = 64000 };
    (void)state;
    struct world *world = world_with(7);
    struct ports *ports = make(world, IDLE, IDLE, 1000000);
    struct port *all[IDLE];
    unsigned picked[IDLE] = {0};
    for (int i = 0; i < IDLE; i++)
        all[i] = ports_take(ports, 4);
    for (int i = 0; i < IDLE; i++)
        ports_give(ports, all[i]);
    for (int i = 0; i < PICKS; i++) {
        struct port *port = ports_take(ports, 4);
        picked[port->fd]++;
        ports_give(ports, port);
    }
    double chi = 0;
    for (int i = 0; i < IDLE; i++)
        chi += (picked[i] - 1000.0) * (picked[i] - 1000.0) / 1000.0;
    assert_true(chi > 20 && chi < 120); /* 63 +- 11 */
    ports_destroy(ports);
    free(world);
}

static void a_socket_in_use_is_nobody_elses(void **state)
{
    (void)state;
    struct world *world = world_with(11);
    struct ports *ports = make(world, IDLE_LEAST, MOST, USES);
    struct port *used[MOST];
    for (int i = 0; i < MOST; i++) {
        used[i] = ports_take(ports, 4);
        assert_non_null(used[i]);
        for (int k = 0; k < i; k++) {
            assert_ptr_not_equal(used[i], used[k]);
            assert_int_not_equal(used[i]->number, used[k]->number);
        }
    }
    assert_null(ports_take(ports, 4));
    for (int i = 0; i < MOST; i++)
        ports_give(ports, used[i]);
    ports_destroy(ports);
    assert_int_equal(world->opened, world->closed);
    free(world);
}

static void a_socket_is_retired_after_its_uses(void **state)
{
    (void)state;
    struct world *world = world_with(13);
    struct ports *ports = make(world, 1, MOST, USES);
    for (int i = 1; i <= USES; i++) {
        struct port *port = ports_take(ports, 6);
        assert_int_equal(port->uses, i);
        ports_give(ports, port);
        assert_int_equal(world->closed, i == USES);
    }
    assert_int_equal(ports_open(ports, 6), 0);
    struct port *fresh = ports_take(ports, 6);
    assert_int_equal(fresh->uses, 1);
    assert_int_equal(world->opened, 2);
    ports_give(ports, fresh);
    ports_sweep(ports);
    ports_destroy(ports);
    free(world);
}

static void fresh_sockets_are_used_until_enough_are_idle(void **state)
{
    (void)state;
    struct world *world = world_with(17);
    struct ports *ports = make(world, IDLE_LEAST, MOST, USES);
    for (int i = 0; i < IDLE_LEAST; i++) {
        struct port *port = ports_take(ports, 4);
        assert_int_equal(port->uses, 1);
        ports_give(ports, port);
    }
    assert_int_equal(ports_idle(ports, 4), IDLE_LEAST);
    ports_give(ports, ports_take(ports, 4));
    assert_int_equal(world->opened, IDLE_LEAST);
    assert_int_equal(ports_idle(ports, 6), 0);
    ports_destroy(ports);
    free(world);
}

static void without_descriptors_idle_sockets_serve_on(void **state)
{
    (void)state;
    struct world *world = world_with(19);
    struct ports *ports = make(world, IDLE_LEAST, MOST, USES);
    ports_give(ports, ports_take(ports, 4));
    world->refuse = EMFILE;
    struct port *port = ports_take(ports, 4);
    assert_non_null(port);
    assert_int_equal(port->uses, 2);
    assert_null(ports_take(ports, 4));
    assert_int_equal(errno, EMFILE);
    ports_give(ports, port);
    ports_destroy(ports);
    free(world);
}

static void a_new_source_address_retires_every_socket(void **state)
{
    (void)state;
    struct world *world = world_with(23);
    struct ports *ports = make(world, IDLE_LEAST, MOST, USES);
    struct port *idle = ports_take(ports, 4), *used = ports_take(ports, 4);
    ports_give(ports, idle);
    ports_renew(ports);
    assert_int_equal(world->closed, 1);
    ports_give(ports, used);
    assert_int_equal(world->closed, 2);
    assert_int_equal(ports_idle(ports, 4), 0);
    ports_destroy(ports);
    free(world);
}

static void a_port_in_use_elsewhere_is_drawn_again(void **state)
{
    (void)state;
    struct world *world = world_with(29);
    struct ports *ports = make(world, IDLE_LEAST, MOST, USES);
    memset(world->bound, 1, sizeof world->bound);
    for (unsigned port = PORT_LEAST; port < 65536; port += 2)
        world->bound[port] = false;
    struct port *port = ports_take(ports, 4);
    assert_non_null(port);
    assert_int_equal(port->number % 2, 0);
    ports_give(ports, port);
    ports_destroy(ports);
    free(world);
}

static void random_below_never_reaches_its_bound(void **state)
{
    (void)state;
    struct world *world = world_with(31);
    for (uint32_t bound = 1; bound < 1000; bound++)
        assert_true(random_below(draw, world, bound) < bound);
    assert_true(random_below(draw, world, UINT32_MAX) < UINT32_MAX);
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_drawn_uniformly_over_the_whole_range),
        cmocka_unit_test(an_idle_socket_is_picked_uniformly),
        cmocka_unit_test(a_socket_in_use_is_nobody_elses),
        cmocka_unit_test(a_socket_is_retired_after_its_uses),
        cmocka_unit_test(fresh_sockets_are_used_until_enough_are_idle),
        cmocka_unit_test(without_descriptors_idle_sockets_serve_on),
        cmocka_unit_test(a_new_source_address_retires_every_socket),
        cmocka_unit_test(a_port_in_use_elsewhere_is_drawn_again),
        cmocka_unit_test(random_below_never_reaches_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
