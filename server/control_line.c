#include "server/control_line.h"

#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "resolver/culprit.h"

const char control_help[] =
    "status               what it is, since when, how busy\n"
    "stats                all counters\n"
    "flush                empty the cache\n"
    "flush name NAME      forget one name; also flushname NAME\n"
    "flush tree NAME      forget a name and all below; also flushtree NAME\n"
    "reload               read the configuration again; also reconfig\n"
    "nta add NAME [TIME]  do not validate a name and all below for a time; also nta NAME\n"
    "nta del NAME         validate it again\n"
    "nta list             the names that are not validated\n"
    "anchors              trust anchors that are followed; also managed-keys status\n"
    "failures [ID]        what failed, the last first; what happened then: --since TIME, --name NAME,\n"
    "                     --client ADDRESS, --json\n"
    "stop                 end the daemon\n"
    "version              print its version\n"
    "help                 print this\n";

enum { WORDS_MAX = 9, LIFETIME_MAX = 604800 };

static const struct {
    const char *word;
    enum control_verb verb;
    bool name;
} verbs[] = {
    {"status", CONTROL_STATUS, false},       {"stats", CONTROL_STATISTICS, false},
    {"flush", CONTROL_FLUSH, false},         {"flushname", CONTROL_FLUSH_NAME, true}, /* rndc's words */
    {"flushtree", CONTROL_FLUSH_TREE, true}, {"reload", CONTROL_RELOAD, false},
    {"reconfig", CONTROL_RELOAD, false},     {"stop", CONTROL_STOP, false},
    {"nta", CONTROL_EXCEPT, false},          {"anchors", CONTROL_KEYS, false},
    {"managed-keys", CONTROL_KEYS, false},   {"secroots", CONTROL_KEYS, false},
    {"failures", CONTROL_FAILURES, false},   {"version", CONTROL_VERSION, false},
    {"help", CONTROL_HELP, false},
};

static bool wrong(char problem[CONTROL_PROBLEM_MAX], const char *what, const char *word)
{
    snprintf(problem, CONTROL_PROBLEM_MAX, "%s%s%.100s%s", what, word[0] != '\0' ? " \"" : "", word,
             word[0] != '\0' ? "\"" : "");
    /* It goes to a terminal: nothing but letters may get there. */
    for (char *each = problem; *each != '\0'; each++)
        if (*each < ' ' || *each > '~')
            *each = '?';
    return false;
}

static unsigned split(char *text, const char *word[WORDS_MAX + 1])
{
    unsigned count = 0;
    char *rest;
    for (char *each = strtok_r(text, " \t\r", &rest); each != NULL; each = strtok_r(NULL, " \t\r", &rest)) {
        if (count <= WORDS_MAX)
            word[count] = each;
        count++;
    }
    return count;
}

static bool read_name(const char *text, struct control_line *line, char problem[CONTROL_PROBLEM_MAX])
{
    if (dns_name_from_text(text, &line->name) != DNS_OK)
        return wrong(problem, "this is no domain name:", text);
    return true;
}

/* flush, flush all, flush NAME, flush name NAME, flush tree NAME. */
static bool read_flush(const char **word, unsigned count, struct control_line *line,
                       char problem[CONTROL_PROBLEM_MAX])
{
    line->verb = CONTROL_FLUSH;
    if (count == 1 || (count == 2 && strcmp(word[1], "all") == 0))
        return true;
    line->verb = CONTROL_FLUSH_NAME;
    if (count == 2 && (strcmp(word[1], "name") == 0 || strcmp(word[1], "tree") == 0))
        return wrong(problem, "a name is missing behind flush", word[1]);
    if (count == 2)
        return read_name(word[1], line, problem);
    if (count > 3)
        return wrong(problem, "too many words after", "flush");
    if (strcmp(word[1], "tree") == 0)
        line->verb = CONTROL_FLUSH_TREE;
    else if (strcmp(word[1], "name") != 0)
        return wrong(problem, "flush takes all, name NAME or tree NAME, not", word[1]);
    return read_name(word[2], line, problem);
}

static bool read_lifetime(const char *text, struct control_line *line, char problem[CONTROL_PROBLEM_MAX])
{
    uint64_t seconds = 0;
    if (text == NULL || !config_time(text, &seconds) || seconds == 0 || seconds > LIFETIME_MAX)
        return wrong(problem, "a lifetime is between 1 second and 1w, such as 3600 or 2h, not",
                     text == NULL ? "" : text);
    line->lifetime = (uint32_t)seconds;
    return true;
}

static bool is_flag(const char *word, const char *short_form, const char *long_form)
{
    return strcmp(word, short_form) == 0 || strcmp(word, long_form) == 0;
}

/* nta add NAME [TIME], nta del NAME, nta list; and rndc's nta [-f] [-l TIME] NAME, nta -r NAME, nta -d. */
static bool read_nta(const char **word, unsigned count, struct control_line *line,
                     char problem[CONTROL_PROBLEM_MAX])
{
    unsigned at = 1;
    bool add = count > 2 && strcmp(word[1], "add") == 0;
    bool delete = count > 2 && strcmp(word[1], "del") == 0;
    line->lifetime = 0;
    if (count == 2 && (strcmp(word[1], "list") == 0 || is_flag(word[1], "-d", "-dump"))) {
        line->verb = CONTROL_EXCEPTIONS;
        return true;
    }
    at += add || delete;
    for (; at < count && word[at][0] == '-'; at++) {
        if (is_flag(word[at], "-r", "-remove")) {
            delete = true;
        } else if (is_flag(word[at], "-l", "-lifetime")) {
            if (!read_lifetime(at + 1 < count ? word[at + 1] : NULL, line, problem))
                return false;
            at++;
        } else if (!is_flag(word[at], "-f", "-force")) {
            return wrong(problem, "nta takes add, del, list, -lifetime, -remove or -dump, not", word[at]);
        }
    }
    line->verb = delete ? CONTROL_UNEXCEPT : CONTROL_EXCEPT;
    if (at == count || (count == 2 && (strcmp(word[1], "add") == 0 || strcmp(word[1], "del") == 0)))
        return wrong(problem, "a name is missing behind nta", "");
    if (!read_name(word[at++], line, problem))
        return false;
    if (at < count && !delete &&!read_lifetime(word[at++], line, problem))
        return false;
    return at == count || wrong(problem, "nothing belongs after nta with its name:", word[at]);
}

/* One option of failures with its value. */
static bool read_filter(const char *option, const char *value, struct control_line *line,
                        char problem[CONTROL_PROBLEM_MAX])
{
    if (value == NULL)
        return wrong(problem, "a value is missing behind", option);
    if (strcmp(option, "--since") == 0) {
        if (!config_time(value, &line->failures.since) || line->failures.since == 0)
            return wrong(problem, "--since takes a time such as 90, 10m or 2h, not", value);
        return true;
    }
    if (strcmp(option, "--client") == 0) {
        if (dns_address_from_text(value, 0, &line->failures.client) != DNS_OK)
            return wrong(problem, "--client takes an address, not", value);
        return true;
    }
    line->failures.named = true;
    return strcmp(option, "--name") == 0
               ? read_name(value, line, problem)
               : wrong(problem, "failures takes --since, --name, --client, --json, not", option);
}

/* failures [ID] [--since TIME] [--name NAME] [--client ADDRESS] [--json] */
static bool read_failures(const char **word, unsigned count, struct control_line *line,
                          char problem[CONTROL_PROBLEM_MAX])
{
    memset(&line->failures, 0, sizeof line->failures);
    line->verb = CONTROL_FAILURES;
    for (unsigned at = 1; at < count; at++) {
        if (strcmp(word[at], "--json") == 0) {
            line->failures.json = true;
        } else if (word[at][0] == '-') {
            if (!read_filter(word[at], at + 1 < count ? word[at + 1] : NULL, line, problem))
                return false;
            at++;
        } else {
            line->failures.id = culprit_id_from_text(word[at]);
            if (line->failures.id == 0)
                return wrong(problem, "an id has seven digits, such as f3a91c2, not", word[at]);
        }
    }
    return true;
}

bool control_line_read(char *text, struct control_line *line, char problem[CONTROL_PROBLEM_MAX])
{
    const char *word[WORDS_MAX + 1] = {0};
    unsigned count = split(text, word);
    if (count == 0)
        return wrong(problem, "no command; try help", "");
    if (count > WORDS_MAX)
        return wrong(problem, "too many words after", word[0]);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(word[0], verbs[i].word) != 0)
            continue;
        if (verbs[i].verb == CONTROL_FLUSH)
            return read_flush(word, count, line, problem);
        if (verbs[i].verb == CONTROL_FAILURES)
            return read_failures(word, count, line, problem);
        if (verbs[i].verb == CONTROL_EXCEPT)
            return read_nta(word, count, line, problem);
        if (verbs[i].verb == CONTROL_KEYS && count == 2 &&
            (strcmp(word[1], "status") == 0 || strcmp(word[1], "-") == 0))
            count = 1; /* rndc's managed-keys status, secroots - */
        line->verb = verbs[i].verb;
        if (count != (verbs[i].name ? 2 : 1))
            return wrong(problem, verbs[i].name ? "exactly one name belongs after" : "nothing belongs after",
                         word[0]);
        return !verbs[i].name || read_name(word[1], line, problem);
    }
    return wrong(problem, "unknown command, try help:", word[0]);
}

bool control_verb_changes(enum control_verb verb)
{
    return verb == CONTROL_FLUSH || verb == CONTROL_FLUSH_NAME || verb == CONTROL_FLUSH_TREE ||
           verb == CONTROL_RELOAD || verb == CONTROL_EXCEPT || verb == CONTROL_UNEXCEPT ||
           verb == CONTROL_STOP;
}
