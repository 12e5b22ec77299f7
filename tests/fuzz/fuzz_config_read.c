/* Any text is read or refused with a reason; what is read prints itself, and reads back to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct config *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    config_print(config, to);
    fclose(to);
    return text;
}

/* Inputs must not make us read files: includes are cut off. */
static void defuse(char *text)
{
    for (char *at = text; (at = strcasestr(at, "include")) != NULL;)
        *at = '#';
}

static void check(const struct config *config)
{
    struct config_errors errors;
    char *first = print(config);
    struct config *again = config_read_text(first, "again", &errors);
    if (again == NULL)
        abort();
    char *second = print(again);
    if (strcmp(first, second) != 0)
        abort();
    struct dns_address client = {.octets = {10, 1, 2, 3}, .family = 4};
    if (acl_match(config->allow_query, &client, NULL).allowed !=
        acl_match(again->allow_query, &client, NULL).allowed)
        abort();
    free(first);
    free(second);
    config_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config_errors errors;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    defuse(text);
    struct config *config = config_read_text(text, "fuzz", &errors);
    if ((config == NULL) != (errors.count != 0))
        abort();
    if (config != NULL)
        check(config);
    config_free(config);
    free(text);
    return 0;
}
