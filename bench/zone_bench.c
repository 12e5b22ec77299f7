/* What a zone costs: zone_bench NAME FILE [QUESTIONS]. Loads the file, says how long that took and how many octets a
   record has, then answers QUESTIONS (1,000,000) questions for names in it and beside them, one thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/types.h"
#include "zones/answer.h"
#include "zones/file.h"

enum { SAMPLES = 1 << 16 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct sample {
    struct dns_name_buffer name;
    uint16_t type;
};

/* Names of the zone, evenly spread, in an order that jumps about. With `beside`, each has a first label that there is
   not. */
static void choose(const struct zone *zone, struct sample *samples, bool beside)
{
    struct zone_cursor cursor = {0};
    struct zone_record record;
    size_t step = zone_records(zone) / SAMPLES + 1, number = 0;
    unsigned taken = 0;
    while (taken < SAMPLES && zone_next(zone, &cursor, &record)) {
        if (number++ % step != 0)
            continue;
        struct sample *sample = &samples[(taken++ * 40503u) % SAMPLES];
        dns_name_copy(&sample->name, record.owner);
        sample->type = record.type;
        if (beside)
            sample->name.wire[1] = '~';
    }
    for (unsigned i = 0; i < SAMPLES; i++)
        if (samples[i].name.length == 0)
            samples[i] = samples[0];
}

static void measure(const struct zone *zone, const struct sample *samples, unsigned long questions,
                    const char *what, struct dnssec_workspace *workspace)
{
    static uint8_t wire[1232];
    size_t octets = 0;
    double began = seconds();
    for (unsigned long i = 0; i < questions; i++) {
        const struct sample *sample = &samples[i % SAMPLES];
        struct dns_builder builder;
        struct zone_answer answer;
        struct zone_question question = {dns_name_view(&sample->name), sample->type, zone_is_signed(zone),
                                         true, workspace};
        dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR);
        dns_builder_question(&builder, question.qname, question.qtype, DNS_CLASS_IN);
        zone_answer(zone, &question, &builder, &answer);
        octets += dns_builder_finish(&builder);
    }
    double took = seconds() - began;
    printf("%-8s %.2f million answers/s, %.0f ns each, %zu octets\n", what, (double)questions / took / 1e6,
           took / (double)questions * 1e9, octets / questions);
}

int main(int argc, char **argv)
{
    static struct zone_problems problems;
    static struct sample samples[SAMPLES];
    struct dns_name_buffer apex;
    unsigned long questions = argc > 3 ? strtoul(argv[3], NULL, 10) : 1000000;
    if (argc < 3 || dns_name_from_text(argv[1], &apex) != DNS_OK || questions == 0) {
        fputs("Usage: zone_bench NAME FILE [QUESTIONS]\n", stderr);
        return 2;
    }
    double began = seconds();
    struct zone *zone = zone_file_read(argv[2], dns_name_view(&apex), &problems);
    double took = seconds() - began;
    zone_problems_print(&problems, stderr);
    struct dnssec_workspace *workspace = dnssec_workspace_new();
    if (zone == NULL || workspace == NULL)
        return EXIT_FAILURE;
    printf("%zu records, %zu names, loaded in %.2f s; %.1f MiB, %.1f octets a record\n", zone_records(zone),
           zone_names(zone), took, (double)zone_octets(zone) / 1048576,
           (double)zone_octets(zone) / (double)zone_records(zone));
    choose(zone, samples, false);
    measure(zone, samples, questions, "there", workspace);
    memset(samples, 0, sizeof samples);
    choose(zone, samples, true);
    measure(zone, samples, questions, "beside", workspace);
    zone_release(zone);
    dnssec_workspace_free(workspace);
    return EXIT_SUCCESS;
}
