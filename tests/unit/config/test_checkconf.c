/* rootwalk-checkconf as its users see it: what it prints, and its exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The program stands beside the folder this test stands in. */
static int run(const char *arguments, char *output, size_t size)
{
    char self[512] = "", command[2048];
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    *strrchr(self, '/') = '\0';
    snprintf(command, sizeof command, "'%s/../rootwalk-checkconf' %s", self, arguments);
    FILE *from = popen(command, "r");
    assert_non_null(from);
    size_t length = fread(output, 1, size - 1, from);
    output[length] = '\0';
    int status = pclose(from);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char output[65536];

static void a_right_file_is_met_with_silence(void **state)
{
    (void)state;
    assert_int_equal(run(SOURCE_DIR "/examples/named.conf 2>&1", output, sizeof output), 0);
    assert_string_equal(output, "");
    assert_int_equal(run("/dev/null 2>&1", output, sizeof output), 0);
    assert_string_equal(output, "");
}

static void errors_go_to_standard_error_and_the_status_is_one(void **state)
{
    (void)state;
    assert_int_equal(
        run("/dev/stdin 2>&1 <<'END'\noptions {\n    recurson yes;\n};\nEND", output, sizeof output), 1);
    assert_string_equal(
        output, "/dev/stdin:2:5: unknown statement 'recurson' in options (did you mean 'recursion'?)\n");
    assert_int_equal(run("-p /nonexistent/x 2>/dev/null", output, sizeof output), 1);
    assert_string_equal(output, "");
    assert_int_equal(run("/nonexistent/x 2>&1", output, sizeof output), 1);
    assert_string_equal(output, "/nonexistent/x: cannot be opened: No such file or directory\n");
}

static void a_wrong_trust_anchor_is_told_with_its_place_and_the_remedy(void **state)
{
    (void)state;
    assert_int_equal(
        run("/dev/stdin 2>&1 <<'END'\ntrust-anchors {\n    example static-ds 1 8 2 \"ABCD\";\n};\nEND",
            output, sizeof output),
        1);
    assert_string_equal(
        output, "/dev/stdin:2:29: trust anchor of example.: the digest has not the length of its type: "
                "64 hexadecimal digits for type 2, 96 for 4, 40 for 1\n");
    assert_int_equal(
        run("/dev/stdin 2>&1 <<'END'\noptions { managed-keys-directory \"/nonexistent/keys\"; };\nEND",
            output, sizeof output),
        1);
    assert_non_null(strstr(output, "managed-keys-directory /nonexistent/keys does not exist"));
}

static void files_and_folders_that_are_missing_are_told(void **state)
{
    (void)state;
    assert_int_equal(
        run("/dev/stdin 2>&1 <<'END'\nzone \".\" { type hint; file \"/nonexistent/root\"; };\nEND", output,
            sizeof output),
        1);
    assert_non_null(strstr(output, "/dev/stdin:1:"));
    assert_non_null(strstr(output, "/nonexistent/root"));
    assert_int_equal(run("/dev/stdin 2>&1 <<'END'\noptions { directory \"/nonexistent/here\"; };\nEND",
                         output, sizeof output),
                     1);
    assert_non_null(strstr(output, "directory /nonexistent/here does not exist"));
    assert_int_equal(run("/dev/stdin 2>&1 <<'END'\noptions { pid-file \"/nonexistent/here/pid\"; };\n"
                         "logging { channel c { file \"/nonexistent/there/log\"; }; };\n"
                         "controls { unix \"/nonexistent/place/control\"; };\nEND",
                         output, sizeof output),
                     1);
    assert_non_null(strstr(output, "its folder /nonexistent/here does not exist"));
    assert_non_null(strstr(output, "/dev/stdin:2:"));
    assert_non_null(strstr(output, "its folder /nonexistent/there does not exist"));
    assert_non_null(strstr(output, "its folder /nonexistent/place does not exist"));
}

static void every_example_is_right_as_it_stands(void **state)
{
    (void)state;
    assert_int_equal(run(SOURCE_DIR "/examples/lan-resolver.conf", output, sizeof output), 0);
    assert_int_equal(run(SOURCE_DIR "/examples/mail-server.conf", output, sizeof output), 0);
}

static void p_prints_what_reads_back_to_the_same(void **state)
{
    (void)state;
    char *first = malloc(sizeof output), name[] = "/tmp/rootwalk-checkconf-XXXXXX", arguments[128];
    assert_int_equal(run("-p " SOURCE_DIR "/examples/lan-resolver.conf", first, sizeof output), 0);
    assert_non_null(strstr(first, "    recursive-clients 4096;\n"));
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, first, strlen(first)), strlen(first));
    close(fd);
    snprintf(arguments, sizeof arguments, "-p %s", name);
    assert_int_equal(run(arguments, output, sizeof output), 0);
    assert_string_equal(output, first);
    unlink(name);
    free(first);
}

static void l_lists_statements_with_default_and_meaning(void **state)
{
    (void)state;
    assert_int_equal(run("-l", output, sizeof output), 0);
    assert_non_null(
        strstr(output, "\n    max-cache-size size | number% | default;\n        default: 128M\n"));
    assert_non_null(strstr(output, "\n    auth-nxdomain yes_or_no;\n        Accepted, without effect. "));
}

static void help_and_version_are_told(void **state)
{
    (void)state;
    assert_int_equal(run("--help", output, sizeof output), 0);
    assert_memory_equal(output, "Usage: rootwalk-checkconf ", 26);
    assert_int_equal(run("--version", output, sizeof output), 0);
    assert_memory_equal(output, "rootwalk-checkconf ", 19);
    assert_int_equal(run("--wrong 2>&1", output, sizeof output), 2);
    assert_int_equal(run("a b 2>&1", output, sizeof output), 2);
    assert_non_null(strstr(output, "one FILE at a time"));
}

static void output_that_cannot_be_written_is_a_failure(void **state)
{
    (void)state;
    assert_int_equal(run("-l 2>/dev/null >/dev/full", output, sizeof output), 1);
    assert_int_equal(run("-p /dev/null 2>/dev/null >/dev/full", output, sizeof output), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_file_is_met_with_silence),
        cmocka_unit_test(errors_go_to_standard_error_and_the_status_is_one),
        cmocka_unit_test(a_wrong_trust_anchor_is_told_with_its_place_and_the_remedy),
        cmocka_unit_test(files_and_folders_that_are_missing_are_told),
        cmocka_unit_test(every_example_is_right_as_it_stands),
        cmocka_unit_test(p_prints_what_reads_back_to_the_same),
        cmocka_unit_test(l_lists_statements_with_default_and_meaning),
        cmocka_unit_test(help_and_version_are_told),
        cmocka_unit_test(output_that_cannot_be_written_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
