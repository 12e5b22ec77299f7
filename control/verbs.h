/*
 * The words of the control socket: one table that the daemon, rootwalkctl, its help texts and the shells' completion
 * share. A request is one line:
 *
 *      VERB [ARGUMENT...] [--OPTION [VALUE]...] [--json]
 *
 * Words are separated by blanks; "..." holds one together. What rndc's users type (flushname, recursing, nta -d) is
 * understood as well.
 */
#ifndef CONTROL_VERBS_H
#define CONTROL_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

enum control_verb_id {
    CONTROL_STATUS,
    CONTROL_STATISTICS,
    CONTROL_METRICS,
    CONTROL_VERSION,
    CONTROL_HELP,
    CONTROL_STOP,
    CONTROL_RELOAD,
    CONTROL_ZONE_STATUS,
    CONTROL_REFRESH,
    CONTROL_RETRANSFER,
    CONTROL_NOTIFY,
    CONTROL_SHOWCONF,
    CONTROL_CACHE_STATISTICS,
    CONTROL_CACHE_GET,
    CONTROL_CACHE_LIST,
    CONTROL_CACHE_DUMP,
    CONTROL_CACHE_LOAD,
    CONTROL_FLUSH_ALL,
    CONTROL_FLUSH_NAME,
    CONTROL_FLUSH_TYPE,
    CONTROL_FLUSH_TREE,
    CONTROL_FLUSH_NEGATIVE,
    CONTROL_FLUSH_BOGUS,
    CONTROL_SERVERS_GET,
    CONTROL_SERVERS_DUMP,
    CONTROL_SERVERS_FLUSH,
    CONTROL_INFLIGHT,
    CONTROL_LOOKUP,
    CONTROL_NTA_ADD,
    CONTROL_NTA_DELETE,
    CONTROL_NTA_LIST,
    CONTROL_NTA, /* rndc's way to say the three before */
    CONTROL_ANCHORS,
    CONTROL_VALIDATION,
    CONTROL_EXPLAIN,
    CONTROL_CAPTURE,
    CONTROL_FAILURES,
    CONTROL_TOP,
    CONTROL_MONITOR,
    CONTROL_QUERYLOG,
    CONTROL_LOG_LEVEL,
    CONTROL_TRACE, /* rndc's way to say log level debug, and log level configured */
    CONTROL_NOTRACE,
    CONTROL_ACL_TEST,
    CONTROL_VERBS
};

enum control_kind {
    CONTROL_KIND_NONE, /* an option without a value */
    CONTROL_KIND_NAME,
    CONTROL_KIND_TYPE,
    CONTROL_KIND_ADDRESS,
    CONTROL_KIND_TIME, /* "90", "2h": seconds */
    CONTROL_KIND_COUNT,
    CONTROL_KIND_CHOICE, /* the number of one of `choices` */
    CONTROL_KIND_TEXT,
};

/* An argument, in its place, or an option. */
struct control_parameter {
    const char *word; /* "--tree"; "NAME": an argument */
    enum control_kind kind;
    const char *value;   /* of an option: how its value is called; or its choices: "ttl|size|hits|age" */
    const char *meaning; /* one line */
    bool optional;       /* an argument that may be left out; options always may */
    const char *alias;   /* of an option: another word, such as "-l"; or NULL */
};

enum { CONTROL_PARAMETERS = 8 };

struct control_verb {
    const char *name; /* one word or two: "cache list" */
    const char *help; /* one line */
    bool changes;     /* something: not for read-only sockets */
    bool hidden;      /* another way to say what is in the table already */
    struct control_parameter parameter[CONTROL_PARAMETERS];
};

const struct control_verb *control_verb(enum control_verb_id id);

/* The verb that these words begin with, and how many of them are its name; -1: none. */
int control_verb_find(char *const *word, size_t count, size_t *used);

/* "cache list [--tree NAME] [--by ttl|size|hits|age]". Returns `text`. */
enum { CONTROL_USAGE_MAX = 256 };
const char *control_verb_usage(const struct control_verb *verb, char text[CONTROL_USAGE_MAX]);

#endif
