/* Zones in files: several versions at a time, and one that nobody wants any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "server/store.h"
#include "zones/file.h"
#include "zones/journal.h"

enum { ROUNDS = 100, NAMES = 300 };

static char folder[] = "/tmp/rootwalk-store-XXXXXX";
static char path[64], beside[72];

static struct dns_name apex(void)
{
    static const uint8_t wire[] = "\7example\3org";
    return (struct dns_name){wire, sizeof wire};
}

static struct zone *zone_of(unsigned serial, unsigned names)
{
    char *text = NULL;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    fprintf(to, "$TTL 60\n@ SOA ns1 host %u 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n", serial);
    for (unsigned i = 0; i < names; i++)
        fprintf(to, "host%u A 10.0.%u.%u\n", i, i >> 8, i & 255);
    fclose(to);
    struct zone *zone = zone_text_read(text, length, "zone", apex(), 0, NULL);
    assert_non_null(zone);
    free(text);
    return zone;
}

struct storing {
    struct zone *zone;
    unsigned good;
};

static void *store_often(void *context)
{
    struct storing *storing = context;
    char why[STORE_WHY_MAX];
    for (unsigned i = 0; i < ROUNDS; i++)
        storing->good += store_zone(storing->zone, path, NULL, why);
    return NULL;
}

static void versions_that_are_stored_at_once_are_each_whole(void **state)
{
    (void)state;
    struct storing storing[2] = {{.zone = zone_of(1, NAMES)}, {.zone = zone_of(2, 1)}};
    pthread_t thread[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, store_often, &storing[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    struct zone *stored = zone_file_read(path, apex(), NULL);
    assert_non_null(stored);
    assert_true(zone_same(stored, storing[zone_serial(stored) - 1].zone));
    zone_release(stored);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(storing[i].good, ROUNDS);
        zone_release(storing[i].zone);
    }
    assert_int_not_equal(access(beside, F_OK), 0);
}

static void what_was_given_up_is_not_stored(void **state)
{
    (void)state;
    atomic_bool given_up = true;
    char why[STORE_WHY_MAX] = "";
    struct zone *before = zone_of(1, 1), *zone = zone_of(2, 1);
    assert_true(store_zone(before, path, NULL, why));
    assert_false(store_zone(zone, path, &given_up, why));
    assert_string_equal(why, "");
    struct zone *stored = zone_file_read(path, apex(), NULL);
    assert_int_equal(zone_serial(stored), 1);
    assert_int_not_equal(access(beside, F_OK), 0);
    zone_release(before);
    zone_release(zone);
    zone_release(stored);
}

static void a_pipe_in_the_way_holds_nobody_up(void **state)
{
    (void)state;
    char why[STORE_WHY_MAX] = "";
    struct zone *zone = zone_of(1, 1);
    assert_int_equal(mkfifo(beside, 0600), 0);
    assert_false(store_zone(zone, path, NULL, why));
    assert_non_null(strstr(why, "cannot create"));
    unlink(beside);
    zone_release(zone);
}

static int make_folder(void **state)
{
    (void)state;
    bool made = mkdtemp(folder) != NULL;
    snprintf(path, sizeof path, "%s/zone", folder);
    snprintf(beside, sizeof beside, "%s.new", path);
    return made ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_that_are_stored_at_once_are_each_whole),
        cmocka_unit_test(what_was_given_up_is_not_stored),
        cmocka_unit_test(a_pipe_in_the_way_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
