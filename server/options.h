/* The command line: named's flags. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define ROOTWALK_CONFIG_PATH "/etc/rootwalk/named.conf"
#define ROOTWALK_VERSION     "0.1.0"

enum { OPTIONS_WORKERS_MAX = 64, OPTIONS_WORKERS_PRESET_MAX = 16, OPTIONS_PORT_PRESET = 53 };

struct options {
    bool ipv4_only, ipv6_only; /* -4, -6 */
    const char *config;        /* -c FILE, or the default path */
    bool config_given;
    unsigned debug;   /* -d LEVEL */
    bool foreground;  /* -f, -g */
    bool to_stderr;   /* -g */
    unsigned workers; /* -n; 0: one for each processor */
    uint16_t port;    /* -p */
    bool port_given;
    const char *chroot;     /* -t */
    const char *user;       /* -u */
    const char *replay;     /* --replay FILE */
    bool json;              /* --json, with it */
    const char *started_in; /* the directory; relative names stand there without `directory` */
};

enum options_verdict {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_BUILD, /* print it and exit 0 */
    OPTIONS_REPLAY,
    OPTIONS_WRONG, /* `problem` says why; exit 1 */
};

enum { OPTIONS_PROBLEM_MAX = 200 };
enum options_verdict options_read(int count, char **argument, struct options *options,
                                  char problem[OPTIONS_PROBLEM_MAX]);

extern const char options_help[];

#endif
