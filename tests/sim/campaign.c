#include "campaign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double total_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double used(const struct total *total)
{
    return total->before + total_clock() - total->started;
}

void total_add(struct total *total, const struct verdict *verdict)
{
    total->runs++;
    total->questions += verdict->questions;
    total->packets += verdict->packets;
    total->failures += verdict->failures;
    total->excused += verdict->excused;
    total->checked += verdict->checked;
    total->events += verdict->events;
    total->hash = (total->hash ^ verdict->hash) * UINT64_C(0x9e3779b97f4a7c15);
    total->hash ^= total->hash >> 32;
    if (verdict->most_packets > total->most_packets)
        total->most_packets = verdict->most_packets;
}

void total_add_failure(struct total *total, const struct verdict *verdict)
{
    total->failed++;
    total->caught[verdict->oracle]++;
}

void total_show(const struct total *total)
{
    printf("%llu runs, %llu questions, %llu packets, %llu events, %llu cache entries checked, %llu SERVFAIL "
           "(all with reason)\n",
           total->runs, total->questions, total->packets, total->events, total->checked, total->excused);
    printf("at most %llu packets for one question\n", total->most_packets);
    printf("%.0f questions per second of processor time\n", (double)total->questions / used(total));
    printf("hash of all runs: %016llx\n", total->hash);
    for (unsigned i = 1; i < ORACLES; i++)
        if (total->caught[i] > 0)
            printf("%s failed in %llu runs\n", oracle_names[i], total->caught[i]);
    printf("%llu passed, %llu failed\n", total->runs - total->failed, total->failed);
}

bool total_is(const struct total *total, const char *hash)
{
    if (strtoull(hash, NULL, 16) == total->hash)
        return true;
    printf("the hash of all runs is %016llx, and %s was expected\n", total->hash, hash);
    return false;
}

/* One line: the campaign, how far it is, what came of it. */
void campaign_resume(struct campaign *campaign, struct total *total)
{
    struct total read = *total;
    uint64_t first, seeds, done;
    char scenario[SCENARIO_NAME] = "";
    FILE *file = fopen(campaign->file, "r");
    if (file == NULL)
        return;
    int fields = fscanf(
        file, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %llu %llu %llu %llu %llu %llu %llu %llu %llx %llu %lf",
        &first, &seeds, &done, &read.runs, &read.failed, &read.questions, &read.packets, &read.events,
        &read.checked, &read.failures, &read.excused, &read.hash, &read.most_packets, &read.before);
    for (unsigned i = 0; i < ORACLES; i++)
        fields += fscanf(file, " %llu", &read.caught[i]);
    fields += fscanf(file, " [%63[^]]", scenario) == 1;
    fclose(file);
    if (fields < 14 + ORACLES || first != campaign->first || seeds != campaign->seeds ||
        strcmp(scenario, campaign->scenario) != 0)
        return;
    *total = read;
    campaign->done = done;
    printf("goes on after seed %" PRIu64 " (%s)\n", first + done - 1, campaign->file);
}

void campaign_keep(const struct campaign *campaign, const struct total *total)
{
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s.new", campaign->file);
    FILE *file = fopen(temporary, "w");
    if (file == NULL)
        return;
    fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %llu %llu %llu %llu %llu %llu %llu %llu %llx %llu %f",
            campaign->first, campaign->seeds, campaign->done, total->runs, total->failed, total->questions,
            total->packets, total->events, total->checked, total->failures, total->excused, total->hash,
            total->most_packets, used(total));
    for (unsigned i = 0; i < ORACLES; i++)
        fprintf(file, " %llu", total->caught[i]);
    fprintf(file, " [%s]\n", campaign->scenario);
    if (fclose(file) == 0)
        rename(temporary, campaign->file);
    bool terminal = isatty(STDOUT_FILENO);
    printf("%s%" PRIu64 " of %" PRIu64 " seeds, %llu runs, %llu failed, %llu questions%s",
           terminal ? "\r" : "", campaign->done, campaign->seeds, total->runs, total->failed,
           total->questions, terminal && campaign->done < campaign->seeds ? "" : "\n");
    fflush(stdout);
}
