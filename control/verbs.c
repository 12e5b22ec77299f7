#include "control/verbs.h"

#include <stdio.h>
#include <string.h>

#define NAME(meaning)                                                                                        \
    {                                                                                                        \
        "NAME", CONTROL_KIND_NAME, NULL, meaning, false, NULL                                                \
    }
#define SOME_NAME(meaning)                                                                                   \
    {                                                                                                        \
        "NAME", CONTROL_KIND_NAME, NULL, meaning, true, NULL                                                 \
    }

#define SOME_TYPE(meaning)                                                                                   \
    {                                                                                                        \
        "TYPE", CONTROL_KIND_TYPE, NULL, meaning, true, NULL                                                 \
    }
/* How a question is resolved that somebody watches. */
#define WARM                                                                                                 \
    {                                                                                                        \
        "--warm", CONTROL_KIND_NONE, NULL, "with what the cache holds (if nothing is said)", true, NULL      \
    }
#define COLD                                                                                                 \
    {                                                                                                        \
        "--cold", CONTROL_KIND_NONE, NULL, "as if the cache were empty", true, NULL                          \
    }
#define AS                                                                                                   \
    {                                                                                                        \
        "--as", CONTROL_KIND_ADDRESS, "CLIENT", "what this client may do (127.0.0.1)", true, NULL            \
    }
#define UNCHECKED                                                                                            \
    {                                                                                                        \
        "--cd", CONTROL_KIND_NONE, NULL, "as a client that validates by itself (CD)", true, NULL             \
    }

static const struct control_verb verbs[CONTROL_VERBS] = {
    [CONTROL_STATUS] = {.name = "status", .help = "what the daemon is, since when, how busy"},
    [CONTROL_STATISTICS] = {.name = "stats", .help = "all its counters"},
    [CONTROL_METRICS] = {.name = "metrics", .help = "the counters in Prometheus' text format"},
    [CONTROL_VERSION] = {.name = "version", .help = "print its version"},
    [CONTROL_HELP] = {.name = "help", .help = "print the daemon's commands"},
    [CONTROL_STOP] = {.name = "stop", .help = "end the daemon", .changes = true},
    [CONTROL_RELOAD] = {.name = "reload",
                        .help = "read the configuration and changed zones again, or one zone",
                        .changes = true,
                        .parameter = {SOME_NAME("a zone of ours: its file alone")}},
    [CONTROL_ZONE_STATUS] = {.name = "zonestatus",
                             .help = "how the zones of ours stand; with a name, all about one",
                             .parameter = {SOME_NAME("a zone of ours")}},
    [CONTROL_REFRESH] = {.name = "refresh",
                         .help = "ask the primaries of a secondary zone for news now",
                         .changes = true,
                         .parameter = {NAME("a zone of ours")}},
    [CONTROL_RETRANSFER] = {.name = "retransfer",
                            .help = "fetch a secondary zone whole, whatever its serial",
                            .changes = true,
                            .parameter = {NAME("a zone of ours")}},
    [CONTROL_NOTIFY] = {.name = "notify",
                        .help = "tell the secondaries of a zone that it has changed",
                        .changes = true,
                        .parameter = {NAME("a zone of ours")}},
    [CONTROL_SHOWCONF] =
        {.name = "showconf",
         .help = "the configuration in force",
         .parameter = {{"--user", CONTROL_KIND_NONE, NULL, "only what the file says", true, "-user"},
                       {"--effective", CONTROL_KIND_NONE, NULL,
                        "the file's settings and the defaults (if nothing is said)", true, "-effective"},
                       {"--default", CONTROL_KIND_NONE, NULL, "only the defaults", true, "-default"}}},
    [CONTROL_CACHE_STATISTICS] = {.name = "cache stats", .help = "what the cache holds, and how it fares"},
    [CONTROL_CACHE_GET] = {.name = "cache get",
                           .help = "all that is kept under a name, with its records",
                           .parameter = {NAME("exactly this name"), SOME_TYPE("only this type of record")}},
    [CONTROL_CACHE_LIST] =
        {.name = "cache list",
         .help = "the entries of the cache, a line each",
         .parameter = {{"--tree", CONTROL_KIND_NAME, "NAME", "only this name and those below", true, NULL},
                       {"--by", CONTROL_KIND_CHOICE, "ttl|size|hits|age",
                        "the first entries in this order, not all", true, NULL},
                       {"--limit", CONTROL_KIND_COUNT, "COUNT",
                        "how many at most (with --by 100 if nothing is said)", true, NULL}}},
    [CONTROL_CACHE_DUMP] = {.name = "cache dump",
                            .help = "the whole cache with its records, as a zone file",
                            .parameter = {{"--tree", CONTROL_KIND_NAME, "NAME",
                                           "only this name and those below", true, NULL}}},
    [CONTROL_CACHE_LOAD] = {.name = "cache load",
                            .help = "fill the cache with what cache dump has printed",
                            .changes = true,
                            .parameter = {{"FILE", CONTROL_KIND_TEXT, NULL,
                                           "which rootwalkctl reads; alone or -: its input", true, NULL}}},
    [CONTROL_FLUSH_ALL] = {.name = "flush",
                           .help = "empty the cache, or forget one name",
                           .changes = true,
                           .parameter = {SOME_NAME("exactly this name")}},
    [CONTROL_FLUSH_NAME] = {.name = "flush name",
                            .help = "forget all that is known of one name",
                            .changes = true,
                            .parameter = {NAME("exactly this name")}},
    [CONTROL_FLUSH_TYPE] = {.name = "flush type",
                            .help = "forget one type of record of a name",
                            .changes = true,
                            .parameter = {NAME("exactly this name"),
                                          {"TYPE", CONTROL_KIND_TYPE, NULL, "such as MX", false, NULL}}},
    [CONTROL_FLUSH_TREE] = {.name = "flush tree",
                            .help = "forget a name and all below",
                            .changes = true,
                            .parameter = {NAME("this name and those below")}},
    [CONTROL_FLUSH_NEGATIVE] = {.name = "flush negative",
                                .help = "forget which names and types do not exist",
                                .changes = true,
                                .parameter = {SOME_NAME("only this name and those below")}},
    [CONTROL_FLUSH_BOGUS] = {.name = "flush bogus",
                             .help = "forget which questions failed, bogus or otherwise",
                             .changes = true,
                             .parameter = {SOME_NAME("only this name and those below")}},
    [CONTROL_SERVERS_GET] = {.name = "servers get",
                             .help = "what is known of one name server's address",
                             .parameter = {{"ADDRESS", CONTROL_KIND_ADDRESS, NULL, "such as 192.0.2.1", false,
                                            NULL}}},
    [CONTROL_SERVERS_DUMP] = {.name = "servers dump", .help = "what is known of all name servers"},
    [CONTROL_SERVERS_FLUSH] = {.name = "servers flush",
                               .help = "forget what is known of name servers",
                               .changes = true,
                               .parameter = {{"ADDRESS", CONTROL_KIND_ADDRESS, NULL, "only this one", true,
                                              NULL}}},
    [CONTROL_INFLIGHT] = {.name = "inflight", .help = "the questions that are being resolved now"},
    [CONTROL_LOOKUP] = {.name = "lookup",
                        .help = "from which delegation and servers a name would be resolved now",
                        .parameter = {NAME("any name")}},
    [CONTROL_NTA_ADD] = {.name = "nta add",
                         .help = "do not validate a name and all below for a time (RFC 7646)",
                         .changes = true,
                         .parameter = {NAME("this name and those below"),
                                       {"TIME", CONTROL_KIND_TIME, NULL,
                                        "such as 3600 or 2h, at most 1w (nta-lifetime if nothing is said)",
                                        true, NULL}}},
    [CONTROL_NTA_DELETE] = {.name = "nta del",
                            .help = "validate it again",
                            .changes = true,
                            .parameter = {NAME("as it was added")}},
    [CONTROL_NTA_LIST] = {.name = "nta list", .help = "the names that are not validated"},
    [CONTROL_NTA] =
        {.name = "nta",
         .help = "rndc's way to say nta add, nta del and nta list",
         .changes = true,
         .hidden = true,
         .parameter = {SOME_NAME("this name and those below"),
                       {"--lifetime", CONTROL_KIND_TIME, "TIME", "how long", true, "-lifetime"},
                       {"--remove", CONTROL_KIND_NONE, NULL, "validate it again", true, "-remove"},
                       {"--dump", CONTROL_KIND_NONE, NULL, "list them", true, "-dump"},
                       {"--force", CONTROL_KIND_NONE, NULL, "makes no difference here", true, "-force"}}},
    [CONTROL_ANCHORS] = {.name = "anchors",
                         .help = "the trust anchors, and how their zones' keys roll (RFC 5011)"},
    [CONTROL_VALIDATION] = {.name = "validation",
                            .help = "whether answers are validated; on, off: from now on",
                            .changes = true,
                            .parameter = {{"WAY", CONTROL_KIND_CHOICE, "on|off|status|check",
                                           "until the configuration is read again; the cache is emptied",
                                           true, NULL}}},
    [CONTROL_TOP] = {.name = "top",
                     .help = "each second: how busy it is, and with what; on a terminal over all of it"},
    [CONTROL_MONITOR] =
        {.name = "monitor",
         .help = "the queries that are answered, as they are",
         .parameter = {{"--client", CONTROL_KIND_ADDRESS, "ADDRESS", "only this client's", true, NULL},
                       {"--tree", CONTROL_KIND_NAME, "NAME", "only this name and those below", true, NULL},
                       {"--type", CONTROL_KIND_TYPE, "TYPE", "only this type", true, NULL},
                       {"--failures", CONTROL_KIND_NONE, NULL, "only SERVFAIL", true, NULL}}},
    [CONTROL_QUERYLOG] = {.name = "querylog",
                          .help = "log each query, or no longer; alone: the other way round",
                          .changes = true,
                          .parameter = {{"WAY", CONTROL_KIND_CHOICE, "on|off|configured",
                                         "until it is said otherwise, or the daemon is started again", true,
                                         NULL}}},
    [CONTROL_LOG_LEVEL] =
        {.name = "log level",
         .help = "how much is logged; alone: how much it is",
         .changes = true,
         .parameter = {{"LEVEL", CONTROL_KIND_CHOICE, "configured|error|warning|notice|info|debug",
                        "of all channels, until it is said otherwise or the daemon is started again", true,
                        NULL}}},
    [CONTROL_ACL_TEST] = {.name = "acl test",
                          .help = "what a client may do, and which statement says so",
                          .parameter = {{"CLIENT", CONTROL_KIND_ADDRESS, NULL, "its address", false, NULL},
                                        SOME_NAME("asked for; a zone of ours may have a list of its own")}},
    [CONTROL_EXPLAIN] = {.name = "explain",
                         .help = "resolve a name, and show each step as it happens",
                         .parameter = {NAME("any name"),
                                       {"TYPE", CONTROL_KIND_TYPE, NULL, "such as MX (A if nothing is said)",
                                        true, NULL},
                                       WARM,
                                       COLD,
                                       AS,
                                       UNCHECKED}},
    [CONTROL_CAPTURE] =
        {.name = "capture",
         .help = "resolve a name, and keep all of it in a file for rootwalk --replay",
         .parameter = {NAME("any name"),
                       {"FILE", CONTROL_KIND_TEXT, NULL, "which rootwalkctl writes", false, NULL},
                       {"TYPE", CONTROL_KIND_TYPE, NULL, "such as MX (A if nothing is said)", true, NULL},
                       WARM,
                       COLD,
                       AS,
                       UNCHECKED,
                       {"--anonymize", CONTROL_KIND_NONE, NULL, "without the client's address", true, NULL}}},
    [CONTROL_FAILURES] =
        {.name = "failures",
         .help = "what failed, the last first; with an id, all that happened then",
         .parameter = {{"ID", CONTROL_KIND_TEXT, NULL, "of the extended error's text, such as f3a91c2", true,
                        NULL},
                       {"--since", CONTROL_KIND_TIME, "TIME", "so long ago at most, such as 2h", true, NULL},
                       {"--name", CONTROL_KIND_NAME, "NAME", "only this name and those below", true, NULL},
                       {"--client", CONTROL_KIND_ADDRESS, "ADDRESS", "only who asked last", true, NULL}}},
    [CONTROL_TRACE] = {.name = "trace",
                       .help = "rndc's way to say log level debug",
                       .changes = true,
                       .hidden = true},
    [CONTROL_NOTRACE] = {.name = "notrace",
                         .help = "rndc's way to say log level configured",
                         .changes = true,
                         .hidden = true},
};

/* Other words for some of them: rndc's, and short forms. The words behind are kept. */
static const struct {
    const char *said;
    enum control_verb_id verb;
} others[] = {
    {"flush all", CONTROL_FLUSH_ALL},         {"flushname", CONTROL_FLUSH_NAME},
    {"flushtree", CONTROL_FLUSH_TREE},        {"reconfig", CONTROL_RELOAD},
    {"dumpdb", CONTROL_CACHE_DUMP},           {"dumpdb -all", CONTROL_CACHE_DUMP},
    {"dumpdb -cache", CONTROL_CACHE_DUMP},    {"recursing", CONTROL_INFLIGHT},
    {"secroots -", CONTROL_ANCHORS},          {"secroots", CONTROL_ANCHORS},
    {"managed-keys status", CONTROL_ANCHORS}, {"managed-keys", CONTROL_ANCHORS},
};

const struct control_verb *control_verb(enum control_verb_id id)
{
    return &verbs[id];
}

/* How many words `name` has, where they are the first of `word`; else 0. */
static size_t begins_with(char *const *word, size_t count, const char *name)
{
    size_t used = 0;
    for (const char *at = name; *at != '\0'; used++) {
        size_t length = strcspn(at, " ");
        if (used == count || strlen(word[used]) != length || strncmp(word[used], at, length) != 0)
            return 0;
        at += length;
        at += *at == ' ';
    }
    return used;
}

int control_verb_find(char *const *word, size_t count, size_t *used)
{
    int best = -1;
    *used = 0;
    for (int id = 0; id < CONTROL_VERBS; id++) {
        size_t words = begins_with(word, count, verbs[id].name);
        if (words > *used) {
            *used = words;
            best = id;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        size_t words = begins_with(word, count, others[i].said);
        if (words > *used) {
            *used = words;
            best = (int)others[i].verb;
        }
    }
    return best;
}

const char *control_verb_usage(const struct control_verb *verb, char text[CONTROL_USAGE_MAX])
{
    size_t length = (size_t)snprintf(text, CONTROL_USAGE_MAX, "%s", verb->name);
    for (unsigned i = 0; i < CONTROL_PARAMETERS && verb->parameter[i].word != NULL; i++) {
        const struct control_parameter *parameter = &verb->parameter[i];
        bool option = parameter->word[0] == '-', choice = parameter->kind == CONTROL_KIND_CHOICE;
        const char *shown = !option && choice ? parameter->value : parameter->word;
        const char *value = option && parameter->value != NULL ? parameter->value : "";
        bool brackets = option || parameter->optional;
        int more = snprintf(text + length, CONTROL_USAGE_MAX - length, " %s%s%s%s%s", brackets ? "[" : "",
                            shown, value[0] != '\0' ? " " : "", value, brackets ? "]" : "");
        if (more > 0 && length + (size_t)more < CONTROL_USAGE_MAX)
            length += (size_t)more;
    }
    return text;
}
