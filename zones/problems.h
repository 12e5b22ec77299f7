/*
 * What is wrong with a zone: errors, for which it is refused, and warnings. All of a file are collected, up to a
 * bound; the rest is counted.
 *
 *      struct zone_problems problems = {0};
 *      zone_report(&problems, ZONE_ERROR, (struct zone_place){"example.org.zone", 7}, "unknown type \"%s\"", word);
 *      zone_problems_print(&problems, stderr);         example.org.zone:7: unknown type "AAAAA"
 */
#ifndef ZONES_PROBLEMS_H
#define ZONES_PROBLEMS_H

#include <stddef.h>
#include <stdio.h>

enum {
    ZONE_PROBLEMS_MAX = 50, /* of each kind that are kept */
    ZONE_PROBLEM_TEXT = 400,
    ZONE_FILE_TEXT = 256,
};

enum zone_severity { ZONE_ERROR, ZONE_WARNING, ZONE_SEVERITIES };

struct zone_place {
    const char *file; /* NULL: none to tell */
    unsigned line;    /* from 1; 0: the file as a whole */
};

struct zone_problem {
    enum zone_severity severity;
    char file[ZONE_FILE_TEXT];
    unsigned line;
    char text[ZONE_PROBLEM_TEXT];
};

/* All zero: none. */
struct zone_problems {
    size_t count[ZONE_SEVERITIES]; /* also those that are not kept */
    size_t kept;
    struct zone_problem problem[ZONE_SEVERITIES * ZONE_PROBLEMS_MAX]; /* in the order they were found */
};

/* Adds one. Octets that would disturb a terminal become '?'. `problems` may be NULL. */
void zone_report(struct zone_problems *problems, enum zone_severity severity, struct zone_place place,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "file:line: text" and "file:line: warning: text", one a line, then how many there are more. */
void zone_problems_print(const struct zone_problems *problems, FILE *to);

#endif
