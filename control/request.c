#include "control/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/suggest.h"
#include "dns/types.h"

/* It goes to a terminal: nothing but letters may get there. */
static bool wrong(char problem[CONTROL_PROBLEM_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool wrong(char problem[CONTROL_PROBLEM_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, CONTROL_PROBLEM_MAX, format, arguments);
    va_end(arguments);
    for (char *each = problem; *each != '\0'; each++)
        if (*each < ' ' || *each > '~')
            *each = '?';
    return false;
}

/* -- words --------------------------------------------------------------------------------------- */

bool control_split(char *line, char *word[CONTROL_WORDS_MAX], size_t *count,
                   char problem[CONTROL_PROBLEM_MAX])
{
    char *at = line;
    *count = 0;
    for (;;) {
        at += strspn(at, " \t\r");
        if (*at == '\0')
            return *count > 0 || wrong(problem, "there is no command; help shows those there are");
        if (*count == CONTROL_WORDS_MAX)
            return wrong(problem, "there are too many words");
        bool quoted = *at == '"';
        at += quoted;
        word[(*count)++] = at;
        at += strcspn(at, quoted ? "\"" : " \t\r");
        if (quoted && *at == '\0')
            return wrong(problem, "a quote is not closed: \"%.100s", word[*count - 1]);
        if (*at != '\0')
            *at++ = '\0';
    }
}

/* -- values -------------------------------------------------------------------------------------- */

static bool is_choice(const char *choices, const char *text, uint64_t *number)
{
    size_t length = strlen(text);
    *number = 0;
    for (const char *at = choices; *at != '\0'; (*number)++) {
        size_t one = strcspn(at, "|");
        if (one == length && strncmp(at, text, one) == 0)
            return true;
        at += one;
        at += *at == '|';
    }
    return false;
}

static bool read_count(const char *text, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && strlen(text) < 16;
}

static bool read_value(const struct control_parameter *parameter, const char *text,
                       struct control_value *value, char problem[CONTROL_PROBLEM_MAX])
{
    uint16_t type;
    value->given = true;
    value->text = text;
    switch (parameter->kind) {
    case CONTROL_KIND_NAME:
        if (dns_name_from_text(text, &value->name) == DNS_OK)
            return true;
        return wrong(problem, "\"%.100s\" is no domain name", text);
    case CONTROL_KIND_TYPE:
        if (dns_type_from_text(text, &type) == DNS_OK) {
            value->number = type;
            return true;
        }
        return wrong(problem, "\"%.100s\" is no type of record, such as A, MX or TYPE65", text);
    case CONTROL_KIND_ADDRESS:
        if (dns_address_from_text(text, 53, &value->address) == DNS_OK)
            return true;
        return wrong(problem, "\"%.100s\" is no address, such as 192.0.2.1 or 2001:db8::1", text);
    case CONTROL_KIND_TIME:
        if (config_time(text, &value->number))
            return true;
        return wrong(problem, "\"%.100s\" is no time, such as 3600, 2h or 1w", text);
    case CONTROL_KIND_COUNT:
        if (read_count(text, &value->number))
            return true;
        return wrong(problem, "\"%.100s\" is no count", text);
    case CONTROL_KIND_CHOICE:
        if (is_choice(parameter->value, text, &value->number))
            return true;
        return wrong(problem, "\"%.100s\" is none of %s", text, parameter->value);
    default:
        return true;
    }
}

/* -- the whole ----------------------------------------------------------------------------------- */

static bool unknown_option(const struct control_verb *verb, const char *word,
                           char problem[CONTROL_PROBLEM_MAX])
{
    struct config_suggestion suggestion = config_suggest(word);
    char near[96];
    config_suggest_try(&suggestion, "--json");
    for (unsigned i = 0; i < CONTROL_PARAMETERS && verb->parameter[i].word != NULL; i++)
        if (verb->parameter[i].word[0] == '-')
            config_suggest_try(&suggestion, verb->parameter[i].word);
    return wrong(problem, "%s has no option %.100s%s", verb->name, word,
                 config_suggest_text(&suggestion, near));
}

static bool is_called(const struct control_parameter *parameter, const char *word)
{
    if (parameter->word[0] != '-')
        return false;
    /* -r and -remove, --remove */
    bool short_form =
        parameter->alias != NULL && strlen(word) == 2 && word[0] == '-' && word[1] == parameter->alias[1];
    return strcmp(parameter->word, word) == 0 || short_form ||
           (parameter->alias != NULL && strcmp(parameter->alias, word) == 0);
}

static const struct control_parameter *find_option(const struct control_verb *verb, const char *word,
                                                   unsigned *index)
{
    for (*index = 0; *index < CONTROL_PARAMETERS && verb->parameter[*index].word != NULL; ++*index)
        if (is_called(&verb->parameter[*index], word))
            return &verb->parameter[*index];
    return NULL;
}

/* The first argument in its place that has not been given. */
static const struct control_parameter *next_argument(const struct control_request *request, unsigned *index)
{
    const struct control_verb *verb = control_verb(request->verb);
    for (*index = 0; *index < CONTROL_PARAMETERS && verb->parameter[*index].word != NULL; ++*index)
        if (verb->parameter[*index].word[0] != '-' && !request->value[*index].given)
            return &verb->parameter[*index];
    return NULL;
}

static bool read_word(char *const *word, size_t count, size_t *at, struct control_request *request,
                      char problem[CONTROL_PROBLEM_MAX])
{
    const struct control_verb *verb = control_verb(request->verb);
    const char *text = word[(*at)++];
    const struct control_parameter *parameter;
    unsigned index;
    if (strcmp(text, "--json") == 0) {
        request->json = true;
        return true;
    }
    if (text[0] != '-') {
        parameter = next_argument(request, &index);
        if (parameter == NULL)
            return wrong(problem, "%s takes nothing more: \"%.100s\"", verb->name, text);
        return read_value(parameter, text, &request->value[index], problem);
    }
    parameter = find_option(verb, text, &index);
    if (parameter == NULL)
        return unknown_option(verb, text, problem);
    if (parameter->kind != CONTROL_KIND_NONE) {
        if (*at == count)
            return wrong(problem, "a value is missing behind %.100s: %s", text, parameter->value);
        text = word[(*at)++];
    }
    return read_value(parameter, text, &request->value[index], problem);
}

static bool unknown_verb(char *const *word, size_t count, char problem[CONTROL_PROBLEM_MAX])
{
    char two[200], near[96] = "";
    struct config_suggestion one_word = config_suggest(word[0]);
    snprintf(two, sizeof two, "%.90s %.90s", word[0], count > 1 ? word[1] : "");
    struct config_suggestion two_words = config_suggest(two);
    if (strcmp(word[0], "halt") == 0 || strcmp(word[0], "quit") == 0 || strcmp(word[0], "exit") == 0)
        one_word.best = "stop";
    for (unsigned id = 0; id < CONTROL_VERBS; id++) {
        const char *name = control_verb((enum control_verb_id)id)->name;
        config_suggest_try(strchr(name, ' ') != NULL ? &two_words : &one_word, name);
    }
    config_suggest_text(two_words.best != NULL ? &two_words : &one_word, near);
    return wrong(problem, "unknown command %.100s%s%s", word[0], near,
                 near[0] == '\0' ? "; help shows those there are" : "");
}

bool control_request_read(char *const *word, size_t count, struct control_request *request,
                          char problem[CONTROL_PROBLEM_MAX])
{
    size_t at;
    unsigned index;
    bool json = count > 0 && strcmp(word[0], "--json") == 0;
    memset(request, 0, sizeof *request);
    word += json, count -= json;
    int verb = count == 0 ? -1 : control_verb_find(word, count, &at);
    if (count == 0)
        return wrong(problem, "there is no command; help shows those there are");
    if (verb < 0)
        return unknown_verb(word, count, problem);
    request->verb = (enum control_verb_id)verb;
    request->json = json;
    while (at < count)
        if (!read_word(word, count, &at, request, problem))
            return false;
    const struct control_parameter *missing = next_argument(request, &index);
    if (missing != NULL && !missing->optional)
        return wrong(problem, "%s needs %s: %s", control_verb(request->verb)->name, missing->word,
                     missing->meaning);
    return true;
}

const struct control_value *control_value(const struct control_request *request, const char *word)
{
    const struct control_verb *verb = control_verb(request->verb);
    for (unsigned i = 0; i < CONTROL_PARAMETERS && verb->parameter[i].word != NULL; i++)
        if (strcmp(verb->parameter[i].word, word) == 0)
            return request->value[i].given ? &request->value[i] : NULL;
    return NULL;
}
