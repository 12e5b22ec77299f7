/* One line of the control protocol: "flush tree example.org". */
#ifndef SERVER_CONTROL_LINE_H
#define SERVER_CONTROL_LINE_H

#include <stdbool.h>

#include "dns/address.h"
#include "dns/name.h"

enum control_verb {
    CONTROL_STATUS,
    CONTROL_STATISTICS,
    CONTROL_FLUSH,
    CONTROL_FLUSH_NAME,
    CONTROL_FLUSH_TREE,
    CONTROL_RELOAD,
    CONTROL_EXCEPT, /* nta */
    CONTROL_UNEXCEPT,
    CONTROL_EXCEPTIONS,
    CONTROL_KEYS,
    CONTROL_FAILURES,
    CONTROL_STOP,
    CONTROL_VERSION,
    CONTROL_HELP,
};

struct control_line {
    enum control_verb verb;
    struct dns_name_buffer name; /* of those that take one */
    uint32_t lifetime;           /* CONTROL_EXCEPT: seconds; 0: none given */
    struct {                     /* CONTROL_FAILURES */
        uint32_t id;             /* 0: the list */
        uint64_t since;          /* so many seconds back at most; 0: any */
        bool named, json;        /* named: `name` is given */
        struct dns_address client;
    } failures;
};

enum { CONTROL_PROBLEM_MAX = 256 };

/* False, with `problem` filled in. `text` has no line end; it is taken apart in place. */
bool control_line_read(char *text, struct control_line *line, char problem[CONTROL_PROBLEM_MAX]);

/* It changes something: not for read-only sockets. */
bool control_verb_changes(enum control_verb verb);

extern const char control_help[];

#endif
