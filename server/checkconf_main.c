/* rootwalk-checkconf: says whether a configuration is right, and where it is not. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/check.h"

enum { WRONG_USAGE = 2 };

static const char default_path[] = "/etc/rootwalk/named.conf";

static void usage(FILE *to)
{
    fprintf(to,
            "Usage: rootwalk-checkconf [-l] [-p] [-z] [FILE]\n"
            "Reads FILE (%s) as rootwalk would. Silent when it is right; otherwise says\n"
            "file:line:column and what is wrong, and exits with status 1. The files and folders it\n"
            "names are looked for, too. Status 2: wrong usage.\n"
            "\n"
            "  -l         list all statements with form, default and meaning\n"
            "  -p         print the configuration that results, with all defaults\n"
            "  -z         read the zones, too, and say what is wrong with their files\n"
            "  --help     this\n"
            "  --version  the version\n",
            default_path);
}

static void list_statements(void)
{
    size_t count;
    const struct config_statement *statements = config_statements(&count);
    const char *block = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct config_statement *statement = &statements[i];
        if (block == NULL || strcmp(block, statement->block) != 0)
            printf("%s%s\n", i == 0 ? "" : "\n",
                   statement->block[0] == '\0' ? "at the top:" : statement->block);
        block = statement->block;
        printf("    %s%s%s;\n", statement->name, statement->form[0] == '\0' ? "" : " ", statement->form);
        if (statement->preset[0] != '\0')
            printf("        default: %s\n", statement->preset);
        printf("        %s%s\n", statement->ignored ? "Accepted, without effect. " : "", statement->meaning);
    }
}

static void say(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

static int check(const char *path, bool print, bool zones)
{
    struct config_errors errors = {0};
    struct config *config = config_read(path, &errors);
    if (config == NULL) {
        config_errors_print(&errors, stderr);
        return EXIT_FAILURE;
    }
    if (print)
        config_print(config, stdout);
    unsigned problems = check_files(config, say, NULL);
    if (zones)
        problems += check_zones(config, stdout, say, NULL);
    config_free(config);
    return problems == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Output that did not arrive, to a full disk say, is a failure. */
static int flushed(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("rootwalk-checkconf: standard output");
        return EXIT_FAILURE;
    }
    return status;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    bool list = false, print = false, zones = false;
    for (int option; (option = getopt_long(argc, argv, "hlpvVz", options, NULL)) != -1;) {
        switch (option) {
        case 'l':
            list = true;
            break;
        case 'p':
            print = true;
            break;
        case 'z':
            zones = true;
            break;
        case 'h':
            usage(stdout);
            return flushed(EXIT_SUCCESS);
        case 'v':
        case 'V':
            puts("rootwalk-checkconf " ROOTWALK_VERSION);
            return flushed(EXIT_SUCCESS);
        default:
            fputs("rootwalk-checkconf: see rootwalk-checkconf --help\n", stderr);
            return WRONG_USAGE;
        }
    }
    if (argc - optind > 1) {
        fprintf(stderr, "rootwalk-checkconf: one FILE at a time: what is \"%s\"?\n", argv[optind + 1]);
        return WRONG_USAGE;
    }
    if (list)
        list_statements();
    if (list && !print && !zones && optind == argc)
        return flushed(EXIT_SUCCESS);
    return flushed(check(optind < argc ? argv[optind] : default_path, print, zones));
}
