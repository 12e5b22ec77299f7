/* sim: plays runs, checks each, and says how to play a failed one again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "minimise.h"
#include "sim.h"

struct options {
    uint64_t first, seeds;
    const struct scenario *only; /* NULL: each */
    bool trace, strict, minimise, twice, quiet;
    const char *list;   /* a file of seeds */
    struct order order; /* what is left out */
};

struct total {
    unsigned long long runs, failed, questions, packets, failures, excused, checked, events;
    unsigned caught[ORACLES], most_packets;
    double seconds;
};

static const char usage[] =
    "sim [--seeds N] [--from SEED | --fresh] [--seed SEED] [--scenario NAME] [--list FILE] [--trace] "
    "[--strict]\n"
    "    [--twice] [--minimise] [--drop QUESTION,FROM-TO...] [--no FAULT,...] [--scenarios] [--quiet]\n"
    "  plays N seeds from SEED on in each scenario (or one), or the runs that FILE lists. Each run is "
    "checked;\n"
    "  a failure prints the line that plays it again.\n";

static const struct scenario *find_scenario(const char *name)
{
    for (unsigned i = 0; i < scenario_count; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    fprintf(stderr, "sim: no scenario %s; --scenarios lists them\n", name);
    exit(2);
}

static void show_scenarios(void)
{
    for (unsigned i = 0; i < scenario_count; i++)
        printf("%-12s %s\n", scenarios[i].name, scenarios[i].text);
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

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add(struct total *total, const struct verdict *verdict)
{
    total->runs++;
    total->questions += verdict->questions;
    total->packets += verdict->packets;
    total->failures += verdict->failures;
    total->excused += verdict->excused;
    total->checked += verdict->checked;
    total->events += verdict->events;
    if (verdict->most_packets > total->most_packets)
        total->most_packets = verdict->most_packets;
}

static void failed(const struct options *options, struct total *total, const struct order *order,
                   const struct verdict *verdict)
{
    total->failed++;
    total->caught[verdict->oracle]++;
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
    add(total, &verdict);
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
        if (line[0] != '#' && sscanf(line, "%llu %63s", &seed, name) == 2)
            play(options, total, seed, find_scenario(name));
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
            options->only = find_scenario(value(argc, argv, &i));
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

static void summary(const struct total *total)
{
    printf("%llu runs, %llu questions, %llu packets, %llu events, %llu cache entries checked, %llu SERVFAIL "
           "(all with reason)\n",
           total->runs, total->questions, total->packets, total->events, total->checked, total->excused);
    printf("at most %u packets for one question\n", total->most_packets);
    printf("%.0f questions per second of processor time\n", (double)total->questions / total->seconds);
    for (unsigned i = 1; i < ORACLES; i++)
        if (total->caught[i] > 0)
            printf("%s failed in %u runs\n", oracle_names[i], total->caught[i]);
    printf("%llu passed, %llu failed\n", total->runs - total->failed, total->failed);
}

int main(int argc, char **argv)
{
    struct options options = {.first = 1, .seeds = 10};
    struct total total = {0};
    read_options(&options, argc, argv);
    total.seconds = -seconds();
    if (options.list != NULL)
        play_list(&options, &total);
    for (uint64_t seed = options.first; options.list == NULL && seed < options.first + options.seeds; seed++)
        for (unsigned i = 0; i < scenario_count; i++)
            if (options.only == NULL || options.only == &scenarios[i])
                play(&options, &total, seed, &scenarios[i]);
    total.seconds += seconds();
    if (!options.quiet)
        summary(&total);
    return total.failed > 0;
}
