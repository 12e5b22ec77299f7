/* The log: its limiter, its channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/log.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
