/* The table of names that are ours: what is found in it, and how it changes. */
#include <fcntl.h>
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

#include "dns/types.h"
#include "server/local.h"

static char folder[] = "/tmp/rootwalk-local-XXXXXX";
static char said[4096];

static void say(void *context, const char *line)
{
    (void)context;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", line);
}

static void write_file(const char *name, const char *text, bool settled)
{
    char path[256];
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
    if (settled)
        assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
}

static void write_zone(const char *name, unsigned serial, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text, "$TTL 60\n@ SOA a b %u 1 1 1 1\n@ NS a\na A 192.0.2.1\n%s", serial, more);
    write_file(name, text, true);
}

static struct settings configure(const char *text)
{
    struct config_errors errors;
    struct settings settings = {.config = config_read_text(text, "t", &errors), .base = folder};
    if (settings.config == NULL)
        config_errors_print(&errors, stderr);
    assert_non_null(settings.config);
    return settings;
}

static struct local *load(const struct settings *settings, const struct local *former)
{
    said[0] = '\0';
    struct local *local = local_load(settings, former, say, NULL);
    assert_non_null(local);
    return local;
}

static const struct local_zone *find(const struct local *local, const char *text, uint16_t type)
{
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text(text, &name), DNS_OK);
    return local_find(local, dns_name_view(&name), type);
}

static const char *found(const struct local *local, const char *text, uint16_t type)
{
    static char name[DNS_NAME_TEXT_MAX];
    const struct local_zone *zone = find(local, text, type);
    return zone == NULL ? "none" : dns_name_to_text(dns_name_view(&zone->name), name);
}

#define TWO                                                                                                  \
    "zone example.org { type primary; file \"a\"; }; zone sub.Example.org { type primary; file \"b\"; };"

static void the_deepest_zone_is_found(void **state)
{
    (void)state;
    struct settings settings =
        configure(TWO "zone far.sub.example.org { type forward; forwarders { 192.0.2.1; }; };");
    write_zone("a", 1, "");
    write_zone("b", 1, "");
    struct local *local = load(&settings, NULL);
    assert_string_equal(found(local, "example.org", DNS_TYPE_A), "example.org.");
    assert_string_equal(found(local, "x.y.EXAMPLE.org", DNS_TYPE_A), "example.org.");
    assert_string_equal(found(local, "sub.example.org", DNS_TYPE_A), "sub.example.org.");
    assert_string_equal(found(local, "x.Sub.example.org", DNS_TYPE_A), "sub.example.org.");
    assert_string_equal(found(local, "far.sub.example.org", DNS_TYPE_A), "none");
    assert_string_equal(found(local, "x.far.sub.example.org", DNS_TYPE_A), "none");
    assert_string_equal(found(local, "org", DNS_TYPE_A), "none");
    assert_string_equal(found(local, "www.example.com", DNS_TYPE_A), "none");
    assert_string_equal(found(local, ".", DNS_TYPE_A), "none");
    assert_string_equal(found(local, "sub.example.org", DNS_TYPE_DS), "example.org.");
    assert_string_equal(found(local, "x.sub.example.org", DNS_TYPE_DS), "sub.example.org.");
    assert_string_equal(found(local, "example.org", DNS_TYPE_DS), "example.org.");
    assert_string_equal(found(local, "1.0.0.10.in-addr.arpa", DNS_TYPE_PTR), "10.in-addr.arpa.");
    assert_string_equal(found(local, "x.onion", DNS_TYPE_A), "onion.");
    local_release(local);
    config_free(settings.config);
}

static void the_root_may_be_ours(void **state)
{
    (void)state;
    struct settings settings = configure("zone . { type primary; file \"a\"; };");
    write_zone("a", 1, "");
    struct local *local = load(&settings, NULL);
    assert_string_equal(found(local, "www.example.com", DNS_TYPE_A), ".");
    assert_string_equal(found(local, ".", DNS_TYPE_A), ".");
    assert_string_equal(found(local, "x.test", DNS_TYPE_A), "test.");
    local_release(local);
    config_free(settings.config);
}

static void unchanged_files_are_not_read_again(void **state)
{
    (void)state;
    struct settings settings = configure(TWO);
    write_zone("a", 1, "$INCLUDE c\n");
    write_zone("b", 1, "");
    write_file("c", "c A 192.0.2.3\n", true);
    struct local *one = load(&settings, NULL), *two = load(&settings, one);
    assert_ptr_equal(find(one, "example.org", DNS_TYPE_A)->files,
                     find(two, "example.org", DNS_TYPE_A)->files);
    write_file("c", "c A 192.0.2.4\n", true);
    struct local *three = load(&settings, two);
    assert_ptr_not_equal(find(two, "example.org", DNS_TYPE_A)->zone,
                         find(three, "example.org", DNS_TYPE_A)->zone);
    assert_ptr_equal(find(two, "sub.example.org", DNS_TYPE_A)->zone,
                     find(three, "sub.example.org", DNS_TYPE_A)->zone);
    assert_non_null(strstr(said, "t:1:6: zone example.org.: it has changed without a new serial"));
    local_release(one);
    local_release(two);
    local_release(three);
    config_free(settings.config);
}

/* As it is wherever another one was before. */
static void another_file_in_the_configuration_is_read(void **state)
{
    (void)state;
    struct settings before = configure("zone example.org { type primary; file \"a\"; };");
    struct settings after = configure("zone example.org { type primary; file \"b\"; };");
    write_zone("a", 1, "");
    write_zone("b", 7, "");
    struct local *one = load(&before, NULL), *two = load(&after, one);
    assert_int_equal(zone_serial(find(two, "example.org", DNS_TYPE_A)->zone), 7);
    local_release(one);
    local_release(two);
    config_free(before.config);
    config_free(after.config);
}

/* A second change in the same moment would look the same. */
static void a_file_that_has_just_been_written_is_read_again(void **state)
{
    (void)state;
    struct settings settings = configure("zone example.org { type primary; file \"a\"; };");
    write_file("a", "$TTL 1\n@ SOA a b 1 1 1 1 1\n@ NS a\na A 192.0.2.1\n", false);
    struct local *one = load(&settings, NULL), *two = load(&settings, one);
    assert_ptr_not_equal(find(one, "example.org", DNS_TYPE_A)->files,
                         find(two, "example.org", DNS_TYPE_A)->files);
    assert_ptr_equal(find(one, "example.org", DNS_TYPE_A)->zone, find(two, "example.org", DNS_TYPE_A)->zone);
    local_release(one);
    local_release(two);
    config_free(settings.config);
}

static void a_wrong_file_leaves_the_last_good_version(void **state)
{
    (void)state;
    struct settings settings = configure(TWO);
    write_zone("a", 1, "");
    write_zone("b", 1, "bad A 1.2\n");
    struct local *one = load(&settings, NULL);
    assert_null(find(one, "sub.example.org", DNS_TYPE_A)->zone);
    assert_non_null(strstr(said, "/b:5: "));
    assert_non_null(strstr(said, "zone sub.Example.org.: it cannot be served"));
    write_zone("a", 2, "bad A 1.2\n");
    write_zone("b", 1, "");
    struct local *two = load(&settings, one);
    assert_ptr_equal(find(two, "example.org", DNS_TYPE_A)->zone, find(one, "example.org", DNS_TYPE_A)->zone);
    assert_non_null(find(two, "sub.example.org", DNS_TYPE_A)->zone);
    assert_non_null(strstr(said, "t:1:6: zone example.org.: the last good version is served on"));
    struct local *three = load(&settings, two);
    assert_non_null(strstr(said, "the last good version")); /* told each time */
    local_release(one);
    local_release(two);
    local_release(three);
    config_free(settings.config);
}

static unsigned told;

static void count(void *context, struct dns_name name)
{
    (void)context;
    (void)name;
    told++;
}

static unsigned changes(const struct local *former, const struct local *next)
{
    told = 0;
    local_compare(former, next, count, NULL);
    return told;
}

static void one_zone_gets_another_version(void **state)
{
    (void)state;
    struct settings settings = configure(TWO);
    struct dns_name_buffer name;
    write_zone("a", 1, "");
    write_zone("b", 1, "");
    struct local *one = load(&settings, NULL);
    struct zone *zone = find(one, "sub.example.org", DNS_TYPE_A)->zone;
    assert_int_equal(dns_name_from_text("EXAMPLE.org", &name), DNS_OK);
    struct local *two = local_with(one, dns_name_view(&name), NULL);
    assert_non_null(two);
    assert_null(find(two, "example.org", DNS_TYPE_A)->zone);
    assert_ptr_equal(find(two, "sub.example.org", DNS_TYPE_A)->zone, zone);
    assert_non_null(find(one, "example.org", DNS_TYPE_A)->zone);
    assert_int_equal(dns_name_from_text("other.org", &name), DNS_OK);
    assert_null(local_with(one, dns_name_view(&name), zone));

    struct local *loaded = load(&settings, one); /* while `two` came into use */
    local_catch_up(loaded, one, two);
    assert_null(find(loaded, "example.org", DNS_TYPE_A)->zone);
    assert_ptr_equal(find(loaded, "sub.example.org", DNS_TYPE_A)->zone, zone);
    local_release(one);
    local_release(two);
    local_release(loaded);
    config_free(settings.config);
}

static void a_single_zone_that_is_gone_meanwhile_is_told(void **state)
{
    (void)state;
    struct settings settings = configure("");
    struct local *local = load(&settings, NULL);
    struct dns_name_buffer name;
    assert_int_equal(dns_name_from_text("example.org", &name), DNS_OK);
    assert_null(local_load_zone(&settings, local, dns_name_view(&name), say, NULL));
    assert_non_null(strstr(said, "no primary zone of ours any more"));
    local_release(local);
    config_free(settings.config);
}

static void a_zone_that_becomes_primary_stays_as_its_file_has_it(void **state)
{
    (void)state;
    struct settings before =
        configure("zone example.org { type secondary; file \"a\"; primaries { 192.0.2.1; }; };");
    struct settings after = configure("zone example.org { type primary; file \"b\"; };");
    write_zone("a", 1, "");
    write_zone("b", 7, "");
    struct local *one = load(&before, NULL);
    struct dns_name name = dns_name_view(&find(one, "example.org", DNS_TYPE_A)->name);
    struct local *fetched = local_with(one, name, NULL), *next = load(&after, one);
    local_catch_up(next, one, fetched);
    assert_non_null(find(next, "example.org", DNS_TYPE_A)->zone);
    assert_int_equal(zone_serial(find(next, "example.org", DNS_TYPE_A)->zone), 7);
    local_release(one);
    local_release(fetched);
    local_release(next);
    config_free(before.config);
    config_free(after.config);
}

static void the_cache_is_told_of_zones_that_come_and_go_and_of_changed_cuts(void **state)
{
    (void)state;
    struct settings none = configure(""), both = configure(TWO);
    write_zone("a", 1, "");
    write_zone("b", 1, "");
    struct local *empty = load(&none, NULL), *one = load(&both, NULL);
    assert_int_equal(changes(empty, one), 2);
    assert_int_equal(changes(one, empty), 2);
    assert_int_equal(changes(one, one), 0);
    write_zone("a", 2, "");
    struct local *two = load(&both, one);
    assert_int_equal(changes(one, two), 0);
    write_zone("a", 3, "sub NS a\n");
    struct local *three = load(&both, two);
    assert_int_equal(changes(two, three), 1);
    local_release(empty);
    local_release(one);
    local_release(two);
    local_release(three);
    config_free(none.config);
    config_free(both.config);
}

static void special_names_can_be_left_out(void **state)
{
    (void)state;
    struct settings some = configure("options { disable-empty-zone TEST; };");
    struct settings none = configure("options { empty-zones-enable no; };");
    struct local *local = load(&some, NULL), *without = load(&none, NULL);
    assert_string_equal(found(local, "x.test", DNS_TYPE_A), "none");
    assert_string_equal(found(local, "x.invalid", DNS_TYPE_A), "invalid.");
    assert_string_equal(found(without, "x.invalid", DNS_TYPE_A), "none");
    assert_int_equal(local_count(without), 0);
    local_release(local);
    local_release(without);
    config_free(some.config);
    config_free(none.config);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char path[256];
    (void)state;
    for (const char *name = "abc"; *name != '\0'; name++) {
        snprintf(path, sizeof path, "%s/%c", folder, *name);
        unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deepest_zone_is_found),
        cmocka_unit_test(the_root_may_be_ours),
        cmocka_unit_test(unchanged_files_are_not_read_again),
        cmocka_unit_test(another_file_in_the_configuration_is_read),
        cmocka_unit_test(a_file_that_has_just_been_written_is_read_again),
        cmocka_unit_test(a_wrong_file_leaves_the_last_good_version),
        cmocka_unit_test(one_zone_gets_another_version),
        cmocka_unit_test(a_single_zone_that_is_gone_meanwhile_is_told),
        cmocka_unit_test(a_zone_that_becomes_primary_stays_as_its_file_has_it),
        cmocka_unit_test(the_cache_is_told_of_zones_that_come_and_go_and_of_changed_cuts),
        cmocka_unit_test(special_names_can_be_left_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
