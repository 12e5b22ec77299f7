/* NOTIFY over sockets of this machine: who answers is told once, who refuses is named, new versions replace old ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dns/octets.h"
#include "server/notifier.h"
#include "zones/file.h"

enum { SECONDARIES = 2 };

struct scene {
    uv_loop_t loop;
    struct notifier *notifier;
    int fd[SECONDARIES];
    struct dns_address address[SECONDARIES];
    char lines[2000];
    char names[500];
};

static struct zone *zone_of(unsigned serial)
{
    static const uint8_t apex[] = "\7example\3org";
    char text[300];
    snprintf(text, sizeof text,
             "$TTL 60\n@ SOA ns1 host %u 1 2 3 4\n@ NS ns1\n@ NS ns.example.net.\nns1 A 192.0.2.1\n", serial);
    struct zone *zone =
        zone_text_read(text, strlen(text), "zone", (struct dns_name){apex, sizeof apex}, 0, NULL);
    assert_non_null(zone);
    return zone;
}

static void keep_line(void *context, enum config_severity severity, const char *line)
{
    struct scene *scene = context;
    (void)severity;
    strcat(strcat(scene->lines, line), "\n");
}

static void keep_name(void *context, struct dns_name apex, struct dns_name name)
{
    struct scene *scene = context;
    char text[DNS_NAME_TEXT_MAX];
    (void)apex;
    strcat(scene->names, dns_name_to_text(name, text));
}

static void begin(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    uv_loop_init(&scene->loop);
    for (unsigned i = 0; i < SECONDARIES; i++) {
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t length = sizeof here;
        scene->fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
        assert_int_equal(bind(scene->fd[i], (struct sockaddr *)&here, sizeof here), 0);
        getsockname(scene->fd[i], (struct sockaddr *)&here, &length);
        assert_true(dns_address_from_sockaddr((struct sockaddr *)&here, &scene->address[i]));
    }
    scene->notifier = notifier_create(&scene->loop, keep_line, keep_name, scene);
    assert_non_null(scene->notifier);
}

static void tell(struct scene *scene, unsigned serial, unsigned secondaries, bool name_servers)
{
    struct zone *zone = zone_of(serial);
    struct notifier_also also[SECONDARIES];
    for (unsigned i = 0; i < SECONDARIES; i++)
        also[i] = (struct notifier_also){.address = scene->address[i]};
    struct notifier_whom whom = {.name_servers = name_servers, .also = also, .also_count = secondaries};
    notifier_tell(scene->notifier, zone, &whom);
    zone_release(zone);
}

/* Waits for a message to that secondary, answers it with `rcode` and returns the serial that it told. */
static uint32_t answer(struct scene *scene, unsigned number, uint8_t rcode)
{
    uint8_t wire[512];
    struct dns_record records[4];
    struct dns_message message;
    struct sockaddr_storage peer;
    socklen_t peer_length = sizeof peer;
    bool has_serial;
    uint32_t serial = 0;
    ssize_t length;
    do {
        uv_run(&scene->loop, UV_RUN_NOWAIT);
        length = recvfrom(scene->fd[number], wire, sizeof wire, MSG_DONTWAIT, (struct sockaddr *)&peer,
                          &peer_length);
    } while (length < 0);
    assert_int_equal(dns_message_parse(&message, wire, (size_t)length, records, 4), DNS_OK);
    assert_true(notify_read(&message, &has_serial, &serial) && has_serial);
    wire[2] |= 0x80;
    wire[3] = rcode;
    unsigned before = notifier_open(scene->notifier);
    assert_int_equal(
        sendto(scene->fd[number], wire, (size_t)length, 0, (struct sockaddr *)&peer, peer_length), length);
    while (notifier_open(scene->notifier) == before)
        uv_run(&scene->loop, UV_RUN_ONCE);
    return serial;
}

static void finish(struct scene *scene)
{
    notifier_close(scene->notifier);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    for (unsigned i = 0; i < SECONDARIES; i++)
        close(scene->fd[i]);
}

static void each_secondary_is_told_until_it_answers(void **state)
{
    (void)state;
    static struct scene scene;
    char expected[300], text[DNS_ADDRESS_TEXT_MAX];
    begin(&scene);
    tell(&scene, 7, 2, false);
    assert_int_equal(notifier_open(scene.notifier), 2);
    assert_int_equal(answer(&scene, 1, 0), 7);
    assert_int_equal(answer(&scene, 0, 5), 7);
    assert_int_equal(notifier_open(scene.notifier), 0);
    snprintf(
        expected, sizeof expected,
        "zone example.org.: NOTIFY of serial 7 to 2 addresses\nzone example.org.: NOTIFY to %s: REFUSED\n",
        dns_address_to_text(&scene.address[0], text));
    assert_string_equal(scene.lines, expected);
    assert_string_equal(scene.names, "");
    finish(&scene);
}

static void a_new_version_replaces_the_round(void **state)
{
    (void)state;
    static struct scene scene;
    begin(&scene);
    tell(&scene, 7, 2, false);
    tell(&scene, 8, 1, false);
    assert_int_equal(notifier_open(scene.notifier), 1);
    assert_int_equal(answer(&scene, 0, 0), 8);
    finish(&scene);
}

static void name_servers_elsewhere_are_looked_up(void **state)
{
    (void)state;
    static struct scene scene;
    static const uint8_t apex[] = "\7example\3org";
    struct dns_name name = {apex, sizeof apex};
    begin(&scene);
    tell(&scene, 7, 0, true);
    assert_string_equal(scene.names, "ns.example.net.");
    assert_int_equal(notifier_open(scene.notifier), 0);
    notifier_address(scene.notifier, name, &scene.address[0]);
    assert_int_equal(answer(&scene, 0, 0), 7);
    tell(&scene, 8, 1, false);
    notifier_forget(scene.notifier, name);
    assert_int_equal(notifier_open(scene.notifier), 0);
    notifier_address(scene.notifier, name, &scene.address[0]);
    assert_int_equal(notifier_open(scene.notifier), 0);
    finish(&scene);
}

/* A zone of which nobody's address is found is not kept for ever. */
static void a_round_without_addresses_ends_by_itself(void **state)
{
    (void)state;
    static struct scene scene;
    static const uint8_t apex[] = "\7example\3org";
    static const char text[] = "$TTL 60\n@ SOA ns1 host 1 1 2 3 4\n@ NS ns.example.net.\n";
    struct zone *zone =
        zone_text_read(text, strlen(text), "zone", (struct dns_name){apex, sizeof apex}, 0, NULL);
    assert_non_null(zone);
    begin(&scene);
    notifier_tell(scene.notifier, zone, &(struct notifier_whom){.name_servers = true});
    zone_release(zone);
    assert_string_equal(scene.names, "ns.example.net.");
    uv_run(&scene.loop, UV_RUN_NOWAIT);
    assert_in_range(uv_backend_timeout(&scene.loop), 1, 60000);
    finish(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_secondary_is_told_until_it_answers),
        cmocka_unit_test(a_new_version_replaces_the_round),
        cmocka_unit_test(name_servers_elsewhere_are_looked_up),
        cmocka_unit_test(a_round_without_addresses_ends_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
