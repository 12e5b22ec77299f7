/* Plays scenarios: see README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

static const char usage[] = "usage: scenarios [--seeds N] [--trace] [--quiet] FILE...\n"
                            "  --seeds N   plays each with N series of random numbers (1)\n"
                            "  --trace     shows each step of the resolver\n"
                            "  --quiet     says nothing of what holds\n";

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    unsigned seeds = 1, played = 0, failed = 0;
    bool trace = false, quiet = false;
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++)
        if (strcmp(argv[at], "--trace") == 0)
            trace = true;
        else if (strcmp(argv[at], "--quiet") == 0)
            quiet = true;
        else if (strcmp(argv[at], "--seeds") == 0 && at + 1 < argc)
            seeds = (unsigned)atoi(argv[++at]);
        else
            break;
    if (at == argc || strncmp(argv[at], "--", 2) == 0) {
        fputs(usage, stderr);
        return 2;
    }
    for (; at < argc; at++, played++) {
        unsigned seed = 1;
        while (seed <= seeds && play_file(argv[at], seed, trace))
            seed++;
        bool holds = seed > seeds;
        failed += !holds;
        if (!holds)
            printf("FAIL %s%s\n", argv[at], seed > 1 ? " (not with each series of random numbers)" : "");
        else if (!quiet)
            printf("ok   %s\n", argv[at]);
    }
    printf("%u scenarios, %u failed\n", played, failed);
    return failed > 0;
}
