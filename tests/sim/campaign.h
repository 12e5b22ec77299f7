/* Many runs: what they came to together, and a file that lets them be interrupted. */
#ifndef SIM_CAMPAIGN_H
#define SIM_CAMPAIGN_H

#include "sim.h"

struct total {
    unsigned long long runs, failed, questions, packets, events, checked, failures, excused;
    unsigned long long hash; /* of the hashes of all runs, in their order */
    unsigned long long caught[ORACLES], most_packets;
    double started, before; /* seconds of processor time: at the start, and used before it was interrupted */
};

double total_clock(void);
void total_add(struct total *total, const struct verdict *verdict);
void total_add_failure(struct total *total, const struct verdict *verdict);
void total_show(const struct total *total);

/* Whether the hash of all runs is this; says so where it is not. */
bool total_is(const struct total *total, const char *hash);

struct campaign {
    const char *file;
    uint64_t first, seeds, done; /* seeds */
    char scenario[SCENARIO_NAME];
};

/* Goes on where the file says that the same campaign was interrupted; else begins. */
void campaign_resume(struct campaign *campaign, struct total *total);
/* Writes the file, and a line of progress. */
void campaign_keep(const struct campaign *campaign, const struct total *total);

#endif
