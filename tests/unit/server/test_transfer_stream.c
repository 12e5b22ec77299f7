/* Zones sent over a socket pair, to who reads well, slowly, not at all, or goes away. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "dns/octets.h"
#include "server/framing.h"
#include "server/transfer_stream.h"
#include "zones/file.h"
#include "zones/transfer_in.h"

struct scene {
    uv_loop_t loop;
    uv_pipe_t handle;
    int client;
    struct zone *zone;
    struct transfer_limit limit;
    struct transfer_stream *stream;
    struct transfer_in *arriving;
    enum transfer_in_state state;
    unsigned turns, ends;
    enum transfer_turn last;
    struct framing framing;
    uint8_t message[DNS_MESSAGE_MAX];
};

/* The stream signs by the true time. */
static uint64_t wall_now(void)
{
    return (uint64_t)time(NULL);
}

static struct dns_name apex(void)
{
    static const uint8_t wire[] = "\7example\3org";
    return (struct dns_name){wire, sizeof wire};
}

static struct zone *zone_of(unsigned names)
{
    char *text = NULL;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    fputs("$TTL 60\n@ SOA ns1 host 1 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n", to);
    for (unsigned i = 0; i < names; i++)
        fprintf(to, "host%u A 10.0.%u.%u\n", i, i >> 8 & 255, i & 255);
    fclose(to);
    struct zone *zone = zone_text_read(text, length, "zone", apex(), 0, NULL);
    assert_non_null(zone);
    free(text);
    return zone;
}

static void on_turn(void *context, enum transfer_turn turn, const struct transfer_out *transfer)
{
    struct scene *scene = context;
    assert_true(transfer->octets > 0 || turn != TRANSFER_SENT);
    scene->last = turn;
    scene->turns++;
    scene->ends += turn != TRANSFER_GOES_ON;
}

/* Signed by a key that is gone as soon as it has begun, where `key` is given. */
static void begin_signed(struct scene *scene, unsigned names, const struct tsig_key *key)
{
    struct tsig_key gone;
    const struct tsig_key *keys[] = {&gone};
    struct tsig_record record;
    int pair[2], small = 4096;
    uint8_t query[512];
    struct dns_record records[4];
    struct dns_message message;
    struct transfer_request request;
    struct tsig_chain chain = {0};
    memset(scene, 0, sizeof *scene);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    uv_loop_init(&scene->loop);
    uv_pipe_init(&scene->loop, &scene->handle, 0);
    assert_int_equal(uv_pipe_open(&scene->handle, pair[0]), 0);
    scene->client = pair[1];
    scene->zone = zone_of(names);
    scene->limit.most = 1;
    scene->arriving = transfer_in_new(&(struct transfer_in_options){.apex = apex(), .id = 7, .key = key});
    size_t length = transfer_in_query(scene->arriving, query, sizeof query, wall_now());
    assert_int_equal(dns_message_parse(&message, query, length, records, 4), DNS_OK);
    if (key != NULL) {
        gone = *key;
        assert_int_equal(tsig_verify_request(&message, keys, 1, wall_now(), &chain, &record), TSIG_GOOD);
    }
    assert_true(transfer_request_read(&message, &request));
    framing_start(&scene->framing, scene->message, sizeof scene->message);
    assert_true(transfer_limit_take(&scene->limit));
    assert_false(transfer_limit_take(&scene->limit));
    scene->stream = transfer_stream_start((uv_stream_t *)&scene->handle, scene->zone, &request, &chain,
                                          &scene->limit, on_turn, scene);
    assert_non_null(scene->stream);
    assert_int_equal(scene->turns, 0);
    memset(&gone, 0xff, sizeof gone);
}

static void begin(struct scene *scene, unsigned names)
{
    begin_signed(scene, names, NULL);
}

/* Reads at most so many octets; false when there are none. */
static bool take(struct scene *scene, size_t most)
{
    static uint8_t octets[1 << 16];
    ssize_t length = recv(scene->client, octets, most < sizeof octets ? most : sizeof octets, 0);
    const uint8_t *at = octets;
    for (size_t left = length > 0 ? (size_t)length : 0; left > 0;)
        if (framing_next(&scene->framing, &at, &left) == FRAMING_MESSAGE)
            scene->state =
                transfer_in_message(scene->arriving, scene->message, scene->framing.length, wall_now());
    return length > 0;
}

static void finish(struct scene *scene)
{
    if (!uv_is_closing((uv_handle_t *)&scene->handle))
        uv_close((uv_handle_t *)&scene->handle, NULL);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    assert_int_equal(atomic_load(&scene->limit.running), 0);
    close(scene->client);
    transfer_in_free(scene->arriving);
    zone_release(scene->zone);
}

static void a_zone_arrives_piece_by_piece(void **state)
{
    (void)state;
    static struct scene scene;
    begin(&scene, 20000);
    while (scene.ends == 0) {
        uv_run(&scene.loop, UV_RUN_NOWAIT);
        take(&scene, 10000);
    }
    while (take(&scene, 10000))
        ;
    assert_int_equal(scene.last, TRANSFER_SENT);
    assert_in_range(scene.turns, 6, 12); /* of some 500,000 octets */
    assert_int_equal(scene.state, TRANSFER_IN_COMPLETE);
    struct zone *arrived = transfer_in_finish(scene.arriving, NULL);
    assert_true(zone_same(arrived, scene.zone));
    zone_release(arrived);
    finish(&scene);
}

/* A reload frees the keys of the configuration before. */
static void a_key_that_is_gone_from_the_configuration_signs_to_the_end(void **state)
{
    (void)state;
    static struct scene scene;
    struct tsig_key key = {.algorithm = TSIG_HMAC_SHA256, .mac_length = 32, .secret_length = 16};
    dns_name_copy(&key.name, apex());
    begin_signed(&scene, 20000, &key);
    while (scene.ends == 0) {
        uv_run(&scene.loop, UV_RUN_NOWAIT);
        take(&scene, 10000);
    }
    while (take(&scene, 10000))
        ;
    assert_int_equal(scene.last, TRANSFER_SENT);
    assert_int_equal(scene.state, TRANSFER_IN_COMPLETE);
    finish(&scene);
}

static void who_does_not_read_gets_no_more(void **state)
{
    (void)state;
    static struct scene scene;
    begin(&scene, 20000);
    for (unsigned i = 0; i < 100; i++)
        uv_run(&scene.loop, UV_RUN_NOWAIT);
    assert_in_range(scene.turns, 1, 3);
    assert_in_range(uv_stream_get_write_queue_size((uv_stream_t *)&scene.handle), 1,
                    TRANSFER_TURN + DNS_MESSAGE_MAX);
    transfer_stream_stop(scene.stream);
    finish(&scene);
    assert_int_equal(scene.ends, 0);
}

static void who_goes_away_ends_it(void **state)
{
    (void)state;
    static struct scene scene;
    begin(&scene, 20000);
    uv_run(&scene.loop, UV_RUN_NOWAIT);
    close(scene.client);
    scene.client = -1;
    while (scene.ends == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    assert_int_equal(scene.last, TRANSFER_BROKEN);
    finish(&scene);
    assert_int_equal(scene.ends, 1);
}

static void a_stream_may_be_stopped_before_it_began(void **state)
{
    (void)state;
    static struct scene scene;
    begin(&scene, 1);
    transfer_stream_stop(scene.stream);
    finish(&scene);
    assert_int_equal(scene.turns, 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_arrives_piece_by_piece),
        cmocka_unit_test(a_key_that_is_gone_from_the_configuration_signs_to_the_end),
        cmocka_unit_test(who_does_not_read_gets_no_more),
        cmocka_unit_test(who_goes_away_ends_it),
        cmocka_unit_test(a_stream_may_be_stopped_before_it_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
