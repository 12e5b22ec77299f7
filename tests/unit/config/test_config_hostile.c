/* Files that are broken, huge, or made to hurt; and includes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"

static struct config *read_octets(const char *octets, size_t length, struct config_errors *errors)
{
    char path[64];
    int fd = memfd_create("config", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, octets, length), length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct config *config = config_read(path, errors);
    close(fd);
    return config;
}

static char *repeat(const char *before, const char *piece, size_t times, const char *behind)
{
    char *text = malloc(strlen(before) + strlen(piece) * times + strlen(behind) + 1);
    char *at = stpcpy(text, before);
    for (size_t i = 0; i < times; i++)
        at = stpcpy(at, piece);
    strcpy(at, behind);
    return text;
}

static void nul_bytes_are_named(void **state)
{
    (void)state;
    static const char *const texts[] = {"options { recursion\0yes; };", "\0options { };", "options { };\0",
                                        "options { directory \"a\0b\"; };"};
    static const size_t lengths[] = {27, 13, 13, 30};
    static const unsigned columns[] = {20, 1, 13, 23};
    for (size_t i = 0; i < 4; i++) {
        struct config_errors errors;
        assert_null(read_octets(texts[i], lengths[i], &errors));
        assert_true(errors.count >= 1);
        assert_int_equal(errors.error[0].line, 1);
        assert_int_equal(errors.error[0].column, columns[i]);
        assert_true(strstr(errors.error[0].text, "NUL") != NULL ||
                    strstr(errors.error[0].text, "0x00") != NULL);
    }
}

static void huge_words_and_strings_are_refused(void **state)
{
    (void)state;
    struct config_errors errors;
    char *word = repeat("options { ", "x", 3000000, "; recursion maybe; };");
    assert_null(config_read_text(word, "t", &errors));
    assert_int_equal(errors.count, 3);
    assert_string_equal(errors.error[0].text, "a word longer than 1024 characters");
    assert_int_equal(errors.error[2].column, 10 + 3000000 + 13);
    free(word);
    char *string = repeat("options { directory \"", "x", 5000, "\"; };");
    assert_null(config_read_text(string, "t", &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.error[0].text, "a string longer than 4096 characters");
    free(string);
    string = repeat("options { directory \"", "x", 4096, "\"; };");
    struct config *config = config_read_text(string, "t", &errors);
    assert_non_null(config);
    assert_int_equal(strlen(config->directory), 4096);
    config_free(config);
    free(string);
}

static void deep_braces_do_not_recurse(void **state)
{
    (void)state;
    struct config_errors errors;
    char *text = repeat("options { allow-query ", "{ ", 1000000, "");
    assert_null(config_read_text(text, "t", &errors));
    free(text);
    text = repeat("options { allow-transfer ", "{ ", 1000000, "");
    assert_null(config_read_text(text, "t", &errors));
    free(text);
    text = repeat("", "}", 1000000, "");
    assert_null(config_read_text(text, "t", &errors));
    assert_int_equal(errors.count, 1000000);
    free(text);
    text = repeat("options { allow-query ", "{ ", 16, "any; ");
    char *closed = repeat(text, "}; ", 16, "};");
    struct config *config = config_read_text(closed, "t", &errors);
    assert_non_null(config);
    config_free(config);
    free(text);
    free(closed);
}

/* Each acl holds the one before it twice: without a bound, 2^60 elements. */
static void doubling_acls_are_bounded(void **state)
{
    (void)state;
    char text[8192] = "acl a0 { 10/8; 11/8; };\n", *at = text + strlen(text);
    for (int i = 1; i < 60; i++)
        at += sprintf(at, "acl a%d { a%d; a%d; };\n", i, i - 1, i - 1);
    struct config_errors errors;
    assert_null(config_read_text(text, "t", &errors));
    assert_non_null(strstr(errors.error[0].text, "all acls together have more than"));
}

static void acls_are_counted(void **state)
{
    (void)state;
    for (unsigned count = 1024; count <= 1026; count++) {
        struct config_errors errors;
        char *text = calloc(count, 32), *at = text;
        for (unsigned i = 0; i < count; i++)
            at += sprintf(at, "acl a%u { 10/8; };\n", i);
        struct config *config = config_read_text(text, "t", &errors);
        if (count == 1024) {
            assert_non_null(config);
            assert_int_equal(config->acl_count, 1024);
        } else {
            assert_null(config);
            assert_int_equal(errors.count, count - 1024);
            assert_string_equal(errors.error[0].text, "more than 1024 acls");
            assert_int_equal(errors.error[0].line, 1025);
        }
        config_free(config);
        free(text);
    }
}

static void a_long_list_is_read_and_matched(void **state)
{
    (void)state;
    char *text = malloc(200000 * 24), *at = stpcpy(text, "options { allow-query { ");
    for (unsigned i = 0; i < 200000; i++)
        at += sprintf(at, "10.%u.%u.%u; ", i >> 16 & 255, i >> 8 & 255, i & 255);
    strcpy(at, "}; };");
    struct config_errors errors;
    struct config *config = config_read_text(text, "t", &errors);
    assert_non_null(config);
    struct dns_address last, none;
    assert_int_equal(dns_address_from_text("10.3.13.63", 0, &last), DNS_OK);
    assert_int_equal(dns_address_from_text("10.3.13.64", 0, &none), DNS_OK);
    assert_true(acl_match(config->allow_query, &last, NULL).allowed);
    assert_false(acl_match(config->allow_query, &none, NULL).allowed);
    config_free(config);
    free(text);
}

/* --- includes, in a folder of their own */

struct folder {
    char path[64];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "/tmp/rootwalk-config-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) == NULL ? -1 : 0;
}

static const char *const file_names[] = {"main", "sub/one", "two", "three", NULL};

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    char path[128];
    for (int i = 0; file_names[i] != NULL; i++) {
        snprintf(path, sizeof path, "%s/%s", folder->path, file_names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/sub", folder->path);
    rmdir(path);
    int result = rmdir(folder->path);
    free(folder);
    return result;
}

static const char *write_file(const struct folder *folder, const char *name, const char *text)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/sub", folder->path);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void includes_stand_beside_their_file_and_in_any_block(void **state)
{
    struct config_errors errors;
    write_file(*state, "sub/one", "recursion no;\ninclude \"../two\";\nquerylog yes;\n");
    write_file(*state, "two", "tcp-clients 5;");
    write_file(*state, "three", "/* only a comment */");
    const char *path = write_file(
        *state, "main", "options { include \"sub/one\"; max-udp-size 600; };\ninclude \"three\";\n");
    struct config *config = config_read(path, &errors);
    if (config == NULL)
        config_errors_print(&errors, stderr);
    assert_non_null(config);
    assert_false(config->recursion);
    assert_true(config->query_log);
    assert_int_equal(config->tcp_clients, 5);
    assert_int_equal(config->max_udp_size, 600);
    config_free(config);
}

static void errors_name_the_included_file(void **state)
{
    struct config_errors errors;
    write_file(*state, "two", "options {\n  recurson no;\n};\n");
    const char *path = write_file(*state, "main", "include \"two\";\nwrong;\n");
    assert_null(config_read(path, &errors));
    assert_int_equal(errors.count, 2);
    assert_string_equal(strrchr(errors.error[0].file, '/'), "/two");
    assert_int_equal(errors.error[0].line, 2);
    assert_int_equal(errors.error[0].column, 3);
    assert_string_equal(strrchr(errors.error[1].file, '/'), "/main");
    assert_int_equal(errors.error[1].line, 2);
}

static void missing_and_unreadable_includes_are_named(void **state)
{
    struct config_errors errors;
    const char *path = write_file(*state, "main", "include \"nothing\";\ninclude \"sub\";\nwrong;\n");
    assert_null(config_read(path, &errors));
    assert_int_equal(errors.count, 3);
    assert_non_null(strstr(errors.error[0].text, "nothing': No such file or directory"));
    assert_int_equal(errors.error[0].line, 1);
    assert_int_equal(errors.error[0].column, 9);
    assert_non_null(strstr(errors.error[1].text, "sub': Is a directory"));
    assert_int_equal(errors.error[2].line, 3);
    assert_null(config_read("/nonexistent/named.conf", &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.error[0].file, "/nonexistent/named.conf");
}

static void files_that_include_themselves_are_refused(void **state)
{
    struct config_errors errors;
    write_file(*state, "sub/one", "include \"../two\";");
    write_file(*state, "two", "include \"./sub/one\";");
    const char *path = write_file(*state, "main", "include \"two\";");
    assert_null(config_read(path, &errors));
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(errors.error[0].text, "includes itself"));
    assert_string_equal(strrchr(errors.error[0].file, '/'), "/one");
}

static void a_file_may_be_included_twice_but_not_a_thousand_times(void **state)
{
    struct config_errors errors;
    write_file(*state, "two", "# nothing");
    write_file(*state, "three", "include \"two\"; include \"two\";");
    const char *path = write_file(*state, "main", "include \"three\"; include \"three\";");
    struct config *config = config_read(path, &errors);
    assert_non_null(config);
    config_free(config);
    char *many = repeat("", "include \"two\";\n", 1100, "");
    path = write_file(*state, "main", many);
    free(many);
    assert_null(config_read(path, &errors));
    assert_string_equal(errors.error[0].text, "more than 1000 files are included");
    assert_int_equal(errors.error[0].line, 1000);
}

static void braces_do_not_reach_across_files(void **state)
{
    struct config_errors errors;
    write_file(*state, "two", "recursion yes;\n};\n");
    const char *path = write_file(*state, "main", "options {\ninclude \"two\";\nquerylog no;\n};");
    assert_null(config_read(path, &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.error[0].text, "this '}' would close what another file opened");
    assert_int_equal(errors.error[0].line, 2);
    write_file(*state, "two", "options {\n recursion yes;\n");
    path = write_file(*state, "main", "include \"two\";\nquerylog no;\n};");
    assert_null(config_read(path, &errors));
    assert_string_equal(errors.error[0].text, "this '{' is not closed in its file");
    assert_string_equal(strrchr(errors.error[0].file, '/'), "/two");
}

static void ten_files_deep_is_the_limit(void **state)
{
    (void)state;
    char name[32];
    int fds[12];
    for (int i = 11; i >= 0; i--) {
        fds[i] = memfd_create("deep", MFD_CLOEXEC);
        if (i < 11)
            assert_true(dprintf(fds[i], "include \"/proc/self/fd/%d\";\n", fds[i + 1]) > 0);
        assert_int_equal(lseek(fds[i], 0, SEEK_SET), 0);
    }
    struct config_errors errors;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fds[2]);
    struct config *config = config_read(name, &errors);
    assert_non_null(config);
    config_free(config);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fds[1]);
    assert_null(config_read(name, &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.error[0].text, "includes are nested deeper than 10 files");
    for (int i = 0; i < 12; i++)
        close(fds[i]);
}

/* --- garbage */

static uint32_t draw(uint64_t *random, uint32_t below)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*random >> 33) % below);
}

static const char seed_text[] =
    "acl lan { 10/8; !{ 10.1/16; !10.1.2.3; }; localnets; }; /* c */\n"
    "options { directory \"/x\\\"y\"; version none; listen-on port 5300 { lan; 127.0.0.1; }; // c\n"
    "  allow-query { any; }; max-cache-size 64M; query-source 192.0.2.1 port *; min-cache-ttl 1m;\n"
    "  resolver-query-timeout 9; forwarders { }; dnssec-validation no; dump-file \"d\";\n"
    "  disable-algorithms a { RSASHA1; }; disable-ds-digests . { }; validate-except { b; \"c\"; }; };\n"
    "trust-anchors { example static-key 257 3 15 \"l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\"; };\n"
    "server 2001:db8::/32 { bogus yes; edns no; };\n"
    "zone \".\" IN { type hint; file \"named.root\"; }; # c\n"
    "controls { unix \"/c\" perm 0640 owner 3 group 4 read-only yes; };\n"
    "logging { channel q { file \"q\" versions 3 size 10M; severity debug 3; print-time yes; };\n"
    "  category queries { q; null; }; category lame-servers { null; }; };\n";

/* The seed with a few octets replaced, removed, doubled or moved; the last is free for a zero. */
static size_t mutate(char *text, size_t length, size_t room, uint64_t *random)
{
    static const char likely[] = "{};!\"/*#\\ \n0/:.";
    for (uint32_t n = 1 + draw(random, 6); n > 0 && length > 1; n--) {
        size_t at = draw(random, (uint32_t)length), span = 1 + draw(random, 20);
        switch (draw(random, 5)) {
        case 0:
            text[at] = (char)(1 + draw(random, 255));
            break;
        case 1:
            text[at] = likely[draw(random, sizeof likely - 1)];
            break;
        case 2:
            span = span > length - at ? length - at : span;
            memmove(text + at, text + at + span, length - at - span);
            length -= span;
            break;
        case 3:
            span = span > length - at ? length - at : span;
            if (length + span < room) {
                memmove(text + at + span, text + at, length - at);
                length += span;
            }
            break;
        default:
            length = draw(random, 8) == 0 ? at + 1 : length;
        }
    }
    text[length] = '\0';
    return length;
}

static void mutations_are_read_or_refused_with_a_reason(void **state)
{
    (void)state;
    uint64_t random = 20261122;
    unsigned read = 0;
    char text[2 * sizeof seed_text];
    for (int n = 0; n < 5000; n++) {
        memcpy(text, seed_text, sizeof seed_text);
        mutate(text, sizeof seed_text - 1, sizeof text - 1, &random);
        struct config_errors errors;
        struct config *config = config_read_text(text, "t", &errors);
        assert_int_equal(config == NULL, errors.count != 0);
        read += config != NULL;
        config_free(config);
    }
    assert_in_range(read, 100, 4000);
}

static void binary_garbage_is_refused(void **state)
{
    (void)state;
    uint64_t random = 4711;
    for (int n = 0; n < 500; n++) {
        char octets[512];
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = (char)draw(&random, 256);
        struct config_errors errors;
        assert_null(read_octets(octets, sizeof octets, &errors));
        assert_true(errors.count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nul_bytes_are_named),
        cmocka_unit_test(huge_words_and_strings_are_refused),
        cmocka_unit_test(deep_braces_do_not_recurse),
        cmocka_unit_test(doubling_acls_are_bounded),
        cmocka_unit_test(acls_are_counted),
        cmocka_unit_test(a_long_list_is_read_and_matched),
        cmocka_unit_test_setup_teardown(includes_stand_beside_their_file_and_in_any_block, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(errors_name_the_included_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(missing_and_unreadable_includes_are_named, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(files_that_include_themselves_are_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_file_may_be_included_twice_but_not_a_thousand_times, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(braces_do_not_reach_across_files, make_folder, remove_folder),
        cmocka_unit_test(ten_files_deep_is_the_limit),
        cmocka_unit_test(mutations_are_read_or_refused_with_a_reason),
        cmocka_unit_test(binary_garbage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
