/* statements.def, twice: once for people, once for the parser. */
#include <strings.h>

#include "config/parser.h"
#include "config/values.h"

#define BLOCK_TOP                 ""
#define BLOCK_OPTIONS             "options"
#define BLOCK_SERVER              "server"
#define BLOCK_ZONE                "zone"
#define BLOCK_KEY                 "key"
#define BLOCK_CONTROLS            "controls"
#define BLOCK_STATISTICS_CHANNELS "statistics-channels"
#define BLOCK_LOGGING             "logging"
#define BLOCK_CHANNEL             "logging.channel"
#define BLOCK_CATEGORY_NAME       "logging.category"

#define STATEMENT(in, is, shape, normally, without_effect, kind, place, least, most, often, means)           \
    {.block = BLOCK_##in,                                                                                    \
     .name = is,                                                                                             \
     .form = shape,                                                                                          \
     .preset = normally,                                                                                     \
     .meaning = means,                                                                                       \
     .ignored = without_effect},
static const struct config_statement statements[] = {
#include "config/statements.def"
};
#undef STATEMENT

#define OF(type, field) offsetof(struct type, field), sizeof(((struct type *)0)->field)
#define NOWHERE         0, 0
#define STATEMENT(...)  RULE(__VA_ARGS__)
#define RULE(in, is, shape, normally, without_effect, kind, at, width, least, most, often, means)            \
    {CONFIG_##in, is, shape, normally, without_effect, &config_type_##kind, at, width, least, most, often},
static const struct config_rule rules[] = {
#include "config/statements.def"
};

enum { COUNT = sizeof rules / sizeof rules[0] };
_Static_assert(sizeof statements / sizeof statements[0] == COUNT, "one row each");
_Static_assert((size_t)COUNT <= (size_t)CONFIG_RULES_MAX, "struct config_parser has room for every rule");

const struct config_statement *config_statements(size_t *count)
{
    *count = COUNT;
    return statements;
}

const struct config_rule *config_rules(size_t *count)
{
    *count = COUNT;
    return rules;
}

const struct config_rule *config_rule_find(enum config_block block, const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (rules[i].block == block && strcasecmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

const char *config_block_name(enum config_block block)
{
    static const char *const names[] = {
        [CONFIG_TOP] = BLOCK_TOP,         [CONFIG_OPTIONS] = BLOCK_OPTIONS,
        [CONFIG_SERVER] = BLOCK_SERVER,   [CONFIG_ZONE] = BLOCK_ZONE,
        [CONFIG_KEY] = BLOCK_KEY,         [CONFIG_CONTROLS] = BLOCK_CONTROLS,
        [CONFIG_LOGGING] = BLOCK_LOGGING, [CONFIG_STATISTICS_CHANNELS] = BLOCK_STATISTICS_CHANNELS,
        [CONFIG_CHANNEL] = BLOCK_CHANNEL, [CONFIG_CATEGORY_NAME] = BLOCK_CATEGORY_NAME,
    };
    return names[block];
}
