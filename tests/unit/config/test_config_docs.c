/*
 * docs/configuration.md against the parser's table, both ways. A statement's row stands in the section
 * of its block:
 *
 *      ## `options`
 *      | `recursion` | `yes_or_no` | `yes` | Whether names are resolved ... |
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

enum { LINES_MAX = 1000, LINE_MAX_ = 1024 };

struct documentation {
    char section[LINES_MAX][64];
    char line[LINES_MAX][LINE_MAX_];
    size_t count;
};

static int load(void **state)
{
    struct documentation *documentation = calloc(1, sizeof *documentation);
    FILE *file = fopen(SOURCE_DIR "/docs/configuration.md", "r");
    char line[LINE_MAX_], section[64] = "";
    if (documentation == NULL || file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL && documentation->count < LINES_MAX) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "## ", 3) == 0)
            snprintf(section, sizeof section, "%.60s", line + 3);
        if (strncmp(line, "| `", 3) != 0)
            continue;
        strcpy(documentation->section[documentation->count], section);
        strcpy(documentation->line[documentation->count++], line);
    }
    fclose(file);
    *state = documentation;
    return 0;
}

static int unload(void **state)
{
    free(*state);
    return 0;
}

/* A cell of a table: '|' escaped, and the version's number without which the page would age. */
static void put_code(FILE *to, const char *text)
{
    static const char product[] = "\"rootwalk ";
    if (text[0] == '\0') {
        fputs("|  ", to);
        return;
    }
    fputs("| `", to);
    if (strncmp(text, product, sizeof product - 1) == 0)
        text = "\"rootwalk N.N.N\"";
    for (; *text != '\0'; text++)
        fprintf(to, *text == '|' ? "\\%c" : "%c", *text);
    fputs("` ", to);
}

static void make_row(const struct config_statement *statement, char section[64], char row[LINE_MAX_])
{
    FILE *to = fmemopen(row, LINE_MAX_, "w");
    put_code(to, statement->name);
    if (statement->ignored)
        put_code(to, statement->block);
    put_code(to, statement->form);
    if (!statement->ignored)
        put_code(to, statement->preset);
    fprintf(to, "| %s |", statement->meaning);
    fclose(to);
    if (statement->ignored)
        strcpy(section, "Accepted, without effect");
    else if (statement->block[0] == '\0')
        strcpy(section, "The top");
    else
        snprintf(section, 64, "`%s`", statement->block);
}

static void every_statement_is_documented(void **state)
{
    const struct documentation *documentation = *state;
    size_t count, missing = 0;
    const struct config_statement *statements = config_statements(&count);
    for (size_t i = 0; i < count; i++) {
        char section[64], row[LINE_MAX_];
        bool found = false;
        make_row(&statements[i], section, row);
        for (size_t j = 0; j < documentation->count && !found; j++)
            found =
                strcmp(documentation->section[j], section) == 0 && strcmp(documentation->line[j], row) == 0;
        if (!found)
            print_error("section %s lacks\n%s\n", section, row);
        missing += !found;
    }
    assert_int_equal(missing, 0);
}

static void every_documented_statement_exists(void **state)
{
    const struct documentation *documentation = *state;
    size_t count, strange = 0;
    const struct config_statement *statements = config_statements(&count);
    for (size_t j = 0; j < documentation->count; j++) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++) {
            char section[64], row[LINE_MAX_];
            make_row(&statements[i], section, row);
            found =
                strcmp(documentation->section[j], section) == 0 && strcmp(documentation->line[j], row) == 0;
        }
        if (!found)
            print_error("section %s has\n%s\n", documentation->section[j], documentation->line[j]);
        strange += !found;
    }
    assert_int_equal(strange, 0);
    assert_int_equal(documentation->count, count);
}

/* What stands in ```named blocks is a whole configuration. */
static void every_example_in_the_page_is_right(void **state)
{
    (void)state;
    FILE *file = fopen(SOURCE_DIR "/docs/configuration.md", "r");
    char line[LINE_MAX_], text[8192] = "";
    bool inside = false;
    unsigned examples = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (inside && strncmp(line, "```", 3) == 0) {
            struct config_errors errors;
            struct config *config = config_read_text(text, "docs/configuration.md", &errors);
            if (config == NULL)
                config_errors_print(&errors, stderr);
            assert_non_null(config);
            config_free(config);
            examples++;
            inside = false;
        } else if (strcmp(line, "```named\n") == 0) {
            inside = true;
            text[0] = '\0';
        } else if (inside) {
            assert_true(strlen(text) + strlen(line) < sizeof text);
            strcat(text, line);
        }
    }
    fclose(file);
    assert_true(examples >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_documented),
        cmocka_unit_test(every_documented_statement_exists),
        cmocka_unit_test(every_example_in_the_page_is_right),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
