#include "server/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char options_help[] =
    "usage: rootwalk [-4 | -6] [-c FILE] [-d LEVEL] [-f | -g] [-n WORKERS] [-p PORT]\n"
    "                [-t DIRECTORY] [-u USER] [-v | -V]\n"
    "       rootwalk --replay FILE [--json]\n"
    "A caching recursive DNS resolver. Without a configuration it serves this host only.\n"
    "\n"
    "  -4, -6        use IPv4 only, IPv6 only\n"
    "  -c FILE       read this configuration (default " ROOTWALK_CONFIG_PATH ", if there is one)\n"
    "  -d LEVEL      show more: with -g, 1 prints every step of every walk\n"
    "  -f            stay in the foreground\n"
    "  -g            stay in the foreground and log to stderr\n"
    "  -n WORKERS    threads that serve (default: one for each processor, at most 16)\n"
    "  -p PORT       listen on this port where the configuration names none (default 53)\n"
    "  -t DIRECTORY  chroot there; all other paths are inside\n"
    "  -u USER       become this user once the sockets are open\n"
    "  -v, -V        print the version, the version and how it was built\n"
    "      --replay FILE\n"
    "                play what `rootwalkctl capture` has kept: nothing is asked, and no configuration is "
    "read;\n"
    "                exit status 0: the same happens; 1: not, and what differs first; 2: it is no capture\n"
    "      --json    with --replay: a JSON object for each event\n"
    "      --help    print this\n"
    "\n"
    "Signals: SIGHUP reads the configuration again, SIGTERM and SIGINT end it.\n";

static enum options_verdict wrong(char problem[OPTIONS_PROBLEM_MAX], const char *what, const char *value)
{
    snprintf(problem, OPTIONS_PROBLEM_MAX, "%s%.100s; see rootwalk --help", what, value);
    return OPTIONS_WRONG;
}

static bool read_number(const char *text, unsigned long least, unsigned long most, unsigned *number)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < least || value > most)
        return false;
    *number = (unsigned)value;
    return true;
}

static enum options_verdict read_one(int option, const char *value, struct options *options,
                                     char problem[OPTIONS_PROBLEM_MAX])
{
    unsigned number;
    switch (option) {
    case '4':
        options->ipv4_only = true;
        break;
    case '6':
        options->ipv6_only = true;
        break;
    case 'c':
        options->config = value;
        options->config_given = true;
        break;
    case 'd':
        if (!read_number(value, 0, 99, &options->debug))
            return wrong(problem, "-d takes a level from 0 to 99, not ", value);
        break;
    case 'f':
        options->foreground = true;
        break;
    case 'g':
        options->foreground = options->to_stderr = true;
        break;
    case 'n':
        if (!read_number(value, 1, OPTIONS_WORKERS_MAX, &options->workers))
            return wrong(problem, "-n takes a number of workers from 1 to 64, not ", value);
        break;
    case 'p':
        if (!read_number(value, 1, 65535, &number))
            return wrong(problem, "-p takes a port from 1 to 65535, not ", value);
        options->port = (uint16_t)number;
        options->port_given = true;
        break;
    case 't':
        options->chroot = value;
        break;
    case 'u':
        options->user = value;
        break;
    case 'v':
        return OPTIONS_VERSION;
    case 'V':
        return OPTIONS_BUILD;
    case 'h':
        return OPTIONS_HELP;
    case 'r':
        options->replay = value;
        break;
    case 'j':
        options->json = true;
        break;
    }
    return OPTIONS_RUN;
}

enum options_verdict options_read(int count, char **argument, struct options *options,
                                  char problem[OPTIONS_PROBLEM_MAX])
{
    static const struct option words[] = {{"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {"replay", required_argument, NULL, 'r'},
                                          {"json", no_argument, NULL, 'j'},
                                          {NULL, 0, NULL, 0}};
    *options = (struct options){.config = ROOTWALK_CONFIG_PATH, .port = OPTIONS_PORT_PRESET};
    optind = 0;
    opterr = 0;
    for (;;) {
        int last = optind > 0 ? optind : 1;
        int option = getopt_long(count, argument, ":46c:d:fgn:p:t:u:vVh", words, NULL);
        if (option == -1)
            break;
        if (option == ':')
            return wrong(problem, "a value is missing behind ", argument[optind - 1]);
        if (option == '?')
            return wrong(problem, "unknown option ", argument[last < count ? last : count - 1]);
        enum options_verdict verdict = read_one(option, optarg, options, problem);
        if (verdict != OPTIONS_RUN)
            return verdict;
    }
    if (optind < count)
        return wrong(problem, "unexpected argument ", argument[optind]);
    if (options->ipv4_only && options->ipv6_only)
        return wrong(problem, "-4 and -6 exclude each other", "");
    if (options->json && options->replay == NULL)
        return wrong(problem, "--json goes with --replay", "");
    return options->replay != NULL ? OPTIONS_REPLAY : OPTIONS_RUN;
}
