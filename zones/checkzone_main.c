/* rootwalk-checkzone: says whether a zone file is right, and where it is not. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "dns/text.h"
#include "zones/file.h"
#include "zones/zonemd.h"

enum { WRONG_USAGE = 2, LINE_MAX_OCTETS = 300 * 1024 };

static void usage(FILE *to)
{
    fputs(
        "Usage: rootwalk-checkzone [-q] [-D] [-w] [-o FILE] NAME FILE\n"
        "Reads FILE as the zone NAME, as rootwalk would. When it is right, prints the number of its records\n"
        "and its serial; otherwise file:line and what is wrong, and exits with status 1. Warnings do not "
        "change\n"
        "the status. Status 2: wrong usage.\n"
        "\n"
        "  -q         quiet: nothing but the status\n"
        "  -D         print the zone, one record a line, names in canonical order\n"
        "  -o FILE    the same into FILE; - is standard output\n"
        "  -w         warnings are errors\n"
        "  --help     this\n"
        "  --version  the version\n"
        "\n"
        "$INCLUDE names are relative to the folder of the file they stand in.\n"
        "\n"
        "    rootwalk-checkzone example.org /etc/rootwalk/example.org.zone\n"
        "    rootwalk-checkzone 2.0.192.in-addr.arpa reverse.zone\n",
        to);
}

static bool print_zone(const struct zone *zone, FILE *to)
{
    struct zone_cursor cursor = {0};
    struct zone_record record;
    char *line = malloc(LINE_MAX_OCTETS);
    bool good = line != NULL;
    while (good && zone_next(zone, &cursor, &record)) {
        good = dns_record_to_text(record.owner, record.type, 1, record.ttl, record.rdata, record.rdata_length,
                                  line, LINE_MAX_OCTETS) == DNS_OK;
        if (good)
            fprintf(to, "%s\n", line);
    }
    free(line);
    return good && fflush(to) == 0 && !ferror(to);
}

/* Where to print the zone, or NULL. */
static bool dump(const struct zone *zone, const char *path)
{
    FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    bool good = to != NULL && print_zone(zone, to);
    if (to != NULL && to != stdout)
        good = fclose(to) == 0 && good;
    if (!good) {
        fputs("rootwalk-checkzone: ", stderr);
        perror(path);
    }
    return good;
}

struct wishes {
    bool quiet, strict;
    const char *dump;
};

/* A ZONEMD record that does not match is an error like any other. */
static bool check_digest(const struct zone *zone, const char *path, struct zone_problems *problems)
{
    enum zonemd_verdict verdict = zonemd_verify(zone);
    bool wrong = verdict == ZONEMD_WRONG || verdict == ZONEMD_SERIAL || verdict == ZONEMD_NO_MEMORY;
    if (wrong)
        zone_report(problems, ZONE_ERROR, (struct zone_place){path, 0}, "%s (RFC 8976)",
                    zonemd_text(verdict));
    return !wrong;
}

static int check(const char *name, const char *path, const struct wishes *wishes)
{
    struct dns_name_buffer apex;
    if (dns_name_from_text(name, &apex) != DNS_OK) {
        fprintf(stderr, "rootwalk-checkzone: \"%s\" is no domain name\n", name);
        return WRONG_USAGE;
    }
    struct zone_problems *problems = calloc(1, sizeof *problems);
    if (problems == NULL) {
        perror("rootwalk-checkzone");
        return EXIT_FAILURE;
    }
    struct zone *zone = zone_file_read(path, dns_name_view(&apex), problems);
    bool good = zone != NULL && check_digest(zone, path, problems) &&
                !(wishes->strict && problems->count[ZONE_WARNING] > 0);
    if (!wishes->quiet)
        zone_problems_print(problems, stderr);
    free(problems);
    if (good && wishes->dump != NULL)
        good = dump(zone, wishes->dump);
    if (good && !wishes->quiet && wishes->dump == NULL)
        printf("zone %s: %zu records, serial %u%s\nOK\n", name, zone_records(zone),
               (unsigned)zone_serial(zone), zone_is_signed(zone) ? ", signed" : "");
    else if (!good && !wishes->quiet)
        fprintf(stderr, "zone %s: not loaded because of errors\n", name);
    zone_release(zone);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Output that did not arrive, to a full disk say, is a failure. */
static int flushed(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("rootwalk-checkzone: standard output");
        return EXIT_FAILURE;
    }
    return status;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    struct wishes wishes = {0};
    for (int option; (option = getopt_long(argc, argv, "Dho:qvVw", options, NULL)) != -1;) {
        switch (option) {
        case 'D':
            wishes.dump = "-";
            break;
        case 'o':
            wishes.dump = optarg;
            break;
        case 'q':
            wishes.quiet = true;
            break;
        case 'w':
            wishes.strict = true;
            break;
        case 'h':
            usage(stdout);
            return flushed(EXIT_SUCCESS);
        case 'v':
        case 'V':
            puts("rootwalk-checkzone " ROOTWALK_VERSION);
            return flushed(EXIT_SUCCESS);
        default:
            fputs("rootwalk-checkzone: see rootwalk-checkzone --help\n", stderr);
            return WRONG_USAGE;
        }
    }
    if (argc - optind != 2) {
        fputs("rootwalk-checkzone: wants NAME and FILE; see rootwalk-checkzone --help\n", stderr);
        return WRONG_USAGE;
    }
    return flushed(check(argv[optind], argv[optind + 1], &wishes));
}
