/* `rootwalk-checkconf -p`: each type prints its own statements, in the table's order. */
#include <stdlib.h>
#include <string.h>

#include "config/parser.h"
#include "config/values.h"

void config_print_block(const struct config *config, enum config_block block, FILE *to)
{
    size_t count;
    const struct config_rule *rules = config_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (rules[i].block == block && rules[i].type->print != NULL)
            rules[i].type->print(config, &rules[i], to);
}

void config_print(const struct config *config, FILE *to)
{
    config_print_block(config, CONFIG_TOP, to);
}

/* --- what differs from the defaults */

static char *print_rule(const struct config *config, const struct config_rule *rule, size_t *length)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, length);
    if (to == NULL)
        return NULL;
    rule->type->print(config, rule, to);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

/* Whole statements; of options each one in it. */
static void print_changed(const struct config *config, const struct config *preset, enum config_block block,
                          FILE *to)
{
    size_t count, length, preset_length;
    const struct config_rule *rules = config_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].block != block || rules[i].type->print == NULL)
            continue;
        char *text = print_rule(config, &rules[i], &length);
        char *usual = print_rule(preset, &rules[i], &preset_length);
        bool same =
            text != NULL && usual != NULL && length == preset_length && memcmp(text, usual, length) == 0;
        if (!same && rules[i].type == &config_type_options) {
            fprintf(to, "%s {\n", rules[i].name);
            print_changed(config, preset, CONFIG_OPTIONS, to);
            fputs("};\n", to);
        } else if (!same && text != NULL) {
            fwrite(text, 1, length, to);
        }
        free(text);
        free(usual);
    }
}

void config_print_changed(const struct config *config, const struct config *preset, FILE *to)
{
    print_changed(config, preset, CONFIG_TOP, to);
}
