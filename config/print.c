/* `rootwalk-checkconf -p`: each type prints its own statements, in the table's order. */
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

/* --- what the file says */

/* Whole statements; of options each one in it. */
static void print_given(const struct config *config, enum config_block block, FILE *to)
{
    size_t count;
    const struct config_rule *rules = config_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].block != block || rules[i].type->print == NULL || !config->given[i])
            continue;
        if (rules[i].type == &config_type_options) {
            fprintf(to, "%s {\n", rules[i].name);
            print_given(config, CONFIG_OPTIONS, to);
            fputs("};\n", to);
        } else {
            rules[i].type->print(config, &rules[i], to);
        }
    }
}

void config_print_given(const struct config *config, FILE *to)
{
    print_given(config, CONFIG_TOP, to);
}
