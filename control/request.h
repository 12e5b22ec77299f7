/* Reads one line of the control protocol (control/verbs.h). */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include "control/verbs.h"

enum { CONTROL_LINE_MAX = 4096, CONTROL_PROBLEM_MAX = 512, CONTROL_WORDS_MAX = 64 };

struct control_value {
    bool given;
    uint64_t number;             /* CONTROL_KIND_TYPE, TIME, COUNT, CHOICE */
    const char *text;            /* the word itself, in the line that was read */
    struct dns_name_buffer name; /* CONTROL_KIND_NAME */
    struct dns_address address;  /* CONTROL_KIND_ADDRESS */
};

struct control_request {
    enum control_verb_id verb;
    bool json;
    struct control_value value[CONTROL_PARAMETERS]; /* in the order of the verb's parameters */
};

/* Cuts a line into words, in place. False: a quote is not closed, or there are too many words. */
bool control_split(char *line, char *word[CONTROL_WORDS_MAX], size_t *count,
                   char problem[CONTROL_PROBLEM_MAX]);

/* False, with `problem` saying what is wrong and, where one is near, what was meant. `request` points into the words. */
bool control_request_read(char *const *word, size_t count, struct control_request *request,
                          char problem[CONTROL_PROBLEM_MAX]);

/* Of the parameter with this word; NULL: not given. */
const struct control_value *control_value(const struct control_request *request, const char *word);

#endif
