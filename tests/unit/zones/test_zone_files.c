/* Zones on disk: what they are made of, whether that has changed, and what is wrong with it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "support.h"

#define HEAD "$TTL 60\n@ SOA ns1 host 7 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_zone_files.XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[4][128];
    static unsigned next;
    char *to = path[next++ % 4];
    snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
}

/* A file that was written `age` seconds ago. */
static void write_file(const char *name, const char *text, time_t age)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    struct timespec times[2] = {{time(NULL) - age, 0}, {time(NULL) - age, 0}};
    assert_int_equal(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

static struct zone *read_zone(const char *name, struct zone_files *files)
{
    struct dns_name_buffer apex;
    dns_name_from_text("example.org", &apex);
    memset(&problems, 0, sizeof problems);
    return zone_file_read_noting(path_of(name), dns_name_view(&apex), &problems, files);
}

static struct zone_files *files_of(const char *name)
{
    struct zone_files *files = zone_files_new();
    assert_non_null(files);
    zone_release(read_zone(name, files));
    return files;
}

static void a_zone_is_unchanged_while_all_its_files_are(void **state)
{
    (void)state;
    write_file("zone", HEAD "$INCLUDE part\n$INCLUDE other\n", 10);
    write_file("part", "a A 192.0.2.2\n", 10);
    write_file("other", "b A 192.0.2.3\n", 10);
    struct zone_files *files = files_of("zone");
    assert_true(zone_files_unchanged(files));
    struct zone_files *held = zone_files_hold(files);
    zone_files_release(files);
    write_file("part", "a A 192.0.2.9\n", 10); /* same size and time, but not the same change */
    assert_false(zone_files_unchanged(held));
    zone_files_release(held);

    files = files_of("zone");
    assert_true(zone_files_unchanged(files));
    unlink(path_of("other"));
    assert_false(zone_files_unchanged(files));
    zone_files_release(files);
}

static void another_size_or_another_file_of_that_name_is_a_change(void **state)
{
    (void)state;
    write_file("zone", HEAD, 10);
    struct zone_files *files = files_of("zone");
    write_file("zone", HEAD "a A 192.0.2.2\n", 10);
    assert_false(zone_files_unchanged(files));
    zone_files_release(files);
    files = files_of("zone");
    write_file("new", HEAD "a A 192.0.2.2\n", 10);
    assert_int_equal(rename(path_of("new"), path_of("zone")), 0);
    assert_false(zone_files_unchanged(files));
    zone_files_release(files);
}

static void what_was_written_a_moment_ago_may_change_unseen(void **state)
{
    (void)state;
    write_file("zone", HEAD, 0);
    struct zone_files *files = files_of("zone");
    assert_false(zone_files_unchanged(files));
    zone_files_release(files);
    assert_false(zone_files_unchanged(NULL));
    zone_files_release(NULL);
}

static void no_files_are_not_unchanged_ones(void **state)
{
    (void)state;
    struct zone_files *files = files_of("nowhere");
    assert_false(zone_files_unchanged(files));
    zone_files_release(files);
}

/* What is said of the file "zone", as zone_problems_print() has it, without the folder. */
static const char *said_of(const char *name)
{
    static char text[65536];
    FILE *to = fmemopen(text, sizeof text, "w");
    assert_non_null(to);
    zone_release(read_zone(name, NULL));
    zone_problems_print(&problems, to);
    fputc('\0', to);
    fclose(to);
    for (char *at = text; (at = strstr(at, folder)) != NULL;)
        memmove(at, at + strlen(folder) + 1, strlen(at + strlen(folder) + 1) + 1);
    return text;
}

static void problems_are_told_with_the_file_they_are_in(void **state)
{
    (void)state;
    write_file("zone", HEAD "$INCLUDE \"part\" sub\nx A y\n@ MX 1 sub\n", 10);
    write_file("part", "\n@ A here\n$INCLUDE zone\n", 10);
    assert_string_equal(
        said_of("zone"),
        "part:2: sub.example.org. A \"here\": not an IPv4 address\n"
        "part:3: $INCLUDE zone: the file includes itself\n"
        "zone:6: x.example.org. A \"y\": not an IPv4 address\n"
        "zone:7: warning: the MX sub.example.org. has no address in the zone: add an A or AAAA "
        "record, or is a final dot missing?\n");
}

static void includes_find_their_way(void **state)
{
    (void)state;
    char text[256];
    mkdir(path_of("below"), 0755);
    write_file("below/b", "b A 192.0.2.3\n$INCLUDE c\n", 10);
    write_file("below/c", "c A 192.0.2.4\n", 10);
    snprintf(text, sizeof text, HEAD "$INCLUDE below/b sub.example.org.\n  A 192.0.2.1\n$INCLUDE %s\n",
             path_of("below/c"));
    write_file("zone", text, 10);
    struct zone *zone = read_zone("zone", NULL);
    assert_non_null(zone);
    assert_non_null(strstr(dump_of(zone), "b.sub.example.org. 60 IN A 192.0.2.3\n"
                                          "c.sub.example.org. 60 IN A 192.0.2.4\n"));
    assert_non_null(strstr(dump_of(zone), "\nc.example.org. 60 IN A 192.0.2.4\n"));
    zone_release(zone);
}

static void includes_that_cannot_be_are_refused_where_they_stand(void **state)
{
    static const struct {
        const char *text, *said;
    } table[] = {
        {"$INCLUDE\n", "zone:5: $INCLUDE wants the name of a file\n"},
        {"$INCLUDE \"\"\n", "zone:5: $INCLUDE wants the name of a file\n"},
        {"$INCLUDE .\n", "zone:5: $INCLUDE .: not a file\n"},
        {"$INCLUDE pipe\n", "zone:5: $INCLUDE pipe: not a file\n"},
        {"$INCLUDE none\n", "zone:5: $INCLUDE none: No such file or directory\n"},
        {"$INCLUDE c a..b\n", "zone:5: $INCLUDE c: \"a..b\" is no domain name\n"},
        {"$INCLUDE deep0\n", "deep9:1: $INCLUDE deep10: more than 10 files deep\n"},
    };
    (void)state;
    mkfifo(path_of("pipe"), 0600);
    for (int i = 0; i < 12; i++) {
        char name[16], text[32];
        snprintf(name, sizeof name, "deep%d", i);
        snprintf(text, sizeof text, "$INCLUDE deep%d\n", i + 1);
        write_file(name, text, 10);
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD "%s", table[i].text);
        write_file("zone", text, 10);
        assert_string_equal(said_of("zone"), table[i].said);
    }
}

static void a_file_that_is_not_one_is_said_to_be_so_once(void **state)
{
    (void)state;
    assert_string_equal(said_of("nowhere"), "nowhere: No such file or directory\n");
    mkfifo(path_of("pipe"), 0600);
    assert_string_equal(said_of("pipe"), "pipe: not a file\n");
    write_file("empty", "", 10);
    assert_non_null(strstr(said_of("empty"), "empty: the zone example.org. has no SOA record"));
}

static void of_many_problems_the_first_are_told_and_the_rest_counted(void **state)
{
    char text[8192] = HEAD;
    (void)state;
    for (int i = 0; i < 60; i++)
        strcat(text, "x A y\n");
    for (int i = 0; i < 52; i++)
        sprintf(text + strlen(text), "@ MX %d n%d\n", i, i);
    write_file("zone", text, 10);
    const char *said = said_of("zone");
    assert_non_null(strstr(said, "\n10 more errors are not shown\n2 more warnings are not shown\n"));
    assert_non_null(strstr(said, "zone:54: "));
    assert_null(strstr(said, "zone:55: "));
}

static void what_would_disturb_a_terminal_is_not_said(void **state)
{
    (void)state;
    write_file("zone", HEAD "x \x1b[2J\x07\n", 10);
    assert_string_equal(said_of("zone"), "zone:5: \"?[2J?\" is no record type, class or TTL\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_unchanged_while_all_its_files_are),
        cmocka_unit_test(another_size_or_another_file_of_that_name_is_a_change),
        cmocka_unit_test(what_was_written_a_moment_ago_may_change_unseen),
        cmocka_unit_test(no_files_are_not_unchanged_ones),
        cmocka_unit_test(problems_are_told_with_the_file_they_are_in),
        cmocka_unit_test(includes_find_their_way),
        cmocka_unit_test(includes_that_cannot_be_are_refused_where_they_stand),
        cmocka_unit_test(a_file_that_is_not_one_is_said_to_be_so_once),
        cmocka_unit_test(of_many_problems_the_first_are_told_and_the_rest_counted),
        cmocka_unit_test(what_would_disturb_a_terminal_is_not_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
