/* The log: its limiter, its channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/log.h"
#include "server/log_line.h"

enum { SECOND = 1000000 };

static void ten_a_second_are_let_through_and_the_rest_is_counted(void **state)
{
    struct log_limiter limiter = {0};
    uint64_t suppressed = 99, allowed = 0;
    (void)state;
    for (int i = 0; i < 1000; i++)
        allowed += log_limiter_allows(&limiter, 5 * SECOND + i, &suppressed);
    assert_int_equal(allowed, LOG_PER_SECOND);
    assert_true(log_limiter_allows(&limiter, 6 * SECOND, &suppressed));
    assert_int_equal(suppressed, 990);
    assert_true(log_limiter_allows(&limiter, 6 * SECOND, &suppressed));
    assert_int_equal(suppressed, 0);
}

static struct config *file_config(const char *file, uint64_t size, unsigned versions)
{
    struct config *config = calloc(1, sizeof *config);
    struct config_channel *channel = calloc(1, sizeof *channel);
    *channel = (struct config_channel){.name = strdup("main"),
                                       .to = CONFIG_LOG_FILE,
                                       .file = strdup(file),
                                       .size = size,
                                       .versions = versions,
                                       .severity = CONFIG_INFO,
                                       .print_category = true,
                                       .print_severity = true,
                                       .place = {.file = "test.conf", .line = 1}};
    config->channels = channel;
    config->channel_count = 1;
    for (int i = 0; i < CONFIG_CATEGORIES; i++)
        for (int k = 0; k < 4; k++)
            config->category[i][k] = i == CONFIG_CATEGORY_DEFAULT && k == 0 ? 0 : SIZE_MAX;
    return config;
}

static void free_file_config(struct config *config)
{
    free(config->channels->name);
    free(config->channels->file);
    free(config->channels);
    free(config);
}

static void read_file(const char *path, char *text, size_t capacity)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, capacity - 1, file);
    text[length] = '\0';
    fclose(file);
}

static void lines_reach_the_channel_of_their_category_above_its_severity(void **state)
{
    char path[] = "/tmp/rootwalk-log-XXXXXX", text[1024], problem[LOG_PROBLEM_MAX];
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct config *config = file_config(path, 0, 0);
    struct log *log = log_create();
    assert_true(log_configure(log, config, "/tmp", false, 0, problem));
    log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_WARNING, "seen %d", 1);
    log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_DEBUG, "unseen");
    assert_int_equal(log_level(log), CONFIG_DYNAMIC);
    log_set_level(log, CONFIG_DEBUG);
    log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_DEBUG, "seen 2");
    log_set_level(log, CONFIG_ERROR);
    log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_WARNING, "unseen");
    log_set_level(log, CONFIG_DYNAMIC);
    log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_INFO, "seen 3");
    log_destroy(log);
    read_file(path, text, sizeof text);
    assert_string_equal(text, "network: warning: seen 1\nnetwork: debug: seen 2\nnetwork: info: seen 3\n");
    unlink(path);
    free_file_config(config);
}

static void a_file_that_cannot_be_opened_keeps_the_old_channels(void **state)
{
    char problem[LOG_PROBLEM_MAX];
    (void)state;
    struct config *config = file_config("/dev/null/log", 0, 0);
    struct log *log = log_create();
    assert_false(log_configure(log, config, "/tmp", false, 0, problem));
    assert_non_null(strstr(problem, "/dev/null/log"));
    log_destroy(log);
    free_file_config(config);
}

static void a_file_is_rolled_at_its_size(void **state)
{
    char folder[] = "/tmp/rootwalk-log-XXXXXX", path[64], name[80], text[1024], problem[LOG_PROBLEM_MAX];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/log", folder);
    struct config *config = file_config(path, 30, 2);
    struct log *log = log_create();
    assert_true(log_configure(log, config, "/tmp", false, 0, problem));
    for (int i = 1; i <= 4; i++)
        log_write(log, CONFIG_CATEGORY_GENERAL, CONFIG_NOTICE, "message number %d", i);
    log_destroy(log);
    read_file(path, text, sizeof text);
    assert_string_equal(text, "");
    snprintf(name, sizeof name, "%s.0", path);
    read_file(name, text, sizeof text);
    assert_non_null(strstr(text, "number 4"));
    unlink(name);
    snprintf(name, sizeof name, "%s.1", path);
    read_file(name, text, sizeof text);
    assert_non_null(strstr(text, "number 3"));
    unlink(name);
    snprintf(name, sizeof name, "%s.2", path);
    assert_int_not_equal(access(name, F_OK), 0);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free_file_config(config);
}

static void a_channel_that_follows_debug_makes_no_file_without_it(void **state)
{
    char folder[] = "/tmp/rootwalk-log-XXXXXX", path[64], text[1024], problem[LOG_PROBLEM_MAX];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/log", folder);
    struct config *config = file_config(path, 0, 0);
    config->channels[0].severity = CONFIG_DYNAMIC;
    struct log *log = log_create();
    assert_true(log_configure(log, config, "/tmp", false, 0, problem));
    log_write(log, CONFIG_CATEGORY_GENERAL, CONFIG_CRITICAL, "unseen");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(log_configure(log, config, "/tmp", false, 1, problem));
    log_write(log, CONFIG_CATEGORY_GENERAL, CONFIG_DEBUG, "seen");
    log_destroy(log);
    read_file(path, text, sizeof text);
    assert_string_equal(text, "general: debug: seen\n");
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free_file_config(config);
}

static void a_file_in_a_folder_that_is_missing_names_the_folder(void **state)
{
    char problem[LOG_PROBLEM_MAX];
    (void)state;
    struct config *config = file_config("/nonexistent/rootwalk/log", 0, 0);
    struct log *log = log_create();
    assert_false(log_configure(log, config, "/tmp", false, 0, problem));
    assert_non_null(strstr(problem, "folder /nonexistent/rootwalk does not exist"));
    log_destroy(log);
    free_file_config(config);
}

static void a_relative_name_stands_in_the_base_directory(void **state)
{
    char folder[] = "/tmp/rootwalk-log-XXXXXX", path[64], problem[LOG_PROBLEM_MAX];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/here", folder);
    struct config *config = file_config("here", 0, 0);
    struct log *log = log_create();
    assert_true(log_configure(log, config, folder, false, 0, problem));
    log_destroy(log);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free_file_config(config);
}

static void the_built_in_debug_file_that_cannot_be_opened_stops_nothing(void **state)
{
    char problem[LOG_PROBLEM_MAX];
    (void)state;
    struct config *config = file_config("rootwalk.run", 0, 0);
    config->channels[0].place.file = NULL;
    struct log *log = log_create();
    assert_true(log_configure(log, config, "/nonexistent", false, 1, problem));
    log_write(log, CONFIG_CATEGORY_GENERAL, CONFIG_NOTICE, "goes nowhere");
    log_destroy(log);
    free_file_config(config);
}

static void a_channel_no_category_names_is_not_opened(void **state)
{
    char problem[LOG_PROBLEM_MAX];
    (void)state;
    struct config *config = file_config("/dev/null/log", 0, 0);
    config->category[CONFIG_CATEGORY_DEFAULT][0] = SIZE_MAX;
    struct log *log = log_create();
    assert_true(log_configure(log, config, "/tmp", false, 0, problem));
    log_destroy(log);
    free_file_config(config);
}

static void a_line_of_json_has_time_category_severity_and_message(void **state)
{
    char path[] = "/tmp/rootwalk-log-XXXXXX", text[4096], problem[LOG_PROBLEM_MAX], time[64], rest[4096];
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct config *config = file_config(path, 0, 0);
    config->channels[0].print_json = true;
    struct log *log = log_create();
    assert_true(log_configure(log, config, "/tmp", false, 0, problem));
    log_write(log, CONFIG_CATEGORY_DNSSEC, CONFIG_NOTICE, "a \"b\" \\ \n \001 \xc3\xa9 \xff \xc3");
    for (int i = 0; i < 15; i++)
        log_limited(log, LOG_KIND_FAILURE, 5 * SECOND, CONFIG_CATEGORY_RESOLVER, CONFIG_INFO, "failed");
    log_limited(log, LOG_KIND_FAILURE, 6 * SECOND, CONFIG_CATEGORY_RESOLVER, CONFIG_INFO, "last");
    log_destroy(log);
    read_file(path, text, sizeof text);
    assert_int_equal(sscanf(text, "{\"time\":\"%63[0-9T:.-]Z\",%4095[^\n]", time, rest), 2);
    assert_int_equal(strlen(time), strlen("2026-11-23T01:24:45.649012"));
    assert_string_equal(rest, "\"category\":\"dnssec\",\"severity\":\"notice\",\"message\":"
                              "\"a \\\"b\\\" \\\\ \\u000a \\u0001 \xc3\xa9 \\ufffd \\ufffd\"}");
    const char *last = strstr(text, "\"last\"");
    assert_non_null(last);
    assert_string_equal(last, "\"last\",\"suppressed\":5}\n");
    unlink(path);
    free_file_config(config);
}

static void a_long_message_is_cut_and_still_json(void **state)
{
    char text[9000], json[LOG_JSON_MAX];
    (void)state;
    memset(text, 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_line_json(
        &(struct log_line){.category = "c", .severity = "s", .text = text, .suppressed = UINT64_MAX}, json);
    assert_true(strlen(json) < LOG_JSON_MAX);
    assert_non_null(strstr(json, "u0001\",\"suppressed\":18446744073709551615}"));
}

static void the_journal_gets_fields(void **state)
{
    char folder[] = "/tmp/rootwalk-log-XXXXXX", got[4096], problem[LOG_PROBLEM_MAX];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    int journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(journal, (struct sockaddr *)&address, sizeof address), 0);
    struct config *config = file_config("", 0, 0);
    config->channels[0].to = CONFIG_LOG_JOURNAL;
    config->channels[0].print_time = true;
    struct log *log = log_create();
    assert_true(log_use_journal(log, address.sun_path));
    assert_true(log_configure(log, config, "/tmp", false, 0, problem));
    log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_WARNING, "two\nlines");
    ssize_t length = recv(journal, got, sizeof got - 1, MSG_DONTWAIT);
    assert_true(length > 0);
    got[length] = '\0';
    assert_string_equal(got, "PRIORITY=4\nSYSLOG_IDENTIFIER=rootwalk\nROOTWALK_CATEGORY=network\n"
                             "MESSAGE=network: warning: two lines\n");
    /* One that is full, or gone, holds nobody up. */
    for (int i = 0; i < 1000; i++)
        log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_WARNING, "more");
    close(journal);
    log_write(log, CONFIG_CATEGORY_NETWORK, CONFIG_WARNING, "more");
    log_destroy(log);
    unlink(address.sun_path);
    assert_int_equal(rmdir(folder), 0);
    free_file_config(config);
}

static void a_channel_to_a_journal_that_is_not_there_is_refused(void **state)
{
    char problem[LOG_PROBLEM_MAX];
    (void)state;
    if (access(LOG_JOURNAL_PATH, F_OK) == 0)
        skip(); /* this machine has one */
    struct config *config = file_config("", 0, 0);
    config->channels[0].to = CONFIG_LOG_JOURNAL;
    struct log *log = log_create();
    assert_false(log_configure(log, config, "/tmp", false, 0, problem));
    assert_non_null(strstr(problem, "there is no journal at " LOG_JOURNAL_PATH));
    log_destroy(log);
    free_file_config(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_a_second_are_let_through_and_the_rest_is_counted),
        cmocka_unit_test(lines_reach_the_channel_of_their_category_above_its_severity),
        cmocka_unit_test(a_file_that_cannot_be_opened_keeps_the_old_channels),
        cmocka_unit_test(a_file_is_rolled_at_its_size),
        cmocka_unit_test(a_channel_that_follows_debug_makes_no_file_without_it),
        cmocka_unit_test(a_file_in_a_folder_that_is_missing_names_the_folder),
        cmocka_unit_test(a_relative_name_stands_in_the_base_directory),
        cmocka_unit_test(the_built_in_debug_file_that_cannot_be_opened_stops_nothing),
        cmocka_unit_test(a_channel_no_category_names_is_not_opened),
        cmocka_unit_test(a_line_of_json_has_time_category_severity_and_message),
        cmocka_unit_test(a_long_message_is_cut_and_still_json),
        cmocka_unit_test(the_journal_gets_fields),
        cmocka_unit_test(a_channel_to_a_journal_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
