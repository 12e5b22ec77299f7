/* sim: plays runs, checks each, and says how to play a failed one again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "campaign.h"
#include "minimise.h"
#include "sim.h"

struct options {
    uint64_t first, seeds;
    struct scenario only; /* without a name: each */
    bool trace, strict, minimise, twice, quiet;
    unsigned seconds;     /* of wall time after which no further run is begun; 0: as many as it takes */
    const char *list;     /* a file of seeds */
    const char *state;    /* a file that says how far a campaign has come */
    const char *expected; /* the hash of all runs */
    struct order order;   /* what is left out */
};

static const char usage[] =
    "sim [--seeds N] [--from SEED | --fresh] [--seed SEED] [--scenario NAME] [--list FILE] [--trace] "
    "[--strict]\n"
    "    [--twice] [--minimise] [--drop QUESTION,FROM-TO...] [--no FAULT,...] [--scenarios] [--quiet]\n"
    "    [--seconds N] [--state FILE] [--expect HASH]\n"
    "  plays N seeds from SEED on in each scenario (or one), or the runs that FILE lists. Each run is "
    "checked;\n"
    "  a failure prints the line that plays it again. --seconds: no further run begins after that time. "
    "--state: a\n"
    "  campaign that can be interrupted and goes on where it was. --expect: the hash that all runs have "
    "together.\n";

static void find_scenario(const char *name, struct scenario *scenario)
{
    if (scenario_find(name, scenario))
        return;
    fprintf(stderr, "sim: no scenario %s; --scenarios lists them\n", name);
    exit(2);
}

static void show_scenarios(void)
{
    struct scenario scenario;
    for (unsigned i = 0; i < scenario_count(); i++) {
        scenario_get(i, &scenario);
        printf("%-36s %s\n", scenario.name, scenario.text);
    }
}

static void read_drops(struct order *order, char *list)
{
    for (char *save, *at = strtok_r(list, ",", &save); at != NULL; at = strtok_r(NULL, ",", &save)) {
        char *end;
        unsigned long from = strtoul(at, &end, 10), to = *end == '-' ? strtoul(end + 1, NULL, 10) : from;
        for (unsigned long i = from; i <= to && i < QUESTIONS_MAX; i++)
            order->left_out[i] = true;
    }
}

static void read_faults(struct order *order, char *list)
{
    for (char *save, *at = strtok_r(list, ",", &save); at != NULL; at = strtok_r(NULL, ",", &save))
        for (unsigned i = 0; i < FAULTS; i++)
            if (strcmp(fault_names[i], at) == 0)
                order->fault_off[i] = true;
}

static void failed(const struct options *options, struct total *total, const struct order *order,
                   const struct verdict *verdict)
{
    total_add_failure(total, verdict);
    printf("FAIL %s: %s\n", oracle_names[verdict->oracle], verdict->text);
    printf("  again: ");
    order_print(order);
    if (options->minimise) {
        struct order small = *order;
        order_minimise(&small, verdict->oracle);
        printf("  small: ");
        order_print(&small);
    }
    fflush(stdout);
}

static void play(const struct options *options, struct total *total, uint64_t seed,
                 const struct scenario *scenario)
{
    struct verdict verdict, second;
    struct order order = options->order;
    order.seed = seed;
    order.scenario = scenario;
    order.trace = options->trace;
    order.strict = options->strict;
    bool good = sim_run(&order, &verdict);
    total_add(total, &verdict);
    if (good && options->twice) {
        sim_run(&order, &second);
        if (second.hash != verdict.hash) {
            verdict.oracle = ORACLE_SAME;
            snprintf(verdict.text, sizeof verdict.text, "the same run went otherwise the second time");
            good = false;
        }
    }
    if (options->trace)
        printf("hash %016llx\n", (unsigned long long)verdict.hash);
    if (!good)
        failed(options, total, &order, &verdict);
}

/* Lines "SEED SCENARIO"; # begins a comment. */
static void play_list(const struct options *options, struct total *total)
{
    char line[256], name[64];
    unsigned long long seed;
    FILE *file = fopen(options->list, "r");
    if (file == NULL) {
        fprintf(stderr, "sim: %s cannot be read\n", options->list);
        exit(2);
    }
    while (fgets(line, sizeof line, file) != NULL)
        if (line[0] != '#' && sscanf(line, "%llu %63s", &seed, name) == 2) {
            struct scenario scenario;
            find_scenario(name, &scenario);
            play(options, total, seed, &scenario);
        }
    fclose(file);
}

static char *value(int argc, char **argv, int *i)
{
    if (*i + 1 >= argc) {
        fputs(usage, stderr);
        exit(2);
    }
    return argv[++*i];
}

static void read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--trace") == 0)
            options->trace = true;
        else if (strcmp(name, "--strict") == 0)
            options->strict = true;
        else if (strcmp(name, "--twice") == 0)
            options->twice = true;
        else if (strcmp(name, "--minimise") == 0)
            options->minimise = true;
        else if (strcmp(name, "--quiet") == 0)
            options->quiet = true;
        else if (strcmp(name, "--scenarios") == 0) {
            show_scenarios();
            exit(0);
        } else if (strcmp(name, "--seeds") == 0)
            options->seeds = strtoull(value(argc, argv, &i), NULL, 10);
        else if (strcmp(name, "--from") == 0)
            options->first = strtoull(value(argc, argv, &i), NULL, 10);
        else if (strcmp(name, "--fresh") == 0) {
            options->first = (uint64_t)time(NULL) % 100000000 * 1000;
            printf("seeds from %llu on\n", (unsigned long long)options->first);
        } else if (strcmp(name, "--seed") == 0) {
            options->first = strtoull(value(argc, argv, &i), NULL, 10);
            options->seeds = 1;
        } else if (strcmp(name, "--scenario") == 0)
            find_scenario(value(argc, argv, &i), &options->only);
        else if (strcmp(name, "--seconds") == 0)
            options->seconds = (unsigned)strtoul(value(argc, argv, &i), NULL, 10);
        else if (strcmp(name, "--state") == 0)
            options->state = value(argc, argv, &i);
        else if (strcmp(name, "--expect") == 0)
            options->expected = value(argc, argv, &i);
        else if (strcmp(name, "--list") == 0)
            options->list = value(argc, argv, &i);
        else if (strcmp(name, "--drop") == 0)
            read_drops(&options->order, value(argc, argv, &i));
        else if (strcmp(name, "--no") == 0)
            read_faults(&options->order, value(argc, argv, &i));
        else {
            fputs(usage, stderr);
            exit(2);
        }
    }
}

/* One seed in each scenario. */
static void play_seed(const struct options *options, struct total *total, uint64_t seed, uint64_t end)
{
    struct scenario scenario;
    for (unsigned i = 0; i < scenario_count() && options->only.name[0] == '\0' && (uint64_t)time(NULL) < end;
         i++) {
        scenario_get(i, &scenario);
        play(options, total, seed, &scenario);
    }
    if (options->only.name[0] != '\0')
        play(options, total, seed, &options->only);
}

static void play_seeds(const struct options *options, struct total *total)
{
    struct campaign campaign = {.file = options->state, .first = options->first, .seeds = options->seeds};
    uint64_t end = options->seconds == 0 ? UINT64_MAX : (uint64_t)time(NULL) + options->seconds;
    snprintf(campaign.scenario, sizeof campaign.scenario, "%s", options->only.name);
    if (options->state != NULL)
        campaign_resume(&campaign, total);
    while (campaign.done < campaign.seeds && (uint64_t)time(NULL) < end) {
        play_seed(options, total, campaign.first + campaign.done, end);
        campaign.done++;
        if (options->state != NULL)
            campaign_keep(&campaign, total);
    }
}

int main(int argc, char **argv)
{
    struct options options = {.first = 1, .seeds = 10};
    struct total total = {.started = total_clock()};
    read_options(&options, argc, argv);
    if (options.list != NULL)
        play_list(&options, &total);
    else
        play_seeds(&options, &total);
    if (!options.quiet)
        total_show(&total);
    return (options.expected != NULL && !total_is(&total, options.expected)) || total.failed > 0;
}
