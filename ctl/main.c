/* rootwalkctl: one command to the daemon, its answer to stdout. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/report.h"
#include "control/request.h"
#include "ctl/keep.h"
#include "ctl/top.h"

#define DEFAULT_PATH "/run/rootwalk/control.sock"

enum { USAGE_WIDTH = 34 }; /* of the list of commands */
enum status { STATUS_OK, STATUS_ERROR, STATUS_USAGE, STATUS_NO_SOCKET };

static const char options_help[] =
    "  -s SOCKET    its control socket (default " DEFAULT_PATH ",\n"
    "               else $XDG_RUNTIME_DIR/rootwalk.sock)\n"
    "  --json       one JSON object a line, the last one with the status; see docs/control.md\n"
    "  --color WHEN auto, always or never: error messages in red; NO_COLOR is heeded\n"
    "  --help       this; with a command, more about it\n"
    "\n"
    "Exit status: 0 done, 1 the daemon says it is an error, 2 wrong usage, 3 no daemon reached.\n";

struct settings {
    const char *path; /* NULL: the default ones */
    bool json, help, colour;
    const char *keep; /* the file that a capture goes to; NULL: it is none */
    bool sends;       /* a file goes behind the line: */
    const char *file; /* NULL: stdin */
};

/* -- help ------------------------------------------------------------------------------------------ */

static void print_help(FILE *to)
{
    char usage[CONTROL_USAGE_MAX];
    fputs("usage: rootwalkctl [-s SOCKET] [--json] COMMAND [ARGUMENT...]\n\n", to);
    for (unsigned id = 0; id < CONTROL_VERBS; id++) {
        const struct control_verb *verb = control_verb((enum control_verb_id)id);
        if (verb->hidden)
            continue;
        control_verb_usage(verb, usage);
        const char *gap = strlen(usage) > USAGE_WIDTH ? "\n  " : "";
        fprintf(to, "  %s%s%*s %s\n", usage, gap,
                gap[0] != '\0' ? USAGE_WIDTH : USAGE_WIDTH - (int)strlen(usage), "", verb->help);
    }
    fprintf(to, "\n%s", options_help);
}

static void print_verb_help(const struct control_verb *verb)
{
    char usage[CONTROL_USAGE_MAX], word[64];
    printf("usage: rootwalkctl %s\n\n%s\n", control_verb_usage(verb, usage), verb->help);
    for (unsigned i = 0; i < CONTROL_PARAMETERS && verb->parameter[i].word != NULL; i++) {
        const struct control_parameter *parameter = &verb->parameter[i];
        snprintf(word, sizeof word, "%s%s%s", parameter->word, parameter->value != NULL ? " " : "",
                 parameter->value != NULL ? parameter->value : "");
        printf("%s  %-24s %s\n", i == 0 ? "\n" : "", word, parameter->meaning);
    }
}

/* -- completion: what may come next behind these words, one a line (ctl/completion) -------------------- */

static void offer(const char *candidate, const char *begun)
{
    if (strncmp(candidate, begun, strlen(begun)) == 0)
        printf("%s\n", candidate);
}

static void complete_name(char **word, size_t count, const char *begun)
{
    for (unsigned id = 0; id < CONTROL_VERBS; id++) {
        const struct control_verb *verb = control_verb((enum control_verb_id)id);
        const char *second = strchr(verb->name, ' ');
        char first[32];
        snprintf(first, sizeof first, "%.*s", (int)strcspn(verb->name, " "), verb->name);
        if (count == 0 && !verb->hidden)
            offer(first, begun);
        else if (count == 1 && second != NULL && strcmp(word[0], first) == 0)
            offer(second + 1, begun);
    }
}

static void complete_choices(const char *choices, const char *begun)
{
    char copy[128], *rest;
    snprintf(copy, sizeof copy, "%s", choices);
    for (char *each = strtok_r(copy, "|", &rest); each != NULL; each = strtok_r(NULL, "|", &rest))
        offer(each, begun);
}

static void complete(char **word, size_t count)
{
    const char *begun = count > 0 ? word[--count] : "";
    size_t used;
    int id = control_verb_find(word, count, &used);
    if (count <= 1)
        complete_name(word, count, begun);
    if (id < 0)
        return;
    const struct control_verb *verb = control_verb((enum control_verb_id)id);
    const char *before = count > used ? word[count - 1] : "";
    for (unsigned i = 0; i < CONTROL_PARAMETERS && verb->parameter[i].word != NULL; i++) {
        const struct control_parameter *parameter = &verb->parameter[i];
        bool option = parameter->word[0] == '-';
        if (parameter->kind == CONTROL_KIND_CHOICE && (!option || strcmp(before, parameter->word) == 0))
            complete_choices(parameter->value, begun);
        if (option)
            offer(parameter->word, begun);
    }
    offer("--json", begun);
}

/* -- the socket --------------------------------------------------------------------------------------- */

static int reach(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return -1;
}

static int reach_default(void)
{
    char path[200];
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int fd = reach(DEFAULT_PATH), why = errno;
    if (fd < 0 && runtime != NULL) {
        snprintf(path, sizeof path, "%.150s/rootwalk.sock", runtime);
        fd = reach(path);
    }
    if (fd < 0)
        errno = why;
    return fd;
}

/* The line to send; words with blanks in them are quoted. False: that is none. */
static bool make_line(char line[CONTROL_LINE_MAX + 1], char **word, size_t count, bool json)
{
    size_t length = 0, size = CONTROL_LINE_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        const char *quote = word[i][0] == '\0' || strpbrk(word[i], " \t\r") != NULL ? "\"" : "";
        size_t room = size - length;
        int more = snprintf(line + length, room, "%s%s%s%s", i > 0 ? " " : "", quote, word[i], quote);
        if (more < 0 || (size_t)more >= room || strpbrk(word[i], "\n\"") != NULL)
            return false;
        length += (size_t)more;
    }
    int more = snprintf(line + length, size - length, "%s\n", json ? " --json" : "");
    return more >= 0 && (size_t)more < size - length;
}

static void complain(const struct settings *settings, const char *what)
{
    fflush(stdout);
    fprintf(stderr, "%srootwalkctl: %s%s\n", settings->colour ? "\033[31m" : "", what,
            settings->colour ? "\033[0m" : "");
}

/* The same where there is no answer, for programs as the daemon would have said it. */
static void fail(const struct settings *settings, const char *code, const char *what)
{
    struct report report;
    complain(settings, what);
    if (!settings->json)
        return;
    report_start(&report, true);
    report_error(&report, code, "%s", what);
    fwrite(report.text.octets, 1, report.text.length, stdout);
    report_end(&report);
}

static enum status fail_unreached(const struct settings *settings, const char *path, int why)
{
    char what[512];
    if (why == EACCES || why == EPERM)
        snprintf(what, sizeof what,
                 "%.200s: no permission; root, the daemon's user, and the socket's group may use it", path);
    else
        snprintf(what, sizeof what,
                 "%.200s: %s; is rootwalk running, and is this its control socket? (-s names another)", path,
                 strerror(why));
    fail(settings, "unreached", what);
    return STATUS_NO_SOCKET;
}

static void fail_unreadable(const struct settings *settings)
{
    char what[512];
    snprintf(what, sizeof what, "cannot read %.400s: %s",
             settings->file != NULL ? settings->file : "the input", strerror(errno));
    fail(settings, "failed", what);
}

static int open_file(const struct settings *settings)
{
    if (settings->file == NULL || strcmp(settings->file, "-") == 0)
        return STDIN_FILENO;
    int fd = open(settings->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_unreadable(settings);
    return fd;
}

static enum status fail_hung_up(const struct settings *settings)
{
    fail(settings, "unreached",
         "the daemon hung up before the end of its answer; it listens to root, its own user and the socket's "
         "group");
    return STATUS_NO_SOCKET;
}

/* What the last line says. */
static enum status verdict(const struct settings *settings, char *last)
{
    if (last != NULL && settings->json && strncmp(last, "{\"status\":\"", 11) == 0) {
        fputs(last, stdout);
        return strncmp(last + 11, "ok\"", 3) == 0           ? STATUS_OK
               : strstr(last, "\"code\":\"usage\"") != NULL ? STATUS_USAGE
                                                            : STATUS_ERROR;
    }
    if (last != NULL && strcmp(last, "ok\n") == 0)
        return STATUS_OK;
    if (last != NULL && (strncmp(last, "error: ", 7) == 0 || strncmp(last, "usage: ", 7) == 0)) {
        last[strcspn(last, "\n")] = '\0';
        fail(settings, last[0] == 'u' ? "usage" : "failed", last + 7);
        return last[0] == 'u' ? STATUS_USAGE : STATUS_ERROR;
    }
    if (last != NULL)
        fputs(last, stdout);
    return fail_hung_up(settings);
}

/* All of the file, up to its end, or until the daemon has had enough and says why. False: it cannot be read. */
static bool send_file(int to, int from)
{
    char piece[65536];
    ssize_t length;
    while ((length = read(from, piece, sizeof piece)) > 0 || (length < 0 && errno == EINTR))
        for (ssize_t sent = 0, more; sent < length; sent += more) {
            more = send(to, piece + sent, (size_t)(length - sent), MSG_NOSIGNAL);
            if (more < 0)
                return true;
        }
    shutdown(to, SHUT_WR);
    return length == 0;
}

static bool may_be_verdict(const char *line)
{
    static const char *const beginnings[] = {"ok\n", "error: ", "usage: ", "{\"status\":\""};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(line, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* Prints the lines that are whole, but the last one where that may be the verdict; what is not printed stays. */
static void print_lines(struct text *answer)
{
    char *end = memrchr(answer->octets, '\n', answer->length);
    if (end == NULL)
        return;
    char *line = memrchr(answer->octets, '\n', (size_t)(end - answer->octets));
    line = line != NULL ? line + 1 : answer->octets;
    size_t printed = (size_t)((may_be_verdict(line) ? line : end + 1) - answer->octets);
    fwrite(answer->octets, 1, printed, stdout);
    fflush(stdout);
    answer->length -= printed;
    memmove(answer->octets, answer->octets + printed, answer->length);
}

/* Everything up to the last line goes to stdout as it comes; that one is the verdict. */
static enum status print_answer(FILE *from, const struct settings *settings)
{
    struct text answer = {0};
    char piece[65536];
    ssize_t length;
    while ((length = read(fileno(from), piece, sizeof piece - 1)) > 0 || (length < 0 && errno == EINTR)) {
        if (length < 0)
            continue;
        text_add_octets(&answer, piece, (size_t)length);
        text_add_octets(&answer, "", 1); /* ends what is looked at as text */
        answer.length--;
        if (answer.failed)
            break;
        print_lines(&answer);
        answer.octets[answer.length] = '\0';
    }
    enum status status = verdict(settings, answer.failed || answer.length == 0 ? NULL : answer.octets);
    text_free(&answer);
    return status;
}

/* What was captured goes to a file, and not to stdout. */
static enum status keep_answer(FILE *from, const struct settings *settings)
{
    char *line = NULL, *said = NULL, problem[KEEP_PROBLEM_MAX] = "";
    size_t room = 0;
    if (getline(&line, &room, from) <= 0) {
        free(line);
        return verdict(settings, NULL);
    }
    bool kept = keep_capture(line, settings->keep, settings->json, &said, problem);
    if (said != NULL)
        printf("%s\n", said);
    if (!kept)
        complain(settings, problem);
    free(said);
    free(line);
    return kept ? STATUS_OK : STATUS_ERROR;
}

/* -- the command line ----------------------------------------------------------------------------------- */

static bool wants_colour(const char *when)
{
    const char *no_colour = getenv("NO_COLOR");
    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(STDERR_FILENO) && (no_colour == NULL || no_colour[0] == '\0');
}

static bool is_when(const char *word)
{
    return strcmp(word, "auto") == 0 || strcmp(word, "always") == 0 || strcmp(word, "never") == 0;
}

/* Options of our own, before the command; --json and --help also behind it. */
static bool read_options(int count, char **argument, struct settings *settings)
{
    static const struct option words[] = {{"help", no_argument, NULL, 'h'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"color", required_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    int option;
    settings->colour = wants_colour("auto");
    while ((option = getopt_long(count, argument, "+s:h", words, NULL)) != -1) {
        if (option == 's')
            settings->path = optarg;
        else if (option == 'h')
            settings->help = true;
        else if (option == 'j')
            settings->json = true;
        else if (option == 'c' && is_when(optarg))
            settings->colour = wants_colour(optarg);
        else if (option == 'c') {
            fprintf(stderr, "rootwalkctl: --color is auto, always or never, not %s\n", optarg);
            return false;
        } else
            return false;
    }
    return true;
}

static bool ends_with_help(char **word, size_t *count)
{
    if (*count > 0 && (strcmp(word[*count - 1], "--help") == 0 || strcmp(word[*count - 1], "-h") == 0)) {
        --*count;
        return true;
    }
    return false;
}

static enum status help_on(char **word, size_t count)
{
    size_t used;
    int id = control_verb_find(word, count, &used);
    if (id >= 0)
        print_verb_help(control_verb((enum control_verb_id)id));
    else
        print_help(stdout);
    return STATUS_OK;
}

/* The daemon reads the words again: what is wrong with them is better said before. */
static bool check_words(char **word, size_t count, struct settings *settings)
{
    struct control_request request;
    char problem[CONTROL_PROBLEM_MAX];
    for (size_t i = 0; i < count; i++)
        settings->json |= strcmp(word[i], "--json") == 0;
    if (control_request_read(word, count, &request, problem)) {
        if (request.verb == CONTROL_CAPTURE)
            settings->keep = control_value(&request, "FILE")->text;
        settings->sends = request.verb == CONTROL_CACHE_LOAD;
        if (settings->sends && control_value(&request, "FILE") != NULL)
            settings->file = control_value(&request, "FILE")->text;
        return true;
    }
    fail(settings, "usage", problem);
    return false;
}

/* On a terminal top has the whole of it; elsewhere it is a command like any other. */
static bool wants_screen(char *const *word, size_t count, const struct settings *settings)
{
    size_t used;
    return !settings->json && control_verb_find(word, count, &used) == CONTROL_TOP && isatty(STDIN_FILENO) &&
           isatty(STDOUT_FILENO);
}

static enum status show_top(int fd, const struct settings *settings)
{
    char problem[256];
    bool quit = top_run(fd, settings->path, problem);
    close(fd);
    if (!quit)
        complain(settings, problem);
    return quit ? STATUS_OK : STATUS_ERROR;
}

int main(int count, char **argument)
{
    struct settings settings = {0};
    if (count > 1 && strcmp(argument[1], "--complete") == 0) {
        complete(argument + 2, (size_t)count - 2);
        return STATUS_OK;
    }
    if (!read_options(count, argument, &settings))
        return STATUS_USAGE;
    char **word = argument + optind;
    size_t words = (size_t)(count - optind);
    if (ends_with_help(word, &words) || settings.help)
        return help_on(word, words);
    if (words == 0) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    bool json_told = settings.json;
    if (!check_words(word, words, &settings))
        return STATUS_USAGE;
    bool json_needed = settings.keep != NULL && !settings.json;
    char line[CONTROL_LINE_MAX + 1];
    bool screen = wants_screen(word, words, &settings);
    if (!make_line(line, word, words, json_told || json_needed || screen)) {
        fail(&settings, "usage", "a command is one line of at most 4096 octets, without quotes in it");
        return STATUS_USAGE;
    }
    int input = settings.sends ? open_file(&settings) : -1;
    if (settings.sends && input < 0)
        return STATUS_ERROR;
    int fd = settings.path != NULL ? reach(settings.path) : reach_default();
    if (fd < 0)
        return fail_unreached(&settings, settings.path != NULL ? settings.path : DEFAULT_PATH, errno);
    (void)!send(fd, line, strlen(line), MSG_NOSIGNAL); /* who does not listen has perhaps said why */
    if (settings.sends && !send_file(fd, input)) {
        fail_unreadable(&settings);
        return STATUS_ERROR;
    }
    if (screen)
        return show_top(fd, &settings);
    FILE *from = fdopen(fd, "r");
    if (from == NULL)
        return verdict(&settings, NULL);
    enum status status = settings.keep != NULL ? keep_answer(from, &settings) : print_answer(from, &settings);
    fclose(from);
    return status;
}
