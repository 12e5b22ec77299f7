#include "zones/problems.h"

#include <stdarg.h>

/* Names and words come from the file: what would disturb a terminal is shown as '?'. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            *text = '?';
}

void zone_report(struct zone_problems *problems, enum zone_severity severity, struct zone_place place,
                 const char *format, ...)
{
    if (problems == NULL || problems->count[severity]++ >= ZONE_PROBLEMS_MAX)
        return;
    struct zone_problem *problem = &problems->problem[problems->kept++];
    problem->severity = severity;
    problem->line = place.line;
    snprintf(problem->file, sizeof problem->file, "%s", place.file != NULL ? place.file : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    make_printable(problem->text);
    make_printable(problem->file);
}

static void print_rest(size_t count, const char *what, FILE *to)
{
    if (count > ZONE_PROBLEMS_MAX)
        fprintf(to, "%zu more %s are not shown\n", count - ZONE_PROBLEMS_MAX, what);
}

void zone_problems_print(const struct zone_problems *problems, FILE *to)
{
    for (size_t i = 0; i < problems->kept; i++) {
        const struct zone_problem *problem = &problems->problem[i];
        if (problem->file[0] != '\0' && problem->line != 0)
            fprintf(to, "%s:%u: ", problem->file, problem->line);
        else if (problem->file[0] != '\0')
            fprintf(to, "%s: ", problem->file);
        fprintf(to, "%s%s\n", problem->severity == ZONE_WARNING ? "warning: " : "", problem->text);
    }
    print_rest(problems->count[ZONE_ERROR], "errors", to);
    print_rest(problems->count[ZONE_WARNING], "warnings", to);
}
